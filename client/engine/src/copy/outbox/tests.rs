use super::*;
use crate::copy::{CopyError, Step};
use snug_proto::bounded::List;
use snug_proto::entry::LOBBY;
use snug_proto::login::{LoggedIn, Outcome};
use snug_proto::name::Username;
use snug_proto::refusal::Cause;

const ME: AccountId = AccountId(1);
const DEVICE: DeviceId = DeviceId(u64::MAX - 5);
const MINE: Mine = Mine { me: ME, device: DEVICE };
const TO: Target = Target::Room(LOBBY);

fn copy_with(texts: &[&str]) -> (tempfile::TempDir, Copy) {
    let folder = tempfile::tempdir().unwrap();
    let copy = Copy::open(&folder.path().join("copy.sqlite")).unwrap();
    let meta = super::super::Meta { me: ME, device: DEVICE, ..Default::default() };
    copy.set_meta(&meta).unwrap();
    for text in texts {
        copy.queue(TO, &List::default(), &body(text), 7).unwrap();
    }
    (folder, copy)
}

fn body(text: &str) -> Body {
    Content::text(text).unwrap().to_body().unwrap()
}

fn sent_body(item: &Queued) -> Body {
    match &item.change {
        Change::Append { body, .. } => body.clone(),
        other => panic!("{other:?} is no append"),
    }
}

fn states(copy: &Copy) -> Vec<State> {
    copy.unsent(TO, 100).unwrap().into_iter().map(|item| item.state).collect()
}

fn logged_in(mark: u64, outcomes: &[u8]) -> LoggedIn {
    LoggedIn {
        account: ME,
        name: Username::new("alice").unwrap(),
        device: DEVICE,
        mark: Number(mark),
        outcomes: List::new(outcomes.iter().map(|byte| Outcome(*byte)).collect()).unwrap(),
        successor: None,
    }
}

#[test]
fn numbers_go_out_in_order_and_are_on_disk_first() {
    let (folder, copy) = copy_with(&["one", "two", "three"]);
    let sent = copy.give_numbers(DEVICE, Number(5), 2).unwrap();
    assert_eq!(sent.items.iter().map(|item| item.number.0).collect::<Vec<_>>(), [5, 6]);
    drop(copy);
    let copy = Copy::open(&folder.path().join("copy.sqlite")).unwrap();
    assert_eq!(copy.meta().unwrap().given, Number(6));
    assert_eq!(states(&copy), [State::Sending, State::Sending, State::Queued]);
}

#[test]
fn after_a_cut_the_mark_decides() {
    let (_folder, copy) = copy_with(&["done", "refused", "not done", "never sent"]);
    copy.give_numbers(DEVICE, Number(1), 3).unwrap();
    let refused = Cause::UnknownRoom.outcome().0;
    copy.after_login(&logged_in(2, &[0, refused]), true).unwrap();
    assert_eq!(states(&copy), [State::Done, State::Failed, State::Queued, State::Queued]);
    assert_eq!(copy.unsent_count().unwrap(), 3);
    assert!(copy.decide().unwrap().0);
    assert_eq!(states(&copy), [State::Failed, State::Queued, State::Queued]);
    let again = copy.give_numbers(DEVICE, Number(3), 9).unwrap();
    assert_eq!(sent_body(&again.items[0]), body("not done"), "order survives");
}

#[test]
fn what_is_older_than_the_outcomes_or_another_devices_the_log_decides() {
    let (_folder, copy) = copy_with(&["old", "new"]);
    copy.give_numbers(DEVICE, Number(1), 2).unwrap();
    copy.after_login(&logged_in(2, &[0]), true).unwrap();
    assert_eq!(states(&copy), [State::Unsure, State::Done]);
    copy.decide().unwrap();
    assert_eq!(states(&copy), [State::Failed]);
    // Another log: nothing about numbers holds any more.
    let (_folder, copy) = copy_with(&["sent"]);
    copy.give_numbers(DEVICE, Number(1), 1).unwrap();
    copy.after_login(&logged_in(1 << 32, &[]), false).unwrap();
    assert_eq!(states(&copy), [State::Unsure]);
}

