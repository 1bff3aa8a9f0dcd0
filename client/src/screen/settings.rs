//! Every choice in the app; no file has to be edited.

pub mod account;
pub mod devices;
mod privacy;
mod trust;

use std::path::PathBuf;
use std::time::Instant;

use iced::widget::{Container, button as plain, column, container, row, slider, space};
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
use crate::widget::label::{label, name, small, title};
use crate::widget::toggle::toggle;
use crate::widget::{avatar, button, line, scroll};
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
        let sections = SECTIONS.iter().map(|(section, words)| {
            let chosen = *section == self.section;
            let font = if chosen { fonts::SEMIBOLD } else { fonts::TEXT };
            let tone: theme::Tone = if chosen { theme::ink } else { theme::muted };
            plain(label(*words, size::NAME, tone).font(font))
                .padding([7, 10])
                .width(Fill)
                .style(theme::choice(chosen))
                .on_press(Message::Section(*section))
                .into()
        });
        let back = plain(
            row![icon(Icon::Back, 16.0, theme::muted), label("Back", size::NAME, theme::muted)]
                .spacing(6)
                .align_y(Center),
        )
        .padding([7, 6])
        .style(theme::ghost)
        .on_press(Message::Close);
        let list = column![
            container(title("Settings", 18.0)).padding([0, 8]),
            column(sections).spacing(2),
            space().height(Fill),
            back
        ]
        .spacing(14)
        .padding([20, 14])
        .width(188);
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
        let heading =
            SECTIONS.iter().find(|(section, _)| *section == self.section).map_or("", |(_, words)| words);
        let page = column![title(heading, size::PAGE), page].spacing(18).max_width(640);
        row![list, line::down(), scroll::list(container(page).padding([26, 40])).width(Fill)].into()
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
    let rooms = shared.rooms.iter().enumerate().map(|(at, room)| {
        let above = (at > 0).then(line::across);
        column![above, per_room(room, chosen.is_muted(session.server, room.target), shared)].into()
    });
    column![rings, title("Per room", size::TITLE), card(column(rooms))].spacing(18).into()
}

fn per_room<'a>(room: &'a Room, muted: bool, shared: &'a Shared) -> Element<'a, Message> {
    let what = if room.kind == RoomKind::PRIVATE { Icon::Lock } else { Icon::Hash };
    let mark: Element<'a, Message> = match room.target {
        _ if room.kind == RoomKind::NOTES => {
            container(icon(Icon::Pencil, 17.0, theme::muted)).center_x(24).into()
        }
        Target::Room(_) => container(icon(what, 17.0, theme::muted)).center_x(24).into(),
        Target::Person(account) => avatar::person(&shared.faces.face(account), &room.name, 24.0),
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
        |alerts| Message::Choose(Choice::Alerts(alerts)),
    )
}

fn appearance<'a>(chosen: &Chosen) -> Element<'a, Message> {
    let modes = one_of(
        [(Appearance::System, "System"), (Appearance::Light, "Light"), (Appearance::Dark, "Dark")],
        chosen.appearance,
        |appearance| Message::Choose(Choice::Appearance(appearance)),
    );
    card(setting("Theme", "“System” follows your desktop, also while Snug runs", modes)).into()
}

fn one_of<'a, T: Copy + PartialEq>(
    all: [(T, &'a str); 3],
    chosen: T,
    choose: fn(T) -> Message,
) -> Element<'a, Message> {
    row(all.map(|(value, words)| {
        let is_chosen = value == chosen;
        let tone: theme::Tone = if is_chosen { theme::accent } else { theme::muted };
        plain(label(words, size::SMALL, tone).font(fonts::SEMIBOLD))
            .padding([6, 11])
            .style(theme::choice(is_chosen))
            .on_press(choose(value))
            .into()
    }))
    .spacing(4)
    .into()
}

fn setting<'a, M: 'a>(what: &str, explained: &str, control: impl Into<Element<'a, M>>) -> Element<'a, M> {
    let explained = (!explained.is_empty()).then(|| small(explained.to_owned()));
    let words = column![name(what.to_owned()).size(size::NAME + 0.5), explained].spacing(2).width(Fill);
    container(row![words, control.into()].spacing(16).align_y(Center)).padding([13, 16]).into()
}

fn card<'a, M: 'a>(content: impl Into<Element<'a, M>>) -> Container<'a, M> {
    container(content).padding(1).width(Fill).style(theme::card)
}

/// The switch of the sound.
pub const SOUND: &str = "settings-sound";
/// The switch that mutes everything.
pub const MUTE: &str = "settings-mute";
/// The folder field.
pub const FOLDER: &str = "settings-folder";
