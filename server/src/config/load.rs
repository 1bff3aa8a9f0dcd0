//! File and environment, resolved into [`Settings`]; every error is a sentence that says what to do.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use snug_proto::Address;
use toml::{Table, Value};
use tracing_subscriber::filter::{LevelFilter, Targets};

use super::file::{File, LimitsTable, LogTable};
use super::{Limits, Log, LogFormat, Settings, Times, live};

/// Names of the environment begin so.
const PREFIX: &str = "SNUG_";
/// Stands between the names of a table and of its key.
const NESTED: &str = "__";

/// Why there are no settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there, or not for us to read.
    #[error(
        "The configuration {path} cannot be read ({why}). Copy the config.toml that comes with Snug there, \
         or name yours with --config FILE."
    )]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// The file is not TOML, or a value has another type than its setting.
    #[error("The configuration {path} is not right: {why}")]
    Broken {
        /// Which file.
        path: PathBuf,
        /// What the parser says, with the line.
        why: String,
    },
    /// A key that no setting has.
    #[error("{place}: there is no setting “{key}”.{}", did_you_mean(.nearest))]
    UnknownKey {
        /// The file and line, or the environment.
        place: String,
        /// The key as it was written.
        key: String,
        /// The setting that was probably meant.
        nearest: Option<String>,
    },
    /// A value that cannot be meant.
    #[error("{place}: {sentence}")]
    BadValue {
        /// The file or the variable.
        place: String,
        /// What is wrong, and what to write.
        sentence: String,
    },
}

fn did_you_mean(nearest: &Option<String>) -> String {
    match nearest {
        Some(name) => format!(" Did you mean “{name}”?"),
        None => " config.toml, as it comes with Snug, lists all of them.".to_owned(),
    }
}

impl Settings {
    /// Reads `path`, lays the variables of `environment` over it and checks everything. Folders in the file are
    /// relative to the file's own folder.
    ///
    /// # Errors
    /// [`ConfigError`], a sentence that says what to do.
    pub fn load(
        path: &Path,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let unreadable =
            |error: std::io::Error| ConfigError::Unreadable { path: path.to_owned(), why: error.to_string() };
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let file = with_environment(parse(path, &text)?, environment)?;
        let path = std::path::absolute(path).map_err(unreadable)?;
        resolve(file, &path)
    }
}

/// Reads the text; a key that no setting has is refused with its line and the nearest name.
pub(super) fn parse(path: &Path, text: &str) -> Result<File, ConfigError> {
    let broken = |error: toml::de::Error| ConfigError::Broken {
        path: path.to_owned(),
        why: error.to_string().trim_end().to_owned(),
    };
    let keys = toml::de::DeTable::parse(text).map_err(broken)?;
    let known = defaults();
    for (key, value) in keys.get_ref() {
        refuse_unknown(path, text, &known, "", key)?;
        if let (Some(Value::Table(known)), Some(nested)) =
            (known.get(key.get_ref().as_ref()), value.get_ref().as_table())
        {
            for nested in nested.keys() {
                refuse_unknown(path, text, known, &format!("{}.", key.get_ref()), nested)?;
            }
        }
    }
    toml::from_str(text).map_err(broken)
}

fn refuse_unknown(
    path: &Path,
    text: &str,
    known: &Table,
    table: &str,
    key: &toml::Spanned<toml::de::DeString<'_>>,
) -> Result<(), ConfigError> {
    let name = key.get_ref().as_ref();
    if known.contains_key(name) {
        return Ok(());
    }
    let line = 1 + text.bytes().take(key.span().start).filter(|byte| *byte == b'\n').count();
    // Also over the tables' borders: a limit written above `[limits]` is named with its table.
    let near = nearest(name, known.keys().map(|known| format!("{table}{known}")))
        .or_else(|| nearest(name, all_keys()));
    Err(ConfigError::UnknownKey {
        place: format!("{}, line {line}", path.display()),
        key: format!("{table}{name}"),
        nearest: near,
    })
}

/// Every setting with its default, as TOML has it.
fn defaults() -> Table {
    Table::try_from(File::default()).expect("the defaults are TOML")
}

/// The path of every setting: `port`, `limits.file_max` …
fn all_keys() -> impl Iterator<Item = String> {
    defaults().into_iter().flat_map(|(name, value)| match value {
        Value::Table(nested) => nested.into_iter().map(|(key, _)| format!("{name}.{key}")).collect(),
        _ => vec![name],
    })
}

