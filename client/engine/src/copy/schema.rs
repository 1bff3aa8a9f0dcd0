//! The copy's tables, and the steps from older ones.

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::{CopyError, Result, looks, search};

const APPLICATION_ID: i64 = 0x534e_4350; // "SNCP"

/// What was written since the index last looked: the triggers see it whichever way an entry comes or goes.
const SEARCH: &str = "
    CREATE TABLE to_index (place INTEGER PRIMARY KEY) STRICT;
    INSERT INTO to_index (place) SELECT place FROM entries WHERE kind = 1;
    CREATE TRIGGER entry_written AFTER INSERT ON entries WHEN new.kind = 1
        BEGIN INSERT OR IGNORE INTO to_index (place) VALUES (new.place); END;
    CREATE TRIGGER entry_changed AFTER UPDATE OF body ON entries WHEN new.kind = 1
        BEGIN INSERT OR IGNORE INTO to_index (place) VALUES (new.place); END;
    -- An edit may be emptied alone: then its text is looked at again.
    CREATE INDEX edits_at ON edits (place);
";

/// Each step takes the copy from its index to the next version.
const STEPS: &[&[&str]] = &[
    &["
    CREATE TABLE meta (
        one INTEGER PRIMARY KEY CHECK (one = 1), me INTEGER NOT NULL, log BLOB, device INTEGER NOT NULL,
        given INTEGER NOT NULL, settled INTEGER NOT NULL) STRICT;
    INSERT INTO meta (one, me, log, device, given, settled) VALUES (1, 0, NULL, 0, 0, 0);
    CREATE TABLE rooms (
        room INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL, peer INTEGER NOT NULL,
        first INTEGER NOT NULL, head INTEGER NOT NULL, read INTEGER NOT NULL) STRICT;
    CREATE TABLE people (account INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
    -- What is held of each room: closed ranges that neither touch nor overlap.
    CREATE TABLE ranges (
        room INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL, PRIMARY KEY (room, low))
        STRICT, WITHOUT ROWID;
    -- The place is room << 32 | seq.
    CREATE TABLE entries (
        place INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind INTEGER NOT NULL, author INTEGER NOT NULL,
        device INTEGER NOT NULL, number INTEGER NOT NULL, generation INTEGER NOT NULL, epoch INTEGER NOT NULL,
        blobs BLOB NOT NULL, body BLOB NOT NULL) STRICT;
    -- What this person wrote into a log that is in use no more.
    CREATE TABLE former (
        log BLOB NOT NULL, place INTEGER NOT NULL, at INTEGER NOT NULL, device INTEGER NOT NULL,
        number INTEGER NOT NULL, blobs BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY (log, place))
        STRICT, WITHOUT ROWID;
    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT, to_person INTEGER NOT NULL, target INTEGER NOT NULL,
        blobs BLOB NOT NULL, body BLOB NOT NULL, at INTEGER NOT NULL, state INTEGER NOT NULL,
        device INTEGER, number INTEGER, reason TEXT) STRICT;
    CREATE INDEX outbox_numbers ON outbox (device, number);
    CREATE TABLE files (blob BLOB PRIMARY KEY, path TEXT, reason TEXT) STRICT, WITHOUT ROWID;
    -- How the file was when it was chosen: another size or time means another file.
    CREATE TABLE uploads (
        id INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL UNIQUE, to_person INTEGER NOT NULL,
        target INTEGER NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL) STRICT;
"],
    &["
    ALTER TABLE rooms ADD COLUMN topic TEXT NOT NULL DEFAULT '';
    ALTER TABLE rooms ADD COLUMN role INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE rooms ADD COLUMN present INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE rooms ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE rooms ADD COLUMN members INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE rooms ADD COLUMN unread_from INTEGER NOT NULL DEFAULT 0;
    -- Former spans: (first, last) pairs in postcard.
    ALTER TABLE rooms ADD COLUMN earlier BLOB NOT NULL DEFAULT x'00';
    -- Up to where nothing was missed: holes above are missed news, holes below are history.
    ALTER TABLE rooms ADD COLUMN live INTEGER NOT NULL DEFAULT 0;
    -- The entry as of which the columns about the room are right: older ones change nothing.
    ALTER TABLE rooms ADD COLUMN state_at INTEGER NOT NULL DEFAULT 0;
    UPDATE rooms SET live = coalesce((SELECT high FROM ranges WHERE ranges.room = rooms.room ORDER BY low LIMIT 1), 0);
    CREATE TABLE members (
        room INTEGER NOT NULL, account INTEGER NOT NULL, role INTEGER NOT NULL, seen INTEGER,
        PRIMARY KEY (room, account)) STRICT, WITHOUT ROWID;
    -- Whether what was retracted may have left traces between the rows.
    ALTER TABLE meta ADD COLUMN traces INTEGER NOT NULL DEFAULT 0;
    -- What an entry is to its reader: 0 is not shown, 1 is no message, 2 a message, 3 mentions this person, 4 everybody.
    ALTER TABLE entries ADD COLUMN what INTEGER NOT NULL DEFAULT 1;
    UPDATE entries SET what = 2 WHERE kind = 1 AND body <> x'';
    UPDATE entries SET what = 0 WHERE kind = 2;
    CREATE INDEX entries_origin ON entries (device, number) WHERE kind = 1;
    -- What acts on what, by the origin of what it acts on: that may come later, or never.
    CREATE TABLE reactions (
        room INTEGER NOT NULL, device INTEGER NOT NULL, number INTEGER NOT NULL, emoji TEXT NOT NULL,
        author INTEGER NOT NULL, place INTEGER NOT NULL, is_on INTEGER NOT NULL,
        PRIMARY KEY (room, device, number, emoji, author)) STRICT, WITHOUT ROWID;
    CREATE TABLE edits (
        room INTEGER NOT NULL, device INTEGER NOT NULL, number INTEGER NOT NULL, author INTEGER NOT NULL,
        place INTEGER NOT NULL, PRIMARY KEY (room, device, number, author, place)) STRICT, WITHOUT ROWID;
    CREATE TABLE pins (
        room INTEGER NOT NULL, device INTEGER NOT NULL, number INTEGER NOT NULL, place INTEGER NOT NULL,
        is_on INTEGER NOT NULL, PRIMARY KEY (room, device, number)) STRICT, WITHOUT ROWID;
    CREATE INDEX pins_on ON pins (room, place) WHERE is_on = 1;
    -- Places whose bodies are gone for good. The first one of a retraction leaves a tombstone, the others nothing.
    CREATE TABLE retracted (place INTEGER PRIMARY KEY, what INTEGER NOT NULL) STRICT;
    CREATE TABLE drafts (
        to_person INTEGER NOT NULL, target INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (to_person, target))
        STRICT, WITHOUT ROWID;
    CREATE TABLE account (
        one INTEGER PRIMARY KEY CHECK (one = 1), last_seen INTEGER NOT NULL, reads INTEGER NOT NULL) STRICT;
    INSERT INTO account (one, last_seen, reads) VALUES (1, 1, 1);
    CREATE TABLE ignored (account INTEGER PRIMARY KEY) STRICT;
    -- 0 is a message, 1 acts on one, 2 is a retraction, 3 a deed; about names the item that has to have its place first.
    ALTER TABLE outbox ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE outbox ADD COLUMN about INTEGER;
    CREATE INDEX outbox_about ON outbox (about) WHERE about IS NOT NULL;
    -- Where it went to, by name as well: a number may mean another room in another log.
    ALTER TABLE former ADD COLUMN to_person INTEGER;
    ALTER TABLE former ADD COLUMN target INTEGER;
    ALTER TABLE former ADD COLUMN name TEXT;
    -- Whether the log in use is known to lack it.
    ALTER TABLE former ADD COLUMN lacking INTEGER NOT NULL DEFAULT 0;
"],
    &[SEARCH, search::TABLES],
    // What was imported with the file, in postcard.
    &["ALTER TABLE uploads ADD COLUMN source BLOB;"],
    // The device that this copy had before and its last number, until the log has told what another copy of this
    // folder sent as that device.
    &["
    ALTER TABLE meta ADD COLUMN former_device INTEGER;
    ALTER TABLE meta ADD COLUMN former_given INTEGER;
    -- What the room was called, where it was meant in another log: the number may mean another room now.
    ALTER TABLE outbox ADD COLUMN room_name TEXT;
    ALTER TABLE uploads ADD COLUMN room_name TEXT;
"],
    // What this person was told of the ways into their account.
    &["
    ALTER TABLE account ADD COLUMN password_set INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE devices (device INTEGER PRIMARY KEY) STRICT;
"],
    &[looks::TABLE],
    // Whether an administrator sent this person out, and they did not come back since.
    &["ALTER TABLE meta ADD COLUMN sent_out INTEGER NOT NULL DEFAULT 0;"],
];

/// Makes a connection ready: pragmas, whose file it is, the newest tables.
pub(super) fn prepare(db: &Connection) -> Result<()> {
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    // Without it a statement with a bound limit is compiled anew at every use.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // The copy asks in about a hundred ways; more than the cache holds would be compiled over and over.
    db.set_prepared_statement_cache_capacity(128);
    let application: i64 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let version = usize::try_from(version).map_err(|_| CopyError::Damaged)?;
    let empty: bool = db.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID && !empty {
        return Err(CopyError::Damaged);
    }
    if version > STEPS.len() {
        return Err(CopyError::Newer);
    }
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "secure_delete", "ON")?;
    db.pragma_update(None, "trusted_schema", "OFF")?;
    db.pragma_update(None, "cell_size_check", "ON")?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.pragma_update(None, "journal_size_limit", 16 << 20)?;
    for (index, step) in STEPS.iter().enumerate().skip(version) {
        db.execute_batch(&format!(
            "BEGIN; {} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {}; COMMIT;",
            step.concat(),
            index + 1
        ))?;
    }
    // Damage of what only this computer has is best met here, before anybody counts on it. What can be fetched again
    // tells when it is read: to check a million messages would take half a minute.
    for table in ["meta", "outbox", "uploads", "drafts"] {
        let check = format!("PRAGMA quick_check({table})");
        let verdict: String = db.query_row(&check, [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(CopyError::Damaged);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy::Copy;

    #[test]
    fn a_copy_from_before_there_was_search_is_indexed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.sqlite");
        let older = Connection::open(&path).unwrap();
        older.execute_batch(&STEPS[0].concat()).unwrap();
        older.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        older.pragma_update(None, "user_version", 1).unwrap();
        let body = snug_proto::content::Content::text("long ago").unwrap().to_body().unwrap();
        older.execute("INSERT INTO entries VALUES (1, 5, 1, 1, 1, 1, 0, 0, x'00', ?1)", [&body[..]]).unwrap();
        drop(older);

        let copy = Copy::open(&path).unwrap();
        copy.index_some().unwrap();
        let indexed: i64 = copy
            .with(|db| {
                Ok(db.query_row("SELECT count(*) FROM found WHERE found MATCH 'ago'", [], |row| row.get(0))?)
            })
            .unwrap();
        assert_eq!(indexed, 1);
    }

    #[test]
    fn an_older_copy_is_taken_along_with_what_is_in_it() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(&format!(
            "{} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;
             INSERT INTO rooms (room, kind, name, peer, first, head, read) VALUES (1, 1, 'Lobby', 0, 1, 9, 3);
             INSERT INTO ranges (room, low, high) VALUES (1, 2, 5), (1, 8, 9);
             INSERT INTO entries VALUES (4294967298, 7, 1, 2, 3, 4, 0, 0, x'00', x'0001'),
                 (4294967299, 7, 17, 2, 0, 0, 0, 0, x'00', x'01'), (4294967300, 7, 1, 2, 3, 5, 0, 0, x'00', x'');
             INSERT INTO outbox (to_person, target, blobs, body, at, state) VALUES (0, 1, x'00', x'0001', 7, 0);",
            STEPS[0].concat()
        ))
        .unwrap();
        prepare(&db).unwrap();
        let number = |query: &str| db.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(number("PRAGMA user_version"), STEPS.len() as i64);
        assert_eq!(number("SELECT live FROM rooms"), 5, "what came after is still to be fetched");
        assert_eq!(number("SELECT sum(what) FROM entries"), 2 + 1 + 1);
        assert_eq!(number("SELECT count(*) FROM outbox WHERE kind = 0 AND about IS NULL"), 1);
    }
}
