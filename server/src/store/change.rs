//! Changes: what a session wants altered for good, under its device's numbers.

use std::sync::Arc;
use std::time::Duration;

use snug_proto::id::{Number, RoomId};
use snug_proto::login::Outcome;
use snug_proto::refusal::{Cause, Refusal};
use snug_proto::talk::{Change, Reply};

use super::desk::Desk;
use super::writer::{Fate, Job};
use super::{append, choices, house, members, profile, retract, rooms};
use crate::error::refusal;
use crate::hub::{Handle, Settled, Told};
use crate::listener::Source;

/// A change on its way to the writer, and how it ended there.
pub(crate) struct Numbered {
    pub(crate) by: Arc<Handle>,
    pub(crate) call: u32,
    pub(crate) number: Number,
    pub(crate) change: Change,
    /// Where somebody is connected from whose networks are to be banned.
    pub(crate) sources: Vec<Source>,
    pub(crate) ending: Ending,
}

/// How the writer sees a change.
#[derive(Debug)]
pub(crate) enum Ending {
    /// Not seen yet.
    Open,
    /// Another session of the device is heard now: nobody is answered.
    Unheard,
    /// Done.
    Done(Did),
    /// Not done.
    Refused(Refusal),
}

/// What came of a change that was done.
#[derive(Debug)]
pub(crate) enum Did {
    /// An entry was appended, and is its own answer.
    Appended,
    /// Something else was changed.
    Changed,
    /// A room was made.
    Made(RoomId),
    /// Something was changed that others are told beside entries.
    Told(Told),
}

/// Why a change was not done. Whoever says so has written nothing yet: a batch is one transaction.
#[derive(Debug)]
pub(super) enum Not {
    /// It may not be, or cannot be.
    Refused(Cause),
    /// The account has done too much of this, and may again after a while.
    Later(Cause, Duration),
    /// The database failed; this concerns the whole batch.
    Failed(rusqlite::Error),
}
impl From<Cause> for Not {
    fn from(cause: Cause) -> Self {
        Self::Refused(cause)
    }
}
impl From<rusqlite::Error> for Not {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

/// The same, as a verb says it: only a change is told how long to wait.
pub(super) fn done<T>(done: Result<T, Not>) -> rusqlite::Result<Result<T, Cause>> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(Not::Refused(cause) | Not::Later(cause, _)) => Ok(Err(cause)),
        Err(Not::Failed(error)) => Err(error),
    }
}

impl Job for Numbered {
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<()> {
        self.ending = self.end(desk)?;
        Ok(())
    }

    fn settle(&mut self, fate: Fate) -> Option<Settled> {
        let ending = std::mem::replace(&mut self.ending, Ending::Open);
        let (answer, told) = match (fate, ending) {
            (_, Ending::Unheard) => return None,
            // Also for those behind the one that found no space, which were not looked at.
            (Fate::Full, _) | (Fate::Committed, Ending::Open) => (Some(Err(refusal(Cause::Full))), None),
            (Fate::Committed, Ending::Refused(refusal)) => (Some(Err(refusal)), None),
            (Fate::Committed, Ending::Done(did)) => match did {
                Did::Appended => (None, None),
                Did::Changed => (Some(Ok(Reply::Done)), None),
                Did::Made(room) => (Some(Ok(Reply::Created(room))), None),
                Did::Told(told) => (Some(Ok(Reply::Done)), Some(told)),
            },
        };
        Some(Settled { session: self.by.id, call: self.call, answer, told })
    }

    fn weight(&self) -> usize {
        match &self.change {
            Change::Append { body, .. } => 256 + body.len(),
            // Each of these becomes a row or an entry.
            Change::Retract { targets, .. } => 256 + targets.len() * 128,
            Change::CreateRoom { members, .. } | Change::AddMembers { members, .. } => {
                256 + members.len() * 256
            }
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
        let (no_mark, reorders) = (desk.plant.no_mark(), desk.plant.full_reorders());
        let Some(device) = desk.device(self.by.device)? else { return Ok(Ending::Unheard) };
        if !no_mark && self.number <= device.mark {
            return Ok(Ending::Refused(refusal(Cause::Repeat)));
        }
        if !no_mark && !reorders && self.number.0 != device.mark.0 + 1 {
            return Ok(Ending::Refused(refusal(Cause::OutOfOrder)));
        }
        let (outcome, ending) = match self.carry_out(desk) {
            Ok(did) => (Outcome::DONE, Ending::Done(did)),
            Err(Not::Failed(error)) => return Err(error),
            Err(Not::Refused(cause)) if cause.is_retryable() => return Ok(Ending::Refused(refusal(cause))),
            Err(Not::Refused(cause)) => (cause.outcome(), Ending::Refused(refusal(cause))),
            Err(Not::Later(cause, wait)) => (cause.outcome(), Ending::Refused(Refusal::after(cause, wait))),
        };
        if !no_mark {
            desk.settle(self.by.device, self.number, outcome)?;
        }
        Ok(ending)
    }

    /// One short function for each change. A full batch is decided once and refused as a whole, so what a change
    /// holds can be taken out of it.
    fn carry_out(&mut self, desk: &mut Desk) -> Result<Did, Not> {
        let me = self.by.account;
        let changed = match &mut self.change {
            Change::Append { to, kind, generation, epoch, blobs, body } => {
                let blobs = std::mem::take(blobs);
                let body = std::mem::take(body);
                let content =
                    append::Content { kind: *kind, generation: *generation, epoch: *epoch, blobs, body };
                return append::append(desk, &self.by, self.number, *to, content);
            }
            Change::CreateRoom { kind, name, topic, members } => {
                return rooms::create(desk, me, *kind, name, topic, members);
            }
            Change::SetPrivacy(privacy) => return choices::set_privacy(desk, me, *privacy),
            Change::Ignore { account, ignored } => return choices::ignore(desk, me, *account, *ignored),
            Change::SetProfile(profile) => return profile::set(desk, me, profile),
            Change::Act(act) => {
                let acted = house::act(desk, me, act, &self.sources)?;
                return Ok(Did::Told(Told::Acted(acted)));
            }
            Change::Retract { room, targets } => retract::retract(desk, me, *room, targets),
            Change::Rename { room, name } => rooms::rename(desk, me, *room, name),
            Change::SetTopic { room, topic } => rooms::set_topic(desk, me, *room, topic),
            Change::Archive { room, archived } => rooms::archive(desk, me, *room, *archived),
            Change::Join { room } => members::join(desk, me, *room),
            Change::Leave { room } => members::leave(desk, me, *room),
            Change::AddMembers { room, members } => members::add(desk, me, *room, members),
            Change::RemoveMember { room, account } => members::remove(desk, me, *room, *account),
            Change::SetRole { room, account, role } => members::set_role(desk, me, *room, *account, *role),
        };
        changed.map(|()| Did::Changed)
    }
}
