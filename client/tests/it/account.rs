//! One's own account: how one looks, the password, the end, one device too many; and how others look.

use snug::app::Message;
use snug::faces::Came;
use snug::pictures;
use snug::screen::chat::composer::COMPOSER;
use snug::screen::chat::{self, members, sidebar};
use snug::screen::dialogs::delete_account as end;
use snug::screen::dialogs::password::{AGAIN, NEW, OLD};
use snug::screen::login::{PASSWORD, SERVER, USER};
use snug::screen::palette::{self, FIELD};
use snug::screen::settings::account::{self, DISPLAY};
use snug::screen::settings::{Message as Set, Section};
use snug_engine::command::{Command, Intent, PictureChoice, TextsFate};
use snug_engine::event::*;
use snug_proto::talk::Target;

use crate::house::{done, open_at};
use crate::people::{in_account, looks, unseen};
use crate::preset::*;
use crate::window::Window;

fn at(section: Section) -> Window {
    let mut window = Window::after(open_at(LOBBY));
    window.hears(vec![looks(None), devices()]);
    window.send(Message::Chat(chat::Message::Sidebar(sidebar::Message::Settings)));
    window.send(Message::Chat(chat::Message::Settings(Set::Section(section))));
    window.told();
    window
}

#[test]
fn alice_takes_another_name_and_keeps_what_she_typed_when_it_is_taken() {
    let mut window = at(Section::Account);
    assert!(!window.shows("Save"), "there is nothing to save yet");
    window.type_into(DISPLAY, " O");
    window.send(in_account(account::Message::Colour(4)));
    assert!(window.shows("Amara O"), "others would see her so");
    window.press("Save");
    let Command::SetProfile { ticket, display, colour, picture } = window.told_one() else {
        panic!("another look")
    };
    assert_eq!((display.as_str(), colour, picture), ("Amara O", 4, PictureChoice::Keep));
    assert!(window.shows("Saving…"));

    let taken = "Somebody has a name that looks like this one.";
    window.hears(vec![done(ticket, Err(taken))]);
    assert!(window.shows(taken) && window.shows("Amara O"), "what was typed is still there");
    window.send(Message::Chat(chat::Message::Settings(Set::Section(Section::Devices))));
    window.send(Message::Chat(chat::Message::Settings(Set::Section(Section::Account))));
    assert!(window.shows("Amara O"), "a look at another page loses nothing");

    window.type_into(DISPLAY, "K");
    assert!(!window.shows(taken), "the sentence was about another name");
    window.enter(DISPLAY);
    let Command::SetProfile { ticket, .. } = window.told_one() else { panic!("Enter saves") };
    window.hears(vec![done(ticket, Ok(None))]);
    assert!(!window.shows("Save"));
}

#[test]
fn a_picture_is_looked_at_before_it_is_taken_and_can_go_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("me.png");
    image::RgbImage::new(30, 20).save(&path).unwrap();
    let mut window = at(Section::Account);
    window.send(Message::Chat(chat::Message::FileDropped(path.clone())));
    let decoded = pictures::portrait(&path);
    assert!(decoded.is_some());
    window.send(in_account(account::Message::Previewed(Came { path: path.clone(), decoded })));
    window.press("Save");
    let Command::SetProfile { ticket, picture, display, .. } = window.told_one() else { panic!("a picture") };
    assert_eq!((picture, display.as_str()), (PictureChoice::Take(path.clone()), "Amara"));
    window.hears(vec![done(ticket, Ok(None))]);

    let mut window = at(Section::Account);
    window.send(in_account(account::Message::Picked(Some("/notes.txt".into()))));
    window.send(in_account(account::Message::Previewed(Came { path: "/notes.txt".into(), decoded: None })));
    assert!(window.shows("This file cannot be shown as a picture. Please choose another."));
    window.press("Save");
    assert!(window.told().is_empty(), "it is not sent");
    window.press("Remove");
    window.press("Save");
    let Command::SetProfile { picture, .. } = window.told_one() else { panic!("no picture") };
    assert_eq!(picture, PictureChoice::Remove);
}

#[test]
fn a_file_that_is_dropped_beside_a_room_and_the_account_goes_nowhere() {
    let mut window = at(Section::Devices);
    window.send(Message::Chat(chat::Message::FileDropped("/me.png".into())));
    assert!(window.told().is_empty());
}

fn changing() -> Window {
    let mut window = at(Section::Account);
    window.press("Change…");
    window.type_into(OLD, "tin sparrows");
    window.type_into(NEW, "glacier trumpet meadow");
    window
}

