//! The end of an account. What it wrote is emptied first, if its person wants, in steps that hold nobody up; then it is
//! gone in one. A crash in between leaves a whole account that can be deleted again.
//!
//! The row stays, without anything to log in by: nobody can take the name and pose as who had it.

use rusqlite::Connection;
use snug_proto::bounded::List;
use snug_proto::entry::{Entry, Kind, Retracted};
use snug_proto::id::{AccountId, DeviceId, Number, Origin, RoomId};
use snug_proto::limits::RETRACT_MAX;
use snug_proto::refusal::Cause;

use super::change::{Not, done};
use super::desk::Desk;
use super::members::part;
use super::writer::Verb;
use super::{Store, profile, read, retract, seq_of};
use crate::hub::SessionId;

/// When an account was deleted.
pub(super) const TABLES: &str = "ALTER TABLE accounts ADD COLUMN deleted INTEGER;";

/// Entries that one step looks at: a few milliseconds of a reader's time.
const LOOKED_AT_ONCE: i64 = 20_000;

/// The key of an entry behind which to go on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Place(i64);

/// Some of what an account wrote in one room.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) room: RoomId,
    pub(crate) targets: List<Retracted, RETRACT_MAX>,
    /// Where to go on; `None` where everything was looked at.
    pub(crate) next: Option<Place>,
}

/// How far each device of an account had come: who has written since has moved one.
pub(crate) type Marks = Vec<(DeviceId, Number)>;

impl Store {
    /// What an account wrote and has not taken back, behind a place; at most as much as one step empties.
    pub(crate) async fn written_by(&self, account: AccountId, after: Place) -> Result<Written, Cause> {
        self.read(move |conn| written_by(conn, account, after)).await
    }

    /// Empties content of an account for good.
    pub(crate) async fn empty_texts(&self, empty: EmptyTexts) -> Result<(), Cause> {
        self.inbox.ask(empty).await
    }

    /// Whether an account could be deleted now, before anything of it is; how far its devices have come.
    ///
    /// # Errors
    /// As [`Store::delete_account`].
    pub(crate) async fn may_delete(&self, account: AccountId, proved: [u8; 16]) -> Result<Marks, Cause> {
        self.inbox.ask(MayDelete { account, proved }).await
    }

    /// Deletes an account, and ends the sessions of its devices but the one that asks.
    ///
    /// # Errors
    /// [`Cause::LastServerOwner`]; [`Cause::WrongPassword`] where another one was set since the proof;
    /// [`Cause::Stale`] where it has written something since.
    pub(crate) async fn delete_account(&self, delete: DeleteAccount) -> Result<(), Cause> {
        self.inbox.ask(delete).await
    }
}

fn written_by(conn: &Connection, account: AccountId, Place(after): Place) -> rusqlite::Result<Written> {
    let mut found = conn.prepare_cached(
        "SELECT id, device, number, author = ?2 AND kind = ?3 AND length(body) > 0 FROM entries
         WHERE id > ?1 ORDER BY id LIMIT ?4",
    )?;
    let mut rows = found.query((after, account.0.cast_signed(), Kind::CONTENT.0, LOOKED_AT_ONCE))?;
    let (mut room, mut targets) = (RoomId(0), Vec::new());
    let (mut looked_at, mut last, mut is_full) = (0, after, false);
    while let Some(row) = rows.next()? {
        let key: i64 = row.get(0)?;
        if row.get(3)? {
            let in_room = RoomId((key >> 32) as u32); // the upper half, on purpose
            is_full = targets.len() == RETRACT_MAX || !targets.is_empty() && in_room != room;
            if is_full {
                break;
            }
            let device = DeviceId(row.get::<_, i64>(1)?.cast_unsigned());
            let number = Number(row.get::<_, i64>(2)?.cast_unsigned());
            room = in_room;
            targets.push(Retracted { seq: seq_of(key), origin: Origin { device, number } });
        }
        (looked_at, last) = (looked_at + 1, key);
    }
    let next = (is_full || looked_at == LOOKED_AT_ONCE).then_some(Place(last));
    Ok(Written { room, targets: List::new(targets).unwrap_or_default(), next })
}

