//! What is not on the server yet, in the order it is to go. Numbers are given when an item is sent, on disk before it
//! is; after a cut the server's mark tells what became of them. An item that names another one waits for its place.

mod about;
mod fates;
mod rescue;
mod stored;

use rusqlite::{Connection, OptionalExtension, Row, params};
use snug_proto::codec;
use snug_proto::content::Content;
use snug_proto::entry::{Blobs, Body, Entry, Kind};
use snug_proto::id::{AccountId, DeviceId, Number, RoomId, Seq};
use snug_proto::talk::{Change, Target};

use super::log::{Mine, decode_blobs, encode_blobs, own_entry};
use super::{Copy, CopyError, Result, durable};
use crate::command::OutboxId;
use about::Waits;

pub(crate) use about::NOWHERE;
pub(super) use about::{name_rooms, regretted, wait_for_comparison};
pub(super) use fates::settle;
pub(crate) use fates::{Dropped, Fates, Settled};
pub(super) use rescue::{put_rescued, rescue};
pub(crate) use stored::Stored;

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

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ItemKind {
    /// A text or a file: it stands in the timeline, and stays there when it fails.
    Message,
    /// Content that acts on a message: an edit, a reaction, a pin.
    Act,
    /// The retraction of messages; its body is a [`Stored`].
    Retract,
    /// Something about rooms or the account; its body is a [`Stored`].
    Deed,
}

impl ItemKind {
    fn code(self) -> i64 {
        match self {
            Self::Message => 0,
            Self::Act => 1,
            Self::Retract => 2,
            Self::Deed => 3,
        }
    }
    fn of_code(code: i64) -> Self {
        match code {
            1 => Self::Act,
            2 => Self::Retract,
            3 => Self::Deed,
            _ => Self::Message,
        }
    }
}

/// An item as the timeline shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unsent {
    pub(crate) id: OutboxId,
    pub(crate) at: i64,
    pub(crate) state: State,
    pub(crate) reason: Option<String>,
    pub(crate) kind: ItemKind,
    /// The unsettled item that it names.
    pub(crate) about: Option<OutboxId>,
    pub(crate) blobs: Blobs,
    pub(crate) body: Vec<u8>,
}

/// An item to be put at the end.
#[derive(Debug, Clone)]
pub(crate) struct NewItem {
    pub(crate) to: Target,
    pub(crate) kind: ItemKind,
    pub(crate) about: Option<OutboxId>,
    pub(crate) blobs: Blobs,
    pub(crate) body: Vec<u8>,
    pub(crate) at: i64,
}

impl NewItem {
    /// Content that names nothing which is still in the outbox.
    pub(crate) fn content(to: Target, content: &Content, at: i64) -> Option<Self> {
        let kind = match content {
            Content::Text(_) | Content::File(_) => ItemKind::Message,
            Content::Edit(_) | Content::Reaction(_) | Content::Pin(_) => ItemKind::Act,
            Content::Unknown { .. } => return None,
        };
        let body = content.to_body()?.into_vec();
        Some(Self { to, kind, about: None, blobs: Blobs::default(), body, at })
    }

    pub(crate) fn stored(to: Target, kind: ItemKind, stored: &Stored, at: i64) -> Self {
        let body = codec::encode_value(stored);
        Self { to, kind, about: None, blobs: Blobs::default(), body, at }
    }
}

/// An item on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Queued {
    pub(crate) id: OutboxId,
    pub(crate) number: Number,
    pub(crate) change: Change,
}

/// What may go out now.
#[derive(Debug, Default)]
pub(crate) struct Given {
    pub(crate) items: Vec<Queued>,
    /// What cannot go any more.
    pub(crate) dropped: Vec<Dropped>,
    /// The next item waits for the place of one before it.
    pub(crate) is_waiting: bool,
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

pub(super) fn put_last(db: &Connection, item: &NewItem) -> Result<OutboxId> {
    let (to_person, target) = target_parts(item.to);
    db.prepare_cached(
        "INSERT INTO outbox (to_person, target, blobs, body, at, state, kind, about)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        to_person,
        target,
        encode_blobs(&item.blobs),
        item.body,
        item.at,
        QUEUED,
        item.kind.code(),
        item.about.map(|about| about.0),
    ])?;
    Ok(OutboxId(db.last_insert_rowid()))
}

