//! What the writer tells the hub after a commit.

use std::sync::Arc;

use snug_proto::id::{AccountId, DeviceId, Number, RoomId, Seq};
use snug_proto::limits::CHANGES_IN_FLIGHT_MAX;
use snug_proto::refusal::Refusal;
use snug_proto::talk::{Account as Chosen, Reply};

use super::ring::RINGS_BYTES_MAX;
use super::{Acted, Handle, Hub, Membership, Room, RoomFacts, SessionId, State, wake};
use crate::store::Plant;

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
    /// Who came and who went, in their order.
    pub(crate) members: Vec<Membership>,
    pub(crate) entries: Vec<Item>,
    /// Entries, of this commit or earlier, without the bodies that they had.
    pub(crate) emptied: Vec<Item>,
}

impl RoomNews {
    /// No news yet.
    pub(crate) fn of(room: RoomId) -> Self {
        Self { room, made: None, members: Vec::new(), entries: Vec::new(), emptied: Vec::new() }
    }
}

/// How a session's change ended. `None`: an append was stored, and its entry says so.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) session: SessionId,
    pub(crate) call: u32,
    pub(crate) answer: Option<Result<Reply, Refusal>>,
    /// What other sessions are told of it.
    pub(crate) told: Option<Told>,
}

/// What a change brought beside entries.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    /// A read mark has moved: for those who may see it.
    Read(ReadMark),
    /// A room was marked as unread from there on: for the account itself.
    Unread(ReadMark),
    /// The account has chosen something: for itself.
    Chosen(AccountId, Arc<Chosen>),
    /// An administrator did something.
    Acted(Acted),
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
            state.publish_room(room, self.plant, &mut woken);
        }
        for done in settled {
            state.settle(done, &mut woken);
        }
        drop(state);
        wake(woken);
    }

    /// A change never reached the writer.
    pub(crate) fn change_failed(&self, session: SessionId, call: u32, refusal: Refusal) {
        self.publish(Vec::new(), vec![Settled { session, call, answer: Some(Err(refusal)), told: None }]);
    }
}

