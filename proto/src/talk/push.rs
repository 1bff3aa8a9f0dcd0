//! What a server tells without being asked.

use serde::{Deserialize, Serialize};

use super::{Account, RoomInfo};
use crate::bounded::List;
use crate::entry::Entry;
use crate::id::{AccountId, Number, RoomId, Seq};
use crate::limits::PRESENCE_LIST_MAX;
use crate::refusal::Goodbye;

/// Something that happened. Append-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Push {
    /// A new entry of a room, the next one after the last that was pushed.
    Entry(Entry),
    /// In place of an entry that this device appended: it is on disk, and here.
    Appended {
        /// Which room.
        room: RoomId,
        /// At which place.
        seq: Seq,
        /// Which of the device's changes.
        number: Number,
        /// When, in milliseconds since 1970 UTC.
        at: i64,
    },
    /// The session fell too far behind in this room: the client pages from what it has to here, and pushes go on
    /// behind.
    Behind {
        /// Which room.
        room: RoomId,
        /// Its head now.
        head: Seq,
    },
    /// The account became a member of a room, before the room's first push; or it is one no more, behind the last.
    /// Whatever else changes in a room is an entry.
    RoomChanged(RoomInfo),
    /// Who is here, of a watched room; replaces what was said before.
    Presence {
        /// Which room.
        room: RoomId,
        /// Who.
        here: Here,
    },
    /// Somebody types in a watched room.
    Typing {
        /// Where.
        room: RoomId,
        /// Who.
        account: AccountId,
    },
    /// An account has read up to here: another device of one's own in any room, others in watched rooms.
    Read {
        /// Which room.
        room: RoomId,
        /// Who.
        account: AccountId,
        /// The last entry read.
        seq: Seq,
    },
    /// Wants a [`Request::Pong`].
    Ping,
    /// Answers a [`Request::Ping`].
    Pong,
    /// The connection ends.
    Goodbye(Goodbye),
    /// Another device of this account marked a room unread from here on; 0: no more.
    Unread {
        /// Which room.
        room: RoomId,
        /// The first entry that counts as unread.
        seq: Seq,
    },
    /// Another device of this account chose something.
    AccountChanged(Account),
    /// How the account can be got into has changed: a device came, went or was named, or the password was set.
    AccessChanged,
}

/// Who of a room is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Here {
    /// Everybody who is online.
    People(List<(AccountId, Presence), PRESENCE_LIST_MAX>),
    /// Too many to name: how many are online.
    Count(u32),
}

/// How a person is seen. Who is in no list is offline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Presence {
    /// At the machine.
    Online,
    /// Logged in, but away.
    Away,
}
