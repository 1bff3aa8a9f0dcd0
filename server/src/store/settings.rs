//! Settings that were changed while the server ran: they win over the configuration until they are taken back.

use std::path::Path;

use rusqlite::Connection;
use snug_proto::house::{Setting, SettingName};
use snug_proto::refusal::Cause;

use super::{DATABASE, Store, schema};
use crate::config;
use crate::error::StartError;

/// In the order of their names. What a newer version kept, or what is no value any more, holds nothing.
fn kept(conn: &Connection) -> rusqlite::Result<Vec<Setting>> {
    let mut query = conn.prepare_cached("SELECT name, value FROM settings ORDER BY name")?;
    let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let known = |(name, value): (String, String)| config::setting(SettingName::of(&name)?, &value).ok();
    Ok(rows.into_iter().filter_map(known).collect())
}

/// The same of the database in this folder, whether a server runs on it or not; nothing where there is none, or an older
/// one that knows no settings.
///
/// # Errors
/// [`StartError`] when the database cannot be read.
pub(crate) fn live_settings(data: &Path) -> Result<Vec<Setting>, StartError> {
    let path = data.join(DATABASE);
    if schema::look(&path)? == schema::Found::Nothing {
        return Ok(Vec::new());
    }
    let conn = schema::open_reader(&path)?;
    let read = || match conn.table_exists(None, "settings")? {
        true => kept(&conn),
        false => Ok(Vec::new()),
    };
    read().map_err(|error| schema::sort(&path, error))
}

impl Store {
    /// What was changed while the server ran.
    pub(crate) async fn settings(&self) -> Result<Vec<Setting>, Cause> {
        self.read(|conn| kept(conn)).await
    }
}
