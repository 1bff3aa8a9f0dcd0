//! Who may sit down, and who takes whose place.

use std::time::Duration;

use snug_proto::hello::Registration;
use snug_proto::login::{KeptDevice, LoginReply};
use snug_proto::refusal::{Cause, Why};
use snug_proto::talk::{Down, Push, Reply, Request, Target};

use crate::raw::{House, Person, Raw, device_key, new_device};

fn full(reply: &LoginReply) -> Option<KeptDevice> {
    let LoginReply::Refused { refusal, kept } = reply else { panic!("not refused: {reply:?}") };
    assert_eq!(refusal.cause, Cause::ServerFull { max: 1 });
    *kept
}

async fn newcomer(house: &House) -> Raw {
    let mut raw = house.dial().await;
    raw.hello().await;
    raw
}

async fn goodbye(person: &mut Person) -> Why {
    loop {
        if let Down::Push(Push::Goodbye(goodbye)) = person.next().await {
            assert!(person.raw.frame().await.is_none(), "a goodbye is the last word");
            return goodbye.why;
        }
    }
}

#[tokio::test]
async fn a_full_server_says_so_and_keeps_the_device() {
    let house = House::with(|settings| settings.max_users = 1).await;
    let alice = house.register("alice").await;
    drop(alice);
    let bob = house.register("bob").await; // the seat is free the moment she is gone
    let mut late = newcomer(&house).await;
    let key = device_key();
    assert_eq!(full(&late.register("carol", b"carol", &key).await), None, "a newcomer hears it at once");
    // Alice hears it only after she has proved herself, and her device stays.
    let wrong = late.login("alice", b"wrong", Some(new_device(&key))).await;
    let LoginReply::Refused { refusal, .. } = wrong else { panic!("{wrong:?}") };
    assert_eq!(refusal.cause, Cause::WrongNameOrPassword);
    let kept =
        full(&late.login("alice", b"alice", Some(new_device(&key))).await).expect("her device is kept");
    assert_eq!(
        full(&late.device_login(kept.device, &key).await),
        Some(kept),
        "the same connection may try again"
    );
    drop(bob);
    loop {
        match late.device_login(kept.device, &key).await {
            LoginReply::LoggedIn(me) => break assert_eq!(me.account, kept.account),
            LoginReply::Refused { .. } => tokio::task::yield_now().await,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_cut_cable_frees_its_seat() {
    let house = House::with(|settings| {
        settings.max_users = 1;
        settings.times.ping_interval = Duration::from_millis(100);
        settings.times.dead_after = Duration::from_millis(400);
    })
    .await;
    // Her connection stays open and answers nothing, as one does whose cable was cut.
    let mut alice = house.register("alice").await;
    let mut late = newcomer(&house).await;
    let key = device_key();
    assert_eq!(full(&late.register("bob", b"bob", &key).await), None);
    while alice.raw.frame().await.is_some() {}
    while let LoginReply::Refused { refusal, .. } = late.register("bob", b"bob", &key).await {
        assert_eq!(refusal.cause, Cause::ServerFull { max: 1 });
    }
}

#[tokio::test]
async fn of_two_who_race_for_the_last_seat_one_wins() {
    let house = House::with(|settings| settings.max_users = 1).await;
    let (mut first, mut second) = (newcomer(&house).await, newcomer(&house).await);
    let (one, other) = (device_key(), device_key());
    // Both were told that there is a seat, and both finish.
    let started = first.register_start("alice", b"alice").await.unwrap();
    let also_started = second.register_start("bob", b"bob").await.unwrap();
    let (a, b) = tokio::join!(
        first.register_finish(started, b"alice", &one),
        second.register_finish(also_started, b"bob", &other)
    );
    let winners = [&a, &b].into_iter().filter(|reply| matches!(reply, LoginReply::LoggedIn(_))).count();
    assert_eq!(winners, 1, "{a:?} {b:?}");
    // The other has no account: nobody gets an account without a seat.
    let (loser, name) =
        if matches!(a, LoginReply::LoggedIn(_)) { (&mut second, "bob") } else { (&mut first, "alice") };
    let unknown = loser.login(name, name.as_bytes(), None).await;
    let LoginReply::Refused { refusal, .. } = unknown else { panic!("{unknown:?}") };
    assert_eq!(refusal.cause, Cause::WrongNameOrPassword);
}

#[tokio::test]
async fn a_second_device_of_a_seated_account_gets_in() {
    let house = House::with(|settings| settings.max_users = 1).await;
    let mut laptop = house.register("alice").await;
    let mut raw = newcomer(&house).await;
    let key = device_key();
    let LoginReply::LoggedIn(me) = raw.login("alice", b"alice", Some(new_device(&key))).await else {
        panic!("she has a seat already")
    };
    let mut desktop = Person::new(raw, me, key);
    let seq = laptop.say("to myself").await;
    assert_eq!(desktop.hear().await.1, seq);
    // Each has numbers of its own.
    assert_eq!(desktop.say("and back").await.0, seq.0 + 1);
    assert_eq!(laptop.hear().await.2, "and back");
}

#[tokio::test]
async fn a_newer_session_of_a_device_ends_the_older() {
    let house = House::new().await;
    let mut old = house.register("alice").await;
    old.say("from the old one").await;
    let mut raw = newcomer(&house).await;
    let LoginReply::LoggedIn(me) = raw.device_login(old.me.device, &old.key).await else {
        panic!("a known device")
    };
    assert_eq!(me.mark.0, 1);
    assert_eq!(goodbye(&mut old).await, Why::Replaced);
    let mut new = Person::new(raw, me, old.key);
    new.say("from the new one").await;
}

#[tokio::test]
async fn a_device_that_logged_out_is_forgotten() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    assert_eq!(alice.ask(Request::LogOut).await, Ok(Reply::Done));
    assert!(alice.raw.frame().await.is_none());
    let mut raw = newcomer(&house).await;
    let gone = raw.device_login(alice.me.device, &alice.key).await;
    let LoginReply::Refused { refusal, .. } = gone else { panic!("{gone:?}") };
    assert_eq!(refusal.cause, Cause::UnknownDevice);
}

#[tokio::test]
async fn a_sixth_device_is_one_too_many() {
    let house = House::new().await;
    house.register("alice").await;
    for device in 2..=6 {
        let mut raw = newcomer(&house).await;
        let reply = raw.login("alice", b"alice", Some(new_device(&device_key()))).await;
        match reply {
            LoginReply::LoggedIn(_) => assert!(device <= 5),
            LoginReply::TooManyDevices { .. } => assert_eq!(device, 6),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn too_many_tries_wait() {
    let house = House::new().await;
    house.register("alice").await;
    let mut raw = newcomer(&house).await;
    for _ in 0..5 {
        let LoginReply::Refused { refusal, .. } = raw.login("alice", b"wrong", None).await else {
            panic!("wrong")
        };
        assert_eq!(refusal.cause, Cause::WrongNameOrPassword);
    }
    // Also for who would know the password now, and also for another name from here.
    for name in ["alice", "nobody"] {
        let LoginReply::Refused { refusal, .. } = raw.login(name, b"alice", None).await else {
            panic!("wait")
        };
        assert_eq!((refusal.cause, refusal.retry_after), (Cause::TooManyTries, Some(1)));
    }
}

#[tokio::test]
async fn a_closed_server_takes_no_new_accounts() {
    let house = House::with(|settings| settings.registration = Registration::Closed).await;
    let mut raw = newcomer(&house).await;
    let closed = raw.register("alice", b"alice", &device_key()).await;
    let LoginReply::Refused { refusal, .. } = closed else { panic!("{closed:?}") };
    assert_eq!(refusal.cause, Cause::RegistrationClosed);
}

#[tokio::test]
async fn a_stop_says_goodbye_and_loses_nothing() {
    let mut house = House::new().await;
    let mut alice = house.register("alice").await;
    let seq = alice.say("the last word").await;
    house.stop().await;
    assert_eq!(goodbye(&mut alice).await, Why::ShuttingDown);
    let (device, key) = alice.vanish();
    house.restart().await;
    let mut alice = house.come_back(device, key).await;
    alice.write(Target::Room(snug_proto::entry::LOBBY), "back again").await;
    assert!(matches!(alice.push().await, Push::Appended { seq: after, .. } if after.0 == seq.0 + 1));
}
