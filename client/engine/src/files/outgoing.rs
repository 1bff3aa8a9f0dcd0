//! A file that is being sent: read in pieces, hashed on the way, and watched so that it stays the same.
//!
//! Everything here blocks; callers run it off the async threads.

use std::fs::{self, File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::FileProblem;

/// How a file was when it was opened: another size or time means another file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written to, in nanoseconds since 1970 UTC; 0 where the system does not say.
    pub modified: i64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        let since = metadata.modified().ok().and_then(|modified| modified.duration_since(UNIX_EPOCH).ok());
        let modified = since.and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or_default();
        Self { size: metadata.len(), modified }
    }
}

/// An open file on its way out.
#[derive(Debug)]
pub struct Outgoing {
    file: File,
    stamp: Stamp,
    /// `None` once something was skipped: then the whole is hashed in another pass.
    hasher: Option<blake3::Hasher>,
    read: u64,
}

impl Outgoing {
    /// Opens what the person chose; a link is followed, since choosing it meant what it points to.
    ///
    /// # Errors
    /// When it is not there, is no file, or cannot be read.
    pub fn open(path: &Path) -> Result<Self, FileProblem> {
        // Looked at first, because opening a pipe would wait for its other end.
        let found = fs::metadata(path).map_err(|error| FileProblem::reading(&error))?;
        if !found.is_file() {
            return Err(FileProblem::NotAFile);
        }
        let file = File::open(path).map_err(|error| FileProblem::reading(&error))?;
        let opened = file.metadata().map_err(|error| FileProblem::reading(&error))?;
        if !opened.is_file() {
            return Err(FileProblem::NotAFile);
        }
        Ok(Self { file, stamp: Stamp::of(&opened), hasher: Some(blake3::Hasher::new()), read: 0 })
    }

