//! Bringing the copy up to date: rooms, names, pages, and entries from wherever they come.

use snug_proto::Username;
use snug_proto::bounded::List;
use snug_proto::codec;
use snug_proto::entry::{Entry, Joined, Kind, LOBBY, RoomKind};
use snug_proto::id::{AccountId, DeviceId, Number, RoomId, Seq};
use snug_proto::limits::{
    MARKS_MAX, MEMBERS_PAGE_MAX, PAGE_ENTRIES_MAX, PAGES_IN_FLIGHT_MAX, ROOMS_PAGE_MAX,
};
use snug_proto::talk::{Member, Page, Request, RoomInfo};
use tokio::time::Instant;

use super::{Asked, Online};
use crate::actor::Actor;
use crate::actor::open::{LinkState, Open, Trouble};
use crate::actor::view::Shown;
use crate::copy::{CopyError, ItemKind, Merged, Step};
use crate::event::{Arrival, Arrived, Event};
use crate::mailbox;
use crate::sync;
use crate::timeline::preview;

/// Members of one room that are kept: who looks through more than these looks for somebody by name.
const MEMBERS_KEPT_MAX: usize = 4096;

/// What entries are to the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// They happen now.
    Now,
    /// They were missed while away.
    Missed,
    /// They were fetched because somebody looks there: nobody is alerted.
    Past,
}

