//! What the engine tells the window.
//!
//! Most events are snapshots: the newest one says everything, so the window keeps the last of each kind, and a slow
//! window misses only what was overtaken. [`Arrived`](Event::Arrived) and [`Notice`](Event::Notice) are the two
//! that happen once.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use snug_proto::id::{AccountId, BlobId, Seq};
use snug_proto::name::BadName;
use snug_proto::talk::{Presence, Target};
use snug_proto::{Address, Fingerprint};

use crate::command::{OutboxId, ServerKey};

/// Something the window should know.
#[expect(clippy::large_enum_variant, reason = "few are alive at once, and windows match on them by value")]
#[derive(Debug, Clone)]
pub enum Event {
    /// Where things stand.
    Phase(Phase),
    /// The servers this client knows, the last used first.
    Servers(Arc<[KnownServer]>),
    /// The rooms and people of the server shown: lobby first, then direct messages by name.
    Rooms(Arc<[Room]>),
    /// The room that is shown.
    Timeline(Arc<Timeline>),
    /// The members of the room that is shown: online first, then by name.
    Members {
        /// Which room.
        room: Target,
        /// Its members.
        members: Arc<[Person]>,
    },
    /// Who types in the room that is shown, the person at this computer excepted.
    Typing {
        /// Which room.
        room: Target,
        /// Their names; empty when nobody does.
        names: Arc<[String]>,
    },
    /// Uploads and downloads under way or just ended.
    Transfers(Arc<[Transfer]>),
    /// Messages of others came in.
    Arrived(Arrived),
    /// Something to say once.
    Notice(Notice),
}

/// Where things stand: which screen is right.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// The login form.
    LoggedOut {
        /// What went wrong with the last try.
        problem: Option<Problem>,
    },
    /// The form was sent; something is under way.
    Entering(Step),
    /// First contact: the person decides.
    Trust(TrustQuestion),
    /// The key of a known server changed, and there is no local copy to show.
    KeyChanged(KeyChange),
    /// All seats are taken, and there is no local copy to show.
    Full(Full),
    /// The local copy of a server is open: the chat.
    Open(Session),
}

/// What is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Dialling.
    Connecting,
    /// Making the account.
    Registering,
    /// Logging in.
    LoggingIn,
}

/// A server seen for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustQuestion {
    /// Where it was dialled.
    pub address: Address,
    /// The key it shows and holds.
    pub fingerprint: Fingerprint,
    /// Whether logging in can prove it (not while registering).
    pub can_prove: bool,
}

/// A known server shows a key that was not announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChange {
    /// Where it was dialled.
    pub address: Address,
    /// The key that was trusted.
    pub trusted: Fingerprint,
    /// When it was trusted, in milliseconds since 1970 UTC.
    pub trusted_at: i64,
    /// The key it shows now.
    pub shown: Fingerprint,
    /// What a try to prove it came to.
    pub problem: Option<Problem>,
}

/// SERVER_FULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Full {
    /// The server's name.
    pub server: String,
    /// How many seats there are.
    pub max: u32,
    /// How long until the next try by itself.
    pub retry_in: Duration,
}

/// An open local copy and the connection behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Which server record.
    pub server: ServerKey,
    /// The server's name.
    pub server_name: String,
    /// Where it is dialled.
    pub address: Address,
    /// The person at this computer.
    pub me: AccountId,
    /// Their name.
    pub name: String,
    /// How the server came to be trusted.
    pub trust: Trust,
    /// The key it is known by.
    pub fingerprint: Fingerprint,
    /// The connection.
    pub link: Link,
    /// Items in the outbox that are not on the server.
    pub unsent: u32,
    /// The largest file the server takes, in bytes; 0 when there is no limit.
    pub file_max: u64,
}

/// The connection behind an open copy.
#[derive(Debug, Clone, PartialEq)]
pub enum Link {
    /// Dialling or logging in.
    Connecting,
    /// Logged in.
    Online {
        /// The last ping's round trip, when there was one.
        latency: Option<Duration>,
    },
    /// Not connected; the next try comes by itself.
    Offline {
        /// Why.
        problem: Problem,
        /// How long until the next try.
        retry_in: Duration,
    },
    /// SERVER_FULL; the next try comes by itself.
    Full {
        /// How many seats there are.
        max: u32,
        /// How long until the next try.
        retry_in: Duration,
    },
    /// A newer session of this device took its place: no try by itself.
    Replaced,
    /// The server's key changed: no try by itself, nothing was sent.
    KeyChanged(KeyChange),
    /// The server does not know this device any more: log in again. What is unsent stays.
    DeviceForgotten,
    /// The server was put back by hand, or this folder was copied: nothing is sent by itself.
    Stopped(Problem),
}

