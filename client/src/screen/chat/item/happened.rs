//! What happened to a room, in words.

use iced::Element;
use iced::Fill;
use iced::widget::container;
use jiff::tz::TimeZone;
use snug_engine::event::{Item, What};
use snug_proto::talk::Role;

use crate::screen::chat::rows::Begins;
use crate::screen::chat::timeline::Message;
use crate::theme::{self, size};
use crate::widget::label::label;
use crate::wording;

/// A line in the middle; nothing where another line tells of it.
pub(super) fn view<'a>(item: &'a Item, begins: &Begins, zone: &TimeZone) -> Option<Element<'a, Message>> {
    let words = match begins {
        Begins::Told => return None,
        Begins::Joins(names) => format!("{names} joined"),
        Begins::Anew | Begins::GoesOn => sentence(&item.what),
    };
    let words = label(format!("{words} · {}", wording::clock(item.at, zone)), size::SMALL, theme::faint);
    Some(container(words.align_x(iced::Center)).center_x(Fill).padding([6, 40]).clip(true).into())
}

fn sentence(what: &What) -> String {
    match what {
        What::Joined { who, by: None } => format!("{who} joined"),
        What::Joined { who, by: Some(by) } => format!("{by} added {who}"),
        What::Left { who, by: None } => format!("{who} left"),
        What::Left { who, by: Some(by) } => format!("{by} removed {who}"),
        What::Created => "It begins here".to_owned(),
        What::Named { who, name } if name.is_empty() => format!("{who} goes by that name again"),
        What::Named { who, name } => format!("{who} is called {name} now"),
        What::Act(_) => "did something for the house".to_owned(),
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
