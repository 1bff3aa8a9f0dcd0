//! Rooms and people, as the window lists them.

use std::collections::BTreeMap;

use snug_proto::entry::{LOBBY, RoomKind};
use snug_proto::id::{AccountId, RoomId};
use snug_proto::talk::{Presence, Role, Target};

use crate::actor::Actor;
use crate::actor::open::{LinkState, Open};
use crate::copy::RoomRow;
use crate::event::{Account, Event, Person, Room, Unread};

impl Open {
    /// The room behind a target; a direct room or the notes may not exist yet.
    pub(in crate::actor) fn room_of(&self, target: Target) -> Option<RoomId> {
        match target {
            Target::Room(room) => Some(room),
            Target::Person(person) => {
                self.book.rooms.values().find(|row| self.person_of(row) == Some(person)).map(|row| row.room)
            }
        }
    }

    /// How a room is named in events.
    pub(in crate::actor) fn target_of(&self, room: RoomId) -> Target {
        let person = self.book.rooms.get(&room).and_then(|row| self.person_of(row));
        person.map_or(Target::Room(room), Target::Person)
    }

    /// Whose room it is, where it is named by a person.
    fn person_of(&self, row: &RoomRow) -> Option<AccountId> {
        match row.kind {
            RoomKind::DIRECT => Some(row.peer),
            RoomKind::NOTES => Some(self.book.me),
            _ => None,
        }
    }

    pub(in crate::actor) fn is_house(&self, room: RoomId) -> bool {
        self.book.rooms.get(&room).is_some_and(|row| row.kind == RoomKind::HOUSE)
    }

    /// What people call a room.
    pub(in crate::actor) fn room_name(&self, room: RoomId) -> String {
        match self.book.rooms.get(&room) {
            Some(row) if row.kind == RoomKind::DIRECT => self.name_of(row.peer),
            Some(row) => named(row),
            None => String::new(),
        }
    }

    pub(in crate::actor) fn name_of(&self, account: AccountId) -> String {
        self.book.people.name(account)
    }

    pub(super) fn presence_of(&self, account: AccountId) -> Option<Presence> {
        let LinkState::Online(online) = &self.link else { return None };
        if account == self.book.me {
            return Some(self.presence);
        }
        online.presence.values().find_map(|here| here.get(&account).copied())
    }

    /// The lobby, channels and private rooms by name, the notes, the house, then people by name.
    pub(in crate::actor) fn rooms(&self) -> Vec<Room> {
        let mut direct: BTreeMap<AccountId, Room> = BTreeMap::new();
        for account in self.book.people.keys().filter(|account| **account != self.book.me) {
            direct.insert(*account, self.person_without_room(*account));
        }
        let mut rooms = Vec::new();
        let mut notes = self.notes_without_room();
        let mut house = None;
        for row in self.book.rooms.values() {
            match row.kind {
                RoomKind::DIRECT => {
                    let person = self.person_without_room(row.peer);
                    direct.insert(row.peer, self.room_with(row, person));
                }
                RoomKind::NOTES => notes = self.room_with(row, notes),
                _ => {
                    let bare =
                        Room { target: Target::Room(row.room), ..self.person_without_room(self.book.me) };
                    let room = self.room_with(row, Room { name: named(row), presence: None, ..bare });
                    if row.kind == RoomKind::HOUSE {
                        house = Some(room);
                    } else {
                        rooms.push(room);
                    }
                }
            }
        }
        let by_name = |room: &Room| (room.name.to_lowercase(), room.name.clone());
        rooms.sort_by_cached_key(|room| (room.room != Some(LOBBY), by_name(room)));
        // Before anything was ever read from the server there is nobody to keep notes for.
        if !self.book.rooms.is_empty() {
            rooms.push(notes);
        }
        rooms.extend(house);
        let mut direct: Vec<Room> = direct.into_values().collect();
        direct.sort_by_cached_key(by_name);
        rooms.extend(direct);
        rooms
    }

    fn room_with(&self, row: &RoomRow, bare: Room) -> Room {
        Room {
            room: Some(row.room),
            kind: row.kind,
            topic: row.topic.clone(),
            unread: if bare.ignored { Unread::Nothing } else { unread(row) },
            mentions: if bare.ignored { 0 } else { row.mentions },
            last_at: row.last_at,
            role: row.role,
            present: row.present,
            archived: row.archived,
            members: row.members,
            has_draft: self.book.drafts.contains(&bare.target),
            ..bare
        }
    }

