//! Entries, what rooms say of themselves, and what people write: these bytes lie in databases.

use snug_proto::content::{
    Content, EditContent, FileContent, Mentions, PinContent, ReactionContent, Source, TextContent,
};
use snug_proto::entry::{
    Archived, Created, Joined, Kind, Left, Renamed, Retracted, Retraction, RoleSet, RoomKind, Topic,
};
use snug_proto::id::{AccountId, DeviceId, Number, Origin, Seq};
use snug_proto::talk::Role;

use super::{blob, entry, hex, list, pinned, text};

fn origin() -> Origin {
    Origin { device: DeviceId(1), number: Number(300) }
}

#[test]
fn kinds_of_entries_and_rooms() {
    pinned(Kind::CONTENT, "01");
    pinned(Kind::RETRACT, "02");
    pinned(Kind::CREATED, "10");
    pinned(Kind::JOINED, "11");
    pinned(Kind::LEFT, "12");
    pinned(Kind::RENAMED, "13");
    pinned(Kind::TOPIC, "14");
    pinned(Kind::ROLE, "15");
    pinned(Kind::ARCHIVED, "16");
    pinned(Kind::PROFILE, "17");
    pinned(Kind::KICKED, "20");
    pinned(Kind::BANNED, "21");
    pinned(Kind::UNBANNED, "22");
    pinned(Kind::RESET, "23");
    pinned(Kind::SETTING, "24");
    pinned(Kind::INVITED, "25");
    pinned(Kind::UNINVITED, "26");
    pinned(Kind::KEY, "27");
    pinned(Kind::PUT_BACK, "28");
    pinned(RoomKind::LOBBY, "01");
    pinned(RoomKind::CHANNEL, "02");
    pinned(RoomKind::PRIVATE, "03");
    pinned(RoomKind::DIRECT, "04");
    pinned(RoomKind::NOTES, "05");
    pinned(RoomKind::HOUSE, "06");
}

#[test]
fn entries_and_their_bodies() {
    pinned(
        entry(),
        "01 05 80f8b2e5bd68 01 02 ffffffffffffffffff01 09 00 00 01 30313233343536373839616263646566 03 000102",
    );
    pinned(Created { kind: RoomKind::LOBBY, name: text("Lobby") }, "01 054c6f626279");
    pinned(Joined { account: AccountId(2), name: text("alice") }, "02 05616c696365");
    pinned(Left { account: AccountId(300) }, "ac02");
    pinned(Renamed { name: text("Trip") }, "0454726970");
    pinned(Topic { topic: text("sea") }, "03736561");
    pinned(RoleSet { account: AccountId(2), role: Role::Moderator.code() }, "02 01");
    pinned(Archived { archived: true }, "01");
    let target = Retracted { seq: Seq(5), origin: origin() };
    pinned(target, "05 01 ac02");
    pinned(Retraction { targets: list(vec![target]) }, "01 05 01 ac02");
}

#[test]
fn roles_have_codes() {
    for (role, code) in [(Role::Member, 0), (Role::Moderator, 1), (Role::Owner, 2)] {
        assert_eq!((role.code(), Role::of_code(code)), (code, role));
    }
    assert_eq!(Role::of_code(3), Role::Member, "a newer one may do the least");
}

/// These are the content's bytes in a body, and it comes back from them.
#[track_caller]
fn written(content: Content, expected: &str) {
    let body = content.to_body().expect("it fits a body");
    assert_eq!(hex(&body), expected.replace(' ', ""), "{content:?}");
    assert_eq!(Content::from_body(&body), Ok(content));
}

#[test]
fn texts() {
    written(Content::text("hi").unwrap(), "00 01 07 026869 00 00 00 00");
    let whole = TextContent {
        text: text("hi"),
        reply_to: Some(origin()),
        mentions: Mentions { people: list(vec![AccountId(2), AccountId(300)]), room: true },
        source: Some(Source { how: Source::FORWARDED, author: text("bob"), at: -1, from: text("Trip") }),
    };
    written(Content::Text(whole), "00 01 18 026869 01 01 ac02 02 02 ac02 01 01 01 03626f62 01 0454726970");
    let edit = EditContent {
        target: origin(),
        text: text("ho"),
        mentions: Mentions { people: list(vec![AccountId(5)]), room: false },
    };
    written(Content::Edit(edit), "00 03 09 01 ac02 02686f 01 05 00");
}

#[test]
fn files_in_messages() {
    let file = FileContent {
        blob: blob(),
        name: text("a.png"),
        media_type: text("image/png"),
        size: 300,
        hash: [0xcc; 32],
        pixels: (640, 480),
        reply_to: None,
        source: None,
    };
    let described = "30313233343536373839616263646566 05612e706e67 09696d6167652f706e67 ac02".to_owned()
        + &"cc".repeat(32)
        + "8005 e003";
    written(Content::File(file.clone()), &format!("00 02 48 {described} 00 00"));
    let source = Source { how: Source::IMPORTED, author: text("bob"), at: 1, from: text("") };
    let moved = FileContent { reply_to: Some(origin()), source: Some(source), ..file };
    written(Content::File(moved), &format!("00 02 52 {described} 01 01 ac02 01 02 03626f62 02 00"));
}

#[test]
fn reactions_and_pins() {
    let reaction = ReactionContent { target: origin(), emoji: text("👍"), on: true };
    written(Content::Reaction(reaction), "00 04 09 01 ac02 04f09f918d 01");
    written(Content::Pin(PinContent { target: origin(), on: false }), "00 05 04 01 ac02 00");
}
