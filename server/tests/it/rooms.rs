//! Rooms and their members: who may do what, and who reads what.

use snug_proto::bounded::{List, Text};
use snug_proto::entry::{Kind, LOBBY, RoleSet, RoomKind};
use snug_proto::id::{AccountId, RoomId, Seq};
use snug_proto::name::RoomName;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Change, Direction, Member, Push, Reply, Request, Role, Span, Target};

use crate::raw::{House, Person, room};

fn list(accounts: &[AccountId]) -> List<AccountId, 64> {
    List::new(accounts.to_vec()).unwrap()
}

fn rename(room: RoomId, name: &str) -> Change {
    Change::Rename { room, name: RoomName::new(name).unwrap() }
}

fn topic(room: RoomId, topic: &str) -> Change {
    Change::SetTopic { room, topic: Text::new(topic).unwrap() }
}

/// What was told, in short: an entry's kind and place, or that the room has changed.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Entry(Kind, u32),
    Room { first: u32, present: bool },
}

async fn told_of(person: &mut Person, room: RoomId) -> Vec<Told> {
    let pushes = person.told().await.into_iter().filter_map(|push| match push {
        Push::Entry(entry) if entry.room == room => Some(Told::Entry(entry.kind, entry.seq.0)),
        Push::Appended { room: there, seq, .. } if there == room => Some(Told::Entry(Kind::CONTENT, seq.0)),
        Push::RoomChanged(info) if info.room == room => {
            Some(Told::Room { first: info.first.0, present: info.present })
        }
        _ => None,
    });
    pushes.collect()
}

async fn members(person: &mut Person, room: RoomId) -> Vec<Member> {
    match person.ask(Request::Members { room, after: AccountId(0) }).await {
        Ok(Reply::Members(members)) => members.into_vec(),
        other => panic!("no members: {other:?}"),
    }
}

async fn roles(person: &mut Person, room: RoomId) -> Vec<(AccountId, Role)> {
    members(person, room).await.into_iter().map(|member| (member.account, member.role)).collect()
}

async fn place(person: &mut Person, room: RoomId, at: i64) -> Seq {
    match person.ask(Request::SeqAt { room, at }).await {
        Ok(Reply::Place(seq)) => seq,
        other => panic!("no place: {other:?}"),
    }
}

#[tokio::test]
async fn a_channel_is_made_found_and_joined() {
    let mut house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let mut carol = house.register("carol").await;
    let (a, b, c) = (alice.me.account, bob.me.account, carol.me.account);
    let recipes = alice.makes(RoomKind::CHANNEL, "Recipes", &[b, a, b]).await;
    // Bob is in it from its first entry on, and is told of it before that.
    let first = Told::Room { first: 1, present: true };
    let joined = Told::Entry(Kind::JOINED, 2);
    assert_eq!(told_of(&mut bob, recipes).await, [first, Told::Entry(Kind::CREATED, 1), joined]);
    alice.does(topic(recipes, "What is for dinner?")).await;
    alice.tells(Target::Room(recipes), "pancakes").await.unwrap();

    let Ok(Reply::Channels(channels)) = carol.ask(Request::Channels { after: RoomId(0) }).await else {
        panic!("anybody sees the channels")
    };
    assert_eq!((channels.len(), channels[0].room, channels[0].members), (1, recipes, 2));
    assert_eq!(channels[0].topic.as_str(), "What is for dinner?");
    carol.told().await;
    carol
        .call(Request::Change { number: snug_proto::id::Number(1), change: Change::Join { room: recipes } })
        .await;
    let Push::RoomChanged(info) = carol.push().await else { panic!("the room comes first") };
    assert_eq!((info.first, info.head, info.members, info.role), (Seq(1), Seq(5), 3, Role::Member));
    let Push::Entry(entry) = carol.push().await else { panic!("then her entry") };
    assert_eq!((entry.kind, entry.seq, entry.author), (Kind::JOINED, Seq(5), c));
    // She reads what was written before her.
    carol.next().await;
    let page = carol.page(recipes, 1, Direction::Forward, 100).await;
    assert!(page.starts && page.ends && page.entries.len() == 5);
    assert_eq!(roles(&mut carol, recipes).await, [(a, Role::Owner), (b, Role::Member), (c, Role::Member)]);

    // All of it is there after a restart, and a name that looks like it is still taken.
    let (device, key) = alice.vanish();
    house.restart().await;
    let mut alice = house.come_back(device, key).await;
    let info = alice.room(recipes).await;
    assert_eq!((info.name.as_str(), info.role, info.members), ("Recipes", Role::Owner, 3));
    assert_eq!(alice.may_not(room(RoomKind::CHANNEL, "recipes", &[])).await, Cause::RoomNameTaken);
    assert_eq!(alice.may_not(room(RoomKind::CHANNEL, "Lobby", &[])).await, Cause::RoomNameTaken);
    alice.makes(RoomKind::PRIVATE, "Recipes", &[]).await;
}

