//! The devices of the account: which there are, what they are called, and the way to cut one off.

use iced::widget::{column, container, operation, row, space};
use iced::{Center, Element, Fill};
use snug_engine::command::Command;
use snug_engine::event::{Device, KeyKept, Session};
use snug_proto::id::DeviceId;

use super::{Action, card};
use crate::icon::Icon;
use crate::screen::crowded::called;
use crate::screen::dialogs::Dialog;
use crate::screen::dialogs::add_device::AddDevice;
use crate::shared::Shared;
use crate::theme::{self, Soft, size};
use crate::widget::field::{self, Kind};
use crate::widget::label::{label, name, small};
use crate::widget::{button, line, pill};
use crate::wording;

/// What is being done with a device.
#[derive(Debug, Default)]
pub(super) enum Doing {
    /// Nothing.
    #[default]
    Nothing,
    /// It gets a name.
    Naming(DeviceId, String),
    /// It is about to be cut off.
    Revoking(DeviceId),
    /// All but this one are.
    RevokingOthers,
}

/// What happens there.
#[derive(Debug, Clone)]
pub enum Message {
    /// "Add a device".
    Add,
    /// "Rename".
    Rename(DeviceId),
    /// Typed into the name.
    Name(String),
    /// Enter in the name, or "Save".
    Named,
    /// "Revoke".
    Revoke(DeviceId),
    /// "Revoke all others".
    RevokeOthers,
    /// "Yes, revoke".
    Sure,
    /// "Cancel".
    Cancel,
}

impl Doing {
    pub(super) fn update(&mut self, message: Message, shared: &Shared) -> Action {
        match message {
            Message::Add => return Action::Dialog(Dialog::AddDevice(AddDevice::new())),
            Message::Rename(id) => {
                let named = devices(shared).iter().find(|device| device.device == id);
                *self = Self::Naming(id, named.map(|device| device.name.clone()).unwrap_or_default());
                return Action::Run(operation::focus(NAME));
            }
            Message::Name(typed) => {
                if let Self::Naming(_, name) = self {
                    *name = typed;
                }
            }
            Message::Revoke(id) => *self = Self::Revoking(id),
            Message::RevokeOthers => *self = Self::RevokingOthers,
            Message::Cancel => *self = Self::Nothing,
            Message::Named | Message::Sure => match std::mem::take(self) {
                Self::Naming(device, name) => return Action::Send(Command::NameDevice { device, name }),
                Self::Revoking(device) => return Action::Send(Command::RevokeDevice(device)),
                Self::RevokingOthers => return Action::Send(Command::RevokeOtherDevices),
                Self::Nothing => {}
            },
        }
        Action::None
    }

    /// Draws the page.
    pub(super) fn view<'a>(&'a self, session: &Session, shared: &'a Shared) -> Element<'a, Message> {
        let list = devices(shared);
        let rows = list
            .iter()
            .enumerate()
            .map(|(at, device)| column![(at > 0).then(line::across), self.device(device, shared)].into());
        let nothing =
            list.is_empty().then(|| container(small("The server has not told them yet.")).padding([13, 16]));
        let others = list.iter().any(|device| !device.this);
        let all: Option<Element<'a, Message>> = match self {
            Self::RevokingOthers => Some(sure("Every other device is logged out at once.")),
            _ if others => Some(
                button::words("Revoke all others", theme::secondary).on_press(Message::RevokeOthers).into(),
            ),
            _ => None,
        };
        let add = button::words("Add a device", theme::primary).on_press(Message::Add);
        let foot = row![add, space().width(Fill), all].spacing(10).align_y(Center);
        let explained = small(
            "Each logs in with a key of its own. One that is revoked is cut off at once; what it has received stays \
             on it.",
        );
        let key = small(where_the_key_lies(session.key_kept));
        column![explained, card(column![column(rows), nothing]), key, foot].spacing(14).into()
    }

    fn device<'a>(&'a self, device: &'a Device, shared: &Shared) -> Element<'a, Message> {
        let this = device.this.then(|| pill::fact(Icon::Check, "this device", Soft::Trust));
        let seen = if device.online {
            "here now".to_owned()
        } else {
            format!("last here on {}", wording::date(device.seen, &shared.zone))
        };
        let system = wording::cut(&device.system, 32);
        let facts = format!("{system} · added on {} · {seen}", wording::date(device.added, &shared.zone));
        let id = device.device;
        let acts: Element<'a, Message> = match self {
            Self::Naming(named, _) if *named == id => space().into(),
            Self::Revoking(named) if *named == id => sure("It is logged out at once."),
            _ => {
                let revoke = (!device.this)
                    .then(|| button::short("Revoke", theme::secondary).on_press(Message::Revoke(id)));
                row![button::short("Rename", theme::secondary).on_press(Message::Rename(id)), revoke]
                    .spacing(8)
                    .into()
            }
        };
        let naming = match self {
            Self::Naming(named, typed) if *named == id => Some(
                row![
                    field::bare("Its name", NAME, typed, Kind::Plain, Some(Message::Name), Message::Named),
                    button::words("Save", theme::primary).on_press(Message::Named),
                    button::words("Cancel", theme::secondary).on_press(Message::Cancel),
                ]
                .spacing(8),
            ),
            _ => None,
        };
        let head = row![name(wording::cut(called(device), 32)), this].spacing(10).align_y(Center);
        let words = column![head, small(facts)].spacing(3).width(Fill);
        let line = row![words, acts].spacing(12).align_y(Center);
        container(column![line, naming].spacing(10)).padding([12, 16]).into()
    }
}

/// Where the key lies that logs this device in.
fn where_the_key_lies(kept: KeyKept) -> &'static str {
    match kept {
        KeyKept::Keyring => "This device's own key lies in the keyring of your system.",
        KeyKept::NoKeyring => {
            "This device's own key lies in a file that only you can read, because your system has no keyring."
        }
        KeyKept::KeyringLocked => {
            "This device's own key lies in a file that only you can read, because your keyring was locked. It moves \
             there at a start of Snug that finds it open."
        }
    }
}

/// A second press, where the first one may have been a slip.
fn sure<'a>(words: &'a str) -> Element<'a, Message> {
    row![
        label(words, size::SMALL, theme::danger),
        button::short("Yes, revoke", theme::dangerous).on_press(Message::Sure),
        button::short("Cancel", theme::secondary).on_press(Message::Cancel),
    ]
    .spacing(8)
    .align_y(Center)
    .into()
}

fn devices(shared: &Shared) -> &[Device] {
    shared.devices.as_ref().map_or(&[], |devices| &devices.list)
}

/// The field for a name.
pub const NAME: &str = "device-name";
