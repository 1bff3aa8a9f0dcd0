//! The house: the server as its members run it together. Who may do what is a role in the house room, every act of an
//! administrator is an entry there, and everybody reads them.
//!
//! | role in the house room | may |
//! | --- | --- |
//! | member | read what administrators do |
//! | moderator | and see people, seats, storage, codes and bans; kick and ban members; revoke codes; keep order in the lobby |
//! | owner | and reset passwords, give roles, change settings, act on moderators |
//!
//! Whoever has the server's machine may do the same by its subcommands; there the author of an entry is 0.

use serde::{Deserialize, Serialize};

use crate::bounded::{List, Text};
use crate::code::CodeName;
use crate::hello::Registration;
use crate::id::{AccountId, DeviceId, RoomId};
use crate::limits::{LABEL_BYTES_MAX, SOURCE_BYTES_MAX};
use crate::login::Purpose;
use crate::name::Username;
use crate::talk::{InviteInfo, Role};

/// What an administrator does. Each makes an entry in the house room. Append-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// Ends what somebody has open, on all of their devices: these stay away until their person presses connect. Makes a
    /// [`Kind::KICKED`](crate::entry::Kind::KICKED) entry.
    Kick {
        /// Whom.
        account: AccountId,
    },
    /// Keeps somebody out. Makes a [`Kind::BANNED`](crate::entry::Kind::BANNED) entry.
    Ban {
        /// Whom or what.
        what: Banned,
        /// Until when, in milliseconds since 1970 UTC; 0 for good.
        until: i64,
    },
    /// Lets in again. Makes a [`Kind::UNBANNED`](crate::entry::Kind::UNBANNED) entry.
    Unban {
        /// Which ban.
        ban: BanId,
    },
    /// Sets what wins over the configuration from now on. Makes a [`Kind::SETTING`](crate::entry::Kind::SETTING) entry.
    Set(Setting),
    /// Goes back to the configuration. Makes a [`Kind::SETTING`](crate::entry::Kind::SETTING) entry.
    Unset(SettingName),
}

/// Whom or what a ban keeps out. Append-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Banned {
    /// An account, on every device.
    Account(AccountId),
    /// One device, whose key is taken no more. The account may come with others.
    Device(DeviceId),
    /// The networks from which an account is connected now.
    SourcesOf(AccountId),
    /// A network: an IPv4 address, or an IPv6 /64. No new account, password or code is taken from there; devices that
    /// are known still get in.
    Source(Text<SOURCE_BYTES_MAX>),
}

impl Banned {
    /// What it is, as entries and lists have it.
    pub fn kind(&self) -> BanKind {
        match self {
            Self::Account(_) => BanKind::ACCOUNT,
            Self::Device(_) => BanKind::DEVICE,
            Self::SourcesOf(_) | Self::Source(_) => BanKind::SOURCE,
        }
    }
}

/// What a ban is about. A number, since it is stored as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BanKind(pub u8);

impl BanKind {
    /// An account.
    pub const ACCOUNT: BanKind = BanKind(1);
    /// A device.
    pub const DEVICE: BanKind = BanKind(2);
    /// A network.
    pub const SOURCE: BanKind = BanKind(3);
}

/// A ban, by which it is lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BanId(pub u32);

/// What can be set while the server runs. Append-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Setting {
    /// The server's name for people.
    Name(Text<LABEL_BYTES_MAX>),
    /// Who may register.
    Registration(Registration),
    /// Seats in all. Nobody who sits is sent away for it.
    MaxUsers(u32),
}

impl Setting {
    /// Which one.
    pub fn name(&self) -> SettingName {
        match self {
            Self::Name(_) => SettingName::Name,
            Self::Registration(_) => SettingName::Registration,
            Self::MaxUsers(_) => SettingName::MaxUsers,
        }
    }
}

/// Which setting. Append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SettingName {
    /// The server's name for people.
    Name,
    /// Who may register.
    Registration,
    /// Seats in all.
    MaxUsers,
}

impl SettingName {
    /// All of them.
    pub const ALL: [SettingName; 3] = [Self::Name, Self::Registration, Self::MaxUsers];

    /// What it is called in the configuration and in entries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Registration => "registration",
            Self::MaxUsers => "max_users",
        }
    }

    /// The setting that is called so.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.as_str() == name)
    }
}

