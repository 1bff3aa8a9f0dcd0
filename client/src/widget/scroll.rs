//! A list that scrolls down, with a thin bar.

use iced::Element;
use iced::widget::scrollable::{Direction, Scrollable, Scrollbar};

use crate::theme;

/// What does not fit scrolls.
pub fn list<'a, Message: 'a>(content: impl Into<Element<'a, Message>>) -> Scrollable<'a, Message> {
    Scrollable::with_direction(content, Direction::Vertical(bar())).style(theme::scroll)
}

/// The thin bar.
pub fn bar() -> Scrollbar {
    Scrollbar::new().width(6).scroller_width(6).margin(3)
}
