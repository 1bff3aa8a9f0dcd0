use snug_proto::bounded::{Bytes, Text};
use snug_proto::id::{DeviceId, Number};

use super::*;
use crate::copy::{Mine, Step};

const ALICE: AccountId = AccountId(7);
const MINE: Mine = Mine { me: AccountId(1), device: DeviceId(100) };

fn copy() -> (tempfile::TempDir, Copy) {
    let folder = tempfile::tempdir().unwrap();
    let copy = Copy::open(&folder.path().join("copy.sqlite")).unwrap();
    (folder, copy)
}

fn called(display: &str) -> Profile {
    Profile { display: Text::cut(display), ..Profile::default() }
}

fn entry(seq: u32, profile: Option<Profile>) -> Step {
    let body = profile.map(|profile| Bytes::new(codec::encode_value(&profile)).unwrap()).unwrap_or_default();
    Step::Entry(Box::new(Entry {
        room: LOBBY,
        seq: Seq(seq),
        at: 0,
        kind: Kind::PROFILE,
        author: ALICE,
        device: DeviceId(0),
        number: Number(0),
        generation: 0,
        epoch: 0,
        blobs: Default::default(),
        body,
    }))
}

/// The name that is shown, and the places at which a name is told.
fn seen(copy: &Copy) -> (String, Vec<u32>) {
    let name = copy.looks().unwrap().remove(&ALICE).unwrap_or_default().display;
    let told = copy.page(LOBBY, Seq(1), Seq(100), 100).unwrap();
    (name, told.iter().map(|row| row.seq.0).collect())
}

#[test]
fn the_last_entry_wins_in_whichever_order_they_come() {
    let (_folder, copy) = copy();
    copy.merge(vec![entry(5, Some(called("Allie")))], MINE).unwrap();
    assert_eq!(seen(&copy), ("Allie".into(), vec![5]));
    copy.merge(vec![entry(3, Some(called("Ally")))], MINE).unwrap();
    assert_eq!(seen(&copy), ("Allie".into(), vec![5]), "a page from the past changes nothing");
    let merged = copy.merge(vec![entry(9, Some(called("Alice M")))], MINE).unwrap();
    assert!(merged.looks && merged.retracted, "the former name leaves the disk");
    assert_eq!(seen(&copy), ("Alice M".into(), vec![9]));
    copy.merge(vec![entry(4, None)], MINE).unwrap();
    assert_eq!(seen(&copy), ("Alice M".into(), vec![9]), "an emptied one says nothing");
}

#[test]
fn a_colour_is_no_other_name_and_no_name_is_one() {
    let (_folder, copy) = copy();
    copy.merge(vec![entry(2, Some(Profile { colour: 3, ..Profile::default() }))], MINE).unwrap();
    assert_eq!(seen(&copy), (String::new(), vec![]));
    assert_eq!(copy.looks().unwrap()[&ALICE].colour, 3);
    copy.merge(vec![entry(3, Some(called("Ally")))], MINE).unwrap();
    copy.merge(vec![entry(4, Some(Profile { colour: 99, ..called("Ally") }))], MINE).unwrap();
    assert_eq!(seen(&copy), ("Ally".into(), vec![]));
    assert_eq!(copy.looks().unwrap()[&ALICE].colour, 0, "a colour that is not there is none");
    copy.merge(vec![entry(5, Some(called("")))], MINE).unwrap();
    assert_eq!(seen(&copy), (String::new(), vec![5]));
    copy.merge(vec![entry(6, Some(called("a\u{202e}b")))], MINE).unwrap();
    assert_eq!(seen(&copy).0, "", "a name that cannot be one is not shown");
}

#[test]
fn an_answer_holds_as_of_what_was_held_when_it_was_asked() {
    let (_folder, copy) = copy();
    copy.merge(vec![entry(8, Some(called("Allie")))], MINE).unwrap();
    copy.put_looks(vec![(ALICE, called("older"))], AccountId(u64::MAX), Seq(7)).unwrap();
    assert_eq!(seen(&copy).0, "Allie");
    copy.put_looks(Vec::new(), AccountId(6), Seq(8)).unwrap();
    assert_eq!(seen(&copy).0, "Allie", "the list did not come to her");
    copy.put_looks(Vec::new(), AccountId(u64::MAX), Seq(8)).unwrap();
    assert_eq!(seen(&copy).0, "");
}
