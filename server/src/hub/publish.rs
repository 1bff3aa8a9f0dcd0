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

#[cfg(test)]
mod tests {
    use snug_proto::codec::{decode_frame, encode_frame};
    use snug_proto::entry::{Body, Entry, Kind, RoomKind};
    use snug_proto::limits::FRAME_MAX;
    use snug_proto::talk::{Down, Push};

    use super::super::{Cursors, Place, Seat};
    use super::*;
    use crate::store::Plant;

    const ALICE: AccountId = AccountId(1);
    const BOB: AccountId = AccountId(2);

    /// A hub with `rooms` rooms that alice and bob are in.
    fn hub(rooms: u32) -> Arc<Hub> {
        let facts = |room| RoomFacts {
            room: RoomId(room),
            kind: RoomKind::CHANNEL,
            pair: None,
            head: Seq(0),
            members: vec![ALICE, BOB],
        };
        Arc::new(Hub::new(10, (1..=rooms).map(facts).collect(), Plant::Nothing))
    }

    fn sit(hub: &Arc<Hub>, account: AccountId) -> (Place, Cursors) {
        Seat::take(hub, account).unwrap().sit_down(hub.next_session(), DeviceId(account.0)).unwrap()
    }

    fn entry(room: u32, seq: u32, device: DeviceId, len: usize) -> RoomNews {
        let (room, seq, number) = (RoomId(room), Seq(seq), Number(u64::from(seq)));
        let (at, generation, epoch, blobs) = Default::default();
        let (kind, author, body) = (Kind::CONTENT, ALICE, Body::new(vec![0; len]).unwrap());
        let entry = Entry { room, seq, at, kind, author, device, number, generation, epoch, blobs, body };
        let mut frame = Vec::new();
        encode_frame(&Down::Push(Push::Entry(entry)), FRAME_MAX, &mut frame).unwrap();
        let item = Item { seq, at, device, number, appended: true, frame: frame.into() };
        RoomNews { room, made: None, joined: Vec::new(), entries: vec![item] }
    }

    /// What a session takes, frame by frame.
    fn take(hub: &Hub, place: &Place, cursors: &mut Cursors) -> Vec<Push> {
        let mut out = Vec::new();
        hub.take(place.handle.id, cursors, false, usize::MAX, &mut out);
        let mut pushes = Vec::new();
        let mut rest = &out[..];
        while let Some((len, body)) = rest.split_first_chunk() {
            let (frame, after) = body.split_at(u32::from_le_bytes(*len) as usize);
            match decode_frame(frame) {
                Ok(Down::Push(push)) => pushes.push(push),
                other => panic!("{other:?}"),
            }
            rest = after;
        }
        pushes
    }

    #[test]
    fn ones_own_entry_comes_as_its_receipt() {
        let hub = hub(1);
        let ((alice, mut hers), (bob, mut his)) = (sit(&hub, ALICE), sit(&hub, BOB));
        hub.publish(vec![entry(1, 1, DeviceId(1), 0)], Vec::new());
        assert!(matches!(take(&hub, &alice, &mut hers)[..], [Push::Appended { seq: Seq(1), .. }]));
        assert!(matches!(take(&hub, &bob, &mut his)[..], [Push::Entry(_)]));
        assert_eq!(take(&hub, &bob, &mut his), []);
    }

    #[test]
    fn who_is_behind_the_ring_is_told_once_and_goes_on_behind_it() {
        let hub = hub(1);
        let (alice, mut cursors) = sit(&hub, ALICE);
        for seq in 1..=2000 {
            hub.publish(vec![entry(1, seq, DeviceId(2), 0)], Vec::new());
        }
        assert_eq!(take(&hub, &alice, &mut cursors), [Push::Behind { room: RoomId(1), head: Seq(2000) }]);
        hub.publish(vec![entry(1, 2001, DeviceId(2), 0)], Vec::new());
        assert!(matches!(take(&hub, &alice, &mut cursors)[..], [Push::Entry(_)]));
    }

    #[test]
    fn all_rings_together_stay_in_their_budget_and_the_rooms_in_use_keep_theirs() {
        let hub = hub(100);
        let (alice, mut cursors) = sit(&hub, ALICE);
        hub.publish(vec![entry(1, 1, DeviceId(2), 0)], Vec::new());
        for seq in 1..=20 {
            for room in 2..=100 {
                hub.publish(vec![entry(room, seq, DeviceId(2), 40_000)], Vec::new());
                assert!(hub.lock().ring_bytes <= RINGS_BYTES_MAX);
            }
        }
        let state = hub.lock();
        let kept: usize = state.rooms.values().flat_map(|room| &room.ring).map(|ring| ring.bytes).sum();
        assert_eq!(kept, state.ring_bytes);
        assert!(state.rooms[&RoomId(1)].ring.is_none() && state.rooms[&RoomId(100)].ring.is_some());
        drop(state);
        let behind = |push: &Push| matches!(push, Push::Behind { room: RoomId(1), head: Seq(1) });
        assert!(take(&hub, &alice, &mut cursors).iter().any(behind));
    }

    #[test]
    fn a_room_that_comes_up_is_told_before_its_first_entry() {
        let hub = hub(1);
        let (alice, mut cursors) = sit(&hub, ALICE);
        let facts = RoomFacts {
            room: RoomId(2),
            kind: RoomKind::DIRECT,
            pair: Some((ALICE, BOB)),
            head: Seq(0),
            members: Vec::new(),
        };
        let mut news = entry(2, 1, DeviceId(0), 0);
        (news.made, news.joined) = (Some(facts), vec![ALICE, BOB]);
        hub.publish(vec![news], Vec::new());
        let pushes = take(&hub, &alice, &mut cursors);
        let [Push::RoomChanged(info), Push::Entry(_)] = &pushes[..] else { panic!("{pushes:?}") };
        assert_eq!((info.room, info.peer, info.first), (RoomId(2), BOB, Seq(1)));
        // Bob, who was away, finds it among his rooms.
        let (bob, mut his) = sit(&hub, BOB);
        assert_eq!(take(&hub, &bob, &mut his), []);
    }

    #[test]
    fn a_late_exit_does_not_remove_its_successor() {
        let hub = hub(1);
        let (old, _) = sit(&hub, ALICE);
        let (new, mut cursors) = sit(&hub, ALICE);
        assert!(old.handle.goodbye().is_some());
        drop(old);
        hub.publish(vec![entry(1, 1, DeviceId(2), 0)], Vec::new());
        assert!(matches!(take(&hub, &new, &mut cursors)[..], [Push::Entry(_)]));
        drop(new);
        assert!(hub.lock().sessions.is_empty() && hub.lock().devices.is_empty());
        assert!(Seat::is_free(&hub));
    }
}
