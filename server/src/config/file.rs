//! `config.toml` as it is written: every key with its default, nothing checked but its type.

use serde::{Deserialize, Serialize};

use super::units::{Size, Span};
use super::{Limits, Log};

/// The whole file. An empty text or list stands for "not said", so that every key has a default to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) max_users: u32,
    pub(super) registration: String,
    pub(super) certificate_names: Vec<String>,
    pub(super) certs: String,
    pub(super) data: String,
    pub(super) limits: LimitsTable,
    pub(super) log: LogTable,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LimitsTable {
    pub(super) devices_per_account: u32,
    pub(super) unauthenticated_soft: usize,
    pub(super) unauthenticated_dropped: u8,
    pub(super) unauthenticated_hard: usize,
    pub(super) per_source_at_once: usize,
    pub(super) per_source_per_minute: u32,
    pub(super) login_tries_free: u32,
    pub(super) login_wait_max: Span,
    pub(super) login_tries_per_hour: u32,
    pub(super) changes_per_second: u16,
    pub(super) changes_burst: u16,
    pub(super) new_rooms_burst: u32,
    pub(super) new_room_every: Span,
    pub(super) file_max: Size,
    pub(super) files_per_account: Size,
    pub(super) disk_free_min: Size,
    pub(super) database_max: Size,
    pub(super) drain_spread: Span,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LogTable {
    pub(super) level: String,
    pub(super) format: String,
    pub(super) addresses: bool,
}

impl Default for File {
    fn default() -> Self {
        Self {
            name: "Snug".to_owned(),
            address: String::new(),
            host: "0.0.0.0".to_owned(),
            port: snug_proto::limits::PORT_DEFAULT,
            max_users: 3,
            registration: "open".to_owned(),
            certificate_names: Vec::new(),
            certs: "certs".to_owned(),
            data: "data".to_owned(),
            limits: LimitsTable::default(),
            log: LogTable::default(),
        }
    }
}

impl Default for LimitsTable {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            devices_per_account: limits.devices_per_account,
            unauthenticated_soft: limits.unauthenticated_soft,
            unauthenticated_dropped: limits.unauthenticated_dropped,
            unauthenticated_hard: limits.unauthenticated_hard,
            per_source_at_once: limits.per_source_at_once,
            per_source_per_minute: limits.per_source_per_minute,
            login_tries_free: limits.login_tries_free,
            login_wait_max: Span(limits.login_wait_max),
            login_tries_per_hour: limits.login_tries_per_hour,
            changes_per_second: limits.changes_per_second,
            changes_burst: limits.changes_burst,
            new_rooms_burst: limits.new_rooms_burst,
            new_room_every: Span(limits.new_room_every),
            file_max: Size(limits.file_max),
            files_per_account: Size(limits.files_per_account),
            disk_free_min: Size(limits.disk_free_min),
            database_max: Size(limits.database_max),
            drain_spread: Span(limits.drain_spread),
        }
    }
}

impl From<LimitsTable> for Limits {
    fn from(table: LimitsTable) -> Self {
        Self {
            devices_per_account: table.devices_per_account,
            unauthenticated_soft: table.unauthenticated_soft,
            unauthenticated_dropped: table.unauthenticated_dropped,
            unauthenticated_hard: table.unauthenticated_hard,
            per_source_at_once: table.per_source_at_once,
            per_source_per_minute: table.per_source_per_minute,
            login_tries_free: table.login_tries_free,
            login_wait_max: table.login_wait_max.0,
            login_tries_per_hour: table.login_tries_per_hour,
            changes_per_second: table.changes_per_second,
            changes_burst: table.changes_burst,
            new_rooms_burst: table.new_rooms_burst,
            new_room_every: table.new_room_every.0,
            file_max: table.file_max.0,
            files_per_account: table.files_per_account.0,
            disk_free_min: table.disk_free_min.0,
            database_max: table.database_max.0,
            drain_spread: table.drain_spread.0,
        }
    }
}

impl Default for LogTable {
    fn default() -> Self {
        let log = Log::default();
        Self { level: log.level, format: "text".to_owned(), addresses: log.addresses }
    }
}
