//! The sidebar: the server, its rooms and people, what is on its way, and oneself.

mod foot;
mod rows;

pub(super) use rows::title;

use std::cmp::Reverse;

use iced::widget::{button as plain, column, container, row};
use iced::{Center, Element, Fill};
use snug_engine::command::Command;
use snug_engine::event::{Link, Problem, Room, Session};
use snug_proto::entry::RoomKind;
use snug_proto::id::{BlobId, Seq};
use snug_proto::talk::{Presence, Target};

use crate::icon::{Icon, icon};
use crate::screen::dialogs::Dialog;
use crate::screen::dialogs::browse::Browse;
use crate::screen::dialogs::carry::Carry;
use crate::screen::dialogs::invite::Invite;
use crate::screen::dialogs::leave::Leave;
use crate::screen::dialogs::new_room::NewRoom;
use crate::screen::dialogs::room::RoomSettings;
use crate::screen::palette::Scope;
use crate::screen::settings::Choice;
use crate::shared::Shared;
use crate::theme::{self, Tone, size};
use crate::widget::label::{label, mono, name};
use crate::widget::{button, line, scroll};
use crate::wording;

/// How wide it is.
pub const WIDTH: f32 = 248.0;
/// How high its head is, and every other pane's.
pub const HEAD: f32 = 58.0;
/// Up to so many people all of them are listed; of more, those with whom there is a conversation.
const PEOPLE_MAX: usize = 30;

/// What is open in it.
#[derive(Debug, Default)]
pub struct Sidebar {
    menu: Option<Menu>,
    shelf: Shelf,
}

/// A menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Menu {
    /// Of oneself.
    Me,
    /// Behind the plus of the rooms.
    Add,
    /// Of a room.
    Room(Target),
}

/// Whether archived rooms and those one has left are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shelf {
    /// Only how many.
    #[default]
    Folded,
    /// All of them.
    Open,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// A room or person was pressed.
    Room(Target),
    /// "Jump to…".
    Jump,
    /// A menu opens.
    Menu(Menu),
    /// It closes.
    CloseMenu,
    /// "New room".
    NewRoom,
    /// "Browse channels".
    Browse,
    /// "Invite…".
    Invite,
    /// "Import a room…".
    Import,
    /// The plus of the people.
    Write,
    /// Archived and left rooms are listed, or folded.
    Shelf(Shelf),
    /// Something in a room's menu.
    Act(Target, Act),
    /// Online, or away by hand.
    Presence(Presence),
    /// "Settings".
    Settings,
    /// "Administration".
    Administration,
    /// "Log out…".
    LogOut,
    /// The bell: mute everything, or let it ring again.
    MuteEverything(bool),
    /// Stop a transfer.
    Cancel(BlobId),
}

/// What a room's menu offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// All of it counts as read.
    Read,
    /// The last message counts as unread.
    Unread,
    /// It rings no more, or again.
    Mute,
    /// Its settings.
    Settings,
    /// Into a folder.
    Export,
    /// Leave it.
    Leave,
}

/// What it asks for.
#[derive(Debug)]
pub enum Action {
    /// Nothing.
    None,
    /// Open a room.
    Open(Target),
    /// The palette.
    Palette(Scope),
    /// A dialog.
    Dialog(Dialog),
    /// The settings of a room, which is opened first: its members are those of the room that is shown.
    RoomSettings(Target),
    /// Commands for the engine.
    Send(Vec<Command>),
    /// Something was chosen.
    Choose(Choice),
    /// The settings.
    Settings,
    /// The administration.
    Administration,
    /// Log out.
    LogOut,
}

