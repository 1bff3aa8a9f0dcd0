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
