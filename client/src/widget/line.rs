//! Lines between things.

use iced::widget::{Container, container, space};
use iced::{Fill, Theme};

use crate::theme;

/// A line across.
pub fn across<'a, Message: 'a>() -> Container<'a, Message> {
    across_in(theme::line)
}

/// A line across in a style.
pub fn across_in<'a, Message: 'a>(style: impl Fn(&Theme) -> container::Style + 'a) -> Container<'a, Message> {
    container(space().width(Fill).height(1)).style(style)
}

/// A line down.
pub fn down<'a, Message: 'a>() -> Container<'a, Message> {
    container(space().width(1).height(Fill)).style(theme::line)
}
