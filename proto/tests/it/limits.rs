//! The largest of everything fits where it has to, and what is too large is refused before it grows.

use std::cell::Cell;

use proptest::prelude::*;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde::{Serialize, de};
use snug_proto::Username;
use snug_proto::address::Address;
use snug_proto::bounded::{Bytes, List, Text};
use snug_proto::code::CodeName;
use snug_proto::codec::{Malformed, decode_frame, decode_value, encode_frame, encode_value};
use snug_proto::content::{
    Content, EditContent, FileContent, Mentions, PinContent, ReactionContent, Source, TextContent,
};
use snug_proto::entry::{Body, Entry, Kind, Retracted, Retraction, RoomKind};
use snug_proto::file::{FileReply, FileRequest};
use snug_proto::hello::{Hello, HelloAnswer, Registration, Welcome};
use snug_proto::house::{
    Act, BanId, BanInfo, BanKind, Banned, CodeInfo, HouseInfo, PersonInfo, Setting, SettingInfo,
};
use snug_proto::id::{AccountId, BlobId, DeviceId, LogId, Number, Origin, RoomId, Seq};
use snug_proto::limits::*;
use snug_proto::login::{
    KeptDevice, LoggedIn, LoginReply, LoginRequest, NewDevice, Outcome, Purpose, Stretch,
};
use snug_proto::name::RoomName;
use snug_proto::profile::Profile;
use snug_proto::refusal::{Cause, Goodbye, Refusal, Why};
use snug_proto::talk::{
    Access, Account, Call, Change, Channel, DeviceInfo, Down, Here, InviteInfo, Member, Page, Presence,
    Privacy, Push, Reply, Request, Role, RoomInfo, Span, Target,
};

fn full_text<const MAX: usize>() -> Text<MAX> {
    Text::new("x".repeat(MAX)).unwrap()
}
fn full_bytes<const MAX: usize>() -> Bytes<MAX> {
    Bytes::new(vec![0xff; MAX]).unwrap()
}
fn full_list<T: Clone, const MAX: usize>(item: T) -> List<T, MAX> {
    List::new(vec![item; MAX]).unwrap_or_default()
}
fn full_name() -> Username {
    let of = |letter: char| Username::new(&letter.to_string().repeat(NAME_CHARS_MAX)).ok();
    let is_full = |name: &Username| name.as_str().len() == NAME_BYTES_MAX;
    ('\u{10000}'..).filter_map(of).find(is_full).expect("letters of four bytes")
}
fn full_refusal() -> Refusal {
    Refusal { cause: Cause::ServerFull { max: u32::MAX }, sentence: full_text(), retry_after: Some(u32::MAX) }
}
fn full_goodbye() -> Goodbye {
    Goodbye { why: Why::Internal, retry_after: Some(u32::MAX) }
}
fn full_room() -> RoomInfo {
    RoomInfo {
        room: RoomId(u32::MAX),
        kind: RoomKind(u16::MAX),
        name: full_text(),
        topic: full_text(),
        peer: AccountId(u64::MAX),
        earlier: full_list(Span { first: Seq(u32::MAX), last: Seq(u32::MAX) }),
        first: Seq(u32::MAX),
        head: Seq(u32::MAX),
        read: Seq(u32::MAX),
        unread_from: Seq(u32::MAX),
        role: Role::Owner,
        present: true,
        archived: true,
        members: u32::MAX,
        encrypted: true,
    }
}
fn full_account() -> Account {
    let privacy = Privacy { last_seen: true, reads: true };
    Account { privacy, ignored: full_list(AccountId(u64::MAX)) }
}
fn full_device() -> DeviceInfo {
    let (name, system) = (full_text(), full_text());
    DeviceInfo { device: DeviceId(u64::MAX), name, system, added: i64::MIN, seen: i64::MIN, online: true }
}
fn full_invite() -> InviteInfo {
    let (code, room) = (CodeName::of(u32::MAX), RoomId(u32::MAX));
    let (uses, used, created, expires) = (u16::MAX, u16::MAX, i64::MIN, i64::MIN);
    InviteInfo { code, uses, used, created, expires, room }
}
fn full_profile() -> Profile {
    Profile { display: full_text(), colour: u8::MAX, picture: Some(BlobId([0xff; 16])) }
}
fn full_origin() -> Origin {
    Origin { device: DeviceId(u64::MAX), number: Number(u64::MAX) }
}
fn full_retracted() -> Retracted {
    Retracted { seq: Seq(u32::MAX), origin: full_origin() }
}
fn entry_with_body(len: usize) -> Entry {
    Entry {
        room: RoomId(u32::MAX),
        seq: Seq(u32::MAX),
        at: i64::MIN,
        kind: Kind(u16::MAX),
        author: AccountId(u64::MAX),
        device: DeviceId(u64::MAX),
        number: Number(u64::MAX),
        generation: u32::MAX,
        epoch: u64::MAX,
        blobs: full_list(BlobId([0xff; 16])),
        body: Bytes::new(vec![0xff; len]).unwrap(),
    }
}
fn reply(reply: Reply) -> Down {
    Down::Reply { id: u32::MAX, result: Ok(reply) }
}

