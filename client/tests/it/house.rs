//! A server with rooms of every kind, as an engine would tell of it, and what a person does there in the gallery.

use std::sync::Arc;
use std::time::Duration;

use snug::app::Message;
use snug::screen::chat::composer::Message as Composing;
use snug::screen::chat::{self, members, sidebar};
use snug::screen::dialogs::{self, new_room};
use snug::screen::palette;
use snug::screen::settings::{self, Section};
use snug_engine::event::*;
use snug_proto::entry::RoomKind;
use snug_proto::id::{AccountId, RoomId, Seq};
use snug_proto::talk::{Presence, Privacy, Role, Target};
use snug_proto::{Address, Invite};

use crate::preset::*;

pub(crate) const HARVEST: Target = Target::Room(RoomId(10));
pub(crate) const RECIPES: Target = Target::Room(RoomId(11));
pub(crate) const ACCOUNTS: Target = Target::Room(RoomId(12));
pub(crate) const ATTIC: Target = Target::Room(RoomId(13));
pub(crate) const GARDEN: Target = Target::Room(RoomId(14));
pub(crate) const NOTES: Target = Target::Person(AMARA);

/// Rooms of every kind.
pub(crate) fn rooms() -> Event {
    let of = |target, id, kind, name: &str, topic: &str| Room {
        topic: topic.into(),
        last_at: Some(1_791_000_000_000),
        ..room(target, id, kind, name)
    };
    let person = |account, id, name: &str, presence| Room {
        presence,
        members: 2,
        ..of(Target::Person(account), id, RoomKind::DIRECT, name, "")
    };
    Event::Rooms(Arc::new([
        of(LOBBY, 1, RoomKind::LOBBY, "lobby", "Everyone at Riverside. Be kind, bring biscuits."),
        Room {
            unread: Unread::Count(3),
            mentions: 1,
            ..of(HARVEST, 10, RoomKind::CHANNEL, "harvest-trip", "Who drives, who brings what")
        },
        Room {
            role: Role::Moderator,
            has_draft: true,
            ..of(RECIPES, 11, RoomKind::CHANNEL, "recipes", "What we cook")
        },
        Room { role: Role::Owner, ..of(ACCOUNTS, 12, RoomKind::PRIVATE, "accounts", "Money in, money out") },
        Room { archived: true, role: Role::Owner, ..of(ATTIC, 13, RoomKind::PRIVATE, "attic", "") },
        Room { present: false, ..of(GARDEN, 14, RoomKind::CHANNEL, "garden", "") },
        Room { members: 1, ..of(NOTES, 20, RoomKind::NOTES, "Notes", "") },
        Room { unread: Unread::Count(1), ..person(BASHIR, 2, "Bashir", Some(Presence::Online)) },
        Room { unread: Unread::Something, ..person(CHLOE, 3, "Chloé", Some(Presence::Away)) },
        Room { room: None, last_at: None, ..person(DMITRI, 4, "Dmitri", None) },
        Room { ignored: true, unread: Unread::Count(7), ..person(AccountId(9), 5, "Eve", None) },
    ]))
}

/// The members of a room, with roles.
pub(crate) fn members(room: Target) -> Event {
    let person = |account, name: &str, presence, role| Person {
        account,
        name: name.into(),
        presence,
        last_seen: Some(jiff::Timestamp::now().as_millisecond() - 2 * 60 * MINUTE),
        role,
        ignored: false,
    };
    Event::Members {
        room,
        members: Arc::new([
            person(AMARA, "Amara", Some(Presence::Online), Role::Owner),
            person(BASHIR, "Bashir", Some(Presence::Online), Role::Moderator),
            person(CHLOE, "Chloé", Some(Presence::Away), Role::Member),
            person(DMITRI, "Dmitri", None, Role::Member),
        ]),
    }
}

/// A few messages in a room.
pub(crate) fn timeline_of(room: Target) -> Event {
    let Event::Timeline(lobby) = timeline(items()) else { unreachable!("a timeline is one") };
    Event::Timeline(Arc::new(Timeline { room, ..(*lobby).clone() }))
}

