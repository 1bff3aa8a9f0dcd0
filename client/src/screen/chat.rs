//! The conversation: sidebar, timeline, composer, members, and the bar that says how the connection is.

mod acting;
pub mod acts;
mod administering;
mod anchor;
pub mod ask;
pub mod bars;
pub mod closed;
pub mod composer;
pub mod days;
pub mod hand;
mod handing;
pub mod header;
pub mod item;
pub mod keys;
pub mod members;
mod panes;
pub mod powers;
pub mod rooms;
pub mod rows;
pub mod sidebar;
pub mod timeline;

use std::path::PathBuf;

use iced::widget::{column, container, row, stack};
use iced::{Element, Fill, Subscription, Task, keyboard};
use snug_engine::command::{Command, CopyFate, Password};
use snug_engine::event::{ItemKey, Job, Link, Session, What};
use snug_proto::entry::LOBBY;
use snug_proto::id::{AccountId, BlobId, Seq};
use snug_proto::talk::Target;

use crate::pictures::{Decoded, Pictures};
use crate::screen;
use crate::screen::administration::{self, Administration};
use crate::screen::changed::{self, Changed};
use crate::screen::dialogs::pending::Pending;
use crate::screen::dialogs::{self, Dialog};
use crate::screen::log_out::{self, LogOut};
use crate::screen::palette::{self, Palette};
use crate::screen::settings::{self, Choice, Settings};
use crate::shared::Shared;
use crate::theme;
use crate::widget::{dialog, line, page, reach};
use ask::Ask;
use composer::Composer;
use handing::Offer;
use keys::Shortcut;
use sidebar::Sidebar;
use timeline::Timeline;

/// The open copy of a server.
#[derive(Debug)]
pub struct Chat {
    /// Whose it is, and how the connection is.
    pub session: Session,
    shown: Target,
    pane: Pane,
    over: Over,
    timeline: Timeline,
    composer: Composer,
    sidebar: Sidebar,
    member_menu: Option<AccountId>,
    /// A deed without a dialog.
    quick: Pending,
    tickets: u64,
    /// Codes that were asked for and have not come.
    codes_due: u32,
    offer: Offer,
    /// The last search.
    searches: u64,
    /// An export or import whose end was read.
    closed_job: Option<Job>,
    pictures: Pictures,
    /// What was last told to be read in the room that is shown.
    read: Option<Seq>,
    dropping: bool,
}

/// What stands beside the sidebar.
#[derive(Debug)]
enum Pane {
    Room,
    Settings(Box<Settings>),
    Administration(Administration),
}

/// What lies over everything.
#[derive(Debug)]
enum Over {
    Nothing,
    Dialog(Dialog),
    Palette(Palette),
    LogOut(LogOut),
    Changed(Changed),
    Ask(Ask),
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// In the sidebar.
    Sidebar(sidebar::Message),
    /// In the header.
    Header(header::Message),
    /// In a bar.
    Bar(bars::Message),
    /// Among the members.
    Members(members::Message),
    /// In what stands in the composer's place.
    Closed(closed::Message),
    /// In a dialog about rooms.
    Dialog(dialogs::Message),
    /// In the palette.
    Palette(palette::Message),
    /// A key that means the same everywhere.
    Shortcut(Shortcut),
    /// In the timeline.
    Timeline(timeline::Message),
    /// In the composer.
    Composer(composer::Message),
    /// In the settings.
    Settings(settings::Message),
    /// In the administration.
    Administration(administration::Message),
    /// In the log-out dialog.
    LogOut(log_out::Message),
    /// In the changed-key dialog.
    Changed(changed::Message),
    /// In a dialog about messages.
    Ask(ask::Message),
    /// The pinned messages are wanted.
    ShowPins,
    /// A reaction was given.
    EmojiUsed(String),
    /// A picture was decoded, or could not be.
    Picture(BlobId, Option<Decoded>),
    /// Typed while no field had the caret.
    Typed(String),
    /// Escape closes what lies on top.
    Escape,
    /// Tab in a dialog or on a page: on to the next thing, or back to the one before.
    Tab {
        /// The one before.
        back: bool,
    },
    /// A file hovers over the window.
    FileHovers,
    /// It went away.
    FileLeft,
    /// It was dropped.
    FileDropped(PathBuf),
}