#[test]
fn an_acknowledgement_and_an_own_entry_in_a_page_settle_alike() {
    let (_folder, copy) = copy_with(&["one", "two"]);
    copy.give_numbers(DEVICE, Number(1), 2).unwrap();
    let appended = Step::Appended { room: LOBBY, seq: Seq(4), number: Number(1), at: 11 };
    let merged = copy.merge(vec![appended.clone(), appended], MINE).unwrap();
    assert_eq!(merged.settled.len(), 1, "the same entry twice is ordinary");
    assert_eq!(merged.fresh[0].1.body, body("one"));

    let paged = Entry { seq: Seq(5), number: Number(2), body: body("two"), ..merged.fresh[0].1.clone() };
    let merged = copy.merge(vec![Step::Page(vec![paged.clone()])], MINE).unwrap();
    assert_eq!(merged.settled.len(), 1);
    assert_eq!(copy.unsent_count().unwrap(), 0);
    assert_eq!(copy.meta().unwrap().settled, Number(2));

    let other = Entry { number: Number(9), kind: Kind::CONTENT, ..paged };
    let put_back = copy.merge(vec![Step::Page(vec![other])], MINE);
    assert!(matches!(put_back, Err(CopyError::PutBack)), "another origin at a place that is held");
}

#[test]
fn a_retryable_refusal_goes_back_and_a_final_one_stays() {
    let (_folder, copy) = copy_with(&["one", "two"]);
    copy.give_numbers(DEVICE, Number(1), 2).unwrap();
    copy.go_back(DEVICE).unwrap();
    assert_eq!(states(&copy), [State::Queued, State::Queued]);
    let sent = copy.give_numbers(DEVICE, Number(1), 1).unwrap();
    copy.refused(DEVICE, Number(1), "No.").unwrap();
    copy.discard(OutboxId(999)).unwrap();
    copy.resend(sent.items[0].id, 9).unwrap();
    let order: Vec<_> = copy.unsent(TO, 9).unwrap().into_iter().map(|item| item.body).collect();
    assert_eq!(order, [body("two").to_vec(), body("one").to_vec()]);
}

#[test]
fn a_damaged_copy_gives_its_unsent_texts_where_they_can_be_read() {
    let (folder, copy) = copy_with(&["precious"]);
    let path = folder.path().join("copy.sqlite");
    drop(copy);
    let (copy, aside, saved) = Copy::set_aside(&path, 1).unwrap();
    assert_eq!((saved, states(&copy)), (Some(1), vec![State::Queued]));
    assert!(aside.exists());
    drop(copy);
    std::fs::write(&path, b"no database at all, but long enough to be looked at").unwrap();
    assert!(matches!(Copy::open(&path), Err(CopyError::Damaged)));
    assert_eq!(Copy::set_aside(&path, 2).unwrap().2, None);
}

fn settle(copy: &Copy, seq: u32, number: u64) {
    let step = Step::Appended { room: LOBBY, seq: Seq(seq), number: Number(number), at: 11 };
    copy.merge(vec![step], MINE).unwrap();
}

fn act(copy: &Copy, about: OutboxId, content: &Content) -> OutboxId {
    let item = NewItem { about: Some(about), ..NewItem::content(TO, content, 7).unwrap() };
    copy.queue_all(&[item]).unwrap()[0]
}

fn reaction() -> Content {
    let emoji = snug_proto::bounded::Text::new("👍").unwrap();
    let target = NOWHERE.origin;
    Content::Reaction(snug_proto::content::ReactionContent { target, emoji, on: true })
}

#[test]
fn what_names_an_item_waits_for_its_place_and_everything_behind_waits_too() {
    let (_folder, copy) = copy_with(&["one"]);
    let one = copy.unsent(TO, 1).unwrap()[0].id;
    act(&copy, one, &reaction());
    copy.queue(TO, &List::default(), &body("behind"), 7).unwrap();
    let first = copy.give_numbers(DEVICE, Number(1), 9).unwrap();
    assert_eq!((first.items.len(), first.is_waiting), (1, true));
    let still = copy.give_numbers(DEVICE, Number(2), 9).unwrap();
    assert_eq!((still.items.len(), still.is_waiting), (0, true));
    settle(&copy, 4, 1);
    let rest = copy.give_numbers(DEVICE, Number(2), 9).unwrap();
    assert_eq!((rest.items.len(), rest.is_waiting), (2, false));
    let Ok(Content::Reaction(sent)) = Content::from_body(&sent_body(&rest.items[0])) else { panic!("order") };
    assert_eq!(sent.target, snug_proto::id::Origin { device: DEVICE, number: Number(1) });
}

