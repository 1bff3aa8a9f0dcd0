//! The bytes of every variant of every wire type. A line here never changes once released; new variants get new
//! lines, and a variant without a line does not compile.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use snug_proto::Username;
use snug_proto::address::Address;
use snug_proto::bounded::{Bytes, List, Text};
use snug_proto::code::CodeName;
use snug_proto::codec::{decode_value, encode_frame, encode_value};
use snug_proto::entry::{Entry, Kind, LOBBY};
use snug_proto::file::{FileReply, FileRequest};
use snug_proto::fingerprint::Fingerprint;
use snug_proto::hello::{Hello, HelloAnswer, Registration, Welcome};
use snug_proto::id::{AccountId, BlobId, DeviceId, LogId, Number, Origin, RoomId, Seq};
use snug_proto::login::{
    KeptDevice, LoggedIn, LoginReply, LoginRequest, NewDevice, Outcome, Purpose, Stretch, code_context,
    device_statement, opaque_context,
};
use snug_proto::name::RoomName;
use snug_proto::refusal::{Cause, Goodbye, Refusal, Why};
use snug_proto::talk::{Call, DeviceInfo, Request};

use crate::document::{has_code, has_row};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// These are the value's bytes, and it comes back from them.
#[track_caller]
fn pinned<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T, expected: &str) {
    let bytes = encode_value(&value);
    assert_eq!(hex(&bytes), expected.replace(' ', ""), "{value:?}");
    assert_eq!(decode_value::<T>(&bytes).as_ref(), Ok(&value));
}

/// Pins a value for every variant, and looks whether the protocol's description has it.
macro_rules! every_variant {
    ($type:ty: $($variant:pat => $value:expr, $hex:literal;)+) => {{
        let _does_not_compile_when_a_variant_is_missing: fn(&$type) = |value| match value {
            $($variant => {})+
        };
        $(pinned::<$type>($value, $hex);)+
        $(has_row(stringify!($type), &$value);)+
    }};
}

mod entries;
mod house;
mod talk;

fn alice() -> Username {
    Username::new("alice").unwrap()
}
fn code() -> CodeName {
    "EK1M".parse().unwrap()
}
fn device_info() -> DeviceInfo {
    let (name, system) = (text("Desk"), text("Linux"));
    DeviceInfo { device: DeviceId(300), name, system, added: -1, seen: 1, online: true }
}
fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}
fn bytes<const MAX: usize>(bytes: &[u8]) -> Bytes<MAX> {
    Bytes::new(bytes).unwrap()
}
fn list<T, const MAX: usize>(items: Vec<T>) -> List<T, MAX> {
    List::new(items).unwrap_or_else(|_| unreachable!("short enough"))
}
fn blob() -> BlobId {
    BlobId(*b"0123456789abcdef")
}
fn entry() -> Entry {
    Entry {
        room: LOBBY,
        seq: Seq(5),
        at: 1_795_000_000_000,
        kind: Kind::CONTENT,
        author: AccountId(2),
        device: DeviceId(u64::MAX),
        number: Number(9),
        generation: 0,
        epoch: 0,
        blobs: list(vec![blob()]),
        body: bytes(&[0, 1, 2]),
    }
}

#[test]
fn hello_and_its_answers() {
    let hello = Hello { lowest: 1, highest: 258, client: text("snug 1") };
    assert_eq!(hex(&hello.encode()), "534e5547".to_owned() + "0100" + "0201" + "06" + "736e75672031");
    assert_eq!(Hello::decode(&hello.encode()), Ok(hello));

    let welcome = Welcome {
        name: text("Cosy"),
        registration: Registration::Closed,
        max_users: 3,
        changes_per_second: 5,
        changes_burst: 20,
        file_max: 300,
        log: LogId([7; 16]),
    };
    let answer = HelloAnswer::Welcome { version: 1, welcome };
    let expected = "534e5547 01 0100 04436f7379 01 03 05 14 ac02 07070707070707070707070707070707";
    assert_eq!(hex(&answer.encode()), expected.replace(' ', ""));
    assert_eq!(HelloAnswer::decode(&answer.encode()), Ok(answer));

    let answer = HelloAnswer::Unsupported { lowest: 1, highest: 2 };
    assert_eq!(hex(&answer.encode()), "534e5547".to_owned() + "02" + "0100" + "0200");
    assert_eq!(HelloAnswer::decode(&answer.encode()), Ok(answer));

    every_variant!(Registration:
        Registration::Open => Registration::Open, "00";
        Registration::Closed => Registration::Closed, "01";
        Registration::Invite => Registration::Invite, "02";
    );
}