impl Copy {
    /// Puts a message that names nothing at the end.
    #[cfg(test)]
    pub(crate) fn queue(&self, to: Target, blobs: &Blobs, body: &Body, at: i64) -> Result<()> {
        let body = body.to_vec();
        self.queue_all(&[NewItem {
            to,
            kind: ItemKind::Message,
            about: None,
            blobs: blobs.clone(),
            body,
            at,
        }])
        .map(drop)
    }

    /// Puts items at the end, all or none.
    pub(crate) fn queue_all(&self, items: &[NewItem]) -> Result<Vec<OutboxId>> {
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            let ids = items.iter().map(|item| put_last(&change, item)).collect::<Result<_>>()?;
            change.commit()?;
            Ok(ids)
        })
    }

    /// Gives the first queued items numbers from `next` on, at most `limit`; on disk before anybody sends them.
    pub(crate) fn give_numbers(&self, device: DeviceId, next: Number, limit: usize) -> Result<Given> {
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            let given = first_queued(&change, next, limit)?;
            for item in &given.items {
                change
                    .prepare_cached("UPDATE outbox SET state = ?2, device = ?3, number = ?4 WHERE id = ?1")?
                    .execute(params![
                        item.id.0,
                        SENDING,
                        device.0.cast_signed(),
                        item.number.0.cast_signed()
                    ])?;
            }
            if let Some(last) = given.items.last() {
                change.execute("UPDATE meta SET given = max(given, ?1)", [last.number.0.cast_signed()])?;
            }
            change.commit()?;
            Ok(given)
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

    /// A failed item goes to the end of the queue.
    pub(crate) fn resend(&self, id: OutboxId, at: i64) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            to_the_end(&change, id, at)?;
            Ok(change.commit()?)
        })
    }

    /// Gives a message that is not on its way another body; a failed one goes to the end of the queue. Answers
    /// whether there was one.
    pub(crate) fn rewrite(&self, id: OutboxId, body: &[u8], at: i64) -> Result<bool> {
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            let rewritten = change.execute(
                "UPDATE outbox SET body = ?2 WHERE id = ?1 AND kind = 0 AND state IN (?3, ?4)",
                params![id.0, body, QUEUED, FAILED],
            )?;
            to_the_end(&change, id, at)?;
            change.commit()?;
            Ok(rewritten > 0)
        })
    }

    /// Deletes an item that is not on its way. Answers whether there was one.
    pub(crate) fn discard(&self, id: OutboxId) -> Result<bool> {
        self.with(|db| {
            durable(db, true)?;
            let gone = db.execute(
                "DELETE FROM outbox WHERE id = ?1 AND state IN (?2, ?3)",
                params![id.0, QUEUED, FAILED],
            )?;
            Ok(gone > 0)
        })
    }

    /// The first items that go to `to`, in order; deeds are never shown.
    pub(crate) fn unsent(&self, to: Target, limit: usize) -> Result<Vec<Unsent>> {
        self.with(|db| {
            let (to_person, target) = target_parts(to);
            let mut query = db.prepare_cached(
                "SELECT id, at, state, reason, kind, about, blobs, body FROM outbox
                 WHERE to_person = ?1 AND target = ?2 AND kind <> 3 ORDER BY id LIMIT ?3",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = query.query_map(params![to_person, target, limit], unsent)?;
            rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
        })
    }

    /// One item, wherever it goes.
    pub(crate) fn unsent_item(&self, id: OutboxId) -> Result<Option<Unsent>> {
        self.with(|db| {
            let query = "SELECT id, at, state, reason, kind, about, blobs, body FROM outbox WHERE id = ?1";
            Ok(db.prepare_cached(query)?.query_row([id.0], unsent).optional()?)
        })
    }

    /// How many items are not on the server, as far as is known. Somebody waits for a deed, so it needs no count.
    pub(crate) fn unsent_count(&self) -> Result<u32> {
        self.with(|db| {
            // A file that is being uploaded is not there yet either.
            let mut query = db.prepare_cached(
                "SELECT (SELECT count(*) FROM outbox WHERE state <> ?1 AND kind <> 3)
                     + (SELECT count(*) FROM uploads)",
            )?;
            Ok(query.query_row([DONE], |row| row.get(0))?)
        })
    }
}

