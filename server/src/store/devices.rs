//! How an account can be got into: its devices, each of which it may name and forget.

use rusqlite::{Connection, OptionalExtension};
use snug_proto::bounded::{List, Text};
use snug_proto::id::{AccountId, DeviceId};
use snug_proto::limits::{DEVICES_MAX, LABEL_BYTES_MAX};
use snug_proto::login::Purpose;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Access, DeviceInfo};

use super::desk::Desk;
use super::writer::Verb;

/// The names of devices, and when passwords were set.
pub(super) const TABLES: &str = "
ALTER TABLE devices ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN password_set INTEGER NOT NULL DEFAULT 0;
UPDATE accounts SET password_set = created;
";

/// An account's devices and its password; `None` where there is no such account. Who is here the hub knows, not the
/// database.
pub(super) fn access(conn: &Connection, account: AccountId) -> rusqlite::Result<Option<Access>> {
    let id = account.0.cast_signed();
    let password_set = conn
        .prepare_cached("SELECT password_set FROM accounts WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let Some(password_set) = password_set else { return Ok(None) };
    let devices = conn
        .prepare_cached(
            "SELECT id, name, system, created, seen FROM devices WHERE account = ?1
             ORDER BY created, id LIMIT ?2",
        )?
        .query_map((id, DEVICES_MAX as i64), |row| {
            Ok(DeviceInfo {
                device: DeviceId(row.get::<_, i64>(0)?.cast_unsigned()),
                name: Text::cut(&row.get::<_, String>(1)?),
                system: Text::cut(&row.get::<_, String>(2)?),
                added: row.get(3)?,
                seen: row.get(4)?,
                online: false,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some(Access { devices: List::new(devices).unwrap_or_default(), password_set }))
}

/// Names a device of an account.
pub(crate) struct NameDevice {
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
    pub(crate) name: Text<LABEL_BYTES_MAX>,
}

impl Verb for NameDevice {
    type Done = ();
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<(), Cause>> {
        let named = desk
            .conn
            .prepare_cached("UPDATE devices SET name = ?3 WHERE id = ?1 AND account = ?2")?
            .execute((self.device.0.cast_signed(), self.account.0.cast_signed(), self.name.as_str()))?;
        Ok(if named == 1 { Ok(()) } else { Err(Cause::UnknownDevice) })
    }
}

/// Which devices of an account are forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    One(DeviceId),
    /// Also what could add others: codes on their way.
    AllBut(DeviceId),
}

/// Forgets devices of an account for good, and ends their sessions.
pub(crate) struct RevokeDevices {
    pub(crate) account: AccountId,
    pub(crate) which: Which,
}

impl Verb for RevokeDevices {
    type Done = ();
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<(), Cause>> {
        let id = self.account.0.cast_signed();
        let (condition, device) = match self.which {
            Which::One(device) => ("id = ?2", device),
            Which::AllBut(device) => ("id <> ?2", device),
        };
        let forgotten: Vec<DeviceId> = desk
            .conn
            .prepare_cached(&format!("DELETE FROM devices WHERE account = ?1 AND {condition} RETURNING id"))?
            .query_map((id, device.0.cast_signed()), |row| {
                Ok(DeviceId(row.get::<_, i64>(0)?.cast_unsigned()))
            })?
            .collect::<rusqlite::Result<_>>()?;
        forgotten.iter().for_each(|device| desk.revoke_device(*device));
        if let Which::AllBut(_) = self.which {
            desk.conn
                .prepare_cached(
                    "UPDATE codes SET revoked = ?2
                     WHERE account = ?1 AND purpose = ?3 AND revoked IS NULL AND used < uses",
                )?
                .execute((id, desk.now, Purpose::ADD_DEVICE.0))?;
        }
        let none = forgotten.is_empty() && matches!(self.which, Which::One(_));
        Ok(if none { Err(Cause::UnknownDevice) } else { Ok(()) })
    }
}
