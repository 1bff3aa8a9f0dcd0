//! What the log tells, and what it never does.

use rustix::process::Signal;
use snug_proto::entry::LOBBY;
use snug_proto::login::LoginReply;
use snug_proto::talk::{Push, Target};
use snug_proto::version::ALPN_TALK;

use crate::process::Home;
use crate::raw::{Person, Raw, device_key};

const NAME: &str = "rumpelstilzchen";
const PASSWORD: &str = "correct-horse-battery";
const TEXT: &str = "wie gut dass niemand weiss";

/// Somebody registers, writes, and is cut off in the middle of nonsense; gives back what the log says.
async fn a_day(variables: &[(&str, &str)]) -> String {
    let home = Home::new();
    let running = home.serve_logging(variables);
    let mut raw = Raw::dial(running.address, &[ALPN_TALK]).await.unwrap();
    raw.hello().await;
    let key = device_key();
    let LoginReply::LoggedIn(me) = raw.register(NAME, PASSWORD.as_bytes(), &key).await else {
        panic!("not let in");
    };
    let mut person = Person::new(raw, me, key);
    person.say(TEXT).await;
    person.write(Target::Room(LOBBY), TEXT).await;
    person.raw.write(&[0xff; 8]).await.unwrap();
    while !matches!(person.push().await, Push::Goodbye(_)) {}
    drop(person);
    let mut wrong = Raw::dial(running.address, &[ALPN_TALK]).await.unwrap();
    wrong.hello().await;
    wrong.login(NAME, b"wrong", None).await;
    drop(wrong);
    running.signal(Signal::TERM);
    assert!(tokio::task::spawn_blocking(|| running.wait()).await.unwrap().0.success());
    std::fs::read_to_string(home.log()).unwrap()
}

#[tokio::test]
async fn no_name_no_text_no_password_and_no_address_however_much_is_logged() {
    let log = a_day(&[("SNUG_LOG__LEVEL", "trace")]).await;
    assert!(log.contains("a connection ended"), "{log}");
    for secret in [NAME, PASSWORD, TEXT, "127.0.0.1"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[tokio::test]
async fn addresses_only_for_who_asks_for_them() {
    let log = a_day(&[("SNUG_LOG__ADDRESSES", "true")]).await;
    assert!(log.contains("from=127.0.0.1"), "{log}");
    assert!(!log.contains(NAME) && !log.contains(TEXT));
}

#[tokio::test]
async fn one_object_a_line_for_programs_and_nothing_for_who_wants_nothing() {
    let log = a_day(&[("SNUG_LOG__FORMAT", "json")]).await;
    assert!(log.lines().count() > 2);
    for line in log.lines() {
        assert!(line.starts_with('{') && line.ends_with('}') && line.contains("\"level\":"), "{line}");
    }
    assert_eq!(a_day(&[("SNUG_LOG__LEVEL", "off")]).await, "");
}
