//! What stands in the composer's place where nothing can be written, and the way back.

use iced::widget::{container, row};
use iced::{Center, Element, Fill};
use snug_engine::event::Room;
use snug_proto::entry::RoomKind;
use snug_proto::talk::Role;

use crate::icon::{Icon, icon};
use crate::readers;
use crate::theme::{self, size};
use crate::widget::button;
use crate::widget::label::label;

/// The way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// "Join again".
    Join,
    /// "Open it again".
    Reopen,
    /// "What they can do…".
    Powers,
    /// "Administration".
    Administration,
}

/// Whether nothing can be written in a room.
pub fn is_closed(room: &Room) -> bool {
    !room.present || room.archived || room.kind == RoomKind::HOUSE
}

/// Draws it, where nothing can be written. While the way back is on its way, `waits`.
pub fn view<'a>(room: &Room, waits: bool) -> Option<Element<'a, Message>> {
    if room.kind == RoomKind::HOUSE {
        return Some(house(room));
    }
    let (what, words, way) = if !room.present {
        let joinable = room.kind == RoomKind::CHANNEL && !room.archived;
        let words = if joinable {
            "You left this channel. What was written until then stays readable."
        } else {
            "You are no member of this room any more. A member can add you again."
        };
        (Icon::LogOut, words, joinable.then_some(("Join again", Message::Join)))
    } else if room.archived {
        let words = "This room is archived. It can be read, and nothing new is written here.";
        (Icon::Archive, words, readers::owns(room).then_some(("Open it again", Message::Reopen)))
    } else {
        return None;
    };
    let way = way.map(|(words, message)| {
        button::short(words, theme::primary).on_press_maybe((!waits).then_some(message))
    });
    Some(card(what, words, way.map(Into::into)))
}

/// Nobody writes in the house: its lines come with what is done.
fn house<'a>(room: &Room) -> Element<'a, Message> {
    let powers = button::short("What they can do…", theme::secondary).on_press(Message::Powers);
    let administration = (room.role != Role::Member)
        .then(|| button::short("Administration", theme::primary).on_press(Message::Administration));
    let ways = row![powers, administration].spacing(8);
    card(Icon::House, "What administrators do stands here by itself.", Some(ways.into()))
}

fn card<'a>(what: Icon, words: &'a str, way: Option<Element<'a, Message>>) -> Element<'a, Message> {
    let content =
        row![icon(what, 18.0, theme::muted), label(words, size::NAME, theme::muted).width(Fill), way]
            .spacing(12)
            .align_y(Center);
    let card = container(content).padding([14, 16]).width(Fill).style(theme::composer_card);
    container(card).padding(iced::Padding::from([6, 20]).bottom(16)).into()
}
