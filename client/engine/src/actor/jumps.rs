//! Jumping to a place in a room: what the copy lacks around it is fetched before anything is shown.

use snug_proto::id::{RoomId, Seq};
use snug_proto::talk::{Request, Target};

use super::Actor;
use super::online::Asked;
use super::open::Trouble;
use super::view::{Jump, focus};
use crate::command::Place;
use crate::copy::CopyError;
use crate::event::TIMELINE_STEP;
use crate::timeline::View;

const NOT_HERE: &str = "This message is not on this computer, or not for you to read.";
const NEEDS_CONNECTION: &str =
    "This part of the room is not on this computer yet. It takes a connection to the server.";

impl Actor {
    pub(super) async fn jump(&mut self, target: Target, to: Place) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        if open.shown.as_ref().is_none_or(|shown| shown.target != target) {
            self.look_at(target).await?;
        }
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        let row = open.room_of(target).and_then(|room| open.book.rooms.get(&room)).cloned();
        let Some(shown) = &mut open.shown else { return Ok(()) };
        shown.left_unread = false;
        shown.jump = None;
        open.dirty.timeline = true;
        let Some(row) = row else { return Ok(()) };
        let room = row.room;
        match to {
            Place::Newest => self.land(room, row.head).await,
            Place::FirstUnread => {
                let start = row.unread_start();
                let first = row.after(Seq(start.0.saturating_sub(1))).unwrap_or(row.head);
                self.go_to(room, first).await
            }
            Place::Entry(seq) => self.go_to(room, seq).await,
            Place::Origin(origin) => match self.on_copy(&copy, move |copy| copy.find(room, origin)).await? {
                Some(found) => self.go_to(room, found.seq).await,
                None => {
                    self.not_done(NOT_HERE);
                    Ok(())
                }
            },
            Place::Date(at) => self.go_to_date(room, at).await,
        }
    }

    async fn go_to_date(&mut self, room: RoomId, at: i64) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        if let Some(online) = open.online() {
            let asked = online.ask(Request::SeqAt { room, at }, Asked::SeqAt(room)).is_ok();
            if let Some(shown) = open.shown.as_mut().filter(|_| asked) {
                shown.jump = Some(Jump::Asking);
            }
            return Ok(());
        }
        match self.on_copy(&copy, move |copy| copy.first_at(room, at)).await? {
            Some(seq) => self.go_to(room, seq).await,
            None => {
                self.not_done(NEEDS_CONNECTION);
                Ok(())
            }
        }
    }

    /// The server told which place a time is.
    pub(super) async fn place_came(&mut self, room: RoomId, seq: Option<Seq>) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let head = open.book.rooms.get(&room).map_or(Seq(0), |row| row.head);
        let is_shown = open.shown_room() == Some(room);
        let Some(shown) = open.shown.as_mut().filter(|_| is_shown) else { return Ok(()) };
        if shown.jump != Some(Jump::Asking) {
            return Ok(());
        }
        shown.jump = None;
        open.dirty.timeline = true;
        match seq {
            // Behind the last entry is the newest.
            Some(seq) => Ok(self.go_to(room, seq.min(head)).await?),
            None => {
                self.not_done(NOT_HERE);
                Ok(())
            }
        }
    }

    async fn go_to(&mut self, room: RoomId, seq: Seq) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let Some(row) = open.book.rooms.get(&room) else { return Ok(()) };
        // Between two spans, the next readable place is meant.
        let Some(seq) = row.after(Seq(seq.0.saturating_sub(1))) else {
            self.not_done(NOT_HERE);
            return Ok(());
        };
        if row.ranges.around(seq).is_some() {
            return self.land(room, seq).await;
        }
        let is_online = open.online().is_some();
        match open.shown.as_mut().filter(|_| is_online) {
            Some(shown) => {
                if let Some(online) = open.link.online() {
                    online.exhausted.remove(&room);
                }
                shown.jump = Some(Jump::Fetching(seq));
            }
            None => self.not_done(NEEDS_CONNECTION),
        }
        Ok(())
    }

    /// A page came, or cannot: goes on with what waited for it. Answers nothing that would have to wait.
    pub(super) async fn page_came(&mut self, room: RoomId, came: bool) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        if open.shown_room() != Some(room) {
            return Ok(());
        }
        let held = |seq: Seq| open.book.rooms.get(&room).is_some_and(|row| row.ranges.around(seq).is_some());
        let Some(shown) = &open.shown else { return Ok(()) };
        match (shown.jump, shown.newer_from()) {
            (Some(Jump::Fetching(seq)), _) if held(seq) => self.land(room, seq).await,
            (Some(Jump::Fetching(_)), _) if !came => {
                self.give_up_jump();
                self.not_done(NOT_HERE);
                Ok(())
            }
            (None, Some(seq)) if held(seq) => self.newer().await,
            _ => Ok(()),
        }
    }

    /// The room is shown where it was: a jump that comes to nothing leaves nothing behind.
    pub(super) fn give_up_jump(&mut self) {
        let Some(open) = self.opened() else { return };
        if let Some(shown) = &mut open.shown {
            shown.jump = None;
            open.dirty.timeline = true;
        }
    }

    /// Shows what is held around a place, with something below it where there is.
    async fn land(&mut self, room: RoomId, seq: Seq) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let Some(row) = open.book.rooms.get(&room).cloned() else { return Ok(()) };
        let copy = open.copy.clone();
        let (low, reach) = (row.reach_down(seq), row.reach_up(seq));
        let (newer, older) = self
            .on_copy(&copy, move |copy| {
                let newer = copy.next_seqs(room, Seq(seq.0.saturating_sub(1)), reach, TIMELINE_STEP + 1)?;
                Ok((newer, copy.page(room, low, seq, 1)?))
            })
            .await?;
        let Some(open) = self.opened() else { return Ok(()) };
        open.jumps += 1;
        let serial = open.jumps;
        let Some(shown) = &mut open.shown else { return Ok(()) };
        // What acts on others is not shown: the next item that is stands for it.
        let item = newer.first().copied().or(older.last().map(|row| row.seq));
        let goes_on = newer.len() > TIMELINE_STEP || row.after(reach).is_some();
        let bottom = newer.last().copied().or(item).filter(|_| goes_on);
        shown.view = View { bottom, ..View::NEWEST };
        shown.jump = None;
        shown.forget_gaps();
        shown.focus = item.map(|item| focus(item, serial));
        open.dirty.timeline = true;
        Ok(())
    }
}
