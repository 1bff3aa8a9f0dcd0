//! The server and its people, as the window shows them to administrators; and what people look like.

use std::path::PathBuf;

use snug_proto::Fingerprint;
use snug_proto::house::{BanId, BanKind, SettingInfo};
use snug_proto::id::AccountId;
use snug_proto::login::Purpose;
use snug_proto::talk::{InviteInfo, Role};

/// What somebody looks like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// The account's own name, by which it logs in and is mentioned.
    pub name: String,
    /// The name shown in its place; empty for that one. Every other event shows it already.
    pub display: String,
    /// A colour of the palette, from 1; 0 for the one that follows from the name.
    pub colour: u8,
    /// Their picture on this computer's disk, once it is here: a square of at most 256 pixels.
    pub picture: Option<PathBuf>,
}

/// How the server is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct House {
    /// Accounts there are.
    pub accounts: u32,
    /// Seats that are taken.
    pub seats: u32,
    /// The settings that can be changed while it runs.
    pub settings: Vec<SettingInfo>,
    /// Bytes of the database on the server's disk.
    pub database: u64,
    /// Bytes of people's files.
    pub files: u64,
    /// Bytes that are free on that disk, where it is known.
    pub disk_free: Option<u64>,
}

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resident {
    /// Who.
    pub account: AccountId,
    /// The name that is shown.
    pub name: String,
    /// What they may do on this server.
    pub role: Role,
    /// When the account was made, in milliseconds since 1970 UTC.
    pub created: i64,
    /// When they were last here, to the hour, where they show it.
    pub seen: Option<i64>,
    /// Whether they are here now.
    pub online: bool,
    /// Who invited them, by the name that is shown.
    pub invited_by: Option<String>,
    /// How many devices they have.
    pub devices: u32,
    /// Bytes of their files.
    pub files: u64,
    /// Whether the account is banned.
    pub banned: bool,
}

/// An open code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCode {
    /// Name, uses and end.
    pub invite: InviteInfo,
    /// What it is for.
    pub purpose: Purpose,
    /// Who made it; `None` where the administrator did.
    pub maker: Option<String>,
    /// Whose account it is for, where it is for one.
    pub account: Option<String>,
}

/// A ban.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// Which one.
    pub ban: BanId,
    /// What it is about.
    pub kind: BanKind,
    /// Whom it concerns; `None` for a network that was named by itself.
    pub name: Option<String>,
    /// The network, for a ban of one.
    pub source: String,
    /// Since when, in milliseconds since 1970 UTC.
    pub at: i64,
    /// Until when; `None` for good.
    pub until: Option<i64>,
    /// Whose ban it is; `None` for the administrator's.
    pub by: Option<String>,
}

/// An administrator's act, as the house room tells it. People are called by the names that are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HouseAct {
    /// Somebody was sent out.
    Kicked {
        /// Whom.
        who: String,
    },
    /// Somebody is kept out.
    Banned {
        /// What it is about.
        kind: BanKind,
        /// Whom it concerns; `None` for a network that was named by itself.
        who: Option<String>,
        /// Until when, in milliseconds since 1970 UTC; `None` for good.
        until: Option<i64>,
    },
    /// Somebody is let in again.
    Unbanned {
        /// What it was about.
        kind: BanKind,
        /// Whom it concerns.
        who: Option<String>,
    },
    /// Somebody got a code by which they set another password.
    Reset {
        /// Whose password.
        who: String,
    },
    /// A setting was changed.
    Setting {
        /// What it is called in the configuration.
        name: String,
        /// What holds from then on.
        value: String,
        /// Whether that is what the configuration says.
        configured: bool,
    },
    /// An invite was made at the server.
    Invited {
        /// How many people it lets in.
        uses: u16,
        /// When it expires, in milliseconds since 1970 UTC; `None` for never.
        expires: Option<i64>,
        /// The room that comes with it, where this person knows it.
        room: Option<String>,
    },
    /// Somebody else's code was revoked.
    Uninvited {
        /// Who had made it; `None` where it was made at the server.
        maker: Option<String>,
    },
    /// The server has another key.
    Key(Fingerprint),
    /// The server was put back from a backup.
    PutBack {
        /// Up to when the backup went, in milliseconds since 1970 UTC.
        to: i64,
    },
}
