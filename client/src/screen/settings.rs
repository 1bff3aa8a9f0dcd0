//! Every choice in the app; no file has to be edited.

pub mod account;
pub mod devices;
mod privacy;
mod trust;

use std::path::PathBuf;
use std::time::Instant;

use iced::widget::{column, container, row, slider};
use iced::{Center, Element, Fill, Subscription, Task};
use snug_engine::command::{Command, Deed};
use snug_engine::event::{DeedDone, Room, Session};
use snug_proto::entry::RoomKind;
use snug_proto::talk::Target;

use crate::fonts;
use crate::icon::{Icon, icon};
use crate::logging;
use crate::screen::asked::Asked;
use crate::screen::dialogs::Dialog;
use crate::screen::dialogs::pending::Pending;
use crate::settings::{Alerts, Appearance, Settings as Chosen};
use crate::shared::Shared;
use crate::theme::{self, size};
use crate::widget::field::{self, Kind};
use crate::widget::label::{label, small, title};
use crate::widget::page::{Book, card, one_of, setting};
use crate::widget::toggle::toggle;
use crate::widget::{avatar, button, line};
use crate::wording;

/// The settings.
#[derive(Debug)]
pub struct Settings {
    section: Section,
    all_of_fingerprint: bool,
    /// What is typed into the folder field, where it is open.
    folder: Option<String>,
    copied: bool,
    /// What is being done with a device.
    doing: devices::Doing,
    /// How the account is being changed.
    account: account::Account,
    /// What was asked of the server here.
    pub pending: Pending,
}

/// A page of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Sound and alerts.
    Notifications,
    /// What others see, and who is ignored.
    Privacy,
    /// The ways back in.
    Account,
    /// Where the account is logged in.
    Devices,
    /// Light and dark.
    Appearance,
    /// Received files.
    Files,
    /// How the server is known.
    Trust,
    /// Version and details.
    About,
}

const SECTIONS: [(Section, &str); 8] = [
    (Section::Notifications, "Notifications"),
    (Section::Privacy, "Privacy"),
    (Section::Account, "Account"),
    (Section::Devices, "Devices"),
    (Section::Appearance, "Appearance"),
    (Section::Files, "Files"),
    (Section::Trust, "Server & trust"),
    (Section::About, "About"),
];

/// Something that was chosen. The app keeps it.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// Light, dark, or as the system is.
    Appearance(Appearance),
    /// The chime.
    Sound(bool),
    /// How loud.
    Volume(u8),
    /// What alerts show.
    Alerts(Alerts),
    /// Nothing rings.
    MuteEverything(bool),
    /// Shown as away until the person says otherwise.
    Away(bool),
    /// This room rings no more, or again.
    MuteRoom(Target),
    /// Members beside the room.
    ShowMembers(bool),
    /// Where received files go; `None` is the profile's own folder.
    Received(Option<PathBuf>),
    /// An emoji was used: it stands first from now on.
    Emoji(String),
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// A page was pressed.
    Section(Section),
    /// Something was chosen.
    Choose(Choice),
    /// Something was chosen for the account.
    Do(Deed),
    /// In the account.
    Account(account::Message),
    /// A file was dropped onto the window.
    Dropped(PathBuf),
    /// Among the devices.
    Devices(devices::Message),
    /// "Play".
    Play,
    /// "show all" of the fingerprint.
    ShowAll,
    /// "I compared the words".
    WordsCompared,
    /// "Choose…" of the received files.
    PickFolder,
    /// The folder dialog ended.
    FolderPicked(Option<PathBuf>),
    /// Typed into the folder field.
    FolderTyped(String),
    /// Enter in the folder field.
    FolderDone,
    /// Open a folder.
    Open(PathBuf),
    /// "Copy details".
    CopyDetails,
    /// Back to the room.
    Close,
}

/// What it asks for.
#[derive(Debug)]
pub enum Action {
    /// Nothing.
    None,
    /// A task of its own.
    Run(Task<Message>),
    /// Keep this choice.
    Choose(Choice),
    /// Ask the server for this.
    Do(Deed),
    /// Ask this about the account.
    Ask(Asked),
    /// Say this to the engine.
    Send(Command),
    /// Codes to write down.
    Recovery,
    /// A dialog over the settings.
    Dialog(Dialog),
    /// Play the chime.
    PlayChime,
    /// The words were compared.
    WordsCompared,
    /// Copy what helps to find out what happened.
    CopyDetails,
    /// Open a folder.
    Open(PathBuf),
    /// Back to the room.
    Close,
}

