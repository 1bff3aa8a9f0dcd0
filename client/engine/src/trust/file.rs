//! The file the list of servers lies in: its tables, the steps from older ones, and a spare beside it.
//!
//! The list is small and seldom changes, and without it no copy on this computer finds its server. So a spare is
//! written whenever it changed, and a damaged list is set aside, never deleted, and replaced by the spare.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode};

use super::{Failed, failed};

const APPLICATION_ID: i64 = 0x534e_5547; // "SNUG"
const LIST: &str = "servers.sqlite";
const SPARE: &str = "servers.spare.sqlite";
/// Damaged lists that are kept; who has that many has another trouble.
const ASIDE_MAX: u32 = 99;

/// One step per version, each in one transaction. A released step never changes.
const STEPS: &[&str] = &[FIRST, DECISIONS, KEPT];

const FIRST: &str = "
CREATE TABLE servers (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL,
    pin BLOB NOT NULL, manner INTEGER NOT NULL, trusted_at INTEGER NOT NULL, successor BLOB,
    server_key BLOB, account INTEGER, account_name TEXT, device INTEGER, file_max INTEGER NOT NULL,
    used INTEGER NOT NULL) STRICT;
CREATE TABLE addresses (
    server INTEGER NOT NULL REFERENCES servers (id), host TEXT NOT NULL, port INTEGER NOT NULL,
    PRIMARY KEY (server, host, port)) STRICT;
";

/// Every key that was trusted, when and how. What a record says now was the first decision that is known.
const DECISIONS: &str = "
CREATE TABLE decisions (
    id INTEGER PRIMARY KEY, server INTEGER NOT NULL REFERENCES servers (id), pin BLOB NOT NULL,
    manner INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX decisions_server ON decisions (server);
INSERT INTO decisions (server, pin, manner, at) SELECT id, pin, manner, trusted_at FROM servers;
";

/// Where this computer's key lies: 0 in a file, 1 in the keyring, 2 in a file since the keyring was locked.
const KEPT: &str = "ALTER TABLE servers ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;";

/// A damaged list that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SetAside {
    /// Where it is now.
    pub(crate) path: PathBuf,
    /// How many servers its spare knew; `None` when there was none to use.
    pub(crate) restored: Option<u32>,
}

/// Why a file is not the list.
enum Bad {
    Damaged,
    Newer,
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for Bad {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged,
            _ => Self::Sql(error),
        }
    }
}

impl From<Bad> for Failed {
    fn from(bad: Bad) -> Self {
        match bad {
            Bad::Damaged => "use its list of servers: it is damaged.".into(),
            Bad::Newer => "read its list of servers: a newer Snug wrote it. Please update Snug.".into(),
            Bad::Sql(error) => failed("open its list of servers")(error),
        }
    }
}

/// Opens or makes the list.
pub(super) fn open(folder: &Path) -> Result<(Connection, Option<SetAside>), Failed> {
    let path = folder.join(LIST);
    match connect(&path) {
        Ok(db) => Ok((db, None)),
        Err(Bad::Damaged) => {
            let aside = set_aside(folder, &path)?;
            let (db, restored) = from_spare(folder, &path)?;
            Ok((db, Some(SetAside { path: aside, restored })))
        }
        Err(bad) => Err(bad.into()),
    }
}

fn connect(path: &Path) -> Result<Connection, Bad> {
    let db = Connection::open(path)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    let number = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let empty: bool = db.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID && !empty {
        return Err(Bad::Damaged);
    }
    let taken = usize::try_from(version).map_err(|_| Bad::Damaged)?;
    if taken > STEPS.len() {
        return Err(Bad::Newer);
    }
    for (index, step) in STEPS.iter().enumerate().skip(taken) {
        db.execute_batch(&format!(
            "BEGIN; {step} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {}; COMMIT;",
            index + 1
        ))?;
    }
    // Damage is best met here, before anybody counts on what is in it.
    let verdict: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(db) } else { Err(Bad::Damaged) }
}

/// Moves the list out of the way; where it is now.
fn set_aside(folder: &Path, path: &Path) -> Result<PathBuf, Failed> {
    let name = |number: u32| folder.join(format!("servers.damaged-{number}.sqlite"));
    let aside = (1..=ASIDE_MAX).map(name).find(|aside| !aside.exists());
    let aside = aside.ok_or("set its damaged list of servers aside: too many lie there already.")?;
    let moved = fs::rename(path, &aside);
    moved.map_err(|error| format!("set its damaged list of servers aside: {error}."))?;
    // Left where it is, it would be taken for the new list's.
    for tail in ["-journal", "-wal", "-shm"] {
        let beside = |path: &Path| PathBuf::from(format!("{}{tail}", path.display()));
        let _ = fs::rename(beside(path), beside(&aside));
    }
    Ok(aside)
}

/// A list made from the spare, and how many servers it knows; a new one where that cannot be used.
fn from_spare(folder: &Path, path: &Path) -> Result<(Connection, Option<u32>), Failed> {
    if fs::copy(folder.join(SPARE), path).is_ok()
        && let Ok(db) = connect(path)
        && let Ok(servers) = db.query_row("SELECT count(*) FROM servers", [], |row| row.get(0))
    {
        return Ok((db, Some(servers)));
    }
    let _ = fs::remove_file(path);
    Ok((connect(path)?, None))
}

