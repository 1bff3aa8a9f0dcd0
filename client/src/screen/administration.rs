//! What moderators and owners look after: how the server is doing and its settings, people, codes, bans. What somebody's
//! role does not allow is not offered.

mod bans;
mod codes;
pub mod overview;
pub mod people;

use iced::widget::{button as plain, column, container, row};
use iced::{Center, Element, Fill};
use snug_engine::command::{Command, Deed};
use snug_engine::event::{DeedDone, Link, Session};
use snug_proto::entry::RoomKind;
use snug_proto::house::{Act, BanId, SettingName};
use snug_proto::id::RoomId;
use snug_proto::talk::Role;

use crate::icon::{Icon, icon};
use crate::readers;
use crate::screen::dialogs::Dialog;
use crate::screen::dialogs::invite::Invite;
use crate::screen::dialogs::pending::Pending;
use crate::shared::Shared;
use crate::theme::{self, size};
use crate::widget::button;
use crate::widget::label::{label, small};
use crate::widget::page::{Book, card};
use crate::widget::reach::reach;

/// The screen.
#[derive(Debug)]
pub struct Administration {
    section: Section,
    typed: overview::Typed,
    people: people::People,
    asked: Asked,
    /// What was asked of the server here.
    pub pending: Pending,
}

/// A page of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// How the server is doing, and its settings.
    Overview,
    /// Everybody with an account.
    People,
    /// Open codes.
    Codes,
    /// Who is kept out.
    Bans,
}

const SECTIONS: [(Section, &str); 4] = [
    (Section::Overview, "Overview"),
    (Section::People, "People"),
    (Section::Codes, "Invites & codes"),
    (Section::Bans, "Bans"),
];

/// What was asked for last: there the answer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nothing,
    Setting(SettingName),
    Lift(BanId),
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// A page was pressed.
    Section(Section),
    /// "Ask again".
    Again,
    /// In the overview.
    Overview(overview::Message),
    /// Among the people.
    People(people::Message),
    /// "Revoke…": a code of the list.
    Revoke(usize),
    /// "Invite…".
    Invite,
    /// "Lift": a ban.
    Lift(BanId),
    /// Back to the room.
    Close,
}

/// What it asks for.
#[derive(Debug)]
pub enum Action {
    /// Nothing.
    None,
    /// Ask the engine for these.
    Send(Vec<Command>),
    /// Ask the server for this.
    Do(Deed),
    /// A dialog over it.
    Dialog(Dialog),
    /// Back to the room.
    Close,
}

/// What the pages look at besides what was told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    session: &'a Session,
    shared: &'a Shared,
    rank: Role,
    /// Whether the server can be asked for anything.
    online: bool,
}

impl<'a> Scene<'a> {
    fn new(session: &'a Session, shared: &'a Shared) -> Self {
        let online = matches!(session.link, Link::Online { .. });
        Self { session, shared, rank: readers::rank(&shared.rooms), online }
    }

    /// A button of a page: without a connection there is nothing to press.
    fn button(&self, words: &'a str, style: Style, press: Message) -> Element<'a, Message> {
        reach(button::short(words, style), self.online.then_some(press))
    }

    /// Whether this person may act on what belongs to somebody who is shown under a name. Who is not known by it is
    /// somebody of whom the server will say.
    fn may_act_on(&self, name: &str) -> bool {
        let people = self.shared.house.people.iter().flat_map(|people| people.iter());
        people
            .filter(|person| person.name == name)
            .all(|person| person.account == self.session.me || readers::outranks(self.rank, person.role))
    }
}

type Style = fn(&iced::Theme, plain::Status) -> plain::Style;

impl Administration {
    /// The overview.
    pub fn new() -> Self {
        Self {
            section: Section::Overview,
            typed: overview::Typed::default(),
            people: people::People::default(),
            asked: Asked::Nothing,
            pending: Pending::Ready,
        }
    }

