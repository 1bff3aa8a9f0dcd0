//! What an operator decides: `config.toml` and the environment, resolved into [`Settings`].

mod file;
mod live;
mod load;
mod units;

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use snug_proto::Address;
use snug_proto::hello::Registration;
use snug_proto::limits;

pub use live::{setting, written};
pub use load::ConfigError;

/// Everything the server needs to know, checked: the only form the rest of the server sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The server's name for people, at most 64 bytes.
    pub name: String,
    /// What people dial, for links and the start lines; `None` when nobody said.
    pub address: Option<String>,
    /// Where to listen.
    pub host: IpAddr,
    /// Where to listen; 0 takes any free port (tests).
    pub port: u16,
    /// Seats: accounts with at least one live session.
    pub max_users: u32,
    /// Who may register.
    pub registration: Registration,
    /// Names and addresses written into certificates.
    pub certificate_names: Vec<String>,
    /// The folder with keys and certificates, absolute.
    pub certs: PathBuf,
    /// The folder with the database, the OPAQUE setup and the blobs, absolute.
    pub data: PathBuf,
    /// Bounds an operator may change.
    pub limits: Limits,
    /// How much is logged, and how.
    pub log: Log,
    /// The protocol's times; no key of the file names them, tests shorten them.
    pub times: Times,
}

impl Settings {
    /// The defaults, with keys in `folder/certs` and everything else in `folder/data`.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            name: "Snug".to_owned(),
            address: None,
            host: Ipv4Addr::UNSPECIFIED.into(),
            port: limits::PORT_DEFAULT,
            max_users: 3,
            registration: Registration::Open,
            certificate_names: load::names_of_this_machine(),
            certs: folder.join("certs"),
            data: folder.join("data"),
            limits: Limits::default(),
            log: Log::default(),
            times: Times::default(),
        }
    }

    /// What people dial: what the operator decided, else what works on this machine.
    pub fn dialled_at(&self, port: u16) -> Address {
        let decided = self.address.as_deref().and_then(|decided| Address::parse(decided).ok());
        decided.unwrap_or_else(|| {
            let host = match self.host.is_unspecified() {
                true => "localhost".to_owned(),
                false => self.host.to_string(),
            };
            Address { host, port }
        })
    }
}

/// Reads a time as people write it: `7d`, `12 h`, `90 min`; a bare number is seconds.
///
/// # Errors
/// A sentence that says how it is written.
pub fn time(text: &str) -> Result<Duration, String> {
    units::time(text).ok_or_else(|| format!("“{text}” is no time; one looks like 7d, 12h or 90min."))
}

/// How much is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// A level, or levels for parts: `info`, `warn,snug_server=debug`.
    pub level: String,
    /// Lines for people or for programs.
    pub format: LogFormat,
    /// Whether peers' addresses may stand in the log.
    pub addresses: bool,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text, addresses: false }
    }
}

/// Lines for people or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One line of text per event.
    Text,
    /// One JSON object per event.
    Json,
}

/// The protocol's times, as one value so that a test may use others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// [`limits::HANDSHAKE_TIMEOUT`]
    pub handshake: Duration,
    /// [`limits::LOGIN_TIMEOUT`]
    pub login: Duration,
    /// [`limits::PING_INTERVAL`]
    pub ping_interval: Duration,
    /// [`limits::DEAD_AFTER`]
    pub dead_after: Duration,
    /// [`limits::WRITE_STALL_TIMEOUT`]
    pub write_stall: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            handshake: limits::HANDSHAKE_TIMEOUT,
            login: limits::LOGIN_TIMEOUT,
            ping_interval: limits::PING_INTERVAL,
            dead_after: limits::DEAD_AFTER,
            write_stall: limits::WRITE_STALL_TIMEOUT,
        }
    }
}

/// Bounds an operator may change; the defaults are the plan's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Devices one account may have.
    pub devices_per_account: u32,
    /// Unauthenticated connections from which on new ones are dropped at random.
    pub unauthenticated_soft: usize,
    /// How many of a hundred are dropped there.
    pub unauthenticated_dropped: u8,
    /// Unauthenticated connections at which all new ones are dropped.
    pub unauthenticated_hard: usize,
    /// Unauthenticated connections from one source (IPv4 /32, IPv6 /64) at once.
    pub per_source_at_once: usize,
    /// New connections from one source per minute; given back at login.
    pub per_source_per_minute: u32,
    /// Free tries of a password or a code per name and source, and per source; then they wait 1, 2, 4 … seconds.
    pub login_tries_free: u32,
    /// The longest of these waits.
    pub login_wait_max: Duration,
    /// Tries per hour for one account over all sources it never logged in from.
    pub login_tries_per_hour: u32,
    /// Changes a device may make per second.
    pub changes_per_second: u16,
    /// Changes a device may make at once after a pause.
    pub changes_burst: u16,
    /// Rooms an account may make at once after a pause: channels, private and direct rooms.
    pub new_rooms_burst: u32,
    /// After how long it may make one more.
    pub new_room_every: Duration,
    /// The largest file in bytes; 0 = no limit.
    pub file_max: u64,
    /// Bytes of files one account may keep; 0 = no limit.
    pub files_per_account: u64,
    /// Uploads are refused below this many free bytes (and below 5 % of the disk).
    pub disk_free_min: u64,
    /// The database's largest size in bytes; 0 = no limit (`max_page_count`).
    pub database_max: u64,
    /// Over how long a stop spreads the clients' return; at once when few are on.
    pub drain_spread: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const GIB: u64 = 1 << 30;
        Self {
            devices_per_account: 5,
            unauthenticated_soft: 64,
            unauthenticated_dropped: 30,
            unauthenticated_hard: 256,
            per_source_at_once: 16,
            per_source_per_minute: 30,
            login_tries_free: 5,
            login_wait_max: Duration::from_secs(300),
            login_tries_per_hour: 30,
            changes_per_second: 5,
            changes_burst: 20,
            new_rooms_burst: 10,
            new_room_every: Duration::from_secs(60),
            file_max: 10 * GIB,
            files_per_account: 20 * GIB,
            disk_free_min: 512 << 20,
            database_max: 0,
            drain_spread: Duration::from_secs(20),
        }
    }
}