fn to_the_end(db: &Connection, id: OutboxId, at: i64) -> Result<()> {
    db.execute(
        "INSERT INTO outbox (to_person, target, blobs, body, at, state, kind)
         SELECT to_person, target, blobs, body, ?3, ?4, kind FROM outbox WHERE id = ?1 AND state = ?2",
        params![id.0, FAILED, at, QUEUED],
    )?;
    db.execute("DELETE FROM outbox WHERE id = ?1 AND state = ?2", params![id.0, FAILED])?;
    Ok(())
}

fn unsent(row: &Row<'_>) -> rusqlite::Result<Unsent> {
    Ok(Unsent {
        id: OutboxId(row.get(0)?),
        at: row.get(1)?,
        state: state_of(row.get(2)?),
        reason: row.get(3)?,
        kind: ItemKind::of_code(row.get(4)?),
        about: row.get::<_, Option<i64>>(5)?.map(OutboxId),
        blobs: decode_blobs(&row.get::<_, Vec<u8>>(6)?),
        body: row.get(7)?,
    })
}

fn first_queued(db: &Connection, next: Number, limit: usize) -> Result<Given> {
    let mut query = db.prepare_cached(
        "SELECT id, to_person, target, blobs, body, kind, about,
             room_name IS NOT NULL AND room_name IS NOT (SELECT name FROM rooms WHERE room = target)
         FROM outbox WHERE state = ?1 ORDER BY id LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = query.query(params![QUEUED, limit])?;
    let mut given = Given::default();
    while let Some(row) = rows.next()? {
        let id = OutboxId(row.get(0)?);
        let about = row.get::<_, Option<i64>>(6)?.map(OutboxId);
        let is_another_room = row.get(7)?;
        let why_not = match about::waits(db, id, about)? {
            Waits::No if is_another_room => Some(about::ANOTHER_ROOM),
            Waits::No => None,
            Waits::ForItsPlace => {
                given.is_waiting = true;
                break;
            }
            Waits::ForEver => Some(about::NOT_SENT),
        };
        let change = change(row)?.filter(|_| why_not.is_none());
        match change {
            Some(change) => {
                let number = Number(next.0 + given.items.len() as u64);
                given.items.push(Queued { id, number, change });
            }
            None => given.dropped.extend(fates::fail(db, id, why_not.unwrap_or("It cannot be sent."))?),
        }
    }
    Ok(given)
}

fn change(row: &Row<'_>) -> Result<Option<Change>> {
    let body: Vec<u8> = row.get(4)?;
    Ok(match ItemKind::of_code(row.get(5)?) {
        ItemKind::Message | ItemKind::Act => Some(Change::Append {
            to: target_of(row.get(1)?, row.get(2)?),
            kind: Kind::CONTENT,
            generation: 0,
            epoch: 0,
            blobs: decode_blobs(&row.get::<_, Vec<u8>>(3)?),
            // Longer ones are refused when they are queued.
            body: Body::new(body).map_err(|_| CopyError::Damaged)?,
        }),
        ItemKind::Retract | ItemKind::Deed => {
            codec::decode_value::<Stored>(&body).ok().and_then(Stored::change)
        }
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
        .prepare_cached("SELECT blobs, body FROM outbox WHERE device = ?1 AND number = ?2 AND kind < 2")?
        .query_row(params![mine.device.0.cast_signed(), number.0.cast_signed()], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?))
        })
        .optional()?;
    Ok(parts.and_then(|(blobs, body)| own_entry(mine, (room, seq, number, at), blobs, body)))
}

#[cfg(test)]
mod tests;
