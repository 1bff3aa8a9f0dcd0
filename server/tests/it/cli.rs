//! What an operator sees: the real programs with their words, exit codes and files.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use rusqlite::Connection;
use rustix::process::Signal;

use crate::process::{GEN_CERTS, Home, SERVER};

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The program ended with one sentence, and changed no file.
pub(crate) fn refused(home: &Home, program: &str, arguments: &[&str]) -> String {
    let before = home.contents();
    let output = home.run(program, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "one sentence: {said}");
    let after = home.contents();
    let changed =
        after.iter().filter(|file| !before.contains(file)).map(|(path, _)| path).collect::<Vec<_>>();
    assert!(changed.is_empty() && before.len() == after.len(), "files were touched: {changed:?}");
    said
}

/// Refused by a start and by `check` in the same words.
fn does_not_start(home: &Home, words: &str) {
    let said = refused(home, SERVER, &[]);
    assert!(said.contains(words), "{said}");
    assert_eq!(refused(home, SERVER, &["check"]), said);
}

/// A home whose server has run once.
pub(crate) fn lived_in() -> Home {
    let home = Home::new();
    let running = home.serve();
    running.signal(Signal::TERM);
    assert!(running.wait().0.success());
    home
}

#[test]
fn the_first_start_makes_what_it_needs_and_says_so() {
    let home = Home::new();
    let running = home.serve();
    assert!(running.said.contains("There were no keys yet"), "{}", running.said);
    running.signal(Signal::TERM);
    let (status, sheet) = running.wait();
    assert!(status.success());
    for line in ["name          Snug", "max_users     10", "registration  open", "fingerprint   "] {
        assert!(sheet.contains(line), "{sheet}");
    }
    let mode = |name: &str| fs::metadata(home.path().join(name)).unwrap().permissions().mode() & 0o777;
    for secret in ["certs/server.key", "certs/successor.key", "data/opaque.setup", "data/snug.db"] {
        assert_eq!(mode(secret), 0o600, "{secret}");
    }
    // The second start finds them, and it is the same server.
    let words = sheet.lines().find(|line| line.contains("fingerprint")).unwrap().to_owned();
    let running = home.serve();
    assert!(!running.said.contains("no keys"));
    running.signal(Signal::INT);
    let (status, sheet) = running.wait();
    assert!(status.success());
    assert!(sheet.contains(&words));
}

#[test]
fn gen_certs_makes_keys_once_and_shows_them_again() {
    let home = Home::new();
    let made = home.run(GEN_CERTS, &[]);
    assert!(made.status.success());
    assert!(out(&made).contains("Move ") && out(&made).contains("successor.key to another disk"));
    let shown = home.run(GEN_CERTS, &["--show"]);
    assert!(shown.status.success());
    assert!(out(&made).ends_with(&out(&shown)));
    assert!(refused(&home, GEN_CERTS, &[]).contains("is there already"));
    let running = home.serve();
    running.signal(Signal::TERM);
    let words = out(&shown).lines().nth(1).unwrap().trim().to_owned();
    assert!(running.wait().1.contains(&words));
}

#[test]
fn check_tells_how_things_are_and_starts_nothing() {
    let home = Home::new();
    let before = home.contents();
    let fresh = home.run(SERVER, &["check"]);
    assert!(fresh.status.success() && out(&fresh).contains("none yet"));
    assert_eq!(home.contents(), before);

    let home = lived_in();
    let said = home.run(SERVER, &["check"]);
    assert!(said.status.success() && out(&said).contains("database      good"), "{}", out(&said));
    assert!(out(&said).contains("Warning: ") && out(&said).contains("successor.key still lies beside"));
    for name in ["successor.key", "successor.crt"] {
        fs::remove_file(home.path().join("certs").join(name)).unwrap();
    }
    let said = home.run(SERVER, &["check"]);
    assert!(said.status.success() && !out(&said).contains("Warning"));
}

