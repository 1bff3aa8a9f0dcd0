use std::path::Path;

use jiff::civil::date;
use jiff::tz::TimeZone;
use rusqlite::params_from_iter;
use snug_proto::bounded::Text;
use snug_proto::content::{Content, EditContent, FileContent, Mentions};
use snug_proto::entry::{Blobs, Body, Entry, Kind};
use snug_proto::id::{BlobId, DeviceId, Number, Origin};
use tempfile::TempDir;

use super::*;
use crate::copy::{Copy, Mine, Step};

const ALICE: AccountId = AccountId(1);
const BOB: AccountId = AccountId(2);
const ATTIC: RoomId = RoomId(7);
const CELLAR: RoomId = RoomId(8);

/// Somebody's copy, and the entries that come into it.
struct Desk {
    folder: TempDir,
    copy: Copy,
    last: u32,
}

fn origin(number: u64) -> Origin {
    Origin { device: DeviceId(5), number: Number(number) }
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copy = Copy::open(&folder.path().join("copy.sqlite")).unwrap();
        Self { folder, copy, last: 0 }
    }

    fn entry(&mut self, room: RoomId, author: AccountId, body: Body) -> Entry {
        self.last += 1;
        Entry {
            room,
            seq: Seq(self.last),
            at: 1_000_000 * i64::from(self.last),
            kind: Kind::CONTENT,
            author,
            device: origin(0).device,
            number: Number(u64::from(self.last)),
            generation: 0,
            epoch: 0,
            blobs: Blobs::default(),
            body,
        }
    }

    fn take(&self, entries: impl IntoIterator<Item = Entry>) {
        let steps = entries.into_iter().map(|entry| Step::Entry(Box::new(entry))).collect();
        self.copy.merge(steps, Mine { me: ALICE, device: DeviceId(9) }).unwrap();
    }

    fn say(&mut self, room: RoomId, author: AccountId, text: &str) -> Entry {
        let entry = self.entry(room, author, Content::text(text).unwrap().to_body().unwrap());
        self.take([entry.clone()]);
        entry
    }

    fn edit(&mut self, target: &Entry, author: AccountId, text: &str) -> Entry {
        let edit = EditContent {
            target: target.origin(),
            text: Text::new(text).unwrap(),
            mentions: Mentions::default(),
        };
        self.entry(target.room, author, Content::Edit(edit).to_body().unwrap())
    }

    fn index(&self) {
        while self.copy.index_some().unwrap() == Indexed::More {}
    }

    fn wanted(typed: &str) -> Wanted {
        let query = Query::parse(typed, date(2026, 11, 26), &TimeZone::UTC);
        Wanted { phrases: query.phrases, has_file: query.has_file, limit: 50, ..Wanted::default() }
    }

    fn to_index(&self) -> u64 {
        let found = self.copy.search(self.copy.search_turn(), &Wanted::default()).unwrap();
        found.expect("nobody else searches").to_index
    }

    fn find(&self, typed: &str) -> Vec<String> {
        self.find_wanted(&Self::wanted(typed))
    }

    fn find_wanted(&self, wanted: &Wanted) -> Vec<String> {
        let matches =
            self.copy.search(self.copy.search_turn(), wanted).unwrap().expect("nobody else searches");
        matches.matches.into_iter().map(|found| found.text).collect()
    }
}

#[test]
fn messages_are_found_newest_first_once_they_are_indexed() {
    let mut desk = Desk::new();
    desk.say(ATTIC, ALICE, "the first lunch");
    desk.say(CELLAR, BOB, "the second Lunch");
    assert_eq!(desk.find("lunch"), [""; 0]);
    assert_eq!(desk.to_index(), 2);
    desk.index();
    assert_eq!(desk.to_index(), 0);
    assert_eq!(desk.find("lunch"), ["the second Lunch", "the first lunch"]);
    assert_eq!(desk.find("lun"), ["the second Lunch", "the first lunch"]);
    assert_eq!(desk.find("lun first "), [""; 0], "only the last word may be unfinished");
    assert_eq!(desk.find("\"first lunch\""), ["the first lunch"]);
    assert_eq!(desk.find("\"lunch first\""), [""; 0]);
}

