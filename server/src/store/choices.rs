//! What an account chooses for itself: read marks, what it shows, whom it ignores.

use std::sync::Arc;

use rusqlite::OptionalExtension;
use snug_proto::id::{AccountId, RoomId, Seq};
use snug_proto::limits::IGNORED_MAX;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Privacy, Reply};

use super::change::{Did, Not};
use super::desk::Desk;
use super::read;
use super::rooms::exists;
use super::spans::spans;
use super::writer::{Fate, Job};
use crate::error::refusal;
use crate::hub::{ReadMark, SessionId, Settled, Told};

/// Says what an account shows of itself.
pub(super) fn set_privacy(desk: &mut Desk, me: AccountId, privacy: Privacy) -> Result<Did, Not> {
    desk.conn
        .prepare_cached("UPDATE accounts SET shows_seen = ?2, shows_reads = ?3 WHERE id = ?1")?
        .execute((me.0.cast_signed(), privacy.last_seen, privacy.reads))?;
    chose(desk, me)
}

/// Ignores somebody, or no more.
pub(super) fn ignore(desk: &mut Desk, me: AccountId, other: AccountId, ignored: bool) -> Result<Did, Not> {
    if other == me || !exists(desk, other)? {
        return Err(Cause::UnknownAccount.into());
    }
    let (mine, theirs) = (me.0.cast_signed(), other.0.cast_signed());
    if ignored {
        let others: i64 = desk
            .conn
            .prepare_cached("SELECT count(*) FROM ignored WHERE account = ?1 AND other <> ?2")?
            .query_row((mine, theirs), |row| row.get(0))?;
        if others >= IGNORED_MAX as i64 {
            return Err(Cause::TooManyPeople.into());
        }
        desk.conn
            .prepare_cached("INSERT OR IGNORE INTO ignored (account, other) VALUES (?1, ?2)")?
            .execute((mine, theirs))?;
    } else {
        desk.conn
            .prepare_cached("DELETE FROM ignored WHERE account = ?1 AND other = ?2")?
            .execute((mine, theirs))?;
    }
    chose(desk, me)
}

fn chose(desk: &Desk, me: AccountId) -> Result<Did, Not> {
    Ok(Did::Told(Told::Chosen(me, Arc::new(read::account(&desk.conn, me)?))))
}

/// How far an account has read, or wants to have read, in a room.
pub(crate) struct Mark {
    pub(crate) account: AccountId,
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
    pub(crate) session: SessionId,
    pub(crate) call: u32,
    pub(crate) moves: Moves,
    /// What others are told, or why nothing was done.
    pub(crate) done: Result<Option<Told>, Cause>,
}

/// Which of an account's two marks in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moves {
    /// The one that never moves back; it clears the other when it reaches it.
    Read,
    /// The one that a person sets to find a room again; 0 takes it away.
    Unread,
}

impl Job for Mark {
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<()> {
        self.done = match last_readable(desk, self.account, self.room)? {
            None => Err(Cause::UnknownRoom),
            Some(last) if self.moves == Moves::Read => Ok(self.read_up_to(desk, self.seq.min(last))?),
            Some(last) if self.seq > last => Err(Cause::NotThere),
            Some(_) => Ok(Some(self.unread_from(desk)?)),
        };
        Ok(())
    }

    fn settle(&mut self, fate: Fate) -> Option<Settled> {
        let done = match fate {
            Fate::Full => Err(Cause::Full),
            Fate::Committed => std::mem::replace(&mut self.done, Ok(None)),
        };
        let (answer, told) = match done {
            Ok(told) => (Ok(Reply::Done), told),
            Err(cause) => (Err(refusal(cause)), None),
        };
        Some(Settled { session: self.session, call: self.call, answer: Some(answer), told })
    }
}

impl Mark {
    /// `None`: nothing has moved, so there is nothing to tell.
    fn read_up_to(&self, desk: &Desk, seq: Seq) -> rusqlite::Result<Option<Told>> {
        if seq == Seq(0) {
            return Ok(None);
        }
        let key = (self.account.0.cast_signed(), self.room.0, seq.0);
        let read = desk
            .conn
            .prepare_cached(
                "INSERT INTO read_marks (account, room, seq) VALUES (?1, ?2, ?3)
                 ON CONFLICT (account, room) DO UPDATE SET seq = max(seq, excluded.seq),
                     unread_from = CASE WHEN excluded.seq >= unread_from THEN 0 ELSE unread_from END
                 WHERE excluded.seq > seq OR (unread_from > 0 AND excluded.seq >= unread_from)
                 RETURNING seq",
            )?
            .query_row(key, |row| row.get(0).map(Seq))
            .optional()?;
        Ok(read.map(|seq| Told::Read(ReadMark { account: self.account, room: self.room, seq })))
    }

    fn unread_from(&self, desk: &Desk) -> rusqlite::Result<Told> {
        let Self { account, room, seq, .. } = *self;
        desk.conn
            .prepare_cached(
                "INSERT INTO read_marks (account, room, seq, unread_from) VALUES (?1, ?2, 0, ?3)
                 ON CONFLICT (account, room) DO UPDATE SET unread_from = excluded.unread_from",
            )?
            .execute((account.0.cast_signed(), room.0, seq.0))?;
        Ok(Told::Unread(ReadMark { account, room, seq }))
    }
}

/// The last entry that the account may read: also of a room it has left, whose last words can be marked as read.
fn last_readable(desk: &mut Desk, account: AccountId, room: RoomId) -> rusqlite::Result<Option<Seq>> {
    match desk.room(room)?.map(|known| (known.members.contains_key(&account), known.head())) {
        None => Ok(None),
        Some((true, head)) => Ok(Some(head)),
        // Or of one that went with its account, while the mark was on its way.
        Some(_) if exists(desk, account)? => {
            Ok(spans(&desk.conn, account, room)?.map(|spans| spans.now.last))
        }
        Some(_) => Ok(None),
    }
}
