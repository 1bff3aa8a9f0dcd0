//! What the window sees: snapshots, at most one of each kind every few milliseconds.

mod rooms;
mod shown;
mod wishes;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::open::{LinkState, Open, Resting, Waiting};
use super::{Actor, FAR, State};
use crate::event::{Event, Full, Phase, Session, Step};

pub(super) use shown::{Jump, Shown, focus};

/// Snapshots are told at most this often: faster than a screen is drawn helps nobody.
const PUBLISH_EVERY: Duration = Duration::from_millis(30);

/// Which snapshots are older than the state.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Dirty {
    pub(super) session: bool,
    pub(super) rooms: bool,
    pub(super) timeline: bool,
    pub(super) members: bool,
    pub(super) typing: bool,
    pub(super) transfers: bool,
    pub(super) account: bool,
    pub(super) looks: bool,
}

impl Dirty {
    pub(super) fn everything() -> Self {
        Self {
            session: true,
            rooms: true,
            timeline: true,
            members: true,
            typing: true,
            transfers: true,
            account: true,
            looks: true,
        }
    }
    fn any(self) -> bool {
        let shown = self.rooms || self.timeline || self.members || self.typing;
        self.session || shown || self.transfers || self.account || self.looks
    }
}

/// What the window was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    phase: Option<Phase>,
    servers: bool,
    last: Option<Instant>,
}

impl Told {
    pub(super) fn servers_changed(&mut self) {
        self.servers = false;
    }
    /// Another place is shown: the list of servers may have changed on the way.
    pub(super) fn forget_room(&mut self) {
        self.servers = false;
    }
}

impl Open {
    fn phase(&self) -> Phase {
        // Nothing was ever read from this server: there is no copy to show yet.
        if self.book.rooms.is_empty() {
            match &self.link {
                LinkState::Connecting(_) => return Phase::Entering(Step::LoggingIn),
                LinkState::Waiting { why: Waiting::Full { max }, wait, .. } => {
                    return Phase::Full(Full {
                        server: self.record.name.clone(),
                        max: *max,
                        retry_in: *wait,
                    });
                }
                LinkState::Resting(Resting::KeyChanged(change)) | LinkState::Proving { change, .. } => {
                    return Phase::KeyChanged(change.clone());
                }
                _ => {}
            }
        }
        Phase::Open(Session {
            server: self.record.key,
            server_name: self.record.name.clone(),
            address: self.record.address.clone(),
            me: self.book.me,
            name: self.record.account.as_ref().map(|(_, name)| name.clone()).unwrap_or_default(),
            trust: self.record.trust,
            fingerprint: self.record.pin,
            link: self.link.shown(),
            key_kept: self.record.kept,
            unsent: self.book.unsent,
            file_max: self.record.file_max,
        })
    }
}

impl Actor {
    /// Tells the window what changed, if it is time. Answers when it will be.
    pub(super) async fn publish(&mut self, now: Instant) -> Instant {
        if !self.told.servers {
            self.told.servers = true;
            if let Ok(known) = self.servers(|servers| servers.known()).await {
                self.outlet.put(Event::Servers(known.into()));
            }
        }
        let dirty = match &self.state {
            State::LoggedOut { problem } => {
                return self.publish_phase(Phase::LoggedOut { problem: problem.clone() }, now);
            }
            State::Entering(entering) => return self.publish_phase(entering.phase(), now),
            State::Open(open) => open.dirty,
        };
        if !dirty.any() {
            return now + FAR;
        }
        if let Some(next) = self.told.last.map(|last| last + PUBLISH_EVERY).filter(|next| *next > now) {
            return next;
        }
        self.told.last = Some(now);
        self.publish_open(dirty, now).await;
        now + FAR
    }

    fn publish_phase(&mut self, phase: Phase, now: Instant) -> Instant {
        if self.told.phase.as_ref() != Some(&phase) {
            self.told.phase = Some(phase.clone());
            self.outlet.put(Event::Phase(phase));
        }
        now + FAR
    }

    async fn publish_open(&mut self, dirty: Dirty, now: Instant) {
        let Some(open) = self.opened() else { return };
        open.dirty = Dirty::default();
        let phase = open.phase();
        let rooms = dirty.rooms.then(|| open.rooms());
        let target = open.shown.as_ref().map(|shown| shown.target);
        let account = dirty.account.then(|| open.account());
        let typing = target.filter(|_| dirty.typing).map(|room| (room, open.typing()));
        let transfers = dirty.transfers.then(|| open.transfers.shown());
        self.publish_phase(phase, now);
        // Names before what they stand in.
        if dirty.looks {
            self.publish_looks();
        }
        if let Some(rooms) = rooms {
            self.outlet.put(Event::Rooms(rooms.into()));
        }
        if dirty.timeline {
            self.publish_timeline().await;
        }
        if dirty.members {
            self.publish_members().await;
        }
        if let Some(account) = account {
            self.outlet.put(Event::Account(Arc::new(account)));
        }
        if let Some(transfers) = transfers {
            self.outlet.put(Event::Transfers(transfers));
        }
        if let Some((room, names)) = typing {
            self.outlet.put(Event::Typing { room, names: names.into() });
        }
    }
}
