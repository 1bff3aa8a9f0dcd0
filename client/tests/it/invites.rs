//! Invites: a link instead of an address, and what is made to be handed on.

use std::sync::Arc;
use std::time::Duration;

use snug::app::Message;
use snug::screen::chat;
use snug::screen::chat::header;
use snug::screen::chat::sidebar::INVITE;
use snug::screen::dialogs;
use snug::screen::dialogs::handed::AGAIN;
use snug::screen::login::{self, PASSWORD, SERVER, USER};
use snug::screen::settings::{Message as Set, Section, devices as page};
use snug_engine::command::{Command, Intent, TrustAnswer};
use snug_engine::event::{Event, Link, Manner, Phase, Problem, Room, Session, Step, Undone};
use snug_proto::id::AccountId;
use snug_proto::invite::Destination;
use snug_proto::talk::Target;
use snug_proto::{Address, Invite};

use crate::house::{open_at, rooms};
use crate::preset::{
    LOBBY, change, devices, fingerprint, invite, invited, invites, online, recovery_codes, servers, session,
    trust,
};
use crate::window::Window;

#[test]
fn bob_pastes_an_invite_and_is_told_what_it_is() {
    let mut window = Window::new();
    window.send(Message::Login(login::Message::Server(invite().link().to_lowercase())));
    assert!(window.shows("Invite to chat.riverside.example · the key is in the link"));
    assert!(window.shows("Have an account?"), "who comes by an invite is mostly new");
    window.type_into(USER, "bob");
    window.type_into(PASSWORD, "glacier trumpet meadow copper");
    window.enter(PASSWORD);
    let Command::Enter(form) = window.told_one() else { panic!("the form was sent") };
    assert_eq!((form.server, form.intent), (Destination::Invite(invite()), Intent::Register));
}

#[test]
fn an_invite_that_was_used_stands_in_the_form_no_more() {
    let mut window = Window::new();
    window.send(Message::Login(login::Message::Server(invite().link())));
    window.type_into(USER, "bob");
    window.type_into(PASSWORD, "glacier trumpet meadow copper");
    window.enter(PASSWORD);
    window.phase(Phase::Entering(Step::Registering));
    window.hears(open_at(LOBBY));
    window.phase(Phase::LoggedOut { problem: None });
    assert!(!window.shows("Invite to chat.riverside.example · the key is in the link"));
    assert!(window.shows("New here?"), "who comes back has an account");
}

#[test]
fn a_code_that_was_read_to_bob_is_typed_behind_the_address() {
    let mut window = Window::new();
    window.type_into(SERVER, "chat.riverside.example 7k3m abcd efgh");
    assert!(window.shows("chat.riverside.example · the code proves the server"));
    window.press("Log in instead");
    window.type_into(SERVER, " ");
    assert!(window.shows("New here?"), "who said otherwise is not contradicted");
}

#[test]
fn a_code_from_another_device_needs_no_password() {
    let mut window = Window::new();
    window.type_into(SERVER, "chat.riverside.example 7k3m-abcd-efgh");
    window.press("Log in instead");
    window.type_into(USER, "alice");
    window.enter(USER);
    assert!(window.told().is_empty(), "Enter leads to the password first: a recovery code needs one");
    window.enter(PASSWORD);
    let Command::Enter(form) = window.told_one() else { panic!("the form was sent") };
    assert_eq!((form.intent, form.password.reveal()), (Intent::LogIn, ""));
}

#[test]
fn a_link_that_is_not_good_says_so_at_once_and_once() {
    let link = invite().link();
    let cut = "This link is not complete: its end is missing. Please copy the whole of it.";
    for (pasted, sentence) in [
        (link[..link.len() - 1].to_owned(), cut),
        (
            link.replace("riverside", "seaside"),
            "This link is not as it was made: a character is wrong. Please copy it again.",
        ),
        (link.replace("#1.", "#2."), "This link was made by a newer Snug. Please update yours."),
        (
            "snug://chat.riverside.example/m/7/00000000000000ab-12".to_owned(),
            "This is a link to a message. Log in to its server first, then open the link.",
        ),
        (
            "7K3M-ABCD-EFGH".to_owned(),
            "Type the server's address before the code, for example chat.example:5556 7K3M-ABCD-EFGH.",
        ),
    ] {
        let mut window = Window::new();
        window.send(Message::Login(login::Message::Server(pasted)));
        assert!(window.shows(sentence), "{sentence}");
        window.enter(SERVER);
        assert!(!window.shows("Copy details"), "it is not said twice");
        assert!(window.told().is_empty());
    }
}

#[test]
fn an_address_is_not_judged_while_it_is_typed() {
    let mut window = Window::new();
    window.type_into(SERVER, "chat.example:99999");
    assert!(!window.shows("The port after the “:” is a number from 1 to 65535."));
}

