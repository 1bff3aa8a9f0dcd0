//! The channels of the server: what they are about, how many read them, and the way in.

use iced::widget::{column, container, row, space};
use iced::{Center, Element, Fill};
use snug_engine::command::Deed;
use snug_engine::event::{Channel, Link, Session};
use snug_proto::id::RoomId;
use snug_proto::talk::Target;

use super::Outcome;
use super::pending::Pending;
use crate::icon::{Icon, icon};
use crate::matching;
use crate::shared::Shared;
use crate::theme::{self, size};
use crate::widget::field::{self, Kind};
use crate::widget::label::{label, name, small, title};
use crate::widget::{button, line, scroll};
use crate::wording;

/// Channels shown at a time; the filter finds the others.
const SHOWN_MAX: usize = 100;

/// The dialog.
#[derive(Debug, Default)]
pub struct Browse {
    filter: String,
    joining: Option<RoomId>,
    /// The deed that joins.
    pub pending: Pending,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Typed into the filter.
    Filter(String),
    /// "Join".
    Join(RoomId),
    /// "Open".
    Open(RoomId),
    /// "New room".
    New,
    /// "Close".
    Close,
    /// Enter in the filter.
    Nothing,
}

impl Browse {
    /// The channel that was joined.
    pub fn joined(&self) -> Option<Target> {
        self.joining.map(Target::Room)
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Outcome {
        match message {
            Message::Filter(filter) => self.filter = filter,
            Message::Join(room) if self.pending.may_act(shared.now) => {
                self.joining = Some(room);
                return Outcome::Do(Deed::Join(room));
            }
            Message::Open(room) => return Outcome::Open(Target::Room(room)),
            Message::New => return Outcome::NewRoom,
            Message::Close => return Outcome::Close,
            Message::Join(_) | Message::Nothing => {}
        }
        Outcome::Stay
    }

    /// Draws what stands in the dialog.
    pub fn view<'a>(&'a self, session: &Session, shared: &'a Shared) -> Element<'a, Message> {
        let list: Element<'a, Message> = match &shared.channels {
            None => {
                let online = matches!(session.link, Link::Online { .. });
                let words = if online {
                    "Asking the server…"
                } else {
                    "There is no connection to the server to ask it."
                };
                container(small(words)).padding(14).into()
            }
            Some(channels) => {
                let shown = matching::best(channels.iter(), &self.filter, SHOWN_MAX, |channel| &channel.name);
                let nothing = shown.is_empty().then(|| {
                    let words = if channels.is_empty() {
                        "There are no channels yet. Make the first one."
                    } else {
                        "No channel of that name."
                    };
                    container(small(words)).padding(14)
                });
                let rows = shown.into_iter().enumerate().map(|(at, channel)| {
                    column![(at > 0).then(line::across), self.channel(channel, shared)].into()
                });
                column![column(rows), nothing].into()
            }
        };
        let buttons = row![
            button::words("New room", theme::secondary).on_press(Message::New),
            space().width(Fill),
            button::words("Close", theme::secondary).on_press(Message::Close),
        ];
        column![
            title("Channels", 19.0),
            small("Everybody on this server can join a channel and read all of it."),
            field::bare(
                "Filter by name",
                FILTER,
                &self.filter,
                Kind::Plain,
                Some(Message::Filter),
                Message::Nothing
            ),
            container(scroll::list(list).height(320).width(Fill)).style(theme::inset).padding(1),
            self.pending.view(shared.now),
            buttons,
        ]
        .spacing(12)
        .into()
    }

    fn channel<'a>(&self, channel: &'a Channel, shared: &Shared) -> Element<'a, Message> {
        let topic = if channel.archived { "Archived" } else { &channel.topic };
        let topic = (!topic.is_empty()).then(|| small(wording::cut(topic, 64)));
        let words = column![name(wording::cut(&channel.name, 32)), topic].width(Fill);
        let members = label(wording::count(channel.members, "member"), size::SMALL, theme::faint);
        let waits = matches!(self.pending, Pending::Waiting(_)) && self.joining == Some(channel.room);
        let way = if channel.joined {
            button::short("Open", theme::secondary).on_press(Message::Open(channel.room))
        } else {
            button::short(if waits { "Joining…" } else { "Join" }, theme::primary)
                .on_press_maybe(self.pending.may_act(shared.now).then_some(Message::Join(channel.room)))
        };
        container(row![icon(Icon::Hash, 17.0, theme::muted), words, members, way].spacing(12).align_y(Center))
            .padding([9, 14])
            .into()
    }
}

/// The filter.
pub const FILTER: &str = "channels-filter";
