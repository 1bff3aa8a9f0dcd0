//! What this person wrote into a log that is in use no more. A log that was put back from a backup begins like the old
//! one, so of what was written, the newest shows how far they agree: once a place says the same in both, everything
//! before it does.

use rusqlite::{Connection, Row, params};
use snug_proto::entry::{Blobs, Kind, RoomKind};
use snug_proto::id::{DeviceId, Number, Origin, RoomId, Seq};
use snug_proto::talk::Target;

use super::log::{decode_blobs, place, seq_of};
use super::outbox::{NewItem, name_rooms, put_last, regretted, target_of, wait_for_comparison};
use super::{Copy, CopyError, Result, durable, looks, search};
use crate::command::OutboxId;

/// Something of a former log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormerRow {
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
    pub(crate) origin: Origin,
    pub(crate) to: Target,
    /// What the room was called there; empty for direct rooms and notes.
    pub(crate) name: String,
    pub(crate) blobs: Blobs,
    pub(crate) body: Vec<u8>,
}

impl Copy {
    /// Another log is in use: sequence numbers, read marks and what was held of the old one go. What this person
    /// wrote is kept, since the new log may lack it.
    pub(crate) fn drop_log(&self) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            change.execute(
                "INSERT OR IGNORE INTO former
                     (log, place, at, device, number, blobs, body, to_person, target, name)
                 SELECT log, place, at, entries.device, number, blobs, body,
                     rooms.kind IN (?2, ?3),
                     CASE rooms.kind WHEN ?2 THEN peer WHEN ?3 THEN me ELSE room END, name
                 FROM entries JOIN rooms ON room = place >> 32, meta
                 WHERE author = me AND entries.kind = ?1 AND body <> x'' AND log IS NOT NULL",
                [Kind::CONTENT.0, RoomKind::DIRECT.0, RoomKind::NOTES.0],
            )?;
            forget_regretted(&change)?;
            name_rooms(&change)?;
            change.execute_batch(
                "DELETE FROM entries; DELETE FROM ranges; DELETE FROM rooms; DELETE FROM members;
                 DELETE FROM reactions; DELETE FROM edits; DELETE FROM pins; DELETE FROM retracted;",
            )?;
            change.execute_batch(looks::FORGET_PLACES)?;
            search::clear(&change)?;
            wait_for_comparison(&change)?;
            Ok(change.commit()?)
        })
    }

    /// The newest thing of every room of which it is not known whether the log in use has it.
    pub(crate) fn former_open(&self) -> Result<Vec<FormerRow>> {
        self.with(|db| {
            let mut query = db.prepare_cached(
                "SELECT place, device, number, to_person, target, name, blobs, body, max(place) FROM former
                 WHERE lacking = 0 AND target IS NOT NULL GROUP BY place >> 32",
            )?;
            let rows = query.query_map([], former_row)?;
            rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
        })
    }

    /// Compares one with what the log in use has at its place.
    pub(crate) fn former_compare(&self, former: &FormerRow) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            let at = place(former.room, former.seq);
            let same: bool = db.query_row(
                "SELECT EXISTS (SELECT 1 FROM entries WHERE place = ?1 AND device = ?2 AND number = ?3
                     AND (body = ?4 OR body = x''))",
                params![
                    at,
                    former.origin.device.0.cast_signed(),
                    former.origin.number.0.cast_signed(),
                    former.body
                ],
                |row| row.get(0),
            )?;
            if same {
                db.execute(
                    "DELETE FROM former WHERE place >= ?1 AND place <= ?2 AND lacking = 0",
                    params![place(former.room, Seq(0)), at],
                )?;
            } else {
                db.execute("UPDATE former SET lacking = 1 WHERE place = ?1", [at])?;
            }
            Ok(())
        })
    }

    /// What the log in use lacks, in the order in which it was written; what was offered before and left is not in it.
    pub(crate) fn former_lacking(&self) -> Result<Vec<FormerRow>> {
        self.with(|db| {
            let mut query = db.prepare_cached(
                "SELECT place, device, number, to_person, target, name, blobs, body FROM former
                 WHERE lacking = 1 ORDER BY at, place",
            )?;
            let rows = query.query_map([], former_row)?;
            rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
        })
    }

    /// Queues one again: from the same moment on it is offered no more, and stands nowhere else.
    pub(crate) fn former_again(&self, former: &FormerRow, item: &NewItem) -> Result<OutboxId> {
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            let id = put_last(&change, item)?;
            let at = place(former.room, former.seq);
            change.execute("DELETE FROM former WHERE place = ?1 AND lacking = 1", [at])?;
            change.commit()?;
            Ok(id)
        })
    }

    /// It was decided: what was offered is offered no more. It stays in the copy.
    pub(crate) fn former_decided(&self) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            db.execute("UPDATE former SET lacking = 2 WHERE lacking = 1", [])?;
            Ok(())
        })
    }
}

/// What this person wanted to take back is not offered for sending again.
fn forget_regretted(db: &Connection) -> Result<()> {
    for (room, seq) in regretted(db)? {
        db.prepare_cached("DELETE FROM former WHERE place = ?1 AND log = (SELECT log FROM meta)")?
            .execute([place(room, seq)])?;
    }
    Ok(())
}

fn former_row(row: &Row<'_>) -> rusqlite::Result<FormerRow> {
    let at: i64 = row.get(0)?;
    Ok(FormerRow {
        room: RoomId(u32::try_from(at >> 32).unwrap_or_default()),
        seq: seq_of(at),
        origin: Origin {
            device: DeviceId(row.get::<_, i64>(1)?.cast_unsigned()),
            number: Number(row.get::<_, i64>(2)?.cast_unsigned()),
        },
        to: target_of(row.get::<_, Option<bool>>(3)?.unwrap_or_default(), row.get(4)?),
        name: row.get(5)?,
        blobs: decode_blobs(&row.get::<_, Vec<u8>>(6)?),
        body: row.get(7)?,
    })
}
