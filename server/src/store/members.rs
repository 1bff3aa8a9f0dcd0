//! Members: who comes, who goes, and what they may do.

use std::collections::BTreeMap;

use rusqlite::OptionalExtension;
use snug_proto::bounded::{List, Text};
use snug_proto::entry::{Joined, Kind, Left, RoleSet, RoomKind};
use snug_proto::id::{AccountId, RoomId};
use snug_proto::limits::{ADD_MEMBERS_MAX, NAME_BYTES_MAX};
use snug_proto::refusal::Cause;
use snug_proto::talk::Role;

use super::change::Not;
use super::desk::{Desk, Room};
use super::house;

/// A name as entries carry it.
type Name = Text<NAME_BYTES_MAX>;

/// The names of accounts, each once and in the order of their ids; refused when one is not there.
pub(super) fn names(
    desk: &Desk,
    accounts: impl Iterator<Item = AccountId>,
) -> Result<BTreeMap<AccountId, Name>, Not> {
    accounts.map(|account| name(desk, account).map(|name| (account, name))).collect()
}

fn name(desk: &Desk, account: AccountId) -> Result<Name, Not> {
    let name = desk
        .conn
        .prepare_cached("SELECT name FROM accounts WHERE id = ?1 AND deleted IS NULL")?
        .query_row([account.0.cast_signed()], |row| row.get::<_, String>(0))
        .optional()?;
    Ok(Text::cut(&name.ok_or(Cause::UnknownAccount)?))
}

/// Makes an account a member, who reads from the entry that says so.
pub(super) fn admit(
    desk: &mut Desk,
    room: RoomId,
    by: AccountId,
    account: AccountId,
    name: Name,
) -> Result<(), Not> {
    let seq = desk.say(room, Kind::JOINED, by, &Joined { account, name })?;
    desk.begin_membership(room, account, seq, Role::Member)?;
    Ok(())
}

/// Joins a channel. Who finds nobody there becomes its owner, or nobody could look after it any more.
pub(super) fn join(desk: &mut Desk, me: AccountId, id: RoomId) -> Result<(), Not> {
    let room = desk.room(id)?.filter(|room| room.kind == RoomKind::CHANNEL).ok_or(Cause::UnknownRoom)?;
    if room.members.contains_key(&me) {
        return Ok(());
    }
    let deserted = room.members.is_empty();
    room.has_places()?;
    let name = name(desk, me)?;
    admit(desk, id, me, me, name)?;
    if deserted { give_role(desk, id, AccountId(0), me, Role::Owner) } else { Ok(()) }
}

/// Brings in somebody new, with the role that was promised. Who finds nobody there looks after it.
pub(super) fn bring_in(
    desk: &mut Desk,
    id: RoomId,
    by: AccountId,
    account: AccountId,
    name: Name,
    role: Role,
) -> Result<(), Not> {
    let room = desk.room(id)?.ok_or(Cause::UnknownRoom)?;
    room.has_places()?;
    let role = if room.members.is_empty() { Role::Owner } else { role };
    admit(desk, id, by, account, name)?;
    if role == Role::Member { Ok(()) } else { give_role(desk, id, AccountId(0), account, role) }
}

/// Adds people who are not there yet.
pub(super) fn add(
    desk: &mut Desk,
    me: AccountId,
    id: RoomId,
    members: &List<AccountId, ADD_MEMBERS_MAX>,
) -> Result<(), Not> {
    let there = &desk.managed(id, me, Role::Member)?.members;
    let new: Vec<AccountId> =
        members.iter().copied().filter(|account| !there.contains_key(account)).collect();
    for (account, name) in names(desk, new.into_iter())? {
        admit(desk, id, me, account, name)?;
    }
    Ok(())
}

/// Leaves a room.
pub(super) fn leave(desk: &mut Desk, me: AccountId, id: RoomId) -> Result<(), Not> {
    desk.managed(id, me, Role::Member)?;
    part(desk, me, id)
}

/// Goes, from whatever room; the last owner hands it on to who has looked after it, or been there, for longest.
pub(super) fn part(desk: &mut Desk, me: AccountId, id: RoomId) -> Result<(), Not> {
    let (room, _) = desk.room_of(id, me)?;
    if room.is_last_owner(me) {
        let heir = desk
            .conn
            .prepare_cached(
                "SELECT account FROM members WHERE room = ?1 AND account <> ?2 AND left IS NULL
                 ORDER BY role DESC, joined, account LIMIT 1",
            )?
            .query_row((id.0, me.0.cast_signed()), |row| row.get::<_, i64>(0))
            .optional()?;
        if let Some(heir) = heir {
            give_role(desk, id, AccountId(0), AccountId(heir.cast_unsigned()), Role::Owner)?;
        }
    }
    dismiss(desk, id, me, me)
}

/// Removes somebody; moderators and owners only by an owner.
pub(super) fn remove(desk: &mut Desk, me: AccountId, id: RoomId, account: AccountId) -> Result<(), Not> {
    if account == me {
        return leave(desk, me, id);
    }
    let room = desk.managed(id, me, Role::Moderator)?;
    let theirs = *room.members.get(&account).ok_or(Cause::UnknownAccount)?;
    if theirs != Role::Member && room.members.get(&me) != Some(&Role::Owner) {
        return Err(Cause::NotAllowed.into());
    }
    dismiss(desk, id, me, account)
}

fn dismiss(desk: &mut Desk, id: RoomId, by: AccountId, account: AccountId) -> Result<(), Not> {
    let seq = desk.say(id, Kind::LEFT, by, &Left { account })?;
    desk.end_membership(id, account, seq)?;
    Ok(())
}

/// Says what a member may do.
pub(super) fn set_role(
    desk: &mut Desk,
    me: AccountId,
    id: RoomId,
    account: AccountId,
    role: Role,
) -> Result<(), Not> {
    if id == desk.house {
        return house::set_role(desk, me, account, role);
    }
    let room = desk.managed(id, me, Role::Owner)?;
    let before = *room.members.get(&account).ok_or(Cause::UnknownAccount)?;
    if before == role {
        return Ok(());
    }
    if room.is_last_owner(account) {
        return Err(Cause::LastOwner.into());
    }
    give_role(desk, id, me, account, role)
}

pub(super) fn give_role(
    desk: &mut Desk,
    id: RoomId,
    by: AccountId,
    account: AccountId,
    role: Role,
) -> Result<(), Not> {
    desk.conn
        .prepare_cached("UPDATE members SET role = ?3 WHERE room = ?1 AND account = ?2 AND left IS NULL")?
        .execute((id.0, account.0.cast_signed(), role.code()))?;
    if let Some(room) = desk.room(id)? {
        room.members.insert(account, role);
    }
    desk.say(id, Kind::ROLE, by, &RoleSet { account, role: role.code() })?;
    Ok(())
}

impl Room {
    pub(super) fn is_last_owner(&self, account: AccountId) -> bool {
        let mut owners = self.members.iter().filter(|(_, role)| **role == Role::Owner);
        owners.next().is_some_and(|(owner, _)| *owner == account) && owners.next().is_none()
    }
}
