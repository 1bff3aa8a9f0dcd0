//! A backup as one file: a plain tar archive, so that an operator can look into it.
//!
//! In this order: `manifest.toml`, what it is; `snug.db`; `blobs/<id>`, each once; `complete.toml`, how many and the
//! SHA-256 of everything before. Without its last member a backup is cut short. Whoever reads one takes no name from
//! it but these, and nothing but regular files.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use snug_proto::id::BlobId;
use tar::{Archive, Builder, Entries, Entry, EntryType, Header};

use super::AdminError;
use crate::blobs;
use crate::store::DATABASE;

const MANIFEST: &str = "manifest.toml";
const COMPLETE: &str = "complete.toml";
/// The format described above.
const FORMAT: u32 = 1;
/// Neither of the two small members is larger.
const NOTE_MAX: u64 = 4096;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Manifest {
    /// The archive's format.
    format: u32,
    /// The database's format.
    pub(super) database: i64,
    /// The log it was taken of, in hexadecimal.
    pub(super) log: String,
    /// The OPAQUE setup without which nobody's password works, by its fingerprint in hexadecimal.
    pub(super) opaque: String,
    /// When it was taken, in seconds since 1970 UTC.
    pub(super) made: u64,
}

impl Manifest {
    pub(super) fn new(database: i64, log: &[u8], opaque: &[u8], made: u64) -> Self {
        Self { format: FORMAT, database, log: hex(log), opaque: hex(opaque), made }
    }
}

#[derive(Deserialize)]
struct Complete {
    blobs: u64,
    sha256: String,
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The blob that a member's name means, if it is one: exactly the form that is written, so that no other path can be
/// meant.
fn blob_of(name: &str) -> Option<BlobId> {
    let digits = name.strip_prefix(blobs::FOLDER)?.strip_prefix('/')?;
    let id = u128::from_str_radix(digits, 16).ok()?;
    let blob = BlobId(id.to_be_bytes());
    (blob.to_string() == digits).then_some(blob)
}

/// Sums up members: name, length and bytes of each.
#[derive(Default)]
struct Sum(Sha256);

impl Sum {
    fn begin(&mut self, name: &str, len: u64) {
        self.0.update(name.as_bytes());
        self.0.update([0]);
        self.0.update(len.to_le_bytes());
    }
    fn hex(self) -> String {
        hex(&self.0.finalize())
    }
}

/// Reads exactly what was announced, and sums it up.
struct Summed<'a, R> {
    from: R,
    left: u64,
    sum: &'a mut Sum,
}

impl<R: Read> Read for Summed<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let len = self.from.read(&mut into[..most])?;
        if len == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.sum.0.update(&into[..len]);
        self.left -= len as u64;
        Ok(len)
    }
}

/// Writes a backup.
pub(super) struct Writer {
    tar: Builder<File>,
    sum: Sum,
    made: u64,
    blobs: u64,
}

impl Writer {
    pub(super) fn new(file: File, manifest: &Manifest) -> io::Result<Self> {
        let Manifest { format, database, log, opaque, made } = manifest;
        let mut writer = Self { tar: Builder::new(file), sum: Sum::default(), made: *made, blobs: 0 };
        let note = format!(
            "format = {format}\ndatabase = {database}\nlog = \"{log}\"\nopaque = \"{opaque}\"\nmade = {made}\n"
        );
        writer.add(MANIFEST, note.len() as u64, note.as_bytes())?;
        Ok(writer)
    }

    pub(super) fn database(&mut self, file: &File) -> io::Result<()> {
        self.add(DATABASE, file.metadata()?.len(), file)
    }

    pub(super) fn blob(&mut self, blob: BlobId, file: &File) -> io::Result<()> {
        self.blobs += 1;
        self.add(&format!("{}/{blob}", blobs::FOLDER), file.metadata()?.len(), file)
    }

    /// Ends the archive; afterwards it is on disk.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let sum = std::mem::take(&mut self.sum).hex();
        let note = format!("blobs = {}\nsha256 = \"{sum}\"\n", self.blobs);
        self.add(COMPLETE, note.len() as u64, note.as_bytes())?;
        self.tar.into_inner()?.sync_all()
    }

    fn add(&mut self, name: &str, len: u64, from: impl Read) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_path(name)?;
        header.set_entry_type(EntryType::Regular);
        header.set_size(len);
        header.set_mode(0o600);
        header.set_mtime(self.made);
        header.set_cksum();
        self.sum.begin(name, len);
        self.tar.append(&header, Summed { from, left: len, sum: &mut self.sum })
    }
}

/// Reads a backup from its beginning to its end.
pub(super) struct Reader<'a> {
    path: &'a Path,
    file: &'a File,
    members: Entries<'a, &'a File>,
    sum: Sum,
}