#[tokio::test]
async fn in_a_private_room_people_read_while_they_are_there() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let b = bob.me.account;
    let trip = alice.makes(RoomKind::PRIVATE, "Trip", &[]).await;
    let to = Target::Room(trip);
    alice.tells(to, "a surprise for bob").await.unwrap(); // 2
    assert_eq!(bob.may_not(Change::Join { room: trip }).await, Cause::UnknownRoom);
    bob.told().await;

    alice.does(Change::AddMembers { room: trip, members: list(&[b]) }).await; // 3
    alice.tells(to, "hello bob").await.unwrap(); // 4
    alice.does(Change::RemoveMember { room: trip, account: b }).await; // 5
    alice.tells(to, "the surprise is a boat").await.unwrap(); // 6
    let (came, went) = (Told::Room { first: 3, present: true }, Told::Room { first: 3, present: false });
    let told = told_of(&mut bob, trip).await;
    let entries = |from: u32, to: u32| -> Vec<u32> { (from..=to).collect() };
    let numbers: Vec<u32> = told
        .iter()
        .filter_map(|told| match told {
            Told::Entry(_, seq) => Some(*seq),
            Told::Room { .. } => None,
        })
        .collect();
    assert_eq!(numbers, entries(3, 5), "{told:?}");
    assert!(told.first() == Some(&came) && told.last() == Some(&went), "{told:?}");
    assert_eq!(bob.tells(to, "and?").await, Err(Cause::UnknownRoom));
    let page = bob.page(trip, 1, Direction::Forward, 100).await;
    assert_eq!((page.entries[0].seq, page.entries.len(), page.head), (Seq(3), 3, Seq(5)));
    assert!(page.starts && page.ends);
    let info = bob.room(trip).await;
    assert_eq!((info.present, info.head, info.members), (false, Seq(5), 1));

    alice.does(Change::AddMembers { room: trip, members: list(&[b]) }).await; // 7
    alice.tells(to, "welcome back").await.unwrap(); // 8
    let told = told_of(&mut bob, trip).await;
    let again = Told::Room { first: 7, present: true };
    assert_eq!(told, [again, Told::Entry(Kind::JOINED, 7), Told::Entry(Kind::CONTENT, 8)]);
    let info = bob.room(trip).await;
    assert_eq!(info.earlier.to_vec(), [Span { first: Seq(3), last: Seq(5) }]);
    assert_eq!((info.first, info.head, info.present), (Seq(7), Seq(8), true));
    // A page lies in one part, and says where that begins and ends.
    let seqs = |page: &snug_proto::talk::Page| -> Vec<u32> {
        page.entries.iter().map(|entry| entry.seq.0).collect()
    };
    let page = bob.page(trip, 1, Direction::Forward, 100).await;
    assert_eq!((seqs(&page), page.starts, page.ends), (entries(3, 5), true, true));
    let page = bob.page(trip, 6, Direction::Forward, 100).await;
    assert_eq!((seqs(&page), page.starts, page.ends), (entries(7, 8), true, true));
    let page = bob.page(trip, 6, Direction::Backward, 2).await;
    assert_eq!((seqs(&page), page.starts, page.ends), (entries(4, 5), false, true));
    let page = bob.page(trip, 99, Direction::Backward, 1).await;
    assert_eq!((seqs(&page), page.starts, page.ends), (entries(8, 8), false, true));
    let page = bob.page(trip, 2, Direction::Backward, 9).await;
    assert!(page.entries.is_empty());
    // Dates as well.
    assert_eq!(place(&mut bob, trip, 0).await, Seq(3));
    assert_eq!(place(&mut bob, trip, i64::MAX).await, Seq(9));
}

