//! The writer's desk: the open transaction, and what the writer remembers of rooms and devices so that it need not
//! ask for it again. What is remembered is forgotten whenever a transaction is rolled back.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use snug_proto::bounded::{Bytes, List};
use snug_proto::codec::{encode_frame, encode_value};
use snug_proto::entry::{Blobs, Body, Entry, Kind, RoomKind};
use snug_proto::id::{AccountId, BlobId, DeviceId, Number, RoomId, Seq};
use snug_proto::limits::{ADD_MEMBERS_MAX, FRAME_MAX, OUTCOMES_MAX};
use snug_proto::login::Outcome;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Down, Push, Role};

use super::change::Not;
use super::plant::Plant;
use super::spans::room_info;
use super::{NewRooms, entry_key};
use crate::hub::{Item, Membership, RoomFacts, RoomNews, SessionId, Step};
use crate::in_force::InForce;

/// Entries one change makes at most: somebody joins for each person it names, and a few words beside.
const CHANGE_ENTRIES_MAX: u32 = 512;

const _: () = assert!(ADD_MEMBERS_MAX < CHANGE_ENTRIES_MAX as usize / 2);

/// What the writer works with while a batch is open.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(super) conn: Connection,
    /// The time of this batch, in milliseconds.
    pub(super) now: i64,
    pub(super) plant: Plant,
    /// The house room.
    pub(super) house: RoomId,
    /// The configuration, as far as administrators can change what holds.
    pub(super) configured: InForce,
    pub(super) new_rooms: NewRooms,
    pub(super) traces: Traces,
    rooms: HashMap<RoomId, Room>,
    devices: HashMap<DeviceId, Device>,
    /// Which session of a device is heard. Survives a rollback: it says who lives, not what is stored.
    fences: HashMap<DeviceId, SessionId>,
    /// What this batch brings, by room in the order they were first touched.
    news: Vec<RoomNews>,
    /// Who came and went in this batch: told with the room as it is behind the last change.
    steps: Vec<(RoomId, AccountId, Step)>,
    /// The devices that this batch took away.
    revoked: Vec<DeviceId>,
}

/// Whether what was retracted may still be found in the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Traces {
    None,
    /// In the write-ahead log, and in files that no entry names.
    Left,
    /// The log is to be emptied behind this batch.
    ToWipe,
}

/// What the writer remembers of a room.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) kind: RoomKind,
    pub(super) archived: bool,
    pub(super) members: HashMap<AccountId, Role>,
    pub(super) generation: u32,
    pub(super) epoch: u64,
    head: Seq,
    last_at: i64,
}

/// What the writer remembers of a device.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) mark: Number,
    outcomes: Vec<u8>,
    changed: bool,
}

impl Room {
    /// The room's last entry.
    pub(super) fn head(&self) -> Seq {
        self.head
    }

    /// Refuses a change that may take several places when these are nearly used up: it is done as a whole.
    pub(super) fn has_places(&self) -> Result<(), Cause> {
        if self.head > Seq(u32::MAX - CHANGE_ENTRIES_MAX) { Err(Cause::TooLarge) } else { Ok(()) }
    }

    /// Whether its members decide about it: who is in it, and when it ends.
    fn is_managed(&self) -> bool {
        matches!(self.kind, RoomKind::CHANNEL | RoomKind::PRIVATE)
    }

    /// Whether its members decide what it is called and what it is about.
    fn is_named(&self) -> bool {
        self.is_managed() || self.kind == RoomKind::LOBBY
    }
}

impl Device {
    /// How the last numbers ended, oldest first.
    pub(super) fn outcomes(&self) -> List<Outcome, OUTCOMES_MAX> {
        outcomes(&self.outcomes)
    }
}

/// The outcomes as a device's row holds them: the last 64 at most.
pub(super) fn outcomes(row: &[u8]) -> List<Outcome, OUTCOMES_MAX> {
    let last = &row[row.len().saturating_sub(OUTCOMES_MAX)..];
    List::new(last.iter().copied().map(Outcome).collect()).unwrap_or_default()
}

/// An entry before it has a place.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) kind: Kind,
    pub(super) author: AccountId,
    pub(super) device: DeviceId,
    pub(super) number: Number,
    pub(super) blobs: Blobs,
    pub(super) body: Body,
}

