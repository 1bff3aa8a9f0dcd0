//! Dialogs about rooms and people. Each is a small state with a view; what it asks for is an [`Outcome`], and the deed it waits
//! for is its [`Pending`].

pub mod add_device;
pub mod ban;
pub mod browse;
pub mod carry;
pub mod delete_account;
pub mod handed;
pub mod invite;
pub mod leave;
pub mod new_room;
pub mod own_device;
pub mod password;
pub mod pending;
pub mod people;
pub mod recovery;
pub mod reset;
pub mod room;
pub mod sure;

use std::time::Instant;

use iced::widget::{container, space};
use iced::{Element, Task};
use snug_engine::command::{Command, Deed, Password};
use snug_engine::event::{DeedDone, Session};
use snug_proto::talk::Target;

use crate::screen::asked::Asked;
use crate::shared::Shared;
use crate::theme;
use crate::widget::{dialog, scroll};
use handed::Handed;
use pending::Pending;

/// The dialog that is open.
#[derive(Debug)]
pub enum Dialog {
    /// A new room.
    NewRoom(new_room::NewRoom),
    /// The server's channels.
    Browse(browse::Browse),
    /// A room's settings.
    Room(room::RoomSettings),
    /// Leave a room.
    Leave(leave::Leave),
    /// A device of its own.
    OwnDevice(own_device::OwnDevice),
    /// Export or import.
    Carry(carry::Carry),
    /// An invite.
    Invite(invite::Invite),
    /// A code for another device.
    AddDevice(add_device::AddDevice),
    /// Codes to write down.
    Recovery(recovery::Recovery),
    /// A question before something that others will feel.
    Sure(sure::Sure),
    /// Keep somebody out.
    Ban(ban::Ban),
    /// A code by which somebody sets another password.
    Reset(reset::Reset),
    /// Another password.
    Password(password::ChangePassword),
    /// The end of the account.
    DeleteAccount(delete_account::DeleteAccount),
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// In "New room".
    NewRoom(new_room::Message),
    /// Among the channels.
    Browse(browse::Message),
    /// In a room's settings.
    Room(room::Message),
    /// In "Leave".
    Leave(leave::Message),
    /// In "A device of its own".
    OwnDevice(own_device::Message),
    /// In "Export" or "Import".
    Carry(carry::Message),
    /// In "Invite somebody".
    Invite(invite::Message),
    /// In "Add a device".
    AddDevice(add_device::Message),
    /// In "Recovery codes".
    Recovery(recovery::Message),
    /// In a question.
    Sure(sure::Message),
    /// In "Ban".
    Ban(ban::Message),
    /// In "Reset the password".
    Reset(reset::Message),
    /// In "Change your password".
    Password(password::Message),
    /// In "Delete your account".
    DeleteAccount(delete_account::Message),
}

/// What it asks for.
#[derive(Debug)]
pub enum Outcome {
    /// It stays as it is.
    Stay,
    /// Away with it.
    Close,
    /// Do this, and tell it what came of it.
    Do(Deed),
    /// Ask this about the account, and tell it what came of that.
    Ask(Asked),
    /// Away with it, and say this once.
    Say(&'static str),
    /// Away with it, and open this room.
    Open(Target),
    /// "New room" instead.
    NewRoom,
    /// "Leave" instead.
    Leave(Target),
    /// Away with it, and say this to the engine.
    Send(Command),
    /// Say this to the engine; it stays as it is.
    Tell(Command),
    /// Ask for a code, and tell it what came of that.
    MakeCode(Command),
    /// Away with it, and get a device of one's own.
    OwnDevice(Password),
    /// A task of its own.
    Run(Task<Message>),
}

impl Dialog {
    /// The deed it waits for, where it is one that does something.
    pub fn pending(&self) -> Option<&Pending> {
        match self {
            Self::NewRoom(dialog) => Some(&dialog.pending),
            Self::Browse(dialog) => Some(&dialog.pending),
            Self::Room(dialog) => Some(&dialog.pending),
            Self::Leave(dialog) => Some(&dialog.pending),
            Self::Sure(dialog) => Some(&dialog.pending),
            Self::Ban(dialog) => Some(&dialog.pending),
            Self::Password(dialog) => Some(&dialog.pending),
            Self::DeleteAccount(dialog) => Some(&dialog.pending),
            Self::OwnDevice(_)
            | Self::Carry(_)
            | Self::Invite(_)
            | Self::AddDevice(_)
            | Self::Recovery(_)
            | Self::Reset(_) => None,
        }
    }

    /// The same, to be changed.
    pub fn pending_mut(&mut self) -> Option<&mut Pending> {
        match self {
            Self::NewRoom(dialog) => Some(&mut dialog.pending),
            Self::Browse(dialog) => Some(&mut dialog.pending),
            Self::Room(dialog) => Some(&mut dialog.pending),
            Self::Leave(dialog) => Some(&mut dialog.pending),
            Self::Sure(dialog) => Some(&mut dialog.pending),
            Self::Ban(dialog) => Some(&mut dialog.pending),
            Self::Password(dialog) => Some(&mut dialog.pending),
            Self::DeleteAccount(dialog) => Some(&mut dialog.pending),
            Self::OwnDevice(_)
            | Self::Carry(_)
            | Self::Invite(_)
            | Self::AddDevice(_)
            | Self::Recovery(_)
            | Self::Reset(_) => None,
        }
    }

