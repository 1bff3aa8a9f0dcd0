//! The database as a whole: copied at one moment, and begun anew after it was put back.

use std::path::Path;

use rusqlite::Connection;
use snug_proto::entry::Kind;
use snug_proto::house::PutBackEntry;
use snug_proto::id::{AccountId, BlobId};

use super::change::Not;
use super::desk::Desk;
use super::{META_LOG, META_OPAQUE, NewRooms, Plant, codes, house, meta, schema};
use crate::clock::{Clock, SystemClock};
use crate::error::StartError;
use crate::in_force::InForce;

pub(crate) use schema::NEWEST;

/// How far every device's mark moves when a log begins anew. Whatever was numbered after the copy was taken stays
/// below, so that no origin is given twice: no device makes 2^32 changes between two backups.
const MARKS_AHEAD: i64 = 1 << 32;

/// What a copy of the database says of itself.
pub(crate) struct Facts {
    /// Its format.
    pub(crate) format: i64,
    /// Its log.
    pub(crate) log: Vec<u8>,
    /// The OPAQUE setup it belongs to.
    pub(crate) opaque: Vec<u8>,
}

/// Copies the database into an empty file, as it is at one moment, while a server may write to it: one read
/// transaction of a connection of its own, which copying page by page would have to begin again at every write.
pub(crate) fn copy(database: &Path, to: &str) -> Result<(), StartError> {
    let conn = schema::open_reader(database)?;
    conn.execute("VACUUM INTO ?1", [to]).map(drop).map_err(|error| schema::sort(database, error))
}

/// What a copy is.
pub(crate) fn facts(copy: &Path) -> Result<Facts, StartError> {
    let conn = schema::open_reader(copy)?;
    let read = || {
        Ok(Facts {
            format: conn.query_row("PRAGMA user_version", [], |row| row.get(0))?,
            log: meta(&conn, META_LOG)?,
            opaque: meta(&conn, META_OPAQUE)?,
        })
    };
    read().map_err(|error| schema::sort(copy, error))
}

/// Hands over the id of each complete blob.
pub(crate) fn each_blob<E: From<StartError>>(
    database: &Path,
    mut each: impl FnMut(BlobId) -> Result<(), E>,
) -> Result<(), E> {
    let conn = schema::open_reader(database)?;
    let sorted = |error| schema::sort(database, error);
    let mut statement = conn.prepare("SELECT id FROM blobs WHERE stored = 1 ORDER BY id").map_err(sorted)?;
    let mut rows = statement.query([]).map_err(sorted)?;
    while let Some(row) = rows.next().map_err(sorted)? {
        each(BlobId(row.get(0).map_err(sorted)?))?;
    }
    Ok(())
}

/// Whether the database still has this blob.
pub(crate) fn has_blob(database: &Path, blob: BlobId) -> Result<bool, StartError> {
    let conn = schema::open_reader(database)?;
    let mut statement = conn.prepare("SELECT 1 FROM blobs WHERE id = ?1 AND stored = 1");
    let found = statement.as_mut().map(|statement| statement.exists([blob.0]));
    found.unwrap_or(Ok(false)).map_err(|error| schema::sort(database, error))
}

/// Reads through the whole file; a start does so with small ones only.
pub(crate) fn check_all(database: &Path) -> Result<(), StartError> {
    let conn = schema::open_reader(database)?;
    let said = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    let said = said.map_err(|error| schema::sort(database, error))?;
    let detail = said.split_whitespace().collect::<Vec<_>>().join(" ");
    if said == "ok" { Ok(()) } else { Err(StartError::Damaged { path: database.into(), detail }) }
}

/// What came of beginning anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Begun {
    /// Files that are not there, and are forgotten.
    pub(crate) lost: usize,
    /// Open codes that do nothing any more.
    pub(crate) codes: usize,
}

/// Makes a database that was put back the beginning of another log, in one transaction: a new log id, marks above
/// every number that any device can have used since, no outcomes, and an entry in the house that says up to when it goes
/// back; what is unknown is taken from the last entry. Codes that were open then may have been used or revoked since, so
/// they end; who wrote down a way back in keeps it. `holds` says whether a blob's file is there; those that are not are
/// forgotten, so that who wants one is told that it is gone.
pub(crate) fn begin_anew(
    database: &Path,
    to: Option<i64>,
    holds: impl Fn(BlobId) -> bool,
) -> Result<Begun, StartError> {
    let mut log = [0u8; 16];
    aws_lc_rs::rand::fill(&mut log).expect("the system has randomness");
    let mut lost = Vec::new();
    each_blob(database, |blob| -> Result<(), StartError> {
        lost.extend((!holds(blob)).then_some(blob));
        Ok(())
    })?;
    let sorted = |error| schema::sort(database, error);
    let now = SystemClock.now_ms();
    let conn = schema::open_writer(database, 0, now, &[])?;
    let house = house::room(&conn).map_err(sorted)?;
    let mut desk =
        Desk::new(conn, house, InForce::default(), NewRooms { burst: 0, every_ms: 0 }, Plant::Nothing);
    let codes = anew(&mut desk, now, to, &log, &lost).map_err(sorted)?;
    // One file again, whole without the one that SQLite writes ahead.
    desk.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(sorted)?;
    desk.conn.close().map_err(|(_, error)| sorted(error))?;
    Ok(Begun { lost: lost.len(), codes })
}

