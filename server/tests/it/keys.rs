//! Keys and certificates that change: before a start, and under a running server.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;

use rustix::process::Signal;
use snug_proto::codec::decode_value;
use snug_proto::entry::Kind;
use snug_proto::house::KeyEntry;
use snug_proto::login::LoginReply;
use snug_proto::version::ALPN_TALK;
use snug_proto::{Fingerprint, Invite};
use snug_server::tls;

use crate::process::{GEN_CERTS, Home, PATIENCE, Running, SERVER};
use crate::raw::{Person, Raw, device_key};

/// Runs gen-certs, which must succeed, and gives back what it said.
fn gen_certs(home: &Home, arguments: &[&str]) -> String {
    let output = home.run(GEN_CERTS, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The certificate that a new connection is shown, and its key.
async fn shown(address: SocketAddr) -> (Vec<u8>, Fingerprint) {
    let raw = Raw::dial(address, &[ALPN_TALK]).await.unwrap();
    let certificate = &raw.stream.get_ref().1.peer_certificates().unwrap()[0];
    (certificate.to_vec(), tls::fingerprint(certificate).unwrap())
}

/// Somebody registers; what the server says will follow.
async fn register(address: SocketAddr, name: &str) -> (Raw, Option<Fingerprint>) {
    let mut raw = Raw::dial(address, &[ALPN_TALK]).await.unwrap();
    raw.hello().await;
    match raw.register(name, name.as_bytes(), &device_key()).await {
        LoginReply::LoggedIn(me) => (raw, me.successor.map(Fingerprint)),
        other => panic!("{name} was not let in: {other:?}"),
    }
}

/// The fingerprints of the key in use and its successor, as an operator sees them.
fn words(home: &Home) -> [String; 2] {
    let sheet = gen_certs(home, &["--show"]);
    let lines: Vec<_> = sheet.lines().map(str::trim).collect();
    [lines[2].to_owned(), lines[5].to_owned()]
}

/// What the server wrote into its log, once these words are in it: new connections pass the time.
async fn logged(home: &Home, running: &Running, words: &str) -> String {
    let waited = async {
        loop {
            let log = fs::read_to_string(home.log()).unwrap();
            if log.contains(words) {
                return log;
            }
            shown(running.address).await;
        }
    };
    tokio::time::timeout(PATIENCE, waited).await.expect("the server says it")
}

#[tokio::test]
async fn rotation_says_who_has_not_heard_and_the_next_start_shows_the_successor() {
    let home = Home::new();
    let running = home.serve();
    let (_alice, successor) = register(running.address, "alice").await;
    running.signal(Signal::TERM);
    running.wait();
    assert!(gen_certs(&home, &["--show"]).contains("Every device has heard"));
    let [in_use, next] = words(&home);
    assert_eq!(successor.unwrap().to_string(), next);

    let said = gen_certs(&home, &["--rotate"]);
    assert!(said.contains("Every device has heard") && said.contains("SIGHUP"), "{said}");
    let [rotated, after_next] = words(&home);
    assert!(rotated == next && after_next != next && after_next != in_use);

    // No server has said what comes after: a second rotation would stop everybody, and is not done by mistake.
    let refused = home.run(GEN_CERTS, &["--rotate"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("--anyway"));
    assert_eq!(words(&home), [rotated, after_next.clone()]);

    // Somebody new hears of it, alice does not.
    let running = home.serve();
    assert_eq!(shown(running.address).await.1.to_string(), next);
    let (_bob, successor) = register(running.address, "bob").await;
    assert_eq!(successor.unwrap().to_string(), after_next);
    running.signal(Signal::TERM);
    running.wait();
    let said = gen_certs(&home, &["--rotate"]);
    assert!(said.contains("alice (Test)") && !said.contains("bob"), "{said}");
    assert_eq!(words(&home)[0], after_next);
    gen_certs(&home, &["--rotate", "--anyway"]);
    let [in_use, next] = words(&home);
    assert_ne!(in_use, after_next);

    // Whoever must rotate at once is not held up by a database that cannot be read.
    fs::write(home.path().join("data/snug.db"), "This is no database.").unwrap();
    assert_eq!(home.run(GEN_CERTS, &["--rotate"]).status.code(), Some(1));
    assert!(gen_certs(&home, &["--rotate", "--anyway"]).contains("Nobody can say"));
    assert!(String::from_utf8(home.run(GEN_CERTS, &["--show"]).stdout).unwrap().contains(&next));
}

#[tokio::test]
async fn a_running_server_takes_what_was_renewed_and_rotated_and_keeps_what_it_has_over_what_is_bad() {
    let home = Home::new();
    let running = home.serve_logging(&[]);
    let (certificate, key) = shown(running.address).await;
    let (mut alice, _) = register(running.address, "alice").await;

    // New names, the same key: new connections see it.
    gen_certs(&home, &["--renew"]);
    running.signal(Signal::HUP);
    logged(&home, &running, "were read again").await;
    let (renewed, same) = shown(running.address).await;
    assert!(renewed != certificate && same == key);

    // A certificate that belongs to another key.
    let good = fs::read(home.path().join("certs/server.crt")).unwrap();
    fs::copy(home.path().join("certs/successor.crt"), home.path().join("certs/server.crt")).unwrap();
    running.signal(Signal::HUP);
    let log = logged(&home, &running, "stay as they were").await;
    assert!(log.contains("was not made for the key in"), "{log}");
    assert_eq!(shown(running.address).await, (renewed, key));
    fs::write(home.path().join("certs/server.crt"), good).unwrap();

    // Another key: whoever is here is asked to come back, since only a login tells what follows.
    let [_, next] = words(&home);
    gen_certs(&home, &["--rotate"]);
    let [_, after_next] = words(&home);
    running.signal(Signal::HUP);
    while alice.frame().await.is_some() {}
    assert_eq!(shown(running.address).await.1.to_string(), next);
    assert_eq!(register(running.address, "bob").await.1.unwrap().to_string(), after_next);
}

#[tokio::test]
async fn a_rotation_names_the_open_links_and_others_take_their_place() {
    let home = Home::new();
    let running = home.serve_logging(&[]);
    let (_alice, _) = register(running.address, "alice").await;
    let run = |arguments: &[&str]| {
        let output = home.run(SERVER, arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let links =
        |said: &str| -> Vec<Invite> { said.lines().filter_map(|line| Invite::parse(line).ok()).collect() };
    let many = links(&run(&["invite", "--uses", "9", "--expires", "3d"])).remove(0);
    let reset = links(&run(&["reset", "alice"])).remove(0);
    let name = |invite: &Invite| invite.code.as_ref().unwrap().name().to_string();

    let said = gen_certs(&home, &["--rotate"]);
    for words in [name(&many), name(&reset), "9 left, for 3 days".into(), "reset for alice".into()] {
        assert!(said.contains(&words), "{words}: {said}");
    }
    assert!(!said.contains("owner"), "the next start prints another one: {said}");
    running.signal(Signal::HUP);
    logged(&home, &running, "were read again").await;

    let anew = run(&["invites", "--anew", "--address", "chat.example"]);
    let [_, key] = [many.fingerprint, shown(running.address).await.1];
    let [new_many, new_reset]: [Invite; 2] = links(&anew).try_into().unwrap();
    for (new, old) in [(&new_many, &many), (&new_reset, &reset)] {
        assert_eq!((new.fingerprint, new.address.to_string().as_str()), (key, "chat.example:5556"));
        assert!(new.fingerprint != old.fingerprint && new.code != old.code);
        assert!(anew.contains(&name(old)), "{anew}");
    }
    let listed = run(&["invites"]);
    assert!(!listed.contains(&name(&many)) && listed.contains(&name(&new_many)), "{listed}");
    assert!(listed.contains("9 left, for 3 days"), "{listed}");
    assert_eq!(listed.matches("reset for alice").count(), 1, "{listed}");
}

#[test]
fn check_warns_of_what_should_not_stay() {
    let home = Home::new();
    gen_certs(&home, &[]);
    let check = || String::from_utf8(home.run(SERVER, &["check"]).stdout).unwrap();
    let key = home.path().join("certs/server.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    fs::create_dir(home.path().join("certs/.new")).unwrap();
    let said = check();
    for words in ["successor.key still lies beside", "Others on this machine can read", "was interrupted"] {
        assert!(said.contains(words), "{said}");
    }
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    fs::remove_dir(home.path().join("certs/.new")).unwrap();
    for name in ["successor.key", "successor.crt", "successor.fingerprint"] {
        fs::remove_file(home.path().join("certs").join(name)).unwrap();
    }
    let said = check();
    assert_eq!(said.matches("Warning").count(), 1, "{said}");
    assert!(said.contains("No key is named to follow"), "{said}");
}

#[tokio::test]
async fn another_key_is_an_entry_in_the_house_at_a_start_and_under_a_running_server() {
    let home = Home::new();
    let running = home.serve();
    let mut alice = Person::register(running.address, "alice").await;
    assert!(alice.acts(Kind::KEY).await.is_empty(), "the first one is nobody's news");
    let (device, key) = alice.vanish();
    running.signal(Signal::TERM);
    running.wait();

    gen_certs(&home, &["--rotate"]);
    let running = home.serve_logging(&[]);
    let mut told = vec![words(&home)[0].clone()];
    let alice = Person::come_back(running.address, device, key).await;
    gen_certs(&home, &["--rotate", "--anyway"]);
    told.push(words(&home)[0].clone());
    running.signal(Signal::HUP);
    logged(&home, &running, "were read again").await;
    let (device, key) = alice.vanish();
    let mut alice = Person::come_back(running.address, device, key).await;
    let entries = alice.acts(Kind::KEY).await;
    let keys = entries.iter().map(|entry| decode_value::<KeyEntry>(&entry.body).unwrap().fingerprint);
    assert_eq!(keys.map(|key| Fingerprint(key).to_string()).collect::<Vec<_>>(), told);
    running.signal(Signal::HUP);
    running.signal(Signal::TERM);
    running.wait();
    let running = home.serve();
    let (device, key) = alice.vanish();
    let mut alice = Person::come_back(running.address, device, key).await;
    assert_eq!(alice.acts(Kind::KEY).await.len(), 2, "the same key again is none");
}
