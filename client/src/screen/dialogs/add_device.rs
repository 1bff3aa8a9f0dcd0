//! Another device of one's own: a code that logs it in, without the password.

use iced::widget::{column, row, space};
use iced::{Element, Fill, clipboard};
use snug_engine::command::Command;
use snug_engine::event::Session;

use super::Outcome;
use super::handed::Handed;
use crate::shared::Shared;
use crate::theme;
use crate::widget::button;
use crate::widget::label::{body, title};

/// The dialog.
#[derive(Debug)]
pub struct AddDevice {
    /// The code.
    pub handed: Handed,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Ask again.
    Make,
    /// "Copy again".
    Copy,
    /// "Close".
    Close,
}

impl AddDevice {
    /// A code that is still to come.
    pub fn new() -> Self {
        Self { handed: Handed::Coming }
    }

    /// Takes a message.
    pub fn update(&mut self, message: &Message) -> Outcome {
        match message {
            Message::Make => {
                self.handed = Handed::Coming;
                Outcome::MakeCode(Command::InviteDevice)
            }
            Message::Copy => self
                .handed
                .link()
                .map_or(Outcome::Stay, |link| Outcome::Run(clipboard::write(link.to_owned()))),
            Message::Close => Outcome::Close,
        }
    }

    /// Draws what stands in the dialog.
    pub fn view<'a>(&'a self, session: &Session, shared: &'a Shared) -> Element<'a, Message> {
        let explained = body(format!(
            "On the other device, paste the link into Snug's server field, or type the address and the code. Type \
             the name {} and press “Log in”: no password is needed. Show it to nobody: it opens your account.",
            session.name
        ));
        column![
            title("Add a device", 19.0),
            explained,
            self.handed.view("For one device of yours", Message::Copy, Message::Make, shared),
            row![space().width(Fill), button::words("Close", theme::secondary).on_press(Message::Close)]
        ]
        .spacing(14)
        .into()
    }
}
impl Default for AddDevice {
    fn default() -> Self {
        Self::new()
    }
}