    /// What the open page is made of, to be asked for: when it opens, after an act, and when the connection is back.
    pub fn asks(&self) -> Vec<Command> {
        match self.section {
            Section::Overview => vec![Command::House],
            Section::People => vec![Command::People],
            // Whose they are decides who may take them back.
            Section::Codes => vec![Command::People, Command::Codes],
            Section::Bans => vec![Command::People, Command::Bans],
        }
    }

    /// What came of a deed that was asked for here.
    pub fn hear(&mut self, done: &DeedDone, shared: &Shared) {
        if self.pending.hear(done, shared.now).is_some()
            && let Asked::Setting(setting) = self.asked
        {
            self.typed.forget(setting);
        }
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, session: &Session, shared: &Shared) -> Action {
        match message {
            Message::Section(section) => {
                *self = Self { section, ..Self::new() };
                Action::Send(self.asks())
            }
            Message::Again => Action::Send(self.asks()),
            Message::Overview(message) => match self.typed.update(message) {
                Some(act) => {
                    let setting = match &act {
                        Act::Set(setting) => setting.name(),
                        Act::Unset(setting) => *setting,
                        _ => return Action::None,
                    };
                    self.ask(Asked::Setting(setting), act, shared)
                }
                None => Action::None,
            },
            Message::People(message) => {
                let house = house(shared);
                let dialog = self.people.update(message, session, house, shared);
                dialog.map_or(Action::None, Action::Dialog)
            }
            Message::Revoke(at) => codes::revoke(at, shared).map_or(Action::None, Action::Dialog),
            Message::Invite => Action::Dialog(Dialog::Invite(Invite::new())),
            Message::Lift(ban) => self.ask(Asked::Lift(ban), Act::Unban { ban }, shared),
            Message::Close => Action::Close,
        }
    }

    fn ask(&mut self, asked: Asked, act: Act, shared: &Shared) -> Action {
        if !self.pending.may_act(shared.now) {
            return Action::None;
        }
        self.asked = asked;
        Action::Do(Deed::Act(act))
    }

    /// Why the last deed about this was not done.
    fn answer<'a>(&self, asked: Asked, shared: &Shared) -> Option<Element<'a, Message>> {
        (self.asked == asked).then(|| self.pending.view(shared.now)).flatten()
    }

    /// Draws it.
    pub fn view<'a>(&'a self, session: &'a Session, shared: &'a Shared) -> Element<'a, Message> {
        let scene = Scene::new(session, shared);
        let page = match self.section {
            _ if scene.rank == Role::Member => {
                note(Icon::Shield, "You are no administrator of this server any more.")
            }
            Section::Overview => self.overview(scene),
            Section::People => self.people.view(scene),
            Section::Codes => codes::view(scene),
            Section::Bans => self.bans(scene),
        };
        let offline = (!scene.online).then(|| {
            note(Icon::Offline, "This needs a connection. What stands here is what the server said last.")
        });
        let again = plain(icon(Icon::Again, 17.0, theme::muted)).padding(7).style(theme::ghost);
        let again =
            button::hinted(reach(again, scene.online.then_some(Message::Again)), "Ask the server again");
        let book = Book {
            title: "Administration",
            sections: &SECTIONS,
            chosen: self.section,
            open: Message::Section,
            close: Message::Close,
        };
        book.view(Some(again), column![offline, page].spacing(18))
    }
}

impl Default for Administration {
    fn default() -> Self {
        Self::new()
    }
}

/// The room in which roles on the server stand.
fn house(shared: &Shared) -> Option<RoomId> {
    shared.rooms.iter().find(|room| room.kind == RoomKind::HOUSE)?.room
}

/// What stands where nothing has come yet.
fn coming<'a>(scene: Scene<'_>) -> Element<'a, Message> {
    let words = if scene.online { "Asking the server…" } else { "Nothing was told yet." };
    card(container(small(words)).padding([13, 16])).into()
}

/// A sentence in a card of its own.
fn note<'a>(what: Icon, words: &'a str) -> Element<'a, Message> {
    let content = row![icon(what, 17.0, theme::muted), label(words, size::NAME, theme::muted).width(Fill)];
    card(container(content.spacing(10).align_y(Center)).padding([12, 16])).into()
}
