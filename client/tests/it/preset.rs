//! Preset states: what an engine would have said.

use std::sync::Arc;
use std::time::Duration;

use snug_engine::command::{OutboxId, ServerKey};
use snug_engine::event::*;
use snug_proto::code::CodeName;
use snug_proto::entry::RoomKind;
use snug_proto::id::{AccountId, BlobId, DeviceId, Number, Origin, RoomId, Seq};
use snug_proto::talk::{InviteInfo, Presence, Role, Target};
use snug_proto::{Address, Code, Fingerprint, Invite};

pub(crate) const LOBBY: Target = Target::Room(RoomId(1));
pub(crate) const AMARA: AccountId = AccountId(5);
pub(crate) const BASHIR: AccountId = AccountId(6);
pub(crate) const CHLOE: AccountId = AccountId(7);
pub(crate) const DMITRI: AccountId = AccountId(8);
pub(crate) const SITE_PHOTOS: BlobId = BlobId([7; 16]);
pub(crate) const ROUTE: BlobId = BlobId([8; 16]);
pub(crate) const MINUTE: i64 = 60_000;

pub(crate) fn address() -> Address {
    Address { host: "chat.riverside.example".into(), port: 5556 }
}

pub(crate) fn fingerprint(first: u8) -> Fingerprint {
    Fingerprint(std::array::from_fn(|at| first.wrapping_mul(31).wrapping_add((at * at * 7 + 13 * at) as u8)))
}

/// An invite for one person.
pub(crate) fn invite() -> Invite {
    let code = Code::new(CodeName::of(247_828), [3, 14, 15, 9, 26, 5, 3, 5, 8, 9, 7, 9], false);
    Invite { address: address(), fingerprint: fingerprint(1), code: Some(code) }
}

/// An invite that was just made.
pub(crate) fn invited(invite: Invite) -> Event {
    Event::Invited(Box::new(Ok(Invited { invite, expires: 1_796_256_000_000 })))
}

/// Invites that are open.
pub(crate) fn invites() -> Event {
    let one = |code, uses, used, room| InviteInfo {
        code: CodeName::of(code),
        uses,
        used,
        created: 1_795_651_200_000,
        expires: 1_796_256_000_000,
        room: RoomId(room),
    };
    Event::Invites(Arc::new([one(247_828, 1, 0, 0), one(91_001, 22, 3, 0)]))
}

/// Codes to write down, the first of which is that of the invite.
pub(crate) fn recovery_codes() -> Event {
    let code = |at: u32| {
        Code::new(CodeName::of(247_828 + at * 7919), [3, 14, 15, 9, 26, 5, 3, 5, 8, 9, 7, 9], false)
    };
    Event::RecoveryCodes(Box::new(Ok((0..8).map(code).collect())))
}

/// Amara's devices.
pub(crate) fn devices() -> Event {
    let device = |id, name: &str, system: &str, online| Device {
        device: DeviceId(id),
        name: name.into(),
        system: system.into(),
        added: 1_771_000_000_000,
        seen: 1_795_000_000_000,
        online,
        this: id == 1,
    };
    let list = [
        device(1, "Studio", "Linux", true),
        device(2, "", "Windows", true),
        device(3, "Old laptop", "Linux", false),
    ];
    Event::Devices(Devices { list: Arc::new(list), password_set: 1_771_000_000_000 })
}

pub(crate) fn trust(manner: Manner) -> Trust {
    Trust { manner, at: 1_791_000_000_000 }
}

pub(crate) fn session(link: Link) -> Session {
    Session {
        server: ServerKey(1),
        server_name: "Riverside Studio".into(),
        address: address(),
        me: AMARA,
        name: "Amara".into(),
        trust: trust(Manner::WordsCompared),
        fingerprint: fingerprint(1),
        link,
        key_kept: KeyKept::Keyring,
        unsent: 0,
        file_max: 10_000_000_000,
    }
}

pub(crate) fn online() -> Link {
    Link::Online { latency: Some(Duration::from_millis(12)) }
}

pub(crate) fn servers() -> Event {
    Event::Servers(Arc::new([
        KnownServer {
            key: ServerKey(1),
            name: "Riverside Studio".into(),
            address: address(),
            trust: trust(Manner::WordsCompared),
            account: Some("amara".into()),
            has_device: false,
            has_copy: true,
            history: Arc::new([
                Decision {
                    fingerprint: fingerprint(4),
                    trust: Trust { manner: Manner::Invite, at: 1_771_000_000_000 },
                },
                Decision {
                    fingerprint: fingerprint(1),
                    trust: Trust { manner: Manner::Succession, at: 1_781_000_000_000 },
                },
                Decision { fingerprint: fingerprint(1), trust: trust(Manner::WordsCompared) },
            ]),
        },
        KnownServer {
            key: ServerKey(2),
            name: "Home".into(),
            address: Address { host: "192.0.2.7".into(), port: 5556 },
            trust: trust(Manner::Unseen),
            account: None,
            has_device: false,
            has_copy: false,
            history: Arc::default(),
        },
    ]))
}

pub(crate) fn room(target: Target, id: u32, kind: RoomKind, name: &str) -> Room {
    Room {
        target,
        room: Some(RoomId(id)),
        kind,
        name: name.into(),
        topic: String::new(),
        unread: Unread::Nothing,
        mentions: 0,
        presence: None,
        last_at: None,
        role: Role::Member,
        present: true,
        archived: false,
        members: 4,
        has_draft: false,
        ignored: false,
    }
}

