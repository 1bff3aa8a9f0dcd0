//! What is not on the server yet, in the order it is to go. Numbers are given when an item is sent, on disk before it
//! is; after a cut the server's mark tells what became of them.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use snug_proto::entry::{Blobs, Body, Entry};
use snug_proto::id::{AccountId, DeviceId, Number, RoomId, Seq};
use snug_proto::login::{LoggedIn, Outcome};
use snug_proto::refusal::Cause;
use snug_proto::talk::Target;

use super::log::{Mine, encode_blobs, own_entry};
use super::{Copy, CopyError, Result, durable};
use crate::command::OutboxId;

/// How far an item has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// On this disk only.
    Queued,
    /// Sent under a number that is not known to be settled.
    Sending,
    /// Refused for good.
    Failed,
    /// On the server, but its place has not been seen yet.
    Done,
    /// Sent under a number whose outcome is not known any more: the log decides.
    Unsure,
}

const QUEUED: i64 = 0;
const SENDING: i64 = 1;
const FAILED: i64 = 2;
const DONE: i64 = 3;
const UNSURE: i64 = 4;

const UNDECIDED: &str =
    "It is not certain whether this was sent before. Look, then send it again or delete it.";

/// An item as the timeline shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unsent {
    pub(crate) id: OutboxId,
    pub(crate) at: i64,
    pub(crate) state: State,
    pub(crate) reason: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// An item on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Queued {
    pub(crate) id: OutboxId,
    pub(crate) to: Target,
    pub(crate) number: Number,
    pub(crate) blobs: Blobs,
    pub(crate) body: Body,
}

pub(super) fn target_parts(target: Target) -> (bool, i64) {
    match target {
        Target::Room(room) => (false, room.0.into()),
        Target::Person(account) => (true, account.0.cast_signed()),
    }
}

pub(super) fn target_of(to_person: bool, target: i64) -> Target {
    if to_person {
        Target::Person(AccountId(target.cast_unsigned()))
    } else {
        Target::Room(RoomId(u32::try_from(target).unwrap_or_default()))
    }
}

pub(super) fn put_last(db: &Connection, to: Target, blobs: &Blobs, body: &Body, at: i64) -> Result<()> {
    let (to_person, target) = target_parts(to);
    db.execute(
        "INSERT INTO outbox (to_person, target, blobs, body, at, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![to_person, target, encode_blobs(blobs), &body[..], at, QUEUED],
    )?;
    Ok(())
}

