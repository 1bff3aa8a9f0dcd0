//! Entries in the copy: merged by (room, seq), whichever way they came.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use snug_proto::bounded::Bytes;
use snug_proto::codec;
use snug_proto::entry::{Blobs, Entry, Kind};
use snug_proto::id::{AccountId, DeviceId, Number, RoomId, Seq};

use super::{Copy, CopyError, Ranges, Result, durable, outbox, rooms};
use crate::command::OutboxId;

/// One entry of the log as the timeline needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) seq: Seq,
    pub(crate) at: i64,
    pub(crate) kind: Kind,
    pub(crate) author: AccountId,
    pub(crate) body: Vec<u8>,
}

/// Something that the server told about the log.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// An entry that was pushed.
    Entry(Box<Entry>),
    /// A page, ascending and without gaps.
    Page(Vec<Entry>),
    /// An entry that this device appended, without its body: that is in the outbox.
    Appended { room: RoomId, seq: Seq, number: Number, at: i64 },
}

/// What a step changed.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    /// Entries that were not held before, with the step they came in.
    pub(crate) fresh: Vec<(usize, Entry)>,
    /// What is held now of every room that was touched.
    pub(crate) ranges: BTreeMap<RoomId, Ranges>,
    /// Outbox items that now have their place, with the number they were sent under.
    pub(crate) settled: Vec<(OutboxId, Number)>,
    /// Bodies of entries held before were emptied or changed.
    pub(crate) changed: bool,
}

/// Whose copy merges.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mine {
    pub(crate) me: AccountId,
    pub(crate) device: DeviceId,
}

pub(super) fn place(room: RoomId, seq: Seq) -> i64 {
    i64::from(room.0) << 32 | i64::from(seq.0)
}

impl Copy {
    /// Takes what the server told, in one transaction.
    pub(crate) fn merge(&self, steps: Vec<Step>, mine: Mine) -> Result<Merged> {
        self.with(|db| {
            durable(db, false)?;
            let change = db.transaction()?;
            let mut merged = Merged::default();
            for (index, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Entry(entry) => put(&change, index, *entry, mine, &mut merged)?,
                    Step::Page(entries) => {
                        for entry in entries {
                            put(&change, index, entry, mine, &mut merged)?;
                        }
                    }
                    Step::Appended { room, seq, number, at } => {
                        if let Some(entry) = outbox::entry(&change, mine, room, seq, number, at)? {
                            put(&change, index, entry, mine, &mut merged)?;
                        }
                    }
                }
            }
            for (room, ranges) in &merged.ranges {
                write_ranges(&change, *room, ranges)?;
            }
            change.commit()?;
            Ok(merged)
        })
    }

    /// The newest `limit` entries up to `to` and not below `from`, ascending.
    pub(crate) fn page(&self, room: RoomId, from: Seq, to: Seq, limit: usize) -> Result<Vec<Row>> {
        self.with(|db| {
            let mut query = db.prepare_cached(
                "SELECT place, at, kind, author, body FROM entries
                 WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT ?3",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = query.query_map(params![place(room, from), place(room, to), limit], |row| {
                Ok(Row {
                    seq: Seq((row.get::<_, i64>(0)? & 0xffff_ffff) as u32),
                    at: row.get(1)?,
                    kind: Kind(row.get(2)?),
                    author: AccountId(row.get::<_, i64>(3)?.cast_unsigned()),
                    body: row.get(4)?,
                })
            })?;
            let mut rows: Vec<Row> = rows.collect::<rusqlite::Result<_>>()?;
            rows.reverse();
            Ok(rows)
        })
    }

    /// The next places after `after`, ascending.
    pub(crate) fn next_seqs(&self, room: RoomId, after: Seq, limit: usize) -> Result<Vec<Seq>> {
        self.with(|db| {
            let mut query = db.prepare_cached(
                "SELECT place FROM entries WHERE place > ?1 AND place <= ?2 ORDER BY place LIMIT ?3",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = query
                .query_map(params![place(room, after), place(room, Seq(u32::MAX)), limit], |row| {
                    Ok(Seq((row.get::<_, i64>(0)? & 0xffff_ffff) as u32))
                })?;
            rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
        })
    }
}

fn put(db: &Connection, index: usize, entry: Entry, mine: Mine, merged: &mut Merged) -> Result<()> {
    let at = place(entry.room, entry.seq);
    let held = db
        .prepare_cached("SELECT device, number, length(body) FROM entries WHERE place = ?1")?
        .query_row([at], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)))
        .optional()?;
    if let Some((device, number, _)) = held
        && (device, number) != (entry.device.0.cast_signed(), entry.number.0.cast_signed())
    {
        return Err(CopyError::PutBack);
    }
    let emptied = held.is_some_and(|(_, _, len)| len > 0) && entry.body.is_empty();
    if held.is_none() || emptied {
        write_entry(db, at, &entry)?;
    }
    merged.changed |= emptied;
    if entry.author == mine.me
        && let Some(settled) = outbox::settle(db, entry.device, entry.number, mine.device)?
    {
        merged.settled.push(settled);
    }
    let ranges = match merged.ranges.entry(entry.room) {
        std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
        std::collections::btree_map::Entry::Vacant(unknown) => unknown.insert(rooms::ranges(db, entry.room)?),
    };
    ranges.insert(entry.seq.0, entry.seq.0);
    if held.is_none() {
        merged.fresh.push((index, entry));
    }
    Ok(())
}

fn write_entry(db: &Connection, at: i64, entry: &Entry) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO entries (place, at, kind, author, device, number, generation, epoch, blobs, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        at,
        entry.at,
        entry.kind.0,
        entry.author.0.cast_signed(),
        entry.device.0.cast_signed(),
        entry.number.0.cast_signed(),
        entry.generation,
        entry.epoch.cast_signed(),
        encode_blobs(&entry.blobs),
        &entry.body[..],
    ])?;
    Ok(())
}

fn write_ranges(db: &Connection, room: RoomId, ranges: &Ranges) -> Result<()> {
    let head = ranges.top().unwrap_or_default();
    db.prepare_cached("DELETE FROM ranges WHERE room = ?1")?.execute([room.0])?;
    for (low, high) in ranges.iter() {
        db.prepare_cached("INSERT INTO ranges (room, low, high) VALUES (?1, ?2, ?3)")?
            .execute(params![room.0, low, high])?;
    }
    db.prepare_cached("UPDATE rooms SET head = max(head, ?2) WHERE room = ?1")?
        .execute(params![room.0, head.0])?;
    Ok(())
}

pub(super) fn encode_blobs(blobs: &Blobs) -> Vec<u8> {
    codec::encode_value(blobs)
}

/// What this copy wrote itself; bytes that make no sense name nothing.
pub(super) fn decode_blobs(bytes: &[u8]) -> Blobs {
    codec::decode_value(bytes).unwrap_or_default()
}

/// An entry of this device, put together from its outbox item.
pub(super) fn own_entry(
    mine: Mine,
    (room, seq, number, at): (RoomId, Seq, Number, i64),
    blobs: Vec<u8>,
    body: Vec<u8>,
) -> Option<Entry> {
    Some(Entry {
        room,
        seq,
        at,
        kind: Kind::CONTENT,
        author: mine.me,
        device: mine.device,
        number,
        generation: 0,
        epoch: 0,
        blobs: decode_blobs(&blobs),
        body: Bytes::new(body).ok()?,
    })
}
