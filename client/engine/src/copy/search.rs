//! Search in the copy: SQLite's FTS5, newest first. Finding reads through a connection of its own, so that a long
//! search keeps nobody waiting; a later search ends an earlier one.

mod context;
mod index;
mod query;
mod words;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, params};
use snug_proto::id::{AccountId, RoomId, Seq};

use super::log::room_of;
use super::{CopyError, Result, Row, acts};

pub(crate) use context::context;
pub(crate) use index::Indexed;
pub(super) use index::{TABLES, clear};
pub(crate) use query::{Phrase, Query};
pub(crate) use words::fold;

/// Steps of SQLite between two looks at whether somebody searches for something else.
const LOOK_EVERY: i32 = 1000;

/// The connection that searches.
#[derive(Debug)]
pub(super) struct Reader {
    path: PathBuf,
    db: Mutex<Option<Connection>>,
    latest: Arc<AtomicU64>,
}

/// Which search it is: it ends when there is a later one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn(u64);

/// What is looked for, in the words of the index. Everything must hold at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// What stands in the text.
    pub(crate) phrases: Vec<Phrase>,
    /// One of these wrote it, for each list.
    pub(crate) from: Vec<Vec<AccountId>>,
    /// It stands in one of these, for each list.
    pub(crate) rooms: Vec<Vec<RoomId>>,
    /// It is a file.
    pub(crate) has_file: bool,
    /// The first moment.
    pub(crate) after: Option<i64>,
    /// The first moment that is too late.
    pub(crate) before: Option<i64>,
    /// How many at most.
    pub(crate) limit: usize,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
    pub(crate) at: i64,
    pub(crate) author: AccountId,
    /// What it says now; a file's name.
    pub(crate) text: String,
    pub(crate) is_file: bool,
}

/// What a search came to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Matches {
    /// Newest first.
    pub(crate) matches: Vec<Match>,
    /// There are older ones.
    pub(crate) more: bool,
    /// Entries held that are not in the index yet.
    pub(crate) to_index: u64,
}

impl Reader {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, db: Mutex::default(), latest: Arc::default() }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let mut db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        if db.is_none() {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let opened = Connection::open_with_flags(&self.path, flags)?;
            opened.busy_timeout(std::time::Duration::from_secs(5))?;
            opened.pragma_update(None, "trusted_schema", "OFF")?;
            *db = Some(opened);
        }
        db.as_mut().map_or_else(|| Ok(None), |db| act(db).map(Some))?.ok_or(CopyError::Damaged)
    }
}

impl super::Copy {
    /// Begins a search, and ends the one before.
    pub(crate) fn search_turn(&self) -> Turn {
        Turn(self.reader.latest.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Looks for messages, newest first. `None` when a later search has begun.
    pub(crate) fn search(&self, turn: Turn, wanted: &Wanted) -> Result<Option<Matches>> {
        let latest = self.reader.latest.clone();
        let overtaken = move || latest.load(Ordering::Relaxed) != turn.0;
        self.reader.with(|db| {
            if overtaken() {
                return Ok(None);
            }
            db.progress_handler(LOOK_EVERY, Some(overtaken))?;
            let found = in_one_view(db, wanted);
            db.progress_handler(0, None::<fn() -> bool>)?;
            match found {
                Err(CopyError::Sql(error))
                    if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) =>
                {
                    Ok(None)
                }
                found => found.map(Some),
            }
        })
    }
}

const MATCHING: &str = "SELECT place FROM found WHERE found MATCH ?4 AND rowid >= ?1 AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3";
const WITHIN: &str = "SELECT place FROM found WHERE rowid >= ?1 AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3";

/// What was found and what was not looked at are counted in the same moment.
fn in_one_view(db: &mut Connection, wanted: &Wanted) -> Result<Matches> {
    let view = db.transaction()?;
    find(&view, wanted)
}

fn find(db: &Connection, wanted: &Wanted) -> Result<Matches> {
    let from = wanted.after.map_or(0, index::key);
    let to = wanted.before.map_or(i64::MAX, index::key);
    let limit = i64::try_from(wanted.limit).unwrap_or(i64::MAX).saturating_add(1);
    let place = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    let mut places: Vec<i64> = match expression(wanted) {
        Some(expression) => {
            let mut query = db.prepare_cached(MATCHING)?;
            query.query_map(params![from, to, limit, expression], place)?.collect::<rusqlite::Result<_>>()?
        }
        None => {
            let mut query = db.prepare_cached(WITHIN)?;
            query.query_map(params![from, to, limit], place)?.collect::<rusqlite::Result<_>>()?
        }
    };
    let more = places.len() > wanted.limit;
    places.truncate(wanted.limit);
    let mut matches = Vec::with_capacity(places.len());
    for place in places {
        matches.extend(read(db, place)?);
    }
    let to_index: i64 = db.query_row("SELECT count(*) FROM to_index", [], |row| row.get(0))?;
    Ok(Matches { matches, more, to_index: to_index.cast_unsigned() })
}

/// A message as it stands now; one that was retracted a moment ago is no more.
fn read(db: &Connection, place: i64) -> Result<Option<Match>> {
    let Some(row) = acts::row_at(db, place)? else { return Ok(None) };
    let room = room_of(place);
    let says = index::says(db, room, &row)?;
    let Row { seq, at, author, .. } = row;
    Ok(says.map(|(text, is_file)| Match { room, seq, at, author, text, is_file }))
}

/// The question in FTS5's language. Every word is quoted, and words hold letters, digits and marks only.
fn expression(wanted: &Wanted) -> Option<String> {
    let phrase = |phrase: &Phrase| {
        format!("words : \"{}\"{}", phrase.words.join(" "), if phrase.open { " *" } else { "" })
    };
    let any = |tags: Vec<String>| format!("tags : ({})", tags.join(" OR "));
    let mut parts: Vec<String> = wanted.phrases.iter().map(phrase).collect();
    parts.extend(wanted.from.iter().map(|from| any(from.iter().copied().map(index::author_tag).collect())));
    parts.extend(
        wanted.rooms.iter().map(|rooms| any(rooms.iter().map(|room| index::room_tag(*room)).collect())),
    );
    if wanted.has_file {
        parts.push(format!("tags : {}", index::FILE_TAG));
    }
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

#[cfg(test)]
mod tests;
