//! The server's log, as its database has it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use snug_proto::content::Content;
use snug_proto::entry::{Kind, RoomKind};

/// What makes one entry that and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) at: i64,
    pub(crate) kind: u16,
    pub(crate) author: i64,
    pub(crate) device: i64,
    pub(crate) number: i64,
    pub(crate) body: Vec<u8>,
}

/// A membership: from, to (included), and who.
#[derive(Debug)]
struct Stay {
    account: i64,
    joined: u32,
    left: Option<u32>,
}

/// Everything that is on the server's disk.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) rooms: BTreeMap<u32, RoomKind>,
    pub(crate) entries: BTreeMap<(u32, u32), Row>,
    stays: BTreeMap<u32, Vec<Stay>>,
    pub(crate) reads: BTreeMap<(i64, u32), u32>,
}

pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

pub(super) fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<((u32, u32), Row)> {
    let place: i64 = row.get(0)?;
    let entry = Row {
        at: row.get(1)?,
        kind: row.get(2)?,
        author: row.get(3)?,
        device: row.get(4)?,
        number: row.get(5)?,
        body: row.get(6)?,
    };
    Ok((((place >> 32) as u32, place as u32), entry))
}

impl Log {
    pub(crate) fn read(path: &Path) -> rusqlite::Result<Self> {
        let db = open(path)?;
        let mut found = db.prepare("SELECT id, kind FROM rooms")?;
        let rooms = found.query_map([], |row| Ok((row.get(0)?, RoomKind(row.get(1)?))))?;
        let rooms = rooms.collect::<rusqlite::Result<_>>()?;
        let mut found =
            db.prepare("SELECT id, at, kind, author, device, number, body FROM entries ORDER BY id")?;
        let entries = found.query_map([], row)?.collect::<rusqlite::Result<_>>()?;
        let mut stays: BTreeMap<u32, Vec<Stay>> = BTreeMap::new();
        let mut found =
            db.prepare("SELECT room, account, joined, left FROM members ORDER BY room, joined")?;
        let mut rows = found.query([])?;
        while let Some(row) = rows.next()? {
            let stay = Stay { account: row.get(1)?, joined: row.get(2)?, left: row.get(3)? };
            stays.entry(row.get(0)?).or_default().push(stay);
        }
        let mut found = db.prepare("SELECT account, room, seq FROM read_marks")?;
        let reads = found.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
        let reads = reads.collect::<rusqlite::Result<_>>()?;
        Ok(Self { rooms, entries, stays, reads })
    }

    /// No place is skipped, nothing stands there twice, and each computer's entries stand in its order.
    pub(crate) fn check(&self) -> Result<(), String> {
        let mut heads: BTreeMap<u32, u32> = BTreeMap::new();
        let mut origins = BTreeSet::new();
        let mut last: BTreeMap<(u32, i64), i64> = BTreeMap::new();
        for ((room, seq), entry) in &self.entries {
            let head = heads.entry(*room).or_default();
            if *seq != *head + 1 {
                return Err(format!("room {room} goes from {head} to {seq}"));
            }
            *head = *seq;
            if entry.kind != Kind::CONTENT.0 {
                continue;
            }
            if !origins.insert((entry.device, entry.number)) {
                return Err(format!("{}:{} stands there twice", entry.device, entry.number));
            }
            let before = last.insert((*room, entry.device), entry.number);
            if before.is_some_and(|before| before > entry.number) {
                return Err(format!("{}:{} comes too late in room {room}", entry.device, entry.number));
            }
        }
        Ok(())
    }

    /// Whether an account may read a place: in the lobby, the house and channels all up to where it left, elsewhere its stays.
    pub(crate) fn may_read(&self, account: i64, (room, seq): (u32, u32)) -> bool {
        let everybodys = [RoomKind::LOBBY, RoomKind::CHANNEL, RoomKind::HOUSE];
        let whole = self.rooms.get(&room).is_some_and(|kind| everybodys.contains(kind));
        let stays = self.stays.get(&room).into_iter().flatten().filter(|stay| stay.account == account);
        stays
            .into_iter()
            .any(|stay| (whole || stay.joined <= seq) && stay.left.is_none_or(|left| seq <= left))
    }

    /// Whether an account left a private room, by the name everybody calls it, and came back.
    pub(crate) fn was_away(&self, account: i64, room: &str) -> bool {
        let Some(room) = room.strip_prefix("room ").and_then(|room| room.parse().ok()) else { return false };
        let private = self.rooms.get(&room) == Some(&RoomKind::PRIVATE);
        let stays = self.stays.get(&room).into_iter().flatten().filter(|stay| stay.account == account);
        private && stays.count() > 1
    }

    /// Who is a member of a room now.
    pub(crate) fn is_present(&self, account: i64, room: u32) -> bool {
        let stays = self.stays.get(&room).into_iter().flatten();
        stays.into_iter().any(|stay| stay.account == account && stay.left.is_none())
    }

    /// The texts of each room in the log's order; what was retracted has none.
    pub(crate) fn texts(&self) -> BTreeMap<u32, Vec<String>> {
        let mut texts: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for ((room, _), entry) in self.entries.iter().filter(|(_, entry)| entry.kind == Kind::CONTENT.0) {
            if let Ok(Content::Text(text)) = Content::from_body(&entry.body) {
                texts.entry(*room).or_default().push(text.text.into_string());
            }
        }
        texts
    }
}
