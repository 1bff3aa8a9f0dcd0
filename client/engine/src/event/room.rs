//! Rooms and people, as the window lists them.

use std::sync::Arc;

use snug_proto::entry::RoomKind;
use snug_proto::id::{AccountId, DeviceId, RoomId};
use snug_proto::talk::{Presence, Privacy, Role, Target};

/// A room, or a person with whom a direct room is or could be.
#[derive(Debug, Clone, PartialEq)]
pub struct Room {
    /// How to name it in commands. A direct room is named by its person, whether it exists yet or not; the notes by
    /// the person at this computer.
    pub target: Target,
    /// The room's id; `None` where a direct room or the notes do not exist yet.
    pub room: Option<RoomId>,
    /// What kind of room it is.
    pub kind: RoomKind,
    /// The room's or the person's name.
    pub name: String,
    /// What it is about; may be empty.
    pub topic: String,
    /// What is not read of it.
    pub unread: Unread,
    /// How many of the unread messages mention this person.
    pub mentions: u32,
    /// The person's presence, for direct rooms; `None` is offline.
    pub presence: Option<Presence>,
    /// When the last entry came, in milliseconds since 1970 UTC; `None` in a room without entries.
    pub last_at: Option<i64>,
    /// What this person may do here.
    pub role: Role,
    /// Whether this person is a member now. Who left can still read up to there.
    pub present: bool,
    /// Closed to new content.
    pub archived: bool,
    /// How many members it has.
    pub members: u32,
    /// Something was typed here and not sent.
    pub has_draft: bool,
    /// The person is ignored: silent and folded.
    pub ignored: bool,
}

/// What is not read of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unread {
    /// Nothing.
    #[default]
    Nothing,
    /// So many messages of others.
    Count(u32),
    /// Something; how much is not known, since the copy has holes there.
    Something,
}

impl Unread {
    /// The count to add up: what is not known counts as one.
    pub fn at_least(self) -> u32 {
        match self {
            Self::Nothing => 0,
            Self::Count(count) => count,
            Self::Something => 1,
        }
    }
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
    /// When they were last here, in milliseconds since 1970 UTC, where they are not and show it.
    pub last_seen: Option<i64>,
    /// What they may do in this room.
    pub role: Role,
    /// Whether this person ignores them.
    pub ignored: bool,
}

/// A channel that can be joined, or is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Which room.
    pub room: RoomId,
    /// Its name.
    pub name: String,
    /// What it is about.
    pub topic: String,
    /// How many members it has.
    pub members: u32,
    /// Closed to new content.
    pub archived: bool,
    /// Whether this person is a member.
    pub joined: bool,
}

/// A device that is logged in to this person's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Which one.
    pub device: DeviceId,
    /// The name this person gave it; empty where they gave none.
    pub name: String,
    /// The system it runs on.
    pub system: String,
    /// When it was added, in milliseconds since 1970 UTC.
    pub added: i64,
    /// When it was last here, to the hour.
    pub seen: i64,
    /// Whether it is here now.
    pub online: bool,
    /// Whether it is this computer.
    pub this: bool,
}

/// How this person's account can be got into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Devices {
    /// Its devices, in the order in which they were added.
    pub list: Arc<[Device]>,
    /// When the password was set, in milliseconds since 1970 UTC.
    pub password_set: i64,
}

/// What this person chose for their account, on all of its devices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// What others see.
    pub privacy: Privacy,
    /// Whom this person ignores, by name.
    pub ignored: Vec<(AccountId, String)>,
}
