//! Any value of every wire type.

mod house;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use snug_proto::bounded::{Bytes, List, Text};
use snug_proto::code::CodeName;
use snug_proto::content::{
    Content, EditContent, FileContent, Mentions, PinContent, ReactionContent, Source, TextContent,
};
use snug_proto::entry::{Entry, Kind, Retracted, RoomKind};
use snug_proto::file::{FileReply, FileRequest};
use snug_proto::hello::{HelloAnswer, Registration, Welcome};
use snug_proto::id::{AccountId, BlobId, DeviceId, LogId, Number, Origin, RoomId, Seq};
use snug_proto::login::{
    KeptDevice, LoggedIn, LoginReply, LoginRequest, NewDevice, Outcome, Purpose, Stretch,
};
use snug_proto::name::RoomName;
use snug_proto::refusal::{Cause, Goodbye, Refusal, Why};
use snug_proto::talk::{
    Access, Account, Call, Change, Channel, DeviceInfo, Direction, Down, Here, InviteInfo, Member, Page,
    Presence, Privacy, Push, Reply, Request, Role, RoomInfo, Span, Target,
};
use snug_proto::{Address, MessageLink, Username};

pub(super) use house::entry_bodies;
use house::{act, ban_info, code_info, house_info, person, profile};

pub(super) fn text<const MAX: usize>() -> impl Strategy<Value = Text<MAX>> {
    any::<String>().prop_map(|text| Text::cut(&text))
}
fn bytes<const MAX: usize>() -> impl Strategy<Value = Bytes<MAX>> {
    vec(any::<u8>(), 0..=MAX.min(100)).prop_map(|bytes| Bytes::new(bytes).expect("within the limit"))
}
pub(super) fn list<T: std::fmt::Debug, const MAX: usize>(
    item: impl Strategy<Value = T>,
) -> impl Strategy<Value = List<T, MAX>> {
    vec(item, 0..=MAX.min(6)).prop_map(|items| List::new(items).expect("within the limit"))
}
fn name() -> impl Strategy<Value = Username> {
    "[a-z][a-z0-9._-]{1,31}".prop_map(|name| Username::new(&name).expect("a name"))
}
fn room_name() -> impl Strategy<Value = RoomName> {
    "[a-z0-9][a-z0-9._-]{0,9}( [a-z0-9]{1,9}){0,2}[a-z]"
        .prop_map(|name| RoomName::new(&name).expect("a room's name"))
}
fn room() -> impl Strategy<Value = RoomId> {
    any::<u32>().prop_map(RoomId)
}
pub(super) fn seq() -> impl Strategy<Value = Seq> {
    any::<u32>().prop_map(Seq)
}
pub(super) fn account() -> impl Strategy<Value = AccountId> {
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
fn origin() -> impl Strategy<Value = Origin> {
    (device(), number()).prop_map(|(device, number)| Origin { device, number })
}
pub(super) fn retracted() -> impl Strategy<Value = Retracted> {
    (seq(), origin()).prop_map(|(seq, origin)| Retracted { seq, origin })
}
fn code() -> impl Strategy<Value = CodeName> {
    any::<u32>().prop_map(CodeName::of)
}
fn presence() -> impl Strategy<Value = Presence> {
    prop_oneof![Just(Presence::Online), Just(Presence::Away)]
}
fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Member), Just(Role::Moderator), Just(Role::Owner)]
}

fn registration() -> impl Strategy<Value = Registration> {
    prop_oneof![Just(Registration::Open), Just(Registration::Closed), Just(Registration::Invite)]
}
pub(super) fn hello_answer() -> impl Strategy<Value = HelloAnswer> {
    let welcome =
        (text(), registration(), any::<u32>(), any::<(u16, u16)>(), any::<u64>(), any::<[u8; 16]>())
            .prop_map(
                |(name, registration, max_users, (changes_per_second, changes_burst), file_max, log)| {
                    Welcome {
                        name,
                        registration,
                        max_users,
                        changes_per_second,
                        changes_burst,
                        file_max,
                        log: LogId(log),
                    }
                },
            );
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
        Just(Cause::TooManyBans),
    ];
    (cause, text(), any::<Option<u32>>()).prop_map(|(cause, sentence, retry_after)| Refusal {
        cause,
        sentence,
        retry_after,
    })
}
fn goodbye() -> impl Strategy<Value = Goodbye> {
    let why = prop_oneof![Just(Why::Replaced), Just(Why::Silent), Just(Why::Kicked), Just(Why::Banned)];
    (why, any::<Option<u32>>()).prop_map(|(why, retry_after)| Goodbye { why, retry_after })
}