pub(crate) fn rooms() -> Event {
    let person = |account, id, name: &str, unread, presence| Room {
        unread,
        presence,
        ..room(Target::Person(account), id, RoomKind::DIRECT, name)
    };
    Event::Rooms(Arc::new([
        Room { last_at: Some(0), ..room(LOBBY, 1, RoomKind::LOBBY, "lobby") },
        person(BASHIR, 2, "Bashir", Unread::Count(3), Some(Presence::Online)),
        person(CHLOE, 3, "Chloé", Unread::Nothing, Some(Presence::Away)),
        person(DMITRI, 4, "Dmitri", Unread::Nothing, None),
    ]))
}

pub(crate) fn members() -> Event {
    let person = |account, name: &str, presence| Person {
        account,
        name: name.into(),
        presence,
        last_seen: None,
        role: Role::Member,
        ignored: false,
    };
    Event::Members {
        room: LOBBY,
        members: Arc::new([
            person(AMARA, "Amara", Some(Presence::Online)),
            person(BASHIR, "Bashir", Some(Presence::Online)),
            person(CHLOE, "Chloé", Some(Presence::Away)),
            person(DMITRI, "Dmitri", None),
        ]),
    }
}

pub(crate) fn said(seq: u32, who: AccountId, at: i64, what: What) -> Item {
    let name = match who {
        AMARA => "Amara",
        BASHIR => "Bashir",
        CHLOE => "Chloé",
        _ => "Dmitri",
    };
    let origin = Some(Origin { device: DeviceId(who.0), number: Number(seq.into()) });
    let mine = who == AMARA;
    Item { mine, origin, ..Item::plain(ItemKey::Entry(Seq(seq)), who, name.into(), at, what) }
}

pub(crate) fn text(words: &str) -> What {
    What::Text(TextItem::plain(words))
}

pub(crate) fn unsent(id: i64, at: i64, state: Delivery, what: What) -> Item {
    Item { key: ItemKey::Outbox(OutboxId(id)), state, ..said(0, AMARA, at, what) }
}

pub(crate) fn file(blob: BlobId, name: &str, size: u64, place: FilePlace) -> What {
    What::File(FileItem { blob, name: name.into(), size, media_type: String::new(), pixels: None, place })
}

pub(crate) fn timeline(items: Vec<Item>) -> Event {
    Event::Timeline(Arc::new(Timeline {
        room: LOBBY,
        items,
        has_older: false,
        has_newer: false,
        new_from: Some(Seq(14)),
        focus: None,
        reads: Vec::new(),
    }))
}

pub(crate) fn items() -> Vec<Item> {
    let today = 1_791_100_000_000;
    let yesterday = today - 15 * 60 * MINUTE;
    vec![
        said(8, CHLOE, yesterday - 40 * MINUTE, What::Joined { who: "Chloé".into(), by: None }),
        said(
            9,
            CHLOE,
            yesterday - 30 * MINUTE,
            text("The van is booked from Friday 7:00. Who is driving? 🚐"),
        ),
        said(10, BASHIR, yesterday, text("I am. Packing list is below, tell me if something is missing:")),
        said(11, BASHIR, yesterday + MINUTE, text("tent, 2 lamps, stove,\nrope 20 m")),
        said(
            12,
            BASHIR,
            yesterday + 2 * MINUTE,
            file(ROUTE, "route-and-maps.pdf", 4_200_000, FilePlace::Remote),
        ),
        said(13, DMITRI, yesterday + 9 * MINUTE, What::Retracted),
        said(14, BASHIR, today, text("Here is the light this morning ☀️ 👍🏽, Grüße und дмитрий")),
        said(
            15,
            BASHIR,
            today + MINUTE,
            file(
                BlobId([9; 16]),
                "morning.jpg",
                2_100_000,
                FilePlace::Here("/home/amara/morning.jpg".into()),
            ),
        ),
        said(
            16,
            AMARA,
            today + 3 * MINUTE,
            text("Oh that is lovely. Sending the full set now, it is about 1.8 GB."),
        ),
        said(
            17,
            AMARA,
            today + 4 * MINUTE,
            file(SITE_PHOTOS, "site-photos.zip", 1_800_000_000, FilePlace::Moving),
        ),
        unsent(1, today + 5 * MINUTE, Delivery::Sending, text("It will take a moment.")),
        unsent(2, today + 5 * MINUTE, Delivery::Queued, text("And this one waits.")),
        unsent(
            3,
            today + 5 * MINUTE,
            Delivery::Failed("You are no longer a member of this room.".into()),
            text("This one did not make it."),
        ),
    ]
}

pub(crate) fn transfers() -> Event {
    Event::Transfers(Arc::new([Transfer {
        blob: SITE_PHOTOS,
        room: LOBBY,
        name: "site-photos.zip".into(),
        way: Way::Up,
        done: 1_116_000_000,
        total: 1_800_000_000,
        speed: 214_000_000,
    }]))
}

pub(crate) fn open(session: Session) -> Vec<Event> {
    vec![servers(), Event::Phase(Phase::Open(session)), rooms(), members(), timeline(items()), transfers()]
}

pub(crate) fn change() -> KeyChange {
    KeyChange {
        address: address(),
        trusted: fingerprint(1),
        trusted_at: 1_791_000_000_000,
        shown: fingerprint(99),
        problem: None,
    }
}
