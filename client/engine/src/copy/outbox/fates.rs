//! What becomes of items that went out: by an answer, by the mark at the next login, or by the log itself.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use snug_proto::entry::{Retracted, RoomKind};
use snug_proto::id::{DeviceId, Number, Origin, RoomId, Seq};
use snug_proto::login::{LoggedIn, Outcome};
use snug_proto::refusal::Cause;
use snug_proto::talk::Target;

use super::super::log::{room_of, seq_of};
use super::about::{resolve, with_target};
use super::{Copy, CopyError, DONE, FAILED, ItemKind, QUEUED, Result, SENDING, UNSURE, durable, target_of};
use crate::command::OutboxId;

const UNDECIDED: &str =
    "It is not certain whether this was sent before. Look, then send it again or delete it.";
const UNDECIDED_DEED: &str = "It is not certain whether this was done. Look, then do it again if it was not.";

/// An item that left the outbox without effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dropped {
    pub(crate) id: OutboxId,
    pub(crate) to: Target,
    pub(crate) kind: ItemKind,
    pub(crate) body: Vec<u8>,
    /// Why, as a sentence.
    pub(crate) reason: String,
}

/// An item that has its place, or whose entries have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) id: OutboxId,
    /// Of the device that sent it: maybe one that this copy had before.
    pub(crate) origin: Origin,
    pub(crate) kind: ItemKind,
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
}

/// What became of deeds and of what was dropped.
#[derive(Debug, Default)]
pub(crate) struct Fates {
    pub(crate) dropped: Vec<Dropped>,
    pub(crate) done: Vec<OutboxId>,
}

impl Copy {
    /// A number was refused for good.
    pub(crate) fn refused(&self, device: DeviceId, number: Number, reason: &str) -> Result<Option<Dropped>> {
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            let id: Option<i64> = change
                .prepare_cached("SELECT id FROM outbox WHERE device = ?1 AND number = ?2")?
                .query_row(params![device.0.cast_signed(), number.0.cast_signed()], |row| row.get(0))
                .optional()?;
            let dropped = match id {
                Some(id) => fail(&change, OutboxId(id), reason)?,
                None => None,
            };
            is_settled(&change, device, number)?;
            change.commit()?;
            Ok(dropped)
        })
    }

    /// A change that is no append was done.
    pub(crate) fn done(&self, device: DeviceId, number: Number) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            change.execute(
                "DELETE FROM outbox WHERE device = ?1 AND number = ?2 AND kind >= 2",
                params![device.0.cast_signed(), number.0.cast_signed()],
            )?;
            is_settled(&change, device, number)?;
            Ok(change.commit()?)
        })
    }

    /// What became of the numbers of the last connection: above the mark not done, for certain; at or below it the
    /// outcomes tell; what is older, or another device's, the log decides.
    pub(crate) fn after_login(&self, logged_in: &LoggedIn, same_log: bool) -> Result<Fates> {
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
            let mut fates = Fates::default();
            for item in in_flight(&change)? {
                let fate = fate(item.device, item.number);
                apply_fate(&change, &item, fate, &mut fates)?;
            }
            change.execute("UPDATE meta SET settled = ?1", [logged_in.mark.0.cast_signed()])?;
            change.commit()?;
            Ok(fates)
        })
    }

    /// The log is read up to its head: what was done is in it, what is still unsure is not. Answers whether anything
    /// was open, and what was dropped.
    pub(crate) fn decide(&self) -> Result<(bool, Vec<Dropped>)> {
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            let gone = change.execute("DELETE FROM outbox WHERE state = ?1", [DONE])?;
            let unsure: Vec<i64> = change
                .prepare("SELECT id FROM outbox WHERE state = ?1 ORDER BY id")?
                .query_map([UNSURE], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let mut dropped = Vec::new();
            for id in &unsure {
                dropped.extend(fail(&change, OutboxId(*id), UNDECIDED)?);
            }
            change.commit()?;
            Ok((gone + unsure.len() > 0, dropped))
        })
    }

    /// What another copy of this folder sent of the queue in the meantime: later entries of the device say the same in
    /// the same room, and each of them stands for one item.
    pub(crate) fn settle_by_body(&self, device: DeviceId, given: Number) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            let ids: Vec<i64> = change
                .prepare("SELECT id FROM outbox WHERE kind < 2 ORDER BY id")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let mut taken = BTreeSet::new();
            for id in ids {
                let Some((at, number)) = said_elsewhere(&change, id, (device, given), &taken)? else {
                    continue;
                };
                taken.insert(at);
                change.execute("DELETE FROM outbox WHERE id = ?1", [id])?;
                let place = Retracted { seq: seq_of(at), origin: Origin { device, number } };
                resolve(&change, OutboxId(id), room_of(at), place)?;
            }
            change.execute("UPDATE meta SET former_device = NULL, former_given = NULL", [])?;
            Ok(change.commit()?)
        })
    }

    /// Deeds that nobody waits for any more are not done later.
    pub(crate) fn drop_deeds(&self, but: &[OutboxId]) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            let ids: Vec<i64> = db
                .prepare("SELECT id FROM outbox WHERE kind = 3 AND state = ?1")?
                .query_map([QUEUED], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            for id in ids.into_iter().filter(|id| !but.contains(&OutboxId(*id))) {
                db.execute("DELETE FROM outbox WHERE id = ?1", [id])?;
            }
            Ok(())
        })
    }
}

