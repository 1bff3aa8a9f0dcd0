//! The talk lane after login: requests with an id, replies with that id, pushes with none.

use serde::{Deserialize, Serialize};

use crate::bounded::{List, Text};
use crate::code::{CodeName, SHARED_CODE_LEN};
use crate::entry::{Blobs, Body, Entry, Kind, Retracted, RoomKind};
use crate::id::{AccountId, DeviceId, Number, RoomId, Seq};
use crate::limits::{
    ADD_MEMBERS_MAX, ADDRESS_BYTES_MAX, DEVICES_MAX, IGNORED_MAX, INVITES_MAX, LABEL_BYTES_MAX, MARKS_MAX,
    MEMBERS_PAGE_MAX, NAME_BYTES_MAX, PAGE_ENTRIES_MAX, PRESENCE_LIST_MAX, RECOVERY_CODES, RETRACT_MAX,
    ROOMS_PAGE_MAX, SPANS_MAX, TOPIC_BYTES_MAX, WATCH_MAX,
};
use crate::name::{RoomName, Username};
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
    /// The channels of this server, joined or not, in the order of their ids; answered by [`Reply::Channels`].
    Channels {
        /// The last id known; 0 from the start.
        after: RoomId,
    },
    /// The first readable entry written at a time or later; answered by [`Reply::Place`].
    SeqAt {
        /// Which room.
        room: RoomId,
        /// Milliseconds since 1970 UTC.
        at: i64,
    },
    /// How far the present members of a small room have read; answered by [`Reply::Marks`].
    Marks {
        /// Which room.
        room: RoomId,
    },
    /// Marks a room unread from an entry on, for this account only, until it reads on; answered by [`Reply::Done`].
    MarkUnread {
        /// Which room.
        room: RoomId,
        /// The first entry that counts as unread; 0 takes the mark away.
        seq: Seq,
    },
    /// What the account has chosen for itself; answered by [`Reply::Account`].
    Account,
    /// Makes an invite; answered by [`Reply::Code`]. An answer that is lost leaves one that nobody knows: it is listed,
    /// can be revoked, and expires.
    Invite {
        /// How many people it lets in.
        uses: u16,
        /// How long it is good, in seconds.
        life: u32,
        /// A room whoever uses it becomes a member of, beside the lobby; 0 for none.
        room: RoomId,
    },
    /// Makes a code that logs in one more device of this account; answered by [`Reply::Code`].
    InviteDevice,
    /// The open invites that this account made; answered by [`Reply::Invites`].
    Invites,
    /// Takes an open code of this account back; answered by [`Reply::Done`].
    RevokeCode {
        /// Which one.
        code: CodeName,
    },
    /// Makes codes to write down, each of which sets another password once; those there were are revoked. Answered by
    /// [`Reply::RecoveryCodes`].
    RecoveryCodes,
    /// How this account can be got into; answered by [`Reply::Access`].
    Access,
    /// Names a device of this account; answered by [`Reply::Done`].
    NameDevice {
        /// Which one.
        device: DeviceId,
        /// Its name for people; empty for none.
        name: Text<LABEL_BYTES_MAX>,
    },
    /// Forgets another device of this account and ends what it has open; answered by [`Reply::Done`].
    RevokeDevice {
        /// Which one.
        device: DeviceId,
    },
    /// The same for every device but this one, and the open codes for further ones; answered by [`Reply::Done`].
    RevokeOthers,
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
    /// Empties the bodies of content for good, by its author or, but for direct rooms, by a moderator. One pair that
    /// does not match refuses the whole; a body that is empty already counts as done. Makes a
    /// [`Kind::RETRACT`] entry.
    Retract {
        /// Which room.
        room: RoomId,
        /// Which entries.
        targets: List<Retracted, RETRACT_MAX>,
    },
    /// Makes a room, its maker the owner; answered by [`Reply::Created`].
    CreateRoom {
        /// [`RoomKind::CHANNEL`] or [`RoomKind::PRIVATE`].
        kind: RoomKind,
        /// Its name; no other channel may have one that looks like it.
        name: RoomName,
        /// What it is about; may be empty.
        topic: Text<TOPIC_BYTES_MAX>,
        /// Who is in it from the start beside its maker.
        members: List<AccountId, ADD_MEMBERS_MAX>,
    },
    /// Names a room anew, by its owner. Makes a [`Kind::RENAMED`] entry; answered by [`Reply::Done`], like all that
    /// follow.
    Rename {
        /// Which room.
        room: RoomId,
        /// Its new name.
        name: RoomName,
    },
    /// Says what a room is about, by a moderator. Makes a [`Kind::TOPIC`] entry.
    SetTopic {
        /// Which room.
        room: RoomId,
        /// What it is about; may be empty.
        topic: Text<TOPIC_BYTES_MAX>,
    },
    /// Becomes a member of a channel. Makes a [`Kind::JOINED`] entry.
    Join {
        /// Which channel.
        room: RoomId,
    },
    /// Is a member no more, of a channel or a private room. Makes a [`Kind::LEFT`] entry, the last one that is read.
    Leave {
        /// Which room.
        room: RoomId,
    },
    /// Adds people to a private room or a channel, by any member. Makes a [`Kind::JOINED`] entry for each that was not
    /// there.
    AddMembers {
        /// Which room.
        room: RoomId,
        /// Whom.
        members: List<AccountId, ADD_MEMBERS_MAX>,
    },
    /// Removes somebody from a channel or a private room, by a moderator; moderators only by the owner. Makes a
    /// [`Kind::LEFT`] entry.
    RemoveMember {
        /// Which room.
        room: RoomId,
        /// Whom.
        account: AccountId,
    },
    /// Says what a member may do, by an owner. The last owner stays one. Makes a [`Kind::ROLE`] entry.
    SetRole {
        /// Which room.
        room: RoomId,
        /// Whose role.
        account: AccountId,
        /// Which from now on.
        role: Role,
    },
    /// Closes a channel or a private room to new content, or opens it again, by an owner. Makes a [`Kind::ARCHIVED`]
    /// entry.
    Archive {
        /// Which room.
        room: RoomId,
        /// Closed from now on.
        archived: bool,
    },
    /// What the account shows of itself.
    SetPrivacy(Privacy),
    /// Ignores somebody, or no more: they can open no new direct room with this account.
    Ignore {
        /// Whom.
        account: AccountId,
        /// From now on.
        ignored: bool,
    },
}

