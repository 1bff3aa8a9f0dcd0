//! The timeline: a window of a room's items that moves with the reader.
//!
//! iced has no virtual list, so only a few hundred rows exist. Near an edge the engine is asked for more on that
//! side; it answers with another window of the log. That would move the text under the reader's eyes, so the row
//! at the top, the anchor, is put back to the height where it was: an operation that runs before the next frame.
//! Who is at the very bottom stays there when something arrives; who has scrolled up is left alone.

use std::path::PathBuf;
use std::time::Duration;

use iced::advanced::widget::{Id, operate};
use iced::widget::{button as plain, column, container, keyed_column, operation, row, scrollable, stack};
use iced::{Bottom, Center, Element, Fill, Subscription, Task};
use snug_engine::command::{Command, OutboxId};
use snug_engine::event::{ItemKey, Session, Timeline as Snapshot, What};
use snug_proto::entry::RoomKind;
use snug_proto::id::{BlobId, Seq};
use snug_proto::talk::Target;

use crate::fonts;
use crate::icon::{Icon, icon};
use crate::pictures::Pictures;
use crate::readers;
use crate::screen::chat::acts::{self, Act};
use crate::screen::chat::anchor::{FindAnchor, IsAtBottom, Restore, row_id};
use crate::screen::chat::hand::{self, Hand};
use crate::screen::chat::item::{self, Look, Texts};
use crate::screen::chat::{powers, rows};
use crate::shared::Shared;
use crate::theme::{self, size};
use crate::widget::label::{label, title};
use crate::widget::{button, scroll};
use crate::wording;

/// How long the item where a jump led is marked.
const FOUND_FOR: Duration = Duration::from_millis(1600);
/// How far from the top of the list it stands.
const FOUND_AT: f32 = 140.0;

