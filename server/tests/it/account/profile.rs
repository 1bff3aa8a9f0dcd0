//! What people look like to each other.

use snug_proto::bounded::Text;
use snug_proto::codec::decode_value;
use snug_proto::entry::{Entry, Kind, LOBBY};
use snug_proto::id::{AccountId, BlobId};
use snug_proto::limits::PICTURE_MAX;
use snug_proto::login::LoginReply;
use snug_proto::profile::{COLOURS, Profile};
use snug_proto::refusal::Cause;
use snug_proto::talk::{Change, Direction, Push, Reply, Request, Target};

use crate::files::{Files, file, names_in};
use crate::raw::{House, Person, device_key};

const FIRST: BlobId = BlobId([1; 16]);
const SECOND: BlobId = BlobId([2; 16]);

fn looks(display: &str, colour: u8, picture: Option<BlobId>) -> Profile {
    Profile { display: Text::cut(display), colour, picture }
}

impl Person {
    async fn looks(&mut self, profile: Profile) {
        self.does(Change::SetProfile(profile)).await;
    }

    async fn may_not_look(&mut self, profile: Profile) -> Cause {
        self.may_not(Change::SetProfile(profile)).await
    }

    pub(crate) async fn profiles(&mut self) -> Vec<(AccountId, Profile)> {
        match self.ask(Request::Profiles { after: AccountId(0) }).await {
            Ok(Reply::Profiles(profiles)) => profiles.into_vec(),
            other => panic!("{other:?}"),
        }
    }
}

/// The entries among what was told.
fn entries(told: Vec<Push>) -> Vec<Entry> {
    let entry = |push| match push {
        Push::Entry(entry) => Some(entry),
        _ => None,
    };
    told.into_iter().filter_map(entry).collect()
}

#[tokio::test]
async fn everybody_sees_what_somebody_looks_like() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    bob.told().await;
    let mut files = Files::of(&house, &alice).await;
    files.upload(FIRST, &file(1000)).await.unwrap();
    let new = looks("Alice of the woods", 3, Some(FIRST));
    alice.looks(new.clone()).await;
    let told = entries(bob.told().await);
    let [entry] = &told[..] else { panic!("{told:?}") };
    assert_eq!((entry.room, entry.kind, entry.author), (LOBBY, Kind::PROFILE, alice.me.account));
    assert_eq!(entry.blobs.to_vec(), [FIRST]);
    assert_eq!(decode_value::<Profile>(&entry.body), Ok(new.clone()));
    assert_eq!(Files::of(&house, &bob).await.download(FIRST, 0).await, Ok(file(1000)));
    assert_eq!(bob.profiles().await, [(alice.me.account, new.clone())]);
    // What is so already makes no entry.
    alice.looks(new).await;
    assert_eq!(entries(bob.told().await), []);
    // Names on the wire stay those of the accounts.
    match bob.ask(Request::Members { room: LOBBY, after: AccountId(0) }).await {
        Ok(Reply::Members(members)) => assert_eq!(members[0].name.as_str(), "alice"),
        other => panic!("{other:?}"),
    }
    // Plain again.
    alice.looks(Profile::default()).await;
    assert_eq!(entries(bob.told().await).len(), 1);
    assert_eq!(bob.profiles().await, []);
}

