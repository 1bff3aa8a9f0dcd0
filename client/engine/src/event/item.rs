//! A room's items, as the timeline shows them.

use std::path::PathBuf;

use super::HouseAct;
use snug_proto::id::{AccountId, BlobId, Origin, Seq};
use snug_proto::talk::{Role, Target};

use crate::command::OutboxId;

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
    /// Where a jump led: the window scrolls there, once for each `serial`.
    pub focus: Option<Focus>,
    /// How far others have read, where that is shown.
    pub reads: Vec<ReadBy>,
}

/// Where a jump led.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Focus {
    /// The item.
    pub item: ItemKey,
    /// Counts the jumps.
    pub serial: u64,
}

/// How far somebody else has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadBy {
    /// Who.
    pub account: AccountId,
    /// Their name.
    pub name: String,
    /// The last entry they read.
    pub seq: Seq,
}

/// Items in one timeline at most.
pub const TIMELINE_ITEMS_MAX: usize = 240;
/// Items by which a timeline's window moves.
pub const TIMELINE_STEP: usize = 60;
/// Kinds of reactions told of one item; the others are counted.
pub const CHIPS_MAX: usize = 20;
/// Names told of one kind of reaction.
pub const CHIP_NAMES_MAX: usize = 12;

/// One item of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its identity in this room: stable while it is on its way, another once it has its place.
    pub key: ItemKey,
    /// Its name for links and for other entries; `None` while it is in the outbox.
    pub origin: Option<Origin>,
    /// Who wrote it.
    pub author: AccountId,
    /// Their name.
    pub author_name: String,
    /// Whether it is by the person at this computer.
    pub mine: bool,
    /// Whether the author is ignored: shown folded.
    pub ignored: bool,
    /// When, in milliseconds since 1970 UTC: the server's time, or this computer's while it is unsent.
    pub at: i64,
    /// How far it has come.
    pub state: Delivery,
    /// What it is.
    pub what: What,
    /// What it answers.
    pub reply: Option<Quote>,
    /// The reactions to it.
    pub reactions: Reactions,
    /// It stands among the room's pins.
    pub pinned: bool,
    /// It was forwarded or imported.
    pub source: Option<Source>,
}

impl Item {
    /// An item with nothing about it but what it is.
    pub fn plain(key: ItemKey, author: AccountId, author_name: String, at: i64, what: What) -> Self {
        Self {
            key,
            origin: None,
            author,
            author_name,
            mine: false,
            ignored: false,
            at,
            state: Delivery::Sent,
            what,
            reply: None,
            reactions: Reactions::default(),
            pinned: false,
            source: None,
        }
    }
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
    Text(TextItem),
    /// A file.
    File(FileItem),
    /// Somebody became a member of the room.
    Joined {
        /// Who.
        who: String,
        /// Who added them, where that was somebody else.
        by: Option<String>,
    },
    /// Somebody is a member no more.
    Left {
        /// Who.
        who: String,
        /// Who removed them, where that was somebody else.
        by: Option<String>,
    },
    /// The room was made.
    Created,
    /// The room has another name.
    Renamed(String),
    /// The room is about something else; empty for nothing in particular.
    Topic(String),
    /// A member may do more or less.
    RoleSet {
        /// Whose role.
        who: String,
        /// Which.
        role: Role,
    },
    /// The room was closed to new content, or opened again.
    Archived(bool),
    /// Somebody shows another name than before.
    Named {
        /// The account's own name.
        who: String,
        /// The name that is shown; empty for the account's own.
        name: String,
    },
    /// An administrator's act, in the house room. The item's author did it.
    Act(HouseAct),
    /// Retracted: nothing is left of it.
    Retracted,
    /// Made by a newer Snug; readable after an update.
    NeedsNewer,
    /// Bytes that make no sense.
    Unreadable,
}

/// A text in a timeline.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TextItem {
    /// What it says now.
    pub text: String,
    /// The names it mentions, as they stand in it behind an `@`; `room` for everybody.
    pub mentions: Vec<String>,
    /// It mentions the person at this computer, by name or with everybody.
    pub mentions_me: bool,
    /// It said something else before.
    pub edited: bool,
}

impl TextItem {
    /// A text that mentions nobody.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// What a message answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Where to jump; `None` where it is not in this computer's copy, or is gone.
    pub item: Option<ItemKey>,
    /// Its name.
    pub origin: Option<Origin>,
    /// Who wrote it; empty where that is not known.
    pub author_name: String,
    /// Its text, or the file's name, at most 200 characters; empty where it is not there.
    pub preview: String,
}

/// The reactions to an item.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reactions {
    /// The first kinds, at most [`CHIPS_MAX`], in the order in which they came up.
    pub chips: Vec<Chip>,
    /// How many kinds more there are.
    pub more: u32,
}

/// One kind of reaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    /// The emoji.
    pub emoji: String,
    /// How many people.
    pub count: u32,
    /// The person at this computer among them.
    pub mine: bool,
    /// The first of them, at most [`CHIP_NAMES_MAX`].
    pub names: Vec<String>,
}

/// Where an item was before it came here. Said by whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Imported from another system; else forwarded.
    pub imported: bool,
    /// Who wrote it there.
    pub author_name: String,
    /// When, in milliseconds since 1970 UTC.
    pub at: i64,
    /// The room or system it comes from; may be empty.
    pub from: String,
}

/// An earlier text of an edited message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// When it was written, in milliseconds since 1970 UTC.
    pub at: i64,
    /// What it said.
    pub text: String,
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
    /// Width and height where the sender says that it is a picture.
    pub pixels: Option<(u32, u32)>,
    /// Where it is.
    pub place: FilePlace,
}

/// Where a file is.
#[derive(Debug, Clone, PartialEq)]
pub enum FilePlace {
    /// On the server; [`Command::Fetch`](crate::command::Command::Fetch) brings it.
    Remote,
    /// Under way: see the [transfer](super::Transfer) of this blob.
    Moving,
    /// On this computer, checked (received) or chosen (sent).
    Here(PathBuf),
    /// The last try failed; the reason is a sentence.
    Failed(String),
}
