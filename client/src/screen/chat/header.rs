//! The head of a room: its name and what it is about, how safe the line is, and what there is to do with it.

use iced::widget::{button as plain, column, container, row};
use iced::{Center, Element, Fill};
use snug_engine::event::{Link, Room, Session};
use snug_proto::entry::RoomKind;
use snug_proto::talk::{Presence, Target};

use crate::icon::{Icon, icon};
use crate::readers;
use crate::screen::chat::members;
use crate::screen::chat::sidebar::HEAD;
use crate::shared::Shared;
use crate::theme::{self, Soft, Tone, size};
use crate::widget::label::{label, title};
use crate::widget::{avatar, button, pill};
use crate::wording;

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// The room's bell.
    Mute,
    /// Show or hide the members.
    Members,
    /// Look into this room.
    Search,
    /// Show or hide what is pinned.
    Pins,
    /// The name or topic: the room's settings.
    Settings,
    /// The pill.
    Trust,
}

/// Draws it.
pub fn view<'a>(session: &'a Session, shown: Target, shared: &'a Shared) -> Element<'a, Message> {
    let room = shared.room(shown);
    let muted = shared.settings.is_muted(session.server, shown);
    let (bell, bell_tone, bell_hint): (_, Tone, _) = if muted {
        (Icon::BellOff, theme::accent, "This room is muted")
    } else {
        (Icon::Bell, theme::muted, "Mute this room")
    };
    let members: Tone = if shared.settings.show_members { theme::accent } else { theme::muted };
    // In a narrow window what there is to do comes before how safe the line is: that also stands in the sidebar.
    let safety = (shared.window.width >= members::ROOM_FOR).then(|| safety(session)).flatten();
    let content = row![
        room.map(|room| about(room, session, shared)),
        safety,
        container(button::round(Icon::Search, theme::muted, "Search in this room", Some(Message::Search)))
            .id(SEARCH),
        container(button::round(Icon::Pin, theme::muted, "Pinned messages", Some(Message::Pins))).id(PINS),
        container(button::round(bell, bell_tone, bell_hint, Some(Message::Mute))).id(MUTE),
        container(button::round(Icon::People, members, "Members", Some(Message::Members))).id(MEMBERS),
    ]
    .spacing(4)
    .align_y(Center);
    container(content).center_y(HEAD - 1.0).padding(iced::Padding::from([0, 14]).left(12)).width(Fill).into()
}

/// The room's name, and under it what it is about or who can read it. A press opens its settings, where it has any.
fn about<'a>(room: &'a Room, session: &'a Session, shared: &'a Shared) -> Element<'a, Message> {
    let name = if room.kind == RoomKind::NOTES { "Notes to yourself" } else { &room.name };
    let under = under(room, session, shared);
    let words = column![
        title(wording::cut(name, 32), size::TITLE),
        label(under, size::SMALL, theme::muted)
            .line_height(1.25)
            .wrapping(iced::widget::text::Wrapping::None)
    ]
    .spacing(2)
    .width(Fill)
    .clip(true);
    let content = row![mark(room, shared), words].spacing(10).align_y(Center);
    let press = plain(content)
        .padding([4, 8])
        .width(Fill)
        .style(theme::ghost)
        .on_press_maybe(readers::has_settings(room).then_some(Message::Settings));
    container(button::hinted(press, readers::of(room, session))).id(ABOUT).width(Fill).into()
}

fn mark<'a>(room: &'a Room, shared: &'a Shared) -> Element<'a, Message> {
    match room.target {
        Target::Person(account) if room.kind != RoomKind::NOTES => {
            let face = shared.faces.face(account);
            avatar::present(&face, &room.name, 30.0, room.presence, avatar::on_page)
        }
        _ => icon(Icon::of_room(room.kind), 20.0, theme::muted).into(),
    }
}

fn under(room: &Room, session: &Session, shared: &Shared) -> String {
    if room.kind != RoomKind::DIRECT {
        return if room.topic.is_empty() { readers::of(room, session) } else { room.topic.clone() };
    }
    let Target::Person(account) = room.target else { return String::new() };
    let person = shared.members_of(room.target).iter().find(|person| person.account == account);
    match room.presence {
        Some(Presence::Online) => "Online".to_owned(),
        Some(Presence::Away) => "Away".to_owned(),
        None => match person.and_then(|person| members::last_seen(person, shared)) {
            Some(ago) if ago == "now" => "Last here a moment ago".to_owned(),
            Some(ago) => format!("Last here {ago} ago"),
            None => "Offline".to_owned(),
        },
    }
}

/// What protects the line, while there is one.
fn safety(session: &Session) -> Option<Element<'_, Message>> {
    if !matches!(session.link, Link::Online { .. }) {
        return None;
    }
    let fact = if session.trust.manner.is_verified() {
        pill::fact(Icon::ShieldCheck, "TLS 1.3 · post-quantum", Soft::Trust)
    } else {
        pill::fact(Icon::Shield, "Words not compared", Soft::Plain)
    };
    let pressed = plain(fact).padding(0).style(theme::ghost).on_press(Message::Trust);
    Some(button::hinted(pressed, "How this server is known"))
}

/// The room's bell.
pub const MUTE: &str = "mute-room";
/// The switch for the members.
pub const MEMBERS: &str = "toggle-members";
/// The way into the palette.
pub const SEARCH: &str = "search-room";
/// What is pinned.
pub const PINS: &str = "pins-of-room";
/// The name.
pub const ABOUT: &str = "about-room";