fn new_device() -> impl Strategy<Value = NewDevice> {
    (bytes(), text()).prop_map(|(key, system)| NewDevice { key, system })
}
pub(super) fn login_request() -> impl Strategy<Value = LoginRequest> {
    prop_oneof![
        (name(), bytes()).prop_map(|(name, request)| LoginRequest::RegisterStart { name, request }),
        (bytes(), any::<u8>(), new_device()).prop_map(|(upload, stretch, device)| {
            LoginRequest::RegisterFinish { upload, stretch: Stretch(stretch), device }
        }),
        (name(), bytes()).prop_map(|(name, ke1)| LoginRequest::LoginStart { name, ke1 }),
        (bytes(), option::of(new_device()), option::of(device()))
            .prop_map(|(ke3, device, replace)| LoginRequest::LoginFinish { ke3, device, replace }),
        (device(), bytes()).prop_map(|(device, signature)| LoginRequest::DeviceLogin { device, signature }),
        (code(), bytes()).prop_map(|(code, ke1)| LoginRequest::CodeStart { code, ke1 }),
        bytes().prop_map(|ke3| LoginRequest::CodeFinish { ke3 }),
        bytes().prop_map(|request| LoginRequest::ResetStart { request }),
        (bytes(), any::<u8>(), new_device()).prop_map(|(upload, stretch, device)| {
            LoginRequest::ResetFinish { upload, stretch: Stretch(stretch), device }
        }),
        new_device().prop_map(|device| LoginRequest::AddDevice { device }),
    ]
}
pub(super) fn login_reply() -> impl Strategy<Value = LoginReply> {
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
        (any::<u8>(), option::of(name()))
            .prop_map(|(purpose, account)| LoginReply::CodeProven { purpose: Purpose(purpose), account }),
        device_info().prop_map(|oldest| LoginReply::TooManyDevices { oldest }),
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
    let words = (text(), text());
    let spans = list((seq(), seq()).prop_map(|(first, last)| Span { first, last }));
    let marks = (seq(), seq(), seq(), seq());
    let flags = any::<(bool, bool, bool)>();
    (room(), any::<u16>(), words, account(), spans, marks, role(), flags, any::<u32>()).prop_map(
        |(room, kind, words, peer, earlier, marks, role, flags, members)| {
            let ((name, topic), (first, head, read, unread_from)) = (words, marks);
            let (present, archived, encrypted) = flags;
            RoomInfo {
                room,
                kind: RoomKind(kind),
                name,
                topic,
                peer,
                earlier,
                first,
                head,
                read,
                unread_from,
                role,
                present,
                archived,
                members,
                encrypted,
            }
        },
    )
}

fn privacy() -> impl Strategy<Value = Privacy> {
    any::<(bool, bool)>().prop_map(|(last_seen, reads)| Privacy { last_seen, reads })
}
fn change() -> impl Strategy<Value = Change> {
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
    let create =
        (any::<u16>(), room_name(), text(), list(account())).prop_map(|(kind, name, topic, members)| {
            Change::CreateRoom { kind: RoomKind(kind), name, topic, members }
        });
    prop_oneof![
        append,
        (room(), list(retracted())).prop_map(|(room, targets)| Change::Retract { room, targets }),
        create,
        (room(), room_name()).prop_map(|(room, name)| Change::Rename { room, name }),
        (room(), text()).prop_map(|(room, topic)| Change::SetTopic { room, topic }),
        room().prop_map(|room| Change::Join { room }),
        room().prop_map(|room| Change::Leave { room }),
        (room(), list(account())).prop_map(|(room, members)| Change::AddMembers { room, members }),
        (room(), account()).prop_map(|(room, account)| Change::RemoveMember { room, account }),
        (room(), account(), role()).prop_map(|(room, account, role)| Change::SetRole { room, account, role }),
        (room(), any::<bool>()).prop_map(|(room, archived)| Change::Archive { room, archived }),
        privacy().prop_map(Change::SetPrivacy),
        (account(), any::<bool>()).prop_map(|(account, ignored)| Change::Ignore { account, ignored }),
        profile().prop_map(Change::SetProfile),
        act().prop_map(Change::Act),
    ]
}

