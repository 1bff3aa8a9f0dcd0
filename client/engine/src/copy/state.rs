//! What entries say about their room: name, topic, roles, members. The server's own word about a room holds as of a
//! head, so only entries behind that change anything, and pages from the past change nothing.

use rusqlite::{Connection, OptionalExtension, params};
use serde::de::DeserializeOwned;
use snug_proto::bounded::Text;
use snug_proto::codec;
use snug_proto::entry::{Archived, Entry, Joined, Kind, Left, Renamed, RoleSet, Topic};
use snug_proto::id::AccountId;
use snug_proto::name::RoomName;
use snug_proto::talk::Role;

use super::Result;

/// Takes what an entry says about its room. Answers whether it said something new.
pub(super) fn take(db: &Connection, entry: &Entry, me: AccountId) -> Result<bool> {
    if !(Kind::JOINED.0..=Kind::ARCHIVED.0).contains(&entry.kind.0) {
        return Ok(false);
    }
    let room = entry.room.0;
    let known: Option<u32> = db
        .prepare_cached("SELECT state_at FROM rooms WHERE room = ?1")?
        .query_row([room], |row| row.get(0))
        .optional()?;
    if known.is_none_or(|state_at| entry.seq.0 <= state_at) {
        return Ok(false);
    }
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
        _ => {}
    }
    set(db, "UPDATE rooms SET state_at = ?2 WHERE room = ?1", params![room, entry.seq.0])?;
    Ok(true)
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
