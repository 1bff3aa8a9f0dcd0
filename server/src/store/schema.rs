//! The database file: whose it is, its tables, and the steps that made them what they are.

use std::io::Read;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use snug_proto::entry::{LOBBY, RoomKind};

use crate::error::StartError;

/// Marks a SQLite file as ours: "SNUG".
const APPLICATION_ID: i64 = 0x534e_5547;

/// How long a connection waits for another one's lock.
pub(super) const BUSY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// One step per format, each in one transaction; `user_version` counts those taken. A released step never changes.
/// [`NOW`] in a step stands for the time at which it is taken.
const STEPS: &[&str] = &[
    FIRST,
    SECOND,
    TOLD,
    super::codes::TABLES,
    super::devices::TABLES,
    super::house::TABLES,
    super::profile::TABLES,
    super::deletion::TABLES,
];

/// In milliseconds since 1970 UTC.
const NOW: &str = ":now";

/// The first format.
///
/// An entry's key is `room << 32 | seq`, so a page is one range of one tree. `entries.blobs` are the 16-byte ids in
/// the order of the envelope; `entry_blobs` finds the entries of a blob. Membership is a list of intervals: `left`
/// is the last entry a former member may read.
const FIRST: &str = "
CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, skeleton TEXT NOT NULL UNIQUE,
    credential BLOB NOT NULL, record BLOB NOT NULL, stretch INTEGER NOT NULL, key BLOB, created INTEGER NOT NULL
) STRICT;
CREATE TABLE devices (
    id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts (id), key BLOB NOT NULL,
    system TEXT NOT NULL, mark INTEGER NOT NULL, outcomes BLOB NOT NULL, created INTEGER NOT NULL,
    seen INTEGER NOT NULL
) STRICT;
CREATE INDEX devices_account ON devices (account);
CREATE TABLE mailbox (
    device INTEGER NOT NULL REFERENCES devices (id) ON DELETE CASCADE, seq INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (device, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE rooms (
    id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL, low INTEGER, high INTEGER,
    encrypted INTEGER NOT NULL, generation INTEGER NOT NULL, epoch INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX rooms_pair ON rooms (low, high) WHERE low IS NOT NULL;
CREATE TABLE members (
    room INTEGER NOT NULL REFERENCES rooms (id), account INTEGER NOT NULL REFERENCES accounts (id),
    joined INTEGER NOT NULL, left INTEGER, role INTEGER NOT NULL,
    PRIMARY KEY (room, account, joined)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_account ON members (account, room);
CREATE TABLE entries (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind INTEGER NOT NULL, author INTEGER NOT NULL,
    device INTEGER NOT NULL, number INTEGER NOT NULL, generation INTEGER NOT NULL, epoch INTEGER NOT NULL,
    blobs BLOB NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE TABLE blobs (
    id BLOB NOT NULL PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts (id), size INTEGER NOT NULL,
    stored INTEGER NOT NULL, at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX blobs_account ON blobs (account);
CREATE TABLE entry_blobs (
    blob BLOB NOT NULL REFERENCES blobs (id), entry INTEGER NOT NULL, PRIMARY KEY (blob, entry)
) STRICT, WITHOUT ROWID;
CREATE TABLE read_marks (
    account INTEGER NOT NULL REFERENCES accounts (id), room INTEGER NOT NULL REFERENCES rooms (id),
    seq INTEGER NOT NULL, PRIMARY KEY (account, room)
) STRICT, WITHOUT ROWID;
";

/// Rooms with topics, roles and an end, what people choose for themselves, and retraction.
///
/// `rooms.skeleton` stands where names are unique: in the lobby and in channels. `freed` are blobs that no entry names
/// any more and whose bytes may still lie on the disk: it outlives a crash between the two.
const SECOND: &str = "
ALTER TABLE rooms ADD COLUMN topic TEXT NOT NULL DEFAULT '';
ALTER TABLE rooms ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN skeleton TEXT;
ALTER TABLE rooms ADD COLUMN created_by INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
UPDATE rooms SET skeleton = 'lobby' WHERE kind = 1;
UPDATE rooms SET (created_by, created_at) = (SELECT author, at FROM entries WHERE id = rooms.id << 32 | 1)
    WHERE kind = 4 AND EXISTS (SELECT 1 FROM entries WHERE id = rooms.id << 32 | 1);
CREATE UNIQUE INDEX rooms_skeleton ON rooms (skeleton) WHERE skeleton IS NOT NULL;
CREATE INDEX rooms_created ON rooms (created_by, created_at);
ALTER TABLE accounts ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN shows_seen INTEGER NOT NULL DEFAULT 1;
ALTER TABLE accounts ADD COLUMN shows_reads INTEGER NOT NULL DEFAULT 1;
UPDATE accounts SET seen = coalesce((SELECT max(seen) FROM devices WHERE account = accounts.id), 0);
CREATE TABLE ignored (
    account INTEGER NOT NULL REFERENCES accounts (id), other INTEGER NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (account, other)
) STRICT, WITHOUT ROWID;
ALTER TABLE read_marks ADD COLUMN unread_from INTEGER NOT NULL DEFAULT 0;
CREATE TABLE freed (blob BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
";

/// Which successor's fingerprint each device was told last.
const TOLD: &str = "ALTER TABLE devices ADD COLUMN told BLOB;";

/// What is at the database's place before anything is opened for writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing, or an empty file that a start was cut short on.
    Nothing,
    /// A database of this program that this build can use.
    Ours,
}

/// The newest format this build knows.
pub(crate) const NEWEST: i64 = STEPS.len() as i64;

/// Looks without changing anything.
pub(crate) fn look(path: &Path) -> Result<Found, StartError> {
    let mut head = Vec::new();
    match std::fs::File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(StartError::Folder { path: path.into(), error }),
        Ok(file) => {
            let read = file.take(16).read_to_end(&mut head);
            read.map_err(|error| StartError::Folder { path: path.into(), error })?;
        }
    }
    if head.is_empty() {
        return Ok(Found::Nothing);
    }
    if head != b"SQLite format 3\0" {
        return Err(StartError::Foreign(path.into()));
    }
    let sorted = |error| sort(path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(sorted)?;
    conn.busy_timeout(std::time::Duration::from_secs(5)).map_err(sorted)?;
    let pragma = |name| conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let (id, found) = (pragma("application_id").map_err(sorted)?, pragma("user_version").map_err(sorted)?);
    let known = NEWEST;
    match (id, found) {
        // A start that was cut short before its one transaction leaves a database without tables.
        (0, 0) if pragma("schema_version").map_err(sorted)? == 0 => Ok(Found::Nothing),
        (APPLICATION_ID, 1..) if found > known => Err(StartError::Newer { path: path.into(), found, known }),
        (APPLICATION_ID, 1..) => check(path, &conn).map(|()| Found::Ours),
        _ => Err(StartError::Foreign(path.into())),
    }
}

/// Reads through a small database; a large one would hold up the start, and every read checks its own pages.
fn check(path: &Path, conn: &Connection) -> Result<(), StartError> {
    const SMALL: u64 = 64 << 20;
    if std::fs::metadata(path).is_ok_and(|file| file.len() > SMALL) {
        return Ok(());
    }
    let said: String =
        conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|error| sort(path, error))?;
    // SQLite says it in several lines.
    let detail = said.split_whitespace().collect::<Vec<_>>().join(" ");
    if said == "ok" { Ok(()) } else { Err(StartError::Damaged { path: path.into(), detail }) }
}

/// Opens the database for the writer, making it or bringing it up to date where needed, which happens `now`.
pub(crate) fn open_writer(
    path: &Path,
    page_limit: u64,
    now: i64,
    meta: &[(&str, &[u8])],
) -> Result<Connection, StartError> {
    let sorted = |error| sort(path, error);
    let mut conn = Connection::open(path).map_err(sorted)?;
    pragmas(&conn).map_err(sorted)?;
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
         PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864;",
    )
    .map_err(sorted)?;
    migrate(&mut conn, now, meta, STEPS).map_err(sorted)?;
    limit_size(&conn, page_limit).map_err(sorted)?;
    // What was retracted just before a crash may stand in what is left of its log.
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(sorted)?;
    Ok(conn)
}

/// Opens one more connection that only reads.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, StartError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|error| sort(path, error))?;
    pragmas(&conn).map_err(|error| sort(path, error))?;
    Ok(conn)
}

fn pragmas(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.set_prepared_statement_cache_capacity(64);
    // Without it a statement with a bound limit is compiled anew at every use.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;",
    )
}

/// Takes the steps that are missing. A new file gets everything, and `meta`, in one transaction.
fn migrate(conn: &mut Connection, now: i64, meta: &[(&str, &[u8])], steps: &[&str]) -> rusqlite::Result<()> {
    let taken: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for (at, step) in steps.iter().enumerate().skip(usize::try_from(taken).unwrap_or(0)) {
        let tx = conn.transaction()?;
        tx.execute_batch(&step.replace(NOW, &now.to_string()))?;
        if at == 0 {
            tx.pragma_update(None, "application_id", APPLICATION_ID)?;
            tx.execute(
                "INSERT INTO rooms (id, kind, name, encrypted, generation, epoch) VALUES (?1, ?2, 'Lobby', 0, 0, 0)",
                (LOBBY.0, RoomKind::LOBBY.0),
            )?;
            for (key, value) in meta {
                tx.execute("INSERT INTO meta (key, value) VALUES (?1, ?2)", (key, value))?;
            }
        }
        tx.pragma_update(None, "user_version", at as i64 + 1)?;
        tx.commit()?;
    }
    Ok(())
}

/// Whether the step was taken that notes who was told of the successor.
pub(super) fn knows_who_was_told(conn: &Connection) -> rusqlite::Result<bool> {
    conn.prepare("SELECT 1 FROM pragma_table_info('devices') WHERE name = 'told'")?.exists([])
}

fn limit_size(conn: &Connection, bytes: u64) -> rusqlite::Result<()> {
    if bytes == 0 {
        return Ok(());
    }
    let page: i64 = conn.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    let pages = i64::try_from(bytes).unwrap_or(i64::MAX) / page.max(1);
    conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get::<_, i64>(0))?;
    Ok(())
}

/// Tells a damaged file from everything else.
pub(crate) fn sort(path: &Path, error: rusqlite::Error) -> StartError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StartError::Damaged { path: path.into(), detail: error.to_string() }
        }
        _ => StartError::Database { path: path.into(), error },
    }
}

