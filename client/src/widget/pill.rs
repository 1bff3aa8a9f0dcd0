//! Pills: small facts with a soft background, and the count of what is unread.

use iced::widget::{container, row, space, text};
use iced::{Center, Element};
use snug_engine::event::Unread;

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

/// What waits in a room: how many messages, a dot where that is not known, with an `@` where they call this person.
pub fn waiting<'a, Message: 'a>(waits: Unread, mentions: u32) -> Option<Element<'a, Message>> {
    match (waits, mentions) {
        (Unread::Nothing, _) => None,
        (Unread::Something, 0) => {
            Some(container(space().width(9).height(9)).style(theme::solid(theme::accent, 4.5)).into())
        }
        (waits, mentions) => {
            let count = waits.at_least();
            let shown = if count > 99 { "99+".to_owned() } else { count.to_string() };
            Some(ember(if mentions > 0 { format!("@ {shown}") } else { shown }))
        }
    }
}

fn ember<'a, Message: 'a>(words: String) -> Element<'a, Message> {
    container(text(words).size(11.5).font(fonts::BOLD).style(theme::tinted(theme::on_accent)))
        .padding([2, 7])
        .style(theme::solid(theme::accent, 10.0))
        .into()
}