impl Settings {
    /// The settings at a page.
    pub fn new(section: Section) -> Self {
        Self {
            section,
            all_of_fingerprint: false,
            folder: None,
            copied: false,
            doing: devices::Doing::default(),
            account: account::Account::default(),
            pending: Pending::Ready,
        }
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, session: &Session, shared: &Shared) -> Action {
        match message {
            Message::Account(message) => self.account.update(message, session, shared),
            Message::Dropped(path) if self.section == Section::Account => {
                self.account.update(account::Message::Picked(Some(path)), session, shared)
            }
            Message::Dropped(_) => Action::None,
            Message::Devices(message) => self.doing.update(message, shared),
            Message::Section(section) => {
                // What was typed about oneself is not lost by a look at another page.
                *self = Self { account: std::mem::take(&mut self.account), ..Self::new(section) };
                Action::None
            }
            Message::Choose(choice) => Action::Choose(choice),
            Message::Do(deed) => Action::Do(deed),
            Message::Play => Action::PlayChime,
            Message::ShowAll => {
                self.all_of_fingerprint = !self.all_of_fingerprint;
                Action::None
            }
            Message::WordsCompared => Action::WordsCompared,
            Message::PickFolder => {
                // The field opens too: where no dialog answers it is the only way.
                self.folder.get_or_insert_default();
                Action::Run(Task::perform(pick(), Message::FolderPicked))
            }
            Message::FolderPicked(None) => Action::None,
            Message::FolderPicked(Some(path)) => {
                self.folder = None;
                Action::Choose(Choice::Received(Some(path)))
            }
            Message::FolderTyped(typed) => {
                self.folder = Some(typed);
                Action::None
            }
            Message::FolderDone => match self.folder.take() {
                Some(typed) if PathBuf::from(typed.trim()).is_absolute() => {
                    Action::Choose(Choice::Received(Some(PathBuf::from(typed.trim()))))
                }
                typed => {
                    self.folder = typed;
                    Action::None
                }
            },
            Message::Open(path) => Action::Open(path),
            Message::CopyDetails => {
                self.copied = true;
                Action::CopyDetails
            }
            Message::Close => Action::Close,
        }
    }

    /// Something was asked about the account, under this ticket.
    pub fn asked(&mut self, ticket: u64) {
        self.account.pending.wait(ticket);
    }

    /// What came of a deed.
    pub fn hear(&mut self, done: &DeedDone, now: Instant) {
        self.pending.hear(done, now);
        self.account.hear(done, now);
    }

    /// Whether a clock runs until something may be tried again.
    pub fn counts(&self) -> bool {
        self.pending.counts() || self.account.pending.counts()
    }

    /// Draws it.
    pub fn view<'a>(&'a self, session: &'a Session, shared: &'a Shared) -> Element<'a, Message> {
        let page = match self.section {
            Section::Notifications => notifications(session, shared),
            Section::Privacy => privacy::view(&self.pending, shared),
            Section::Account => self.account.view(session, shared).map(Message::Account),
            Section::Devices => self.doing.view(session, shared).map(Message::Devices),
            Section::Appearance => appearance(&shared.settings),
            Section::Files => self.files(shared),
            Section::Trust => trust::view(self.all_of_fingerprint, session, shared),
            Section::About => self.about(shared),
        };
        let book = Book {
            title: "Settings",
            sections: &SECTIONS,
            chosen: self.section,
            open: Message::Section,
            close: Message::Close,
        };
        book.view(None, page)
    }

    fn files<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let folder = shared.received();
        let own = shared.settings.received_files.is_some();
        let buttons = row![
            button::short("Open", theme::secondary).on_press(Message::Open(folder.clone())),
            button::short("Choose…", theme::secondary).on_press(Message::PickFolder),
            own.then(|| {
                button::short("Usual folder", theme::secondary)
                    .on_press(Message::Choose(Choice::Received(None)))
            }),
        ]
        .spacing(8);
        let typed = self.folder.as_ref().map(|typed| {
            container(
                column![
                    small("The folder's whole path, then Enter:"),
                    field::bare(
                        "",
                        FOLDER,
                        typed,
                        Kind::Mono,
                        Some(Message::FolderTyped),
                        Message::FolderDone
                    )
                ]
                .spacing(6),
            )
            .padding([12, 16])
        });
        card(column![
            setting("Received files", "A new folder counts from the next start of Snug", buttons),
            line::across(),
            container(small(folder.display().to_string()).font(fonts::MONO)).padding([12, 16]),
            typed,
        ])
        .into()
    }

    fn about<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let copied = if self.copied { "Copied" } else { "Copy details" };
        let details = "Version, system, renderer and the last problems. No messages, no names, no addresses.";
        let profile = if shared.profile.name.is_empty() { "default" } else { &shared.profile.name };
        let fact = |what: &'a str, value: String| {
            container(row![
                label(what, size::NAME, theme::muted).width(110),
                label(value, size::NAME, theme::ink)
            ])
            .padding([9, 16])
        };
        card(column![
            setting(
                "Details for who can help",
                details,
                button::short(copied, theme::secondary).on_press(Message::CopyDetails)
            ),
            line::across(),
            fact("Version", format!("Snug {}", env!("CARGO_PKG_VERSION"))),
            fact("System", format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
            fact("Drawn by", logging::renderer()),
            fact("Profile", profile.to_owned()),
            fact("Fonts", "Inter, JetBrains Mono (OFL); Twemoji (CC-BY 4.0)".to_owned()),
        ])
        .into()
    }

    /// What it listens to.
    pub fn subscription(&self) -> Subscription<Message> {
        Subscription::none()
    }
}

