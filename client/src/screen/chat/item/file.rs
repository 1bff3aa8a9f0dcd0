//! A file in the timeline: a card with its name, how far it is, and what can be done with it.

use iced::widget::{Container, column, container, progress_bar, row};
use iced::{Center, Element, Fill};
use snug_engine::event::{FileItem, FilePlace, Transfer, Way};

use super::{CANCEL, FETCH};
use crate::icon::{Icon, icon};
use crate::screen::chat::timeline::Message;
use crate::shared::Shared;
use crate::theme::{self, Soft, Tone, size};
use crate::widget::button;
use crate::widget::label::{label, name, small};
use crate::wording;

const CARD: f32 = 420.0;

/// Draws it.
pub(super) fn view<'a>(file: &'a FileItem, mine: bool, shared: &'a Shared) -> Element<'a, Message> {
    let tile = container(icon(Icon::File, 20.0, theme::accent))
        .width(38)
        .center_x(38)
        .center_y(44)
        .style(theme::soft(Soft::Accent, theme::radius::CONTROL));
    let moving = shared.transfer(file.blob).filter(|_| file.place == FilePlace::Moving);
    let content = match moving {
        Some(transfer) => row![tile, under_way(file, transfer), cancel(transfer)],
        None => row![tile, resting(file, mine), buttons(file)],
    };
    container(card(content.spacing(12).align_y(Center).into())).padding([4, 0]).into()
}

fn card<'a>(content: Element<'a, Message>) -> Container<'a, Message> {
    container(content).padding([10, 12]).width(Fill).max_width(CARD).style(theme::card)
}

fn under_way<'a>(file: &'a FileItem, transfer: &Transfer) -> Element<'a, Message> {
    let done = transfer.done as f32 / transfer.total.max(1) as f32;
    column![
        name(wording::cut_file(&file.name, 40)),
        progress_bar(0.0..=1.0, done).girth(5).style(theme::progress),
        small(wording::progress(transfer.done, transfer.total, transfer.speed)),
    ]
    .spacing(4)
    .width(Fill)
    .into()
}

fn cancel<'a>(transfer: &Transfer) -> Element<'a, Message> {
    let hint = match transfer.way {
        Way::Up => "Stop sending",
        Way::Down => "Stop fetching",
    };
    named(CANCEL, button::round(Icon::Cross, theme::muted, hint, Some(Message::Cancel(transfer.blob))))
}

fn named<'a>(id: &'static str, button: Element<'a, Message>) -> Element<'a, Message> {
    container(button).id(id).into()
}

fn resting<'a>(file: &'a FileItem, mine: bool) -> Element<'a, Message> {
    let size = wording::bytes(file.size);
    let (words, tone): (String, Tone) = match &file.place {
        FilePlace::Remote => (size, theme::muted),
        FilePlace::Moving => (format!("{size} · waiting"), theme::muted),
        FilePlace::Here(_) if mine => (size, theme::muted),
        FilePlace::Here(_) => (format!("{size} · checked, BLAKE3 matches"), theme::muted),
        FilePlace::Failed(reason) => (format!("{size} · {reason}"), theme::danger),
    };
    column![name(wording::cut_file(&file.name, 34)), label(words, size::SMALL, tone)]
        .spacing(2)
        .width(Fill)
        .into()
}

fn buttons<'a>(file: &'a FileItem) -> Element<'a, Message> {
    let fetch = |what, hint| button::round(what, theme::ink, hint, Some(Message::Fetch(file.blob)));
    match &file.place {
        FilePlace::Remote => named(FETCH, fetch(Icon::Download, "Fetch")),
        FilePlace::Failed(_) => named(FETCH, fetch(Icon::Again, "Try again")),
        FilePlace::Moving => named(
            CANCEL,
            button::round(Icon::Cross, theme::muted, "Cancel", Some(Message::Cancel(file.blob))),
        ),
        FilePlace::Here(path) => row![
            button::round(Icon::Open, theme::ink, "Open", Some(Message::Open(path.clone()))),
            button::round(Icon::Folder, theme::ink, "Show in folder", Some(Message::Reveal(path.clone()))),
        ]
        .into(),
    }
}