#[test]
fn what_names_something_that_failed_fails_with_it() {
    let (_folder, copy) = copy_with(&["one"]);
    let one = copy.unsent(TO, 1).unwrap()[0].id;
    let reacted = act(&copy, one, &reaction());
    let answer = act(&copy, one, &Content::text("an answer").unwrap());
    copy.give_numbers(DEVICE, Number(1), 1).unwrap();
    assert_eq!(copy.refused(DEVICE, Number(1), "No.").unwrap(), None, "a message stays where it is");
    let given = copy.give_numbers(DEVICE, Number(2), 9).unwrap();
    assert!(given.items.is_empty());
    assert_eq!(given.dropped.iter().map(|dropped| dropped.id).collect::<Vec<_>>(), [reacted]);
    let answer = copy.unsent_item(answer).unwrap().unwrap();
    assert_eq!((answer.state, answer.about), (State::Failed, None));
    assert_eq!(answer.reason.as_deref(), Some(about::NOT_SENT));
}

#[test]
fn a_retraction_of_what_is_on_its_way_goes_as_soon_as_that_has_its_place() {
    let (_folder, copy) = copy_with(&["one"]);
    let one = copy.unsent(TO, 1).unwrap()[0].id;
    copy.give_numbers(DEVICE, Number(1), 1).unwrap();
    assert!(!copy.discard(one).unwrap());
    let stored = Stored::retract(RoomId(0), &[NOWHERE]);
    let item = NewItem { about: Some(one), ..NewItem::stored(TO, ItemKind::Retract, &stored, 7) };
    copy.queue_all(&[item]).unwrap();
    settle(&copy, 4, 1);
    let given = copy.give_numbers(DEVICE, Number(2), 9).unwrap();
    let Change::Retract { room, targets } = &given.items[0].change else { panic!("it is a retraction") };
    assert_eq!((*room, targets[0].seq, targets[0].origin.number), (LOBBY, Seq(4), Number(1)));
    copy.done(DEVICE, Number(2)).unwrap();
    assert_eq!((copy.unsent_count().unwrap(), copy.meta().unwrap().settled), (0, Number(2)));
}

#[test]
fn a_deed_is_answered_by_the_mark_and_never_done_later() {
    let (_folder, copy) = copy_with(&[]);
    let deed = || NewItem::stored(TO, ItemKind::Deed, &Stored::Leave(7), 7);
    let ids = copy.queue_all(&[deed(), deed(), deed(), deed()]).unwrap();
    assert_eq!((copy.unsent_count().unwrap(), copy.unsent(TO, 9).unwrap().len()), (0, 0));
    copy.give_numbers(DEVICE, Number(1), 3).unwrap();
    let refused = Cause::NotAllowed.outcome().0;
    let fates = copy.after_login(&logged_in(2, &[0, refused]), true).unwrap();
    assert_eq!(fates.done, [ids[0]]);
    assert_eq!((fates.dropped[0].id, fates.dropped.len()), (ids[1], 1));
    assert_eq!(fates.dropped[0].reason, Cause::NotAllowed.to_string());
    copy.drop_deeds(&[ids[3]]).unwrap();
    let given = copy.give_numbers(DEVICE, Number(3), 9).unwrap();
    assert_eq!(given.items.iter().map(|item| item.id).collect::<Vec<_>>(), [ids[3]], "somebody waits for it");
}

#[test]
fn a_full_disk_refuses_what_is_new_and_keeps_everything_else() {
    let (_folder, copy) = copy_with(&["one"]);
    let pages: i64 = copy
        .with(|db| {
            let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            Ok(db.query_row(&format!("PRAGMA max_page_count = {}", pages + 1), [], |row| row.get(0))?)
        })
        .unwrap();
    assert!(pages > 0);
    let long = body(&"x".repeat(16_000));
    let error = copy.queue(TO, &List::default(), &long, 7).unwrap_err();
    assert!(error.is_full(), "{error}");
    assert_eq!(states(&copy), [State::Queued]);
    copy.give_numbers(DEVICE, Number(1), 9).unwrap();
    settle(&copy, 1, 1);
    assert_eq!(copy.page(LOBBY, Seq(1), Seq(9), 9).unwrap().len(), 1);
}

