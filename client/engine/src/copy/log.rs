//! Entries in the copy: merged by (room, seq), whichever way they came.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, params};
use snug_proto::bounded::Bytes;
use snug_proto::codec;
use snug_proto::content::{Content, ContentError};
use snug_proto::entry::{Blobs, Body, Entry, Kind, Retracted};
use snug_proto::id::{AccountId, DeviceId, Number, Origin, RoomId, Seq};

use super::outbox::Settled;
use super::retract::{HIDDEN, PLAIN};
use super::state::Said;
use super::{Copy, CopyError, Ranges, Result, acts, durable, looks, outbox, retract, rooms, scrub, state};

/// What an entry is to its reader: this and above are messages.
pub(super) const MESSAGE: i64 = 2;
/// A message that mentions this person by name.
const TO_ME: i64 = 3;
/// A message that mentions everybody, if its author may.
const TO_ALL: i64 = 4;

/// One entry of the log as the timeline needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) seq: Seq,
    pub(crate) at: i64,
    pub(crate) kind: Kind,
    pub(crate) author: AccountId,
    pub(crate) origin: Origin,
    pub(crate) body: Vec<u8>,
    /// It is a text, a file, or what a newer Snug knows.
    pub(crate) is_message: bool,
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
    /// Up to where nothing was missed of these rooms.
    pub(crate) live: BTreeMap<RoomId, Seq>,
    /// Messages among them that mention this person.
    pub(crate) mentions: BTreeSet<(RoomId, Seq)>,
    /// Outbox items that now have their place, with the number they were sent under.
    pub(crate) settled: Vec<Settled>,
    /// Bodies of entries held before were emptied or changed.
    pub(crate) changed: bool,
    /// Something was retracted: its bytes are to leave the disk soon.
    pub(crate) retracted: bool,
    /// Somebody looks otherwise than before.
    pub(crate) looks: bool,
    /// Rooms that are named, or peopled, otherwise than before.
    pub(crate) rooms: BTreeSet<RoomId>,
    /// The server is called otherwise than when this session began.
    pub(crate) server_name: Option<String>,
    /// Messages of this person that are gone, with edits of each that were not named or came in later: they have to go
    /// as well.
    pub(crate) orphans: Vec<(RoomId, Vec<Retracted>)>,
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

pub(super) fn seq_of(place: i64) -> Seq {
    Seq((place & 0xffff_ffff) as u32)
}

pub(super) fn room_of(place: i64) -> RoomId {
    RoomId((place >> 32) as u32)
}

/// Reads place, at, kind, author, body, device, number and what.
pub(super) fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        seq: seq_of(row.get(0)?),
        at: row.get(1)?,
        kind: Kind(row.get(2)?),
        author: AccountId(row.get::<_, i64>(3)?.cast_unsigned()),
        body: row.get(4)?,
        origin: Origin {
            device: DeviceId(row.get::<_, i64>(5)?.cast_unsigned()),
            number: Number(row.get::<_, i64>(6)?.cast_unsigned()),
        },
        is_message: row.get::<_, i64>(7)? >= MESSAGE,
    })
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
                merged.live.insert(*room, write_ranges(&change, *room, ranges)?);
            }
            change.commit()?;
            Ok(merged)
        })
    }

    /// The newest `limit` entries with something to see up to `to` and not below `from`, ascending.
    pub(crate) fn page(&self, room: RoomId, from: Seq, to: Seq, limit: usize) -> Result<Vec<Row>> {
        self.with(|db| {
            let mut query = db.prepare_cached(
                "SELECT place, at, kind, author, body, device, number, what FROM entries
                 WHERE place BETWEEN ?1 AND ?2 AND what > 0 ORDER BY place DESC LIMIT ?3",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = query.query_map(params![place(room, from), place(room, to), limit], read_row)?;
            let mut rows: Vec<Row> = rows.collect::<rusqlite::Result<_>>()?;
            rows.reverse();
            Ok(rows)
        })
    }

    /// The next places with something to see after `after` and not above `to`, ascending.
    pub(crate) fn next_seqs(&self, room: RoomId, after: Seq, to: Seq, limit: usize) -> Result<Vec<Seq>> {
        self.with(|db| {
            let mut query = db.prepare_cached(
                "SELECT place FROM entries WHERE place > ?1 AND place <= ?2 AND what > 0
                 ORDER BY place LIMIT ?3",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = query.query_map(params![place(room, after), place(room, to), limit], |row| {
                Ok(seq_of(row.get(0)?))
            })?;
            rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
        })
    }

    /// The first entry held of a room that was written at a time or later.
    pub(crate) fn first_at(&self, room: RoomId, at: i64) -> Result<Option<Seq>> {
        self.with(|db| {
            // Times never go back within a room, so halving finds it.
            let (mut low, mut high) = (place(room, Seq(0)), place(room, Seq(u32::MAX)));
            let mut query =
                db.prepare_cached("SELECT place, at FROM entries WHERE place > ?1 ORDER BY place LIMIT 1")?;
            let mut found = None;
            while low < high {
                let middle = low + (high - low) / 2;
                let next = query
                    .query_row([middle], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
                    .optional()?
                    .filter(|(next, _)| *next <= place(room, Seq(u32::MAX)));
                match next {
                    Some((next, then)) if then < at => low = next,
                    Some((next, _)) => {
                        found = Some(next);
                        high = middle;
                    }
                    None => high = middle,
                }
            }
            Ok(found.map(seq_of))
        })
    }
}

