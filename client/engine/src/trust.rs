//! The servers this client knows: a server is its key, and every pin keeps when and how it was made.
//!
//! Rules that hold here and nowhere else: an address that stands in a record is that record; a successor is written
//! once while the key is in use; a key joins an old record only by succession or by proof.

mod device;
mod file;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};
use snug_proto::id::{AccountId, DeviceId};
use snug_proto::{Address, Fingerprint};

use crate::command::ServerKey;
use crate::copy::Copy;
use crate::device::DeviceKey;
use crate::event::{Decision, KeyKept, KnownServer, Manner, Trust};
use crate::keyring::{Keyring, NoKeyring};

pub(crate) use file::SetAside;

/// Decisions about one server that are told; there is one a rotation.
const HISTORY_MAX: u32 = 100;

/// A server as this client knows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record {
    pub(crate) key: ServerKey,
    /// The server's name for people.
    pub(crate) name: String,
    /// Where it was reached last.
    pub(crate) address: Address,
    pub(crate) pin: Fingerprint,
    pub(crate) trust: Trust,
    /// The key that the one in use announced.
    pub(crate) successor: Option<Fingerprint>,
    /// The server's long-term OPAQUE key: what a password proves.
    pub(crate) server_key: Option<Vec<u8>>,
    pub(crate) account: Option<(AccountId, String)>,
    pub(crate) device: Option<DeviceId>,
    /// Where this computer's key lies.
    pub(crate) kept: KeyKept,
    /// The largest file it takes, in bytes; 0 when there is no limit.
    pub(crate) file_max: u64,
}

impl Record {
    /// The keys that may answer in this record's name.
    pub(crate) fn keys(&self) -> Vec<Fingerprint> {
        [Some(self.pin), self.successor].into_iter().flatten().collect()
    }

    /// How well it fits a name: it is the account's record, it is nobody's yet, it is somebody else's.
    fn fits(&self, name: &str) -> u8 {
        match &self.account {
            Some((_, account)) if same_name(account, name) => 0,
            None => 1,
            Some(_) => 2,
        }
    }

    /// A connection with this key came to be: the successor takes its place for good.
    pub(crate) fn rolled_over(&mut self, key: Fingerprint, now: i64) -> bool {
        let rolled = self.successor == Some(key) && key != self.pin;
        if rolled {
            self.pin = key;
            self.successor = None;
            // A key that nobody compared vouches for nothing: what it announced is as unseen as it was.
            let manner = match self.trust.manner {
                Manner::Unseen => Manner::Unseen,
                _ => Manner::Succession,
            };
            self.trust = Trust { manner, at: now };
        }
        rolled
    }

    /// The server named the key that will follow. Written once: a thief of the key in use cannot name his own.
    pub(crate) fn announced(&mut self, successor: Option<[u8; 32]>) -> bool {
        let named = successor.map(Fingerprint).filter(|named| *named != self.pin);
        let learnt = self.successor.is_none() && named.is_some();
        if learnt {
            self.successor = named;
        }
        learnt
    }

    /// An invite names a key that is trusted already: somebody vouches for it now.
    pub(crate) fn vouched_for(&mut self, key: Fingerprint, now: i64) {
        if self.pin == key && !self.trust.manner.is_verified() {
            self.trust = Trust { manner: Manner::Invite, at: now };
        }
    }

    /// The person said that an invite with this key is for the same server.
    pub(crate) fn rekeyed(&mut self, key: Fingerprint, now: i64) {
        self.successor = None;
        self.pin = key;
        self.trust = Trust { manner: Manner::Invite, at: now };
    }

    /// The password proved this key.
    pub(crate) fn proven(&mut self, key: Fingerprint, now: i64) {
        if key != self.pin {
            self.successor = None;
        }
        self.pin = key;
        self.trust = Trust { manner: Manner::Password, at: now };
    }
}

/// All records, in a small database of their own.
#[derive(Debug)]
pub(crate) struct Servers {
    folder: PathBuf,
    db: Connection,
    set_aside: Option<SetAside>,
    keyring: Arc<dyn Keyring>,
    /// This computer's keys, once they were read.
    keys: BTreeMap<ServerKey, DeviceKey>,
}

/// The records cannot be used; what and why, to end "This computer could not …".
pub(crate) type Failed = String;

fn failed(doing: &'static str) -> impl Fn(rusqlite::Error) -> Failed {
    move |error| format!("{doing}: {error}.")
}

