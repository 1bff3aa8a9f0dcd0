//! Putting a backup back, and mending a server that was put back by hand. Both begin another log.

use std::fmt;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use snug_proto::id::BlobId;
use tar::Archive;

use super::archive::{Reader, hex};
use super::{AdminError, no_space_at, sync_folder, unreadable, unwritable};
use crate::OPAQUE_SETUP;
use crate::blobs;
use crate::config::Settings;
use crate::error::StartError;
use crate::store::{self, DATABASE, RESTORING};
use crate::talk::opaque::Setup;

/// What was put back, in sentences.
#[derive(Debug)]
pub struct Restored {
    /// The data folder.
    pub data: PathBuf,
    /// Files that the database knew and that are not there: it knows them no more.
    pub lost: usize,
    /// Invites and other codes that were open, and do nothing any more.
    pub codes: usize,
    /// Where that was moved which was there before.
    pub aside: Option<PathBuf>,
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { data, lost, codes, aside } = self;
        writeln!(f, "{} is ready, with a new log id. Start the server.", data.display())?;
        writeln!(
            f,
            "Clients notice by themselves, read again, and offer to send what the server does not have any more."
        )?;
        match codes {
            0 => {}
            1 => writeln!(f, "An invite or code that was open does nothing any more; make another one.")?,
            _ => writeln!(
                f,
                "{codes} invites and codes that were open do nothing any more; make others. Recovery codes go on."
            )?,
        }
        if let Some(aside) = aside {
            writeln!(
                f,
                "What was there before is in {}; remove it when you need it no more.",
                aside.display()
            )?;
        }
        if *lost > 0 {
            let files = if *lost == 1 { "file is" } else { "files are" };
            writeln!(f, "Warning: {lost} uploaded {files} not there any more; their messages say so.")?;
        }
        Ok(())
    }
}

/// What a server keeps in its data folder and a backup brings. The middle ones belong to the database: left beside
/// another one they would be taken for its own.
const BROUGHT: [&str; 2] = [blobs::FOLDER, DATABASE];
const FORMER: [&str; 5] = [DATABASE, "snug.db-wal", "snug.db-shm", "snug.db-journal", blobs::FOLDER];

/// Puts a backup into the data folder. What lies there already is refused, or with `replace` moved aside.
///
/// # Errors
/// [`AdminError`], and the data folder is as it was.
pub fn restore(settings: &Settings, file: &Path, replace: bool) -> Result<Restored, AdminError> {
    let data = &settings.data;
    let opened = File::open(file).map_err(unreadable(file))?;
    let mut archive = Archive::new(&opened);
    let (reader, manifest) = Reader::open(file, &opened, &mut archive)?;
    if manifest.database > store::backup::NEWEST {
        return Err(AdminError::Newer(file.into()));
    }
    let _lock = store::lock(data)?;
    let former = former(data)?;
    if !former.is_empty() && !replace {
        return Err(AdminError::Occupied(data.clone()));
    }
    fits(data, &manifest.opaque)?;
    let unpacked = Unpacked::new(data)?;
    reader.unpack(&unpacked.0)?;
    let database = unpacked.0.join(DATABASE);
    let bad = |error| match error {
        StartError::Newer { .. } => AdminError::Newer(file.into()),
        StartError::Database { .. } => no_space_at(data, error),
        _ => AdminError::Damaged(file.into()),
    };
    if !store::exists(&unpacked.0).map_err(bad)? {
        return Err(AdminError::Damaged(file.into()));
    }
    store::backup::check_all(&database).map_err(bad)?;
    fits(data, &hex(&store::backup::facts(&database).map_err(bad)?.opaque))?;
    let made = i64::try_from(manifest.made.saturating_mul(1000)).unwrap_or(i64::MAX);
    let begun = store::backup::begin_anew(&database, Some(made), has_file(&unpacked.0)).map_err(bad)?;
    sync_folder(&unpacked.0).map_err(unwritable(data))?;
    let aside = put_in_place(data, &unpacked.0, &former)?;
    Ok(Restored { data: data.clone(), lost: begun.lost, codes: begun.codes, aside })
}

/// Does to the database in the data folder what a restore does: for a server that was put back by hand, from a copy of
/// its folder or disk.
///
/// # Errors
/// [`AdminError`], and the data folder is as it was.
pub fn restore_in_place(settings: &Settings) -> Result<Restored, AdminError> {
    let data = &settings.data;
    if !store::exists(data)? {
        return Err(AdminError::NoDatabase(data.clone()));
    }
    let _lock = store::lock(data)?;
    let database = data.join(DATABASE);
    store::backup::check_all(&database)?;
    fits(data, &hex(&store::backup::facts(&database)?.opaque))?;
    let begun = store::backup::begin_anew(&database, None, has_file(data))
        .map_err(|error| no_space_at(data, error))?;
    Ok(Restored { data: data.clone(), lost: begun.lost, codes: begun.codes, aside: None })
}

/// The setup in the data folder is the one that the database's passwords were made with.
fn fits(data: &Path, opaque: &str) -> Result<(), StartError> {
    let path = data.join(OPAQUE_SETUP);
    match hex(&Setup::load(&path, true)?.fingerprint()) == opaque {
        true => Ok(()),
        false => Err(StartError::SetupForeign(path)),
    }
}

