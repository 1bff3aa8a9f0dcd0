//! Readers who do not read: nobody else waits, and they catch up whole.

use std::time::Duration;

use crate::proxy::{Proxy, Wire};
use crate::world::{Person, World, assert_once_in_order};

/// More than the sockets on the way take.
const TEXTS: usize = 300;
const TEXT_LEN: usize = 14 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn one_of_twenty_stalls_for_a_while_and_another_until_it_is_closed() {
    let world = World::with(|settings| settings.times.write_stall = Duration::from_secs(4)).await;
    let (late_wire, closed_wire) = (Proxy::to(world.house.at).await, Proxy::to(world.house.at).await);
    let mut late = world.friend_through("late", late_wire.at).await;
    let mut closed = world.friend_through("closed", closed_wire.at).await;
    let mut writer = world.friend("writer").await;
    let mut readers = Vec::new();
    for n in 0..17 {
        readers.push(world.friend(&format!("reader{n}")).await);
    }
    late_wire.set(Wire::Stalled);
    closed_wire.set(Wire::Stalled);

    let filler = "x".repeat(TEXT_LEN);
    let all: Vec<String> = (0..TEXTS).map(|n| format!("{n} {filler}")).collect();
    for text in &all {
        writer.say(text).await;
    }
    let last = &all[TEXTS - 1];
    for reader in &mut readers {
        reader.until_sent(last).await;
    }
    late_wire.set(Wire::Good);
    caught_up(&mut late, &all).await;

    // Whoever takes nothing for too long loses the connection, not a word.
    writer
        .until("one was closed", |seen| seen.room("closed").is_some_and(|room| room.presence.is_none()))
        .await;
    closed_wire.set(Wire::Good);
    caught_up(&mut closed, &all).await;
}

async fn caught_up(person: &mut Person, all: &[String]) {
    person.until_sent(&all[all.len() - 1]).await;
    person
        .until("all of it is told", |seen| {
            let told: u32 = seen.arrived.iter().map(|arrived| arrived.count).sum();
            told as usize == TEXTS
        })
        .await;
    person.scroll_up().await;
    let shown = person.seen.sent();
    assert!(shown.len() >= 100);
    let first = all.iter().position(|text| *text == shown[0]).unwrap();
    assert_once_in_order(&shown, &all[first..first + shown.len()]);
}