/// What it asks for.
#[derive(Debug)]
pub enum Action {
    /// Nothing.
    None,
    /// A task of its own.
    Run(Task<Message>),
    /// Commands for the engine, then a task.
    Send(Vec<Command>, Task<Message>),
    /// Something was chosen.
    Choose(Choice),
    /// Log out.
    LogOut(CopyFate),
    /// Prove a changed key.
    Prove(Password),
    /// Back to the login form, at this server.
    LogInAgain,
    /// Open a file.
    Open(PathBuf),
    /// Show a file in its folder.
    Reveal(PathBuf),
    /// Open an address in another program.
    OpenAddress(String),
    /// Something to say once.
    Say(&'static str),
    /// Copy what helps to find out what happened.
    CopyDetails,
    /// Play the chime.
    PlayChime,
}

impl Action {
    /// The same, after these commands.
    fn after(self, mut commands: Vec<Command>) -> Self {
        match self {
            Self::None if !commands.is_empty() => Self::Send(commands, Task::none()),
            Self::Run(task) => Self::Send(commands, task),
            Self::Send(more, task) => {
                commands.extend(more);
                Self::Send(commands, task)
            }
            other => other,
        }
    }
}

impl Chat {
    /// The chat of a copy that was just opened, at the lobby.
    pub fn new(session: Session) -> Self {
        let composer = Composer::new(session.me, Target::Room(LOBBY));
        Self {
            session,
            shown: Target::Room(LOBBY),
            pane: Pane::Room,
            over: Over::Nothing,
            timeline: Timeline::new(),
            composer,
            sidebar: Sidebar::default(),
            member_menu: None,
            quick: Pending::Ready,
            tickets: 0,
            codes_due: 0,
            offer: Offer::Nothing,
            searches: 0,
            closed_job: None,
            pictures: Pictures::default(),
            read: None,
            dropping: false,
        }
    }

    /// What to ask for at the start.
    pub fn begin(&self) -> (Command, Task<Message>) {
        (Command::Show(self.shown), self.composer.focus().map(Message::Composer))
    }

    /// The room that is looked at, where one is.
    pub fn shown(&self) -> Option<Target> {
        match self.pane {
            Pane::Room => Some(self.shown),
            Pane::Settings(_) | Pane::Administration(_) => None,
        }
    }

    /// The session changed.
    pub fn renew(&mut self, session: Session) {
        if let (Over::Changed(dialog), Link::KeyChanged(change)) = (&mut self.over, &session.link) {
            dialog.renew(change.clone());
        } else if matches!(self.over, Over::Changed(_)) {
            self.over = Over::Nothing;
        }
        self.session = session;
        if !matches!(self.session.link, Link::Online { .. }) {
            self.codes_lost();
        }
    }

    /// A new timeline came.
    pub fn timeline_came(&mut self, shared: &Shared) -> Task<Message> {
        self.timeline.came(shared.timeline_of(self.shown)).map(Message::Timeline)
    }

    /// A text comes back for the composer.
    /// What has to be kept of it comes back.
    pub fn take_back(&mut self, room: Target, text: &str) -> Option<Command> {
        self.composer.take_back(room, text)
    }

    /// What was typed and is not kept yet: somebody turns to another window, or closes this one.
    pub fn keep_draft(&mut self) -> Option<Command> {
        self.composer.keep()
    }

    /// Opens a room: from the sidebar, or because its alert was pressed.
    pub fn open(&mut self, room: Target) -> Action {
        self.pane = Pane::Room;
        self.over = Over::Nothing;
        if room == self.shown {
            return Action::Run(self.composer.focus().map(Message::Composer));
        }
        let mut commands: Vec<Command> = self.composer.switch(room).into_iter().collect();
        self.timeline = self.timeline.of_another_room();
        self.shown = room;
        self.read = None;
        commands.push(Command::Show(room));
        Action::Send(commands, self.composer.focus().map(Message::Composer))
    }

