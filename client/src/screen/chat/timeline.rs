//! The timeline: a window of a room's items that moves with the reader.
//!
//! iced has no virtual list, so only a few hundred rows exist. Near an edge the engine is asked for more on that
//! side; it answers with another window of the log. That would move the text under the reader's eyes, so the row
//! at the top, the anchor, is put back to the height where it was: an operation that runs before the next frame.
//! Who is at the very bottom stays there when something arrives; who has scrolled up is left alone.

use std::path::PathBuf;

use iced::advanced::widget::operation::{Outcome, Scrollable};
use iced::advanced::widget::{Id, Operation, operate};
use iced::widget::{button as plain, column, container, keyed_column, operation, row, scrollable, stack};
use iced::{Bottom, Center, Element, Fill, Rectangle, Task, Vector};
use snug_engine::command::{Command, OutboxId};
use snug_engine::event::{ItemKey, Session, Timeline as Snapshot};
use snug_proto::id::BlobId;
use snug_proto::talk::Target;

use crate::fonts;
use crate::icon::{Icon, icon};
use crate::screen::chat::{item, rows};
use crate::shared::Shared;
use crate::theme::{self, size};
use crate::widget::label::{label, title};
use crate::widget::scroll;
use crate::wording;

/// Where the reader is.
#[derive(Debug)]
pub struct Timeline {
    list: Id,
    keys: Vec<ItemKey>,
    place: Place,
    asked: Asked,
    viewport: Option<scrollable::Viewport>,
}

/// Where the reader is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    /// At the very bottom: stays there.
    Bottom,
    /// On the way there: the newest page was asked for. Where the old one stands does not matter.
    Down,
    /// Somewhere above; this row is the first visible one, this far from the top.
    At(ItemKey, f32),
    /// Somewhere above, where no row is visible yet.
    Somewhere,
}

/// Whether the engine was asked for more. Its answer is the next timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nothing,
    Older,
    Newer,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// The list moved.
    Scrolled(scrollable::Viewport),
    /// The first row that is visible, and its distance from the top of the list.
    Anchor(Option<(ItemKey, f32)>),
    /// Down to the newest.
    ToBottom,
    /// Send a failed item again.
    Resend(OutboxId),
    /// Delete a failed item.
    Discard(OutboxId),
    /// Fetch a file.
    Fetch(BlobId),
    /// Stop a transfer.
    Cancel(BlobId),
    /// Open a file.
    Open(PathBuf),
    /// Show a file in its folder.
    Reveal(PathBuf),
}

/// What it asks for.
#[derive(Debug)]
pub enum Action {
    /// Nothing.
    None,
    /// A task of its own.
    Run(Task<Message>),
    /// A command for the engine, then a task.
    Send(Command, Task<Message>),
    /// The newest page of this room, then a task.
    Newest(Task<Message>),
    /// Open a file.
    Open(PathBuf),
    /// Show a file in its folder.
    Reveal(PathBuf),
}

impl Timeline {
    /// At the bottom of a room that has not come yet.
    pub fn new() -> Self {
        Self {
            list: Id::unique(),
            keys: Vec::new(),
            place: Place::Bottom,
            asked: Asked::Nothing,
            viewport: None,
        }
    }

    /// Whether the reader is at the very bottom, or on the way there.
    pub fn follows(&self) -> bool {
        matches!(self.place, Place::Bottom | Place::Down)
    }

    /// Another window of the log came: the anchor goes back to where it was.
    pub fn came(&mut self, snapshot: Option<&std::sync::Arc<Snapshot>>) -> Task<Message> {
        let Some(snapshot) = snapshot else { return Task::none() };
        let first = self.keys.is_empty();
        let keys: Vec<ItemKey> = snapshot.items.iter().map(|item| item.key).collect();
        if keys != self.keys {
            self.keys = keys;
            self.asked = Asked::Nothing;
            self.viewport = None;
        }
        if self.place == Place::Down {
            self.place = if snapshot.has_newer { Place::Somewhere } else { Place::Bottom };
            return self.snap();
        }
        match self.place {
            Place::At(row, y) => {
                operate(Restore { find: FindAnchor::new(self.list.clone(), Some(row), &self.keys), want: y })
                    .discard()
            }
            // The list that showed another room before may still stand where that was left.
            Place::Bottom if first => self.snap(),
            Place::Bottom | Place::Down | Place::Somewhere => Task::none(),
        }
    }

