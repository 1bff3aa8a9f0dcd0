//! The folder of received files. What arrives is written to a part beside its goal, under a name nobody can guess,
//! and takes the final name only when it is complete, right and on disk. Nothing is ever overwritten, no link is
//! ever followed, and what is left of a broken transfer is found again.
//!
//! Everything here blocks; callers run it off the async threads.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use snug_proto::id::BlobId;

use super::FileProblem;
use super::safe_name::{numbered, safe_name};

/// Parts older than this are not worth resuming: the server may have forgotten the file.
pub const PART_KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Numbers tried when a name is taken.
const NUMBERS_MAX: u32 = 9999;
/// Bytes read at once when a part is hashed again.
const HASH_PIECE: usize = 128 * 1024;

const PART_PREFIX: &str = ".snug-";
const PART_SUFFIX: &str = ".part";

/// What a received file has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// Its size in bytes.
    pub size: u64,
    /// Its BLAKE3.
    pub hash: [u8; 32],
}

/// The folder received files go to.
#[derive(Debug, Clone)]
pub struct Received {
    folder: PathBuf,
}

impl Received {
    /// Makes the folder where it is missing.
    ///
    /// # Errors
    /// [`FileProblem::Unwritable`] and its like.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, FileProblem> {
        let folder = folder.into();
        fs::create_dir_all(&folder).map_err(|error| FileProblem::writing(&error))?;
        Ok(Self { folder })
    }

    /// What was left of this blob, or a new part. A part that is in use, or longer than it should ever be, is not
    /// taken up.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn begin(&self, blob: BlobId, promise: Promise) -> Result<Part, FileProblem> {
        let resumed = self.parts().filter(|part| part.blob == blob).find_map(|part| {
            let file = open_own(&part.path).ok()?;
            let len = file.metadata().ok()?.len();
            (len <= promise.size).then_some((part.path, file, len))
        });
        let (path, file, on_disk) = match resumed {
            Some(found) => found,
            None => self.create_part(blob).map_err(|error| FileProblem::writing(&error))?,
        };
        Ok(Part { path, file, promise, hasher: blake3::Hasher::new(), on_disk, hashed: 0 })
    }

    /// Throws away what was left of this blob.
    pub fn discard(&self, blob: BlobId) {
        for part in self.parts().filter(|part| part.blob == blob) {
            remove_unused(&part.path);
        }
    }

    /// Throws away the parts that nobody wrote to for [`PART_KEPT_FOR`].
    pub fn sweep(&self, now: SystemTime) {
        for part in self.parts() {
            let written = fs::symlink_metadata(&part.path).and_then(|found| found.modified());
            let age = written.ok().and_then(|written| now.duration_since(written).ok());
            if age.is_some_and(|age| age > PART_KEPT_FOR) {
                remove_unused(&part.path);
            }
        }
    }

    fn create_part(&self, blob: BlobId) -> io::Result<(PathBuf, File, u64)> {
        let mut random = [0; 16];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| io::Error::other("no randomness"))?;
        let random = u128::from_le_bytes(random);
        let path = self.folder.join(format!("{PART_PREFIX}{blob}-{random:032x}{PART_SUFFIX}"));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        hold(&file)?;
        Ok((path, file, 0))
    }

    fn parts(&self) -> impl Iterator<Item = Leftover> {
        fs::read_dir(&self.folder).into_iter().flatten().flatten().filter_map(|entry| {
            let name = entry.file_name();
            let (blob, _) =
                name.to_str()?.strip_prefix(PART_PREFIX)?.strip_suffix(PART_SUFFIX)?.split_once('-')?;
            Some(Leftover { blob: blob_from_hex(blob)?, path: entry.path() })
        })
    }
}

/// A part that lies in the folder.
struct Leftover {
    blob: BlobId,
    path: PathBuf,
}

/// A file that is arriving. Dropped, it stays for another try.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    file: File,
    promise: Promise,
    hasher: blake3::Hasher,
    on_disk: u64,
    hashed: u64,
}

impl Part {
    /// How many bytes are here already: from where to ask for the rest, once all is
    /// [caught up](Self::catch_up) with.
    pub fn len(&self) -> u64 {
        self.on_disk
    }

    /// Whether nothing is here yet.
    pub fn is_empty(&self) -> bool {
        self.on_disk == 0
    }

    /// Whether all bytes are here.
    pub fn is_complete(&self) -> bool {
        self.on_disk == self.promise.size
    }

