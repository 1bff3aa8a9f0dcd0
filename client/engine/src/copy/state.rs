//! What entries say about their room: name, topic, roles, members; and in the house, what the server is called. The
//! server's own word about a room holds as of a head, so only entries behind that change anything, and pages from the past
//! change nothing.

use rusqlite::{Connection, OptionalExtension, params};
use serde::de::DeserializeOwned;
use snug_proto::bounded::Text;
use snug_proto::codec;
use snug_proto::entry::{Archived, Entry, Joined, Kind, Left, Renamed, RoleSet, RoomKind, Topic};
use snug_proto::house::{SettingEntry, SettingName};
use snug_proto::id::AccountId;
use snug_proto::name::RoomName;
use snug_proto::talk::Role;

use super::Result;

/// What is new by an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Nothing,
    /// Something about its room.
    Room,
    /// What the server is called.
    ServerName(String),
}

/// Takes what an entry says about its room.
pub(super) fn take(db: &Connection, entry: &Entry, me: AccountId) -> Result<Said> {
    if !(Kind::JOINED.0..=Kind::ARCHIVED.0).contains(&entry.kind.0) && entry.kind != Kind::SETTING {
        return Ok(Said::Nothing);
    }
    let room = entry.room.0;
    let known: Option<(u32, u16)> = db
        .prepare_cached("SELECT state_at, kind FROM rooms WHERE room = ?1")?
        .query_row([room], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((_, kind)) = known.filter(|(state_at, _)| entry.seq.0 > *state_at) else {
        return Ok(Said::Nothing);
    };
    let mut said = Said::Room;
    match entry.kind {
        Kind::RENAMED => {
            // A name that cannot be one is not shown.
            let name = body(entry).and_then(|Renamed { name }| RoomName::try_from(name).ok());
            if let Some(name) = name {
                set(db, "UPDATE rooms SET name = ?2 WHERE room = ?1", params![room, name.as_str()])?;
            }
        }
        Kind::TOPIC => {
            if let Some(Topic { topic }) = body(entry) {
                set(db, "UPDATE rooms SET topic = ?2 WHERE room = ?1", params![room, Text::as_str(&topic)])?;
            }
        }
        Kind::ARCHIVED => {
            if let Some(Archived { archived }) = body(entry) {
                set(db, "UPDATE rooms SET archived = ?2 WHERE room = ?1", params![room, archived])?;
            }
        }
        Kind::ROLE => {
            if let Some(RoleSet { account, role }) = body(entry) {
                put_role(db, room, account, Role::of_code(role), me)?;
            }
        }
        Kind::JOINED => {
            if let Some(Joined { account, .. }) = body(entry) {
                joined(db, room, account)?;
            }
        }
        Kind::LEFT => {
            if let Some(Left { account }) = body(entry) {
                left(db, room, account, me)?;
            }
        }
        Kind::SETTING if RoomKind(kind) == RoomKind::HOUSE => {
            let setting = body(entry).and_then(|it: SettingEntry| {
                let is_name = SettingName::of(it.name.as_str()) == Some(SettingName::Name);
                is_name.then(|| it.value.into_string())
            });
            said = setting.map_or(Said::Nothing, Said::ServerName);
        }
        _ => {}
    }
    set(db, "UPDATE rooms SET state_at = ?2 WHERE room = ?1", params![room, entry.seq.0])?;
    Ok(said)
}

fn body<T: DeserializeOwned>(entry: &Entry) -> Option<T> {
    codec::decode_value(&entry.body).ok()
}

fn set(db: &Connection, statement: &str, parameters: impl rusqlite::Params) -> Result<usize> {
    Ok(db.prepare_cached(statement)?.execute(parameters)?)
}

fn put_role(db: &Connection, room: u32, account: AccountId, role: Role, me: AccountId) -> Result<()> {
    let (account_code, role) = (account.0.cast_signed(), role.code());
    set(
        db,
        "INSERT INTO members (room, account, role) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET role = ?3",
        params![room, account_code, role],
    )?;
    if account == me {
        set(db, "UPDATE rooms SET role = ?2 WHERE room = ?1", params![room, role])?;
    }
    Ok(())
}

fn joined(db: &Connection, room: u32, account: AccountId) -> Result<()> {
    set(
        db,
        "INSERT OR IGNORE INTO members (room, account, role) VALUES (?1, ?2, 0)",
        params![room, account.0.cast_signed()],
    )?;
    set(db, "UPDATE rooms SET members = members + 1 WHERE room = ?1", [room])?;
    Ok(())
}

fn left(db: &Connection, room: u32, account: AccountId, me: AccountId) -> Result<()> {
    set(db, "DELETE FROM members WHERE room = ?1 AND account = ?2", params![room, account.0.cast_signed()])?;
    set(db, "UPDATE rooms SET members = max(members - 1, 0) WHERE room = ?1", [room])?;
    if account == me {
        set(db, "UPDATE rooms SET present = 0, role = 0 WHERE room = ?1", [room])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy::{Copy, Mine, Step};
    use snug_proto::bounded::Bytes;
    use snug_proto::entry::LOBBY;
    use snug_proto::id::{DeviceId, RoomId, Seq};
    use snug_proto::talk::RoomInfo;

    const MINE: Mine = Mine { me: AccountId(1), device: DeviceId(100) };

    fn info(head: u32, name: &str) -> RoomInfo {
        RoomInfo {
            room: LOBBY,
            kind: RoomKind::CHANNEL,
            name: Text::cut(name),
            topic: Text::default(),
            peer: AccountId(0),
            earlier: Default::default(),
            first: Seq(1),
            head: Seq(head),
            read: Seq(0),
            unread_from: Seq(0),
            role: Role::Member,
            present: true,
            archived: false,
            members: 2,
            encrypted: false,
        }
    }

    fn renamed(seq: u32, name: &str) -> Step {
        step(LOBBY, seq, Kind::RENAMED, &Renamed { name: Text::cut(name) })
    }

    fn step(room: RoomId, seq: u32, kind: Kind, body: &impl serde::Serialize) -> Step {
        let (at, device, number, generation, epoch, blobs) = Default::default();
        let body = Bytes::new(codec::encode_value(body)).unwrap();
        let (seq, author) = (Seq(seq), AccountId(2));
        let entry = Entry { room, seq, at, kind, author, device, number, generation, epoch, blobs, body };
        Step::Entry(Box::new(entry))
    }

    #[test]
    fn the_house_says_what_the_server_is_called_and_the_past_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let copy = Copy::open(&folder.path().join("copy.sqlite")).unwrap();
        let house = RoomId(7);
        let info = |room, kind| RoomInfo { room, kind, ..info(4, "House") };
        copy.put_room(&info(house, RoomKind::HOUSE), MINE.me).unwrap();
        copy.put_room(&info(LOBBY, RoomKind::LOBBY), MINE.me).unwrap();
        let set = |room, seq, name: &str, value: &str| {
            let (name, value) = (Text::cut(name), Text::cut(value));
            step(room, seq, Kind::SETTING, &SettingEntry { name, value, configured: false })
        };
        let named = |steps| copy.merge(steps, MINE).unwrap().server_name;
        assert_eq!(named(vec![set(house, 5, "max_users", "9")]), None);
        assert_eq!(
            named(vec![set(house, 6, "name", "Cellar"), set(house, 7, "name", "Attic")]).unwrap(),
            "Attic"
        );
        assert_eq!(named(vec![set(house, 3, "name", "from the past")]), None);
        assert_eq!(named(vec![set(LOBBY, 5, "name", "from elsewhere")]), None);
    }

    #[test]
    fn an_answer_that_is_older_than_what_entries_told_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let copy = Copy::open(&folder.path().join("copy.sqlite")).unwrap();
        copy.put_room(&info(4, "Lobby"), MINE.me).unwrap();
        copy.merge(vec![renamed(5, "Kitchen")], MINE).unwrap();
        let late = copy.put_room(&info(4, "Lobby"), MINE.me).unwrap().unwrap();
        assert_eq!((late.name.as_str(), late.head), ("Kitchen", Seq(5)));
        let newer = copy.put_room(&info(6, "Garden"), MINE.me).unwrap().unwrap();
        assert_eq!((newer.name.as_str(), newer.head), ("Garden", Seq(6)));
        copy.merge(vec![renamed(3, "from the past")], MINE).unwrap();
        assert_eq!(copy.room(LOBBY, MINE.me).unwrap().unwrap().name, "Garden");
    }
}
