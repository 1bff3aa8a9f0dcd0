//! One item of the timeline: a message, a file, or a line that says what happened.

mod acted;
mod chips;
mod file;
mod happened;
mod picture;
mod said;
mod tools;

use iced::widget::text::Wrapping;
use iced::widget::{button as plain, column, container, mouse_area, row, space, stack};
use iced::{Center, Element, Fill, Font, Padding, Right, font};
use jiff::civil::Date;
use snug_engine::event::{Delivery, FileItem, FilePlace, Item, ItemKey, Quote, ReadBy, Room, Source, What};

use crate::fonts;
use crate::icon::{Icon, icon};
use crate::markdown;
use crate::pictures::{self, Pictures};
use crate::screen::chat::acts::{self, Act};
use crate::screen::chat::hand::{self, Hand, Open};
use crate::screen::chat::rows::{Around, Begins, is_written};
use crate::screen::chat::timeline::Message;
use crate::shared::Shared;
use crate::theme::{self, Row, Tone, size};
use crate::widget::label::{label, name};
use crate::widget::popover::{Side, popover};
use crate::widget::{avatar, button, line};
use crate::wording;
pub use said::Texts;
pub use tools::{MENU, MORE, REACT, REPLY};

const AVATAR: f32 = 36.0;
const GAP: f32 = 12.0;
/// Readers that are shown under a message; the others are counted.
const READERS_MAX: usize = 5;

/// What items are drawn with.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// What all screens look at.
    pub shared: &'a Shared,
    /// What the reader's hand is at.
    pub hand: &'a Hand,
    /// The texts, read.
    pub texts: &'a Texts,
    /// The pictures.
    pub pictures: &'a Pictures,
    /// The room.
    pub room: Option<&'a Room>,
    /// Today.
    pub today: Date,
    /// Where a jump just led.
    pub found: Option<ItemKey>,
}

/// Draws an item with what stands before and after it.
pub fn view<'a>(item: &'a Item, around: Around<'a>, look: Look<'a>) -> Element<'a, Message> {
    let day = around.day.map(|day| day_divider(item.key, wording::day(day, look.today), look.hand));
    let new = around.new.then(new_divider);
    let content = if is_written(&item.what) {
        Some(written(item, around.begins == Begins::GoesOn, look))
    } else {
        happened::view(item, &around.begins, look)
    };
    column![day, new, content, readers(&around.readers, look.shared)].into()
}

fn day_divider<'a>(key: ItemKey, day: String, hand: &'a Hand) -> Element<'a, Message> {
    let words = label(day, size::SMALL, theme::faint).font(fonts::SEMIBOLD);
    let open =
        plain(words).padding([2, 6]).style(theme::ghost).on_press(Message::Hand(hand::Message::Days(key)));
    let days = match hand.open() {
        Open::Days(at, days) if *at == key => {
            Some(days.view().map(|message| Message::Hand(hand::Message::Day(message))))
        }
        _ => None,
    };
    let open = popover(open, days, Side::Below, Some(Message::Hand(hand::Message::Close)));
    container(row![line::across(), open, line::across()].spacing(6).align_y(Center)).padding([10, 0]).into()
}

fn new_divider<'a>() -> Element<'a, Message> {
    let words = label("New", size::SMALL, theme::accent).font(fonts::SEMIBOLD);
    let rule = || line::across_in(theme::new_line);
    container(row![rule(), words, rule()].spacing(12).align_y(Center)).padding([8, 0]).into()
}

