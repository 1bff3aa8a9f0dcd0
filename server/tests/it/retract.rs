//! What was taken back is gone, also from the files.

use snug_proto::bounded::List;
use snug_proto::codec::decode_value;
use snug_proto::entry::{Entry, Kind, LOBBY, Retracted, Retraction, RoomKind};
use snug_proto::id::{Number, Origin, RoomId, Seq};
use snug_proto::refusal::Cause;
use snug_proto::talk::{Change, Direction, Push, Role, Target};

use crate::raw::{House, Person, text_of};

fn retract(room: RoomId, targets: &[Retracted]) -> Change {
    Change::Retract { room, targets: List::new(targets.to_vec()).unwrap() }
}

pub(crate) async fn entry(person: &mut Person, room: RoomId, seq: Seq) -> Entry {
    person.page(room, seq.0, Direction::Forward, 1).await.entries.into_vec().remove(0)
}

/// In which of the server's files these bytes stand.
pub(crate) fn found(house: &House, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(&house.settings.data).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() && std::fs::read(&path).unwrap().windows(bytes.len()).any(|part| part == bytes) {
            found.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    found
}

#[tokio::test]
async fn a_text_that_was_taken_back_is_empty_for_everybody() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let lobby = Target::Room(LOBBY);
    let first = alice.tells(lobby, "oops").await.unwrap();
    let edit = alice.tells(lobby, "oops, edited").await.unwrap();
    bob.told().await;
    alice.does(retract(LOBBY, &[edit, first])).await;
    let told = bob.told().await;
    let [Push::Entry(tombstone)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((tombstone.kind, tombstone.author), (Kind::RETRACT, alice.me.account));
    let retraction: Retraction = decode_value(&tombstone.body).unwrap();
    assert_eq!(retraction.targets.to_vec(), [first, edit]);
    for target in [first, edit] {
        let entry = entry(&mut bob, LOBBY, target.seq).await;
        assert!(entry.body.is_empty());
        assert_eq!((entry.kind, entry.origin()), (Kind::CONTENT, target.origin), "a tombstone stays");
    }
    // What is empty already is done, and makes no second entry.
    alice.does(retract(LOBBY, &[first])).await;
    assert_eq!(alice.room(LOBBY).await.head, tombstone.seq);
    // An edit that came too late is told with its message in front, so that nobody takes it for one.
    let late = alice.tells(lobby, "oops, once more").await.unwrap();
    bob.told().await;
    alice.does(retract(LOBBY, &[first, late])).await;
    let told = bob.told().await;
    let [Push::Entry(tombstone)] = &told[..] else { panic!("{told:?}") };
    let retraction: Retraction = decode_value(&tombstone.body).unwrap();
    assert_eq!(retraction.targets.to_vec(), [first, late]);
}

#[tokio::test]
async fn one_that_does_not_match_refuses_all() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let lobby = Target::Room(LOBBY);
    let hers = alice.tells(lobby, "mine").await.unwrap();
    let his = bob.tells(lobby, "his").await.unwrap();
    let other = Retracted { origin: Origin { number: Number(77), ..hers.origin }, ..hers };
    let nowhere = Retracted { seq: Seq(99), ..hers };
    let join = Retracted { seq: Seq(1), ..hers };
    for wrong in [other, nowhere, join, Retracted { seq: his.seq, ..hers }] {
        assert_eq!(alice.may_not(retract(LOBBY, &[hers, wrong])).await, Cause::NotThere);
    }
    assert_eq!(alice.may_not(retract(LOBBY, &[hers, his])).await, Cause::NotAllowed);
    assert_eq!(alice.may_not(retract(RoomId(9), &[hers])).await, Cause::UnknownRoom);
    assert_eq!(alice.may_not(retract(LOBBY, &[])).await, Cause::Malformed);
    assert_eq!(text_of(&entry(&mut bob, LOBBY, hers.seq).await.body), "mine");
}

#[tokio::test]
async fn a_moderator_takes_others_texts_back_but_not_in_a_room_of_two() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let b = bob.me.account;
    let den = alice.makes(RoomKind::PRIVATE, "Den", &[b]).await;
    let hers = alice.tells(Target::Room(den), "rude").await.unwrap();
    assert_eq!(bob.may_not(retract(den, &[hers])).await, Cause::NotAllowed);
    alice.does(Change::SetRole { room: den, account: b, role: Role::Moderator }).await;
    bob.does(retract(den, &[hers])).await;
    assert!(entry(&mut alice, den, hers.seq).await.body.is_empty());
    let direct = alice.tells(Target::Person(b), "between us").await.unwrap();
    let (room, _, _) = loop {
        let heard = bob.hear().await;
        if heard.2 == "between us" {
            break heard;
        }
    };
    assert_eq!(bob.may_not(retract(room, &[direct])).await, Cause::NotAllowed);
    alice.does(retract(room, &[direct])).await;
}

#[tokio::test]
async fn nothing_of_it_is_left_in_the_files() {
    let mut house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let lobby = Target::Room(LOBBY);
    let den = alice.makes(RoomKind::PRIVATE, "Den", &[bob.me.account]).await;
    // Long and short, and in two rooms in turns, so that pages are split and bodies move between them.
    let secret = "xyzzy-the-cellar-key";
    let mut targets = Vec::new();
    for round in 0..200 {
        alice
            .tells(Target::Room(den), &format!("filler {round} {}", "words ".repeat(round % 40)))
            .await
            .unwrap();
        let text = format!("{secret} {}", "and more ".repeat((round * 37) % 90));
        targets.push(alice.tells(lobby, &text).await.unwrap());
        bob.tells(lobby, "yes").await.unwrap();
    }
    assert!(!found(&house, secret.as_bytes()).is_empty());
    for targets in targets.chunks(64) {
        alice.does(retract(LOBBY, targets)).await;
    }
    bob.say("whatever").await;
    let page = bob.page(LOBBY, 1, Direction::Forward, 100).await;
    assert!(page.entries.iter().all(|entry| !entry.body.windows(5).any(|part| part == b"xyzzy")));
    drop((alice, bob));
    house.stop().await;
    assert_eq!(found(&house, secret.as_bytes()), Vec::<String>::new());
    let database = rusqlite::Connection::open(house.settings.data.join("snug.db")).unwrap();
    let said: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(said, "ok");
}
