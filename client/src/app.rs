//! The app: it keeps what all screens look at, switches between screens, and alone talks to the engine's link.

mod attention;
mod called;
mod chosen;
mod heard;
mod outside;
mod toasts;

use std::time::{Duration, Instant};

use iced::widget::stack;
use iced::{Element, Subscription, Task, Theme, clipboard, system, window};
use snug_engine::command::{Command, TrustAnswer};
use snug_engine::event::{Device, KeyChange, Link, Room, Session};
use snug_proto::invite::Destination;
use snug_proto::talk::Target;
use tokio::sync::mpsc;

use crate::faces;
use crate::instance::{Call, Instance};
use crate::link::{self, Happening};
use crate::logging;
use crate::notify;
use crate::profile::Profile;
use crate::screen::changed::{self, Changed};
use crate::screen::chat::{self, Chat};
use crate::screen::crowded;
use crate::screen::full::{self, Full};
use crate::screen::login::{self, Login};
use crate::screen::rekeyed;
use crate::screen::trust::{self, Trust};
use crate::settings::{Appearance, Settings};
use crate::shared::Shared;
use crate::theme::{self, Mode};
use attention::{AWAY_AFTER, Attention};
use outside::{open_address, open_path, reveal, to_front};
use toasts::Toast;

/// The app.
#[derive(Debug)]
pub struct App {
    shared: Shared,
    login: Login,
    screen: Screen,
    first: FirstServer,
    commands: Option<mpsc::Sender<Command>>,
    /// Where the engine works; `None` in tests, which play the engine themselves.
    engine: Option<link::Place>,
    instance: Option<Instance>,
    system_mode: Mode,
    attention: Attention,
    memory: notify::Memory,
    toasts: Vec<Toast>,
    /// A link that another start brought, about which the person is asked.
    called: Option<Destination>,
}

/// What is shown. The login form stays behind the dialogs.
#[derive(Debug)]
enum Screen {
    Login,
    Trust(Trust),
    Changed(Changed),
    Rekeyed(KeyChange),
    Crowded(Device),
    Full(Full),
    Chat(Box<Chat>),
}

impl Screen {
    /// What the log calls it.
    fn name(&self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Trust(_) => "trust",
            Self::Changed(_) => "changed",
            Self::Rekeyed(_) => "rekeyed",
            Self::Crowded(_) => "crowded",
            Self::Full(_) => "full",
            Self::Chat(_) => "chat",
        }
    }
}

/// Whether the last used server is still to be opened by itself, once.
#[derive(Debug, PartialEq, Eq)]
enum FirstServer {
    Open(Option<Destination>),
    Done,
}

/// What an app starts with.
#[derive(Debug, Clone)]
pub struct Start {
    /// Whose Snug this is.
    pub profile: Profile,
    /// What was chosen.
    pub settings: Settings,
    /// A server to point at.
    pub server: Option<Destination>,
    /// This process's place among the profile's; `None` in tests.
    pub instance: Option<Instance>,
    /// Whether the engine runs; tests play it themselves.
    pub engine: bool,
    /// Something to say at the start.
    pub notice: Option<String>,
}

