//! Copies of this computer that are damaged, copied, or out of step with the server.

use snug_engine::event::{Delivery, Link, Notice, Problem};

use crate::world::{LOBBY_ROOM, World};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_put_back_by_hand_is_noticed() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    alice.say("one").await;
    alice.until_sent("one").await;
    let data = world.house.settings.data.clone();
    let saved = world.folder.path().join("saved");
    world.house.stop().await;
    copy_folder(&data, &saved);
    world.house.run().await;
    alice.until_online().await;
    alice.say("two").await;
    alice.until_sent("two").await;

    world.house.stop().await;
    std::fs::remove_dir_all(&data).unwrap();
    copy_folder(&saved, &data);
    world.house.run().await;
    alice.until("stopped", |seen| seen.link() == Some(&Link::Stopped(Problem::PutBack))).await;
    alice.until_sent("two").await;
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
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
