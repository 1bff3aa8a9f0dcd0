//! Rooms: made, named, joined, left, kept in order, and read by whom they are for.

use snug_engine::command::{Command, Deed};
use snug_engine::event::{Delivery, FilePlace, ItemKey, What};
use snug_proto::entry::RoomKind;
use snug_proto::id::RoomId;
use snug_proto::talk::{Presence, Privacy, Role, Target};

use crate::world::{LOBBY_ROOM, Person, Seen, World};

fn id(room: Target) -> RoomId {
    match room {
        Target::Room(room) => room,
        Target::Person(_) => panic!("this room has a number"),
    }
}

fn room_of(seen: &Seen, room: Target) -> Option<&snug_engine::event::Room> {
    seen.rooms.iter().find(|known| known.target == room)
}

impl Person {
    async fn until_there(&mut self, what: &What) {
        self.until(&format!("{what:?} stands there"), |seen| {
            seen.items().iter().any(|item| item.what == *what)
        })
        .await;
    }
    async fn until_member(&mut self, room: Target, is: bool) {
        self.until("membership is known", |seen| room_of(seen, room).is_some_and(|room| room.present == is))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_found_joined_and_left() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    let garden = alice.makes_room(RoomKind::CHANNEL, "garden", &[]).await;
    alice.say_in(garden, "before anybody came").await;
    alice.until_sent("before anybody came").await;

    bob.send(Command::Channels).await;
    bob.until("channels are listed", |seen| !seen.channels.is_empty()).await;
    let channel = bob.seen.channels[0].clone();
    assert_eq!((channel.name.as_str(), channel.joined, channel.members), ("garden", false, 1));
    assert_eq!(bob.does(Deed::Join(channel.room)).await, Ok(None));
    bob.until_member(garden, true).await;
    bob.show(garden).await;
    // Its members read all of it.
    bob.until_sent("before anybody came").await;
    alice.until_there(&What::Joined { who: "bob".into(), by: None }).await;
    alice.until("bob is a member", |seen| seen.members.iter().any(|person| person.name == "bob")).await;
    alice.until("two of them", |seen| room_of(seen, garden).is_some_and(|room| room.members == 2)).await;

    assert_eq!(bob.does(Deed::Leave(id(garden))).await, Ok(None));
    bob.until_member(garden, false).await;
    bob.until_there(&What::Left { who: "bob".into(), by: None }).await;
    alice.say_in(garden, "after bob left").await;
    alice.until_sent("after bob left").await;
    assert_eq!(bob.seen.sent(), ["before anybody came"], "what was read stays, nothing comes");
    let refused = bob.does(Deed::Join(RoomId(4_000))).await.unwrap_err();
    assert!(refused.reason.ends_with('.'), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_to_a_private_room_reads_both_of_their_times() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    let bobs = alice.account_of("bob").await;
    let attic = alice.makes_room(RoomKind::PRIVATE, "attic", &[]).await;
    alice.say_in(attic, "alone").await;
    alice.does(Deed::AddMembers { room: id(attic), members: vec![bobs] }).await.unwrap();
    bob.until_member(attic, true).await;
    bob.show(attic).await;
    alice.say_in(attic, "together").await;
    bob.until_sent("together").await;
    alice.does(Deed::RemoveMember { room: id(attic), account: bobs }).await.unwrap();
    bob.until_member(attic, false).await;
    bob.until_there(&What::Left { who: "bob".into(), by: Some("alice".into()) }).await;
    alice.say_in(attic, "behind bob's back").await;
    alice.until_sent("behind bob's back").await;
    alice.does(Deed::AddMembers { room: id(attic), members: vec![bobs] }).await.unwrap();
    bob.until_member(attic, true).await;
    alice.say_in(attic, "together again").await;
    bob.until_sent("together again").await;
    bob.scroll_up().await;
    assert_eq!(bob.seen.sent(), ["together", "together again"], "and nothing of what was said between");

    // A computer that starts with nothing finds the same.
    let mut laptop = world.person("laptop");
    laptop.name = "bob".into();
    laptop.enter(snug_engine::command::Intent::LogIn).await;
    laptop.until_trust_question().await;
    laptop.send(Command::Answer(snug_engine::command::TrustAnswer::TheyMatch)).await;
    laptop.until_online().await;
    laptop.show(attic).await;
    laptop.until_sent("together again").await;
    laptop.until_sent("together").await;
    laptop.scroll_up().await;
    assert_eq!(laptop.seen.sent(), ["together", "together again"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_in_a_room_is_told_in_it() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    let bobs = alice.account_of("bob").await;
    let room = alice.makes_room(RoomKind::CHANNEL, "kitchen", &[bobs]).await;
    bob.until_member(room, true).await;
    bob.show(room).await;
    let at = id(room);
    alice.does(Deed::Rename { room: at, name: "Big  kitchen ".into() }).await.unwrap();
    alice.does(Deed::SetTopic { room: at, topic: "Who cooks?".into() }).await.unwrap();
    alice.does(Deed::SetRole { room: at, account: bobs, role: Role::Moderator }).await.unwrap();
    bob.until("all of it is known", |seen| {
        room_of(seen, room).is_some_and(|room| {
            (room.name.as_str(), room.topic.as_str(), room.role)
                == ("Big kitchen", "Who cooks?", Role::Moderator)
        })
    })
    .await;
    bob.until_there(&What::Renamed("Big kitchen".into())).await;
    bob.until_there(&What::Topic("Who cooks?".into())).await;
    bob.until_there(&What::RoleSet { who: "bob".into(), role: Role::Moderator }).await;
    bob.until("roles stand beside names", |seen| {
        seen.members.iter().any(|person| person.name == "bob" && person.role == Role::Moderator)
            && seen.members.iter().any(|person| person.name == "alice" && person.role == Role::Owner)
    })
    .await;

    // A moderator calls everybody.
    bob.say_in(room, "@room dinner").await;
    alice.until("called", |seen| room_of(seen, room).is_some_and(|room| room.mentions == 1)).await;

    // A name that looks like another is refused where it was typed; what cannot be a name is not even sent.
    let taken = bob
        .does(Deed::CreateRoom {
            kind: RoomKind::CHANNEL,
            name: "big kitchen".into(),
            topic: String::new(),
            members: Vec::new(),
        })
        .await
        .unwrap_err();
    assert!(taken.reason.contains("name"), "{taken:?}");
    let bad = alice.does(Deed::Rename { room: at, name: "!".into() }).await.unwrap_err();
    assert_eq!(bad.reason, "A name has at least two characters.");

    alice.does(Deed::Archive { room: at, archived: true }).await.unwrap();
    bob.until("archived", |seen| room_of(seen, room).is_some_and(|room| room.archived)).await;
    bob.say_in(room, "too late").await;
    bob.until("it failed, and stays", |seen| {
        seen.item("too late").is_some_and(|item| {
            matches!(&item.state, snug_engine::event::Delivery::Failed(why) if why.contains("archived"))
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moderator_takes_away_what_somebody_wrote() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    let bobs = alice.account_of("bob").await;
    let room = alice.makes_room(RoomKind::PRIVATE, "kitchen", &[bobs]).await;
    bob.until_member(room, true).await;
    bob.show(room).await;
    bob.say_in(room, "rude").await;
    let key = alice.key_of("rude").await;
    alice.send(Command::Retract { room, items: vec![key] }).await;
    bob.until_there(&What::Retracted).await;
    // The other way round it is refused, in a sentence, and the message shows again.
    alice.say_in(room, "polite").await;
    let key = bob.key_of("polite").await;
    bob.send(Command::Retract { room, items: vec![key] }).await;
    bob.until("told", |seen| !seen.notices.is_empty() && seen.item("polite").is_some()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_are_for_oneself_on_all_devices() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let notes = Target::Person(alice.seen.session().unwrap().me);
    alice.until("notes are listed", |seen| room_of(seen, notes).is_some()).await;
    assert_eq!(room_of(&alice.seen, notes).unwrap().kind, RoomKind::NOTES);
    alice.show(notes).await;
    alice.say_in(notes, "buy milk").await;
    alice.until_sent("buy milk").await;
    alice.until("the room exists", |seen| room_of(seen, notes).is_some_and(|room| room.room.is_some())).await;
    let mut laptop = world.person("laptop");
    laptop.name = "alice".into();
    laptop.enter(snug_engine::command::Intent::LogIn).await;
    laptop.until_trust_question().await;
    laptop.send(Command::Answer(snug_engine::command::TrustAnswer::TheyMatch)).await;
    laptop.until_online().await;
    laptop.show(notes).await;
    laptop.until_sent("buy milk").await;
    let bob = world.bob().await;
    assert!(bob.seen.rooms.iter().all(|room| room.room != room_of(&alice.seen, notes).unwrap().room));
}

#[tokio::test(flavor = "multi_thread")]
async fn deeds_need_a_connection() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    world.house.stop().await;
    alice.until("offline", |seen| !seen.is_online()).await;
    let refused = alice.does(Deed::Leave(RoomId(9))).await.unwrap_err();
    assert_eq!(refused.reason, "This needs a connection to the server.");
    assert_eq!(alice.seen.session().unwrap().unsent, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_rooms_are_slowed_with_a_time() {
    let world = World::with(|settings| settings.limits.new_rooms_burst = 1).await;
    let mut alice = world.alice().await;
    alice.makes_room(RoomKind::PRIVATE, "one", &[]).await;
    let refused = alice
        .does(Deed::CreateRoom {
            kind: RoomKind::PRIVATE,
            name: "two".into(),
            topic: String::new(),
            members: Vec::new(),
        })
        .await
        .unwrap_err();
    assert!(refused.retry_after.is_some(), "{refused:?}");
    // So is a direct room, which a first text would make; the text stays, and says how long to wait.
    let _bob = world.bob().await;
    let to_bob = alice.direct("bob").await;
    alice.show(to_bob).await;
    alice.say_in(to_bob, "psst").await;
    let waits = |state: &Delivery| matches!(state, Delivery::Failed(why) if why.contains("Please wait"));
    alice.until("it says how long to wait", |seen| seen.texts().iter().any(|(_, state)| waits(state))).await;
    // And everything else goes on.
    alice.say_in(LOBBY_ROOM, "still here").await;
    alice.show(LOBBY_ROOM).await;
    alice.until_sent("still here").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_is_ignored_is_silent_and_folded() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    let (alices, bobs) = (bob.account_of("alice").await, alice.account_of("bob").await);
    alice.does(Deed::Ignore { account: bobs, ignored: true }).await.unwrap();
    alice
        .until("known", |seen| seen.account.as_ref().is_some_and(|account| account.ignored.len() == 1))
        .await;
    assert!(alice.seen.room("bob").unwrap().ignored);
    bob.say("hello? @alice").await;
    alice.until_sent("hello? @alice").await;
    assert!(alice.seen.item("hello? @alice").unwrap().ignored);
    assert_eq!((alice.seen.rooms[0].unread.at_least(), alice.seen.rooms[0].mentions), (0, 0));
    assert!(alice.seen.arrived.is_empty());
    let picture = world.folder.path().join("picture.txt");
    std::fs::write(&picture, "look!").unwrap();
    bob.send(Command::SendFile { room: LOBBY_ROOM, path: picture }).await;
    let place = |seen: &Seen| {
        seen.items().iter().find_map(|item| match &item.what {
            What::File(file) => Some(file.place.clone()),
            _ => None,
        })
    };
    alice.until("the file is told", |seen| place(seen) == Some(FilePlace::Remote)).await;
    // They open no new conversation either.
    let direct = Target::Person(alices);
    bob.show(direct).await;
    bob.say_in(direct, "psst").await;
    bob.until("it failed", |seen| {
        seen.item("psst").is_some_and(|item| {
            matches!(item.key, ItemKey::Outbox(_))
                && item.state != snug_engine::event::Delivery::Queued
                && item.state != snug_engine::event::Delivery::Sending
        })
    })
    .await;
    alice.does(Deed::Ignore { account: bobs, ignored: false }).await.unwrap();
    alice.until("counted again", |seen| seen.rooms[0].unread.at_least() == 2).await;
    alice.until("fetched by itself", |seen| matches!(place(seen), Some(FilePlace::Here(_)))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn last_seen_is_told_unless_it_is_hidden() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    bob.until("bob has an account", |seen| seen.account.is_some()).await;
    bob.does(Deed::SetPrivacy(Privacy { last_seen: false, reads: true })).await.unwrap();
    bob.until("chosen", |seen| seen.account.as_ref().is_some_and(|account| !account.privacy.last_seen)).await;
    let carol = world.friend("carol").await;
    bob.quit().await;
    carol.quit().await;
    alice
        .until("both are gone", |seen| {
            ["bob", "carol"].iter().all(|name| seen.room(name).is_some_and(|room| room.presence.is_none()))
        })
        .await;
    let direct = alice.direct("carol").await;
    alice.show(direct).await;
    alice.say_in(direct, "when?").await;
    alice.until_sent("when?").await;
    alice
        .until("carol was seen", |seen| {
            seen.members.iter().any(|person| person.name == "carol" && person.last_seen.is_some())
        })
        .await;
    let direct = alice.direct("bob").await;
    alice.show(direct).await;
    alice.say_in(direct, "when?").await;
    alice.until_sent("when?").await;
    alice.until("bob is listed", |seen| seen.members.iter().any(|person| person.name == "bob")).await;
    assert!(alice.seen.members.iter().all(|person| person.name != "bob" || person.last_seen.is_none()));
    let online = |person: &snug_engine::event::Person| person.presence == Some(Presence::Online);
    assert!(alice.seen.members.iter().any(|person| person.name == "alice" && online(person)));
}
