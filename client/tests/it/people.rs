//! People who look as they chose, an account and its devices, as an engine would tell of them, and what a person does
//! there in the gallery.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use snug::app::Message;
use snug::link::Happening;
use snug::screen::chat::{self, members, sidebar};
use snug::screen::dialogs::{self, delete_account, password};
use snug::screen::settings::{self, Section, account};
use snug_engine::event::*;
use snug_proto::id::{AccountId, DeviceId};

use crate::house;
use crate::preset::*;

/// A look.
pub(crate) fn look(name: &str, display: &str, colour: u8) -> Look {
    Look { name: name.into(), display: display.into(), colour, picture: None }
}

/// What people look like: Bashir with a picture, Chloé with another name.
pub(crate) fn looks(bashir: Option<PathBuf>) -> Event {
    let looks: BTreeMap<AccountId, Look> = [
        (AMARA, look("amara", "Amara", 6)),
        (BASHIR, Look { picture: bashir, ..look("bashir", "Bashir", 0) }),
        (CHLOE, look("chloe.b", "Chloé", 7)),
        (DMITRI, look("dmitri", "Dmitri", 8)),
    ]
    .into();
    Event::Looks(Arc::new(looks))
}

/// The device that was not here for longest.
pub(crate) fn unseen() -> Device {
    Device {
        device: DeviceId(3),
        name: "Old laptop".into(),
        system: "Linux".into(),
        added: 1_771_000_000_000,
        seen: 1_781_000_000_000,
        online: false,
        this: false,
    }
}

/// A portrait of somebody before a hill, in a folder.
#[allow(dead_code, reason = "the gallery shows it, the tests do not")]
pub(crate) fn portrait() -> PathBuf {
    let path = std::env::temp_dir().join("snug-gallery-portrait.png");
    let drawn = image::RgbImage::from_fn(256, 256, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let head = (x - 128.0).hypot(y - 104.0) < 50.0;
        let shoulders = ((x - 128.0) / 92.0).powi(2) + ((y - 262.0) / 92.0).powi(2) < 1.0;
        let hair = (x - 128.0).hypot(y - 90.0) < 58.0 && y < 100.0;
        match (hair, head, shoulders) {
            (true, _, _) => image::Rgb([58, 42, 36]),
            (_, true, _) => image::Rgb([201, 146, 110]),
            (_, _, true) => image::Rgb([47, 111, 143]),
            _ if y > 190.0 + 20.0 * ((x - 40.0) / 90.0).sin() => image::Rgb([94, 128, 84]),
            _ => image::Rgb([244, 214 - (y / 6.0) as u8, 176 - (y / 5.0) as u8]),
        }
    });
    if let Err(error) = drawn.save(&path) {
        eprintln!("no picture: {error}");
    }
    path
}

/// A message about the account.
pub(crate) fn in_account(message: account::Message) -> Message {
    Message::Chat(chat::Message::Settings(settings::Message::Account(message)))
}

/// The events behind a picture, where it is one of these.
#[allow(dead_code, reason = "the gallery shows it, the tests do not")]
pub(crate) fn events(name: &str) -> Option<Vec<Event>> {
    let mut events = house::open_at(LOBBY);
    match name {
        "account" | "account-changed" | "account-refused" | "password" | "password-refused"
        | "password-changed" | "delete-account" | "devices" | "devices-file" | "looks" | "looks-member"
        | "told" => events.extend([looks(Some(portrait())), devices()]),
        "replaced-again" => events.push(Event::Phase(Phase::Open(session(Link::Replaced { again: true })))),
        "too-many-devices" => return Some(vec![servers(), Event::Phase(Phase::TooManyDevices(unseen()))]),
        "login-reset" => return Some(vec![Event::Phase(Phase::LoggedOut { problem: None }), servers()]),
        _ => return None,
    }
    if name == "devices-file" {
        let session = Session { key_kept: KeyKept::KeyringLocked, ..session(online()) };
        events.push(Event::Phase(Phase::Open(session)));
    }
    if name == "told" {
        let device = Device { this: false, ..unseen() };
        events.push(Event::Notice(Notice::NewDevice(device)));
        events.push(Event::Notice(Notice::PasswordChanged { at: 1_791_000_000_000 }));
    }
    Some(events)
}

/// What a person does there before one looks.
#[allow(dead_code, reason = "the gallery shows it, the tests do not")]
pub(crate) fn then(name: &str) -> Vec<Message> {
    let side = |message| Message::Chat(chat::Message::Sidebar(message));
    let at = |section| {
        let section = settings::Message::Section(section);
        vec![side(sidebar::Message::Settings), Message::Chat(chat::Message::Settings(section))]
    };
    let dialog = |message| Message::Chat(chat::Message::Dialog(message));
    let in_password = |message| dialog(dialogs::Message::Password(message));
    let hears = |event| Message::Engine(Happening::Events(vec![event]));
    let typing = || {
        let mut all = at(Section::Account);
        all.push(in_account(account::Message::Password));
        all.push(in_password(password::Message::Old("tin sparrows".into())));
        all.push(in_password(password::Message::New("glacier trumpet meadow".into())));
        all.push(in_password(password::Message::Again("glacier trumpet meadow".into())));
        all
    };
    match name {
        "account" => at(Section::Account),
        "account-changed" | "account-refused" => {
            let mut all = at(Section::Account);
            all.push(in_account(account::Message::Display("Amara Osei".into())));
            all.push(in_account(account::Message::Colour(4)));
            if name == "account-refused" {
                all.push(in_account(account::Message::Save));
                let reason = "Somebody has a name that looks like this one. Please choose another.";
                all.push(hears(house::done(1, Err(reason))));
            }
            all
        }
        "password" => typing(),
        "password-refused" | "password-changed" => {
            let mut all = typing();
            all.push(in_password(password::Message::Change));
            let result = if name == "password-changed" { Ok(None) } else { Err("The password is wrong.") };
            all.push(hears(house::done(1, result)));
            all
        }
        "delete-account" => {
            let mut all = at(Section::Account);
            all.push(in_account(account::Message::Delete));
            let in_delete = |message| dialog(dialogs::Message::DeleteAccount(message));
            all.push(in_delete(delete_account::Message::Name("amara".into())));
            all.push(in_delete(delete_account::Message::Password("tin sparrows".into())));
            all
        }
        "devices" | "devices-file" => at(Section::Devices),
        "looks-member" => vec![Message::Chat(chat::Message::Members(members::Message::Menu(CHLOE)))],
        "login-reset" => {
            use snug::screen::login::Message as Login;
            let typed = "chat.riverside.example 7k3m-abcd-efgh".to_owned();
            vec![
                Message::Login(Login::Server(typed)),
                Message::Login(Login::Switch),
                Message::Login(Login::User("amara".into())),
                Message::Login(Login::Password("glacier trumpet".into())),
            ]
        }
        _ => vec![],
    }
}