fn has_file(folder: &Path) -> impl Fn(BlobId) -> bool {
    let blobs = folder.join(blobs::FOLDER);
    move |blob| blobs.join(blob.to_string()).exists()
}

/// What lies where the backup's parts go. An empty folder for files is as good as none.
fn former(data: &Path) -> Result<Vec<&'static str>, AdminError> {
    let mut found = Vec::new();
    for name in FORMER {
        let path = data.join(name);
        let is_there = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Ok(there) if there.is_dir() => fs::read_dir(&path).map(|mut files| files.next().is_some()),
            there => there.map(|_| true),
        };
        found.extend(is_there.map_err(unreadable(&path))?.then_some(name));
    }
    Ok(found)
}

/// Moves what was there aside and the new things in: all of it, or nothing.
fn put_in_place(data: &Path, unpacked: &Path, former: &[&str]) -> Result<Option<PathBuf>, AdminError> {
    let aside = if former.is_empty() { None } else { Some(new_folder(data)?) };
    let away =
        former.iter().zip(aside.iter().cycle()).map(|(name, aside)| (data.join(name), aside.join(name)));
    let here = BROUGHT.iter().map(|name| (unpacked.join(name), data.join(name)));
    let moves: Vec<_> = away.chain(here).collect();
    for (at, (from, to)) in moves.iter().enumerate() {
        if let Err(error) = fs::rename(from, to) {
            for (from, to) in moves[..at].iter().rev() {
                // What can be said of it stands in the error already.
                let _ = fs::rename(to, from);
            }
            let _ = aside.map(fs::remove_dir);
            return Err(unwritable(to)(error));
        }
    }
    sync_folder(data).map_err(unwritable(data))?;
    Ok(aside)
}

/// A folder with the first free name for what was there before.
fn new_folder(data: &Path) -> Result<PathBuf, AdminError> {
    let mut number = 1u32;
    loop {
        let path = data.join(format!("before-restore-{number}"));
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 10_000 => number += 1,
            Err(error) => return Err(unwritable(&path)(error)),
        }
    }
}

/// A folder to unpack into, gone afterwards.
struct Unpacked(PathBuf);

impl Unpacked {
    /// One that was left behind by a restore that was cut short is nobody's: the data folder is locked.
    fn new(data: &Path) -> Result<Self, AdminError> {
        let path = data.join(RESTORING);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unwritable(&path)(error)),
            _ => {}
        }
        DirBuilder::new().mode(0o700).create(&path).map_err(unwritable(&path))?;
        Ok(Self(path))
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        // A rest that cannot be removed is removed by the next restore.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use rusqlite::Connection;

    use super::super::archive::{Manifest, Writer};
    use super::*;

    /// A data folder with a setup, and a backup for it whose database is this file.
    fn backup_of(database: &Path) -> (tempfile::TempDir, Settings, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::in_folder(folder.path());
        fs::create_dir(&settings.data).unwrap();
        let setup = Setup::load(&settings.data.join(OPAQUE_SETUP), false).unwrap();
        let path = folder.path().join("backup.tar");
        let manifest = Manifest::new(1, &[7; 16], &setup.fingerprint(), 0);
        let mut writer = Writer::new(File::create(&path).unwrap(), &manifest).unwrap();
        writer.database(&File::open(database).unwrap()).unwrap();
        writer.finish().unwrap();
        (folder, settings, path)
    }

    #[test]
    fn what_is_no_database_of_ours_is_put_nowhere_even_in_a_whole_backup() {
        let mut text = tempfile::NamedTempFile::new().unwrap();
        text.write_all(b"Dear diary").unwrap();
        text.rewind().unwrap();
        let other = tempfile::NamedTempFile::new().unwrap();
        Connection::open(other.path()).unwrap().execute_batch("CREATE TABLE other (x)").unwrap();
        let empty = tempfile::NamedTempFile::new().unwrap();
        for database in [text.path(), other.path(), empty.path()] {
            let (_folder, settings, path) = backup_of(database);
            assert!(matches!(restore(&settings, &path, false), Err(AdminError::Damaged(bad)) if bad == path));
            let left = fs::read_dir(&settings.data).unwrap();
            let mut left: Vec<_> = left.map(|file| file.unwrap().file_name()).collect();
            left.sort();
            assert_eq!(left, ["lock", OPAQUE_SETUP]);
        }
    }

    #[test]
    fn a_move_that_fails_is_undone() {
        let folder = tempfile::tempdir().unwrap();
        let (data, unpacked) = (folder.path(), folder.path().join(RESTORING));
        fs::create_dir_all(data.join(blobs::FOLDER)).unwrap();
        fs::write(data.join(blobs::FOLDER).join("kept"), "file").unwrap();
        fs::write(data.join(DATABASE), "kept").unwrap();
        // Without a database in it the last move cannot be made.
        fs::create_dir_all(unpacked.join(blobs::FOLDER)).unwrap();
        let former = former(data).unwrap();
        assert_eq!(former, [DATABASE, blobs::FOLDER]);
        assert!(matches!(put_in_place(data, &unpacked, &former), Err(AdminError::Unwritable { .. })));
        assert_eq!(fs::read_to_string(data.join(DATABASE)).unwrap(), "kept");
        assert_eq!(fs::read_to_string(data.join(blobs::FOLDER).join("kept")).unwrap(), "file");
        assert!(unpacked.join(blobs::FOLDER).exists() && !data.join("before-restore-1").exists());
    }
}
