//! Jumping: to a date, an entry, the first unread message and back, across what the copy lacks.

use std::time::Duration;

use snug_engine::command::{Command, Intent, Place, TrustAnswer};
use snug_engine::event::{ItemKey, Notice, Timeline, Unread};
use snug_proto::id::{DeviceId, Number, Origin, Seq};

use crate::world::{LOBBY_ROOM, Person, World};

const LINES: usize = 900;

/// A house in which much was said, and somebody who has only the newest of it.
async fn long_story() -> (World, Person, Person) {
    let world = World::new().await;
    let mut alice = world.alice().await;
    for n in 0..LINES {
        alice.say(&format!("line {n}")).await;
    }
    alice.until_sent(&format!("line {}", LINES - 1)).await;
    // He looks at what is not on his computer yet, so nothing may be fetched behind.
    let bob = world.person_with("bob", |environment| environment.patience.past = Duration::from_secs(3600));
    let mut bob = world.registered(bob).await;
    bob.until_sent(&format!("line {}", LINES - 1)).await;
    (world, alice, bob)
}

fn timeline(person: &Person) -> &Timeline {
    person.seen.timeline.as_ref().unwrap()
}

fn lines(person: &Person) -> Vec<usize> {
    let number = |text: String| text.strip_prefix("line ").and_then(|n| n.parse().ok());
    person.seen.sent().into_iter().filter_map(number).collect()
}

impl Person {
    async fn jumps(&mut self, to: Place) -> ItemKey {
        let serial = |timeline: &Timeline| timeline.focus.map_or(0, |focus| focus.serial);
        let before = serial(timeline(self));
        self.send(Command::Jump { room: LOBBY_ROOM, to }).await;
        self.until("a jump leads somewhere", |seen| {
            seen.timeline.as_ref().is_some_and(|timeline| serial(timeline) > before)
        })
        .await;
        timeline(self).focus.unwrap().item
    }

    async fn scroll_down(&mut self) {
        while timeline(self).has_newer {
            let last = self.seen.items().last().map(|item| item.key);
            self.send(Command::Newer).await;
            self.until("newer lines", |seen| {
                let has_newer = seen.timeline.as_ref().is_some_and(|timeline| timeline.has_newer);
                seen.items().last().map(|item| item.key) != last || !has_newer
            })
            .await;
            let shown = lines(self);
            assert!(shown.windows(2).all(|pair| pair[0] + 1 == pair[1]), "no hole is stepped over");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jump_into_the_past_fetches_what_lies_around_and_goes_on_both_ways() {
    let (_world, _alice, mut bob) = long_story().await;
    // Lines stand behind the entries about the room and alice.
    let first = bob.seen.items().iter().find(|item| bob.seen.item("line 899").unwrap().key == item.key);
    let ItemKey::Entry(last) = first.unwrap().key else { panic!("it has a place") };
    let middle = Seq(last.0 - 599);
    let item = bob.jumps(Place::Entry(middle)).await;
    assert_eq!(item, ItemKey::Entry(middle));
    let shown = lines(&bob);
    assert!(shown.contains(&300) && shown.contains(&350), "{shown:?}");
    assert!(timeline(&bob).has_newer && timeline(&bob).has_older);
    bob.until("what came before is fetched as well", |seen| {
        seen.sent().iter().any(|text| text == "line 290")
    })
    .await;
    bob.scroll_down().await;
    assert_eq!(lines(&bob).last(), Some(&(LINES - 1)));

    bob.jumps(Place::Entry(middle)).await;
    bob.scroll_up().await;
    assert_eq!(lines(&bob).first(), Some(&0));
    bob.jumps(Place::Newest).await;
    assert!(!timeline(&bob).has_newer);
    assert!(bob.seen.arrived.is_empty(), "what is fetched from the past is no news");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_is_found_with_and_without_a_connection() {
    let (mut world, _alice, mut bob) = long_story().await;
    let at = bob.seen.item("line 850").unwrap().at;
    let item = bob.jumps(Place::Date(at)).await;
    let found = bob.seen.items().iter().find(|shown| shown.key == item).unwrap();
    assert!(found.at >= at, "the first at that time or later");
    let first = bob.jumps(Place::Date(0)).await;
    assert_eq!(first, ItemKey::Entry(Seq(1)));
    let newest = bob.jumps(Place::Date(i64::MAX)).await;
    assert_eq!(Some(newest), bob.seen.items().last().map(|item| item.key));

    world.house.stop().await;
    bob.until("offline", |seen| !seen.is_online()).await;
    let item = bob.jumps(Place::Date(at)).await;
    let found = bob.seen.items().iter().find(|shown| shown.key == item).unwrap();
    assert!(found.at >= at);
    // What is not here takes a connection.
    bob.send(Command::Jump { room: LOBBY_ROOM, to: Place::Entry(Seq(400)) }).await;
    bob.until("told", |seen| {
        seen.notices
            .iter()
            .any(|notice| matches!(notice, Notice::NotDone { reason } if reason.contains("connection")))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_nowhere_is_told_and_nothing_moves() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    alice.say("here").await;
    alice.until_sent("here").await;
    let nowhere = Origin { device: DeviceId(77), number: Number(77) };
    for to in [Place::Origin(nowhere), Place::Entry(Seq(70_000))] {
        alice.seen.notices.clear();
        alice.send(Command::Jump { room: LOBBY_ROOM, to }).await;
        alice.until("told", |seen| matches!(seen.notices[..], [Notice::NotDone { .. }])).await;
        alice.say(&format!("still here {to:?}")).await;
        alice.until_sent(&format!("still here {to:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_unread_message_is_found_behind_a_hole_that_shows_as_a_dot() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    alice.say("seen").await;
    let seen = bob.key_of("seen").await;
    let ItemKey::Entry(seq) = seen else { panic!("it has a place") };
    bob.send(Command::Read { room: LOBBY_ROOM, seq }).await;
    bob.until("read", |seen| seen.rooms[0].unread == Unread::Nothing).await;
    // The mark is told a moment later: a word that comes back shows that the server has it.
    tokio::time::timeout(Duration::from_secs(30), async {
        bob.send(Command::MarkUnread { room: LOBBY_ROOM, from: None }).await;
    })
    .await
    .unwrap();
    bob.say("a word").await;
    bob.until_sent("a word").await;
    for n in 0..400 {
        alice.say(&format!("line {n}")).await;
    }
    alice.until_sent("line 399").await;

    // Another computer has only the newest page.
    let mut laptop = world.person("laptop");
    laptop.name = "bob".into();
    laptop.enter(Intent::LogIn).await;
    laptop.until_trust_question().await;
    laptop.send(Command::Answer(TrustAnswer::TheyMatch)).await;
    laptop.until_online().await;
    laptop.show(LOBBY_ROOM).await;
    laptop.until_sent("line 399").await;
    laptop.until("a dot", |seen| seen.rooms[0].unread == Unread::Something).await;
    laptop.until("the newest page is told of", |seen| !seen.arrived.is_empty()).await;
    laptop.seen.arrived.clear();
    laptop.jumps(Place::FirstUnread).await;
    laptop.until("the first unread line", |seen| seen.sent().iter().any(|text| text == "line 0")).await;
    laptop.scroll_down().await;
    laptop.until("then a number", |seen| seen.rooms[0].unread == Unread::Count(400)).await;
    assert!(laptop.seen.arrived.is_empty(), "nobody is alerted of what they fetched");
}