impl Sidebar {
    /// Closes its menu.
    pub fn close(&mut self) {
        self.menu = None;
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Action {
        let menu = self.menu.take();
        match message {
            Message::Room(room) => Action::Open(room),
            Message::Jump => Action::Palette(Scope::Everything),
            Message::Menu(opened) => {
                self.menu = (menu != Some(opened)).then_some(opened);
                Action::None
            }
            Message::CloseMenu => Action::None,
            Message::NewRoom => Action::Dialog(Dialog::NewRoom(NewRoom::new())),
            Message::Browse => Action::Dialog(Dialog::Browse(Browse::default())),
            Message::Invite => Action::Dialog(Dialog::Invite(Invite::new())),
            Message::Import => Action::Dialog(Dialog::Carry(Carry::import())),
            Message::Write => Action::Palette(Scope::People),
            Message::Shelf(shelf) => {
                self.shelf = shelf;
                Action::None
            }
            Message::Act(room, act) => act_on(room, act, shared),
            Message::Presence(presence) => Action::Choose(Choice::Away(presence == Presence::Away)),
            Message::Settings => Action::Settings,
            Message::Administration => Action::Administration,
            Message::LogOut => Action::LogOut,
            Message::MuteEverything(mute) => Action::Choose(Choice::MuteEverything(mute)),
            Message::Cancel(blob) => Action::Send(vec![Command::CancelTransfer(blob)]),
        }
    }

    /// Draws it.
    pub fn view<'a>(
        &'a self,
        session: &'a Session,
        shown: Option<Target>,
        shared: &'a Shared,
    ) -> Element<'a, Message> {
        let scene = rows::Scene { session, shown, menu: self.menu, shared };
        let parts = Parts::of(&shared.rooms);
        let rooms = column(parts.rooms.iter().map(|room| scene.room(room))).spacing(2);
        let people = column(parts.people.iter().map(|room| scene.room(room))).spacing(2);
        let away_rooms = rows::shelf(&parts.shelved, self.shelf).map(|head| {
            let listed = (self.shelf == Shelf::Open)
                .then(|| column(parts.shelved.iter().map(|room| scene.room(room))).spacing(2));
            column![head, listed]
        });
        let list = column![
            rows::heading_with("Rooms", scene.add_menu()),
            rooms,
            rows::heading_with("Direct messages", rows::write()),
            people,
            away_rooms,
        ]
        .padding(iced::Padding::from([0, 8]).bottom(8));
        container(column![
            container(head(session))
                .height(HEAD - 1.0)
                .center_y(HEAD - 1.0)
                .padding(iced::Padding::ZERO.left(16).right(8)),
            line::across(),
            container(jump()).padding(iced::Padding::from([12, 12]).bottom(4)),
            scroll::list(list).height(Fill),
            foot::transfers(shared),
            line::across(),
            foot::me(session, self.menu, shared),
        ])
        .width(WIDTH)
        .height(Fill)
        .style(theme::sidebar)
        .into()
    }
}

fn act_on(target: Target, act: Act, shared: &Shared) -> Action {
    let Some(room) = shared.room(target) else { return Action::None };
    match act {
        // The engine reads no further than the room goes.
        Act::Read => Action::Send(vec![
            Command::Read { room: target, seq: Seq(u32::MAX) },
            Command::MarkUnread { room: target, from: None },
        ]),
        Act::Unread => match rows::last_entry(target, shared) {
            Some(seq) => Action::Send(vec![Command::MarkUnread { room: target, from: Some(seq) }]),
            None => Action::None,
        },
        Act::Mute => Action::Choose(Choice::MuteRoom(target)),
        Act::Settings => Action::RoomSettings(target),
        Act::Export => Action::Dialog(Dialog::Carry(Carry::export(target, &room.name))),
        Act::Leave => Leave::new(room).map_or(Action::None, |leave| Action::Dialog(Dialog::Leave(leave))),
    }
}

/// The dialog with a room's settings, where it has any.
pub fn settings_of(target: Target, shared: &Shared) -> Option<Dialog> {
    shared.room(target).and_then(RoomSettings::new).map(Dialog::Room)
}

/// The list in its parts, each in the order in which it is shown.
struct Parts<'a> {
    rooms: Vec<&'a Room>,
    people: Vec<&'a Room>,
    shelved: Vec<&'a Room>,
}