/// Writes the spare anew. That it fails harms nobody today.
pub(super) fn write_spare(folder: &Path, db: &Connection) {
    let (fresh, spare) = (folder.join("servers.spare.new"), folder.join(SPARE));
    let _ = fs::remove_file(&fresh);
    let written = db
        .execute("VACUUM INTO ?1", [fresh.to_string_lossy()])
        .map_err(|error| format!("{:?}", error.sqlite_error_code()))
        .and_then(|_| {
            let synced = File::open(&fresh).and_then(|file| file.sync_all());
            synced.and_then(|()| fs::rename(&fresh, &spare)).map_err(|error| error.kind().to_string())
        });
    if let Err(why) = written {
        tracing::warn!(why, "no spare of the list of servers was written");
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NEXT, OLD, UNSEEN, address};
    use super::super::{DeviceKey, Servers};
    use super::*;
    use crate::event::{Decision, Manner, Trust};
    use snug_proto::id::DeviceId;

    /// How many servers a folder's list knows, and what was set aside while opening it.
    fn opened(folder: &Path) -> (usize, Option<SetAside>) {
        let mut servers = Servers::open(folder).unwrap();
        (servers.all().unwrap().len(), servers.take_set_aside())
    }

    #[test]
    fn a_list_of_the_first_version_keeps_everything_and_begins_its_history() {
        let folder = tempfile::tempdir().unwrap();
        let old = Connection::open(folder.path().join(LIST)).unwrap();
        old.execute_batch(&format!(
            "{FIRST} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;
             INSERT INTO servers (id, name, host, port, pin, manner, trusted_at, account, account_name, file_max, used)
             VALUES (3, 'Home', 'chat.example', 1, x'{}', 2, 77, 9, 'alice', 0, 1);
             INSERT INTO addresses (server, host, port) VALUES (3, 'chat.example', 1);",
            "01".repeat(32)
        ))
        .unwrap();
        drop(old);
        let servers = Servers::open(folder.path()).unwrap();
        let record = servers.at(&address(1), "alice").unwrap().unwrap();
        let trust = Trust { manner: Manner::Password, at: 77 };
        assert_eq!((record.name.as_str(), record.pin, record.trust), ("Home", OLD, trust));
        assert_eq!(*servers.known().unwrap()[0].history, [Decision { fingerprint: OLD, trust }]);
    }

    #[test]
    fn what_a_newer_snug_wrote_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        drop(Servers::open(folder.path()).unwrap());
        let path = folder.path().join(LIST);
        let newer = STEPS.len() as i64 + 1;
        Connection::open(&path).unwrap().pragma_update(None, "user_version", newer).unwrap();
        let before = fs::read(&path).unwrap();
        assert!(Servers::open(folder.path()).unwrap_err().contains("a newer Snug wrote it"));
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_damaged_list_gives_way_to_its_spare() {
        let folder = tempfile::tempdir().unwrap();
        let mut servers = Servers::open(folder.path()).unwrap();
        let mut record = servers.add(address(1), OLD, UNSEEN).unwrap();
        let device = DeviceKey::generate().unwrap().known_as(DeviceId(7));
        servers.keep_device(&mut record, &device).unwrap();
        drop(servers);
        for damage in [&b"This is no list."[..], &[0; 9000]] {
            fs::write(folder.path().join(LIST), damage).unwrap();
            let (known, aside) = opened(folder.path());
            let aside = aside.unwrap();
            assert_eq!((known, aside.restored), (1, Some(1)));
            assert_eq!(fs::read(aside.path).unwrap(), damage, "nothing is deleted");
            assert_eq!(opened(folder.path()), (1, None));
        }
        let mut servers = Servers::open(folder.path()).unwrap();
        assert_eq!(servers.at(&address(1), "").unwrap().unwrap(), record);
        assert_eq!(servers.device(&mut record).unwrap().unwrap().id(), device.id());
    }

    #[test]
    fn without_a_spare_a_new_list_never_takes_over_what_belongs_to_an_old_server() {
        let folder = tempfile::tempdir().unwrap();
        let mut servers = Servers::open(folder.path()).unwrap();
        let old = servers.add(address(1), OLD, UNSEEN).unwrap();
        fs::write(servers.copy_path(old.key), "a copy").unwrap();
        drop(servers);
        for file in [LIST, SPARE] {
            fs::write(folder.path().join(file), "This is no list.").unwrap();
        }
        let mut servers = Servers::open(folder.path()).unwrap();
        assert_eq!(servers.take_set_aside().unwrap().restored, None);
        let new = servers.add(address(2), NEXT, UNSEEN).unwrap();
        assert_ne!(new.key, old.key);
        assert!(!servers.known().unwrap()[0].has_copy);
        assert_eq!(fs::read(servers.copy_path(old.key)).unwrap(), b"a copy");
    }
}
