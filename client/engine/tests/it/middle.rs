//! Somebody in the middle, at every step: what they get, and what they do not.

use rusqlite::Connection;
use snug_engine::command::{Command, Intent, Password, TrustAnswer};
use snug_engine::event::{Link, Manner, Phase, Problem};
use snug_proto::invite::Destination;
use snug_server::orders::{self, Answer, Order};
use snug_server::tls::Identity;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::trust::{relay, relay_from};
use crate::world::{House, LOBBY_ROOM, PASSWORD, Person, World, address};

/// The server goes on elsewhere, and somebody sits where it was.
async fn step_between(house: &mut House, identity: Identity) -> JoinHandle<()> {
    let at = house.at;
    house.stop().await;
    house.settings.port = 0;
    house.run().await;
    relay_from(TcpListener::bind(at).await.unwrap(), house.at, identity)
}

/// Whoever sat there is gone, and the server is back.
async fn step_aside(house: &mut House, between: JoinHandle<()>, port: u16) {
    between.abort();
    let _ = between.await;
    house.stop().await;
    house.settings.port = port;
    house.run().await;
}

/// Names on the server, as its own disk has them.
fn accounts(house: &House) -> Vec<String> {
    let database = Connection::open(house.settings.data.join("snug.db")).unwrap();
    let mut names = database.prepare("SELECT name FROM accounts ORDER BY id").unwrap();
    names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Goes on with whatever key is shown, as a person does who does not look.
async fn enter_without_comparing(person: &mut Person, intent: Intent) {
    person.enter(intent).await;
    person.until_trust_question().await;
    person.send(Command::Answer(TrustAnswer::WithoutComparing)).await;
    person.until_online().await;
}

async fn until_forgotten(person: &mut Person) {
    person.until("not known there", |seen| matches!(seen.link(), Some(Link::DeviceForgotten))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_that_a_relay_shows_are_its_own() {
    let world = World::new().await;
    let identity = Identity::throwaway();
    let mut alice = world.person("alice");
    alice.address = address(relay(world.house.at, identity.clone()).await);
    alice.enter(Intent::Register).await;
    alice.until_trust_question().await;
    let Some(Phase::Trust(question)) = &alice.seen.phase else { unreachable!() };
    assert_eq!(question.fingerprint, identity.fingerprint);
    assert_ne!(question.fingerprint.words(), world.house.identity.fingerprint.words());
    alice.send(Command::Answer(TrustAnswer::NotNow)).await;
    alice.until("logged out", |seen| matches!(seen.phase, Some(Phase::LoggedOut { problem: None }))).await;
    assert!(accounts(&world.house).is_empty() && alice.seen.servers.is_empty(), "nothing came of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_at_a_registration_that_nobody_compared_has_that_session_and_no_other() {
    let mut world = World::new().await;
    let port = world.house.at.port();
    let between = step_between(&mut world.house, Identity::throwaway()).await;
    let mut alice = world.person("alice");
    alice.address.port = port;
    enter_without_comparing(&mut alice, Intent::Register).await;
    assert_eq!(alice.seen.session().unwrap().trust.manner, Manner::Unseen);
    alice.show(LOBBY_ROOM).await;
    alice.say("read by somebody").await;
    alice.until_sent("read by somebody").await;
    assert_eq!(accounts(&world.house), ["alice"], "the account is hers, on the true server");

    // The next connection needs a proof, and none can be passed on.
    let mut alice = alice.quit().await.start();
    alice.open().await;
    until_forgotten(&mut alice).await;
    alice.enter(Intent::LogIn).await;
    assert_eq!(alice.until_problem().await, Problem::WrongNameOrPassword, "the right password is no help");

    // Without anybody between, the password proves the server, which she never saw before.
    step_aside(&mut world.house, between, port).await;
    alice.enter(Intent::LogIn).await;
    alice.until("stopped", |seen| matches!(seen.link(), Some(Link::KeyChanged(_)))).await;
    alice.send(Command::Prove(Password::new(PASSWORD))).await;
    until_forgotten(&mut alice).await;
    alice.enter(Intent::LogIn).await;
    alice.until_online().await;
    let session = alice.seen.session().unwrap();
    let key = world.house.identity.fingerprint;
    assert_eq!((session.fingerprint, session.trust.manner), (key, Manner::Password));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_server_that_somebody_registered_at_does_not_become_the_true_one() {
    let mut world = World::new().await;
    let laptop = world.alice().await.quit().await;
    let port = world.house.at.port();
    world.house.stop().await;
    let mut elsewhere =
        House::start(&world.folder.path().join("false"), |settings| settings.port = port).await;
    let mut desktop = world.person("desktop");
    desktop.name = "alice".into();
    enter_without_comparing(&mut desktop, Intent::Register).await;
    elsewhere.stop().await;

    // The same name and the same password are at the true server too.
    world.house.run().await;
    desktop.until("stopped", |seen| matches!(seen.link(), Some(Link::KeyChanged(_)))).await;
    desktop.send(Command::Prove(Password::new(PASSWORD))).await;
    desktop
        .until("not proven", |seen| {
            matches!(seen.link(), Some(Link::KeyChanged(change)) if change.problem == Some(Problem::NotProven))
        })
        .await;
    let mut laptop = laptop.start();
    laptop.open().await;
    laptop.until_online().await;
    assert_eq!(laptop.seen.session().unwrap().trust.manner, Manner::WordsCompared);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_steps_between_after_pinning_hears_nothing_and_proves_nothing() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    let at = world.house.at;
    world.house.stop().await;
    world.house.settings.port = 0;
    world.house.run().await;

    // It listens for one whole connection.
    let identity = Identity::throwaway();
    let (listener, config) = (TcpListener::bind(at).await.unwrap(), identity.config.clone());
    let ear = tokio::spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        if let Ok(mut stream) = TlsAcceptor::from(config).accept(client).await {
            let _ = stream.read_to_end(&mut heard).await;
        }
        (heard, listener)
    });
    alice.until("stopped", |seen| matches!(seen.link(), Some(Link::KeyChanged(_)))).await;
    let (heard, listener) = ear.await.unwrap();
    assert_eq!(heard, b"");
    alice.say("not for them").await;

    // Then it passes on whatever is said: the right password proves nothing through it.
    let _between = relay_from(listener, world.house.at, identity);
    alice.send(Command::Prove(Password::new(PASSWORD))).await;
    alice
        .until("not proven", |seen| {
            assert!(!seen.is_online());
            matches!(seen.link(), Some(Link::KeyChanged(change)) if change.problem == Some(Problem::NotProven))
        })
        .await;
    assert!(!alice.seen.sent().contains(&"not for them".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_with_the_stolen_key_in_use_logs_in_as_nobody() {
    let mut world = World::new().await;
    let (mut alice, port) = (world.alice().await, world.house.at.port());
    let invite = Order::Invite {
        uses: 1,
        life: 3600,
        address: Some(address(world.house.at).to_string()),
        room: None,
        role: None,
    };
    let stolen = world.house.identity.clone();
    let Answer::Code { link, .. } =
        orders::give(&world.house.settings, stolen.fingerprint, invite).await.unwrap()
    else {
        panic!("no code")
    };
    let between = step_between(&mut world.house, stolen).await;

    // The device's signature is for her own connection, and so is the password's proof, and a code's.
    until_forgotten(&mut alice).await;
    alice.say("for my friends").await;
    alice.enter(Intent::LogIn).await;
    assert_eq!(alice.until_problem().await, Problem::WrongNameOrPassword);
    let mut carol = world.person("carol");
    let mut form = carol.form(Intent::Register, PASSWORD);
    form.server = link.parse::<Destination>().unwrap();
    carol.send(Command::Enter(form.clone())).await;
    assert_eq!(carol.until_problem().await, Problem::WrongCode);
    assert_eq!(accounts(&world.house), ["alice"]);

    // Nothing was used up, and what was written waits for those it was meant for.
    step_aside(&mut world.house, between, port).await;
    carol.send(Command::Enter(form)).await;
    carol.until_online().await;
    carol.show(LOBBY_ROOM).await;
    alice.enter(Intent::LogIn).await;
    alice.until_online().await;
    carol.until_sent("for my friends").await;
}
