//! What was overheard is good for nothing: every proof belongs to the connection it was made on, and to one answer.

use aws_lc_rs::signature::Ed25519KeyPair;
use opaque_ke::rand::rngs::OsRng;
use opaque_ke::{ClientLogin, ClientLoginFinishParameters, CredentialResponse, Identifiers};
use snug_proto::Username;
use snug_proto::bounded::Bytes;
use snug_proto::id::DeviceId;
use snug_proto::login::{LoginReply, LoginRequest, device_statement, opaque_context};
use snug_proto::refusal::{Cause, Why};
use snug_proto::talk::Reply;
use snug_proto::version::ALPN_FILE;

use crate::raw::{House, Raw, Suite, device_key, new_device};

/// Both messages of a password login.
struct Overheard {
    ke1: Bytes<96>,
    ke3: Bytes<64>,
}

async fn stranger(house: &House) -> Raw {
    let mut raw = house.dial().await;
    raw.hello().await;
    raw
}

fn alice() -> Username {
    Username::new("alice").unwrap()
}

/// Says a first message; the server's answer to it.
async fn challenge(raw: &mut Raw, ke1: &Bytes<96>) -> Vec<u8> {
    match raw.ask(LoginRequest::LoginStart { name: alice(), ke1: ke1.clone() }).await {
        LoginReply::LoginChallenge { ke2, .. } => ke2.to_vec(),
        other => panic!("{other:?}"),
    }
}

/// Says a second message, which only proves.
async fn finish(raw: &mut Raw, ke3: &Bytes<64>) -> LoginReply {
    raw.ask(LoginRequest::LoginFinish { ke3: ke3.clone(), device: None, replace: None }).await
}

/// alice's login up to what she says last, which is kept back.
async fn about_to_log_in(raw: &mut Raw) -> Overheard {
    let start = ClientLogin::<Suite>::start(&mut OsRng, b"alice").unwrap();
    let ke1 = Bytes::new(start.message.serialize().to_vec()).unwrap();
    let ke2 = CredentialResponse::deserialize(&challenge(raw, &ke1).await).unwrap();
    let context = opaque_context(&alice(), &raw.exporter());
    let parameters = ClientLoginFinishParameters::new(Some(&context), Identifiers::default(), None);
    let finish = start.state.finish(&mut OsRng, b"alice", ke2, parameters).unwrap();
    Overheard { ke1, ke3: Bytes::new(finish.message.serialize().to_vec()).unwrap() }
}

#[track_caller]
fn refused(reply: &LoginReply) -> Cause {
    match reply {
        LoginReply::Refused { refusal, kept: None } => refusal.cause,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn what_was_said_for_a_password_cannot_be_said_again() {
    let house = House::new().await;
    drop(house.register("alice").await);
    let mut raw = stranger(&house).await;
    let heard = about_to_log_in(&mut raw).await;

    // On another connection, behind her own first message: the server draws anew, and the exporter is another one.
    let mut thief = stranger(&house).await;
    challenge(&mut thief, &heard.ke1).await;
    assert_eq!(refused(&finish(&mut thief, &heard.ke3).await), Cause::WrongNameOrPassword);

    // On its own connection it is good, once.
    assert_eq!(finish(&mut raw, &heard.ke3).await, LoginReply::Proven);
    challenge(&mut raw, &heard.ke1).await;
    assert_eq!(refused(&finish(&mut raw, &heard.ke3).await), Cause::WrongNameOrPassword);
    let behind_nothing = finish(&mut raw, &heard.ke3).await;
    assert!(matches!(&behind_nothing, LoginReply::Goodbye(goodbye) if goodbye.why == Why::Malformed));
    assert!(raw.frame().await.is_none());
}

#[tokio::test]
async fn a_login_begun_with_a_password_that_was_changed_meanwhile_adds_no_device() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut raw = stranger(&house).await;
    let begun = about_to_log_in(&mut raw).await;
    assert_eq!(alice.change_password(b"alice", b"better").await, Ok(Reply::Done));
    let device = Some(new_device(&device_key()));
    let late = raw.ask(LoginRequest::LoginFinish { ke3: begun.ke3, device, replace: None }).await;
    assert_eq!(refused(&late), Cause::WrongNameOrPassword);
    assert_eq!(alice.access().await.devices.len(), 1);
}

#[tokio::test]
async fn the_same_first_message_is_never_answered_by_the_same_bytes() {
    let house = House::new().await;
    drop(house.register("alice").await);
    let start = ClientLogin::<Suite>::start(&mut OsRng, b"alice").unwrap();
    let ke1 = Bytes::new(start.message.serialize().to_vec()).unwrap();
    let mut raw = stranger(&house).await;
    let (first, second) = (challenge(&mut raw, &ke1).await, challenge(&mut raw, &ke1).await);
    // What the password's key makes of it, and then only what is drawn for this answer or hidden by that.
    assert_eq!(first[..32], second[..32]);
    assert!(first[32..].chunks(32).zip(second[32..].chunks(32)).all(|(one, other)| one != other));
}

fn signed_on(raw: &Raw, device: DeviceId, key: &Ed25519KeyPair) -> LoginRequest {
    let signature = key.sign(&device_statement(device, &raw.exporter()));
    LoginRequest::DeviceLogin { device, signature: Bytes::new(signature.as_ref()).unwrap() }
}

#[tokio::test]
async fn a_devices_signature_is_good_on_its_own_connection_alone() {
    let house = House::new().await;
    let alice = house.register("alice").await;
    let bob = house.register("bob").await;
    let ((device, key), (others, _)) = (alice.vanish(), bob.vanish());
    let mut raw = stranger(&house).await;
    let signed = signed_on(&raw, device, &key);

    let mut talk = stranger(&house).await;
    let mut file = Raw::dial(house.address, &[ALPN_FILE]).await.unwrap();
    file.hello().await;
    for thief in [&mut talk, &mut file] {
        assert_eq!(refused(&thief.ask(signed.clone()).await), Cause::UnknownDevice);
    }
    // Nor is it another device's, on its own.
    let LoginRequest::DeviceLogin { signature, .. } = signed.clone() else { unreachable!() };
    let taken = LoginRequest::DeviceLogin { device: others, signature };
    assert_eq!(refused(&raw.ask(taken).await), Cause::UnknownDevice);
    let reply = raw.ask(signed.clone()).await;
    assert!(matches!(&reply, LoginReply::LoggedIn(me) if me.device == device), "{reply:?}");
}
