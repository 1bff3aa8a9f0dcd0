//! An entry: one numbered item of a room's log. The envelope is the server's, the body is not.

use serde::{Deserialize, Serialize};

use crate::bounded::{Bytes, List, Text};
use crate::id::{AccountId, BlobId, DeviceId, Number, Origin, RoomId, Seq};
use crate::limits::{BODY_MAX, ENTRY_BLOBS_MAX, NAME_BYTES_MAX, RETRACT_MAX, TOPIC_BYTES_MAX};

/// One byte of scheme and what that scheme says; empty once retracted. The server never opens it.
pub type Body = Bytes<BODY_MAX>;

/// The blobs an entry names, so that its readers may fetch them.
pub type Blobs = List<BlobId, ENTRY_BLOBS_MAX>;

/// What an entry is. A number, not an enum, so that an old client keeps what it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Kind(pub u16);

impl Kind {
    /// What people write; the body is [`Content`](crate::content::Content) in scheme 0.
    pub const CONTENT: Kind = Kind(1);
    /// Takes the bodies of earlier entries away; the body is a [`Retraction`].
    pub const RETRACT: Kind = Kind(2);
    /// The room was made; the body is a [`Created`].
    pub const CREATED: Kind = Kind(16);
    /// Somebody became a member; the body is a [`Joined`].
    pub const JOINED: Kind = Kind(17);
    /// Somebody is no longer a member, of their own accord or removed by the author; the body is a [`Left`].
    pub const LEFT: Kind = Kind(18);
    /// The room has another name; the body is a [`Renamed`].
    pub const RENAMED: Kind = Kind(19);
    /// The room is about something else; the body is a [`Topic`].
    pub const TOPIC: Kind = Kind(20);
    /// A member may do more or less; the body is a [`RoleSet`].
    pub const ROLE: Kind = Kind(21);
    /// The room was closed to new content, or opened again; the body is an [`Archived`].
    pub const ARCHIVED: Kind = Kind(22);
    /// Its author looks otherwise from now on, in the lobby; the body is a [`Profile`](crate::profile::Profile), and it
    /// names the picture. The account's next one empties it.
    pub const PROFILE: Kind = Kind(23);
    /// Somebody was sent out; in the house room, like all that follow. The body is a
    /// [`Concerned`](crate::house::Concerned).
    pub const KICKED: Kind = Kind(32);
    /// Somebody is kept out; the body is a [`BanEntry`](crate::house::BanEntry).
    pub const BANNED: Kind = Kind(33);
    /// Somebody is let in again; the body is a [`BanEntry`](crate::house::BanEntry).
    pub const UNBANNED: Kind = Kind(34);
    /// Somebody got a code by which they set another password; the body is a [`Concerned`](crate::house::Concerned).
    pub const RESET: Kind = Kind(35);
    /// A setting was changed; the body is a [`SettingEntry`](crate::house::SettingEntry).
    pub const SETTING: Kind = Kind(36);
    /// The administrator made an invite; the body is an [`InvitedEntry`](crate::house::InvitedEntry).
    pub const INVITED: Kind = Kind(37);
    /// Somebody else's code was revoked; the body is an [`UninvitedEntry`](crate::house::UninvitedEntry).
    pub const UNINVITED: Kind = Kind(38);
    /// The server has another key; the body is a [`KeyEntry`](crate::house::KeyEntry).
    pub const KEY: Kind = Kind(39);
    /// The server was put back from a backup; the body is a [`PutBackEntry`](crate::house::PutBackEntry).
    pub const PUT_BACK: Kind = Kind(40);
}

/// One numbered item of a room's log, as it travels and as it stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The room whose log it stands in.
    pub room: RoomId,
    /// Its place there, without gaps.
    pub seq: Seq,
    /// When the server wrote it: milliseconds since 1970 UTC; never backwards within a room.
    pub at: i64,
    /// What it is.
    pub kind: Kind,
    /// Who made it, set by the server from the session; 0 is the server.
    pub author: AccountId,
    /// With which device.
    pub device: DeviceId,
    /// As which of that device's changes; 0 for the server's own entries.
    pub number: Number,
    /// Reserved for sealed rooms: 0 today.
    pub generation: u32,
    /// Reserved for sealed rooms: 0 today.
    pub epoch: u64,
    /// The blobs it names.
    pub blobs: Blobs,
    /// What it says.
    pub body: Body,
}

impl Entry {
    /// The entry's name before it had a place.
    pub fn origin(&self) -> Origin {
        Origin { device: self.device, number: self.number }
    }
}

/// Body of [`Kind::CREATED`], in postcard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// What kind of room it is.
    pub kind: RoomKind,
    /// Its name; empty for direct rooms.
    pub name: Text<NAME_BYTES_MAX>,
}

/// Body of [`Kind::JOINED`], in postcard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// Who.
    pub account: AccountId,
    /// Under which name.
    pub name: Text<NAME_BYTES_MAX>,
}

/// Body of [`Kind::LEFT`], in postcard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Who.
    pub account: AccountId,
}

/// Body of [`Kind::RENAMED`], in postcard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// Its new name.
    pub name: Text<NAME_BYTES_MAX>,
}

/// Body of [`Kind::TOPIC`], in postcard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// What the room is about now; may be empty.
    pub topic: Text<TOPIC_BYTES_MAX>,
}

/// Body of [`Kind::ROLE`], in postcard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleSet {
    /// Whose.
    pub account: AccountId,
    /// The code of the [`Role`](crate::talk::Role).
    pub role: u8,
}

/// Body of [`Kind::ARCHIVED`], in postcard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archived {
    /// Closed from now on.
    pub archived: bool,
}

/// An entry to be emptied: its place, and what must stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Retracted {
    /// Its place.
    pub seq: Seq,
    /// Who made it, as which change.
    pub origin: Origin,
}

/// Body of [`Kind::RETRACT`], in postcard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retraction {
    /// Which entries have no body any more.
    pub targets: List<Retracted, RETRACT_MAX>,
}

/// Kinds of rooms. A number on the wire and on disk, for the same reason as [`Kind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RoomKind(pub u16);

impl RoomKind {
    /// The room of everybody; there is exactly one, with [`LOBBY`] as its id.
    pub const LOBBY: RoomKind = RoomKind(1);
    /// Listed, anybody may join, its members read all of it.
    pub const CHANNEL: RoomKind = RoomKind(2);
    /// Members add members, who read from then on.
    pub const PRIVATE: RoomKind = RoomKind(3);
    /// Two people, once per pair.
    pub const DIRECT: RoomKind = RoomKind(4);
    /// With oneself, once per account.
    pub const NOTES: RoomKind = RoomKind(5);
    /// Administrators' acts, read by all; there is exactly one. What people may do on the server is their role here.
    pub const HOUSE: RoomKind = RoomKind(6);
}

/// The lobby's id on every server.
pub const LOBBY: RoomId = RoomId(1);