#[test]
fn alice_changes_her_password_and_logs_her_other_devices_out() {
    let mut window = changing();
    window.press("Change password");
    assert!(window.told().is_empty(), "the new one was typed once");
    window.type_into(AGAIN, "glacier trombone");
    assert!(window.shows("This is not the same as above."));
    for _ in "ombone".chars() {
        window.key_in(AGAIN, iced::keyboard::key::Named::Backspace, false);
    }
    window.type_into(AGAIN, "umpet meadow");
    assert!(!window.shows("This is not the same as above."));
    window.enter(AGAIN);
    let Command::ChangePassword { ticket, old, new } = window.told_one() else { panic!("a password") };
    assert_eq!((old.reveal(), new.reveal()), ("tin sparrows", "glacier trumpet meadow"));
    assert!(window.shows("Changing…"));

    window.hears(vec![done(ticket, Err("The password is wrong."))]);
    assert!(window.shows("The password is wrong."));
    window.press("Change password");
    let Command::ChangePassword { ticket, .. } = window.told_one() else { panic!("nothing was lost") };
    window.hears(vec![done(ticket, Ok(None))]);
    assert!(window.shows("Password changed"));
    window.press("Log them out");
    assert!(matches!(window.told_one(), Command::RevokeOtherDevices));
    window.press("Close");
    assert!(window.shows("Account") && !window.shows("Password changed"));
}

#[test]
fn whoever_reads_what_they_type_need_not_type_it_twice() {
    let mut window = changing();
    window.press("Show what I type");
    assert!(window.shows("glacier trumpet meadow"));
    window.press("Change password");
    assert!(matches!(window.told_one(), Command::ChangePassword { .. }));
}

#[test]
fn an_account_is_not_deleted_by_a_slip() {
    let mut window = at(Section::Account);
    window.press("Delete my account…");
    assert!(window.shows("The name stays taken: nobody can register it again, not even you."));
    window.type_into(end::PASSWORD, "tin sparrows");
    window.press_id(end::DELETE);
    window.type_into(end::NAME, "amar");
    window.press_id(end::DELETE);
    assert!(window.told().is_empty(), "the name is not there");
    window.type_into(end::NAME, "a");
    window.press("are deleted in every room, for good");
    window.press_id(end::DELETE);
    let Command::DeleteAccount { ticket, password, texts } = window.told_one() else { panic!("the end") };
    assert_eq!((password.reveal(), texts), ("tin sparrows", TextsFate::Retract));

    let last = "You are the last owner of this server. Make somebody else one first.";
    window.hears(vec![done(ticket, Err(last))]);
    assert!(window.shows(last) && window.shows("amara"));
    window.enter(end::PASSWORD);
    let Command::DeleteAccount { ticket, .. } = window.told_one() else { panic!("once more") };
    window.hears(vec![done(ticket, Ok(None)), Event::Phase(Phase::LoggedOut { problem: None })]);
    assert!(window.shows("Your account is deleted.") && window.shows("Log in"));
}

#[test]
fn texts_stay_unless_somebody_says_otherwise_and_unsent_ones_are_counted() {
    let mut window = at(Section::Account);
    window.phase(Phase::Open(Session { unsent: 2, ..session(online()) }));
    window.press("Delete my account…");
    assert!(window.shows("2 messages are not sent yet and go with it."));
    window.type_into(end::NAME, "Amara");
    window.type_into(end::PASSWORD, "tin sparrows");
    window.enter(end::PASSWORD);
    let Command::DeleteAccount { texts, .. } = window.told_one() else { panic!("the end") };
    assert_eq!(texts, TextsFate::Stay);
}

#[test]
fn one_device_too_many_takes_the_place_of_another_or_none() {
    for (words, replaces) in [("Log in here and log that one out", true), ("Not now", false)] {
        let mut window = Window::new();
        window.type_into(SERVER, "chat.riverside.example");
        window.type_into(USER, "amara");
        window.type_into(PASSWORD, "tin sparrows");
        window.enter(PASSWORD);
        window.phase(Phase::TooManyDevices(unseen()));
        window.told();
        assert!(window.shows("Old laptop"));
        window.press(words);
        match window.told_one() {
            Command::ReplaceDevice => assert!(replaces),
            Command::Leave => assert!(!replaces),
            other => panic!("{other:?}"),
        }
        window.phase(Phase::LoggedOut { problem: None });
        assert!(!window.shows("Old laptop"));
        window.enter(PASSWORD);
        let Command::Enter(form) = window.told_one() else { panic!("what was typed is still there") };
        assert_eq!((form.name.as_str(), form.password.reveal()), ("amara", "tin sparrows"));
    }
}

