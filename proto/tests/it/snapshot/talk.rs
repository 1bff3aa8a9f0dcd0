//! Requests, changes, replies and pushes.

use snug_proto::entry::{Kind, LOBBY, Retracted, RoomKind};
use snug_proto::house::Act;
use snug_proto::id::{AccountId, DeviceId, Number, Origin, RoomId, Seq};
use snug_proto::login::Stretch;
use snug_proto::name::RoomName;
use snug_proto::refusal::{Cause, Goodbye, Refusal, Why};
use snug_proto::talk::{
    Access, Account, Call, Change, Channel, Direction, Down, Here, InviteInfo, Member, Page, Presence,
    Privacy, Push, Reply, Request, Role, RoomInfo, Span, Target,
};

use super::house::{ban_info, code_info, house_info, person, profile};
use super::{alice, blob, bytes, code, device_info, entry, list, pinned, text};
use crate::document::has_row;

const ROOM: RoomId = RoomId(2);

fn trip() -> RoomName {
    RoomName::new("Trip").unwrap()
}
fn room_info() -> RoomInfo {
    RoomInfo {
        room: ROOM,
        kind: RoomKind::PRIVATE,
        name: text("Trip"),
        topic: text("sea"),
        peer: AccountId(0),
        earlier: list(vec![Span { first: Seq(1), last: Seq(3) }]),
        first: Seq(5),
        head: Seq(200),
        read: Seq(6),
        unread_from: Seq(7),
        role: Role::Owner,
        present: true,
        archived: false,
        members: 4,
        encrypted: false,
    }
}
fn account() -> Account {
    Account { privacy: Privacy { last_seen: false, reads: true }, ignored: list(vec![AccountId(300)]) }
}

#[test]
fn requests() {
    pinned(Call { id: 300, request: Request::Ping }, "ac02 09");
    every_variant!(Request:
        Request::Rooms { .. } => Request::Rooms { after: RoomId(0) }, "00 00";
        Request::Members { .. } => Request::Members { room: LOBBY, after: AccountId(5) }, "01 01 05";
        Request::Page { .. } =>
            Request::Page { room: LOBBY, from: Seq(200), direction: Direction::Backward, limit: 100 },
            "02 01 c801 01 64";
        Request::Change { .. } => Request::Change {
                number: Number(7),
                change: Change::Append {
                    to: Target::Room(LOBBY), kind: Kind::CONTENT, generation: 0, epoch: 0,
                    blobs: list(vec![]), body: bytes(&[0]),
                },
            },
            "03 07 00 00 01 01 00 00 00 0100";
        Request::Watch { .. } => Request::Watch { rooms: list(vec![LOBBY, ROOM]) }, "04 02 01 02";
        Request::Typing { .. } => Request::Typing { room: LOBBY }, "05 01";
        Request::ReadUpTo { .. } => Request::ReadUpTo { room: LOBBY, seq: Seq(9) }, "06 01 09";
        Request::SetPresence { .. } => Request::SetPresence { presence: Presence::Away }, "07 01";
        Request::LogOut => Request::LogOut, "08";
        Request::Ping => Request::Ping, "09";
        Request::Pong => Request::Pong, "0a";
        Request::Channels { .. } => Request::Channels { after: ROOM }, "0b 02";
        Request::SeqAt { .. } => Request::SeqAt { room: LOBBY, at: -1 }, "0c 01 01";
        Request::Marks { .. } => Request::Marks { room: ROOM }, "0d 02";
        Request::MarkUnread { .. } => Request::MarkUnread { room: LOBBY, seq: Seq(9) }, "0e 01 09";
        Request::Account => Request::Account, "0f";
        Request::Invite { .. } => Request::Invite { uses: 300, life: 86_400, room: ROOM }, "10 ac02 80a305 02";
        Request::InviteDevice => Request::InviteDevice, "11";
        Request::Invites => Request::Invites, "12";
        Request::RevokeCode { .. } => Request::RevokeCode { code: code() }, "13 b4981d";
        Request::RecoveryCodes => Request::RecoveryCodes, "14";
        Request::Access => Request::Access, "15";
        Request::NameDevice { .. } => Request::NameDevice { device: DeviceId(300), name: text("Desk") },
            "16 ac02 044465736b";
        Request::RevokeDevice { .. } => Request::RevokeDevice { device: DeviceId(300) }, "17 ac02";
        Request::RevokeOthers => Request::RevokeOthers, "18";
        Request::ProofStart { .. } => Request::ProofStart { ke1: bytes(&[1, 2]) }, "19 020102";
        Request::PasswordStart { .. } => Request::PasswordStart { request: bytes(&[1, 2]) }, "1a 020102";
        Request::ChangePassword { .. } => Request::ChangePassword {
                ke3: bytes(&[1, 2]), upload: bytes(&[3]), stretch: Stretch::ARGON2ID_64M,
            },
            "1b 020102 0103 01";
        Request::DeleteAccount { .. } => Request::DeleteAccount { ke3: bytes(&[1, 2]), texts: true },
            "1c 020102 01";
        Request::Profiles { .. } => Request::Profiles { after: AccountId(300) }, "1d ac02";
        Request::House => Request::House, "1e";
        Request::People { .. } => Request::People { after: AccountId(300) }, "1f ac02";
        Request::Codes => Request::Codes, "20";
        Request::Bans => Request::Bans, "21";
        Request::DevicesOf { .. } => Request::DevicesOf { account: AccountId(300) }, "22 ac02";
        Request::Reset { .. } => Request::Reset { account: AccountId(300) }, "23 ac02";
    );
    every_variant!(Direction:
        Direction::Forward => Direction::Forward, "00";
        Direction::Backward => Direction::Backward, "01";
    );
    every_variant!(Presence:
        Presence::Online => Presence::Online, "00";
        Presence::Away => Presence::Away, "01";
    );
}

