//! The sidebar: the server, its rooms and people, what is on its way, and oneself.

use iced::widget::{button as plain, column, container, progress_bar, row};
use iced::{Bottom, Center, Element, Fill, Left};
use snug_engine::event::{Link, Room, Session, Transfer, Unread, Way};
use snug_proto::id::BlobId;
use snug_proto::talk::Target;

use crate::fonts;
use crate::icon::{Icon, icon};
use crate::shared::Shared;
use crate::theme::{self, Tone, size};
use crate::widget::halo::halo;
use crate::widget::label::{heading, label, name, small};
use crate::widget::{avatar, button, line, pill, scroll};
use crate::wording;

/// How wide it is.
pub const WIDTH: f32 = 248.0;
/// How high its head is, and every other pane's.
pub const HEAD: f32 = 58.0;
const FOOT: f32 = 53.0;

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// A room or person was pressed.
    Room(Target),
    /// The gear.
    Menu,
    /// "Settings".
    Settings,
    /// "Log out…".
    LogOut,
    /// The bell: mute everything, or let it ring again.
    MuteEverything(bool),
    /// Stop a transfer.
    Cancel(BlobId),
}

/// Draws it.
pub fn view<'a>(session: &'a Session, shown: Option<Target>, shared: &'a Shared) -> Element<'a, Message> {
    let (people, rooms): (Vec<&Room>, Vec<&Room>) =
        shared.rooms.iter().partition(|room| matches!(room.target, Target::Person(_)));
    let entry = |room: &&'a Room| entry(room, shown == Some(room.target), session, shared);
    let people_heading = (!people.is_empty()).then(|| {
        container(heading("Direct messages")).padding(iced::Padding::ZERO.top(14).bottom(4).left(8))
    });
    let list = column![
        container(heading("Rooms")).padding(iced::Padding::ZERO.top(8).bottom(4).left(8)),
        column(rooms.iter().map(entry)).spacing(2),
        people_heading,
        column(people.iter().map(entry)).spacing(2),
    ]
    .padding([8, 8]);
    let transfer = shared.transfers.first().map(|first| transfer(first, shared.transfers.len()));
    container(column![
        container(head(session)).height(HEAD - 1.0).center_y(HEAD - 1.0).padding([0, 16]),
        line::across(),
        scroll::list(list).height(Fill),
        transfer,
        line::across(),
        container(me(session, shared)).center_y(FOOT).padding([0, 12]),
    ])
    .width(WIDTH)
    .height(Fill)
    .style(theme::sidebar)
    .into()
}

fn head(session: &Session) -> Element<'_, Message> {
    let mark = container(icon(Icon::Lock, 15.0, theme::on_accent))
        .center(28)
        .style(theme::solid(theme::accent, 8.0));
    let (state, tone) = standing(session);
    row![
        mark,
        column![
            name(wording::cut(&session.server_name, 22)).size(size::TEXT),
            label(state, size::SMALL, tone)
        ]
    ]
    .spacing(10)
    .align_y(Center)
    .into()
}

/// Trust and connection in a word or two.
fn standing(session: &Session) -> (String, Tone) {
    let verified = session.trust.manner.is_verified();
    match &session.link {
        Link::Online { latency } => {
            let trust = if verified { "verified" } else { "not compared" };
            let tone: Tone = if verified { theme::trust } else { theme::muted };
            match latency {
                Some(latency) => (format!("{trust} · {} ms", latency.as_millis()), tone),
                None => (trust.into(), tone),
            }
        }
        Link::Connecting => ("connecting…".into(), theme::muted),
        Link::Offline { .. } => ("offline".into(), theme::muted),
        Link::Full { .. } => ("full".into(), theme::muted),
        Link::Replaced => ("open elsewhere".into(), theme::muted),
        Link::KeyChanged(_) => ("key changed".into(), theme::danger),
        Link::DeviceForgotten => ("logged out by the server".into(), theme::muted),
        Link::Stopped(_) => ("stopped".into(), theme::danger),
    }
}

