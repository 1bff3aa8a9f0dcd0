//! A backup: database and files in one file, also while the server runs.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use snug_proto::id::BlobId;

use super::archive::{Manifest, Writer};
use super::{AdminError, no_space_at, sync_folder, unreadable, unwritable};
use crate::OPAQUE_SETUP;
use crate::blobs;
use crate::config::Settings;
use crate::store::{self, DATABASE};

/// What was backed up, in sentences.
#[derive(Debug)]
pub struct BackedUp {
    /// Where to.
    pub file: PathBuf,
    /// Uploaded files in it.
    pub blobs: u64,
    /// Files that the database has and the disk has not.
    pub missing: u64,
    setup: PathBuf,
    certs: PathBuf,
}

impl fmt::Display for BackedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, blobs, missing, setup, certs } = self;
        let files = if *blobs == 1 { "file" } else { "files" };
        writeln!(f, "The database and {blobs} {files} are in {}.", file.display())?;
        writeln!(
            f,
            "It leaves out {} (nobody's password works without it) and {} (the server's identity): keep a copy of \
             these two elsewhere, once.",
            setup.display(),
            certs.display()
        )?;
        if *missing > 0 {
            let files = if *missing == 1 { "file is" } else { "files are" };
            writeln!(
                f,
                "Warning: {missing} uploaded {files} not on the disk any more, and not in the backup."
            )?;
        }
        Ok(())
    }
}

/// Writes database and files into a new file.
///
/// The database is copied first, as it is at one moment, then the files that the copy knows. A file never changes, so
/// they belong together; the only one that can be gone by then is one that nobody names any more.
///
/// # Errors
/// [`AdminError`], and nothing was written.
pub fn backup(settings: &Settings, file: &Path) -> Result<BackedUp, AdminError> {
    let database = settings.data.join(DATABASE);
    if !store::exists(&settings.data)? {
        return Err(AdminError::NoDatabase(settings.data.clone()));
    }
    let free = || match file.try_exists() {
        Ok(false) => Ok(()),
        Ok(true) => Err(AdminError::Exists(file.into())),
        Err(error) => Err(unwritable(file)(error)),
    };
    free()?;
    let copy = Scratch::beside(file, ".db.part")?;
    store::backup::copy(&database, copy.text()?).map_err(|error| no_space_at(&copy.path, error))?;
    let archive = Scratch::beside(file, ".part")?;
    let (blobs, missing) = fill(settings, &copy, &archive)?;
    free()?;
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let renamed = fs::rename(&archive.path, file).and_then(|()| sync_folder(folder));
    renamed.map_err(unwritable(file))?;
    let setup = settings.data.join(OPAQUE_SETUP);
    Ok(BackedUp { file: file.into(), blobs, missing, setup, certs: settings.certs.clone() })
}

/// How many files went into the archive, and how many should have and are not there.
fn fill(settings: &Settings, copy: &Scratch, archive: &Scratch) -> Result<(u64, u64), AdminError> {
    let unwritable = || unwritable(&archive.path);
    let facts = store::backup::facts(&copy.path)?;
    let made = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let manifest = Manifest::new(facts.format, &facts.log, &facts.opaque, made);
    let mut writer = Writer::new(archive.file()?, &manifest).map_err(unwritable())?;
    let database = File::open(&copy.path).map_err(unreadable(&copy.path))?;
    writer.database(&database).map_err(unwritable())?;
    let (mut blobs, mut gone) = (0, Vec::new());
    store::backup::each_blob(&copy.path, |blob| -> Result<(), AdminError> {
        let path = settings.data.join(blobs::FOLDER).join(blob.to_string());
        match File::open(&path) {
            Ok(file) => {
                blobs += 1;
                writer.blob(blob, &file).map_err(unwritable())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                gone.push(blob);
                Ok(())
            }
            Err(error) => Err(unreadable(&path)(error)),
        }
    })?;
    writer.finish().map_err(unwritable())?;
    let database = settings.data.join(DATABASE);
    let missing = |blob: BlobId| store::backup::has_blob(&database, blob);
    let missing = gone.into_iter().map(missing).collect::<Result<Vec<_>, _>>()?;
    Ok((blobs, missing.into_iter().filter(|missing| *missing).count() as u64))
}

/// A file on its way, gone again unless it was renamed.
struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes an empty file for its owner alone.
    fn beside(file: &Path, ending: &str) -> Result<Self, AdminError> {
        let mut path = file.as_os_str().to_owned();
        path.push(ending);
        let path = PathBuf::from(path);
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(_) => Ok(Self { path }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(AdminError::Unfinished(path)),
            Err(error) => Err(unwritable(&path)(error)),
        }
    }

    fn file(&self) -> Result<File, AdminError> {
        OpenOptions::new().write(true).open(&self.path).map_err(unwritable(&self.path))
    }

    /// SQLite takes names in UTF-8 only.
    fn text(&self) -> Result<&str, AdminError> {
        self.path.to_str().ok_or_else(|| unwritable(&self.path)(io::ErrorKind::InvalidFilename.into()))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Where it was renamed there is nothing to remove.
        let _ = fs::remove_file(&self.path);
    }
}
