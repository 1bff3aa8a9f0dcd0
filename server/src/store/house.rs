//! The house room: what people may do on the whole server is their role there, and what administrators do is an entry
//! there that everybody reads.

use rusqlite::{Connection, OptionalExtension};
use snug_proto::entry::{Kind, LOBBY, RoomKind};
use snug_proto::house::{Act, Banned, Concerned};
use snug_proto::id::{AccountId, RoomId};
use snug_proto::name::RoomName;
use snug_proto::refusal::Cause;
use snug_proto::talk::Role;

use super::Store;
use super::change::{Not, done};
use super::desk::Desk;
use super::members;
use super::writer::Verb;
use super::{bans, settings};
use crate::hub::{Acted, Told};
use crate::listener::Source;

/// The house room with everybody in it, settings that win over the configuration, and bans.
///
/// Its first entry says that it was made, by nobody, and everybody reads from there. Roles come from `accounts.rank`,
/// which nobody reads any more, and hold in the lobby as well. `bans.device_key` is what a banned device would come back
/// with; an id is never given again, so that nobody lifts another ban than they saw.
pub(super) const TABLES: &str = "
INSERT INTO rooms (kind, name, created_at, encrypted, generation, epoch) VALUES (6, 'House', :now, 0, 0, 0);
CREATE UNIQUE INDEX rooms_house ON rooms (kind) WHERE kind = 6;
INSERT INTO entries (id, at, kind, author, device, number, generation, epoch, blobs, body)
    SELECT id << 32 | 1, :now, 16, 0, 0, 0, 0, 0, x'', x'0605486f757365' FROM rooms WHERE kind = 6;
INSERT INTO members (room, account, joined, role)
    SELECT rooms.id, accounts.id, 1, rank FROM rooms, accounts WHERE kind = 6;
UPDATE members SET role = (SELECT rank FROM accounts WHERE id = account)
    WHERE room = 1 AND left IS NULL AND account IN (SELECT id FROM accounts WHERE rank > 0);
CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE bans (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, account INTEGER NOT NULL, device_key BLOB,
    source TEXT, at INTEGER NOT NULL, until INTEGER NOT NULL, by INTEGER NOT NULL
) STRICT;
";

/// What the house room is called.
const NAME: &str = "House";

/// The house room's id on this server.
pub(super) fn room(conn: &Connection) -> rusqlite::Result<RoomId> {
    conn.query_row("SELECT id FROM rooms WHERE kind = ?1", [RoomKind::HOUSE.0], |row| row.get(0).map(RoomId))
}

/// Whether a channel of this skeleton could be taken for the house.
pub(super) fn looks_like_it(skeleton: &str) -> bool {
    RoomName::new(NAME).is_ok_and(|name| name.skeleton() == skeleton)
}

/// Whether the server has an owner.
pub(super) fn has_owner(conn: &Connection) -> rusqlite::Result<bool> {
    conn.prepare_cached(
        "SELECT 1 FROM members JOIN rooms ON rooms.id = members.room
         WHERE rooms.kind = ?1 AND members.role = ?2 AND left IS NULL",
    )?
    .exists((RoomKind::HOUSE.0, Role::Owner.code()))
}

/// What somebody may do on this server.
fn rank(conn: &Connection, account: AccountId) -> rusqlite::Result<Role> {
    let role = conn
        .prepare_cached(
            "SELECT members.role FROM members JOIN rooms ON rooms.id = members.room
             WHERE rooms.kind = ?1 AND members.account = ?2 AND left IS NULL",
        )?
        .query_row((RoomKind::HOUSE.0, account.0.cast_signed()), |row| row.get(0).map(Role::of_code))
        .optional()?;
    Ok(role.unwrap_or(Role::Member))
}

/// What somebody may do; whoever has the server's machine (0) may do everything.
fn rank_of(desk: &mut Desk, by: AccountId) -> Result<Role, Not> {
    let room = desk.room(desk.house)?.ok_or(Cause::UnknownRoom)?;
    room.has_places()?;
    Ok(if by == AccountId(0) { Role::Owner } else { *room.members.get(&by).unwrap_or(&Role::Member) })
}

/// Whether somebody may do what takes this much.
pub(super) fn check_rank(desk: &mut Desk, by: AccountId, least: Role) -> Result<(), Not> {
    if rank_of(desk, by)?.code() < least.code() { Err(Cause::NotAllowed.into()) } else { Ok(()) }
}