/// What somebody wrote: who and when, the matter, and what belongs to it. The row is as wide as its place and shows
/// nothing beyond it, whatever it is made of.
fn written<'a>(item: &'a Item, goes_on: bool, look: Look<'a>) -> Element<'a, Message> {
    let key = item.key;
    let folded = item.ignored && !look.hand.is_unfolded(key);
    let head = (!goes_on).then(|| head(item, look));
    let picture: Element<'a, Message> = if goes_on {
        space().width(AVATAR).into()
    } else {
        avatar::person(&look.shared.faces.face(item.author), &item.author_name, AVATAR)
    };
    let acts = if folded { Vec::new() } else { acts::allowed(item, look.room) };
    let content = if folded {
        column![head, fold(key)]
    } else {
        let open = acts.contains(&Act::React);
        column![
            item.reply.as_ref().map(|quote| answered(key, quote)),
            head,
            item.source.as_ref().map(|source| came_from(source, look)),
            body(item, look),
            (goes_on && is_edited(item)).then(|| edited(key)),
            chips::view(key, &item.reactions, open),
            delivery(item)
        ]
    };
    let chosen = look.hand.chosen();
    let check = chosen.map(|chosen| check(key, acts.contains(&Act::Select), chosen.contains(&key)));
    let top = if goes_on { 1 } else { 8 };
    let content = row![check, picture, content.spacing(2).width(Fill)].spacing(GAP);
    let content = container(content).padding(Padding::from([1, 8]).top(top).bottom(2)).width(Fill).clip(true);
    let tools = (look.hand.is_at(key) && !acts.is_empty()).then(|| tools::view(item, &acts, look));
    let row_of = container(stack![content, tools]).style(theme::timeline_row(kind_of(item, look))).clip(true);
    let over = |message: fn(ItemKey) -> hand::Message| Message::Hand(message(key));
    let mut felt = mouse_area(row_of).on_enter(over(hand::Message::Over)).on_exit(over(hand::Message::Off));
    if chosen.is_some() {
        felt = felt.on_press(over(hand::Message::Choose));
    } else if !acts.is_empty() {
        felt = felt.on_right_press(over(hand::Message::Menu));
    }
    felt.into()
}

fn kind_of(item: &Item, look: Look<'_>) -> Row {
    let mentions = matches!(&item.what, What::Text(text) if text.mentions_me) && !item.ignored;
    if look.hand.chosen().is_some_and(|chosen| chosen.contains(&item.key)) {
        Row::Marked
    } else if look.found == Some(item.key) {
        Row::Found
    } else if mentions {
        Row::Mention
    } else if look.hand.is_at(item.key) {
        Row::Hovered
    } else {
        Row::Plain
    }
}

fn head<'a>(item: &'a Item, look: Look<'a>) -> Element<'a, Message> {
    let author = name(&item.author_name).wrapping(Wrapping::None);
    let time = label(wording::clock(item.at, &look.shared.zone), size::SMALL, theme::faint);
    row![author, time, is_edited(item).then(|| edited(item.key)), pinned(item)]
        .spacing(8)
        .align_y(Center)
        .into()
}

fn pinned<'a>(item: &Item) -> Option<Element<'a, Message>> {
    item.pinned.then(|| icon(Icon::Pin, 12.0, theme::faint).into())
}

fn is_edited(item: &Item) -> bool {
    matches!(&item.what, What::Text(text) if text.edited)
}

/// A press shows what it said before.
fn edited<'a>(key: ItemKey) -> Element<'a, Message> {
    let words = iced::widget::text("edited").size(size::SMALL).line_height(size::LINE);
    let press = Message::Hand(hand::Message::Act(key, Act::Versions));
    container(plain(words).padding(0).style(theme::quiet).on_press(press)).id(EDITED).into()
}

/// What a message answers, in a line; a press goes there.
fn answered<'a>(key: ItemKey, quote: &'a Quote) -> Element<'a, Message> {
    let bar = container(space().width(3).height(16)).style(theme::solid(|tokens| tokens.line, 1.5));
    let words = match (quote.preview.is_empty(), quote.author_name.is_empty()) {
        (true, true) => "A message that is not here any more".to_owned(),
        (true, false) => "took this back".to_owned(),
        (false, _) => in_a_line(&quote.preview),
    };
    let author = (!quote.author_name.is_empty()).then(|| {
        label(&quote.author_name, size::SMALL, theme::muted).font(fonts::SEMIBOLD).wrapping(Wrapping::None)
    });
    let preview = label(words, size::SMALL, theme::muted).wrapping(Wrapping::None);
    let content = row![bar, author, preview].spacing(7).align_y(Center);
    let leads = quote.origin.is_some() || matches!(quote.item, Some(ItemKey::Entry(_)));
    let press = leads.then_some(Message::Hand(hand::Message::Act(key, Act::Answered)));
    let pressed = plain(content).padding(0).style(theme::quiet).on_press_maybe(press);
    container(container(pressed).clip(true)).id(ANSWERED).max_width(640).height(20).clip(true).into()
}