impl Actor {
    /// Takes news of the log into the copy and everything that shows it.
    pub(super) async fn merge(&mut self, steps: Vec<Step>, news: News) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let Some(online) = open.online().filter(|_| !steps.is_empty()) else { return Ok(()) };
        let mine = online.mine;
        let copy = open.copy.clone();
        let merged = self.on_copy(&copy, move |copy| copy.merge(steps, mine)).await?;
        let Some(open) = self.opened() else { return Ok(()) };
        open.learn_names(&merged);
        let arrived = open.take_merged(&merged, news == News::Missed);
        let files = open.unread_files(&merged);
        let names = open.new_names(&merged);
        if !names.is_empty() {
            self.on_copy(&copy, move |copy| copy.put_people(&names)).await?;
        }
        if !merged.settled.is_empty() {
            self.count_unsent(&copy).await?;
        }
        self.fetch_unread(files).await?;
        if let Some(arrived) = arrived.filter(|_| news != News::Past) {
            self.arrived(arrived);
        }
        self.after_merge(merged).await
    }

    /// What merged entries say about rooms, and what has to follow.
    async fn after_merge(&mut self, merged: Merged) -> Result<(), Trouble> {
        if merged.looks {
            self.looks_changed().await?;
        }
        if let Some(name) = merged.server_name {
            self.server_renamed(name).await;
        }
        let Some(open) = self.opened() else { return Ok(()) };
        let (copy, me, rooms) = (open.copy.clone(), open.book.me, merged.rooms);
        if !rooms.is_empty() {
            if let Some(shown) = &mut open.shown {
                shown.members_stale = true;
            }
            open.dirty.members = true;
            let rows = self
                .on_copy(&copy, move |copy| rooms.into_iter().map(|room| copy.room(room, me)).collect())
                .await;
            let rows: Vec<_> = rows?;
            rows.into_iter().for_each(|row| self.take_row(row));
        }
        if merged.retracted {
            self.on_copy(&copy, |copy| copy.truncate_wal()).await?;
            if let Some(open) = self.opened() {
                open.scrub_from = Some(1);
            }
        }
        Ok(self.retract_orphans(merged.orphans).await?)
    }

    /// Takes a page of a room's members; the last one makes the list whole.
    pub(super) async fn take_members(&mut self, room: RoomId, page: Vec<Member>) -> Result<(), Trouble> {
        let Some(online) = self.opened().and_then(Open::online) else { return Ok(()) };
        let last = page.last().map(|member| member.account);
        let is_full = page.len() == MEMBERS_PAGE_MAX;
        let names: Vec<_> =
            page.iter().map(|member| (member.account, member.name.as_str().to_owned())).collect();
        let gathered = online.gathering.entry(room).or_default();
        gathered.extend(page);
        if let Some(after) = last.filter(|_| is_full && gathered.len() < MEMBERS_KEPT_MAX) {
            online.ask(Request::Members { room, after }, Asked::Members(room))?;
            return self.name_people(names).await;
        }
        let members = online.gathering.remove(&room).unwrap_or_default();
        self.name_people(names).await?;
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        if open.shown_room() == Some(room)
            && let Some(shown) = &mut open.shown
        {
            shown.members_stale = true;
        }
        Ok(self.on_copy(&copy, move |copy| copy.put_members(room, &members)).await?)
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
            let Some(online) = self.opened().and_then(Open::online) else { return Ok(()) };
            let held = online.held.get(&room.room).copied().unwrap_or_default();
            self.put_room(room, held).await?;
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

    /// Takes what the server says about a room; `held` is the last entry of it that was held when it was asked.
    pub(super) async fn put_room(&mut self, info: RoomInfo, held: Seq) -> Result<(), Trouble> {
        if held > info.head {
            return Err(Trouble::Copy(CopyError::PutBack));
        }
        let Some(open) = self.opened() else { return Ok(()) };
        let (copy, me) = (open.copy.clone(), open.book.me);
        let (room, known) = (info.room, info.read);
        // Who may call everybody has to be known where people are few enough to be told at once.
        let is_met = matches!(info.kind, RoomKind::CHANNEL | RoomKind::PRIVATE)
            && info.present
            && info.members as usize <= MEMBERS_PAGE_MAX;
        let row = self.on_copy(&copy, move |copy| copy.put_room(&info, me)).await?;
        self.take_row(row);
        let Some(open) = self.opened() else { return Ok(()) };
        if let Some(online) = open.online() {
            online.exhausted.remove(&room);
            if is_met {
                online.to_meet.insert(room);
            }
        }
        open.tell_what_was_read(room, known);
        open.dirty.timeline = true;
        open.dirty.session = true;
        Ok(())
    }

    pub(super) async fn name_people(&mut self, names: Vec<(AccountId, String)>) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        open.book.people.learn(names.iter().cloned());
        open.dirty.looks = true;
        open.dirty.rooms = true;
        open.dirty.members = true;
        open.dirty.timeline = true;
        let copy = open.copy.clone();
        Ok(self.on_copy(&copy, move |copy| copy.put_people(&names)).await?)
    }

    /// Takes a page; `held` is the last entry of the room that was held when it was asked for.
    pub(super) async fn page(
        &mut self,
        (room, held): (RoomId, Seq),
        page: Page,
        news: News,
    ) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let Some(row) = open.book.rooms.get_mut(&room) else { return Ok(()) };
        if page.room != room || page.entries.iter().any(|entry| entry.room != room) {
            return Err(Trouble::Lost);
        }
        if held > page.head {
            return Err(Trouble::Copy(CopyError::PutBack));
        }
        row.head = row.head.max(page.head);
        let before = row.ranges.clone();
        self.merge(vec![Step::Page(page.entries.into_vec())], news).await?;
        let Some(open) = self.opened() else { return Ok(()) };
        open.dirty.timeline |= open.shown_room() == Some(room);
        let same = open.book.rooms.get(&room).is_some_and(|row| row.ranges == before);
        if let Some(online) = open.online().filter(|_| same) {
            online.exhausted.insert(room);
        }
        Ok(self.page_came(room, !same).await?)
    }

    /// Once nothing is left to ask for, the log has decided what was open, and what was missed is told at once.
    /// Answers whether something may go on now.
    pub(super) async fn finish_catching_up(&mut self) -> Result<bool, Trouble> {
        let Some(open) = self.opened() else { return Ok(false) };
        let missing = open.missing();
        let Some(online) = open.online() else { return Ok(false) };
        if !online.listed || missing || online.pages_in_flight() > 0 {
            return Ok(false);
        }
        let first = !std::mem::replace(&mut online.caught_up, true);
        let before = online.before.take();
        let reading = online.comparing.is_reading();
        if let Some(missed) = online.missed.take() {
            self.outlet.put(Event::Arrived(missed));
        }
        if first {
            self.decide(before).await?;
        }
        if first || reading {
            self.compare_former().await?;
        }
        Ok(first)
    }

    /// The log is read up to its head: it tells what became of everything that was open.
    async fn decide(&mut self, before: Option<(DeviceId, Number)>) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        open.backoff.reset();
        open.dirty.timeline = true;
        let copy = open.copy.clone();
        let (changed, dropped) = self
            .on_copy(&copy, move |copy| {
                if let Some((device, given)) = before {
                    copy.settle_by_body(device, given)?;
                }
                copy.decide()
            })
            .await?;
        self.tell_dropped(dropped);
        if changed || before.is_some() {
            // What waited for something that was open need not any more.
            self.outbox_changed(&copy).await?;
        }
        Ok(())
    }
}

impl Online {
    fn ask_members(&mut self, room: RoomId) -> Result<(), Trouble> {
        self.gathering.insert(room, Vec::new());
        self.ask(Request::Members { room, after: AccountId(0) }, Asked::Members(room)).map(drop)
    }
}