/// Whether somebody may act on somebody else: moderators on members, owners on everybody, nobody on themselves.
pub(super) fn check_over(desk: &mut Desk, by: AccountId, account: AccountId) -> Result<(), Not> {
    let mine = rank_of(desk, by)?;
    let room = desk.room(desk.house)?.ok_or(Cause::UnknownRoom)?;
    let theirs = *room.members.get(&account).ok_or(Cause::UnknownAccount)?;
    let may = match mine {
        Role::Owner => by != account,
        Role::Moderator => theirs == Role::Member,
        Role::Member => false,
    };
    if may { Ok(()) } else { Err(Cause::NotAllowed.into()) }
}

/// Whether somebody may let somebody set another password: owners, others than themselves.
pub(super) fn check_over_password(desk: &mut Desk, by: AccountId, account: AccountId) -> Result<(), Not> {
    check_rank(desk, by, Role::Owner)?;
    check_over(desk, by, account)
}

/// Says what somebody may do on this server, by an owner or (0) by whoever has the machine.
pub(super) fn set_role(desk: &mut Desk, by: AccountId, account: AccountId, role: Role) -> Result<(), Not> {
    check_rank(desk, by, Role::Owner)?;
    let house = desk.house;
    let room = desk.room(house)?.ok_or(Cause::UnknownRoom)?;
    let before = *room.members.get(&account).ok_or(Cause::UnknownAccount)?;
    if before == role {
        return Ok(());
    }
    if room.is_last_owner(account) {
        return Err(Cause::LastServerOwner.into());
    }
    room.has_places()?;
    give_role(desk, by, account, role)
}

/// The same, whoever may. Who looks after the server looks after the lobby.
pub(super) fn give_role(desk: &mut Desk, by: AccountId, account: AccountId, role: Role) -> Result<(), Not> {
    members::give_role(desk, desk.house, by, account, role)?;
    members::give_role(desk, LOBBY, by, account, role)
}

/// Carries out an administrator's act; `by` 0 is whoever has the server's machine. `sources` are the networks that
/// somebody is connected from whose networks are to be banned.
pub(super) fn act(desk: &mut Desk, by: AccountId, act: &Act, sources: &[Source]) -> Result<Acted, Not> {
    match act {
        Act::Kick { account } => kick(desk, by, *account),
        Act::Ban { what, until } => bans::ban(desk, by, what, *until, sources),
        Act::Unban { ban } => bans::lift(desk, by, *ban),
        Act::Set(setting) => settings::set(desk, by, setting),
        Act::Unset(name) => settings::unset(desk, by, *name),
    }
}

fn kick(desk: &mut Desk, by: AccountId, account: AccountId) -> Result<Acted, Not> {
    check_over(desk, by, account)?;
    desk.say(desk.house, Kind::KICKED, by, &Concerned { account })?;
    Ok(Acted::SentAway(account))
}

/// Whether an act needs to know where somebody is connected from.
pub(crate) fn needs_sources_of(act: &Act) -> Option<AccountId> {
    match act {
        Act::Ban { what: Banned::SourcesOf(account), .. } => Some(*account),
        _ => None,
    }
}

/// An act that no session asked for.
struct Acts {
    by: AccountId,
    act: Act,
    sources: Vec<Source>,
    acted: Option<Acted>,
}

impl Verb for Acts {
    type Done = ();
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<(), Cause>> {
        done(act(desk, self.by, &self.act, &self.sources).map(|acted| self.acted = Some(acted)))
    }
    fn told(&mut self) -> Option<Told> {
        self.acted.take().map(Told::Acted)
    }
}

/// A role that no session gave.
struct SetRole {
    by: AccountId,
    account: AccountId,
    role: Role,
}

impl Verb for SetRole {
    type Done = ();
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<(), Cause>> {
        done(set_role(desk, self.by, self.account, self.role))
    }
}

impl Store {
    /// Carries out an act; `sources` where [`needs_sources_of`] asks for them; `by` 0 is whoever has the server's machine.
    ///
    /// # Errors
    /// What a session would be refused with.
    pub(crate) async fn act(&self, by: AccountId, act: Act, sources: Vec<Source>) -> Result<(), Cause> {
        self.inbox.ask(Acts { by, act, sources, acted: None }).await
    }

    /// Says what somebody may do on this server; `by` 0 is whoever has its machine.
    ///
    /// # Errors
    /// [`Cause::UnknownAccount`], [`Cause::LastServerOwner`].
    pub(crate) async fn set_role_in_house(
        &self,
        by: AccountId,
        account: AccountId,
        role: Role,
    ) -> Result<(), Cause> {
        self.inbox.ask(SetRole { by, account, role }).await
    }

    /// What somebody may do on this server.
    pub(crate) async fn rank(&self, account: AccountId) -> Result<Role, Cause> {
        self.read(move |conn| rank(conn, account)).await
    }

    /// Whether the server has an owner.
    pub(crate) async fn has_owner(&self) -> Result<bool, Cause> {
        self.read(|conn| has_owner(conn)).await
    }
}
