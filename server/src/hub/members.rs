//! Who comes into a room and who goes, as the streams of their sessions see it.

use std::sync::Arc;

use snug_proto::id::{AccountId, RoomId, Seq};
use snug_proto::talk::RoomInfo;

use super::{Handle, Live, State};
use crate::store::Plant;

/// What a change made of somebody's membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A member, whose stream starts with this entry.
    Came(Seq),
    /// One no more, and the stream ends with this entry.
    Went(Seq),
}

/// A change of a room's members.
#[derive(Debug)]
pub(crate) struct Membership {
    pub(crate) account: AccountId,
    pub(crate) step: Step,
    /// The room as the account sees it behind the whole commit.
    pub(crate) info: Arc<RoomInfo>,
}

/// What a session has to be told of its account's membership in a room, once for each room: with more than one step
/// untold, what lay between is among the room's earlier spans, and the client reads it from there.
#[derive(Debug)]
pub(super) struct Move {
    pub(super) room: RoomId,
    /// Where the stream that the session is in ends, if it is in one.
    pub(super) until: Option<Seq>,
    /// What the room looks like now.
    pub(super) info: Arc<RoomInfo>,
    /// Where its next stream starts, if one does.
    pub(super) from: Option<Seq>,
}

impl Live {
    fn step(&mut self, room: RoomId, step: Step, info: &Arc<RoomInfo>) {
        let (until, from) = match step {
            Step::Came(first) => (None, Some(first)),
            Step::Went(last) => (Some(last), None),
        };
        match self.moves.iter_mut().find(|known| known.room == room) {
            Some(known) => (known.info, known.from) = (info.clone(), from),
            None => self.moves.push(Move { room, until, info: info.clone(), from }),
        }
    }

    /// Marks a room as one with news.
    pub(super) fn mark(&mut self, room: RoomId, woken: &mut Vec<Arc<Handle>>) {
        if !self.dirty.contains(&room) {
            self.dirty.push(room);
            woken.push(self.handle.clone());
        }
    }
}

impl State {
    /// Lets an account into a room or out of it, with all of its sessions, and tells who watches.
    pub(super) fn step(
        &mut self,
        id: RoomId,
        membership: Membership,
        plant: Plant,
        woken: &mut Vec<Arc<Handle>>,
    ) {
        let Membership { account, step, info } = membership;
        let person = self.accounts.entry(account).or_default();
        let Some(room) = self.rooms.get_mut(&id) else { return };
        match step {
            Step::Went(_) if plant.stream_after_removal() => return,
            Step::Came(_) => {
                person.rooms.push(id);
                room.members.push(account);
                room.here.extend(person.sessions.iter().copied());
                room.people += u32::from(!person.sessions.is_empty());
            }
            Step::Went(_) => {
                person.rooms.retain(|other| *other != id);
                room.members.retain(|other| *other != account);
                room.here.retain(|session| !person.sessions.contains(session));
                room.people -= u32::from(!person.sessions.is_empty());
            }
        }
        for session in &person.sessions {
            let live = self.sessions.get_mut(session).expect("a person's session is one");
            live.step(id, step, &info);
            live.mark(id, woken);
            if matches!(step, Step::Went(_)) {
                live.watched.retain(|watched| watched.room != id);
                live.typing.retain(|(room, _)| *room != id);
                live.reads.retain(|mark| mark.room != id || mark.account == account);
            }
        }
        woken.extend(self.here_changed(id));
    }
}