    /// What came of a deed.
    pub fn hear(&mut self, done: &DeedDone, now: Instant) -> Outcome {
        let Some(made) = self.pending_mut().and_then(|pending| pending.hear(done, now)) else {
            return Outcome::Stay;
        };
        match self {
            Self::NewRoom(_) => made.map_or(Outcome::Close, |room| Outcome::Open(Target::Room(room))),
            Self::Browse(dialog) => dialog.joined().map_or(Outcome::Close, Outcome::Open),
            Self::Room(dialog) => {
                dialog.done();
                Outcome::Stay
            }
            Self::Password(dialog) => {
                dialog.done();
                Outcome::Stay
            }
            Self::DeleteAccount(_) => Outcome::Say("Your account is deleted."),
            Self::Leave(_)
            | Self::OwnDevice(_)
            | Self::Carry(_)
            | Self::Invite(_)
            | Self::AddDevice(_)
            | Self::Recovery(_)
            | Self::Sure(_)
            | Self::Ban(_)
            | Self::Reset(_) => Outcome::Close,
        }
    }

    /// What it does first.
    pub fn begin<M: Send + 'static>(&self) -> Task<M> {
        match self {
            Self::NewRoom(dialog) => dialog.focus(),
            Self::OwnDevice(dialog) => dialog.focus(),
            Self::Password(dialog) => dialog.focus(),
            Self::DeleteAccount(dialog) => dialog.focus(),
            Self::Browse(_) => iced::widget::operation::focus(browse::FILTER),
            Self::Room(_)
            | Self::Leave(_)
            | Self::Carry(_)
            | Self::Invite(_)
            | Self::AddDevice(_)
            | Self::Recovery(_)
            | Self::Sure(_)
            | Self::Ban(_)
            | Self::Reset(_) => Task::none(),
        }
    }

    /// The code it asks for, where it is one that hands something on.
    pub fn handed(&mut self) -> Option<&mut Handed> {
        match self {
            Self::Invite(dialog) => Some(&mut dialog.handed),
            Self::AddDevice(dialog) => Some(&mut dialog.handed),
            Self::Reset(dialog) => dialog.handed.as_mut(),
            _ => None,
        }
    }

    /// Takes a message; one of another dialog is late and does nothing.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Outcome {
        match (self, message) {
            (Self::NewRoom(dialog), Message::NewRoom(message)) => dialog.update(message, shared),
            (Self::Browse(dialog), Message::Browse(message)) => dialog.update(message, shared),
            (Self::Room(dialog), Message::Room(message)) => dialog.update(message, shared),
            (Self::Leave(dialog), Message::Leave(message)) => dialog.update(&message, shared),
            (Self::OwnDevice(dialog), Message::OwnDevice(message)) => dialog.update(message),
            (Self::Carry(dialog), Message::Carry(message)) => dialog.update(message),
            (Self::Invite(dialog), Message::Invite(message)) => dialog.update(message),
            (Self::AddDevice(dialog), Message::AddDevice(message)) => dialog.update(&message),
            (Self::Recovery(dialog), Message::Recovery(message)) => dialog.update(message),
            (Self::Sure(dialog), Message::Sure(message)) => dialog.update(message, shared),
            (Self::Ban(dialog), Message::Ban(message)) => dialog.update(message, shared),
            (Self::Reset(dialog), Message::Reset(message)) => dialog.update(message),
            (Self::Password(dialog), Message::Password(message)) => dialog.update(message, shared),
            (Self::DeleteAccount(dialog), Message::DeleteAccount(message)) => dialog.update(message, shared),
            _ => Outcome::Stay,
        }
    }

    /// Draws it, to lie over what it interrupts.
    pub fn view<'a>(&'a self, session: &'a Session, shared: &'a Shared) -> Element<'a, Message> {
        let content = match self {
            Self::NewRoom(dialog) => dialog.view(session, shared).map(Message::NewRoom),
            Self::Browse(dialog) => dialog.view(session, shared).map(Message::Browse),
            Self::Room(dialog) => dialog.view(session, shared).map(Message::Room),
            Self::Leave(dialog) => dialog.view(shared).map(Message::Leave),
            Self::OwnDevice(dialog) => dialog.view().map(Message::OwnDevice),
            Self::Carry(dialog) => dialog.view().map(Message::Carry),
            Self::Invite(dialog) => dialog.view(shared).map(Message::Invite),
            Self::AddDevice(dialog) => dialog.view(session, shared).map(Message::AddDevice),
            Self::Recovery(dialog) => dialog.view().map(Message::Recovery),
            Self::Sure(dialog) => dialog.view(shared).map(Message::Sure),
            Self::Ban(dialog) => dialog.view(shared).map(Message::Ban),
            Self::Reset(dialog) => dialog.view(shared).map(Message::Reset),
            Self::Password(dialog) => dialog.view(session, shared).map(Message::Password),
            Self::DeleteAccount(dialog) => dialog.view(session, shared).map(Message::DeleteAccount),
        };
        // In a small window what does not fit scrolls: its buttons stay within reach.
        dialog::over(scroll::list(content), theme::dialog)
    }
}

/// The ring of a choice of one.
fn radio<'a, M: 'a>(chosen: bool) -> Element<'a, M> {
    let inner = container(space().width(9).height(9));
    let inner = if chosen { inner.style(theme::solid(theme::accent, 4.5)) } else { inner };
    container(inner).center(19).style(theme::choose(chosen)).into()
}
