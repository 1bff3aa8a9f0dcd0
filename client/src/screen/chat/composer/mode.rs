//! What the composer writes: a new text, an answer, or another text for an old message.

use iced::widget::{column, container, row};
use iced::{Center, Element, Fill};
use snug_engine::event::{Item, ItemKey, What};

use crate::fonts;
use crate::icon::{Icon, icon};
use crate::screen::chat::composer::Message;
use crate::theme::{self, size};
use crate::widget::button;
use crate::widget::label::label;
use crate::wording;

/// What the composer writes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Mode {
    /// A text of its own.
    #[default]
    New,
    /// An answer.
    Reply {
        /// To which message.
        item: ItemKey,
        /// Who wrote that.
        author: String,
        /// What it says, in a line.
        preview: String,
    },
    /// Another text for a message of one's own.
    Edit {
        /// Which message.
        item: ItemKey,
        /// What it said.
        before: String,
        /// What was typed before; it comes back.
        aside: String,
    },
}

/// A message in a line.
pub fn preview(item: &Item) -> String {
    match &item.what {
        What::Text(text) => wording::cut(&text.text.split_whitespace().collect::<Vec<_>>().join(" "), 90),
        What::File(file) => wording::cut_file(&file.name, 60),
        _ => String::new(),
    }
}

/// The bar above the field that says what is written, and the way out.
pub(super) fn bar(mode: &Mode) -> Option<Element<'_, Message>> {
    let (what, heading, under) = match mode {
        Mode::New => return None,
        Mode::Reply { author, preview, .. } => {
            (Icon::Reply, format!("Replying to {}", wording::cut(author, 32)), preview.clone())
        }
        Mode::Edit { before, .. } => {
            let line = before.split_whitespace().collect::<Vec<_>>().join(" ");
            (Icon::Pencil, "Editing".to_owned(), wording::cut(&line, 90))
        }
    };
    let words = row![
        label(heading, size::SMALL, theme::accent).font(fonts::SEMIBOLD),
        label(under, size::SMALL, theme::muted).wrapping(iced::widget::text::Wrapping::None).width(Fill)
    ]
    .spacing(8);
    let leave = button::round(Icon::Cross, theme::muted, "Leave (Esc)", Some(Message::LeaveMode));
    let content = row![icon(what, 15.0, theme::accent), container(words).width(Fill).clip(true), leave]
        .spacing(10)
        .align_y(Center);
    Some(column![container(content).padding(iced::Padding::from([2, 4]).left(14))].into())
}