/// Where the reader is, and what their hand is at.
#[derive(Debug)]
pub struct Timeline {
    list: Id,
    keys: Vec<ItemKey>,
    place: Place,
    asked: Asked,
    viewport: Option<scrollable::Viewport>,
    texts: Texts,
    hand: Hand,
    /// The last jump that was followed.
    jumps: u64,
    /// Where it led, for a moment.
    found: Option<ItemKey>,
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
    /// Whether the list stands at its very bottom, after a jump.
    Landed {
        /// It does.
        at_bottom: bool,
    },
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
    /// To rows.
    Hand(hand::Message),
    /// A picture comes into view.
    Seen(BlobId),
    /// The item where a jump led has been marked long enough.
    Looked,
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
    /// Something with messages.
    Hand(hand::Action),
    /// A picture comes into view.
    Seen(BlobId),
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
            texts: Texts::default(),
            hand: Hand::default(),
            jumps: 0,
            found: None,
        }
    }

    /// At the bottom of another room. A jump that was followed stays followed.
    pub fn of_another_room(&self) -> Self {
        Self { jumps: self.jumps, ..Self::new() }
    }

    /// What the reader's hand is at.
    pub fn hand(&mut self) -> &mut Hand {
        &mut self.hand
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
        self.texts.renew(&snapshot.items);
        self.hand.renew(&snapshot.items);
        if let Some(focus) = snapshot.focus
            && focus.serial > self.jumps
        {
            self.jumps = focus.serial;
            self.found = Some(focus.item);
            self.place = Place::At(focus.item, FOUND_AT);
            let jump = operate(Restore::new(self.list.clone(), focus.item, &self.keys, FOUND_AT));
            let landed = operate(IsAtBottom::new(self.list.clone()));
            return jump.discard().chain(landed.map(|at_bottom| Message::Landed { at_bottom }));
        }
        if self.place == Place::Down {
            self.place = if snapshot.has_newer { Place::Somewhere } else { Place::Bottom };
            return self.snap();
        }
        match self.place {
            Place::At(row, y) => operate(Restore::new(self.list.clone(), row, &self.keys, y)).discard(),
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
    pub fn update(
        &mut self,
        message: Message,
        snapshot: Option<&std::sync::Arc<Snapshot>>,
        shared: &Shared,
    ) -> Action {
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
            Message::Landed { at_bottom } => {
                // A list that does not move, because all of it is in sight, tells nobody that it was scrolled.
                if at_bottom && snapshot.is_some_and(|snapshot| !snapshot.has_newer) {
                    self.place = Place::Bottom;
                }
                Action::None
            }
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
            Message::Seen(blob) => Action::Seen(blob),
            Message::Looked => {
                self.found = None;
                Action::None
            }
            Message::Hand(message) => match self.hand.update(message, shared) {
                hand::Action::None => Action::None,
                hand::Action::Run(task) => Action::Run(task.map(Message::Hand)),
                action => Action::Hand(action),
            },
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
        pictures: &'a Pictures,
    ) -> Element<'a, Message> {
        let Some(snapshot) = snapshot else { return container(iced::widget::space()).center(Fill).into() };
        let today = wording::local(shared.wall, &shared.zone).date();
        let look = Look {
            shared,
            hand: &self.hand,
            texts: &self.texts,
            pictures,
            room: shared.room(snapshot.room),
            today,
            found: self.found,
        };
        let around = rows::around(snapshot, &shared.zone);
        let rows = snapshot.items.iter().zip(around).map(|(item, around)| {
            let drawn = item::view(item, around, look);
            (item.key, container(drawn).id(row_id(item.key)).into())
        });
        let beginning = (!snapshot.has_older).then(|| beginning(snapshot, session, shared));
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

    /// The bar while messages can be chosen: how many are, and what to do with them.
    pub fn bar<'a>(&'a self, room: Target, shared: &'a Shared) -> Option<Element<'a, Message>> {
        let chosen = self.hand.chosen()?;
        let items = || chosen.iter().filter_map(|key| shared.item(room, *key));
        let there = !chosen.is_empty();
        let texts = items().any(|item| matches!(item.what, What::Text(_)));
        let retracts = there && items().all(|item| acts::may_retract(item, shared.room(room)));
        let act = |words, act, may: bool| {
            let press = may.then_some(Message::Hand(hand::Message::Chosen(act)));
            button::short(words, theme::secondary).on_press_maybe(press)
        };
        let words = wording::count(chosen.len() as u32, "message");
        let content = row![
            icon(Icon::Select, 16.0, theme::accent),
            label(format!("{words} chosen"), size::NAME, theme::ink).font(fonts::SEMIBOLD).width(Fill),
            act("Copy", Act::CopyText, texts),
            act("Forward…", Act::Forward, there),
            act("Take back…", Act::Retract, retracts),
            button::short("Cancel", theme::link).on_press(Message::Hand(hand::Message::ChooseNothing)),
        ];
        let card = container(content.spacing(8).align_y(Center)).padding([8, 14]).style(theme::composer_card);
        Some(container(card).padding(iced::Padding::from([6, 20]).bottom(0)).into())
    }

    /// What it listens to: the end of the moment for which an item is marked.
    pub fn subscription(&self) -> Subscription<Message> {
        match self.found {
            Some(_) => iced::time::every(FOUND_FOR).map(|_| Message::Looked),
            None => Subscription::none(),
        }
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

/// Where a room begins: what it is, and who can read it.
fn beginning<'a>(snapshot: &Snapshot, session: &Session, shared: &Shared) -> Element<'a, Message> {
    let Some(room) = shared.room(snapshot.room) else { return iced::widget::space().into() };
    if room.kind == RoomKind::HOUSE {
        return container(powers::card()).padding(iced::Padding::from([20, 0]).bottom(8)).into();
    }
    let name = wording::cut(&room.name, 32);
    let heading = match room.kind {
        RoomKind::NOTES => "Notes to yourself".to_owned(),
        RoomKind::DIRECT => format!("You and {name}"),
        RoomKind::PRIVATE => format!("Welcome to {name}"),
        _ => format!("Welcome to #{name}"),
    };
    let first = snapshot.items.first().map(|item| item.key);
    let joined_later = matches!(first, Some(ItemKey::Entry(seq)) if seq > Seq(1));
    let joined_later = joined_later && room.kind == RoomKind::PRIVATE;
    let here = if joined_later { "You can read from here on." } else { "This is where it begins." };
    let who = format!("{here} {}", readers::of(room, session));
    column![
        title(heading, size::PAGE),
        label(who, size::NAME, theme::muted),
        label(readers::AND_THE_SERVER, size::SMALL, theme::faint)
    ]
    .spacing(6)
    .padding(iced::Padding::from([20, 8]).bottom(8))
    .into()
}
