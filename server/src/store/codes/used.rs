//! What codes are used for by whoever has an account: the house, another device, another password.

use snug_proto::id::{AccountId, DeviceId};
use snug_proto::login::{KeptDevice, NewDevice, Purpose, Stretch};
use snug_proto::refusal::Cause;
use snug_proto::talk::Role;

use super::super::accounts::{has_room, insert_device};
use super::super::change::done;
use super::super::desk::Desk;
use super::super::house;
use super::super::rooms::exists;
use super::super::writer::Verb;
use super::{ProvenCode, spend, usable};

/// Makes an account that logged in by password the owner.
pub(crate) struct Own {
    pub(crate) account: AccountId,
    pub(crate) code: ProvenCode,
}

impl Verb for Own {
    type Done = ();
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<(), Cause>> {
        match usable(desk, self.code)? {
            Err(cause) => return Ok(Err(cause)),
            Ok(usable) if usable.purpose != Purpose::OWN => return Ok(Err(Cause::NotAllowed)),
            Ok(_) if !exists(desk, self.account)? => return Ok(Err(Cause::WrongNameOrPassword)),
            Ok(_) => {}
        }
        spend(desk, self.code, self.account)?;
        done(house::give_role(desk, AccountId(0), self.account, Role::Owner))
    }
}

/// Adds a device by a code from another one.
pub(crate) struct AddDeviceByCode {
    pub(crate) code: ProvenCode,
    pub(crate) device: NewDevice,
    /// A random id.
    pub(crate) device_id: DeviceId,
    pub(crate) devices_max: u32,
}

impl Verb for AddDeviceByCode {
    type Done = KeptDevice;
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<KeptDevice, Cause>> {
        let account = match usable(desk, self.code)? {
            Err(cause) => return Ok(Err(cause)),
            Ok(usable) if usable.purpose != Purpose::ADD_DEVICE => return Ok(Err(Cause::NotAllowed)),
            Ok(usable) => usable.account,
        };
        if !has_room(desk, account, self.devices_max, None)? {
            return Ok(Err(Cause::TooManyDevices));
        }
        spend(desk, self.code, account)?;
        insert_device(desk, account, self.device_id, &self.device)?;
        Ok(Ok(KeptDevice { account, device: self.device_id }))
    }
}

/// Sets another password by a code: every device is forgotten but the one that did it.
pub(crate) struct Reset {
    pub(crate) code: ProvenCode,
    pub(crate) credential: [u8; 16],
    pub(crate) record: Vec<u8>,
    pub(crate) stretch: Stretch,
    pub(crate) device: NewDevice,
    /// A random id.
    pub(crate) device_id: DeviceId,
}

impl Verb for Reset {
    type Done = KeptDevice;
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<Self::Done, Cause>> {
        let account = match usable(desk, self.code)? {
            Err(cause) => return Ok(Err(cause)),
            Ok(usable) if !matches!(usable.purpose, Purpose::RESET | Purpose::RECOVER) => {
                return Ok(Err(Cause::NotAllowed));
            }
            Ok(usable) => usable.account,
        };
        spend(desk, self.code, account)?;
        let id = account.0.cast_signed();
        desk.conn
            .prepare_cached("UPDATE accounts SET credential = ?2, record = ?3, stretch = ?4, password_set = ?5 WHERE id = ?1")?
            .execute((id, self.credential, &self.record, self.stretch.0, desk.now))?;
        // Whatever else could open this account: codes for devices, and other resets.
        desk.conn
            .prepare_cached(
                "UPDATE codes SET revoked = ?2 WHERE account = ?1 AND revoked IS NULL AND used < uses
                     AND purpose <> ?3",
            )?
            .execute((id, desk.now, Purpose::RECOVER.0))?;
        let former: Vec<DeviceId> = desk
            .conn
            .prepare_cached("DELETE FROM devices WHERE account = ?1 RETURNING id")?
            .query_map([id], |row| Ok(DeviceId(row.get::<_, i64>(0)?.cast_unsigned())))?
            .collect::<rusqlite::Result<_>>()?;
        former.iter().for_each(|device| desk.revoke_device(*device));
        insert_device(desk, account, self.device_id, &self.device)?;
        Ok(Ok(KeptDevice { account, device: self.device_id }))
    }
}