/// The name with the fewest typing mistakes in it, if there are few enough to be a mistake.
fn nearest(typed: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let (typed, most) = (last(typed).to_lowercase(), 1 + typed.len() / 4);
    names
        .map(|name| (edits(&typed, &last(&name)), name))
        .filter(|(edits, _)| *edits <= most)
        .min()
        .map(|(_, name)| name)
}

/// Levenshtein's distance: insertions, deletions and replacements from one word to the other.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// Lays `SNUG_PORT=…`, `SNUG_LIMITS__FILE_MAX=…` over the file. A variable that is nearly a setting is refused.
pub(super) fn with_environment(
    mut file: File,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<File, ConfigError> {
    let defaults = defaults();
    // Sorted, so that of several mistakes the same one is always told.
    let mut variables: Vec<_> = environment
        .into_iter()
        .filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let key = name.strip_prefix(PREFIX)?.to_lowercase().replace(NESTED, ".");
            Some((name, key, value))
        })
        .collect();
    variables.sort();
    for (name, key, value) in variables {
        let default = match key.split_once('.') {
            Some((table, key)) => defaults.get(table).and_then(|table| table.get(key)),
            None => defaults.get(&key).filter(|value| !value.is_table()),
        };
        let Some(default) = default else {
            let variable = |key: String| format!("{PREFIX}{}", key.to_uppercase().replace('.', NESTED));
            // The rest of the house has variables with this prefix too; only what looks like a setting is refused.
            match nearest(&key, all_keys()).map(variable) {
                None => continue,
                nearest => {
                    return Err(ConfigError::UnknownKey {
                        place: "Environment".to_owned(),
                        key: name,
                        nearest,
                    });
                }
            }
        };
        let bad =
            |sentence: String| ConfigError::BadValue { place: format!("Environment, {name}"), sentence };
        let value = value.into_string().map_err(|_| bad("the value is not UTF-8.".to_owned()))?;
        let value = as_type_of(default, value).map_err(bad)?;
        let mut table = Table::try_from(&file).expect("what was read is TOML");
        match key.split_once('.') {
            Some((outer, inner)) => table
                .get_mut(outer)
                .and_then(Value::as_table_mut)
                .and_then(|table| table.insert(inner.to_owned(), value)),
            None => table.insert(key, value),
        };
        file =
            File::deserialize(table.into_deserializer()).map_err(|error| bad(error.message().to_owned()))?;
    }
    Ok(file)
}

/// A variable is text; what it means depends on what the setting is.
fn as_type_of(default: &Value, text: String) -> Result<Value, String> {
    match default {
        Value::Integer(_) => {
            text.trim().parse().map(Value::Integer).map_err(|_| format!("“{text}” is not a whole number."))
        }
        Value::Boolean(_) => text
            .trim()
            .parse()
            .map(Value::Boolean)
            .map_err(|_| format!("“{text}” is neither true nor false.")),
        Value::Array(_) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Ok(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
        }
        _ => Ok(Value::String(text)),
    }
}

/// Checks every value and makes folders absolute.
fn resolve(file: File, path: &Path) -> Result<Settings, ConfigError> {
    checked(file, path.parent().unwrap_or(Path::new("/"))).map_err(|sentence| ConfigError::BadValue {
        place: format!("Configuration {}", path.display()),
        sentence,
    })
}

fn checked(file: File, folder: &Path) -> Result<Settings, String> {
    let name = live::server_name(&file.name)?;
    let address = match file.address.trim() {
        "" => None,
        typed => Some(Address::parse(typed).map_err(|why| format!("“address”: {why}"))?.to_string()),
    };
    let host = IpAddr::from_str(file.host.trim()).map_err(|_| {
        format!("“host” is the IP address to listen on, such as \"0.0.0.0\" or \"::\", not “{}”.", file.host)
    })?;
    live::max_users(file.max_users)?;
    let registration = live::registration(&file.registration)?;
    Ok(Settings {
        name: name.to_owned(),
        address,
        host,
        port: file.port,
        max_users: file.max_users,
        registration,
        certificate_names: certificate_names(file.certificate_names)?,
        certs: folder_of("certs", folder, &file.certs)?,
        data: folder_of("data", folder, &file.data)?,
        limits: limits(file.limits)?,
        log: log(file.log)?,
        times: Times::default(),
    })
}