#[track_caller]
fn fits<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: T, max: usize) {
    let mut frame = Vec::new();
    encode_frame(&value, max, &mut frame).unwrap();
    assert!(decode_frame::<T>(&frame[4..]).unwrap() == value);
}

#[test]
fn the_largest_replies_fit_a_frame() {
    fits(reply(Reply::Rooms(full_list(full_room()))), FRAME_MAX);
    let name = full_name();
    let member = Member { account: AccountId(u64::MAX), name, role: Role::Owner, seen: Some(i64::MIN) };
    fits(reply(Reply::Members(full_list(member))), FRAME_MAX);
    let (name, topic) = (full_text(), full_text());
    let channel = Channel { room: RoomId(u32::MAX), name, topic, members: u32::MAX, archived: true };
    fits(reply(Reply::Channels(full_list(channel))), FRAME_MAX);
    fits(reply(Reply::Marks(full_list((AccountId(u64::MAX), Seq(u32::MAX))))), FRAME_MAX);
    fits(reply(Reply::Account(full_account())), FRAME_MAX);
    fits(reply(Reply::Code { code: full_text(), expires: i64::MIN, address: full_text() }), FRAME_MAX);
    fits(reply(Reply::Invites(full_list(full_invite()))), FRAME_MAX);
    fits(reply(Reply::RecoveryCodes(full_list(full_text()))), FRAME_MAX);
    fits(
        reply(Reply::Access(Access { devices: full_list(full_device()), password_set: i64::MIN })),
        FRAME_MAX,
    );
    fits(Down::Reply { id: u32::MAX, result: Err(full_refusal()) }, FRAME_MAX);
}

#[test]
fn the_largest_of_what_administrators_see_fits_a_frame() {
    let setting =
        SettingInfo { setting: Setting::Name(full_text()), configured: Some(Setting::Name(full_text())) };
    let settings = full_list(setting);
    let (accounts, seats, database, files) = (u32::MAX, u32::MAX, u64::MAX, u64::MAX);
    let house = HouseInfo { accounts, seats, settings, database, files, disk_free: Some(u64::MAX) };
    fits(reply(Reply::House(house)), FRAME_MAX);
    let person = PersonInfo {
        account: AccountId(u64::MAX),
        name: full_name(),
        role: Role::Owner,
        created: i64::MIN,
        seen: Some(i64::MIN),
        online: true,
        invited_by: AccountId(u64::MAX),
        devices: u32::MAX,
        files: u64::MAX,
        banned: true,
    };
    fits(reply(Reply::People(full_list(person))), FRAME_MAX);
    let (maker, account) = (AccountId(u64::MAX), AccountId(u64::MAX));
    let code = CodeInfo { invite: full_invite(), purpose: Purpose(u8::MAX), maker, account };
    fits(reply(Reply::Codes(full_list(code))), FRAME_MAX);
    let ban = BanInfo {
        ban: BanId(u32::MAX),
        kind: BanKind(u8::MAX),
        account,
        source: full_text(),
        at: i64::MIN,
        until: i64::MIN,
        by: account,
    };
    fits(reply(Reply::Bans(full_list(ban))), FRAME_MAX);
}

