//! What the window sees: snapshots, at most one of each kind every few milliseconds.

mod wishes;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use snug_proto::content::FileContent;
use snug_proto::entry::{LOBBY, RoomKind};
use snug_proto::id::{AccountId, BlobId, RoomId, Seq};
use snug_proto::talk::{Presence, Role, Target};
use tokio::time::Instant;

use super::open::{LinkState, Open, Resting, Waiting};
use super::{Actor, FAR, State};
use crate::copy::{Copy, CopyError, Row, Unsent, WhereFile};
use crate::event::{Event, Full, Person, Phase, Room, Session, Step, Timeline, Unread};
use crate::timeline::{Known, View, entry_item, file_in, outbox_item};

/// Snapshots are told at most this often: faster than a screen is drawn helps nobody.
const PUBLISH_EVERY: Duration = Duration::from_millis(30);
/// Outbox items shown at the end of a timeline.
const UNSENT_SHOWN_MAX: usize = 200;

/// Which snapshots are older than the state.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Dirty {
    pub(super) session: bool,
    pub(super) rooms: bool,
    pub(super) timeline: bool,
    pub(super) members: bool,
    pub(super) typing: bool,
    pub(super) transfers: bool,
}

impl Dirty {
    pub(super) fn everything() -> Self {
        Self { session: true, rooms: true, timeline: true, members: true, typing: true, transfers: true }
    }
    fn any(self) -> bool {
        self.session || self.rooms || self.timeline || self.members || self.typing || self.transfers
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

/// The room that is shown.
#[derive(Debug)]
pub(super) struct Shown {
    target: Target,
    view: View,
    /// Fixed when the room was opened.
    new_from: Option<Seq>,
    new_from_known: bool,
    /// The entries of the last timeline.
    seqs: Vec<Seq>,
    has_older: bool,
    /// The copy ended before the view did.
    wants_more: bool,
}

impl Shown {
    /// How far back the window looks, where the copy does not reach that far.
    pub(super) fn back_to(&self) -> Option<Seq> {
        self.wants_more.then_some(Seq(0))
    }
}

/// What a timeline is made of.
#[derive(Debug)]
struct Material {
    rows: Vec<Row>,
    has_older: bool,
    unsent: Vec<Unsent>,
    files: BTreeMap<BlobId, WhereFile>,
    /// Files of others that nobody has asked for yet.
    unasked: Vec<FileContent>,
}

impl Open {
    /// The room behind a target; a direct room may not exist yet.
    pub(super) fn room_of(&self, target: Target) -> Option<RoomId> {
        match target {
            Target::Room(room) => Some(room),
            Target::Person(person) => self
                .book
                .rooms
                .values()
                .find(|row| row.kind == RoomKind::DIRECT && row.peer == person)
                .map(|row| row.room),
        }
    }

    /// How a room is named in events.
    pub(super) fn target_of(&self, room: RoomId) -> Target {
        match self.book.rooms.get(&room) {
            Some(row) if row.kind == RoomKind::DIRECT => Target::Person(row.peer),
            _ => Target::Room(room),
        }
    }

    /// The entries of the timeline: which room, from where, to where.
    pub(super) fn shown_entries(&self) -> Option<(Target, RoomId, Seq, Seq)> {
        let shown = self.shown.as_ref()?;
        Some((shown.target, self.shown_room()?, *shown.seqs.first()?, *shown.seqs.last()?))
    }

    pub(super) fn shown_room(&self) -> Option<RoomId> {
        self.room_of(self.shown.as_ref()?.target)
    }

    fn known<'a>(&'a self, files: &'a BTreeMap<BlobId, WhereFile>) -> Known<'a> {
        Known { me: self.book.me, people: &self.book.people, files, moving: self.transfers.moving() }
    }

    fn presence_of(&self, account: AccountId) -> Option<Presence> {
        let LinkState::Online(online) = &self.link else { return None };
        if account == self.book.me {
            return Some(self.presence);
        }
        online.presence.get(&account).copied()
    }

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
            unsent: self.book.unsent,
            file_max: self.record.file_max,
        })
    }

    pub(super) fn rooms(&self) -> Vec<Room> {
        let mut lobby_and_channels = Vec::new();
        let mut direct: BTreeMap<AccountId, Room> = BTreeMap::new();
        for account in self.book.people.keys().filter(|account| **account != self.book.me) {
            direct.insert(*account, self.person_without_room(*account));
        }
        for row in self.book.rooms.values() {
            if row.kind == RoomKind::DIRECT {
                let person = direct.entry(row.peer).or_insert_with(|| self.person_without_room(row.peer));
                person.room = Some(row.room);
                person.unread = unread(row.unread);
                person.last_at = row.last_at;
            } else {
                let name = if row.name.is_empty() { "Lobby".to_owned() } else { row.name.clone() };
                lobby_and_channels.push(Room {
                    target: Target::Room(row.room),
                    room: Some(row.room),
                    kind: row.kind,
                    name,
                    unread: unread(row.unread),
                    presence: None,
                    last_at: row.last_at,
                    ..self.person_without_room(self.book.me)
                });
            }
        }
        let mut direct: Vec<Room> = direct.into_values().collect();
        direct.sort_by_cached_key(|room| (room.name.to_lowercase(), room.name.clone()));
        lobby_and_channels.extend(direct);
        lobby_and_channels
    }

    /// Somebody with whom there is no direct room yet.
    fn person_without_room(&self, account: AccountId) -> Room {
        Room {
            target: Target::Person(account),
            room: None,
            kind: RoomKind::DIRECT,
            name: self.book.people.get(&account).cloned().unwrap_or_else(|| "somebody".to_owned()),
            topic: String::new(),
            unread: Unread::Nothing,
            mentions: 0,
            presence: self.presence_of(account),
            last_at: None,
            role: Role::Member,
            present: true,
            archived: false,
            members: 2,
            has_draft: false,
            ignored: false,
        }
    }

    fn members(&self, target: Target) -> Vec<Person> {
        let accounts: Vec<AccountId> = match target {
            Target::Person(person) => vec![self.book.me, person],
            Target::Room(LOBBY) => self.book.people.keys().copied().collect(),
            Target::Room(_) => Vec::new(),
        };
        let mut members: Vec<Person> = accounts
            .into_iter()
            .filter_map(|account| {
                let name = self.book.people.get(&account)?.clone();
                let presence = self.presence_of(account);
                Some(Person { account, name, presence, last_seen: None, role: Role::Member, ignored: false })
            })
            .collect();
        members.sort_by_cached_key(|person| (person.presence.is_none(), person.name.to_lowercase()));
        members
    }

    fn typing(&self) -> Vec<String> {
        let (LinkState::Online(online), Some(shown)) = (&self.link, self.shown_room()) else {
            return Vec::new();
        };
        let here = online.typing.keys().filter(|(room, _)| *room == shown);
        here.filter_map(|(_, account)| self.book.people.get(account).cloned()).collect()
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
        let members = target.filter(|_| dirty.members).map(|room| (room, open.members(room)));
        let typing = target.filter(|_| dirty.typing).map(|room| (room, open.typing()));
        let transfers = dirty.transfers.then(|| open.transfers.shown());
        self.publish_phase(phase, now);
        if let Some(rooms) = rooms {
            self.outlet.put(Event::Rooms(rooms.into()));
        }
        if dirty.timeline {
            self.publish_timeline().await;
        }
        if let Some((room, members)) = members {
            self.outlet.put(Event::Members { room, members: members.into() });
        }
        if let Some(transfers) = transfers {
            self.outlet.put(Event::Transfers(transfers));
        }
        if let Some((room, names)) = typing {
            self.outlet.put(Event::Typing { room, names: names.into() });
        }
    }

    async fn publish_timeline(&mut self) {
        let Some(open) = self.opened() else { return };
        let room = open.shown_room();
        let row = room.and_then(|room| open.book.rooms.get(&room)).cloned();
        let caught_up = matches!(&open.link, LinkState::Online(online) if online.caught_up);
        let Some(shown) = &mut open.shown else { return };
        // The "New" divider stays where it was when the room was opened; where the copy was not up to date then, what
        // was missed counts as well.
        if let Some(row) = &row
            && !shown.new_from_known
        {
            shown.new_from_known = row.unread > 0 || caught_up;
            shown.new_from = (row.unread > 0).then(|| row.read.next());
        }
        let (target, view, new_from, copy) = (shown.target, shown.view, shown.new_from, open.copy.clone());
        let me = open.book.me;
        let part = row.as_ref().and_then(|row| {
            let top = row.ranges.top()?;
            let to = view.bottom.unwrap_or(top);
            let (low, _) = row.ranges.around(to)?;
            Some((row.room, low, to, row.first))
        });
        let material = self.on_copy(&copy, move |copy| material(copy, me, target, view, part)).await;
        let material = match material {
            Ok(material) => material,
            Err(error) => return self.trouble(error.into()).await,
        };
        let Some(open) = self.opened() else { return };
        let known = open.known(&material.files);
        let mut items: Vec<_> = material.rows.iter().filter_map(|row| entry_item(row, &known)).collect();
        if view.bottom.is_none() {
            items.extend(material.unsent.iter().map(|unsent| outbox_item(unsent, &known)));
        }
        let surplus = items.len().saturating_sub(crate::event::TIMELINE_ITEMS_MAX);
        items.drain(..surplus);
        let Some(shown) = &mut open.shown else { return };
        shown.seqs = material.rows.iter().map(|row| row.seq).collect();
        shown.has_older = material.has_older;
        shown.wants_more = part.is_some() && material.rows.len() < view.len && material.has_older;
        let timeline = Timeline {
            room: target,
            items,
            has_older: material.has_older || surplus > 0,
            has_newer: view.bottom.is_some(),
            new_from,
            focus: None,
            reads: Vec::new(),
        };
        self.outlet.put(Event::Timeline(Arc::new(timeline)));
        self.fetch_small(target, &material.unasked);
    }
}