#[test]
fn frames() {
    let mut out = Vec::new();
    encode_frame(&Call { id: 1, request: Request::Ping }, 64, &mut out).unwrap();
    assert_eq!(hex(&out), "02000000".to_owned() + "0109");
}

#[test]
fn numbers_and_names() {
    pinned(RoomId(1), "01");
    pinned(Seq(u32::MAX), "ffffffff0f");
    pinned(AccountId(128), "8001");
    pinned(DeviceId(u64::MAX), "ffffffffffffffffff01");
    pinned(Number(1), "01");
    pinned(Origin { device: DeviceId(1), number: Number(2) }, "0102");
    pinned(blob(), "30313233343536373839616263646566");
    pinned(LogId([1; 16]), "01010101010101010101010101010101");
    pinned(Stretch::ARGON2ID_64M, "01");
    pinned(Outcome::DONE, "00");
    pinned(alice(), "05616c696365");
    pinned(RoomName::new("Trip to sea").unwrap(), "0b5472697020746f20736561");
    pinned(Address { host: "a.b".into(), port: 5556 }, "03612e62 b42b");
    pinned(Fingerprint([0xab; 32]), &"ab".repeat(32));
}

#[test]
fn login_requests() {
    let device = || NewDevice { key: bytes(&[9; 3]), system: text("Linux") };
    pinned(device(), "03090909 054c696e7578");
    every_variant!(LoginRequest:
        LoginRequest::RegisterStart { .. } => LoginRequest::RegisterStart { name: alice(), request: bytes(&[1, 2]) },
            "00 05616c696365 020102";
        LoginRequest::RegisterFinish { .. } => LoginRequest::RegisterFinish {
                upload: bytes(&[1, 2]), stretch: Stretch::ARGON2ID_64M, device: device(),
            },
            "01 020102 01 03090909 054c696e7578";
        LoginRequest::LoginStart { .. } => LoginRequest::LoginStart { name: alice(), ke1: bytes(&[1, 2]) },
            "02 05616c696365 020102";
        LoginRequest::LoginFinish { .. } => LoginRequest::LoginFinish {
                ke3: bytes(&[1, 2]), device: Some(device()), replace: Some(DeviceId(300)),
            },
            "03 020102 01 03090909 054c696e7578 01 ac02";
        LoginRequest::DeviceLogin { .. } => LoginRequest::DeviceLogin { device: DeviceId(300), signature: bytes(&[1, 2]) },
            "04 ac02 020102";
        LoginRequest::CodeStart { .. } => LoginRequest::CodeStart { code: code(), ke1: bytes(&[1, 2]) },
            "05 b4981d 020102";
        LoginRequest::CodeFinish { .. } => LoginRequest::CodeFinish { ke3: bytes(&[1, 2]) }, "06 020102";
        LoginRequest::ResetStart { .. } => LoginRequest::ResetStart { request: bytes(&[1, 2]) }, "07 020102";
        LoginRequest::ResetFinish { .. } => LoginRequest::ResetFinish {
                upload: bytes(&[1, 2]), stretch: Stretch::ARGON2ID_64M, device: device(),
            },
            "08 020102 01 03090909 054c696e7578";
        LoginRequest::AddDevice { .. } => LoginRequest::AddDevice { device: device() }, "09 03090909 054c696e7578";
    );
    let proving = LoginRequest::LoginFinish { ke3: bytes(&[]), device: None, replace: None };
    pinned(proving, "03 00 00 00");
}