#[test]
fn the_largest_looks_and_proofs_fit_a_frame() {
    fits(reply(Reply::Profiles(full_list((AccountId(u64::MAX), full_profile())))), FRAME_MAX);
    fits(reply(Reply::ProofChallenge { ke2: full_bytes(), stretch: Stretch(u8::MAX) }), FRAME_MAX);
    fits(reply(Reply::PasswordChallenge { response: full_bytes() }), FRAME_MAX);
    let (ke3, upload, stretch) = (full_bytes(), full_bytes(), Stretch(u8::MAX));
    fits(Call { id: u32::MAX, request: Request::ChangePassword { ke3, upload, stretch } }, FRAME_MAX);
}

#[test]
fn a_full_page_fits_a_frame() {
    let envelope = encode_value(&entry_with_body(0)).len();
    for count in [PAGE_ENTRIES_MAX, 2] {
        let share = PAGE_BYTES_MAX / count;
        // Two bytes more: the length of a longer body takes three bytes in place of one.
        let entries = vec![entry_with_body(share - envelope - 2); count];
        let bytes: usize = entries.iter().map(|entry| encode_value(entry).len()).sum();
        assert!(bytes <= PAGE_BYTES_MAX && bytes + 2 * count >= PAGE_BYTES_MAX - count, "{bytes}");
        let entries = List::new(entries).unwrap();
        let page = Page { room: RoomId(u32::MAX), entries, head: Seq(u32::MAX), starts: true, ends: true };
        fits(reply(Reply::Page(page)), FRAME_MAX);
    }
}

#[test]
fn the_largest_entry_fits_a_page_a_push_and_an_append() {
    let entry = entry_with_body(BODY_MAX);
    assert!(encode_value(&entry).len() <= PAGE_BYTES_MAX);
    let change = Change::Append {
        to: Target::Person(AccountId(u64::MAX)),
        kind: entry.kind,
        generation: entry.generation,
        epoch: entry.epoch,
        blobs: entry.blobs.clone(),
        body: entry.body.clone(),
    };
    fits(Down::Push(Push::Entry(entry)), FRAME_MAX);
    fits(Call { id: u32::MAX, request: Request::Change { number: Number(u64::MAX), change } }, FRAME_MAX);
}

#[test]
fn the_largest_changes_fit_a_frame() {
    let (room, people) = (RoomId(u32::MAX), || full_list(AccountId(u64::MAX)));
    let name = RoomName::new(full_name().as_str()).unwrap();
    for change in [
        Change::Retract { room, targets: full_list(full_retracted()) },
        Change::CreateRoom {
            kind: RoomKind(u16::MAX),
            name: name.clone(),
            topic: full_text(),
            members: people(),
        },
        Change::Rename { room, name },
        Change::SetTopic { room, topic: full_text() },
        Change::AddMembers { room, members: people() },
        Change::SetProfile(full_profile()),
        Change::Act(Act::Ban { what: Banned::Source(full_text()), until: i64::MIN }),
        Change::Act(Act::Set(Setting::Name(full_text()))),
    ] {
        let number = Number(u64::MAX);
        fits(Call { id: u32::MAX, request: Request::Change { number, change } }, FRAME_MAX);
    }
}

#[test]
fn everything_else_that_is_pushed_fits_a_frame() {
    fits(Down::Push(Push::AccountChanged(full_account())), FRAME_MAX);
    let here = Here::People(full_list((AccountId(u64::MAX), Presence::Away)));
    fits(Down::Push(Push::Presence { room: RoomId(u32::MAX), here }), FRAME_MAX);
    fits(Down::Push(Push::RoomChanged(full_room())), FRAME_MAX);
    fits(Down::Push(Push::Goodbye(full_goodbye())), FRAME_MAX);
    fits(FileRequest::Chunk(full_bytes()), FRAME_MAX);
    fits(FileReply::Chunk(full_bytes()), FRAME_MAX);
    fits(FileReply::Refused(full_refusal()), FRAME_MAX);
}

