//! A copy, beside the server's log.

use std::collections::BTreeMap;
use std::path::Path;

use super::log::{self, Log, Row};

/// What a copy holds.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) me: i64,
    entries: BTreeMap<(u32, u32), Row>,
    reads: BTreeMap<u32, u32>,
    outbox: u32,
}

impl Held {
    pub(super) fn read(path: &Path) -> rusqlite::Result<Self> {
        let db = log::open(path)?;
        let me = db.query_row("SELECT me FROM meta", [], |row| row.get(0))?;
        let mut found = db.prepare("SELECT place, at, kind, author, device, number, body FROM entries")?;
        let entries = found.query_map([], log::row)?.collect::<rusqlite::Result<_>>()?;
        let mut found = db.prepare("SELECT room, read FROM rooms")?;
        let reads = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let reads = reads.collect::<rusqlite::Result<_>>()?;
        let outbox = db.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))?;
        Ok(Self { me, entries, reads, outbox })
    }

    /// Everything that may be read is held, as it stands there, and nothing else.
    pub(super) fn compare(&self, log: &Log) -> Result<(), String> {
        if self.outbox > 0 {
            return Err(format!("{} items are in the outbox", self.outbox));
        }
        for (place, held) in &self.entries {
            if !log.may_read(self.me, *place) {
                return Err(format!("holds {place:?}, which is not theirs to read"));
            }
            match log.entries.get(place) {
                Some(entry) if entry == held => {}
                // Who is a member no more does not hear of what is retracted since.
                Some(entry) if entry.body.is_empty() && !log.is_present(self.me, place.0) => {}
                Some(entry) => return Err(format!("holds {place:?} as {held:?}, the log has {entry:?}")),
                None => return Err(format!("holds {place:?}, the log does not")),
            }
        }
        let lacks = |place: &&(u32, u32)| log.may_read(self.me, **place) && !self.entries.contains_key(place);
        if let Some(place) = log.entries.keys().find(lacks) {
            return Err(format!("lacks {place:?}"));
        }
        for (room, read) in self.reads.iter().filter(|(room, _)| log.is_present(self.me, **room)) {
            let there = log.reads.get(&(self.me, *room)).copied().unwrap_or_default();
            if *read < there {
                return Err(format!("has read room {room} up to {read}, the server says {there}"));
            }
        }
        Ok(())
    }
}