fn put(db: &Connection, index: usize, mut entry: Entry, mine: Mine, merged: &mut Merged) -> Result<()> {
    let at = place(entry.room, entry.seq);
    let held = db
        .prepare_cached("SELECT device, number, length(body), what FROM entries WHERE place = ?1")?
        .query_row([at], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
        })
        .optional()?;
    if let Some((device, number, ..)) = held
        && (device, number) != (entry.device.0.cast_signed(), entry.number.0.cast_signed())
    {
        return Err(CopyError::PutBack);
    }
    let left = retract::what_is_left(db, at)?;
    // A page that was on its way while it was retracted.
    if left.is_some() && entry.kind == Kind::CONTENT {
        (entry.body, entry.blobs) = (Body::default(), Blobs::default());
    }
    let emptied = held.is_some_and(|(_, _, len, _)| len > 0) && entry.body.is_empty();
    if held.is_none() || emptied {
        let was = held.map_or(PLAIN, |(.., what)| what.min(PLAIN));
        let was = if entry.kind == Kind::PROFILE { HIDDEN } else { was };
        let what = if emptied { was } else { left.unwrap_or_else(|| what_of(&entry, mine.me)) };
        write_entry(db, at, &entry, what)?;
        if what == TO_ME || (what == TO_ALL && acts::calls_all(db, entry.room, entry.author)?) {
            merged.mentions.insert((entry.room, entry.seq));
        }
    }
    if emptied {
        merged.changed = true;
        merged.retracted = true;
        scrub::note(db)?;
    }
    if held.is_none() {
        take(db, &entry, mine.me, merged)?;
    }
    if entry.author == mine.me {
        let there = (entry.room, entry.seq);
        merged.settled.extend(outbox::settle(db, there, entry.origin(), mine.device)?);
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

/// Takes what a new entry does to others and to its room.
fn take(db: &Connection, entry: &Entry, me: AccountId, merged: &mut Merged) -> Result<()> {
    if let Some(orphan) = acts::take(db, entry, me)? {
        merged.orphans.push((entry.room, orphan));
    }
    if retract::take(db, entry)? {
        merged.changed = true;
        merged.retracted = true;
        merged.rooms.insert(entry.room);
        let unnamed = retract::unnamed_edits(db, entry, me)?;
        merged.orphans.extend(unnamed.into_iter().map(|targets| (entry.room, targets)));
    }
    match looks::take(db, entry)? {
        looks::Took::Nothing => {}
        looks::Took::Look => merged.looks = true,
        looks::Took::InPlaceOfAnother => {
            (merged.looks, merged.changed, merged.retracted) = (true, true, true);
        }
    }
    match state::take(db, entry, me)? {
        Said::Nothing => {}
        Said::Room => drop(merged.rooms.insert(entry.room)),
        Said::ServerName(name) => merged.server_name = Some(name),
    }
    Ok(())
}

/// What an entry is to its reader.
fn what_of(entry: &Entry, me: AccountId) -> i64 {
    match entry.kind {
        Kind::CONTENT => match Content::from_body(&entry.body) {
            Ok(Content::Text(text)) if text.mentions.people.contains(&me) => TO_ME,
            Ok(Content::Text(text)) if text.mentions.room => TO_ALL,
            Ok(Content::Edit(_) | Content::Reaction(_) | Content::Pin(_)) => HIDDEN,
            Ok(Content::Text(_) | Content::File(_) | Content::Unknown { .. }) => MESSAGE,
            Err(ContentError::UnknownScheme(_)) => MESSAGE,
            Err(ContentError::Retracted | ContentError::Malformed) => PLAIN,
        },
        // What changes a name is shown by whoever takes it.
        Kind::RETRACT | Kind::PROFILE => HIDDEN,
        _ => PLAIN,
    }
}

fn write_entry(db: &Connection, at: i64, entry: &Entry, what: i64) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO entries
             (place, at, kind, author, device, number, generation, epoch, blobs, body, what)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
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
        what,
    ])?;
    Ok(())
}

pub(super) fn write_ranges(db: &Connection, room: RoomId, ranges: &Ranges) -> Result<Seq> {
    let (head, live) = (ranges.top().unwrap_or_default(), live(db, room, ranges)?);
    db.prepare_cached("DELETE FROM ranges WHERE room = ?1")?.execute([room.0])?;
    for (low, high) in ranges.iter() {
        db.prepare_cached("INSERT INTO ranges (room, low, high) VALUES (?1, ?2, ?3)")?
            .execute(params![room.0, low, high])?;
    }
    db.prepare_cached("UPDATE rooms SET head = max(head, ?2), live = ?3 WHERE room = ?1")?
        .execute(params![room.0, head.0, live.0])?;
    Ok(live)
}

/// Up to where nothing was missed, now that these are held. A span of which nothing was ever held begins with whatever
/// came first: what lies before is history.
fn live(db: &Connection, room: RoomId, ranges: &Ranges) -> Result<Seq> {
    let known: Option<(u32, u32)> = db
        .prepare_cached("SELECT live, first FROM rooms WHERE room = ?1")?
        .query_row([room.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (live, first) = known.unwrap_or_default();
    let from = if live >= first.max(1) { Seq(live) } else { ranges.top().unwrap_or_default() };
    let (_, high) = ranges.around(from).unwrap_or_default();
    Ok(high.max(Seq(live)))
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
