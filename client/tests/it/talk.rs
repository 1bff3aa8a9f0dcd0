//! The chat: sending, failed items, files, bars, rooms.

use std::sync::Arc;

use iced::keyboard::key::Named;
use iced::window;
use snug::app::Message;
use snug::screen::chat::composer::COMPOSER;
use snug::screen::chat::{self, header, item, sidebar};
use snug_engine::command::{Command, OutboxId};
use snug_engine::event::{Delivery, Event, FilePlace, Link, Notice, Phase, Problem, Session, Timeline, What};
use snug_proto::limits::TEXT_MAX;
use snug_proto::talk::Target;

use crate::preset::*;
use crate::window::Window;

fn chat() -> Window {
    Window::after(open(session(online())))
}

fn with(items: Vec<snug_engine::event::Item>) -> Window {
    let mut events = open(session(online()));
    events.push(timeline(items));
    Window::after(events)
}

#[test]
fn alice_sends_with_enter_and_makes_lines_with_shift_enter() {
    let mut window = chat();
    window.type_into(COMPOSER, "Hi");
    let typing = window.told();
    assert!(matches!(typing[..], [Command::Typing(LOBBY)]), "told once: {typing:?}");
    window.key_in(COMPOSER, Named::Enter, true);
    window.type_into(COMPOSER, "Bob");
    window.told();
    window.enter(COMPOSER);
    let Command::SendText { room, text, .. } = window.told_one() else { panic!("a text was sent") };
    assert_eq!((room, text.as_str()), (LOBBY, "Hi\nBob"));
    window.enter(COMPOSER);
    assert!(window.told().is_empty(), "nothing is left to send");
}

#[test]
fn a_text_that_was_not_accepted_comes_back() {
    let mut window = chat();
    window.hears(vec![Event::Notice(Notice::NotQueued {
        room: LOBBY,
        text: "precious".into(),
        reason: "The disk is full.".into(),
    })]);
    assert!(window.shows("Your message was not accepted and is back in its field. The disk is full."));
    window.enter(COMPOSER);
    assert!(matches!(window.told_one(), Command::SendText { text, .. } if text == "precious"));
}

#[test]
fn a_text_over_the_limit_is_refused_before_it_is_sent() {
    let mut window = chat();
    let comes_back = |text: String| {
        vec![Event::Notice(Notice::NotQueued { room: LOBBY, text, reason: "The disk is full.".into() })]
    };
    window.hears(comes_back("ä".repeat(TEXT_MAX / 2) + "!"));
    window.enter(COMPOSER);
    assert!(window.told().is_empty(), "nothing is sent");
    let sentence = "This text is 1 byte too long for one message (16.4 kB of 16.4 kB). Shorten it, or send it as \
                    a file.";
    assert!(window.shows(sentence));
    window.key_in(COMPOSER, Named::Backspace, false);
    window.told();
    window.enter(COMPOSER);
    assert!(matches!(window.told_one(), Command::SendText { text, .. } if text.len() <= TEXT_MAX));
}

#[test]
fn messages_say_how_far_they_are() {
    let at = 1_791_100_000_000;
    let window = with(vec![
        said(1, BASHIR, at, text("hello")),
        unsent(1, at, Delivery::Sending, text("first")),
        unsent(2, at, Delivery::Queued, text("second")),
    ]);
    for words in ["hello", "first", "second", "sending…", "queued", "New"] {
        // The text itself can be selected, so another widget shows it; its state is plain text.
        let is_state = matches!(words, "sending…" | "queued");
        assert!(!is_state || window.shows(words), "{words}");
    }
}

#[test]
fn a_failed_message_can_be_tried_again_or_deleted() {
    let failed = || {
        let refused = Delivery::Failed("The server refused it.".into());
        with(vec![unsent(7, 1_791_100_000_000, refused, text("oh"))])
    };
    let mut window = failed();
    assert!(window.shows("Not sent.") && window.shows("The server refused it."));
    window.press("Try again");
    assert!(matches!(window.told_one(), Command::Resend(OutboxId(7))));
    let mut window = failed();
    window.press("Delete");
    assert!(matches!(window.told_one(), Command::Discard(OutboxId(7))));
}

