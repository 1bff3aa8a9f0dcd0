//! The end of an account: what goes and what stays is said before, and nothing happens by a slip.

use iced::widget::{button as plain, column, container, row, space};
use iced::{Center, Element, Fill, Task};
use snug_engine::command::{Password, TextsFate};
use snug_engine::event::Session;
use zeroize::Zeroizing;

use super::pending::Pending;
use super::{Outcome, radio};
use crate::fonts;
use crate::screen::asked::Asked;
use crate::shared::Shared;
use crate::theme::{self, size};
use crate::widget::button;
use crate::widget::field::{self, Kind};
use crate::widget::label::{body, label, name, small, title};
use crate::wording;

/// The dialog.
#[derive(Debug)]
pub struct DeleteAccount {
    /// The account's name, which has to be typed.
    account: String,
    texts: TextsFate,
    typed: String,
    password: Zeroizing<String>,
    /// The end on its way.
    pub pending: Pending,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// What becomes of what was written.
    Texts(TextsFate),
    /// Typed into the name.
    Name(String),
    /// Typed into the password.
    Password(String),
    /// Enter in the name.
    Next,
    /// The button.
    Delete,
    /// "Cancel".
    Cancel,
}

impl DeleteAccount {
    /// The dialog about this person's account. Texts stay unless they say otherwise.
    pub fn new(account: &str) -> Self {
        Self {
            account: account.to_owned(),
            texts: TextsFate::Stay,
            typed: String::new(),
            password: Zeroizing::default(),
            pending: Pending::Ready,
        }
    }

    /// Puts the caret into the name.
    pub fn focus<M: Send + 'static>(&self) -> Task<M> {
        iced::widget::operation::focus(NAME)
    }

    fn can(&self) -> bool {
        self.typed.trim().to_lowercase() == self.account.to_lowercase() && !self.password.is_empty()
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Outcome {
        match message {
            Message::Texts(fate) => self.texts = fate,
            Message::Name(typed) => {
                self.pending.forget();
                self.typed = typed;
            }
            Message::Password(typed) => {
                self.pending.forget();
                self.password = Zeroizing::new(typed);
            }
            Message::Next => return Outcome::Run(iced::widget::operation::focus_next()),
            Message::Delete if self.can() && self.pending.may_act(shared.now) => {
                let password = Password::new(self.password.to_string());
                return Outcome::Ask(Asked::Delete { password, texts: self.texts });
            }
            Message::Delete => {}
            Message::Cancel => return Outcome::Close,
        }
        Outcome::Stay
    }

    /// Draws what stands in the dialog.
    pub fn view<'a>(&'a self, session: &'a Session, shared: &'a Shared) -> Element<'a, Message> {
        let unsent = (session.unsent > 0).then(|| {
            let items = wording::count(session.unsent, "message");
            let verb =
                if session.unsent == 1 { "is not sent yet and goes" } else { "are not sent yet and go" };
            label(format!("{items} {verb} with it."), size::TEXT, theme::danger).font(fonts::SEMIBOLD)
        });
        let will = column![
            fact("Every device of yours is logged out at once, and this computer's copy is deleted."),
            fact("You leave every room. Your picture, your choices and your recovery codes are deleted."),
            fact("The name stays taken: nobody can register it again, not even you."),
            fact("Nobody can undo this, not even an administrator."),
        ]
        .spacing(4);
        let fates = column![
            name("What you wrote, and the files you sent"),
            self.fate(
                TextsFate::Stay,
                "stay where others read them, under your name",
                "Everybody in those rooms can still read and fetch them"
            ),
            self.fate(
                TextsFate::Retract,
                "are deleted in every room, for good",
                "Others see that something was taken back. What they saved or copied stays with them"
            ),
        ]
        .spacing(2);
        let confirm = row![
            column![
                small(format!("To be sure, type {}", wording::cut(&self.account, 32))).font(fonts::SEMIBOLD),
                field::bare("", NAME, &self.typed, Kind::Plain, Some(Message::Name), Message::Next)
            ]
            .spacing(6),
            field::field(
                "Your password",
                PASSWORD,
                &self.password,
                Kind::Secret,
                Some(Message::Password),
                Message::Delete
            ),
        ]
        .spacing(12);
        let words = if self.pending.may_act(shared.now) || self.pending.counts() {
            "Delete my account"
        } else {
            "Deleting…"
        };
        let send = (self.can() && self.pending.may_act(shared.now)).then_some(Message::Delete);
        let buttons = row![
            space().width(Fill),
            button::words("Cancel", theme::secondary).on_press(Message::Cancel),
            container(button::words(words, theme::dangerous).on_press_maybe(send)).id(DELETE),
        ]
        .spacing(10);
        let heading = format!("Delete your account at {}?", wording::cut(&session.server_name, 32));
        column![title(heading, 19.0), will, unsent, fates, confirm, self.pending.view(shared.now), buttons]
            .spacing(16)
            .into()
    }

    fn fate<'a>(&self, fate: TextsFate, words: &'a str, explained: &'a str) -> Element<'a, Message> {
        let words = column![body(words), small(explained)].spacing(1);
        plain(row![radio(self.texts == fate), words].spacing(12).align_y(Center))
            .padding([6, 6])
            .width(Fill)
            .style(theme::choice(false))
            .on_press(Message::Texts(fate))
            .into()
    }
}

fn fact<'a, M: 'a>(words: &'a str) -> Element<'a, M> {
    row![label("·", size::TEXT, theme::faint).font(fonts::BOLD), body(words)].spacing(10).into()
}

/// The name, to be sure.
pub const NAME: &str = "delete-name";
/// The password.
pub const PASSWORD: &str = "delete-password";
/// The button.
pub const DELETE: &str = "delete-account";
