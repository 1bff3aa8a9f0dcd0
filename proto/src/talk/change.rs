//! Changes: what a client wants altered for good, under its device's numbers.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::bounded::{List, Text};
use crate::entry::{Blobs, Body, Kind, Retracted, RoomKind};
use crate::house::Act;
use crate::id::{AccountId, RoomId};
use crate::limits::{ADD_MEMBERS_MAX, RETRACT_MAX, TOPIC_BYTES_MAX};
use crate::name::RoomName;
use crate::profile::Profile;

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
    /// Looks otherwise from now on. Makes a [`Kind::PROFILE`] entry in the lobby.
    SetProfile(Profile),
    /// An act of an administrator.
    Act(Act),
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