#[test]
fn changes() {
    let origin = Origin { device: DeviceId(1), number: Number(300) };
    every_variant!(Change:
        Change::Append { .. } => Change::Append {
                to: Target::Person(AccountId(2)), kind: Kind::CONTENT, generation: 1, epoch: 2,
                blobs: list(vec![blob()]), body: bytes(b"abc"),
            },
            "00 01 02 01 01 02 01 30313233343536373839616263646566 03616263";
        Change::Retract { .. } =>
            Change::Retract { room: ROOM, targets: list(vec![Retracted { seq: Seq(5), origin }]) },
            "01 02 01 05 01 ac02";
        Change::CreateRoom { .. } => Change::CreateRoom {
                kind: RoomKind::CHANNEL, name: trip(), topic: text("sea"), members: list(vec![AccountId(5)]),
            },
            "02 02 0454726970 03736561 01 05";
        Change::Rename { .. } => Change::Rename { room: ROOM, name: trip() }, "03 02 0454726970";
        Change::SetTopic { .. } => Change::SetTopic { room: ROOM, topic: text("sea") }, "04 02 03736561";
        Change::Join { .. } => Change::Join { room: ROOM }, "05 02";
        Change::Leave { .. } => Change::Leave { room: ROOM }, "06 02";
        Change::AddMembers { .. } =>
            Change::AddMembers { room: ROOM, members: list(vec![AccountId(5), AccountId(300)]) },
            "07 02 02 05 ac02";
        Change::RemoveMember { .. } => Change::RemoveMember { room: ROOM, account: AccountId(300) }, "08 02 ac02";
        Change::SetRole { .. } =>
            Change::SetRole { room: ROOM, account: AccountId(5), role: Role::Moderator }, "09 02 05 01";
        Change::Archive { .. } => Change::Archive { room: ROOM, archived: true }, "0a 02 01";
        Change::SetPrivacy(_) => Change::SetPrivacy(Privacy { last_seen: true, reads: false }), "0b 01 00";
        Change::Ignore { .. } => Change::Ignore { account: AccountId(300), ignored: true }, "0c ac02 01";
        Change::SetProfile(_) => Change::SetProfile(profile()),
            "0d 03416e6e 03 01 30313233343536373839616263646566";
        Change::Act(_) => Change::Act(Act::Kick { account: AccountId(300) }), "0e 00 ac02";
    );
    every_variant!(Target:
        Target::Room(_) => Target::Room(LOBBY), "00 01";
        Target::Person(_) => Target::Person(AccountId(2)), "01 02";
    );
}

#[test]
fn rooms_and_people() {
    pinned(room_info(), "02 03 0454726970 03736561 00 01 01 03 05 c801 06 07 02 01 00 04 00");
    let direct = RoomInfo {
        kind: RoomKind::DIRECT,
        name: text(""),
        topic: text(""),
        peer: AccountId(300),
        earlier: list(vec![]),
        first: Seq(1),
        unread_from: Seq(0),
        role: Role::Member,
        members: 2,
        ..room_info()
    };
    pinned(direct, "02 04 00 00 ac02 00 01 c801 06 00 00 01 00 02 00");
    let left = RoomInfo { present: false, archived: true, encrypted: true, ..room_info() };
    pinned(left, "02 03 0454726970 03736561 00 01 01 03 05 c801 06 07 02 00 01 04 01");
    let member = |seen| Member { account: AccountId(2), name: alice(), role: Role::Owner, seen };
    pinned(member(Some(-1)), "02 05616c696365 02 01 01");
    pinned(member(None), "02 05616c696365 02 00");
    every_variant!(Role:
        Role::Member => Role::Member, "00";
        Role::Moderator => Role::Moderator, "01";
        Role::Owner => Role::Owner, "02";
    );
}

