//! Rooms and people in the copy.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use snug_proto::entry::{Kind, LOBBY, RoomKind};
use snug_proto::id::{AccountId, RoomId, Seq};
use snug_proto::talk::RoomInfo;

use super::{Copy, CopyError, Ranges, Result, durable};

/// A room as the copy knows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RoomRow {
    pub(crate) room: RoomId,
    pub(crate) kind: RoomKind,
    pub(crate) name: String,
    /// The other person of a direct room; 0 elsewhere.
    pub(crate) peer: AccountId,
    /// The first entry that may be read.
    pub(crate) first: Seq,
    /// The last entry of the log, as far as is known.
    pub(crate) head: Seq,
    /// How far this person has read.
    pub(crate) read: Seq,
    /// What is held of it.
    pub(crate) ranges: Ranges,
    /// Messages of others after the read mark, among those held.
    pub(crate) unread: u32,
    /// When the last entry held came.
    pub(crate) last_at: Option<i64>,
}

impl Copy {
    /// Every room, in the order of their ids.
    pub(crate) fn rooms(&self, me: AccountId) -> Result<BTreeMap<RoomId, RoomRow>> {
        self.with(|db| {
            let mut rooms = BTreeMap::new();
            let mut query =
                db.prepare_cached("SELECT room, kind, name, peer, first, head, read FROM rooms")?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                let room = RoomId(row.get(0)?);
                let read = Seq(row.get(6)?);
                let ranges = ranges(db, room)?;
                let row = RoomRow {
                    room,
                    kind: RoomKind(row.get(1)?),
                    name: row.get(2)?,
                    peer: AccountId(row.get::<_, i64>(3)?.cast_unsigned()),
                    first: Seq(row.get(4)?),
                    head: Seq(row.get(5)?),
                    read,
                    unread: unread(db, room, read, me)?,
                    last_at: last_at(db, &ranges, room)?,
                    ranges,
                };
                rooms.insert(room, row);
            }
            Ok(rooms)
        })
    }

    /// Takes what the server says about a room. Answers the row, or [`CopyError::PutBack`] when the log is shorter
    /// than what is held of it.
    pub(crate) fn put_room(&self, info: &RoomInfo, me: AccountId) -> Result<RoomRow> {
        self.with(|db| {
            let ranges = ranges(db, info.room)?;
            if ranges.top().is_some_and(|top| top > info.head) {
                return Err(CopyError::PutBack);
            }
            // Who is new to the lobby has missed nothing of what was said before.
            let read = if info.read.0 == 0 && info.room == LOBBY { info.head } else { info.read };
            durable(db, false)?;
            let read: u32 = db.query_row(
                "INSERT INTO rooms (room, kind, name, peer, first, head, read) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (room) DO UPDATE SET kind = ?2, name = ?3, peer = ?4, first = ?5,
                     head = max(head, ?6), read = max(read, ?8)
                 RETURNING read",
                params![
                    info.room.0,
                    info.kind.0,
                    info.name.as_str(),
                    info.peer.0.cast_signed(),
                    info.first.0,
                    info.head.0,
                    read.0,
                    info.read.0,
                ],
                |row| row.get(0),
            )?;
            Ok(RoomRow {
                room: info.room,
                kind: info.kind,
                name: info.name.as_str().to_owned(),
                peer: info.peer,
                first: info.first,
                head: info.head,
                read: Seq(read),
                unread: unread(db, info.room, Seq(read), me)?,
                last_at: last_at(db, &ranges, info.room)?,
                ranges,
            })
        })
    }

    /// Moves the read mark forward. Answers how many messages of others are left unread.
    pub(crate) fn set_read(&self, room: RoomId, seq: Seq, me: AccountId) -> Result<u32> {
        self.with(|db| {
            durable(db, false)?;
            db.execute("UPDATE rooms SET read = max(read, ?2) WHERE room = ?1", params![room.0, seq.0])?;
            unread(db, room, seq, me)
        })
    }

    /// Everybody whose name is known.
    pub(crate) fn people(&self) -> Result<BTreeMap<AccountId, String>> {
        self.with(|db| {
            let mut query = db.prepare_cached("SELECT account, name FROM people")?;
            let rows = query.query_map([], |row| {
                Ok((AccountId(row.get::<_, i64>(0)?.cast_unsigned()), row.get::<_, String>(1)?))
            })?;
            rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
        })
    }

    /// Learns names.
    pub(crate) fn put_people(&self, people: &[(AccountId, String)]) -> Result<()> {
        self.with(|db| {
            durable(db, false)?;
            let change = db.transaction()?;
            for (account, name) in people {
                change
                    .prepare_cached("INSERT OR REPLACE INTO people (account, name) VALUES (?1, ?2)")?
                    .execute(params![account.0.cast_signed(), name])?;
            }
            Ok(change.commit()?)
        })
    }
}

pub(super) fn ranges(db: &Connection, room: RoomId) -> Result<Ranges> {
    let mut query = db.prepare_cached("SELECT low, high FROM ranges WHERE room = ?1 ORDER BY low")?;
    let rows = query.query_map([room.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Ranges::from_sorted(rows.collect::<rusqlite::Result<_>>()?))
}

fn unread(db: &Connection, room: RoomId, read: Seq, me: AccountId) -> Result<u32> {
    let mut query = db.prepare_cached(
        "SELECT count(*) FROM entries WHERE place > ?1 AND place <= ?2 AND kind = ?3 AND author <> ?4
             AND body <> x''",
    )?;
    let parameters = params![
        super::log::place(room, read),
        super::log::place(room, Seq(u32::MAX)),
        Kind::CONTENT.0,
        me.0.cast_signed()
    ];
    Ok(query.query_row(parameters, |row| row.get(0))?)
}

fn last_at(db: &Connection, ranges: &Ranges, room: RoomId) -> Result<Option<i64>> {
    let Some(top) = ranges.top() else { return Ok(None) };
    let mut query = db.prepare_cached("SELECT at FROM entries WHERE place = ?1")?;
    let mut rows = query.query([super::log::place(room, top)])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
}
