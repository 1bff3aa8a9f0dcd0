//! The composer: completion by keys, drafts, edits, and what goes as a file.

use iced::keyboard::key::Named;
use snug::app::Message;
use snug::screen::chat::composer::{self, COMPOSER, EMOJI};
use snug::screen::chat::{self, sidebar};
use snug_engine::command::Command;
use snug_engine::event::{Draft, Event, ItemKey};
use snug_proto::id::Seq;
use snug_proto::talk::Target;

use crate::house;
use crate::preset::*;
use crate::window::Window;

fn chat() -> Window {
    Window::after(house::open_at(LOBBY))
}

fn composer(message: composer::Message) -> Message {
    Message::Chat(chat::Message::Composer(message))
}

/// What was told, but for hints that somebody types.
fn told(window: &mut Window) -> Vec<Command> {
    window.told().into_iter().filter(|command| !matches!(command, Command::Typing(_))).collect()
}

fn sent(window: &mut Window) -> String {
    window.enter(COMPOSER);
    match &told(window)[..] {
        [Command::SendText { text, .. }] => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_name_is_completed_by_keys() {
    let mut window = chat();
    window.type_into(COMPOSER, "ask @");
    assert!(window.shows("↑ ↓ choose · Tab or Enter takes · Esc closes"));
    window.key_in(COMPOSER, Named::ArrowDown, false);
    window.enter(COMPOSER);
    assert_eq!(sent(&mut window), "ask @Chloé", "the second of those who are not oneself");
}

#[test]
fn an_emoji_and_a_room_are_completed() {
    let mut window = chat();
    window.type_into(COMPOSER, "#har");
    window.key_in(COMPOSER, Named::Tab, false);
    window.type_into(COMPOSER, ":tad");
    window.key_in(COMPOSER, Named::Tab, false);
    assert_eq!(sent(&mut window), "#harvest-trip 🎉");
}

#[test]
fn escape_closes_a_completion_before_anything_else() {
    let mut window = chat();
    window.type_into(COMPOSER, "@Ba");
    window.key_in(COMPOSER, Named::Escape, false);
    assert_eq!(sent(&mut window), "@Ba");
}

#[test]
fn a_draft_comes_back_after_a_start_and_is_kept_when_the_room_changes() {
    let mut window = chat();
    window.hears(vec![Event::Draft(Draft { room: LOBBY, text: "half".into() })]);
    window.type_into(COMPOSER, " done");
    window.told();
    window.send(composer(composer::Message::Keep));
    assert!(matches!(window.told_one(), Command::Draft { room: LOBBY, text } if text == "half done"));
    window.press("Bashir");
    assert!(matches!(window.told_one(), Command::Show(_)), "kept already");
    window.press("lobby");
    window.told();
    window.hears(vec![house::timeline_of(LOBBY)]);
    window.told();
    window.enter(COMPOSER);
    let told = window.told();
    assert!(
        matches!(&told[..], [Command::SendText { .. }, Command::Draft { text, .. }] if text.is_empty()),
        "{told:?}"
    );
}

#[test]
fn arrow_up_edits_the_last_text_and_escape_leaves_it() {
    let mut window = Window::after(open(session(online())));
    window.hears(vec![timeline(vec![said(3, AMARA, 1_791_100_000_000, text("teh van"))])]);
    window.told();
    window.key_in(COMPOSER, Named::ArrowUp, false);
    assert!(window.shows("Editing"));
    window.type_into(COMPOSER, "!");
    window.key_in(COMPOSER, Named::Escape, false);
    assert!(!window.shows("Editing"));
    window.key_in(COMPOSER, Named::ArrowUp, false);
    window.type_into(COMPOSER, "?");
    window.enter(COMPOSER);
    let edit = told(&mut window);
    assert!(
        matches!(&edit[..], [Command::Edit { item: ItemKey::Entry(Seq(3)), text, .. }] if text == "teh van?"),
        "{edit:?}"
    );
}

#[test]
fn what_is_typed_while_no_field_has_the_caret_comes_into_the_composer() {
    let mut window = chat();
    window.type_into(COMPOSER, "one ");
    window.send(Message::Chat(chat::Message::Typed("t".into())));
    window.send(Message::Chat(chat::Message::Typed("wo".into())));
    assert_eq!(sent(&mut window), "one two");
}

#[test]
fn an_emoji_is_picked_and_remembered() {
    let mut window = chat();
    window.press_id(EMOJI);
    window.type_into(snug::widget::emoji_picker::SEARCH, "tada");
    window.enter(snug::widget::emoji_picker::SEARCH);
    assert_eq!(sent(&mut window), "🎉");
}

#[test]
fn a_text_that_is_too_long_is_offered_as_a_file() {
    let mut window = chat();
    let long = "ä".repeat(snug_proto::limits::TEXT_MAX);
    let paste = iced::widget::text_editor::Edit::Paste(std::sync::Arc::new(long));
    window.send(composer(composer::Message::Edit(iced::widget::text_editor::Action::Edit(paste))));
    window.told();
    assert!(window.shows("Send as text file"));
    window.send(composer(composer::Message::Written(Err("This computer's disk is full.".into()))));
    assert!(window.shows("This computer's disk is full.") && window.shows("Send as text file"), "it is kept");
    window.send(composer(composer::Message::Written(Ok("/x/text-1.txt".into()))));
    assert!(matches!(window.told_one(), Command::SendFile { path, .. } if path.ends_with("text-1.txt")));
    assert!(!window.shows("Send as text file"));
}

#[test]
fn a_pasted_picture_is_looked_at_before_it_goes() {
    let mut window = chat();
    let picture = || composer::pasted::Picture {
        path: "/x/picture-1.png".into(),
        size: (2, 1),
        bytes: 340_000,
        shown: iced::widget::image::Handle::from_rgba(2, 1, vec![255; 8]),
    };
    window.send(composer(composer::Message::Pasted(Ok(Some(picture())))));
    assert!(window.shows("Send this picture?") && window.shows("2 × 1 · 340 kB"));
    window.press("Discard");
    assert!(!window.shows("Send this picture?"));
    window.send(composer(composer::Message::Pasted(Ok(Some(picture())))));
    window.press("Send picture");
    assert!(matches!(window.told_one(), Command::SendFile { path, .. } if path.ends_with("picture-1.png")));
}

#[test]
fn what_is_written_elsewhere_stays_there() {
    let mut window = chat();
    window.type_into(COMPOSER, "for all");
    window.told();
    window.send(Message::Chat(chat::Message::Sidebar(sidebar::Message::Room(Target::Person(BASHIR)))));
    let told = window.told();
    assert!(
        matches!(&told[..], [Command::Draft { room: LOBBY, text }, Command::Show(_)] if text == "for all"),
        "{told:?}"
    );
}