#[test]
fn an_invite_with_another_key_asks_what_it_is() {
    for (words, answer) in [
        ("It is the same server", TrustAnswer::SameServer),
        ("It is another server", TrustAnswer::AnotherServer),
        ("Not now", TrustAnswer::NotNow),
    ] {
        let mut window = Window::after(vec![Event::Phase(Phase::Rekeyed(change()))]);
        assert!(window.shows(&fingerprint(1).phrase()) && window.shows(&fingerprint(99).phrase()));
        window.press(words);
        let Command::Answer(given) = window.told_one() else { panic!("{words}: an answer") };
        assert_eq!(given, answer);
    }
}

fn inviting() -> Window {
    let mut window = Window::after(open_at(LOBBY));
    window.press_id(INVITE);
    window
}

fn week(uses: u16) -> String {
    format!("{:?}", Command::Invite { uses, life: Duration::from_secs(7 * 86_400), room: None })
}

fn said(commands: &[Command]) -> Vec<String> {
    commands.iter().map(|command| format!("{command:?}")).collect()
}

#[test]
fn alice_invites_bob_and_the_link_is_in_the_clipboard_at_once() {
    let mut window = inviting();
    assert_eq!(said(&window.told()), ["Invites".to_owned(), week(1)], "one press is enough");
    assert_eq!(window.copies_at(invited(invite())), Some(invite().link()));
    assert!(matches!(window.told_one(), Command::Invites), "the list has one more");
    assert!(window.shows(&invite().link()) && window.shows("The link is in the clipboard."));
    let code = invite().code.unwrap();
    assert!(window.shows(&code.to_string()), "the code can be read out");
    assert!(!window.shows("This address works only at home: in the same network as the server. The administrator can name another one in the server's configuration (“address”)."));

    window.hears(vec![invites()]);
    window.press("Revoke");
    let Command::Uninvite(revoked) = window.told_one() else { panic!("an invite is taken back") };
    assert_eq!(revoked, code.name());
}

/// Somebody came.
fn rooms_with_one_more() -> Event {
    let Event::Rooms(rooms) = rooms() else { panic!("the preset's rooms") };
    let person = rooms.iter().find(|room| matches!(room.target, Target::Person(_))).unwrap();
    let more = Room { target: Target::Person(AccountId(99)), name: "bob".into(), ..person.clone() };
    Event::Rooms(rooms.iter().cloned().chain([more]).collect())
}

#[test]
fn the_dialog_goes_when_whoever_was_invited_has_come() {
    let mut window = inviting();
    window.hears(vec![invited(invite()), invites()]);
    window.told();
    window.hears(vec![rooms_with_one_more()]);
    assert!(matches!(window.told_one(), Command::Invites), "did they come by this link?");
    window.hears(vec![invites()]);
    assert!(window.shows(&invite().link()), "they came by another way");
    window.hears(vec![Event::Invites(Arc::new([]))]);
    assert!(!window.shows("Invite somebody"), "the link has done its work: alice can say hello");
}

#[test]
fn a_link_that_was_revoked_is_shown_no_more() {
    let mut window = inviting();
    window.hears(vec![invited(invite()), invites()]);
    window.press("Revoke");
    assert!(window.shows("This link was revoked. It lets nobody in.") && !window.shows(&invite().link()));
    window.hears(vec![Event::Invites(Arc::new([]))]);
    assert!(window.shows("Invite somebody"), "alice may want another one");
}

#[test]
fn an_invite_for_more_people_is_another_link() {
    let mut window = inviting();
    window.hears(vec![invited(invite())]);
    window.told();
    window.press("25 people");
    assert!(window.told().is_empty() && window.shows(&invite().link()), "somebody may have it already");
    window.press("Make another link");
    assert_eq!(said(&window.told()), [week(25)]);
    assert!(!window.shows(&invite().link()));
}

#[test]
fn an_address_that_works_only_at_home_is_said_to() {
    let mut window = inviting();
    let at_home = Address { host: "192.168.1.20".into(), port: 5556 };
    window.hears(vec![invited(Invite { address: at_home, ..invite() })]);
    assert!(window.shows("This address works only at home: in the same network as the server. The administrator can name another one in the server's configuration (“address”)."));
}

#[test]
fn an_answer_to_a_dialog_that_was_closed_is_not_shown_in_the_next() {
    let mut window = inviting();
    window.send(Message::Chat(chat::Message::Escape));
    window.press_id(INVITE);
    assert_eq!(window.copies_at(invited(invite())), None);
    assert!(window.shows("The server makes it…"));
    assert_eq!(window.copies_at(invited(invite())), Some(invite().link()));
}

