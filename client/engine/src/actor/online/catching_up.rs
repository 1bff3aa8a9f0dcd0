//! Bringing the copy up to date: rooms, names, pages, and entries from wherever they come.

use snug_proto::Username;
use snug_proto::bounded::List;
use snug_proto::codec;
use snug_proto::entry::{Entry, Joined, Kind, LOBBY};
use snug_proto::id::{AccountId, RoomId};
use snug_proto::limits::{PAGE_ENTRIES_MAX, PAGES_IN_FLIGHT_MAX, ROOMS_PAGE_MAX};
use snug_proto::talk::{Page, Request, RoomInfo, Target};
use tokio::time::Instant;

use super::Asked;
use crate::actor::Actor;
use crate::actor::open::{LinkState, Open, Trouble};
use crate::actor::view::Shown;
use crate::copy::{CopyError, Merged, Step};
use crate::event::{Arrival, Arrived, Event};
use crate::mailbox;
use crate::sync;
use crate::timeline::preview;

/// What becomes of messages that nobody has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrivals {
    /// They are told as they come.
    Now,
    /// They were missed while away: told at once, when all of them are here.
    Together,
    /// They are old: nobody is told.
    Never,
}

impl Actor {
    /// Takes news of the log into the copy and everything that shows it.
    pub(super) async fn merge(&mut self, steps: Vec<Step>, arrivals: Arrivals) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let Some(online) = open.online().filter(|_| !steps.is_empty()) else { return Ok(()) };
        let mine = online.mine;
        let copy = open.copy.clone();
        let merged = self.on_copy(&copy, move |copy| copy.merge(steps, mine)).await?;
        let Some(open) = self.opened() else { return Ok(()) };
        open.learn_names(&merged);
        let arrived =
            open.take_merged(&merged, arrivals == Arrivals::Together).filter(|_| arrivals != Arrivals::Never);
        let files = open.unread_files(&merged);
        let names = open.new_names(&merged);
        if !names.is_empty() {
            self.on_copy(&copy, move |copy| copy.put_people(&names)).await?;
        }
        if !merged.settled.is_empty() {
            self.count_unsent(&copy).await?;
        }
        self.fetch_unread(files).await?;
        if let Some(arrived) = arrived {
            self.arrived(arrived);
        }
        Ok(())
    }

    pub(super) fn arrived(&mut self, arrived: Arrived) {
        let Some(online) = self.opened().and_then(Open::online) else { return };
        if !arrived.catching_up {
            return self.outlet.put(Event::Arrived(arrived));
        }
        match &mut online.missed {
            Some(missed) => mailbox::merge(missed, arrived),
            None => online.missed = Some(arrived),
        }
    }

    pub(super) async fn listed(&mut self, rooms: Vec<RoomInfo>) -> Result<(), Trouble> {
        let more = rooms.len() == ROOMS_PAGE_MAX;
        let last = rooms.last().map(|room| room.room);
        for room in rooms {
            self.put_room(room).await?;
        }
        let Some(online) = self.opened().and_then(Open::online) else { return Ok(()) };
        match last.filter(|_| more) {
            Some(after) => online.ask(Request::Rooms { after }, Asked::Rooms).map(drop),
            None => {
                online.listed = true;
                Ok(())
            }
        }
    }

    pub(super) async fn put_room(&mut self, info: RoomInfo) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let (copy, me) = (open.copy.clone(), open.book.me);
        let row = self.on_copy(&copy, move |copy| copy.put_room(&info, me)).await?;
        let Some(open) = self.opened() else { return Ok(()) };
        if let Some(online) = open.online() {
            online.exhausted.remove(&row.room);
        }
        open.book.rooms.insert(row.room, row);
        open.dirty.rooms = true;
        open.dirty.timeline = true;
        open.dirty.session = true;
        Ok(())
    }

    pub(super) async fn name_people(&mut self, names: Vec<(AccountId, String)>) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        open.book.people.extend(names.iter().cloned());
        open.dirty.rooms = true;
        open.dirty.members = true;
        open.dirty.timeline = true;
        let copy = open.copy.clone();
        Ok(self.on_copy(&copy, move |copy| copy.put_people(&names)).await?)
    }

    pub(super) async fn page(&mut self, room: RoomId, page: Page, arrivals: Arrivals) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let Some(row) = open.book.rooms.get_mut(&room) else { return Ok(()) };
        if page.room != room || page.entries.iter().any(|entry| entry.room != room) {
            return Err(Trouble::Lost);
        }
        if row.ranges.top().is_some_and(|top| top > page.head) {
            return Err(Trouble::Copy(CopyError::PutBack));
        }
        row.head = row.head.max(page.head);
        if let Some(first) = page.entries.first().filter(|_| page.starts) {
            row.first = first.seq;
        }
        let before = row.ranges.clone();
        self.merge(vec![Step::Page(page.entries.into_vec())], arrivals).await?;
        let Some(open) = self.opened() else { return Ok(()) };
        open.dirty.timeline |= arrivals != Arrivals::Never;
        let same = open.book.rooms.get(&room).is_some_and(|row| row.ranges == before);
        if let Some(online) = open.online().filter(|_| same) {
            online.exhausted.insert(room);
        }
        Ok(())
    }

    /// Once nothing is left to ask for, the log has decided what was open, and what was missed is told at once.
    pub(super) async fn finish_catching_up(&mut self) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let missing = open.missing();
        let Some(online) = open.online() else { return Ok(()) };
        if !online.listed || missing || online.pages_in_flight() > 0 {
            return Ok(());
        }
        let first = !std::mem::replace(&mut online.caught_up, true);
        if let Some(missed) = online.missed.take() {
            self.outlet.put(Event::Arrived(missed));
        }
        if first {
            let Some(open) = self.opened() else { return Ok(()) };
            open.backoff.reset();
            let copy = open.copy.clone();
            if self.on_copy(&copy, |copy| copy.decide()).await? {
                self.count_unsent(&copy).await?;
            }
        }
        Ok(())
    }
}

