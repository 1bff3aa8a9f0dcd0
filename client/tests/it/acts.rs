//! What people do with messages: answer, react, edit, take back, forward, pin, choose, jump.

use std::sync::Arc;

use iced::keyboard::key::Named;
use iced::{Point, Vector};
use snug::app::Message;
use snug::screen::chat::acts::Act;
use snug::screen::chat::composer::COMPOSER;
use snug::screen::chat::{self, ask, days, hand, item, timeline};
use snug::widget::emoji_picker;
use snug_engine::command::{Command, Place};
use snug_engine::event::*;
use snug_proto::id::{RoomId, Seq};
use snug_proto::talk::{Role, Target};

use crate::conversation::{self, chip, quote};
use crate::preset::*;
use crate::window::Window;

const AT: i64 = conversation::TODAY;

fn key(seq: u32) -> ItemKey {
    ItemKey::Entry(Seq(seq))
}

fn to_hand(message: hand::Message) -> chat::Message {
    chat::Message::Timeline(timeline::Message::Hand(message))
}

/// Bashir asks, Amara answers; the window is Amara's.
fn two() -> Vec<Item> {
    vec![
        said(1, BASHIR, AT, text("Who brings the *tent*?")),
        Item {
            reply: Some(quote(1, "Bashir", "Who brings the tent?")),
            ..said(2, AMARA, AT + MINUTE, text("I do"))
        },
    ]
}

fn with(items: Vec<Item>) -> Window {
    let mut events = open(session(online()));
    events.push(timeline(items));
    Window::after(events)
}

fn as_moderator(window: &mut Window) {
    let Event::Rooms(rooms) = rooms() else { panic!("the preset's rooms") };
    let rooms: Vec<Room> = rooms.iter().map(|room| Room { role: Role::Moderator, ..room.clone() }).collect();
    window.hears(vec![Event::Rooms(rooms.into())]);
}

/// Opens the menu of a message with the pointer.
fn menu(window: &mut Window, row: &str) {
    window.point_at(row);
    window.press_id(item::MORE);
}

#[test]
fn the_row_under_the_pointer_has_tools_and_no_other() {
    let mut window = with(two());
    assert!(!window.shows("😄"));
    window.point_at("entry-1");
    assert!(window.shows("😄"));
    menu(&mut window, "entry-1");
    for words in
        ["React…", "Answer", "Copy text", "Copy link", "Forward…", "Pin", "Mark unread from here", "Select…"]
    {
        assert!(window.shows(words), "{words}");
    }
    assert!(!window.shows("Edit") && !window.shows("Take back…"), "it is Bashir's");
    // Between its rows and its edge the menu is no hole to what lies under it.
    window.press_at(window.place_of(item::MENU).position() + Vector::new(3.0, 3.0));
    assert!(window.shows("Copy link"));
    assert!(window.told().is_empty());
    // A press beside the menu closes it and does nothing else.
    window.press_at(Point::new(600.0, 120.0));
    assert!(!window.shows("Copy link"));
    assert!(window.told().is_empty());
}

#[test]
fn alice_answers_and_the_answer_names_what_it_answers() {
    let mut window = with(two());
    window.point_at("entry-1");
    window.press_id(item::REPLY);
    assert!(window.shows("Replying to Bashir"));
    window.type_into(COMPOSER, "me");
    window.told();
    window.enter(COMPOSER);
    let sent = window.told();
    assert!(
        matches!(&sent[..], [Command::SendText { reply_to: Some(to), text, .. }, ..] if *to == key(1) && text == "me"),
        "{sent:?}"
    );
    assert!(!window.shows("Replying to Bashir"));
}

#[test]
fn a_press_on_what_was_answered_goes_there() {
    let mut window = with(two());
    window.press_id(item::ANSWERED);
    assert!(matches!(window.told_one(), Command::Jump { to: Place::Entry(Seq(1)), .. }));
}

