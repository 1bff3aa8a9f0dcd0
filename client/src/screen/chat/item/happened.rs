//! What happened to a room, in words.

use iced::widget::container;
use iced::{Element, Fill};
use jiff::tz::TimeZone;
use snug_engine::event::{Item, What};
use snug_proto::entry::RoomKind;
use snug_proto::talk::Role;

use super::{Look, acted};
use crate::screen::chat::rows::Begins;
use crate::screen::chat::timeline::Message;
use crate::theme::{self, size};
use crate::widget::label::label;
use crate::wording;

/// A line in the middle, or one with its icon in the house, where there is nothing else; nothing where another line
/// tells of it.
pub(super) fn view<'a>(item: &'a Item, begins: &Begins, look: Look<'a>) -> Option<Element<'a, Message>> {
    let kind = look.room.map(|room| room.kind);
    let zone = &look.shared.zone;
    let words = match begins {
        Begins::Told => return None,
        Begins::Joins(names) if kind == Some(RoomKind::HOUSE) => format!("{names} came"),
        Begins::Joins(names) => format!("{names} joined"),
        Begins::Anew | Begins::GoesOn => match kind {
            Some(RoomKind::HOUSE) => in_house(item, zone),
            Some(RoomKind::LOBBY) => in_lobby(&item.what),
            _ => sentence(&item.what),
        },
    };
    if kind == Some(RoomKind::HOUSE) {
        return Some(acted::view(item, words, zone));
    }
    let words = label(format!("{words} · {}", wording::clock(item.at, zone)), size::SMALL, theme::faint);
    Some(container(words.align_x(iced::Center)).center_x(Fill).padding([6, 40]).clip(true).into())
}

/// In the house everything is about the server, and it matters who did it.
fn in_house(item: &Item, zone: &TimeZone) -> String {
    let by = &item.author_name;
    match &item.what {
        What::Act(act) => acted::sentence(act, by, zone),
        What::Joined { who, by: None } => format!("{who} came"),
        What::Joined { who, by: Some(by) } => format!("{who} came, invited by {by}"),
        What::RoleSet { who, role } if who != by => {
            let what = match role {
                Role::Member => "a member like any other",
                Role::Moderator => "a moderator of this server",
                Role::Owner => "an owner of this server",
            };
            format!("{by} made {who} {what}")
        }
        other => in_lobby(other),
    }
}

/// Everybody with an account is in the lobby: who comes or goes there does so on the server.
fn in_lobby(what: &What) -> String {
    match what {
        What::Joined { who, by: Some(by) } => format!("{who} joined, invited by {by}"),
        What::Left { who, .. } => format!("{who} deleted their account"),
        What::RoleSet { who, role: Role::Moderator } => format!("{who} is a moderator of this server now"),
        What::RoleSet { who, role: Role::Owner } => format!("{who} is an owner of this server now"),
        other => sentence(other),
    }
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
        What::Renamed(name) => format!("The room is called {name} now"),
        What::Topic(topic) if topic.is_empty() => "The topic was taken away".to_owned(),
        What::Topic(topic) => format!("The topic is now: {topic}"),
        What::RoleSet { who, role: Role::Member } => format!("{who} is a member like any other now"),
        What::RoleSet { who, role: Role::Moderator } => format!("{who} keeps order here now"),
        What::RoleSet { who, role: Role::Owner } => format!("{who} is an owner of this room now"),
        What::Archived(true) => "The room was archived".to_owned(),
        What::Archived(false) => "The room was opened again".to_owned(),
        What::Act(_)
        | What::Text(_)
        | What::File(_)
        | What::Retracted
        | What::NeedsNewer
        | What::Unreadable => String::new(),
    }
}