#[tokio::test]
async fn who_leaves_a_channel_reads_up_to_there_and_everything_when_back() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let news = alice.makes(RoomKind::CHANNEL, "News", &[bob.me.account]).await;
    bob.does(Change::Leave { room: news }).await; // 3
    alice.tells(Target::Room(news), "bob is gone").await.unwrap(); // 4
    let page = bob.page(news, 1, Direction::Forward, 100).await;
    assert_eq!((page.entries.len(), page.head, page.ends), (3, Seq(3), true));
    assert_eq!(
        bob.ask(Request::Members { room: news, after: AccountId(0) }).await.unwrap_err().cause,
        Cause::UnknownRoom
    );
    bob.told().await;
    bob.does(Change::Join { room: news }).await; // 5
    bob.does(Change::Join { room: news }).await; // he is there already
    let page = bob.page(news, 1, Direction::Forward, 100).await;
    assert_eq!((page.entries.len(), page.starts, page.ends), (5, true, true));
    assert!(bob.room(news).await.earlier.is_empty());
}

#[tokio::test]
async fn a_date_leads_to_the_first_entry_of_that_time() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    for text in ["one", "two", "three", "four", "five"] {
        alice.say(text).await;
    }
    let page = alice.page(LOBBY, 1, Direction::Forward, 100).await;
    for entry in page.entries.iter() {
        let first = page.entries.iter().find(|other| other.at >= entry.at).unwrap();
        assert_eq!(place(&mut alice, LOBBY, entry.at).await, first.seq);
    }
    let last = page.entries.last().unwrap();
    assert_eq!(place(&mut alice, LOBBY, last.at + 1).await, last.seq.next());
    assert_eq!(
        alice.ask(Request::SeqAt { room: RoomId(9), at: 0 }).await.unwrap_err().cause,
        Cause::UnknownRoom
    );
}

