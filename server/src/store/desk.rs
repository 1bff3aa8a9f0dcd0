//! The writer's desk: the open transaction, and what the writer remembers of rooms and devices so that it need not
//! ask for it again. What is remembered is forgotten whenever a transaction is rolled back.

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension};
use snug_proto::bounded::{Bytes, List};
use snug_proto::codec::{encode_frame, encode_value};
use snug_proto::entry::{Blobs, Body, Created, Entry, Joined, Kind, RoomKind};
use snug_proto::id::{AccountId, BlobId, DeviceId, Number, RoomId, Seq};
use snug_proto::limits::{FRAME_MAX, OUTCOMES_MAX};
use snug_proto::login::Outcome;
use snug_proto::talk::{Down, Push};

use super::entry_key;
use crate::hub::{Item, RoomFacts, RoomNews, SessionId};

/// Faults planted by the simulation's own tests, to see that it finds them. Never in normal builds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Plant {
    /// None: the server as it is.
    #[default]
    Nothing,
    /// Entries are pushed and acknowledged before they are on disk.
    #[cfg(feature = "plant")]
    PublishBeforeCommit,
    /// Numbers are not checked, and the mark never moves.
    #[cfg(feature = "plant")]
    NoMark,
    /// A new session does not fence the old one.
    #[cfg(feature = "plant")]
    NoFence,
    /// A session's cursor skips an entry now and then.
    #[cfg(feature = "plant")]
    SkipCursor,
}

impl Plant {
    pub(crate) fn no_mark(self) -> bool {
        #[cfg(feature = "plant")]
        return self == Self::NoMark;
        #[cfg(not(feature = "plant"))]
        false
    }
    pub(crate) fn no_fence(self) -> bool {
        #[cfg(feature = "plant")]
        return self == Self::NoFence;
        #[cfg(not(feature = "plant"))]
        false
    }
    pub(crate) fn skip_cursor(self) -> bool {
        #[cfg(feature = "plant")]
        return self == Self::SkipCursor;
        #[cfg(not(feature = "plant"))]
        false
    }
    pub(crate) fn publish_before_commit(self) -> bool {
        #[cfg(feature = "plant")]
        return self == Self::PublishBeforeCommit;
        #[cfg(not(feature = "plant"))]
        false
    }
}

/// What the writer works with while a batch is open.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(super) conn: Connection,
    /// The time of this batch, in milliseconds.
    pub(super) now: i64,
    pub(super) plant: Plant,
    rooms: HashMap<RoomId, Room>,
    devices: HashMap<DeviceId, Device>,
    /// Which session of a device is heard. Survives a rollback: it says who lives, not what is stored.
    fences: HashMap<DeviceId, SessionId>,
    /// What this batch brings, by room in the order they were first touched.
    news: Vec<RoomNews>,
}