impl Open {
    /// Asks for the pages that are missing, the shown room's first, a few at once.
    pub(super) fn ask_pages(&mut self) -> Result<(), Trouble> {
        let shown = self.shown_room();
        let back_to = self.shown.as_ref().and_then(Shown::back_to);
        let watch: Vec<RoomId> =
            [Some(LOBBY), shown.filter(|room| *room != LOBBY)].into_iter().flatten().collect();
        let LinkState::Online(online) = &mut self.link else { return Ok(()) };
        if online.listed && online.watched != watch {
            online.watched.clone_from(&watch);
            let rooms = List::new(watch).unwrap_or_default();
            online.ask(Request::Watch { rooms }, Asked::Nothing)?;
        }
        let others = self.book.rooms.keys().copied().filter(|room| Some(*room) != shown);
        for room in shown.into_iter().chain(others) {
            if online.pages_in_flight() >= PAGES_IN_FLIGHT_MAX {
                break;
            }
            let Some(row) = self.book.rooms.get(&room) else { continue };
            if online.exhausted.contains(&room) || online.is_paging(room) {
                continue;
            }
            let is_shown = Some(room) == shown;
            if let Some(wish) = sync::next_page(row, is_shown, back_to.filter(|_| is_shown)) {
                let limit = PAGE_ENTRIES_MAX as u8;
                let request = Request::Page { room, from: wish.from, direction: wish.direction, limit };
                online.ask(request, Asked::Page(room, wish))?;
            }
        }
        Ok(())
    }

    /// Whether something that happened is not here yet.
    pub(super) fn missing(&self) -> bool {
        let LinkState::Online(online) = &self.link else { return false };
        self.book
            .rooms
            .values()
            .any(|row| !online.exhausted.contains(&row.room) && sync::next_page(row, false, None).is_some())
    }

    pub(super) fn learn_names(&mut self, merged: &Merged) {
        for (account, name) in self.new_names(merged) {
            self.book.people.insert(account, name);
            self.dirty.rooms = true;
            self.dirty.members = true;
        }
    }

    pub(super) fn new_names(&self, merged: &Merged) -> Vec<(AccountId, String)> {
        merged.fresh.iter().filter_map(|(_, entry)| joined(entry)).collect()
    }

    /// Updates rooms and outbox by what was merged. Answers messages of others that nobody has seen.
    pub(super) fn take_merged(&mut self, merged: &Merged, catching_up: bool) -> Option<Arrived> {
        for (room, ranges) in &merged.ranges {
            if let Some(row) = self.book.rooms.get_mut(room) {
                row.ranges.clone_from(ranges);
                row.head = row.head.max(ranges.top().unwrap_or_default());
            }
        }
        if merged.changed || !merged.fresh.is_empty() {
            self.indexing.wake(Instant::now());
        }
        let mut arrived = Arrived { messages: Vec::new(), count: 0, catching_up };
        for (_, entry) in &merged.fresh {
            self.take_entry(entry, &mut arrived);
        }
        for (_, number) in &merged.settled {
            if let LinkState::Online(online) = &mut self.link
                && let Some(call) = online.sending.settled(*number)
            {
                online.forget_call(call);
            }
        }
        let shown = self.shown_room();
        self.dirty.rooms |= !merged.fresh.is_empty();
        self.dirty.timeline |= merged.changed
            || !merged.settled.is_empty()
            || merged.ranges.keys().any(|room| Some(*room) == shown);
        (arrived.count > 0).then_some(arrived)
    }

    pub(super) fn take_entry(&mut self, entry: &Entry, arrived: &mut Arrived) {
        let target = self.target_of(entry.room);
        let author_name = self.book.people.get(&entry.author).cloned();
        let Some(row) = self.book.rooms.get_mut(&entry.room) else { return };
        row.last_at = row.last_at.max(Some(entry.at));
        if let LinkState::Online(online) = &mut self.link {
            online.typing.remove(&(entry.room, entry.author));
            self.dirty.typing = true;
        }
        let Some(preview) = preview(entry, self.book.me).filter(|_| entry.seq > row.read) else { return };
        row.unread += 1;
        let room_name = match target {
            Target::Person(person) => self.book.people.get(&person).cloned().unwrap_or_default(),
            Target::Room(_) => row.name.clone(),
        };
        let author_name = author_name.unwrap_or_default();
        let arrival = Arrival { room: target, room_name, author_name, preview };
        let one = Arrived { messages: vec![arrival], count: 1, catching_up: arrived.catching_up };
        mailbox::merge(arrived, one);
    }
}

fn joined(entry: &Entry) -> Option<(AccountId, String)> {
    if entry.kind != Kind::JOINED || entry.room != LOBBY {
        return None;
    }
    let joined: Joined = codec::decode_value(&entry.body).ok()?;
    // A name that cannot be one is not shown.
    let name = Username::try_from(joined.name).ok()?;
    Some((joined.account, name.into()))
}
