//! Seats: who comes when all are taken.

use snug_engine::command::{Command, Intent, TrustAnswer};
use snug_engine::event::{Link, Phase};

use crate::world::{LOBBY_ROOM, Person, World};

async fn enters(person: &mut Person, intent: Intent) {
    person.enter(intent).await;
    person.until_trust_question().await;
    person.send(Command::Answer(TrustAnswer::TheyMatch)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_waits_for_a_seat_and_types_nothing_again() {
    let world = World::with(|settings| settings.max_users = 1).await;
    let alice = world.alice().await;
    let mut bob = world.person("bob");
    enters(&mut bob, Intent::Register).await;
    bob.until("the server is full", |seen| matches!(&seen.phase, Some(Phase::Full(full)) if full.max == 1))
        .await;
    alice.quit().await;
    bob.until_online().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_told_after_its_proof_and_its_device_is_kept() {
    let world = World::with(|settings| settings.max_users = 1).await;
    let bob = world.bob().await.quit().await;
    let alice = world.alice().await;

    // With a copy, that copy under a bar.
    let mut bob = bob.start();
    bob.open().await;
    bob.until("full under a copy", |seen| matches!(seen.link(), Some(Link::Full { max: 1, .. }))).await;
    bob.show(LOBBY_ROOM).await;

    // Without one, the screen; the password is not asked for again.
    let mut laptop = world.person("laptop");
    laptop.name = "bob".into();
    enters(&mut laptop, Intent::LogIn).await;
    laptop.until("full", |seen| matches!(&seen.phase, Some(Phase::Full(full)) if full.max == 1)).await;
    let mut laptop = laptop.quit().await.start();
    laptop.open().await;
    laptop.until("still full", |seen| matches!(&seen.phase, Some(Phase::Full(_)))).await;

    alice.quit().await;
    bob.until_online().await;
    // A second device of a seated account gets in.
    laptop.until_online().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_race_for_the_last_seat_one_wins() {
    let world = World::with(|settings| settings.max_users = 2).await;
    let _alice = world.alice().await;
    let (mut bob, mut carol) = (world.person("bob"), world.person("carol"));
    tokio::join!(enters(&mut bob, Intent::Register), enters(&mut carol, Intent::Register));
    let decided = |seen: &crate::world::Seen| seen.is_online() || matches!(seen.phase, Some(Phase::Full(_)));
    tokio::join!(bob.until("bob is decided", decided), carol.until("carol is decided", decided));
    let won = [&bob, &carol].iter().filter(|person| person.seen.is_online()).count();
    assert_eq!(won, 1);
    let (winner, mut loser) = if bob.seen.is_online() { (bob, carol) } else { (carol, bob) };
    winner.quit().await;
    loser.until_online().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_session_of_the_same_device_takes_its_place() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    // The same folder, opened a second time.
    let mut again = Person::new("alice", &alice.folder, alice.address.clone());
    again.open().await;
    again.until_online().await;
    alice.until("replaced", |seen| matches!(seen.link(), Some(Link::Replaced { .. }))).await;
    alice.send(Command::Retry).await;
    alice.until_online().await;
    again.until("replaced in turn", |seen| matches!(seen.link(), Some(Link::Replaced { .. }))).await;
}
