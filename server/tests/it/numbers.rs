//! Changes are settled once, in their device's order, whatever is cut or full.

use snug_proto::entry::LOBBY;
use snug_proto::id::{AccountId, BlobId, Number, RoomId};
use snug_proto::login::Outcome;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Change, Direction, Down, Push, Request, Target};

use crate::raw::{House, Person, text_of};

const TO_LOBBY: Target = Target::Room(LOBBY);

/// How the server settles one change.
#[derive(Debug, PartialEq, Eq)]
enum Settled {
    Appended(u64),
    Refused(u32, Cause),
}

async fn settled(person: &mut Person) -> Settled {
    loop {
        match person.next().await {
            Down::Push(Push::Appended { number, .. }) => return Settled::Appended(number.0),
            Down::Push(_) => {}
            Down::Reply { id, result } => return Settled::Refused(id, result.unwrap_err().cause),
        }
    }
}

#[tokio::test]
async fn a_number_is_settled_once_and_in_order() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    alice.write_as(1, TO_LOBBY, "one").await;
    assert_eq!(settled(&mut alice).await, Settled::Appended(1));
    let again = alice.write_as(1, TO_LOBBY, "one again").await;
    assert_eq!(settled(&mut alice).await, Settled::Refused(again, Cause::Repeat));
    let early = alice.write_as(3, TO_LOBBY, "three").await;
    assert_eq!(settled(&mut alice).await, Settled::Refused(early, Cause::OutOfOrder));
    alice.write_as(2, TO_LOBBY, "two").await;
    assert_eq!(settled(&mut alice).await, Settled::Appended(2));
    let page = alice.page(LOBBY, 2, Direction::Forward, 100).await;
    let texts: Vec<String> = page.entries.iter().map(|entry| text_of(&entry.body)).collect();
    assert_eq!(texts, ["one", "two"]);
}

#[tokio::test]
async fn a_refusal_for_good_settles_its_number() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let nowhere = alice.write_as(1, Target::Room(RoomId(77)), "?").await;
    assert_eq!(settled(&mut alice).await, Settled::Refused(nowhere, Cause::UnknownRoom));
    let nobody = alice.write_as(2, Target::Person(AccountId(99)), "?").await;
    assert_eq!(settled(&mut alice).await, Settled::Refused(nobody, Cause::UnknownAccount));
    let change = Change::Append {
        to: TO_LOBBY,
        kind: snug_proto::entry::Kind::CONTENT,
        generation: 0,
        epoch: 0,
        blobs: snug_proto::bounded::List::new(vec![BlobId([5; 16])]).unwrap(),
        body: snug_proto::bounded::Bytes::new([0, 1]).unwrap(),
    };
    let no_file = alice.call(Request::Change { number: Number(3), change: change.clone() }).await;
    assert_eq!(settled(&mut alice).await, Settled::Refused(no_file, Cause::UnknownBlob));
    let Change::Append { to, kind, generation, body, .. } = change else { panic!("made above") };
    let stale = Change::Append { to, kind, generation, epoch: 1, blobs: Default::default(), body };
    let stale = alice.call(Request::Change { number: Number(4), change: stale }).await;
    assert_eq!(settled(&mut alice).await, Settled::Refused(stale, Cause::Stale));
    alice.write_as(4, TO_LOBBY, "four").await;
    assert_eq!(settled(&mut alice).await, Settled::Appended(4));

    // After a cut the mark and the outcomes say the same.
    let (device, key) = alice.vanish();
    let alice = house.come_back(device, key).await;
    assert_eq!(alice.me.mark, Number(4));
    let outcomes = [Cause::UnknownRoom, Cause::UnknownAccount, Cause::UnknownBlob].map(Cause::outcome);
    assert_eq!(alice.me.outcomes.to_vec(), [outcomes.as_slice(), &[Outcome::DONE]].concat());
}

#[tokio::test]
async fn after_a_cut_the_mark_tells_what_was_done() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let mut sent: Vec<String> = Vec::new();
    for round in 0..5 {
        let first = alice.me.mark.0 + 1;
        for number in first..first + 40 {
            alice.write_as(number, TO_LOBBY, &format!("{round}: {number}")).await;
        }
        let (device, key) = alice.vanish(); // without a look at the answers
        alice = house.come_back(device, key).await;
        let mark = alice.me.mark.0;
        assert!((first - 1..first + 40).contains(&mark));
        sent.extend((first..=mark).map(|number| format!("{round}: {number}")));
    }
    for text in sent {
        assert_eq!(bob.hear().await.2, text);
    }
}

/// Entries of this size fill a small database soon.
fn long(number: u64) -> String {
    format!("{number:05}{}", "x".repeat(8000))
}

#[tokio::test]
async fn a_database_that_fills_up_keeps_the_order_and_goes_on() {
    let mut house = House::with(|settings| settings.limits.database_max = 400 << 10).await;
    let mut alice = house.register("alice").await;
    let mut stored = Vec::new();
    let mut full = 0;
    for number in 1..=64 {
        alice.write_as(number, TO_LOBBY, &long(number)).await;
    }
    for _ in 1..=64 {
        match settled(&mut alice).await {
            Settled::Appended(number) => stored.push(number),
            Settled::Refused(_, Cause::Full) => full += 1,
            Settled::Refused(_, cause) => assert_eq!(cause, Cause::OutOfOrder),
        }
    }
    assert!(full > 0, "64 entries of 8 KB do not fit");
    assert!(stored.iter().copied().eq(1..=stored.len() as u64), "no gap: {stored:?}");
    // What still fits goes on, under the first number that is not settled.
    let next = stored.len() as u64 + 1;
    let mark = alice.me.mark.0;
    assert_eq!(mark, 0);
    house.settings.limits.database_max = 0;
    let (device, key) = alice.vanish();
    house.restart().await;
    let mut alice = house.come_back(device, key).await;
    assert_eq!(alice.me.mark.0, next - 1, "what was acknowledged is on disk, and nothing else is");
    alice.write_as(next, TO_LOBBY, &long(next)).await;
    assert_eq!(settled(&mut alice).await, Settled::Appended(next));
    let page = alice.page(LOBBY, 0, Direction::Forward, 100).await;
    assert!(page.entries.iter().map(|entry| entry.seq.0).eq(1..=page.entries.len() as u32));
}