fn request() -> impl Strategy<Value = Request> {
    let direction = prop_oneof![Just(Direction::Forward), Just(Direction::Backward)];
    prop_oneof![
        room().prop_map(|after| Request::Rooms { after }),
        (room(), account()).prop_map(|(room, after)| Request::Members { room, after }),
        (room(), seq(), direction, any::<u8>()).prop_map(|(room, from, direction, limit)| Request::Page {
            room,
            from,
            direction,
            limit
        }),
        (number(), change()).prop_map(|(number, change)| Request::Change { number, change }),
        list(room()).prop_map(|rooms| Request::Watch { rooms }),
        room().prop_map(|room| Request::Typing { room }),
        (room(), seq()).prop_map(|(room, seq)| Request::ReadUpTo { room, seq }),
        presence().prop_map(|presence| Request::SetPresence { presence }),
        Just(Request::LogOut),
        Just(Request::Ping),
        Just(Request::Pong),
        room().prop_map(|after| Request::Channels { after }),
        (room(), any::<i64>()).prop_map(|(room, at)| Request::SeqAt { room, at }),
        room().prop_map(|room| Request::Marks { room }),
        (room(), seq()).prop_map(|(room, seq)| Request::MarkUnread { room, seq }),
        Just(Request::Account),
        (any::<u16>(), any::<u32>(), room()).prop_map(|(uses, life, room)| Request::Invite {
            uses,
            life,
            room
        }),
        Just(Request::InviteDevice),
        Just(Request::Invites),
        code().prop_map(|code| Request::RevokeCode { code }),
        Just(Request::RecoveryCodes),
        Just(Request::Access),
        (device(), text()).prop_map(|(device, name)| Request::NameDevice { device, name }),
        device().prop_map(|device| Request::RevokeDevice { device }),
        Just(Request::RevokeOthers),
        bytes().prop_map(|ke1| Request::ProofStart { ke1 }),
        bytes().prop_map(|request| Request::PasswordStart { request }),
        (bytes(), bytes(), any::<u8>()).prop_map(|(ke3, upload, stretch)| Request::ChangePassword {
            ke3,
            upload,
            stretch: Stretch(stretch)
        }),
        (bytes(), any::<bool>()).prop_map(|(ke3, texts)| Request::DeleteAccount { ke3, texts }),
        account().prop_map(|after| Request::Profiles { after }),
        Just(Request::House),
        account().prop_map(|after| Request::People { after }),
        Just(Request::Codes),
        Just(Request::Bans),
        account().prop_map(|account| Request::DevicesOf { account }),
        account().prop_map(|account| Request::Reset { account }),
    ]
}
pub(super) fn call() -> impl Strategy<Value = Call> {
    (any::<u32>(), request()).prop_map(|(id, request)| Call { id, request })
}

fn reply() -> impl Strategy<Value = Reply> {
    let member = (account(), name(), role(), any::<Option<i64>>())
        .prop_map(|(account, name, role, seen)| Member { account, name, role, seen });
    let channel = (room(), text(), text(), any::<(u32, bool)>()).prop_map(
        |(room, name, topic, (members, archived))| Channel { room, name, topic, members, archived },
    );
    let page = (room(), list(entry()), seq(), any::<(bool, bool)>()).prop_map(
        |(room, entries, head, (starts, ends))| Reply::Page(Page { room, entries, head, starts, ends }),
    );
    prop_oneof![
        Just(Reply::Done),
        list(room_info()).prop_map(Reply::Rooms),
        list(member).prop_map(Reply::Members),
        page,
        room().prop_map(Reply::Created),
        list(channel).prop_map(Reply::Channels),
        seq().prop_map(Reply::Place),
        list((account(), seq())).prop_map(Reply::Marks),
        own_account().prop_map(Reply::Account),
        (text(), any::<i64>(), text()).prop_map(|(code, expires, address)| Reply::Code {
            code,
            expires,
            address
        }),
        list(invite()).prop_map(Reply::Invites),
        list(text()).prop_map(Reply::RecoveryCodes),
        (list(device_info()), any::<i64>())
            .prop_map(|(devices, password_set)| Reply::Access(Access { devices, password_set })),
        (bytes(), any::<u8>())
            .prop_map(|(ke2, stretch)| Reply::ProofChallenge { ke2, stretch: Stretch(stretch) }),
        bytes().prop_map(|response| Reply::PasswordChallenge { response }),
        list((account(), profile())).prop_map(Reply::Profiles),
        house_info().prop_map(Reply::House),
        list(person()).prop_map(Reply::People),
        list(code_info()).prop_map(Reply::Codes),
        list(ban_info()).prop_map(Reply::Bans),
    ]
}
fn device_info() -> impl Strategy<Value = DeviceInfo> {
    (device(), text(), text(), any::<(i64, i64, bool)>()).prop_map(
        |(device, name, system, (added, seen, online))| DeviceInfo {
            device,
            name,
            system,
            added,
            seen,
            online,
        },
    )
}
fn invite() -> impl Strategy<Value = InviteInfo> {
    (code(), any::<(u16, u16)>(), any::<(i64, i64)>(), room()).prop_map(
        |(code, (uses, used), (created, expires), room)| InviteInfo {
            code,
            uses,
            used,
            created,
            expires,
            room,
        },
    )
}
fn own_account() -> impl Strategy<Value = Account> {
    (privacy(), list(account())).prop_map(|(privacy, ignored)| Account { privacy, ignored })
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
        (room(), seq()).prop_map(|(room, seq)| Push::Unread { room, seq }),
        own_account().prop_map(Push::AccountChanged),
        Just(Push::AccessChanged),
    ]
}
pub(super) fn down() -> impl Strategy<Value = Down> {
    prop_oneof![
        (any::<u32>(), reply()).prop_map(|(id, reply)| Down::Reply { id, result: Ok(reply) }),
        (any::<u32>(), refusal()).prop_map(|(id, refusal)| Down::Reply { id, result: Err(refusal) }),
        push().prop_map(Down::Push),
    ]
}

