//! Connections that break: nothing is lost, nothing comes twice, order stays.

use snug_engine::command::{Command, CopyFate};
use snug_engine::event::{Delivery, Notice, Phase};

use crate::proxy::{Proxy, Wire};
use crate::world::{World, assert_once_in_order};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_queued_offline_is_sent_once_and_in_order() {
    let world = World::new().await;
    let proxy = Proxy::to(world.house.at).await;
    let mut alice = world.friend_through("alice", proxy.at).await;
    let mut bob = world.bob().await;
    proxy.set(Wire::Down);
    proxy.cut();
    alice.until("offline", |seen| !seen.is_online()).await;
    let all: Vec<String> = (0..50).map(|n| format!("offline {n}")).collect();
    for text in &all {
        alice.say(text).await;
    }
    alice
        .until("queued", |seen| {
            seen.texts().len() == 50 && seen.texts().iter().all(|(_, state)| *state == Delivery::Queued)
        })
        .await;
    assert_eq!(alice.seen.session().unwrap().unsent, 50);

    // A restart in between loses nothing either.
    let mut alice = alice.quit().await.start();
    alice.open().await;
    alice.show(crate::world::LOBBY_ROOM).await;
    proxy.set(Wire::Good);
    bob.until_sent("offline 49").await;
    assert_once_in_order(&bob.seen.sent(), &all);
    alice
        .until("all is sent", |seen| {
            seen.session().is_some_and(|session| session.unsent == 0) && seen.sent().len() == 50
        })
        .await;
    assert_once_in_order(&alice.seen.sent(), &all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_again_and_again_doubles_nothing() {
    let world = World::new().await;
    let proxy = Proxy::to(world.house.at).await;
    let mut alice = world.friend_through("alice", proxy.at).await;
    let mut bob = world.bob().await;
    let all: Vec<String> = (0..200).map(|n| format!("word {n}")).collect();
    for (n, text) in all.iter().enumerate() {
        alice.say(text).await;
        if n % 17 == 0 {
            // Wherever the words are just then: written, acknowledged, or neither.
            tokio::time::sleep(std::time::Duration::from_millis(n as u64 % 5)).await;
            proxy.cut();
        }
    }
    bob.until_sent("word 199").await;
    bob.scroll_up().await;
    assert_once_in_order(&bob.seen.sent(), &all);
    alice
        .until("all is settled", |seen| {
            seen.session().is_some_and(|session| session.unsent == 0)
                && seen.sent().iter().any(|t| t == "word 199")
        })
        .await;
    alice.scroll_up().await;
    assert_once_in_order(&alice.seen.sent(), &all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paced_sender_is_never_held_up_by_the_server() {
    let world = World::with(|settings| {
        settings.limits.changes_per_second = 50;
        settings.limits.changes_burst = 20;
    })
    .await;
    let mut alice = world.alice().await;
    let all: Vec<String> = (0..100).map(|n| format!("paced {n}")).collect();
    for text in &all {
        alice.say(text).await;
    }
    alice.until_sent("paced 99").await;
    assert_once_in_order(&alice.seen.sent(), &all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_over_a_wire_that_breaks_ends_here_and_says_what_may_be_left_there() {
    let world = World::new().await;
    let proxy = Proxy::to(world.house.at).await;
    let mut alice = world.friend_through("alice", proxy.at).await;
    proxy.set(Wire::Stalled);
    alice.send(Command::LogOut { copy: CopyFate::Delete }).await;
    proxy.cut();
    alice.until("told", |seen| seen.notices.contains(&Notice::StillListed)).await;
    alice
        .until("out", |seen| {
            matches!(seen.phase, Some(Phase::LoggedOut { problem: None })) && !seen.servers[0].has_device
        })
        .await;
}
