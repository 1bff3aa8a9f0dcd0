//! Retraction: bodies that are really gone.

use std::collections::BTreeMap;

use rusqlite::OptionalExtension;
use snug_proto::bounded::List;
use snug_proto::entry::{Blobs, Body, Entry, Kind, Retracted, Retraction, RoomKind};
use snug_proto::id::{AccountId, BlobId, RoomId, Seq};
use snug_proto::limits::RETRACT_MAX;
use snug_proto::refusal::Cause;
use snug_proto::talk::Role;

use super::change::Not;
use super::desk::{Desk, Traces};
use super::writer::Verb;
use super::{entry_key, read};

/// Empties entries for good; all of them, or none. What is empty already is done.
pub(super) fn retract(
    desk: &mut Desk,
    me: AccountId,
    id: RoomId,
    targets: &List<Retracted, RETRACT_MAX>,
) -> Result<(), Not> {
    let (room, role) = desk.room_of(id, me)?;
    let keeps_order = role != Role::Member && !matches!(room.kind, RoomKind::DIRECT | RoomKind::NOTES);
    // By place, each once.
    let targets: BTreeMap<Seq, Retracted> = targets.iter().map(|target| (target.seq, *target)).collect();
    if targets.is_empty() {
        return Err(Cause::Malformed.into());
    }
    let mut entries: Vec<Entry> = Vec::new();
    for target in targets.values() {
        let entry = read::one(&desk.conn, id, target.seq)?
            .filter(|entry| entry.kind == Kind::CONTENT && entry.origin() == target.origin)
            .ok_or(Cause::NotThere)?;
        if entry.author != me && !keeps_order {
            return Err(Cause::NotAllowed.into());
        }
        if !entry.body.is_empty() {
            entries.push(entry);
        }
    }
    if entries.is_empty() {
        return Ok(());
    }
    // Also those that were empty already: clients take the first for the message and the others for its edits.
    let targets = List::new(targets.into_values().collect()).map_err(|_| Cause::TooLarge)?;
    empty_all(desk, me, id, targets, entries)
}

/// Empties entries of a room, and says who did it.
pub(super) fn empty_all(
    desk: &mut Desk,
    by: AccountId,
    room: RoomId,
    targets: List<Retracted, RETRACT_MAX>,
    entries: Vec<Entry>,
) -> Result<(), Not> {
    desk.room(room)?.ok_or(Cause::UnknownRoom)?.has_places()?;
    for entry in entries {
        empty(desk, entry)?;
    }
    leave_traces(desk);
    desk.say(room, Kind::RETRACT, by, &Retraction { targets })?;
    Ok(())
}

/// Takes an entry's words and files away, in its row and from whoever is sent it from here on.
pub(super) fn empty(desk: &mut Desk, mut entry: Entry) -> rusqlite::Result<()> {
    let key = entry_key(entry.room, entry.seq);
    desk.conn.prepare_cached("UPDATE entries SET body = x'', blobs = x'' WHERE id = ?1")?.execute([key])?;
    for BlobId(blob) in std::mem::take(&mut entry.blobs).iter() {
        desk.conn
            .prepare_cached("DELETE FROM entry_blobs WHERE blob = ?1 AND entry = ?2")?
            .execute((blob, key))?;
        free(desk, blob)?;
    }
    (entry.blobs, entry.body) = (Blobs::default(), Body::default());
    desk.emptied(entry);
    Ok(())
}

/// Forgets a blob that no entry names any more, and remembers that its bytes are to go.
fn free(desk: &Desk, blob: &[u8; 16]) -> rusqlite::Result<()> {
    let freed = desk
        .conn
        .prepare_cached(
            "DELETE FROM blobs WHERE id = ?1 AND stored = 1
             AND NOT EXISTS (SELECT 1 FROM entry_blobs WHERE blob = ?1)",
        )?
        .execute([blob])?;
    if freed > 0 {
        desk.conn.prepare_cached("INSERT OR IGNORE INTO freed (blob) VALUES (?1)")?.execute([blob])?;
    }
    Ok(())
}

/// Something was emptied whose traces may still be found in the files.
pub(super) fn leave_traces(desk: &mut Desk) {
    if desk.traces == Traces::None {
        desk.traces = Traces::Left;
    }
}

/// The blobs whose bytes are to be removed, some of them at a time.
pub(crate) struct FreedBlobs;

impl Verb for FreedBlobs {
    type Done = Vec<BlobId>;
    const WRITES: bool = false;
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<Vec<BlobId>, Cause>> {
        desk.conn
            .prepare_cached("SELECT blob FROM freed LIMIT 256")?
            .query_map([], |row| row.get(0).map(BlobId))?
            .collect::<rusqlite::Result<_>>()
            .map(Ok)
    }
}

/// The bytes of these are gone.
pub(crate) struct ForgetFreed(pub(crate) Vec<BlobId>);

impl Verb for ForgetFreed {
    type Done = ();
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<(), Cause>> {
        for BlobId(blob) in &self.0 {
            desk.conn.prepare_cached("DELETE FROM freed WHERE blob = ?1")?.execute([blob])?;
        }
        Ok(Ok(()))
    }
}

/// Whether a blob's old bytes are still to be removed, so that nobody may begin it anew.
pub(super) fn is_freed(desk: &Desk, blob: BlobId) -> rusqlite::Result<bool> {
    let found =
        desk.conn.prepare_cached("SELECT 1 FROM freed WHERE blob = ?1")?.query_row([blob.0], |_| Ok(()));
    Ok(found.optional()?.is_some())
}

/// Wants the write-ahead log emptied behind this batch, if something retracted may stand in it.
pub(crate) struct WipeTraces;

impl Verb for WipeTraces {
    type Done = ();
    const WRITES: bool = false;
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<(), Cause>> {
        if desk.traces == Traces::Left {
            desk.traces = Traces::ToWipe;
        }
        Ok(Ok(()))
    }
}
