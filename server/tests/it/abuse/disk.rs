//! The database is full: writers are told to wait, nothing acknowledged is lost, and when there is space again the
//! server goes on.

use rusqlite::Connection;
use snug_proto::bounded::Bytes;
use snug_proto::entry::{Blobs, Kind, LOBBY};
use snug_proto::id::Number;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Change, Direction, Down, Push, Request, Target};

use crate::raw::{House, Person};

const BODY: usize = 20_000;

/// Sends change `number`, whose body says so.
async fn send(person: &mut Person, number: u64) {
    let mut body = vec![9; BODY];
    body[1..9].copy_from_slice(&number.to_le_bytes());
    let change = Change::Append {
        to: Target::Room(LOBBY),
        kind: Kind::CONTENT,
        generation: 0,
        epoch: 0,
        blobs: Blobs::default(),
        body: Bytes::new(body).unwrap(),
    };
    person.call(Request::Change { number: Number(number), change }).await;
}

/// Sends these changes at once and waits for all answers: the numbers that were done, and why the others were not.
async fn flight(person: &mut Person, numbers: std::ops::Range<u64>) -> (Vec<u64>, Vec<Cause>) {
    let wanted = numbers.clone().count();
    for number in numbers {
        send(person, number).await;
    }
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    while done.len() + refused.len() < wanted {
        match person.next().await {
            Down::Push(Push::Appended { number, .. }) => done.push(number.0),
            Down::Reply { result: Err(refusal), .. } => refused.push(refusal.cause),
            _ => {}
        }
    }
    (done, refused)
}

#[tokio::test]
async fn a_full_database_keeps_the_order_and_goes_on_when_there_is_space() {
    let mut house = House::new().await;
    house.stop().await;
    // Something that takes space and can give it back while the server runs.
    let path = house.settings.data.join("snug.db");
    let ballast = Connection::open(&path).unwrap();
    ballast
        .execute_batch("CREATE TABLE ballast (x); INSERT INTO ballast VALUES (zeroblob(3000000));")
        .unwrap();
    house.settings.limits.database_max = 4 << 20;
    house.start().await;

    let mut alice = house.register("alice").await;
    let mut next = 1;
    let refused = loop {
        let (done, refused) = flight(&mut alice, next..next + 16).await;
        assert_eq!(done, (next..next + done.len() as u64).collect::<Vec<_>>(), "in order and without gaps");
        next += done.len() as u64;
        if !refused.is_empty() {
            break refused;
        }
    };
    assert_eq!(refused[0], Cause::Full);
    assert!(refused.iter().all(|cause| matches!(cause, Cause::Full | Cause::OutOfOrder)), "{refused:?}");

    // What is smaller than a batch may still find a place; then it is full, says so again, and reading works.
    let mut refused = Vec::new();
    while refused.is_empty() {
        let (done, why) = flight(&mut alice, next..next + 1).await;
        next += done.len() as u64;
        refused = why;
    }
    assert_eq!(refused, [Cause::Full]);
    assert_eq!(flight(&mut alice, next..next + 1).await, (vec![], vec![Cause::Full]));
    alice.page(LOBBY, 1, Direction::Forward, 10).await;

    ballast.execute_batch("DROP TABLE ballast").unwrap();
    let (done, refused) = flight(&mut alice, next..next + 16).await;
    assert_eq!((done.len(), refused), (16, vec![]));
    next += 16;

    // Everything acknowledged is in the log, once and in order, also after a restart.
    house.restart().await;
    let (device, key) = alice.vanish();
    let mut alice = house.come_back(device, key).await;
    assert_eq!(alice.me.mark, Number(next - 1));
    let (mut from, mut found) = (1, Vec::new());
    loop {
        let page = alice.page(LOBBY, from, Direction::Forward, 100).await;
        found.extend(page.entries.iter().filter(|entry| entry.number.0 > 0).map(|entry| {
            let said: [u8; 8] = entry.body[1..9].try_into().unwrap();
            assert_eq!(u64::from_le_bytes(said), entry.number.0);
            entry.number.0
        }));
        from += u32::try_from(page.entries.len()).unwrap();
        if page.ends {
            break;
        }
    }
    assert_eq!(found, (1..next).collect::<Vec<_>>());
}