#[test]
fn chips_toggle_and_count() {
    let chips = vec![chip("🎉", 2, true, &["Amara", "Bashir"]), chip("⛺", 7, false, &["Bashir"])];
    let items = vec![Item { reactions: Reactions { chips, more: 3 }, ..said(1, BASHIR, AT, text("so?")) }];
    let mut window = with(items);
    assert!(window.shows("+3"));
    window.press("🎉");
    assert!(matches!(window.told_one(), Command::React { on: false, emoji, .. } if emoji == "🎉"));
    window.press("⛺");
    assert!(
        matches!(window.told_one(), Command::React { on: true, emoji, item, .. } if emoji == "⛺" && item == key(1))
    );
}

#[test]
fn a_bomb_of_reactions_is_twenty_chips_and_a_number() {
    let sign = |at: u32| char::from_u32(0x1f400 + at).unwrap().to_string();
    let chips = (0..60).map(|at| chip(&sign(at), at + 1, false, &["Bashir"; 100])).collect();
    let items =
        vec![Item { reactions: Reactions { chips, more: 9_940 }, ..said(1, BASHIR, AT, text("boom")) }];
    let window = with(items);
    let shown = (0..60).filter(|at| window.shows(&sign(*at))).count();
    assert_eq!(shown, CHIPS_MAX);
    assert!(window.shows("+9980"));
}

#[test]
fn the_picker_finds_by_name_and_remembers() {
    let mut window = with(two());
    window.point_at("entry-1");
    window.press_id(item::REACT);
    window.type_into(emoji_picker::SEARCH, "tada");
    window.enter(emoji_picker::SEARCH);
    assert!(matches!(window.told_one(), Command::React { on: true, emoji, .. } if emoji == "🎉"));
    assert!(!window.shows("party popper"), "it is closed");
    let _ = window.app.update(Message::Chat(chat::Message::EmojiUsed("🎉".into())));
    let kept = snug::settings::Settings::load(&window.app.shared().profile.settings()).unwrap().0;
    assert_eq!(kept.recent_emoji, ["🎉"]);
    // It is at hand from now on.
    window.point_at("entry-1");
    window.press("🎉");
    assert!(matches!(window.told_one(), Command::React { on: true, .. }));

    window.press_id(item::REACT);
    window.key_in(emoji_picker::SEARCH, Named::Escape, false);
    assert!(!window.shows("party popper"));
    assert!(window.told().is_empty());
}

#[test]
fn arrow_up_edits_the_last_text_and_escape_leaves_it() {
    let mut window = with(two());
    window.key_in(COMPOSER, Named::ArrowUp, false);
    assert!(window.shows("Editing"));
    window.key_in(COMPOSER, Named::Escape, false);
    assert!(!window.shows("Editing"));
    menu(&mut window, "entry-2");
    window.press("Edit");
    window.type_into(COMPOSER, "!");
    window.told();
    window.enter(COMPOSER);
    let told = window.told();
    let edited = |command: &Command| matches!(command, Command::Edit { item, text, .. } if *item == key(2) && text == "I do!");
    assert!(told.iter().any(edited), "{told:?}");
    assert!(!window.shows("Editing"));
}

#[test]
fn what_was_edited_shows_what_it_said_before() {
    let edited = TextItem { edited: true, ..TextItem::plain("now") };
    let mut window = with(vec![said(16, AMARA, AT, What::Text(edited))]);
    window.press_id(item::EDITED);
    assert!(matches!(window.told_one(), Command::Versions { item, .. } if item == key(16)));
    assert!(window.shows("Looking for the earlier texts…"));
    window.hears(vec![conversation::versions()]);
    assert!(!window.shows("Looking for the earlier texts…"));
    window.press("Close");
    assert!(!window.shows("Earlier texts"));
}

#[test]
fn taking_back_says_what_happens_before_it_does() {
    let mut window = with(two());
    menu(&mut window, "entry-2");
    window.press("Take back…");
    let sentence = "Its text and its files are deleted from the server and from everybody's computer, earlier texts \
                    too. A line stays that says so. It cannot be undone. Backups that the administrator made keep it.";
    assert!(window.shows(sentence));
    window.press("Cancel");
    assert!(window.told().is_empty());
    menu(&mut window, "entry-2");
    window.press("Take back…");
    window.press("Take back");
    assert!(matches!(window.told_one(), Command::Retract { items, .. } if items == [key(2)]));
}

