//! A server as its administrators see it: the house room, people, codes and bans.

use std::sync::Arc;

use snug::app::Message;
use snug::screen::administration::{self, Section, people};
use snug::screen::chat::{self, sidebar};
use snug_engine::event::*;
use snug_proto::bounded::Text;
use snug_proto::code::CodeName;
use snug_proto::entry::RoomKind;
use snug_proto::hello::Registration;
use snug_proto::house::{BanId, BanKind, Setting, SettingInfo};
use snug_proto::id::{AccountId, RoomId};
use snug_proto::login::Purpose;
use snug_proto::talk::{InviteInfo, Role, Target};

use crate::house;
use crate::preset::*;

pub(crate) const HOUSE: Target = Target::Room(RoomId(30));
const NOW: i64 = 1_795_773_600_000;
const HOUR: i64 = 60 * MINUTE;

/// The rooms, with the house and the lobby in which Amara has this role.
pub(crate) fn rooms(role: Role) -> Event {
    let Event::Rooms(rooms) = house::rooms() else { unreachable!("rooms are rooms") };
    let mut rooms = rooms.to_vec();
    rooms[0].role = role;
    rooms.push(Room { role, ..room(HOUSE, 30, RoomKind::HOUSE, "House") });
    Event::Rooms(rooms.into())
}

/// How the server is doing. Its name and seats are not what the configuration says.
pub(crate) fn doing() -> Event {
    let named = |name: &str| Setting::Name(Text::cut(name));
    Event::House(Arc::new(House {
        accounts: 7,
        seats: 3,
        settings: vec![
            SettingInfo { setting: named("Riverside Studio"), configured: Some(named("Snug")) },
            SettingInfo { setting: Setting::Registration(Registration::Invite), configured: None },
            SettingInfo { setting: Setting::MaxUsers(5), configured: Some(Setting::MaxUsers(3)) },
        ],
        database: 48_300_000,
        files: 3_412_000_000,
        disk_free: Some(212_000_000_000),
    }))
}

/// Everybody with an account.
pub(crate) fn people() -> Event {
    let person = |account, name: &str, role, online, invited_by: Option<&str>| Resident {
        account,
        name: name.into(),
        role,
        created: NOW - 90 * 24 * HOUR,
        seen: (account != DMITRI).then(|| jiff::Timestamp::now().as_millisecond() - 50 * HOUR),
        online,
        invited_by: invited_by.map(Into::into),
        devices: (account.0 % 3) as u32 + 1,
        files: 214_000_000 * (account.0 % 4),
        banned: false,
    };
    Event::People(Arc::new([
        person(AMARA, "Amara", Role::Owner, true, None),
        person(BASHIR, "Bashir", Role::Moderator, true, Some("Amara")),
        person(CHLOE, "Chloé", Role::Member, true, Some("Bashir")),
        person(DMITRI, "Dmitri", Role::Member, false, Some("Amara")),
        Resident { banned: true, ..person(AccountId(9), "Eve", Role::Member, false, Some("Chloé")) },
    ]))
}

/// Open codes.
pub(crate) fn codes() -> Event {
    let one = |code, purpose, uses, used, maker: Option<&str>, account: Option<&str>| OpenCode {
        invite: InviteInfo {
            code: CodeName::of(code),
            uses,
            used,
            created: NOW,
            expires: NOW + 7 * 24 * HOUR,
            room: RoomId(0),
        },
        purpose,
        maker: maker.map(Into::into),
        account: account.map(Into::into),
    };
    Event::Codes(Arc::new([
        one(247_828, Purpose::REGISTER, 1, 0, Some("Chloé"), None),
        one(91_001, Purpose::REGISTER, 22, 3, None, None),
        one(64_206, Purpose::RESET, 1, 0, Some("Amara"), Some("Dmitri")),
        one(51_966, Purpose::RECOVER, 1, 0, Some("Bashir"), Some("Bashir")),
    ]))
}

/// Bans.
pub(crate) fn bans() -> Event {
    let ban = |ban, kind, name: Option<&str>, source: &str, until, by: Option<&str>| Ban {
        ban: BanId(ban),
        kind,
        name: name.map(Into::into),
        source: source.into(),
        at: NOW - 30 * HOUR,
        until,
        by: by.map(Into::into),
    };
    Event::Bans(Arc::new([
        ban(1, BanKind::ACCOUNT, Some("Eve"), "", Some(NOW + 6 * 24 * HOUR), Some("Bashir")),
        ban(2, BanKind::SOURCE, Some("Eve"), "2001:db8:7:12::/64", None, Some("Amara")),
        ban(3, BanKind::SOURCE, None, "192.0.2.41", None, None),
    ]))
}

/// The devices of Chloé.
pub(crate) fn devices_of(account: AccountId) -> Event {
    let Event::Devices(mut devices) = devices() else { unreachable!("devices are devices") };
    devices.list = devices.list.iter().cloned().map(|device| Device { this: false, ..device }).collect();
    Event::DevicesOf { account, devices }
}

