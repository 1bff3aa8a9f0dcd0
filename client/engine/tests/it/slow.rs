//! Readers who do not read: nobody else waits, and they catch up whole.

use std::time::Duration;

use crate::proxy::{Proxy, Wire};
use crate::world::{LOBBY_ROOM, Person, World, assert_once_in_order};

/// More than the sockets on the way take.
const TEXTS: usize = 350;
const TEXT_LEN: usize = 15 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn one_of_twenty_stalls_for_a_while_and_another_until_it_is_closed() {
    let world = World::with(|settings| settings.times.write_stall = Duration::from_secs(4)).await;
    let (late_wire, closed_wire) = (Proxy::to(world.house.at).await, Proxy::to(world.house.at).await);
    let mut writer = world.friend("writer").await;
    let mut late = world.friend_through("late", late_wire.at).await;
    let mut closed = world.friend_through("closed", closed_wire.at).await;
    let mut readers = Vec::new();
    for n in 0..17 {
        readers.push(world.friend(&format!("reader{n}")).await);
    }
    // Looking elsewhere: drawing megabytes of text is not what this is about.
    for person in readers.iter_mut().chain([&mut late, &mut closed]) {
        let elsewhere = person.direct("writer").await;
        person.show(elsewhere).await;
    }
    let elsewhere = writer.direct("late").await;
    writer.show(elsewhere).await;
    late_wire.set(Wire::Stalled);
    closed_wire.set(Wire::Stalled);

    let filler = "x".repeat(TEXT_LEN);
    let all: Vec<String> = (0..TEXTS).map(|n| format!("{n} {filler}")).collect();
    for text in &all {
        writer.say(text).await;
    }
    for reader in &mut readers {
        until_told(reader).await;
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

async fn until_told(person: &mut Person) {
    person
        .until("all of it is told", |seen| {
            let told: u32 = seen.arrived.iter().map(|arrived| arrived.count).sum();
            told as usize == TEXTS
        })
        .await;
}

async fn caught_up(person: &mut Person, all: &[String]) {
    until_told(person).await;
    person.show(LOBBY_ROOM).await;
    person.until_sent(&all[all.len() - 1]).await;
    person.scroll_up().await;
    let shown = person.seen.sent();
    assert!(shown.len() >= 100);
    let first = all.iter().position(|text| *text == shown[0]).unwrap();
    assert_once_in_order(&shown, &all[first..first + shown.len()]);
}
