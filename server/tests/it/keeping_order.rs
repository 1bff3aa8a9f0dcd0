//! What an administrator does about people by subcommand, with the real programs: while the server runs, and while it
//! stands. Each act is an entry that everybody reads.

use std::net::SocketAddr;

use aws_lc_rs::signature::Ed25519KeyPair;
use rustix::process::Signal;
use snug_proto::codec::decode_value;
use snug_proto::entry::{Kind, RoleSet};
use snug_proto::hello::{HelloAnswer, Registration, Welcome};
use snug_proto::house::{BanEntry, BanKind, Concerned, SettingEntry};
use snug_proto::id::DeviceId;
use snug_proto::login::LoginReply;
use snug_proto::refusal::{Cause, Why};
use snug_proto::talk::{Down, Push, Role};
use snug_proto::version::ALPN_TALK;

use crate::orders::{refused, said};
use crate::process::{Home, Running, SERVER};
use crate::raw::{Person, Raw, device_key};

impl Home {
    /// What a subcommand says that succeeds.
    fn order(&self, arguments: &[&str]) -> String {
        said(&self.run(SERVER, arguments))
    }

    /// Why a subcommand is refused.
    fn refuses(&self, arguments: &[&str]) -> String {
        refused(&self.run(SERVER, arguments))
    }

    /// What a subcommand says to programs.
    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let said = self.order(&[arguments, &["--json"]].concat());
        assert_eq!(said.trim_end().lines().count(), 1, "one line: {said}");
        serde_json::from_str(&said).unwrap()
    }
}

fn stop(running: Running) {
    running.signal(Signal::TERM);
    assert!(running.wait().0.success());
}

/// Why a session ends.
async fn goodbye(person: &mut Person) -> Why {
    loop {
        if let Down::Push(Push::Goodbye(goodbye)) = person.next().await {
            return goodbye.why;
        }
    }
}

async fn stranger(address: SocketAddr) -> Raw {
    let mut raw = Raw::dial(address, &[ALPN_TALK]).await.unwrap();
    raw.hello().await;
    raw
}

async fn welcome(address: SocketAddr) -> Welcome {
    match Raw::dial(address, &[ALPN_TALK]).await.unwrap().hello().await {
        HelloAnswer::Welcome { welcome, .. } => welcome,
        other => panic!("no welcome: {other:?}"),
    }
}

/// Why a device is not let in.
async fn kept_out(address: SocketAddr, device: DeviceId, key: &Ed25519KeyPair) -> Cause {
    match stranger(address).await.device_login(device, key).await {
        LoginReply::Refused { refusal, .. } => refusal.cause,
        other => panic!("let in: {other:?}"),
    }
}

#[tokio::test]
async fn people_are_listed_and_get_roles_while_the_server_runs_and_while_it_stands() {
    let home = Home::new();
    let running = home.serve();
    let mut alice = Person::register(running.address, "alice").await;
    let bob = Person::register(running.address, "bob").await;
    let listed = home.order(&["people"]);
    assert_eq!(
        listed,
        "alice  member  here now  1 device  0 bytes of files\nbob    member  here now  1 device  0 bytes of files\n"
    );
    assert_eq!(home.order(&["promote", "alice", "owner"]), "Done.\n");
    assert!(home.refuses(&["promote", "alice", "member"]).contains("alice is the last owner of this server"));
    assert!(home.refuses(&["promote", "alice", "king"]).contains("member, moderator or owner"));
    assert!(home.refuses(&["promote", "nobody", "owner"]).contains("`snug-server people` lists everybody"));
    let roles = alice.acts(Kind::ROLE).await;
    let role: RoleSet = decode_value(&roles[0].body).unwrap();
    assert_eq!((roles.len(), role.account, Role::of_code(role.role)), (1, alice.me.account, Role::Owner));

    let (device, key) = alice.vanish();
    drop(bob);
    stop(running);
    assert_eq!(home.order(&["promote", "bob", "moderator"]), "Done.\n");
    let people = home.json(&["people"])["people"].as_array().unwrap().clone();
    let told: Vec<_> =
        people.iter().map(|person| (&person["name"], &person["role"], &person["online"])).collect();
    assert_eq!(
        told,
        [
            (&"alice".into(), &"owner".into(), &false.into()),
            (&"bob".into(), &"moderator".into(), &false.into())
        ]
    );
    assert!(people[0]["seen"].as_u64().unwrap() < 7200, "to the hour");
    let running = home.serve();
    let mut alice = Person::come_back(running.address, device, key).await;
    assert_eq!(alice.acts(Kind::ROLE).await.len(), 2);
}

