//! Rooms: making them, and what their owners and moderators decide about them.

use std::time::Duration;

use snug_proto::bounded::{List, Text};
use snug_proto::entry::{Archived, Created, Joined, Kind, Renamed, RoomKind, Topic};
use snug_proto::id::{AccountId, RoomId};
use snug_proto::limits::{ADD_MEMBERS_MAX, TOPIC_BYTES_MAX};
use snug_proto::name::RoomName;
use snug_proto::refusal::Cause;
use snug_proto::talk::Role;

use super::NewRooms;
use super::change::{Did, Not};
use super::desk::Desk;
use super::house;
use super::members::names;

/// A room's row before it is there.
pub(super) struct NewRoom<'a> {
    pub(super) kind: RoomKind,
    pub(super) name: &'a str,
    pub(super) topic: &'a str,
    pub(super) skeleton: Option<&'a str>,
    pub(super) pair: Option<(AccountId, AccountId)>,
}

/// Writes a room's row; its first entry is up to the caller.
pub(super) fn insert_room(desk: &mut Desk, by: AccountId, room: &NewRoom<'_>) -> rusqlite::Result<RoomId> {
    let (low, high) = room.pair.map(|(low, high)| (low.0.cast_signed(), high.0.cast_signed())).unzip();
    desk.conn
        .prepare_cached(
            "INSERT INTO rooms (kind, name, topic, skeleton, low, high, created_by, created_at, archived,
                 encrypted, generation, epoch)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, 0, 0, 0)",
        )?
        .execute((
            room.kind.0,
            room.name,
            room.topic,
            room.skeleton,
            low,
            high,
            by.0.cast_signed(),
            desk.now,
        ))?;
    let id = u32::try_from(desk.conn.last_insert_rowid()).map(RoomId).unwrap_or_default();
    desk.made(id, by);
    Ok(id)
}

pub(super) fn exists(desk: &Desk, account: AccountId) -> rusqlite::Result<bool> {
    desk.conn
        .prepare_cached("SELECT 1 FROM accounts WHERE id = ?1 AND deleted IS NULL")?
        .exists([account.0.cast_signed()])
}

/// Whether the account may make one more room now. Counted from the rooms themselves, so that neither a restart nor
/// a batch that found no space forgets or adds one; one's notes are made once and do not count.
pub(super) fn check_pace(desk: &Desk, account: AccountId) -> Result<(), Not> {
    // Over so many more rooms than a burst a debt is remembered: a program that makes one as soon as it may gains one
    // in so many.
    const REMEMBERED: i64 = 64;
    let NewRooms { burst, every_ms } = desk.new_rooms;
    let mut found = desk.conn.prepare_cached(
        "SELECT created_at FROM rooms WHERE created_by = ?1 AND kind <> ?2 ORDER BY created_at DESC LIMIT ?3",
    )?;
    let rows = found
        .query_map((account.0.cast_signed(), RoomKind::NOTES.0, REMEMBERED + i64::from(burst)), |row| {
            row.get::<_, i64>(0)
        })?;
    // As a bucket of tokens would have it: with `burst` rooms made, the next waits for one token, and so on.
    let mut free_at = i64::MIN;
    for (made_since, at) in (1..).zip(rows) {
        let over = made_since - i64::from(burst) + 1;
        if over > 0 {
            free_at = free_at.max(at?.saturating_add(every_ms.saturating_mul(over)));
        }
    }
    match u64::try_from(free_at.saturating_sub(desk.now)) {
        Ok(wait) if wait > 0 => Err(Not::Later(Cause::TooManyRooms, Duration::from_millis(wait))),
        _ => Ok(()),
    }
}

fn check_name(desk: &Desk, skeleton: &str, room: RoomId) -> Result<(), Not> {
    let taken = desk
        .conn
        .prepare_cached("SELECT 1 FROM rooms WHERE skeleton = ?1 AND id <> ?2")?
        .exists((skeleton, room.0))?;
    if taken || house::looks_like_it(skeleton) { Err(Cause::RoomNameTaken.into()) } else { Ok(()) }
}