/// The channels of the server.
pub(crate) fn channels() -> Event {
    let channel = |room, name: &str, topic: &str, members, joined| Channel {
        room: RoomId(room),
        name: name.into(),
        topic: topic.into(),
        members,
        archived: false,
        joined,
    };
    Event::Channels(Arc::new([
        channel(14, "garden", "Seeds, beds and the shared spade", 6, false),
        channel(10, "harvest-trip", "Who drives, who brings what", 9, true),
        channel(15, "music", "", 4, false),
        channel(11, "recipes", "What we cook", 12, true),
    ]))
}

/// What this person chose.
pub(crate) fn account() -> Event {
    Event::Account(Arc::new(Account {
        privacy: Privacy { last_seen: true, reads: false },
        ignored: vec![(AccountId(9), "Eve".into())],
    }))
}

/// What a search for "van" found.
pub(crate) fn found(serial: u64) -> Event {
    let hit = |room, room_name: &str, seq, author, author_name: &str, context: &[(&str, bool)]| Hit {
        room,
        room_name: room_name.into(),
        seq: Seq(seq),
        author,
        author_name: author_name.into(),
        at: 1_791_084_000_000 - i64::from(seq) * 1000 * MINUTE,
        context: context.iter().map(|(words, found)| ((*words).to_owned(), *found)).collect(),
        is_file: false,
    };
    Event::Found(Arc::new(Found {
        serial,
        hits: vec![
            hit(
                LOBBY,
                "lobby",
                9,
                CHLOE,
                "Chloé",
                &[("The ", false), ("van", true), (" is booked from Friday 7:00. Who is driving?", false)],
            ),
            hit(
                HARVEST,
                "harvest-trip",
                40,
                BASHIR,
                "Bashir",
                &[("Is there room in the ", false), ("van", true), (" for two crates of apples?", false)],
            ),
            hit(
                Target::Person(DMITRI),
                "Dmitri",
                7,
                AMARA,
                "Amara",
                &[("I have ", false), ("van", true), ("illa left over, do you want it?", false)],
            ),
        ],
        more: false,
        problem: None,
        coverage: Coverage { searchable: 84_000, total: 100_000 },
    }))
}

/// A house with a room open.
pub(crate) fn open_at(room: Target) -> Vec<Event> {
    let mut events = open(session(online()));
    events.extend([rooms(), members(room), timeline_of(room), account()]);
    events
}

/// The events behind a picture, where it is one of these.
#[allow(dead_code, reason = "the gallery shows it, the tests do not")]
pub(crate) fn events(name: &str) -> Option<Vec<Event>> {
    let mut events = open_at(LOBBY);
    match name {
        "rooms" | "new-room" | "palette" | "room-menu" | "add-menu" | "privacy" | "leave" | "self-menu"
        | "complete" | "complete-emoji" | "answer" | "search" | "room-settings" | "members-menu"
        | "add-people" | "archived" | "left" | "notes" | "write" => {}
        "invite" | "invite-home" | "recovery" => {}
        "browse" => events.push(channels()),
        "bars" => {
            events.push(Event::Former(Former { count: 3 }));
            events.push(Event::Job(Some(Job {
                way: JobWay::Export,
                room_name: "recipes".into(),
                done: 1204,
                total: 9000,
                end: None,
            })));
        }
        "copied" => events.push(Event::Phase(Phase::Open(session(Link::Stopped(Problem::FolderCopied))))),
        _ => return None,
    }
    Some(events)
}