#[test]
fn who_keeps_order_takes_back_for_others() {
    let mut window = with(two());
    as_moderator(&mut window);
    menu(&mut window, "entry-1");
    window.press("Take back…");
    assert!(window.shows("Others wrote some of it; you keep order in this room."));
    window.press("Take back");
    assert!(matches!(window.told_one(), Command::Retract { items, .. } if items == [key(1)]));
}

#[test]
fn a_message_is_forwarded_to_a_room_found_by_its_name() {
    let mut window = with(two());
    menu(&mut window, "entry-1");
    window.press("Forward…");
    window.type_into(ask::FILTER, "nobody of that name");
    assert!(window.shows("No room or person of that name."));
    window.enter(ask::FILTER);
    assert!(window.told().is_empty());
    window.key_in(ask::FILTER, Named::Escape, false);
    assert!(!window.shows("Forward to…"), "one Escape is enough");
    menu(&mut window, "entry-1");
    window.press("Forward…");
    window.type_into(ask::FILTER, "CHL");
    assert!(!window.shows("Notes to yourself"));
    window.enter(ask::FILTER);
    let told = window.told_one();
    let Command::Forward { from: LOBBY, items, to } = told else { panic!("{told:?}") };
    assert_eq!((items, to), (vec![key(1)], Target::Person(CHLOE)));
}

#[test]
fn several_are_chosen_and_dealt_with_at_once() {
    let mut window = with(two());
    menu(&mut window, "entry-2");
    window.press("Select…");
    assert!(window.shows("1 message chosen"));
    let left = |window: &Window, row| window.place_of(row).position() + Vector::new(16.0, 14.0);
    let at = left(&window, "entry-1") + Vector::new(0.0, 60.0);
    window.press_at(at);
    assert!(window.shows("2 messages chosen"), "its box");
    let copied = window.copies(to_hand(hand::Message::Chosen(Act::CopyText))).unwrap();
    assert!(
        copied.contains("Bashir: Who brings the *tent*?\n") && copied.ends_with("Amara: I do\n"),
        "{copied}"
    );

    let mut window = with(two());
    let _ = window.app.update(Message::Chat(to_hand(hand::Message::Act(key(2), Act::Select))));
    let _ = window.app.update(Message::Chat(to_hand(hand::Message::Choose(key(1)))));
    window.press("Take back…");
    assert!(!window.shows("Take these messages back?"), "one of them is Bashir's");
    window.press("Forward…");
    window.type_into(ask::FILTER, "bash");
    window.enter(ask::FILTER);
    assert!(
        matches!(window.told_one(), Command::Forward { items, .. } if items == [key(1), key(2)]),
        "in their order"
    );
    assert!(!window.shows("Cancel"), "it is done");
}

#[test]
fn pins_are_listed_lead_to_their_messages_and_go() {
    let mut window = with(two());
    menu(&mut window, "entry-1");
    window.press("Pin");
    assert!(matches!(window.told_one(), Command::Pin { on: true, item, .. } if item == key(1)));
    let _ = window.app.update(Message::Chat(chat::Message::ShowPins));
    assert!(window.shows("Nothing is pinned here. A message's menu pins it for everybody in the room."));
    let pin = Item { pinned: true, ..said(1, BASHIR, AT, text("Who brings the *tent*?")) };
    window.hears(vec![Event::Pins { room: LOBBY, items: Arc::new([pin]) }]);
    let _ = window.app.update(Message::Chat(chat::Message::Ask(ask::Message::Unpin(key(1)))));
    assert!(matches!(window.told_one(), Command::Pin { on: false, .. }));
    window.press("Who brings the *tent*?");
    assert!(matches!(window.told_one(), Command::Jump { to: Place::Entry(Seq(1)), .. }));
    assert!(!window.shows("Pinned messages"));
}

