//! Writing the index, behind the messages: triggers note which entries were written, and what was noted is looked at
//! later, in small batches. Whatever happened to an entry in the meantime, the index then agrees with it.

use rusqlite::{Connection, OptionalExtension, params};
use snug_proto::content::{Content, EditContent};
use snug_proto::id::{AccountId, Origin};

use super::words::indexed;
use crate::copy::{Copy, CopyError, Result, durable};

/// Entries in one batch: few enough that a message never waits long for the copy.
const BATCH: usize = 128;
/// Rows that one moment has in the index.
const TIES: i64 = 1 << 20;

/// Tables of the index. A row's key is made of the entry's time, so that the newest come first by themselves.
/// `columnsize` is for ranking, which is not offered; `prefix` is for what is still being typed.
pub(in crate::copy) const TABLES: &str = "
    CREATE VIRTUAL TABLE found USING fts5 (
        words, tags, place UNINDEXED, tokenize = 'ascii', columnsize = 0, prefix = '2 3 4');
    INSERT INTO found (found, rank) VALUES ('secure-delete', 1);
    CREATE TABLE indexed (place INTEGER PRIMARY KEY, key INTEGER NOT NULL) STRICT;
    -- Which texts take the place of which.
    CREATE TABLE found_edits (
        place INTEGER PRIMARY KEY, device INTEGER NOT NULL, number INTEGER NOT NULL, author INTEGER NOT NULL) STRICT;
    CREATE INDEX found_edits_of ON found_edits (device, number, author, place);
";

/// What came of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Indexed {
    /// There is more to look at.
    More,
    /// Everything is in the index.
    All,
}

/// An entry as the index sees it.
struct Seen {
    place: i64,
    at: i64,
    author: AccountId,
    origin: Origin,
    body: Vec<u8>,
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
            batch.sort_by_key(|seen| seen.at);
            let mut forgot = false;
            for seen in &batch {
                forgot |= look_at(&change, seen)?;
                change.prepare_cached("DELETE FROM to_index WHERE place = ?1")?.execute([seen.place])?;
            }
            change.commit()?;
            if forgot {
                // What was retracted is gone from the file beside the copy as well. A search that still reads an older
                // state is in the way: the next one gets it.
                let _ = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            }
            Ok(if full { Indexed::More } else { Indexed::All })
        })
    }
}

/// The log was dropped, and the index with it.
pub(in crate::copy) fn clear(db: &Connection) -> Result<()> {
    // Row by row this would take minutes.
    db.execute_batch("DROP TABLE found; DROP TABLE indexed; DROP TABLE found_edits; DELETE FROM to_index;")?;
    Ok(db.execute_batch(TABLES)?)
}

pub(super) const NOTED: &str = "
    SELECT place, at, author, device, number, body FROM to_index JOIN entries USING (place)
    ORDER BY place DESC LIMIT ?1";

fn noted(db: &Connection) -> Result<Vec<Seen>> {
    let mut query = db.prepare_cached(NOTED)?;
    let rows = query.query_map([BATCH as i64], seen)?;
    rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
}

fn seen(row: &rusqlite::Row<'_>) -> rusqlite::Result<Seen> {
    Ok(Seen {
        place: row.get(0)?,
        at: row.get(1)?,
        author: AccountId(row.get::<_, i64>(2)?.cast_unsigned()),
        origin: Origin {
            device: snug_proto::id::DeviceId(row.get::<_, i64>(3)?.cast_unsigned()),
            number: snug_proto::id::Number(row.get::<_, i64>(4)?.cast_unsigned()),
        },
        body: row.get(5)?,
    })
}

/// Makes the index agree with an entry. Answers whether something was taken out for good.
fn look_at(db: &Connection, seen: &Seen) -> Result<bool> {
    match Content::from_body(&seen.body) {
        Ok(Content::Edit(edit)) => {
            let EditContent { target, .. } = edit;
            db.prepare_cached(
                "INSERT OR REPLACE INTO found_edits (place, device, number, author) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                seen.place,
                target.device.0.cast_signed(),
                target.number.0.cast_signed(),
                seen.author.0.cast_signed()
            ])?;
            reindex(db, seen, target)
        }
        Ok(Content::Text(_) | Content::File(_)) => write(db, seen),
        _ => {
            let edited = db
                .prepare_cached("DELETE FROM found_edits WHERE place = ?1 RETURNING device, number")?
                .query_row([seen.place], |row| {
                    Ok(Origin {
                        device: snug_proto::id::DeviceId(row.get::<_, i64>(0)?.cast_unsigned()),
                        number: snug_proto::id::Number(row.get::<_, i64>(1)?.cast_unsigned()),
                    })
                })
                .optional()?;
            let again = edited.map(|target| reindex(db, seen, target)).transpose()?.unwrap_or_default();
            // Nothing of a text that was never indexed may stay beside the copy either.
            Ok(forget(db, seen.place)? || again || seen.body.is_empty())
        }
    }
}

