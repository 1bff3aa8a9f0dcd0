//! What a message said before it was edited.

use iced::widget::{column, container, row, space};
use iced::{Element, Fill};
use snug_engine::event::{ItemKey, Version};
use snug_proto::talk::Target;

use super::Message;
use crate::fonts;
use crate::icon::Icon;
use crate::markdown;
use crate::shared::Shared;
use crate::theme::{self, Soft, size};
use crate::widget::label::{label, small};
use crate::widget::{button, dialog, scroll};
use crate::wording;

/// Texts that are shown; of more, the newest.
const SHOWN_MAX: usize = 50;

/// Draws it.
pub(super) fn view<'a>(room: Target, item: ItemKey, shared: &'a Shared) -> Element<'a, Message> {
    let known = match &shared.versions {
        Some((of, key, versions)) if (*of, *key) == (room, item) => Some(versions),
        _ => None,
    };
    let list: Element<'a, Message> = match known {
        None => small("Looking for the earlier texts…").into(),
        Some(versions) => {
            let skipped = versions.len().saturating_sub(SHOWN_MAX);
            let last = versions.len().saturating_sub(1);
            let texts = versions.iter().enumerate().skip(skipped);
            let texts = texts.map(|(at, version)| one(version, at == last, shared));
            container(scroll::list(column(texts).spacing(10).width(Fill))).max_height(380).into()
        }
    };
    let close = row![space().width(Fill), button::words("Close", theme::secondary).on_press(Message::Close)];
    let under = "the last one is what it says now".to_owned();
    let head = dialog::head(Icon::Clock, Soft::Plain, "Earlier texts", theme::ink, under);
    dialog::over(column![head, list, close].spacing(18), theme::dialog)
}

fn one<'a>(version: &'a Version, now: bool, shared: &'a Shared) -> Element<'a, Message> {
    let day = wording::date(version.at, &shared.zone);
    let when = format!("{day}, {}", wording::clock(version.at, &shared.zone));
    let when = if now { format!("{when} · now") } else { when };
    let tone = if now { theme::ink } else { theme::muted };
    let text = iced_selection::text(markdown::shown(&version.text).into_owned())
        .size(size::NAME)
        .line_height(size::LINE)
        .font(fonts::TEXT)
        .width(Fill)
        .wrapping(iced::widget::text::Wrapping::WordOrGlyph)
        .style(theme::selectable(tone));
    let card = column![label(when, size::SMALL, theme::faint), text].spacing(2);
    container(card).padding([8, 12]).width(Fill).style(theme::inset).clip(true).into()
}