/// The first entry of a device behind a number that says what an item says, in the item's own room, and stands for no
/// other item.
fn said_elsewhere(
    db: &Connection,
    id: i64,
    (device, given): (DeviceId, Number),
    taken: &BTreeSet<i64>,
) -> Result<Option<(i64, Number)>> {
    let mut query = db.prepare_cached(
        "SELECT place, entries.number FROM outbox, meta, entries JOIN rooms ON room = place >> 32
         WHERE outbox.id = ?1 AND entries.kind = 1 AND entries.device = ?2 AND entries.number > ?3
             AND entries.body = outbox.body
             AND CASE WHEN NOT to_person THEN room = target
                 WHEN target = me THEN rooms.kind = ?4 ELSE rooms.kind = ?5 AND peer = target END
         ORDER BY entries.number",
    )?;
    let parameters =
        params![id, device.0.cast_signed(), given.0.cast_signed(), RoomKind::NOTES.0, RoomKind::DIRECT.0];
    let rows = query.query_map(parameters, |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
    for row in rows {
        let (at, number) = row?;
        if !taken.contains(&at) {
            return Ok(Some((at, Number(number.cast_unsigned()))));
        }
    }
    Ok(None)
}

enum Fate {
    NotDone,
    Done,
    Refused(Outcome),
    Unsure,
}

struct InFlight {
    id: OutboxId,
    device: DeviceId,
    number: Number,
    kind: ItemKind,
}

fn apply_fate(db: &Connection, item: &InFlight, fate: Fate, fates: &mut Fates) -> Result<()> {
    let id = item.id;
    let state = match fate {
        Fate::NotDone => {
            let back = "UPDATE outbox SET state = ?2, device = NULL, number = NULL WHERE id = ?1";
            db.execute(back, params![id.0, QUEUED])?;
            return Ok(());
        }
        Fate::Done if item.kind == ItemKind::Deed => {
            db.execute("DELETE FROM outbox WHERE id = ?1", [id.0])?;
            fates.done.push(id);
            return Ok(());
        }
        Fate::Refused(outcome) => {
            fates.dropped.extend(fail(db, id, &reason(outcome))?);
            return Ok(());
        }
        Fate::Done => DONE,
        Fate::Unsure => UNSURE,
    };
    db.execute("UPDATE outbox SET state = ?2, reason = NULL WHERE id = ?1", params![id.0, state])?;
    Ok(())
}

fn reason(outcome: Outcome) -> String {
    Cause::from_outcome(outcome)
        .map_or_else(|| "The server refused it.".to_owned(), |cause| cause.to_string())
}

fn in_flight(db: &Connection) -> Result<Vec<InFlight>> {
    let mut query =
        db.prepare("SELECT id, device, number, kind FROM outbox WHERE state IN (?1, ?2, ?3) ORDER BY id")?;
    let rows = query.query_map(params![SENDING, DONE, UNSURE], |row| {
        Ok(InFlight {
            id: OutboxId(row.get(0)?),
            device: DeviceId(row.get::<_, Option<i64>>(1)?.unwrap_or_default().cast_unsigned()),
            number: Number(row.get::<_, Option<i64>>(2)?.unwrap_or_default().cast_unsigned()),
            kind: ItemKind::of_code(row.get(3)?),
        })
    })?;
    rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
}

/// An item came to nothing. A message stays, with the reason beside it; anything else goes, and is told.
pub(super) fn fail(db: &Connection, id: OutboxId, reason: &str) -> Result<Option<Dropped>> {
    let row = db
        .prepare_cached("SELECT to_person, target, kind, body, about FROM outbox WHERE id = ?1")?
        .query_row([id.0], |row| {
            let kind = ItemKind::of_code(row.get(2)?);
            Ok((
                target_of(row.get(0)?, row.get(1)?),
                kind,
                row.get::<_, Vec<u8>>(3)?,
                row.get::<_, Option<i64>>(4)?,
            ))
        })
        .optional()?;
    let Some((to, kind, body, about)) = row else { return Ok(None) };
    if kind == ItemKind::Message {
        // An answer to something that never came goes without it when it is sent again.
        let body = if about.is_some() { with_target(&body, None).unwrap_or(body) } else { body };
        db.execute(
            "UPDATE outbox SET state = ?2, reason = ?3, body = ?4, about = NULL, device = NULL, number = NULL
             WHERE id = ?1",
            params![id.0, FAILED, reason, body],
        )?;
        return Ok(None);
    }
    db.execute("DELETE FROM outbox WHERE id = ?1", [id.0])?;
    let reason = match (kind, reason) {
        (ItemKind::Retract | ItemKind::Deed, UNDECIDED) => UNDECIDED_DEED,
        (_, reason) => reason,
    };
    Ok(Some(Dropped { id, to, kind, body, reason: reason.to_owned() }))
}

fn is_settled(db: &Connection, device: DeviceId, number: Number) -> Result<()> {
    db.prepare_cached("UPDATE meta SET settled = max(settled, ?2) WHERE device = ?1")?
        .execute(params![device.0.cast_signed(), number.0.cast_signed()])?;
    Ok(())
}

/// An entry of this person has its place: its item is done, and whatever named it can go. Answers the item.
pub(in crate::copy) fn settle(
    db: &Connection,
    (room, seq): (RoomId, Seq),
    origin: Origin,
    mine: DeviceId,
) -> Result<Option<Settled>> {
    let (device, number) = (origin.device, origin.number);
    let row = db
        .prepare_cached("DELETE FROM outbox WHERE device = ?1 AND number = ?2 RETURNING id, kind")?
        .query_row(params![device.0.cast_signed(), number.0.cast_signed()], |row| {
            Ok((OutboxId(row.get(0)?), ItemKind::of_code(row.get(1)?)))
        })
        .optional()?;
    let Some((id, kind)) = row else { return Ok(None) };
    resolve(db, id, room, Retracted { seq, origin })?;
    if device == mine {
        is_settled(db, device, number)?;
    }
    Ok(Some(Settled { id, origin, kind, room, seq }))
}
