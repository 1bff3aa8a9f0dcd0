//! What an administrator can do, over whatever is shown.

use iced::widget::{column, container, row, space};
use iced::{Element, Fill, Padding};

use super::Message;
use crate::screen::chat::powers;
use crate::theme;
use crate::widget::label::{small, title};
use crate::widget::{button, dialog, scroll};

/// Draws it.
pub(super) fn view<'a>() -> Element<'a, Message> {
    let head = column![title(powers::TITLE, 19.0), small(powers::UNDER)].spacing(4);
    let words = container(powers::view()).padding(Padding::ZERO.right(18));
    let list = container(scroll::list(words)).max_height(460);
    let close = row![space().width(Fill), button::words("Close", theme::secondary).on_press(Message::Close)];
    dialog::over(column![head, list, close].spacing(18), theme::dialog)
}
