//! What was written is read back, and bytes from anywhere never do more than fail.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use snug_proto::Username;
use snug_proto::bounded::{Bytes, List, Text};
use snug_proto::codec::{decode_frame, decode_value, encode_frame, encode_value};
use snug_proto::content::{Content, FileContent, TextContent};
use snug_proto::entry::{Created, Entry, Joined, Kind, RoomKind};
use snug_proto::file::{FileReply, FileRequest};
use snug_proto::hello::{Hello, HelloAnswer, Registration, Welcome};
use snug_proto::id::{AccountId, BlobId, DeviceId, LogId, Number, Origin, RoomId, Seq};
use snug_proto::limits::FRAME_MAX;
use snug_proto::login::{KeptDevice, LoggedIn, LoginReply, LoginRequest, NewDevice, Outcome, Stretch};
use snug_proto::refusal::{Cause, Goodbye, Refusal, Why};
use snug_proto::talk::{
    Call, Change, Direction, Down, Here, Member, Page, Presence, Push, Reply, Request, Role, RoomInfo, Target,
};

fn text<const MAX: usize>() -> impl Strategy<Value = Text<MAX>> {
    any::<String>().prop_map(|text| Text::cut(&text))
}
fn bytes<const MAX: usize>() -> impl Strategy<Value = Bytes<MAX>> {
    vec(any::<u8>(), 0..=MAX.min(100)).prop_map(|bytes| Bytes::new(bytes).expect("within the limit"))
}
fn list<T: std::fmt::Debug, const MAX: usize>(
    item: impl Strategy<Value = T>,
) -> impl Strategy<Value = List<T, MAX>> {
    vec(item, 0..=MAX.min(6)).prop_map(|items| List::new(items).expect("within the limit"))
}
fn name() -> impl Strategy<Value = Username> {
    "[a-z][a-z0-9._-]{1,31}".prop_map(|name| Username::new(&name).expect("a name"))
}
fn room() -> impl Strategy<Value = RoomId> {
    any::<u32>().prop_map(RoomId)
}
fn seq() -> impl Strategy<Value = Seq> {
    any::<u32>().prop_map(Seq)
}
fn account() -> impl Strategy<Value = AccountId> {
    any::<u64>().prop_map(AccountId)
}
fn device() -> impl Strategy<Value = DeviceId> {
    any::<u64>().prop_map(DeviceId)
}
fn number() -> impl Strategy<Value = Number> {
    any::<u64>().prop_map(Number)
}
fn blob() -> impl Strategy<Value = BlobId> {
    any::<[u8; 16]>().prop_map(BlobId)
}
fn presence() -> impl Strategy<Value = Presence> {
    prop_oneof![Just(Presence::Online), Just(Presence::Away)]
}
fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Member), Just(Role::Moderator), Just(Role::Owner)]
}

fn hello_answer() -> impl Strategy<Value = HelloAnswer> {
    let registration =
        prop_oneof![Just(Registration::Open), Just(Registration::Closed), Just(Registration::Invite)];
    let welcome = (text(), registration, any::<u32>(), any::<(u16, u16)>(), any::<u64>(), any::<[u8; 16]>())
        .prop_map(|(name, registration, max_users, (changes_per_second, changes_burst), file_max, log)| {
            Welcome {
                name,
                registration,
                max_users,
                changes_per_second,
                changes_burst,
                file_max,
                log: LogId(log),
            }
        });
    prop_oneof![
        (any::<u16>(), welcome).prop_map(|(version, welcome)| HelloAnswer::Welcome { version, welcome }),
        any::<(u16, u16)>().prop_map(|(lowest, highest)| HelloAnswer::Unsupported { lowest, highest }),
    ]
}

fn refusal() -> impl Strategy<Value = Refusal> {
    let cause = prop_oneof![
        Just(Cause::Malformed),
        any::<u32>().prop_map(|max| Cause::ServerFull { max }),
        Just(Cause::OutOfOrder),
        Just(Cause::Internal),
    ];
    (cause, text(), any::<Option<u32>>()).prop_map(|(cause, sentence, retry_after)| Refusal {
        cause,
        sentence,
        retry_after,
    })
}
fn goodbye() -> impl Strategy<Value = Goodbye> {
    let why = prop_oneof![Just(Why::Replaced), Just(Why::Silent), Just(Why::Internal)];
    (why, any::<Option<u32>>()).prop_map(|(why, retry_after)| Goodbye { why, retry_after })
}