impl<'a> Parts<'a> {
    fn of(all: &'a [Room]) -> Self {
        let is_person = |room: &&Room| matches!(room.target, Target::Person(_));
        let (people, rooms): (Vec<&Room>, Vec<&Room>) = all.iter().partition(is_person);
        let (mut rooms, shelved): (Vec<_>, Vec<_>) =
            rooms.into_iter().partition(|room| room.present && !room.archived);
        rooms.sort_by_key(|room| match room.kind {
            RoomKind::LOBBY => 0,
            RoomKind::PRIVATE => 2,
            RoomKind::HOUSE => 3,
            _ => 1,
        });
        let many = people.len() > PEOPLE_MAX;
        let listed = |room: &&Room| !many || room.room.is_some() || room.kind == RoomKind::NOTES;
        let mut people: Vec<&Room> = people.into_iter().filter(listed).collect();
        // Notes to oneself first, who is ignored last; in between as they come.
        people.sort_by_key(|room| (room.ignored, Reverse(room.kind == RoomKind::NOTES)));
        Self { rooms, people, shelved }
    }
}

/// The room before or after the one that is shown, in the order of the list; only unread ones where that is asked.
pub fn neighbour(shown: Target, by: isize, unread: bool, shared: &Shared) -> Option<Target> {
    let parts = Parts::of(&shared.rooms);
    let all: Vec<&Room> = parts.rooms.into_iter().chain(parts.people).collect();
    let len = all.len() as isize;
    let from = all.iter().position(|room| room.target == shown).map_or(0, |at| at as isize);
    (1..=len)
        .map(|step| all[(from + by * step).rem_euclid(len) as usize])
        .find(|room| room.target != shown && (!unread || room.unread.at_least() > 0))
        .map(|room| room.target)
}

/// The server, and the way in for others.
fn head(session: &Session) -> Element<'_, Message> {
    let mark = container(icon(Icon::Lock, 15.0, theme::on_accent))
        .center(28)
        .style(theme::solid(theme::accent, 8.0));
    let (state, tone) = standing(session);
    let invite = button::round(Icon::PersonPlus, theme::muted, "Invite…", Some(Message::Invite));
    row![
        mark,
        column![
            name(wording::cut(&session.server_name, 18)).size(size::TEXT),
            label(state, size::SMALL, tone)
        ]
        .width(Fill)
        .clip(true),
        container(invite).id(INVITE)
    ]
    .spacing(10)
    .align_y(Center)
    .into()
}

/// The way to everything: it looks like a field, and opens one.
fn jump<'a>() -> Element<'a, Message> {
    let content = row![
        icon(Icon::Search, 15.0, theme::faint),
        label("Jump to…", size::NAME, theme::faint).width(Fill),
        mono("Ctrl K").size(size::LABEL).style(theme::tinted(theme::faint))
    ]
    .spacing(10)
    .align_y(Center);
    container(plain(content).padding([7, 11]).width(Fill).style(theme::quiet_button).on_press(Message::Jump))
        .id(JUMP)
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
        Link::Replaced { .. } => ("open elsewhere".into(), theme::muted),
        Link::KeyChanged(_) => ("key changed".into(), theme::danger),
        Link::Kicked => ("sent out".into(), theme::muted),
        Link::DeviceForgotten => ("logged out".into(), theme::muted),
        Link::Stopped(Problem::Banned { .. }) => ("banned".into(), theme::muted),
        Link::Stopped(_) => ("stopped".into(), theme::danger),
    }
}

/// The gear.
pub const GEAR: &str = "gear";
/// The bell over everything.
pub const MUTE_ALL: &str = "mute-all";
/// The way to everything.
pub const JUMP: &str = "jump-to";
/// The way in for others.
pub const INVITE: &str = "invite";
/// The plus of the rooms.
pub const ADD: &str = "add-room";
/// The plus of the people.
pub const WRITE: &str = "write-to";
