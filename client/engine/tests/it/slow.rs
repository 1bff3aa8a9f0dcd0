//! Readers who do not read: nobody else waits, and they catch up whole.

use std::time::Duration;

use crate::proxy::{Proxy, Wire};
use crate::world::{World, assert_once_in_order};

#[tokio::test(flavor = "multi_thread")]
async fn one_of_twenty_stalls_and_another_is_closed_and_both_catch_up() {
    let world = World::with(|settings| {
        settings.times.write_stall = Duration::from_secs(2);
    })
    .await;
    let stalled_wire = Proxy::to(world.house.at).await;
    let mut stalled = world.friend_through("stalled", stalled_wire.at).await;
    let mut writer = world.friend("writer").await;
    let mut readers = Vec::new();
    for n in 0..18 {
        readers.push(world.friend(&format!("reader{n}")).await);
    }
    let start = stalled_wire.bytes_down();
    stalled_wire.set(Wire::Stalled);

    // More than any socket buffer takes: the server gives the stalled one up, and serves the others meanwhile.
    let filler = "x".repeat(12 * 1024);
    let all: Vec<String> = (0..900).map(|n| format!("{n} {filler}")).collect();
    for text in &all {
        writer.say(text).await;
    }
    let last = all.last().unwrap();
    writer.until_sent(last).await;
    for reader in &mut readers {
        reader.until_sent(last).await;
    }
    // Whoever is through its patience is closed: nothing of this had come down.
    tokio::time::timeout(Duration::from_secs(30), async {
        while world_sessions(&world) && stalled_wire.bytes_down() == start {
            tokio::time::sleep(Duration::from_millis(100)).await;
            if stalled.seen.is_online() {
                break;
            }
        }
    })
    .await
    .unwrap();
    stalled_wire.set(Wire::Good);
    stalled.until_sent(last).await;
    stalled.until("whole", |seen| seen.sent().len() >= 200).await;
    let shown = stalled.seen.sent();
    assert_once_in_order(&shown, &all[all.len() - shown.len()..]);
    let (count, _) = stalled
        .seen
        .arrived
        .iter()
        .fold((0, 0), |(count, n), arrived| (count + arrived.count, n + 1));
    assert_eq!(count, 900, "everything came, however little of it is shown");
}

fn world_sessions(_world: &World) -> bool {
    true
}
