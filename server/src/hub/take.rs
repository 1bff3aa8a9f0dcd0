//! What a session takes from the hub when it can write.

use std::sync::Arc;

use snug_proto::codec::encode_frame;
use snug_proto::id::{DeviceId, RoomId, Seq};
use snug_proto::limits::FRAME_MAX;
use snug_proto::talk::{Down, Push};

use super::publish::ReadMark;
use super::{Hub, Live, Room, SessionId};

/// What an entry's frame mostly takes at the least.
const FRAME_GUESS: usize = 256;

/// Per room that the session is in the last entry it was sent. The session owns it.
#[derive(Debug, Default)]
pub(crate) struct Cursors(Vec<(RoomId, Seq)>);

impl Cursors {
    fn get(&self, room: RoomId) -> Option<Seq> {
        self.0.binary_search_by_key(&room, |(room, _)| *room).ok().map(|at| self.0[at].1)
    }

    pub(super) fn set(&mut self, room: RoomId, seq: Seq) {
        match self.0.binary_search_by_key(&room, |(room, _)| *room) {
            Ok(at) => self.0[at].1 = seq,
            Err(at) => self.0.insert(at, (room, seq)),
        }
    }

    fn remove(&mut self, room: RoomId) {
        self.0.retain(|(other, _)| *other != room);
    }
}

/// What is left after taking.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// There is more: the buffer was full.
    pub(crate) more: bool,
    /// Presence has changed and was not asked for.
    pub(crate) presence_waits: bool,
    /// Changes of this session that the writer has not settled.
    pub(crate) in_flight: usize,
}

impl Hub {
    /// Copies what is new for a session into `out`, as whole frames, until that holds `max` bytes: for each room
    /// what lies between cursor and head, then what is told once per subject, then answers: whoever is answered has
    /// heard what came before.
    pub(crate) fn take(
        &self,
        id: SessionId,
        cursors: &mut Cursors,
        with_presence: bool,
        max: usize,
        out: &mut Vec<u8>,
    ) -> Taken {
        let mut state = self.lock();
        let state = &mut *state;
        let Some(live) = state.sessions.get_mut(&id) else {
            return Taken { more: false, presence_waits: false, in_flight: 0 };
        };
        let mut left = Vec::new();
        for room in std::mem::take(&mut live.dirty) {
            let Some(known) = state.rooms.get(&room) else { continue };
            if !known.take(room, live, cursors, max, out) {
                left.push(room);
            }
            if self.plant.skip_cursor() && known.head.0.is_multiple_of(3) {
                cursors.set(room, known.head.next());
            }
        }
        live.dirty = left;
        for (room, account) in std::mem::take(&mut live.typing) {
            push(&Down::Push(Push::Typing { room, account }), out);
        }
        for ReadMark { room, account, seq } in std::mem::take(&mut live.reads) {
            push(&Down::Push(Push::Read { room, account, seq }), out);
        }
        for (room, seq) in std::mem::take(&mut live.unread) {
            push(&Down::Push(Push::Unread { room, seq }), out);
        }
        if let Some(chosen) = live.chosen.take() {
            push(&Down::Push(Push::AccountChanged(Arc::unwrap_or_clone(chosen))), out);
        }
        if std::mem::take(&mut live.access_changed) {
            push(&Down::Push(Push::AccessChanged), out);
        }
        for (call, result) in std::mem::take(&mut live.answers) {
            push(&Down::Reply { id: call, result }, out);
        }
        let taken = Taken {
            more: !live.dirty.is_empty(),
            presence_waits: !with_presence && live.watched.iter().any(|watched| watched.changed),
            in_flight: live.in_flight,
        };
        if with_presence {
            let changed = live.watched.iter_mut().filter(|watched| watched.changed);
            let rooms: Vec<RoomId> = changed
                .map(|watched| {
                    watched.changed = false;
                    watched.room
                })
                .collect();
            for room in rooms {
                push(&Down::Push(Push::Presence { room, here: state.here(room) }), out);
            }
        }
        taken
    }
}

impl Room {
    /// Copies this room's news; `false` when the buffer was full before all was in it.
    fn take(
        &self,
        id: RoomId,
        live: &mut Live,
        cursors: &mut Cursors,
        max: usize,
        out: &mut Vec<u8>,
    ) -> bool {
        let device = live.handle.device;
        if let Some(at) = live.moves.iter().position(|step| step.room == id) {
            if let Some(last) = live.moves[at].until
                && !self.stream(id, device, cursors, last, max, out)
            {
                return false;
            }
            let step = live.moves.swap_remove(at);
            push(&Down::Push(Push::RoomChanged(Arc::unwrap_or_clone(step.info))), out);
            match step.from {
                Some(first) => cursors.set(id, Seq(first.0.saturating_sub(1))),
                None => cursors.remove(id),
            }
        }
        self.stream(id, device, cursors, self.head, max, out)
    }

    /// Copies what lies between the session's cursor and `last`; `false` when the buffer was full before.
    fn stream(
        &self,
        id: RoomId,
        device: DeviceId,
        cursors: &mut Cursors,
        last: Seq,
        max: usize,
        out: &mut Vec<u8>,
    ) -> bool {
        // Who is not in the room has no cursor in it.
        let Some(mut cursor) = cursors.get(id).filter(|cursor| *cursor < last) else { return true };
        match self.ring.as_ref().and_then(|ring| ring.after(cursor)) {
            None => {
                push(&Down::Push(Push::Behind { room: id, head: last }), out);
                cursor = last;
            }
            Some(items) => {
                // Growing bit by bit would copy everything twice.
                out.reserve(max.saturating_sub(out.len()).min(items.len() * FRAME_GUESS));
                for item in items.take_while(|item| item.seq <= last) {
                    if out.len() + item.frame.len() > max && !out.is_empty() {
                        break;
                    }
                    if item.appended && item.device == device {
                        let (seq, number, at) = (item.seq, item.number, item.at);
                        push(&Down::Push(Push::Appended { room: id, seq, number, at }), out);
                    } else {
                        out.extend_from_slice(&item.frame);
                    }
                    cursor = item.seq;
                }
            }
        }
        cursors.set(id, cursor);
        cursor == last
    }
}

fn push(down: &Down, out: &mut Vec<u8>) {
    encode_frame(down, FRAME_MAX, out).expect("pushes and answers are far below a frame");
}