impl Copy {
    /// Puts an item at the end.
    pub(crate) fn queue(&self, to: Target, blobs: &Blobs, body: &Body, at: i64) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            put_last(db, to, blobs, body, at)
        })
    }

    /// Gives the first queued items numbers from `next` on, at most `limit`; on disk before anybody sends them.
    pub(crate) fn give_numbers(&self, device: DeviceId, next: Number, limit: usize) -> Result<Vec<Queued>> {
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            let items = first_queued(&change, next, limit)?;
            for item in &items {
                change
                    .prepare_cached("UPDATE outbox SET state = ?2, device = ?3, number = ?4 WHERE id = ?1")?
                    .execute(params![
                        item.id.0,
                        SENDING,
                        device.0.cast_signed(),
                        item.number.0.cast_signed()
                    ])?;
            }
            if let Some(last) = items.last() {
                change.execute("UPDATE meta SET given = max(given, ?1)", [last.number.0.cast_signed()])?;
            }
            change.commit()?;
            Ok(items)
        })
    }

    /// A retryable refusal: what is sending goes back to its place in the queue.
    pub(crate) fn go_back(&self, device: DeviceId) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            db.execute(
                "UPDATE outbox SET state = ?1, device = NULL, number = NULL WHERE state = ?2 AND device = ?3",
                params![QUEUED, SENDING, device.0.cast_signed()],
            )?;
            Ok(())
        })
    }

    /// A number was refused for good.
    pub(crate) fn refused(&self, device: DeviceId, number: Number, reason: &str) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            change.execute(
                "UPDATE outbox SET state = ?1, reason = ?4, device = NULL, number = NULL
                 WHERE device = ?2 AND number = ?3",
                params![FAILED, device.0.cast_signed(), number.0.cast_signed(), reason],
            )?;
            change.execute(
                "UPDATE meta SET settled = max(settled, ?2) WHERE device = ?1",
                params![device.0.cast_signed(), number.0.cast_signed()],
            )?;
            Ok(change.commit()?)
        })
    }

    /// What became of the numbers of the last connection: above the mark not done, for certain; at or below it the
    /// outcomes tell; what is older, or another device's, the log decides.
    pub(crate) fn after_login(&self, logged_in: &LoggedIn, same_log: bool) -> Result<()> {
        let fate = |device: DeviceId, number: Number| {
            if device != logged_in.device || !same_log {
                return Fate::Unsure;
            }
            if number > logged_in.mark {
                return Fate::NotDone;
            }
            let age = usize::try_from(logged_in.mark.0 - number.0).unwrap_or(usize::MAX);
            let outcome = logged_in.outcomes.len().checked_sub(age.saturating_add(1));
            match outcome.map(|index| logged_in.outcomes[index]) {
                Some(Outcome::DONE) => Fate::Done,
                Some(other) => Fate::Refused(other),
                None => Fate::Unsure,
            }
        };
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            for (id, device, number) in in_flight(&change)? {
                apply_fate(&change, id, fate(device, number))?;
            }
            change.execute("UPDATE meta SET settled = ?1", [logged_in.mark.0.cast_signed()])?;
            Ok(change.commit()?)
        })
    }

    /// The log is read up to its head: what was done is in it, what is still unsure is not.
    pub(crate) fn decide(&self) -> Result<bool> {
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            let gone = change.execute("DELETE FROM outbox WHERE state = ?1", [DONE])?;
            let unsure = change.execute(
                "UPDATE outbox SET state = ?1, device = NULL, number = NULL, reason = ?3 WHERE state = ?2",
                params![FAILED, UNSURE, UNDECIDED],
            )?;
            change.commit()?;
            Ok(gone + unsure > 0)
        })
    }

    /// A failed item goes to the end of the queue.
    pub(crate) fn resend(&self, id: OutboxId, at: i64) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            change.execute(
                "INSERT INTO outbox (to_person, target, blobs, body, at, state)
                 SELECT to_person, target, blobs, body, ?3, ?4 FROM outbox WHERE id = ?1 AND state = ?2",
                params![id.0, FAILED, at, QUEUED],
            )?;
            change.execute("DELETE FROM outbox WHERE id = ?1 AND state = ?2", params![id.0, FAILED])?;
            Ok(change.commit()?)
        })
    }

    /// Deletes an item that is not on its way.
    pub(crate) fn discard(&self, id: OutboxId) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            db.execute(
                "DELETE FROM outbox WHERE id = ?1 AND state IN (?2, ?3)",
                params![id.0, QUEUED, FAILED],
            )?;
            Ok(())
        })
    }

    /// The first items that go to `to`, in order.
    pub(crate) fn unsent(&self, to: Target, limit: usize) -> Result<Vec<Unsent>> {
        self.with(|db| {
            let (to_person, target) = target_parts(to);
            let mut query = db.prepare_cached(
                "SELECT id, at, state, reason, body FROM outbox WHERE to_person = ?1 AND target = ?2
                 ORDER BY id LIMIT ?3",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = query.query_map(params![to_person, target, limit], |row| {
                Ok(Unsent {
                    id: OutboxId(row.get(0)?),
                    at: row.get(1)?,
                    state: state_of(row.get(2)?),
                    reason: row.get(3)?,
                    body: row.get(4)?,
                })
            })?;
            rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
        })
    }

    /// How many items are not on the server, as far as is known.
    pub(crate) fn unsent_count(&self) -> Result<u32> {
        self.with(|db| {
            // A file that is being uploaded is not there yet either.
            let mut query = db.prepare_cached(
                "SELECT (SELECT count(*) FROM outbox WHERE state <> ?1) + (SELECT count(*) FROM uploads)",
            )?;
            Ok(query.query_row([DONE], |row| row.get(0))?)
        })
    }
}

enum Fate {
    NotDone,
    Done,
    Refused(Outcome),
    Unsure,
}

fn apply_fate(db: &Connection, id: OutboxId, fate: Fate) -> Result<()> {
    let (state, reason) = match fate {
        Fate::NotDone => {
            let back = "UPDATE outbox SET state = ?2, device = NULL, number = NULL WHERE id = ?1";
            db.execute(back, params![id.0, QUEUED])?;
            return Ok(());
        }
        Fate::Done => (DONE, None),
        Fate::Unsure => (UNSURE, None),
        Fate::Refused(outcome) => (FAILED, Some(reason(outcome))),
    };
    let update = "UPDATE outbox SET state = ?2, reason = ?3 WHERE id = ?1";
    db.execute(update, params![id.0, state, reason])?;
    Ok(())
}

fn reason(outcome: Outcome) -> String {
    Cause::from_outcome(outcome)
        .map_or_else(|| "The server refused it.".to_owned(), |cause| cause.to_string())
}

