//! Logging out, and the end of the engine.

use snug::app::Message;
use snug::link::Happening;
use snug::screen::chat::sidebar;
use snug_engine::command::{Command, CopyFate};
use snug_engine::event::{Event, Link, Notice, Phase, Session};

use crate::preset::*;
use crate::window::Window;

fn leaving(session: Session) -> Window {
    let mut window = Window::after(open(session));
    window.press_id(sidebar::GEAR);
    window.press("Log out…");
    window
}

#[test]
fn alice_logs_out_and_keeps_her_copy() {
    let mut window = leaving(session(online()));
    assert!(!window.shows("1 message is not sent yet."));
    window.press("Log out");
    assert!(matches!(window.told_one(), Command::LogOut { copy: CopyFate::Keep }));
    window.phase(Phase::LoggedOut { problem: None });
    assert!(window.shows("New here?"));
}

#[test]
fn what_is_unsent_is_asked_about() {
    let mut window = leaving(Session { unsent: 1, ..session(online()) });
    assert!(window.shows("1 message is not sent yet."));
    window.press("Delete it, and the unsent messages with it");
    assert!(window.told().is_empty(), "choosing is not leaving");
    window.press("Log out");
    assert!(matches!(window.told_one(), Command::LogOut { copy: CopyFate::Delete }));
}

#[test]
fn changing_ones_mind_changes_nothing() {
    let mut window = leaving(session(online()));
    window.press("Cancel");
    assert!(window.told().is_empty());
    assert!(!window.shows("Log out?"));
}

#[test]
fn offline_the_server_still_lists_the_device() {
    let window = leaving(session(Link::Replaced { again: false }));
    let words =
        "There is no connection now, so the server will still list this device until you log in again.";
    assert!(window.shows(words));
    let mut window = window;
    window.hears(vec![Event::Notice(Notice::StillListed)]);
    assert!(window.shows(
        "You are logged out here, but there was no connection: the server still lists this device until you log \
         in again."
    ));
}

#[test]
fn an_engine_that_ends_says_so() {
    let mut window = Window::after(open(session(online())));
    let _ = window.app.update(Message::Engine(Happening::Ended("It has stopped.".into())));
    assert!(window.shows("It has stopped."));
}
