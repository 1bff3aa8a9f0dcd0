//! How messages are shown: hostile ones stay in their rows, pictures have their place, readers and joins are counted.

use snug::app::Message;
use snug::pictures;
use snug::screen::chat;
use snug_engine::command::Command;
use snug_engine::event::*;
use snug_proto::id::{AccountId, Seq};

use crate::conversation::{self, MORNING, picture};
use crate::preset::*;
use crate::window::Window;

const AT: i64 = conversation::TODAY;

fn with(items: Vec<Item>) -> Window {
    let mut events = open(session(online()));
    events.push(timeline(items));
    Window::after(events)
}

#[test]
fn a_conversation_with_everything_in_it_is_shown() {
    let items = conversation::items("/nowhere/morning.png".into());
    let mut events = open(session(online()));
    events.push(conversation::pins(&items));
    events.push(Event::Timeline(std::sync::Arc::new(conversation::timeline_of(items))));
    let window = Window::after(events);
    assert_eq!(window.app.shared().pins_of(LOBBY).len(), 2);
    for words in ["route-and-maps.pdf", "edited", "New", "⛺"] {
        assert!(window.shows(words), "{words}");
    }
    for seq in 9..=17 {
        assert!(window.height_of(&format!("entry-{seq}")) > 20.0, "{seq} has a height");
    }
}

#[test]
fn no_text_makes_its_row_wider_than_its_place() {
    for text_of in conversation::hostile() {
        let start: String = text_of.chars().take(16).collect();
        let edited = TextItem { edited: true, mentions: vec!["x".repeat(200)], ..TextItem::plain(text_of) };
        let long = Quote {
            item: None,
            origin: None,
            author_name: "a".repeat(200),
            preview: "\u{202e}wide ".repeat(300),
        };
        let item = Item { reply: Some(long), ..said(1, BASHIR, AT, What::Text(edited)) };
        let window = with(vec![item]);
        let row = window.place_of("entry-1");
        assert!(row.x >= 248.0 && row.x + row.width <= 960.0, "{start}: {row:?}");
        assert!(window.height_of("entry-1") < 1300.0, "{start}: {}", window.height_of("entry-1"));
    }
}

#[test]
fn names_and_sources_of_any_length_stay_in_their_rows() {
    let source =
        Source { imported: true, author_name: "n".repeat(900), at: i64::MAX, from: "f\n".repeat(900) };
    let item = Item {
        author_name: "w".repeat(600),
        source: Some(source),
        ..said(1, BASHIR, AT, file(ROUTE, &"long".repeat(90), u64::MAX, FilePlace::Remote))
    };
    let window = with(vec![item]);
    let row = window.place_of("entry-1");
    assert!(row.x + row.width <= 960.0 && window.height_of("entry-1") < 300.0, "{row:?}");
}

#[test]
fn a_long_message_is_unfolded_by_who_wants_it() {
    let mut window = with(vec![said(1, BASHIR, AT, text(&"line\n".repeat(90)))]);
    let folded = window.height_of("entry-1");
    window.press("Show all of it");
    assert!(!window.shows("Show all of it"));
    assert!(window.height_of("entry-1") > folded * 1.5);
}

#[test]
fn a_picture_has_its_place_before_it_is_here_and_is_a_file_where_it_is_broken() {
    let of = |place| vec![said(1, BASHIR, AT, picture(MORNING, 2_100_000, place))];
    let mut window = with(of(FilePlace::Remote));
    let height = window.height_of("entry-1");
    assert!(height > 180.0, "its place is there: {height}");
    window.press("2.1 MB");
    assert!(matches!(window.told_one(), Command::Fetch(MORNING)), "what the engine left on the server");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("morning.png");
    image::RgbImage::new(1200, 528).save(&path).unwrap();
    window.hears(vec![timeline(of(FilePlace::Here(path.clone())))]);
    let _ = window.app.update(Message::Chat(chat::Message::Picture(MORNING, pictures::decode(&path))));
    assert_eq!(window.height_of("entry-1"), height, "nothing moves when it comes");
    assert!(!window.shows("morning.png"), "it is a picture");

    let mut window = with(of(FilePlace::Here(path)));
    let _ = window.app.update(Message::Chat(chat::Message::Picture(MORNING, None)));
    assert!(window.shows("morning.png") && window.shows("2.1 MB · checked, BLAKE3 matches"));
}

#[test]
fn readers_stand_under_what_they_have_read() {
    let reader = |at: u64| ReadBy { account: AccountId(at), name: format!("Reader {at}"), seq: Seq(1) };
    let snapshot = Timeline {
        reads: (10..18).map(reader).collect(),
        ..conversation::timeline_of(vec![said(1, BASHIR, AT, text("hi")), said(2, BASHIR, AT, text("there"))])
    };
    let mut events = open(session(online()));
    events.push(Event::Timeline(std::sync::Arc::new(snapshot)));
    let window = Window::after(events);
    assert!(window.shows("+3"), "five of eight, and the rest counted");
}

#[test]
fn what_happened_is_told_in_few_lines() {
    let joined = |seq, who: &str| said(seq, DMITRI, AT, What::Joined { who: who.into(), by: None });
    let window = with(vec![
        joined(1, "Chloé"),
        joined(2, "Dmitri"),
        joined(3, "Hardeep"),
        said(4, AMARA, AT, What::Joined { who: "Inês".into(), by: Some("Amara".into()) }),
        said(5, AMARA, AT, What::Topic("biscuits".into())),
    ]);
    let clock = snug::wording::clock(AT, &window.app.shared().zone);
    for words in
        ["Chloé, Dmitri and 1 more joined", "Inês joined, invited by Amara", "The topic is now: biscuits"]
    {
        assert!(window.shows(&format!("{words} · {clock}")), "{words}");
    }
    assert!(!window.shows(&format!("Dmitri joined · {clock}")));
}

#[test]
fn where_a_message_comes_from_is_said() {
    let date = snug::wording::date(AT, &with(Vec::new()).app.shared().zone);
    for (imported, from, says) in [
        (false, "recipes", "forwarded from #recipes · Hardeep, "),
        (false, "", "forwarded · Hardeep, "),
        (true, "", "imported · Hardeep, "),
        (true, "Mattermost", "imported from Mattermost · Hardeep, "),
    ] {
        let source = Source { imported, author_name: "Hardeep".into(), at: AT, from: from.into() };
        let window = with(vec![Item { source: Some(source), ..said(1, BASHIR, AT, text("flour")) }]);
        assert!(window.shows(&format!("{says}{date}")), "{says}");
    }
}