#[test]
fn login_replies() {
    let logged_in = || LoggedIn {
        account: AccountId(1),
        name: alice(),
        device: DeviceId(2),
        mark: Number(3),
        outcomes: list(vec![Outcome::DONE, Outcome(10)]),
        successor: None,
    };
    pinned(logged_in(), "01 05616c696365 02 03 02 00 0a 00");
    let named = LoggedIn { successor: Some([7; 32]), ..logged_in() };
    pinned(named, &("0105616c6963650203 02000a 01".replace(' ', "") + &"07".repeat(32)));
    every_variant!(LoginReply:
        LoginReply::RegisterChallenge { .. } => LoginReply::RegisterChallenge { response: bytes(&[1]) }, "00 0101";
        LoginReply::LoginChallenge { .. } =>
            LoginReply::LoginChallenge { ke2: bytes(&[1]), stretch: Stretch(1) }, "01 0101 01";
        LoginReply::Proven => LoginReply::Proven, "02";
        LoginReply::LoggedIn(_) => LoginReply::LoggedIn(logged_in()), "03 01 05616c696365 02 03 02 00 0a 00";
        LoginReply::Refused { .. } => LoginReply::Refused {
                refusal: Refusal { cause: Cause::ServerFull { max: 3 }, sentence: text("Full."), retry_after: Some(300) },
                kept: Some(KeptDevice { account: AccountId(1), device: DeviceId(2) }),
            },
            "04 06 03 0546756c6c2e 01 ac02 01 01 02";
        LoginReply::Goodbye(_) => LoginReply::Goodbye(Goodbye { why: Why::Silent, retry_after: None }), "05 03 00";
        LoginReply::CodeProven { .. } =>
            LoginReply::CodeProven { purpose: Purpose::RESET, account: Some(alice()) }, "06 02 01 05616c696365";
        LoginReply::TooManyDevices { .. } => LoginReply::TooManyDevices { oldest: device_info() },
            "07 ac02 044465736b 054c696e7578 01 02 01";
    );
    let newcomer = LoginReply::CodeProven { purpose: Purpose::REGISTER, account: None };
    pinned(newcomer, "06 01 00");
    let purposes = [Purpose::REGISTER, Purpose::RESET, Purpose::RECOVER, Purpose::ADD_DEVICE, Purpose::OWN];
    assert_eq!(purposes.map(|purpose| purpose.0), [1, 2, 3, 4, 5], "these lie in databases");
}

#[test]
fn what_logins_are_bound_to() {
    let exporter = [0xee; 32];
    assert_eq!(
        hex(&opaque_context(&alice(), &exporter)),
        "736e7567206f7061717565203100".to_owned() + &"ee".repeat(32) + "616c696365"
    );
    assert_eq!(
        hex(&device_statement(DeviceId(0x0102), &exporter)),
        "736e7567206465766963652031".to_owned() + "0201000000000000" + &"ee".repeat(32)
    );
    assert_eq!(
        hex(&code_context(code(), &exporter)),
        "736e756720636f6465203100".to_owned() + &"ee".repeat(32) + &hex(b"EK1M")
    );
}

#[test]
fn refusals_and_goodbyes() {
    pinned(Refusal { cause: Cause::Full, sentence: text("F"), retry_after: None }, "0e 0146 00");
    pinned(Goodbye { why: Why::ShuttingDown, retry_after: Some(20) }, "01 01 14");
    every_variant!(Cause:
        Cause::Malformed => Cause::Malformed, "00";
        Cause::BadName => Cause::BadName, "01";
        Cause::NameTaken => Cause::NameTaken, "02";
        Cause::RegistrationClosed => Cause::RegistrationClosed, "03";
        Cause::WrongNameOrPassword => Cause::WrongNameOrPassword, "04";
        Cause::TooManyTries => Cause::TooManyTries, "05";
        Cause::ServerFull { .. } => Cause::ServerFull { max: 128 }, "06 8001";
        Cause::UnknownDevice => Cause::UnknownDevice, "07";
        Cause::TooManyDevices => Cause::TooManyDevices, "08";
        Cause::UnknownRoom => Cause::UnknownRoom, "09";
        Cause::UnknownAccount => Cause::UnknownAccount, "0a";
        Cause::UnknownBlob => Cause::UnknownBlob, "0b";
        Cause::TooLarge => Cause::TooLarge, "0c";
        Cause::QuotaExceeded => Cause::QuotaExceeded, "0d";
        Cause::Full => Cause::Full, "0e";
        Cause::Busy => Cause::Busy, "0f";
        Cause::Stale => Cause::Stale, "10";
        Cause::OutOfOrder => Cause::OutOfOrder, "11";
        Cause::Repeat => Cause::Repeat, "12";
        Cause::Internal => Cause::Internal, "13";
        Cause::NotAllowed => Cause::NotAllowed, "14";
        Cause::RoomNameTaken => Cause::RoomNameTaken, "15";
        Cause::NotThere => Cause::NotThere, "16";
        Cause::Archived => Cause::Archived, "17";
        Cause::TooManyRooms => Cause::TooManyRooms, "18";
        Cause::NotWelcome => Cause::NotWelcome, "19";
        Cause::LastOwner => Cause::LastOwner, "1a";
        Cause::TooManyPeople => Cause::TooManyPeople, "1b";
        Cause::WrongCode => Cause::WrongCode, "1c";
        Cause::CodeExpired => Cause::CodeExpired, "1d";
        Cause::CodeUsedUp => Cause::CodeUsedUp, "1e";
        Cause::CodeRevoked => Cause::CodeRevoked, "1f";
        Cause::InviteNeeded => Cause::InviteNeeded, "20";
        Cause::TooManyInvites => Cause::TooManyInvites, "21";
        Cause::WrongPassword => Cause::WrongPassword, "22";
        Cause::Banned => Cause::Banned, "23";
        Cause::SourceBanned => Cause::SourceBanned, "24";
        Cause::LastServerOwner => Cause::LastServerOwner, "25";
        Cause::TooManyBans => Cause::TooManyBans, "26";
    );
    every_variant!(Why:
        Why::Replaced => Why::Replaced, "00";
        Why::ShuttingDown => Why::ShuttingDown, "01";
        Why::TooSlow => Why::TooSlow, "02";
        Why::Silent => Why::Silent, "03";
        Why::Malformed => Why::Malformed, "04";
        Why::Revoked => Why::Revoked, "05";
        Why::Busy => Why::Busy, "06";
        Why::Internal => Why::Internal, "07";
        Why::Kicked => Why::Kicked, "08";
        Why::Banned => Why::Banned, "09";
    );
}