/// What happens.
#[derive(Debug, Clone)]
pub enum Message {
    /// In the login form.
    Login(login::Message),
    /// In the trust dialog.
    Trust(trust::Message),
    /// In the changed-key dialog.
    Changed(changed::Message),
    /// What an invite with another key is.
    Rekeyed(TrustAnswer),
    /// Which device makes room.
    Crowded(crowded::Answer),
    /// On the full-server screen.
    Full(full::Message),
    /// In the chat.
    Chat(chat::Message),
    /// From the engine.
    Engine(Happening),
    /// Somebody's picture was decoded, or could not be.
    Face(faces::Came),
    /// The window.
    Window(window::Event),
    /// The system turned light or dark.
    SystemTheme(iced::theme::Mode),
    /// A second passed while something counts.
    Tick,
    /// Another start of this profile asks for the window, and may have brought a link.
    Called(Call),
    /// What becomes of that link.
    Follow(bool),
    /// An alert ended; its room, where it was pressed.
    Alerted(Option<Target>),
    /// Something to say once.
    Say(&'static str),
    /// Close something said once.
    CloseToast(usize),
    /// Nothing.
    Nothing,
}

impl App {
    /// An app that has heard nothing yet.
    pub fn new(start: Start) -> (Self, Task<Message>) {
        let shared = Shared::new(start.profile, start.settings);
        let engine = start
            .engine
            .then(|| link::Place { folder: shared.profile.data.clone(), received: shared.received() });
        let login = Login::new(start.server.as_ref());
        let focus = login.focus().map(Message::Login);
        let mut app = Self {
            shared,
            login,
            screen: Screen::Login,
            first: FirstServer::Open(start.server),
            commands: None,
            engine,
            instance: start.instance,
            system_mode: Mode::Light,
            attention: Attention::Here,
            memory: notify::Memory::default(),
            toasts: Vec::new(),
            called: None,
        };
        if let Some(notice) = start.notice {
            app.say(notice);
        }
        (app, Task::batch([focus, system::theme().map(Message::SystemTheme)]))
    }

    /// The window's title: how much is unread, whose Snug this is.
    pub fn title(&self) -> String {
        let unread: u32 = match &self.screen {
            Screen::Chat(chat) => {
                let server = chat.session.server;
                let rings = |room: &&Room| {
                    let listens = room.present && !room.ignored;
                    listens && !self.shared.settings.is_muted(server, room.target)
                };
                self.shared.rooms.iter().filter(rings).map(|room| room.unread.at_least()).sum()
            }
            _ => 0,
        };
        let title = self.shared.profile.title();
        if unread > 0 { format!("({unread}) {title}") } else { title }
    }

    /// The theme: as chosen, or as the system is.
    pub fn theme(&self) -> Theme {
        theme::theme(self.mode())
    }

    fn mode(&self) -> Mode {
        match self.shared.settings.appearance {
            Appearance::System => self.system_mode,
            Appearance::Light => Mode::Light,
            Appearance::Dark => Mode::Dark,
        }
    }

    /// What the window is filled with before anything is drawn: a colour that nobody sees. Where it changes,
    /// everything is drawn anew; else a letter that reaches over its bounds would leave a speck of the last screen.
    pub fn style(&self, theme: &Theme) -> iced::theme::Style {
        let tokens = theme::tokens(theme);
        let background_color = match self.screen {
            Screen::Login
            | Screen::Trust(_)
            | Screen::Changed(_)
            | Screen::Rekeyed(_)
            | Screen::Crowded(_) => tokens.background,
            Screen::Full(_) => tokens.surface,
            Screen::Chat(_) => tokens.sidebar,
        };
        iced::theme::Style { background_color, text_color: tokens.ink }
    }

    /// What all screens look at.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Task<Message> {
        self.shared.now = Instant::now();
        self.shared.wall = jiff::Timestamp::now().as_millisecond();
        let task = self.take(message);
        self.shared.tokens = theme::tokens_of(self.mode());
        self.forget_toasts();
        let read = match &mut self.screen {
            Screen::Chat(chat) => chat.seen(&self.shared),
            _ => None,
        };
        if let Some(read) = read {
            self.send(read);
        }
        task
    }