fn unread(count: u32) -> Unread {
    if count == 0 { Unread::Nothing } else { Unread::Count(count) }
}

fn material(
    copy: &Copy,
    me: AccountId,
    target: Target,
    view: View,
    part: Option<(RoomId, Seq, Seq, Seq)>,
) -> Result<Material, CopyError> {
    let mut rows = match part {
        Some((room, low, to, _)) => copy.page(room, low, to, view.len + 1)?,
        None => Vec::new(),
    };
    let more_here = rows.len() > view.len;
    if more_here {
        rows.remove(0);
    }
    let has_older = more_here || part.is_some_and(|(_, low, _, first)| low > first && low.0 > 1);
    let unsent = copy.unsent(target, UNSENT_SHOWN_MAX)?;
    let bodies = rows.iter().map(|row| (row.author, &row.body[..]));
    let bodies = bodies.chain(unsent.iter().map(|unsent| (me, &unsent.body[..])));
    let (mut files, mut unasked) = (BTreeMap::new(), Vec::new());
    for (author, file) in bodies.filter_map(|(author, body)| Some((author, file_in(body)?))) {
        match copy.where_file(file.blob)? {
            // Deleted or moved by the person: it can be fetched again, but not by itself.
            Some(WhereFile::Here(path)) if !path.exists() => {}
            Some(place) => {
                files.insert(file.blob, place);
            }
            None if author != me => unasked.push(file),
            None => {}
        }
    }
    Ok(Material { rows, has_older, unsent, files, unasked })
}
