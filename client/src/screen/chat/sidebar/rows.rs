//! A row of the sidebar, its menu, and the headings between.

use iced::widget::{button as plain, column, container, hover, mouse_area, row, space};
use iced::{Center, Element, Fill, Right};
use snug_engine::event::{ItemKey, Room, Session, Unread};
use snug_proto::entry::RoomKind;
use snug_proto::id::Seq;
use snug_proto::talk::{Role, Target};

use super::{ADD, Act, Menu, Message, Shelf, WRITE};
use crate::fonts;
use crate::icon::{Icon, icon};
use crate::readers;
use crate::shared::Shared;
use crate::theme::{self, Tone, size};
use crate::widget::halo::halo;
use crate::widget::label::{heading, label};
use crate::widget::popover::{Side, popover};
use crate::widget::{avatar, button, pill};
use crate::wording;

/// What the rows look at.
pub(super) struct Scene<'a> {
    pub(super) session: &'a Session,
    pub(super) shown: Option<Target>,
    pub(super) menu: Option<Menu>,
    pub(super) shared: &'a Shared,
}

impl<'a> Scene<'a> {
    /// A room or person.
    pub(super) fn room(&self, room: &'a Room) -> Element<'a, Message> {
        let chosen = self.shown == Some(room.target);
        let asleep = asleep(room);
        let awake = chosen || (room.unread != Unread::Nothing && !asleep);
        let tone: Tone = match (awake, asleep) {
            (true, _) => theme::ink,
            (false, false) => theme::muted,
            (false, true) => theme::faint,
        };
        let (mark, indent) = mark(room, tone, self.shared);
        let font = if awake { fonts::SEMIBOLD } else { fonts::TEXT };
        let title = label(wording::cut(title(room), 20), size::NAME, tone).font(font).width(Fill);
        let muted = self.shared.settings.is_muted(self.session.server, room.target);
        let draft = (room.has_draft && !chosen).then(|| icon(Icon::Pencil, 13.0, theme::faint));
        let bell = (muted && room.unread == Unread::Nothing).then(|| icon(Icon::BellOff, 14.0, theme::faint));
        let content = row![mark, title, draft, bell, waits(room)].spacing(10).align_y(Center).height(26);
        let pressed = plain(content)
            .padding([5, indent])
            .width(Fill)
            .style(theme::choice(chosen))
            .on_press(Message::Room(room.target));
        let open = Message::Menu(Menu::Room(room.target));
        let more = plain(icon(Icon::More, 16.0, theme::muted)).padding(5).style(theme::solid_button);
        // It stands before what waits, which is drawn once more in its own place.
        let (beside, edge) = match waits(room) {
            Some(waits) => (Some(waits), f32::from(indent)),
            None => (None, 5.0),
        };
        let more = row![more.on_press(open.clone()), beside].spacing(6).align_y(Center);
        let more = container(more).height(Fill).width(Fill).align_x(Right).align_y(Center);
        let with_more = hover(pressed, more.padding(iced::Padding::ZERO.right(edge)));
        let menu = (self.menu == Some(Menu::Room(room.target))).then(|| self.menu_of(room, muted));
        popover(mouse_area(with_more).on_right_press(open), menu, Side::Below, Some(Message::CloseMenu))
    }

    fn menu_of(&self, room: &Room, muted: bool) -> Element<'a, Message> {
        let target = room.target;
        let entry = |what, words, act| button::menu_row(what, words, Message::Act(target, act));
        let unread = room.unread != Unread::Nothing;
        let can_unread = !unread && last_entry(target, self.shared).is_some();
        let bell = if muted { (Icon::Bell, "Let it ring") } else { (Icon::BellOff, "Mute") };
        let administers = room.kind == RoomKind::HOUSE && room.role != Role::Member;
        let leaves = readers::has_membership(room.kind) && room.room.is_some() && room.present;
        let rows = column![
            unread.then(|| entry(Icon::Check, "Mark as read", Act::Read)),
            can_unread.then(|| entry(Icon::Eye, "Mark as unread", Act::Unread)),
            entry(bell.0, bell.1, Act::Mute),
            readers::has_settings(room).then(|| entry(Icon::Gear, "Room settings", Act::Settings)),
            room.room.is_some().then(|| entry(Icon::Download, "Export…", Act::Export)),
            administers
                .then(|| { button::menu_row(Icon::Shield, "Administration", Message::Administration) }),
            leaves.then(|| entry(Icon::LogOut, "Leave…", Act::Leave)),
        ];
        card(rows.into())
    }