impl Desk {
    pub(super) fn new(
        conn: Connection,
        house: RoomId,
        configured: InForce,
        new_rooms: NewRooms,
        plant: Plant,
    ) -> Self {
        let (rooms, devices, fences) = Default::default();
        // Who ran before may have ended between a retraction and its wiping.
        let (news, steps, traces) = (Vec::new(), Vec::new(), Traces::Left);
        Self {
            conn,
            now: 0,
            plant,
            house,
            configured,
            new_rooms,
            traces,
            rooms,
            devices,
            fences,
            news,
            steps,
            revoked: Vec::new(),
        }
    }

    pub(super) fn begin(&mut self, now: i64) -> rusqlite::Result<()> {
        self.now = now;
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(())
    }

    /// Writes the marks that moved and commits.
    pub(super) fn commit(&mut self) -> rusqlite::Result<()> {
        // By id: rows are written in the same order every time.
        let changed: BTreeMap<_, _> = self.devices.iter_mut().filter(|(_, device)| device.changed).collect();
        for (id, device) in changed {
            self.conn
                .prepare_cached("UPDATE devices SET mark = ?2, outcomes = ?3 WHERE id = ?1")?
                .execute((id.0.cast_signed(), device.mark.0.cast_signed(), &device.outcomes))?;
            device.changed = false;
        }
        self.conn.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    /// Undoes the batch and everything remembered from it.
    pub(super) fn roll_back(&mut self) -> rusqlite::Result<()> {
        self.rooms.clear();
        self.devices.clear();
        self.news.clear();
        self.steps.clear();
        self.revoked.clear();
        if !self.conn.is_autocommit() {
            self.conn.execute_batch("ROLLBACK")?; // SQLite itself has done it after some errors.
        }
        Ok(())
    }

    /// Looks at the rooms that somebody came into or went out of, as they are now.
    pub(super) fn describe_steps(&mut self) -> rusqlite::Result<()> {
        for (room, account, step) in std::mem::take(&mut self.steps) {
            if let Some(info) = room_info(&self.conn, account, room)? {
                self.news_of(room).members.push(Membership { account, step, info: info.into() });
            }
        }
        Ok(())
    }

    /// What the batch brought to the rooms.
    pub(super) fn take_news(&mut self) -> Vec<RoomNews> {
        std::mem::take(&mut self.news)
    }

    /// Moves the write-ahead log into the database and cuts it to nothing; `false` when a reader was in the way.
    pub(super) fn empty_wal(&self) -> rusqlite::Result<bool> {
        const PATIENCE: std::time::Duration = std::time::Duration::from_millis(200);
        self.conn.busy_timeout(PATIENCE)?;
        let busy: bool = self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        self.conn.busy_timeout(super::schema::BUSY_TIMEOUT)?;
        Ok(!busy)
    }

    /// From now on only this session of the device is heard. `false` when a newer one was here first.
    pub(super) fn fence(&mut self, device: DeviceId, session: SessionId) -> bool {
        let fence = self.fences.entry(device).or_insert(session);
        *fence = session.max(*fence);
        *fence == session
    }

    pub(super) fn is_heard(&self, device: DeviceId, session: SessionId) -> bool {
        self.plant.no_fence() || self.fences.get(&device) == Some(&session)
    }

    /// Whose device was taken away is cut off behind the commit, whatever has become of who asked for it.
    pub(super) fn revoke_device(&mut self, device: DeviceId) {
        self.forget_device(device);
        self.revoked.push(device);
    }

    /// The devices that this batch took away.
    pub(super) fn take_revoked(&mut self) -> Vec<DeviceId> {
        std::mem::take(&mut self.revoked)
    }

    /// A device has gone by itself.
    pub(super) fn forget_device(&mut self, device: DeviceId) {
        self.devices.remove(&device);
        self.fences.remove(&device);
    }

    /// A device, from memory or from its row.
    pub(super) fn device(&mut self, id: DeviceId) -> rusqlite::Result<Option<&mut Device>> {
        if !self.devices.contains_key(&id) {
            let row = self
                .conn
                .prepare_cached("SELECT mark, outcomes FROM devices WHERE id = ?1")?
                .query_row([id.0.cast_signed()], |row| {
                    Ok(Device {
                        mark: Number(row.get::<_, i64>(0)?.cast_unsigned()),
                        outcomes: row.get(1)?,
                        changed: false,
                    })
                })
                .optional()?;
            let Some(device) = row else { return Ok(None) };
            self.devices.insert(id, device);
        }
        Ok(self.devices.get_mut(&id))
    }

    /// Moves the device's mark to `number` and notes how that ended.
    pub(super) fn settle(&mut self, id: DeviceId, number: Number, outcome: Outcome) -> rusqlite::Result<()> {
        if self.plant.no_mark() {
            return Ok(());
        }
        let Some(device) = self.device(id)? else { return Ok(()) };
        device.mark = number.max(device.mark);
        device.outcomes.push(outcome.0);
        let surplus = device.outcomes.len().saturating_sub(OUTCOMES_MAX);
        device.outcomes.drain(..surplus);
        device.changed = true;
        Ok(())
    }

    /// A room, from memory or from its rows.
    pub(super) fn room(&mut self, id: RoomId) -> rusqlite::Result<Option<&mut Room>> {
        if !self.rooms.contains_key(&id) {
            let Some(room) = read_room(&self.conn, id)? else { return Ok(None) };
            self.rooms.insert(id, room);
        }
        Ok(self.rooms.get_mut(&id))
    }

    /// A room where the account is a member.
    pub(super) fn room_of(&mut self, id: RoomId, account: AccountId) -> Result<(&mut Room, Role), Not> {
        let room = self.room(id)?.ok_or(Cause::UnknownRoom)?;
        let role = *room.members.get(&account).ok_or(Cause::UnknownRoom)?;
        Ok((room, role))
    }

    /// The same, where this is a room that members decide about and the account may do what takes `least`.
    pub(super) fn managed(&mut self, id: RoomId, account: AccountId, least: Role) -> Result<&mut Room, Not> {
        self.ruled(id, account, least, Room::is_managed)
    }

    /// The same, where members decide about its name.
    pub(super) fn named(&mut self, id: RoomId, account: AccountId, least: Role) -> Result<&mut Room, Not> {
        self.ruled(id, account, least, Room::is_named)
    }

    fn ruled(
        &mut self,
        id: RoomId,
        account: AccountId,
        least: Role,
        by_members: impl FnOnce(&Room) -> bool,
    ) -> Result<&mut Room, Not> {
        let (room, role) = self.room_of(id, account)?;
        if !by_members(room) || role.code() < least.code() {
            return Err(Cause::NotAllowed.into());
        }
        room.has_places()?;
        Ok(room)
    }

    /// Notes that a room was made, whose row is there already.
    pub(super) fn made(&mut self, room: RoomId, by: AccountId) {
        let facts = RoomFacts { room, made_by: by, made_at: self.now, head: Seq(0), members: Vec::new() };
        self.news_of(room).made = Some(facts);
    }

    /// Begins a membership with an entry.
    pub(super) fn begin_membership(
        &mut self,
        room: RoomId,
        account: AccountId,
        joined: Seq,
        role: Role,
    ) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached("INSERT INTO members (room, account, joined, role) VALUES (?1, ?2, ?3, ?4)")?
            .execute((room.0, account.0.cast_signed(), joined.0, role.code()))?;
        if let Some(known) = self.rooms.get_mut(&room) {
            known.members.insert(account, role);
        }
        self.steps.push((room, account, Step::Came(joined)));
        Ok(())
    }

