use super::*;
use crate::copy::{Meta, Mine, Step};
use snug_proto::bounded::{Bytes, List, Text};
use snug_proto::codec::encode_value;
use snug_proto::content::{EditContent, PinContent, ReactionContent};
use snug_proto::entry::{LOBBY, Retraction};
use snug_proto::id::{DeviceId, Number};

const ME: AccountId = AccountId(1);
const MINE: Mine = Mine { me: ME, device: DeviceId(100) };

/// A copy in which everybody writes one entry after another.
struct Log {
    folder: tempfile::TempDir,
    copy: Copy,
}

fn origin(seq: u32, author: u64) -> Origin {
    Origin { device: DeviceId(author * 100), number: Number(seq.into()) }
}

fn entry(seq: u32, author: u64, kind: Kind, body: Vec<u8>) -> Entry {
    Entry {
        room: LOBBY,
        seq: Seq(seq),
        at: seq.into(),
        kind,
        author: AccountId(author),
        device: DeviceId(author * 100),
        number: Number(seq.into()),
        generation: 0,
        epoch: 0,
        blobs: List::default(),
        body: Bytes::new(body).unwrap(),
    }
}

fn content(seq: u32, author: u64, content: &Content) -> Entry {
    entry(seq, author, Kind::CONTENT, content.to_body().unwrap().into_vec())
}
fn text(seq: u32, author: u64, text: &str) -> Entry {
    content(seq, author, &Content::text(text).unwrap())
}
fn edit(seq: u32, author: u64, target: Origin, text: &str) -> Entry {
    let text = Text::new(text).unwrap();
    content(seq, author, &Content::Edit(EditContent { target, text, mentions: Default::default() }))
}
fn reaction(seq: u32, author: u64, target: Origin, emoji: &str, on: bool) -> Entry {
    let emoji = Text::new(emoji).unwrap();
    content(seq, author, &Content::Reaction(ReactionContent { target, emoji, on }))
}
fn pin(seq: u32, author: u64, target: Origin, on: bool) -> Entry {
    content(seq, author, &Content::Pin(PinContent { target, on }))
}
fn retraction(seq: u32, author: u64, targets: &[(u32, u64)]) -> Entry {
    let target = |(seq, author): &(u32, u64)| Retracted { seq: Seq(*seq), origin: origin(*seq, *author) };
    let targets = List::new(targets.iter().map(target).collect()).unwrap();
    entry(seq, author, Kind::RETRACT, encode_value(&Retraction { targets }))
}

impl Log {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copy = Copy::open(&folder.path().join("copy.sqlite")).unwrap();
        copy.set_meta(&Meta { me: ME, device: MINE.device, ..Meta::default() }).unwrap();
        Self { folder, copy }
    }

    fn take(&self, entries: Vec<Entry>) -> crate::copy::Merged {
        self.copy.merge(vec![Step::Page(entries)], MINE).unwrap()
    }

    /// What the engine does by itself after a retraction.
    fn wipe(&self) {
        assert!(self.copy.has_traces().unwrap());
        let mut next = Some(1);
        while let Some(from) = next {
            next = self.copy.scrub(from).unwrap();
        }
        self.copy.truncate_wal().unwrap();
        assert!(!self.copy.has_traces().unwrap());
    }

    fn page(&self) -> Vec<Folded> {
        let rows = self.copy.page(LOBBY, Seq(1), Seq(u32::MAX), 240).unwrap();
        self.copy.fold(LOBBY, rows, ME).unwrap()
    }
}

fn says(folded: &Folded) -> String {
    crate::timeline::words(folded.edit.as_deref().unwrap_or(&folded.row.body)).unwrap_or_default()
}

#[test]
fn the_last_edit_by_the_author_counts_in_whichever_order_things_come() {
    let all = vec![
        text(1, 1, "one"),
        edit(2, 1, origin(1, 1), "two"),
        edit(3, 2, origin(1, 1), "by somebody else"),
        edit(4, 1, origin(1, 1), "three"),
        // An edit of an edit changes nothing.
        edit(5, 1, origin(4, 1), "four"),
    ];
    let (forward, backward) = (Log::new(), Log::new());
    forward.take(all.clone());
    for entry in all.into_iter().rev() {
        backward.take(vec![entry]);
    }
    for log in [forward, backward] {
        let page = log.page();
        assert_eq!(page.len(), 1, "acts are no rows");
        assert_eq!(says(&page[0]), "three");
        assert_eq!(log.copy.texts(LOBBY, Seq(1)).unwrap().len(), 3);
    }
}