#[test]
fn files_show_where_they_are() {
    let at = 1_791_100_000_000;
    let one = |place| with(vec![said(1, BASHIR, at, file(SITE_PHOTOS, "a.zip", 4_200_000, place))]);
    assert!(one(FilePlace::Remote).shows("4.2 MB"));
    assert!(one(FilePlace::Here("/x/a.zip".into())).shows("4.2 MB · checked, BLAKE3 matches"));
    assert!(one(FilePlace::Failed("It does not match.".into())).shows("4.2 MB · It does not match."));
    let moving = one(FilePlace::Moving);
    assert!(moving.shows("1.1 of 1.8 GB · 214 MB/s · 4 s left"));
    assert!(moving.shows("62%"), "the sidebar shows it too");
}

#[test]
fn file_buttons_do_what_they_say() {
    let one =
        |blob, place| with(vec![said(1, BASHIR, 1_791_100_000_000, file(blob, "a.zip", 4_200_000, place))]);
    let mut window = one(ROUTE, FilePlace::Remote);
    window.press_id(item::FETCH);
    assert!(matches!(window.told_one(), Command::Fetch(ROUTE)));
    let mut window = one(ROUTE, FilePlace::Failed("It does not match.".into()));
    window.press_id(item::FETCH);
    assert!(matches!(window.told_one(), Command::Fetch(ROUTE)), "try again");
    let mut window = one(SITE_PHOTOS, FilePlace::Moving);
    window.press_id(item::CANCEL);
    assert!(matches!(window.told_one(), Command::CancelTransfer(SITE_PHOTOS)));
}

#[test]
fn a_dropped_file_goes_to_the_room_that_is_shown() {
    let mut window = chat();
    let _ = window.app.update(Message::Chat(chat::Message::FileHovers));
    assert!(window.shows("Drop the file to send it here"));
    let _ = window.app.update(Message::Chat(chat::Message::FileDropped("/tmp/a.pdf".into())));
    assert!(matches!(window.told_one(), Command::SendFile { room: LOBBY, .. }));
    assert!(!window.shows("Drop the file to send it here"));
}

#[test]
fn a_room_opens_and_reading_is_told_once() {
    let mut window = chat();
    window.press("Bashir");
    let bashir = Target::Person(BASHIR);
    assert!(matches!(window.told_one(), Command::Show(room) if room == bashir));
    let came = || {
        Event::Timeline(Arc::new(Timeline {
            room: bashir,
            items: vec![said(4, BASHIR, 1_791_100_000_000, text("psst"))],
            has_older: false,
            has_newer: false,
            new_from: None,
            focus: None,
            reads: Vec::new(),
        }))
    };
    window.hears(vec![came()]);
    assert!(matches!(window.told_one(), Command::Read { room, seq } if room == bashir && seq.0 == 4));
    window.hears(vec![came()]);
    assert!(window.told().is_empty(), "told already");
    window.press("lobby");
    window.told();
    window.press("Bashir");
    let told = window.told();
    let read = |command: &Command| matches!(command, Command::Read { room, .. } if *room == bashir);
    assert!(told.iter().any(read), "it may be marked unread since: {told:?}");
}

#[test]
fn reading_is_told_again_after_the_server_was_put_back_from_a_backup() {
    let mut window = chat();
    window.hears(vec![timeline(vec![said(40, BASHIR, 1_791_100_000_000, text("hey"))])]);
    assert!(matches!(window.told_one(), Command::Read { seq, .. } if seq.0 == 40));
    window.hears(vec![timeline(vec![said(30, BASHIR, 1_791_100_000_000, text("hey there"))])]);
    assert!(matches!(window.told_one(), Command::Read { seq, .. } if seq.0 == 30));
}

