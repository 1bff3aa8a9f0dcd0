//! Searching: what is in the copy is found, what is not yet is fetched behind, and the search says which.

use snug_engine::command::Command;
use snug_engine::event::{Found, ItemKey};

use crate::world::{Person, World};

impl Person {
    /// Searches until the answer is as expected: the index is written behind.
    async fn search_until(&mut self, query: &str, what: &str, is: impl Fn(&Found) -> bool) -> Found {
        let last = self.seen.found.as_ref().map_or(0, |found| found.serial);
        for serial in last + 1.. {
            self.send(Command::Search { serial, query: query.into(), limit: 50 }).await;
            self.until(what, |seen| seen.found.as_ref().is_some_and(|found| found.serial == serial)).await;
            let found = self.seen.found.clone().expect("it was told");
            if is(&found) {
                return (*found).clone();
            }
        }
        unreachable!("there is always another number");
    }

    async fn search(&mut self, query: &str) -> Found {
        self.search_until(query, "everything is searched", |found| found.coverage.is_complete()).await
    }
}

fn shown(found: &Found) -> Vec<String> {
    let part = |(text, hit): &(String, bool)| if *hit { format!("[{text}]") } else { text.clone() };
    found.hits.iter().map(|hit| hit.context.iter().map(part).collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn alice_finds_what_bob_said() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    bob.say("Café um drei?").await;
    bob.say("東京都に行く").await;
    alice.until_sent("東京都に行く").await;
    alice.say("Ja, ins CAFÉ").await;
    alice.until_sent("Ja, ins CAFÉ").await;
    let to_bob = alice.direct("bob").await;
    alice.say_in(to_bob, "about that cafe").await;
    bob.until("alice wrote", |seen| seen.room("alice").is_some_and(|room| room.room.is_some())).await;

    let found = alice.search_until("cafe", "three are found", |found| found.hits.len() == 3).await;
    assert_eq!(shown(&found), ["about that [cafe]", "Ja, ins [CAFÉ]", "[Café] um drei?"]);
    assert_eq!((found.hits[0].room, found.hits[0].room_name.as_str()), (to_bob, "bob"));
    assert_eq!((found.hits[2].author_name.as_str(), found.more), ("bob", false));
    let there = ItemKey::Entry(found.hits[2].seq);
    assert!(alice.seen.items().iter().any(|item| item.key == there));

    assert_eq!(shown(&alice.search("東京 from:bob").await), ["[東京]都に行く"]);
    assert_eq!(shown(&alice.search("from:me in:bob").await), ["about that cafe"]);
    assert_eq!(alice.search("in:lobby caf").await.hits.len(), 2);
    assert_eq!(alice.search("cafe before:2020").await.hits.len(), 0);
    assert_eq!(alice.search("cafe after:2020").await.hits.len(), 3);
    assert_eq!(alice.search("cafe has:file").await.hits.len(), 0);
    let nobody = alice.search("cafe from:carol").await;
    assert_eq!(nobody.problem.as_deref(), Some("Nobody here is called “carol”."));
    assert_eq!(alice.search("\"; DROP TABLE found; --").await.hits.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_is_there_after_a_restart_and_without_a_connection() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    alice.say("written before the night").await;
    alice.until_sent("written before the night").await;
    let closed = alice.quit().await;
    world.house.stop().await;
    let mut alice = closed.start();
    alice.open().await;
    alice.until("the copy is open", |seen| seen.session().is_some()).await;
    let found = alice.search_until("night", "it is found", |found| !found.hits.is_empty()).await;
    assert_eq!(shown(&found), ["written before the [night]"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_fetched_behind_and_rings_no_bell() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    for n in 0..450 {
        alice.say(&format!("message {n}")).await;
    }
    alice.until_sent("message 449").await;
    alice.search_until("message", "her own are indexed", |found| found.coverage.is_complete()).await;

    // Another computer has seen nothing of it, and nobody scrolls.
    let mut bob = world.bob().await;
    let found = bob.search("\"message 3\"").await;
    assert_eq!(shown(&found), ["[message 3]"]);
    let told: u32 = bob.seen.arrived.iter().map(|arrived| arrived.count).sum();
    assert_eq!(told, 0, "old messages are no news");
}
