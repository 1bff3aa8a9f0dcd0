//! Buttons.

use iced::widget::{Button, button, container, row, text, tooltip};
use iced::{Center, Element, Theme};

use crate::fonts;
use crate::icon::{Icon, icon};
use crate::theme::{self, Tone, size};
use crate::widget::label::label;

type Style = fn(&Theme, button::Status) -> button::Style;

/// A button with words.
pub fn words<'a, Message: Clone + 'a>(content: &'a str, style: Style) -> Button<'a, Message> {
    let words = text(content).size(size::NAME).font(fonts::SEMIBOLD).line_height(1.3).align_x(Center);
    button(words).padding([11, 16]).style(style)
}

/// A button with words as wide as its place.
pub fn wide<'a, Message: Clone + 'a>(content: &'a str, style: Style) -> Button<'a, Message> {
    let words = text(content).size(size::NAME).font(fonts::SEMIBOLD).line_height(1.3);
    button(words.width(iced::Fill).align_x(Center)).padding([11, 16]).width(iced::Fill).style(style)
}

/// A small button with words.
pub fn short<'a, Message: Clone + 'a>(content: &'a str, style: Style) -> Button<'a, Message> {
    button(text(content).size(size::SMALL).font(fonts::SEMIBOLD).line_height(1.3))
        .padding([6, 11])
        .style(style)
}

/// Words inside a sentence that can be pressed.
pub fn link<'a, Message: Clone + 'a>(content: &'a str, size: f32) -> Button<'a, Message> {
    button(text(content).size(size).font(fonts::SEMIBOLD).line_height(size::LINE))
        .padding(0)
        .style(theme::link)
}

/// An icon that can be pressed, with words for who points at it.
pub fn round<'a, Message: Clone + 'a>(
    what: Icon,
    tone: Tone,
    hint: &'a str,
    message: Option<Message>,
) -> Element<'a, Message> {
    let pressed = button(icon(what, 18.0, tone)).padding(7).style(theme::ghost).on_press_maybe(message);
    hinted(pressed, hint)
}

/// Words beside the pointer.
pub fn hinted<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
    hint: impl text::IntoFragment<'a>,
) -> Element<'a, Message> {
    let words = container(label(hint, size::SMALL, |tokens| tokens.background)).padding([4, 8]);
    tooltip(content, words, tooltip::Position::Bottom).gap(4).style(theme::hint).into()
}

/// A row of a menu.
pub fn menu_row<'a, Message: Clone + 'a>(
    what: Icon,
    content: &'a str,
    message: Message,
) -> Element<'a, Message> {
    button(
        row![icon(what, 17.0, theme::muted), label(content, size::NAME, theme::ink)]
            .spacing(10)
            .align_y(Center),
    )
    .padding([8, 10])
    .width(iced::Fill)
    .style(theme::choice(false))
    .on_press(message)
    .into()
}
