//! Who is in a room, what this person typed and did not send, and what they chose for their account.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::params;
use snug_proto::id::{AccountId, RoomId};
use snug_proto::talk::{Account, Member, Privacy, Role, Target};

use super::outbox::{target_of, target_parts};
use super::{Copy, CopyError, Result, durable};

/// A member as the copy knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemberRow {
    pub(crate) role: Role,
    /// When they were last here, where they show it.
    pub(crate) seen: Option<i64>,
}

impl Default for MemberRow {
    fn default() -> Self {
        Self { role: Role::Member, seen: None }
    }
}

impl Copy {
    /// The members of a room, as far as they are known.
    pub(crate) fn members(&self, room: RoomId) -> Result<BTreeMap<AccountId, MemberRow>> {
        self.with(|db| {
            let mut query = db.prepare_cached("SELECT account, role, seen FROM members WHERE room = ?1")?;
            let rows = query.query_map([room.0], |row| {
                let account = AccountId(row.get::<_, i64>(0)?.cast_unsigned());
                Ok((account, MemberRow { role: Role::of_code(row.get(1)?), seen: row.get(2)? }))
            })?;
            rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
        })
    }

    /// Takes the server's whole list of a room's members.
    pub(crate) fn put_members(&self, room: RoomId, members: &[Member]) -> Result<()> {
        self.with(|db| {
            durable(db, false)?;
            let change = db.transaction()?;
            change.execute("DELETE FROM members WHERE room = ?1", [room.0])?;
            for member in members {
                change
                    .prepare_cached(
                        "INSERT OR REPLACE INTO members (room, account, role, seen) VALUES (?1, ?2, ?3, ?4)",
                    )?
                    .execute(params![
                        room.0,
                        member.account.0.cast_signed(),
                        member.role.code(),
                        member.seen
                    ])?;
            }
            Ok(change.commit()?)
        })
    }

    /// What was typed in a room and not sent.
    pub(crate) fn draft(&self, room: Target) -> Result<String> {
        self.with(|db| {
            let (to_person, target) = target_parts(room);
            let mut query =
                db.prepare_cached("SELECT text FROM drafts WHERE to_person = ?1 AND target = ?2")?;
            let mut rows = query.query(params![to_person, target])?;
            Ok(rows.next()?.map(|row| row.get(0)).transpose()?.unwrap_or_default())
        })
    }

    /// Keeps what was typed; nothing takes it away.
    pub(crate) fn set_draft(&self, room: Target, text: &str) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            let (to_person, target) = target_parts(room);
            if text.is_empty() {
                let gone = "DELETE FROM drafts WHERE to_person = ?1 AND target = ?2";
                db.prepare_cached(gone)?.execute(params![to_person, target])?;
            } else {
                let put = "INSERT OR REPLACE INTO drafts (to_person, target, text) VALUES (?1, ?2, ?3)";
                db.prepare_cached(put)?.execute(params![to_person, target, text])?;
            }
            Ok(())
        })
    }

    /// The rooms with something typed.
    pub(crate) fn drafts(&self) -> Result<Vec<Target>> {
        self.with(|db| {
            let mut query = db.prepare_cached("SELECT to_person, target FROM drafts")?;
            let rows = query.query_map([], |row| Ok(target_of(row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
        })
    }

    /// What this person chose.
    pub(crate) fn account(&self) -> Result<(Privacy, BTreeSet<AccountId>)> {
        self.with(|db| {
            let privacy = db.query_row("SELECT last_seen, reads FROM account", [], |row| {
                Ok(Privacy { last_seen: row.get(0)?, reads: row.get(1)? })
            })?;
            let mut query = db.prepare_cached("SELECT account FROM ignored")?;
            let ignored = query.query_map([], |row| Ok(AccountId(row.get::<_, i64>(0)?.cast_unsigned())))?;
            Ok((privacy, ignored.collect::<rusqlite::Result<_>>()?))
        })
    }

    /// Takes the server's word about that.
    pub(crate) fn put_account(&self, account: &Account) -> Result<()> {
        self.with(|db| {
            durable(db, false)?;
            let change = db.transaction()?;
            let Privacy { last_seen, reads } = account.privacy;
            change.execute("UPDATE account SET last_seen = ?1, reads = ?2", params![last_seen, reads])?;
            change.execute("DELETE FROM ignored", [])?;
            for account in account.ignored.iter() {
                change.execute(
                    "INSERT OR IGNORE INTO ignored (account) VALUES (?1)",
                    [account.0.cast_signed()],
                )?;
            }
            Ok(change.commit()?)
        })
    }
}
