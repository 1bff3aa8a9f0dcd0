//! Rooms and people in the copy.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, params};
use snug_proto::codec;
use snug_proto::entry::{LOBBY, RoomKind};
use snug_proto::id::{AccountId, RoomId, Seq};
use snug_proto::talk::{Role, RoomInfo, Span};

use super::log::{MESSAGE, place};
use super::{Copy, CopyError, Ranges, Result, durable};

/// A room as the copy knows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RoomRow {
    pub(crate) room: RoomId,
    pub(crate) kind: RoomKind,
    pub(crate) name: String,
    pub(crate) topic: String,
    /// The other person of a direct room; 0 elsewhere.
    pub(crate) peer: AccountId,
    /// Former spans that may be read.
    pub(crate) earlier: Vec<Span>,
    /// The first entry of the present span that may be read.
    pub(crate) first: Seq,
    /// The last entry that may be read, as far as is known.
    pub(crate) head: Seq,
    /// Up to where nothing was missed: a hole above is missed news, a hole below is history.
    pub(crate) live: Seq,
    /// How far this person has read.
    pub(crate) read: Seq,
    /// The first entry that was marked as unread; 0 when nothing is.
    pub(crate) unread_from: Seq,
    pub(crate) role: Role,
    pub(crate) present: bool,
    pub(crate) archived: bool,
    pub(crate) members: u32,
    /// What is held of it.
    pub(crate) ranges: Ranges,
    /// Messages of others after the read mark, among those held.
    pub(crate) unread: u32,
    /// Those of them that mention this person.
    pub(crate) mentions: u32,
    /// When the last entry held came.
    pub(crate) last_at: Option<i64>,
}

impl RoomRow {
    /// Everything from here on counts as unread.
    pub(crate) fn unread_start(&self) -> Seq {
        let next = self.read.next();
        if self.unread_from.0 > 0 { next.min(self.unread_from) } else { next }
    }
}

const COLUMNS: &str = "room, kind, name, peer, first, head, read, topic, role, present, archived, members, \
                       unread_from, earlier, live";

impl Copy {
    /// Every room, in the order of their ids.
    pub(crate) fn rooms(&self, me: AccountId) -> Result<BTreeMap<RoomId, RoomRow>> {
        self.with(|db| {
            let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM rooms"))?;
            let rows = query.query_map([], bare_row)?.collect::<rusqlite::Result<Vec<_>>>()?;
            rows.into_iter().map(|row| Ok((row.room, fill(db, row, me)?))).collect()
        })
    }

    /// One room.
    pub(crate) fn room(&self, room: RoomId, me: AccountId) -> Result<Option<RoomRow>> {
        self.with(|db| one(db, room, me))
    }