impl Servers {
    /// Opens or makes them. A damaged list is set aside.
    pub(crate) fn open(folder: &Path) -> Result<Self, Failed> {
        make_folder(folder).map_err(|error| format!("use the folder {}: {error}.", folder.display()))?;
        let (db, set_aside) = file::open(folder)?;
        let (keyring, keys) = (Arc::new(NoKeyring), BTreeMap::new());
        Ok(Self { folder: folder.to_owned(), db, set_aside, keyring, keys })
    }

    /// The same, with this computer's keys in a keyring.
    pub(crate) fn with_keyring(self, keyring: Arc<dyn Keyring>) -> Self {
        Self { keyring, ..self }
    }

    /// The damaged list that was set aside when this one was opened, once.
    pub(crate) fn take_set_aside(&mut self) -> Option<SetAside> {
        self.set_aside.take()
    }

    /// Every record, the last used first.
    pub(crate) fn all(&self) -> Result<Vec<Record>, Failed> {
        let read = || {
            let mut query = self.db.prepare_cached("SELECT * FROM servers ORDER BY used DESC, id")?;
            query.query_map([], record)?.collect::<rusqlite::Result<_>>()
        };
        read().map_err(failed("read its list of servers"))
    }

    /// One record.
    pub(crate) fn get(&self, key: ServerKey) -> Result<Option<Record>, Failed> {
        let mut query = self
            .db
            .prepare_cached("SELECT * FROM servers WHERE id = ?1")
            .map_err(failed("read its list of servers"))?;
        query.query_row([key.0], record).optional().map_err(failed("read its list of servers"))
    }

    /// The record that an address stands in. Of several (one for each account there) the one that
    /// [fits](Record::fits) this name best.
    pub(crate) fn at(&self, address: &Address, name: &str) -> Result<Option<Record>, Failed> {
        let mut there = Vec::new();
        for record in self.all()? {
            if self.addresses(record.key)?.contains(address) {
                there.push(record);
            }
        }
        Ok(there.into_iter().min_by_key(|record| record.fits(name)))
    }

    /// A record with this key, in use or announced: for addresses that stand in none. Of several the one that
    /// [fits](Record::fits) this name best.
    pub(crate) fn with_key(&self, key: Fingerprint, name: &str) -> Result<Option<Record>, Failed> {
        let known = self.all()?.into_iter().filter(|record| record.keys().contains(&key));
        Ok(known.min_by_key(|record| record.fits(name)))
    }

    /// Makes a record; it gets its id here: none whose files lie in the folder, since another list may have known
    /// that server.
    pub(crate) fn add(&mut self, address: Address, pin: Fingerprint, trust: Trust) -> Result<Record, Failed> {
        let taken = self.highest_file();
        let add = || {
            let key: u32 = self.db.query_row(
                "INSERT INTO servers (id, name, host, port, pin, manner, trusted_at, file_max, used)
                 VALUES (1 + max(?7, (SELECT coalesce(max(id), 0) FROM servers)),
                     ?1, ?2, ?3, ?4, ?5, ?6, 0, 1 + (SELECT coalesce(max(used), 0) FROM servers))
                 RETURNING id",
                params![
                    address.host,
                    address.host,
                    address.port,
                    pin.0,
                    manner_code(trust.manner),
                    trust.at,
                    taken
                ],
                |row| row.get(0),
            )?;
            Ok(ServerKey(key))
        };
        let key = add().map_err(failed("remember this server"))?;
        let record = self.get(key)?.ok_or("remember this server.")?;
        self.save(&record)?;
        Ok(record)
    }

