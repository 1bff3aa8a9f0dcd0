//! What an operator decides: `config.toml` and the environment, resolved into [`Settings`].

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use snug_proto::hello::Registration;

/// Everything the server needs to know, checked: the only form the rest of the server sees.
#[derive(Debug, Clone)]
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
}

/// Bounds an operator may change; the defaults are the plan's.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Devices one account may have.
    pub devices_per_account: u32,
    /// Unauthenticated connections from which on new ones are dropped at random (30 %).
    pub unauthenticated_soft: usize,
    /// Unauthenticated connections at which all new ones are dropped.
    pub unauthenticated_hard: usize,
    /// Unauthenticated connections from one source (IPv4 /32, IPv6 /64) at once.
    pub per_source_at_once: usize,
    /// New connections from one source per minute; given back at login.
    pub per_source_per_minute: u32,
    /// Free login tries per account and source, and per source; then 1, 2, 4 … 300 s.
    pub login_tries_free: u32,
    /// Tries per hour for one account over all sources it never logged in from.
    pub login_tries_per_hour: u32,
    /// Changes a device may make per second.
    pub changes_per_second: u16,
    /// Changes a device may make at once after a pause.
    pub changes_burst: u16,
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
            unauthenticated_hard: 256,
            per_source_at_once: 16,
            per_source_per_minute: 30,
            login_tries_free: 5,
            login_tries_per_hour: 30,
            changes_per_second: 5,
            changes_burst: 20,
            file_max: 10 * GIB,
            files_per_account: 20 * GIB,
            disk_free_min: 512 << 20,
            database_max: 0,
            drain_spread: Duration::from_secs(20),
        }
    }
}
