//! The end of an account.

use snug_proto::bounded::{List, Text};
use snug_proto::codec::decode_value;
use snug_proto::entry::{Kind, LOBBY, Left, Retraction, RoleSet, RoomKind};
use snug_proto::file::FileReply;
use snug_proto::id::{AccountId, BlobId, RoomId};
use snug_proto::limits::RETRACT_MAX;
use snug_proto::login::LoginReply;
use snug_proto::profile::Profile;
use snug_proto::refusal::{Cause, Why};
use snug_proto::talk::{Change, Direction, Push, Reply, Request, Role, Target};

use crate::files::{Files, file, names_in};
use crate::raw::{House, Person, device_key, new_device, text_of};
use crate::retract::{entry, found};

impl Person {
    pub(crate) async fn delete(&mut self, password: &[u8], texts: bool) -> Result<Reply, Cause> {
        let ke3 = self.proof_of(password).await.map_err(|refusal| refusal.cause)?;
        self.ask(Request::DeleteAccount { ke3, texts }).await.map_err(|refusal| refusal.cause)
    }
}

impl House {
    /// What the door says to a password and a name.
    async fn answer_to(&self, name: &str, password: &[u8]) -> LoginReply {
        let mut raw = self.dial().await;
        raw.hello().await;
        raw.login(name, password, Some(new_device(&device_key()))).await
    }

