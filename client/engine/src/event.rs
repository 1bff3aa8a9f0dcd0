//! What the engine tells the window.
//!
//! Most events are snapshots: the newest one says everything, so the window keeps the last of each kind, and a slow
//! window misses only what was overtaken. [`Arrived`](Event::Arrived), [`Notice`](Event::Notice),
//! [`Invited`](Event::Invited), [`RecoveryCodes`](Event::RecoveryCodes) and [`Done`](Event::Done) happen once.

mod found;
mod house;
mod item;
mod problem;
mod room;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use snug_proto::id::{AccountId, BlobId, RoomId};
use snug_proto::talk::{InviteInfo, Target};
use snug_proto::{Address, Code, Fingerprint, Invite};

use crate::command::ServerKey;

pub use found::{Coverage, Found, Hit};
pub use house::{Ban, House, HouseAct, Look, OpenCode, Resident};
pub use item::{
    CHIP_NAMES_MAX, CHIPS_MAX, Chip, Delivery, FileItem, FilePlace, Focus, Item, ItemKey, Quote, Reactions,
    ReadBy, Source, TIMELINE_ITEMS_MAX, TIMELINE_STEP, TextItem, Timeline, Version, What,
};
pub use problem::Problem;
pub(crate) use problem::plain_time;
pub use room::{Account, Channel, Device, Devices, Person, Room, Unread};

/// Something the window should know.
#[expect(clippy::large_enum_variant, reason = "few are alive at once, and windows match on them by value")]
#[derive(Debug, Clone)]
pub enum Event {
    /// Where things stand.
    Phase(Phase),
    /// The servers this client knows, the last used first.
    Servers(Arc<[KnownServer]>),
    /// The rooms and people of the server shown: the lobby, channels and private rooms by name, the notes, the house, then
    /// people by name.
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
    /// The pinned messages of the room that is shown, the last pinned first.
    Pins {
        /// Which room.
        room: Target,
        /// The messages.
        items: Arc<[Item]>,
    },
    /// The channels of this server, as asked for.
    Channels(Arc<[Channel]>),
    /// What this person chose for their account.
    Account(Arc<Account>),
    /// What was typed in the room that was just shown, and not sent.
    Draft(Draft),
    /// What a search found.
    Found(Arc<Found>),
    /// The earlier texts of a message, as asked for, oldest first; the last one is what it says now.
    Versions {
        /// Which room.
        room: Target,
        /// Which message.
        item: ItemKey,
        /// Its texts.
        versions: Arc<[Version]>,
    },
    /// This person's messages that a server put back from a backup lacks; nothing when there are none, or when it was
    /// decided.
    Former(Former),
    /// An export or import under way, or just ended.
    Job(Option<Job>),
    /// What came of a [deed](crate::command::Command::Do).
    Done(DeedDone),
    /// An invite, or a code for another device, as asked for; or why there is none.
    Invited(Box<Result<Invited, Undone>>),
    /// Codes to write down, as asked for; or why there are none.
    RecoveryCodes(Box<Result<Vec<Code>, Undone>>),
    /// This person's open invites, as asked for.
    Invites(Arc<[InviteInfo]>),
    /// How this person's account can be got into: told after every login, when it changes, and as asked for.
    Devices(Devices),
    /// Who looks otherwise than by their name alone, this person included: all of them, by account.
    Looks(Arc<BTreeMap<AccountId, Look>>),
    /// How the server is doing, as asked for and whenever it changes something that was asked for.
    House(Arc<House>),
    /// Everybody with an account, as asked for, by name.
    People(Arc<[Resident]>),
    /// Every open code, as asked for, oldest first.
    Codes(Arc<[OpenCode]>),
    /// Every ban, as asked for, oldest first.
    Bans(Arc<[Ban]>),
    /// Somebody's devices, as asked for.
    DevicesOf {
        /// Whose.
        account: AccountId,
        /// Their devices.
        devices: Devices,
    },
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
    /// An invite names another key for an address that is known: the person says whether it is the same server.
    /// Nothing was dialled yet.
    Rekeyed(KeyChange),
    /// The password was right, but the account has as many devices as it may. This is the one that was not here for
    /// longest: [replace it](crate::command::Command::ReplaceDevice), or leave.
    TooManyDevices(Device),
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
    /// Where this device's key lies.
    pub key_kept: KeyKept,
    /// Items in the outbox that are not on the server.
    pub unsent: u32,
    /// The largest file the server takes, in bytes; 0 when there is no limit.
    pub file_max: u64,
}