impl Open {
    /// Asks for the pages that are missing, the shown room's first, a few at once.
    pub(super) fn ask_pages(&mut self) -> Result<(), Trouble> {
        self.look_around()?;
        let shown = self.shown_room();
        let wanted = self.shown.as_ref().and_then(Shown::wanted);
        let LinkState::Online(online) = &mut self.link else { return Ok(()) };
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
            let wanted = wanted.filter(|_| is_shown).or_else(|| online.comparing.wish(room));
            if let Some(wish) = sync::next_page(row, is_shown, wanted) {
                let limit = PAGE_ENTRIES_MAX as u8;
                let request = Request::Page { room, from: wish.from, direction: wish.direction, limit };
                let held = row.ranges.top().unwrap_or_default();
                online.ask(request, Asked::Page(room, wish, held))?;
            }
        }
        Ok(())
    }

    /// Watches the lobby and the room that is shown, and asks who is in that and how far they have read.
    fn look_around(&mut self) -> Result<(), Trouble> {
        let shown = self.shown_room();
        let row = shown.and_then(|room| self.book.rooms.get(&room));
        let is_small = row.is_some_and(|row| row.present && row.members as usize <= MARKS_MAX);
        let is_there = row.is_some_and(|row| row.present);
        let LinkState::Online(online) = &mut self.link else { return Ok(()) };
        if !online.listed {
            return Ok(());
        }
        let mut watch = vec![LOBBY];
        watch.extend(shown.filter(|room| *room != LOBBY && is_there));
        if online.watched != watch {
            online.watched.clone_from(&watch);
            online.presence.retain(|room, _| watch.contains(room));
            let rooms = List::new(watch).unwrap_or_default();
            online.ask(Request::Watch { rooms }, Asked::Nothing)?;
        }
        if online.gathering.is_empty()
            && let Some(room) = online.to_meet.pop_first()
        {
            online.ask_members(room)?;
        }
        if online.looked_at == shown || !is_there {
            return Ok(());
        }
        online.looked_at = shown;
        online.marks = None;
        let Some(room) = shown else { return Ok(()) };
        if room != LOBBY && !online.gathering.contains_key(&room) {
            online.ask_members(room)?;
        }
        if is_small {
            online.ask(Request::Marks { room }, Asked::Marks(room))?;
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
            self.book.people.learn([(account, name)]);
            self.dirty.looks = true;
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
                row.live = merged.live.get(room).copied().unwrap_or(row.live);
            }
        }
        if merged.changed || !merged.fresh.is_empty() {
            self.indexing.wake(Instant::now());
        }
        let mut arrived = Arrived { messages: Vec::new(), count: 0, catching_up };
        for (_, entry) in &merged.fresh {
            let mentions_me = merged.mentions.contains(&(entry.room, entry.seq));
            self.take_entry(entry, mentions_me, &mut arrived);
        }
        for settled in &merged.settled {
            self.lately.note(settled);
            if let Some(job) = &mut self.job {
                job.settled(settled);
            }
            // What is no append has an answer of its own.
            let is_append = matches!(settled.kind, ItemKind::Message | ItemKind::Act);
            if let LinkState::Online(online) = &mut self.link {
                online.settled(settled.origin, is_append);
            }
        }
        let shown = self.shown_room();
        self.dirty.rooms |= !merged.fresh.is_empty();
        self.dirty.timeline |= merged.changed
            || !merged.settled.is_empty()
            || merged.ranges.keys().any(|room| Some(*room) == shown);
        (arrived.count > 0).then_some(arrived)
    }

    fn take_entry(&mut self, entry: &Entry, mentions_me: bool, arrived: &mut Arrived) {
        let target = self.target_of(entry.room);
        let author_name = self.book.people.get(&entry.author).cloned();
        let room_name = self.room_name(entry.room);
        let is_ignored = self.book.ignored.contains(&entry.author);
        let Some(row) = self.book.rooms.get_mut(&entry.room) else { return };
        row.last_at = row.last_at.max(Some(entry.at));
        if let LinkState::Online(online) = &mut self.link {
            online.typing.remove(&(entry.room, entry.author));
            self.dirty.typing = true;
        }
        let is_unread = entry.seq >= row.unread_start() && !is_ignored;
        let Some(preview) = preview(entry, self.book.me).filter(|_| is_unread) else { return };
        row.unread += 1;
        row.mentions += u32::from(mentions_me);
        let author_name = author_name.unwrap_or_default();
        let arrival = Arrival { room: target, room_name, author_name, preview, mentions_me };
        let one = Arrived { messages: vec![arrival], count: 1, catching_up: arrived.catching_up };
        mailbox::merge(arrived, one);
    }
}

fn joined(entry: &Entry) -> Option<(AccountId, String)> {
    if entry.kind != Kind::JOINED {
        return None;
    }
    let joined: Joined = codec::decode_value(&entry.body).ok()?;
    // A name that cannot be one is not shown.
    let name = Username::try_from(joined.name).ok()?;
    Some((joined.account, name.into()))
}
