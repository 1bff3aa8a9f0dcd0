//! The foot of the sidebar: what is on its way, and oneself.

use iced::widget::{button as plain, column, container, progress_bar, row};
use iced::{Center, Element, Fill};
use snug_engine::event::{Link, Session, Transfer, Way};
use snug_proto::talk::{Presence, Role};

use super::rows::card;
use super::{GEAR, MUTE_ALL, Menu, Message};
use crate::icon::{Icon, icon};
use crate::readers;
use crate::shared::Shared;
use crate::theme::{self, Tone, size};
use crate::widget::label::{label, name, small};
use crate::widget::popover::{Side, popover};
use crate::widget::{avatar, button};
use crate::wording;

const HEIGHT: f32 = 53.0;

/// What is on its way.
pub(super) fn transfers(shared: &Shared) -> Option<Element<'_, Message>> {
    shared.transfers.first().map(|first| transfer(first, shared.transfers.len()))
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

/// Oneself: name and presence with their menu, the bell over everything, the gear.
pub(super) fn me<'a>(session: &'a Session, menu: Option<Menu>, shared: &Shared) -> Element<'a, Message> {
    let away = shared.settings.away;
    let (presence, words) = match (&session.link, away) {
        (Link::Online { .. }, false) => (Some(Presence::Online), "Online"),
        (Link::Online { .. }, true) => (Some(Presence::Away), "Away"),
        _ => (None, "Offline"),
    };
    let silent = shared.settings.mute_everything;
    let (bell, tone, hint): (_, Tone, _) = if silent {
        (Icon::BellOff, theme::accent, "Everything is muted")
    } else {
        (Icon::Bell, theme::muted, "Mute everything")
    };
    let open = Message::Menu(Menu::Me);
    let called = shared.faces.shown_name(session.me, &session.name);
    let words =
        column![name(wording::cut(called, 13)), label(words, size::SMALL, theme::muted).line_height(1.2)];
    let face = shared.faces.face(session.me);
    let who = row![avatar::present(&face, called, 32.0, presence, avatar::on_sidebar), words]
        .spacing(6)
        .align_y(Center);
    let who = plain(who).padding([2, 4]).width(Fill).style(theme::choice(false)).on_press(open.clone());
    let opened = (menu == Some(Menu::Me)).then(|| self_menu(away, readers::rank(&shared.rooms)));
    let line = row![
        who,
        container(button::round(bell, tone, hint, Some(Message::MuteEverything(!silent)))).id(MUTE_ALL),
        container(button::round(Icon::Gear, theme::muted, "Settings and more", Some(open))).id(GEAR),
    ]
    .spacing(4)
    .align_y(Center);
    popover(container(line).center_y(HEIGHT).padding([0, 8]), opened, Side::Above, Some(Message::CloseMenu))
}

fn self_menu<'a>(away: bool, rank: Role) -> Element<'a, Message> {
    let state = |presence: Presence, words, chosen: bool| {
        let check = chosen.then(|| icon(Icon::Check, 15.0, theme::accent));
        let content = row![
            container(avatar::dot(Some(presence))).center_x(17),
            label(words, size::NAME, theme::ink).width(Fill),
            check
        ];
        plain(content.spacing(10).align_y(Center))
            .padding([8, 10])
            .width(Fill)
            .style(theme::choice(false))
            .on_press(Message::Presence(presence))
    };
    card(
        column![
            state(Presence::Online, "Online", !away),
            state(Presence::Away, "Away", away),
            container(crate::widget::line::across()).padding([4, 8]),
            button::menu_row(Icon::Gear, "Settings", Message::Settings),
            (rank != Role::Member).then(|| button::menu_row(
                Icon::Shield,
                "Administration",
                Message::Administration
            )),
            button::menu_row(Icon::LogOut, "Log out…", Message::LogOut),
        ]
        .into(),
    )
}