/// Takes an entry that another copy of this folder made.
fn elsewhere(copy: &Copy, room: RoomId, (seq, number): (u32, u64), text: &str) {
    let (at, generation, epoch, blobs) = Default::default();
    let (kind, author, device) = (Kind::CONTENT, ME, DEVICE);
    let (seq, number, body) = (Seq(seq), Number(number), body(text));
    let entry = Entry { room, seq, at, kind, author, device, number, generation, epoch, blobs, body };
    copy.merge(vec![Step::Page(vec![entry])], MINE).unwrap();
}

#[test]
fn what_another_copy_sent_counts_once_and_in_its_own_room() {
    let (folder, copy) = copy_with(&["yes", "yes", "no"]);
    let den = RoomId(9);
    copy.queue(Target::Room(den), &List::default(), &body("no"), 7).unwrap();
    let no = copy.unsent(Target::Room(den), 1).unwrap()[0].id;
    act(&copy, no, &reaction());
    copy.with(|db| {
        let sql =
            "INSERT INTO rooms (room, kind, name, peer, first, head, read) VALUES (?1, 2, '', 0, 1, 9, 0)";
        db.execute(sql, [LOBBY.0])?;
        Ok(db.execute(sql, [den.0])?)
    })
    .unwrap();
    let former = Some((DEVICE, Number(4)));
    let meta = copy.meta().unwrap();
    copy.set_meta(&super::super::Meta { device: DeviceId(3), former, ..meta }).unwrap();
    // The connection, or the program, may end before the log has told.
    drop(copy);
    let copy = Copy::open(&folder.path().join("copy.sqlite")).unwrap();
    assert_eq!(copy.meta().unwrap().former, former);
    elsewhere(&copy, LOBBY, (3, 4), "yes");
    elsewhere(&copy, LOBBY, (4, 5), "yes");
    elsewhere(&copy, den, (7, 6), "no");
    copy.settle_by_body(DEVICE, Number(4)).unwrap();
    let left: Vec<_> = copy.unsent(TO, 9).unwrap().into_iter().filter(|item| item.about.is_none()).collect();
    assert_eq!(left[0].body, body("yes").to_vec(), "one of the two was sent");
    assert_eq!(left[1].body, body("no").to_vec(), "that was said in another room");
    let Ok(Content::Reaction(reaction)) = Content::from_body(&left[2].body) else { panic!("{left:?}") };
    assert_eq!(reaction.target, snug_proto::id::Origin { device: DEVICE, number: Number(6) });
    assert!(copy.unsent(Target::Room(den), 9).unwrap().is_empty());
    assert_eq!(copy.meta().unwrap().former, None);
}

#[test]
fn what_was_written_for_a_room_of_another_log_goes_to_no_other_room() {
    let (_folder, copy) = copy_with(&["for everybody"]);
    let (den, attic) = (RoomId(8), RoomId(9));
    let rooms = |names: &[(RoomId, &str)]| {
        copy.with(|db| {
            for (room, name) in names {
                let sql = "INSERT INTO rooms (room, kind, name, peer, first, head, read) VALUES (?1, 3, ?2, 0, 1, 9, 0)";
                db.execute(sql, params![room.0, name])?;
            }
            Ok(())
        })
    };
    rooms(&[(den, "Den"), (attic, "Attic")]).unwrap();
    for room in [den, attic] {
        copy.queue(Target::Room(room), &List::default(), &body("between us"), 7).unwrap();
    }
    copy.drop_log().unwrap();
    rooms(&[(den, "Den"), (attic, "Everybody in the street")]).unwrap();
    let given = copy.give_numbers(DEVICE, Number(1), 9).unwrap();
    let to: Vec<Target> = given
        .items
        .iter()
        .map(|item| match item.change {
            Change::Append { to, .. } => to,
            _ => panic!("these are texts"),
        })
        .collect();
    assert_eq!(to, [TO, Target::Room(den)]);
    let kept = &copy.unsent(Target::Room(attic), 9).unwrap()[0];
    assert_eq!((kept.state, kept.reason.as_deref()), (State::Failed, Some(about::ANOTHER_ROOM)));
    // Whoever looked may say that it is right.
    copy.resend(kept.id, 9).unwrap();
    assert_eq!(copy.give_numbers(DEVICE, Number(3), 9).unwrap().items.len(), 1);
}
