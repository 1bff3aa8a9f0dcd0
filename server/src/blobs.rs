//! Uploaded files on disk, by id: `<id>.part` while bytes are missing, `<id>` once all of them are there.
//!
//! Everything in here blocks for as long as the disk does, and goes through the offload. Whose a blob is and who may
//! fetch it, the store knows.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use snug_proto::id::BlobId;
use snug_proto::refusal::Cause;
use tokio_util::sync::CancellationToken;

use crate::offload::Offload;

/// Uploads are refused when less than this part of the disk is free: file systems slow down when they are full.
const FREE_PART: u64 = 20;

/// The folder's name in the data folder.
pub(crate) const FOLDER: &str = "blobs";

/// The folder with everybody's files.
#[derive(Debug)]
pub(crate) struct Blobs {
    folder: PathBuf,
    free_min: u64,
    offload: Offload,
    /// Uploads under way; a plain lock, held for a look only.
    claims: Mutex<HashMap<BlobId, Arc<Tokens>>>,
}

#[derive(Debug)]
struct Tokens {
    give_up: CancellationToken,
    gone: CancellationToken,
}

/// The right to write one blob's bytes. A newer upload of the same blob takes it away: the client that resumes after
/// a cut must not wait until the server notices the cut.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    blobs: &'a Blobs,
    blob: BlobId,
    tokens: Arc<Tokens>,
}

impl Claim<'_> {
    /// Cancelled when somebody newer waits, and with the token the claim was made under.
    pub(crate) fn give_up(&self) -> &CancellationToken {
        &self.tokens.give_up
    }
}
impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.blobs.claims().remove(&self.blob);
        self.tokens.gone.cancel();
    }
}

impl Blobs {
    /// Uses, or makes, the folder `blobs` in the data folder; `free_min` as in the settings.
    pub(crate) fn open(data: &Path, free_min: u64, offload: Offload) -> io::Result<Self> {
        let folder = data.join(FOLDER);
        match DirBuilder::new().mode(0o700).recursive(true).create(&folder) {
            Ok(()) => Ok(Self { folder, free_min, offload, claims: Mutex::default() }),
            Err(error) => Err(error),
        }
    }

    fn claims(&self) -> std::sync::MutexGuard<'_, HashMap<BlobId, Arc<Tokens>>> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nobody else writes this blob, and asks who does to stop.
    pub(crate) async fn claim(&self, blob: BlobId, stop: &CancellationToken) -> Claim<'_> {
        let tokens = Arc::new(Tokens { give_up: stop.child_token(), gone: CancellationToken::new() });
        loop {
            let older = match self.claims().entry(blob) {
                std::collections::hash_map::Entry::Occupied(older) => older.get().clone(),
                std::collections::hash_map::Entry::Vacant(place) => {
                    place.insert(tokens.clone());
                    return Claim { blobs: self, blob, tokens };
                }
            };
            older.give_up.cancel();
            older.gone.cancelled().await;
        }
    }

    fn path(&self, blob: BlobId) -> PathBuf {
        self.folder.join(blob.to_string())
    }
    fn part_path(&self, blob: BlobId) -> PathBuf {
        self.folder.join(format!("{blob}.part"))
    }

    /// How much is free on the disk; `None` where the system does not say.
    pub(crate) async fn disk_free(&self) -> Option<u64> {
        let folder = self.folder.clone();
        self.offload.run(move || disk(&folder)).await.map(|(free, _)| free).ok()
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<T, Cause> {
        self.offload.run(work).await.map_err(cause_of)
    }

    /// What is there already of a blob of this size, ready for the next byte; refused when the disk has no room for
    /// the rest.
    pub(crate) async fn part(&self, blob: BlobId, size: u64) -> Result<(File, u64), Cause> {
        let (path, folder, free_min) = (self.part_path(blob), self.folder.clone(), self.free_min);
        let whole = self.path(blob);
        let work = move || {
            // Complete on disk, but a crash or a full database kept the store from hearing of it.
            if !path.exists() && whole.exists() {
                fs::rename(&whole, &path)?;
            }
            let mut file =
                OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
            let mut len = file.metadata()?.len();
            if len > size {
                file.set_len(0)?;
                len = 0;
            }
            file.seek(SeekFrom::Start(len))?;
            if has_room(&folder, size - len, free_min)? { Ok((file, len)) } else { Err(no_room()) }
        };
        self.run(work).await
    }

    /// Writes the next bytes of a part; gives both back.
    pub(crate) async fn write(&self, mut file: File, bytes: Vec<u8>) -> Result<(File, Vec<u8>), Cause> {
        let (folder, free_min) = (self.folder.clone(), self.free_min);
        let work = move || {
            // Asked again each time: others upload too.
            if !has_room(&folder, bytes.len() as u64, free_min)? {
                return Err(no_room());
            }
            file.write_all(&bytes)?;
            Ok((file, bytes))
        };
        self.run(work).await
    }

    /// All bytes are there: afterwards they are on disk under the blob's own name.
    pub(crate) async fn complete(&self, blob: BlobId, file: File) -> Result<(), Cause> {
        let (part, path, folder) = (self.part_path(blob), self.path(blob), self.folder.clone());
        let work = move || {
            file.sync_all()?;
            fs::rename(part, path)?;
            File::open(folder)?.sync_all()
        };
        self.run(work).await
    }

    /// A complete blob from a byte on.
    pub(crate) async fn open_at(&self, blob: BlobId, from: u64) -> Result<File, Cause> {
        let path = self.path(blob);
        let work = move || {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(from))?;
            Ok(file)
        };
        self.run(work).await
    }

    /// Fills `bytes` up to `len` from the file; gives both back.
    pub(crate) async fn read(
        &self,
        mut file: File,
        mut bytes: Vec<u8>,
        len: usize,
    ) -> Result<(File, Vec<u8>), Cause> {
        let work = move || {
            bytes.resize(len, 0);
            file.read_exact(&mut bytes)?;
            Ok((file, bytes))
        };
        self.run(work).await
    }

    /// Removes what is left of blobs that the store has forgotten.
    pub(crate) async fn remove(&self, forgotten: Vec<BlobId>) -> Result<(), Cause> {
        let paths: Vec<_> =
            forgotten.into_iter().flat_map(|blob| [self.part_path(blob), self.path(blob)]).collect();
        let work = move || {
            paths.iter().map(fs::remove_file).try_for_each(|removed| match removed {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            })
        };
        self.run(work).await
    }
}

