//! A conversation that has everything a message can have.

use std::path::PathBuf;
use std::sync::Arc;

use snug_engine::event::*;
use snug_proto::id::{BlobId, Seq};

use crate::preset::*;

pub(crate) const MORNING: BlobId = BlobId([21; 16]);
pub(crate) const TODAY: i64 = 1_791_100_000_000;

pub(crate) fn chip(emoji: &str, count: u32, mine: bool, names: &[&str]) -> Chip {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    Chip { emoji: emoji.into(), count, mine, names }
}

pub(crate) fn quote(seq: u32, who: &str, preview: &str) -> Quote {
    Quote {
        item: Some(ItemKey::Entry(Seq(seq))),
        origin: None,
        author_name: who.into(),
        preview: preview.into(),
    }
}

pub(crate) fn picture(blob: BlobId, size: u64, place: FilePlace) -> What {
    What::File(FileItem {
        blob,
        name: "morning.png".into(),
        size,
        media_type: "image/png".into(),
        pixels: Some((1200, 528)),
        place,
    })
}

/// The conversation; its picture is in this file.
pub(crate) fn items(morning: PathBuf) -> Vec<Item> {
    let yesterday = TODAY - 15 * 60 * MINUTE;
    let mention = TextItem {
        text: "@Amara here is the light this morning".into(),
        mentions: vec!["Amara".into()],
        mentions_me: true,
        edited: false,
    };
    let edited = TextItem {
        edited: true,
        ..TextItem::plain("Oh that is **lovely**. Sending the full set now, it is about *1.8 GB*.")
    };
    let joined = |seq, who: &str| {
        said(seq, DMITRI, yesterday - 50 * MINUTE, What::Joined { who: who.into(), by: None })
    };
    vec![
        joined(4, "Chloé"),
        joined(5, "Dmitri"),
        joined(6, "Hardeep"),
        joined(7, "Inês"),
        Item {
            reactions: Reactions {
                chips: vec![
                    chip("⛺", 2, true, &["Amara", "Bashir"]),
                    chip("👍", 3, false, &["Bashir", "Chloé", "Dmitri"]),
                ],
                more: 0,
            },
            pinned: true,
            ..said(
                9,
                CHLOE,
                yesterday - 30 * MINUTE,
                text(
                    "The van is booked from Friday 7:00. Who is driving?\nRoute: https://maps.example/route?from=studio&to=lake.",
                ),
            )
        },
        Item {
            reply: Some(quote(9, "Chloé", "The van is booked from Friday 7:00. Who is driving?")),
            ..said(
                10,
                BASHIR,
                yesterday,
                text(
                    "I am. Packing list is below, tell me if something is missing:\n```rust\nfn pack() -> Vec<&'static str> {\n    // rope: 20 m\n    vec![\"tent\", \"2 lamps\", \"stove\"]\n}\n```",
                ),
            )
        },
        said(
            11,
            BASHIR,
            yesterday + MINUTE,
            text("> bring biscuits\n\n1. ~~tent~~ is packed\n2. the `stove` needs gas\n   - two cartridges"),
        ),
        said(
            12,
            BASHIR,
            yesterday + 2 * MINUTE,
            file(ROUTE, "route-and-maps.pdf", 4_200_000, FilePlace::Remote),
        ),
        Item { ignored: true, ..said(13, DMITRI, yesterday + 9 * MINUTE, text("you will not like this")) },
        said(14, BASHIR, TODAY, What::Text(mention)),
        said(15, BASHIR, TODAY + MINUTE, picture(MORNING, 2_100_000, FilePlace::Here(morning))),
        said(16, AMARA, TODAY + 3 * MINUTE, What::Text(edited)),
        Item {
            source: Some(Source {
                imported: false,
                author_name: "Hardeep".into(),
                at: yesterday,
                from: "recipes".into(),
            }),
            ..said(17, CHLOE, TODAY + 4 * MINUTE, text("Bread for the lake: 500 g flour, 10 g salt :bread:"))
        },
    ]
}

pub(crate) fn timeline_of(items: Vec<Item>) -> Timeline {
    let reader = |account, name: &str, seq| ReadBy { account, name: name.into(), seq: Seq(seq) };
    Timeline {
        room: LOBBY,
        items,
        has_older: true,
        has_newer: false,
        new_from: Some(Seq(14)),
        focus: None,
        reads: vec![reader(BASHIR, "Bashir", 16), reader(CHLOE, "Chloé", 17), reader(DMITRI, "Dmitri", 16)],
    }
}

pub(crate) fn pins(items: &[Item]) -> Event {
    let pinned =
        items.iter().filter(|item| item.key == ItemKey::Entry(Seq(9)) || item.key == ItemKey::Entry(Seq(14)));
    Event::Pins { room: LOBBY, items: pinned.cloned().collect() }
}

pub(crate) fn versions() -> Event {
    let version = |minute, text: &str| Version { at: TODAY + minute * MINUTE, text: text.into() };
    Event::Versions {
        room: LOBBY,
        item: ItemKey::Entry(Seq(16)),
        versions: Arc::new([
            version(3, "Oh that is lovely."),
            version(5, "Oh that is **lovely**. Sending the full set now, it is about *1.8 GB*."),
        ]),
    }
}

/// Texts that try to be wider, deeper, higher or other than they may.
pub(crate) fn hostile() -> Vec<String> {
    vec![
        "x".repeat(16_384),
        format!("`{}`", "x".repeat(16_000)),
        format!("```\n{}\n```", "x = 1; ".repeat(2300)),
        format!("```\n{}```", "x\n".repeat(8000)),
        "> ".repeat(8) + &"x".repeat(9000),
        "- ".repeat(7) + &"x".repeat(9000),
        format!("99999999999999999999. {}", "x".repeat(500)),
        "a\u{0301}".repeat(5000) + &"\u{0301}".repeat(2000),
        "\u{202e}drawn the other way round".repeat(50),
        "\n".repeat(16_000),
        format!("https://{}.example", "a".repeat(16_000)),
        "*".repeat(10_000),
        "🎉".repeat(4000),
        "@".repeat(16_000),
    ]
}
