//! Bans: who is kept out, since when, until when and by whom.

use rusqlite::{Connection, OptionalExtension};
use snug_proto::entry::Kind;
use snug_proto::house::{BanEntry, BanId, BanKind, Banned};
use snug_proto::id::{AccountId, DeviceId};
use snug_proto::limits::BANS_MAX;
use snug_proto::refusal::Cause;
use snug_proto::talk::Role;

use super::change::Not;
use super::desk::Desk;
use super::house::{check_over, check_rank};
use super::rooms::exists;
use crate::hub::{Acted, Ban, KeptOut, Whom};
use crate::listener::Source;

/// A ban's row before it is there.
struct New {
    kind: BanKind,
    account: AccountId,
    key: Option<Vec<u8>>,
    source: Option<Source>,
}

impl New {
    fn of(kind: BanKind, account: AccountId) -> Self {
        Self { kind, account, key: None, source: None }
    }
}

/// Keeps somebody out. `sources` are those of [`Banned::SourcesOf`], which only the hub knows.
pub(super) fn ban(
    desk: &mut Desk,
    by: AccountId,
    what: &Banned,
    until: i64,
    sources: &[Source],
) -> Result<Acted, Not> {
    if until != 0 && until <= desk.now {
        return Err(Cause::Malformed.into());
    }
    let (new, whom) = match what {
        Banned::Account(account) => {
            check_over(desk, by, *account)?;
            (vec![New::of(BanKind::ACCOUNT, *account)], Some(Whom::Account(*account)))
        }
        Banned::Device(device) => {
            // Which devices there are is nobody else's business.
            check_rank(desk, by, Role::Moderator)?;
            let (account, key) = device_key(desk, *device)?.ok_or(Cause::NotThere)?;
            check_over(desk, by, account)?;
            let new = New { key: Some(key), ..New::of(BanKind::DEVICE, account) };
            (vec![new], Some(Whom::Device(*device)))
        }
        Banned::SourcesOf(account) => {
            check_over(desk, by, *account)?;
            let new = |source: &Source| New { source: Some(*source), ..New::of(BanKind::SOURCE, *account) };
            (sources.iter().map(new).collect(), None)
        }
        Banned::Source(typed) => {
            check_rank(desk, by, Role::Moderator)?;
            let source = typed.as_str().parse().map_err(|_| Cause::Malformed)?;
            let new = New { source: Some(source), ..New::of(BanKind::SOURCE, AccountId(0)) };
            (vec![new], None)
        }
    };
    // Who is not here is not connected from anywhere.
    let Some(account) = new.first().map(|new| new.account) else { return Err(Cause::NotThere.into()) };
    desk.conn.prepare_cached("DELETE FROM bans WHERE until <> 0 AND until <= ?1")?.execute([desk.now])?;
    let there: u32 = desk.conn.query_row("SELECT count(*) FROM bans", [], |row| row.get(0))?;
    if there as usize + new.len() > BANS_MAX {
        return Err(Cause::TooManyBans.into());
    }
    for new in new {
        insert(desk, by, until, &new)?;
        if let (Some(Whom::Device(device)), Some(key)) = (whom, &new.key) {
            forget(desk, device, key)?;
        }
    }
    desk.say(desk.house, Kind::BANNED, by, &BanEntry { kind: what.kind(), account, until })?;
    let left = (until != 0).then(|| until - desk.now);
    Ok(Acted::Bans(all(&desk.conn)?, whom.map(|whom| (whom, left))))
}

/// Lets in again: whoever might be kept out by who asks.
pub(super) fn lift(desk: &mut Desk, by: AccountId, ban: BanId) -> Result<Acted, Not> {
    check_rank(desk, by, Role::Moderator)?;
    let found = desk
        .conn
        .prepare_cached("SELECT kind, account, until FROM bans WHERE id = ?1 AND (until = 0 OR until > ?2)")?
        .query_row((ban.0, desk.now), |row| {
            let account = AccountId(row.get::<_, i64>(1)?.cast_unsigned());
            Ok(BanEntry { kind: BanKind(row.get(0)?), account, until: row.get(2)? })
        })
        .optional()?
        .ok_or(Cause::NotThere)?;
    match found.account {
        // A network that was named by itself, or somebody who is gone.
        account if !exists(desk, account)? => {}
        account if account == by => check_rank(desk, by, Role::Owner)?,
        account => check_over(desk, by, account)?,
    }
    desk.conn.prepare_cached("DELETE FROM bans WHERE id = ?1")?.execute([ban.0])?;
    desk.say(desk.house, Kind::UNBANNED, by, &found)?;
    Ok(Acted::Bans(all(&desk.conn)?, None))
}

fn insert(desk: &Desk, by: AccountId, until: i64, new: &New) -> rusqlite::Result<()> {
    let source = new.source.map(|source| source.to_string());
    desk.conn
        .prepare_cached(
            "INSERT INTO bans (kind, account, device_key, source, at, until, by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute((
            new.kind.0,
            new.account.0.cast_signed(),
            &new.key,
            source,
            desk.now,
            until,
            by.0.cast_signed(),
        ))?;
    Ok(())
}

fn device_key(desk: &Desk, device: DeviceId) -> rusqlite::Result<Option<(AccountId, Vec<u8>)>> {
    desk.conn
        .prepare_cached("SELECT account, key FROM devices WHERE id = ?1")?
        .query_row([device.0.cast_signed()], |row| {
            Ok((AccountId(row.get::<_, i64>(0)?.cast_unsigned()), row.get(1)?))
        })
        .optional()
}

/// Forgets a device whose session hears of the ban, and whatever else has its key: that is the same device, under another
/// id.
fn forget(desk: &mut Desk, banned: DeviceId, key: &[u8]) -> rusqlite::Result<()> {
    let forgotten: Vec<DeviceId> = desk
        .conn
        .prepare_cached("DELETE FROM devices WHERE key = ?1 RETURNING id")?
        .query_map([key], |row| Ok(DeviceId(row.get::<_, i64>(0)?.cast_unsigned())))?
        .collect::<rusqlite::Result<_>>()?;
    for device in forgotten {
        if device == banned { desk.forget_device(device) } else { desk.revoke_device(device) }
    }
    Ok(())
}

/// Whether somebody is kept out now: then their invites let nobody in, or they came back by one under another name.
pub(super) fn keeps_out(desk: &Desk, account: AccountId) -> rusqlite::Result<bool> {
    desk.conn
        .prepare_cached("SELECT 1 FROM bans WHERE kind = ?1 AND account = ?2 AND (until = 0 OR until > ?3)")?
        .exists((BanKind::ACCOUNT.0, account.0.cast_signed(), desk.now))
}

/// Every ban, as doors know it.
pub(super) fn all(conn: &Connection) -> rusqlite::Result<Vec<Ban>> {
    let mut query =
        conn.prepare_cached("SELECT kind, account, device_key, coalesce(source, ''), until FROM bans")?;
    let rows = query.query_map([], |row| {
        let account = AccountId(row.get::<_, i64>(1)?.cast_unsigned());
        let source: String = row.get(3)?;
        Ok((KeptOut::of(BanKind(row.get(0)?), account, row.get(2)?, &source), row.get(4)?))
    })?;
    let known = |(keeps_out, until): (Option<KeptOut>, i64)| Some(Ban { keeps_out: keeps_out?, until });
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().filter_map(known).collect())
}
