//! How far this person and others have read.

use snug_proto::id::{AccountId, RoomId, Seq};
use snug_proto::limits::MARKS_MAX;
use snug_proto::talk::{Request, Target};

use super::Actor;
use super::online::Asked;
use super::open::{Open, Trouble};
use crate::copy::CopyError;

fn only_copy(trouble: Result<(), Trouble>) -> Result<(), CopyError> {
    match trouble {
        Err(Trouble::Copy(error)) => Err(error),
        // A stuck connection is found by its silence.
        Ok(()) | Err(_) => Ok(()),
    }
}

impl Actor {
    /// The person has seen a room up to here.
    pub(super) async fn read(&mut self, target: Target, seq: Seq) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let Some(room) = open.room_of(target) else { return Ok(()) };
        let Some(row) = open.book.rooms.get(&room) else { return Ok(()) };
        // Nobody has read what is not there.
        let seq = seq.min(row.head);
        let takes_mark_away = row.unread_from.0 > 0 && seq >= row.unread_from;
        let left_unread =
            open.shown.as_ref().is_some_and(|shown| shown.target == target && shown.left_unread);
        if (seq <= row.read && !takes_mark_away) || left_unread {
            return Ok(());
        }
        if let Some(online) = open.online() {
            online.read_up_to(room, seq);
        }
        only_copy(self.mark_read(room, seq).await)
    }

    /// Moves a read mark that this person set, here or on another device.
    pub(super) async fn mark_read(&mut self, room: RoomId, seq: Seq) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let me = open.book.me;
        let Some(row) = open.book.rooms.get(&room) else { return Ok(()) };
        if row.read >= seq && (row.unread_from.0 == 0 || row.unread_from > seq) {
            return Ok(());
        }
        let copy = open.copy.clone();
        let row = self.on_copy(&copy, move |copy| copy.set_read(room, seq, me)).await?;
        self.take_row(row);
        Ok(())
    }

    /// Counts a room as unread from an entry on, until it is read.
    pub(super) async fn mark_unread(&mut self, target: Target, from: Option<Seq>) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let Some(room) = open.room_of(target) else { return Ok(()) };
        let seq = from.unwrap_or_default();
        if let Some(shown) = open.shown.as_mut().filter(|shown| shown.target == target) {
            shown.left_unread = from.is_some();
        }
        let Some(online) = open.online() else {
            self.not_done("Marking a room as unread needs a connection to the server.");
            return Ok(());
        };
        online.tell_unread(room, seq);
        only_copy(self.marked_unread(room, seq).await)
    }

    /// The mark was set, here or on another device.
    pub(super) async fn marked_unread(&mut self, room: RoomId, seq: Seq) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let (copy, me) = (open.copy.clone(), open.book.me);
        let row = self.on_copy(&copy, move |copy| copy.set_unread_from(room, seq, me)).await?;
        self.take_row(row);
        Ok(())
    }

    /// Somebody else has read on in the room that is shown.
    pub(super) fn others_read(&mut self, room: RoomId, account: AccountId, seq: Seq) {
        let Some(open) = self.opened() else { return };
        let members = open.book.rooms.get(&room).map_or(0, |row| row.members);
        let Some(online) = open.online() else { return };
        let is_small = members as usize <= MARKS_MAX;
        if let Some((_, marks)) = online.marks.as_mut().filter(|(of, _)| *of == room && is_small)
            && (marks.len() < MARKS_MAX || marks.contains_key(&account))
        {
            let mark = marks.entry(account).or_default();
            *mark = seq.max(*mark);
            open.dirty.timeline = true;
        }
    }

    /// What the copy says of a room from now on.
    pub(super) fn take_row(&mut self, row: Option<crate::copy::RoomRow>) {
        let (Some(open), Some(mut row)) = (self.opened(), row) else { return };
        // The server may have told of entries that no page has brought yet.
        if let Some(known) = open.book.rooms.get(&row.room) {
            row.head = row.head.max(known.head);
        }
        open.book.rooms.insert(row.room, row);
        open.dirty.rooms = true;
    }
}

impl Open {
    /// What was read while there was no connection is told now.
    pub(super) fn tell_what_was_read(&mut self, room: RoomId, known: Seq) {
        let Some(read) = self.book.rooms.get(&room).map(|row| row.read).filter(|read| *read > known) else {
            return;
        };
        if let Some(online) = self.online() {
            online.read_up_to(room, read);
        }
    }
}

impl super::online::Online {
    /// The personal mark goes behind what was read before.
    fn tell_unread(&mut self, room: RoomId, seq: Seq) {
        if let Some(read) = self.reads.remove(&room) {
            let _ = self.ask(Request::ReadUpTo { room, seq: read }, Asked::Nothing);
        }
        let _ = self.ask(Request::MarkUnread { room, seq }, Asked::Nothing);
    }
}
