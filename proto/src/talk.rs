//! The talk lane after login: requests with an id, replies with that id, pushes with none.

use serde::{Deserialize, Serialize};

use crate::bounded::{List, Text};
use crate::entry::{Blobs, Body, Entry, Kind, RoomKind};
use crate::id::{AccountId, Number, RoomId, Seq};
use crate::limits::{
    MEMBERS_PAGE_MAX, NAME_BYTES_MAX, PAGE_ENTRIES_MAX, PRESENCE_LIST_MAX, ROOMS_PAGE_MAX, WATCH_MAX,
};
use crate::name::Username;
use crate::refusal::{Goodbye, Refusal};

/// A frame from client to server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Comes back with the reply. The client counts them; 0 where no reply is wanted.
    pub id: u32,
    /// What is asked.
    pub request: Request,
}

/// A frame from server to client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Down {
    /// The answer to a call.
    Reply {
        /// The call's id.
        id: u32,
        /// What came of it.
        result: Result<Reply, Refusal>,
    },
    /// Something that happened.
    Push(Push),
}

/// What a client may ask. Append-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// The rooms the account has, in the order of their ids; answered by [`Reply::Rooms`].
    Rooms {
        /// The last id known; 0 from the start.
        after: RoomId,
    },
    /// The members of a room, in the order of their ids; answered by [`Reply::Members`].
    Members {
        /// Which room.
        room: RoomId,
        /// The last id known; 0 from the start.
        after: AccountId,
    },
    /// A page of a room's log; answered by [`Reply::Page`].
    Page {
        /// Which room.
        room: RoomId,
        /// The first (forward) or last (backward) entry wanted, included.
        from: Seq,
        /// Which way.
        direction: Direction,
        /// At most so many entries; 0 means 1, and over [`PAGE_ENTRIES_MAX`] means that.
        limit: u8,
    },
    /// A change under the device's next number. An append is answered by [`Push::Appended`] in the log's order, a
    /// refusal by a reply.
    Change {
        /// The device's mark + 1, + 2, … in the order of its outbox.
        number: Number,
        /// What is to change.
        change: Change,
    },
    /// Tells presence, typing and read marks of these rooms from now on, and of no others; answered by
    /// [`Reply::Done`].
    Watch {
        /// The rooms.
        rooms: List<RoomId, WATCH_MAX>,
    },
    /// Somebody types. No reply.
    Typing {
        /// Where.
        room: RoomId,
    },
    /// The account has read up to here; never moves back; answered by [`Reply::Done`].
    ReadUpTo {
        /// Which room.
        room: RoomId,
        /// The last entry read.
        seq: Seq,
    },
    /// How the person wants to be seen from now on; answered by [`Reply::Done`].
    SetPresence {
        /// Online or away.
        presence: Presence,
    },
    /// Forgets this device for good: answered by [`Reply::Done`], then the session ends.
    LogOut,
    /// Wants a [`Push::Pong`]. No reply.
    Ping,
    /// Answers a [`Push::Ping`]. No reply.
    Pong,
}

/// Which way a page goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// Towards newer entries. The page is in ascending order.
    Forward,
    /// Towards older entries. The page is in ascending order as well.
    Backward,
}

/// A request that alters the server for good. Append-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// Appends an entry.
    Append {
        /// Where to.
        to: Target,
        /// What it is; today only [`Kind::CONTENT`] can be appended by clients.
        kind: Kind,
        /// Reserved for sealed rooms: 0 today.
        generation: u32,
        /// Reserved for sealed rooms: 0 today.
        epoch: u64,
        /// The blobs it names: the account's own, uploaded.
        blobs: Blobs,
        /// What it says.
        body: Body,
    },
}

/// Where an append goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Target {
    /// To a room.
    Room(RoomId),
    /// To a person: the direct room of the two, made in the same transaction where there is none.
    Person(AccountId),
}

/// What came of a request. Append-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// It is done.
    Done,
    /// Rooms, in the order of their ids; fewer than [`ROOMS_PAGE_MAX`] means that these were the last.
    Rooms(List<RoomInfo, ROOMS_PAGE_MAX>),
    /// Members, in the order of their ids; fewer than [`MEMBERS_PAGE_MAX`] means that these were the last.
    Members(List<Member, MEMBERS_PAGE_MAX>),
    /// A page of a log.
    Page(Page),
}

/// A room as its member sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomInfo {
    /// Its id.
    pub room: RoomId,
    /// What kind of room it is.
    pub kind: RoomKind,
    /// Its name; empty for direct rooms.
    pub name: Text<NAME_BYTES_MAX>,
    /// The other person of a direct room; 0 elsewhere.
    pub peer: AccountId,
    /// The first entry this member may read.
    pub first: Seq,
    /// The last entry this member may read; 0 when there is none.
    pub head: Seq,
    /// How far the account has read.
    pub read: Seq,
    /// What the account may do here.
    pub role: Role,
    /// Reserved: texts are sealed. Only ever goes from false to true.
    pub encrypted: bool,
}

/// What a member may do in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Read and write.
    Member,
    /// Reserved: and keep order.
    Moderator,
    /// Reserved: and decide.
    Owner,
}

/// A member of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub account: AccountId,
    /// Under which name.
    pub name: Username,
    /// What they may do here.
    pub role: Role,
}

/// A page of a log, in ascending order and without gaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Which room.
    pub room: RoomId,
    /// The entries.
    pub entries: List<Entry, PAGE_ENTRIES_MAX>,
    /// The room's head when the page was read.
    pub head: Seq,
    /// Nothing before the first entry of this page may be read, or is there.
    pub starts: bool,
    /// Nothing after the last entry of this page may be read, or is there yet.
    pub ends: bool,
}

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
    /// The account is a member of a room it was not, or the room changed. Comes before the room's first push.
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