/// Whether so many bytes more leave the disk its floor. A floor of 0 asks nothing.
fn has_room(folder: &Path, bytes: u64, free_min: u64) -> io::Result<bool> {
    if free_min == 0 {
        return Ok(true);
    }
    let (free, size) = disk(folder)?;
    Ok(free.saturating_sub(bytes) >= free_min.max(size / FREE_PART))
}

/// How much of a folder's disk is free, and how large it is.
fn disk(folder: &Path) -> io::Result<(u64, u64)> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok((disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize)))
}

fn no_room() -> io::Error {
    io::ErrorKind::StorageFull.into()
}

/// What the peer is told; the log says more.
fn cause_of(error: io::Error) -> Cause {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Cause::Full,
        _ => {
            tracing::error!(%error, "a file cannot be read or written");
            Cause::Internal
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use futures_util::FutureExt;

    use super::*;

    const ID: BlobId = BlobId([7; 16]);

    fn blobs(free_min: u64) -> (tempfile::TempDir, Blobs) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path(), free_min, Offload::Inline).unwrap();
        (folder, blobs)
    }

    #[tokio::test]
    async fn a_part_goes_on_where_it_ended_and_becomes_the_blob() {
        let (_folder, blobs) = blobs(0);
        let (file, from) = blobs.part(ID, 10).await.unwrap();
        assert_eq!(from, 0);
        blobs.write(file, b"hello".to_vec()).await.unwrap();
        assert_eq!(blobs.open_at(ID, 0).await.unwrap_err(), Cause::Internal, "not there before it is whole");
        let (file, from) = blobs.part(ID, 10).await.unwrap();
        assert_eq!(from, 5);
        let (file, _) = blobs.write(file, b"world".to_vec()).await.unwrap();
        blobs.complete(ID, file).await.unwrap();
        let file = blobs.open_at(ID, 3).await.unwrap();
        assert_eq!(blobs.read(file, Vec::new(), 7).await.unwrap().1, b"loworld");
        let mode = fs::metadata(blobs.path(ID)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        blobs.remove(vec![ID, BlobId([8; 16])]).await.unwrap();
        assert_eq!(fs::read_dir(&blobs.folder).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_part_longer_than_its_blob_starts_anew() {
        let (_folder, blobs) = blobs(0);
        let (file, _) = blobs.part(ID, 10).await.unwrap();
        blobs.write(file, b"hello".to_vec()).await.unwrap();
        assert_eq!(blobs.part(ID, 4).await.unwrap().1, 0);
    }

    #[tokio::test]
    async fn a_blob_the_store_has_not_heard_of_needs_no_byte_again() {
        let (_folder, blobs) = blobs(0);
        let (file, _) = blobs.part(ID, 5).await.unwrap();
        let (file, _) = blobs.write(file, b"hello".to_vec()).await.unwrap();
        blobs.complete(ID, file).await.unwrap();
        let (file, from) = blobs.part(ID, 5).await.unwrap();
        assert_eq!(from, 5);
        blobs.complete(ID, file).await.unwrap();
        blobs.open_at(ID, 0).await.unwrap();
    }

    #[tokio::test]
    async fn below_the_floor_nothing_is_taken() {
        let (_folder, blobs) = blobs(u64::MAX);
        assert_eq!(blobs.part(ID, 10).await.unwrap_err(), Cause::Full);
    }

    #[tokio::test]
    async fn a_newer_upload_of_the_same_blob_takes_over() {
        let (_folder, blobs) = blobs(0);
        let stop = CancellationToken::new();
        let older = blobs.claim(ID, &stop).await;
        let newer = blobs.claim(ID, &stop);
        tokio::pin!(newer);
        assert!((&mut newer).now_or_never().is_none(), "waits for the older");
        assert!(older.give_up().is_cancelled());
        drop(older);
        assert!(!newer.await.give_up().is_cancelled());
        assert!(!stop.is_cancelled());
    }
}