#[tokio::test]
async fn storage_is_told_while_the_server_runs_and_while_it_stands() {
    let home = Home::new();
    let running = home.serve();
    let _alice = Person::register(running.address, "alice").await;
    let told = home.order(&["storage"]);
    for line in ["  accounts      1\n", "  seats         1 of 10 taken\n", "  files         0 bytes\n"] {
        assert!(told.contains(line), "{told}");
    }
    assert!(told.contains("  database      ") && told.contains("iB free\n"), "{told}");
    stop(running);
    let told = home.json(&["storage"]);
    assert_eq!((&told["accounts"], &told["seats"], &told["max_users"]), (&1.into(), &0.into(), &10.into()));
    assert!(told["database"].as_u64().unwrap() > 4096 && told["disk_free"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn who_is_kicked_hears_it_and_of_a_standing_server_nobody_can_be() {
    let home = Home::new();
    let running = home.serve();
    let mut alice = Person::register(running.address, "alice").await;
    let mut bob = Person::register(running.address, "bob").await;
    assert_eq!(home.json(&["kick", "bob"])["answer"], "done");
    assert_eq!(goodbye(&mut bob).await, Why::Kicked);
    let kicked = alice.acts(Kind::KICKED).await;
    let whom: Concerned = decode_value(&kicked[0].body).unwrap();
    assert_eq!((kicked.len(), whom.account), (1, bob.me.account));
    let (device, key) = bob.vanish();
    drop(Person::come_back(running.address, device, key).await);
    stop(running);
    assert!(home.refuses(&["kick", "bob"]).contains("The server does not run, so nobody is here"));
}

#[tokio::test]
async fn an_account_is_banned_for_a_while_and_let_in_again() {
    let home = Home::new();
    let mut running = home.serve();
    let mut alice = Person::register(running.address, "alice").await;
    let mut bob = Person::register(running.address, "bob").await;
    let bobs = bob.me.account;
    assert_eq!(home.order(&["ban", "bob", "--for", "7d"]), "Done.\n");
    assert_eq!(goodbye(&mut bob).await, Why::Banned);
    let (device, key) = bob.vanish();
    assert_eq!(kept_out(running.address, device, &key).await, Cause::Banned);
    assert_eq!(home.order(&["bans"]), "1  account  bob  for 7 days  by the administrator\n");
    assert!(home.order(&["people"]).contains("0 bytes of files  banned\n"));
    let banned = alice.acts(Kind::BANNED).await;
    let ban: BanEntry = decode_value(&banned[0].body).unwrap();
    assert_eq!((banned.len(), ban.kind, ban.account), (1, BanKind::ACCOUNT, bobs));

    assert_eq!(home.order(&["unban", "1"]), "Done.\n");
    assert!(home.refuses(&["unban", "1"]).contains("`snug-server bans` lists them"));
    assert_eq!(home.order(&["bans"]), "Nobody is banned.\n");
    drop(Person::come_back(running.address, device, key).await);

    // The same while it stands.
    let (alices, alices_key) = alice.vanish();
    stop(running);
    assert_eq!(home.order(&["ban", "bob"]), "Done.\n");
    let ban = home.json(&["bans"])["bans"][0].clone();
    assert_eq!((&ban["account"], &ban["life"], &ban["by"]), (&"bob".into(), &().into(), &().into()));
    running = home.serve();
    let wrong = stranger(running.address).await.login("bob", b"wrong", None).await;
    assert!(
        matches!(wrong, LoginReply::Refused { refusal, .. } if refusal.cause == Cause::WrongNameOrPassword)
    );
    let right = stranger(running.address).await.login("bob", b"bob", None).await;
    assert!(matches!(right, LoginReply::Refused { refusal, .. } if refusal.cause == Cause::Banned));
    stop(running);
    assert_eq!(home.order(&["unban", &ban["ban"].to_string()]), "Done.\n");
    running = home.serve();
    let mut alice = Person::come_back(running.address, alices, alices_key).await;
    assert_eq!(alice.acts(Kind::BANNED).await.len(), 2);
    assert_eq!(alice.acts(Kind::UNBANNED).await.len(), 2);
    let right = stranger(running.address).await.login("bob", b"bob", None).await;
    assert!(matches!(right, LoginReply::Proven));
}

#[tokio::test]
async fn one_device_is_banned_and_its_person_comes_with_another() {
    let home = Home::new();
    let running = home.serve();
    let bob = Person::register(running.address, "bob").await;
    let device = home.json(&["devices", "bob"])["devices"][0].clone();
    assert_eq!((&device["system"], &device["online"]), (&"Test".into(), &true.into()));
    let id = device["device"].as_str().unwrap();
    assert_eq!(home.order(&["devices", "bob"]), format!("{id}  Test  here now\n"));
    for wrong in ["7", "my telephone"] {
        assert!(
            home.refuses(&["ban", "bob", "--device", wrong]).contains("`snug-server devices bob` lists them")
        );
    }
    assert_eq!(home.order(&["ban", "bob", "--device", id]), "Done.\n");
    let (device, key) = bob.vanish();
    kept_out(running.address, device, &key).await;
    assert_eq!(home.order(&["devices", "bob"]), "There are no devices.\n");
    let again =
        stranger(running.address).await.login("bob", b"bob", Some(crate::raw::new_device(&key))).await;
    assert!(matches!(again, LoginReply::Refused { refusal, .. } if refusal.cause == Cause::Banned));
    let other = crate::raw::new_device(&device_key());
    let other = stranger(running.address).await.login("bob", b"bob", Some(other)).await;
    assert!(matches!(other, LoginReply::LoggedIn(_)), "{other:?}");
}

#[tokio::test]
async fn a_network_is_banned_by_who_is_there_or_by_an_address() {
    let home = Home::new();
    let running = home.serve();
    let mut alice = Person::register(running.address, "alice").await;
    let (device, key) = Person::register(running.address, "bob").await.vanish();
    assert_eq!(home.order(&["ban", "--address", "203.0.113.7", "--for", "12h"]), "Done.\n");
    assert!(
        home.refuses(&["ban", "--address", "next door"]).contains("203.0.113.7"),
        "it says what one looks like"
    );
    assert!(home.refuses(&["ban", "nobody", "--network"]).contains("There is no such person"));
    assert_eq!(home.order(&["ban", "alice", "--network"]), "Done.\n");
    let listed = home.order(&["bans"]);
    assert!(listed.contains("203.0.113.7") && listed.contains("for 12 hours"), "{listed}");
    assert!(listed.contains("127.0.0.1 (of alice)") && listed.contains("for good"), "{listed}");
    for entry in alice.acts(Kind::BANNED).await {
        let ban: BanEntry = decode_value(&entry.body).unwrap();
        assert_eq!(ban.kind, BanKind::SOURCE);
        assert!(!String::from_utf8_lossy(&entry.body).contains("0."), "all members read it");
    }
    let new = stranger(running.address).await.register("carol", b"carol", &device_key()).await;
    assert!(matches!(new, LoginReply::Refused { refusal, .. } if refusal.cause == Cause::SourceBanned));
    drop(Person::come_back(running.address, device, key).await);
    stop(running);
    assert!(home.refuses(&["ban", "bob", "--network"]).contains("Name it with --address"));
    assert_eq!(home.order(&["ban", "--address", "2001:db8::7"]), "Done.\n");
    assert!(home.order(&["bans"]).contains("2001:db8::"));
}

#[tokio::test]
async fn settings_are_listed_set_and_taken_back_while_the_server_runs_and_while_it_stands() {
    let home = Home::new();
    let running = home.serve();
    let mut alice = Person::register(running.address, "alice").await;
    let listed = home.order(&["setting"]);
    assert_eq!(listed, "  name          Snug\n  registration  open\n  max_users     10\n");
    for (arguments, words) in [
        (&["setting", "port", "7"][..], "one of: name, registration, max_users"),
        (&["setting", "max_users", "none"], "is not a whole number"),
        (&["setting", "max_users", "0"], "a number from 1"),
        (&["setting", "registration", "friends"], "\"open\", \"invite\" or \"closed\""),
    ] {
        assert!(home.refuses(arguments).contains(words), "{arguments:?}");
    }
    assert_eq!(home.order(&["setting", "name", "The Smiths"]), "Done.\n");
    assert_eq!(welcome(running.address).await.name.as_str(), "The Smiths");
    assert_eq!(home.order(&["setting", "max_users", "1"]), "Done.\n");
    let full = stranger(running.address).await.register("bob", b"bob", &device_key()).await;
    assert!(
        matches!(full, LoginReply::Refused { refusal, .. } if refusal.cause == Cause::ServerFull { max: 1 })
    );
    assert_eq!(home.order(&["setting", "registration", "closed"]), "Done.\n");
    assert_eq!(welcome(running.address).await.registration, Registration::Closed);
    assert!(home.refuses(&["invite"]).contains("`snug-server setting registration invite`"));
    let set = alice.acts(Kind::SETTING).await;
    let set: Vec<SettingEntry> = set.iter().map(|entry| decode_value(&entry.body).unwrap()).collect();
    let told: Vec<_> =
        set.iter().map(|set| (set.name.as_str(), set.value.as_str(), set.configured)).collect();
    let differs =
        [("name", "The Smiths", false), ("max_users", "1", false), ("registration", "closed", false)];
    assert_eq!(told, differs);

    // A start, `check` and the list name each value that is not the configuration's.
    let (device, key) = alice.vanish();
    stop(running);
    let line = "  name          The Smiths\n                The configuration says Snug; `snug-server setting name --reset` \
                goes back to it.\n";
    assert!(home.order(&["check"]).contains(line));
    assert!(home.order(&["setting", "name"]) == line);
    assert_eq!(home.order(&["setting", "name", "--reset"]), "Done.\n");
    let json = home.json(&["setting"])["settings"].clone();
    assert_eq!(json[0], serde_json::json!({"name": "name", "value": "Snug", "configured": null}));
    assert_eq!(json[2], serde_json::json!({"name": "max_users", "value": "1", "configured": "10"}));
    let running = home.serve();
    let mut alice = Person::come_back(running.address, device, key).await;
    let last = alice.acts(Kind::SETTING).await.pop().unwrap();
    let last: SettingEntry = decode_value(&last.body).unwrap();
    assert_eq!((last.name.as_str(), last.value.as_str(), last.configured), ("name", "Snug", true));
    let welcome = welcome(running.address).await;
    assert_eq!((welcome.name.as_str(), welcome.max_users), ("Snug", 1));
    running.signal(Signal::TERM);
    let (_, sheet) = running.wait();
    assert!(
        sheet.contains("The configuration says 10; `snug-server setting max_users --reset` goes back"),
        "{sheet}"
    );
}
