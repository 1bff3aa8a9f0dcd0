//! A line of the house: what was done, in plain words, with who did it and when.

use iced::widget::{column, container, row};
use iced::{Element, Fill};
use jiff::tz::TimeZone;
use snug_engine::event::{HouseAct, Item, What};
use snug_proto::house::{BanKind, SettingName};

use crate::icon::{Icon, icon};
use crate::screen::chat::timeline::Message;
use crate::theme::{self, size};
use crate::widget::label::label;
use crate::wording;

/// Draws a line, whose words are these.
pub(super) fn view<'a>(item: &Item, words: String, zone: &TimeZone) -> Element<'a, Message> {
    let tile = container(icon(mark(&item.what), 16.0, theme::muted)).center(30).style(theme::tile);
    let time = label(wording::clock(item.at, zone), size::SMALL, theme::faint);
    let words = column![label(words, size::NAME, theme::ink), time].width(Fill);
    container(row![tile, words].spacing(12)).padding([5, 8]).width(Fill).clip(true).into()
}

fn mark(what: &What) -> Icon {
    match what {
        What::Joined { .. } => Icon::PersonPlus,
        What::RoleSet { .. } => Icon::Shield,
        What::Created => Icon::House,
        What::Act(act) => match act {
            HouseAct::Kicked { .. } => Icon::LogOut,
            HouseAct::Banned { .. } => Icon::ShieldCross,
            HouseAct::Unbanned { .. } => Icon::Check,
            HouseAct::Reset { .. } | HouseAct::PutBack { .. } => Icon::Again,
            HouseAct::Setting { .. } => Icon::Gear,
            HouseAct::Invited { .. } => Icon::Link,
            HouseAct::Uninvited { .. } => Icon::Cross,
            HouseAct::Key(_) => Icon::Key,
        },
        _ => Icon::People,
    }
}

/// What `by` did.
pub(super) fn sentence(act: &HouseAct, by: &str, zone: &TimeZone) -> String {
    match act {
        HouseAct::Kicked { who } => format!("{by} sent {who} out"),
        HouseAct::Banned { kind, who, until } => {
            let how_long = match until {
                Some(until) => {
                    format!("until {}, {}", wording::date(*until, zone), wording::clock(*until, zone))
                }
                None => "for good".to_owned(),
            };
            format!("{by} banned {} {how_long}", banned(*kind, who.as_deref()))
        }
        HouseAct::Unbanned { kind, who } => format!("{by} let {} in again", banned(*kind, who.as_deref())),
        HouseAct::Reset { who } => {
            format!("{by} made a code by which {who} can set another password")
        }
        HouseAct::Setting { name, value, configured } => {
            let as_before = if *configured { ", as config.toml says" } else { "" };
            format!("{by} {}{as_before}", setting(name, value))
        }
        HouseAct::Invited { uses, expires, room } => {
            let into = room.as_ref().map(|room| format!(" into {room}")).unwrap_or_default();
            let until = match expires {
                Some(expires) => format!(", good until {}", wording::date(*expires, zone)),
                None => String::new(),
            };
            match uses {
                1 => format!("{by} made an invite{into} for one person{until}"),
                uses => format!("{by} made an invite{into} for {uses} people{until}"),
            }
        }
        HouseAct::Uninvited { maker: Some(maker) } => format!("{by} revoked a code that {maker} had made"),
        HouseAct::Uninvited { maker: None } => format!("{by} revoked a code that was made at the server"),
        HouseAct::Key(fingerprint) => {
            format!("The server is known by another key from here on: {}", fingerprint.phrase())
        }
        HouseAct::PutBack { to } => format!(
            "The server was put back from a backup. What was written between {}, {}, and now was not in it",
            wording::date(*to, zone),
            wording::clock(*to, zone)
        ),
    }
}

/// Whom or what a ban is about.
fn banned(kind: BanKind, who: Option<&str>) -> String {
    match (kind, who) {
        (BanKind::ACCOUNT, Some(who)) => who.to_owned(),
        (BanKind::DEVICE, Some(who)) => format!("a device of {who}"),
        (BanKind::SOURCE, Some(who)) => format!("the network of {who}"),
        (BanKind::SOURCE, None) => "a network".to_owned(),
        (_, Some(who)) => format!("something of {who}"),
        (_, None) => "somebody".to_owned(),
    }
}

/// What came of a setting. Its value stands as the configuration would say it.
fn setting(name: &str, value: &str) -> String {
    let value = value.trim_matches('"');
    match (SettingName::of(name), value) {
        (Some(SettingName::Name), name) => format!("named the server {name}"),
        (Some(SettingName::Registration), "open") => "lets anybody register".to_owned(),
        (Some(SettingName::Registration), "invite") => "lets only those register who are invited".to_owned(),
        (Some(SettingName::Registration), "closed") => "lets nobody register".to_owned(),
        (Some(SettingName::MaxUsers), "1") => "set the server to 1 seat".to_owned(),
        (Some(SettingName::MaxUsers), seats) => format!("set the server to {seats} seats"),
        (_, value) => format!("set {} to {}", wording::cut(name, 32), wording::cut(value, 64)),
    }
}