#[test]
fn replies() {
    let channel =
        || Channel { room: ROOM, name: text("Trip"), topic: text("sea"), members: 300, archived: true };
    every_variant!(Reply:
        Reply::Done => Reply::Done, "00";
        Reply::Rooms(_) => Reply::Rooms(list(vec![room_info()])),
            "01 01 02 03 0454726970 03736561 00 01 01 03 05 c801 06 07 02 01 00 04 00";
        Reply::Members(_) => Reply::Members(list(vec![
                Member { account: AccountId(2), name: alice(), role: Role::Owner, seen: None },
            ])),
            "02 01 02 05616c696365 02 00";
        Reply::Page(_) => Reply::Page(Page {
                room: LOBBY, entries: list(vec![entry()]), head: Seq(5), starts: false, ends: true,
            }),
            "03 01 01 01 05 80f8b2e5bd68 01 02 ffffffffffffffffff01 09 00 00 01 30313233343536373839616263646566 \
             03 000102 05 00 01";
        Reply::Created(_) => Reply::Created(ROOM), "04 02";
        Reply::Channels(_) => Reply::Channels(list(vec![channel()])), "05 01 02 0454726970 03736561 ac02 01";
        Reply::Place(_) => Reply::Place(Seq(200)), "06 c801";
        Reply::Marks(_) => Reply::Marks(list(vec![(AccountId(5), Seq(9))])), "07 01 05 09";
        Reply::Account(_) => Reply::Account(account()), "08 00 01 01 ac02";
        Reply::Code { .. } => Reply::Code { code: text("EK1M"), expires: -1, address: text("home") },
            "09 04454b314d 01 04686f6d65";
        Reply::Invites(_) => Reply::Invites(list(vec![InviteInfo {
                code: code(), uses: 300, used: 2, created: -1, expires: 0, room: ROOM,
            }])),
            "0a 01 b4981d ac02 02 01 00 02";
        Reply::RecoveryCodes(_) => Reply::RecoveryCodes(list(vec![text("EK1M")])), "0b 01 04454b314d";
        Reply::Access(_) => Reply::Access(Access { devices: list(vec![device_info()]), password_set: 1 }),
            "0c 01 ac02 044465736b 054c696e7578 01 02 01 02";
        Reply::ProofChallenge { .. } => Reply::ProofChallenge { ke2: bytes(&[1]), stretch: Stretch(1) },
            "0d 0101 01";
        Reply::PasswordChallenge { .. } => Reply::PasswordChallenge { response: bytes(&[1]) }, "0e 0101";
        Reply::Profiles(_) => Reply::Profiles(list(vec![(AccountId(300), profile())])),
            "0f 01 ac02 03416e6e 03 01 30313233343536373839616263646566";
        Reply::House(_) => Reply::House(house_info()), "10 05 03 01 02 03 01 02 05 ac02 09 01 07";
        Reply::People(_) => Reply::People(list(vec![person()])),
            "11 01 ac02 05616c696365 02 01 01 02 01 00 05 09 01";
        Reply::Codes(_) => Reply::Codes(list(vec![code_info()])),
            "12 01 b4981d ac02 02 01 00 02 01 05 00";
        Reply::Bans(_) => Reply::Bans(list(vec![ban_info()])),
            "13 01 07 03 05 0b31302e302e302e312f3332 01 02 ac02";
    );
    every_variant!(Down:
        Down::Reply { .. } => Down::Reply { id: 5, result: Ok(Reply::Done) }, "00 05 00 00";
        Down::Push(_) => Down::Push(Push::Ping), "01 07";
    );
    let refused = Refusal { cause: Cause::Busy, sentence: text("B"), retry_after: Some(1) };
    pinned(Down::Reply { id: 5, result: Err(refused) }, "00 05 01 0f 0142 01 01");
}

#[test]
fn pushes() {
    every_variant!(Push:
        Push::Entry(_) => Push::Entry(entry()),
            "00 01 05 80f8b2e5bd68 01 02 ffffffffffffffffff01 09 00 00 01 30313233343536373839616263646566 03 000102";
        Push::Appended { .. } => Push::Appended { room: LOBBY, seq: Seq(5), number: Number(9), at: -1 }, "01 01 05 09 01";
        Push::Behind { .. } => Push::Behind { room: LOBBY, head: Seq(200) }, "02 01 c801";
        Push::RoomChanged(_) => Push::RoomChanged(room_info()),
            "03 02 03 0454726970 03736561 00 01 01 03 05 c801 06 07 02 01 00 04 00";
        Push::Presence { .. } => Push::Presence {
                room: LOBBY, here: Here::People(list(vec![(AccountId(2), Presence::Away)])),
            },
            "04 01 00 01 02 01";
        Push::Typing { .. } => Push::Typing { room: LOBBY, account: AccountId(2) }, "05 01 02";
        Push::Read { .. } => Push::Read { room: LOBBY, account: AccountId(2), seq: Seq(5) }, "06 01 02 05";
        Push::Ping => Push::Ping, "07";
        Push::Pong => Push::Pong, "08";
        Push::Goodbye(_) => Push::Goodbye(Goodbye { why: Why::Replaced, retry_after: None }), "09 00 00";
        Push::Unread { .. } => Push::Unread { room: LOBBY, seq: Seq(9) }, "0a 01 09";
        Push::AccountChanged(_) => Push::AccountChanged(account()), "0b 00 01 01 ac02";
        Push::AccessChanged => Push::AccessChanged, "0c";
    );
    every_variant!(Here:
        Here::People(_) => Here::People(list(vec![])), "00 00";
        Here::Count(_) => Here::Count(300), "01 ac02";
    );
}
