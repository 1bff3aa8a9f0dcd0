//! A switch: on is ember.

use iced::widget::{button, container, row, space};
use iced::{Element, Theme, border};

use crate::theme;

/// A switch.
pub fn toggle<'a, Message: Clone + 'a>(id: &'static str, on: bool, message: Message) -> Element<'a, Message> {
    let knob = container(space().width(18).height(18)).style(theme::solid(|tokens| tokens.surface, 9.0));
    let pushed = if on { row![space().width(18), knob] } else { row![knob, space().width(18)] };
    let style = move |theme: &Theme, status| {
        let tokens = theme::tokens(theme);
        let color = match (on, status) {
            (true, _) => tokens.accent,
            (false, button::Status::Hovered) => tokens.muted,
            (false, _) => tokens.faint,
        };
        button::Style {
            background: Some(color.into()),
            border: border::rounded(12),
            ..button::Style::default()
        }
    };
    container(button(pushed).padding(3).style(style).on_press(message)).id(id).into()
}
