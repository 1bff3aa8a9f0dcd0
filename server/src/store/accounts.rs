//! Accounts and devices: the verbs that write them.

use snug_proto::Username;
use snug_proto::bounded::{List, Text};
use snug_proto::entry::LOBBY;
use snug_proto::id::{AccountId, DeviceId, Number};
use snug_proto::limits::OUTCOMES_MAX;
use snug_proto::login::{KeptDevice, NewDevice, Outcome, Stretch};
use snug_proto::refusal::Cause;

use super::change::done;
use super::codes::{self, ProvenCode};
use super::desk::Desk;
use super::members::admit;
use super::profile::is_taken;
use super::writer::{Job, Verb};
use crate::hub::SessionId;

/// Makes an account with its first device, a member of the lobby.
pub(crate) struct Register {
    pub(crate) name: Username,
    /// What OPAQUE knows the account by: random, since names may change.
    pub(crate) credential: [u8; 16],
    pub(crate) record: Vec<u8>,
    pub(crate) stretch: Stretch,
    pub(crate) device: NewDevice,
    /// A random id.
    pub(crate) device_id: DeviceId,
    /// By which code it comes. A name that is taken uses none up.
    pub(crate) code: Option<ProvenCode>,
}

impl Verb for Register {
    type Done = KeptDevice;
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<KeptDevice, Cause>> {
        let code = match self.code.map(|code| codes::to_register(desk, code)).transpose()? {
            Some(Err(cause)) => return Ok(Err(cause)),
            good => good.and_then(Result::ok),
        };
        let skeleton = self.name.skeleton();
        if is_taken(&desk.conn, &skeleton, AccountId(0))? {
            return Ok(Err(Cause::NameTaken));
        }
        desk.conn
            .prepare_cached(
                "INSERT INTO accounts (name, skeleton, credential, record, stretch, created, password_set)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
            )?
            .execute((
                self.name.as_str(),
                &skeleton,
                self.credential,
                &self.record,
                self.stretch.0,
                desk.now,
            ))?;
        let account = AccountId(desk.conn.last_insert_rowid().cast_unsigned());
        insert_device(desk, account, self.device_id, &self.device)?;
        let name = Text::cut(self.name.as_str());
        let inviter = code.as_ref().and_then(|code| code.inviter()).unwrap_or(account);
        let (house, known_as) = (desk.house, Text::cut(self.name.as_str()));
        let admitted = admit(desk, LOBBY, account, account, name)
            .and_then(|()| admit(desk, house, inviter, account, known_as))
            .and_then(|()| {
                code.map_or(Ok(()), |code| codes::came_by(desk, &code, account, self.name.as_str()))
            });
        done(admitted.map(|()| KeptDevice { account, device: self.device_id }))
    }
}

/// Adds a device to an account that has proved itself.
pub(crate) struct AddDevice {
    pub(crate) account: AccountId,
    /// Which password was proved: one that was set meanwhile was not.
    pub(crate) proved: [u8; 16],
    pub(crate) device: NewDevice,
    /// A random id.
    pub(crate) device_id: DeviceId,
    pub(crate) devices_max: u32,
    /// A device of the account that is forgotten for it, and whose session ends.
    pub(crate) replace: Option<DeviceId>,
}

impl Verb for AddDevice {
    type Done = KeptDevice;
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<Self::Done, Cause>> {
        let account = self.account.0.cast_signed();
        let holds = desk
            .conn
            .prepare_cached("SELECT 1 FROM accounts WHERE id = ?1 AND credential = ?2")?
            .exists((account, self.proved))?;
        if !holds {
            return Ok(Err(Cause::WrongNameOrPassword)); // or the account was deleted since the proof began
        }
        if !has_room(desk, self.account, self.devices_max, self.replace)? {
            return Ok(Err(Cause::TooManyDevices));
        }
        let gone = desk
            .conn
            .prepare_cached("DELETE FROM devices WHERE account = ?1 AND id = ?2")?
            .execute((account, self.replace.map(|device| device.0.cast_signed())))?;
        let replaced = self.replace.filter(|_| gone == 1);
        replaced.into_iter().for_each(|device| desk.revoke_device(device));
        insert_device(desk, self.account, self.device_id, &self.device)?;
        Ok(Ok(KeptDevice { account: self.account, device: self.device_id }))
    }
}

/// Whether an account may have one more device, when another one goes for it.
pub(super) fn has_room(
    desk: &Desk,
    account: AccountId,
    devices_max: u32,
    replace: Option<DeviceId>,
) -> rusqlite::Result<bool> {
    let others: u32 = desk
        .conn
        .prepare_cached("SELECT count(*) FROM devices WHERE account = ?1 AND id IS NOT ?2")?
        .query_row((account.0.cast_signed(), replace.map(|device| device.0.cast_signed())), |row| {
            row.get(0)
        })?;
    Ok(others < devices_max)
}

pub(super) fn insert_device(
    desk: &Desk,
    account: AccountId,
    id: DeviceId,
    device: &NewDevice,
) -> rusqlite::Result<()> {
    desk.conn
        .prepare_cached(
            "INSERT INTO devices (id, account, key, system, mark, outcomes, created, seen)
             VALUES (?1, ?2, ?3, ?4, 0, x'', ?5, ?5)",
        )?
        .execute((
            id.0.cast_signed(),
            account.0.cast_signed(),
            &*device.key,
            device.system.as_str(),
            desk.now,
        ))?;
    Ok(())
}

/// Names a new session of a device to the writer, which hears no other from here on, and reads the device's mark.
pub(crate) struct OpenSession {
    pub(crate) device: DeviceId,
    pub(crate) session: SessionId,
}

/// What a session starts with.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) mark: Number,
    pub(crate) outcomes: List<Outcome, OUTCOMES_MAX>,
}

impl Verb for OpenSession {
    /// `None`: a newer session of the device was faster.
    type Done = Option<Opened>;
    const WRITES: bool = false;
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<Option<Opened>, Cause>> {
        let Some(device) = desk.device(self.device)? else { return Ok(Err(Cause::UnknownDevice)) };
        let opened = Opened { mark: device.mark, outcomes: device.outcomes() };
        Ok(Ok(desk.fence(self.device, self.session).then_some(opened)))
    }
}

/// Notes that a device was here, so that people can tell which one they have not used for long, and its account, so
/// that others can tell when they may expect an answer.
pub(crate) struct Seen {
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
}

impl Job for Seen {
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<()> {
        const HOUR_MS: i64 = 3_600_000;
        desk.conn
            .prepare_cached("UPDATE devices SET seen = ?2 WHERE id = ?1 AND seen < ?2 - ?3")?
            .execute((self.device.0.cast_signed(), desk.now, HOUR_MS))?;
        desk.conn
            .prepare_cached("UPDATE accounts SET seen = ?2 WHERE id = ?1 AND seen < ?2 AND deleted IS NULL")?
            .execute((self.account.0.cast_signed(), desk.now))?;
        Ok(())
    }
}

/// Forgets a device for good.
pub(crate) struct ForgetDevice(pub(crate) DeviceId);

impl Verb for ForgetDevice {
    type Done = ();
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<(), Cause>> {
        desk.conn.prepare_cached("DELETE FROM devices WHERE id = ?1")?.execute([self.0.0.cast_signed()])?;
        desk.forget_device(self.0);
        Ok(Ok(()))
    }
}