/// How a key came to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trust {
    /// How.
    pub manner: Manner,
    /// When, in milliseconds since 1970 UTC.
    pub at: i64,
}

/// How a key came to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// The words were compared.
    WordsCompared,
    /// A login by password proved it.
    Password,
    /// First use, unseen.
    Unseen,
    /// The key before it announced it.
    Succession,
}

impl Manner {
    /// Whether anything but luck stands behind it.
    pub fn is_verified(self) -> bool {
        self != Self::Unseen
    }
}

/// A server this client knows.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownServer {
    /// Which record.
    pub key: ServerKey,
    /// Its name.
    pub name: String,
    /// Where it is dialled.
    pub address: Address,
    /// How it came to be trusted.
    pub trust: Trust,
    /// The name of the account here, where one was used.
    pub account: Option<String>,
    /// Whether a device is logged in: opening it asks for no password.
    pub has_device: bool,
    /// Whether there is a local copy to read.
    pub has_copy: bool,
}

/// A room, or a person with whom a direct room is or could be.
#[derive(Debug, Clone, PartialEq)]
pub struct Room {
    /// How to name it in commands. A direct room is named by its person, whether it exists yet or not.
    pub target: Target,
    /// The room's or the person's name.
    pub name: String,
    /// Messages of others after the read mark.
    pub unread: u32,
    /// The person's presence, for direct rooms; `None` is offline.
    pub presence: Option<Presence>,
    /// When the last entry came, in milliseconds since 1970 UTC; `None` in a room without entries.
    pub last_at: Option<i64>,
}

/// A member of the shown room.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// Who.
    pub account: AccountId,
    /// Under which name.
    pub name: String,
    /// `None` is offline.
    pub presence: Option<Presence>,
}

/// A window of a room's items, oldest first. Never longer than [`TIMELINE_ITEMS_MAX`].
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// Which room.
    pub room: Target,
    /// The items: entries in the log's order, then what is not sent yet, in the outbox's order.
    pub items: Vec<Item>,
    /// There are older items ([`Command::Older`](crate::command::Command::Older)).
    pub has_older: bool,
    /// There are newer items ([`Command::Newer`](crate::command::Command::Newer)).
    pub has_newer: bool,
    /// The first unread entry when the room was opened: the "New" divider stands before it.
    pub new_from: Option<Seq>,
}

/// Items in one timeline at most.
pub const TIMELINE_ITEMS_MAX: usize = 240;
/// Items by which a timeline's window moves.
pub const TIMELINE_STEP: usize = 60;

/// One item of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its identity in this room: stable while it is on its way, another once it has its place.
    pub key: ItemKey,
    /// Who wrote it.
    pub author: AccountId,
    /// Their name.
    pub author_name: String,
    /// Whether it is by the person at this computer.
    pub mine: bool,
    /// When, in milliseconds since 1970 UTC: the server's time, or this computer's while it is unsent.
    pub at: i64,
    /// How far it has come.
    pub state: Delivery,
    /// What it is.
    pub what: What,
}

/// The identity of an item within its room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ItemKey {
    /// An entry of the log.
    Entry(Seq),
    /// Something in the outbox.
    Outbox(OutboxId),
}

/// How far an item has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// On this computer's disk.
    Queued,
    /// On its way.
    Sending,
    /// On the server's disk.
    Sent,
    /// Refused for good; the reason is a sentence.
    Failed(String),
}

/// What an item is.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A text.
    Text(String),
    /// A file.
    File(FileItem),
    /// The author became a member of the room.
    Joined,
    /// The room was made.
    Created,
    /// Retracted: nothing is left of it.
    Retracted,
    /// Made by a newer Snug; readable after an update.
    NeedsNewer,
    /// Bytes that make no sense.
    Unreadable,
}

/// A file in a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct FileItem {
    /// Which blob.
    pub blob: BlobId,
    /// The sender's name for it, made safe to show.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its media type as the sender guessed it; may be empty.
    pub media_type: String,
    /// Where it is.
    pub place: FilePlace,
}

/// Where a file is.
#[derive(Debug, Clone, PartialEq)]
pub enum FilePlace {
    /// On the server; [`Command::Fetch`](crate::command::Command::Fetch) brings it.
    Remote,
    /// Under way: see the [transfer](Transfer) of this blob.
    Moving,
    /// On this computer, checked (received) or chosen (sent).
    Here(PathBuf),
    /// The last try failed; the reason is a sentence.
    Failed(String),
}

/// An upload or download.
#[derive(Debug, Clone, PartialEq)]
pub struct Transfer {
    /// Which blob.
    pub blob: BlobId,
    /// Which room.
    pub room: Target,
    /// The file's name.
    pub name: String,
    /// Which way.
    pub way: Way,
    /// Bytes done.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
    /// Bytes per second lately.
    pub speed: u64,
}

