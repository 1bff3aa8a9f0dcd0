//! Pills: small facts with a soft background, and the count of what is unread.

use iced::widget::{container, row, text};
use iced::{Center, Element};

use crate::fonts;
use crate::icon::{Icon, icon};
use crate::theme::{self, Soft, Tone, size};
use crate::widget::label::label;

/// A fact with an icon.
pub fn fact<'a, Message: 'a>(what: Icon, content: &'a str, kind: Soft) -> Element<'a, Message> {
    let tone: Tone = match kind {
        Soft::Accent => theme::accent,
        Soft::Trust => theme::trust,
        Soft::Danger => theme::danger,
        Soft::Plain => theme::muted,
    };
    container(
        row![icon(what, 13.0, tone), label(content, size::SMALL, tone).font(fonts::SEMIBOLD)]
            .spacing(6)
            .align_y(Center),
    )
    .padding([4, 10])
    .style(theme::soft(kind, 14.0))
    .into()
}

/// How many are unread.
pub fn unread<'a, Message: 'a>(count: u32) -> Element<'a, Message> {
    let shown = if count > 99 { "99+".to_owned() } else { count.to_string() };
    container(text(shown).size(11.5).font(fonts::BOLD).style(theme::tinted(theme::on_accent)))
        .padding([2, 7])
        .style(theme::solid(theme::accent, 10.0))
        .into()
}
