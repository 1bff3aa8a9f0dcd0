//! Another password for the account.

use iced::widget::{column, row, space};
use iced::{Center, Element, Fill, Task};
use snug_engine::command::{Command, Password};
use snug_engine::event::Session;
use zeroize::Zeroizing;

use super::Outcome;
use super::pending::Pending;
use crate::icon::{Icon, icon};
use crate::screen::asked::Asked;
use crate::screen::strength;
use crate::shared::Shared;
use crate::theme::{self, size};
use crate::widget::button;
use crate::widget::field::{self, Kind};
use crate::widget::label::{body, label, small, title};

/// The dialog.
#[derive(Debug, Default)]
pub struct ChangePassword {
    old: Zeroizing<String>,
    new: Zeroizing<String>,
    again: Zeroizing<String>,
    letters: Letters,
    stage: Stage,
    /// The change on its way.
    pub pending: Pending,
}

/// Whether what is typed can be read. Whoever reads it need not type it twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Letters {
    #[default]
    Hidden,
    Shown,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Typing,
    /// The password is another one.
    Changed,
    /// And the other devices were logged out.
    Alone,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Typed into the present one.
    Old(String),
    /// Typed into the new one.
    New(String),
    /// Typed into the new one once more.
    Again(String),
    /// "Show" or "Hide".
    Letters,
    /// Enter: on to the next field, or the button.
    Next,
    /// The button.
    Change,
    /// "Log them out".
    Alone,
    /// "Cancel" or "Close".
    Close,
}

impl ChangePassword {
    /// Puts the caret into the first field.
    pub fn focus<M: Send + 'static>(&self) -> Task<M> {
        iced::widget::operation::focus(OLD)
    }

    /// The server took it: nothing that was typed is needed any more.
    pub fn done(&mut self) {
        *self = Self { stage: Stage::Changed, ..Self::default() };
    }

    fn same(&self) -> bool {
        self.letters == Letters::Shown || self.new == self.again
    }

    fn can(&self) -> bool {
        !self.old.is_empty() && !self.new.is_empty() && self.same()
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Outcome {
        match message {
            Message::Old(typed) => self.type_into(|dialog| &mut dialog.old, typed),
            Message::New(typed) => self.type_into(|dialog| &mut dialog.new, typed),
            Message::Again(typed) => self.type_into(|dialog| &mut dialog.again, typed),
            Message::Letters => {
                self.letters = match self.letters {
                    Letters::Hidden => Letters::Shown,
                    Letters::Shown => Letters::Hidden,
                };
            }
            Message::Next | Message::Change if self.can() => {
                if self.pending.may_act(shared.now) {
                    let old = Password::new(self.old.to_string());
                    return Outcome::Ask(Asked::Password { old, new: Password::new(self.new.to_string()) });
                }
            }
            Message::Next => return Outcome::Run(iced::widget::operation::focus_next()),
            Message::Change => {}
            Message::Alone => {
                self.stage = Stage::Alone;
                return Outcome::Tell(Command::RevokeOtherDevices);
            }
            Message::Close => return Outcome::Close,
        }
        Outcome::Stay
    }

    fn type_into(&mut self, field: fn(&mut Self) -> &mut Zeroizing<String>, typed: String) {
        self.pending.forget();
        *field(self) = Zeroizing::new(typed);
    }

    /// Draws what stands in the dialog.
    pub fn view<'a>(&'a self, session: &'a Session, shared: &'a Shared) -> Element<'a, Message> {
        match self.stage {
            Stage::Typing => self.typing(session, shared),
            Stage::Changed => changed(shared),
            Stage::Alone => ended("Your password is another one, and every other device was logged out."),
        }
    }

    fn typing<'a>(&'a self, session: &'a Session, shared: &'a Shared) -> Element<'a, Message> {
        let (kind, toggle) = match self.letters {
            Letters::Hidden => (Kind::Secret, "Show what I type"),
            Letters::Shown => (Kind::Plain, "Hide what I type"),
        };
        let old = field::field("Your password now", OLD, &self.old, kind, Some(Message::Old), Message::Next);
        let new = field::field("The new one", NEW, &self.new, kind, Some(Message::New), Message::Next);
        let again = (self.letters == Letters::Hidden).then(|| {
            let title = "The new one, once more";
            field::field(title, AGAIN, &self.again, kind, Some(Message::Again), Message::Next)
        });
        let user = shared.faces.account_name(session.me, &session.name);
        let strength = (!self.new.is_empty()).then(|| strength::view(&self.new, user));
        let differs = (!self.same() && !self.again.is_empty() && !self.new.starts_with(self.again.as_str()))
            .then(|| label("This is not the same as above.", size::SMALL, theme::danger));
        let send = self.can().then_some(Message::Change);
        let buttons = row![
            button::link(toggle, size::NAME).on_press(Message::Letters),
            space().width(Fill),
            button::words("Cancel", theme::secondary).on_press(Message::Close),
            self.pending.button("Change password", "Changing…", send, shared.now),
        ]
        .spacing(10)
        .align_y(Center);
        let told = small("Your other devices stay logged in, and are told.");
        let new = column![new, strength, again, differs].spacing(8);
        column![title("Change your password", 19.0), old, new, self.pending.view(shared.now), told, buttons]
            .spacing(14)
            .into()
    }
}

fn changed<'a>(shared: &Shared) -> Element<'a, Message> {
    let others =
        shared.devices.as_ref().is_some_and(|devices| devices.list.iter().any(|device| !device.this));
    if !others {
        return ended("Your password is another one from now on.");
    }
    let words = body(
        "Your password is another one from now on. Your other devices stay logged in and were told. If one of them \
         is not yours any more, log all of them out.",
    );
    let buttons = row![
        space().width(Fill),
        button::words("Log them out", theme::secondary).on_press(Message::Alone),
        button::words("Leave them logged in", theme::primary).on_press(Message::Close),
    ]
    .spacing(10);
    column![done(), words, buttons].spacing(16).into()
}

fn ended<'a>(words: &'a str) -> Element<'a, Message> {
    let close = button::words("Close", theme::primary).on_press(Message::Close);
    column![done(), body(words), row![space().width(Fill), close]].spacing(16).into()
}

fn done<'a>() -> Element<'a, Message> {
    row![icon(Icon::Check, 20.0, theme::accent), title("Password changed", 19.0)]
        .spacing(10)
        .align_y(Center)
        .into()
}

/// The present one.
pub const OLD: &str = "password-old";
/// The new one.
pub const NEW: &str = "password-new";
/// The new one once more.
pub const AGAIN: &str = "password-again";