#[test]
fn a_reaction_is_what_its_author_said_last() {
    let log = Log::new();
    log.take(vec![reaction(9, 2, origin(1, 1), "👍", false), text(1, 1, "cake?")]);
    log.take(vec![reaction(5, 2, origin(1, 1), "👍", true), reaction(6, 3, origin(1, 1), "👍", true)]);
    log.take(vec![
        reaction(7, 1, origin(1, 1), "🎂", true),
        reaction(8, 1, origin(1, 1), "not an emoji", true),
    ]);
    // Another room's entry of the same name is another one.
    let elsewhere = snug_proto::id::RoomId(7);
    log.take(vec![Entry { room: elsewhere, ..reaction(1, 4, origin(1, 1), "💣", true) }]);
    let chips = log.page()[0].chips.clone();
    let told: Vec<_> = chips.iter().map(|chip| (chip.emoji.as_str(), chip.count, chip.mine)).collect();
    assert_eq!(told, [("👍", 1, false), ("🎂", 1, true)]);
}

#[test]
fn ten_thousand_reactions_are_twenty_chips() {
    let log = Log::new();
    log.take(vec![text(1, 1, "cake?")]);
    let emoji = |n: u32| char::from_u32(0x4e00 + n).unwrap().to_string();
    let all: Vec<Entry> = (0..10_000)
        .map(|n| reaction(n + 2, 2 + u64::from(n % 40), origin(1, 1), &emoji(n % 5_000), true))
        .collect();
    for page in all.chunks(100) {
        log.take(page.to_vec());
    }
    let page = log.page();
    assert_eq!(page.len(), 1);
    assert_eq!((page[0].chips.len(), page[0].more), (CHIPS_MAX, 5_000 - CHIPS_MAX as u32));
    assert_eq!(page[0].chips[0].emoji, emoji(0), "the first kinds are told");
    assert!(page[0].chips.iter().all(|chip| chip.first.len() <= CHIP_NAMES_MAX));

    let log = Log::new();
    log.take(vec![text(1, 1, "cake?")]);
    for page in (0..10_000)
        .map(|n| reaction(n + 2, u64::from(n) + 2, origin(1, 1), "👍", true))
        .collect::<Vec<_>>()
        .chunks(100)
    {
        log.take(page.to_vec());
    }
    let chip = &log.page()[0].chips[0];
    assert_eq!((chip.count, chip.first.len()), (10_000, CHIP_NAMES_MAX));
    assert_eq!(chip.first[0].1, AccountId(2), "the first people are told");
}