impl<'a> Reader<'a> {
    /// Reads what the backup says of itself.
    pub(super) fn open(
        path: &'a Path,
        file: &'a File,
        archive: &'a mut Archive<&'a File>,
    ) -> Result<(Self, Manifest), AdminError> {
        let foreign = || AdminError::NotABackup(path.into());
        // Raw: extensions to names and sizes are nothing that a backup has.
        let members = archive.entries().map_err(super::unreadable(path))?.raw(true);
        let mut reader = Self { path, file, members, sum: Sum::default() };
        let (name, mut member) = reader.next().map_err(|_| foreign())?.ok_or_else(foreign)?;
        if name != MANIFEST {
            return Err(foreign());
        }
        let note = reader.note(&name, &mut member)?;
        // Only what every later format has as well, before the rest of it is understood.
        #[derive(Deserialize)]
        struct Dated {
            format: u32,
        }
        let dated: Dated = toml::from_str(&note).map_err(|_| foreign())?;
        if dated.format > FORMAT {
            return Err(AdminError::Newer(path.into()));
        }
        let manifest = toml::from_str(&note).map_err(|_| foreign())?;
        Ok((reader, manifest))
    }

    /// Writes database and blobs into a folder, and makes sure that they are what was put in; how many blobs.
    pub(super) fn unpack(mut self, folder: &Path) -> Result<u64, AdminError> {
        let blobs = folder.join(blobs::FOLDER);
        DirBuilder::new().mode(0o700).create(&blobs).map_err(super::unwritable(&blobs))?;
        let mut count = 0;
        let mut has_database = false;
        while let Some((name, mut member)) = self.next()? {
            if name == COMPLETE {
                let sum = std::mem::take(&mut self.sum).hex();
                let note = self.note(&name, &mut member)?;
                let complete: Complete = toml::from_str(&note).map_err(|_| self.damaged())?;
                let whole = has_database && complete.blobs == count && complete.sha256 == sum;
                return if whole { Ok(count) } else { Err(self.damaged()) };
            }
            match blob_of(&name) {
                Some(_) if has_database => count += 1,
                None if name == DATABASE && !has_database => has_database = true,
                _ => return Err(self.damaged()),
            }
            self.unpack_one(&name, &mut member, &folder.join(&name))?;
        }
        Err(AdminError::CutShort(self.path.into()))
    }

    fn unpack_one(&mut self, name: &str, member: &mut Entry<'_, &File>, to: &Path) -> Result<(), AdminError> {
        let unwritable = super::unwritable(to);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
        let mut file = match file {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(self.damaged()),
            file => file.map_err(&unwritable)?,
        };
        let mut left = member.size();
        self.sum.begin(name, left);
        let mut from = Summed { from: member, left, sum: &mut self.sum };
        let mut chunk = vec![0; 64 << 10];
        while left > 0 {
            let len = match from.read(&mut chunk) {
                Ok(len) => len,
                Err(error) => return Err(self.broken(error)),
            };
            file.write_all(&chunk[..len]).map_err(&unwritable)?;
            left -= len as u64;
        }
        file.sync_all().map_err(unwritable)
    }

    /// The next member and its name.
    fn next(&mut self) -> Result<Option<(String, Entry<'a, &'a File>)>, AdminError> {
        let member = match self.members.next() {
            None => return Ok(None),
            Some(Err(error)) => return Err(self.broken(error)),
            Some(Ok(member)) => member,
        };
        let name = String::from_utf8(member.path_bytes().into_owned()).map_err(|_| self.damaged())?;
        match member.header().entry_type() {
            EntryType::Regular => Ok(Some((name, member))),
            _ => Err(self.damaged()),
        }
    }

    /// A small member as text.
    fn note(&mut self, name: &str, member: &mut Entry<'_, &File>) -> Result<String, AdminError> {
        let left = member.size();
        if left > NOTE_MAX {
            return Err(self.damaged());
        }
        self.sum.begin(name, left);
        let mut note = String::new();
        let read = Summed { from: member, left, sum: &mut self.sum }.take(left).read_to_string(&mut note);
        read.map_err(|error| self.broken(error))?;
        Ok(note)
    }

    fn damaged(&self) -> AdminError {
        AdminError::Damaged(self.path.into())
    }

    /// What an error while reading means: tar says the same of an end that is missing and of bytes that make no sense.
    fn broken(&self, error: io::Error) -> AdminError {
        let mut file = self.file;
        let at_end = file.stream_position().ok() == file.metadata().ok().map(|file| file.len());
        match error.raw_os_error() {
            Some(_) => AdminError::Unreadable { path: self.path.into(), error },
            None if at_end => AdminError::CutShort(self.path.into()),
            None => self.damaged(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_blobs_own_name_is_one() {
        let blob = BlobId([0xab; 16]);
        assert_eq!(blob_of(&format!("blobs/{blob}")), Some(blob));
        assert_eq!(blob_of(&format!("blobs/{:032x}", 7)), Some(BlobId(7u128.to_be_bytes())));
        for other in [
            String::new(),
            "blobs/".into(),
            "blobs/7".into(),
            "snug.db".into(),
            format!("blobs/{blob}.part"),
            format!("blobs/{}", blob.to_string().to_uppercase()),
            format!("blobs/+{}", &blob.to_string()[1..]),
            format!("blobs//{blob}"),
            format!("/blobs/{blob}"),
            format!("blobs/../{blob}"),
            format!("../blobs/{blob}"),
        ] {
            assert_eq!(blob_of(&other), None, "{other}");
        }
    }
}
