//! Writing the index, behind the messages: triggers note which entries were written, and what was noted is looked at
//! later, in small batches. Whatever happened to an entry in the meantime, the index then agrees with it.

use rusqlite::{Connection, OptionalExtension, params};
use snug_proto::content::Content;
use snug_proto::id::{AccountId, DeviceId, Number, Origin, RoomId};

use super::words::indexed;
use crate::copy::log::{Row, place, read_row, room_of};
use crate::copy::{Copy, CopyError, Result, acts, durable, scrub};

/// Entries in one batch: few enough that a message never waits long for the copy.
const BATCH: usize = 64;
/// Rows that one moment has in the index.
const TIES: i64 = 1 << 20;

/// Tables of the index. A row's key is made of the entry's time, so that the newest come first by themselves.
/// `columnsize` is for ranking, which is not offered; `prefix` is for what is still being typed.
pub(in crate::copy) const TABLES: &str = "
    CREATE VIRTUAL TABLE found USING fts5 (
        words, tags, place UNINDEXED, tokenize = 'ascii', columnsize = 0, prefix = '1 2 3');
    INSERT INTO found (found, rank) VALUES ('secure-delete', 1);
    CREATE TABLE indexed (place INTEGER PRIMARY KEY, key INTEGER NOT NULL) STRICT;
";

/// What came of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Indexed {
    /// There is more to look at.
    pub(crate) more: bool,
    /// Something retracted was taken out: its traces are to go.
    pub(crate) forgot: bool,
}

impl Copy {
    /// Looks at the next entries that were written.
    pub(crate) fn index_some(&self) -> Result<Indexed> {
        self.with(|db| {
            durable(db, false)?;
            let change = db.transaction()?;
            let mut batch = noted(&change)?;
            let full = batch.len() == BATCH;
            // The index takes rows in the order of their keys at a fraction of the cost.
            batch.sort_by_key(|(_, row)| row.at);
            let mut forgot = false;
            for (at, row) in &batch {
                forgot |= look_at(&change, *at, row)?;
                change.prepare_cached("DELETE FROM to_index WHERE place = ?1")?.execute([at])?;
            }
            if forgot {
                scrub::note(&change)?;
            }
            change.commit()?;
            Ok(Indexed { more: full, forgot })
        })
    }
}

/// The log was dropped, and the index with it.
pub(in crate::copy) fn clear(db: &Connection) -> Result<()> {
    // Row by row this would take minutes.
    db.execute_batch("DROP TABLE found; DROP TABLE indexed; DELETE FROM to_index;")?;
    Ok(db.execute_batch(TABLES)?)
}

pub(super) const NOTED: &str = "
    SELECT place, at, kind, author, body, device, number, what FROM to_index JOIN entries USING (place)
    ORDER BY place DESC LIMIT ?1";

/// Entries as they stand now, with their places.
fn noted(db: &Connection) -> Result<Vec<(i64, Row)>> {
    let mut query = db.prepare_cached(NOTED)?;
    let rows = query.query_map([BATCH as i64], |row| Ok((row.get(0)?, read_row(row)?)))?;
    rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
}

/// Makes the index agree with an entry. Answers whether something retracted was taken out.
fn look_at(db: &Connection, at: i64, row: &Row) -> Result<bool> {
    match Content::from_body(&row.body) {
        // What an edit replaces is still in the log: nothing is to be forgotten.
        Ok(Content::Edit(edit)) => reindex(db, at, row, edit.target).map(|_| false),
        Ok(Content::Text(_) | Content::File(_)) => write(db, at, row).map(|_| false),
        _ => {
            let edited = db
                .prepare_cached(EDITED)?
                .query_row([at], |row| {
                    let (device, number): (i64, i64) = (row.get(0)?, row.get(1)?);
                    Ok(Origin {
                        device: DeviceId(device.cast_unsigned()),
                        number: Number(number.cast_unsigned()),
                    })
                })
                .optional()?;
            let again = edited.map(|target| reindex(db, at, row, target)).transpose()?.unwrap_or_default();
            Ok(forget(db, at)? || again)
        }
    }
}

/// What an edit was about, also when there is nothing left of it.
pub(super) const EDITED: &str = "SELECT device, number FROM edits WHERE place = ?1";

/// Looks again at the text that an edit is about.
fn reindex(db: &Connection, at: i64, edit: &Row, target: Origin) -> Result<bool> {
    let room = room_of(at);
    match acts::find(db, room, target)? {
        Some(text)
            if text.author == edit.author
                && matches!(Content::from_body(&text.body), Ok(Content::Text(_))) =>
        {
            write(db, place(room, text.seq), &text)
        }
        _ => Ok(false),
    }
}

/// Puts into the index what an entry says now.
fn write(db: &Connection, at: i64, row: &Row) -> Result<bool> {
    let forgot = forget(db, at)?;
    let Some((text, is_file)) = says(db, room_of(at), row)? else { return Ok(forgot) };
    let key = free_key(db, at, row)?;
    let tags = tags(at, row, is_file);
    db.prepare_cached("INSERT INTO found (rowid, words, tags, place) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![key, indexed(&text), tags, at])?;
    db.prepare_cached("INSERT INTO indexed (place, key) VALUES (?1, ?2)")?.execute([at, key])?;
    Ok(forgot)
}

/// Takes an entry out of the index for good. Answers whether it was there.
fn forget(db: &Connection, place: i64) -> Result<bool> {
    let key: Option<i64> = db
        .prepare_cached("DELETE FROM indexed WHERE place = ?1 RETURNING key")?
        .query_row([place], |row| row.get(0))
        .optional()?;
    let Some(key) = key else { return Ok(false) };
    db.prepare_cached("DELETE FROM found WHERE rowid = ?1")?.execute([key])?;
    Ok(true)
}

/// What an entry says now, the last edit of it counted, and whether it is a file.
pub(super) fn says(db: &Connection, room: RoomId, row: &Row) -> Result<Option<(String, bool)>> {
    match Content::from_body(&row.body) {
        Ok(Content::Text(text)) => {
            let edit = acts::last_edit(db, room, row.origin, row.author)?;
            let edited = edit.and_then(|body| match Content::from_body(&body) {
                Ok(Content::Edit(edit)) => Some(edit.text.into_string()),
                _ => None,
            });
            Ok(Some((edited.unwrap_or_else(|| text.text.into_string()), false)))
        }
        Ok(Content::File(file)) => Ok(Some((file.name.into_string(), true))),
        _ => Ok(None),
    }
}

/// The first moment's key; times that no clock shows are moved to where there are keys.
pub(super) fn key(at: i64) -> i64 {
    at.clamp(0, i64::MAX / TIES - 1) * TIES
}

fn free_key(db: &Connection, at: i64, row: &Row) -> Result<i64> {
    let mut taken = db.prepare_cached("SELECT 1 FROM found WHERE rowid = ?1")?;
    let low = at & (TIES - 1);
    for tie in 0..TIES {
        let key = key(row.at) + (low + tie) % TIES;
        if !taken.exists([key])? {
            return Ok(key);
        }
    }
    // A million messages of one moment.
    Err(CopyError::Damaged)
}

fn tags(at: i64, row: &Row, is_file: bool) -> String {
    let tags = format!("{} {}", author_tag(row.author), room_tag(room_of(at)));
    if is_file { format!("{tags} {FILE_TAG}") } else { tags }
}

pub(super) const FILE_TAG: &str = "file";

pub(super) fn author_tag(author: AccountId) -> String {
    format!("a{}", author.0)
}

pub(super) fn room_tag(room: RoomId) -> String {
    format!("r{}", room.0)
}
