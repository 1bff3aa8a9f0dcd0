//! docs/PROTOCOL.md says what the code does: its limits, its variants, its examples.

use std::fmt::{Debug, Display};
use std::time::Duration;

use serde::Serialize;
use snug_proto::bounded::{Bytes, List, Text};
use snug_proto::codec::{encode_frame, encode_value};
use snug_proto::content::Content;
use snug_proto::entry::{Entry, Kind, LOBBY};
use snug_proto::hello::{Hello, HelloAnswer, Registration, Welcome};
use snug_proto::id::{AccountId, DeviceId, LogId, Number, Seq};
use snug_proto::limits::*;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Call, Change, Down, Push, Request, Target};

const DOCUMENT: &str = include_str!("../../../docs/PROTOCOL.md");

#[track_caller]
fn says(line: &str) {
    assert!(DOCUMENT.lines().any(|known| known.starts_with(line)), "PROTOCOL.md does not say: {line}");
}

/// This variant has its row, with its index, under the heading of its enum.
#[track_caller]
pub(crate) fn has_row<T: Serialize + Debug>(of: &str, value: &T) {
    let index = encode_value(value)[0];
    let shown = format!("{value:?}");
    let name = shown.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let heading = format!("#### `{of}`\n");
    let (_, section) = DOCUMENT.split_once(&heading).unwrap_or_else(|| panic!("no heading for {of}"));
    let section = section.split("\n#").next().unwrap_or_default();
    let row = format!("| {index} | `{name}` |");
    assert!(section.lines().any(|line| line.starts_with(&row)), "PROTOCOL.md lacks in {of}: {row}");
}

#[test]
fn limits_are_told() {
    let told = |name: &str, value: &dyn Display| says(&format!("| `{name}` | {value} |"));
    let time = |name: &str, value: Duration| says(&format!("| `{name}` | {} s |", value.as_secs()));
    told("FRAME_LOGIN_MAX", &FRAME_LOGIN_MAX);
    told("FRAME_MAX", &FRAME_MAX);
    told("BODY_MAX", &BODY_MAX);
    told("TEXT_MAX", &TEXT_MAX);
    told("ENTRY_BLOBS_MAX", &ENTRY_BLOBS_MAX);
    told("PAGE_ENTRIES_MAX", &PAGE_ENTRIES_MAX);
    told("PAGE_BYTES_MAX", &PAGE_BYTES_MAX);
    told("ROOMS_PAGE_MAX", &ROOMS_PAGE_MAX);
    told("MEMBERS_PAGE_MAX", &MEMBERS_PAGE_MAX);
    told("WATCH_MAX", &WATCH_MAX);
    told("PRESENCE_LIST_MAX", &PRESENCE_LIST_MAX);
    told("CHANGES_IN_FLIGHT_MAX", &CHANGES_IN_FLIGHT_MAX);
    told("OUTCOMES_MAX", &OUTCOMES_MAX);
    told("PAGES_IN_FLIGHT_MAX", &PAGES_IN_FLIGHT_MAX);
    told("NAME_CHARS_MAX", &NAME_CHARS_MAX);
    told("NAME_BYTES_MAX", &NAME_BYTES_MAX);
    told("TOPIC_BYTES_MAX", &TOPIC_BYTES_MAX);
    told("ADD_MEMBERS_MAX", &ADD_MEMBERS_MAX);
    told("RETRACT_MAX", &RETRACT_MAX);
    told("SPANS_MAX", &SPANS_MAX);
    told("MARKS_MAX", &MARKS_MAX);
    told("IGNORED_MAX", &IGNORED_MAX);
    told("MENTIONS_MAX", &MENTIONS_MAX);
    told("REACTION_BYTES_MAX", &REACTION_BYTES_MAX);
    told("IMPORT_PER_SECOND", &IMPORT_PER_SECOND);
    told("DEVICES_MAX", &DEVICES_MAX);
    told("INVITES_MAX", &INVITES_MAX);
    told("INVITE_USES_MAX", &INVITE_USES_MAX);
    told("RECOVERY_CODES", &RECOVERY_CODES);
    told("ADDRESS_BYTES_MAX", &ADDRESS_BYTES_MAX);
    told("CODE_TRIES", &CODE_TRIES);
    told("CODES_LIST_MAX", &CODES_LIST_MAX);
    told("PEOPLE_PAGE_MAX", &PEOPLE_PAGE_MAX);
    told("PROFILES_PAGE_MAX", &PROFILES_PAGE_MAX);
    told("BANS_MAX", &BANS_MAX);
    told("SOURCE_BYTES_MAX", &SOURCE_BYTES_MAX);
    told("PICTURE_MAX", &PICTURE_MAX);
    told("LABEL_BYTES_MAX", &LABEL_BYTES_MAX);
    told("SENTENCE_BYTES_MAX", &SENTENCE_BYTES_MAX);
    told("FILE_NAME_BYTES_MAX", &FILE_NAME_BYTES_MAX);
    told("MEDIA_TYPE_BYTES_MAX", &MEDIA_TYPE_BYTES_MAX);
    told("CHUNK_MAX", &CHUNK_MAX);
    time("INVITE_LIFE_MAX", INVITE_LIFE_MAX);
    time("HANDSHAKE_TIMEOUT", HANDSHAKE_TIMEOUT);
    time("LOGIN_TIMEOUT", LOGIN_TIMEOUT);
    time("PING_INTERVAL", PING_INTERVAL);
    time("DEAD_AFTER", DEAD_AFTER);
    time("WRITE_STALL_TIMEOUT", WRITE_STALL_TIMEOUT);
    says(&format!("The transport is TCP, port {PORT_DEFAULT} "));
}