#[test]
fn everything_before_login_fits_the_small_frame() {
    let device = || NewDevice { key: full_bytes(), system: full_text() };
    for request in [
        LoginRequest::RegisterStart { name: full_name(), request: full_bytes() },
        LoginRequest::RegisterFinish { upload: full_bytes(), stretch: Stretch(u8::MAX), device: device() },
        LoginRequest::LoginStart { name: full_name(), ke1: full_bytes() },
        LoginRequest::LoginFinish {
            ke3: full_bytes(),
            device: Some(device()),
            replace: Some(DeviceId(u64::MAX)),
        },
        LoginRequest::DeviceLogin { device: DeviceId(u64::MAX), signature: full_bytes() },
        LoginRequest::CodeStart { code: CodeName::of(u32::MAX), ke1: full_bytes() },
        LoginRequest::CodeFinish { ke3: full_bytes() },
        LoginRequest::ResetStart { request: full_bytes() },
        LoginRequest::ResetFinish { upload: full_bytes(), stretch: Stretch(u8::MAX), device: device() },
        LoginRequest::AddDevice { device: device() },
    ] {
        fits(request, FRAME_LOGIN_MAX);
    }
    let kept = KeptDevice { account: AccountId(u64::MAX), device: DeviceId(u64::MAX) };
    for reply in [
        LoginReply::RegisterChallenge { response: full_bytes() },
        LoginReply::LoginChallenge { ke2: full_bytes(), stretch: Stretch(u8::MAX) },
        LoginReply::Proven,
        LoginReply::LoggedIn(LoggedIn {
            account: AccountId(u64::MAX),
            name: full_name(),
            device: DeviceId(u64::MAX),
            mark: Number(u64::MAX),
            outcomes: full_list(Outcome(u8::MAX)),
            successor: Some([0xff; 32]),
        }),
        LoginReply::Refused { refusal: full_refusal(), kept: Some(kept) },
        LoginReply::Goodbye(full_goodbye()),
        LoginReply::CodeProven { purpose: Purpose(u8::MAX), account: Some(full_name()) },
        LoginReply::TooManyDevices { oldest: full_device() },
    ] {
        fits(reply, FRAME_LOGIN_MAX);
    }
    let hello = Hello { lowest: u16::MAX, highest: u16::MAX, client: full_text() };
    assert!(hello.encode().len() <= FRAME_LOGIN_MAX);
    let welcome = Welcome {
        name: full_text(),
        registration: Registration::Invite,
        max_users: u32::MAX,
        changes_per_second: u16::MAX,
        changes_burst: u16::MAX,
        file_max: u64::MAX,
        log: LogId([0xff; 16]),
    };
    assert!(HelloAnswer::Welcome { version: u16::MAX, welcome }.encode().len() <= FRAME_LOGIN_MAX);
}

#[test]
fn the_largest_contents_fit_a_body() {
    let reply_to = Some(full_origin());
    let mentions = || Mentions { people: full_list(AccountId(u64::MAX)), room: true };
    let source = || Some(Source { how: u16::MAX, author: full_text(), at: i64::MIN, from: full_text() });
    let file = FileContent {
        blob: BlobId([0xff; 16]),
        name: full_text(),
        media_type: full_text(),
        size: u64::MAX,
        hash: [0xff; 32],
        pixels: (u32::MAX, u32::MAX),
        reply_to,
        source: source(),
    };
    let target = full_origin();
    for content in [
        Content::Text(TextContent { text: full_text(), reply_to, mentions: mentions(), source: source() }),
        Content::File(file),
        Content::Edit(EditContent { target, text: full_text(), mentions: mentions() }),
        Content::Reaction(ReactionContent { target, emoji: full_text(), on: true }),
        Content::Pin(PinContent { target, on: true }),
    ] {
        let body = content.to_body().expect("fits a body");
        assert!(Content::from_body(&body) == Ok(content));
    }
    let retraction = Retraction { targets: full_list(full_retracted()) };
    assert!(Body::new(encode_value(&retraction)).is_ok());
    assert!(Body::new(encode_value(&full_profile())).is_ok());
}