#[tokio::test]
async fn each_may_do_what_their_role_says() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let carol = house.register("carol").await;
    let mut dave = house.register("dave").await;
    let [a, b, c, d] = [&alice, &bob, &carol, &dave].map(|person| person.me.account);
    let garden = alice.makes(RoomKind::CHANNEL, "Garden", &[b, c]).await;
    alice.makes(RoomKind::CHANNEL, "Kitchen", &[]).await;
    let set = |account, role| Change::SetRole { room: garden, account, role };
    let remove = |account| Change::RemoveMember { room: garden, account };
    let archive = |archived| Change::Archive { room: garden, archived };

    // Who is not in the room does not learn that it is there.
    for change in [rename(garden, "Mine"), topic(garden, "?"), remove(b), set(d, Role::Owner), archive(true)]
    {
        assert_eq!(dave.may_not(change).await, Cause::UnknownRoom);
    }
    // A member adds people, and decides nothing else.
    for change in [rename(garden, "Mine"), topic(garden, "?"), remove(c), set(b, Role::Owner), archive(true)]
    {
        assert_eq!(bob.may_not(change).await, Cause::NotAllowed);
    }
    bob.does(Change::AddMembers { room: garden, members: list(&[d, c]) }).await;
    let stranger = Change::AddMembers { room: garden, members: list(&[AccountId(99)]) };
    assert_eq!(bob.may_not(stranger).await, Cause::UnknownAccount);
    // A moderator keeps order among members.
    alice.does(set(b, Role::Moderator)).await;
    alice.does(set(c, Role::Moderator)).await;
    bob.does(topic(garden, "tomatoes")).await;
    bob.does(remove(d)).await;
    for change in [rename(garden, "Mine"), remove(c), remove(a), set(b, Role::Owner), archive(true)] {
        assert_eq!(bob.may_not(change).await, Cause::NotAllowed);
    }
    // An owner decides.
    assert_eq!(alice.may_not(rename(garden, "kitchen")).await, Cause::RoomNameTaken);
    alice.does(rename(garden, "Allotment")).await;
    alice.does(remove(c)).await;
    assert_eq!(alice.may_not(set(c, Role::Member)).await, Cause::UnknownAccount);
    assert_eq!(alice.may_not(remove(c)).await, Cause::UnknownAccount);
    assert_eq!(alice.may_not(set(a, Role::Member)).await, Cause::LastOwner);
    let info = bob.room(garden).await;
    assert_eq!((info.name.as_str(), info.topic.as_str(), info.members), ("Allotment", "tomatoes", 2));
    // The old name is free again.
    alice.makes(RoomKind::CHANNEL, "Garden", &[]).await;
    // Nobody decides about the lobby, or a room of two.
    alice.tells(Target::Person(b), "psst").await.unwrap();
    let direct = alice.rooms().await.into_iter().find(|info| info.kind == RoomKind::DIRECT).unwrap();
    assert_eq!(direct.peer, b);
    for room in [LOBBY, direct.room] {
        let add = Change::AddMembers { room, members: list(&[c]) };
        let archive = Change::Archive { room, archived: true };
        for change in [rename(room, "Mine"), topic(room, "?"), Change::Leave { room }, add, archive] {
            assert_eq!(alice.may_not(change).await, Cause::NotAllowed);
        }
    }
    assert_eq!(alice.may_not(room(RoomKind::DIRECT, "Two", &[b])).await, Cause::Malformed);
    assert_eq!(
        alice.may_not(room(RoomKind::PRIVATE, "Ghosts", &[AccountId(99)])).await,
        Cause::UnknownAccount
    );
}

#[tokio::test]
async fn what_is_so_already_makes_no_entry() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let b = bob.me.account;
    let den = alice.makes(RoomKind::PRIVATE, "Den", &[b]).await;
    alice.does(rename(den, "Den")).await;
    alice.does(topic(den, "")).await;
    alice.does(Change::AddMembers { room: den, members: list(&[b]) }).await;
    alice.does(Change::SetRole { room: den, account: b, role: Role::Member }).await;
    alice.does(Change::Archive { room: den, archived: false }).await;
    assert_eq!(bob.room(den).await.head, Seq(2));
}

#[tokio::test]
async fn a_room_keeps_an_owner_while_anybody_is_there() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let mut carol = house.register("carol").await;
    let [a, b, c] = [&alice, &bob, &carol].map(|person| person.me.account);
    let club = alice.makes(RoomKind::CHANNEL, "Club", &[b]).await; // 1, 2
    alice.does(Change::AddMembers { room: club, members: list(&[c]) }).await; // 3
    alice.does(Change::SetRole { room: club, account: c, role: Role::Moderator }).await; // 4
    // Carol looked after the room, so it is hers, though bob was there before her.
    alice.does(Change::Leave { room: club }).await; // 5, 6
    assert_eq!(roles(&mut bob, club).await, [(b, Role::Member), (c, Role::Owner)]);
    let page = bob.page(club, 5, Direction::Forward, 2).await;
    let kinds: Vec<_> = page.entries.iter().map(|entry| (entry.kind, entry.author)).collect();
    assert_eq!(kinds, [(Kind::ROLE, AccountId(0)), (Kind::LEFT, a)]);
    let set: RoleSet = snug_proto::codec::decode_value(&page.entries[0].body).unwrap();
    assert_eq!((set.account, Role::of_code(set.role)), (c, Role::Owner));
    carol.does(Change::RemoveMember { room: club, account: c }).await; // she leaves
    assert_eq!(roles(&mut bob, club).await, [(b, Role::Owner)]);
    bob.does(Change::Leave { room: club }).await;
    // Nobody is there; whoever comes first looks after it.
    alice.does(Change::Join { room: club }).await;
    bob.does(Change::Join { room: club }).await;
    assert_eq!(roles(&mut bob, club).await, [(a, Role::Owner), (b, Role::Member)]);
}