/// What an account shows of itself. Who hides how far they read does not see it of others either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Privacy {
    /// Others see when the account was last here.
    pub last_seen: bool,
    /// Others see how far the account has read, and it sees the same of them.
    pub reads: bool,
}

impl Default for Privacy {
    /// Everything is shown.
    fn default() -> Self {
        Self { last_seen: true, reads: true }
    }
}

/// Where an append goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Target {
    /// To a room.
    Room(RoomId),
    /// To a person: the direct room of the two, made in the same transaction where there is none; to oneself, one's
    /// notes.
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
    /// The room that was made.
    Created(RoomId),
    /// Channels, in the order of their ids; fewer than [`ROOMS_PAGE_MAX`] means that these were the last.
    Channels(List<Channel, ROOMS_PAGE_MAX>),
    /// A place in a log: the head's next one where nothing is that late.
    Place(Seq),
    /// How far others have read, of those who show it; empty in a room that is not small, and for who hides their own.
    Marks(List<(AccountId, Seq), MARKS_MAX>),
    /// What the account has chosen for itself.
    Account(Account),
    /// A code was made. The server does not know its secret any more.
    Code {
        /// Its symbols, without hyphens.
        code: Text<SHARED_CODE_LEN>,
        /// When it expires, in milliseconds since 1970 UTC.
        expires: i64,
        /// What people dial, as the operator decided; empty when nobody did.
        address: Text<ADDRESS_BYTES_MAX>,
    },
    /// Open invites, in the order of their names.
    Invites(List<InviteInfo, INVITES_MAX>),
    /// Codes to write down: their symbols, without hyphens.
    RecoveryCodes(List<Text<SHARED_CODE_LEN>, RECOVERY_CODES>),
    /// How the account can be got into.
    Access(Access),
}