/// What the writer remembers of a room.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) members: HashSet<AccountId>,
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
    pub(super) fn new(conn: Connection, plant: Plant) -> Self {
        let (rooms, devices, fences) = Default::default();
        Self { conn, now: 0, plant, rooms, devices, fences, news: Vec::new() }
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
        if !self.conn.is_autocommit() {
            self.conn.execute_batch("ROLLBACK")?; // SQLite itself has done it after some errors.
        }
        Ok(())
    }

    /// What the batch brought to the rooms.
    pub(super) fn take_news(&mut self) -> Vec<RoomNews> {
        std::mem::take(&mut self.news)
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

    /// Makes a direct room with its first entry, which says so.
    pub(super) fn make_direct(&mut self, by: AccountId, with: AccountId) -> rusqlite::Result<RoomId> {
        let (low, high) = (by.min(with), by.max(with));
        self.conn
            .prepare_cached(
                "INSERT INTO rooms (kind, name, low, high, encrypted, generation, epoch)
                 VALUES (?1, '', ?2, ?3, 0, 0, 0)",
            )?
            .execute((RoomKind::DIRECT.0, low.0.cast_signed(), high.0.cast_signed()))?;
        let id = u32::try_from(self.conn.last_insert_rowid()).map(RoomId).unwrap_or_default();
        let facts = RoomFacts {
            room: id,
            kind: RoomKind::DIRECT,
            pair: Some((low, high)),
            head: Seq(0),
            members: Vec::new(),
        };
        let news =
            RoomNews { room: id, made: Some(facts), joined: vec![low, high], entries: Vec::with_capacity(2) };
        self.news.push(news);
        for account in [low, high] {
            self.insert_member(id, account, Seq(1))?;
        }
        let body = encode_value(&Created { kind: RoomKind::DIRECT, name: Default::default() });
        self.append(id, Draft::by_server(Kind::CREATED, by, body))?;
        Ok(id)
    }

    /// Adds a member with the entry that says so.
    pub(super) fn join(&mut self, room: RoomId, account: AccountId, name: &str) -> rusqlite::Result<()> {
        let body = encode_value(&Joined { account, name: snug_proto::bounded::Text::cut(name) });
        if let Some(seq) = self.append(room, Draft::by_server(Kind::JOINED, account, body))? {
            self.insert_member(room, account, seq)?;
            self.news_of(room).joined.push(account);
        }
        Ok(())
    }

    fn insert_member(&mut self, room: RoomId, account: AccountId, joined: Seq) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached("INSERT INTO members (room, account, joined, role) VALUES (?1, ?2, ?3, 0)")?
            .execute((room.0, account.0.cast_signed(), joined.0))?;
        if let Some(known) = self.rooms.get_mut(&room) {
            known.members.insert(account);
        }
        Ok(())
    }

    fn news_of(&mut self, room: RoomId) -> &mut RoomNews {
        let at = self.news.iter().position(|news| news.room == room).unwrap_or_else(|| {
            self.news.push(RoomNews { room, made: None, joined: Vec::new(), entries: Vec::new() });
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
        let item = item(room, seq, at, generation, epoch, draft);
        self.news_of(room).entries.push(item);
        Ok(Some(seq))
    }
}

impl Draft {
    /// An entry that the server writes about an account's act.
    fn by_server(kind: Kind, author: AccountId, body: Vec<u8>) -> Self {
        let body = Bytes::new(body).expect("what the server says is short");
        Self { kind, author, device: DeviceId(0), number: Number(0), blobs: Blobs::default(), body }
    }
}

/// Encodes an entry once, for everybody who will be sent it.
fn item(room: RoomId, seq: Seq, at: i64, generation: u32, epoch: u64, draft: Draft) -> Item {
    let Draft { kind, author, device, number, blobs, body } = draft;
    let entry = Entry { room, seq, at, kind, author, device, number, generation, epoch, blobs, body };
    let mut frame = Vec::with_capacity(entry.body.len() + 64);
    encode_frame(&Down::Push(Push::Entry(entry)), FRAME_MAX, &mut frame).expect("every entry fits a frame");
    Item { seq, at, device, number, appended: device != DeviceId(0), frame: frame.into() }
}

fn read_room(conn: &Connection, id: RoomId) -> rusqlite::Result<Option<Room>> {
    let row = conn
        .prepare_cached("SELECT generation, epoch FROM rooms WHERE id = ?1")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))
        .optional()?;
    let Some((generation, epoch)) = row else { return Ok(None) };
    let members = conn
        .prepare_cached("SELECT account FROM members WHERE room = ?1 AND left IS NULL")?
        .query_map([id.0], |row| Ok(AccountId(row.get::<_, i64>(0)?.cast_unsigned())))?
        .collect::<rusqlite::Result<_>>()?;
    let last: Option<(i64, i64)> = conn
        .prepare_cached("SELECT id, at FROM entries WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1")?
        .query_row((entry_key(id, Seq(0)), entry_key(id, Seq(u32::MAX))), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let (key, last_at) = last.unwrap_or((entry_key(id, Seq(0)), 0));
    let head = super::seq_of(key);
    Ok(Some(Room { members, generation, epoch: epoch.cast_unsigned(), head, last_at }))
}