fn entry<'a>(room: &'a Room, chosen: bool, session: &Session, shared: &Shared) -> Element<'a, Message> {
    let (mark, indent): (Element<'a, Message>, u16) = match room.target {
        Target::Room(_) => {
            let tone: Tone = if chosen { theme::ink } else { theme::muted };
            (container(icon(Icon::Hash, 17.0, tone)).center_x(20).into(), 8)
        }
        Target::Person(account) => {
            // The row may be under the pointer or chosen; the sidebar's colour is right for most.
            (avatar::present(account, &room.name, 26.0, room.presence, avatar::on_sidebar), 10)
        }
    };
    let awake = chosen || room.unread != Unread::Nothing;
    let tone: Tone = if awake { theme::ink } else { theme::muted };
    let font = if awake { fonts::SEMIBOLD } else { fonts::TEXT };
    let title = label(wording::cut(&room.name, 20), size::NAME, tone).font(font).width(Fill);
    let muted = shared.settings.is_muted(session.server, room.target);
    let badge: Option<Element<'a, Message>> = match (room.unread, muted) {
        (Unread::Nothing, false) => None,
        (Unread::Nothing, true) => Some(icon(Icon::BellOff, 14.0, theme::faint).into()),
        (unread, _) => Some(pill::unread(unread.at_least())),
    };
    plain(row![mark, title, badge].spacing(10).align_y(Center).height(26))
        .padding([5, indent])
        .width(Fill)
        .style(theme::choice(chosen))
        .on_press(Message::Room(room.target))
        .into()
}

fn transfer(transfer: &Transfer, count: usize) -> Element<'_, Message> {
    let done = transfer.done as f32 / transfer.total.max(1) as f32;
    let way = match transfer.way {
        Way::Up => Icon::Upload,
        Way::Down => Icon::Download,
    };
    let more = (count > 1).then(|| small(format!("and {} more", count - 1)));
    let middle = column![
        name(wording::cut_file(&transfer.name, 18)).size(size::SMALL),
        progress_bar(0.0..=1.0, done).girth(5).style(theme::progress),
        more,
    ]
    .spacing(5)
    .width(Fill);
    let percent = small(format!("{:.0}%", (done * 100.0).floor()));
    let cancel = button::round(Icon::Cross, theme::muted, "Cancel", Some(Message::Cancel(transfer.blob)));
    let content = row![icon(way, 16.0, theme::accent), middle, percent, cancel].spacing(8).align_y(Center);
    container(
        container(content).padding(iced::Padding::from([8, 12]).right(4)).width(Fill).style(theme::card),
    )
    .padding(iced::Padding::ZERO.horizontal(12).bottom(10))
    .into()
}

fn me<'a>(session: &'a Session, shared: &Shared) -> Element<'a, Message> {
    let online = matches!(session.link, Link::Online { .. });
    let presence = online.then_some(snug_proto::talk::Presence::Online);
    let silent = shared.settings.mute_everything;
    let (bell, tone, hint): (_, Tone, _) = if silent {
        (Icon::BellOff, theme::accent, "Everything is muted")
    } else {
        (Icon::Bell, theme::muted, "Mute everything")
    };
    let words = column![
        name(wording::cut(&session.name, 13)),
        label(if online { "Online" } else { "Offline" }, size::SMALL, theme::muted).line_height(1.2)
    ];
    row![
        avatar::present(session.me, &session.name, 32.0, presence, avatar::on_sidebar),
        words.width(Fill),
        container(button::round(bell, tone, hint, Some(Message::MuteEverything(!silent)))).id(MUTE_ALL),
        container(button::round(Icon::Gear, theme::muted, "Settings and more", Some(Message::Menu))).id(GEAR),
    ]
    .spacing(4)
    .align_y(Center)
    .into()
}

/// The menu above the gear.
pub fn menu<'a>() -> Element<'a, Message> {
    let rows = column![
        button::menu_row(Icon::Gear, "Settings", Message::Settings),
        button::menu_row(Icon::LogOut, "Log out…", Message::LogOut),
    ];
    let card = container(rows).padding(6).width(180).style(theme::card);
    container(halo(card, theme::radius::CARD))
        .padding(iced::Padding::ZERO.left(WIDTH - 180.0 - 20.0).bottom(FOOT))
        .width(Fill)
        .height(Fill)
        .align_x(Left)
        .align_y(Bottom)
        .into()
}

/// The gear.
pub const GEAR: &str = "gear";
/// The bell over everything.
pub const MUTE_ALL: &str = "mute-all";
