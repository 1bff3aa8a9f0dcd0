//! Text in the sizes and tones of the look.

use iced::widget::{Text, text};

use crate::fonts;
use crate::theme::{self, Tone, size};

/// Text in a size and a tone.
pub fn label<'a>(content: impl text::IntoFragment<'a>, size: f32, tone: Tone) -> Text<'a> {
    text(content).size(size).line_height(size::LINE).style(theme::tinted(tone))
}

/// What people read.
pub fn body<'a>(content: impl text::IntoFragment<'a>) -> Text<'a> {
    label(content, size::TEXT, theme::ink)
}

/// What stands beside the matter.
pub fn small<'a>(content: impl text::IntoFragment<'a>) -> Text<'a> {
    label(content, size::SMALL, theme::muted)
}

/// A name.
pub fn name<'a>(content: impl text::IntoFragment<'a>) -> Text<'a> {
    label(content, size::NAME, theme::ink).font(fonts::SEMIBOLD)
}

/// The title of a page or dialog.
pub fn title<'a>(content: impl text::IntoFragment<'a>, size: f32) -> Text<'a> {
    text(content).size(size).line_height(1.2).font(fonts::BOLD).style(theme::tinted(theme::ink))
}

/// An address or a fingerprint.
pub fn mono<'a>(content: impl text::IntoFragment<'a>) -> Text<'a> {
    small(content).font(fonts::MONO).wrapping(text::Wrapping::None)
}

/// The heading of a list, in capitals.
pub fn heading<'a>(content: &str) -> Text<'a> {
    label(content.to_uppercase(), size::LABEL, theme::faint).font(fonts::SEMIBOLD)
}
