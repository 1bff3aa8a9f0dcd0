//! What the writer tells the hub after a commit.

use std::sync::Arc;

use snug_proto::id::{AccountId, DeviceId, Number, RoomId, Seq};
use snug_proto::limits::CHANGES_IN_FLIGHT_MAX;
use snug_proto::refusal::Refusal;
use snug_proto::talk::Reply;

use super::ring::RINGS_BYTES_MAX;
use super::{Handle, Hub, Room, RoomFacts, SessionId, State, wake};

/// A stored entry, ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) seq: Seq,
    pub(crate) at: i64,
    pub(crate) device: DeviceId,
    pub(crate) number: Number,
    /// The device appended it, rather than made it by another change.
    pub(crate) appended: bool,
    /// The whole frame of its push.
    pub(crate) frame: Box<[u8]>,
}

/// What one commit brought to a room.
#[derive(Debug)]
pub(crate) struct RoomNews {
    pub(crate) room: RoomId,
    /// The room is new.
    pub(crate) made: Option<RoomFacts>,
    /// Who became a member; their stream starts with these entries.
    pub(crate) joined: Vec<AccountId>,
    pub(crate) entries: Vec<Item>,
}

/// How a session's change ended. `None`: an append was stored, and its entry says so.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) session: SessionId,
    pub(crate) call: u32,
    pub(crate) answer: Option<Result<Reply, Refusal>>,
    /// A read mark that others are told of.
    pub(crate) read: Option<ReadMark>,
}

/// How far an account has read in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReadMark {
    pub(crate) account: AccountId,
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
}

impl Hub {
    /// Takes over a commit: entries and memberships first, then the answers, in one critical section, and one wake
    /// for each session however much concerns it.
    pub(crate) fn publish(&self, news: Vec<RoomNews>, settled: Vec<Settled>) {
        let mut woken = Vec::new();
        let mut state = self.lock();
        for room in news {
            state.publish_room(room, &mut woken);
        }
        for done in settled {
            state.settle(done, &mut woken);
        }
        drop(state);
        wake(woken);
    }

    /// A change never reached the writer.
    pub(crate) fn change_failed(&self, session: SessionId, call: u32, refusal: Refusal) {
        self.publish(Vec::new(), vec![Settled { session, call, answer: Some(Err(refusal)), read: None }]);
    }
}

impl State {
    fn publish_room(&mut self, news: RoomNews, woken: &mut Vec<Arc<Handle>>) {
        let id = news.room;
        if let Some(facts) = news.made {
            self.rooms.insert(id, Room::new(facts));
        }
        for account in news.joined {
            let person = self.accounts.entry(account).or_default();
            person.rooms.push(id);
            if let Some(room) = self.rooms.get_mut(&id) {
                room.members.push(account);
                // Its sessions have no cursor here yet: taking gives them one, and tells of the room first.
                room.here.extend(person.sessions.iter().copied());
                room.people += u32::from(!person.sessions.is_empty());
            }
        }
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let Some(last) = news.entries.last() else { return };
        room.head = last.seq;
        for session in &room.here {
            let live = self.sessions.get_mut(session).expect("who is here has a session");
            if !live.dirty.contains(&id) {
                live.dirty.push(id);
                woken.push(live.handle.clone());
            }
        }
        let anybody = !room.here.is_empty();
        let ring = room.ring.get_or_insert_default();
        let before = ring.bytes;
        if anybody {
            news.entries.into_iter().for_each(|item| ring.push(item));
        } else {
            // Nobody could read it from here; whoever comes pages.
            ring.clear();
        }
        self.ring_bytes = self.ring_bytes + ring.bytes - before;
        self.touch(id);
        self.shrink_rings(id);
    }

    fn touch(&mut self, id: RoomId) {
        self.use_count += 1;
        let Some(ring) = self.rooms.get_mut(&id).and_then(|room| room.ring.as_mut()) else { return };
        self.used.remove(&ring.used);
        ring.used = self.use_count;
        self.used.insert(self.use_count, id);
    }

    fn shrink_rings(&mut self, keep: RoomId) {
        while self.ring_bytes > RINGS_BYTES_MAX {
            let Some((_, oldest)) = self.used.pop_first() else { return };
            if oldest == keep {
                return; // The one just used is the last, and one ring is far below the bound.
            }
            if let Some(ring) = self.rooms.get_mut(&oldest).and_then(|room| room.ring.take()) {
                self.ring_bytes -= ring.bytes;
            }
        }
    }

    fn settle(&mut self, done: Settled, woken: &mut Vec<Arc<Handle>>) {
        if let Some(mark) = done.read {
            self.read_up_to(done.session, mark, woken);
        }
        let Some(live) = self.sessions.get_mut(&done.session) else { return };
        let waits = live.in_flight >= CHANGES_IN_FLIGHT_MAX;
        live.in_flight = live.in_flight.saturating_sub(1);
        let answered = done.answer.map(|answer| live.answers.push((done.call, answer))).is_some();
        if answered || waits {
            woken.push(live.handle.clone());
        }
    }
}
