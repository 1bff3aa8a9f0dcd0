//! The pinned messages of a room, the last pinned first.

use iced::widget::text::Wrapping;
use iced::widget::{button as plain, column, container, row, space};
use iced::{Center, Element, Fill};
use snug_engine::event::{Item, ItemKey, What};
use snug_proto::talk::Target;

use super::Message;
use crate::icon::Icon;
use crate::markdown;
use crate::screen::chat::acts::{self, Act};
use crate::shared::Shared;
use crate::theme::{self, Soft, size};
use crate::widget::label::{label, name, small};
use crate::widget::{avatar, button, dialog, scroll};
use crate::wording;

/// Signs of a pinned text that are shown here.
const PREVIEW: usize = 280;

/// Draws them.
pub(super) fn view<'a>(room: Target, shared: &'a Shared) -> Element<'a, Message> {
    let pins = shared.pins_of(room);
    let list: Element<'a, Message> = if pins.is_empty() {
        small("Nothing is pinned here. A message's menu pins it for everybody in the room.").into()
    } else {
        let pins = pins.iter().map(|item| one(item, room, shared));
        container(scroll::list(column(pins).spacing(8).width(Fill))).max_height(420).into()
    };
    let close = row![space().width(Fill), button::words("Close", theme::secondary).on_press(Message::Close)];
    let under = wording::count(pins.len() as u32, "message");
    let head = dialog::head(Icon::Pin, Soft::Accent, "Pinned messages", theme::ink, under);
    dialog::over(column![head, list, close].spacing(18), theme::dialog)
}

fn one<'a>(item: &'a Item, room: Target, shared: &'a Shared) -> Element<'a, Message> {
    let words = match &item.what {
        What::Text(text) => wording::cut(&markdown::shown(&text.text), PREVIEW),
        What::File(file) => wording::cut_file(&file.name, 60),
        _ => "This message is not there any more.".to_owned(),
    };
    let when = format!("{}, {}", wording::date(item.at, &shared.zone), wording::clock(item.at, &shared.zone));
    let head = row![
        name(&item.author_name).wrapping(Wrapping::None),
        label(when, size::SMALL, theme::faint).wrapping(Wrapping::None)
    ]
    .spacing(8)
    .align_y(Center);
    let text = label(words, size::NAME, theme::ink).wrapping(Wrapping::WordOrGlyph);
    let matter = column![head, text].spacing(2).width(Fill);
    let face = avatar::person(&shared.faces.face(item.author), &item.author_name, 28.0);
    let content = row![face, matter].spacing(10);
    let go = match item.key {
        ItemKey::Entry(seq) => Some(Message::Go(seq)),
        ItemKey::Outbox(_) => None,
    };
    let card = plain(container(content).clip(true)).padding([10, 12]).width(Fill).style(theme::card_button);
    let may = acts::allowed(&Item { pinned: true, ..item.clone() }, shared.room(room)).contains(&Act::Unpin);
    let unpin =
        may.then(|| button::round(Icon::Cross, theme::muted, "Unpin", Some(Message::Unpin(item.key))));
    row![card.on_press_maybe(go), unpin].spacing(4).align_y(Center).into()
}