#[test]
fn every_script_is_found() {
    let mut desk = Desk::new();
    let texts = [
        "東京都に行く",
        "Η οδός ΜΟΥ",
        "Здравствуй, ёлка",
        "السَّلَامُ عَلَيْكُم",
        "喫茶店でコーヒー",
        "กินข้าวแล้ว",
        "crème brûlée",
    ];
    for text in texts {
        desk.say(ATTIC, ALICE, text);
    }
    desk.index();
    for (typed, found) in [
        ("東京", 0),
        ("京都", 0),
        ("都に行", 0),
        ("οδος", 1),
        ("μου", 1),
        ("ЕЛКА", 2),
        ("здрав", 2),
        ("السلام", 3),
        ("عليكم", 3),
        ("コーヒー", 4),
        ("茶", 4),
        ("ข้าว", 5),
        ("Brulee", 6),
        ("CREM", 6),
    ] {
        assert_eq!(desk.find(typed), [texts[found]], "{typed}");
    }
    assert_eq!(desk.find("京東"), [""; 0]);
}

#[test]
fn filters_narrow_what_is_found() {
    let mut desk = Desk::new();
    desk.say(ATTIC, ALICE, "lunch by alice in the attic");
    desk.say(CELLAR, ALICE, "lunch by alice in the cellar");
    let late = desk.say(CELLAR, BOB, "lunch by bob in the cellar");
    let file = Content::File(FileContent {
        blob: BlobId([1; 16]),
        name: Text::new("lunch-menu.pdf").unwrap(),
        media_type: Text::default(),
        size: 1,
        hash: [0; 32],
        pixels: (0, 0),
        reply_to: None,
        source: None,
    });
    let file = desk.entry(CELLAR, BOB, file.to_body().unwrap());
    desk.take([file]);
    desk.index();
    let lunch = || Desk::wanted("lunch ");
    let of_bob = Wanted { from: vec![vec![BOB]], ..lunch() };
    assert_eq!(desk.find_wanted(&of_bob), ["lunch-menu.pdf", "lunch by bob in the cellar"]);
    let in_attic = Wanted { rooms: vec![vec![ATTIC]], ..lunch() };
    assert_eq!(desk.find_wanted(&in_attic), ["lunch by alice in the attic"]);
    let both = Wanted { from: vec![vec![ALICE]], rooms: vec![vec![CELLAR, ATTIC]], ..Wanted::default() };
    assert_eq!(desk.find_wanted(&Wanted { limit: 9, ..both }).len(), 2);
    assert_eq!(desk.find("has:file"), ["lunch-menu.pdf"]);
    assert_eq!(desk.find("menu"), ["lunch-menu.pdf"]);
    let early = Wanted { before: Some(late.at), ..lunch() };
    assert_eq!(desk.find_wanted(&early).len(), 2);
    let rest = Wanted { after: Some(late.at), limit: 1, ..Wanted::default() };
    assert_eq!(desk.find_wanted(&rest), ["lunch-menu.pdf"]);
    let more = desk.copy.search(desk.copy.search_turn(), &rest).unwrap().unwrap();
    assert!(more.more);
}

#[test]
fn an_edited_message_is_found_by_what_it_says_now() {
    let mut desk = Desk::new();
    let text = desk.say(ATTIC, ALICE, "let us meet at noon");
    desk.index();
    let later = desk.edit(&text, ALICE, "let us meet at midnight");
    desk.take([later.clone()]);
    let forged = desk.edit(&text, BOB, "let us never meet");
    desk.take([forged]);
    desk.index();
    assert_eq!(desk.find("noon"), [""; 0]);
    assert_eq!(desk.find("never"), [""; 0]);
    assert_eq!(desk.find("midnight"), ["let us meet at midnight"]);
    // The edit is retracted, its text is not.
    desk.take([Entry { body: Body::default(), ..later }]);
    desk.index();
    assert_eq!(desk.find("midnight"), [""; 0]);
    assert_eq!(desk.find("noon"), ["let us meet at noon"]);
}

#[test]
fn an_edit_that_comes_before_its_text_counts() {
    let mut desk = Desk::new();
    let text = desk.entry(ATTIC, ALICE, Content::text("noon").unwrap().to_body().unwrap());
    let edit = desk.edit(&text, ALICE, "midnight");
    desk.take([edit]);
    desk.index();
    desk.take([text]);
    desk.index();
    assert_eq!((desk.find("noon").len(), desk.find("midnight").len()), (0, 1));
}

