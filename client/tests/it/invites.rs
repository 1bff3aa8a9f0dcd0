//! Invites: a link instead of an address, and what is made to be handed on.

use snug::screen::login::{PASSWORD, SERVER, USER};
use snug_engine::command::{Command, Intent};
use snug_proto::invite::Destination;

use crate::preset::invite;
use crate::window::Window;

#[test]
fn bob_pastes_an_invite_and_is_told_what_it_is() {
    let mut window = Window::new();
    window.type_into(SERVER, &invite().link().to_lowercase());
    assert!(window.shows("Invite to chat.riverside.example · the key is in the link"));
    assert!(window.shows("Have an account?"), "who comes by an invite is mostly new");
    window.type_into(USER, "bob");
    window.type_into(PASSWORD, "glacier trumpet meadow copper");
    window.enter(PASSWORD);
    let Command::Enter(form) = window.told_one() else { panic!("the form was sent") };
    assert_eq!((form.server, form.intent), (Destination::Invite(invite()), Intent::Register));
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
        window.type_into(SERVER, &pasted);
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