async fn pick() -> Option<PathBuf> {
    let dialog = rfd::AsyncFileDialog::new().set_title("Where received files go");
    dialog.pick_folder().await.map(|folder| folder.path().to_owned())
}

fn notifications<'a>(session: &Session, shared: &'a Shared) -> Element<'a, Message> {
    let chosen = &shared.settings;
    let volume = row![
        slider(0..=100, chosen.volume, |volume| Message::Choose(Choice::Volume(volume))).style(theme::volume),
        button::short("Play", theme::secondary).on_press(Message::Play)
    ]
    .spacing(16)
    .width(420)
    .align_y(Center);
    let rings = card(column![
        setting(
            "Sound",
            "A short chime when a message arrives and nobody looks at the room",
            toggle(SOUND, chosen.sound, Message::Choose(Choice::Sound(!chosen.sound)))
        ),
        line::across(),
        setting("Volume", "", volume),
        line::across(),
        setting("Desktop alerts", "What they show while the window is not in front", alerts(chosen.alerts)),
        line::across(),
        setting(
            "Mute everything",
            "Nothing rings until you turn this off",
            toggle(
                MUTE,
                chosen.mute_everything,
                Message::Choose(Choice::MuteEverything(!chosen.mute_everything))
            )
        ),
    ]);
    // The house never rings.
    let rooms = shared.rooms.iter().filter(|room| room.kind != RoomKind::HOUSE);
    let rooms = rooms.enumerate().map(|(at, room)| {
        let above = (at > 0).then(line::across);
        column![above, per_room(room, chosen.is_muted(session.server, room.target), shared)].into()
    });
    column![rings, title("Per room", size::TITLE), card(column(rooms))].spacing(18).into()
}

fn per_room<'a>(room: &'a Room, muted: bool, shared: &'a Shared) -> Element<'a, Message> {
    let mark: Element<'a, Message> = match room.target {
        Target::Person(account) if room.kind != RoomKind::NOTES => {
            avatar::person(&shared.faces.face(account), &room.name, 24.0)
        }
        _ => container(icon(Icon::of_room(room.kind), 17.0, theme::muted)).center_x(24).into(),
    };
    let words = if muted { "Muted" } else { "All messages" };
    let switch =
        button::short(words, theme::secondary).on_press(Message::Choose(Choice::MuteRoom(room.target)));
    container(
        row![mark, label(wording::cut(&room.name, 32), size::TEXT, theme::ink).width(Fill), switch]
            .spacing(12)
            .align_y(Center),
    )
    .padding([8, 16])
    .into()
}

fn alerts<'a>(chosen: Alerts) -> Element<'a, Message> {
    one_of(
        [
            (Alerts::SenderAndText, "Sender and text"),
            (Alerts::NewMessage, "“New message”"),
            (Alerts::Off, "Off"),
        ],
        chosen,
        Some(|alerts| Message::Choose(Choice::Alerts(alerts))),
    )
}

fn appearance<'a>(chosen: &Chosen) -> Element<'a, Message> {
    let modes = one_of(
        [(Appearance::System, "System"), (Appearance::Light, "Light"), (Appearance::Dark, "Dark")],
        chosen.appearance,
        Some(|appearance| Message::Choose(Choice::Appearance(appearance))),
    );
    card(setting("Theme", "“System” follows your desktop, also while Snug runs", modes)).into()
}

/// The switch of the sound.
pub const SOUND: &str = "settings-sound";
/// The switch that mutes everything.
pub const MUTE: &str = "settings-mute";
/// The folder field.
pub const FOLDER: &str = "settings-folder";
