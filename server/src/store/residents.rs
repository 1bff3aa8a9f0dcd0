//! The house as its administrators see it: people, codes and bans, and what all of it takes on the disk.

use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension};
use snug_proto::Username;
use snug_proto::bounded::{List, Text};
use snug_proto::entry::RoomKind;
use snug_proto::house::{BanId, BanInfo, BanKind, CodeInfo, PersonInfo};
use snug_proto::id::AccountId;
use snug_proto::limits::{BANS_MAX, CODES_LIST_MAX, PEOPLE_PAGE_MAX};
use snug_proto::refusal::Cause;
use snug_proto::talk::Role;

use super::{Store, codes};

/// People see when somebody was last here to the hour, and so do administrators.
const HOUR_MS: i64 = 3_600_000;
/// A ban that holds at the time ?1.
const HOLDS: &str = "(until = 0 OR until > ?1)";

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Census {
    pub(crate) accounts: u32,
    /// Bytes of the database on the disk, with what is written ahead of it.
    pub(crate) database: u64,
    /// Bytes of people's files.
    pub(crate) files: u64,
}

impl Store {
    /// How much there is.
    pub(crate) async fn census(&self) -> Result<Census, Cause> {
        self.read(|conn| census(conn)).await
    }

    /// Everybody with an account, some at a time.
    pub(crate) async fn people(
        &self,
        after: AccountId,
        now: i64,
    ) -> Result<List<PersonInfo, PEOPLE_PAGE_MAX>, Cause> {
        self.read(move |conn| people(conn, after, now)).await
    }

    /// What accounts are called, those that were deleted too; `None` for one that never was.
    pub(crate) async fn names(&self, accounts: Vec<AccountId>) -> Result<Vec<Option<Username>>, Cause> {
        self.read(move |conn| {
            let mut query = conn.prepare_cached("SELECT name FROM accounts WHERE id = ?1")?;
            let mut name = |account: AccountId| {
                query.query_row([account.0.cast_signed()], |row| super::read::name(row, 0)).optional()
            };
            accounts.into_iter().map(&mut name).collect()
        })
        .await
    }

    /// Open codes, oldest first; the newest where there are more than fit.
    pub(crate) async fn codes(&self, now: i64) -> Result<List<CodeInfo, CODES_LIST_MAX>, Cause> {
        self.read(move |conn| {
            let mut found = codes::newest_codes(conn, now, CODES_LIST_MAX)?;
            found.reverse();
            Ok(List::new(found).unwrap_or_default())
        })
        .await
    }

    /// The bans that hold, oldest first.
    pub(crate) async fn bans(&self, now: i64) -> Result<List<BanInfo, BANS_MAX>, Cause> {
        self.read(move |conn| bans(conn, now)).await
    }
}

fn census(conn: &Connection) -> rusqlite::Result<Census> {
    let accounts = conn
        .prepare_cached(
            "SELECT count(*) FROM members JOIN rooms ON rooms.id = members.room
             WHERE rooms.kind = ?1 AND members.left IS NULL",
        )?
        .query_row([RoomKind::HOUSE.0], |row| row.get(0))?;
    let files = conn
        .prepare_cached("SELECT coalesce(sum(size), 0) FROM blobs WHERE stored = 1")?
        .query_row([], |row| row.get::<_, i64>(0))?;
    let path = PathBuf::from(conn.path().unwrap_or_default());
    let size = |path: PathBuf| std::fs::metadata(path).map_or(0, |file| file.len());
    let database = size(path.with_extension("db-wal")) + size(path);
    Ok(Census { accounts, database, files: files.cast_unsigned() })
}

/// In the order of their ids. Who is here the hub knows, not the database.
fn people(
    conn: &Connection,
    after: AccountId,
    now: i64,
) -> rusqlite::Result<List<PersonInfo, PEOPLE_PAGE_MAX>> {
    let mut query = conn.prepare_cached(&format!(
        "SELECT accounts.id, accounts.name, members.role, accounts.created,
             CASE WHEN shows_seen THEN seen / ?5 * ?5 END, invited_by,
             (SELECT count(*) FROM devices WHERE devices.account = accounts.id),
             (SELECT coalesce(sum(size), 0) FROM blobs WHERE blobs.account = accounts.id AND stored = 1),
             EXISTS (SELECT 1 FROM bans WHERE bans.kind = ?3 AND bans.account = accounts.id AND {HOLDS})
         FROM rooms JOIN members ON members.room = rooms.id AND members.left IS NULL
         JOIN accounts ON accounts.id = members.account
         WHERE rooms.kind = ?2 AND accounts.id > ?4 ORDER BY accounts.id LIMIT ?6"
    ))?;
    let values =
        (now, RoomKind::HOUSE.0, BanKind::ACCOUNT.0, after.0.cast_signed(), HOUR_MS, PEOPLE_PAGE_MAX as i64);
    let found = query.query_map(values, |row| {
        Ok(PersonInfo {
            account: AccountId(row.get::<_, i64>(0)?.cast_unsigned()),
            name: super::read::name(row, 1)?,
            role: Role::of_code(row.get(2)?),
            created: row.get(3)?,
            seen: row.get(4)?,
            online: false,
            invited_by: AccountId(row.get::<_, i64>(5)?.cast_unsigned()),
            devices: row.get(6)?,
            files: row.get::<_, i64>(7)?.cast_unsigned(),
            banned: row.get(8)?,
        })
    })?;
    Ok(List::new(found.collect::<rusqlite::Result<_>>()?).unwrap_or_default())
}

fn bans(conn: &Connection, now: i64) -> rusqlite::Result<List<BanInfo, BANS_MAX>> {
    let mut query = conn.prepare_cached(&format!(
        "SELECT id, kind, account, coalesce(source, ''), at, until, by FROM bans WHERE {HOLDS} ORDER BY id LIMIT ?2"
    ))?;
    let found = query.query_map((now, BANS_MAX as i64), |row| {
        Ok(BanInfo {
            ban: BanId(row.get(0)?),
            kind: BanKind(row.get(1)?),
            account: AccountId(row.get::<_, i64>(2)?.cast_unsigned()),
            source: Text::cut(&row.get::<_, String>(3)?),
            at: row.get(4)?,
            until: row.get(5)?,
            by: AccountId(row.get::<_, i64>(6)?.cast_unsigned()),
        })
    })?;
    Ok(List::new(found.collect::<rusqlite::Result<_>>()?).unwrap_or_default())
}
