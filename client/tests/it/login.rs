//! The form, first contact, a changed key, a full server.

use std::time::Duration;

use snug::app::Message;
use snug::screen::changed;
use snug::screen::login::{PASSWORD, SERVER, USER};
use snug_engine::command::{Command, Intent, TrustAnswer};
use snug_engine::event::{Event, Full, KeyChange, Phase, Problem, Step, TrustQuestion};

use crate::preset::{address, change, fingerprint, online, servers, session};
use crate::window::Window;

fn filled() -> Window {
    let mut window = Window::new();
    window.type_into(SERVER, "Chat.Riverside.example");
    window.type_into(USER, "alice");
    window.type_into(PASSWORD, "glacier trumpet");
    window
}

#[test]
fn alice_logs_in() {
    let mut window = filled();
    window.enter(PASSWORD);
    let Command::Enter(form) = window.told_one() else { panic!("the form was sent") };
    assert_eq!((form.server, form.name.as_str(), form.intent), (address().into(), "alice", Intent::LogIn));
    assert_eq!(form.password.reveal(), "glacier trumpet");
    assert!(window.shows("Connecting…"));

    window.phase(Phase::Entering(Step::LoggingIn));
    assert!(window.shows("Logging in…"));
    window.press("Logging in…");
    assert!(window.told().is_empty(), "the button rests while something is under way");
    window.press("Cancel");
    assert!(matches!(window.told_one(), Command::Leave));

    window.phase(Phase::LoggedOut { problem: Some(Problem::WrongNameOrPassword) });
    assert!(window.shows("Name or password is wrong."));
    window.type_into(PASSWORD, "!");
    assert!(!window.shows("Name or password is wrong."), "typing answers it");

    window.phase(Phase::Open(session(online())));
    assert!(window.shows("Riverside Studio"));
    assert!(window.told().iter().any(|command| matches!(command, Command::Show(_))));
}

#[test]
fn alice_makes_an_account() {
    let mut window = Window::new();
    window.press("Create an account");
    window.type_into(SERVER, "chat.riverside.example");
    window.type_into(USER, "alice");
    window.type_into(PASSWORD, "glacier trumpet meadow copper");
    assert!(window.shows("Strong."));
    window.press("Create account");
    let Command::Enter(form) = window.told_one() else { panic!("the form was sent") };
    assert_eq!(form.intent, Intent::Register);
    window.phase(Phase::LoggedOut { problem: Some(Problem::NameTaken) });
    assert!(window.shows("This name is taken, or looks like one that is. Please choose another."));
}

#[test]
fn a_form_that_lacks_something_stays() {
    let mut window = Window::new();
    window.press("Create an account");
    window.press("Create account");
    assert!(window.told().is_empty());
    assert!(window.shows("Type the server's address, for example chat.example:5556."));
    window.type_into(SERVER, "chat.example:99999");
    window.enter(SERVER);
    assert!(window.shows("The port after the “:” is a number from 1 to 65535."));
    assert!(window.told().is_empty());
}

#[test]
fn a_recent_server_opens_or_fills_the_form() {
    let mut window = Window::after(vec![Event::Phase(Phase::LoggedOut { problem: None }), servers()]);
    window.press("Riverside Studio");
    assert!(matches!(window.told_one(), Command::Open(_)), "there is a copy to read");
    window.press("Home");
    assert!(window.told().is_empty(), "there is nothing to open yet");
    window.type_into(USER, "alice");
    window.type_into(PASSWORD, "x");
    window.enter(PASSWORD);
    let Command::Enter(form) = window.told_one() else { panic!("the form was sent") };
    assert_eq!(form.server.address().host, "192.0.2.7");
}

fn asked(can_prove: bool) -> Window {
    let question = TrustQuestion { address: address(), fingerprint: fingerprint(1), can_prove };
    Window::after(vec![Event::Phase(Phase::Trust(question))])
}

