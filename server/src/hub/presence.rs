//! Who is online, who types, who has read what: told to those who watch a room, each subject once, and lossy.

use std::sync::Arc;

use snug_proto::bounded::List;
use snug_proto::id::{AccountId, RoomId};
use snug_proto::limits::PRESENCE_LIST_MAX;
use snug_proto::talk::{Here, Presence};

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
    /// An account has read up to here: tells its other devices, and others who watch the room.
    pub(super) fn read_up_to(&mut self, by: SessionId, mark: ReadMark, woken: &mut Vec<Arc<Handle>>) {
        let ReadMark { account, room, seq } = mark;
        woken.extend(self.tell(room, |live| {
            let own = live.handle.account == account;
            if live.handle.id == by || !(own || live.watches(room)) {
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

    /// Marks the account's rooms as changed for all who watch them. Who was not told of the last change yet needs
    /// no second wake.
    pub(super) fn presence_changed(&mut self, account: AccountId) -> Vec<Arc<Handle>> {
        let rooms = self.accounts.get(&account).map(|person| person.rooms.clone()).unwrap_or_default();
        let mut woken = Vec::new();
        for room in rooms {
            woken.extend(self.tell(room, |live| {
                let watched = live.watched.iter_mut().find(|watched| watched.room == room);
                watched.is_some_and(|watched| !std::mem::replace(&mut watched.changed, true))
            }));
        }
        woken
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
