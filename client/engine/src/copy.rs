//! The local copy of one server: the same logs, in this computer's SQLite. The window draws from it; the network only
//! brings it up to date. The same entry twice is ordinary.

mod access;
mod acts;
mod export;
mod files;
mod former;
mod log;
mod looks;
mod members;
mod outbox;
mod ranges;
mod reach;
mod retract;
mod rooms;
mod schema;
mod scrub;
mod search;
mod state;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use snug_proto::id::{AccountId, DeviceId, LogId, Number};

pub(crate) use acts::{Answered, ChipRow, Folded, TextOf};
pub(crate) use export::{Exported, NextFile};
pub(crate) use files::{Upload, WhereFile};
pub(crate) use former::FormerRow;
pub(crate) use log::{Merged, Mine, Row, Step};
pub(crate) use looks::LookRow;
pub(crate) use members::MemberRow;
pub(crate) use outbox::{
    Dropped, Fates, Given, ItemKind, NOWHERE, NewItem, Settled, State as OutboxState, Stored, Unsent,
};
pub(crate) use ranges::Ranges;
pub(crate) use rooms::RoomRow;
pub(crate) use search::{Indexed, Match, Matches, Query, Wanted, context, fold};

/// Something is wrong with the copy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CopyError {
    /// Its file is damaged: to be set aside and fetched anew.
    #[error("the local copy is damaged")]
    Damaged,
    /// A newer Snug wrote it.
    #[error("the local copy was written by a newer Snug")]
    Newer,
    /// An entry that is held has another origin on the server: its log went back in time.
    #[error("the server's log is not the one that is held")]
    PutBack,
    /// SQLite, or the disk under it.
    #[error("{0}")]
    Sql(rusqlite::Error),
}

impl CopyError {
    /// What the log calls it; SQLite's own sentence may name the folder.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Sql(error) => format!("{:?}", error.sqlite_error()),
            error => error.to_string(),
        }
    }

    /// The disk is full: nothing is broken, and it can be tried again.
    pub(crate) fn is_full(&self) -> bool {
        matches!(self, Self::Sql(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull))
    }
}

impl From<rusqlite::Error> for CopyError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged,
            _ => Self::Sql(error),
        }
    }
}

pub(crate) type Result<T> = std::result::Result<T, CopyError>;

/// An open copy. Cheap to clone; work on it runs offloaded, one piece at a time.
#[derive(Debug, Clone)]
pub(crate) struct Copy {
    /// Closed before the other: the last one to close tidies up, and this one may only read.
    reader: Arc<search::Reader>,
    db: Arc<Mutex<Connection>>,
}

/// What the copy knows about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Meta {
    /// Whose copy it is.
    pub(crate) me: AccountId,
    /// The log it copies; `None` before the first login.
    pub(crate) log: Option<LogId>,
    /// The device whose numbers it gives out.
    pub(crate) device: DeviceId,
    /// The highest number it ever gave out for that device.
    pub(crate) given: Number,
    /// The highest number of that device that it saw settled.
    pub(crate) settled: Number,
    /// The device it had before and the highest number it gave out for that one, until the log has told what another
    /// copy of this folder sent later as the same device.
    pub(crate) former: Option<(DeviceId, Number)>,
    /// An administrator sent this person out, and they did not come back since.
    pub(crate) sent_out: bool,
}

impl Copy {
    /// Opens or makes the copy at `path`.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let db = Connection::open(path)?;
        schema::prepare(&db)?;
        let reader = Arc::new(search::Reader::new(path.to_owned()));
        Ok(Self { db: Arc::new(Mutex::new(db)), reader })
    }

    /// Moves a damaged copy aside and makes a new one, with whatever was unsent and can still be read. Answers the
    /// new copy, where the old one is, and how many unsent items were saved.
    pub(crate) fn set_aside(path: &Path, now: i64) -> Result<(Self, PathBuf, Option<u32>)> {
        let rescued = outbox::rescue(path);
        let aside = path.with_extension(format!("damaged-{now}.sqlite"));
        fs::rename(path, &aside).map_err(io_error)?;
        for tail in ["-wal", "-shm"] {
            let beside = |path: &Path| PathBuf::from(format!("{}{tail}", path.display()));
            let _ = fs::rename(beside(path), beside(&aside));
        }
        let copy = Self::open(path)?;
        let saved = match rescued {
            Some(items) => {
                let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
                copy.with(|db| outbox::put_rescued(db, &items))?;
                Some(count)
            }
            None => None,
        };
        Ok((copy, aside, saved))
    }

    /// Deletes the copy at `path`.
    pub(crate) fn delete(path: &Path) {
        for tail in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{tail}", path.display()));
        }
    }

    pub(crate) fn meta(&self) -> Result<Meta> {
        self.with(|db| {
            let columns = "me, log, device, given, settled, former_device, former_given, sent_out";
            db.query_row(&format!("SELECT {columns} FROM meta"), [], |row| {
                let former = row.get::<_, Option<i64>>(5)?.zip(row.get::<_, Option<i64>>(6)?);
                Ok(Meta {
                    me: AccountId(row.get::<_, i64>(0)?.cast_unsigned()),
                    log: row.get::<_, Option<[u8; 16]>>(1)?.map(LogId),
                    device: DeviceId(row.get::<_, i64>(2)?.cast_unsigned()),
                    given: Number(row.get::<_, i64>(3)?.cast_unsigned()),
                    settled: Number(row.get::<_, i64>(4)?.cast_unsigned()),
                    former: former.map(|(device, given)| {
                        (DeviceId(device.cast_unsigned()), Number(given.cast_unsigned()))
                    }),
                    sent_out: row.get(7)?,
                })
            })
            .map_err(CopyError::from)
        })
    }

    pub(crate) fn set_meta(&self, meta: &Meta) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            let former = meta.former.map(|(device, given)| (device.0.cast_signed(), given.0.cast_signed()));
            let (former_device, former_given) = former.unzip();
            db.execute(
                "UPDATE meta SET me = ?1, log = ?2, device = ?3, given = ?4, settled = ?5,
                     former_device = ?6, former_given = ?7, sent_out = ?8",
                rusqlite::params![
                    meta.me.0.cast_signed(),
                    meta.log.map(|log| log.0),
                    meta.device.0.cast_signed(),
                    meta.given.0.cast_signed(),
                    meta.settled.0.cast_signed(),
                    former_device,
                    former_given,
                    meta.sent_out,
                ],
            )?;
            Ok(())
        })
    }

    /// Whether an administrator sent this person out, and they did not come back since.
    pub(crate) fn set_sent_out(&self, sent_out: bool) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            db.execute("UPDATE meta SET sent_out = ?1", [sent_out])?;
            Ok(())
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        act(&mut self.db.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is fetched again anyway need not wait for the disk; what only this computer has must.
fn durable(db: &Connection, durable: bool) -> Result<()> {
    Ok(db.pragma_update(None, "synchronous", if durable { "FULL" } else { "NORMAL" })?)
}

fn io_error(error: std::io::Error) -> CopyError {
    CopyError::Sql(rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}