fn new_device() -> impl Strategy<Value = NewDevice> {
    (bytes(), text()).prop_map(|(key, system)| NewDevice { key, system })
}
fn login_request() -> impl Strategy<Value = LoginRequest> {
    prop_oneof![
        (name(), bytes()).prop_map(|(name, request)| LoginRequest::RegisterStart { name, request }),
        (bytes(), any::<u8>(), new_device()).prop_map(|(upload, stretch, device)| {
            LoginRequest::RegisterFinish { upload, stretch: Stretch(stretch), device }
        }),
        (name(), bytes()).prop_map(|(name, ke1)| LoginRequest::LoginStart { name, ke1 }),
        (bytes(), option::of(new_device()), option::of(device()))
            .prop_map(|(ke3, device, replace)| LoginRequest::LoginFinish { ke3, device, replace }),
        (device(), bytes()).prop_map(|(device, signature)| LoginRequest::DeviceLogin { device, signature }),
    ]
}
fn login_reply() -> impl Strategy<Value = LoginReply> {
    let kept = (account(), device()).prop_map(|(account, device)| KeptDevice { account, device });
    let logged_in = (
        account(),
        name(),
        device(),
        number(),
        list(any::<u8>().prop_map(Outcome)),
        any::<Option<[u8; 32]>>(),
    );
    prop_oneof![
        bytes().prop_map(|response| LoginReply::RegisterChallenge { response }),
        (bytes(), any::<u8>())
            .prop_map(|(ke2, stretch)| LoginReply::LoginChallenge { ke2, stretch: Stretch(stretch) }),
        Just(LoginReply::Proven),
        logged_in.prop_map(|(account, name, device, mark, outcomes, successor)| LoginReply::LoggedIn(
            LoggedIn { account, name, device, mark, outcomes, successor }
        )),
        (refusal(), option::of(kept)).prop_map(|(refusal, kept)| LoginReply::Refused { refusal, kept }),
        goodbye().prop_map(LoginReply::Goodbye),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    let place = (room(), seq(), any::<i64>(), any::<u16>());
    let maker = (account(), device(), number());
    (place, maker, any::<(u32, u64)>(), list(blob()), bytes()).prop_map(
        |((room, seq, at, kind), (author, device, number), (generation, epoch), blobs, body)| Entry {
            room,
            seq,
            at,
            kind: Kind(kind),
            author,
            device,
            number,
            generation,
            epoch,
            blobs,
            body,
        },
    )
}
fn room_info() -> impl Strategy<Value = RoomInfo> {
    let marks = (seq(), seq(), seq());
    (room(), any::<u16>(), text(), account(), marks, role(), any::<bool>()).prop_map(
        |(room, kind, name, peer, (first, head, read), role, encrypted)| RoomInfo {
            room,
            kind: RoomKind(kind),
            name,
            peer,
            first,
            head,
            read,
            role,
            encrypted,
        },
    )
}

fn request() -> impl Strategy<Value = Request> {
    let direction = prop_oneof![Just(Direction::Forward), Just(Direction::Backward)];
    let target = prop_oneof![room().prop_map(Target::Room), account().prop_map(Target::Person)];
    let append = (target, any::<u16>(), any::<(u32, u64)>(), list(blob()), bytes()).prop_map(
        |(to, kind, (generation, epoch), blobs, body)| Change::Append {
            to,
            kind: Kind(kind),
            generation,
            epoch,
            blobs,
            body,
        },
    );
    prop_oneof![
        room().prop_map(|after| Request::Rooms { after }),
        (room(), account()).prop_map(|(room, after)| Request::Members { room, after }),
        (room(), seq(), direction, any::<u8>()).prop_map(|(room, from, direction, limit)| Request::Page {
            room,
            from,
            direction,
            limit
        }),
        (number(), append).prop_map(|(number, change)| Request::Change { number, change }),
        list(room()).prop_map(|rooms| Request::Watch { rooms }),
        room().prop_map(|room| Request::Typing { room }),
        (room(), seq()).prop_map(|(room, seq)| Request::ReadUpTo { room, seq }),
        presence().prop_map(|presence| Request::SetPresence { presence }),
        Just(Request::LogOut),
        Just(Request::Ping),
        Just(Request::Pong),
    ]
}
fn call() -> impl Strategy<Value = Call> {
    (any::<u32>(), request()).prop_map(|(id, request)| Call { id, request })
}

fn reply() -> impl Strategy<Value = Reply> {
    let member = (account(), name(), role()).prop_map(|(account, name, role)| Member { account, name, role });
    let page = (room(), list(entry()), seq(), any::<(bool, bool)>()).prop_map(
        |(room, entries, head, (starts, ends))| Reply::Page(Page { room, entries, head, starts, ends }),
    );
    prop_oneof![
        Just(Reply::Done),
        list(room_info()).prop_map(Reply::Rooms),
        list(member).prop_map(Reply::Members),
        page,
    ]
}
fn push() -> impl Strategy<Value = Push> {
    let here =
        prop_oneof![list((account(), presence())).prop_map(Here::People), any::<u32>().prop_map(Here::Count)];
    prop_oneof![
        entry().prop_map(Push::Entry),
        (room(), seq(), number(), any::<i64>()).prop_map(|(room, seq, number, at)| Push::Appended {
            room,
            seq,
            number,
            at
        }),
        (room(), seq()).prop_map(|(room, head)| Push::Behind { room, head }),
        room_info().prop_map(Push::RoomChanged),
        (room(), here).prop_map(|(room, here)| Push::Presence { room, here }),
        (room(), account()).prop_map(|(room, account)| Push::Typing { room, account }),
        (room(), account(), seq()).prop_map(|(room, account, seq)| Push::Read { room, account, seq }),
        Just(Push::Ping),
        Just(Push::Pong),
        goodbye().prop_map(Push::Goodbye),
    ]
}
fn down() -> impl Strategy<Value = Down> {
    prop_oneof![
        (any::<u32>(), reply()).prop_map(|(id, reply)| Down::Reply { id, result: Ok(reply) }),
        (any::<u32>(), refusal()).prop_map(|(id, refusal)| Down::Reply { id, result: Err(refusal) }),
        push().prop_map(Down::Push),
    ]
}

fn file_request() -> impl Strategy<Value = FileRequest> {
    prop_oneof![
        (blob(), any::<u64>()).prop_map(|(blob, size)| FileRequest::Upload { blob, size }),
        bytes().prop_map(FileRequest::Chunk),
        (blob(), any::<u64>()).prop_map(|(blob, from)| FileRequest::Download { blob, from }),
    ]
}
fn file_reply() -> impl Strategy<Value = FileReply> {
    prop_oneof![
        any::<u64>().prop_map(|from| FileReply::Ready { from }),
        Just(FileReply::Stored),
        any::<u64>().prop_map(|size| FileReply::Sending { size }),
        bytes().prop_map(FileReply::Chunk),
        Just(FileReply::Sent),
        refusal().prop_map(FileReply::Refused),
        goodbye().prop_map(FileReply::Goodbye),
    ]
}

fn content() -> impl Strategy<Value = Content> {
    let origin = (device(), number()).prop_map(|(device, number)| Origin { device, number });
    prop_oneof![
        (text(), option::of(origin))
            .prop_map(|(text, reply_to)| Content::Text(TextContent { text, reply_to })),
        (blob(), text(), text(), any::<u64>(), any::<[u8; 32]>()).prop_map(
            |(blob, name, media_type, size, hash)| {
                Content::File(FileContent { blob, name, media_type, size, hash })
            }
        ),
    ]
}

/// A frame brings its value back, and no part of it is another value.
fn survives<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    value: &T,
    cut: prop::sample::Index,
    flip: (prop::sample::Index, u8),
) -> Result<(), TestCaseError> {
    let mut frame = Vec::new();
    encode_frame(value, FRAME_MAX, &mut frame).expect("fits a frame");
    let mut bytes = frame.split_off(4);
    prop_assert_eq!(frame, u32::try_from(bytes.len()).unwrap().to_le_bytes());
    let decoded = decode_frame::<T>(&bytes);
    prop_assert_eq!(decoded.as_ref(), Ok(value));
    prop_assert!(
        decode_frame::<T>(&bytes[..cut.index(bytes.len())]).is_err(),
        "a part was taken for the whole"
    );
    let longer = [&bytes[..], &[flip.1]].concat();
    prop_assert!(decode_frame::<T>(&longer).is_err(), "what is left over was let through");
    let at = flip.0.index(bytes.len());
    bytes[at] ^= flip.1;
    fails_or_decodes::<T>(&bytes)
}

