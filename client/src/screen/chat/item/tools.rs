//! What floats at the right of the row under the pointer: react, answer, more; and the menu behind "more".

use iced::widget::{button as plain, column, container, row, text};
use iced::{Element, Fill, Right, keyboard};
use snug_engine::event::{Item, ItemKey};

use super::Look;
use crate::fonts;
use crate::icon::{Icon, icon};
use crate::screen::chat::acts::Act;
use crate::screen::chat::hand::{self, Open};
use crate::screen::chat::timeline::Message;
use crate::theme;
use crate::widget::button;
use crate::widget::emoji_picker;
use crate::widget::halo::halo;
use crate::widget::keys::keys;
use crate::widget::popover::{Side, popover};

/// Reactions at hand while none was used yet.
const FIRST: [&str; 3] = ["👍", "❤️", "😄"];
const SIGN: f32 = 15.0;

/// Draws them.
pub(super) fn view<'a>(item: &'a Item, acts: &[Act], look: Look<'a>) -> Element<'a, Message> {
    let key = item.key;
    let shared = look.shared;
    let recent = &shared.settings.recent_emoji;
    let react = acts.contains(&Act::React);
    let quick = react.then(|| row(at_hand(recent).map(|emoji| quick_reaction(item, emoji))));
    let tool = |what, hint, id, message| {
        let pressed = plain(icon(what, SIGN, theme::muted)).padding([4, 6]).style(theme::ghost);
        button::hinted(container(pressed.on_press(Message::Hand(message))).id(id), hint)
    };
    let smile = react.then(|| tool(Icon::Smile, "React", REACT, hand::Message::Emoji(key)));
    let answers = acts.contains(&Act::Reply);
    let reply = answers.then(|| tool(Icon::Reply, "Answer", REPLY, hand::Message::Act(key, Act::Reply)));
    let more = tool(Icon::More, "More", MORE, hand::Message::Menu(key));
    let tools = container(row![quick, smile, reply, more]).style(theme::floating);
    let open: Option<Element<'a, Message>> = match look.hand.open() {
        Open::Menu(at) if *at == key => Some(menu(key, acts)),
        Open::Emoji(at, picker) if *at == key => {
            let picker = picker.view(recent);
            Some(picker.map(|message: emoji_picker::Message| Message::Hand(hand::Message::Picker(message))))
        }
        _ => None,
    };
    let close = Message::Hand(hand::Message::Close);
    let tools = popover(tools, open, Side::Below, Some(close));
    container(tools).width(Fill).align_x(Right).padding(iced::Padding::ZERO.right(10)).into()
}

/// The reactions at hand, each once: those used last, then those to begin with.
fn at_hand(recent: &[String]) -> impl Iterator<Item = &str> {
    let others = FIRST.into_iter().filter(|emoji| !recent.iter().any(|used| used == emoji));
    recent.iter().map(String::as_str).chain(others).take(FIRST.len())
}

fn quick_reaction<'a>(item: &Item, emoji: &'a str) -> Element<'a, Message> {
    let on = !item.reactions.chips.iter().any(|chip| chip.mine && chip.emoji == emoji);
    let press = hand::Message::Chip { item: item.key, emoji: emoji.to_owned(), on };
    plain(text(emoji).font(fonts::EMOJI).size(13.5).line_height(1.1))
        .padding([4, 5])
        .style(theme::ghost)
        .on_press(Message::Hand(press))
        .into()
}

fn menu<'a>(key: ItemKey, acts: &[Act]) -> Element<'a, Message> {
    let rows = acts.iter().filter_map(|act| {
        let (what, words) = match act {
            Act::React => (Icon::Smile, "React…"),
            Act::Reply => (Icon::Reply, "Answer"),
            Act::Edit => (Icon::Pencil, "Edit"),
            Act::CopyText => (Icon::Copy, "Copy text"),
            Act::CopyLink => (Icon::Link, "Copy link"),
            Act::Forward => (Icon::Forward, "Forward…"),
            Act::Pin => (Icon::Pin, "Pin"),
            Act::Unpin => (Icon::Pin, "Unpin"),
            Act::MarkUnread => (Icon::Eye, "Mark unread from here"),
            Act::Select => (Icon::Select, "Select…"),
            Act::Retract => (Icon::Trash, "Take back…"),
            Act::Versions | Act::Answered => return None,
        };
        Some(button::menu_row(what, words, Message::Hand(hand::Message::Act(key, *act))))
    });
    let card = container(column(rows)).id(MENU).padding(6).width(220).style(theme::card);
    keys(halo(card, theme::radius::CARD), |key, _| {
        let escape = keyboard::Key::Named(keyboard::key::Named::Escape);
        (*key == escape).then_some(Message::Hand(hand::Message::Close))
    })
}

/// The button that opens the picker.
pub const REACT: &str = "message-react";
/// The button that answers.
pub const REPLY: &str = "message-reply";
/// The button that opens the menu.
pub const MORE: &str = "message-more";
/// The menu.
pub const MENU: &str = "message-menu";

#[cfg(test)]
mod tests {
    use super::*;

    fn at_hand_after(used: &[&str]) -> Vec<String> {
        let recent: Vec<String> = used.iter().map(|emoji| (*emoji).to_owned()).collect();
        at_hand(&recent).map(str::to_owned).collect()
    }

    #[test]
    fn the_reactions_at_hand_are_those_used_last_and_each_is_there_once() {
        assert_eq!(at_hand_after(&[]), FIRST);
        assert_eq!(at_hand_after(&["❤️"]), ["❤️", "👍", "😄"]);
        assert_eq!(at_hand_after(&["🌱", "👍", "🥕", "🐝"]), ["🌱", "👍", "🥕"]);
    }
}