    /// Somebody with whom there is no direct room yet.
    fn person_without_room(&self, account: AccountId) -> Room {
        let target = Target::Person(account);
        Room {
            target,
            room: None,
            kind: RoomKind::DIRECT,
            name: self.name_of(account),
            topic: String::new(),
            unread: Unread::Nothing,
            mentions: 0,
            presence: self.presence_of(account),
            last_at: None,
            role: Role::Member,
            present: true,
            archived: false,
            members: 2,
            has_draft: self.book.drafts.contains(&target),
            ignored: self.book.ignored.contains(&account),
        }
    }

    fn notes_without_room(&self) -> Room {
        let me = self.person_without_room(self.book.me);
        Room { kind: RoomKind::NOTES, name: "Notes".to_owned(), members: 1, presence: None, ..me }
    }

    fn members(&self) -> Vec<Person> {
        let Some(shown) = &self.shown else { return Vec::new() };
        let mut members: Vec<Person> = shown
            .members
            .iter()
            .map(|(account, member)| {
                let presence = self.presence_of(*account);
                Person {
                    account: *account,
                    name: self.name_of(*account),
                    presence,
                    last_seen: member.seen.filter(|_| presence.is_none()),
                    role: member.role,
                    ignored: self.book.ignored.contains(account),
                }
            })
            .collect();
        members.sort_by_cached_key(|person| (person.presence.is_none(), person.name.to_lowercase()));
        members
    }

    pub(super) fn typing(&self) -> Vec<String> {
        let (LinkState::Online(online), Some(shown)) = (&self.link, self.shown_room()) else {
            return Vec::new();
        };
        let here = online.typing.keys().filter(|(room, _)| *room == shown);
        let heard = here.filter(|(_, account)| !self.book.ignored.contains(account));
        heard.filter_map(|(_, account)| self.book.people.get(account).cloned()).collect()
    }

    pub(super) fn account(&self) -> Account {
        let ignored = self.book.ignored.iter().map(|account| (*account, self.name_of(*account)));
        Account { privacy: self.book.privacy, ignored: ignored.collect() }
    }
}

impl Actor {
    /// The members of the shown room: as the copy has them, or, of a direct room that does not exist yet, the two.
    pub(super) async fn publish_members(&mut self) {
        let Some(open) = self.opened() else { return };
        let (copy, me, room) = (open.copy.clone(), open.book.me, open.shown_room());
        let Some(shown) = &mut open.shown else { return };
        let target = shown.target;
        if std::mem::take(&mut shown.members_stale) {
            let members = match room {
                Some(room) => self.on_copy(&copy, move |copy| copy.members(room)).await,
                None => Ok(BTreeMap::new()),
            };
            let mut members = match members {
                Ok(members) => members,
                Err(error) => return self.trouble(error.into()).await,
            };
            if let (Target::Person(person), true) = (target, members.is_empty()) {
                members = [me, person].into_iter().map(|account| (account, Default::default())).collect();
            }
            if let Some(shown) = self.opened().and_then(|open| open.shown.as_mut()) {
                shown.members = members;
            }
        }
        let Some(open) = self.opened() else { return };
        let members = open.members();
        self.outlet.put(Event::Members { room: target, members: members.into() });
    }
}

fn named(row: &RoomRow) -> String {
    match row.kind {
        RoomKind::LOBBY if row.name.is_empty() => "Lobby".to_owned(),
        RoomKind::NOTES => "Notes".to_owned(),
        RoomKind::HOUSE => "House".to_owned(),
        _ => row.name.clone(),
    }
}

/// A number where it is known, a dot where the copy has holes.
fn unread(row: &RoomRow) -> Unread {
    let start = row.unread_start();
    match row.unread {
        _ if row.head < start => Unread::Nothing,
        _ if !row.is_whole_from(start) => Unread::Something,
        0 if row.unread_from.0 > 0 => Unread::Something,
        0 => Unread::Nothing,
        count => Unread::Count(count),
    }
}
