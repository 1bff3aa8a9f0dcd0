//! What came of a request.

use serde::{Deserialize, Serialize};

use super::Privacy;
use crate::bounded::{Bytes, List, Text};
use crate::code::{CodeName, SHARED_CODE_LEN};
use crate::entry::{Entry, RoomKind};
use crate::house::{BanInfo, CodeInfo, HouseInfo, PersonInfo};
use crate::id::{AccountId, DeviceId, RoomId, Seq};
use crate::limits::{
    ADDRESS_BYTES_MAX, BANS_MAX, CODES_LIST_MAX, DEVICES_MAX, IGNORED_MAX, INVITES_MAX, LABEL_BYTES_MAX,
    MARKS_MAX, MEMBERS_PAGE_MAX, NAME_BYTES_MAX, PAGE_ENTRIES_MAX, PEOPLE_PAGE_MAX, PROFILES_PAGE_MAX,
    RECOVERY_CODES, ROOMS_PAGE_MAX, SPANS_MAX, TOPIC_BYTES_MAX,
};
use crate::login::Stretch;
use crate::name::Username;
use crate::profile::Profile;

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
    /// The answer to [`Request::ProofStart`](super::Request::ProofStart).
    ProofChallenge {
        /// OPAQUE `KE2`, 320 bytes.
        ke2: Bytes<320>,
        /// How the password was stretched when it was set.
        stretch: Stretch,
    },
    /// The answer to [`Request::PasswordStart`](super::Request::PasswordStart).
    PasswordChallenge {
        /// OPAQUE `RegistrationResponse`, 64 bytes.
        response: Bytes<64>,
    },
    /// Looks, in the order of the accounts; fewer than [`PROFILES_PAGE_MAX`] means that these were the last.
    Profiles(List<(AccountId, Profile), PROFILES_PAGE_MAX>),
    /// How the server is doing.
    House(HouseInfo),
    /// People, in the order of their ids; fewer than [`PEOPLE_PAGE_MAX`] means that these were the last.
    People(List<PersonInfo, PEOPLE_PAGE_MAX>),
    /// Open codes, oldest first; the newest where there are more than fit.
    Codes(List<CodeInfo, CODES_LIST_MAX>),
    /// Bans, oldest first.
    Bans(List<BanInfo, BANS_MAX>),
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
