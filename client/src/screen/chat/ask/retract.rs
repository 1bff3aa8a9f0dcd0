//! Before messages are taken back: what happens then, and what does not.

use iced::widget::{column, row, space};
use iced::{Element, Fill};

use super::Message;
use crate::icon::Icon;
use crate::theme::{self, Soft};
use crate::widget::label::{body, small};
use crate::widget::{button, dialog};

/// Draws it.
pub(super) fn view<'a>(count: usize, others: usize) -> Element<'a, Message> {
    let (heading, what) = match count {
        1 => ("Take this message back?", "Its text and its files".to_owned()),
        count => ("Take these messages back?", format!("The texts and files of {count} messages")),
    };
    let sentence = format!(
        "{what} are deleted from the server and from everybody's computer, earlier texts too. A line stays that \
         says so. It cannot be undone. Backups that the administrator made keep it."
    );
    let by_others = (others > 0).then(|| small("Others wrote some of it; you keep order in this room."));
    let buttons = row![
        space().width(Fill),
        button::words("Cancel", theme::secondary).on_press(Message::Close),
        button::words("Take back", theme::dangerous).on_press(Message::Retract),
    ]
    .spacing(10);
    let under = "a copy that somebody made elsewhere stays theirs".to_owned();
    let head = dialog::head(Icon::Trash, Soft::Plain, heading, theme::ink, under);
    dialog::over(column![head, body(sentence), by_others, buttons].spacing(18), theme::dialog)
}
