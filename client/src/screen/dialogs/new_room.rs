//! A new room: of which kind, called what, about what, with whom.

use iced::widget::{button as plain, column, container, row, space};
use iced::{Center, Element, Fill, Task};
use snug_engine::command::Deed;
use snug_engine::event::Session;
use snug_proto::entry::RoomKind;
use snug_proto::limits::TOPIC_BYTES_MAX;
use snug_proto::name::RoomName;

use super::pending::Pending;
use super::people::{self, People};
use super::{Outcome, radio};
use crate::fonts;
use crate::icon::{Icon, icon};
use crate::readers;
use crate::shared::Shared;
use crate::theme::{self, Tone, size};
use crate::widget::button;
use crate::widget::field::{self, Kind};
use crate::widget::label::{label, small, title};

/// The dialog.
#[derive(Debug)]
pub struct NewRoom {
    kind: RoomKind,
    name: String,
    topic: String,
    people: People,
    /// The deed that makes it.
    pub pending: Pending,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Channel or private.
    Kind(RoomKind),
    /// Typed into the name.
    Name(String),
    /// Typed into the topic.
    Topic(String),
    /// Among the people.
    People(people::Message),
    /// "Create room".
    Create,
    /// "Cancel".
    Cancel,
}

impl NewRoom {
    /// A private room: what is written by mistake there is read by the fewest.
    pub fn new() -> Self {
        Self {
            kind: RoomKind::PRIVATE,
            name: String::new(),
            topic: String::new(),
            people: People::default(),
            pending: Pending::Ready,
        }
    }

    /// Puts the caret into the name.
    pub fn focus<M: Send + 'static>(&self) -> Task<M> {
        iced::widget::operation::focus(NAME)
    }

    /// What is wrong with the room, as a sentence.
    fn problem(&self) -> Option<String> {
        match RoomName::new(&self.name) {
            Err(bad) => Some(bad.to_string()),
            Ok(_) if self.topic.trim().len() > TOPIC_BYTES_MAX => Some(TOPIC_TOO_LONG.to_owned()),
            Ok(_) => None,
        }
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Outcome {
        match message {
            Message::Kind(kind) => {
                self.kind = kind;
                // The press took the caret from the name, which comes next.
                return Outcome::Run(self.focus());
            }
            Message::Name(name) => {
                self.name = name;
                self.pending.forget();
            }
            Message::Topic(topic) => self.topic = topic,
            Message::People(message) => self.people.update(message, shared, &|_| false),
            Message::Create if self.problem().is_none() && self.pending.may_act(shared.now) => {
                return Outcome::Do(Deed::CreateRoom {
                    kind: self.kind,
                    name: self.name.clone(),
                    topic: self.topic.trim().to_owned(),
                    members: self.people.chosen(),
                });
            }
            Message::Create => {}
            Message::Cancel => return Outcome::Close,
        }
        Outcome::Stay
    }

    /// Draws what stands in the dialog.
    pub fn view<'a>(&'a self, session: &'a Session, shared: &'a Shared) -> Element<'a, Message> {
        let kinds = row![
            self.kind(RoomKind::PRIVATE, Icon::Lock, "Private room", session),
            self.kind(RoomKind::CHANNEL, Icon::Hash, "Channel", session),
        ]
        .spacing(10);
        let problem = self.problem().filter(|_| !self.name.trim().is_empty());
        let under: Element<'a, Message> = match &problem {
            Some(problem) => label(problem.clone(), size::SMALL, theme::danger).into(),
            None => small("Letters, digits, “.”, “_”, “-” and spaces; at most 32 characters.").into(),
        };
        let name = field::field("Name", NAME, &self.name, Kind::Plain, Some(Message::Name), Message::Create);
        let topic = field::field(
            "Topic (may stay empty)",
            TOPIC,
            &self.topic,
            Kind::Plain,
            Some(Message::Topic),
            Message::Create,
        );
        let people = column![
            small("People to add").font(fonts::SEMIBOLD),
            self.people.view(shared, &|_| false, 132.0).map(Message::People)
        ]
        .spacing(6);
        let can = self.problem().is_none().then_some(Message::Create);
        let buttons = row![
            space().width(Fill),
            button::words("Cancel", theme::secondary).on_press(Message::Cancel),
            container(self.pending.button("Create room", "Creating…", can, shared.now)).id(CREATE),
        ]
        .spacing(10);
        column![
            title("New room", 19.0),
            kinds,
            column![name, under].spacing(4),
            topic,
            people,
            self.pending.view(shared.now),
            buttons
        ]
        .spacing(14)
        .into()
    }

    fn kind<'a>(
        &self,
        kind: RoomKind,
        what: Icon,
        words: &'a str,
        session: &Session,
    ) -> Element<'a, Message> {
        let chosen = kind == self.kind;
        let tone: Tone = if chosen { theme::accent } else { theme::muted };
        let head = row![
            icon(what, 17.0, tone),
            label(words, size::NAME, theme::ink).font(fonts::SEMIBOLD).width(Fill),
            radio(chosen)
        ]
        .spacing(8)
        .align_y(Center);
        let readers = small(readers::sentence(kind, "", &session.server_name));
        plain(column![head, readers].spacing(4))
            .padding(12)
            .width(Fill)
            .style(theme::option(chosen))
            .on_press(Message::Kind(kind))
            .into()
    }
}
impl Default for NewRoom {
    fn default() -> Self {
        Self::new()
    }
}

/// What a topic may be at most, in words.
pub const TOPIC_TOO_LONG: &str = "This topic is too long: 256 bytes are the most.";
/// The name field.
pub const NAME: &str = "new-room-name";
/// The topic field.
pub const TOPIC: &str = "new-room-topic";
/// The button.
pub const CREATE: &str = "new-room-create";
