//! Keys that follow one another: who notices nothing, who is stopped, and what a thief of the key in use cannot do.

use snug_engine::command::{Command, Intent, Password, TrustAnswer};
use snug_engine::event::{Link, Manner, Notice, Phase, Problem};
use snug_proto::Fingerprint;
use snug_server::certs;
use snug_server::tls::Identity;
use tokio::net::TcpListener;

use crate::trust::relay_from;
use crate::world::{House, LOBBY_ROOM, PASSWORD, Person, Seen, World, address};

/// The keys in a house's folder.
fn identity(house: &House) -> Identity {
    let keys = certs::load(&house.settings).unwrap();
    Identity::new(keys.certificate, keys.key, keys.successor).unwrap()
}

/// A world whose server has keys in its folder, as gen-certs makes them.
async fn world() -> World {
    let mut world = World::new().await;
    world.house.stop().await;
    certs::make(&world.house.settings).unwrap();
    world.house.identity = identity(&world.house);
    world.house.run().await;
    world
}

/// Rotates the keys of a house that stands still.
fn rotate(house: &mut House) -> Fingerprint {
    certs::rotate(&house.settings, None).unwrap();
    house.identity = identity(house);
    house.identity.fingerprint
}

/// Waits until somebody is in, with this key, without having been stopped on the way.
async fn until_followed(person: &mut Person, key: Fingerprint) {
    let stopped = |seen: &Seen| matches!(seen.link(), Some(Link::KeyChanged(_)));
    person.until("the successor is followed", |seen| stopped(seen) || is_in(seen, key)).await;
    assert!(is_in(&person.seen, key), "nobody is asked");
}

async fn until_in(person: &mut Person, key: Fingerprint) {
    person.until("in", |seen| is_in(seen, key)).await;
}

fn is_in(seen: &Seen, key: Fingerprint) -> bool {
    seen.is_online() && seen.session().is_some_and(|session| session.fingerprint == key)
}

