//! Another password.

use std::time::Duration;

use snug_proto::bounded::Bytes;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Push, Reply, Request};

use crate::raw::House;

#[tokio::test]
async fn another_password_is_set_and_the_other_devices_are_told() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut phone = house.another_device("alice").await;
    alice.until_access_changed().await;
    let before = alice.access().await.password_set;
    assert_eq!(alice.change_password(b"alice", b"better").await, Ok(Reply::Done));
    phone.until_access_changed().await;
    assert!(phone.access().await.password_set >= before);
    // Whoever did it knows, and both stay.
    assert!(!alice.told().await.contains(&Push::AccessChanged));
    alice.say("still here").await;
    assert!(house.knows("alice", b"better").await);
    assert!(!house.knows("alice", b"alice").await);
    assert_eq!(phone.change_password(b"better", b"best").await, Ok(Reply::Done));
    assert!(house.knows("alice", b"best").await);
}

#[tokio::test]
async fn a_wrong_password_changes_nothing_and_costs_a_try() {
    let house = House::with(|settings| settings.limits.login_tries_per_hour = 3).await;
    let mut alice = house.register("alice").await;
    for _ in 0..3 {
        assert_eq!(alice.change_password(b"guess", b"mine").await, Err(Cause::WrongPassword));
    }
    let refused = alice.proof_of(b"alice").await.unwrap_err();
    assert_eq!(refused.cause, Cause::TooManyTries);
    assert!(refused.retry_after.is_some());
    // Tries at the door are the same tries.
    let mut raw = house.dial().await;
    raw.hello().await;
    let reply = raw.login("alice", b"alice", None).await;
    assert!(format!("{reply:?}").contains("TooManyTries"), "{reply:?}");
    // Nobody is locked out of a device that is known.
    let (device, key) = alice.vanish();
    house.come_back(device, key).await.say("my own").await;
}

#[tokio::test]
async fn who_knows_the_password_never_waits() {
    let house = House::with(|settings| settings.limits.login_tries_free = 1).await;
    let mut alice = house.register("alice").await;
    for _ in 0..4 {
        assert_eq!(alice.change_password(b"alice", b"alice").await, Ok(Reply::Done));
    }
}

#[tokio::test]
async fn a_proof_serves_once_and_on_its_own_connection() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut phone = house.another_device("alice").await;
    // Nothing was started.
    let (nothing, upload) = (Bytes::new([7; 64]).unwrap(), alice.record_of(b"new").await);
    assert_eq!(alice.set_password(nothing.clone(), upload.clone()).await, Err(Cause::NotAllowed));
    let proof = alice.proof_of(b"alice").await.unwrap();
    assert_eq!(alice.set_password(proof.clone(), upload.clone()).await, Err(Cause::NotAllowed), "used up");
    let upload = alice.record_of(b"new").await;
    assert_eq!(alice.set_password(proof.clone(), upload).await, Ok(Reply::Done));
    let upload = alice.record_of(b"newer").await;
    assert_eq!(alice.set_password(proof, upload).await, Err(Cause::NotAllowed), "a proof is used once");
    // What was proved elsewhere proves nothing here.
    let elsewhere = phone.proof_of(b"new").await.unwrap();
    let _own = alice.proof_of(b"new").await.unwrap();
    let upload = alice.record_of(b"newer").await;
    assert_eq!(alice.set_password(elsewhere, upload).await, Err(Cause::WrongPassword));
    assert!(house.knows("alice", b"new").await);
}

#[tokio::test]
async fn a_password_that_was_set_meanwhile_was_not_proved() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut phone = house.another_device("alice").await;
    let (proof, upload) = (phone.proof_of(b"alice").await.unwrap(), phone.record_of(b"phone").await);
    assert_eq!(alice.change_password(b"alice", b"desk").await, Ok(Reply::Done));
    assert_eq!(phone.set_password(proof, upload).await, Err(Cause::WrongPassword));
    assert!(house.knows("alice", b"desk").await);
}

#[tokio::test]
async fn what_is_no_message_of_opaque_is_refused_and_the_session_goes_on() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let ke1 = Bytes::new([0; 5]).unwrap();
    assert_eq!(alice.ask(Request::ProofStart { ke1 }).await.unwrap_err().cause, Cause::Malformed);
    let request = Bytes::new([0xff; 32]).unwrap();
    assert_eq!(alice.ask(Request::PasswordStart { request }).await.unwrap_err().cause, Cause::Malformed);
    let (proof, _) = (alice.proof_of(b"alice").await.unwrap(), alice.record_of(b"new").await);
    assert_eq!(alice.set_password(proof, Bytes::new([0xff; 192]).unwrap()).await, Err(Cause::Malformed));
    alice.say("here").await;
}

#[tokio::test]
async fn an_administrators_code_is_taken_back_and_those_written_down_stay() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    assert!(matches!(alice.ask(Request::RecoveryCodes).await, Ok(Reply::RecoveryCodes(_))));
    let database = rusqlite::Connection::open(house.settings.data.join("snug.db")).unwrap();
    database.busy_timeout(Duration::from_secs(5)).unwrap();
    // One of them as an administrator would have made it.
    let made = "UPDATE codes SET purpose = 2 WHERE name = (SELECT min(name) FROM codes)";
    assert_eq!(database.execute(made, []).unwrap(), 1);
    assert_eq!(alice.change_password(b"alice", b"better").await, Ok(Reply::Done));
    let open = |purpose: u8| -> u32 {
        let count = "SELECT count(*) FROM codes WHERE purpose = ?1 AND revoked IS NULL";
        database.query_row(count, [purpose], |row| row.get(0)).unwrap()
    };
    assert_eq!((open(2), open(3)), (0, 3));
}
