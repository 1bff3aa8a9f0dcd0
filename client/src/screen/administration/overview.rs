//! How the server is doing, and what can be set while it runs.

use iced::widget::{column, container, row};
use iced::{Center, Element, Fill};
use snug_engine::event::House;
use snug_proto::bounded::Text;
use snug_proto::hello::Registration;
use snug_proto::house::{Act, Setting, SettingInfo, SettingName};
use snug_proto::limits::LABEL_BYTES_MAX;
use snug_proto::talk::Role;

use super::{Administration, Asked, Message as Outer, Scene, coming};
use crate::theme::{self, size};
use crate::widget::field::{self, Kind};
use crate::widget::label::{label, small, title};
use crate::widget::page::{card, one_of, setting};
use crate::widget::reach::reach;
use crate::widget::{button, line};
use crate::wording;

const WAYS_IN: [(Registration, &str); 3] =
    [(Registration::Open, "Anybody"), (Registration::Invite, "By invite"), (Registration::Closed, "Nobody")];

/// What was typed and is not kept yet.
#[derive(Debug, Default)]
pub struct Typed {
    name: Option<String>,
    seats: Option<String>,
}

/// What happens there.
#[derive(Debug, Clone)]
pub enum Message {
    /// Typed into the name.
    Name(String),
    /// Keep it.
    SaveName,
    /// Typed into the seats.
    Seats(String),
    /// Keep them.
    SaveSeats,
    /// Who may register.
    Registration(Registration),
    /// "Go back to it".
    Unset(SettingName),
}

impl Typed {
    /// A setting is kept: what was typed is what holds.
    pub(super) fn forget(&mut self, setting: SettingName) {
        match setting {
            SettingName::Name => self.name = None,
            SettingName::MaxUsers => self.seats = None,
            SettingName::Registration => {}
        }
    }

    /// Takes a message; what is to be done about it comes back.
    pub(super) fn update(&mut self, message: Message) -> Option<Act> {
        match message {
            Message::Name(name) => self.name = Some(name),
            Message::Seats(seats) => self.seats = Some(seats),
            Message::SaveName => return self.new_name().ok().flatten().map(Act::Set),
            Message::SaveSeats => return self.new_seats().ok().flatten().map(Act::Set),
            Message::Registration(who) => return Some(Act::Set(Setting::Registration(who))),
            Message::Unset(setting) => {
                self.forget(setting);
                return Some(Act::Unset(setting));
            }
        }
        None
    }

    /// The name that was typed, or why it is none.
    fn new_name(&self) -> Result<Option<Setting>, &'static str> {
        let Some(typed) = &self.name else { return Ok(None) };
        let typed = typed.trim();
        if typed.is_empty() {
            return Err("A server has a name.");
        }
        let name: Text<LABEL_BYTES_MAX> = Text::new(typed).map_err(|_| "This is too long for a name.")?;
        Ok(Some(Setting::Name(name)))
    }

    /// The seats that were typed, or why they are none.
    fn new_seats(&self) -> Result<Option<Setting>, &'static str> {
        let Some(typed) = &self.seats else { return Ok(None) };
        match typed.trim().parse() {
            Ok(0) | Err(_) => Err("Type a whole number, at least 1."),
            Ok(seats) => Ok(Some(Setting::MaxUsers(seats))),
        }
    }
}

impl Administration {
    pub(super) fn overview<'a>(&'a self, scene: Scene<'a>) -> Element<'a, Outer> {
        let Some(house) = &scene.shared.house.house else { return coming(scene) };
        let settings = house
            .settings
            .iter()
            .enumerate()
            .map(|(at, info)| column![(at > 0).then(line::across), self.setting(info, scene)].into());
        let explained = if scene.rank == Role::Owner {
            "They hold at once. What is changed here wins over config.toml until you go back to it."
        } else {
            "Owners can change them."
        };
        column![
            doing(house),
            column![title("Settings", size::TITLE), small(explained)].spacing(4),
            card(column(settings)),
        ]
        .spacing(18)
        .into()
    }

