//! Files, both ways: shown, resumed, cancelled, refused, and never half.

use std::path::{Path, PathBuf};

use snug_engine::command::Command;
use snug_engine::event::{FileItem, FilePlace, Notice, Way};
use snug_proto::talk::Target;

use crate::proxy::{Proxy, Wire};
use crate::world::{LOBBY_ROOM, Person, Seen, World};

/// Bytes that no two places share, so that a wrong offset shows.
fn bytes(len: usize) -> Vec<u8> {
    (0..len as u64).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect()
}

fn file(folder: &Path, name: &str, len: usize) -> PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, bytes(len)).unwrap();
    path
}

fn here(seen: &Seen) -> Option<PathBuf> {
    match seen.files().into_iter().next() {
        Some(FileItem { place: FilePlace::Here(path), .. }) => Some(path),
        _ => None,
    }
}

async fn send(person: &Person, room: Target, path: &Path) {
    person.send(Command::SendFile { room, path: path.to_owned() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_file_comes_by_itself_and_a_large_one_on_a_click() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    let small = file(&alice.folder, "holiday.txt", 3000);
    send(&alice, LOBBY_ROOM, &small).await;
    bob.until("the small one is here", |seen| here(seen).is_some()).await;
    let arrived = here(&bob.seen).unwrap();
    assert_eq!(arrived, bob.folder.join("received").join("holiday.txt"));
    assert_eq!(std::fs::read(&arrived).unwrap(), bytes(3000));
    alice.until("alice has her own", |seen| here(seen) == Some(small.clone())).await;

    let carol = world.friend("carol").await;
    let mut alice = alice;
    let to_bob = alice.direct("bob").await;
    alice.show(to_bob).await;
    let large = file(&alice.folder, "holiday.txt.large", 3_000_000);
    send(&alice, to_bob, &large).await;
    let to_alice = bob.direct("alice").await;
    bob.show(to_alice).await;
    bob.until("it is announced", |seen| seen.files().len() == 1).await;
    let item = bob.seen.files().remove(0);
    assert_eq!((item.size, item.place), (3_000_000, FilePlace::Remote));
    bob.send(Command::Fetch(item.blob)).await;
    bob.until("it is here", |seen| here(seen).is_some()).await;
    assert_eq!(std::fs::read(here(&bob.seen).unwrap()).unwrap(), bytes(3_000_000));
    bob.until("nothing moves", |seen| seen.transfers.is_empty()).await;
    drop(carol);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_mean_nothing_and_clashes_are_numbered() {
    let world = World::new().await;
    let alice = world.alice().await;
    let mut bob = world.bob().await;
    for folder in ["one", "two"] {
        let path = file(&alice.folder.join(folder), ".bashrc", 10);
        send(&alice, LOBBY_ROOM, &path).await;
    }
    bob.until("both are here", |seen| {
        let here = |file: &FileItem| matches!(file.place, FilePlace::Here(_));
        seen.files().iter().filter(|file| here(file)).count() == 2
    })
    .await;
    let mut names: Vec<String> = std::fs::read_dir(bob.folder.join("received"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["bashrc", "bashrc (2)"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_goes_on_after_cuts_and_after_a_restart() {
    let world = World::new().await;
    let wire = Proxy::to(world.house.at).await;
    let mut alice = world.friend_through("alice", wire.at).await;
    let mut bob = world.bob().await;
    let path = file(&alice.folder, "film.bin", 20_000_000);
    send(&alice, LOBBY_ROOM, &path).await;
    alice
        .until("it moves", |seen| seen.transfers.first().is_some_and(|up| up.way == Way::Up && up.done > 0))
        .await;
    wire.cut();
    let mut alice = alice.quit().await.start();
    alice.open().await;
    alice.show(LOBBY_ROOM).await;
    alice.until("it is sent", |seen| seen.files().len() == 1 && seen.transfers.is_empty()).await;
    bob.until("it is announced", |seen| seen.files().len() == 1).await;
    let blob = bob.seen.files()[0].blob;

    // Words are not held up by it.
    bob.send(Command::Fetch(blob)).await;
    alice.say("meanwhile").await;
    bob.until_sent("meanwhile").await;
    bob.until("it is here", |seen| here(seen).is_some()).await;
    assert_eq!(std::fs::read(here(&bob.seen).unwrap()).unwrap(), bytes(20_000_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_transfer_leaves_nothing_under_the_final_name_and_can_go_on() {
    let world = World::new().await;
    let wire = Proxy::to(world.house.at).await;
    let mut alice = world.alice().await;
    let mut bob = world.friend_through("bob", wire.at).await;
    let path = file(&alice.folder, "film.bin", 20_000_000);
    send(&alice, LOBBY_ROOM, &path).await;
    bob.until("it is announced", |seen| seen.files().len() == 1).await;
    let blob = bob.seen.files()[0].blob;
    wire.set(Wire::Stalled);
    bob.send(Command::Fetch(blob)).await;
    bob.until("it is under way", |seen| !seen.transfers.is_empty()).await;
    bob.send(Command::CancelTransfer(blob)).await;
    bob.until("it is stopped", |seen| seen.transfers.is_empty()).await;
    assert!(!bob.folder.join("received").join("film.bin").exists());

    wire.set(Wire::Good);
    bob.send(Command::Fetch(blob)).await;
    bob.until("it is here", |seen| here(seen).is_some()).await;
    assert_eq!(std::fs::read(here(&bob.seen).unwrap()).unwrap(), bytes(20_000_000));
    // An upload that is stopped is not sent.
    let path = file(&alice.folder, "secret.bin", 20_000_000);
    send(&alice, LOBBY_ROOM, &path).await;
    alice.until("it moves", |seen| !seen.transfers.is_empty()).await;
    let blob = alice.seen.transfers[0].blob;
    alice.send(Command::CancelTransfer(blob)).await;
    alice.until("it is stopped", |seen| seen.transfers.is_empty()).await;
    alice.say("never mind").await;
    bob.until_sent("never mind").await;
    assert_eq!(bob.seen.files().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_what_was_promised_is_thrown_away() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    let path = file(&alice.folder, "letter.bin", 200_000);
    send(&alice, LOBBY_ROOM, &path).await;
    bob.until("it is announced", |seen| seen.files().len() == 1).await;
    // The server's disk rots.
    let spoilt = spoil(&world.house.settings.data, 200_000);
    assert_eq!(spoilt, 1, "one blob lies there");
    let blob = bob.seen.files()[0].blob;
    bob.send(Command::Fetch(blob)).await;
    bob.until(
        "it is refused",
        |seen| matches!(&seen.files()[0].place, FilePlace::Failed(why) if why.contains("thrown away")),
    )
    .await;
    assert!(!bob.folder.join("received").join("letter.bin").exists());
    alice.until("alice has hers", |seen| here(seen).is_some()).await;
}

/// Flips a byte in every file of this length; answers in how many.
fn spoil(folder: &Path, len: u64) -> u32 {
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            count += spoil(&entry.path(), len);
        } else if entry.metadata().unwrap().len() == len {
            let mut bytes = std::fs::read(entry.path()).unwrap();
            bytes[1000] ^= 1;
            std::fs::write(entry.path(), bytes).unwrap();
            count += 1;
        }
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_is_said_at_once() {
    let world = World::with(|settings| settings.limits.file_max = 1000).await;
    let mut alice = world.alice().await;
    let large = file(&alice.folder, "large.bin", 1001);
    send(&alice, LOBBY_ROOM, &large).await;
    alice.until("too large", |seen| {
        matches!(seen.notices.first(), Some(Notice::FileFailed { name, .. }) if name == "large.bin")
    })
    .await;
    send(&alice, LOBBY_ROOM, &alice.folder.join("not there")).await;
    alice.until("not there", |seen| seen.notices.len() == 2).await;
    send(&alice, LOBBY_ROOM, &alice.folder).await;
    alice.until("a folder", |seen| seen.notices.len() == 3).await;
    assert!(alice.seen.files().is_empty() && alice.seen.transfers.is_empty());
}
