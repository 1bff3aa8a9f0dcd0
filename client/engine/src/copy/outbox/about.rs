//! Items that name another one: they wait until that one has its place, and then name that.

use rusqlite::{Connection, OptionalExtension, params};
use snug_proto::codec;
use snug_proto::content::Content;
use snug_proto::entry::{LOBBY, Retracted};
use snug_proto::id::{Origin, RoomId, Seq};

use super::{Copy, Dropped, FAILED, ItemKind, QUEUED, Result, Stored, durable, fates};
use crate::command::OutboxId;

/// What stands beside an item whose other one never came to the server.
pub(super) const NOT_SENT: &str = "What this belongs to was not sent.";

/// What stands beside an act on something that a restored log lacks.
const GONE: &str = "What this belongs to is gone: the server was put back from a backup.";
/// What stands beside an item for a room that a restored log does not have, or not under that number.
pub(super) const ANOTHER_ROOM: &str = "The server was put back from a backup, and this may be another room now. Look, then send it again or delete it.";
/// Stands in place of another item while it is not known whether another log has what is acted on.
const ANOTHER_LOG: OutboxId = OutboxId(-1);

/// Whether an item may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waits {
    No,
    ForItsPlace,
    ForEver,
}

pub(super) fn waits(db: &Connection, id: OutboxId, about: Option<OutboxId>) -> Result<Waits> {
    let Some(about) = about else { return Ok(Waits::No) };
    if about == ANOTHER_LOG {
        return Ok(Waits::ForItsPlace);
    }
    let state: Option<i64> = db
        .prepare_cached("SELECT state FROM outbox WHERE id = ?1")?
        .query_row([about.0], |row| row.get(0))
        .optional()?;
    // What failed or was deleted comes no more; what was sent again stands behind, and would wait for this one.
    let comes = state.is_some_and(|state| state != FAILED) && about < id;
    Ok(if comes { Waits::ForItsPlace } else { Waits::ForEver })
}

/// An item has its place: whatever named it names that from now on.
pub(super) fn resolve(db: &Connection, about: OutboxId, room: RoomId, place: Retracted) -> Result<()> {
    let mut query = db.prepare_cached("SELECT id, kind, body FROM outbox WHERE about = ?1")?;
    let mut rows = query.query([about.0])?;
    while let Some(row) = rows.next()? {
        let (id, body): (i64, Vec<u8>) = (row.get(0)?, row.get(2)?);
        let body = match ItemKind::of_code(row.get(1)?) {
            ItemKind::Message | ItemKind::Act => with_target(&body, Some(place.origin)),
            ItemKind::Retract | ItemKind::Deed => Some(codec::encode_value(&Stored::retract(room, &[place]))),
        };
        db.prepare_cached("UPDATE outbox SET about = NULL, body = coalesce(?2, body) WHERE id = ?1")?
            .execute(params![id, body])?;
    }
    Ok(())
}

/// The same content, naming something else; a message may also name nothing.
pub(super) fn with_target(body: &[u8], target: Option<Origin>) -> Option<Vec<u8>> {
    let content = match (Content::from_body(body).ok()?, target) {
        (Content::Text(text), reply_to) => {
            Content::Text(snug_proto::content::TextContent { reply_to, ..text })
        }
        (Content::File(file), reply_to) => {
            Content::File(snug_proto::content::FileContent { reply_to, ..file })
        }
        (Content::Edit(edit), Some(target)) => {
            Content::Edit(snug_proto::content::EditContent { target, ..edit })
        }
        (Content::Reaction(reaction), Some(target)) => {
            Content::Reaction(snug_proto::content::ReactionContent { target, ..reaction })
        }
        (Content::Pin(pin), Some(target)) => Content::Pin(snug_proto::content::PinContent { target, ..pin }),
        _ => return None,
    };
    Some(content.to_body()?.into_vec())
}

