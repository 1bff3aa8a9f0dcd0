//! What keeps the server from starting, in sentences that say what to do; and how it refuses what it is asked.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use snug_proto::refusal::{Cause, Refusal};

/// Why the server did not start. Nothing on disk was changed.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Nobody can listen there.
    #[error("Cannot listen on {address}: {error}. Is another server running there? Change `host` or `port`.")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The data folder cannot be used.
    #[error("Cannot use {path}: {error}.")]
    Folder {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Another server uses this data folder.
    #[error("Another server is using {0}. Stop it first, or choose another data folder.")]
    InUse(PathBuf),
    /// The file is some other program's.
    #[error("{0} is not a Snug database. Move it away, or choose another data folder.")]
    Foreign(PathBuf),
    /// The file was written by a newer Snug.
    #[error(
        "{path} was written by a newer Snug (format {found}, this one knows {known}). Install that version again."
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format this build knows.
        known: i64,
    },
    /// The file is damaged.
    #[error("{path} is damaged ({detail}). Put a backup in its place.")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What SQLite said.
        detail: String,
    },
    /// The database is there and the OPAQUE setup is not.
    #[error(
        "{0} is missing, and without it nobody's password works. It belongs to the database beside it: put it back \
         from where it is backed up."
    )]
    SetupMissing(PathBuf),
    /// The OPAQUE setup belongs to another database.
    #[error(
        "{0} does not belong to the database beside it. Put the right one back from where it is backed up."
    )]
    SetupForeign(PathBuf),
    /// A restore was cut short between what was there before and what it brings.
    #[error("A restore into {0} was cut short. Run it again (with --replace, if it says so), then start.")]
    HalfRestored(PathBuf),
    /// The database cannot be opened for another reason.
    #[error("Cannot open {path}: {error}.")]
    Database {
        /// Which file.
        path: PathBuf,
        /// What SQLite said.
        error: rusqlite::Error,
    },
}

/// A refusal that says how long to wait, where waiting helps.
pub(crate) fn refusal(cause: Cause) -> Refusal {
    match cause {
        // Space is made by people.
        Cause::Full => Refusal::after(cause, Duration::from_secs(10)),
        Cause::Busy => Refusal::after(cause, Duration::from_secs(1)),
        _ => Refusal::new(cause),
    }
}
