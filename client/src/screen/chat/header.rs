//! The head of a room: its name, how safe the line is, its bell, and its members.

use iced::widget::{button as plain, column, container, row};
use iced::{Center, Element, Fill};
use snug_engine::event::{Link, Session};
use snug_proto::talk::{Presence, Target};

use crate::icon::{Icon, icon};
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
    /// The pill.
    Trust,
}

/// Draws it.
pub fn view<'a>(session: &'a Session, shown: Target, shared: &'a Shared) -> Element<'a, Message> {
    let room = shared.room(shown);
    let name = room.map_or("", |room| room.name.as_str());
    let (mark, under): (Element<'a, Message>, String) = match shown {
        Target::Room(_) => (
            icon(Icon::Hash, 21.0, theme::muted).into(),
            format!("Everybody at {}", wording::cut(&session.server_name, 40)),
        ),
        Target::Person(account) => {
            let presence = room.and_then(|room| room.presence);
            let words = match presence {
                Some(Presence::Online) => "Online",
                Some(Presence::Away) => "Away",
                None => "Offline",
            };
            (avatar::present(account, name, 30.0, presence, avatar::on_page), words.to_owned())
        }
    };
    let muted = shared.settings.is_muted(session.server, shown);
    let (bell, bell_tone, bell_hint): (_, Tone, _) = if muted {
        (Icon::BellOff, theme::accent, "This room is muted")
    } else {
        (Icon::Bell, theme::muted, "Mute this room")
    };
    let members: Tone = if shared.settings.show_members { theme::accent } else { theme::muted };
    let content = row![
        mark,
        column![
            title(wording::cut(name, 32), size::TITLE),
            label(under, size::SMALL, theme::muted).line_height(1.25)
        ]
        .spacing(2)
        .width(Fill)
        .clip(true),
        safety(session),
        container(button::round(bell, bell_tone, bell_hint, Some(Message::Mute))).id(MUTE),
        container(button::round(Icon::People, members, "Members", Some(Message::Members))).id(MEMBERS),
    ]
    .spacing(8)
    .align_y(Center);
    container(content).center_y(HEAD - 1.0).padding(iced::Padding::from([0, 14]).left(20)).width(Fill).into()
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
