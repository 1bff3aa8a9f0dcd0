//! Every bound of the protocol, with its reason.
//!
//! Sizes are in bytes and times in [`Duration`]s unless a name says otherwise. What an operator may change stands
//! in the server's configuration; what stands here is what both sides compile in.

use std::time::Duration;

/// The port a server listens on and a client dials when none is named.
pub const PORT_DEFAULT: u16 = 5556;

/// A frame before login: a hello and OPAQUE's largest message (320 bytes) fit many times over, and a stranger can
/// make the server hold no more.
pub const FRAME_LOGIN_MAX: usize = 4 * 1024;
/// A frame after login, in both directions.
pub const FRAME_MAX: usize = 64 * 1024;

/// An entry's body as the server checks it, scheme byte included.
pub const BODY_MAX: usize = 48 * 1024;
/// A text as clients check it, in bytes of UTF-8; longer ones are offered as a file.
pub const TEXT_MAX: usize = 16 * 1024;
/// Blobs one entry may name.
pub const ENTRY_BLOBS_MAX: usize = 8;

/// Entries in one page.
pub const PAGE_ENTRIES_MAX: usize = 100;
/// Bytes of encoded entries in one page: leaves room for the reply around them.
pub const PAGE_BYTES_MAX: usize = 60 * 1024;
/// Rooms in one reply.
pub const ROOMS_PAGE_MAX: usize = 64;
/// Members in one reply.
pub const MEMBERS_PAGE_MAX: usize = 256;
/// Rooms a session may watch.
pub const WATCH_MAX: usize = 4;
/// People whose presence is listed one by one; with more online, only their count is told.
pub const PRESENCE_LIST_MAX: usize = 256;

/// Changes a device may have unanswered.
pub const CHANGES_IN_FLIGHT_MAX: usize = 64;
/// Outcomes of a device's last numbers that the server keeps and tells at login.
pub const OUTCOMES_MAX: usize = 64;
/// Pages a client may ask for at once.
pub const PAGES_IN_FLIGHT_MAX: usize = 4;

/// A username or room name, in Unicode scalar values.
pub const NAME_CHARS_MAX: usize = 32;
/// A username or room name, in bytes of UTF-8: four for each scalar value.
pub const NAME_BYTES_MAX: usize = NAME_CHARS_MAX * 4;
/// What a room is about, in bytes.
pub const TOPIC_BYTES_MAX: usize = 256;
/// People named by one change: put into a new room, or added to one.
pub const ADD_MEMBERS_MAX: usize = 64;
/// Entries one retraction empties.
pub const RETRACT_MAX: usize = 256;
/// Former spans of a room that are told: who left and came back more often no longer reads the oldest ones.
pub const SPANS_MAX: usize = 15;
/// Members up to which a room is small: only there people see who has read how far.
pub const MARKS_MAX: usize = 32;
/// People one account may ignore.
pub const IGNORED_MAX: usize = 256;
/// People one text may mention one by one.
pub const MENTIONS_MAX: usize = 64;
/// A reaction, in bytes: the longest emoji sequences take 35.
pub const REACTION_BYTES_MAX: usize = 64;
/// Changes a second into a room that its maker is about to fill by an import.
pub const IMPORT_PER_SECOND: u16 = 1000;
/// Devices one account may have at the most; operators mostly allow fewer.
pub const DEVICES_MAX: usize = 100;
/// Open invites one account may have.
pub const INVITES_MAX: usize = 32;
/// Uses one invite may have: a school, say.
pub const INVITE_USES_MAX: u16 = 1000;
/// How long an invite is good at most.
pub const INVITE_LIFE_MAX: Duration = Duration::from_secs(90 * 86_400);
/// Recovery codes an account has at a time: one to use, and some to lose.
pub const RECOVERY_CODES: usize = 4;
/// What people dial, in bytes: the longest name that DNS carries, brackets and a port.
pub const ADDRESS_BYTES_MAX: usize = 253 + 2 + 6;
/// Tries a code has: what is right gives its try back. Of 2^40 secrets five guesses find one in 2^37.
pub const CODE_TRIES: u8 = 5;
/// Open codes an administrator is shown.
pub const CODES_LIST_MAX: usize = 256;
/// People an administrator is shown at a time.
pub const PEOPLE_PAGE_MAX: usize = 128;
/// Looks of people told at a time.
pub const PROFILES_PAGE_MAX: usize = 128;
/// Bans there can be: a house with more has another problem.
pub const BANS_MAX: usize = 256;
/// A network as text, in bytes: the longest IPv6 address and its length.
pub const SOURCE_BYTES_MAX: usize = 43;
/// A person's picture, in bytes.
pub const PICTURE_MAX: u64 = 256 * 1024;
/// A server's or a device's name, in bytes.
pub const LABEL_BYTES_MAX: usize = 64;
/// A sentence for people inside a refusal, in bytes.
pub const SENTENCE_BYTES_MAX: usize = 256;
/// A file's name inside a message, in bytes: what every common file system takes.
pub const FILE_NAME_BYTES_MAX: usize = 255;
/// A media type such as `image/png`, in bytes (RFC 6838 §4.2: 127 on each side of the slash).
pub const MEDIA_TYPE_BYTES_MAX: usize = 255;

/// Bytes of file in one chunk: with its envelope it stays inside [`FRAME_MAX`].
pub const CHUNK_MAX: usize = 60 * 1024;

/// From accept to the end of the TLS handshake.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// From accept to a finished login. A client connects when it has something to say, not while a person types.
pub const LOGIN_TIMEOUT: Duration = Duration::from_secs(15);
/// How often each side pings a silent peer (jittered by a quarter).
pub const PING_INTERVAL: Duration = Duration::from_secs(30);
/// A peer that sent nothing for this long is gone: two pings and half an interval.
pub const DEAD_AFTER: Duration = Duration::from_secs(75);
/// A peer that takes no byte of a write for this long is closed.
pub const WRITE_STALL_TIMEOUT: Duration = Duration::from_secs(15);

const _: () = {
    assert!(FRAME_LOGIN_MAX < FRAME_MAX);
    assert!(BODY_MAX + 512 < FRAME_MAX, "an entry with its envelope fits a frame");
    assert!(PAGE_BYTES_MAX + 512 < FRAME_MAX, "a page with its envelope fits a frame");
    assert!(BODY_MAX + 512 <= PAGE_BYTES_MAX, "every entry fits a page");
    assert!(CHUNK_MAX + 64 < FRAME_MAX, "a chunk with its envelope fits a frame");
    assert!(TEXT_MAX + 4096 <= BODY_MAX, "a text with its references fits a body");
    // Beside its texts and spans a room is at most 64 bytes and a member 26; the tests encode the largest of everything.
    assert!(ROOMS_PAGE_MAX * (NAME_BYTES_MAX + TOPIC_BYTES_MAX + SPANS_MAX * 10 + 96) < FRAME_MAX);
    assert!(MEMBERS_PAGE_MAX * (NAME_BYTES_MAX + 32) < FRAME_MAX);
    assert!(RETRACT_MAX * 25 + 64 < BODY_MAX, "a retraction fits a body");
    assert!(MENTIONS_MAX * 10 + 1024 < 4096, "mentions and references fit beside a text");
    assert!(OUTCOMES_MAX == CHANGES_IN_FLIGHT_MAX, "after a cut every number in flight has a known outcome");
    assert!(PING_INTERVAL.as_secs() * 2 < DEAD_AFTER.as_secs());
    assert!(HANDSHAKE_TIMEOUT.as_secs() < LOGIN_TIMEOUT.as_secs());
};