/// How the server is doing, for administrators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HouseInfo {
    /// Accounts there are.
    pub accounts: u32,
    /// Seats that are taken.
    pub seats: u32,
    /// The settings in use.
    pub settings: List<SettingInfo, { SettingName::ALL.len() }>,
    /// Bytes of the database on the disk.
    pub database: u64,
    /// Bytes of people's files.
    pub files: u64,
    /// Bytes that are free on that disk; `None` where the system does not say.
    pub disk_free: Option<u64>,
}

/// A setting that can be changed while the server runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingInfo {
    /// What holds.
    pub setting: Setting,
    /// What the configuration says, where it says something else.
    pub configured: Option<Setting>,
}

/// Somebody with an account, as administrators see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonInfo {
    /// Who.
    pub account: AccountId,
    /// Under which name.
    pub name: Username,
    /// What they may do on this server.
    pub role: Role,
    /// When the account was made, in milliseconds since 1970 UTC.
    pub created: i64,
    /// When it was last here, to the hour; `None` where it does not show that.
    pub seen: Option<i64>,
    /// Whether it is here now.
    pub online: bool,
    /// Who invited it; 0 for nobody, or the administrator.
    pub invited_by: AccountId,
    /// How many devices it has.
    pub devices: u32,
    /// Bytes of its files.
    pub files: u64,
    /// Whether the account is banned.
    pub banned: bool,
}

/// An open code, as administrators see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeInfo {
    /// Name, uses and end.
    pub invite: InviteInfo,
    /// What it is for.
    pub purpose: Purpose,
    /// Who made it; 0 for the administrator.
    pub maker: AccountId,
    /// Whose account it is for; 0 where it makes one.
    pub account: AccountId,
}

/// A ban, as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BanInfo {
    /// Which one.
    pub ban: BanId,
    /// What it is about.
    pub kind: BanKind,
    /// Whose account or device, or from whom the network was taken; 0 where it was named by itself.
    pub account: AccountId,
    /// The network; empty for accounts and devices.
    pub source: Text<SOURCE_BYTES_MAX>,
    /// Since when, in milliseconds since 1970 UTC.
    pub at: i64,
    /// Until when; 0 for good.
    pub until: i64,
    /// Whose ban it is; 0 for the administrator's.
    pub by: AccountId,
}

/// Body of [`Kind::KICKED`](crate::entry::Kind::KICKED) and [`Kind::RESET`](crate::entry::Kind::RESET), in postcard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concerned {
    /// Whom it concerns.
    pub account: AccountId,
}

/// Body of [`Kind::BANNED`](crate::entry::Kind::BANNED) and [`Kind::UNBANNED`](crate::entry::Kind::UNBANNED), in postcard.
/// It names no network address: all members read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BanEntry {
    /// What it is about.
    pub kind: BanKind,
    /// Whom it concerns; 0 for a network that was named by itself.
    pub account: AccountId,
    /// Until when, in milliseconds since 1970 UTC; 0 for good.
    pub until: i64,
}

/// Body of [`Kind::SETTING`](crate::entry::Kind::SETTING), in postcard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingEntry {
    /// What it is called in the configuration.
    pub name: Text<LABEL_BYTES_MAX>,
    /// What holds from now on, as the configuration would say it.
    pub value: Text<LABEL_BYTES_MAX>,
    /// Whether that is what the configuration says.
    pub configured: bool,
}

/// Body of [`Kind::INVITED`](crate::entry::Kind::INVITED), in postcard: an invite by the administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitedEntry {
    /// How many people it lets in.
    pub uses: u16,
    /// When it expires, in milliseconds since 1970 UTC; 0 for never.
    pub expires: i64,
    /// The room that comes with it; 0 for none.
    pub room: RoomId,
}

/// Body of [`Kind::UNINVITED`](crate::entry::Kind::UNINVITED), in postcard: somebody else's code was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UninvitedEntry {
    /// Which code.
    pub code: CodeName,
    /// Whose it was; 0 for the administrator's.
    pub maker: AccountId,
}

/// Body of [`Kind::KEY`](crate::entry::Kind::KEY), in postcard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyEntry {
    /// SHA-256 of the public key (SPKI) in use from now on.
    pub fingerprint: [u8; 32],
}

/// Body of [`Kind::PUT_BACK`](crate::entry::Kind::PUT_BACK), in postcard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutBackEntry {
    /// Up to when the backup went, in milliseconds since 1970 UTC.
    pub to: i64,
}