    /// How it was when it was opened.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.stamp.size
    }

    /// Where the next byte is read.
    pub fn position(&self) -> u64 {
        self.read
    }

    /// Goes to a later byte: what lies before it was sent by an earlier try.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn skip_to(&mut self, position: u64) -> Result<(), FileProblem> {
        if position > 0 {
            self.seek(position)?;
            self.hasher = None;
        }
        Ok(())
    }

    /// Goes back to the start, to be read and hashed whole. Answers whether that is necessary: not when nothing was
    /// skipped.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn rewind(&mut self) -> Result<bool, FileProblem> {
        if self.hasher.is_some() {
            return Ok(false);
        }
        self.seek(0)?;
        self.hasher = Some(blake3::Hasher::new());
        Ok(true)
    }

    fn seek(&mut self, position: u64) -> Result<(), FileProblem> {
        self.read =
            self.file.seek(SeekFrom::Start(position)).map_err(|error| FileProblem::reading(&error))?;
        Ok(())
    }

    /// The next bytes, `most` of them or what is left; empty at the end.
    ///
    /// # Errors
    /// [`FileProblem::Changed`] as soon as the file is not what it was when it was opened.
    pub fn read(&mut self, most: usize) -> Result<Vec<u8>, FileProblem> {
        let left = usize::try_from(self.stamp.size.saturating_sub(self.read)).unwrap_or(usize::MAX);
        let mut piece = vec![0; most.min(left)];
        self.file.read_exact(&mut piece).map_err(|error| FileProblem::reading(&error))?;
        self.unchanged()?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&piece);
        }
        self.read += piece.len() as u64;
        Ok(piece)
    }

    /// The BLAKE3 of everything that was read, which has to be the whole file.
    ///
    /// # Errors
    /// [`FileProblem::Changed`] when it is not what it was when it was opened.
    pub fn finish(&self) -> Result<[u8; 32], FileProblem> {
        self.unchanged()?;
        match &self.hasher {
            Some(hasher) if self.read == self.stamp.size => Ok(*hasher.finalize().as_bytes()),
            _ => Err(FileProblem::Changed),
        }
    }

    fn unchanged(&self) -> Result<(), FileProblem> {
        let now = self.file.metadata().map_err(|error| FileProblem::reading(&error))?;
        if Stamp::of(&now) == self.stamp { Ok(()) } else { Err(FileProblem::Changed) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::{Duration, SystemTime};

    use super::*;

    fn folder_with(bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("letter.txt");
        fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    #[test]
    fn a_file_is_read_in_pieces_and_hashed() {
        let (_folder, path) = folder_with(b"hello, bob");
        let mut outgoing = Outgoing::open(&path).unwrap();
        assert_eq!(outgoing.size(), 10);
        assert_eq!(outgoing.read(7).unwrap(), b"hello, ");
        assert_eq!(outgoing.finish(), Err(FileProblem::Changed), "not all of it was read");
        assert_eq!(outgoing.read(7).unwrap(), b"bob");
        assert_eq!(outgoing.read(7).unwrap(), b"");
        assert_eq!(outgoing.position(), 10);
        assert_eq!(outgoing.finish(), Ok(*blake3::hash(b"hello, bob").as_bytes()));
    }

    #[test]
    fn what_was_skipped_is_hashed_afterwards() {
        let (_folder, path) = folder_with(b"hello, bob");
        let mut outgoing = Outgoing::open(&path).unwrap();
        outgoing.skip_to(7).unwrap();
        assert_eq!(outgoing.read(7).unwrap(), b"bob");
        assert_eq!(outgoing.finish(), Err(FileProblem::Changed), "not all of it was hashed");
        assert_eq!(outgoing.rewind(), Ok(true));
        assert_eq!(outgoing.read(70).unwrap(), b"hello, bob");
        assert_eq!(outgoing.finish(), Ok(*blake3::hash(b"hello, bob").as_bytes()));
        assert_eq!(outgoing.rewind(), Ok(false));
    }

    #[test]
    fn an_empty_file_is_a_file() {
        let (_folder, path) = folder_with(b"");
        let mut outgoing = Outgoing::open(&path).unwrap();
        assert_eq!(outgoing.read(7).unwrap(), b"");
        assert_eq!(outgoing.finish(), Ok(*blake3::hash(b"").as_bytes()));
    }

    #[test]
    fn a_file_that_grows_shrinks_or_is_written_to_is_noticed() {
        let grow = |path: &Path| File::options().append(true).open(path).unwrap().write_all(b"!").unwrap();
        let shrink = |path: &Path| File::options().write(true).open(path).unwrap().set_len(3).unwrap();
        let touch = |path: &Path| {
            let later = SystemTime::now() + Duration::from_secs(5);
            File::options().write(true).open(path).unwrap().set_modified(later).unwrap();
        };
        for change in [&grow as &dyn Fn(&Path), &shrink, &touch] {
            let (_folder, path) = folder_with(b"hello, bob");
            let mut outgoing = Outgoing::open(&path).unwrap();
            outgoing.read(4).unwrap();
            change(&path);
            assert_eq!(outgoing.read(4), Err(FileProblem::Changed));

            let (_folder, path) = folder_with(b"hello, bob");
            let mut outgoing = Outgoing::open(&path).unwrap();
            outgoing.read(10).unwrap();
            change(&path);
            assert_eq!(outgoing.finish(), Err(FileProblem::Changed));
        }
    }

    #[test]
    fn what_is_no_file_is_told_apart() {
        let (folder, path) = folder_with(b"x");
        assert_eq!(Outgoing::open(folder.path()).unwrap_err(), FileProblem::NotAFile);
        fs::remove_file(&path).unwrap();
        assert_eq!(Outgoing::open(&path).unwrap_err(), FileProblem::Missing);
        #[cfg(unix)]
        {
            assert_eq!(Outgoing::open(Path::new("/dev/zero")).unwrap_err(), FileProblem::NotAFile);
            std::os::unix::fs::symlink(folder.path().join("gone"), &path).unwrap();
            assert_eq!(Outgoing::open(&path).unwrap_err(), FileProblem::Missing);
        }
    }
}
