//! This computer's keys on servers: kept in the system's keyring, or else in a file beside the copy. A file's key moves
//! into the keyring as soon as that is open. What was read once is held while the program runs, so that a keyring that
//! is locked with the screen cuts nobody off.

use std::fs;
use std::path::PathBuf;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use snug_proto::id::DeviceId;

use super::{Failed, Record, Servers};
use crate::command::ServerKey;
use crate::device::DeviceKey;
use crate::event::KeyKept;
use crate::keyring::Closed;

impl Servers {
    /// The key of this computer on that server. Where its keyring is closed it cannot be known, which is not the same as
    /// none.
    pub(crate) fn device(&mut self, record: &mut Record) -> Result<Option<DeviceKey>, Closed> {
        let Some(id) = record.device else { return Ok(None) };
        if let Some(held) = self.keys.get(&record.key).filter(|held| held.id() == Some(id)) {
            return Ok(Some(held.clone()));
        }
        let path = self.key_path(record.key);
        let key = match record.kept {
            KeyKept::Keyring => {
                let kept = self.keyring.get(&name(id))?;
                let kept = kept.and_then(|secret| DeviceKey::from_secret(&secret, id).ok());
                // Only there after a crash, or in a folder from a backup.
                kept.or_else(|| DeviceKey::load(&path, id).ok())
            }
            KeyKept::NoKeyring | KeyKept::KeyringLocked => {
                let key = DeviceKey::load(&path, id).ok();
                if let Some(key) = &key {
                    self.move_into_keyring(record, key);
                }
                key
            }
        };
        if let Some(key) = &key {
            self.keys.insert(record.key, key.clone());
        }
        Ok(key)
    }

    /// Keeps this computer's key. The key first: a record that names a device has it.
    pub(crate) fn keep_device(&mut self, record: &mut Record, device: &DeviceKey) -> Result<(), Failed> {
        let path = self.key_path(record.key);
        let former = record.device.filter(|_| record.kept == KeyKept::Keyring);
        let kept = match self.keep_in_keyring(device) {
            Ok(()) => KeyKept::Keyring,
            Err(closed) => {
                device.save(&path).map_err(|error| format!("write {}: {error}.", path.display()))?;
                in_file(closed)
            }
        };
        (record.device, record.kept) = (device.id(), kept);
        self.save(record)?;
        self.keys.insert(record.key, device.clone());
        if kept == KeyKept::Keyring {
            let _ = fs::remove_file(path);
        }
        if let Some(former) = former.filter(|former| Some(*former) != device.id()) {
            let _ = self.keyring.remove(&name(former));
        }
        Ok(())
    }

    /// A key in a file moves, if it can. Where that cannot be written down, the file stays for the next start.
    fn move_into_keyring(&mut self, record: &mut Record, device: &DeviceKey) {
        record.kept = self.keep_in_keyring(device).map_or_else(in_file, |()| KeyKept::Keyring);
        if self.save(record).is_ok() && record.kept == KeyKept::Keyring {
            let _ = fs::remove_file(self.key_path(record.key));
        }
    }

    /// What does not come back as it was put there was not kept.
    fn keep_in_keyring(&self, device: &DeviceKey) -> Result<(), Closed> {
        let name = name(device.id().ok_or(Closed::Absent)?);
        self.keyring.put(&name, device.secret())?;
        let back = self.keyring.get(&name)?.ok_or(Closed::Absent)?;
        verify_slices_are_equal(&back, device.secret()).map_err(|_| Closed::Absent)
    }

    /// Forgets this computer's key on that server. What a closed keyring still has of it opens nothing any more.
    pub(crate) fn forget_device(&mut self, record: &mut Record) -> Result<(), Failed> {
        let former = record.device.take();
        self.save(record)?;
        self.keys.remove(&record.key);
        let _ = fs::remove_file(self.key_path(record.key));
        if let Some(former) = former.filter(|_| record.kept == KeyKept::Keyring) {
            let _ = self.keyring.remove(&name(former));
        }
        Ok(())
    }

    fn key_path(&self, key: ServerKey) -> PathBuf {
        self.folder.join(format!("server-{}.key", key.0))
    }
}

fn in_file(closed: Closed) -> KeyKept {
    match closed {
        Closed::Absent => KeyKept::NoKeyring,
        Closed::Locked => KeyKept::KeyringLocked,
    }
}

/// What a key is called in the keyring: servers give devices random ids, so it is nobody else's.
fn name(device: DeviceId) -> String {
    format!("{:016x}", device.0)
}

/// Where a key lies, as the list keeps it.
pub(super) fn kept_code(kept: KeyKept) -> i64 {
    match kept {
        KeyKept::NoKeyring => 0,
        KeyKept::Keyring => 1,
        KeyKept::KeyringLocked => 2,
    }
}

