//! Who does not know a password learns nothing from being refused: not even whether there is such an account.

use opaque_ke::ClientLogin;
use opaque_ke::rand::rngs::OsRng;
use snug_proto::Username;
use snug_proto::bounded::Bytes;
use snug_proto::codec::decode_frame;
use snug_proto::hello::Registration;
use snug_proto::login::{LoginReply, LoginRequest, Stretch};
use snug_proto::refusal::Cause;
use snug_proto::talk::Reply;

use crate::raw::{House, Raw, Suite, device_key, new_device};

/// A server that counts no tries, so that there can be many.
async fn house() -> House {
    House::with(|settings| {
        settings.limits.login_tries_free = 1000;
        settings.limits.login_tries_per_hour = 1000;
    })
    .await
}

async fn stranger(house: &House) -> Raw {
    let mut raw = house.dial().await;
    raw.hello().await;
    raw
}

async fn bytes_for(raw: &mut Raw, request: LoginRequest) -> Vec<u8> {
    raw.say(&request).await;
    raw.frame().await.expect("an answer")
}

fn first_message() -> Bytes<96> {
    let start = ClientLogin::<Suite>::start(&mut OsRng, b"a guess").unwrap();
    Bytes::new(start.message.serialize().to_vec()).unwrap()
}

/// The bytes that a guess gets, at its start and at its end.
async fn guess(raw: &mut Raw, name: &str, device: bool) -> [Vec<u8>; 2] {
    let name = Username::new(name).unwrap();
    let started = bytes_for(raw, LoginRequest::LoginStart { name, ke1: first_message() }).await;
    let device = device.then(|| new_device(&device_key()));
    let finish = LoginRequest::LoginFinish { ke3: Bytes::new([7; 64]).unwrap(), device, replace: None };
    [started, bytes_for(raw, finish).await]
}

fn challenge(frame: &[u8]) -> (Vec<u8>, Stretch) {
    match decode_frame(frame) {
        Ok(LoginReply::LoginChallenge { ke2, stretch }) => (ke2.to_vec(), stretch),
        other => panic!("{other:?}"),
    }
}

/// Half of a text's bits are set if nobody knows anything about it.
fn looks_random(bytes: &[u8]) -> bool {
    let (set, all) = (bytes.iter().map(|byte| byte.count_ones()).sum::<u32>(), 8 * bytes.len() as u32);
    (all * 2 / 5..=all * 3 / 5).contains(&set)
}

#[tokio::test]
async fn a_name_that_nobody_has_gets_the_same_answers_as_one_that_is_guessed_wrong() {
    let house = house().await;
    drop(house.register("alice").await);
    let mut raw = stranger(&house).await;
    for device in [false, true] {
        let [known, refused] = guess(&mut raw, "alice", device).await;
        let [nobodys, refused_too] = guess(&mut raw, "mallory", device).await;
        assert_eq!(known.len(), nobodys.len());
        assert_eq!(challenge(&known).1, challenge(&nobodys).1, "nor by how a password is stretched");
        assert!(looks_random(&challenge(&known).0) && looks_random(&challenge(&nobodys).0));
        assert_eq!(refused, refused_too, "byte by byte");
    }
}

#[tokio::test]
async fn a_name_that_nobody_has_keeps_its_key_as_one_that_somebody_has() {
    let mut house = house().await;
    drop(house.register("alice").await);
    let ke1 = first_message();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut raw = stranger(&house).await;
        // As they are written otherwise, and another name.
        for name in ["alice", "ALICE", "mallory", "MALLORY", "nobody"] {
            let name = Username::new(name).unwrap();
            let answer = bytes_for(&mut raw, LoginRequest::LoginStart { name, ke1: ke1.clone() }).await;
            seen.push(challenge(&answer).0);
        }
        drop(raw);
        house.restart().await;
    }
    let evaluated: Vec<_> = seen.iter().map(|ke2| &ke2[..32]).collect();
    let [alice, alike, mallory, mallory_alike, nobody] = evaluated[..5] else { unreachable!() };
    assert_eq!((alice, mallory), (alike, mallory_alike));
    assert!(alice != mallory && mallory != nobody && nobody != alice);
    assert_eq!(evaluated[..5], evaluated[5..], "also after a restart");
    // All that follows is drawn anew for each, or hidden by what is.
    let drawn: Vec<_> = seen.iter().flat_map(|ke2| ke2[32..].chunks(32)).collect();
    let unique: std::collections::BTreeSet<_> = drawn.iter().collect();
    assert_eq!(unique.len(), drawn.len());
}

#[tokio::test]
async fn whoever_may_not_register_learns_no_names() {
    for registration in [Registration::Invite, Registration::Closed] {
        let mut house = House::new().await;
        drop(house.register("alice").await);
        house.stop().await;
        house.settings.registration = registration;
        house.start().await;
        let mut raw = stranger(&house).await;
        let [taken, free] = ["alice", "mallory"].map(|name| Username::new(name).unwrap());
        let request = Bytes::new([1; 32]).unwrap();
        let ask = |name| LoginRequest::RegisterStart { name, request: request.clone() };
        let taken = bytes_for(&mut raw, ask(taken)).await;
        assert_eq!(taken, bytes_for(&mut raw, ask(free)).await);
        let Ok(LoginReply::Refused { refusal, .. }) = decode_frame(&taken) else { panic!("refused") };
        assert!(matches!(refusal.cause, Cause::InviteNeeded | Cause::RegistrationClosed));
    }
}

#[tokio::test]
async fn a_device_that_nobody_has_is_refused_as_one_whose_key_is_not_known() {
    let house = house().await;
    let (device, _) = house.register("alice").await.vanish();
    let mut raw = stranger(&house).await;
    let signature = Bytes::new([7; 64]).unwrap();
    let mut answers = Vec::new();
    for device in [device, snug_proto::id::DeviceId(device.0 ^ 1)] {
        let login = LoginRequest::DeviceLogin { device, signature: signature.clone() };
        answers.push(bytes_for(&mut raw, login).await);
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn a_name_whose_account_was_deleted_is_one_that_nobody_has() {
    let house = house().await;
    drop(house.register("alice").await);
    let mut raw = stranger(&house).await;
    let [_, before] = guess(&mut raw, "bob", false).await;
    let mut bob = house.register("bob").await;
    assert_eq!(bob.delete(b"bob", false).await, Ok(Reply::Done));
    let [known, _] = guess(&mut raw, "alice", false).await;
    let [gone, refused] = guess(&mut raw, "bob", false).await;
    assert_eq!((gone.len(), challenge(&gone).1), (known.len(), challenge(&known).1));
    assert_eq!(refused, before);
}