#[cfg(test)]
mod tests {
    use snug_proto::codec::decode_value;
    use snug_proto::entry::{Created, Kind};
    use snug_proto::id::{AccountId, RoomId, Seq};

    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_new_file_gets_the_tables_and_is_ours() {
        let folder = folder();
        let path = folder.path().join("snug.db");
        assert_eq!(look(&path).unwrap(), Found::Nothing);
        drop(open_writer(&path, 0, 0, &[("log", &[7; 16])]).unwrap());
        assert_eq!(look(&path).unwrap(), Found::Ours);
        drop(open_writer(&path, 0, 0, &[]).unwrap());
    }

    #[test]
    fn a_database_of_the_first_format_is_whole_after_the_second_step() {
        let folder = folder();
        let path = folder.path().join("snug.db");
        let mut old = Connection::open(&path).unwrap();
        migrate(&mut old, 0, &[("log", &[7; 16])], &STEPS[..1]).unwrap();
        old.execute_batch(
            "INSERT INTO accounts (id, name, skeleton, credential, record, stretch, created)
                 VALUES (1, 'alice', 'alice', x'01', x'02', 1, 5), (2, 'bob', 'bob', x'03', x'04', 1, 6);
             INSERT INTO devices (id, account, key, system, mark, outcomes, created, seen)
                 VALUES (11, 1, x'05', 'Test', 3, x'000000', 5, 50), (12, 1, x'06', 'Test', 0, x'', 5, 70);
             INSERT INTO rooms (id, kind, name, low, high, encrypted, generation, epoch)
                 VALUES (2, 4, '', 1, 2, 0, 0, 0);
             INSERT INTO members (room, account, joined, role) VALUES (1, 1, 1, 0), (2, 1, 1, 0), (2, 2, 1, 0);
             INSERT INTO entries (id, at, kind, author, device, number, generation, epoch, blobs, body)
                 VALUES (8589934593, 60, 16, 1, 0, 0, 0, 0, x'', x'0400'),
                        (8589934594, 61, 1, 1, 11, 3, 0, 0, x'', x'0001');
             INSERT INTO read_marks (account, room, seq) VALUES (1, 2, 2);",
        )
        .unwrap();
        drop(old);
        assert_eq!(look(&path).unwrap(), Found::Ours);
        let new = open_writer(&path, 0, 0, &[]).unwrap();
        let one = |sql: &str| new.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(one("PRAGMA user_version"), NEWEST);
        assert_eq!(one("SELECT created_by FROM rooms WHERE id = 2"), 1);
        assert_eq!(one("SELECT created_at FROM rooms WHERE id = 2"), 60);
        assert_eq!(one("SELECT seen FROM accounts WHERE id = 1"), 70);
        assert_eq!(one("SELECT shows_seen + shows_reads FROM accounts WHERE id = 2"), 2);
        assert_eq!(one("SELECT seq FROM read_marks WHERE unread_from = 0"), 2);
        assert_eq!(one("SELECT count(*) FROM entries WHERE body IN (x'0400', x'0001')"), 2);
        assert_eq!(one("SELECT mark FROM devices WHERE id = 11"), 3);
        let lobby: String =
            new.query_row("SELECT skeleton FROM rooms WHERE id = 1", [], |row| row.get(0)).unwrap();
        assert_eq!(lobby, snug_proto::name::RoomName::new("Lobby").unwrap().skeleton());
        assert!(new.query_row("PRAGMA foreign_key_check", [], |_| Ok(())).is_err(), "nothing points nowhere");
    }

