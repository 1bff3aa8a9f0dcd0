//! A room's log from its beginning, with everything that acts on each entry: what an export is made of.

use rusqlite::{Connection, params};
use snug_proto::content::{Content, FileContent};
use snug_proto::entry::Kind;
use snug_proto::id::{AccountId, RoomId, Seq};

use super::acts::{TextOf, is_pinned};
use super::log::{Row, place, read_row};
use super::{Copy, CopyError, Result, WhereFile};

/// Reactions told of one message.
const REACTIONS_MAX: i64 = 10_000;

/// An entry, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exported {
    pub(crate) row: Row,
    /// The texts it had, oldest first, where there is more than one.
    pub(crate) texts: Vec<TextOf>,
    /// Emoji and people, by emoji.
    pub(crate) reactions: Vec<(String, AccountId)>,
    pub(crate) is_pinned: bool,
    /// Where its file is.
    pub(crate) file: Option<WhereFile>,
}

/// A file that an export lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NextFile {
    /// It stands here.
    Found(Seq, Box<FileContent>),
    /// None so far; the search goes on behind this place.
    NotUpTo(Seq),
    /// There is none.
    None,
}

impl Copy {
    /// The next entries after a place, oldest first, with what acts on them.
    pub(crate) fn export(&self, room: RoomId, after: Seq, limit: usize) -> Result<Vec<Exported>> {
        let rows = self.with(|db| rows_after(db, room, after, limit))?;
        rows.into_iter().map(|row| self.exported(room, row)).collect()
    }

    fn exported(&self, room: RoomId, row: Row) -> Result<Exported> {
        let mut exported =
            Exported { row, texts: Vec::new(), reactions: Vec::new(), is_pinned: false, file: None };
        let row = &exported.row;
        if row.kind != Kind::CONTENT || row.body.is_empty() {
            return Ok(exported);
        }
        exported.texts = self.texts(room, row.seq)?;
        if exported.texts.len() == 1 {
            exported.texts.clear();
        }
        if let Some(file) = file_of(row) {
            exported.file = self.where_file(file.blob)?;
        }
        (exported.reactions, exported.is_pinned) =
            self.with(|db| Ok((reactions(db, room, row)?, is_pinned(db, room, row.origin)?)))?;
        Ok(exported)
    }

    /// The first file after a place, among the next entries, that is not on this computer.
    pub(crate) fn next_missing_file(&self, room: RoomId, after: Seq, limit: usize) -> Result<NextFile> {
        let rows = self.with(|db| rows_after(db, room, after, limit))?;
        let Some(last) = rows.last().map(|row| row.seq) else { return Ok(NextFile::None) };
        for row in rows {
            let Some(file) = file_of(&row) else { continue };
            match self.where_file(file.blob)? {
                Some(WhereFile::Here(path)) if path.exists() => {}
                _ => return Ok(NextFile::Found(row.seq, Box::new(file))),
            }
        }
        Ok(NextFile::NotUpTo(last))
    }
}

fn file_of(row: &Row) -> Option<FileContent> {
    match Content::from_body(&row.body) {
        Ok(Content::File(file)) => Some(file),
        _ => None,
    }
}

fn rows_after(db: &Connection, room: RoomId, after: Seq, limit: usize) -> Result<Vec<Row>> {
    let mut query = db.prepare_cached(
        "SELECT place, at, kind, author, body, device, number, what FROM entries
         WHERE place > ?1 AND place <= ?2 ORDER BY place LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = query.query_map(params![place(room, after), place(room, Seq(u32::MAX)), limit], read_row)?;
    rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
}

fn reactions(db: &Connection, room: RoomId, row: &Row) -> Result<Vec<(String, AccountId)>> {
    let mut query = db.prepare_cached(
        "SELECT emoji, author FROM reactions
         WHERE room = ?1 AND device = ?2 AND number = ?3 AND is_on = 1 ORDER BY emoji, author LIMIT ?4",
    )?;
    let (device, number) = (row.origin.device.0.cast_signed(), row.origin.number.0.cast_signed());
    let rows = query.query_map(params![room.0, device, number, REACTIONS_MAX], |row| {
        Ok((row.get(0)?, AccountId(row.get::<_, i64>(1)?.cast_unsigned())))
    })?;
    rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
}