#[test]
fn pins_are_told_newest_first_and_end() {
    let log = Log::new();
    log.take(vec![text(1, 1, "one"), text(2, 2, "two"), text(3, 2, "three")]);
    log.take(vec![
        pin(4, 1, origin(2, 2), true),
        pin(5, 1, origin(1, 1), true),
        pin(6, 1, origin(3, 2), true),
        pin(7, 2, origin(3, 2), false),
    ]);
    let pins: Vec<String> = log.copy.pins(LOBBY, ME).unwrap().iter().map(says).collect();
    assert_eq!(pins, ["one", "two"]);
    assert_eq!(log.page().iter().map(|folded| folded.is_pinned).collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn every_look_up_of_a_page_uses_an_index() {
    let log = Log::new();
    for query in [FIND, LAST_EDIT, CHIPS] {
        let plan: Vec<String> = log
            .copy
            .with(|db| {
                let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {query}"))?;
                let count = explain.parameter_count();
                let rows = explain.query_map(rusqlite::params_from_iter(vec![1; count]), |row| row.get(3))?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            })
            .unwrap();
        assert!(plan.iter().all(|step| step.starts_with("SEARCH")), "{plan:?}");
    }
}

/// Whether any file of the copy has these bytes.
fn has_bytes(log: &Log, bytes: &[u8]) -> bool {
    let files = std::fs::read_dir(log.folder.path()).unwrap();
    files.into_iter().any(|file| {
        std::fs::read(file.unwrap().path()).unwrap().windows(bytes.len()).any(|part| part == bytes)
    })
}

#[test]
fn what_is_retracted_is_gone_and_stays_gone() {
    let log = Log::new();
    let secret = text(1, 2, "the safe is 83-12-07");
    log.take(vec![secret.clone(), edit(2, 2, origin(1, 2), "the safe is 83-12-08"), text(3, 2, "bye")]);
    assert!(has_bytes(&log, b"83-12-0"));
    let merged = log.take(vec![retraction(4, 2, &[(1, 2), (2, 2)])]);
    assert!(merged.retracted);
    log.wipe();
    assert!(!has_bytes(&log, b"83-12-0"));
    let page = log.page();
    assert_eq!(page.len(), 2, "the message leaves a tombstone, its edits nothing");
    assert!(page[0].row.body.is_empty() && !page[0].row.is_message);

    // A page that was read before and comes after it.
    let late = Log::new();
    late.take(vec![retraction(4, 2, &[(1, 2), (2, 2)])]);
    late.take(vec![secret, edit(2, 2, origin(1, 2), "the safe is 83-12-08")]);
    assert_eq!(late.page().len(), 1);
    assert!(!has_bytes(&late, b"83-12-0"));
}

#[test]
fn pages_that_were_split_keep_nothing_either() {
    let log = Log::new();
    let den = snug_proto::id::RoomId(7);
    for round in 0..200u32 {
        let filler = text(round + 1, 2, &format!("filler {}", "words ".repeat(round as usize % 40)));
        let secret =
            text(round + 1, 2, &format!("83-12-07 {}", "and more ".repeat((round as usize * 37) % 90)));
        log.take(vec![secret, Entry { room: den, ..filler }]);
    }
    for first in (1..=200u32).step_by(50) {
        let targets: Vec<(u32, u64)> = (first..first + 50).map(|seq| (seq, 2)).collect();
        log.take(vec![retraction(1000 + first, 2, &targets)]);
    }
    log.wipe();
    assert!(!has_bytes(&log, b"83-12-0"));
    assert_eq!(log.copy.page(den, Seq(1), Seq(500), 500).unwrap().len(), 200, "nothing else is touched");
}

fn orphans(merged: &crate::copy::Merged) -> Vec<Vec<u32>> {
    let places = |targets: &Vec<Retracted>| targets.iter().map(|target| target.seq.0).collect();
    merged.orphans.iter().map(|(_, targets)| places(targets)).collect()
}

#[test]
fn edits_of_ones_own_that_a_moderator_did_not_know_are_to_go() {
    let log = Log::new();
    log.take(vec![text(1, 1, "rude"), edit(2, 1, origin(1, 1), "ruder"), edit(3, 1, origin(1, 1), "rudest")]);
    log.take(vec![text(4, 3, "not mine"), edit(5, 3, origin(4, 3), "nor this")]);
    let merged = log.take(vec![retraction(6, 2, &[(1, 1), (3, 1)]), retraction(7, 2, &[(4, 3)])]);
    assert_eq!(orphans(&merged), [[1, 2]]);
    assert!(orphans(&log.take(vec![retraction(8, 1, &[(1, 1), (2, 1)])])).is_empty());
}

#[test]
fn an_edit_of_ones_own_that_comes_after_the_retraction_is_to_go() {
    let log = Log::new();
    log.take(vec![text(1, 1, "regretted"), retraction(2, 1, &[(1, 1)])]);
    let merged = log.take(vec![edit(3, 1, origin(1, 1), "regretted, still")]);
    assert_eq!(orphans(&merged), [[1, 3]]);
    let others = log.take(vec![edit(4, 2, origin(1, 1), "not mine")]);
    assert!(others.orphans.is_empty());
}

#[test]
fn a_message_with_more_edits_than_one_retraction_names_goes_with_all_of_them() {
    let log = Log::new();
    let edits = 2..=302;
    log.take(vec![text(1, 1, "no end of changes")]);
    log.take(edits.clone().map(|seq| edit(seq, 1, origin(1, 1), "still no end")).collect());
    log.take(vec![edit(303, 2, origin(1, 1), "by somebody else")]);
    let (row, _) = log.copy.current(LOBBY, Seq(1)).unwrap().unwrap();
    let all = log.copy.with_edits(LOBBY, &row).unwrap();
    assert!(all.iter().all(|targets| targets.len() <= RETRACT_MAX && targets[0].seq == Seq(1)));
    let named: Vec<u32> = all.iter().flat_map(|targets| &targets[1..]).map(|target| target.seq.0).collect();
    assert_eq!(named, edits.collect::<Vec<_>>());
    let bare = log.take(vec![text(400, 1, "as it was")]);
    assert_eq!(bare.fresh.len(), 1);
    let (row, _) = log.copy.current(LOBBY, Seq(400)).unwrap().unwrap();
    assert_eq!(log.copy.with_edits(LOBBY, &row).unwrap().concat().len(), 1);
}