    /// Hashes what an earlier try left, about `most` bytes of it, and says whether that was all. In steps, so that
    /// it can be stopped in between.
    ///
    /// # Errors
    /// When the part cannot be read.
    pub fn catch_up(&mut self, most: u64) -> Result<bool, FileProblem> {
        let until = self.on_disk.min(self.hashed.saturating_add(most));
        let mut piece = vec![0; HASH_PIECE];
        while self.hashed < until {
            let want = usize::try_from(until - self.hashed).unwrap_or(usize::MAX).min(HASH_PIECE);
            self.file.read_exact(&mut piece[..want]).map_err(|error| FileProblem::reading(&error))?;
            self.hasher.update(&piece[..want]);
            self.hashed += want as u64;
        }
        Ok(self.hashed == self.on_disk)
    }

    /// Adds what arrived.
    ///
    /// # Errors
    /// [`FileProblem::Mismatch`] for more bytes than were promised; and when the disk is full.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), FileProblem> {
        debug_assert_eq!(self.hashed, self.on_disk, "first what is there is caught up with");
        let len = self.on_disk + bytes.len() as u64;
        if len > self.promise.size {
            return Err(FileProblem::Mismatch);
        }
        self.file.write_all(bytes).map_err(|error| FileProblem::writing(&error))?;
        self.hasher.update(bytes);
        (self.on_disk, self.hashed) = (len, len);
        Ok(())
    }

    /// Checks the file and gives it its final name: the sender's name made safe, or the first free " (2)", " (3)" …
    /// What is not what was promised is thrown away.
    ///
    /// # Errors
    /// [`FileProblem::Mismatch`], or what keeps it from being written.
    pub fn finish(self, name: &str) -> Result<PathBuf, FileProblem> {
        let right = self.is_complete()
            && self.hashed == self.on_disk
            && self.hasher.finalize() == blake3::Hash::from_bytes(self.promise.hash);
        if !right {
            self.discard();
            return Err(FileProblem::Mismatch);
        }
        self.file.sync_all().map_err(|error| FileProblem::writing(&error))?;
        // Some systems do not rename what is open.
        let Self { path, file, .. } = self;
        drop(file);
        let safe = safe_name(name);
        let folder = path.parent().ok_or(FileProblem::Unwritable)?;
        for number in 1..=NUMBERS_MAX {
            let goal = folder.join(if number == 1 { safe.clone() } else { numbered(&safe, number) });
            match place(&path, &goal) {
                Ok(()) => {
                    sync_folder(folder);
                    return Ok(goal);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(FileProblem::writing(&error)),
            }
        }
        Err(FileProblem::TooManyNames)
    }

    /// Throws it away.
    pub fn discard(self) {
        let Self { path, file, .. } = self;
        drop(file);
        let _ = fs::remove_file(path);
    }
}

/// Gives a file another name, unless something has it.
fn place(part: &Path, goal: &Path) -> io::Result<()> {
    match fs::hard_link(part, goal) {
        Ok(()) => {
            // It stands under both names for a moment; a part left by a crash here is complete and never written to.
            let _ = fs::remove_file(part);
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        Err(_) => place_without_links(part, goal),
    }
}

/// For file systems that know no links (FAT and its like): an empty file takes the name, and gives it up at once.
fn place_without_links(part: &Path, goal: &Path) -> io::Result<()> {
    File::create_new(goal)?;
    fs::rename(part, goal).inspect_err(|_| {
        let _ = fs::remove_file(goal);
    })
}

/// Opens a part that is a plain file and in nobody's use, and never what a link points to.
fn open_own(path: &Path) -> io::Result<File> {
    let seen = fs::symlink_metadata(path)?;
    if !seen.is_file() {
        return Err(io::Error::other("not a plain file"));
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    // FILE_FLAG_OPEN_REPARSE_POINT: the link itself, where one took the place.
    #[cfg(windows)]
    std::os::windows::fs::OpenOptionsExt::custom_flags(&mut options, 0x0020_0000);
    let file = options.open(path)?;
    let opened = file.metadata()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if (seen.dev(), seen.ino()) != (opened.dev(), opened.ino()) {
            return Err(io::Error::other("something else took its place"));
        }
    }
    if !opened.is_file() {
        return Err(io::Error::other("not a plain file"));
    }
    hold(&file)?;
    Ok(file)
}

/// Nobody else resumes or sweeps what is held. File systems without locks do without.
fn hold(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(ErrorKind::WouldBlock.into()),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

fn remove_unused(path: &Path) {
    if let Ok(file) = open_own(path) {
        drop(file);
        let _ = fs::remove_file(path);
    }
}

/// A new name is on disk when its folder is.
fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    #[cfg(not(unix))]
    let _ = folder;
}

pub(super) fn blob_from_hex(hex: &str) -> Option<BlobId> {
    let plain = hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    let value = plain.then(|| u128::from_str_radix(hex, 16).ok()).flatten()?;
    Some(BlobId(value.to_be_bytes()))
}

#[cfg(test)]
mod tests;