/// A limit that nobody told of would be found out by others the hard way.
#[test]
fn no_limit_is_left_out() {
    let source = include_str!("../../src/limits.rs");
    let named = source.lines().filter_map(|line| line.strip_prefix("pub const ")?.split(':').next());
    for name in named.filter(|name| *name != "PORT_DEFAULT") {
        says(&format!("| `{name}` | "));
    }
}

/// The code and whether it is retryable stand in the cause's row.
#[track_caller]
pub(crate) fn has_code(cause: Cause) {
    let shown = format!("{cause:?}");
    let name = shown.split(' ').next().unwrap_or_default();
    let row = format!("| {} | `{name}` | {} |", encode_value(&cause)[0], cause.outcome().0);
    says(&row);
    let retryable = DOCUMENT.lines().any(|line| line.starts_with(&row) && line.contains("Retryable"));
    assert_eq!(retryable, cause.is_retryable(), "{row}");
}

/// The example stands in the document as this frame, with whatever spaces help the eye.
#[track_caller]
fn shows(frame: &[u8]) {
    let hex: String = frame.iter().map(|byte| format!("{byte:02x}")).collect();
    let shown = DOCUMENT.lines().any(|line| line.replace(' ', "") == hex);
    assert!(shown, "PROTOCOL.md does not show {hex}");
}
fn framed(value: &impl Serialize) -> Vec<u8> {
    let mut frame = Vec::new();
    encode_frame(value, FRAME_MAX, &mut frame).unwrap();
    frame
}
fn with_length(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_le_bytes(), bytes].concat()
}

#[test]
fn examples_are_right() {
    shows(&with_length(&Hello { lowest: 1, highest: 1, client: Text::cut("snug 0.1.0") }.encode()));
    let welcome = Welcome {
        name: Text::cut("Home"),
        registration: Registration::Open,
        max_users: 3,
        changes_per_second: 5,
        changes_burst: 20,
        file_max: 10 << 30,
        log: LogId(std::array::from_fn(|at| u8::try_from(at).unwrap_or_default())),
    };
    shows(&with_length(&HelloAnswer::Welcome { version: 1, welcome }.encode()));

    let (number, seq, at) = (Number(42), Seq(5), 1_795_000_000_000);
    let body = Content::text("hi").unwrap().to_body().unwrap();
    let change = Change::Append {
        to: Target::Room(LOBBY),
        kind: Kind::CONTENT,
        generation: 0,
        epoch: 0,
        blobs: List::default(),
        body: body.clone(),
    };
    shows(&framed(&Call { id: 7, request: Request::Change { number, change } }));
    shows(&framed(&Down::Push(Push::Appended { room: LOBBY, seq, number, at })));
    let entry = Entry {
        room: LOBBY,
        seq,
        at,
        kind: Kind::CONTENT,
        author: AccountId(2),
        device: DeviceId(3),
        number,
        generation: 0,
        epoch: 0,
        blobs: List::default(),
        body: Bytes::new(body.to_vec()).unwrap(),
    };
    shows(&framed(&Down::Push(Push::Entry(entry))));
}