async fn until_stopped(person: &mut Person, shown: Fingerprint) {
    person
        .until("stopped", |seen| {
            assert!(!is_in(seen, shown), "nothing is sent");
            matches!(seen.link(), Some(Link::KeyChanged(change)) if change.shown == shown)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_connects_between_two_rotations_is_never_asked() {
    let mut world = world().await;
    let mut alice = world.alice().await;
    let mut keys = vec![world.house.identity.fingerprint];
    for _ in 0..2 {
        // A server that restarts, and one that is told while it runs.
        world.house.stop().await;
        keys.push(rotate(&mut world.house));
        world.house.run().await;
        until_followed(&mut alice, keys[keys.len() - 1]).await;
        keys.push(rotate(&mut world.house));
        world.house.door().show(world.house.identity.clone());
        until_followed(&mut alice, keys[keys.len() - 1]).await;
    }
    alice.say("still here").await;
    alice.until_sent("still here").await;

    // Each step of the way is kept.
    alice.until("the history is told", |seen| seen.servers[0].history.len() == keys.len()).await;
    let history = &alice.seen.servers[0].history;
    assert_eq!(history.iter().map(|decision| decision.fingerprint).collect::<Vec<_>>(), keys);
    assert_eq!(history[0].trust.manner, Manner::WordsCompared);
    assert!(history[1..].iter().all(|decision| decision.trust.manner == Manner::Succession));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_missed_one_rotation_follows_and_who_missed_two_is_stopped_until_the_password_proves_it() {
    let mut world = world().await;
    let (alice, bob) = (world.alice().await, world.bob().await);
    let (alice, bob) = (alice.quit().await, bob.quit().await);
    world.house.stop().await;
    let second = rotate(&mut world.house);
    world.house.run().await;
    let mut bob = bob.start();
    bob.open().await;
    until_followed(&mut bob, second).await;

    world.house.stop().await;
    let third = rotate(&mut world.house);
    world.house.run().await;
    until_followed(&mut bob, third).await;
    bob.show(LOBBY_ROOM).await;

    let mut alice = alice.start();
    alice.open().await;
    until_stopped(&mut alice, third).await;
    alice.show(LOBBY_ROOM).await;
    alice.say("written meanwhile").await;
    alice.until("queued", |seen| seen.texts().iter().any(|(text, _)| text == "written meanwhile")).await;
    alice.send(Command::Prove(Password::new(PASSWORD))).await;
    until_in(&mut alice, third).await;
    bob.until_sent("written meanwhile").await;
    alice.until("the proof is kept", |seen| seen.servers[0].history.len() == 2).await;
    let manners: Vec<_> = alice.seen.servers[0].history.iter().map(|one| one.trust.manner).collect();
    assert_eq!(manners, [Manner::WordsCompared, Manner::Password]);
}

/// Every file of a folder into another one.
fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap().path();
        let target = to.join(file.file_name().unwrap());
        match file.is_dir() {
            true => copy_folder(&file, &target),
            false => drop(std::fs::copy(&file, target).unwrap()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thief_of_the_key_in_use_and_the_database_cannot_name_a_successor() {
    let mut world = world().await;
    let mut alice = world.alice().await;
    let announced = world.house.identity.successor.unwrap();
    world.house.stop().await;

    // The thief has everything but the successor's key, which lies on another disk.
    let (data, own) = (world.house.settings.data.clone(), world.house.identity.clone());
    let stolen = world.folder.path().join("stolen");
    copy_folder(&data, &stolen);
    let evil = Identity::throwaway();
    world.house.settings.data = stolen;
    world.house.identity.successor = Some(evil.fingerprint);
    world.house.run().await;
    until_followed(&mut alice, own.fingerprint).await;

    // What he names follows nothing.
    world.house.stop().await;
    world.house.identity = evil.clone();
    world.house.run().await;
    until_stopped(&mut alice, evil.fingerprint).await;

    // The server's own successor does.
    world.house.stop().await;
    world.house.settings.data = data;
    assert_eq!(rotate(&mut world.house), announced);
    world.house.run().await;
    alice.send(Command::Retry).await;
    until_in(&mut alice, announced).await;

    // And from here on the stolen key opens nothing.
    world.house.stop().await;
    world.house.identity = own.clone();
    world.house.run().await;
    until_stopped(&mut alice, own.fingerprint).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_with_the_old_key_gets_nothing_out_of_a_rotation() {
    let mut world = world().await;
    let mut bob = world.bob().await;
    let alice = world.alice().await.quit().await;
    let (old, at) = (world.house.identity.clone(), world.house.at);
    world.house.stop().await;
    let new = rotate(&mut world.house);
    let mut elsewhere = world.house.settings.clone();
    elsewhere.port = 0;
    std::mem::swap(&mut world.house.settings, &mut elsewhere);
    world.house.run().await;
    bob.address = address(world.house.at);
    bob.enter(Intent::LogIn).await;
    until_followed(&mut bob, new).await;
    bob.show(LOBBY_ROOM).await;

    // Alice has not heard that the old key is old: she talks to the relay, and the server to nobody.
    let middle = relay_from(TcpListener::bind(at).await.unwrap(), world.house.at, old.clone());
    let mut alice = alice.start();
    alice.open().await;
    alice.until("not known there", |seen| matches!(seen.link(), Some(Link::DeviceForgotten))).await;
    alice.show(LOBBY_ROOM).await;
    alice.say("for my friends").await;
    alice.until("queued", |seen| !seen.texts().is_empty()).await;
    alice.enter(Intent::LogIn).await;
    assert_eq!(alice.until_problem().await, Problem::WrongNameOrPassword, "the right password is no help");

    // The server is back where it was: she follows it, and what she wrote goes to those it was meant for.
    middle.abort();
    let _ = middle.await;
    world.house.stop().await;
    world.house.settings = elsewhere;
    world.house.run().await;
    bob.address = address(world.house.at);
    bob.enter(Intent::LogIn).await;
    alice.enter(Intent::LogIn).await;
    until_followed(&mut alice, new).await;
    until_followed(&mut bob, new).await;
    bob.show(LOBBY_ROOM).await;
    bob.until_sent("for my friends").await;

    // Now the old key is a changed key.
    world.house.stop().await;
    let _middle = relay_from(TcpListener::bind(at).await.unwrap(), at, old.clone());
    until_stopped(&mut alice, old.fingerprint).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_moved_with_its_keys_is_the_same_server() {
    let mut world = world().await;
    let mut alice = world.alice().await;
    alice.say("before").await;
    alice.until_sent("before").await;
    let me = alice.seen.session().unwrap().me;
    world.house.stop().await;
    alice.say("while it moved").await;
    alice.until("queued", |seen| seen.texts().len() == 2).await;

    // Another machine, another address, and rotated on the way.
    let moved = world.folder.path().join("moved");
    copy_folder(&world.house.settings.data, &moved);
    (world.house.settings.data, world.house.settings.port) = (moved, 0);
    let key = rotate(&mut world.house);
    world.house.run().await;
    alice.address = address(world.house.at);
    alice.enter(Intent::LogIn).await;
    until_followed(&mut alice, key).await;
    alice.show(LOBBY_ROOM).await;
    alice.until_sent("while it moved").await;
    assert_eq!(alice.seen.sent(), ["before", "while it moved"]);
    assert_eq!((alice.seen.servers.len(), alice.seen.session().unwrap().me), (1, me));

    // It is remembered, and so is the device: no password.
    let mut alice = alice.quit().await.start();
    alice.open().await;
    until_followed(&mut alice, key).await;
    assert_eq!(alice.seen.session().unwrap().address, address(world.house.at));
}

async fn leave(person: &mut Person) {
    person.send(Command::Leave).await;
    person.until("out", |seen| matches!(seen.phase, Some(Phase::LoggedOut { .. }))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_known_address_another_servers_key_is_a_changed_key_though_it_is_known() {
    let mut home = world().await;
    let mut office = world().await;
    let mut alice = home.alice().await;
    leave(&mut alice).await;
    alice.address = address(office.house.at);
    alice.enter(Intent::Register).await;
    alice.until_trust_question().await;
    alice.send(Command::Answer(TrustAnswer::TheyMatch)).await;
    alice.until_online().await;
    assert_eq!(alice.seen.servers.len(), 2);

    // The office's server answers at home's address.
    leave(&mut alice).await;
    home.house.stop().await;
    office.house.stop().await;
    office.house.settings.port = home.house.at.port();
    office.house.run().await;
    alice.address = address(home.house.at);
    alice.enter(Intent::LogIn).await;
    until_stopped(&mut alice, office.house.identity.fingerprint).await;
    let trusted = home.house.identity.fingerprint;
    assert!(matches!(alice.seen.link(), Some(Link::KeyChanged(change)) if change.trusted == trusted));
    // Not even the password joins the two: it finds another server behind the key.
    alice.send(Command::Prove(Password::new(PASSWORD))).await;
    alice
        .until("not proven", |seen| {
            matches!(seen.link(), Some(Link::KeyChanged(change)) if change.problem == Some(Problem::NotProven))
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_list_of_servers_is_set_aside_and_its_spare_opens_everything() {
    let world = world().await;
    let mut alice = world.alice().await;
    alice.say("mine").await;
    alice.until_sent("mine").await;
    let alice = alice.quit().await;
    let list = alice.folder.join("profile/servers.sqlite");
    std::fs::write(&list, "This is no list.").unwrap();
    let mut alice = alice.start();
    alice.open().await;
    alice.until_online().await;
    alice.show(LOBBY_ROOM).await;
    alice.until_sent("mine").await;
    let Some(Notice::ListSetAside { path, restored: Some(1) }) = alice.seen.notices.first() else {
        panic!("{:?}", alice.seen.notices)
    };
    assert_eq!(std::fs::read(path).unwrap(), b"This is no list.");
}