#[test]
fn outcomes_stand_for_causes() {
    // These lie in databases: a code keeps its meaning for good.
    let codes = [
        Cause::Malformed,
        Cause::BadName,
        Cause::NameTaken,
        Cause::RegistrationClosed,
        Cause::WrongNameOrPassword,
        Cause::TooManyTries,
        Cause::ServerFull { max: 1 },
        Cause::UnknownDevice,
        Cause::TooManyDevices,
        Cause::UnknownRoom,
        Cause::UnknownAccount,
        Cause::UnknownBlob,
        Cause::TooLarge,
        Cause::QuotaExceeded,
        Cause::Full,
        Cause::Busy,
        Cause::Stale,
        Cause::OutOfOrder,
        Cause::Repeat,
        Cause::Internal,
        Cause::NotAllowed,
        Cause::RoomNameTaken,
        Cause::NotThere,
        Cause::Archived,
        Cause::TooManyRooms,
        Cause::NotWelcome,
        Cause::LastOwner,
        Cause::TooManyPeople,
        Cause::WrongCode,
        Cause::CodeExpired,
        Cause::CodeUsedUp,
        Cause::CodeRevoked,
        Cause::InviteNeeded,
        Cause::TooManyInvites,
        Cause::WrongPassword,
        Cause::Banned,
        Cause::SourceBanned,
        Cause::LastServerOwner,
        Cause::TooManyBans,
    ];
    for (cause, code) in codes.into_iter().zip(1..) {
        has_code(cause);
        assert_eq!(cause.outcome(), Outcome(code), "{cause:?}");
    }
}

#[test]
fn files() {
    every_variant!(FileRequest:
        FileRequest::Upload { .. } => FileRequest::Upload { blob: blob(), size: 300 },
            "00 30313233343536373839616263646566 ac02";
        FileRequest::Chunk(_) => FileRequest::Chunk(bytes(b"abc")), "01 03616263";
        FileRequest::Download { .. } => FileRequest::Download { blob: blob(), from: 300 },
            "02 30313233343536373839616263646566 ac02";
    );
    every_variant!(FileReply:
        FileReply::Ready { .. } => FileReply::Ready { from: 300 }, "00 ac02";
        FileReply::Stored => FileReply::Stored, "01";
        FileReply::Sending { .. } => FileReply::Sending { size: 300 }, "02 ac02";
        FileReply::Chunk(_) => FileReply::Chunk(bytes(b"abc")), "03 03616263";
        FileReply::Sent => FileReply::Sent, "04";
        FileReply::Refused(_) => FileReply::Refused(
                Refusal { cause: Cause::QuotaExceeded, sentence: text("Q"), retry_after: None },
            ),
            "05 0d 0151 00";
        FileReply::Goodbye(_) => FileReply::Goodbye(Goodbye { why: Why::Malformed, retry_after: None }), "06 04 00";
    );
}