    /// Down to the bottom. Offsets count from the anchor: here START is the bottom.
    fn snap(&self) -> Task<Message> {
        operation::snap_to(self.list.clone(), scrollable::RelativeOffset::START)
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, snapshot: Option<&std::sync::Arc<Snapshot>>) -> Action {
        match message {
            Message::Scrolled(viewport) => {
                self.viewport = Some(viewport);
                let find = FindAnchor::new(self.list.clone(), None, &self.keys);
                Action::Run(operate(find).map(Message::Anchor))
            }
            Message::Anchor(anchor) => match snapshot {
                Some(snapshot) => self.moved(anchor, snapshot),
                None => Action::None,
            },
            Message::ToBottom => {
                let further = snapshot.is_some_and(|snapshot| snapshot.has_newer);
                self.place = if further { Place::Down } else { Place::Bottom };
                if further { Action::Newest(self.snap()) } else { Action::Run(self.snap()) }
            }
            Message::Resend(id) => Action::Send(Command::Resend(id), Task::none()),
            Message::Discard(id) => Action::Send(Command::Discard(id), Task::none()),
            Message::Fetch(blob) => Action::Send(Command::Fetch(blob), Task::none()),
            Message::Cancel(blob) => Action::Send(Command::CancelTransfer(blob), Task::none()),
            Message::Open(path) => Action::Open(path),
            Message::Reveal(path) => Action::Reveal(path),
        }
    }

    fn moved(&mut self, anchor: Option<(ItemKey, f32)>, snapshot: &Snapshot) -> Action {
        let Some(viewport) = self.viewport.filter(|_| self.place != Place::Down) else { return Action::None };
        let below = viewport.absolute_offset().y;
        let above = viewport.content_bounds().height - viewport.bounds().height - below;
        let near = viewport.bounds().height;
        self.place = match anchor {
            _ if below < 1.0 && !snapshot.has_newer => Place::Bottom,
            Some((row, y)) => Place::At(row, y),
            None => Place::Somewhere,
        };
        if self.asked != Asked::Nothing {
            return Action::None;
        }
        if above < near && snapshot.has_older {
            self.asked = Asked::Older;
            return Action::Send(Command::Older, Task::none());
        }
        if below < near && snapshot.has_newer {
            self.asked = Asked::Newer;
            return Action::Send(Command::Newer, Task::none());
        }
        Action::None
    }

    /// Draws it.
    pub fn view<'a>(
        &'a self,
        snapshot: Option<&'a std::sync::Arc<Snapshot>>,
        session: &'a Session,
        shared: &'a Shared,
    ) -> Element<'a, Message> {
        let Some(snapshot) = snapshot else { return container(iced::widget::space()).center(Fill).into() };
        let today = wording::local(shared.wall, &shared.zone).date();
        let before = rows::before(snapshot, &shared.zone);
        let rows = snapshot.items.iter().zip(before).map(|(item, before)| {
            let drawn = item::view(item, before, today, shared);
            (item.key, container(drawn).id(row_id(item.key)).into())
        });
        let beginning = (!snapshot.has_older).then(|| beginning(snapshot.room, session, shared));
        let list = column![container(beginning), keyed_column(rows)]
            .padding(iced::Padding::from([8, 20]))
            .width(Fill);
        let list = scrollable(list)
            .id(self.list.clone())
            .direction(scrollable::Direction::Vertical(scroll::bar().anchor(scrollable::Anchor::End)))
            .on_scroll(Message::Scrolled)
            .style(theme::scroll)
            .width(Fill)
            .height(Fill);
        let down = (!self.follows()).then(|| self.way_down(snapshot.room, shared));
        stack![list, down].into()
    }

    fn way_down<'a>(&self, room: Target, shared: &Shared) -> Element<'a, Message> {
        let unread = shared.room(room).map_or(0, |room| room.unread.at_least());
        let words = if unread > 0 { format!("{unread} new") } else { "Newest".to_owned() };
        let content = row![
            icon(Icon::Down, 15.0, theme::accent),
            label(words, size::SMALL, theme::ink).font(fonts::SEMIBOLD)
        ]
        .spacing(6)
        .align_y(Center);
        let down = plain(content).padding([7, 14]).style(theme::card_button).on_press(Message::ToBottom);
        container(down).width(Fill).height(Fill).align_x(Center).align_y(Bottom).padding(10).into()
    }
}
impl Default for Timeline {
    fn default() -> Self {
        Self::new()
    }
}