thread_local! {
    static DECODED: Cell<usize> = const { Cell::new(0) };
}

/// One byte on the wire, 1 KiB in memory: what a hostile list would be made of.
#[derive(Debug, Clone, PartialEq)]
struct Heavy([u8; 1024]);

impl<'de> Deserialize<'de> for Heavy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let byte = u8::deserialize(deserializer)?;
        DECODED.set(DECODED.get() + 1);
        Ok(Self([byte; 1024]))
    }
}

/// How many elements were made of a list that announces so many and brings so many bytes.
fn made(announced: u64, brought: usize) -> (Result<usize, Malformed>, usize) {
    DECODED.set(0);
    let bytes = [&encode_value(&announced)[..], &vec![0; brought]].concat();
    (decode_value::<List<Heavy, 256>>(&bytes).map(|list| list.len()), DECODED.get())
}

#[test]
fn a_frame_full_of_tiny_elements_is_refused_before_it_grows() {
    assert_eq!(made(256, 256), (Ok(256), 256));
    for announced in [257, 60_000] {
        assert_eq!(made(announced, 60_000), (Err(Malformed), 0), "{announced} were announced");
    }
    // More than came: whatever is announced, no more is made than the list may hold, and one.
    for announced in [65_000, u64::from(u32::MAX), u64::MAX] {
        assert_eq!(made(announced, 60_000), (Err(Malformed), 257), "{announced} were announced");
    }
    assert_eq!(made(u64::from(u32::MAX), 3), (Err(Malformed), 3));
}

/// A list of a source that does not say how long it is.
#[test]
fn a_list_that_announces_nothing_is_bounded_as_well() {
    let endless = de::value::SeqDeserializer::<_, de::value::Error>::new((0..u32::MAX).filter(|n| {
        DECODED.set(*n as usize);
        true
    }));
    assert!(List::<u32, 256>::deserialize(endless).is_err());
    assert_eq!(DECODED.get(), 256);
}

#[test]
fn no_list_takes_much_more_memory_than_the_frame_it_came_in() {
    const { assert!(PAGE_ENTRIES_MAX * size_of::<Entry>() <= FRAME_MAX) };
    const { assert!(ROOMS_PAGE_MAX * size_of::<RoomInfo>() <= FRAME_MAX) };
    const { assert!(MEMBERS_PAGE_MAX * size_of::<Member>() <= FRAME_MAX) };
    const { assert!(ROOMS_PAGE_MAX * SPANS_MAX * size_of::<Span>() <= FRAME_MAX) };
    const { assert!(ROOMS_PAGE_MAX * size_of::<Channel>() <= FRAME_MAX) };
    const { assert!(DEVICES_MAX * size_of::<DeviceInfo>() <= FRAME_MAX) };
    const { assert!(RETRACT_MAX * size_of::<Retracted>() <= FRAME_MAX) };
    const { assert!(PROFILES_PAGE_MAX * size_of::<(AccountId, Profile)>() <= FRAME_MAX) };
    const { assert!(PEOPLE_PAGE_MAX * size_of::<PersonInfo>() <= FRAME_MAX) };
    const { assert!(CODES_LIST_MAX * size_of::<CodeInfo>() <= FRAME_MAX) };
    const { assert!(BANS_MAX * size_of::<BanInfo>() <= FRAME_MAX) };
    const { assert!(PRESENCE_LIST_MAX * size_of::<(AccountId, Presence)>() <= FRAME_MAX) };
    // One element too many, in frames that are otherwise right.
    let rooms: Vec<u32> = vec![1; WATCH_MAX + 1];
    let watch = [&encode_value(&(1u32, 4u8))[..], &encode_value(&rooms)].concat();
    assert_eq!(decode_frame::<Call>(&watch), Err(Malformed));
    let people = vec![(1u64, 0u8); PRESENCE_LIST_MAX + 1];
    let presence = [&[1, 4, 1, 0][..], &encode_value(&people)].concat();
    assert_eq!(decode_frame::<Down>(&presence), Err(Malformed));
    let targets = vec![(1u32, 1u64, 1u64); RETRACT_MAX + 1];
    let retract = [&[1, 3, 1, 1, 1][..], &encode_value(&targets)].concat();
    assert_eq!(decode_frame::<Call>(&retract), Err(Malformed));
    let added = [&[1, 3, 1, 7, 1][..], &encode_value(&vec![1u64; ADD_MEMBERS_MAX + 1])].concat();
    assert_eq!(decode_frame::<Call>(&added), Err(Malformed));
    let blobs = vec![[0u8; 16]; ENTRY_BLOBS_MAX + 1];
    let append = [&[1, 3, 1, 0, 0, 1, 1, 0, 0][..], &encode_value(&blobs), &[1, 0]].concat();
    assert_eq!(decode_frame::<Call>(&append), Err(Malformed));
}

