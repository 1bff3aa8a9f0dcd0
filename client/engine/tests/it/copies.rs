//! Copies of this computer that are damaged, copied, or out of step with the server.

use std::path::{Path, PathBuf};

use snug_engine::command::{Command, Password};
use snug_engine::event::{Delivery, Link, Notice, Problem};

use crate::world::{LOBBY_ROOM, PASSWORD, Seen, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_copy_is_set_aside_and_fetched_anew() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    alice.say("on the server").await;
    alice.until_sent("on the server").await;
    let alice = alice.quit().await;
    let copies = alice.copies();
    std::fs::write(&copies[0], b"This was a database once, and it is long enough to be looked at.").unwrap();
    for tail in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{tail}", copies[0].display()));
    }

    let mut alice = alice.start();
    alice.open().await;
    alice.until("it is set aside", |seen| {
        matches!(seen.notices.first(), Some(Notice::CopySetAside { saved: None, path }) if path.exists())
    })
    .await;
    alice.until_online().await;
    alice.show(LOBBY_ROOM).await;
    alice.until_sent("on the server").await;
    alice.say("and on").await;
    alice.until_sent("and on").await;
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_was_copied_sends_nothing_by_itself() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    alice.say("one").await;
    alice.until_sent("one").await;
    let alice = alice.quit().await;
    let (copy, saved) = (alice.copies()[0].clone(), world.folder.path().join("saved"));
    std::fs::copy(&copy, &saved).unwrap();
    let mut alice = alice.start();
    alice.open().await;
    alice.until_online().await;
    alice.show(LOBBY_ROOM).await;
    alice.say("two").await;
    alice.until_sent("two").await;

    // An older state of the folder comes back.
    let alice = alice.quit().await;
    for tail in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{tail}", copy.display()));
    }
    std::fs::copy(&saved, &copy).unwrap();
    let mut alice = alice.start();
    alice.open().await;
    alice.until("stopped", |seen| seen.link() == Some(&Link::Stopped(Problem::FolderCopied))).await;
    alice.show(LOBBY_ROOM).await;
    alice.say("not by itself").await;
    alice.until("it waits", |seen| seen.texts().contains(&("not by itself".into(), Delivery::Queued))).await;
}

/// A copy of the server's data as it is now. The server runs again afterwards.
async fn back_up(world: &mut World) -> PathBuf {
    let saved = world.folder.path().join("saved");
    world.house.stop().await;
    copy_folder(&world.house.settings.data, &saved);
    world.house.run().await;
    saved
}

/// Puts the data of a stopped server back; where it lies.
fn put_back(world: &World, saved: &Path) -> PathBuf {
    let data = world.house.settings.data.clone();
    std::fs::remove_dir_all(&data).unwrap();
    copy_folder(saved, &data);
    data
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_put_back_by_hand_is_noticed() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    alice.say("one").await;
    alice.until_sent("one").await;
    let saved = back_up(&mut world).await;
    alice.until_online().await;
    alice.say("two").await;
    alice.until_sent("two").await;

    world.house.stop().await;
    put_back(&world, &saved);
    world.house.run().await;
    alice.until("stopped", |seen| seen.link() == Some(&Link::Stopped(Problem::PutBack))).await;
    alice.until_sent("two").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_server_is_read_again_and_nothing_queued_is_lost() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    alice.say("before the backup").await;
    alice.until_sent("before the backup").await;
    let saved = back_up(&mut world).await;
    alice.until_online().await;
    alice.say("after the backup").await;
    alice.until_sent("after the backup").await;
    world.house.stop().await;
    alice.until("offline", |seen| !seen.is_online()).await;
    alice.say("written offline").await;

    // What a proper restore does: another log, and marks that no number was ever given above.
    let data = put_back(&world, &saved);
    let database = std::fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "db"))
        .unwrap();
    let database = rusqlite::Connection::open(database).unwrap();
    database
        .execute_batch(
            "UPDATE meta SET value = x'0102030405060708090a0b0c0d0e0f10' WHERE key = 'log';
             UPDATE devices SET mark = mark + 4294967296, outcomes = x'';",
        )
        .unwrap();
    drop(database);
    world.house.run().await;
    alice.until_sent("written offline").await;
    alice.until("it is the new log", |seen| seen.sent() == ["before the backup", "written offline"]).await;
    assert_eq!(alice.seen.session().unwrap().unsent, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn unsent_words_are_saved_out_of_a_damaged_copy() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    for n in 0..300 {
        alice.say(&format!("line {n}")).await;
    }
    alice.until_sent("line 299").await;
    world.house.stop().await;
    alice.until("offline", |seen| !seen.is_online()).await;
    alice.say("precious").await;
    alice.until("queued", |seen| seen.texts().contains(&("precious".into(), Delivery::Queued))).await;
    let alice = alice.quit().await;
    spoil_entries(&alice.copies()[0]);

    let mut alice = alice.start();
    alice.open().await;
    alice
        .until("it is set aside", |seen| {
            matches!(seen.notices.first(), Some(Notice::CopySetAside { saved: Some(1), .. }))
        })
        .await;
    world.house.run().await;
    alice.show(LOBBY_ROOM).await;
    alice.until_sent("precious").await;
    alice.until_sent("line 299").await;
}

/// Overwrites a page of the table of entries.
fn spoil_entries(copy: &std::path::Path) {
    let db = rusqlite::Connection::open(copy).unwrap();
    let root: i64 = db
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'entries'", [], |row| row.get(0))
        .unwrap();
    let size: i64 = db.pragma_query_value(None, "page_size", |row| row.get(0)).unwrap();
    drop(db);
    let mut bytes = std::fs::read(copy).unwrap();
    let (start, len) = (((root - 1) * size) as usize, size as usize);
    bytes[start..start + len].fill(0xa5);
    std::fs::write(copy, bytes).unwrap();
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let goal = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &goal);
        } else {
            std::fs::copy(entry.path(), goal).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_places_with_one_device_are_both_told_when_they_replace_each_other() {
    let world = World::new().await;
    let alice = world.alice().await.quit().await;
    copy_folder(&alice.folder.join("profile"), &world.folder.path().join("laptop/profile"));
    let mut alice = alice.start();
    let mut laptop = world.person("laptop");
    alice.open().await;
    alice.until_online().await;
    laptop.open().await;
    laptop.until_online().await;
    let replaced = |again| move |seen: &Seen| seen.link() == Some(&Link::Replaced { again });
    alice.until("replaced", replaced(false)).await;
    alice.send(Command::Retry).await;
    laptop.until("replaced as well", replaced(false)).await;
    laptop.send(Command::Retry).await;
    alice.until("again", replaced(true)).await;
    alice.send(Command::Retry).await;
    laptop.until("again as well", replaced(true)).await;

    // With a device of its own the laptop is in nobody's way.
    laptop.send(Command::OwnDevice(Password::new(PASSWORD))).await;
    laptop.until_online().await;
    alice.show(LOBBY_ROOM).await;
    alice.say("here").await;
    alice.until_sent("here").await;
}