    /// Ends a membership with an entry.
    pub(super) fn end_membership(
        &mut self,
        room: RoomId,
        account: AccountId,
        left: Seq,
    ) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached("UPDATE members SET left = ?3 WHERE room = ?1 AND account = ?2 AND left IS NULL")?
            .execute((room.0, account.0.cast_signed(), left.0))?;
        if let Some(known) = self.rooms.get_mut(&room) {
            known.members.remove(&account);
        }
        self.steps.push((room, account, Step::Went(left)));
        Ok(())
    }

    /// Appends what the server says about an account's act.
    pub(super) fn say<T: Serialize>(
        &mut self,
        room: RoomId,
        kind: Kind,
        by: AccountId,
        what: &T,
    ) -> Result<Seq, Not> {
        let body = Bytes::new(encode_value(what)).map_err(|_| Cause::TooLarge)?;
        let (device, number, blobs) = Default::default();
        let draft = Draft { kind, author: by, device, number, blobs, body };
        Ok(self.append(room, draft)?.ok_or(Cause::TooLarge)?)
    }

    /// Notes that an entry has lost its body: whoever is sent it from here on is sent this.
    pub(super) fn emptied(&mut self, entry: Entry) {
        self.news_of(entry.room).emptied.push(item(entry));
    }

    fn news_of(&mut self, room: RoomId) -> &mut RoomNews {
        let at = self.news.iter().position(|news| news.room == room).unwrap_or_else(|| {
            self.news.push(RoomNews::of(room));
            self.news.len() - 1
        });
        &mut self.news[at]
    }

    /// Gives a draft the room's next place and stores it. `None`: the room is unknown, or has no place left.
    pub(super) fn append(&mut self, room: RoomId, draft: Draft) -> rusqlite::Result<Option<Seq>> {
        let now = self.now;
        let Some(known) = self.room(room)?.filter(|known| known.head < Seq(u32::MAX)) else {
            return Ok(None);
        };
        // The wall clock may jump back; a room's time does not.
        known.head = known.head.next();
        known.last_at = now.max(known.last_at);
        let (seq, at, generation, epoch) = (known.head, known.last_at, known.generation, known.epoch);
        let ids: Vec<u8> = draft.blobs.iter().flat_map(|blob| blob.0).collect();
        self.conn
            .prepare_cached(
                "INSERT INTO entries (id, at, kind, author, device, number, generation, epoch, blobs, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute((
                entry_key(room, seq),
                at,
                draft.kind.0,
                draft.author.0.cast_signed(),
                draft.device.0.cast_signed(),
                draft.number.0.cast_signed(),
                generation,
                epoch.cast_signed(),
                ids,
                &*draft.body,
            ))?;
        for BlobId(blob) in draft.blobs.iter() {
            self.conn
                .prepare_cached("INSERT OR IGNORE INTO entry_blobs (blob, entry) VALUES (?1, ?2)")?
                .execute((blob, entry_key(room, seq)))?;
        }
        let Draft { kind, author, device, number, blobs, body } = draft;
        let entry = Entry { room, seq, at, kind, author, device, number, generation, epoch, blobs, body };
        self.news_of(room).entries.push(item(entry));
        Ok(Some(seq))
    }
}

