//! Who reads slowly or not at all, and what that costs the others.

use std::time::Duration;

use snug_proto::entry::LOBBY;
use snug_proto::talk::{Direction, Down, Push, Target};

use crate::raw::{House, text_of};

const TO_LOBBY: Target = Target::Room(LOBBY);

/// A text of 16 KB that begins with its number.
fn long(number: u64) -> String {
    format!("{number:06}{}", "x".repeat(16_000))
}

#[tokio::test]
async fn who_does_not_read_delays_nobody_and_catches_up_from_the_log() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let mut carol = house.register("carol").await;
    let count = 600; // ten megabytes: more than sockets and ring hold
    for number in 1..=count {
        alice.write(TO_LOBBY, &long(number)).await;
        let seq = loop {
            if let Push::Appended { seq, .. } = alice.push().await {
                break seq;
            }
        };
        let (_, heard, text) = carol.hear().await;
        assert_eq!((heard, &text[..6]), (seq, &*format!("{number:06}")));
    }
    // Bob has read nothing so far. He gets what was on its way, then hears how far behind he is, and pages.
    let (mut last, mut number, mut was_behind) = (0, 0, false);
    while number < count {
        match bob.push().await {
            Push::Entry(entry) if entry.seq.0 <= last => {}
            Push::Entry(entry) => {
                assert_eq!(entry.seq.0, if last == 0 { entry.seq.0 } else { last + 1 }, "no gap");
                last = entry.seq.0;
                if let Ok(seen) = text_number(&entry.body) {
                    number = seen;
                }
            }
            Push::Behind { room, head } => {
                was_behind = true;
                while last < head.0 {
                    let page = bob.page(room, last + 1, Direction::Forward, 100).await;
                    for entry in page.entries.iter() {
                        assert_eq!(entry.seq.0, last + 1);
                        last = entry.seq.0;
                        number = text_number(&entry.body).unwrap();
                    }
                }
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(was_behind);
}

fn text_number(body: &[u8]) -> Result<u64, ()> {
    match snug_proto::content::Content::from_body(body) {
        Ok(_) => text_of(body)[..6].parse().map_err(|_| ()),
        Err(_) => Err(()),
    }
}

#[tokio::test]
async fn who_takes_nothing_for_too_long_is_closed() {
    let house = House::with(|settings| settings.times.write_stall = Duration::from_millis(300)).await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    // Alice writes until the server has given up on bob: his seat's presence is how she could tell; here it is
    // enough that his connection ends although he never hung up.
    for number in 1..=600 {
        alice.write(TO_LOBBY, &long(number)).await;
        while !matches!(alice.push().await, Push::Appended { .. }) {}
    }
    tokio::time::sleep(Duration::from_millis(400)).await;
    alice.say("are you there?").await;
    while let Some(frame) = bob.raw.frame().await {
        let down: Down = snug_proto::codec::decode_frame(&frame).unwrap();
        if let Down::Push(Push::Entry(entry)) = down {
            assert_ne!(text_number(&entry.body), Ok(600), "he was closed long before");
        }
    }
}

#[tokio::test]
async fn who_is_silent_is_asked_and_then_given_up() {
    let house = House::with(|settings| {
        settings.times.ping_interval = Duration::from_millis(100);
        settings.times.dead_after = Duration::from_millis(400);
    })
    .await;
    let mut alice = house.register("alice").await;
    let mut pings = 0;
    loop {
        match alice.push().await {
            Push::Ping => pings += 1,
            Push::Goodbye(goodbye) => break assert_eq!(goodbye.why, snug_proto::refusal::Why::Silent),
            other => panic!("{other:?}"),
        }
    }
    assert!(pings >= 2, "{pings}");
}

#[tokio::test]
async fn who_goes_too_fast_is_read_later_and_loses_nothing() {
    let house = House::with(|settings| {
        settings.limits.changes_per_second = 50;
        settings.limits.changes_burst = 5;
    })
    .await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let began = std::time::Instant::now();
    for number in 1..=30u64 {
        alice.write(TO_LOBBY, &format!("{number:06}")).await;
    }
    for number in 1..=30u64 {
        assert_eq!(bob.hear().await.2, format!("{number:06}"));
    }
    assert!(began.elapsed() >= Duration::from_millis(400), "25 of them waited a fiftieth of a second each");
}