    /// What was seen and not told yet: only a window in front, at the bottom of a room, sees anything.
    pub fn seen(&mut self, shared: &Shared) -> Option<Command> {
        let timeline = shared.timeline_of(self.shown()?)?;
        if !shared.focused || !self.timeline.follows() || timeline.has_newer {
            return None;
        }
        let last = timeline.items.iter().rev().find_map(|item| match item.key {
            ItemKey::Entry(seq) => Some(seq),
            ItemKey::Outbox(_) => None,
        })?;
        // It may also be less than before: the log of a server that was put back from a backup is shorter.
        (self.read.replace(last) != Some(last)).then_some(Command::Read { room: self.shown, seq: last })
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Action {
        match message {
            Message::Sidebar(message) => self.sidebar(message, shared),
            Message::Header(message) => self.header(message, shared),
            Message::Bar(message) => self.bar(message, shared),
            Message::Members(message) => self.members(message, shared),
            Message::Closed(message) => self.closed(message, shared),
            Message::Dialog(message) => self.dialog(message, shared),
            Message::Palette(message) => self.palette(message, shared),
            Message::Shortcut(shortcut) => self.shortcut(shortcut, shared),
            Message::Timeline(message) => self.timeline(message, shared),
            Message::Composer(message) => self.compose(message, shared),
            Message::Settings(message) => self.settings(message, shared),
            Message::Administration(message) => self.administration(message, shared),
            Message::LogOut(message) => self.log_out(message),
            Message::Changed(message) => self.changed(message),
            Message::Tab { back } => {
                let within = if matches!(self.over, Over::Nothing) { page::ID } else { dialog::ID };
                Action::Run(reach::step(within, back))
            }
            Message::Escape => {
                match (&self.over, &self.pane) {
                    (Over::Nothing, Pane::Settings(_) | Pane::Administration(_)) => self.pane = Pane::Room,
                    (Over::Nothing, Pane::Room) => {
                        self.timeline.hand().leave();
                        return Action::None;
                    }
                    _ => {}
                }
                self.close_over()
            }
            Message::Typed(text) => self.typed(text, shared),
            Message::Ask(message) => self.answer(message, shared),
            Message::ShowPins => self.show_pins(),
            Message::EmojiUsed(emoji) => Action::Choose(Choice::Emoji(emoji)),
            Message::Picture(blob, decoded) => {
                self.pictures.came(blob, decoded);
                Action::None
            }
            Message::FileHovers => {
                self.dropping = true;
                Action::None
            }
            Message::FileLeft => {
                self.dropping = false;
                Action::None
            }
            Message::FileDropped(path) => {
                self.dropping = false;
                let open = self.shown().filter(|room| !shared.room(*room).is_some_and(closed::is_closed));
                match open {
                    Some(room) => Action::Send(vec![Command::SendFile { room, path }], Task::none()),
                    None => self.settings(settings::Message::Dropped(path), shared),
                }
            }
        }
    }

    fn timeline(&mut self, message: timeline::Message, shared: &Shared) -> Action {
        match self.timeline.update(message, shared.timeline_of(self.shown), shared) {
            timeline::Action::None => Action::None,
            timeline::Action::Run(task) => Action::Run(task.map(Message::Timeline)),
            timeline::Action::Send(command, task) => Action::Send(vec![command], task.map(Message::Timeline)),
            timeline::Action::Newest(task) => {
                Action::Send(vec![Command::Show(self.shown)], task.map(Message::Timeline))
            }
            timeline::Action::Open(path) => Action::Open(path),
            timeline::Action::Reveal(path) => Action::Reveal(path),
            timeline::Action::Hand(action) => self.hand(action, shared),
            timeline::Action::Seen(blob) => self.see(blob, shared),
        }
    }

    fn compose(&mut self, message: composer::Message, shared: &Shared) -> Action {
        match self.composer.update(message, shared) {
            composer::Action::None => Action::None,
            composer::Action::Run(task) => Action::Run(task.map(Message::Composer)),
            composer::Action::Send(commands, task) => Action::Send(commands, task.map(Message::Composer)),
            composer::Action::Sent(commands) => {
                self.timeline(timeline::Message::ToBottom, shared).after(commands)
            }
            composer::Action::EditLast => self.edit_last(shared),
            composer::Action::Picked(emoji, task) => {
                let used = Task::done(Message::EmojiUsed(emoji));
                Action::Run(Task::batch([used, task.map(Message::Composer)]))
            }
        }
    }

    /// The composer edits the last text of one's own that is shown.
    fn edit_last(&mut self, shared: &Shared) -> Action {
        let last = shared.timeline_of(self.shown).and_then(|timeline| {
            timeline.items.iter().rev().find(|item| item.mine && matches!(item.what, What::Text(_)))
        });
        match last {
            Some(item) => Action::Run(self.composer.edit(item).map(Message::Composer)),
            None => Action::None,
        }
    }

    /// Draws it.
    pub fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        // The settings have lists of their own, and a way back: a small window is theirs.
        let crowded = self.shown().is_none() && shared.window.width < ROOM_FOR_ALL;
        let sidebar = (!crowded).then(|| {
            let sidebar = self.sidebar.view(&self.session, self.shown(), shared).map(Message::Sidebar);
            row![sidebar, line::down()]
        });
        let beside: Element<'a, Message> = match &self.pane {
            Pane::Room => self.room(shared),
            Pane::Settings(screen) => screen.view(&self.session, shared).map(Message::Settings),
            Pane::Administration(screen) => screen.view(&self.session, shared).map(Message::Administration),
        };
        let page: Element<'a, Message> =
            container(row![container(sidebar), beside]).width(Fill).height(Fill).style(theme::page).into();
        let over = match &self.over {
            Over::Nothing => None,
            Over::Dialog(dialog) => Some(dialog.view(&self.session, shared).map(Message::Dialog)),
            Over::Palette(palette) => Some(palette.view(shared).map(Message::Palette)),
            Over::LogOut(dialog) => Some(dialog.view(&self.session).map(Message::LogOut)),
            Over::Changed(dialog) => Some(dialog.view(&shared.zone).map(Message::Changed)),
            Over::Ask(dialog) => Some(dialog.view(self.shown, shared).map(Message::Ask)),
        };
        // The page is always the first of the stack: its widgets keep their state, whatever lies over them.
        stack![page, over].into()
    }