#[test]
fn whoever_lost_the_password_sets_another_with_a_code() {
    let mut window = Window::new();
    window.type_into(SERVER, "chat.riverside.example 7k3m-abcd-efgh");
    window.press("Log in instead");
    assert!(window.shows("New password"));
    window.type_into(USER, "amara");
    window.type_into(PASSWORD, "glacier trumpet meadow");
    assert!(window.shows("Strong."), "it is told how good the new one is");
    window.enter(PASSWORD);
    let Command::Enter(form) = window.told_one() else { panic!("the form was sent") };
    assert_eq!(form.intent, Intent::LogIn);
}

#[test]
fn two_places_with_one_device_are_told_so_the_second_time() {
    let mut window = Window::after(open_at(LOBBY));
    let link = |again| Phase::Open(session(Link::Replaced { again }));
    let both = "Two places keep taking this device from each other. Make one of them a device of its own.";
    window.phase(link(false));
    assert!(!window.shows(both));
    window.phase(link(true));
    assert!(window.shows(both));
    window.press("Use here");
    assert!(matches!(window.told_one(), Command::Retry));
    window.press("Make this a device of its own");
    assert!(window.shows("A device of its own"));
}

#[test]
fn the_devices_say_where_the_key_lies() {
    for (kept, words) in [
        (KeyKept::Keyring, "This device's own key lies in the keyring of your system."),
        (
            KeyKept::NoKeyring,
            "This device's own key lies in a file that only you can read, because your system has no keyring.",
        ),
        (
            KeyKept::KeyringLocked,
            "This device's own key lies in a file that only you can read, because your keyring was locked. It \
             moves there at a start of Snug that finds it open.",
        ),
    ] {
        let mut window = at(Section::Devices);
        window.phase(Phase::Open(Session { key_kept: kept, ..session(online()) }));
        assert!(window.shows(words), "{words}");
    }
}

#[test]
fn a_locked_keyring_is_said_and_the_way_on_is_the_one_that_is_named() {
    for problem in [Problem::KeyringLocked, Problem::KeyringAbsent] {
        let mut window = Window::after(open_at(LOBBY));
        let words = problem.to_string();
        window.phase(Phase::Open(session(Link::Stopped(problem))));
        assert!(window.shows(&words) && words.contains("“Try again”"));
        window.press("Try again");
        assert!(matches!(window.told_one(), Command::Retry));
    }
}

#[test]
fn what_concerns_an_accounts_safety_stays_until_it_is_closed() {
    let mut window = Window::after(open_at(LOBBY));
    let changed = Event::Notice(Notice::PasswordChanged { at: 1_791_000_000_000 });
    window.hears(vec![changed, Event::Notice(Notice::NewDevice(unseen()))]);
    for _ in 0..5 {
        window.hears(vec![Event::Notice(Notice::StillListed)]);
        window.hears(vec![Event::Notice(Notice::NotDone { reason: "No.".into() })]);
    }
    let zone = &window.app.shared().zone;
    let date = snug::wording::date(1_771_000_000_000, zone);
    let words = format!(
        "Your account was logged in on another device on {date}: Old laptop. If that was not you, revoke it and \
         change your password, both in the settings."
    );
    assert!(window.shows(&words), "what passes makes room, not this");
    window.send(Message::CloseToast(1));
    assert!(!window.shows(&words));
}

#[test]
fn people_are_found_by_both_names_and_mentioned_by_the_account() {
    let mut window = Window::after(open_at(LOBBY));
    window.hears(vec![looks(None)]);
    window.type_into(COMPOSER, "@chloe.");
    assert!(window.shows("Chloé") && window.shows("@chloe.b"));
    window.enter(COMPOSER);
    window.enter(COMPOSER);
    let told = window.told();
    let sent = told.iter().find_map(|command| match command {
        Command::SendText { text, .. } => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(sent, Some("@chloe.b"));

    window.send(Message::Chat(chat::Message::Sidebar(sidebar::Message::Jump)));
    window.type_into(FIELD, "chloe.b");
    window.send(Message::Chat(chat::Message::Palette(palette::Message::Enter)));
    let shown =
        window.told().into_iter().any(|command| matches!(command, Command::Show(Target::Person(CHLOE))));
    assert!(shown);
}

#[test]
fn a_members_menu_says_which_account_it_is() {
    let mut window = Window::after(open_at(LOBBY));
    window.hears(vec![looks(None)]);
    window.send(Message::Chat(chat::Message::Members(members::Message::Menu(CHLOE))));
    assert!(window.shows("@chloe.b") && window.shows("Send a message"));
    window.send(Message::Chat(chat::Message::Members(members::Message::Menu(CHLOE))));
    window.send(Message::Chat(chat::Message::Members(members::Message::Menu(AMARA))));
    assert!(window.shows("@amara"), "one's own as well");
}