/// Which way a transfer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the server.
    Up,
    /// From the server.
    Down,
}

/// Messages of others that came in at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrived {
    /// The messages, oldest first: at most the newest 20.
    pub messages: Vec<Arrival>,
    /// How many there were in all.
    pub count: u32,
    /// They were missed while away: at most one sound and one alert for all of them.
    pub catching_up: bool,
}

/// A message of somebody else.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// Where.
    pub room: Target,
    /// The room's name.
    pub room_name: String,
    /// Whose.
    pub author_name: String,
    /// The text, or the file's name; at most 200 characters.
    pub preview: String,
}

/// Something to say once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The local copy was damaged: it was set aside, here, and is fetched anew.
    CopySetAside {
        /// The old file.
        path: PathBuf,
        /// How many unsent messages were saved into the new copy; `None` when they could not be read.
        saved: Option<u32>,
    },
    /// Logged out here, but the server still lists this device.
    StillListed,
    /// A text was not accepted; it comes back for the composer.
    NotQueued {
        /// Where it was meant to go.
        room: Target,
        /// The text.
        text: String,
        /// Why, as a sentence.
        reason: String,
    },
    /// A file could not be sent or fetched.
    FileFailed {
        /// Its name.
        name: String,
        /// Why, as a sentence.
        reason: String,
    },
}

/// What went wrong, with a plain sentence for each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nobody answers there.
    #[error("Nobody answers at {0}. Is the address right, and does the server run?")]
    Unreachable(Address),
    /// This computer has no network, or the name is unknown.
    #[error("The name {0} cannot be found. Is it spelled right, and is this computer online?")]
    UnknownHost(String),
    /// Something answers, but no Snug server of our kind.
    #[error("Something answers at {0}, but it is not a Snug server, or one of a very different age.")]
    NotSnug(Address),
    /// No protocol version in common.
    #[error("{}", if *.server_is_newer { "This server is newer than this Snug. Please update Snug." } else { "This server is older than this Snug. Please ask its administrator to update it." })]
    Incompatible {
        /// Who has to update.
        server_is_newer: bool,
    },
    /// The connection broke.
    #[error("The connection was lost.")]
    ConnectionLost,
    /// The server said goodbye.
    #[error("The server closed the connection: {0}.")]
    Goodbye(snug_proto::refusal::Why),
    /// The name cannot be one.
    #[error("{0}")]
    BadName(BadName),
    /// The password is too easy; the sentence says why.
    #[error("This password is too easy to guess. {0}")]
    WeakPassword(String),
    /// Somebody has this name.
    #[error("This name is taken, or looks like one that is. Please choose another.")]
    NameTaken,
    /// The server takes no new accounts.
    #[error("This server takes no new accounts. Ask its administrator to let you in.")]
    RegistrationClosed,
    /// Wrong password or unknown name.
    #[error("Name or password is wrong.")]
    WrongNameOrPassword,
    /// The login failed over a connection whose server is not proven.
    #[error("The login failed: the name or the password is wrong, or this is not your server.")]
    NotProven,
    /// Too many tries.
    #[error("Too many tries. Please wait {} before the next one.", plain_seconds(*.wait))]
    TooManyTries {
        /// How long to wait.
        wait: Duration,
    },
    /// The account has as many devices as it may.
    #[error("This account is logged in on as many devices as it may. Log out on one of them first.")]
    TooManyDevices,
    /// The server refused for another reason; its own words.
    #[error("The server says: {0}")]
    Refused(String),
    /// This computer's disk or folder does not play along; what and why.
    #[error("This computer could not {0}")]
    Local(String),
    /// The server's log went back in time without saying so.
    #[error(
        "The server was put back to an earlier state by hand. Nothing is sent. Please tell its administrator."
    )]
    PutBack,
    /// This folder was copied or restored: another copy of it has sent more.
    #[error("This folder is a copy, or was restored from a backup. Nothing is sent by itself.")]
    FolderCopied,
}

impl Problem {
    /// What the log calls it: its kind, without the names and addresses that the sentence has.
    pub(crate) fn kind(&self) -> String {
        format!("{self:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
    }
}

fn plain_seconds(wait: Duration) -> String {
    match wait.as_secs().max(1) {
        1 => "a second".into(),
        seconds @ 2..=119 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_learns_the_kind_of_a_problem_and_no_name() {
        let nobody = Address { host: "bobs-attic.example".into(), port: 5556 };
        assert_eq!(Problem::Unreachable(nobody).kind(), "Unreachable");
        assert_eq!(Problem::Local("write /home/bob/snug.".into()).kind(), "Local");
        assert_eq!(Problem::Incompatible { server_is_newer: true }.kind(), "Incompatible");
        assert_eq!(Problem::NameTaken.kind(), "NameTaken");
    }
}