    /// Writes a record as it is now, that its address stands in it, and how its key came to be trusted.
    pub(crate) fn save(&mut self, record: &Record) -> Result<(), Failed> {
        let is_new = !self.addresses(record.key)?.contains(&record.address);
        if !is_new && self.get(record.key)?.as_ref() == Some(record) {
            return Ok(());
        }
        let save = |db: &mut Connection| {
            let change = db.transaction()?;
            let (account, account_name) =
                record.account.as_ref().map(|(id, name)| (id.0.cast_signed(), name)).unzip();
            change.execute(
                "UPDATE servers SET name = ?2, host = ?3, port = ?4, pin = ?5, manner = ?6, trusted_at = ?7,
                     successor = ?8, server_key = ?9, account = ?10, account_name = ?11, device = ?12, file_max = ?13, kept = ?14
                 WHERE id = ?1",
                params![
                    record.key.0,
                    record.name,
                    record.address.host,
                    record.address.port,
                    record.pin.0,
                    manner_code(record.trust.manner),
                    record.trust.at,
                    record.successor.map(|key| key.0),
                    record.server_key,
                    account,
                    account_name,
                    record.device.map(|device| device.0.cast_signed()),
                    record.file_max.cast_signed(),
                    device::kept_code(record.kept),
                ],
            )?;
            change.execute(
                "INSERT OR IGNORE INTO addresses (server, host, port) VALUES (?1, ?2, ?3)",
                params![record.key.0, record.address.host, record.address.port],
            )?;
            change.execute(
                "INSERT INTO decisions (server, pin, manner, at) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (
                     SELECT 1 FROM decisions WHERE server = ?1 AND pin = ?2 AND manner = ?3 AND at = ?4)",
                params![record.key.0, record.pin.0, manner_code(record.trust.manner), record.trust.at],
            )?;
            change.commit()
        };
        save(&mut self.db).map_err(failed("remember this server"))?;
        file::write_spare(&self.folder, &self.db);
        Ok(())
    }

    /// Moves a record to the front.
    pub(crate) fn used(&mut self, key: ServerKey) -> Result<(), Failed> {
        let front = "UPDATE servers SET used = 1 + (SELECT max(used) FROM servers) WHERE id = ?1";
        self.db.execute(front, [key.0]).map(drop).map_err(failed("remember this server"))
    }

    /// Where the copy of that server lies.
    pub(crate) fn copy_path(&self, key: ServerKey) -> PathBuf {
        self.folder.join(format!("server-{}.sqlite", key.0))
    }

    /// Where the pictures of that server's people lie.
    pub(crate) fn pictures_path(&self, key: ServerKey) -> PathBuf {
        self.folder.join("pictures").join(key.0.to_string())
    }

    /// Deletes everything of that server but its record: the copy, and the pictures.
    pub(crate) fn delete_copy(&self, key: ServerKey) {
        Copy::delete(&self.copy_path(key));
        let _ = fs::remove_dir_all(self.pictures_path(key));
    }

    /// What the window may know.
    pub(crate) fn known(&self) -> Result<Vec<KnownServer>, Failed> {
        let known = |record: Record| {
            Ok(KnownServer {
                key: record.key,
                has_copy: self.copy_path(record.key).exists(),
                has_device: record.device.is_some(),
                history: self.history(record.key)?.into(),
                name: record.name,
                address: record.address,
                trust: record.trust,
                account: record.account.map(|(_, name)| name),
            })
        };
        self.all()?.into_iter().map(known).collect()
    }

    /// How a server's keys came to be trusted, oldest first.
    fn history(&self, key: ServerKey) -> Result<Vec<Decision>, Failed> {
        let read = || {
            let mut query = self.db.prepare_cached(
                "SELECT pin, manner, at FROM
                     (SELECT id, pin, manner, at FROM decisions WHERE server = ?1 ORDER BY id DESC LIMIT ?2)
                 ORDER BY id",
            )?;
            let decision = |row: &Row<'_>| {
                let trust = Trust { manner: manner(row.get(1)?), at: row.get(2)? };
                Ok(Decision { fingerprint: Fingerprint(row.get(0)?), trust })
            };
            query.query_map((key.0, HISTORY_MAX), decision)?.collect::<rusqlite::Result<_>>()
        };
        read().map_err(failed("read its list of servers"))
    }

    /// The highest id that a file in the folder carries, 0 when there is none.
    fn highest_file(&self) -> u32 {
        let id = |file: fs::DirEntry| {
            let name = file.file_name().into_string().ok()?;
            name.strip_prefix("server-")?.split('.').next()?.parse().ok()
        };
        let files = fs::read_dir(&self.folder).into_iter().flatten();
        files.filter_map(|file| id(file.ok()?)).filter(|id| *id < u32::MAX).max().unwrap_or(0)
    }

    fn addresses(&self, key: ServerKey) -> Result<Vec<Address>, Failed> {
        let read = || {
            let mut query = self.db.prepare_cached("SELECT host, port FROM addresses WHERE server = ?1")?;
            query
                .query_map([key.0], |row| Ok(Address { host: row.get(0)?, port: row.get(1)? }))?
                .collect::<rusqlite::Result<_>>()
        };
        read().map_err(failed("read its list of servers"))
    }
}