    /// The plus of the rooms, and its menu.
    pub(super) fn add_menu(&self) -> Element<'a, Message> {
        let plus = button::round(Icon::Plus, theme::faint, "Add a room", Some(Message::Menu(Menu::Add)));
        let menu = (self.menu == Some(Menu::Add)).then(|| {
            card(
                column![
                    button::menu_row(Icon::Plus, "New room", Message::NewRoom),
                    button::menu_row(Icon::Hash, "Browse channels", Message::Browse),
                    button::menu_row(Icon::Upload, "Import a room…", Message::Import),
                    button::menu_row(Icon::PersonPlus, "Invite…", Message::Invite),
                ]
                .into(),
            )
        });
        container(popover(plus, menu, Side::Below, Some(Message::CloseMenu))).id(ADD).into()
    }
}

/// A menu's card.
pub(super) fn card(rows: Element<'_, Message>) -> Element<'_, Message> {
    halo(container(rows).padding(6).width(190).style(theme::card), theme::radius::CARD)
}

/// The plus of the people.
pub(super) fn write<'a>() -> Element<'a, Message> {
    container(button::round(Icon::Plus, theme::faint, "Write to somebody", Some(Message::Write)))
        .id(WRITE)
        .into()
}

/// A heading with something to press at its end.
pub(super) fn heading_with<'a>(words: &str, press: Element<'a, Message>) -> Element<'a, Message> {
    let line = row![heading(words).width(Fill), press].align_y(Center);
    container(line).padding(iced::Padding::ZERO.top(6).left(8)).into()
}

/// The heading of what is folded away.
pub(super) fn shelf<'a>(shelved: &[&Room], shelf: Shelf) -> Option<Element<'a, Message>> {
    if shelved.is_empty() {
        return None;
    }
    let (drawn, other) = match shelf {
        Shelf::Folded => (Icon::Right, Shelf::Open),
        Shelf::Open => (Icon::Down, Shelf::Folded),
    };
    let words = format!("Archived and left — {}", shelved.len());
    let head = row![icon(drawn, 13.0, theme::faint), heading(&words)].spacing(6).align_y(Center);
    let press =
        plain(head).padding([6, 6]).width(Fill).style(theme::choice(false)).on_press(Message::Shelf(other));
    Some(container(press).padding(iced::Padding::ZERO.top(10)).into())
}

/// Whether nothing of it should be noticed.
fn asleep(room: &Room) -> bool {
    room.ignored || !room.present || room.archived
}

fn waits<'a>(room: &Room) -> Option<Element<'a, Message>> {
    (!asleep(room)).then(|| pill::waiting(room.unread, room.mentions)).flatten()
}

/// What a room is called in a list.
pub(in crate::screen::chat) fn title(room: &Room) -> &str {
    if room.kind == RoomKind::NOTES { "Notes to yourself" } else { &room.name }
}

fn mark<'a>(room: &'a Room, tone: Tone, shared: &Shared) -> (Element<'a, Message>, u16) {
    let drawn = |what| container(icon(what, 17.0, tone)).center_x(20).into();
    match room.target {
        _ if room.kind == RoomKind::NOTES => {
            let tile = container(icon(Icon::Pencil, 14.0, theme::muted)).center(26);
            (row![tile.style(theme::tile), space().width(3)].into(), 10)
        }
        // The row may be under the pointer or chosen; the sidebar's colour is right for most.
        Target::Person(account) => {
            let face = shared.faces.face(account);
            (avatar::present(&face, &room.name, 26.0, room.presence, avatar::on_sidebar), 10)
        }
        Target::Room(_) if room.archived => (drawn(Icon::Archive), 8),
        Target::Room(_) => (drawn(Icon::of_room(room.kind)), 8),
    }
}

/// The last entry of the room that is shown.
pub(super) fn last_entry(room: Target, shared: &Shared) -> Option<Seq> {
    let timeline = shared.timeline_of(room).filter(|timeline| !timeline.has_newer)?;
    timeline.items.iter().rev().find_map(|item| match item.key {
        ItemKey::Entry(seq) => Some(seq),
        ItemKey::Outbox(_) => None,
    })
}