#[test]
fn a_message_is_copied_linked_and_marked_unread() {
    let mut window = with(two());
    let act = |act| to_hand(hand::Message::Act(key(1), act));
    assert_eq!(
        window.copies(act(Act::CopyText)).as_deref(),
        Some("Who brings the *tent*?"),
        "as it was written"
    );
    let link = window.copies(act(Act::CopyLink)).unwrap();
    assert_eq!(link, "snug://chat.riverside.example:5556/m/1/0000000000000006-1");
    menu(&mut window, "entry-1");
    window.press("Mark unread from here");
    assert!(matches!(window.told_one(), Command::MarkUnread { from: Some(Seq(1)), .. }));

    // The link leads back.
    let _ = window.app.update(Message::Chat(to_hand(hand::Message::Link(link))));
    assert!(
        matches!(window.told_one(), Command::Jump { room: LOBBY, to: Place::Origin(origin) } if origin.number.0 == 1)
    );
    let elsewhere = "snug://chat.riverside.example:5556/m/2/0000000000000006-1";
    let _ = window.app.update(Message::Chat(to_hand(hand::Message::Link(elsewhere.into()))));
    let told = window.told();
    let jumps =
        |command: &&Command| matches!(command, Command::Jump { room, .. } if *room == Target::Person(BASHIR));
    assert_eq!(told.iter().filter(jumps).count(), 1, "{told:?}");
    assert!(!told.iter().any(|command| matches!(command, Command::Show(_))), "one timeline is enough");
    for (link, says) in [
        ("snug://other.example/m/1/0000000000000006-1", "This link leads to another server."),
        (
            "snug://chat.riverside.example:5556/m/77/0000000000000006-1",
            "This link leads to a room that you are not in.",
        ),
        ("snug://chat.riverside.example:5556/m/77", "This link leads to no message."),
    ] {
        let _ = window.app.update(Message::Chat(to_hand(hand::Message::Link(link.into()))));
        assert!(window.shows(says), "{says}");
    }
    assert!(window.told().is_empty());
}

#[test]
fn a_link_says_where_it_leads_before_it_is_opened() {
    let mut window =
        with(vec![said(1, BASHIR, AT, text("[our bank](https://bank.example@evil.example/login)"))]);
    // The words of the text begin beside the picture.
    let words = window.place_of("entry-1");
    window.press_at(Point::new(words.x + 80.0, words.y + words.height - 14.0));
    assert!(window.shows("Open this address?") && window.shows("evil.example"));
    window.press("Cancel");
    assert!(!window.shows("Open this address?"));
    let _ = window.app.update(Message::Chat(to_hand(hand::Message::Link("https://a.example/b".into()))));
    let copied = window.copies(chat::Message::Ask(ask::Message::Copy));
    assert_eq!(copied.as_deref(), Some("https://a.example/b"));
    assert!(window.told().is_empty());
}

#[test]
fn the_day_leads_to_other_days() {
    let mut window = with(two());
    window.press("Sunday, 4 October");
    window.type_into(days::DATE, "nonsense");
    window.enter(days::DATE);
    assert!(window.shows("Write the day as 2026-10-03, or as 3.10."));
    window.press("The first message");
    assert!(matches!(window.told_one(), Command::Jump { to: Place::Date(0), .. }));
    window.press("Sunday, 4 October");
    window.type_into(days::DATE, "2026-10-03");
    window.enter(days::DATE);
    let Command::Jump { to: Place::Date(at), .. } = window.told_one() else { panic!("it jumps") };
    assert!((AT - 3 * 86_400_000..AT).contains(&at));
}

#[test]
fn an_ignored_message_is_folded_until_it_is_wanted() {
    let items = vec![Item { ignored: true, ..said(1, DMITRI, AT, text("you will not like this")) }];
    let mut window = with(items);
    assert!(window.shows("A message of somebody you ignore ·"));
    window.point_at("entry-1");
    assert!(!window.shows("😄"), "nothing to do with it");
    window.press("Show");
    assert!(!window.shows("A message of somebody you ignore ·"));
}

#[test]
fn in_a_room_of_the_past_nothing_is_offered_that_would_change_it() {
    let mut window = with(two());
    let Event::Rooms(rooms) = rooms() else { panic!("the preset's rooms") };
    let left = |room: &Room| Room { present: false, ..room.clone() };
    window.hears(vec![Event::Rooms(rooms.iter().map(left).collect())]);
    menu(&mut window, "entry-2");
    for words in ["React…", "Answer", "Edit", "Pin", "Take back…"] {
        assert!(!window.shows(words), "{words}");
    }
    assert!(window.shows("Copy text") && window.shows("Forward…"));
    assert_eq!(rooms[0].room, Some(RoomId(1)));
}
