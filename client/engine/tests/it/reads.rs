//! How far people have read, on all of their devices and towards each other.

use snug_engine::command::{Command, Deed, Intent, TrustAnswer};
use snug_engine::event::{ItemKey, Unread};
use snug_proto::id::Seq;
use snug_proto::talk::{Privacy, Target};

use crate::world::{LOBBY_ROOM, Person, World};

impl Person {
    async fn reads(&self, room: Target, item: ItemKey) {
        let ItemKey::Entry(seq) = item else { panic!("only what has a place can be read") };
        self.send(Command::Read { room, seq }).await;
    }
    async fn until_unread(&mut self, unread: Unread) {
        self.until(&format!("{unread:?}"), |seen| {
            seen.rooms.first().is_some_and(|room| room.unread == unread)
        })
        .await;
    }
}

/// Somebody's second computer.
async fn laptop_of(world: &World, name: &str) -> Person {
    let mut laptop = world.person(&format!("{name}-laptop"));
    laptop.name = name.into();
    laptop.enter(Intent::LogIn).await;
    laptop.until_trust_question().await;
    laptop.send(Command::Answer(TrustAnswer::TheyMatch)).await;
    laptop.until_online().await;
    laptop.show(LOBBY_ROOM).await;
    laptop
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_on_one_device_is_read_on_all() {
    let mut world = World::new().await;
    let alice = world.alice().await;
    let mut bob = world.bob().await;
    let mut laptop = laptop_of(&world, "bob").await;
    alice.say("one").await;
    alice.say("two").await;
    for device in [&mut bob, &mut laptop] {
        device.until_unread(Unread::Count(2)).await;
    }
    let one = bob.key_of("one").await;
    bob.reads(LOBBY_ROOM, one).await;
    laptop.until_unread(Unread::Count(1)).await;

    // What is read without a connection is told with the next one.
    let two = bob.key_of("two").await;
    world.house.stop().await;
    bob.until("offline", |seen| !seen.is_online()).await;
    bob.reads(LOBBY_ROOM, two).await;
    bob.until_unread(Unread::Nothing).await;
    world.house.run().await;
    laptop.until_unread(Unread::Nothing).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_marked_unread_stays_so_until_it_is_read() {
    let world = World::new().await;
    let alice = world.alice().await;
    let mut bob = world.bob().await;
    let mut laptop = laptop_of(&world, "bob").await;
    alice.say("one").await;
    alice.say("two").await;
    let (one, two) = (bob.key_of("one").await, bob.key_of("two").await);
    bob.reads(LOBBY_ROOM, two).await;
    laptop.until_unread(Unread::Nothing).await;
    let ItemKey::Entry(from) = one else { panic!("it has a place") };
    bob.send(Command::MarkUnread { room: LOBBY_ROOM, from: Some(from) }).await;
    for device in [&mut bob, &mut laptop] {
        device.until_unread(Unread::Count(2)).await;
    }
    // Looking on is not reading.
    bob.reads(LOBBY_ROOM, two).await;
    alice.say("three").await;
    for device in [&mut bob, &mut laptop] {
        device.until_unread(Unread::Count(3)).await;
    }
    bob.show(LOBBY_ROOM).await;
    bob.until("the divider stands there", |seen| {
        seen.timeline.as_ref().is_some_and(|timeline| timeline.new_from == Some(from))
    })
    .await;
    bob.reads(LOBBY_ROOM, two).await;
    for device in [&mut bob, &mut laptop] {
        device.until_unread(Unread::Count(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_how_far_others_have_read_unless_they_hide_it() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    let to_bob = alice.direct("bob").await;
    alice.show(to_bob).await;
    alice.say_in(to_bob, "one").await;
    alice.until_sent("one").await;
    let to_alice = bob.direct("alice").await;
    bob.show(to_alice).await;
    let one = bob.key_of("one").await;
    bob.reads(to_alice, one).await;
    let ItemKey::Entry(seq) = one else { panic!("it has a place") };
    let by_bob = |at: Seq| {
        move |seen: &crate::world::Seen| {
            let reads = seen.timeline.as_ref().map(|timeline| timeline.reads.clone()).unwrap_or_default();
            reads.iter().any(|read| read.name == "bob" && read.seq == at)
        }
    };
    alice.until("bob has read it", by_bob(seq)).await;

    bob.does(Deed::SetPrivacy(Privacy { last_seen: true, reads: false })).await.unwrap();
    alice.say_in(to_bob, "two").await;
    let two = bob.key_of("two").await;
    bob.reads(to_alice, two).await;
    alice.say_in(to_bob, "three").await;
    bob.until_sent("three").await;
    alice.show(LOBBY_ROOM).await;
    alice.show(to_bob).await;
    alice.until_sent("three").await;
    let ItemKey::Entry(two) = two else { panic!("it has a place") };
    assert!(!by_bob(two)(&alice.seen), "who hides it is not told of");
    assert!(bob.seen.timeline.as_ref().unwrap().reads.iter().all(|read| read.name != "alice"));
}