#[test]
fn a_configuration_that_is_not_right_is_told_with_what_to_do() {
    let home = Home::new();
    for (text, words) in [
        ("prot = 7", "line 1: there is no setting “prot”. Did you mean “port”?"),
        ("registration = \"friends\"", "“registration” is \"open\""),
        ("max_users = 0", "“max_users” is a number from 1"),
    ] {
        home.configure(text);
        does_not_start(&home, words);
        assert!(refused(&home, GEN_CERTS, &[]).contains(words));
    }
    fs::write(home.config(), [0xff, 0xfe, 0]).unwrap();
    does_not_start(&home, "cannot be read");
    fs::remove_file(home.config()).unwrap();
    does_not_start(&home, "--config FILE");
    fs::create_dir(home.config()).unwrap();
    does_not_start(&home, "cannot be read");
    // Of what is no TOML the parser shows the place, in some more lines.
    fs::remove_dir(home.config()).unwrap();
    home.configure("port = = 7");
    let broken = home.run(SERVER, &["check"]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(String::from_utf8(broken.stderr).unwrap().contains("line 1, column 8"));
}

#[test]
fn the_environment_has_the_last_word() {
    let home = Home::new();
    let mut command = home.command(SERVER, &["check"]);
    let output = command.env("SNUG_MAX_USERS", "77").env("SNUG_CERTS", "keys").output().unwrap();
    assert!(output.status.success());
    home.run(GEN_CERTS, &[]);
    let output = home.command(SERVER, &["check"]).env("SNUG_MAX_USERS", "77").output().unwrap();
    assert!(out(&output).contains("max_users     77"), "{}", out(&output));
}

#[test]
fn a_taken_port_is_told() {
    let home = lived_in();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    home.configure(&format!("host = \"127.0.0.1\"\nport = {port}\n"));
    let said = refused(&home, SERVER, &[]);
    assert!(said.contains(&port.to_string()) && said.contains("Is another server running there?"), "{said}");
}

#[test]
fn half_a_key_pair_is_told() {
    for (gone, left) in [("server.key", "server.crt"), ("server.crt", "server.key")] {
        let home = lived_in();
        fs::remove_file(home.path().join("certs").join(gone)).unwrap();
        does_not_start(&home, &format!("{left} is there, but"));
        assert!(refused(&home, GEN_CERTS, &["--show"]).contains(gone));
        assert!(refused(&home, GEN_CERTS, &[]).contains("is there already"));
    }
    let home = lived_in();
    fs::write(home.path().join("certs/server.key"), "garbage").unwrap();
    does_not_start(&home, "server.key is no private key");
}

#[test]
fn a_database_that_is_none_of_ours_is_left_alone() {
    let home = lived_in();
    let path = home.path().join("data/snug.db");
    let good = fs::read(&path).unwrap();

    fs::write(&path, "Dear diary, this is no database.").unwrap();
    does_not_start(&home, "is not a Snug database");

    fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE other (x)").unwrap();
    does_not_start(&home, "is not a Snug database");

    let mut damaged = good.clone();
    let middle = damaged.len() / 2;
    damaged[4096..middle].fill(0x5a);
    fs::write(&path, damaged).unwrap();
    does_not_start(&home, "is damaged");

    fs::write(&path, &good).unwrap();
    let newer = Connection::open(&path).unwrap();
    newer.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA user_version = 999;").unwrap();
    drop(newer);
    does_not_start(&home, "was written by a newer Snug");

    fs::write(&path, &good).unwrap();
    fs::remove_file(home.path().join("data/opaque.setup")).unwrap();
    does_not_start(&home, "opaque.setup is missing");
}

#[test]
fn one_server_per_folder() {
    let home = Home::new();
    let _running = home.serve();
    let second = home.run(SERVER, &[]);
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8(second.stderr).unwrap().contains("Another server is using"));
}