#[test]
fn a_lost_connection_leaves_no_dialog_waiting() {
    let mut window = inviting();
    window.told();
    let lost = Link::Offline { problem: Problem::ConnectionLost, retry_in: Duration::from_secs(9) };
    window.hears(vec![Event::Phase(Phase::Open(session(lost)))]);
    assert!(window.shows("The connection was lost before the server answered."));
    window.press_id(AGAIN);
    assert_eq!(said(&window.told()), [week(1)]);
}

#[test]
fn every_trust_decision_stands_in_the_settings() {
    let mut window = Window::after(open_at(LOBBY));
    window.hears(vec![
        servers(),
        Event::Phase(Phase::Open(Session { trust: trust(Manner::Invite), ..session(online()) })),
    ]);
    window.send(Message::Chat(chat::Message::Header(header::Message::Trust)));
    for words in ["You compared the words", "The key before it announced it", "An invite named its key"] {
        assert!(window.shows(words), "{words}");
    }
    assert!(window.shows(&format!("Another key: {}", fingerprint(4).phrase())));
    window.press("I compared the words");
    assert!(matches!(window.told_one(), Command::WordsCompared), "an invite can be strengthened");
}

fn among_devices() -> Window {
    let mut window = Window::after(open_at(LOBBY));
    window.hears(vec![devices()]);
    window.send(Message::Chat(chat::Message::Sidebar(chat::sidebar::Message::Settings)));
    window.send(Message::Chat(chat::Message::Settings(Set::Section(Section::Devices))));
    window.told();
    window
}

#[test]
fn alice_sees_her_devices_and_cuts_off_what_she_lost() {
    let mut window = among_devices();
    assert!(window.shows("Studio") && window.shows("this device"));
    assert!(window.shows("Windows"), "a device without a name is called by its system");
    window.press("Revoke");
    assert!(window.told().is_empty(), "a slip costs nothing");
    window.press("Yes, revoke");
    let Command::RevokeDevice(device) = window.told_one() else { panic!("a device is cut off") };
    assert_eq!(device.0, 2, "this one has no such button");
    window.press("Revoke all others");
    window.press("Cancel");
    window.press("Revoke all others");
    window.press("Yes, revoke");
    assert!(matches!(window.told_one(), Command::RevokeOtherDevices));
}

#[test]
fn a_device_gets_a_name() {
    let mut window = among_devices();
    window.press("Rename");
    window.type_into(page::NAME, "!");
    window.enter(page::NAME);
    let Command::NameDevice { device, name } = window.told_one() else { panic!("a name") };
    assert_eq!((device.0, name.as_str()), (1, "Studio!"));
}

#[test]
fn a_code_adds_a_device() {
    let mut window = among_devices();
    window.press("Add a device");
    assert!(matches!(window.told_one(), Command::InviteDevice));
    window.hears(vec![invited(invite())]);
    assert!(window.shows(&invite().code.unwrap().to_string()));
    window.press("Close");
    assert!(window.shows("Devices"), "the settings are still there");
}

#[test]
fn whoever_made_an_account_is_offered_recovery_codes_and_may_go_on_without() {
    let mut window = Window::new();
    window.phase(Phase::Entering(Step::Registering));
    window.hears(open_at(LOBBY));
    let offer = "Should you ever forget your password, recovery codes let you back in.";
    assert!(window.shows(offer));
    window.told();
    window.press("Make codes…");
    window.press("Make codes");
    assert!(matches!(window.told_one(), Command::RecoveryCodes));
    window.hears(vec![recovery_codes()]);
    let code = invite().code.unwrap().to_string();
    assert!(window.shows(&code));
    let copy = chat::Message::Dialog(dialogs::Message::Recovery(dialogs::recovery::Message::Copy));
    let copied = window.copies(copy).unwrap();
    assert!(copied.contains(&code) && copied.contains("Amara at Riverside Studio"), "{copied}");
    window.press("I have them");
    assert!(!window.shows(&code) && !window.shows(offer), "they are shown once");
}

#[test]
fn who_logs_in_is_offered_nothing_and_finds_the_codes_in_the_settings() {
    let mut window = Window::new();
    window.phase(Phase::Entering(Step::LoggingIn));
    window.hears(open_at(LOBBY));
    assert!(!window.shows("Make codes…"));
    window.send(Message::Chat(chat::Message::Sidebar(chat::sidebar::Message::Settings)));
    window.send(Message::Chat(chat::Message::Settings(Set::Section(Section::Account))));
    window.press("Make new ones…");
    window.told();
    window.press("Make codes");
    window.hears(vec![Event::RecoveryCodes(Box::new(Err(Undone {
        reason: "Not now.".into(),
        retry_after: None,
    })))]);
    assert!(window.shows("Not now."));
}