/// Makes a room. Whoever is in it from the start reads it from its first entry.
pub(super) fn create(
    desk: &mut Desk,
    me: AccountId,
    kind: RoomKind,
    name: &RoomName,
    topic: &Text<TOPIC_BYTES_MAX>,
    members: &List<AccountId, ADD_MEMBERS_MAX>,
) -> Result<Did, Not> {
    let skeleton = match kind {
        RoomKind::CHANNEL => Some(name.skeleton()),
        RoomKind::PRIVATE => None,
        _ => return Err(Cause::Malformed.into()),
    };
    if let Some(skeleton) = &skeleton {
        check_name(desk, skeleton, RoomId(0))?;
    }
    let others = names(desk, members.iter().copied().filter(|member| *member != me))?;
    check_pace(desk, me)?;
    let (name, topic, pair) = (name.as_str(), topic.as_str(), None);
    let room = insert_room(desk, me, &NewRoom { kind, name, topic, skeleton: skeleton.as_deref(), pair })?;
    let first = desk.say(room, Kind::CREATED, me, &Created { kind, name: Text::cut(name) })?;
    desk.begin_membership(room, me, first, Role::Owner)?;
    for (account, name) in others {
        desk.say(room, Kind::JOINED, me, &Joined { account, name })?;
        desk.begin_membership(room, account, first, Role::Member)?;
    }
    Ok(Did::Made(room))
}

/// Names a room anew. What is so already makes no entry, here and below.
pub(super) fn rename(desk: &mut Desk, me: AccountId, id: RoomId, name: &RoomName) -> Result<(), Not> {
    let kind = desk.named(id, me, Role::Owner)?.kind;
    let skeleton = (kind != RoomKind::PRIVATE).then(|| name.skeleton());
    if let Some(skeleton) = &skeleton {
        check_name(desk, skeleton, id)?;
    }
    let rows = desk
        .conn
        .prepare_cached("UPDATE rooms SET name = ?2, skeleton = ?3 WHERE id = ?1 AND name <> ?2")?
        .execute((id.0, name.as_str(), skeleton))?;
    if rows > 0 {
        desk.say(id, Kind::RENAMED, me, &Renamed { name: name.clone().into() })?;
    }
    Ok(())
}

pub(super) fn set_topic(
    desk: &mut Desk,
    me: AccountId,
    id: RoomId,
    topic: &Text<TOPIC_BYTES_MAX>,
) -> Result<(), Not> {
    desk.named(id, me, Role::Moderator)?;
    let rows = desk
        .conn
        .prepare_cached("UPDATE rooms SET topic = ?2 WHERE id = ?1 AND topic <> ?2")?
        .execute((id.0, topic.as_str()))?;
    if rows > 0 {
        desk.say(id, Kind::TOPIC, me, &Topic { topic: topic.clone() })?;
    }
    Ok(())
}

pub(super) fn archive(desk: &mut Desk, me: AccountId, id: RoomId, archived: bool) -> Result<(), Not> {
    let room = desk.managed(id, me, Role::Owner)?;
    if room.archived == archived {
        return Ok(());
    }
    room.archived = archived;
    desk.conn.prepare_cached("UPDATE rooms SET archived = ?2 WHERE id = ?1")?.execute((id.0, archived))?;
    desk.say(id, Kind::ARCHIVED, me, &Archived { archived })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::plant::Plant;
    use super::super::schema;
    use super::*;

    const ALICE: AccountId = AccountId(1);

    /// Seconds until alice may make one more room.
    fn wait(desk: &Desk) -> u64 {
        match check_pace(desk, ALICE) {
            Ok(()) => 0,
            Err(Not::Later(Cause::TooManyRooms, wait)) => wait.as_secs(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn rooms_come_in_a_burst_and_then_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let conn = schema::open_writer(&folder.path().join("snug.db"), 0, 0, &[]).unwrap();
        let mut desk =
            Desk::new(conn, RoomId(2), 10.into(), NewRooms { burst: 3, every_ms: 60_000 }, Plant::Nothing);
        let mut make = |at_s: i64, kind: RoomKind| {
            desk.now = at_s * 1000;
            let waits = wait(&desk);
            if waits == 0 {
                let new = NewRoom { kind, name: "", topic: "", skeleton: None, pair: None };
                insert_room(&mut desk, ALICE, &new).unwrap();
            }
            waits
        };
        make(1000, RoomKind::NOTES);
        let waits = [1000, 1000, 1010, 1010, 1059, 1060, 1061].map(|at| make(at, RoomKind::PRIVATE));
        assert_eq!(waits, [0, 0, 0, 50, 1, 0, 59]);
        let at_the_pace: Vec<u64> = (0..20).map(|nth| make(1120 + 60 * nth, RoomKind::CHANNEL)).collect();
        assert!(at_the_pace.iter().all(|waits| *waits == 0), "{at_the_pace:?}");
        assert_eq!(make(1120 + 60 * 19, RoomKind::CHANNEL), 60);
        // A pause fills it again, and no further.
        let waits = [9000, 9000, 9000, 9000].map(|at| make(at, RoomKind::DIRECT));
        assert_eq!(waits, [0, 0, 0, 60]);
    }
}