fn raw(folder: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).unwrap();
    files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
}

#[test]
fn nothing_is_left_of_a_retracted_text() {
    let mut desk = Desk::new();
    let holds = |desk: &Desk, text: &str| {
        raw(desk.folder.path()).windows(text.len()).any(|part| part == text.as_bytes())
    };
    desk.say(ATTIC, BOB, "something harmless");
    let secret = desk.say(ATTIC, ALICE, "the password is xylophonequartz");
    let edit = desk.edit(&secret, ALICE, "the password was zygomorphicquux");
    desk.index();
    desk.take([edit.clone()]);
    desk.index();
    assert!(holds(&desk, "xylophone") && holds(&desk, "zygomorphic"));
    desk.take([Entry { body: Body::default(), ..secret }, Entry { body: Body::default(), ..edit }]);
    desk.index();
    for word in ["xylophone", "zygomorphic", "quartz"] {
        assert!(!holds(&desk, word), "“{word}” is still there");
    }
    assert_eq!(desk.find("harmless").len(), 1);
    assert_eq!(desk.find("password"), [""; 0]);
}

#[test]
fn messages_of_one_moment_are_all_found() {
    let mut desk = Desk::new();
    for room in 1..=20 {
        let mut entry = desk.entry(RoomId(room), BOB, Content::text("at once").unwrap().to_body().unwrap());
        (entry.seq, entry.at) = (Seq(1), 77);
        desk.take([entry]);
    }
    for at in [i64::MIN, i64::MAX] {
        let mut entry = desk.entry(ATTIC, BOB, Content::text("at once").unwrap().to_body().unwrap());
        entry.at = at;
        desk.take([entry]);
    }
    desk.index();
    assert_eq!(desk.find("once").len(), 22);
}

#[test]
fn another_log_begins_with_an_empty_index() {
    let mut desk = Desk::new();
    desk.say(ATTIC, BOB, "of the old log");
    desk.index();
    assert_eq!(desk.find("old").len(), 1);
    desk.copy.drop_log().unwrap();
    assert_eq!(desk.find("old"), [""; 0]);
    desk.last = 0;
    desk.say(ATTIC, BOB, "of the new log");
    desk.index();
    assert_eq!(desk.find("log"), ["of the new log"]);
}

#[test]
fn a_later_search_ends_an_earlier_one() {
    let mut desk = Desk::new();
    desk.say(ATTIC, BOB, "lunch");
    desk.index();
    let earlier = desk.copy.search_turn();
    let later = desk.copy.search_turn();
    assert!(desk.copy.search(earlier, &Desk::wanted("lunch")).unwrap().is_none());
    assert!(desk.copy.search(later, &Desk::wanted("lunch")).unwrap().is_some());
}

/// How SQLite would answer.
fn plan(desk: &Desk, query: &str) -> String {
    desk.copy
        .with(|db| {
            let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {query}"))?;
            let nothing: Vec<Option<i64>> = vec![None; plan.parameter_count()];
            let steps = plan.query_map(params_from_iter(nothing), |row| row.get::<_, String>(3))?;
            Ok(steps.collect::<rusqlite::Result<Vec<_>>>()?.join("\n"))
        })
        .unwrap()
}

#[test]
fn every_question_is_answered_by_an_index() {
    let desk = Desk::new();
    for query in [MATCHING, WITHIN] {
        let plan = plan(&desk, query);
        // The order is the index's own, and the times are its bounds.
        assert!(plan.starts_with("SCAN found VIRTUAL TABLE INDEX") && !plan.contains("B-TREE"), "{plan}");
        assert!(plan.contains('<') && plan.contains('>'), "{plan}");
    }
    for query in [acts::ENTRY_AT, acts::LAST_EDIT, acts::FIND, index::EDITED, index::NOTED] {
        let plan = plan(&desk, query);
        assert!(plan.contains("SEARCH") && !plan.contains("TEMP B-TREE"), "{plan}");
        assert!(!plan.contains("SCAN entries") && !plan.contains("SCAN edits"), "{plan}");
    }
}