/// What a person does there before one looks, and what is said to that.
#[allow(dead_code, reason = "the gallery shows it, the tests do not")]
pub(crate) fn then(name: &str) -> Vec<Message> {
    let chat = Message::Chat;
    let side = |message| chat(chat::Message::Sidebar(message));
    let typed = |words: &str| {
        let paste = iced::widget::text_editor::Edit::Paste(Arc::new(words.to_owned()));
        chat(chat::Message::Composer(Composing::Edit(iced::widget::text_editor::Action::Edit(paste))))
    };
    let hears = |events| Message::Engine(snug::link::Happening::Events(events));
    let at = |room, message| {
        vec![side(sidebar::Message::Room(room)), hears(vec![members(room), timeline_of(room)]), message]
    };
    let in_palette = |message| chat(chat::Message::Palette(message));
    match name {
        "new-room" => {
            let new = |message| chat(chat::Message::Dialog(dialogs::Message::NewRoom(message)));
            vec![
                side(sidebar::Message::NewRoom),
                new(new_room::Message::Name("Winter market".into())),
                new(new_room::Message::Topic("Stalls, lights and who bakes".into())),
                new(new_room::Message::People(dialogs::people::Message::Toggle(BASHIR))),
                new(new_room::Message::People(dialogs::people::Message::Toggle(CHLOE))),
            ]
        }
        "palette" => vec![side(sidebar::Message::Jump)],
        "write" => vec![side(sidebar::Message::Write)],
        "search" => vec![
            side(sidebar::Message::Jump),
            in_palette(palette::Message::Typed("van".into())),
            hears(vec![found(1)]),
            in_palette(palette::Message::Move(1)),
        ],
        "room-menu" => vec![side(sidebar::Message::Menu(sidebar::Menu::Room(HARVEST)))],
        "add-menu" => vec![side(sidebar::Message::Menu(sidebar::Menu::Add))],
        "self-menu" => vec![side(sidebar::Message::Menu(sidebar::Menu::Me))],
        "invite" => vec![side(sidebar::Message::Invite), hears(vec![invited(invite()), invites()])],
        "recovery" => {
            let dialog = |message| chat(chat::Message::Dialog(dialogs::Message::Recovery(message)));
            vec![
                chat(chat::Message::Settings(settings::Message::Section(Section::Account))),
                chat(chat::Message::Bar(chat::bars::Message::Recovery)),
                dialog(dialogs::recovery::Message::Make),
                hears(vec![recovery_codes()]),
            ]
        }
        "invite-home" => {
            let at_home = Address { host: "192.168.1.20".into(), port: 5556 };
            let invite = Invite { address: at_home, ..invite() };
            vec![side(sidebar::Message::Invite), hears(vec![invited(invite)])]
        }
        "browse" => vec![side(sidebar::Message::Browse)],
        "leave" => at(RECIPES, side(sidebar::Message::Act(RECIPES, sidebar::Act::Leave))),
        "privacy" => vec![
            side(sidebar::Message::Settings),
            chat(chat::Message::Settings(settings::Message::Section(Section::Privacy))),
        ],
        "complete" => vec![typed("Shall we ask @")],
        "complete-emoji" => vec![typed("Hello :smil")],
        "answer" => vec![chat(chat::Message::Composer(Composing::EditLast))],
        "room-settings" => at(ACCOUNTS, side(sidebar::Message::Act(ACCOUNTS, sidebar::Act::Settings))),
        "members-menu" => at(ACCOUNTS, chat(chat::Message::Members(members::Message::Menu(CHLOE)))),
        "add-people" => at(ACCOUNTS, chat(chat::Message::Members(members::Message::Add))),
        "archived" => at(ATTIC, Message::Nothing),
        "left" => at(GARDEN, Message::Nothing),
        "notes" => at(NOTES, Message::Nothing),
        "bars" | "copied" | "rooms" => vec![],
        _ => vec![],
    }
}

/// An answer to a deed.
#[allow(dead_code, reason = "the tests say it, the gallery does not")]
pub(crate) fn done(ticket: u64, result: Result<Option<RoomId>, &str>) -> Event {
    let result = result.map_err(|reason| Undone { reason: reason.into(), retry_after: None });
    Event::Done(DeedDone { ticket, result })
}

/// An answer to a deed that may be tried again later.
#[allow(dead_code, reason = "the tests say it, the gallery does not")]
pub(crate) fn not_yet(ticket: u64, reason: &str, seconds: u64) -> Event {
    let retry_after = Some(Duration::from_secs(seconds));
    Event::Done(DeedDone { ticket, result: Err(Undone { reason: reason.into(), retry_after }) })
}
