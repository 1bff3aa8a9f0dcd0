//! Leave a room: what that means is said first.

use iced::Element;
use iced::Fill;
use iced::widget::{column, container, row, space};
use snug_engine::command::Deed;
use snug_engine::event::Room;
use snug_proto::entry::RoomKind;
use snug_proto::id::RoomId;
use snug_proto::talk::Role;

use super::Outcome;
use super::pending::Pending;
use crate::shared::Shared;
use crate::theme;
use crate::widget::button;
use crate::widget::label::{body, small, title};
use crate::wording;

/// The dialog.
#[derive(Debug)]
pub struct Leave {
    room: RoomId,
    name: String,
    kind: RoomKind,
    role: Role,
    /// The deed that leaves.
    pub pending: Pending,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// "Leave".
    Leave,
    /// "Stay".
    Stay,
}

impl Leave {
    /// Asks about a room that exists.
    pub fn new(room: &Room) -> Option<Self> {
        let (name, kind, role) = (room.name.clone(), room.kind, room.role);
        Some(Self { room: room.room?, name, kind, role, pending: Pending::Ready })
    }

    /// Takes a message.
    pub fn update(&mut self, message: &Message, shared: &Shared) -> Outcome {
        match message {
            Message::Leave if self.pending.may_act(shared.now) => Outcome::Do(Deed::Leave(self.room)),
            Message::Leave => Outcome::Stay,
            Message::Stay => Outcome::Close,
        }
    }

    /// Draws what stands in the dialog.
    pub fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let back = match self.kind {
            RoomKind::CHANNEL => "You can join again whenever you like.",
            _ => "To come back you need a member who adds you. You cannot read what is written in between.",
        };
        let owner = (self.role == Role::Owner).then(|| {
            small("If no other owner is left, the moderator who is here longest becomes one, or else the member.")
        });
        let buttons = row![
            space().width(Fill),
            button::words("Stay", theme::secondary).on_press(Message::Stay),
            container(self.pending.button("Leave", "Leaving…", Some(Message::Leave), shared.now)).id(LEAVE),
        ]
        .spacing(10);
        column![
            title(format!("Leave {}?", wording::cut(&self.name, 32)), 19.0),
            body("What you could read until now stays readable here."),
            body(back),
            owner,
            self.pending.view(shared.now),
            buttons,
        ]
        .spacing(12)
        .into()
    }
}

/// The button.
pub const LEAVE: &str = "leave-room";