fn limits(table: LimitsTable) -> Result<Limits, String> {
    between("limits.devices_per_account", table.devices_per_account, 1, 100)?;
    between("limits.unauthenticated_hard", table.unauthenticated_hard, 1, 1_000_000)?;
    between("limits.unauthenticated_soft", table.unauthenticated_soft, 1, table.unauthenticated_hard)?;
    between("limits.unauthenticated_dropped", table.unauthenticated_dropped, 0, 100)?;
    between("limits.per_source_at_once", table.per_source_at_once, 1, 1_000_000)?;
    between("limits.per_source_per_minute", table.per_source_per_minute, 1, 1_000_000)?;
    between("limits.login_tries_free", table.login_tries_free, 1, 1_000_000)?;
    between("limits.login_tries_per_hour", table.login_tries_per_hour, 1, 1_000_000)?;
    between("limits.changes_per_second", table.changes_per_second, 1, u16::MAX)?;
    between("limits.changes_burst", table.changes_burst, 1, u16::MAX)?;
    between("limits.new_rooms_burst", table.new_rooms_burst, 1, 1000)?;
    // Tries are forgiven after an hour; a longer wait would end before its time.
    if !(1..=3600).contains(&table.login_wait_max.0.as_secs()) {
        return Err("“limits.login_wait_max” is a time from \"1 s\" to \"1 h\".".to_owned());
    }
    if table.new_room_every.0 > Duration::from_secs(24 * 3600) {
        return Err("“limits.new_room_every” is at most \"24 h\".".to_owned());
    }
    if (1..1 << 20).contains(&table.database_max.0) {
        return Err("“limits.database_max” is 0 (no limit) or at least \"1 MiB\".".to_owned());
    }
    if table.drain_spread.0 > Duration::from_secs(600) {
        return Err("“limits.drain_spread” is at most \"10 min\".".to_owned());
    }
    Ok(table.into())
}

fn log(table: LogTable) -> Result<Log, String> {
    // To `Targets` a lone word that is no level names a part of the program; here it is a typing mistake.
    let understood = |item: &str| item.contains('=') || LevelFilter::from_str(item.trim()).is_ok();
    if Targets::from_str(&table.level).is_err() || !table.level.split(',').all(understood) {
        return Err(format!(
            "“log.level” is error, warn, info, debug, trace or off, or levels for parts such as \
             \"info,snug_server=debug\", not “{}”.",
            table.level
        ));
    }
    let format = match table.format.as_str() {
        "text" => LogFormat::Text,
        "json" => LogFormat::Json,
        other => return Err(format!("“log.format” is \"text\" or \"json\", not “{other}”.")),
    };
    Ok(Log { level: table.level, format, addresses: table.addresses })
}

pub(super) fn between<T: PartialOrd + std::fmt::Display>(
    key: &str,
    value: T,
    least: T,
    most: T,
) -> Result<(), String> {
    if value < least || value > most {
        return Err(format!("“{key}” is a number from {least} to {most}, not {value}."));
    }
    Ok(())
}

fn folder_of(key: &str, base: &Path, typed: &str) -> Result<PathBuf, String> {
    match typed.trim() {
        "" => Err(format!("“{key}” is the name of a folder; relative to the configuration's own folder.")),
        typed => Ok(base.join(typed)),
    }
}

fn certificate_names(typed: Vec<String>) -> Result<Vec<String>, String> {
    if typed.is_empty() {
        return Ok(names_of_this_machine());
    }
    match typed.iter().find(|name| !is_certificate_name(name)) {
        Some(bad) => Err(format!("“certificate_names”: “{bad}” is neither a host name nor an IP address.")),
        None => Ok(typed),
    }
}

/// Host names and addresses in the form that certificates have (ASCII; other names in their `xn--` form).
fn is_certificate_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*');
    name.parse::<IpAddr>().is_ok() || (1..=253).contains(&name.len()) && name.chars().all(plain)
}

/// What this machine is called from here: the certificate's names when nobody says others.
pub(super) fn names_of_this_machine() -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(String::from).into();
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if is_certificate_name(&host) && !names.contains(&host) {
        names.push(host);
    }
    names
}

#[cfg(test)]
mod tests;
