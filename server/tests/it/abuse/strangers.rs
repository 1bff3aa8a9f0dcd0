//! What strangers try in alice's name, and how many of them there are: her device is let in at once all the same.

use std::net::{Ipv4Addr, SocketAddr};

use opaque_ke::ClientLogin;
use opaque_ke::rand::rngs::OsRng;
use snug_proto::bounded::Bytes;
use snug_proto::code::CodeName;
use snug_proto::login::{LoginReply, LoginRequest};
use snug_proto::refusal::Cause;
use snug_proto::version::ALPN_TALK;
use snug_server::tls::provider;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpSocket, TcpStream};

use crate::raw::{House, Person, Raw, Suite, client_config};

/// A connection from one of the addresses that this machine has to itself.
pub(super) async fn connect(house: &House, from: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(Ipv4Addr::new(127, 0, 7, from).into(), 0)).unwrap();
    socket.connect(house.address).await.unwrap()
}

/// Somebody who has said hello from there.
async fn stranger(house: &House, from: u8) -> Raw {
    let config = client_config(&[ALPN_TALK], provider());
    let mut raw = Raw::over(connect(house, from).await, config).await.unwrap();
    raw.hello().await;
    raw
}

/// Whether a try was refused because there were too many.
fn has_to_wait(reply: &LoginReply) -> bool {
    let LoginReply::Refused { refusal, .. } = reply else { return false };
    assert!(refusal.cause != Cause::TooManyTries || refusal.retry_after.is_some(), "it says for how long");
    refusal.cause == Cause::TooManyTries
}

/// Alice goes and comes back, from an address of the strangers, with her device.
async fn is_let_in(house: &House, alice: Person, from: u8) -> Person {
    let (device, key) = alice.vanish();
    let mut raw = stranger(house, from).await;
    match raw.device_login(device, &key).await {
        LoginReply::LoggedIn(me) => Person::new(raw, me, key),
        other => panic!("she has to wait: {other:?}"),
    }
}

#[tokio::test]
async fn guesses_of_her_password_from_many_networks_stop_the_guessers_alone() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    for from in 1..=30 {
        let guessed = stranger(&house, from).await.login("alice", b"guess", None).await;
        assert!(!has_to_wait(&guessed), "each network has its own tries: {guessed:?}");
    }
    let guessed = stranger(&house, 31).await.login("alice", b"guess", None).await;
    assert!(has_to_wait(&guessed), "and all of them have thirty: {guessed:?}");
    for from in [1, 31, 32] {
        alice = is_let_in(&house, alice, from).await;
    }
    alice.say("I am here").await;
}

#[tokio::test]
async fn guesses_from_one_network_wait_and_her_device_there_does_not() {
    let house = House::new().await;
    let alice = house.register("alice").await;
    let mut raw = stranger(&house, 1).await;
    let mut free = 0;
    while !has_to_wait(&raw.login("alice", b"guess", None).await) {
        free += 1;
    }
    assert_eq!(free, 5);
    assert!(has_to_wait(&raw.login("bob", b"guess", None).await), "whatever the name");
    is_let_in(&house, alice, 1).await.say("I am here").await;
}

#[tokio::test]
async fn guesses_of_codes_stop_the_guessers_alone() {
    let house = House::new().await;
    let alice = house.register("alice").await;
    let code: CodeName = "7K3M".parse().unwrap();
    let mut answers = Vec::new();
    for from in 1..=31 {
        let start = ClientLogin::<Suite>::start(&mut OsRng, b"guess").unwrap();
        let ke1 = Bytes::new(start.message.serialize().to_vec()).unwrap();
        let answer = stranger(&house, from).await.ask(LoginRequest::CodeStart { code, ke1 }).await;
        answers.push(has_to_wait(&answer));
    }
    assert_eq!(answers.iter().position(|waits| *waits), Some(30));
    is_let_in(&house, alice, 1).await.say("I am here").await;
}

#[tokio::test]
async fn a_flood_from_many_networks_does_not_close_the_door_to_where_she_has_been() {
    let house = House::with(|settings| {
        (settings.limits.unauthenticated_soft, settings.limits.unauthenticated_hard) = (40, 40);
    })
    .await;
    let alice = is_let_in(&house, house.register("alice").await, 200).await;
    let mut inside = Vec::new();
    for from in 1..=40 {
        inside.push(stranger(&house, from).await);
    }
    let turned_away = connect(&house, 41).await.read(&mut [0; 1]).await;
    assert!(turned_away.map_or(true, |bytes| bytes == 0));
    is_let_in(&house, alice, 200).await.say("I am here").await;
}

#[tokio::test]
async fn a_flood_from_one_network_takes_its_own_places_only() {
    let house = House::with(|settings| {
        let limits = snug_server::config::Limits::default();
        (settings.limits.per_source_at_once, settings.limits.per_source_per_minute) =
            (limits.per_source_at_once, limits.per_source_per_minute);
    })
    .await;
    let alice = house.register("alice").await;
    let mut inside = Vec::new();
    for _ in 0..16 {
        inside.push(stranger(&house, 1).await);
    }
    for _ in 0..50 {
        // Turned away before any cryptography: the end, or a reset, and no byte.
        let read = connect(&house, 1).await.read(&mut [0; 1]).await;
        assert!(read.map_or(true, |bytes| bytes == 0));
    }
    is_let_in(&house, alice, 2).await.say("I am here").await;
}