#[tokio::test]
async fn who_has_another_picture_has_the_first_no_more() {
    let mut house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let mut files = Files::of(&house, &alice).await;
    files.upload(FIRST, &file(1000)).await.unwrap();
    files.upload(SECOND, &file(2000)).await.unwrap();
    alice.looks(looks("Sunny Alice", 0, Some(FIRST))).await;
    // Another colour only: the picture stays.
    alice.looks(looks("Sunny Alice", 1, Some(FIRST))).await;
    assert_eq!(Files::of(&house, &bob).await.download(FIRST, 0).await, Ok(file(1000)));
    alice.looks(looks("Rainy Alice", 1, Some(SECOND))).await;
    let mut his = Files::of(&house, &bob).await;
    assert_eq!(his.download(FIRST, 0).await, Err(Cause::UnknownBlob));
    assert_eq!(his.download(SECOND, 0).await, Ok(file(2000)));
    // Only the last entry says anything, in pages and in what is told.
    let page = bob.page(LOBBY, 1, Direction::Forward, 100).await.entries.into_vec();
    let bodies: Vec<bool> =
        page.iter().filter(|e| e.kind == Kind::PROFILE).map(|e| e.body.is_empty()).collect();
    assert_eq!(bodies, [true, true, false]);
    drop((alice, bob, files, his));
    house.stop().await;
    assert_eq!(names_in(&house), [SECOND.to_string()]);
    let database = std::fs::read(house.settings.data.join("snug.db")).unwrap();
    assert!(!database.windows(11).any(|part| part == b"Sunny Alice"));
}

#[tokio::test]
async fn no_two_people_look_like_one() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    // Cyrillic, capitals, and one letter that looks like two.
    for alike in ["alice", "ALICE", "\u{430}lice"] {
        assert_eq!(bob.may_not_look(looks(alike, 0, None)).await, Cause::NameTaken, "{alike}");
    }
    alice.looks(looks("Max Power", 0, None)).await;
    assert_eq!(bob.may_not_look(looks("rnax power", 0, None)).await, Cause::NameTaken);
    // One's own name in another dress is one's own.
    alice.looks(looks("Alice", 0, None)).await;
    bob.looks(looks("Max Power", 0, None)).await;
    bob.looks(looks("Mallory", 0, None)).await;
    // Nor does anybody come later under a name that is shown.
    for name in ["mallory", "MALLORY"] {
        let mut raw = house.dial().await;
        raw.hello().await;
        match raw.register(name, b"mallory", &device_key()).await {
            LoginReply::Refused { refusal, .. } => assert_eq!(refusal.cause, Cause::NameTaken),
            other => panic!("{other:?}"),
        }
    }
    bob.looks(Profile::default()).await;
    house.register("mallory").await;
}

#[tokio::test]
async fn a_name_taken_between_the_two_messages_of_a_registration_is_taken() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut raw = house.dial().await;
    raw.hello().await;
    let started = raw.register_start("mallory", b"mallory").await.unwrap();
    alice.looks(looks("Mallory", 0, None)).await;
    match raw.register_finish(started, b"mallory", &device_key()).await {
        LoginReply::Refused { refusal, .. } => assert_eq!(refusal.cause, Cause::NameTaken),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_cannot_be_shown_is_refused() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    for bad in ["x", " Ann", "Ann  Lee", "al\u{202e}ice", "a\nb", "-Ann"] {
        assert_eq!(alice.may_not_look(looks(bad, 0, None)).await, Cause::BadName, "{bad:?}");
    }
    assert_eq!(alice.may_not_look(looks(&"n".repeat(33), 0, None)).await, Cause::BadName);
    assert_eq!(alice.may_not_look(looks("", COLOURS + 1, None)).await, Cause::Malformed);
    alice.looks(looks("", COLOURS, None)).await;
    assert_eq!(alice.may_not_look(looks("", 0, Some(FIRST))).await, Cause::UnknownBlob, "nowhere");
    let mut his = Files::of(&house, &bob).await;
    his.upload(FIRST, &file(10)).await.unwrap();
    bob.names(Target::Room(LOBBY), FIRST).await.unwrap();
    assert_eq!(alice.may_not_look(looks("", 0, Some(FIRST))).await, Cause::UnknownBlob, "his");
    let large = usize::try_from(PICTURE_MAX).unwrap() + 1;
    his.upload(SECOND, &file(large)).await.unwrap();
    assert_eq!(bob.may_not_look(looks("", 0, Some(SECOND))).await, Cause::TooLarge);
    assert_eq!(alice.profiles().await, [(alice.me.account, looks("", COLOURS, None))]);
}
