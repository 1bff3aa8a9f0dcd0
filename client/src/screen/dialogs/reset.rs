//! A code by which somebody sets another password: what it does is said before it is made.

use iced::widget::{column, row, space};
use iced::{Element, Fill, clipboard};
use snug_engine::command::Command;
use snug_engine::event::Resident;
use snug_proto::id::AccountId;

use super::Outcome;
use super::handed::Handed;
use crate::shared::Shared;
use crate::theme;
use crate::widget::button;
use crate::widget::label::{body, small, title};
use crate::widget::reach::reach;
use crate::wording;

/// The dialog.
#[derive(Debug)]
pub struct Reset {
    account: AccountId,
    name: String,
    /// The code, once it was asked for.
    pub handed: Option<Handed>,
}

/// What happens in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// "Make the code", or try again.
    Make,
    /// "Copy again".
    Copy,
    /// "Close" or "Cancel".
    Close,
}

impl Reset {
    /// Asks about somebody.
    pub fn new(person: &Resident) -> Self {
        Self { account: person.account, name: wording::cut(&person.name, 32), handed: None }
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Outcome {
        match message {
            Message::Make => {
                self.handed = Some(Handed::Coming);
                Outcome::MakeCode(Command::ResetPassword(self.account))
            }
            Message::Copy => {
                let link = self.handed.as_ref().and_then(Handed::link);
                link.map_or(Outcome::Stay, |link| Outcome::Run(clipboard::write(link.to_owned())))
            }
            Message::Close => Outcome::Close,
        }
    }

    /// Draws what stands in the dialog.
    pub fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let name = &self.name;
        let Some(handed) = &self.handed else {
            let buttons = row![
                space().width(Fill),
                reach(button::words("Cancel", theme::secondary), Some(Message::Close)),
                reach(button::words("Make the code", theme::dangerous), Some(Message::Make)),
            ]
            .spacing(10);
            let happens = format!(
                "{name} sets another password with a code that you hand them. As soon as they use it, every other device of \
                 theirs is logged out. What they wrote stays. Nobody learns the old password, nor the new one."
            );
            let warned = small(
                "Whoever has the code gets into the account: hand it over where nobody listens. A line in the house tells \
                 everybody.",
            );
            return column![
                title(format!("Reset the password of {name}?"), 19.0),
                body(happens),
                warned,
                buttons
            ]
            .spacing(14)
            .into();
        };
        let good_for = format!("For {name} to set another password, once");
        let explained = small(format!(
            "{name} puts the link, or the address and the code, into the field for the server, and then types their name \
             and the password they want."
        ));
        let close = reach(button::words("Close", theme::secondary), Some(Message::Close));
        column![
            column![title(format!("A code for {name}"), 19.0), explained].spacing(4),
            handed.view(&good_for, Message::Copy, Message::Make, shared),
            row![space().width(Fill), close]
        ]
        .spacing(14)
        .into()
    }
}