#[test]
fn first_contact_has_four_answers() {
    for (words, answer) in [
        ("They match", TrustAnswer::TheyMatch),
        ("Trust without comparing", TrustAnswer::WithoutComparing),
        ("Prove it by logging in", TrustAnswer::ProveByLogin),
        ("Not now", TrustAnswer::NotNow),
    ] {
        let mut window = asked(true);
        for word in fingerprint(1).words() {
            assert!(window.shows(word), "{word}");
        }
        window.press(words);
        let Command::Answer(given) = window.told_one() else { panic!("{words}: an answer") };
        assert_eq!(given, answer);
    }
}

#[test]
fn who_has_no_account_yet_cannot_prove() {
    let window = asked(false);
    assert!(!window.shows("Prove it by logging in"));
}

#[test]
fn the_whole_fingerprint_can_be_seen() {
    let mut window = asked(true);
    let hex = fingerprint(1).to_string();
    let second_half = format!("       {}", &hex[hex.len() / 2 + 1..]);
    assert!(!window.shows(&second_half));
    window.press("show all");
    assert!(window.shows(&second_half));
    window.press("show less");
    assert!(!window.shows(&second_half));
}

#[test]
fn the_form_behind_a_question_cannot_be_pressed() {
    let mut window = asked(true);
    // The dialog covers the form; what is left of it is under the backdrop.
    let pressed =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| window.press("Create an account")));
    assert!(pressed.is_err() || window.told().is_empty());
    assert!(window.shows("Is this really your server?"));
    assert!(!window.shows("Have an account?"), "the form did not switch");
}

#[test]
fn a_changed_key_stops_alice() {
    let mut window = Window::after(vec![Event::Phase(Phase::KeyChanged(change()))]);
    assert!(window.shows(&fingerprint(1).phrase()) && window.shows(&fingerprint(99).phrase()));
    window.press("Stay disconnected");
    assert!(matches!(window.told_one(), Command::Leave));
}

#[test]
fn a_changed_key_can_be_proved_by_the_password() {
    let mut window = Window::after(vec![Event::Phase(Phase::KeyChanged(change()))]);
    window.press("Prove it with my password");
    window.press("Prove it");
    assert!(window.told().is_empty(), "nothing was typed");
    window.type_into(changed::PASSWORD, "glacier");
    window.enter(changed::PASSWORD);
    let Command::Prove(password) = window.told_one() else { panic!("a proof") };
    assert_eq!(password.reveal(), "glacier");
    assert!(window.shows("Proving…"));
    window.phase(Phase::KeyChanged(KeyChange { problem: Some(Problem::NotProven), ..change() }));
    assert!(window.shows(&Problem::NotProven.to_string()));
}

#[test]
fn a_full_server_has_its_own_screen() {
    let full = Full { server: "Riverside Studio".into(), max: 3, retry_in: Duration::from_secs(24) };
    let mut window = Window::after(vec![Event::Phase(Phase::Full(full))]);
    assert!(window.shows("All 3 seats at Riverside Studio are taken"));
    assert!(window.shows("Trying again in 24 s"), "it counts down");
    window.press("Try again now");
    assert!(matches!(window.told_one(), Command::Retry));
    assert!(window.shows("Trying again…"));
    window.phase(Phase::Entering(Step::LoggingIn));
    assert!(window.shows("Trying again…"), "the seats stay in sight while one is tried for");
    window.press("Back");
    assert!(matches!(window.told_one(), Command::Leave));
    window.phase(Phase::LoggedOut { problem: None });
    assert!(window.shows("New here?"));
}

#[test]
fn the_countdown_reaches_now() {
    let full = Full { server: "Home".into(), max: 1, retry_in: Duration::ZERO };
    let mut window = Window::after(vec![Event::Phase(Phase::Full(full))]);
    let _ = window.app.update(Message::Tick);
    assert!(window.shows("The one seat at Home is taken"));
    assert!(window.shows("Trying again…"));
}
