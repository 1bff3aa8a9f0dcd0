//! What an administrator can do, over whatever is shown.

use iced::widget::{column, row, space};
use iced::{Element, Fill};

use super::Message;
use crate::icon::Icon;
use crate::screen::chat::powers;
use crate::theme::{self, Soft};
use crate::widget::{button, dialog, scroll};

/// Draws it.
pub(super) fn view<'a>() -> Element<'a, Message> {
    let head = dialog::head(Icon::Shield, Soft::Accent, powers::TITLE, theme::ink, String::new());
    let close = row![space().width(Fill), button::words("Close", theme::secondary).on_press(Message::Close)];
    dialog::over(scroll::list(column![head, powers::view(), close].spacing(18)), theme::dialog)
}