fn anew(
    desk: &mut Desk,
    now: i64,
    to: Option<i64>,
    log: &[u8; 16],
    lost: &[BlobId],
) -> rusqlite::Result<usize> {
    desk.begin(now)?;
    let to = to.map_or_else(|| last_entry(&desk.conn), Ok)?;
    desk.conn.execute("UPDATE meta SET value = ?1 WHERE key = ?2", (log, META_LOG))?;
    desk.conn.execute("UPDATE devices SET mark = mark + ?1, outcomes = x''", [MARKS_AHEAD])?;
    for BlobId(blob) in lost {
        desk.conn.execute("DELETE FROM entry_blobs WHERE blob = ?1", [blob])?;
        desk.conn.execute("DELETE FROM blobs WHERE id = ?1", [blob])?;
    }
    let codes = codes::revoke_open(&desk.conn, now)?;
    if let Err(Not::Failed(error)) = desk.say(desk.house, Kind::PUT_BACK, AccountId(0), &PutBackEntry { to })
    {
        return Err(error);
    }
    desk.commit()?;
    Ok(codes)
}

/// When the last entry of all was written.
fn last_entry(conn: &Connection) -> rusqlite::Result<i64> {
    conn.query_row(
        "SELECT coalesce(max((SELECT at FROM entries WHERE id BETWEEN rooms.id << 32 AND rooms.id << 32 | 0xffffffff
             ORDER BY id DESC LIMIT 1)), 0) FROM rooms",
        [],
        |row| row.get(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_begins_anew_has_another_id_and_gives_no_origin_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("snug.db");
        let conn =
            schema::open_writer(&path, 0, 0, &[(META_LOG, &[7; 16]), (META_OPAQUE, &[8; 32])]).unwrap();
        conn.execute_batch(
            "INSERT INTO accounts (id, name, skeleton, credential, record, stretch, created)
             VALUES (1, 'alice', 'alice', x'01', x'02', 1, 0);
             INSERT INTO devices (id, account, key, system, mark, outcomes, created, seen)
             VALUES (5, 1, x'03', 'Linux', 9, x'000a', 0, 0);
             INSERT INTO blobs (id, account, size, stored, at) VALUES
             (x'01010101010101010101010101010101', 1, 10, 1, 0),
             (x'02020202020202020202020202020202', 1, 10, 1, 0),
             (x'03030303030303030303030303030303', 1, 10, 0, 0);
             INSERT INTO codes (name, purpose, credential, record, stretch, uses, used, tries, created, expires, maker,
                                account, room, role) VALUES
             (1, 1, x'', x'', 1, 5, 1, 5, 0, NULL, 1, 0, 0, 0), (2, 2, x'', x'', 1, 1, 0, 5, 0, NULL, 0, 1, 0, 0),
             (3, 3, x'', x'', 1, 1, 0, 5, 0, NULL, 1, 1, 0, 0), (4, 5, x'', x'', 1, 1, 0, 5, 0, NULL, 0, 0, 0, 0),
             (5, 1, x'', x'', 1, 1, 1, 5, 0, NULL, 1, 0, 0, 0), (6, 1, x'', x'', 1, 1, 0, 5, 0, 5, 1, 0, 0, 0);
             INSERT INTO entry_blobs (blob, entry) VALUES
             (x'01010101010101010101010101010101', 4294967297), (x'02020202020202020202020202020202', 4294967298);",
        )
        .unwrap();
        drop(conn);
        let begun = begin_anew(&path, Some(7), |blob| blob.0[0] == 1).unwrap();
        assert_eq!(
            begun,
            Begun { lost: 1, codes: 2 },
            "what was used, expired or written down is not counted"
        );
        let facts = facts(&path).unwrap();
        assert_ne!(facts.log, [7; 16]);
        assert_eq!((facts.format, facts.opaque), (schema::NEWEST, vec![8; 32]));
        let conn = schema::open_reader(&path).unwrap();
        let device = conn.query_row("SELECT mark, outcomes FROM devices", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
        });
        assert_eq!(device.unwrap(), (MARKS_AHEAD + 9, vec![]));
        let count = |table: &str| {
            conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0)).unwrap()
        };
        assert_eq!((count("blobs"), count("entry_blobs")), (2, 1), "an upload under way may go on");
        assert!(has_blob(&path, BlobId([1; 16])).unwrap() && !has_blob(&path, BlobId([2; 16])).unwrap());
    }
}
