//! An administrator's subcommands, with the real programs: while the server runs, and while it stands.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::process::Output;

use rustix::process::Signal;
use snug_proto::Invite;

use crate::process::{Home, SERVER};

pub(crate) fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Makes an invite, lists it, takes it back.
fn a_day_of_an_administrator(home: &Home) {
    let made = said(&home.run(SERVER, &["invite", "--address", "chat.example:7000"]));
    let invite = Invite::parse(made.lines().next().unwrap()).unwrap();
    assert_eq!(invite.address.to_string(), "chat.example:7000");
    let code = invite.code.unwrap();
    assert!(made.contains(&format!("to dictate    chat.example:7000 {code}")), "{made}");
    assert!(made.contains("one person, for 7 days") && !made.contains("only at home"), "{made}");

    let name = code.name().to_string();
    let listed = said(&home.run(SERVER, &["invites"]));
    assert!(
        listed.contains(&format!("{name}  invite, 1 left, for 7 days, by the administrator")),
        "{listed}"
    );
    assert!(!listed.contains(&code.to_string()), "its secret is nowhere");
    assert_eq!(said(&home.run(SERVER, &["uninvite", &name.to_lowercase()])), "Done.\n");
    assert!(!said(&home.run(SERVER, &["invites"])).contains(&name));
    assert!(refused(&home.run(SERVER, &["uninvite", &name])).contains("no open code of this name"));
    assert!(refused(&home.run(SERVER, &["uninvite", "what?"])).contains("first four characters"));
}

#[test]
fn invites_are_made_listed_and_revoked_while_the_server_runs_and_while_it_stands() {
    let home = Home::new();
    assert!(refused(&home.run(SERVER, &["invite"])).contains("start the server once"));
    let running = home.serve();
    a_day_of_an_administrator(&home);

    // What one server gives is for its own user alone.
    let socket = home.path().join("data/admin.sock");
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    running.signal(Signal::TERM);
    assert!(running.wait().0.success());
    assert!(!socket.exists());
    a_day_of_an_administrator(&home);

    // A socket that a server left behind when it was killed is in nobody's way.
    let running = home.serve();
    running.signal(Signal::KILL);
    running.wait();
    assert!(socket.exists() && UnixStream::connect(&socket).is_err());
    a_day_of_an_administrator(&home);
    let _running = home.serve();
    a_day_of_an_administrator(&home);
}

#[test]
fn programs_get_a_line_of_json() {
    let home = Home::new();
    let _running = home.serve();
    let made = said(&home.run(SERVER, &["invite", "--uses", "9", "--expires", "12h", "--json"]));
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    assert_eq!((&made["uses"], &made["life"], &made["dictated"]), (&9.into(), &43_200.into(), &().into()));
    assert_eq!(made["only_at_home"], true, "nobody said what to dial");
    let invite = Invite::parse(made["link"].as_str().unwrap()).unwrap();
    assert!(invite.code.unwrap().is_shared());
    let listed = said(&home.run(SERVER, &["invites", "--json"]));
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let purposes: Vec<_> = listed["codes"].as_array().unwrap().iter().map(|code| &code["purpose"]).collect();
    assert_eq!(purposes, ["owner", "invite"]);
}

#[test]
fn what_cannot_be_is_refused_with_a_sentence() {
    let home = Home::new();
    let _running = home.serve();
    for (arguments, words) in [
        (&["invite", "--uses", "0"][..], "1 to 1000 people"),
        (&["invite", "--expires", "91d"], "at most 90 days"),
        (&["invite", "--address", "a b@c"], "This is no address"),
        (&["invite", "--room", "Nowhere"], "There is no such room"),
        (&["reset", "nobody"], "There is no such person"),
    ] {
        let why = refused(&home.run(SERVER, arguments));
        assert!(why.contains(words), "{arguments:?}: {why}");
    }
    let usage = home.run(SERVER, &["invite", "--expires", "soon"]);
    assert!(String::from_utf8(usage.stderr).unwrap().contains("7d, 12h"));
    home.configure("host = \"127.0.0.1\"\nport = 0\nregistration = \"closed\"\n");
    drop(_running);
    assert!(refused(&home.run(SERVER, &["invite"])).contains("takes no new accounts"));
}

#[test]
fn each_start_prints_a_new_owners_link_while_nobody_owns_the_server() {
    let home = Home::new();
    let mut links = Vec::new();
    for _ in 0..2 {
        let running = home.serve();
        let said = running.said.clone();
        running.signal(Signal::TERM);
        assert!(running.wait().0.success());
        let link =
            said.lines().find_map(|line| line.trim().strip_prefix("owner's link")).unwrap().trim().to_owned();
        let invite = Invite::parse(&link).unwrap();
        assert_eq!(invite.address.host, "127.0.0.1");
        links.push(link);
    }
    assert_ne!(links[0], links[1]);
}
