//! Who is here and what is new.
//!
//! One `std` mutex over plain maps: everything here is synchronous, does no I/O and never awaits, so there is no
//! lock order to remember and nobody waits long. Nothing is queued for a session: it holds a cursor per room, the
//! hub marks it dirty, and it takes what lies between its cursors and the heads when it can write. Who comes into a
//! room or goes is told once for each room. What else a session is told (typing, presence, marks, choices) is kept once
//! per subject; of these, what is only about others may be lost.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use snug_proto::id::{AccountId, DeviceId, RoomId, Seq};
use snug_proto::limits::WATCH_MAX;
use snug_proto::refusal::{Goodbye, Refusal, Why};
use snug_proto::talk::{Account as Chosen, Presence, Reply};

mod handle;
mod house;
mod members;
mod presence;
mod publish;
mod ring;
mod seats;
mod take;

pub(crate) use handle::{FilePass, Handle, SessionId};
pub(crate) use house::{Acted, Ban, KeptOut, Left, Whom};
pub(crate) use members::{Membership, Step};
pub(crate) use publish::{Item, ReadMark, RoomNews, Settled, Told};
pub(crate) use seats::{Place, Seat};
pub(crate) use take::Cursors;

use crate::in_force::InForce;
use crate::listener::Source;
use crate::store::Plant;
use members::Move;
use ring::Ring;

/// A room as the hub starts with it.
#[derive(Debug, Clone)]
pub(crate) struct RoomFacts {
    pub(crate) room: RoomId,
    pub(crate) made_by: AccountId,
    /// In milliseconds since 1970.
    pub(crate) made_at: i64,
    pub(crate) head: Seq,
    pub(crate) members: Vec<AccountId>,
}

/// What the hub starts with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) rooms: Vec<RoomFacts>,
    /// Who does not show how far they read.
    pub(crate) hide_reads: Vec<AccountId>,
    /// Who is kept out.
    pub(crate) bans: Vec<Ban>,
}

/// The hub. Cheap to share; every method takes the one lock.
#[derive(Debug)]
pub(crate) struct Hub {
    state: Mutex<State>,
    sessions_so_far: AtomicU64,
    plant: Plant,
}

#[derive(Debug)]
struct State {
    rooms: HashMap<RoomId, Room>,
    accounts: HashMap<AccountId, Account>,
    sessions: HashMap<SessionId, Live>,
    devices: HashMap<DeviceId, SessionId>,
    seats: seats::Seats,
    /// Rooms with a ring, by when they were last used.
    used: BTreeMap<u64, RoomId>,
    use_count: u64,
    ring_bytes: usize,
    /// What holds while the server runs.
    in_force: InForce,
    bans: Vec<Ban>,
    /// Set once the server stops: nobody gets in any more.
    closed: Option<Why>,
}

#[derive(Debug)]
struct Room {
    made_by: AccountId,
    made_at: i64,
    head: Seq,
    /// The sessions of its present members.
    here: Vec<SessionId>,
    /// How many people these are.
    people: u32,
    members: Vec<AccountId>,
    ring: Option<Ring>,
}

#[derive(Debug, Default)]
struct Account {
    rooms: Vec<RoomId>,
    sessions: Vec<SessionId>,
    /// It does not show how far it reads, and does not see it of others.
    hides_reads: bool,
}

/// A session as the hub sees it. Bounded: one mark, one move and one unread place per room, one answer per change in
/// flight, and short lists.
#[derive(Debug)]
struct Live {
    handle: Arc<Handle>,
    dirty: Vec<RoomId>,
    moves: Vec<Move>,
    in_flight: usize,
    answers: Vec<(u32, Result<Reply, Refusal>)>,
    watched: Vec<Watched>,
    typing: Vec<(RoomId, AccountId)>,
    reads: Vec<ReadMark>,
    unread: Vec<(RoomId, Seq)>,
    /// What the account has chosen on another device.
    chosen: Option<Arc<Chosen>>,
    /// How the account can be got into has changed.
    access_changed: bool,
    presence: Presence,
}

#[derive(Debug)]
struct Watched {
    room: RoomId,
    /// Who is here has changed since the session was last told.
    changed: bool,
}