    #[test]
    fn a_database_of_the_first_format_learns_who_is_told() {
        let folder = folder();
        let path = folder.path().join("snug.db");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(&format!(
            "{FIRST} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;
             INSERT INTO accounts (id, name, skeleton, credential, record, stretch, created)
             VALUES (1, 'alice', 'alice', x'', x'', 1, 5);
             INSERT INTO devices (id, account, key, system, mark, outcomes, created, seen)
             VALUES (9, 1, x'01', 'Linux', 3, x'', 5, 6);"
        ))
        .unwrap();
        assert!(!knows_who_was_told(&old).unwrap());
        drop(old);
        assert_eq!(look(&path).unwrap(), Found::Ours);
        let new = open_writer(&path, 0, 0, &[]).unwrap();
        assert!(knows_who_was_told(&new).unwrap());
        let device = new.query_row("SELECT mark, told FROM devices WHERE id = 9", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Option<Vec<u8>>>(1)?))
        });
        assert_eq!(device.unwrap(), (3, None));
    }

    #[test]
    fn a_file_of_the_first_format_gets_the_steps_since_and_keeps_what_is_in_it() {
        let folder = folder();
        let path = folder.path().join("snug.db");
        let first = Connection::open(&path).unwrap();
        first.execute_batch(FIRST).unwrap();
        first.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        first
            .execute_batch(
                "INSERT INTO accounts (name, skeleton, credential, record, stretch, created)
                 VALUES ('alice', 'alice', x'', x'', 1, 5); PRAGMA user_version = 1;",
            )
            .unwrap();
        drop(first);
        let conn = open_writer(&path, 0, 0, &[]).unwrap();
        let version: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(version, STEPS.len() as i64);
        let alice = "SELECT name, rank, invited_by FROM accounts";
        let alice = conn.query_row(alice, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        assert_eq!(alice, ("alice".to_owned(), 0, 0));
        assert!(!super::super::house::has_owner(&conn).unwrap());
    }

    #[test]
    fn a_database_without_a_house_gets_one_with_everybody_in_it() {
        let folder = folder();
        let path = folder.path().join("snug.db");
        let mut old = Connection::open(&path).unwrap();
        migrate(&mut old, 0, &[("log", &[7; 16])], &STEPS[..5]).unwrap();
        old.execute_batch(
            "INSERT INTO accounts (id, name, skeleton, credential, record, stretch, created, rank)
                 VALUES (1, 'alice', 'alice', x'01', x'02', 1, 5, 2), (2, 'bob', 'bob', x'03', x'04', 1, 6, 0);
             INSERT INTO rooms (id, kind, name, skeleton, encrypted, generation, epoch)
                 VALUES (7, 2, 'House', 'house', 0, 0, 0);
             INSERT INTO members (room, account, joined, role) VALUES (1, 1, 1, 0), (1, 2, 2, 0), (7, 2, 1, 2);",
        )
        .unwrap();
        drop(old);
        let new = open_writer(&path, 0, 1234, &[]).unwrap();
        assert_eq!(super::super::house::room(&new).unwrap().0, 8);
        let entry = super::super::read::one(&new, RoomId(8), Seq(1)).unwrap().unwrap();
        let created: Created = decode_value(&entry.body).unwrap();
        assert_eq!((entry.kind, entry.author, entry.at), (Kind::CREATED, AccountId(0), 1234));
        assert_eq!((created.kind, created.name.as_str()), (RoomKind::HOUSE, "House"));
        let mut members =
            new.prepare("SELECT room, account, role FROM members ORDER BY room, account").unwrap();
        let members = members.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        let members: Vec<(u32, u32, u8)> = members.map(Result::unwrap).collect();
        assert_eq!(members, [(1, 1, 2), (1, 2, 0), (7, 2, 2), (8, 1, 2), (8, 2, 0)]);
        assert!(super::super::house::has_owner(&new).unwrap());
        assert!(new.query_row("PRAGMA foreign_key_check", [], |_| Ok(())).is_err(), "nothing points nowhere");
    }

    #[test]
    fn foreign_newer_and_damaged_files_are_told_apart_and_left_alone() {
        let folder = folder();
        let path = folder.path().join("snug.db");
        let text = b"This is my diary, not a database.";
        std::fs::write(&path, text).unwrap();
        assert!(matches!(look(&path), Err(StartError::Foreign(_))));
        assert_eq!(std::fs::read(&path).unwrap(), text);

        let other = folder.path().join("other.db");
        Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
        assert!(matches!(look(&other), Err(StartError::Foreign(_))));

        let newer = folder.path().join("newer.db");
        open_writer(&newer, 0, 0, &[]).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
        assert!(matches!(look(&newer), Err(StartError::Newer { found: 99, .. })));

        let broken = folder.path().join("broken.db");
        drop(open_writer(&broken, 0, 0, &[]).unwrap());
        let mut bytes = std::fs::read(&broken).unwrap();
        bytes[4096..].fill(0x5a);
        std::fs::write(&broken, &bytes).unwrap();
        assert!(matches!(look(&broken), Err(StartError::Damaged { .. })));
        assert_eq!(std::fs::read(&broken).unwrap(), bytes);
    }
}