/// Empties content of an account, in rooms that it has left as well.
pub(crate) struct EmptyTexts {
    pub(crate) account: AccountId,
    pub(crate) room: RoomId,
    /// In the order of their places.
    pub(crate) targets: List<Retracted, RETRACT_MAX>,
}

impl Verb for EmptyTexts {
    type Done = ();
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<(), Cause>> {
        let mut entries: Vec<Entry> = Vec::with_capacity(self.targets.len());
        for target in self.targets.iter() {
            // What was taken back meanwhile is empty already.
            let entry = read::one(&desk.conn, self.room, target.seq)?
                .filter(|entry| entry.author == self.account && entry.kind == Kind::CONTENT)
                .filter(|entry| entry.origin() == target.origin && !entry.body.is_empty());
            entries.extend(entry);
        }
        if entries.is_empty() {
            return Ok(Ok(()));
        }
        let targets = std::mem::take(&mut self.targets);
        done(retract::empty_all(desk, self.account, self.room, targets, entries))
    }
}

/// Looks whether an account could be deleted, before what it wrote is emptied for that.
pub(crate) struct MayDelete {
    account: AccountId,
    proved: [u8; 16],
}

impl Verb for MayDelete {
    type Done = Marks;
    const WRITES: bool = false;
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<Marks, Cause>> {
        let may = check(desk, self.account, self.proved);
        done(may.and_then(|()| Ok(marks_of(desk, self.account)?)))
    }
}

/// Whose password was proved is deleted, but not the last one who looks after others.
fn check(desk: &mut Desk, account: AccountId, proved: [u8; 16]) -> Result<(), Not> {
    let holds = desk
        .conn
        .prepare_cached("SELECT 1 FROM accounts WHERE id = ?1 AND credential = ?2")?
        .exists((account.0.cast_signed(), proved))?;
    if !holds {
        return Err(Cause::WrongPassword.into());
    }
    let house = desk.room(desk.house)?.ok_or(Cause::UnknownRoom)?;
    if house.is_last_owner(account) && house.members.len() > 1 {
        return Err(Cause::LastServerOwner.into());
    }
    Ok(())
}

fn marks_of(desk: &mut Desk, account: AccountId) -> rusqlite::Result<Marks> {
    let devices: Vec<DeviceId> = desk
        .conn
        .prepare_cached("SELECT id FROM devices WHERE account = ?1 ORDER BY id")?
        .query_map([account.0.cast_signed()], |row| Ok(DeviceId(row.get::<_, i64>(0)?.cast_unsigned())))?
        .collect::<rusqlite::Result<_>>()?;
    let mut marks = Vec::with_capacity(devices.len());
    for id in devices {
        if let Some(device) = desk.device(id)? {
            marks.push((id, device.mark));
        }
    }
    Ok(marks)
}

/// Deletes an account for good.
pub(crate) struct DeleteAccount {
    pub(crate) account: AccountId,
    /// The device that asks for it: it is told before its session ends.
    pub(crate) device: DeviceId,
    pub(crate) session: SessionId,
    /// Which password was proved: one that was set meanwhile was not.
    pub(crate) proved: [u8; 16],
    /// How far its devices were when what it wrote began to be emptied; `None` where that stays.
    pub(crate) emptied: Option<Marks>,
}

impl Verb for DeleteAccount {
    type Done = ();
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<(), Cause>> {
        done(self.delete(desk))
    }
}