/// How an account can be got into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Its devices, in the order in which they were added.
    pub devices: List<DeviceInfo, DEVICES_MAX>,
    /// When its password was set, in milliseconds since 1970 UTC.
    pub password_set: i64,
}

/// A device of an account as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// Which one.
    pub device: DeviceId,
    /// The name its person gave it; empty where they gave none.
    pub name: Text<LABEL_BYTES_MAX>,
    /// The system it runs on.
    pub system: Text<LABEL_BYTES_MAX>,
    /// When it was added, in milliseconds since 1970 UTC.
    pub added: i64,
    /// When it was last here, to the hour.
    pub seen: i64,
    /// Whether it is here now.
    pub online: bool,
}

/// An open invite as its maker sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteInfo {
    /// Which one.
    pub code: CodeName,
    /// How many people it still lets in.
    pub uses: u16,
    /// How many it let in.
    pub used: u16,
    /// When it was made, in milliseconds since 1970 UTC.
    pub created: i64,
    /// When it expires.
    pub expires: i64,
    /// A room that comes with it; 0 for none.
    pub room: RoomId,
}

/// A channel as anybody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Its id.
    pub room: RoomId,
    /// Its name.
    pub name: Text<NAME_BYTES_MAX>,
    /// What it is about.
    pub topic: Text<TOPIC_BYTES_MAX>,
    /// How many members it has.
    pub members: u32,
    /// Closed to new content.
    pub archived: bool,
}

/// What an account has chosen for itself, on all of its devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What it shows.
    pub privacy: Privacy,
    /// Whom it ignores.
    pub ignored: List<AccountId, IGNORED_MAX>,
}

/// A closed part of a log, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// Its first entry.
    pub first: Seq,
    /// Its last entry.
    pub last: Seq,
}

/// A room as its member sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomInfo {
    /// Its id.
    pub room: RoomId,
    /// What kind of room it is.
    pub kind: RoomKind,
    /// Its name; empty for direct rooms and notes.
    pub name: Text<NAME_BYTES_MAX>,
    /// What it is about.
    pub topic: Text<TOPIC_BYTES_MAX>,
    /// The other person of a direct room; 0 elsewhere.
    pub peer: AccountId,
    /// Parts this account may read from former memberships, ascending, all of them before `first`.
    pub earlier: List<Span, SPANS_MAX>,
    /// The first entry of the present, or last, membership that this account may read.
    pub first: Seq,
    /// The last entry it may read; 0 when there is none.
    pub head: Seq,
    /// How far the account has read.
    pub read: Seq,
    /// The first entry that the person marked as unread; 0 when nothing is.
    pub unread_from: Seq,
    /// What the account may do here.
    pub role: Role,
    /// Whether it is a member now; who left still reads up to there.
    pub present: bool,
    /// Closed to new content.
    pub archived: bool,
    /// How many members the room has.
    pub members: u32,
    /// Reserved: texts are sealed. Only ever goes from false to true.
    pub encrypted: bool,
}

/// What a member may do in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Read and write.
    Member,
    /// And keep order: topic, removing members, retracting.
    Moderator,
    /// And decide: name, roles, archive.
    Owner,
}

impl Role {
    /// How it stands in entries and databases.
    pub fn code(self) -> u8 {
        match self {
            Self::Member => 0,
            Self::Moderator => 1,
            Self::Owner => 2,
        }
    }
    /// The role of a code; one that is not known can do the least.
    pub fn of_code(code: u8) -> Self {
        match code {
            1 => Self::Moderator,
            2 => Self::Owner,
            _ => Self::Member,
        }
    }
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
    /// When they were last here, in milliseconds since 1970 UTC; `None` where they do not show it.
    pub seen: Option<i64>,
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
    /// Nothing before the first entry of this page may be read in this span, or is there.
    pub starts: bool,
    /// Nothing after the last entry of this page may be read in this span, or is there yet.
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
