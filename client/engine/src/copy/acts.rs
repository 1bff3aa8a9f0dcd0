//! What acts on what: reactions, edits and pins, kept by the origin of what they act on, so that it may come later; and
//! the folding of a page, a few indexed look-ups for each of its rows.

use rusqlite::{Connection, OptionalExtension, params};
use snug_proto::content::Content;
use snug_proto::entry::{Entry, Kind, Retracted};
use snug_proto::id::{AccountId, DeviceId, Number, Origin, RoomId, Seq};
use snug_proto::limits::RETRACT_MAX;
use unicode_segmentation::UnicodeSegmentation;

use super::log::{Row, place, read_row, seq_of};
use super::{Copy, CopyError, Result};
use crate::event::{CHIP_NAMES_MAX, CHIPS_MAX};

/// Earlier texts told of one message: the newest ones.
const VERSIONS_MAX: usize = 100;
/// Pins told of one room: the newest ones.
const PINS_MAX: usize = 50;

/// A row of a page, with everything that acts on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folded {
    pub(crate) row: Row,
    /// The body of its author's last edit.
    pub(crate) edit: Option<Vec<u8>>,
    /// The first kinds of reactions, in the order in which they came up.
    pub(crate) chips: Vec<ChipRow>,
    /// How many kinds more there are.
    pub(crate) more: u32,
    pub(crate) is_pinned: bool,
    /// Whether its author may call everybody.
    pub(crate) calls_all: bool,
    /// What it answers.
    pub(crate) answers: Option<Answered>,
}

/// One kind of reaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChipRow {
    pub(crate) emoji: String,
    pub(crate) count: u32,
    pub(crate) mine: bool,
    /// The first people, with the places of their reactions, in that order.
    pub(crate) first: Vec<(i64, AccountId)>,
}

/// What a message answers: its row and its last edit, where it is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) origin: Origin,
    pub(crate) row: Option<Row>,
    pub(crate) edit: Option<Vec<u8>>,
}

/// One of the texts that a message had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextOf {
    pub(crate) at: i64,
    pub(crate) body: Vec<u8>,
}

impl Copy {
    /// Folds rows of a room.
    pub(crate) fn fold(&self, room: RoomId, rows: Vec<Row>, me: AccountId) -> Result<Vec<Folded>> {
        self.with(|db| rows.into_iter().map(|row| fold(db, room, row, me)).collect())
    }

    /// What the content of a body answers.
    pub(crate) fn answers(&self, room: RoomId, body: &[u8]) -> Result<Option<Answered>> {
        self.with(|db| answers(db, room, body))
    }

    /// The content of a name, where it is held.
    pub(crate) fn find(&self, room: RoomId, origin: Origin) -> Result<Option<Row>> {
        self.with(|db| find(db, room, origin))
    }

    /// What a message says now: its row, and the body of its last edit.
    pub(crate) fn current(&self, room: RoomId, seq: Seq) -> Result<Option<(Row, Option<Vec<u8>>)>> {
        self.with(|db| {
            let Some(row) = row_at(db, place(room, seq))? else { return Ok(None) };
            let edit = last_edit(db, room, row.origin, row.author)?;
            Ok(Some((row, edit)))
        })
    }

    /// A message and all edits of it by its author, as retractions name them: each names the message first.
    pub(crate) fn with_edits(&self, room: RoomId, row: &Row) -> Result<Vec<Vec<Retracted>>> {
        let all = self.with(|db| naming_edits(db, room, row))?;
        Ok(if all.is_empty() { vec![vec![named(row)]] } else { all })
    }

    /// The texts that a message had, oldest first; the last one is what it says now.
    pub(crate) fn texts(&self, room: RoomId, seq: Seq) -> Result<Vec<TextOf>> {
        self.with(|db| {
            let Some(row) = row_at(db, place(room, seq))? else { return Ok(Vec::new()) };
            let edits = edit_rows(db, room, &row, VERSIONS_MAX)?;
            Ok([row].into_iter().chain(edits).map(|row| TextOf { at: row.at, body: row.body }).collect())
        })
    }

