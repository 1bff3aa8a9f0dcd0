//! Ctrl+K: rooms, people and messages from one field, by keys alone.

use iced::keyboard::key::Named;
use snug::app::Message;
use snug::screen::chat::{self, header, keys, sidebar};
use snug::screen::palette::{self, FIELD};
use snug_engine::command::{Command, Place};
use snug_proto::id::Seq;
use snug_proto::talk::Target;

use crate::house::{self, HARVEST};
use crate::preset::*;
use crate::window::Window;

fn opened() -> Window {
    let mut window = Window::after(house::open_at(LOBBY));
    window.send(Message::Chat(chat::Message::Shortcut(keys::Shortcut::Palette)));
    window
}

fn palette(message: palette::Message) -> Message {
    Message::Chat(chat::Message::Palette(message))
}

#[test]
fn what_is_unread_and_recent_stands_there_before_anything_is_typed() {
    let mut window = opened();
    assert!(window.shows("UNREAD AND RECENT"));
    window.enter(FIELD);
    assert!(matches!(window.told_one(), Command::Show(HARVEST)), "who is called comes first");
    assert!(!window.shows("UNREAD AND RECENT"));
}

#[test]
fn a_person_is_found_without_their_accent() {
    let mut window = opened();
    window.type_into(FIELD, "chloe");
    window.enter(FIELD);
    assert!(matches!(window.told_one(), Command::Show(room) if room == Target::Person(CHLOE)));
}

#[test]
fn a_message_is_found_and_opened_where_it_stands() {
    let mut window = opened();
    window.type_into(FIELD, "van");
    assert!(window.told().is_empty(), "not at every letter");
    window.send(palette(palette::Message::Search(2)));
    assert!(window.told().is_empty(), "a later letter ended that one");
    window.send(palette(palette::Message::Search(3)));
    let Command::Search { serial: 3, query, .. } = window.told_one() else { panic!("searched") };
    assert_eq!(query, "van");
    window.hears(vec![house::found(3)]);
    for words in
        ["MESSAGES", "in lobby", "van", "Searching 84 % of the history; the rest is still being fetched."]
    {
        assert!(window.shows(words), "{words}");
    }
    window.key_in(FIELD, Named::ArrowDown, false);
    window.enter(FIELD);
    let told = window.told_one();
    assert!(matches!(told, Command::Jump { room: HARVEST, to: Place::Entry(Seq(40)) }), "{told:?}");
}

#[test]
fn results_of_a_later_search_only_are_shown() {
    let mut window = opened();
    window.type_into(FIELD, "v");
    window.hears(vec![house::found(9)]);
    assert!(!window.shows("MESSAGES"), "nobody asked for these");
}

#[test]
fn tab_completes_filters_and_names() {
    let mut window = opened();
    window.type_into(FIELD, "fr");
    window.key_in(FIELD, Named::Tab, false);
    window.type_into(FIELD, "chl");
    window.key_in(FIELD, Named::Tab, false);
    window.type_into(FIELD, "van");
    let serial = 2 + 1 + 3 + 1 + 3;
    window.send(palette(palette::Message::Search(serial)));
    assert!(matches!(window.told_one(), Command::Search { query, .. } if query == "from:Chloé van"));
}

#[test]
fn a_search_in_a_room_begins_with_its_name() {
    let mut window = Window::after(house::open_at(LOBBY));
    window.press_id(header::SEARCH);
    window.type_into(FIELD, "tent");
    window.send(palette(palette::Message::Search(4)));
    assert!(matches!(window.told_one(), Command::Search { query, .. } if query == "in:lobby tent"));
}

#[test]
fn escape_and_a_press_beside_it_close_it() {
    let mut window = opened();
    window.key_in(FIELD, Named::Escape, false);
    assert!(!window.shows("UNREAD AND RECENT"));
    window.press_id(sidebar::JUMP);
    assert!(window.shows("UNREAD AND RECENT"));
}

#[test]
fn the_plus_beside_the_people_writes_to_one() {
    let mut window = Window::after(house::open_at(LOBBY));
    window.press_id(sidebar::WRITE);
    window.type_into(FIELD, "dm");
    window.enter(FIELD);
    assert!(matches!(window.told_one(), Command::Show(room) if room == Target::Person(DMITRI)));
}

#[test]
fn nothing_floats_over_it() {
    let mut window = Window::after(house::open_at(LOBBY));
    window.press_id(sidebar::ADD);
    assert!(window.shows("Browse channels"));
    window.send(Message::Chat(chat::Message::Shortcut(keys::Shortcut::Palette)));
    assert!(!window.shows("Browse channels") && window.shows("UNREAD AND RECENT"));
}

#[test]
fn what_an_earlier_one_found_is_gone() {
    let mut window = opened();
    window.type_into(FIELD, "va");
    window.hears(vec![house::found(2)]);
    assert!(window.shows("MESSAGES"));
    window.key_in(FIELD, Named::Escape, false);
    window.send(Message::Chat(chat::Message::Shortcut(keys::Shortcut::Palette)));
    window.type_into(FIELD, "te");
    assert!(!window.shows("MESSAGES"));
    window.send(palette(palette::Message::Search(4)));
    assert!(matches!(window.told_one(), Command::Search { serial: 4, .. }));
}