    fn one(&self, sql: &str) -> i64 {
        let database = rusqlite::Connection::open(self.settings.data.join("snug.db")).unwrap();
        database.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

/// The direct room of these two.
async fn direct(of: &mut Person, peer: AccountId) -> RoomId {
    of.rooms().await.into_iter().find(|room| room.peer == peer).expect("they have talked").room
}

#[tokio::test]
async fn an_account_that_was_deleted_is_gone_and_its_name_stays_taken() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let (a, b) = (alice.me.account, bob.me.account);
    let mut phone = house.another_device("alice").await;
    let mut files = Files::of(&house, &phone).await;
    let said = alice.say("I was here").await;
    let den = alice.makes(RoomKind::PRIVATE, "Den", &[b]).await;
    bob.told().await;
    assert_eq!(alice.delete(b"wrong", false).await, Err(Cause::WrongPassword));
    assert_eq!(alice.delete(b"alice", false).await, Ok(Reply::Done));
    assert_eq!(alice.goodbye().await.why, Why::Revoked, "and the session ends");
    assert_eq!(phone.goodbye().await.why, Why::Revoked);
    assert!(matches!(files.hear().await, FileReply::Goodbye(goodbye) if goodbye.why == Why::Revoked));

    // Everybody hears that she left, by herself, and the room she owned has another owner before.
    let told: Vec<_> = bob
        .told()
        .await
        .into_iter()
        .filter_map(|push| match push {
            Push::Entry(entry) => Some(entry),
            _ => None,
        })
        .collect();
    let of = |room, kind| told.iter().find(|entry| (entry.room, entry.kind) == (room, kind)).unwrap();
    let rooms = bob.rooms().await;
    let house_room = rooms.iter().find(|room| room.kind == RoomKind::HOUSE).unwrap().room;
    for room in [LOBBY, den, house_room] {
        assert_eq!(of(room, Kind::LEFT).author, a);
        assert_eq!(decode_value::<Left>(&of(room, Kind::LEFT).body), Ok(Left { account: a }));
    }
    let heir = decode_value::<RoleSet>(&of(den, Kind::ROLE).body).unwrap();
    assert_eq!((heir.account, heir.role), (b, Role::Owner.code()));
    match bob.ask(Request::Members { room: LOBBY, after: AccountId(0) }).await {
        Ok(Reply::Members(members)) => assert_eq!(members.iter().map(|m| m.account).collect::<Vec<_>>(), [b]),
        other => panic!("{other:?}"),
    }
    assert_eq!(text_of(&entry(&mut bob, LOBBY, said).await.body), "I was here", "her texts stay");

    // Nobody gets in with what she had, and it is told like a name that nobody ever had.
    for name in ["alice", "nobody"] {
        match house.answer_to(name, b"alice").await {
            LoginReply::Refused { refusal, .. } => assert_eq!(refusal.cause, Cause::WrongNameOrPassword),
            other => panic!("{other:?}"),
        }
    }
    let (device, key) = alice.vanish();
    let mut raw = house.dial().await;
    raw.hello().await;
    match raw.device_login(device, &key).await {
        LoginReply::Refused { refusal, .. } => assert_eq!(refusal.cause, Cause::UnknownDevice),
        other => panic!("{other:?}"),
    }
    // Nobody poses as her.
    for name in ["alice", "ALICE"] {
        match raw.register(name, b"mine now", &key).await {
            LoginReply::Refused { refusal, .. } => assert_eq!(refusal.cause, Cause::NameTaken),
            other => panic!("{other:?}"),
        }
    }
    let posing = Profile { display: Text::cut("Alice"), ..Profile::default() };
    assert_eq!(bob.may_not(Change::SetProfile(posing)).await, Cause::NameTaken);
}

#[tokio::test]
async fn nobody_finds_who_is_gone() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let mut carol = house.register("carol").await;
    let a = alice.me.account;
    alice.tells(Target::Person(bob.me.account), "just us").await.unwrap();
    bob.does(Change::Ignore { account: a, ignored: true }).await;
    let den = bob.makes(RoomKind::PRIVATE, "Den", &[]).await;
    assert_eq!(alice.delete(b"alice", false).await, Ok(Reply::Done));
    // The room of two can be read, and no more.
    let room = direct(&mut bob, a).await;
    let page = bob.page(room, 1, Direction::Forward, 10).await.entries.into_vec();
    assert!(page.iter().any(|entry| entry.kind == Kind::CONTENT && text_of(&entry.body) == "just us"));
    for to in [Target::Room(room), Target::Person(a)] {
        assert_eq!(bob.tells(to, "are you there?").await, Err(Cause::UnknownAccount));
    }
    assert_eq!(carol.tells(Target::Person(a), "hello?").await, Err(Cause::UnknownAccount));
    let members = List::new(vec![a]).unwrap();
    assert_eq!(bob.may_not(Change::AddMembers { room: den, members }).await, Cause::UnknownAccount);
    assert_eq!(carol.may_not(Change::Ignore { account: a, ignored: true }).await, Cause::UnknownAccount);
    match bob.ask(Request::Account).await {
        Ok(Reply::Account(chosen)) => assert!(chosen.ignored.is_empty()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn nothing_is_left_of_what_was_hers_alone() {
    let mut house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let [picture, shared, alone, cut] = [1, 2, 3, 4].map(|n| BlobId([n; 16]));
    let mut files = Files::of(&house, &alice).await;
    for blob in [picture, shared, alone] {
        files.upload(blob, &file(100)).await.unwrap();
    }
    files.begin(cut, 100).await.unwrap();
    let looks = Profile { display: Text::cut("Shining One"), colour: 1, picture: Some(picture) };
    alice.does(Change::SetProfile(looks)).await;
    alice.names(Target::Room(LOBBY), shared).await.unwrap();
    assert!(matches!(alice.ask(Request::RecoveryCodes).await, Ok(Reply::RecoveryCodes(_))));
    let invite = Request::Invite { uses: 1, life: 3600, room: RoomId(0) };
    assert!(matches!(alice.ask(invite).await, Ok(Reply::Code { .. })));
    assert_eq!(alice.delete(b"alice", false).await, Ok(Reply::Done));
    assert_eq!(bob.profiles().await, []);
    assert_eq!(
        Files::of(&house, &bob).await.download(shared, 0).await,
        Ok(file(100)),
        "what others may read"
    );
    drop((alice, bob, files));
    house.stop().await;
    assert_eq!(names_in(&house), [shared.to_string()]);
    assert_eq!(found(&house, b"Shining One"), Vec::<String>::new());
    assert_eq!(house.one("SELECT count(*) FROM codes WHERE revoked IS NULL"), 0);
    assert_eq!(house.one("SELECT count(*) FROM devices WHERE account = 1"), 0);
    assert_eq!(house.one("SELECT count(*) FROM read_marks WHERE account = 1"), 0);
    assert_eq!(house.one("SELECT length(record) + length(credential) FROM accounts WHERE id = 1"), 0);
    // It is whole, and starts.
    assert_eq!(house.one("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    house.restart().await;
    house.another_device("bob").await.say("still here").await;
}

#[tokio::test]
async fn what_she_wrote_goes_first_if_she_wants_everywhere() {
    let mut house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let (a, b) = (alice.me.account, bob.me.account);
    let secret = "xyzzy-what-she-thought";
    let den = bob.makes(RoomKind::PRIVATE, "Den", &[a]).await;
    alice.tells(Target::Room(den), secret).await.unwrap();
    alice.does(Change::Leave { room: den }).await;
    alice.tells(Target::Person(b), secret).await.unwrap();
    alice.tells(Target::Person(a), secret).await.unwrap();
    let blob = BlobId([9; 16]);
    Files::of(&house, &alice).await.upload(blob, &file(100)).await.unwrap();
    alice.names(Target::Room(LOBBY), blob).await.unwrap();
    for round in 0..RETRACT_MAX + 40 {
        alice.tells(Target::Room(LOBBY), &format!("{secret} {round}")).await.unwrap();
    }
    let his = bob.say("mine").await;
    assert_eq!(alice.delete(b"alice", true).await, Ok(Reply::Done));
    assert_eq!(alice.goodbye().await.why, Why::Revoked);
    // Told in bounded entries, by herself, before she leaves.
    let mut told = bob.told().await;
    told.retain(|push| matches!(push, Push::Entry(entry) if entry.room == LOBBY && entry.author == a));
    let mut kinds = Vec::new();
    let mut emptied = 0;
    for push in told {
        let Push::Entry(entry) = push else { continue };
        if entry.kind == Kind::RETRACT {
            emptied += decode_value::<Retraction>(&entry.body).unwrap().targets.len();
        }
        if entry.kind != Kind::CONTENT {
            kinds.push(entry.kind);
        }
    }
    assert_eq!(kinds, [Kind::RETRACT, Kind::RETRACT, Kind::LEFT]);
    assert_eq!(emptied, RETRACT_MAX + 41);
    let room = direct(&mut bob, a).await;
    for room in [LOBBY, den, room] {
        let page = bob.page(room, 1, Direction::Forward, 100).await.entries.into_vec();
        assert!(page.iter().all(|e| e.author != a || e.kind != Kind::CONTENT || e.body.is_empty()));
    }
    assert_eq!(text_of(&entry(&mut bob, LOBBY, his).await.body), "mine");
    drop((alice, bob));
    house.stop().await;
    assert_eq!(found(&house, b"xyzzy"), Vec::<String>::new());
    assert_eq!(names_in(&house), Vec::<String>::new());
}

#[tokio::test]
async fn a_deletion_that_was_cut_off_leaves_an_account_that_can_be_deleted_again() {
    let mut house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    for round in 0..RETRACT_MAX * 2 {
        alice.tells(Target::Room(LOBBY), &format!("word {round}")).await.unwrap();
    }
    let ke3 = alice.proof_of(b"alice").await.unwrap();
    alice.call(Request::DeleteAccount { ke3, texts: true }).await;
    house.stop().await;
    drop(bob);
    house.start().await;
    bob = house.another_device("bob").await;
    // Whichever moment it was: either she is gone, or she is whole.
    match house.answer_to("alice", b"alice").await {
        LoginReply::Refused { refusal, .. } => assert_eq!(refusal.cause, Cause::WrongNameOrPassword),
        LoginReply::LoggedIn(_) => {
            alice = house.another_device("alice").await;
            assert_eq!(alice.delete(b"alice", true).await, Ok(Reply::Done));
        }
        other => panic!("{other:?}"),
    }
    let left = bob.page(LOBBY, u32::MAX, Direction::Backward, 100).await.entries.into_vec();
    assert!(left.iter().all(|entry| entry.kind != Kind::CONTENT || entry.body.is_empty()));
}

#[tokio::test]
async fn the_last_owner_stays_while_others_are_there() {
    let mut house = House::new().await;
    drop((house.register("alice").await, house.register("bob").await));
    house.stop().await;
    let database = rusqlite::Connection::open(house.settings.data.join("snug.db")).unwrap();
    let owner = "UPDATE members SET role = 2 WHERE account = 1 AND room IN (SELECT id FROM rooms WHERE kind IN (1, 6))";
    assert_eq!(database.execute(owner, []).unwrap(), 2);
    drop(database);
    house.start().await;
    let mut alice = house.another_device("alice").await;
    let mut bob = house.another_device("bob").await;
    let said = alice.say("mine").await;
    assert_eq!(alice.delete(b"alice", true).await, Err(Cause::LastServerOwner));
    assert_eq!(text_of(&entry(&mut bob, LOBBY, said).await.body), "mine", "nothing was emptied for nothing");
    assert_eq!(bob.delete(b"bob", false).await, Ok(Reply::Done));
    // Alone she may.
    assert_eq!(alice.delete(b"alice", false).await, Ok(Reply::Done));
}

#[tokio::test]
async fn a_proof_of_another_password_deletes_nothing() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut phone = house.another_device("alice").await;
    let ke3 = phone.proof_of(b"alice").await.unwrap();
    assert_eq!(alice.change_password(b"alice", b"better").await, Ok(Reply::Done));
    let refused = phone.ask(Request::DeleteAccount { ke3: ke3.clone(), texts: false }).await.unwrap_err();
    assert_eq!(refused.cause, Cause::WrongPassword);
    let refused = phone.ask(Request::DeleteAccount { ke3, texts: false }).await.unwrap_err();
    assert_eq!(refused.cause, Cause::NotAllowed, "a proof is used once");
    alice.say("still here").await;
}
