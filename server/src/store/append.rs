//! Appending what people write, to a room or to a person.

use rusqlite::OptionalExtension;
use snug_proto::entry::{Blobs, Body, Created, Kind, RoomKind};
use snug_proto::id::{AccountId, BlobId, Number, RoomId, Seq};
use snug_proto::refusal::Cause;
use snug_proto::talk::{Role, Target};

use super::blobs::may_name;
use super::change::{Did, Not};
use super::desk::{Desk, Draft};
use super::rooms::{NewRoom, check_pace, exists, insert_room};
use crate::hub::Handle;

/// What is to be appended.
pub(super) struct Content {
    pub(super) kind: Kind,
    pub(super) generation: u32,
    pub(super) epoch: u64,
    pub(super) blobs: Blobs,
    pub(super) body: Body,
}

pub(super) fn append(
    desk: &mut Desk,
    by: &Handle,
    number: Number,
    to: Target,
    content: Content,
) -> Result<Did, Not> {
    let Content { kind, generation, epoch, blobs, body } = content;
    if kind != Kind::CONTENT || body.is_empty() {
        return Err(Cause::Malformed.into());
    }
    for BlobId(blob) in blobs.iter() {
        if !may_name(&desk.conn, by.account, blob)? {
            return Err(Cause::UnknownBlob.into());
        }
    }
    let room = match to {
        Target::Room(room) => check_room(desk, by.account, room, (generation, epoch))?,
        Target::Person(person) => room_with(desk, by.account, person, (generation, epoch))?,
    };
    let draft = Draft { kind, author: by.account, device: by.device, number, blobs, body };
    desk.append(room, draft)?.ok_or(Cause::TooLarge)?;
    Ok(Did::Appended)
}

fn check_room(desk: &mut Desk, account: AccountId, id: RoomId, expects: (u32, u64)) -> Result<RoomId, Not> {
    let (room, _) = desk.room_of(id, account)?;
    match expects == (room.generation, room.epoch) {
        _ if room.kind == RoomKind::HOUSE => Err(Cause::NotAllowed.into()),
        _ if room.archived => Err(Cause::Archived.into()),
        // Nobody leaves a room of two but with their account.
        _ if room.kind == RoomKind::DIRECT && room.members.len() < 2 => Err(Cause::UnknownAccount.into()),
        true => Ok(id),
        false => Err(Cause::Stale.into()),
    }
}

/// The direct room of two people, or one's notes; made where there is none.
fn room_with(desk: &mut Desk, me: AccountId, person: AccountId, expects: (u32, u64)) -> Result<RoomId, Not> {
    let (low, high) = (me.min(person), me.max(person));
    let known = desk
        .conn
        .prepare_cached("SELECT id FROM rooms WHERE low = ?1 AND high = ?2")?
        .query_row((low.0.cast_signed(), high.0.cast_signed()), |row| row.get(0).map(RoomId))
        .optional()?;
    if let Some(room) = known {
        return check_room(desk, me, room, expects);
    }
    if !exists(desk, person)? {
        return Err(Cause::UnknownAccount.into());
    }
    if expects != (0, 0) {
        return Err(Cause::Stale.into());
    }
    let kind = if person == me { RoomKind::NOTES } else { RoomKind::DIRECT };
    if kind == RoomKind::DIRECT {
        if ignores(desk, person, me)? {
            return Err(Cause::NotWelcome.into());
        }
        check_pace(desk, me)?;
    }
    make(desk, me, kind, (low, high))
}

fn ignores(desk: &Desk, account: AccountId, other: AccountId) -> rusqlite::Result<bool> {
    desk.conn
        .prepare_cached("SELECT 1 FROM ignored WHERE account = ?1 AND other = ?2")?
        .exists((account.0.cast_signed(), other.0.cast_signed()))
}

fn make(desk: &mut Desk, me: AccountId, kind: RoomKind, pair: (AccountId, AccountId)) -> Result<RoomId, Not> {
    let room =
        insert_room(desk, me, &NewRoom { kind, name: "", topic: "", skeleton: None, pair: Some(pair) })?;
    let first = desk.say(room, Kind::CREATED, me, &Created { kind, name: Default::default() })?;
    debug_assert_eq!(first, Seq(1));
    desk.begin_membership(room, pair.0, first, Role::Member)?;
    if pair.0 != pair.1 {
        desk.begin_membership(room, pair.1, first, Role::Member)?;
    }
    Ok(room)
}
