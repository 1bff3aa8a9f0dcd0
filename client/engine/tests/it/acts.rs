//! What people do with messages: answering, editing, reacting, pinning, deleting, forwarding.

use snug_engine::command::{Command, Place};
use snug_engine::event::{Delivery, Item, ItemKey, Notice, What};
use snug_proto::talk::Target;

use crate::world::{LOBBY_ROOM, Person, Seen, World};

const ROOM: Target = LOBBY_ROOM;

impl Person {
    async fn edits(&self, item: ItemKey, text: &str) {
        self.send(Command::Edit { room: ROOM, item, text: text.into() }).await;
    }
    async fn reacts(&self, item: ItemKey, emoji: &str, on: bool) {
        self.send(Command::React { room: ROOM, item, emoji: emoji.into(), on }).await;
    }
    async fn retracts(&self, item: ItemKey) {
        self.send(Command::Retract { room: ROOM, items: vec![item] }).await;
    }
    async fn answers(&self, item: ItemKey, text: &str) {
        let reply_to = Some(item);
        self.send(Command::SendText { room: ROOM, text: text.into(), reply_to }).await;
    }
}

fn chips(item: &Item) -> Vec<(String, u32, bool)> {
    item.reactions.chips.iter().map(|chip| (chip.emoji.clone(), chip.count, chip.mine)).collect()
}