fn in_flight(db: &Connection) -> Result<Vec<(OutboxId, DeviceId, Number)>> {
    let mut query = db.prepare("SELECT id, device, number FROM outbox WHERE state IN (?1, ?2, ?3)")?;
    let rows = query.query_map(params![SENDING, DONE, UNSURE], |row| {
        Ok((
            OutboxId(row.get(0)?),
            DeviceId(row.get::<_, Option<i64>>(1)?.unwrap_or_default().cast_unsigned()),
            Number(row.get::<_, Option<i64>>(2)?.unwrap_or_default().cast_unsigned()),
        ))
    })?;
    rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
}

fn first_queued(db: &Connection, next: Number, limit: usize) -> Result<Vec<Queued>> {
    let mut query = db.prepare_cached(
        "SELECT id, to_person, target, blobs, body FROM outbox WHERE state = ?1 ORDER BY id LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = query.query(params![QUEUED, limit])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let number = Number(next.0 + items.len() as u64);
        items.push(queued(row, number)?);
    }
    Ok(items)
}

fn queued(row: &Row<'_>, number: Number) -> Result<Queued> {
    let body: Vec<u8> = row.get(4)?;
    Ok(Queued {
        id: OutboxId(row.get(0)?),
        to: target_of(row.get(1)?, row.get(2)?),
        number,
        blobs: super::log::decode_blobs(&row.get::<_, Vec<u8>>(3)?),
        // Longer ones are refused when they are queued.
        body: Body::new(body).map_err(|_| CopyError::Damaged)?,
    })
}

fn state_of(code: i64) -> State {
    match code {
        QUEUED => State::Queued,
        SENDING => State::Sending,
        DONE => State::Done,
        UNSURE => State::Unsure,
        _ => State::Failed,
    }
}

/// An entry of this person has its place: its item is done. Answers the item and its number.
pub(super) fn settle(
    db: &Connection,
    device: DeviceId,
    number: Number,
    mine: DeviceId,
) -> Result<Option<(OutboxId, Number)>> {
    let id: Option<i64> = db
        .prepare_cached("DELETE FROM outbox WHERE device = ?1 AND number = ?2 RETURNING id")?
        .query_row(params![device.0.cast_signed(), number.0.cast_signed()], |row| row.get(0))
        .optional()?;
    let Some(id) = id else { return Ok(None) };
    if device == mine {
        db.prepare_cached("UPDATE meta SET settled = max(settled, ?2) WHERE device = ?1")?
            .execute(params![device.0.cast_signed(), number.0.cast_signed()])?;
    }
    Ok(Some((OutboxId(id), number)))
}

/// The entry that an acknowledged item became.
pub(super) fn entry(
    db: &Connection,
    mine: Mine,
    room: RoomId,
    seq: Seq,
    number: Number,
    at: i64,
) -> Result<Option<Entry>> {
    let parts = db
        .prepare_cached("SELECT blobs, body FROM outbox WHERE device = ?1 AND number = ?2")?
        .query_row(params![mine.device.0.cast_signed(), number.0.cast_signed()], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?))
        })
        .optional()?;
    Ok(parts.and_then(|(blobs, body)| own_entry(mine, (room, seq, number, at), blobs, body)))
}

/// A row of the outbox as it stands: target, blobs, body, when, how far, under which origin, why not.
pub(super) type Rescued = (bool, i64, Vec<u8>, Vec<u8>, i64, i64, Option<i64>, Option<i64>, Option<String>);

/// Whatever can still be read of a damaged copy's outbox, numbers included: the mark still tells what became of them.
pub(super) fn rescue(path: &Path) -> Option<Vec<Rescued>> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    let mut query = db
        .prepare(
            "SELECT to_person, target, blobs, body, at, state, device, number, reason FROM outbox ORDER BY id",
        )
        .ok()?;
    let rows = query.query_map([], |row| {
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
            row.get(5)?,
            row.get(6)?,
            row.get(7)?,
            row.get(8)?,
        ))
    });
    rows.ok()?.collect::<rusqlite::Result<_>>().ok()
}

/// Puts what was rescued into a new copy.
pub(super) fn put_rescued(db: &mut Connection, rows: &[Rescued]) -> Result<()> {
    durable(db, true)?;
    let change = db.transaction()?;
    for row in rows {
        change.execute(
            "INSERT INTO outbox (to_person, target, blobs, body, at, state, device, number, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![row.0, row.1, row.2, row.3, row.4, row.5, row.6, row.7, row.8],
        )?;
    }
    Ok(change.commit()?)
}

#[cfg(test)]
mod tests;