    /// Takes what the server says about a room, unless entries behind it have told more since. Answers the row.
    pub(crate) fn put_room(&self, info: &RoomInfo, me: AccountId) -> Result<Option<RoomRow>> {
        self.with(|db| {
            let mut ranges = ranges(db, info.room)?;
            // Who is new has missed nothing of what was said in the lobby, or done for the house, before.
            let is_everybodys = info.room == LOBBY || info.kind == RoomKind::HOUSE;
            let read = if info.read.0 == 0 && is_everybodys { info.head } else { info.read };
            durable(db, false)?;
            if comes_back(db, info)? {
                // Who was away did not hear what was retracted meanwhile: what is held is read once more.
                ranges.forget_below(info.first.0);
                super::log::write_ranges(db, info.room, &ranges)?;
            }
            let earlier: Vec<(u32, u32)> =
                info.earlier.iter().map(|span| (span.first.0, span.last.0)).collect();
            db.execute(
                "INSERT INTO rooms (room, kind, name, peer, first, head, read, topic, role, present, archived,
                     members, unread_from, earlier, state_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?6)
                 ON CONFLICT (room) DO UPDATE SET kind = ?2, name = ?3, peer = ?4, first = ?5,
                     head = max(head, ?6), read = max(read, ?8), topic = ?9, role = ?10, present = ?11,
                     archived = ?12, members = ?13, unread_from = ?14, earlier = ?15, state_at = ?6
                 WHERE state_at <= ?6",
                params![
                    info.room.0,
                    info.kind.0,
                    info.name.as_str(),
                    info.peer.0.cast_signed(),
                    info.first.0,
                    info.head.0,
                    read.0,
                    info.read.0,
                    info.topic.as_str(),
                    info.role.code(),
                    info.present,
                    info.archived,
                    info.members,
                    info.unread_from.0,
                    codec::encode_value(&earlier),
                ],
            )?;
            one(db, info.room, me)
        })
    }

    /// Moves the read mark forward; one that reaches the personal mark takes that away. Answers the row.
    pub(crate) fn set_read(&self, room: RoomId, seq: Seq, me: AccountId) -> Result<Option<RoomRow>> {
        self.with(|db| {
            durable(db, false)?;
            db.execute(
                "UPDATE rooms SET read = max(read, ?2),
                     unread_from = CASE WHEN unread_from <= ?2 THEN 0 ELSE unread_from END WHERE room = ?1",
                params![room.0, seq.0],
            )?;
            one(db, room, me)
        })
    }

    /// Sets the personal mark; 0 takes it away. Answers the row.
    pub(crate) fn set_unread_from(&self, room: RoomId, seq: Seq, me: AccountId) -> Result<Option<RoomRow>> {
        self.with(|db| {
            durable(db, false)?;
            db.execute("UPDATE rooms SET unread_from = ?2 WHERE room = ?1", params![room.0, seq.0])?;
            one(db, room, me)
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

pub(super) fn one(db: &Connection, room: RoomId, me: AccountId) -> Result<Option<RoomRow>> {
    let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM rooms WHERE room = ?1"))?;
    let mut rows = query.query_map([room.0], bare_row)?;
    match rows.next() {
        Some(row) => Ok(Some(fill(db, row?, me)?)),
        None => Ok(None),
    }
}

fn bare_row(row: &Row<'_>) -> rusqlite::Result<RoomRow> {
    // What this copy wrote itself; bytes that make no sense name nothing.
    let earlier: Vec<(u32, u32)> = codec::decode_value(&row.get::<_, Vec<u8>>(13)?).unwrap_or_default();
    Ok(RoomRow {
        room: RoomId(row.get(0)?),
        kind: RoomKind(row.get(1)?),
        name: row.get(2)?,
        peer: AccountId(row.get::<_, i64>(3)?.cast_unsigned()),
        first: Seq(row.get(4)?),
        head: Seq(row.get(5)?),
        read: Seq(row.get(6)?),
        topic: row.get(7)?,
        role: Role::of_code(row.get(8)?),
        present: row.get(9)?,
        archived: row.get(10)?,
        members: row.get(11)?,
        unread_from: Seq(row.get(12)?),
        earlier: earlier
            .into_iter()
            .map(|(first, last)| Span { first: Seq(first), last: Seq(last) })
            .collect(),
        live: Seq(row.get(14)?),
        ranges: Ranges::default(),
        unread: 0,
        mentions: 0,
        last_at: None,
    })
}

fn fill(db: &Connection, mut row: RoomRow, me: AccountId) -> Result<RoomRow> {
    row.ranges = ranges(db, row.room)?;
    (row.unread, row.mentions) = unread(db, &row, me)?;
    row.last_at = last_at(db, &row.ranges, row.room)?;
    Ok(row)
}

/// Whether somebody is a member again of a room of which parts were theirs to read before.
fn comes_back(db: &Connection, info: &RoomInfo) -> Result<bool> {
    let mut query = db.prepare_cached("SELECT 1 FROM rooms WHERE room = ?1 AND first < ?2")?;
    Ok(!info.earlier.is_empty() && query.exists(params![info.room.0, info.first.0])?)
}

pub(super) fn ranges(db: &Connection, room: RoomId) -> Result<Ranges> {
    let mut query = db.prepare_cached("SELECT low, high FROM ranges WHERE room = ?1 ORDER BY low")?;
    let rows = query.query_map([room.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Ranges::from_sorted(rows.collect::<rusqlite::Result<_>>()?))
}

/// Messages of others from where this person has not read, and those of them that mention them. Ignored people write
/// nothing that would have to be read.
fn unread(db: &Connection, row: &RoomRow, me: AccountId) -> Result<(u32, u32)> {
    let mut query = db.prepare_cached(
        "SELECT count(*), count(*) FILTER (WHERE what = 3 OR (what = 4 AND (?5 OR author IN
             (SELECT account FROM members WHERE room = ?6 AND role > 0))))
         FROM entries WHERE place >= ?1 AND place <= ?2 AND what >= ?3 AND author <> ?4
             AND author NOT IN (SELECT account FROM ignored)",
    )?;
    let parameters = params![
        place(row.room, row.unread_start()),
        place(row.room, Seq(u32::MAX)),
        MESSAGE,
        me.0.cast_signed(),
        row.kind == RoomKind::DIRECT,
        row.room.0,
    ];
    Ok(query.query_row(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?)
}

fn last_at(db: &Connection, ranges: &Ranges, room: RoomId) -> Result<Option<i64>> {
    let Some(top) = ranges.top() else { return Ok(None) };
    let mut query = db.prepare_cached("SELECT at FROM entries WHERE place = ?1")?;
    let mut rows = query.query([place(room, top)])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
}

#[cfg(test)]
impl Default for RoomRow {
    fn default() -> Self {
        Self {
            room: LOBBY,
            kind: RoomKind::LOBBY,
            name: "Lobby".into(),
            topic: String::new(),
            peer: AccountId(0),
            earlier: Vec::new(),
            first: Seq(1),
            head: Seq(0),
            live: Seq(0),
            read: Seq(0),
            unread_from: Seq(0),
            role: Role::Member,
            present: true,
            archived: false,
            members: 0,
            ranges: Ranges::default(),
            unread: 0,
            mentions: 0,
            last_at: None,
        }
    }
}
