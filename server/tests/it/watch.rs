//! Presence, typing and read marks: told to those who watch a room.

use snug_proto::bounded::List;
use snug_proto::entry::LOBBY;
use snug_proto::id::{AccountId, RoomId, Seq};
use snug_proto::login::LoginReply;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Down, Here, Presence, Push, Reply, Request};

use crate::raw::{House, Person, device_key, new_device};

async fn watch(person: &mut Person, room: RoomId) -> Result<Reply, Cause> {
    let rooms = List::new(vec![room]).unwrap();
    person.ask(Request::Watch { rooms }).await.map_err(|refusal| refusal.cause)
}

/// Who is in the lobby, once that is as many as expected.
async fn people(person: &mut Person, count: usize) -> Vec<(AccountId, Presence)> {
    loop {
        if let Push::Presence { room: LOBBY, here: Here::People(people) } = person.push().await
            && people.len() == count
        {
            return people.into_vec();
        }
    }
}

#[tokio::test]
async fn who_watches_sees_people_come_go_and_look_away() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    watch(&mut alice, LOBBY).await.unwrap();
    assert_eq!(people(&mut alice, 1).await, [(alice.me.account, Presence::Online)]);
    let mut bob = house.register("bob").await;
    let both = people(&mut alice, 2).await;
    assert_eq!(both, [(alice.me.account, Presence::Online), (bob.me.account, Presence::Online)]);
    bob.ask(Request::SetPresence { presence: Presence::Away }).await.unwrap();
    assert_eq!(people(&mut alice, 2).await[1], (bob.me.account, Presence::Away));
    drop(bob);
    people(&mut alice, 1).await;
}

#[tokio::test]
async fn typing_and_reading_are_told_to_who_watches() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    assert_eq!(watch(&mut alice, RoomId(9)).await, Err(Cause::UnknownRoom));
    watch(&mut alice, LOBBY).await.unwrap();
    bob.call(Request::Typing { room: LOBBY }).await;
    // Above the head: nobody has read what is not there.
    bob.ask(Request::ReadUpTo { room: LOBBY, seq: Seq(99) }).await.unwrap();
    let (mut typed, mut read) = (false, false);
    while !(typed && read) {
        match alice.push().await {
            Push::Typing { room: LOBBY, account } => typed = account == bob.me.account,
            Push::Read { room: LOBBY, account, seq } => read = (account, seq) == (bob.me.account, Seq(2)),
            _ => {}
        }
    }
    assert_eq!(
        bob.ask(Request::ReadUpTo { room: RoomId(9), seq: Seq(1) }).await.unwrap_err().cause,
        Cause::UnknownRoom
    );
}

#[tokio::test]
async fn a_read_mark_reaches_ones_other_device_and_stays() {
    let house = House::new().await;
    let mut laptop = house.register("alice").await;
    laptop.say("note to self").await;
    let mut raw = house.dial().await;
    raw.hello().await;
    let key = device_key();
    let LoginReply::LoggedIn(me) = raw.login("alice", b"alice", Some(new_device(&key))).await else {
        panic!("her second device")
    };
    let mut desktop = Person::new(raw, me, key);
    desktop.ask(Request::ReadUpTo { room: LOBBY, seq: Seq(2) }).await.unwrap();
    desktop.ask(Request::ReadUpTo { room: LOBBY, seq: Seq(1) }).await.unwrap();
    // What was published before she asked is told before she is answered.
    let asked = laptop.call(Request::Rooms { after: RoomId(0) }).await;
    let mut told = 0;
    let rooms = loop {
        match laptop.next().await {
            Down::Push(Push::Read { seq, .. }) => told += u32::from(seq == Seq(2)),
            // That there is a second device.
            Down::Push(Push::AccessChanged) => {}
            Down::Reply { id, result: Ok(Reply::Rooms(rooms)) } if id == asked => break rooms,
            other => panic!("{other:?}"),
        }
    };
    assert!((1..=2).contains(&told), "once for each, or once for both");
    assert_eq!((rooms[0].read, rooms[0].head), (Seq(2), Seq(2)), "it never moves back");
    let members = laptop.ask(Request::Members { room: LOBBY, after: AccountId(0) }).await;
    let Ok(Reply::Members(members)) = members else { panic!("{members:?}") };
    assert_eq!((members.len(), members[0].name.as_str()), (1, "alice"));
}