    fn room<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let header = header::view(&self.session, self.shown, shared).map(Message::Header);
        let bar = bars::view(&self.session, &self.quick, self.offer, self.closed_job.as_ref(), shared);
        let bar = bar.map(Message::Bar);
        let timeline =
            self.timeline.view(shared.timeline_of(self.shown), &self.session, shared, &self.pictures);
        let timeline = timeline.map(Message::Timeline);
        let chosen = self.timeline.bar(self.shown, shared).map(|bar| bar.map(Message::Timeline));
        let typing = composer::typing(shared, self.shown);
        let room = shared.room(self.shown);
        let waits = matches!(self.quick, Pending::Waiting(_));
        let closed = room.and_then(|room| closed::view(room, waits));
        let composer = match closed {
            Some(closed) => closed.map(Message::Closed),
            None => self.composer.view(self.session.file_max, shared).map(Message::Composer),
        };
        // The bar has its place also when there is none: what follows keeps its own, and with it its state.
        let middle =
            column![header, line::across(), bar, timeline, typing, container(chosen), composer].width(Fill);
        let middle = stack![middle, self.dropping.then(composer::drop_here)];
        let members = (shared.settings.show_members && shared.window.width >= members::ROOM_FOR).then(|| {
            let people = shared.members_of(self.shown);
            let members = members::view(room, people, self.member_menu, &self.session, shared);
            row![line::down(), members.map(Message::Members)]
        });
        row![middle, members].into()
    }

    /// What it listens to: Escape, which no field takes, and files over the window.
    pub fn subscription(&self) -> Subscription<Message> {
        let escape = match &self.over {
            // A field inside would take the first Escape for itself.
            Over::Dialog(_) => iced::event::listen_with(|event, _, _| keys::in_dialog(&event)),
            // The palette takes it itself.
            Over::Palette(_) => Subscription::none(),
            _ => screen::escape().map(|()| Message::Escape),
        };
        let tab = match (&self.over, &self.pane) {
            (Over::Nothing, Pane::Settings(_) | Pane::Administration(_)) => {
                iced::event::listen_with(|event, _, _| keys::tab(&event))
            }
            _ => Subscription::none(),
        };
        let shortcuts = iced::event::listen_with(|event, _, _| keys::anywhere(&event));
        let typed = match (&self.over, &self.pane) {
            (Over::Nothing, Pane::Room) => keyboard::listen().filter_map(keys::typed),
            _ => Subscription::none(),
        };
        let keys = Subscription::batch([escape, tab, shortcuts, typed]);
        let files = iced::event::listen_with(|event, _, _| match event {
            iced::Event::Window(iced::window::Event::FileHovered(_)) => Some(Message::FileHovers),
            iced::Event::Window(iced::window::Event::FilesHoveredLeft) => Some(Message::FileLeft),
            iced::Event::Window(iced::window::Event::FileDropped(path)) => Some(Message::FileDropped(path)),
            _ => None,
        });
        Subscription::batch([keys, files, self.timeline.subscription().map(Message::Timeline)])
    }
}

/// How wide a window must be to show sidebar and settings side by side.
const ROOM_FOR_ALL: f32 = 1080.0;
