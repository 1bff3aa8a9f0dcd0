//! Settings that administrators changed while the server ran: they win over the configuration until they are unset.

use rusqlite::Connection;
use snug_proto::bounded::Text;
use snug_proto::entry::Kind;
use snug_proto::house::{Setting, SettingEntry, SettingName};
use snug_proto::id::AccountId;
use snug_proto::refusal::Cause;
use snug_proto::talk::Role;

use super::change::Not;
use super::desk::Desk;
use super::house::check_rank;
use crate::config;
use crate::hub::Acted;
use crate::in_force::InForce;

/// Sets one, by an owner. The configuration's own rules hold here too.
pub(super) fn set(desk: &mut Desk, by: AccountId, setting: &Setting) -> Result<Acted, Not> {
    check_rank(desk, by, Role::Owner)?;
    let name = setting.name();
    let setting = config::setting(name, &config::written(setting)).map_err(|_| Cause::Malformed)?;
    let changed = desk
        .conn
        .prepare_cached(
            "INSERT INTO settings (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
        )?
        .execute((name.as_str(), config::written(&setting)))?;
    say(desk, by, name, changed > 0)
}

/// Goes back to the configuration.
pub(super) fn unset(desk: &mut Desk, by: AccountId, name: SettingName) -> Result<Acted, Not> {
    check_rank(desk, by, Role::Owner)?;
    let changed =
        desk.conn.prepare_cached("DELETE FROM settings WHERE name = ?1")?.execute([name.as_str()])?;
    say(desk, by, name, changed > 0)
}

/// What is so already makes no entry.
fn say(desk: &mut Desk, by: AccountId, name: SettingName, changed: bool) -> Result<Acted, Not> {
    let now = in_force(&desk.conn, &desk.configured)?;
    if !changed {
        return Ok(Acted::InForce(now));
    }
    let setting = now.get(name);
    let entry = SettingEntry {
        name: Text::cut(name.as_str()),
        value: Text::cut(&config::written(&setting)),
        configured: setting == desk.configured.get(name),
    };
    desk.say(desk.house, Kind::SETTING, by, &entry)?;
    Ok(Acted::InForce(now))
}

/// What holds: the configuration, and over it what was set. What a later build stored and this one cannot read counts
/// for nothing.
pub(super) fn in_force(conn: &Connection, configured: &InForce) -> rusqlite::Result<InForce> {
    let mut holds = configured.clone();
    let mut query = conn.prepare_cached("SELECT name, value FROM settings")?;
    let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    for row in rows {
        let (name, value) = row?;
        if let Some(Ok(setting)) = SettingName::of(&name).map(|name| config::setting(name, &value)) {
            holds.set(setting);
        }
    }
    Ok(holds)
}