/// The place of nothing: what names another item of the outbox has it until that one has its own.
pub(crate) const NOWHERE: Retracted = Retracted {
    seq: Seq(0),
    origin: Origin { device: snug_proto::id::DeviceId(0), number: snug_proto::id::Number(0) },
};

/// Another log is in use: what acts on the old one waits until both were compared.
pub(in crate::copy) fn wait_for_comparison(db: &Connection) -> Result<()> {
    db.execute(
        "UPDATE outbox SET about = ?1 WHERE kind = 1 AND about IS NULL AND state = ?2",
        params![ANOTHER_LOG.0, QUEUED],
    )?;
    Ok(())
}

/// The places of what is to be retracted and is not yet.
pub(in crate::copy) fn regretted(db: &Connection) -> Result<Vec<(RoomId, Seq)>> {
    let mut query = db.prepare("SELECT body FROM outbox WHERE kind = 2")?;
    let bodies =
        query.query_map([], |row| row.get::<_, Vec<u8>>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let places = |body: Vec<u8>| match codec::decode_value(&body) {
        Ok(Stored::Retract { room, targets }) => {
            targets.into_iter().map(|(seq, ..)| (RoomId(room), Seq(seq))).collect()
        }
        _ => Vec::new(),
    };
    Ok(bodies.into_iter().flat_map(places).collect())
}

/// Another log is in use: what was written for a room goes there only if that is still called the same. The lobby is
/// the lobby everywhere.
pub(in crate::copy) fn name_rooms(db: &Connection) -> Result<()> {
    for table in ["outbox", "uploads"] {
        db.execute(
            &format!(
                "UPDATE {table} SET room_name = coalesce((SELECT name FROM rooms WHERE room = target), '')
                 WHERE NOT to_person AND target <> ?1 AND room_name IS NULL"
            ),
            [LOBBY.0],
        )?;
    }
    Ok(())
}

impl Copy {
    /// Both logs were compared: what acts on something that is lacking goes, everything else may be sent.
    pub(crate) fn acts_compared(&self) -> Result<Vec<Dropped>> {
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            let waiting: Vec<(i64, Vec<u8>)> = change
                .prepare("SELECT id, body FROM outbox WHERE about = ?1 ORDER BY id")?
                .query_map([ANOTHER_LOG.0], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let mut dropped = Vec::new();
            for (id, body) in waiting {
                if is_lacking(&change, &body)? {
                    dropped.extend(fates::fail(&change, OutboxId(id), GONE)?);
                }
            }
            change.execute("UPDATE outbox SET about = NULL WHERE about = ?1", [ANOTHER_LOG.0])?;
            change.commit()?;
            Ok(dropped)
        })
    }

    /// A message is about to be retracted: edits of it that wait here would come too late.
    pub(crate) fn discard_edits_of(&self, target: Origin) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            let waiting: Vec<(i64, Vec<u8>)> = change
                .prepare("SELECT id, body FROM outbox WHERE kind = 1 AND state = ?1")?
                .query_map([QUEUED], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            for (id, body) in waiting {
                if matches!(Content::from_body(&body), Ok(Content::Edit(edit)) if edit.target == target) {
                    change.execute("DELETE FROM outbox WHERE id = ?1", [id])?;
                }
            }
            Ok(change.commit()?)
        })
    }
}

/// Whether content acts on something that the log in use is known to lack.
fn is_lacking(db: &Connection, body: &[u8]) -> Result<bool> {
    let target = match Content::from_body(body) {
        Ok(Content::Edit(edit)) => edit.target,
        Ok(Content::Reaction(reaction)) => reaction.target,
        Ok(Content::Pin(pin)) => pin.target,
        _ => return Ok(false),
    };
    let mut query = db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM former WHERE device = ?1 AND number = ?2 AND lacking > 0)",
    )?;
    let parts = params![target.device.0.cast_signed(), target.number.0.cast_signed()];
    Ok(query.query_row(parts, |row| row.get(0))?)
}
