//! One item of the timeline: a message, a file, or a line that says what happened.

use iced::widget::text::Wrapping;
use iced::widget::{Container, column, container, progress_bar, row, space};
use iced::{Center, Element, Fill, Font, Padding};
use iced_selection::text::Span;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use snug_engine::event::{Delivery, FileItem, FilePlace, Item, ItemKey, Transfer, Way, What};
use snug_proto::talk::Role;
use unicode_segmentation::UnicodeSegmentation;

use crate::fonts;
use crate::icon::{Icon, icon};
use crate::screen::chat::rows::Before;
use crate::screen::chat::timeline::Message;
use crate::shared::Shared;
use crate::theme::{self, Soft, Tone, size};
use crate::widget::label::{label, name, small};
use crate::widget::{avatar, button, line};
use crate::wording;

const AVATAR: f32 = 36.0;
const GAP: f32 = 12.0;
const CARD: f32 = 420.0;

/// Draws an item with what stands before it.
pub fn view<'a>(item: &'a Item, before: Before, today: Date, shared: &'a Shared) -> Element<'a, Message> {
    let day = before.day.map(|day| day_divider(wording::day(day, today)));
    let new = before.new.then(new_divider);
    let content: Element<'a, Message> = match &item.what {
        What::Text(_) | What::File(_) | What::Retracted | What::NeedsNewer | What::Unreadable => {
            written(item, before.joined, shared)
        }
        other => happened(sentence(other), item, &shared.zone),
    };
    column![day, new, content].into()
}

/// What happened to the room, in words.
fn sentence(what: &What) -> String {
    match what {
        What::Joined { who, by: None } => format!("{who} joined"),
        What::Joined { who, by: Some(by) } => format!("{by} added {who}"),
        What::Left { who, by: None } => format!("{who} left"),
        What::Left { who, by: Some(by) } => format!("{by} removed {who}"),
        What::Created => "It begins here".to_owned(),
        What::Renamed(name) => format!("The room is called {name} now"),
        What::Topic(topic) if topic.is_empty() => "The topic was taken away".to_owned(),
        What::Topic(topic) => format!("The topic is now: {topic}"),
        What::RoleSet { who, role: Role::Member } => format!("{who} is a member like any other now"),
        What::RoleSet { who, role: Role::Moderator } => format!("{who} keeps order here now"),
        What::RoleSet { who, role: Role::Owner } => format!("{who} is an owner of this room now"),
        What::Archived(true) => "The room was archived".to_owned(),
        What::Archived(false) => "The room was opened again".to_owned(),
        What::Text(_) | What::File(_) | What::Retracted | What::NeedsNewer | What::Unreadable => {
            String::new()
        }
    }
}

fn day_divider<'a>(day: String) -> Element<'a, Message> {
    let words = label(day, size::SMALL, theme::faint).font(fonts::SEMIBOLD);
    container(row![line::across(), words, line::across()].spacing(12).align_y(Center)).padding([12, 0]).into()
}

fn new_divider<'a>() -> Element<'a, Message> {
    let words = label("New", size::SMALL, theme::accent).font(fonts::SEMIBOLD);
    let rule = || line::across_in(theme::new_line);
    container(row![rule(), words, rule()].spacing(12).align_y(Center)).padding([8, 0]).into()
}

fn happened<'a>(words: String, item: &Item, zone: &TimeZone) -> Element<'a, Message> {
    let words = label(format!("{words} · {}", wording::clock(item.at, zone)), size::SMALL, theme::faint);
    container(words).center_x(Fill).padding([6, 0]).into()
}

fn written<'a>(item: &'a Item, joined: bool, shared: &'a Shared) -> Element<'a, Message> {
    let head = (!joined).then(|| {
        let time = label(wording::clock(item.at, &shared.zone), size::SMALL, theme::faint);
        row![name(&item.author_name), time].spacing(8).align_y(Center)
    });
    let body: Element<'a, Message> = match &item.what {
        What::Text(text) => said(&text.text, &item.state),
        What::File(file) => file_card(file, item, shared),
        What::Retracted => aside("This message was taken back."),
        What::NeedsNewer => aside("This needs a newer Snug. It can be read after an update."),
        What::Unreadable => aside("This message cannot be read."),
        _ => aside(""),
    };
    let picture: Element<'a, Message> = if joined {
        space().width(AVATAR).into()
    } else {
        avatar::person(item.author, &item.author_name, AVATAR)
    };
    let content = column![head, body, delivery(item)].spacing(2).width(Fill);
    let top = if joined { 1 } else { 10 };
    container(row![picture, content].spacing(GAP)).padding(Padding::from([1, 8]).top(top)).width(Fill).into()
}