impl State {
    fn publish_room(&mut self, news: RoomNews, plant: Plant, woken: &mut Vec<Arc<Handle>>) {
        let RoomNews { room: id, made, members, entries, emptied } = news;
        if let Some(facts) = made {
            self.rooms.insert(id, Room::new(facts));
        }
        // Who goes still has the last of these to take.
        let before = self.rooms.get(&id).is_some_and(|room| !room.here.is_empty());
        for membership in members {
            self.step(id, membership, plant, woken);
        }
        let Some(room) = self.rooms.get_mut(&id) else { return };
        if let Some(last) = entries.last() {
            room.head = last.seq;
            for session in &room.here {
                self.sessions.get_mut(session).expect("who is here has a session").mark(id, woken);
            }
        }
        let anybody = before || !room.here.is_empty();
        let ring = room.ring.get_or_insert_default();
        let bytes = ring.bytes;
        if anybody {
            entries.into_iter().for_each(|item| ring.push(item));
        } else {
            // Nobody could read it from here; whoever comes pages.
            ring.clear();
        }
        emptied.into_iter().for_each(|item| ring.replace(item));
        self.ring_bytes = self.ring_bytes + ring.bytes - bytes;
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
        match done.told {
            Some(Told::Read(mark)) => self.read_up_to(done.session, mark, woken),
            Some(Told::Unread(mark)) => self.unread_from(done.session, mark, woken),
            Some(Told::Chosen(account, chosen)) => self.chosen(done.session, account, &chosen, woken),
            Some(Told::Acted(acted)) => self.acted(acted),
            None => {}
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
    use snug_proto::talk::{Down, Push, Role, RoomInfo};

    use super::super::{Cursors, Known, Place, Seat, Step};
    use super::*;
    use crate::listener::Source;
    use crate::store::Plant;

    const ALICE: AccountId = AccountId(1);
    const BOB: AccountId = AccountId(2);
    const HOME: Source = Source::of_v4(127, 0, 0, 1);

    /// A hub with `rooms` rooms that alice and bob are in.
    fn hub(rooms: u32) -> Arc<Hub> {
        let facts = |room| RoomFacts {
            room: RoomId(room),
            made_by: ALICE,
            made_at: 0,
            head: Seq(0),
            members: vec![ALICE, BOB],
        };
        let known = Known { rooms: (1..=rooms).map(facts).collect(), ..Known::default() };
        Arc::new(Hub::new(10, known, Plant::Nothing))
    }

    fn sit(hub: &Arc<Hub>, account: AccountId) -> (Place, Cursors) {
        Seat::take(hub, account).unwrap().sit_down(hub.next_session(), DeviceId(account.0), HOME).unwrap()
    }

    fn entry(room: u32, seq: u32, device: DeviceId, len: usize) -> RoomNews {
        let (room, seq, number) = (RoomId(room), Seq(seq), Number(u64::from(seq)));
        let (at, generation, epoch, blobs) = Default::default();
        let (kind, author, body) = (Kind::CONTENT, ALICE, Body::new(vec![0; len]).unwrap());
        let entry = Entry { room, seq, at, kind, author, device, number, generation, epoch, blobs, body };
        let mut frame = Vec::new();
        encode_frame(&Down::Push(Push::Entry(entry)), FRAME_MAX, &mut frame).unwrap();
        let item = Item { seq, at, device, number, appended: true, frame: frame.into() };
        RoomNews { entries: vec![item], ..RoomNews::of(room) }
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

    /// What bob sees of a room where he is a member from `first` on, to the room's `head` or where he left it.
    fn info(room: u32, first: u32, head: u32, present: bool) -> Arc<RoomInfo> {
        let (name, topic, earlier) = Default::default();
        let info = RoomInfo {
            room: RoomId(room),
            kind: RoomKind::PRIVATE,
            name,
            topic,
            peer: AccountId(0),
            earlier,
            first: Seq(first),
            head: Seq(head),
            read: Seq(0),
            unread_from: Seq(0),
            role: Role::Member,
            present,
            archived: false,
            members: 2,
            encrypted: false,
        };
        Arc::new(info)
    }

    fn bob_comes(room: u32, seq: u32) -> RoomNews {
        let (step, info) = (Step::Came(Seq(seq)), info(room, seq, seq, true));
        let members = vec![Membership { account: BOB, step, info }];
        RoomNews { members, ..entry(room, seq, DeviceId(0), 0) }
    }

    fn bob_goes(room: u32, seq: u32) -> RoomNews {
        let (step, info) = (Step::Went(Seq(seq)), info(room, 1, seq, false));
        let members = vec![Membership { account: BOB, step, info }];
        RoomNews { members, ..entry(room, seq, DeviceId(0), 0) }
    }

    /// The numbers of entries, with 0 for a change of the room, and the head where the ring was left behind.
    fn story(pushes: &[Push]) -> Vec<u32> {
        let number = |push: &Push| match push {
            Push::Entry(entry) => entry.seq.0,
            Push::Appended { seq, .. } => seq.0,
            Push::RoomChanged(_) => 0,
            Push::Behind { head, .. } => 1000 + head.0,
            other => panic!("{other:?}"),
        };
        pushes.iter().map(number).collect()
    }

    #[test]
    fn a_room_that_comes_up_is_told_before_its_first_entry() {
        let hub = hub(1);
        let (bob, mut cursors) = sit(&hub, BOB);
        let facts =
            RoomFacts { room: RoomId(2), made_by: BOB, made_at: 0, head: Seq(0), members: Vec::new() };
        hub.publish(vec![RoomNews { made: Some(facts), ..bob_comes(2, 1) }], Vec::new());
        assert_eq!(story(&take(&hub, &bob, &mut cursors)), [0, 1]);
        // His phone, which was away, finds it among his rooms.
        let place = Seat::take(&hub, BOB).unwrap().sit_down(hub.next_session(), DeviceId(22), HOME);
        let (phone, mut cursors) = place.unwrap();
        assert_eq!(take(&hub, &phone, &mut cursors), []);
        hub.publish(vec![entry(2, 2, DeviceId(1), 0)], Vec::new());
        assert_eq!(story(&take(&hub, &phone, &mut cursors)), [2]);
    }

    #[test]
    fn who_is_removed_reads_up_to_the_entry_that_says_so() {
        let hub = hub(1);
        let (_alice, _) = sit(&hub, ALICE);
        let (bob, mut cursors) = sit(&hub, BOB);
        hub.publish(vec![entry(1, 1, DeviceId(1), 0)], Vec::new());
        hub.publish(vec![bob_goes(1, 2), entry(1, 3, DeviceId(1), 0)], Vec::new());
        assert_eq!(story(&take(&hub, &bob, &mut cursors)), [1, 2, 0]);
        hub.publish(vec![entry(1, 4, DeviceId(1), 0)], Vec::new());
        assert_eq!(take(&hub, &bob, &mut cursors), []);
        assert!(!hub.watch(bob.handle.id, &[RoomId(1)]), "nor does he see who is there");
    }

    #[test]
    fn who_was_behind_the_ring_when_removed_is_told_how_far_to_read() {
        let hub = hub(1);
        let (_alice, _) = sit(&hub, ALICE);
        let (bob, mut cursors) = sit(&hub, BOB);
        hub.publish(vec![entry(1, 1, DeviceId(1), 0), bob_goes(1, 2)], Vec::new());
        for seq in 3..=2000 {
            hub.publish(vec![entry(1, seq, DeviceId(1), 0)], Vec::new());
        }
        assert_eq!(story(&take(&hub, &bob, &mut cursors)), [1002, 0]);
        assert_eq!(take(&hub, &bob, &mut cursors), []);
    }

    #[test]
    fn who_comes_back_before_the_end_was_told_sees_nothing_of_what_lay_between() {
        let hub = hub(1);
        let (_alice, _) = sit(&hub, ALICE);
        let (bob, mut cursors) = sit(&hub, BOB);
        hub.publish(vec![bob_goes(1, 1)], Vec::new());
        hub.publish(vec![entry(1, 2, DeviceId(1), 0)], Vec::new());
        hub.publish(vec![bob_comes(1, 3), entry(1, 4, DeviceId(1), 0)], Vec::new());
        let pushes = take(&hub, &bob, &mut cursors);
        assert_eq!(story(&pushes), [1, 0, 3, 4]);
        let Push::RoomChanged(info) = &pushes[1] else { panic!() };
        assert!(info.present && info.first == Seq(3));
        // Once more, out and in and out: one word, and no stream.
        hub.publish(vec![bob_goes(1, 5)], Vec::new());
        hub.publish(vec![bob_comes(1, 6)], Vec::new());
        hub.publish(vec![bob_goes(1, 7)], Vec::new());
        assert_eq!(story(&take(&hub, &bob, &mut cursors)), [5, 0]);
        hub.publish(vec![bob_comes(1, 8), bob_goes(1, 9)], Vec::new());
        assert_eq!(story(&take(&hub, &bob, &mut cursors)), [0]);
        assert!(hub.lock().sessions[&bob.handle.id].moves.is_empty());
    }

    #[test]
    fn a_stream_that_ends_waits_for_a_buffer_that_is_full() {
        let hub = hub(1);
        let (bob, mut cursors) = sit(&hub, BOB);
        hub.publish(vec![entry(1, 1, DeviceId(1), 1000), entry(1, 2, DeviceId(1), 1000)], Vec::new());
        hub.publish(vec![bob_goes(1, 3)], Vec::new());
        let mut frames = 0;
        loop {
            let mut out = Vec::new();
            let taken = hub.take(bob.handle.id, &mut cursors, false, 1500, &mut out);
            frames += usize::from(!out.is_empty());
            if !taken.more {
                break;
            }
        }
        assert!(frames > 1);
        assert_eq!(take(&hub, &bob, &mut cursors), []);
    }

    #[test]
    fn what_is_retracted_is_empty_for_who_reads_on() {
        let hub = hub(1);
        let (bob, mut cursors) = sit(&hub, BOB);
        hub.publish(vec![entry(1, 1, DeviceId(1), 500), entry(1, 2, DeviceId(1), 500)], Vec::new());
        let emptied = entry(1, 1, DeviceId(1), 0).entries;
        hub.publish(vec![RoomNews { emptied, ..entry(1, 3, DeviceId(0), 20) }], Vec::new());
        let bodies: Vec<usize> = take(&hub, &bob, &mut cursors)
            .iter()
            .map(|push| match push {
                Push::Entry(entry) => entry.body.len(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(bodies, [0, 500, 20]);
        let state = hub.lock();
        assert_eq!(state.rooms[&RoomId(1)].ring.as_ref().unwrap().bytes, state.ring_bytes);
    }

    #[test]
    fn a_room_is_being_filled_while_its_maker_is_alone_and_for_a_day() {
        let hub = Hub::new(10, Known::default(), Plant::Nothing);
        let facts =
            RoomFacts { room: RoomId(2), made_by: BOB, made_at: 1000, head: Seq(0), members: Vec::new() };
        hub.publish(vec![RoomNews { made: Some(facts), ..bob_comes(2, 1) }], Vec::new());
        assert!(hub.is_being_filled(RoomId(2), BOB, 2000));
        assert!(!hub.is_being_filled(RoomId(2), ALICE, 2000));
        assert!(!hub.is_being_filled(RoomId(2), BOB, 1000 + 24 * 3_600_000));
        let alice = Membership { account: ALICE, ..bob_comes(2, 2).members.remove(0) };
        hub.publish(vec![RoomNews { members: vec![alice], ..entry(2, 2, DeviceId(0), 0) }], Vec::new());
        assert!(!hub.is_being_filled(RoomId(2), BOB, 2000));
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