/// Encodes an entry once, for everybody who will be sent it.
fn item(entry: Entry) -> Item {
    let Entry { seq, at, device, number, .. } = entry;
    let mut frame = Vec::with_capacity(entry.body.len() + 64);
    encode_frame(&Down::Push(Push::Entry(entry)), FRAME_MAX, &mut frame).expect("every entry fits a frame");
    Item { seq, at, device, number, appended: device != DeviceId(0), frame: frame.into() }
}

fn read_room(conn: &Connection, id: RoomId) -> rusqlite::Result<Option<Room>> {
    let row = conn
        .prepare_cached("SELECT generation, epoch, kind, archived FROM rooms WHERE id = ?1")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?, RoomKind(row.get(2)?), row.get(3)?)))
        .optional()?;
    let Some((generation, epoch, kind, archived)) = row else { return Ok(None) };
    let members = conn
        .prepare_cached("SELECT account, role FROM members WHERE room = ?1 AND left IS NULL")?
        .query_map([id.0], |row| {
            Ok((AccountId(row.get::<_, i64>(0)?.cast_unsigned()), Role::of_code(row.get(1)?)))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let last: Option<(i64, i64)> = conn
        .prepare_cached("SELECT id, at FROM entries WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1")?
        .query_row((entry_key(id, Seq(0)), entry_key(id, Seq(u32::MAX))), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let (key, last_at) = last.unwrap_or((entry_key(id, Seq(0)), 0));
    let head = super::seq_of(key);
    Ok(Some(Room { kind, archived, members, generation, epoch: epoch.cast_unsigned(), head, last_at }))
}
