//! How far people have read, on all of their devices and for others.

use snug_proto::entry::{LOBBY, RoomKind};
use snug_proto::id::{AccountId, RoomId, Seq};
use snug_proto::limits::MARKS_MAX;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Change, Privacy, Push, Reply, Request, Target};

use crate::raw::{House, Person};

async fn reads(person: &mut Person, room: RoomId, seq: u32) {
    person.ask(Request::ReadUpTo { room, seq: Seq(seq) }).await.unwrap();
}

async fn marks(person: &mut Person, room: RoomId) -> Vec<(AccountId, Seq)> {
    match person.ask(Request::Marks { room }).await {
        Ok(Reply::Marks(marks)) => marks.into_vec(),
        other => panic!("no marks: {other:?}"),
    }
}

/// Whose read marks were told.
async fn read(person: &mut Person) -> Vec<(AccountId, Seq)> {
    let pushes = person.told().await.into_iter().filter_map(|push| match push {
        Push::Read { account, seq, .. } => Some((account, seq)),
        _ => None,
    });
    pushes.collect()
}

async fn shows_reads(person: &mut Person, reads: bool) {
    person.does(Change::SetPrivacy(Privacy { reads, ..Privacy::default() })).await;
}

async fn watch(person: &mut Person, room: RoomId) {
    let rooms = snug_proto::bounded::List::new(vec![room]).unwrap();
    person.ask(Request::Watch { rooms }).await.unwrap();
}

#[tokio::test]
async fn in_a_small_room_people_see_who_has_read_how_far_unless_one_hides_it() {
    let mut house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let mut carol = house.register("carol").await;
    let [a, b, c] = [&alice, &bob, &carol].map(|person| person.me.account);
    for person in [&mut alice, &mut bob, &mut carol] {
        watch(person, LOBBY).await;
    }
    reads(&mut alice, LOBBY, 2).await;
    reads(&mut bob, LOBBY, 1).await;
    assert_eq!(marks(&mut carol, LOBBY).await, [(a, Seq(2)), (b, Seq(1))]);
    assert_eq!(marks(&mut alice, LOBBY).await, [(b, Seq(1))], "of the others");
    for person in [&mut alice, &mut bob, &mut carol] {
        person.told().await;
    }
    // Bob hides it: nobody is told of him, and he is told of nobody.
    shows_reads(&mut bob, false).await;
    reads(&mut bob, LOBBY, 3).await;
    reads(&mut alice, LOBBY, 3).await;
    assert_eq!(marks(&mut carol, LOBBY).await, [(a, Seq(3))]);
    assert_eq!(marks(&mut bob, LOBBY).await, []);
    assert_eq!(read(&mut bob).await, []);
    // It stays so over a restart.
    let [alice, bob, carol] = [alice, bob, carol].map(Person::vanish);
    house.restart().await;
    let mut alice = house.come_back(alice.0, alice.1).await;
    let mut bob = house.come_back(bob.0, bob.1).await;
    let mut carol = house.come_back(carol.0, carol.1).await;
    watch(&mut alice, LOBBY).await;
    watch(&mut bob, LOBBY).await;
    bob.say("read this").await; // 4
    bob.told().await;
    reads(&mut carol, LOBBY, 4).await;
    reads(&mut bob, LOBBY, 4).await;
    assert_eq!(read(&mut alice).await, [(c, Seq(4))]);
    assert_eq!(read(&mut bob).await, []);
    shows_reads(&mut bob, true).await;
    assert_eq!(marks(&mut bob, LOBBY).await, [(a, Seq(3)), (c, Seq(4))]);
    assert_eq!(bob.ask(Request::Marks { room: RoomId(9) }).await.unwrap_err().cause, Cause::UnknownRoom);
}

#[tokio::test]
async fn in_a_large_room_nobody_sees_it() {
    let house = House::with(|settings| settings.max_users = 100).await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    reads(&mut bob, LOBBY, 1).await;
    assert_eq!(marks(&mut alice, LOBBY).await.len(), 1);
    for one in 0..MARKS_MAX - 1 {
        house.register(&format!("guest{one}")).await;
    }
    watch(&mut alice, LOBBY).await;
    reads(&mut bob, LOBBY, 9).await;
    assert_eq!(read(&mut alice).await, []);
    assert_eq!(marks(&mut alice, LOBBY).await, []);
}

#[tokio::test]
async fn what_is_marked_as_unread_is_so_on_all_devices_until_it_is_read() {
    let house = House::new().await;
    let mut laptop = house.register("alice").await;
    let mut phone = house.another_device("alice").await;
    let mut bob = house.register("bob").await;
    laptop.say("one").await; // 3
    reads(&mut laptop, LOBBY, 3).await;
    phone.told().await;
    bob.told().await;

    laptop.ask(Request::MarkUnread { room: LOBBY, seq: Seq(2) }).await.unwrap();
    assert_eq!(phone.told().await, [Push::Unread { room: LOBBY, seq: Seq(2) }]);
    let info = phone.room(LOBBY).await;
    assert_eq!((info.read, info.unread_from), (Seq(3), Seq(2)));
    // Reading up to before it clears nothing, and moves nothing.
    reads(&mut laptop, LOBBY, 1).await;
    assert_eq!(phone.told().await, []);
    assert_eq!(phone.room(LOBBY).await.unread_from, Seq(2));
    reads(&mut laptop, LOBBY, 2).await;
    let me = laptop.me.account;
    assert_eq!(phone.told().await, [Push::Read { room: LOBBY, account: me, seq: Seq(3) }]);
    let info = phone.room(LOBBY).await;
    assert_eq!((info.read, info.unread_from), (Seq(3), Seq(0)));
    // Taken away by hand.
    laptop.ask(Request::MarkUnread { room: LOBBY, seq: Seq(1) }).await.unwrap();
    phone.ask(Request::MarkUnread { room: LOBBY, seq: Seq(0) }).await.unwrap();
    assert_eq!(laptop.room(LOBBY).await.unread_from, Seq(0));
    // It is nobody else's business.
    assert_eq!(bob.told().await, []);
    let nothing = laptop.ask(Request::MarkUnread { room: LOBBY, seq: Seq(99) }).await;
    assert_eq!(nothing.unwrap_err().cause, Cause::NotThere);
    let nowhere = laptop.ask(Request::MarkUnread { room: RoomId(9), seq: Seq(1) }).await;
    assert_eq!(nowhere.unwrap_err().cause, Cause::UnknownRoom);
}

#[tokio::test]
async fn the_last_words_of_a_room_one_has_left_can_be_read() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let den = alice.makes(RoomKind::PRIVATE, "Den", &[bob.me.account]).await; // 1, 2
    alice.does(Change::RemoveMember { room: den, account: bob.me.account }).await; // 3
    alice.tells(Target::Room(den), "gone").await.unwrap(); // 4
    reads(&mut bob, den, 4).await;
    let info = bob.room(den).await;
    assert_eq!((info.read, info.head), (Seq(3), Seq(3)));
}
