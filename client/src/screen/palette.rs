//! Ctrl+K over everything: one field for rooms, people and every message of this computer's copy.

mod filters;
mod view;

use std::sync::Arc;
use std::time::Duration;

use iced::{Task, widget::operation};
use snug_engine::command::Command;
use snug_engine::event::{Found, Hit, Room};
use snug_proto::id::Seq;
use snug_proto::talk::Target;

use crate::matching;
use crate::shared::Shared;

/// How long after a letter the search begins.
const SEARCH_AFTER: Duration = Duration::from_millis(120);
/// Rooms and people shown beside messages.
const ROOMS_MAX: usize = 5;
/// Rooms shown while nothing is typed.
const RECENT_MAX: usize = 9;
/// Messages asked for.
const HITS_MAX: usize = 30;

/// The palette.
#[derive(Debug)]
pub struct Palette {
    scope: Scope,
    typed: String,
    /// The last search of an earlier palette: what answers that one is not shown here.
    after: u64,
    serial: u64,
    at: usize,
}

/// What it looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Rooms, people and messages.
    Everything,
    /// People, to write to.
    People,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Typed.
    Typed(String),
    /// A moment after typing.
    Search(u64),
    /// Arrows: so many rows further.
    Move(isize),
    /// Tab: complete the filter that is being typed.
    Complete,
    /// A filter's button.
    Filter(&'static str),
    /// Enter.
    Enter,
    /// A row was pressed.
    Pick(usize),
    /// Escape.
    Close,
}

/// What it asks for.
#[derive(Debug)]
pub enum Action {
    /// Nothing.
    None,
    /// A task of its own.
    Run(Task<Message>),
    /// Ask the engine.
    Search(Command),
    /// Open a room.
    Open(Target),
    /// Open a room at an entry.
    Jump(Target, Seq),
    /// Away with it.
    Close,
}

/// A row that can be chosen.
#[derive(Debug, Clone, Copy)]
enum Row<'a> {
    Room(&'a Room),
    Hit(&'a Hit),
}

impl Palette {
    /// An empty one.
    pub fn new(scope: Scope) -> Self {
        Self { scope, typed: String::new(), after: 0, serial: 0, at: 0 }
    }

    /// The same, which counts its searches from the last one of an earlier palette.
    pub fn after(mut self, serial: u64) -> Self {
        self.after = serial;
        self.serial = serial;
        self
    }

    /// Its last search.
    pub fn serial(&self) -> u64 {
        self.serial
    }

    /// One that looks into a room.
    pub fn within(room: &Room) -> Self {
        Self { typed: format!("in:{} ", filters::quoted(&room.name)), ..Self::new(Scope::Everything) }
    }

    /// Puts the caret into it, behind what stands there.
    pub fn focus<M: Send + 'static>(&self) -> Task<M> {
        Task::batch([operation::focus(FIELD), operation::move_cursor_to_end(FIELD)])
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Action {
        match message {
            Message::Typed(typed) => return self.retype(typed),
            Message::Search(serial) if serial == self.serial && self.searches() => {
                return Action::Search(Command::Search {
                    serial,
                    query: self.typed.trim().to_owned(),
                    limit: HITS_MAX,
                });
            }
            Message::Search(_) => {}
            Message::Move(by) => {
                let last = self.rows(shared).len().saturating_sub(1);
                self.at = self.at.saturating_add_signed(by).min(last);
                return Action::Run(self.follow(shared));
            }
            Message::Complete => {
                if let Some(typed) = filters::completed(&self.typed, shared) {
                    return self.retype_at_end(typed);
                }
            }
            Message::Filter(filter) => {
                let gap = if self.typed.is_empty() || self.typed.ends_with(' ') { "" } else { " " };
                return self.retype_at_end(format!("{}{gap}{filter}", self.typed));
            }
            Message::Enter => return self.pick(self.at, shared),
            Message::Pick(at) => return self.pick(at, shared),
            Message::Close => return Action::Close,
        }
        Action::None
    }

    fn retype(&mut self, typed: String) -> Action {
        self.typed = typed;
        self.at = 0;
        self.serial += 1;
        let serial = self.serial;
        if !self.searches() {
            return Action::None;
        }
        Action::Run(Task::perform(pause(), move |()| Message::Search(serial)))
    }

    fn retype_at_end(&mut self, typed: String) -> Action {
        match self.retype(typed) {
            Action::Run(task) => Action::Run(Task::batch([task, self.focus()])),
            _ => Action::Run(self.focus()),
        }
    }

    fn searches(&self) -> bool {
        self.scope == Scope::Everything && !self.typed.trim().is_empty()
    }

    fn pick(&self, at: usize, shared: &Shared) -> Action {
        match self.rows(shared).get(at) {
            Some(Row::Room(room)) => Action::Open(room.target),
            Some(Row::Hit(hit)) => Action::Jump(hit.room, hit.seq),
            None => Action::None,
        }
    }

    /// The newest results, as long as they still belong to something that is typed.
    fn found<'a>(&self, shared: &'a Shared) -> Option<&'a Arc<Found>> {
        shared
            .found
            .as_ref()
            .filter(|found| self.searches() && (self.after + 1..=self.serial).contains(&found.serial))
    }

    fn rows<'a>(&self, shared: &'a Shared) -> Vec<Row<'a>> {
        let rooms = self.rooms(shared).into_iter().map(Row::Room);
        let hits = self.found(shared).map_or(&[][..], |found| &found.hits);
        rooms.chain(hits.iter().map(Row::Hit)).collect()
    }

    fn rooms<'a>(&self, shared: &'a Shared) -> Vec<&'a Room> {
        let typed = self.typed.trim();
        let all = shared.rooms.iter();
        if self.scope == Scope::People {
            let people = all.filter(|room| matches!(room.target, Target::Person(_)));
            return matching::best(people, typed, RECENT_MAX, |room| shared.searched(room));
        }
        if typed.is_empty() {
            return recent(all.filter(|room| !room.ignored).collect());
        }
        if filters::has_any(typed) {
            return Vec::new();
        }
        matching::best(all, typed, ROOMS_MAX, |room| shared.searched(room))
    }

    /// Scrolls to the row that is chosen.
    fn follow(&self, shared: &Shared) -> Task<Message> {
        let y = view::offset(&self.rows(shared), self.at);
        operation::scroll_to(LIST, operation::AbsoluteOffset { x: None, y: Some(y) })
    }
}

/// What is unread, mentions first, then what was written in last.
fn recent(mut rooms: Vec<&Room>) -> Vec<&Room> {
    rooms.retain(|room| room.last_at.is_some() || room.unread.at_least() > 0);
    rooms.sort_by_key(|room| {
        let unread = room.unread.at_least() > 0;
        std::cmp::Reverse((room.mentions > 0, unread, room.last_at))
    });
    rooms.truncate(RECENT_MAX);
    rooms
}

async fn pause() {
    tokio::time::sleep(SEARCH_AFTER).await;
}

/// The field.
pub const FIELD: &str = "palette";
const LIST: &str = "palette-list";