    fn take(&mut self, message: Message) -> Task<Message> {
        match message {
            Message::Login(message) => self.in_login(message),
            Message::Trust(message) => self.in_trust(message),
            Message::Changed(message) => self.in_changed(message),
            Message::Rekeyed(answer) => {
                self.send(Command::Answer(answer));
                Task::none()
            }
            Message::Crowded(answer) => {
                self.send(match answer {
                    crowded::Answer::Replace => Command::ReplaceDevice,
                    crowded::Answer::NotNow => Command::Leave,
                });
                Task::none()
            }
            Message::Full(message) => self.in_full(message),
            Message::Chat(message) => self.in_chat(message),
            Message::Engine(happening) => self.engine(happening),
            Message::Face(came) => self.shared.faces.came(came).map(Message::Face),
            Message::Window(event) => self.window(event),
            Message::SystemTheme(mode) => {
                self.system_mode = Mode::of_system(mode).unwrap_or(self.system_mode);
                Task::none()
            }
            Message::Called(call) => Task::batch([to_front(), self.called(&call)]),
            Message::Follow(yes) => self.follow(yes),
            Message::Alerted(Some(room)) => {
                let open = match &mut self.screen {
                    Screen::Chat(chat) => chat.open(room),
                    _ => chat::Action::None,
                };
                Task::batch([to_front(), self.do_chat(open)])
            }
            Message::Say(words) => {
                self.say(words.to_owned());
                Task::none()
            }
            Message::CloseToast(at) => {
                self.close_toast(at);
                Task::none()
            }
            Message::Tick => {
                self.look_away();
                Task::none()
            }
            Message::Alerted(None) | Message::Nothing => Task::none(),
        }
    }

    fn in_login(&mut self, message: login::Message) -> Task<Message> {
        match self.login.update(message, &self.shared) {
            login::Action::None => Task::none(),
            login::Action::Run(task) => task.map(Message::Login),
            login::Action::Enter(form) => {
                self.first = FirstServer::Done;
                self.send(Command::Enter(form));
                Task::none()
            }
            login::Action::Open(key) => {
                self.first = FirstServer::Done;
                self.send(Command::Open(key));
                Task::none()
            }
            login::Action::Leave => {
                self.send(Command::Leave);
                Task::none()
            }
            login::Action::CopyDetails => self.copy_details(),
        }
    }

    fn in_trust(&mut self, message: trust::Message) -> Task<Message> {
        let Screen::Trust(screen) = &mut self.screen else { return Task::none() };
        if let trust::Action::Answer(answer) = screen.update(message) {
            self.send(Command::Answer(answer));
        }
        Task::none()
    }

    fn in_changed(&mut self, message: changed::Message) -> Task<Message> {
        let Screen::Changed(screen) = &mut self.screen else { return Task::none() };
        match screen.update(message) {
            changed::Action::None => Task::none(),
            changed::Action::Run(task) => task.map(Message::Changed),
            changed::Action::Prove(password) => {
                self.send(Command::Prove(password));
                Task::none()
            }
            changed::Action::Stay => {
                self.send(Command::Leave);
                Task::none()
            }
            changed::Action::CopyDetails => self.copy_details(),
        }
    }

    fn in_full(&mut self, message: full::Message) -> Task<Message> {
        let Screen::Full(screen) = &mut self.screen else { return Task::none() };
        match screen.update(message) {
            full::Action::TryAgain => {
                self.shared.retry_at = None;
                self.send(Command::Retry);
                Task::none()
            }
            full::Action::Leave => {
                self.send(Command::Leave);
                Task::none()
            }
            full::Action::CopyDetails => self.copy_details(),
        }
    }

    fn in_chat(&mut self, message: chat::Message) -> Task<Message> {
        let Screen::Chat(screen) = &mut self.screen else { return Task::none() };
        let action = screen.update(message, &self.shared);
        self.do_chat(action)
    }

    fn do_chat(&mut self, action: chat::Action) -> Task<Message> {
        match action {
            chat::Action::None => {}
            chat::Action::Run(task) => return task.map(Message::Chat),
            chat::Action::Send(commands, task) => {
                for command in commands {
                    self.send(command);
                }
                return task.map(Message::Chat);
            }
            chat::Action::Choose(choice) => self.choose(choice),
            chat::Action::LogOut(copy) => {
                self.first = FirstServer::Done;
                self.send(Command::LogOut { copy });
            }
            chat::Action::Prove(password) => self.send(Command::Prove(password)),
            chat::Action::LogInAgain => {
                if let Screen::Chat(chat) = &self.screen {
                    self.login.point_at(&chat.session.address, Some(&chat.session.name));
                }
                self.send(Command::Leave);
            }
            chat::Action::Open(path) => return open_path(path),
            chat::Action::Reveal(path) => return reveal(&path),
            chat::Action::OpenAddress(address) => return open_address(address),
            chat::Action::Say(words) => self.say(words.to_owned()),
            chat::Action::CopyDetails => return self.copy_details(),
            chat::Action::PlayChime => notify::sound::play(self.shared.settings.volume),
        }
        Task::none()
    }

