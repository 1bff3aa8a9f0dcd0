//! Who is online, who types, who has read what: told to those who watch a room, each subject once, and lossy.

use std::sync::Arc;

use snug_proto::bounded::List;
use snug_proto::id::{AccountId, DeviceId, RoomId};
use snug_proto::limits::{MARKS_MAX, PRESENCE_LIST_MAX};
use snug_proto::talk::{Account as Chosen, Here, Presence};

use super::publish::ReadMark;
use super::{Handle, Hub, Live, SessionId, State, wake};

/// People whose typing one session still has to be told; a reader too slow for more does not miss them.
const TYPING_WAITING_MAX: usize = 8;
/// Read marks one session still has to be told.
const READS_WAITING_MAX: usize = 64;

impl Hub {
    /// How this session's person wants to be seen.
    pub(crate) fn set_presence(&self, id: SessionId, presence: Presence) {
        let mut state = self.lock();
        let Some(live) = state.sessions.get_mut(&id) else { return };
        if live.presence == presence {
            return;
        }
        live.presence = presence;
        let account = live.handle.account;
        let woken = state.presence_changed(account);
        drop(state);
        wake(woken);
    }

    /// How an account can be got into has changed: tells its devices but the one that did it.
    pub(crate) fn access_changed(&self, account: AccountId, by: DeviceId) {
        let mut woken = Vec::new();
        let mut state = self.lock();
        let by = state.devices.get(&by).copied();
        state.tell_own(by, account, &mut woken, |live| live.access_changed = true);
        drop(state);
        wake(woken);
    }

    /// Somebody types: tells the others who watch the room.
    pub(crate) fn typing(&self, account: AccountId, room: RoomId) {
        let mut state = self.lock();
        if !state.rooms.get(&room).is_some_and(|room| room.members.contains(&account)) {
            return;
        }
        let woken = state.tell(room, |live| {
            let known = live.typing.contains(&(room, account));
            let fits = live.watches(room)
                && live.handle.account != account
                && live.typing.len() < TYPING_WAITING_MAX;
            if fits && !known {
                live.typing.push((room, account));
            }
            fits && !known
        });
        drop(state);
        wake(woken);
    }
}

impl Live {
    fn watches(&self, room: RoomId) -> bool {
        self.watched.iter().any(|watched| watched.room == room)
    }
}

impl State {
    /// An account has read up to here: tells its other devices, and others who watch the room, if that is small and
    /// neither of the two hides it.
    pub(super) fn read_up_to(&mut self, by: SessionId, mark: ReadMark, woken: &mut Vec<Arc<Handle>>) {
        let ReadMark { account, room, seq } = mark;
        let small = self.rooms.get(&room).is_some_and(|room| room.members.len() <= MARKS_MAX);
        let hides = |person: &AccountId| self.accounts.get(person).is_some_and(|person| person.hides_reads);
        // Few rooms are small, so few lists are made, and all of them are short.
        let blind: Vec<AccountId> = match self.rooms.get(&room) {
            Some(room) if small => room.members.iter().copied().filter(hides).collect(),
            _ => Vec::new(),
        };
        let shown = small && !blind.contains(&account);
        woken.extend(self.tell(room, |live| {
            let reader = live.handle.account;
            let may_see = reader == account || shown && live.watches(room) && !blind.contains(&reader);
            if live.handle.id == by || !may_see {
                return false;
            }
            let fits = live.reads.len() < READS_WAITING_MAX;
            match live.reads.iter_mut().find(|read| (read.room, read.account) == (room, account)) {
                Some(read) => read.seq = seq,
                None if fits => live.reads.push(mark),
                None => return false,
            }
            true
        }));
    }

    /// An account has marked a room as unread: tells its other devices.
    pub(super) fn unread_from(&mut self, by: SessionId, mark: ReadMark, woken: &mut Vec<Arc<Handle>>) {
        self.tell_own(Some(by), mark.account, woken, |live| {
            match live.unread.iter_mut().find(|(room, _)| *room == mark.room) {
                Some((_, seq)) => *seq = mark.seq,
                None => live.unread.push((mark.room, mark.seq)),
            }
        });
    }

    /// An account has chosen something: tells its other devices, and heeds it.
    pub(super) fn chosen(
        &mut self,
        by: SessionId,
        account: AccountId,
        chosen: &Arc<Chosen>,
        woken: &mut Vec<Arc<Handle>>,
    ) {
        self.accounts.entry(account).or_default().hides_reads = !chosen.privacy.reads;
        self.tell_own(Some(by), account, woken, |live| live.chosen = Some(chosen.clone()));
    }

    /// Tells the sessions of an account but the one that did it.
    fn tell_own(
        &mut self,
        by: Option<SessionId>,
        account: AccountId,
        woken: &mut Vec<Arc<Handle>>,
        mut take: impl FnMut(&mut Live),
    ) {
        let Some(person) = self.accounts.get(&account) else { return };
        for session in person.sessions.iter().filter(|session| Some(**session) != by) {
            let live = self.sessions.get_mut(session).expect("a person's session is one");
            take(live);
            woken.push(live.handle.clone());
        }
    }

    /// Offers something to every session of a room; those that `take` it are to be woken.
    fn tell(&mut self, room: RoomId, mut take: impl FnMut(&mut Live) -> bool) -> Vec<Arc<Handle>> {
        let Some(room) = self.rooms.get(&room) else { return Vec::new() };
        let mut woken = Vec::new();
        for session in &room.here {
            let live = self.sessions.get_mut(session).expect("who is here has a session");
            if take(live) {
                woken.push(live.handle.clone());
            }
        }
        woken
    }

    /// Marks the account's rooms as changed for all who watch them.
    pub(super) fn presence_changed(&mut self, account: AccountId) -> Vec<Arc<Handle>> {
        let rooms = self.accounts.get(&account).map(|person| person.rooms.clone()).unwrap_or_default();
        rooms.into_iter().flat_map(|room| self.here_changed(room)).collect()
    }

    /// Marks a room as changed for all who watch it. Who was not told of the last change yet needs no second wake.
    pub(super) fn here_changed(&mut self, room: RoomId) -> Vec<Arc<Handle>> {
        self.tell(room, |live| {
            let watched = live.watched.iter_mut().find(|watched| watched.room == room);
            watched.is_some_and(|watched| !std::mem::replace(&mut watched.changed, true))
        })
    }

    /// Who of a room is here, in the order of their ids.
    pub(super) fn here(&self, room: RoomId) -> Here {
        let Some(room) = self.rooms.get(&room) else { return Here::People(List::default()) };
        if room.people as usize > PRESENCE_LIST_MAX {
            return Here::Count(room.people);
        }
        let mut people: Vec<(AccountId, Presence)> = Vec::new();
        for session in &room.here {
            let live = &self.sessions[session];
            people.push((live.handle.account, live.presence));
        }
        // Online on one device is online: that sorts first, and the first one of each account stays.
        people.sort_by_key(|(account, presence)| (*account, *presence == Presence::Away));
        people.dedup_by_key(|(account, _)| *account);
        List::new(people).map_or(Here::Count(room.people), Here::People)
    }
}