    /// The pinned messages of a room that are held, the last pinned first.
    pub(crate) fn pins(&self, room: RoomId, me: AccountId) -> Result<Vec<Folded>> {
        self.with(|db| {
            let mut query = db.prepare_cached(
                "SELECT device, number FROM pins WHERE room = ?1 AND is_on = 1 ORDER BY place DESC LIMIT ?2",
            )?;
            let origins = query.query_map(params![room.0, PINS_MAX as i64], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
            })?;
            let mut pins = Vec::new();
            for origin in origins {
                let (device, number) = origin?;
                if let Some(row) = find_parts(db, room, device, number)?.filter(|row| !row.body.is_empty()) {
                    pins.push(fold(db, room, row, me)?);
                }
            }
            Ok(pins)
        })
    }
}

/// Takes what an entry does to others. Answers a message of this person and an edit of it that has to be retracted,
/// since the message was.
pub(super) fn take(db: &Connection, entry: &Entry, me: AccountId) -> Result<Option<Vec<Retracted>>> {
    if entry.kind != Kind::CONTENT {
        return Ok(None);
    }
    let at = place(entry.room, entry.seq);
    match Content::from_body(&entry.body) {
        Ok(Content::Edit(edit)) => {
            let (device, number) = parts(edit.target);
            db.prepare_cached(
                "INSERT OR IGNORE INTO edits (room, device, number, author, place) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![entry.room.0, device, number, entry.author.0.cast_signed(), at])?;
            let gone =
                find(db, entry.room, edit.target)?.filter(|row| row.author == me && row.body.is_empty());
            let edit = Retracted { seq: entry.seq, origin: entry.origin() };
            return Ok(gone.filter(|_| entry.author == me).map(|row| vec![named(&row), edit]));
        }
        // An emoji is one cluster; a text in its place does not count.
        Ok(Content::Reaction(reaction)) if reaction.emoji.as_str().graphemes(true).count() == 1 => {
            let (device, number) = parts(reaction.target);
            db.prepare_cached(
                "INSERT INTO reactions (room, device, number, emoji, author, place, is_on)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT DO UPDATE SET place = ?6, is_on = ?7 WHERE place < ?6",
            )?
            .execute(params![
                entry.room.0,
                device,
                number,
                reaction.emoji.as_str(),
                entry.author.0.cast_signed(),
                at,
                reaction.on
            ])?;
        }
        Ok(Content::Pin(pin)) => {
            let (device, number) = parts(pin.target);
            db.prepare_cached(
                "INSERT INTO pins (room, device, number, place, is_on) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET place = ?4, is_on = ?5 WHERE place < ?4",
            )?
            .execute(params![entry.room.0, device, number, at, pin.on])?;
        }
        _ => {}
    }
    Ok(None)
}

fn parts(origin: Origin) -> (i64, i64) {
    (origin.device.0.cast_signed(), origin.number.0.cast_signed())
}

fn fold(db: &Connection, room: RoomId, row: Row, me: AccountId) -> Result<Folded> {
    let mut folded = Folded {
        row,
        edit: None,
        chips: Vec::new(),
        more: 0,
        is_pinned: false,
        calls_all: false,
        answers: None,
    };
    let row = &folded.row;
    if row.kind != Kind::CONTENT || row.body.is_empty() {
        return Ok(folded);
    }
    folded.edit = last_edit(db, room, row.origin, row.author)?;
    (folded.chips, folded.more) = chips(db, room, row.origin, me)?;
    folded.is_pinned = is_pinned(db, room, row.origin)?;
    folded.calls_all = calls_all(db, room, row.author)?;
    folded.answers = answers(db, room, &row.body)?;
    Ok(folded)
}

fn answers(db: &Connection, room: RoomId, body: &[u8]) -> Result<Option<Answered>> {
    let Some(origin) = reply_to(body) else { return Ok(None) };
    let row = find(db, room, origin)?;
    let edit = match &row {
        Some(row) => last_edit(db, room, origin, row.author)?,
        None => None,
    };
    Ok(Some(Answered { origin, row, edit }))
}

/// What a message answers.
pub(crate) fn reply_to(body: &[u8]) -> Option<Origin> {
    match Content::from_body(body) {
        Ok(Content::Text(text)) => text.reply_to,
        Ok(Content::File(file)) => file.reply_to,
        _ => None,
    }
}

pub(super) fn find(db: &Connection, room: RoomId, origin: Origin) -> Result<Option<Row>> {
    let (device, number) = parts(origin);
    find_parts(db, room, device, number)
}

fn find_parts(db: &Connection, room: RoomId, device: i64, number: i64) -> Result<Option<Row>> {
    let mut query = db.prepare_cached(FIND)?;
    Ok(query.query_row(params![device, number, room.0], read_row).optional()?)
}

pub(super) const FIND: &str = "SELECT place, at, kind, author, body, device, number, what FROM entries
     WHERE kind = 1 AND device = ?1 AND number = ?2 AND place >> 32 = ?3 LIMIT 1";

pub(super) const ENTRY_AT: &str =
    "SELECT place, at, kind, author, body, device, number, what FROM entries WHERE place = ?1";

pub(super) fn row_at(db: &Connection, at: i64) -> Result<Option<Row>> {
    Ok(db.prepare_cached(ENTRY_AT)?.query_row([at], read_row).optional()?)
}

pub(super) const LAST_EDIT: &str = "SELECT body FROM edits JOIN entries USING (place)
     WHERE edits.room = ?1 AND edits.device = ?2 AND edits.number = ?3 AND edits.author = ?4 AND body <> x''
     ORDER BY edits.place DESC LIMIT 1";

/// What counts is the last edit by the author of what it edits.
pub(super) fn last_edit(
    db: &Connection,
    room: RoomId,
    origin: Origin,
    author: AccountId,
) -> Result<Option<Vec<u8>>> {
    let (device, number) = parts(origin);
    let mut query = db.prepare_cached(LAST_EDIT)?;
    let author = author.0.cast_signed();
    Ok(query.query_row(params![room.0, device, number, author], |row| row.get(0)).optional()?)
}

fn named(row: &Row) -> Retracted {
    Retracted { seq: row.seq, origin: row.origin }
}

/// The edits of a message by its author that are held, as retractions name them, the message in front of each.
pub(super) fn naming_edits(db: &Connection, room: RoomId, row: &Row) -> Result<Vec<Vec<Retracted>>> {
    let naming = |edits: &[Retracted]| [named(row)].into_iter().chain(edits.iter().copied()).collect();
    Ok(edits(db, room, row)?.chunks(RETRACT_MAX - 1).map(naming).collect())
}

fn edits(db: &Connection, room: RoomId, row: &Row) -> Result<Vec<Retracted>> {
    let (device, number) = parts(row.origin);
    let mut query = db.prepare_cached(
        "SELECT entries.place, entries.device, entries.number FROM edits JOIN entries USING (place)
         WHERE edits.room = ?1 AND edits.device = ?2 AND edits.number = ?3 AND edits.author = ?4 AND body <> x''
         ORDER BY edits.place",
    )?;
    let parameters = params![room.0, device, number, row.author.0.cast_signed()];
    let rows = query.query_map(parameters, |row| {
        let (device, number): (i64, i64) = (row.get(1)?, row.get(2)?);
        let origin =
            Origin { device: DeviceId(device.cast_unsigned()), number: Number(number.cast_unsigned()) };
        Ok(Retracted { seq: seq_of(row.get(0)?), origin })
    })?;
    rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
}

fn edit_rows(db: &Connection, room: RoomId, row: &Row, limit: usize) -> Result<Vec<Row>> {
    let (device, number) = parts(row.origin);
    let mut query = db.prepare_cached(
        "SELECT entries.place, at, kind, entries.author, body, entries.device, entries.number, what
         FROM edits JOIN entries USING (place)
         WHERE edits.room = ?1 AND edits.device = ?2 AND edits.number = ?3 AND edits.author = ?4 AND body <> x''
         ORDER BY edits.place DESC LIMIT ?5",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let parameters = params![room.0, device, number, row.author.0.cast_signed(), limit];
    let mut rows: Vec<Row> =
        query.query_map(parameters, read_row)?.collect::<rusqlite::Result<_>>().map_err(CopyError::from)?;
    rows.reverse();
    Ok(rows)
}

const CHIPS: &str = "SELECT emoji, author, place FROM reactions
     WHERE room = ?1 AND device = ?2 AND number = ?3 AND is_on = 1 ORDER BY emoji, author";

/// The reactions to one message. They come by emoji, in the order of the table's key, so however many there are, only
/// the first few kinds and people are ever in memory.
fn chips(db: &Connection, room: RoomId, origin: Origin, me: AccountId) -> Result<(Vec<ChipRow>, u32)> {
    let (device, number) = parts(origin);
    let mut query = db.prepare_cached(CHIPS)?;
    let mut rows = query.query(params![room.0, device, number])?;
    let (mut kept, mut more): (Vec<ChipRow>, u32) = (Vec::new(), 0);
    let mut open: Option<ChipRow> = None;
    while let Some(row) = rows.next()? {
        let emoji = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        let (author, at) = (AccountId(row.get::<_, i64>(1)?.cast_unsigned()), row.get::<_, i64>(2)?);
        if open.as_ref().is_none_or(|chip| chip.emoji != emoji) {
            more += keep(&mut kept, open.take());
            open = Some(ChipRow { emoji: emoji.to_owned(), count: 0, mine: false, first: Vec::new() });
        }
        if let Some(chip) = &mut open {
            chip.count += 1;
            chip.mine |= author == me;
            let position = chip.first.partition_point(|(earlier, _)| *earlier < at);
            chip.first.insert(position, (at, author));
            chip.first.truncate(CHIP_NAMES_MAX);
        }
    }
    more += keep(&mut kept, open);
    Ok((kept, more))
}

/// Keeps the kinds that came up first; answers how many were left out.
fn keep(kept: &mut Vec<ChipRow>, chip: Option<ChipRow>) -> u32 {
    let Some(chip) = chip else { return 0 };
    let came = |chip: &ChipRow| chip.first.first().map(|(at, _)| *at);
    let position = kept.partition_point(|other| came(other) < came(&chip));
    kept.insert(position, chip);
    let left_out = kept.len() > CHIPS_MAX;
    kept.truncate(CHIPS_MAX);
    u32::from(left_out)
}

pub(super) fn is_pinned(db: &Connection, room: RoomId, origin: Origin) -> Result<bool> {
    let (device, number) = parts(origin);
    let mut query =
        db.prepare_cached("SELECT is_on FROM pins WHERE room = ?1 AND device = ?2 AND number = ?3")?;
    Ok(query.query_row(params![room.0, device, number], |row| row.get(0)).optional()?.unwrap_or_default())
}

/// Everybody can be called by those who keep order, and by both people of a direct room.
pub(super) fn calls_all(db: &Connection, room: RoomId, author: AccountId) -> Result<bool> {
    let mut query = db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM members WHERE room = ?1 AND account = ?2 AND role > 0)
             OR EXISTS (SELECT 1 FROM rooms WHERE room = ?1 AND kind = 4)",
    )?;
    Ok(query.query_row(params![room.0, author.0.cast_signed()], |row| row.get(0))?)
}

#[cfg(test)]
mod tests;
