//! Log out: what is unsent is asked about, and whether this computer's copy goes too.

use iced::widget::{button as plain, column, container, row, space};
use iced::{Center, Element, Fill, Subscription};
use snug_engine::command::CopyFate;
use snug_engine::event::{Link, Session};

use crate::fonts;
use crate::icon::Icon;
use crate::theme::{self, Soft, size};
use crate::widget::label::{body, label, small};
use crate::widget::{button, dialog};
use crate::wording;

/// The dialog.
#[derive(Debug)]
pub struct LogOut {
    copy: CopyFate,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// What happens to the copy.
    Copy(CopyFate),
    /// "Log out".
    LogOut,
    /// "Cancel".
    Cancel,
}

/// What it asks for.
#[derive(Debug)]
pub enum Action {
    /// Nothing.
    None,
    /// Log out.
    LogOut(CopyFate),
    /// Stay.
    Close,
}

impl LogOut {
    /// The dialog. The copy stays unless somebody says otherwise.
    pub fn new() -> Self {
        Self { copy: CopyFate::Keep }
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Copy(fate) => {
                self.copy = fate;
                Action::None
            }
            Message::LogOut => Action::LogOut(self.copy),
            Message::Cancel => Action::Close,
        }
    }

    /// Draws it, to lie over what it interrupts.
    pub fn view<'a>(&'a self, session: &'a Session) -> Element<'a, Message> {
        let head = dialog::head(
            Icon::LogOut,
            Soft::Accent,
            "Log out?",
            theme::ink,
            format!("{} · {}", session.name, session.address),
        );
        let unsent = (session.unsent > 0).then(|| {
            let verb = if session.unsent == 1 { "is" } else { "are" };
            let items = wording::count(session.unsent, "message");
            label(format!("{items} {verb} not sent yet."), size::TEXT, theme::danger).font(fonts::SEMIBOLD)
        });
        let listed = (!matches!(session.link, Link::Online { .. })).then(|| {
            small("There is no connection now, so the server will still list this device until you log in again.")
        });
        let delete = if session.unsent > 0 {
            "Delete it, and the unsent messages with it"
        } else {
            "Delete it from this computer"
        };
        let choice = column![
            body("You will need your password to come back. This computer has a copy of your rooms:"),
            option("Keep it, readable here", CopyFate::Keep, self.copy),
            option(delete, CopyFate::Delete, self.copy),
        ]
        .spacing(4);
        let buttons = row![
            space().width(Fill),
            button::words("Cancel", theme::secondary).on_press(Message::Cancel),
            button::words("Log out", theme::primary).on_press(Message::LogOut),
        ]
        .spacing(10);
        let content = column![head, unsent, choice, listed, buttons].spacing(16);
        dialog::over(content, theme::dialog)
    }

    /// What it listens to.
    pub fn subscription(&self) -> Subscription<Message> {
        Subscription::none()
    }
}
impl Default for LogOut {
    fn default() -> Self {
        Self::new()
    }
}

fn option<'a>(words: &'a str, fate: CopyFate, chosen: CopyFate) -> Element<'a, Message> {
    let inner = container(space().width(9).height(9));
    let inner = if fate == chosen { inner.style(theme::solid(theme::accent, 4.5)) } else { inner };
    let ring = container(inner).center(19).style(theme::choose(fate == chosen));
    plain(row![ring, body(words)].spacing(10).align_y(Center))
        .padding([4, 6])
        .style(theme::choice(false))
        .on_press(Message::Copy(fate))
        .into()
}