fn beginning<'a>(room: Target, session: &Session, shared: &Shared) -> Element<'a, Message> {
    let name = shared.room(room).map_or("", |room| room.name.as_str());
    let (heading, words) = match room {
        Target::Room(_) => (
            format!("Welcome to #{name}"),
            format!("Everybody at {} reads and writes here. This is where it begins.", session.server_name),
        ),
        Target::Person(_) => (
            format!("You and {name}"),
            format!("Only {name} and you can read this. This is where it begins."),
        ),
    };
    column![title(heading, size::PAGE), label(words, size::NAME, theme::muted)]
        .spacing(6)
        .padding(iced::Padding::from([20, 8]).bottom(8))
        .into()
}

fn row_id(key: ItemKey) -> Id {
    match key {
        ItemKey::Entry(seq) => Id::from(format!("entry-{seq}")),
        ItemKey::Outbox(id) => Id::from(format!("outbox-{}", id.0)),
    }
}

/// Finds a given row, or the first visible one; answers its distance from the top of the list.
struct FindAnchor {
    list: Id,
    row: Option<ItemKey>,
    rows: Vec<(Id, ItemKey)>,
    at: usize,
    view: Option<(Rectangle, Vector)>,
    hit: Option<(ItemKey, f32)>,
}

impl FindAnchor {
    fn new(list: Id, row: Option<ItemKey>, keys: &[ItemKey]) -> Self {
        let rows = keys.iter().map(|key| (row_id(*key), *key)).collect();
        Self { list, row, rows, at: 0, view: None, hit: None }
    }
}
impl Operation<Option<(ItemKey, f32)>> for FindAnchor {
    fn traverse(&mut self, go: &mut dyn FnMut(&mut dyn Operation<Option<(ItemKey, f32)>>)) {
        if self.hit.is_none() {
            go(self);
        }
    }
    fn scrollable(
        &mut self,
        id: Option<&Id>,
        bounds: Rectangle,
        _content: Rectangle,
        translation: Vector,
        _state: &mut dyn Scrollable,
    ) {
        if id == Some(&self.list) {
            self.view = Some((bounds, translation));
        }
    }
    fn container(&mut self, id: Option<&Id>, bounds: Rectangle) {
        let (Some(id), Some((view, translation)), None) = (id, self.view, self.hit) else { return };
        // Rows come in order: comparing with the next expected one is enough.
        let Some((expected, row)) = self.rows.get(self.at) else { return };
        if id != expected {
            return;
        }
        self.at += 1;
        let y = bounds.y - translation.y - view.y;
        let wanted = match self.row {
            Some(wanted) => wanted == *row,
            None => y + bounds.height > 0.0,
        };
        if wanted {
            self.hit = Some((*row, y));
        }
    }
    fn finish(&self) -> Outcome<Option<(ItemKey, f32)>> {
        Outcome::Some(self.hit)
    }
}

/// Scrolls so that the anchor row is where it was.
struct Restore {
    find: FindAnchor,
    want: f32,
}
impl Operation<()> for Restore {
    fn traverse(&mut self, go: &mut dyn FnMut(&mut dyn Operation<()>)) {
        if self.find.hit.is_none() {
            go(self);
        }
    }
    fn scrollable(
        &mut self,
        id: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        translation: Vector,
        state: &mut dyn Scrollable,
    ) {
        self.find.scrollable(id, bounds, content, translation, state);
    }
    fn container(&mut self, id: Option<&Id>, bounds: Rectangle) {
        self.find.container(id, bounds);
    }
    fn finish(&self) -> Outcome<()> {
        match self.find.hit {
            Some((_, y)) if (y - self.want).abs() > 0.5 => {
                Outcome::Chain(Box::new(ScrollBy { list: self.find.list.clone(), y: y - self.want }))
            }
            _ => Outcome::None,
        }
    }
}

struct ScrollBy {
    list: Id,
    y: f32,
}
impl Operation<()> for ScrollBy {
    fn traverse(&mut self, go: &mut dyn FnMut(&mut dyn Operation<()>)) {
        go(self);
    }
    fn scrollable(
        &mut self,
        id: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        _translation: Vector,
        state: &mut dyn Scrollable,
    ) {
        if id == Some(&self.list) {
            // In a list anchored at its bottom the offset grows upwards.
            state.scroll_by(scrollable::AbsoluteOffset { x: 0.0, y: -self.y }, bounds, content);
        }
    }
}