/// Another value, or an error; never a panic. A value has one shortest form: only numbers written with more bytes than
/// they need are read and not written again as they came.
fn fails_or_decodes<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    bytes: &[u8],
) -> Result<(), TestCaseError> {
    if let Ok(value) = decode_frame::<T>(bytes) {
        let again = encode_value(&value);
        prop_assert!(again.len() < bytes.len() || again == bytes);
        prop_assert_eq!(decode_value::<T>(&again), Ok(value));
    }
    Ok(())
}

proptest! {
    #[test]
    fn logins_survive(
        up in login_request(), reply in login_reply(), cut: prop::sample::Index, flip: (prop::sample::Index, u8),
    ) {
        survives(&up, cut, flip)?;
        survives(&reply, cut, flip)?;
    }

    #[test]
    fn talk_survives(up in call(), down in down(), cut: prop::sample::Index, flip: (prop::sample::Index, u8)) {
        survives(&up, cut, flip)?;
        survives(&down, cut, flip)?;
    }

    #[test]
    fn files_survive(
        up in file_request(), down in file_reply(), cut: prop::sample::Index, flip: (prop::sample::Index, u8),
    ) {
        survives(&up, cut, flip)?;
        survives(&down, cut, flip)?;
    }

    #[test]
    fn bodies_of_room_changes_survive(
        name in text(), who in text(), cut: prop::sample::Index, flip: (prop::sample::Index, u8),
    ) {
        survives(&Created { kind: RoomKind::LOBBY, name }, cut, flip)?;
        survives(&Joined { account: AccountId(1), name: who }, cut, flip)?;
    }

    #[test]
    fn hellos_survive(
        range: (u16, u16), client in text(), answer in hello_answer(), cut: prop::sample::Index, noise: Vec<u8>,
    ) {
        let hello = Hello { lowest: range.0, highest: range.1, client };
        let mut bytes = hello.encode();
        prop_assert!(Hello::decode(&bytes[..cut.index(bytes.len())]).is_err());
        // A later layout may go on behind the name.
        bytes.extend(noise);
        prop_assert_eq!(Hello::decode(&bytes), Ok(hello));
        let bytes = answer.encode();
        prop_assert!(HelloAnswer::decode(&bytes[..cut.index(bytes.len())]).is_err());
        prop_assert_eq!(HelloAnswer::decode(&bytes), Ok(answer));
    }

    #[test]
    fn contents_survive(content in content(), cut: prop::sample::Index, flip: (prop::sample::Index, u8)) {
        let mut body = content.to_body().expect("fits a body").into_vec();
        prop_assert!(Content::from_body(&body[..cut.index(body.len())]).is_err());
        prop_assert_eq!(Content::from_body(&body), Ok(content));
        let at = flip.0.index(body.len());
        body[at] ^= flip.1;
        let _ = Content::from_body(&body);
    }

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..600)) {
        let _ = (Hello::decode(&bytes), HelloAnswer::decode(&bytes), Content::from_body(&bytes));
        fails_or_decodes::<LoginRequest>(&bytes)?;
        fails_or_decodes::<LoginReply>(&bytes)?;
        fails_or_decodes::<Call>(&bytes)?;
        fails_or_decodes::<Down>(&bytes)?;
        fails_or_decodes::<FileRequest>(&bytes)?;
        fails_or_decodes::<FileReply>(&bytes)?;
        fails_or_decodes::<Created>(&bytes)?;
        fails_or_decodes::<Joined>(&bytes)?;
    }
}
