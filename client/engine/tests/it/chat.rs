//! Talking: lobby, direct messages, unread counts, typing, restarts.

use snug_engine::command::{Command, CopyFate, Intent, TrustAnswer};
use snug_engine::event::{Delivery, Link, Notice, Phase, Problem, What};
use snug_proto::id::Seq;
use snug_proto::talk::Presence;

use crate::world::{LOBBY_ROOM, PASSWORD, World};

#[tokio::test(flavor = "multi_thread")]
async fn two_people_talk_in_the_lobby() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;

    alice.say("Grüße 😀\nzwei Zeilen").await;
    alice.until_sent("Grüße 😀\nzwei Zeilen").await;
    bob.until_sent("Grüße 😀\nzwei Zeilen").await;
    let arrived = &bob.seen.arrived[0];
    assert!(!arrived.catching_up);
    assert_eq!((arrived.count, arrived.messages[0].author_name.as_str()), (1, "alice"));

    bob.say("hello").await;
    alice.until_sent("hello").await;
    alice
        .until("bob is seen", |seen| {
            seen.room("bob").is_some_and(|bob| bob.presence == Some(Presence::Online))
        })
        .await;
    alice
        .until("both joined", |seen| {
            seen.items().iter().filter(|item| matches!(item.what, What::Joined { .. })).count() == 2
        })
        .await;

    let last = Seq(u32::MAX);
    bob.until("one is unread", |seen| seen.rooms[0].unread.at_least() == 1).await;
    bob.send(Command::Read { room: LOBBY_ROOM, seq: last }).await;
    bob.until("nothing is unread", |seen| seen.rooms[0].unread.at_least() == 0).await;

    bob.send(Command::Typing(LOBBY_ROOM)).await;
    alice.until("bob types", |seen| seen.typing.iter().any(|name| name == "bob")).await;
    alice.until("bob types no more", |seen| seen.typing.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_direct_message_is_for_two() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    let mut carol = world.friend("carol").await;

    let to_bob = alice.direct("bob").await;
    alice.show(to_bob).await;
    alice.say_in(to_bob, "just us").await;
    alice.until_sent("just us").await;

    bob.until("alice wrote", |seen| seen.room("alice").is_some_and(|room| room.unread.at_least() == 1)).await;
    let to_alice = bob.direct("alice").await;
    bob.show(to_alice).await;
    bob.until_sent("just us").await;
    assert_eq!(bob.seen.arrived.iter().map(|arrived| arrived.count).sum::<u32>(), 1);
    assert_eq!(bob.seen.arrived[0].messages[0].room, to_alice);
    bob.say_in(to_alice, "yes").await;
    alice.until_sent("yes").await;

    alice.say("for all").await;
    carol.until_sent("for all").await;
    assert_eq!(carol.seen.arrived.iter().map(|arrived| arrived.count).sum::<u32>(), 1);
    assert_eq!(carol.seen.sent(), ["for all"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_after_a_restart_of_either_side() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    alice.say("before").await;
    bob.until_sent("before").await;

    // The server stops and starts; whoever is there comes back without being asked anything.
    world.house.stop().await;
    bob.until("offline", |seen| !seen.is_online()).await;
    bob.say("written meanwhile").await;
    bob.until("queued", |seen| seen.texts().contains(&("written meanwhile".into(), Delivery::Queued))).await;
    world.house.run().await;
    alice.until_sent("written meanwhile").await;

    // The program stops; what is missed meanwhile is one event.
    let bob = bob.quit().await;
    for n in 0..30 {
        alice.say(&format!("missed {n}")).await;
    }
    alice.until_sent("missed 29").await;
    let mut bob = bob.start();
    bob.open().await;
    bob.until_online().await;
    bob.show(LOBBY_ROOM).await;
    bob.until_sent("missed 29").await;
    bob.until("told once", |seen| !seen.arrived.is_empty()).await;
    assert_eq!(bob.seen.arrived.len(), 1);
    assert!(bob.seen.arrived[0].catching_up);
    assert_eq!((bob.seen.arrived[0].count, bob.seen.arrived[0].messages.len()), (30, 20));
    assert!(bob.seen.sent().contains(&"before".to_owned()));
    let new_from = bob.seen.timeline.as_ref().unwrap().new_from;
    assert!(new_from.is_some(), "the divider stands before what was missed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_is_paged_from_the_server_and_through_the_window() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let all: Vec<String> = (0..700).map(|n| format!("line {n}")).collect();
    for text in &all {
        alice.say(text).await;
    }
    alice.until_sent("line 699").await;

    let mut bob = world.bob().await;
    bob.until_sent("line 699").await;
    while bob.seen.timeline.as_ref().unwrap().has_older {
        let oldest = first_line(bob.seen.sent());
        bob.send(Command::Older).await;
        bob.until("older lines", |seen| {
            first_line(seen.sent()) < oldest || !seen.timeline.as_ref().unwrap().has_older
        })
        .await;
    }
    let seen = bob.seen.sent();
    assert_eq!(seen[..100], all[..100]);
    while bob.seen.timeline.as_ref().unwrap().has_newer {
        let before = bob.seen.sent().last().cloned();
        bob.send(Command::Newer).await;
        bob.until("newer lines", |seen| {
            seen.sent().last().cloned() != before || !seen.timeline.as_ref().unwrap().has_newer
        })
        .await;
    }
    assert_eq!(bob.seen.sent().last().map(String::as_str), Some("line 699"));
}

fn first_line(texts: Vec<String>) -> usize {
    texts.first().and_then(|text| text.strip_prefix("line ")).map_or(usize::MAX, |n| n.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_wrong_is_told_plainly() {
    let world = World::with(|settings| settings.limits.login_tries_free = 2).await;
    let alice = world.alice().await;
    drop(alice);
    let mut bob = world.person("b");
    bob.enter(Intent::Register).await;
    assert!(matches!(bob.until_problem().await, Problem::BadName(_)));

    let mut bob = world.person("alice");
    bob.send(Command::Enter(bob.form(Intent::Register, "password"))).await;
    assert!(matches!(bob.until_problem().await, Problem::WeakPassword(_)));

    let mut other = world.person("ALICE");
    other.enter(Intent::Register).await;
    other.until_trust_question().await;
    other.send(Command::Answer(TrustAnswer::TheyMatch)).await;
    assert_eq!(other.until_problem().await, Problem::NameTaken);

    let mut stranger = world.person("mallory");
    stranger.enter(Intent::LogIn).await;
    stranger.until_trust_question().await;
    stranger.send(Command::Answer(TrustAnswer::TheyMatch)).await;
    assert_eq!(stranger.until_problem().await, Problem::WrongNameOrPassword);
    for _ in 0..6 {
        stranger.enter(Intent::LogIn).await;
        stranger.until("trying", |seen| matches!(seen.phase, Some(Phase::Entering(_)))).await;
        if matches!(stranger.until_problem().await, Problem::TooManyTries { .. }) {
            return;
        }
    }
    panic!("nobody counted the tries");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_house_says_so_and_a_wrong_address_too() {
    let world = World::with(|settings| settings.registration = snug_proto::hello::Registration::Closed).await;
    let mut alice = world.person("alice");
    alice.enter(Intent::Register).await;
    alice.until_trust_question().await;
    alice.send(Command::Answer(TrustAnswer::WithoutComparing)).await;
    assert_eq!(alice.until_problem().await, Problem::RegistrationClosed);

    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    alice.address.port = nobody.local_addr().unwrap().port();
    drop(nobody);
    alice.enter(Intent::Register).await;
    alice.until("nobody answers", |seen| matches!(seen.problem(), Some(Problem::Unreachable(_)))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_out_forgets_this_device_on_both_sides() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    alice.say("keep me").await;
    alice.until_sent("keep me").await;
    alice.send(Command::LogOut { copy: CopyFate::Keep }).await;
    alice.until("logged out", |seen| matches!(seen.phase, Some(Phase::LoggedOut { problem: None }))).await;
    alice.until("the device is gone", |seen| !seen.servers[0].has_device && seen.servers[0].has_copy).await;
    assert!(alice.seen.notices.is_empty());

    // The copy can still be read.
    alice.open().await;
    alice.until("the copy is open", |seen| seen.link() == Some(&Link::DeviceForgotten)).await;
    alice.show(LOBBY_ROOM).await;
    alice.until_sent("keep me").await;

    // The password lets in again, with a new device.
    alice.send(Command::Enter(alice.form(Intent::LogIn, PASSWORD))).await;
    alice.until_online().await;
    alice.show(LOBBY_ROOM).await;
    alice.say("back").await;
    alice.until_sent("back").await;
    alice.send(Command::LogOut { copy: CopyFate::Delete }).await;
    alice
        .until("nothing is left", |seen| {
            seen.servers.iter().all(|known| !known.has_copy && !known.has_device)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_out_offline_says_that_the_server_still_lists_this_device() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    world.house.stop().await;
    alice.until("offline", |seen| !seen.is_online()).await;
    alice.send(Command::LogOut { copy: CopyFate::Delete }).await;
    alice.until("told", |seen| seen.notices.contains(&Notice::StillListed)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_computer_has_the_same_rooms() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    alice.say("from the first").await;
    alice.until_sent("from the first").await;

    let mut second = world.person("alice-laptop");
    second.name = "alice".into();
    second.enter(Intent::LogIn).await;
    second.until_trust_question().await;
    second.send(Command::Answer(TrustAnswer::WithoutComparing)).await;
    second.until_online().await;
    second.show(LOBBY_ROOM).await;
    second.until_sent("from the first").await;
    second.say("from the second").await;
    alice.until_sent("from the second").await;
    assert!(
        alice
            .seen
            .items()
            .iter()
            .all(|item| matches!(item.what, What::Joined { .. } | What::Created) || item.mine)
    );
    assert!(alice.seen.arrived.is_empty(), "one's own words are no news");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_too_long_comes_back() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let long = "x".repeat(snug_proto::limits::TEXT_MAX + 1);
    alice.say(&long).await;
    alice
        .until(
            "it comes back",
            |seen| matches!(seen.notices.first(), Some(Notice::NotQueued { text, .. }) if *text == long),
        )
        .await;
}
