//! The key of a device in the system's keyring: one that is there, locked, or gone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use snug_engine::command::{Command, Intent};
use snug_engine::event::{KeyKept, Link, Problem};
use snug_engine::keyring::{Closed, Keyring, Secret};

use crate::world::{Closed as Off, LOBBY_ROOM, Person, Seen, World};

/// A keyring with a door.
#[derive(Debug, Default)]
struct Memory(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    closed: Option<Closed>,
    secrets: BTreeMap<String, Secret>,
}

impl Memory {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, Secret>) -> T) -> Result<T, Closed> {
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
        self.with(|secrets| drop(secrets.insert(name.to_owned(), secret.to_vec().into())))
    }
    fn get(&self, name: &str) -> Result<Option<Secret>, Closed> {
        self.with(|secrets| secrets.get(name).cloned())
    }
    fn remove(&self, name: &str) -> Result<(), Closed> {
        self.with(|secrets| drop(secrets.remove(name)))
    }
}

fn start(off: Off, keyring: &Arc<Memory>) -> Person {
    let keyring = keyring.clone();
    Person::with(&off.name, &off.folder, off.address, |environment| environment.keyring = keyring)
}

fn kept(seen: &Seen) -> Option<KeyKept> {
    seen.session().map(|session| session.key_kept)
}

fn devices(seen: &Seen) -> usize {
    seen.devices.as_ref().map_or(0, |devices| devices.list.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keyring_stops_a_device_and_makes_no_other() {
    let world = World::new().await;
    let keyring = Arc::new(Memory::default());
    let used = keyring.clone();
    let alice = world.registered(world.person_with("alice", |environment| environment.keyring = used)).await;
    assert_eq!((kept(&alice.seen), keyring.len()), (Some(KeyKept::Keyring), 1));
    alice.say("kept here").await;
    let mut alice = alice;
    alice.until_sent("kept here").await;

    for (closed, problem) in
        [(Closed::Locked, Problem::KeyringLocked), (Closed::Absent, Problem::KeyringAbsent)]
    {
        let off = alice.quit().await;
        keyring.shut(Some(closed));
        alice = start(off, &keyring);
        alice.open().await;
        alice.until("stopped", |seen| seen.link() == Some(&Link::Stopped(problem.clone()))).await;
        alice.show(LOBBY_ROOM).await;
        alice.until("what is here can be read", |seen| seen.item("kept here").is_some()).await;
        alice.send(Command::Retry).await;
        keyring.shut(None);
        alice.send(Command::Retry).await;
        alice.until_online().await;
    }

    // The form proves the password, and waits for the lock all the same.
    let off = alice.quit().await;
    keyring.shut(Some(Closed::Locked));
    let mut alice = start(off, &keyring);
    alice.until("the list", |seen| !seen.servers.is_empty()).await;
    alice.enter(Intent::LogIn).await;
    alice.until("stopped", |seen| seen.link() == Some(&Link::Stopped(Problem::KeyringLocked))).await;
    keyring.shut(None);
    alice.send(Command::Retry).await;
    alice.until("the same device", |seen| seen.is_online() && devices(seen) == 1).await;

    // Who is in stays in while the screen is locked.
    keyring.shut(Some(Closed::Locked));
    alice.send(Command::Leave).await;
    alice.until("the form", |seen| seen.session().is_none()).await;
    alice.open().await;
    alice.until_online().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_moves_from_its_file_into_the_keyring_when_that_is_open() {
    let world = World::new().await;
    let keyring = Arc::new(Memory::default());
    let alice = world.alice().await;
    assert_eq!(kept(&alice.seen), Some(KeyKept::NoKeyring));
    let off = alice.quit().await;
    let file = off.folder.join("profile/server-1.key");
    assert!(file.exists());

    keyring.shut(Some(Closed::Locked));
    let mut alice = start(off, &keyring);
    alice.open().await;
    alice
        .until("locked, it is said", |seen| seen.is_online() && kept(seen) == Some(KeyKept::KeyringLocked))
        .await;
    let off = alice.quit().await;
    assert!(file.exists());

    keyring.shut(None);
    let mut alice = start(off, &keyring);
    alice.open().await;
    alice.until("moved", |seen| seen.is_online() && kept(seen) == Some(KeyKept::Keyring)).await;
    assert!(!file.exists());
    let mut alice = start(alice.quit().await, &keyring);
    alice.open().await;
    alice.until("the same device", |seen| seen.is_online() && devices(seen) == 1).await;
}