#[test]
fn a_window_in_the_background_reads_nothing() {
    let mut window = chat();
    let _ = window.app.update(Message::Window(window::Event::Unfocused));
    window.told();
    window.hears(vec![timeline(vec![said(40, BASHIR, 1_791_100_000_000, text("hey"))])]);
    assert!(window.told().is_empty());
    let _ = window.app.update(Message::Window(window::Event::Focused));
    assert!(window.told().iter().any(|command| matches!(command, Command::Read { seq, .. } if seq.0 == 40)));
}

#[test]
fn a_late_timeline_of_another_room_is_not_shown() {
    let mut window = chat();
    window.press("Chloé");
    assert!(!window.shows("Welcome to #lobby"), "the lobby's timeline is still the newest one");
}

#[test]
fn the_newest_names_stand_in_the_sidebar() {
    let window = chat();
    for words in ["lobby", "Bashir", "Chloé", "Dmitri", "verified · 12 ms", "TLS 1.3 · post-quantum", "3"]
    {
        assert!(window.shows(words), "{words}");
    }
    assert_eq!(window.app.title(), "(3) Snug (alice)");
}

#[test]
fn bars_offer_the_right_way_on() {
    let offline =
        Link::Offline { problem: Problem::ConnectionLost, retry_in: std::time::Duration::from_secs(24) };
    let full = Link::Full { max: 3, retry_in: std::time::Duration::from_secs(24) };
    for (link, says, button) in [
        (offline, "The connection was lost. You can read and write; trying again in 24 s.", "Try now"),
        (full, "All 3 seats are taken. This is your own copy; trying again in 24 s.", "Try now"),
        (
            Link::Replaced { again: false },
            "You are logged in with this device somewhere else, so this window stopped.",
            "Use here",
        ),
    ] {
        let mut window = Window::after(open(session(link)));
        assert!(window.shows(says), "{says}");
        window.press(button);
        assert!(matches!(window.told_one(), Command::Retry), "{button}");
    }

    let mut window = Window::after(open(session(Link::DeviceForgotten)));
    window.press("Log in again");
    assert!(matches!(window.told_one(), Command::Leave));
    window.phase(Phase::LoggedOut { problem: None });
    assert!(window.shows("New here?"));

    let mut window = Window::after(open(session(Link::KeyChanged(change()))));
    window.press("Details…");
    assert!(window.shows("This is not the server you trusted"));
    window.press("Stay disconnected");
    assert!(!window.shows("This is not the server you trusted"));
    assert!(window.told().is_empty(), "the copy stays open");
}

#[test]
fn what_cannot_be_verified_is_said() {
    let unseen = Session { trust: trust(snug_engine::event::Manner::Unseen), ..session(online()) };
    let mut window = Window::after(open(unseen));
    assert!(window.shows("not compared · 12 ms"));
    window.press("Words not compared");
    window.press("I compared the words");
    assert!(matches!(window.told_one(), Command::WordsCompared));
}

#[test]
fn bells_and_members_are_kept() {
    let mut window = chat();
    assert!(window.shows("Members"));
    window.press_id(header::MEMBERS);
    assert!(!window.shows("Members"));
    window.press_id(header::MUTE);
    window.press_id(sidebar::MUTE_ALL);
    let settings = &window.app.shared().settings;
    assert!(settings.mute_everything && !settings.show_members && settings.muted_rooms.len() == 1);
    let path = window.app.shared().profile.settings();
    let (kept, aside) = snug::settings::Settings::load(&path).unwrap();
    assert_eq!((&kept, aside), (settings, None));
}

#[test]
fn what_happened_is_a_line() {
    let at = 1_791_100_000_000;
    let window = with(vec![
        said(1, CHLOE, at, What::Joined { who: "Chloé".into(), by: None }),
        said(2, DMITRI, at, What::Retracted),
    ]);
    assert!(window.shows("This message was taken back."));
    assert!(window.shows("Welcome to #lobby"), "this is where it begins");
}
