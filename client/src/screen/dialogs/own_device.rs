//! A copied folder becomes a device of its own: asks for the password.

use iced::widget::{column, container, operation, row, space};
use iced::{Element, Fill, Task};
use snug_engine::command::Password;

use super::Outcome;
use crate::theme;
use crate::widget::button;
use crate::widget::field::{self, Kind};
use crate::widget::label::{body, small, title};

/// The dialog.
#[derive(Debug, Default)]
pub struct OwnDevice {
    password: String,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Typed into the password.
    Password(String),
    /// The button, or Enter.
    Go,
    /// "Cancel".
    Cancel,
}

impl OwnDevice {
    /// Puts the caret into the password.
    pub fn focus<M: Send + 'static>(&self) -> Task<M> {
        operation::focus(PASSWORD)
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Outcome {
        match message {
            Message::Password(password) => self.password = password,
            Message::Go if !self.password.is_empty() => {
                return Outcome::OwnDevice(Password::new(std::mem::take(&mut self.password)));
            }
            Message::Go => {}
            Message::Cancel => return Outcome::Close,
        }
        Outcome::Stay
    }

    /// Draws what stands in the dialog.
    pub fn view(&self) -> Element<'_, Message> {
        let field = field::field(
            "Your password",
            PASSWORD,
            &self.password,
            Kind::Secret,
            Some(Message::Password),
            Message::Go,
        );
        let can = (!self.password.is_empty()).then_some(Message::Go);
        let buttons = row![
            space().width(Fill),
            button::words("Cancel", theme::secondary).on_press(Message::Cancel),
            container(button::words("Make it a device of its own", theme::primary).on_press_maybe(can))
                .id(GO),
        ]
        .spacing(10);
        column![
            title("A device of its own", 19.0),
            body(
                "Two copies of one device cannot both send. With your password this one logs in anew, as another \
                 device; the other one goes on as it was."
            ),
            small("What is unsent here stays, and is sent from here."),
            field,
            buttons,
        ]
        .spacing(14)
        .into()
    }
}
impl Drop for OwnDevice {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.password);
    }
}

/// The password field.
pub const PASSWORD: &str = "own-device-password";
/// The button.
pub const GO: &str = "own-device-go";