/// What cannot be read is looked for in the file.
pub(super) fn kept(code: i64) -> KeyKept {
    match code {
        1 => KeyKept::Keyring,
        2 => KeyKept::KeyringLocked,
        _ => KeyKept::NoKeyring,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    use zeroize::Zeroizing;

    use super::super::tests::{OLD, UNSEEN, address};
    use super::*;
    use crate::keyring::{Keyring, Secret};

    /// A keyring with a door.
    #[derive(Debug, Default)]
    struct Memory(Mutex<Inside>);

    #[derive(Debug, Default)]
    struct Inside {
        closed: Option<Closed>,
        secrets: BTreeMap<String, Vec<u8>>,
    }

    impl Memory {
        fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> T) -> Result<T, Closed> {
            let Inside { closed, secrets } = &mut *self.0.lock().unwrap();
            closed.map_or_else(|| Ok(act(secrets)), Err)
        }
        fn shut(&self, closed: Option<Closed>) {
            self.0.lock().unwrap().closed = closed;
        }
        fn len(&self) -> usize {
            self.0.lock().unwrap().secrets.len()
        }
    }

    impl Keyring for Memory {
        fn put(&self, name: &str, secret: &[u8]) -> Result<(), Closed> {
            self.with(|secrets| drop(secrets.insert(name.to_owned(), secret.to_vec())))
        }
        fn get(&self, name: &str) -> Result<Option<Secret>, Closed> {
            self.with(|secrets| secrets.get(name).cloned().map(Zeroizing::new))
        }
        fn remove(&self, name: &str) -> Result<(), Closed> {
            self.with(|secrets| drop(secrets.remove(name)))
        }
    }

    struct Computer {
        folder: tempfile::TempDir,
        keyring: Arc<Memory>,
    }

    impl Computer {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap(), keyring: Arc::default() }
        }
        /// As after a start of the program.
        fn servers(&self) -> Servers {
            Servers::open(self.folder.path()).unwrap().with_keyring(self.keyring.clone())
        }
        fn record(&self) -> Record {
            self.servers().at(&address(1), "").unwrap().unwrap()
        }
        fn has_file(&self) -> bool {
            self.folder.path().join("server-1.key").exists()
        }
        fn starts(&self) -> Result<Option<DeviceKey>, Closed> {
            self.servers().device(&mut self.record())
        }
        fn keeps(&self, id: u64) -> DeviceKey {
            let mut servers = self.servers();
            let mut record = match servers.at(&address(1), "").unwrap() {
                Some(record) => record,
                None => servers.add(address(1), OLD, UNSEEN).unwrap(),
            };
            let key = DeviceKey::generate().unwrap().known_as(DeviceId(id));
            servers.keep_device(&mut record, &key).unwrap();
            key
        }
    }

    fn is(found: Result<Option<DeviceKey>, Closed>, key: &DeviceKey) -> bool {
        found.is_ok_and(|found| found.is_some_and(|found| found.public() == key.public()))
    }

    #[test]
    fn a_key_lies_in_the_keyring_and_nowhere_else() {
        let computer = Computer::new();
        let key = computer.keeps(7);
        assert_eq!((computer.record().kept, computer.has_file()), (KeyKept::Keyring, false));
        assert!(is(computer.starts(), &key));
        // Another device takes its place.
        let next = computer.keeps(8);
        assert_eq!(computer.keyring.len(), 1);
        assert!(is(computer.starts(), &next));
        computer.servers().forget_device(&mut computer.record()).unwrap();
        assert_eq!(computer.keyring.len(), 0);
        assert!(computer.starts().unwrap().is_none());
    }

    #[test]
    fn a_locked_keyring_is_no_forgotten_device() {
        let computer = Computer::new();
        let key = computer.keeps(7);
        let mut servers = computer.servers();
        assert!(is(servers.device(&mut computer.record()), &key));
        computer.keyring.shut(Some(Closed::Locked));
        assert!(is(servers.device(&mut computer.record()), &key), "it is held while the program runs");
        assert_eq!(computer.starts().unwrap_err(), Closed::Locked);
        computer.keyring.shut(Some(Closed::Absent));
        assert_eq!(computer.starts().unwrap_err(), Closed::Absent);
        computer.keyring.shut(None);
        assert!(is(computer.starts(), &key));
    }

    #[test]
    fn a_key_in_a_file_moves_into_the_keyring_once_that_is_open() {
        let computer = Computer::new();
        computer.keyring.shut(Some(Closed::Absent));
        let key = computer.keeps(7);
        assert_eq!((computer.record().kept, computer.has_file()), (KeyKept::NoKeyring, true));
        computer.keyring.shut(Some(Closed::Locked));
        assert!(is(computer.starts(), &key));
        assert_eq!((computer.record().kept, computer.has_file()), (KeyKept::KeyringLocked, true));
        computer.keyring.shut(None);
        assert!(is(computer.starts(), &key));
        assert_eq!((computer.record().kept, computer.has_file()), (KeyKept::Keyring, false));
        assert!(is(computer.starts(), &key));
    }
}