/// Words without line breaks, safe to show.
fn in_a_line(words: &str) -> String {
    markdown::shown(words).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where a message was before.
fn came_from<'a>(source: &'a Source, look: Look<'a>) -> Element<'a, Message> {
    let date = wording::date(source.at, &look.shared.zone);
    let (what, from) = match (source.imported, source.from.as_str()) {
        (true, "") => (Icon::Download, "imported".to_owned()),
        (true, from) => (Icon::Download, format!("imported from {from}")),
        (false, "") => (Icon::Forward, "forwarded".to_owned()),
        (false, from) => (Icon::Forward, format!("forwarded from #{from}")),
    };
    let words = in_a_line(&format!("{from} · {}, {date}", source.author_name));
    let words = label(words, size::SMALL, theme::faint).wrapping(Wrapping::None);
    container(row![icon(what, 12.0, theme::faint), words].spacing(6).align_y(Center)).clip(true).into()
}

fn body<'a>(item: &'a Item, look: Look<'a>) -> Element<'a, Message> {
    match &item.what {
        What::Text(text) => {
            let tone: Tone = if item.state == Delivery::Sent { theme::ink } else { theme::muted };
            match look.texts.get(item.key) {
                Some(read) => {
                    let unfolded = look.hand.is_unfolded(item.key);
                    container(read.view(item.key, tone, unfolded, look.shared.tokens)).into()
                }
                None => label(&text.text, size::TEXT, tone).into(),
            }
        }
        What::File(file) => pictures::shown_size(file)
            .and_then(|place| picture::view(file, place, look.pictures, look.shared))
            .unwrap_or_else(|| file::view(file, item.mine, look.shared)),
        What::Retracted => aside("This message was taken back."),
        What::NeedsNewer => aside("This needs a newer Snug. It can be read after an update."),
        What::Unreadable => aside("This message cannot be read."),
        _ => aside(""),
    }
}

fn aside<'a>(words: &'a str) -> Element<'a, Message> {
    let italic = Font { style: font::Style::Italic, ..fonts::TEXT };
    label(words, size::NAME, theme::muted).font(italic).into()
}

/// What stands for a message of somebody who is ignored.
fn fold<'a>(key: ItemKey) -> Element<'a, Message> {
    let show = button::link("Show", size::NAME).on_press(Message::Hand(hand::Message::Unfold(key)));
    row![aside("A message of somebody you ignore ·"), show].spacing(6).align_y(Center).into()
}

/// The box of a message that can be chosen.
fn check<'a>(key: ItemKey, may: bool, chosen: bool) -> Element<'a, Message> {
    if !may {
        return space().width(22).into();
    }
    let mark = chosen.then(|| icon(Icon::Check, 15.0, theme::on_accent));
    let tick = container(mark).center(20).style(theme::check(chosen));
    let press = Message::Hand(hand::Message::Choose(key));
    let pressed = plain(tick).padding(1).style(theme::link).on_press(press);
    container(pressed).padding(Padding::ZERO.top(2)).into()
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

/// Who has read up to here.
fn readers<'a>(readers: &[&'a ReadBy], shared: &Shared) -> Option<Element<'a, Message>> {
    if readers.is_empty() {
        return None;
    }
    let names: Vec<&str> = readers.iter().map(|reader| reader.name.as_str()).collect();
    let hint = format!("Read by {}", crate::screen::chat::rows::names(&names));
    let shown = readers.iter().take(READERS_MAX);
    let face = |reader: &&ReadBy| avatar::person(&shared.faces.face(reader.account), &reader.name, 16.0);
    let faces = row(shown.map(face)).spacing(3);
    let more = readers.len().saturating_sub(READERS_MAX);
    let more = (more > 0).then(|| label(format!("+{more}"), size::LABEL, theme::faint));
    let faces = button::hinted(row![faces, more].spacing(4).align_y(Center), hint);
    Some(container(faces).width(Fill).align_x(Right).padding(Padding::from([1, 8])).into())
}

/// The button that fetches a file.
pub const FETCH: &str = "file-fetch";
/// The button that stops a transfer.
pub const CANCEL: &str = "file-cancel";
/// The line that says what a message answers.
pub const ANSWERED: &str = "message-answered";
/// The word that a message was edited.
pub const EDITED: &str = "message-edited";