fn said<'a>(text: &'a str, state: &Delivery) -> Element<'a, Message> {
    let tone: Tone = if *state == Delivery::Sent { theme::ink } else { theme::muted };
    if !text.contains(AS_EMOJI) {
        return iced_selection::text(text)
            .size(size::TEXT)
            .line_height(size::LINE)
            .font(fonts::TEXT)
            .width(Fill)
            .wrapping(Wrapping::WordOrGlyph)
            .style(theme::selectable(tone))
            .into();
    }
    let spans: Vec<Span<'a, std::convert::Infallible, Font>> = emoji_runs(text)
        .into_iter()
        .map(|(emoji, run)| iced_selection::span(run).font(if emoji { fonts::EMOJI } else { fonts::TEXT }))
        .collect();
    iced_selection::rich_text(spans)
        .on_link_click(iced::never)
        .size(size::TEXT)
        .line_height(size::LINE)
        .font(fonts::TEXT)
        .width(Fill)
        .wrapping(Wrapping::WordOrGlyph)
        .style(theme::selectable(tone))
        .into()
}

/// What asks for the coloured form of a sign that text fonts have too: ☀, ❤.
const AS_EMOJI: char = '\u{fe0f}';

/// Cuts a text into runs that are such signs and runs that are not.
fn emoji_runs(text: &str) -> Vec<(bool, &str)> {
    let mut runs: Vec<(bool, &str)> = Vec::new();
    let mut start = 0;
    for (at, sign) in text.grapheme_indices(true) {
        let emoji = sign.contains(AS_EMOJI);
        let end = at + sign.len();
        match runs.last_mut() {
            Some((same, run)) if *same == emoji => *run = &text[start..end],
            _ => {
                start = at;
                runs.push((emoji, sign));
            }
        }
    }
    runs
}

fn aside<'a>(words: &'a str) -> Element<'a, Message> {
    let italic = iced::Font { style: iced::font::Style::Italic, ..fonts::TEXT };
    label(words, size::NAME, theme::muted).font(italic).into()
}

/// How far an item has come, unless it is there.
fn delivery<'a>(item: &'a Item) -> Option<Element<'a, Message>> {
    let state = |what, words: &'a str| -> Element<'a, Message> {
        row![icon(what, 13.0, theme::faint), label(words, size::SMALL, theme::faint)]
            .spacing(5)
            .align_y(Center)
            .into()
    };
    match &item.state {
        Delivery::Sent => None,
        // Its card shows how far the upload is.
        Delivery::Queued | Delivery::Sending if is_moving(item) => None,
        Delivery::Queued => Some(state(Icon::Clock, "queued")),
        Delivery::Sending => Some(state(Icon::Upload, "sending…")),
        Delivery::Failed(reason) => Some(failed(item.key, reason)),
    }
}

fn is_moving(item: &Item) -> bool {
    matches!(&item.what, What::File(FileItem { place: FilePlace::Moving, .. }))
}

fn failed<'a>(key: ItemKey, reason: &'a str) -> Element<'a, Message> {
    let answers = match key {
        ItemKey::Outbox(id) => Some(
            row![
                button::link("Try again", size::SMALL).on_press(Message::Resend(id)),
                button::link("Delete", size::SMALL).on_press(Message::Discard(id)),
            ]
            .spacing(12),
        ),
        ItemKey::Entry(_) => None,
    };
    row![
        icon(Icon::Alert, 14.0, theme::danger),
        label("Not sent.", size::SMALL, theme::danger).font(fonts::SEMIBOLD),
        label(reason, size::SMALL, theme::danger),
        answers
    ]
    .spacing(6)
    .align_y(Center)
    .wrap()
    .into()
}

fn file_card<'a>(file: &'a FileItem, item: &'a Item, shared: &'a Shared) -> Element<'a, Message> {
    let tile = container(icon(Icon::File, 20.0, theme::accent))
        .width(38)
        .center_x(38)
        .center_y(44)
        .style(theme::soft(Soft::Accent, theme::radius::CONTROL));
    let moving = shared.transfer(file.blob).filter(|_| file.place == FilePlace::Moving);
    let content = match moving {
        Some(transfer) => row![tile, under_way(file, transfer), cancel(transfer)],
        None => row![tile, resting(file, item), buttons(file)],
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

fn resting<'a>(file: &'a FileItem, item: &Item) -> Element<'a, Message> {
    let size = wording::bytes(file.size);
    let (words, tone): (String, Tone) = match &file.place {
        FilePlace::Remote => (size, theme::muted),
        FilePlace::Moving => (format!("{size} · waiting"), theme::muted),
        FilePlace::Here(_) if item.mine => (size, theme::muted),
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

/// The button that fetches a file.
pub const FETCH: &str = "file-fetch";
/// The button that stops a transfer.
pub const CANCEL: &str = "file-cancel";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_ask_for_colour_get_it() {
        assert_eq!(emoji_runs("a ☀️❤️ b"), [(false, "a "), (true, "☀️❤️"), (false, " b")]);
        assert_eq!(emoji_runs("👍🏽"), [(false, "👍🏽")], "no text font has it");
        assert!(emoji_runs("").is_empty());
    }
}
