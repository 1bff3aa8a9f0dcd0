//! Who can read a room, in words, and what somebody may do in it.

use snug_engine::event::{Room, Session};
use snug_proto::entry::RoomKind;
use snug_proto::talk::Role;

use crate::wording;

/// What is true of every room until texts are sealed.
pub const AND_THE_SERVER: &str = "Texts are not sealed yet: whoever runs the server could read them as well.";

/// Who can read a room of this kind, in a sentence.
pub fn sentence(kind: RoomKind, name: &str, server: &str) -> String {
    let server = wording::cut(server, 40);
    match kind {
        RoomKind::LOBBY => format!("Everybody on {server} can read this."),
        RoomKind::CHANNEL => format!("Everybody on {server} can join and read all of it."),
        RoomKind::DIRECT => format!("Only {} and you can read this.", wording::cut(name, 32)),
        RoomKind::NOTES => "Only you can read this.".to_owned(),
        RoomKind::HOUSE => "Everybody can read what administrators do.".to_owned(),
        // A kind that this Snug does not know promises the least that any room does.
        _ => "Members can read this, each from when they joined.".to_owned(),
    }
}

/// Who can read this room.
pub fn of(room: &Room, session: &Session) -> String {
    sentence(room.kind, &room.name, &session.server_name)
}

/// Whether people can be members of this kind of room, or not.
pub fn has_membership(kind: RoomKind) -> bool {
    matches!(kind, RoomKind::CHANNEL | RoomKind::PRIVATE)
}

/// Whether this kind of room has a name and a topic that people gave it.
fn is_named(kind: RoomKind) -> bool {
    has_membership(kind) || kind == RoomKind::LOBBY
}

/// Whether the topic may be changed by this person.
pub fn may_set_topic(room: &Room) -> bool {
    room.present && is_named(room.kind) && room.role != Role::Member
}

/// Whether the name may be changed by this person.
pub fn may_rename(room: &Room) -> bool {
    room.present && is_named(room.kind) && room.role == Role::Owner
}

/// Whether the room has settings that mean something to this person.
pub fn has_settings(room: &Room) -> bool {
    room.room.is_some() && (has_membership(room.kind) || may_set_topic(room))
}

/// Whether the room's roles and archive are this person's. Nobody's are those of the lobby and the house: what somebody
/// may do there follows from what they may do on the server, and neither can be closed.
pub fn owns(room: &Room) -> bool {
    room.present && has_membership(room.kind) && room.role == Role::Owner
}

/// Whether somebody with the first role may act on somebody with the second.
pub fn outranks(mine: Role, theirs: Role) -> bool {
    match mine {
        Role::Owner => true,
        Role::Moderator => theirs == Role::Member,
        Role::Member => false,
    }
}

/// Whether this person may remove somebody with a role.
pub fn may_remove(room: &Room, role: Role) -> bool {
    room.present && has_membership(room.kind) && outranks(room.role, role)
}

/// Whether this person may add people.
pub fn may_add(room: &Room) -> bool {
    room.present && has_membership(room.kind) && !room.archived
}

/// What this person may do on the server: their role in the house room.
pub fn rank(rooms: &[Room]) -> Role {
    rooms.iter().find(|room| room.kind == RoomKind::HOUSE).map_or(Role::Member, |room| room.role)
}

/// A role as people call it; members have none.
pub fn role(role: Role) -> Option<&'static str> {
    match role {
        Role::Member => None,
        Role::Moderator => Some("moderator"),
        Role::Owner => Some("owner"),
    }
}
