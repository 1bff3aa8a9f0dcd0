//! The devices of an account: seen, named, replaced and cut off from another one.

use snug_engine::command::{Command, Intent, TrustAnswer};
use snug_engine::event::{Device, Link, Notice, Phase};

use crate::world::{LOBBY_ROOM, Person, Seen, World};

/// Somebody's other computer, which logs in by password.
async fn another(world: &World, computer: &str, name: &str) -> Person {
    let mut person = world.person(computer);
    person.name = name.into();
    person.enter(Intent::LogIn).await;
    person.until_trust_question().await;
    person.send(Command::Answer(TrustAnswer::TheyMatch)).await;
    person
}

fn devices(seen: &Seen) -> &[Device] {
    seen.devices.as_ref().map_or(&[], |devices| &devices.list)
}

fn new_devices(seen: &Seen) -> usize {
    seen.notices.iter().filter(|notice| matches!(notice, Notice::NewDevice(_))).count()
}

fn is_forgotten(seen: &Seen) -> bool {
    matches!(seen.link(), Some(Link::DeviceForgotten))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_device_is_told_also_to_one_that_was_away() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    alice.until("the list", |seen| devices(seen).len() == 1).await;
    assert!(devices(&alice.seen)[0].this);

    let mut laptop = another(&world, "laptop", "alice").await;
    laptop.until_online().await;
    alice.until("told", |seen| new_devices(seen) == 1 && devices(seen).len() == 2).await;
    laptop.until("the list", |seen| devices(seen).len() == 2).await;
    assert_eq!(new_devices(&laptop.seen), 0, "what was there before is not new");
    assert!(devices(&laptop.seen)[1].this && !devices(&laptop.seen)[0].this);

    let alice = alice.quit().await;
    another(&world, "tablet", "alice").await.until_online().await;
    laptop.until("told", |seen| new_devices(seen) == 1).await;
    let mut alice = alice.start();
    alice.open().await;
    alice.until("told afterwards", |seen| new_devices(seen) == 1 && devices(seen).len() == 3).await;
    // And once only.
    let mut alice = alice.quit().await.start();
    alice.open().await;
    alice.until("the list", |seen| devices(seen).len() == 3).await;
    assert_eq!(new_devices(&alice.seen), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn alice_names_her_laptop_and_cuts_it_off() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut laptop = another(&world, "laptop", "alice").await;
    laptop.until_online().await;
    laptop.show(LOBBY_ROOM).await;
    alice.say("for both").await;
    laptop.until("it came", |seen| seen.item("for both").is_some()).await;
    alice.until("both", |seen| devices(seen).len() == 2).await;

    let id = devices(&alice.seen)[1].device;
    alice.send(Command::NameDevice { device: id, name: " Laptop ".into() }).await;
    alice.until("named", |seen| devices(seen).get(1).is_some_and(|device| device.name == "Laptop")).await;
    laptop
        .until("named here", |seen| devices(seen).get(1).is_some_and(|device| device.name == "Laptop"))
        .await;

    alice.send(Command::RevokeDevice(id)).await;
    laptop.until("cut off", is_forgotten).await;
    assert!(laptop.seen.item("for both").is_some(), "what is on a computer stays there");
    alice.until("one is left", |seen| devices(seen).len() == 1).await;
    assert!(alice.seen.is_online());

    // What cannot be done has a sentence.
    alice.send(Command::RevokeDevice(id)).await;
    let told = |seen: &Seen| seen.notices.iter().any(|notice| matches!(notice, Notice::NotDone { .. }));
    alice.until("told", told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_other_devices_are_cut_off_at_once() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut laptop = another(&world, "laptop", "alice").await;
    let mut tablet = another(&world, "tablet", "alice").await;
    laptop.until_online().await;
    tablet.until_online().await;
    alice.send(Command::RevokeOtherDevices).await;
    laptop.until("cut off", is_forgotten).await;
    tablet.until("cut off", is_forgotten).await;
    alice.until("alone", |seen| devices(seen).len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_device_too_many_may_replace_the_one_that_was_away_for_longest() {
    let world = World::with(|settings| settings.limits.devices_per_account = 1).await;
    let alice = world.alice().await.quit().await;
    let mut laptop = another(&world, "laptop", "alice").await;
    let asked = |seen: &Seen| matches!(seen.phase, Some(Phase::TooManyDevices(_)));
    laptop.until("asked", asked).await;
    // Nothing happens by itself: whoever leaves has changed nothing.
    laptop.send(Command::Leave).await;
    laptop.until("the form", |seen| matches!(seen.phase, Some(Phase::LoggedOut { problem: None }))).await;
    let mut alice = alice.start();
    alice.open().await;
    alice.until_online().await;
    let alice = alice.quit().await;

    laptop.enter(Intent::LogIn).await;
    laptop.until("asked", asked).await;
    laptop.send(Command::ReplaceDevice).await;
    laptop.until_online().await;
    let mut alice = alice.start();
    alice.open().await;
    alice.until("replaced", is_forgotten).await;
}