/// What people write lies in it: a new one is its owner's alone.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let account: Option<i64> = row.get("account")?;
    let account_name: Option<String> = row.get("account_name")?;
    Ok(Record {
        key: ServerKey(row.get("id")?),
        name: row.get("name")?,
        address: Address { host: row.get("host")?, port: row.get("port")? },
        pin: Fingerprint(row.get("pin")?),
        trust: Trust { manner: manner(row.get("manner")?), at: row.get("trusted_at")? },
        successor: row.get::<_, Option<[u8; 32]>>("successor")?.map(Fingerprint),
        server_key: row.get("server_key")?,
        account: account.map(|id| AccountId(id.cast_unsigned())).zip(account_name),
        device: row.get::<_, Option<i64>>("device")?.map(|id| DeviceId(id.cast_unsigned())),
        file_max: row.get::<_, i64>("file_max")?.cast_unsigned(),
        kept: device::kept(row.get("kept")?),
    })
}

fn manner_code(manner: Manner) -> i64 {
    match manner {
        Manner::WordsCompared => 1,
        Manner::Password => 2,
        Manner::Unseen => 3,
        Manner::Succession => 4,
        Manner::Invite => 5,
        Manner::Code => 6,
    }
}

/// What cannot be read counts for the least.
fn manner(code: i64) -> Manner {
    match code {
        1 => Manner::WordsCompared,
        2 => Manner::Password,
        4 => Manner::Succession,
        5 => Manner::Invite,
        6 => Manner::Code,
        _ => Manner::Unseen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn address(port: u16) -> Address {
        Address { host: "chat.example".into(), port }
    }
    pub(super) const UNSEEN: Trust = Trust { manner: Manner::Unseen, at: 5 };
    pub(super) const OLD: Fingerprint = Fingerprint([1; 32]);
    pub(super) const NEXT: Fingerprint = Fingerprint([2; 32]);

    #[test]
    fn records_survive_and_addresses_stand_in_them() {
        let folder = tempfile::tempdir().unwrap();
        let mut servers = Servers::open(folder.path()).unwrap();
        let mut record = servers.add(address(1), OLD, UNSEEN).unwrap();
        record.account = Some((AccountId(u64::MAX), "alice".into()));
        record.address = address(2);
        servers
            .keep_device(&mut record, &DeviceKey::generate().unwrap().known_as(DeviceId(u64::MAX - 1)))
            .unwrap();
        drop(servers);

        let mut servers = Servers::open(folder.path()).unwrap();
        assert_eq!(servers.at(&address(1), "alice").unwrap(), Some(record.clone()));
        assert_eq!(servers.at(&address(2), "Alice").unwrap(), Some(record.clone()));
        assert_eq!(servers.at(&address(3), "alice").unwrap(), None);
        assert_eq!(servers.with_key(OLD, "alice").unwrap(), Some(record.clone()));
        assert_eq!(servers.device(&mut record).unwrap().unwrap().id(), record.device);
        assert!(servers.known().unwrap()[0].has_device);
    }

    #[test]
    fn the_last_used_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let mut servers = Servers::open(folder.path()).unwrap();
        let first = servers.add(address(1), OLD, UNSEEN).unwrap().key;
        let second = servers.add(address(2), NEXT, UNSEEN).unwrap().key;
        assert_eq!(
            servers.all().unwrap().iter().map(|record| record.key).collect::<Vec<_>>(),
            [second, first]
        );
        servers.used(first).unwrap();
        assert_eq!(servers.all().unwrap()[0].key, first);
    }

    #[test]
    fn a_thief_of_the_key_in_use_cannot_replace_its_successor() {
        let folder = tempfile::tempdir().unwrap();
        let compared = Trust { manner: Manner::WordsCompared, at: 5 };
        let mut record = Servers::open(folder.path()).unwrap().add(address(1), OLD, compared).unwrap();
        assert!(!record.announced(Some(OLD.0)));
        assert!(record.announced(Some(NEXT.0)));
        assert!(!record.announced(Some([66; 32])));
        assert_eq!(record.keys(), [OLD, NEXT]);
        assert!(!record.rolled_over(OLD, 9));
        assert!(record.rolled_over(NEXT, 9));
        assert_eq!(
            (record.keys(), record.trust.manner),
            (vec![NEXT], Manner::Succession),
            "the old key is dead"
        );
    }

    #[test]
    fn what_a_key_nobody_compared_announces_is_compared_by_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let mut record = Servers::open(folder.path()).unwrap().add(address(1), OLD, UNSEEN).unwrap();
        assert!(record.announced(Some(NEXT.0)));
        assert!(record.rolled_over(NEXT, 9));
        assert_eq!(record.trust, Trust { manner: Manner::Unseen, at: 9 });
    }
}