impl DeleteAccount {
    fn delete(&self, desk: &mut Desk) -> Result<(), Not> {
        let (account, id) = (self.account, self.account.0.cast_signed());
        if !desk.is_heard(self.device, self.session) {
            return Err(Cause::NotAllowed.into()); // A newer session of the device is there, and would stay.
        }
        check(desk, account, self.proved)?;
        if let Some(emptied) = &self.emptied
            && *emptied != marks_of(desk, account)?
        {
            return Err(Cause::Stale.into());
        }
        part_from_all(desk, account)?;
        forget_looks(desk, account)?;
        forget_files(desk, account)?;
        forget_choices_and_codes(desk, account)?;
        desk.conn
            .prepare_cached(
                "UPDATE accounts SET credential = x'', record = x'', key = NULL, password_set = 0, seen = 0,
                     shows_seen = 1, shows_reads = 1, deleted = ?2 WHERE id = ?1",
            )?
            .execute((id, desk.now))?;
        let devices: Vec<DeviceId> = desk
            .conn
            .prepare_cached("DELETE FROM devices WHERE account = ?1 RETURNING id")?
            .query_map([id], |row| Ok(DeviceId(row.get::<_, i64>(0)?.cast_unsigned())))?
            .collect::<rusqlite::Result<_>>()?;
        for device in devices {
            if device == self.device { desk.forget_device(device) } else { desk.revoke_device(device) }
        }
        Ok(())
    }
}

/// Leaves every room, after a look whether each has a place left to say so.
fn part_from_all(desk: &mut Desk, account: AccountId) -> Result<(), Not> {
    let rooms: Vec<RoomId> = desk
        .conn
        .prepare_cached("SELECT room FROM members WHERE account = ?1 AND left IS NULL ORDER BY room")?
        .query_map([account.0.cast_signed()], |row| row.get(0).map(RoomId))?
        .collect::<rusqlite::Result<_>>()?;
    for room in &rooms {
        desk.room(*room)?.ok_or(Cause::UnknownRoom)?.has_places()?;
    }
    rooms.into_iter().try_for_each(|room| part(desk, account, room))
}

fn forget_looks(desk: &mut Desk, account: AccountId) -> rusqlite::Result<()> {
    let id = account.0.cast_signed();
    let said = desk
        .conn
        .prepare_cached("SELECT profile_seq FROM accounts WHERE id = ?1")?
        .query_row([id], |row| row.get(0))?;
    profile::forget(desk, said)?;
    desk.conn
        .prepare_cached(
            "UPDATE accounts SET display = '', display_skeleton = NULL, colour = 0, picture = NULL,
                 profile_seq = NULL WHERE id = ?1",
        )?
        .execute([id])?;
    Ok(())
}

/// Uploads that no entry names. What others may read stays with what names it.
fn forget_files(desk: &mut Desk, account: AccountId) -> rusqlite::Result<()> {
    desk.conn
        .prepare_cached(
            "INSERT OR IGNORE INTO freed (blob) SELECT id FROM blobs WHERE account = ?1
             AND NOT EXISTS (SELECT 1 FROM entry_blobs WHERE blob = blobs.id)",
        )?
        .execute([account.0.cast_signed()])?;
    desk.conn
        .prepare_cached("DELETE FROM blobs WHERE account = ?1 AND id IN (SELECT blob FROM freed)")?
        .execute([account.0.cast_signed()])?;
    retract::leave_traces(desk);
    Ok(())
}