/// What the house tells, from its beginning.
pub(crate) fn acts() -> Vec<Item> {
    let at = NOW - 26 * HOUR;
    let administrator = |seq: u32, what| {
        let when = at + i64::from(seq) * 7 * MINUTE;
        Item::plain(
            ItemKey::Entry(snug_proto::id::Seq(seq)),
            AccountId(0),
            "The administrator".into(),
            when,
            what,
        )
    };
    let by = |seq: u32, who, what| said(seq, who, at + i64::from(seq) * 7 * MINUTE, what);
    let joined = |who: &str, by: Option<&str>| What::Joined { who: who.into(), by: by.map(Into::into) };
    let setting = |name: &str, value: &str, configured| {
        What::Act(HouseAct::Setting { name: name.into(), value: value.into(), configured })
    };
    vec![
        administrator(1, What::Created),
        by(2, AMARA, joined("Amara", None)),
        by(3, AMARA, What::RoleSet { who: "Amara".into(), role: Role::Owner }),
        by(4, BASHIR, joined("Bashir", Some("Amara"))),
        by(5, AMARA, What::RoleSet { who: "Bashir".into(), role: Role::Moderator }),
        by(6, AMARA, setting("name", "Riverside Studio", false)),
        by(7, AMARA, setting("max_users", "5", false)),
        administrator(8, What::Act(HouseAct::Invited { uses: 25, expires: Some(NOW), room: None })),
        by(9, BASHIR, joined("Eve", Some("Chloé"))),
        by(10, BASHIR, What::Act(HouseAct::Kicked { who: "Eve".into() })),
        by(
            11,
            BASHIR,
            What::Act(HouseAct::Banned {
                kind: BanKind::ACCOUNT,
                who: Some("Eve".into()),
                until: Some(NOW + 6 * 24 * HOUR),
            }),
        ),
        by(12, AMARA, What::Act(HouseAct::Reset { who: "Dmitri".into() })),
    ]
}

/// The house's timeline.
pub(crate) fn timeline_of(items: Vec<Item>) -> Event {
    let Event::Timeline(lobby) = timeline(items) else { unreachable!("a timeline is one") };
    Event::Timeline(Arc::new(Timeline { room: HOUSE, new_from: None, ..(*lobby).clone() }))
}

/// A server open where Amara has this role.
pub(crate) fn open_as(role: Role) -> Vec<Event> {
    let mut events = house::open_at(LOBBY);
    events.push(rooms(role));
    events
}

/// In the sidebar.
pub(crate) fn side(message: sidebar::Message) -> Message {
    Message::Chat(chat::Message::Sidebar(message))
}

/// In the administration.
pub(crate) fn within(message: administration::Message) -> Message {
    Message::Chat(chat::Message::Administration(message))
}

/// The events behind a picture, where it is one of these.
#[allow(dead_code, reason = "the gallery shows it, the tests do not")]
pub(crate) fn events(name: &str) -> Option<Vec<Event>> {
    let mut events = open_as(Role::Owner);
    match name {
        "administration"
        | "administration-people"
        | "administration-codes"
        | "administration-bans"
        | "house"
        | "house-begins"
        | "house-powers"
        | "ban"
        | "reset"
        | "kick"
        | "administration-offline" => {}
        "kicked" => events.push(Event::Phase(Phase::Open(session(Link::Kicked)))),
        "banned" => {
            let until = Some(std::time::Duration::from_secs(86_400 * 3));
            let link = Link::Stopped(Problem::Banned { until });
            events.push(Event::Phase(Phase::Open(session(link))));
        }
        _ => return None,
    }
    Some(events)
}

/// What a person does there before one looks, and what is said to that.
#[allow(dead_code, reason = "the gallery shows it, the tests do not")]
pub(crate) fn then(name: &str) -> Vec<Message> {
    let hears = |events| Message::Engine(snug::link::Happening::Events(events));
    let at = |section| {
        vec![
            side(sidebar::Message::Administration),
            hears(vec![doing(), people(), codes(), bans()]),
            within(administration::Message::Section(section)),
        ]
    };
    let person = |message| within(administration::Message::People(message));
    let about = |account, act| {
        let mut messages = at(Section::People);
        messages.push(person(people::Message::Unfold(account)));
        messages.push(person(people::Message::Act(account, act)));
        messages
    };
    match name {
        "administration" => at(Section::Overview),
        "administration-people" => {
            let mut messages = at(Section::People);
            messages.push(person(people::Message::Unfold(CHLOE)));
            messages
        }
        "administration-codes" => at(Section::Codes),
        "administration-bans" => at(Section::Bans),
        "administration-offline" => {
            let mut messages = at(Section::Overview);
            let retry_in = std::time::Duration::from_secs(24);
            let lost = Link::Offline { problem: Problem::ConnectionLost, retry_in };
            messages.push(hears(vec![Event::Phase(Phase::Open(session(lost)))]));
            messages
        }
        "house" => {
            vec![side(sidebar::Message::Room(HOUSE)), hears(vec![house::members(HOUSE), timeline_of(acts())])]
        }
        "house-begins" => vec![
            side(sidebar::Message::Room(HOUSE)),
            hears(vec![house::members(HOUSE), timeline_of(acts().into_iter().take(2).collect())]),
        ],
        "house-powers" => vec![
            side(sidebar::Message::Room(HOUSE)),
            hears(vec![house::members(HOUSE), timeline_of(acts())]),
            Message::Chat(chat::Message::Closed(chat::closed::Message::Powers)),
        ],
        "ban" => {
            let mut messages = about(CHLOE, people::Act::Ban);
            messages.push(hears(vec![devices_of(CHLOE)]));
            messages
        }
        "kick" => about(CHLOE, people::Act::Kick),
        "reset" => {
            let mut messages = about(DMITRI, people::Act::Reset);
            let dialog = snug::screen::dialogs::Message::Reset(snug::screen::dialogs::reset::Message::Make);
            messages.push(Message::Chat(chat::Message::Dialog(dialog)));
            messages.push(hears(vec![invited(invite())]));
            messages
        }
        _ => vec![],
    }
}