fn is_retracted(seen: &Seen, key: ItemKey) -> bool {
    seen.items().iter().any(|item| item.key == key && item.what == What::Retracted)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_takes_the_place_of_a_text_and_keeps_the_earlier_ones() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    alice.say("helo").await;
    let key = alice.key_of("helo").await;
    bob.until_sent("helo").await;
    alice.edits(key, "hello").await;
    bob.until_sent("hello").await;
    let item = bob.seen.item("hello").unwrap();
    assert!(matches!(&item.what, What::Text(text) if text.edited));
    assert_eq!(item.key, key, "it is the same message");
    alice.edits(key, "hello, all").await;
    bob.until_sent("hello, all").await;
    bob.send(Command::Versions { room: ROOM, item: key }).await;
    bob.until("the versions come", |seen| seen.versions.len() == 3).await;
    let texts: Vec<&str> = bob.seen.versions.iter().map(|version| version.text.as_str()).collect();
    assert_eq!(texts, ["helo", "hello", "hello, all"]);

    // Nobody edits what somebody else wrote.
    bob.edits(key, "bye").await;
    bob.until("told", |seen| matches!(seen.notices.last(), Some(Notice::NotDone { .. }))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reactions_are_counted_and_taken_back() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    alice.say("cake?").await;
    let key = bob.key_of("cake?").await;
    let alices = alice.key_of("cake?").await;
    bob.reacts(key, "🎂", true).await;
    bob.reacts(key, "👍", true).await;
    alice
        .until("bob's are first", |seen| seen.item("cake?").is_some_and(|item| chips(item).len() == 2))
        .await;
    alice.reacts(alices, "👍", true).await;
    let both = vec![("🎂".to_owned(), 1, false), ("👍".to_owned(), 2, true)];
    alice.until("both came", |seen| seen.item("cake?").map(chips).as_ref() == Some(&both)).await;
    let names = &alice.seen.item("cake?").unwrap().reactions.chips[1].names;
    assert_eq!(names.len(), 2);
    bob.reacts(key, "🎂", false).await;
    alice
        .until("one is gone", |seen| {
            seen.item("cake?").is_some_and(|item| chips(item) == [("👍".to_owned(), 2, true)])
        })
        .await;
    assert_eq!(alice.seen.items().len(), bob.seen.items().len(), "reactions are no items");
    let unread = alice.seen.rooms[0].unread.at_least();
    assert_eq!(unread, 0, "and nothing to be read");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_shows_what_it_answers() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    alice.say("where is the key?").await;
    let key = bob.key_of("where is the key?").await;
    bob.answers(key, "under the mat").await;
    alice.until_sent("under the mat").await;
    let quote = alice.seen.item("under the mat").unwrap().reply.clone().unwrap();
    assert_eq!((quote.item, quote.author_name.as_str()), (Some(key), "alice"));
    assert_eq!(quote.preview, "where is the key?");

    // It shows what that says now, and can be jumped to.
    alice.edits(key, "where is the big key?").await;
    bob.until("the quote follows", |seen| {
        seen.item("under the mat")
            .and_then(|item| item.reply.as_ref())
            .is_some_and(|quote| quote.preview == "where is the big key?")
    })
    .await;
    bob.send(Command::Jump { room: ROOM, to: Place::Origin(quote.origin.unwrap()) }).await;
    bob.until("it is found", |seen| {
        seen.timeline.as_ref().and_then(|timeline| timeline.focus).is_some_and(|focus| focus.item == key)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_queues_offline_in_order_and_names_what_is_queued() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    bob.say("old").await;
    let old = alice.key_of("old").await;
    world.house.stop().await;
    alice.until("offline", |seen| !seen.is_online()).await;

    alice.say("first").await;
    alice.until("queued", |seen| seen.item("first").is_some()).await;
    let queued = alice.seen.item("first").unwrap().key;
    alice.answers(queued, "second").await;
    alice.reacts(queued, "👍", true).await;
    alice.reacts(old, "👀", true).await;
    alice.send(Command::Pin { room: ROOM, item: old, on: true }).await;
    // What waits is changed where it waits.
    alice.edits(queued, "first, mended").await;
    alice
        .until("all of it shows", |seen| {
            let mended = seen.item("first, mended");
            mended.is_some_and(|item| chips(item).len() == 1 && item.state == Delivery::Queued)
                && seen.item("old").is_some_and(|item| item.pinned && chips(item).len() == 1)
                && seen.item("second").is_some()
        })
        .await;

    world.house.run().await;
    bob.until_sent("second").await;
    bob.until("everything came", |seen| {
        seen.item("first, mended").is_some_and(|item| {
            chips(item).len() == 1 && matches!(&item.what, What::Text(text) if !text.edited)
        }) && seen.item("old").is_some_and(|item| item.pinned && chips(item).len() == 1)
            && seen.pins.len() == 1
    })
    .await;
    let first = bob.seen.item("first, mended").unwrap().key;
    assert_eq!(bob.seen.item("second").unwrap().reply.as_ref().unwrap().item, Some(first));
    assert_eq!(bob.seen.sent(), ["old", "first, mended", "second"]);
    alice.until("nothing is left", |seen| seen.session().is_some_and(|session| session.unsent == 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retracted_text_is_gone_from_every_file() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    for n in 0..40 {
        alice.say(&format!("around {n}")).await;
    }
    alice.say("the safe is 83-12-07").await;
    let key = alice.key_of("the safe is 83-12-07").await;
    alice.edits(key, "the safe is 83-12-08").await;
    bob.until_sent("the safe is 83-12-08").await;
    alice.retracts(key).await;
    for person in [&mut alice, &mut bob] {
        person.until("it is gone", |seen| is_retracted(seen, key)).await;
        person
            .until("it leaves one tombstone", |seen| {
                seen.items().iter().filter(|item| item.what == What::Retracted).count() == 1
            })
            .await;
    }
    alice.until("it was done", |seen| seen.session().is_some_and(|session| session.unsent == 0)).await;
    // Whoever comes later sees a tombstone as well.
    let mut carol = world.friend("carol").await;
    carol.until("the tombstone is there", |seen| is_retracted(seen, key)).await;
    for closed in [alice.quit().await, bob.quit().await, carol.quit().await] {
        assert!(!closed.has_bytes(b"83-12-0"), "{} still has it on disk", closed.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_retracted_while_it_waits_is_never_sent() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    world.house.stop().await;
    alice.until("offline", |seen| !seen.is_online()).await;
    alice.say("regretted").await;
    alice.until("queued", |seen| seen.item("regretted").is_some()).await;
    let queued = alice.seen.item("regretted").unwrap().key;
    alice.answers(queued, "because of that").await;
    alice.retracts(queued).await;
    alice.until("it is gone", |seen| seen.item("regretted").is_none()).await;
    alice.say("kept").await;
    world.house.run().await;
    bob.until_sent("kept").await;
    assert_eq!(bob.seen.sent(), ["kept"]);
    // An answer to nothing fails in a sentence, and goes as a plain text when it is sent again.
    alice
        .until("the answer failed", |seen| {
            seen.item("because of that").is_some_and(|item| matches!(item.state, Delivery::Failed(_)))
        })
        .await;
    let ItemKey::Outbox(id) = alice.seen.item("because of that").unwrap().key else {
        panic!("it is not sent")
    };
    alice.send(Command::Resend(id)).await;
    bob.until_sent("because of that").await;
    assert!(bob.seen.item("because of that").unwrap().reply.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_forwarded_with_where_it_comes_from() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let bob = world.bob().await;
    bob.say("the recipe").await;
    let key = alice.key_of("the recipe").await;
    let notes = Target::Person(alice.seen.session().unwrap().me);
    alice.send(Command::Forward { from: ROOM, items: vec![key], to: notes }).await;
    alice.show(notes).await;
    alice.until_sent("the recipe").await;
    let source = alice.seen.item("the recipe").unwrap().source.clone().unwrap();
    assert_eq!((source.author_name.as_str(), source.imported), ("bob", false));
    assert_eq!(source.from, alice.seen.rooms[0].name);
}

#[tokio::test(flavor = "multi_thread")]
async fn mentions_are_found_when_sending_and_counted_when_they_come() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    alice.account_of("bob").await;
    bob.account_of("alice").await;
    alice.say("hi @Bob, and @room").await;
    bob.until("mentioned", |seen| seen.rooms[0].mentions == 1).await;
    bob.until_sent("hi @Bob, and @room").await;
    let What::Text(text) = &bob.seen.item("hi @Bob, and @room").unwrap().what else { panic!("it is a text") };
    assert!(text.mentions_me);
    assert_eq!(text.mentions, ["bob"], "in the lobby nobody calls everybody");
    assert!(bob.seen.arrived.last().unwrap().messages[0].mentions_me);
    alice.say("mail me@bobby").await;
    bob.until_sent("mail me@bobby").await;
    assert_eq!(bob.seen.rooms[0].mentions, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_is_there_after_a_restart() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    alice.send(Command::Draft { room: ROOM, text: "half a thou".into() }).await;
    alice.until("the room says so", |seen| seen.rooms[0].has_draft).await;
    let mut alice = alice.quit().await.start();
    alice.open().await;
    alice.until_online().await;
    alice.show(ROOM).await;
    alice
        .until("it is back", |seen| {
            seen.draft.as_ref().is_some_and(|draft| draft.room == ROOM && draft.text == "half a thou")
        })
        .await;
    assert!(alice.seen.rooms[0].has_draft);
    alice.send(Command::Draft { room: ROOM, text: String::new() }).await;
    alice.until("nothing is typed", |seen| !seen.rooms[0].has_draft).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_comes_in_after_its_message_was_deleted_goes_as_well() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    let mut laptop = world.person("laptop");
    laptop.name = "alice".into();
    laptop.enter(snug_engine::command::Intent::LogIn).await;
    laptop.until_trust_question().await;
    laptop.send(Command::Answer(snug_engine::command::TrustAnswer::TheyMatch)).await;
    laptop.until_online().await;
    laptop.show(ROOM).await;
    alice.say("regretted").await;
    let key = laptop.key_of("regretted").await;
    alice.until_sent("regretted").await;

    // The laptop has no connection, and mends what the other computer deletes.
    world.house.stop().await;
    laptop.until("offline", |seen| !seen.is_online()).await;
    laptop.edits(key, "regretted a secret").await;
    laptop.until("it shows at once", |seen| seen.item("regretted a secret").is_some()).await;
    let laptop = laptop.quit().await;
    world.house.run().await;
    alice.until_online().await;
    alice.retracts(key).await;
    let mut bob = world.bob().await;
    bob.until("it is gone", |seen| is_retracted(seen, key)).await;
    let mut laptop = laptop.start();
    laptop.open().await;
    laptop.until_online().await;
    laptop.show(ROOM).await;
    laptop.until("it is gone here too", |seen| is_retracted(seen, key)).await;
    laptop.say("settled").await;
    for person in [&mut alice, &mut bob, &mut laptop] {
        person.until_sent("settled").await;
        person
            .until("one tombstone", |seen| {
                seen.items().iter().filter(|item| item.what == What::Retracted).count() == 1
                    && seen.session().is_some_and(|session| session.unsent == 0)
            })
            .await;
    }
    alice.say("last").await;
    for person in [&mut bob, &mut laptop] {
        person.until_sent("last").await;
    }
    for closed in [alice.quit().await, bob.quit().await, laptop.quit().await] {
        assert!(!closed.has_bytes(b"a secret"), "{} still has it on disk", closed.name);
    }
}
