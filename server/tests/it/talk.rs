//! What people do: register, log in, write, read, come back.

use snug_proto::entry::{Kind, LOBBY};
use snug_proto::id::Seq;
use snug_proto::login::LoginReply;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Direction, Push, Target};

use snug_proto::version::ALPN_TALK;
use snug_server::tls::Identity;
use snug_server::{Server, Surroundings};

use crate::raw::{House, Person, Raw, device_key, new_device, settings, text_of};

fn refused(reply: LoginReply) -> Cause {
    match reply {
        LoginReply::Refused { refusal, .. } => refusal.cause,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn alice_writes_and_bob_reads() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let seq = alice.say("hello bob").await;
    assert_eq!(bob.hear().await, (LOBBY, seq, "hello bob".to_owned()));
    // Both joins and the text are in the log, in this order.
    let page = bob.page(LOBBY, 1, Direction::Forward, 100).await;
    let kinds: Vec<Kind> = page.entries.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [Kind::JOINED, Kind::JOINED, Kind::CONTENT]);
    assert_eq!(page.entries[2].author, alice.me.account);
    assert!(page.starts && page.ends && page.head == seq);
    assert!(page.entries.is_sorted_by_key(|entry| (entry.seq, entry.at)));
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let mut house = House::new().await;
    let mut alice = house.register("alice").await;
    let seq = alice.say("remember this").await;
    let (device, key) = alice.vanish();
    house.restart().await;
    let mut alice = house.come_back(device, key).await;
    assert_eq!(alice.me.mark.0, 1);
    assert_eq!(alice.me.outcomes.len(), 1);
    let page = alice.page(LOBBY, seq.0, Direction::Backward, 1).await;
    assert_eq!(text_of(&page.entries[0].body), "remember this");
    assert!(!page.starts && page.ends);
    assert_eq!(alice.say("and this").await, Seq(seq.0 + 1));
}

/// As in a simulation: no thread, and a writer that takes its time.
#[tokio::test]
async fn the_same_in_simulated_surroundings() {
    let folder = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let surroundings = Surroundings { seed: 7, simulated: true, ..Surroundings::default() };
    let settings = settings(folder.path());
    let server = Server::on(listener, settings, Identity::throwaway(), surroundings).unwrap();
    let address = server.local_addr().unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let running = tokio::spawn(server.run(stop.clone().cancelled_owned()));
    let mut raw = Raw::dial(address, &[ALPN_TALK]).await.unwrap();
    raw.hello().await;
    let key = device_key();
    let LoginReply::LoggedIn(me) = raw.register("alice", b"alice", &key).await else {
        panic!("a seat is free")
    };
    let mut alice = Person::new(raw, me, key);
    assert_eq!(alice.say("one").await, Seq(2));
    assert_eq!(alice.say("two").await, Seq(3));
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_look_the_same() {
    let house = House::new().await;
    house.register("alice").await;
    let mut raw = house.dial().await;
    raw.hello().await;
    let key = device_key();
    assert_eq!(
        refused(raw.login("alice", b"wrong", Some(new_device(&key))).await),
        Cause::WrongNameOrPassword
    );
    assert_eq!(
        refused(raw.login("nobody", b"wrong", Some(new_device(&key))).await),
        Cause::WrongNameOrPassword
    );
    assert_eq!(refused(raw.register("Alice", b"x", &key).await), Cause::NameTaken);
    // The same connection may go on.
    assert!(matches!(raw.login("alice", b"alice", None).await, LoginReply::Proven));
    let second = raw.login("alice", b"alice", Some(new_device(&key))).await;
    assert!(matches!(second, LoginReply::LoggedIn(_)), "{second:?}");
}

#[tokio::test]
async fn a_first_word_to_somebody_makes_the_room_of_the_two() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let mut carol = house.register("carol").await;
    // That the others came, into the lobby and the house.
    alice.told().await;
    bob.told().await;
    alice.write(Target::Person(bob.me.account), "just us").await;
    for (one, other) in [(&mut alice, bob.me.account), (&mut bob, carol.me.account)] {
        let Push::RoomChanged(info) = one.push().await else { panic!("the room comes first") };
        assert_eq!(info.first, Seq(1));
        let Push::Entry(created) = one.push().await else { panic!("then that it was made") };
        assert_eq!((created.kind, created.seq), (Kind::CREATED, Seq(1)));
        let _ = other;
    }
    assert!(matches!(alice.push().await, Push::Appended { seq: Seq(2), .. }));
    let (room, _, text) = bob.hear().await;
    assert_eq!(text, "just us");
    bob.write(Target::Person(alice.me.account), "same room").await;
    assert_eq!(alice.hear().await, (room, Seq(3), "same room".to_owned()));
    // Carol has no part in it.
    carol.write(Target::Room(room), "me too").await;
    let snug_proto::talk::Down::Reply { result, .. } = carol.next().await else { panic!("carol is refused") };
    assert_eq!(result.unwrap_err().cause, Cause::UnknownRoom);
}
