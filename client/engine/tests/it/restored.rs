//! Never a lost word: restored servers, copied folders, folders in use elsewhere.

use std::path::{Path, PathBuf};

use snug_engine::command::{Command, FormerFate, Password};
use snug_engine::event::{Delivery, Link, Notice, Problem, What};
use snug_proto::talk::Target;

use crate::world::{Closed, LOBBY_ROOM, PASSWORD, World};

/// A copy of the stopped server's data.
fn back_up(world: &World) -> PathBuf {
    let saved = world.folder.path().join("saved");
    copy_folder(&world.house.settings.data, &saved);
    saved
}

/// What a proper restore does: another log, and marks that no number was ever given above.
fn restore(world: &World, saved: &Path) {
    let data = &world.house.settings.data;
    std::fs::remove_dir_all(data).unwrap();
    copy_folder(saved, data);
    give_another_log(data);
}

fn give_another_log(data: &Path) {
    let files = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    let is_database = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "db");
    let database = rusqlite::Connection::open(files.into_iter().find(is_database).unwrap()).unwrap();
    database
        .execute_batch(
            "UPDATE meta SET value = x'0102030405060708090a0b0c0d0e0f10' WHERE key = 'log';
             UPDATE devices SET mark = mark + 4294967296, outcomes = x'';",
        )
        .unwrap();
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
async fn what_a_restored_server_lacks_is_offered_and_sent_again_in_order() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    alice.say("before").await;
    bob.until_sent("before").await;
    world.house.stop().await;
    let saved = back_up(&world);
    world.house.run().await;
    alice.until_online().await;
    bob.until_online().await;
    bob.say("by bob").await;
    alice.until_sent("by bob").await;
    alice.say("after one").await;
    let one = alice.key_of("after one").await;
    let reply_to = Some(one);
    let text = "after two".to_owned();
    alice.send(Command::SendText { room: LOBBY_ROOM, text, reply_to }).await;
    alice.until_sent("after two").await;
    let text = "after one, mended".to_owned();
    alice.send(Command::Edit { room: LOBBY_ROOM, item: one, text }).await;
    alice.until_sent("after one, mended").await;
    bob.until_sent("after one, mended").await;

    world.house.stop().await;
    restore(&world, &saved);
    world.house.run().await;
    alice.until("it is offered", |seen| seen.former.count == 2).await;
    alice.until("nothing is sent by itself", |seen| seen.sent() == ["before"]).await;
    alice.send(Command::Former(FormerFate::Send)).await;
    bob.until("it is all there again", |seen| seen.sent() == ["before", "after one, mended", "after two"])
        .await;
    let quote = bob.seen.item("after two").unwrap().reply.clone().unwrap();
    assert_eq!(quote.item, Some(bob.seen.item("after one, mended").unwrap().key));
    alice.until("nothing is offered any more", |seen| seen.former.count == 0).await;
    bob.until("bob is asked for his own", |seen| seen.former.count == 1).await;
    bob.send(Command::Former(FormerFate::Leave)).await;
    bob.until("and leaves it", |seen| seen.former.count == 0).await;
    let mut bob = bob.quit().await.start();
    bob.open().await;
    bob.until_online().await;
    bob.show(LOBBY_ROOM).await;
    bob.say("on we go").await;
    bob.until_sent("on we go").await;
    assert_eq!(bob.seen.former.count, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn queued_acts_on_what_a_restored_server_lacks_come_back_and_others_go() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    alice.say("kept").await;
    let kept = alice.key_of("kept").await;
    bob.until_sent("kept").await;
    world.house.stop().await;
    let saved = back_up(&world);
    alice.until("offline", |seen| !seen.is_online()).await;
    world.house.run().await;
    alice.until_online().await;
    alice.say("lost").await;
    let lost = alice.key_of("lost").await;
    alice.say("regretted").await;
    let regretted = alice.key_of("regretted").await;
    world.house.stop().await;
    alice.until("offline", |seen| !seen.is_online()).await;
    for (item, text) in [(kept, "kept, mended"), (lost, "lost, mended")] {
        alice.send(Command::Edit { room: LOBBY_ROOM, item, text: text.into() }).await;
    }
    alice.send(Command::Retract { room: LOBBY_ROOM, items: vec![regretted] }).await;
    alice.say("behind them").await;
    alice.until("all of it waits", |seen| seen.session().is_some_and(|session| session.unsent == 4)).await;

    restore(&world, &saved);
    world.house.run().await;
    bob.until("what can go goes", |seen| seen.sent() == ["kept, mended", "behind them"]).await;
    let comes_back =
        |notice: &Notice| matches!(notice, Notice::NotQueued { text, .. } if text == "lost, mended");
    alice
        .until("and the rest is told", |seen| {
            seen.session().is_some_and(|session| session.unsent == 0)
                && seen.notices.iter().any(comes_back)
                && seen.notices.iter().any(|notice| matches!(notice, Notice::NotDone { .. }))
        })
        .await;
    alice.until("what is lacking and was not regretted is offered", |seen| seen.former.count == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_a_room_that_is_gone_is_not_sent_elsewhere() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    world.house.stop().await;
    alice.until("offline", |seen| !seen.is_online()).await;
    let saved = back_up(&world);
    world.house.run().await;
    alice.until_online().await;
    let attic = alice.makes_room(snug_proto::entry::RoomKind::PRIVATE, "attic", &[]).await;
    alice.say_in(attic, "a secret").await;
    alice.until_sent("a secret").await;
    let notes = Target::Person(alice.seen.session().unwrap().me);
    alice.show(notes).await;
    alice.say_in(notes, "a note").await;
    alice.until_sent("a note").await;

    world.house.stop().await;
    restore(&world, &saved);
    world.house.run().await;
    alice.until("both are offered", |seen| seen.former.count == 2).await;
    // The number goes to another room now.
    let other = alice.makes_room(snug_proto::entry::RoomKind::PRIVATE, "market", &[]).await;
    assert_eq!(other, attic);
    alice.send(Command::Former(FormerFate::Send)).await;
    alice
        .until("told", |seen| {
            seen.notices
                .iter()
                .any(|notice| matches!(notice, Notice::NotDone { reason } if reason.contains("gone")))
        })
        .await;
    alice.show(notes).await;
    alice.until_sent("a note").await;
    alice.show(other).await;
    assert!(alice.seen.item("a secret").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_put_back_by_hand_goes_on_after_a_proper_restore() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    alice.say("one").await;
    alice.until_sent("one").await;
    world.house.stop().await;
    let saved = back_up(&world);
    world.house.run().await;
    alice.until_online().await;
    alice.say("two").await;
    alice.until_sent("two").await;
    world.house.stop().await;
    let data = world.house.settings.data.clone();
    std::fs::remove_dir_all(&data).unwrap();
    copy_folder(&saved, &data);
    world.house.run().await;
    alice.until("stopped", |seen| seen.link() == Some(&Link::Stopped(Problem::PutBack))).await;
    alice.say("three").await;
    alice.until("it waits", |seen| seen.texts().contains(&("three".into(), Delivery::Queued))).await;

    world.house.stop().await;
    give_another_log(&data);
    world.house.run().await;
    alice.send(Command::Retry).await;
    alice.until_sent("three").await;
    alice.until("what is lacking is offered", |seen| seen.former.count == 1).await;
    alice.send(Command::Former(FormerFate::Send)).await;
    alice.until("all is there", |seen| seen.sent() == ["one", "three", "two"]).await;
}

/// The same folder on another computer.
fn copied(world: &World, closed: &Closed) -> Closed {
    let folder = world.folder.path().join("copied");
    copy_folder(&closed.folder, &folder);
    Closed { name: closed.name.clone(), folder, address: closed.address.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_folder_becomes_a_device_of_its_own() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    alice.say("one").await;
    alice.until_sent("one").await;
    world.house.stop().await;
    alice.until("offline", |seen| !seen.is_online()).await;
    alice.say("queued in both").await;
    alice.until("queued", |seen| seen.item("queued in both").is_some()).await;
    let alice = alice.quit().await;
    let copy = copied(&world, &alice);
    world.house.run().await;
    let mut alice = alice.start();
    alice.open().await;
    alice.show(LOBBY_ROOM).await;
    alice.until_sent("queued in both").await;

    let mut copy = copy.start();
    copy.open().await;
    copy.until("stopped", |seen| seen.link() == Some(&Link::Stopped(Problem::FolderCopied))).await;
    copy.show(LOBBY_ROOM).await;
    copy.say("written in the copy").await;
    copy.send(Command::OwnDevice(Password::new("a wrong one, certainly"))).await;
    copy.until("told", |seen| matches!(seen.notices.last(), Some(Notice::NotDone { .. }))).await;
    copy.until("and it stays", |seen| seen.link() == Some(&Link::Stopped(Problem::FolderCopied))).await;
    copy.send(Command::OwnDevice(Password::new(PASSWORD))).await;
    copy.until_sent("written in the copy").await;
    // Logging in with the copied device took the place of the other one.
    alice.until("replaced", |seen| matches!(seen.link(), Some(Link::Replaced { .. }))).await;
    alice.send(Command::Retry).await;
    let expected = ["one", "queued in both", "written in the copy"];
    for person in [&mut bob, &mut copy, &mut alice] {
        person.until("everything once", |seen| seen.sent() == expected).await;
    }
    // Both go on, each for itself.
    alice.say("from here").await;
    copy.until_sent("from here").await;
    let joined = copy.seen.items().iter().filter(|item| matches!(item.what, What::Joined { .. })).count();
    assert_eq!(joined, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_in_use_elsewhere_can_be_made_two() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    alice.say("one").await;
    alice.until_sent("one").await;
    let closed = alice.quit().await;
    let copy = copied(&world, &closed);
    let mut alice = closed.start();
    alice.open().await;
    alice.until_online().await;
    alice.show(LOBBY_ROOM).await;
    let mut copy = copy.start();
    copy.open().await;
    copy.until_online().await;
    alice.until("replaced", |seen| matches!(seen.link(), Some(Link::Replaced { .. }))).await;
    alice.say("meanwhile").await;
    alice.send(Command::OwnDevice(Password::new(PASSWORD))).await;
    alice.until_sent("meanwhile").await;
    copy.show(LOBBY_ROOM).await;
    copy.until_sent("meanwhile").await;
    assert!(copy.seen.is_online() && alice.seen.is_online());
}
