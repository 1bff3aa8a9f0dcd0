//! Dialogs about messages: taking back, forwarding, earlier texts, an address before it is opened, pinned messages; and
//! what there is to know about a room.

mod address;
mod forward;
mod pins;
mod powers;
mod retract;
mod versions;

use iced::{Element, Task, keyboard};
use snug_engine::command::{Command, Place};
use snug_engine::event::ItemKey;
use snug_proto::id::Seq;
use snug_proto::talk::Target;

use crate::shared::Shared;
use crate::widget::keys::keys;
pub use forward::FILTER;

/// What is asked, or shown.
#[derive(Debug)]
pub enum Ask {
    /// Whether these are taken back; so many are by others.
    Retract(Vec<ItemKey>, usize),
    /// Where these go.
    Forward(forward::Forward),
    /// What this one said before.
    Versions(ItemKey),
    /// Whether this address is opened.
    Address(address::Address),
    /// What is pinned.
    Pins,
    /// What an administrator can do.
    Powers,
}

/// What happens in one.
#[derive(Debug, Clone)]
pub enum Message {
    /// Away with it.
    Close,
    /// "Take back".
    Retract,
    /// Typed into the filter of rooms.
    Filter(String),
    /// A room was pressed.
    To(Target),
    /// Enter in the filter: the first room.
    First,
    /// "Copy".
    Copy,
    /// "Open".
    Open,
    /// A pinned message was pressed.
    Go(Seq),
    /// "Unpin".
    Unpin(ItemKey),
}

/// What it asks for.
#[derive(Debug)]
pub enum Action {
    /// Nothing.
    None,
    /// These commands; it stays.
    Stay(Vec<Command>),
    /// It goes, with these commands.
    Done(Vec<Command>),
    /// It goes.
    Close,
    /// It goes; this is copied.
    Copy(String),
    /// It goes; this address is opened.
    Open(String),
}

impl Ask {
    /// Whether these are taken back; so many are by others.
    pub fn retract(items: Vec<ItemKey>, others: usize) -> Self {
        Self::Retract(items, others)
    }

    /// Where these go.
    pub fn forward(items: Vec<ItemKey>) -> Self {
        Self::Forward(forward::Forward::new(items))
    }

    /// What this one said before.
    pub fn versions(item: ItemKey) -> Self {
        Self::Versions(item)
    }

    /// Whether this address is opened.
    pub fn address(address: String) -> Self {
        Self::Address(address::Address::new(address))
    }

    /// Puts the caret where something can be typed.
    pub fn focus(&self) -> Task<Message> {
        match self {
            Self::Forward(_) => iced::widget::operation::focus(FILTER),
            Self::Retract(..) | Self::Versions(_) | Self::Address(_) | Self::Pins | Self::Powers => {
                Task::none()
            }
        }
    }

    /// Takes a message. `room` is the one that is shown.
    pub fn update(&mut self, message: Message, room: Target, shared: &Shared) -> Action {
        match (self, message) {
            (_, Message::Close) => Action::Close,
            (Self::Retract(items, _), Message::Retract) => {
                Action::Done(vec![Command::Retract { room, items: std::mem::take(items) }])
            }
            (Self::Forward(forward), Message::Filter(typed)) => {
                forward.filter(typed);
                Action::None
            }
            (Self::Forward(forward), Message::To(to)) => Action::Done(vec![forward.send(room, to)]),
            (Self::Forward(forward), Message::First) => match forward.first(shared) {
                Some(to) => Action::Done(vec![forward.send(room, to)]),
                None => Action::None,
            },
            (Self::Address(address), Message::Copy) => Action::Copy(address.whole().to_owned()),
            (Self::Address(address), Message::Open) => Action::Open(address.whole().to_owned()),
            (Self::Pins, Message::Go(seq)) => {
                Action::Done(vec![Command::Jump { room, to: Place::Entry(seq) }])
            }
            (Self::Pins, Message::Unpin(item)) => Action::Stay(vec![Command::Pin { room, item, on: false }]),
            _ => Action::None,
        }
    }

    /// Draws it.
    pub fn view<'a>(&'a self, room: Target, shared: &'a Shared) -> Element<'a, Message> {
        let dialog = match self {
            Self::Retract(items, others) => retract::view(items.len(), *others),
            Self::Forward(forward) => forward.view(shared),
            Self::Versions(item) => versions::view(room, *item, shared),
            Self::Address(address) => address.view(),
            Self::Pins => pins::view(room, shared),
            Self::Powers => powers::view(),
        };
        // Before the fields see it: one Escape is enough, wherever the caret is.
        keys(dialog, |key, _| {
            (*key == keyboard::Key::Named(keyboard::key::Named::Escape)).then_some(Message::Close)
        })
    }
}