/// What the account chose, how far it read, and what could still open it or was invited in its name.
fn forget_choices_and_codes(desk: &Desk, account: AccountId) -> rusqlite::Result<()> {
    let id = account.0.cast_signed();
    desk.conn.prepare_cached("DELETE FROM ignored WHERE account = ?1 OR other = ?1")?.execute([id])?;
    desk.conn.prepare_cached("DELETE FROM read_marks WHERE account = ?1")?.execute([id])?;
    desk.conn
        .prepare_cached(
            "UPDATE codes SET revoked = ?2
             WHERE (account = ?1 OR maker = ?1) AND revoked IS NULL AND used < uses",
        )?
        .execute((id, desk.now))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use snug_proto::entry::LOBBY;

    use super::super::plant::Plant;
    use super::super::{NewRooms, entry_key, schema};
    use super::*;
    use crate::hub::{Hub, Known};

    const ALICE: AccountId = AccountId(1);
    const PHONE: DeviceId = DeviceId(11);

    /// Alice, who has a phone, and entries by her and by others in turns, in two rooms.
    fn desk(folder: &tempfile::TempDir, entries: u32) -> Desk {
        let conn = schema::open_writer(&folder.path().join("snug.db"), 0, 0, &[]).unwrap();
        conn.execute_batch(
            "INSERT INTO accounts (id, name, skeleton, credential, record, stretch, created)
                 VALUES (1, 'alice', 'alice', x'01010101010101010101010101010101', x'', 1, 5);
             INSERT INTO devices (id, account, key, system, mark, outcomes, created, seen)
                 VALUES (11, 1, x'05', 'Test', 3, x'', 5, 5);
             INSERT INTO rooms (id, kind, name, encrypted, generation, epoch) VALUES (77, 2, 'Den', 0, 0, 0);",
        )
        .unwrap();
        let tx = conn.unchecked_transaction().unwrap();
        for (room, seq) in
            [LOBBY, RoomId(77)].iter().flat_map(|room| (1..=entries).map(move |seq| (*room, seq)))
        {
            let mut insert = tx
                .prepare_cached(
                    "INSERT OR REPLACE INTO entries (id, at, kind, author, device, number, generation, epoch, blobs, body)
                     VALUES (?1, 1, 1, ?2, 11, ?3, 0, 0, x'', x'0001')",
                )
                .unwrap();
            insert.execute((entry_key(room, snug_proto::id::Seq(seq)), 1 + seq % 2, seq)).unwrap();
        }
        tx.commit().unwrap();
        Desk::new(conn, RoomId(2), 10.into(), NewRooms { burst: 1, every_ms: 1 }, Plant::Nothing)
    }

    #[test]
    fn what_somebody_wrote_is_found_in_bounded_steps_of_one_room_each() {
        let folder = tempfile::tempdir().unwrap();
        let entries = 25_000;
        let desk = desk(&folder, entries);
        let (mut next, mut found, mut steps) = (Some(Place::default()), [0; 2], 0);
        while let Some(after) = next {
            let written = written_by(&desk.conn, ALICE, after).unwrap();
            let places: Vec<_> = written.targets.iter().map(|target| target.seq).collect();
            assert!(places.is_sorted() && places.iter().all(|seq| seq.0 % 2 == 0), "only hers");
            found[usize::from(written.room != LOBBY)] += places.len();
            (next, steps) = (written.next, steps + 1);
        }
        assert_eq!(found, [entries as usize / 2; 2]);
        assert!(steps <= 2 * (entries as usize / 2 / RETRACT_MAX + 2), "{steps}");
        // Nothing of somebody who wrote nothing, and still no step looks at everything.
        let written = written_by(&desk.conn, AccountId(9), Place::default()).unwrap();
        assert!(written.targets.is_empty() && written.next.is_some());
    }

    #[test]
    fn who_wrote_something_meanwhile_is_not_gone_yet() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = desk(&folder, 1);
        let hub = Hub::new(1, Known::default(), Plant::Nothing);
        let (older, session) = (hub.next_session(), hub.next_session());
        desk.fence(PHONE, session);
        let mut ask = |session, emptied: Option<Marks>, proved| {
            desk.begin(7).unwrap();
            let mut verb = DeleteAccount { account: ALICE, device: PHONE, session, proved, emptied };
            let deleted = verb.decide(&mut desk).unwrap();
            desk.commit().unwrap();
            deleted
        };
        assert_eq!(ask(older, None, [1; 16]), Err(Cause::NotAllowed), "its device has a newer session");
        let mut delete = |emptied, proved| ask(session, emptied, proved);
        assert_eq!(delete(Some(vec![(PHONE, Number(2))]), [1; 16]), Err(Cause::Stale));
        assert_eq!(delete(Some(vec![]), [1; 16]), Err(Cause::Stale), "another device came");
        assert_eq!(delete(None, [2; 16]), Err(Cause::WrongPassword));
        assert_eq!(delete(Some(vec![(PHONE, Number(3))]), [1; 16]), Ok(()));
        assert_eq!(delete(None, [1; 16]), Err(Cause::NotAllowed), "there is nobody any more");
    }
}
