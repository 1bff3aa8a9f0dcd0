//! A field with a label above it.

use iced::widget::{Id, column, text_input};
use iced::{Element, Font, Pixels};

use crate::fonts;
use crate::theme::{self, size};
use crate::widget::label::small;

/// How a field is typed into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Plain,
    /// An address or a path.
    Mono,
    /// A password.
    Secret,
}

/// A field with a label; `None` for `on_input` disables it.
pub fn field<'a, Message: Clone + 'a>(
    title: &'a str,
    id: &'static str,
    value: &str,
    kind: Kind,
    on_input: Option<fn(String) -> Message>,
    on_submit: Message,
) -> Element<'a, Message> {
    column![small(title).font(fonts::SEMIBOLD), bare("", id, value, kind, on_input, on_submit)]
        .spacing(6)
        .into()
}

/// A field without a label.
pub fn bare<'a, Message: Clone + 'a>(
    placeholder: &'a str,
    id: &'static str,
    value: &str,
    kind: Kind,
    on_input: Option<fn(String) -> Message>,
    on_submit: Message,
) -> Element<'a, Message> {
    let (font, points): (Font, f32) = match kind {
        Kind::Plain | Kind::Secret => (fonts::TEXT, size::TEXT),
        Kind::Mono => (fonts::MONO, size::NAME),
    };
    text_input(placeholder, value)
        .id(Id::new(id))
        .secure(kind == Kind::Secret)
        .on_input_maybe(on_input)
        .on_submit(on_submit)
        .font(font)
        .size(points)
        .line_height(iced::widget::text::LineHeight::Absolute(Pixels(20.0)))
        .padding([10, 12])
        .style(theme::field)
        .into()
}