pub(super) const EDITED: &str = "
    SELECT place, at, author, device, number, body FROM entries
    WHERE device = ?1 AND number = ?2 AND author = ?3 AND place >> 32 = ?4 >> 32 AND kind = 1 LIMIT 1";

/// Looks again at the text that an edit is about.
fn reindex(db: &Connection, edit: &Seen, target: Origin) -> Result<bool> {
    let found = db
        .prepare_cached(EDITED)?
        .query_row(
            params![
                target.device.0.cast_signed(),
                target.number.0.cast_signed(),
                edit.author.0.cast_signed(),
                edit.place,
            ],
            seen,
        )
        .optional()?;
    match found {
        Some(text) if matches!(Content::from_body(&text.body), Ok(Content::Text(_))) => write(db, &text),
        _ => Ok(false),
    }
}

/// Puts into the index what an entry says now.
fn write(db: &Connection, seen: &Seen) -> Result<bool> {
    let forgot = forget(db, seen.place)?;
    let Some((text, is_file)) = says(db, seen.place, seen.author, seen.origin, &seen.body)? else {
        return Ok(forgot);
    };
    let key = free_key(db, seen)?;
    let tags = tags(seen, is_file);
    db.prepare_cached("INSERT INTO found (rowid, words, tags, place) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![key, indexed(&text), tags, seen.place])?;
    db.prepare_cached("INSERT INTO indexed (place, key) VALUES (?1, ?2)")?.execute([seen.place, key])?;
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
pub(super) fn says(
    db: &Connection,
    place: i64,
    author: AccountId,
    origin: Origin,
    body: &[u8],
) -> Result<Option<(String, bool)>> {
    match Content::from_body(body) {
        Ok(Content::Text(text)) => {
            let edited = last_edit(db, place, author, origin)?;
            Ok(Some((edited.unwrap_or_else(|| text.text.into_string()), false)))
        }
        Ok(Content::File(file)) => Ok(Some((file.name.into_string(), true))),
        _ => Ok(None),
    }
}

fn last_edit(db: &Connection, place: i64, author: AccountId, origin: Origin) -> Result<Option<String>> {
    let mut query = db.prepare_cached(LAST_EDIT)?;
    let parameters = params![
        origin.device.0.cast_signed(),
        origin.number.0.cast_signed(),
        author.0.cast_signed(),
        place >> 32 << 32,
        place | 0xffff_ffff,
    ];
    let body: Option<Vec<u8>> = query.query_row(parameters, |row| row.get(0)).optional()?;
    Ok(body.and_then(|body| match Content::from_body(&body) {
        Ok(Content::Edit(edit)) => Some(edit.text.into_string()),
        _ => None,
    }))
}

pub(super) const LAST_EDIT: &str = "
    SELECT body FROM found_edits AS edits JOIN entries USING (place)
    WHERE edits.device = ?1 AND edits.number = ?2 AND edits.author = ?3 AND place BETWEEN ?4 AND ?5
    ORDER BY place DESC LIMIT 1";

/// The first moment's key; times that no clock shows are moved to where there are keys.
pub(super) fn key(at: i64) -> i64 {
    at.clamp(0, i64::MAX / TIES - 1) * TIES
}

fn free_key(db: &Connection, seen: &Seen) -> Result<i64> {
    let mut taken = db.prepare_cached("SELECT 1 FROM found WHERE rowid = ?1")?;
    let low = seen.place & (TIES - 1);
    for tie in 0..TIES {
        let key = key(seen.at) + (low + tie) % TIES;
        if !taken.exists([key])? {
            return Ok(key);
        }
    }
    // A million messages of one moment.
    Err(CopyError::Damaged)
}

fn tags(seen: &Seen, is_file: bool) -> String {
    let tags = format!("{} {}", author_tag(seen.author), room_tag(seen.place >> 32));
    if is_file { format!("{tags} {FILE_TAG}") } else { tags }
}

pub(super) const FILE_TAG: &str = "file";

pub(super) fn author_tag(author: AccountId) -> String {
    format!("a{}", author.0)
}

pub(super) fn room_tag(room: i64) -> String {
    format!("r{room}")
}