    fn setting<'a>(&'a self, info: &'a SettingInfo, scene: Scene<'a>) -> Element<'a, Outer> {
        let which = info.setting.name();
        let may = scene.rank == Role::Owner && scene.online && self.pending.may_act(scene.shared.now);
        let (what, explained) = match which {
            SettingName::Name => ("Name", "What everybody sees"),
            SettingName::Registration => ("Who may register", "Those who have an account stay"),
            SettingName::MaxUsers => {
                ("Seats", "People who can be here at a time. Nobody is sent away for it")
            }
        };
        let (control, wrong): (Element<'a, Message>, _) = match &info.setting {
            Setting::Name(name) => {
                let kept = self.typed.name.as_deref().unwrap_or(name.as_str());
                let control = typing(NAME, kept, 230.0, may, self.typed.new_name());
                (control, self.typed.new_name().err())
            }
            Setting::MaxUsers(seats) => {
                let seats = seats.to_string();
                let kept = self.typed.seats.as_deref().unwrap_or(&seats);
                let control = typing(SEATS, kept, 90.0, may, self.typed.new_seats());
                (control, self.typed.new_seats().err())
            }
            Setting::Registration(who) => {
                let choose: fn(Registration) -> Message = Message::Registration;
                (one_of(WAYS_IN, *who, may.then_some(choose)), None)
            }
        };
        let wrong = wrong.map(|wrong| container(label(wrong, size::SMALL, theme::danger)).padding(BELOW));
        let configured = info.configured.as_ref().map(|configured| {
            let back = (scene.rank == Role::Owner).then(|| {
                let back = button::short("Go back to it", theme::secondary);
                reach(back, may.then_some(Message::Unset(which)))
            });
            let words = small(format!("config.toml says {}", said(configured))).width(Fill);
            container(row![words, back].spacing(12).align_y(Center)).padding(BELOW)
        });
        let answer = self.answer(Asked::Setting(which), scene.shared);
        let answer = answer.map(|answer| container(answer).padding(BELOW));
        let row = column![setting(what, explained, control), wrong, configured];
        column![Element::from(row).map(Outer::Overview), answer].into()
    }
}

/// Under a setting.
const BELOW: iced::Padding = iced::Padding { top: 0.0, right: 16.0, bottom: 12.0, left: 16.0 };

/// A field with what holds, and a button once something else is typed.
fn typing<'a>(
    id: &'static str,
    typed: &str,
    width: f32,
    may: bool,
    new: Result<Option<Setting>, &'static str>,
) -> Element<'a, Message> {
    let (on_input, save): (fn(String) -> Message, _) =
        if id == NAME { (Message::Name, Message::SaveName) } else { (Message::Seats, Message::SaveSeats) };
    let changed = matches!(new, Ok(Some(_)));
    let press = (may && changed).then(|| save.clone());
    let button = changed.then(|| reach(button::words("Save", theme::secondary), press));
    let field = field::bare("", id, typed, Kind::Plain, may.then_some(on_input), save);
    row![container(field).width(width), button].spacing(8).align_y(Center).into()
}

/// What a setting says.
fn said(setting: &Setting) -> String {
    match setting {
        Setting::Name(name) => format!("“{}”", wording::cut(name.as_str(), 40)),
        Setting::Registration(Registration::Open) => "anybody".to_owned(),
        Setting::Registration(Registration::Invite) => "by invite".to_owned(),
        Setting::Registration(Registration::Closed) => "nobody".to_owned(),
        Setting::MaxUsers(seats) => wording::count(*seats, "seat"),
    }
}

/// The figures.
fn doing<'a>(house: &House) -> Element<'a, Outer> {
    let max = house.settings.iter().find_map(|info| match info.setting {
        Setting::MaxUsers(max) => Some(max),
        _ => None,
    });
    let seats = max.map_or(house.seats.to_string(), |max| format!("{} of {max}", house.seats));
    let figure = |value: String, what: &'a str| -> Element<'a, Outer> {
        let words = column![title(value, 18.0), small(what)].spacing(4);
        container(words).padding([13, 16]).width(Fill).style(theme::card).into()
    };
    let free = house.disk_free.map_or("unknown".to_owned(), wording::bytes);
    column![
        row![
            figure(seats, "Seats in use"),
            figure(wording::number(house.accounts.into()), "Accounts"),
            figure(free, "Free on the disk"),
        ]
        .spacing(10),
        row![
            figure(wording::bytes(house.database), "Texts and everything else"),
            figure(wording::bytes(house.files), "Files"),
        ]
        .spacing(10),
    ]
    .spacing(10)
    .into()
}

/// The field of the server's name.
pub const NAME: &str = "server-name";
/// The field of the seats.
pub const SEATS: &str = "server-seats";