/// Where a device's key lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKept {
    /// In the system's keyring.
    Keyring,
    /// In a file that its owner alone can read, because there is no keyring.
    NoKeyring,
    /// In such a file, because the keyring was locked.
    KeyringLocked,
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
    Replaced {
        /// It happened before since this client started: two places hold the same device and keep replacing each other.
        again: bool,
    },
    /// An administrator sent this person out: no try by itself, also not after a restart, until
    /// [`Retry`](crate::command::Command::Retry).
    Kicked,
    /// The server's key changed: no try by itself, nothing was sent.
    KeyChanged(KeyChange),
    /// The server does not know this device any more: log in again. What is unsent stays.
    DeviceForgotten,
    /// The server was put back by hand, this folder was copied, an administrator keeps this person out, or the keyring
    /// with this device's key is closed: nothing is sent by itself.
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
    /// An invite named it.
    Invite,
    /// A code for one use proved it.
    Code,
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
    /// Every key it was trusted with and how that came to be, oldest first; the last one is what holds now.
    pub history: Arc<[Decision]>,
}

/// A key that was trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The key.
    pub fingerprint: Fingerprint,
    /// How it came to be trusted, and when.
    pub trust: Trust,
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
    /// It mentions the person at this computer, by name or with everybody.
    pub mentions_me: bool,
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
    /// The list of known servers was damaged: it was set aside, here, and a spare took its place.
    ListSetAside {
        /// The old file.
        path: PathBuf,
        /// How many servers the spare knew; `None` when there was none to use. The copies of servers that are not
        /// listed any more stay where they are.
        restored: Option<u32>,
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
    /// Something that was asked for did not happen; nothing that was typed is lost with it.
    NotDone {
        /// Why, as a sentence.
        reason: String,
    },
    /// Somebody logged in to this person's account on another device, perhaps while this one was away.
    NewDevice(Device),
    /// The password of this person's account is another one, perhaps since before this device came back.
    PasswordChanged {
        /// When it was set, in milliseconds since 1970 UTC.
        at: i64,
    },
}

/// What was typed in a room and not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Which room.
    pub room: Target,
    /// What was typed.
    pub text: String,
}

/// This person's messages that the server's log lacks since it was put back from a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Former {
    /// How many.
    pub count: u32,
}

/// An export or import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Which way.
    pub way: JobWay,
    /// The room's name.
    pub room_name: String,
    /// Messages done.
    pub done: u64,
    /// Messages in all, as far as is known.
    pub total: u64,
    /// How it ended.
    pub end: Option<JobEnd>,
}

/// Which way a job goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobWay {
    /// From a room into a folder.
    Export,
    /// From a file or folder into a new room.
    Import,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEnd {
    /// Done; where it can be looked at, for an export.
    Done(Option<PathBuf>),
    /// Not done; the reason is a sentence.
    Failed(String),
}

/// An invite, or a code for another device. It stands nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// The invite: its link, and what can be dictated.
    pub invite: Invite,
    /// When it expires, in milliseconds since 1970 UTC.
    pub expires: i64,
}

/// What came of a deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeedDone {
    /// Which one.
    pub ticket: u64,
    /// Done, with the room that was made; or why not.
    pub result: Result<Option<RoomId>, Undone>,
}

/// Why a deed was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The reason, as a sentence.
    pub reason: String,
    /// When trying again may help.
    pub retry_after: Option<Duration>,
}