    /// Hands a command to the engine. Where it cannot, the person is told and a text comes back.
    fn send(&mut self, command: Command) {
        let refused = match &self.commands {
            Some(commands) => match commands.try_send(command) {
                Ok(()) => return,
                Err(
                    mpsc::error::TrySendError::Full(command) | mpsc::error::TrySendError::Closed(command),
                ) => command,
            },
            None => command,
        };
        match refused {
            // Hints: the next one says it again.
            Command::Typing(_) | Command::Read { .. } | Command::SetPresence(_) => {}
            Command::SendText { room, text, .. } => {
                if let Screen::Chat(chat) = &mut self.screen {
                    chat.take_back(room, &text);
                }
                self.say("Snug is busy. Please send that again in a moment.".to_owned());
            }
            _ => self.say("Snug is busy. Please try that again in a moment.".to_owned()),
        }
    }

    fn copy_details(&self) -> Task<Message> {
        clipboard::write(logging::details(&logging::renderer()))
    }

    /// Whether a deed may be tried again in so many seconds, and that is shown.
    fn deed_waits(&self) -> bool {
        matches!(&self.screen, Screen::Chat(chat) if chat.counts())
    }

    /// Draws what is shown.
    pub fn view(&self) -> Element<'_, Message> {
        let shared = &self.shared;
        let login = || self.login.view(shared).map(Message::Login);
        let (page, over) = match &self.screen {
            Screen::Login => (login(), None),
            Screen::Trust(screen) => (login(), Some(screen.view().map(Message::Trust))),
            Screen::Changed(screen) => (login(), Some(screen.view(&shared.zone).map(Message::Changed))),
            Screen::Rekeyed(change) => {
                (login(), Some(rekeyed::view(change, &shared.zone).map(Message::Rekeyed)))
            }
            Screen::Crowded(device) => (login(), Some(crowded::view(device, shared).map(Message::Crowded))),
            Screen::Full(screen) => (screen.view(shared).map(Message::Full), None),
            Screen::Chat(screen) => (screen.view(shared).map(Message::Chat), None),
        };
        // The page is always the first of the stack: its widgets keep their state, whatever lies over them.
        stack![page, over, self.question(), self.toasts()].into()
    }

    /// What it listens to.
    pub fn subscription(&self) -> Subscription<Message> {
        let screen = match &self.screen {
            Screen::Login => self.login.subscription().map(Message::Login),
            Screen::Trust(screen) => screen.subscription().map(Message::Trust),
            Screen::Changed(screen) => screen.subscription().map(Message::Changed),
            Screen::Rekeyed(_) => rekeyed::subscription().map(Message::Rekeyed),
            Screen::Crowded(_) => crowded::subscription().map(Message::Crowded),
            Screen::Full(screen) => screen.subscription().map(Message::Full),
            Screen::Chat(screen) => screen.subscription().map(Message::Chat),
        };
        let engine = self.engine.as_ref().map_or(Subscription::none(), link::engine).map(Message::Engine);
        let called = self.instance.as_ref().map_or(Subscription::none(), Instance::called);
        // Nothing wakes up while nothing counts.
        let tick = if self.shared.retry_at.is_some() || self.toast_passes() || self.deed_waits() {
            iced::time::every(Duration::from_secs(1))
        } else if matches!(self.attention, Attention::Elsewhere(_)) {
            iced::time::every(AWAY_AFTER / 5)
        } else {
            Subscription::none()
        };
        Subscription::batch([
            screen,
            engine,
            called.map(Message::Called),
            tick.map(|_| Message::Tick),
            window::events().map(|(_, event)| Message::Window(event)),
            system::theme_changes().map(Message::SystemTheme),
        ])
    }
}

fn is_online(session: &Session) -> bool {
    matches!(session.link, Link::Online { .. })
}
