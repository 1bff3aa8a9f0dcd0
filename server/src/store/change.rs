//! Changes: what a session wants altered for good, under its device's numbers.

use std::sync::Arc;

use rusqlite::OptionalExtension;
use snug_proto::entry::{Blobs, Body, Kind};
use snug_proto::id::{AccountId, BlobId, Number, RoomId};
use snug_proto::login::Outcome;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Change, Target};

use super::blobs::may_name;
use super::desk::{Desk, Draft};
use super::writer::{Fate, Job};
use crate::error::refusal;
use crate::hub::{Handle, Settled};

/// A change on its way to the writer, and how it ended there.
pub(crate) struct Numbered {
    pub(crate) by: Arc<Handle>,
    pub(crate) call: u32,
    pub(crate) number: Number,
    pub(crate) change: Change,
    pub(crate) ending: Ending,
}

/// How the writer sees a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Not seen yet.
    Open,
    /// Another session of the device is heard now: nobody is answered.
    Unheard,
    /// Done.
    Done,
    /// Not done.
    Refused(Cause),
}

impl Job for Numbered {
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<()> {
        self.ending = self.end(desk)?;
        Ok(())
    }

    fn settle(&mut self, fate: Fate) -> Option<Settled> {
        let answer = match (fate, self.ending) {
            (_, Ending::Unheard) => return None,
            // Also for those behind the one that found no space, which were not looked at.
            (Fate::Full, _) | (Fate::Committed, Ending::Open) => Some(Err(refusal(Cause::Full))),
            (Fate::Committed, Ending::Done) => None,
            (Fate::Committed, Ending::Refused(cause)) => Some(Err(refusal(cause))),
        };
        Some(Settled { session: self.by.id, call: self.call, answer, read: None })
    }

    fn weight(&self) -> usize {
        match &self.change {
            Change::Append { body, .. } => 256 + body.len(),
            _ => 256,
        }
    }
}

impl Numbered {
    /// Only here is a number settled: done, or refused for good. What is refused for now settles nothing, so that
    /// what follows it is out of order and the sender's order survives.
    fn end(&mut self, desk: &mut Desk) -> rusqlite::Result<Ending> {
        if !desk.is_heard(self.by.device, self.by.id) {
            return Ok(Ending::Unheard);
        }
        let no_mark = desk.plant.no_mark();
        let Some(device) = desk.device(self.by.device)? else { return Ok(Ending::Unheard) };
        if !no_mark && self.number <= device.mark {
            return Ok(Ending::Refused(Cause::Repeat));
        }
        if !no_mark && self.number.0 != device.mark.0 + 1 {
            return Ok(Ending::Refused(Cause::OutOfOrder));
        }
        let done = self.carry_out(desk)?;
        let outcome = match done {
            Ok(()) => Outcome::DONE,
            Err(cause) if cause.is_retryable() => return Ok(Ending::Refused(cause)),
            Err(cause) => cause.outcome(),
        };
        if !no_mark {
            desk.settle(self.by.device, self.number, outcome)?;
        }
        Ok(done.map_or_else(Ending::Refused, |()| Ending::Done))
    }

    fn carry_out(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<(), Cause>> {
        let Change::Append { to, kind, generation, epoch, blobs, body } = &mut self.change else {
            return Ok(Err(Cause::Malformed));
        };
        let account = self.by.account;
        if *kind != Kind::CONTENT || body.is_empty() {
            return Ok(Err(Cause::Malformed));
        }
        for BlobId(blob) in blobs.iter() {
            if !may_name(&desk.conn, account, blob)? {
                return Ok(Err(Cause::UnknownBlob));
            }
        }
        let room = match room_of(desk, account, *to, *generation, *epoch)? {
            Ok(room) => room,
            Err(cause) => return Ok(Err(cause)),
        };
        // A full batch is decided once and refused as a whole, so the body can be taken out of it.
        let (blobs, body): (Blobs, Body) = (std::mem::take(blobs), std::mem::take(body));
        let draft =
            Draft { kind: *kind, author: account, device: self.by.device, number: self.number, blobs, body };
        Ok(desk.append(room, draft)?.map(|_| ()).ok_or(Cause::TooLarge))
    }
}

/// The room an append goes to; a direct room is made where there is none.
fn room_of(
    desk: &mut Desk,
    account: AccountId,
    to: Target,
    generation: u32,
    epoch: u64,
) -> rusqlite::Result<Result<RoomId, Cause>> {
    let person = match to {
        Target::Room(room) => return check_room(desk, account, room, generation, epoch),
        Target::Person(person) if person == account => return Ok(Err(Cause::UnknownAccount)),
        Target::Person(person) => person,
    };
    let (low, high) = (account.min(person), account.max(person));
    let room = desk
        .conn
        .prepare_cached("SELECT id FROM rooms WHERE low = ?1 AND high = ?2")?
        .query_row((low.0.cast_signed(), high.0.cast_signed()), |row| row.get(0).map(RoomId))
        .optional()?;
    if let Some(room) = room {
        return check_room(desk, account, room, generation, epoch);
    }
    let exists =
        desk.conn.prepare_cached("SELECT 1 FROM accounts WHERE id = ?1")?.exists([person.0.cast_signed()])?;
    match (exists, generation, epoch) {
        (false, ..) => Ok(Err(Cause::UnknownAccount)),
        (true, 0, 0) => desk.make_direct(account, person).map(Ok),
        (true, ..) => Ok(Err(Cause::Stale)),
    }
}

fn check_room(
    desk: &mut Desk,
    account: AccountId,
    room: RoomId,
    generation: u32,
    epoch: u64,
) -> rusqlite::Result<Result<RoomId, Cause>> {
    Ok(match desk.room(room)? {
        Some(known) if known.members.contains(&account) => match (generation, epoch) {
            (g, e) if (g, e) == (known.generation, known.epoch) => Ok(room),
            _ => Err(Cause::Stale),
        },
        _ => Err(Cause::UnknownRoom),
    })
}