pub(super) fn file_request() -> impl Strategy<Value = FileRequest> {
    prop_oneof![
        (blob(), any::<u64>()).prop_map(|(blob, size)| FileRequest::Upload { blob, size }),
        bytes().prop_map(FileRequest::Chunk),
        (blob(), any::<u64>()).prop_map(|(blob, from)| FileRequest::Download { blob, from }),
    ]
}
pub(super) fn file_reply() -> impl Strategy<Value = FileReply> {
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

fn mentions() -> impl Strategy<Value = Mentions> {
    (list(account()), any::<bool>()).prop_map(|(people, room)| Mentions { people, room })
}
fn source() -> impl Strategy<Value = Source> {
    (any::<u16>(), text(), any::<i64>(), text()).prop_map(|(how, author, at, from)| Source {
        how,
        author,
        at,
        from,
    })
}
pub(super) fn content() -> impl Strategy<Value = Content> {
    let written = (text(), option::of(origin()), mentions(), option::of(source()))
        .prop_map(|(text, reply_to, mentions, source)| TextContent { text, reply_to, mentions, source });
    let bytes = (blob(), text(), text(), any::<u64>(), any::<[u8; 32]>());
    let file = (bytes, any::<(u32, u32)>(), option::of(origin()), option::of(source())).prop_map(
        |((blob, name, media_type, size, hash), pixels, reply_to, source)| FileContent {
            blob,
            name,
            media_type,
            size,
            hash,
            pixels,
            reply_to,
            source,
        },
    );
    let edit = (origin(), text(), mentions()).prop_map(|(target, text, mentions)| EditContent {
        target,
        text,
        mentions,
    });
    let reaction = (origin(), text(), any::<bool>()).prop_map(|(target, emoji, on)| ReactionContent {
        target,
        emoji,
        on,
    });
    let pin = (origin(), any::<bool>()).prop_map(|(target, on)| PinContent { target, on });
    prop_oneof![
        written.prop_map(Content::Text),
        file.prop_map(Content::File),
        edit.prop_map(Content::Edit),
        reaction.prop_map(Content::Reaction),
        pin.prop_map(Content::Pin),
    ]
}

/// A link to a message that can be.
pub(super) fn link() -> impl Strategy<Value = MessageLink> {
    let host = prop_oneof![
        "[a-z0-9_-]{1,20}(\\.[a-z0-9]{1,9}){0,3}",
        any::<std::net::Ipv4Addr>().prop_map(|v4| v4.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|v6| v6.to_string()),
    ];
    (host, 1..=u16::MAX, 1..1u32 << 31, 1..=u64::MAX, 1..=u64::MAX).prop_map(
        |(host, port, room, device, number)| MessageLink {
            address: Address { host, port },
            room: RoomId(room),
            origin: Origin { device: DeviceId(device), number: Number(number) },
        },
    )
}
