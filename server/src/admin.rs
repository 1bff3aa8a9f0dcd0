//! The work behind the subcommands. Every error is a sentence that says what to do, and what was there before is
//! there after it.

mod archive;
mod backup;
mod restore;

use std::io;
use std::path::{Path, PathBuf};

pub use backup::{BackedUp, backup};
pub use restore::{Restored, restore, restore_in_place};

use crate::error::StartError;

/// Why a subcommand did not do its work. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// What keeps a server from starting keeps this from happening as well.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There is no database.
    #[error("There is no database in {0} yet.")]
    NoDatabase(PathBuf),
    /// A backup would overwrite a file.
    #[error("{0} is there already, and nothing is overwritten. Choose another name.")]
    Exists(PathBuf),
    /// A backup of the same name was cut short, or is being made.
    #[error(
        "{0} is there: another backup is being made, or one was cut short. Wait for it, or remove the file."
    )]
    Unfinished(PathBuf),
    /// A file cannot be read.
    #[error("Cannot read {path}: {error}.")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A file cannot be written.
    #[error("Cannot write {path}: {error}. Everything is as it was.")]
    Unwritable {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The file is something else.
    #[error("{0} is no backup of a Snug server.")]
    NotABackup(PathBuf),
    /// A newer version made the backup.
    #[error("{0} was made by a newer Snug. Install that version to restore it.")]
    Newer(PathBuf),
    /// The backup's end is missing.
    #[error("{0} is cut short: its end is missing. Take another copy of it, or an earlier backup.")]
    CutShort(PathBuf),
    /// The backup is not what was written.
    #[error(
        "{0} is damaged: it does not hold what was put in. Take another copy of it, or an earlier backup."
    )]
    Damaged(PathBuf),
    /// There is something where the backup would go.
    #[error(
        "{0} holds a database or files already. Restore with --replace to put the backup in their place; they are \
         moved aside, not deleted."
    )]
    Occupied(PathBuf),
}

fn unreadable(path: &Path) -> impl Fn(io::Error) -> AdminError {
    move |error| AdminError::Unreadable { path: path.into(), error }
}
fn unwritable(path: &Path) -> impl Fn(io::Error) -> AdminError {
    move |error| AdminError::Unwritable { path: path.into(), error }
}

/// SQLite says the same of a file that cannot be written as of one that cannot be read; here it wrote to this one.
fn no_space_at(path: &Path, error: StartError) -> AdminError {
    match error {
        StartError::Database { error, .. } => unwritable(path)(io::Error::other(error)),
        error => error.into(),
    }
}

/// Until here a rename is not on disk.
fn sync_folder(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}