#[test]
fn a_body_one_byte_too_long_is_refused() {
    let mut entry = encode_value(&entry_with_body(0));
    entry.pop();
    let with = |len: usize| [&entry[..], &encode_value(&vec![0u8; len])].concat();
    assert!(decode_value::<Entry>(&with(BODY_MAX)).is_ok());
    assert_eq!(decode_value::<Entry>(&with(BODY_MAX + 1)), Err(Malformed));
}

#[test]
fn numbers_too_large_for_their_type_are_refused() {
    assert_eq!(decode_value::<Seq>(&[0xff, 0xff, 0xff, 0xff, 0x0f]), Ok(Seq(u32::MAX)));
    assert_eq!(decode_value::<Seq>(&[0xff, 0xff, 0xff, 0xff, 0x1f]), Err(Malformed), "33 bits");
    assert_eq!(decode_value::<Seq>(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x00]), Err(Malformed), "six bytes");
    assert_eq!(decode_value::<Kind>(&[0xff, 0xff, 0x03]), Ok(Kind(u16::MAX)));
    assert_eq!(decode_value::<Kind>(&[0xff, 0xff, 0x07]), Err(Malformed), "17 bits");
    let nine = [0xff; 9];
    assert_eq!(decode_value::<Number>(&[&nine[..], &[1]].concat()), Ok(Number(u64::MAX)));
    assert_eq!(decode_value::<Number>(&[&nine[..], &[2]].concat()), Err(Malformed), "65 bits");
    assert_eq!(decode_value::<Number>(&[0x80; 11]), Err(Malformed), "without an end");
    assert_eq!(decode_value::<bool>(&[2]), Err(Malformed));
    assert_eq!(decode_value::<Option<u8>>(&[2, 0]), Err(Malformed));
    assert_eq!(decode_value::<Presence>(&[2]), Err(Malformed), "a variant that does not exist");
    assert_eq!(decode_value::<Text<4>>(&[2, 0xff, 0xfe]), Err(Malformed), "not UTF-8");
    // Longer than needed, which nobody writes, and which says nothing else.
    assert_eq!(decode_value::<Seq>(&[0x81, 0x00]), Ok(Seq(1)));
}

proptest! {
    #[test]
    fn a_name_has_one_form_and_a_bound(typed in "\\PC{0,40}") {
        if let Ok(name) = Username::new(&typed) {
            prop_assert!(name.as_str().len() <= NAME_BYTES_MAX);
            prop_assert!(!name.skeleton().is_empty());
            prop_assert_eq!(decode_value::<Username>(&encode_value(&name)), Ok(name.clone()));
            prop_assert_eq!(Username::new(name.as_str()), Ok(name));
        }
    }

    #[test]
    fn an_address_is_read_back_as_it_is_shown(typed in "(snug://)?(\\[?[0-9a-fA-F:.]{0,20}\\]?|\\PC{0,20})(:[0-9]{0,6})?") {
        if let Ok(address) = Address::parse(&typed) {
            prop_assert_eq!(Address::parse(&address.to_string()), Ok(address));
        }
    }
}
