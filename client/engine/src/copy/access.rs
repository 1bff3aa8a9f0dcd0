//! What was told of the ways into this person's account, so that what came since can be told.

use std::collections::BTreeSet;

use snug_proto::id::DeviceId;
use snug_proto::talk::{Access, DeviceInfo};

use super::{Copy, Result, durable};

/// What changed since the last time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct AccessNews {
    /// Devices that were not there.
    pub(crate) devices: Vec<DeviceInfo>,
    /// When the password was set, if it is another one.
    pub(crate) password: Option<i64>,
}

impl Copy {
    /// Takes the server's word about it. Where nothing was known before, nothing is new.
    pub(crate) fn put_access(&self, access: &Access) -> Result<AccessNews> {
        self.with(|db| {
            let before: i64 = db.query_row("SELECT password_set FROM account", [], |row| row.get(0))?;
            let known: BTreeSet<DeviceId> = db
                .prepare_cached("SELECT device FROM devices")?
                .query_map([], |row| Ok(DeviceId(row.get::<_, i64>(0)?.cast_unsigned())))?
                .collect::<rusqlite::Result<_>>()?;
            durable(db, false)?;
            let change = db.transaction()?;
            change.execute("UPDATE account SET password_set = ?1", [access.password_set])?;
            change.execute("DELETE FROM devices", [])?;
            for device in access.devices.iter() {
                let id = device.device.0.cast_signed();
                change.execute("INSERT OR IGNORE INTO devices (device) VALUES (?1)", [id])?;
            }
            change.commit()?;
            if known.is_empty() {
                return Ok(AccessNews::default());
            }
            let new = access.devices.iter().filter(|device| !known.contains(&device.device));
            let password = (before != access.password_set).then_some(access.password_set);
            Ok(AccessNews { devices: new.cloned().collect(), password })
        })
    }
}