impl Hub {
    /// A hub that knows every room's head and members from the start.
    pub(crate) fn new(in_force: impl Into<InForce>, known: Known, plant: Plant) -> Self {
        let mut state = State::new(in_force.into(), known.bans);
        for account in known.hide_reads {
            state.accounts.entry(account).or_default().hides_reads = true;
        }
        for facts in known.rooms {
            for account in &facts.members {
                state.accounts.entry(*account).or_default().rooms.push(facts.room);
            }
            state.rooms.insert(facts.room, Room::new(facts));
        }
        Self { state: Mutex::new(state), sessions_so_far: AtomicU64::new(0), plant }
    }

    /// The lock. A panic while it was held leaves maps that nobody can trust: the process ends, the log is safe.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|_| {
            tracing::error!("a panic left the hub in pieces; the server ends so that it starts again whole");
            std::process::abort()
        })
    }

    /// The id of a session about to be.
    pub(crate) fn next_session(&self) -> SessionId {
        SessionId(self.sessions_so_far.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Ends the session that this device has, if one: a newer one takes its place.
    pub(crate) fn replace(&self, device: DeviceId, by: SessionId) {
        let state = self.lock();
        if let Some(old) = state.devices.get(&device).filter(|old| **old < by) {
            state.sessions[old].handle.end(Goodbye { why: Why::Replaced, retry_after: None });
        }
    }

    /// Ends the sessions of devices that are forgotten, on every lane.
    pub(crate) fn revoke(&self, devices: &[DeviceId]) {
        let state = self.lock();
        for session in devices.iter().filter_map(|device| state.devices.get(device)) {
            state.sessions[session].handle.end(Goodbye { why: Why::Revoked, retry_after: None });
        }
    }

    /// Lets a session in and takes its heads, in one critical section: what is published from here on finds it.
    /// Gives back why not, when the server stops or a newer session of the device was faster.
    fn register(
        &self,
        id: SessionId,
        account: AccountId,
        device: DeviceId,
        source: Source,
    ) -> Result<(Arc<Handle>, Cursors), Why> {
        let mut state = self.lock();
        if let Some(why) = state.closed {
            return Err(why);
        }
        if let Some(old) = state.devices.get(&device).copied() {
            if old > id {
                return Err(Why::Replaced);
            }
            state.sessions[&old].handle.end(Goodbye { why: Why::Replaced, retry_after: None });
            state.forget(old);
        }
        let handle = Arc::new(Handle::new(id, account, device, source));
        let cursors = state.let_in(&handle);
        let woken = state.presence_changed(account);
        drop(state);
        wake(woken);
        Ok((handle, cursors))
    }

    /// Takes a session out. By its own id, so that a late exit cannot remove its successor.
    fn leave(&self, id: SessionId) {
        let mut state = self.lock();
        let Some(account) = state.forget(id) else { return };
        let woken = state.presence_changed(account);
        drop(state);
        wake(woken);
    }

    /// The live session of a device.
    pub(crate) fn session_of(&self, device: DeviceId) -> Option<Arc<Handle>> {
        let state = self.lock();
        let id = state.devices.get(&device)?;
        state.sessions.get(id).map(|live| live.handle.clone())
    }

    /// Whether an account has a live session.
    pub(crate) fn is_here(&self, account: AccountId) -> bool {
        self.lock().accounts.get(&account).is_some_and(|person| !person.sessions.is_empty())
    }

    /// Lets nobody in any more and tells everybody to go; `retry_after` is asked for each.
    pub(crate) fn close(&self, why: Why, retry_after: impl FnMut(usize) -> Option<u32>) -> usize {
        self.lock().closed = Some(why);
        self.send_home(why, retry_after)
    }

    /// Tells everybody who is here to go, and lets them in again.
    pub(crate) fn send_home(&self, why: Why, mut retry_after: impl FnMut(usize) -> Option<u32>) -> usize {
        let state = self.lock();
        let mut handles: Vec<_> = state.sessions.values().map(|live| live.handle.clone()).collect();
        drop(state);
        // No order of a map may reach the wire.
        handles.sort_by_key(|handle| handle.id);
        for handle in &handles {
            handle.end(Goodbye { why, retry_after: retry_after(handles.len()) });
        }
        handles.len()
    }

    /// A change of this session is on its way to the writer.
    pub(crate) fn change_started(&self, id: SessionId) {
        if let Some(live) = self.lock().sessions.get_mut(&id) {
            live.in_flight += 1;
        }
    }

    /// Whether a room is one that its maker is filling: nobody else is in it, and it was made less than a day ago.
    pub(crate) fn is_being_filled(&self, room: RoomId, by: AccountId, now_ms: i64) -> bool {
        const DAY_MS: i64 = 24 * 3_600_000;
        self.lock().rooms.get(&room).is_some_and(|room| {
            room.made_by == by && room.members == [by] && now_ms.saturating_sub(room.made_at) < DAY_MS
        })
    }

    /// Tells presence, typing and read marks of these rooms from now on. `false` when one is not theirs.
    pub(crate) fn watch(&self, id: SessionId, rooms: &[RoomId]) -> bool {
        let mut state = self.lock();
        let Some(live) = state.sessions.get(&id) else { return true };
        let account = live.handle.account;
        let theirs =
            |room: &RoomId| state.rooms.get(room).is_some_and(|room| room.members.contains(&account));
        if !rooms.iter().all(theirs) {
            return false;
        }
        let watched =
            rooms.iter().take(WATCH_MAX).map(|room| Watched { room: *room, changed: true }).collect();
        let live = state.sessions.get_mut(&id).expect("looked up above, under the same lock");
        live.watched = watched;
        live.handle.news.notify_one();
        true
    }
}

impl Room {
    fn new(facts: RoomFacts) -> Self {
        Self {
            made_by: facts.made_by,
            made_at: facts.made_at,
            head: facts.head,
            here: Vec::new(),
            people: 0,
            members: facts.members,
            ring: None,
        }
    }
}

impl State {
    fn new(in_force: InForce, bans: Vec<Ban>) -> Self {
        Self {
            rooms: HashMap::new(),
            accounts: HashMap::new(),
            sessions: HashMap::new(),
            devices: HashMap::new(),
            seats: seats::Seats::default(),
            used: BTreeMap::new(),
            use_count: 0,
            ring_bytes: 0,
            in_force,
            bans,
            closed: None,
        }
    }

    fn let_in(&mut self, handle: &Arc<Handle>) -> Cursors {
        let (id, account) = (handle.id, handle.account);
        let person = self.accounts.entry(account).or_default();
        person.sessions.push(id);
        let mut cursors = Cursors::default();
        for room in &person.rooms {
            if let Some(known) = self.rooms.get_mut(room) {
                known.here.push(id);
                known.people += u32::from(person.sessions.len() == 1);
                cursors.set(*room, known.head);
            }
        }
        self.devices.insert(handle.device, id);
        let live = Live {
            handle: handle.clone(),
            dirty: Vec::new(),
            moves: Vec::new(),
            in_flight: 0,
            answers: Vec::new(),
            watched: Vec::new(),
            typing: Vec::new(),
            reads: Vec::new(),
            unread: Vec::new(),
            chosen: None,
            access_changed: false,
            presence: Presence::Online,
        };
        self.sessions.insert(id, live);
        cursors
    }

    /// Removes a session from every map; whose it was.
    fn forget(&mut self, id: SessionId) -> Option<AccountId> {
        let live = self.sessions.remove(&id)?;
        live.handle.ended.cancel();
        let account = live.handle.account;
        if self.devices.get(&live.handle.device) == Some(&id) {
            self.devices.remove(&live.handle.device);
        }
        if let Some(person) = self.accounts.get_mut(&account) {
            person.sessions.retain(|other| *other != id);
            for room in &person.rooms {
                if let Some(room) = self.rooms.get_mut(room) {
                    room.here.retain(|other| *other != id);
                    room.people -= u32::from(person.sessions.is_empty());
                }
            }
        }
        Some(account)
    }
}

/// Wakes sessions after the lock is free, so that they do not wake only to wait for it.
fn wake(handles: Vec<Arc<Handle>>) {
    for handle in handles {
        handle.news.notify_one();
    }
}