#[tokio::test]
async fn an_archived_room_is_read_and_not_written() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let old = alice.makes(RoomKind::CHANNEL, "Old times", &[]).await;
    alice.does(Change::Archive { room: old, archived: true }).await;
    assert_eq!(alice.tells(Target::Room(old), "more").await, Err(Cause::Archived));
    assert!(alice.room(old).await.archived);
    alice.does(Change::Archive { room: old, archived: false }).await;
    alice.tells(Target::Room(old), "more").await.unwrap();
}

#[tokio::test]
async fn notes_are_a_room_with_oneself_on_all_devices() {
    let house = House::new().await;
    let mut laptop = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let mut phone = house.another_device("alice").await;
    let me = Target::Person(laptop.me.account);
    laptop.tells(me, "milk").await.unwrap();
    let (notes, seq, text) = phone.hear().await;
    assert_eq!((seq, text.as_str()), (Seq(2), "milk"));
    phone.tells(me, "bread").await.unwrap();
    let info = laptop.room(notes).await;
    assert_eq!((info.kind, info.peer, info.head, info.members), (RoomKind::NOTES, AccountId(0), Seq(3), 1));
    assert_eq!(bob.tells(Target::Room(notes), "eggs").await, Err(Cause::UnknownRoom));
    assert!(
        bob.ask(Request::Page { room: notes, from: Seq(1), direction: Direction::Forward, limit: 9 })
            .await
            .is_err()
    );
}

#[tokio::test]
async fn too_many_new_rooms_wait_and_the_number_is_settled() {
    let house = House::with(|settings| settings.limits.new_rooms_burst = 2).await;
    let mut alice = house.register("alice").await;
    let bob = house.register("bob").await;
    alice.makes(RoomKind::CHANNEL, "One", &[]).await;
    alice.makes(RoomKind::PRIVATE, "Two", &[]).await;
    let refusal = alice.change(room(RoomKind::PRIVATE, "Three", &[])).await.unwrap_err();
    assert_eq!(refusal.cause, Cause::TooManyRooms);
    assert!((1..=60).contains(&refusal.retry_after.unwrap()));
    assert_eq!(alice.tells(Target::Person(bob.me.account), "hi").await, Err(Cause::TooManyRooms));
    // Notes are made once, and what there is already is not made.
    alice.tells(Target::Person(alice.me.account), "later").await.unwrap();
    alice.say("slow down, alice").await;
    let (device, key) = alice.vanish();
    let alice = house.come_back(device, key).await;
    let refused = alice.me.outcomes.iter().filter(|outcome| **outcome == Cause::TooManyRooms.outcome());
    assert_eq!((alice.me.mark.0, refused.count()), (6, 2));
}

#[tokio::test]
async fn who_is_alone_in_a_new_room_fills_it_quickly() {
    let house = House::with(|settings| {
        settings.limits.changes_per_second = 1;
        settings.limits.changes_burst = 5;
    })
    .await;
    let mut alice = house.register("alice").await;
    let bob = house.register("bob").await;
    let album = alice.makes(RoomKind::PRIVATE, "Album", &[]).await;
    // At a text a second this would outlast every patience here.
    for picture in 0..300 {
        alice.tells(Target::Room(album), &format!("picture {picture}")).await.unwrap();
    }
    alice.does(Change::AddMembers { room: album, members: list(&[bob.me.account]) }).await;
    assert_eq!(alice.room(album).await.head, Seq(302));
}
