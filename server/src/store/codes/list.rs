//! Lists of open codes.

use rusqlite::{Connection, Row};
use snug_proto::bounded::List;
use snug_proto::code::CodeName;
use snug_proto::house::CodeInfo;
use snug_proto::id::{AccountId, RoomId};
use snug_proto::limits::INVITES_MAX;
use snug_proto::login::Purpose;
use snug_proto::talk::{InviteInfo, Role};

use super::{INVITES_AT_ONCE, NewCode};

/// A code as its maker, or an administrator, sees it.
#[derive(Debug, Clone)]
pub(crate) struct CodeRow {
    pub(crate) info: InviteInfo,
    pub(crate) purpose: Purpose,
    pub(crate) maker: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) used_by: Vec<String>,
    /// What another code in its place is made of.
    pub(crate) anew: NewCode,
}

impl CodeRow {
    /// Whether it went out in a link for which somebody may still wait. A device is added in minutes, and the owner's
    /// link is printed at each start.
    pub(crate) fn is_link(&self) -> bool {
        matches!(self.purpose, Purpose::REGISTER | Purpose::RESET)
    }
}

const COLUMNS: &str = "name, uses - used, used, created, coalesce(expires, 0), room";
const OPEN: &str = "revoked IS NULL AND used < uses AND (expires IS NULL OR expires > ?1)";

fn info(row: &Row<'_>) -> rusqlite::Result<InviteInfo> {
    Ok(InviteInfo {
        code: CodeName::of(row.get(0)?),
        uses: row.get(1)?,
        used: row.get(2)?,
        created: row.get(3)?,
        expires: row.get(4)?,
        room: RoomId(row.get(5)?),
    })
}

/// The open invites an account made.
pub(in crate::store) fn invites(
    conn: &Connection,
    maker: AccountId,
    now: i64,
) -> rusqlite::Result<List<InviteInfo, INVITES_MAX>> {
    let query = format!(
        "SELECT {COLUMNS} FROM codes WHERE {OPEN} AND maker = ?2 AND purpose = ?3 ORDER BY name LIMIT ?4"
    );
    let mut query = conn.prepare_cached(&query)?;
    let (maker, most) = (maker.0.cast_signed(), INVITES_AT_ONCE);
    let found = query.query_map((now, maker, Purpose::REGISTER.0, most), info)?;
    Ok(List::new(found.collect::<rusqlite::Result<_>>()?).unwrap_or_default())
}

/// The open codes made last, newest first, but those that somebody wrote down for a bad day: each account has some, and
/// they are its own affair.
pub(in crate::store) fn newest_codes(
    conn: &Connection,
    now: i64,
    most: usize,
) -> rusqlite::Result<Vec<CodeInfo>> {
    let mut query = conn.prepare_cached(&format!(
        "SELECT {COLUMNS}, purpose, maker, account FROM codes WHERE {OPEN} AND purpose <> ?3
         ORDER BY created DESC, codes.name DESC LIMIT ?2"
    ))?;
    let found = query.query_map((now, most as i64, Purpose::RECOVER.0), |row| {
        Ok(CodeInfo {
            invite: info(row)?,
            purpose: Purpose(row.get(6)?),
            maker: AccountId(row.get::<_, i64>(7)?.cast_unsigned()),
            account: AccountId(row.get::<_, i64>(8)?.cast_unsigned()),
        })
    })?;
    found.collect()
}

/// Ends every open code but those that somebody wrote down for a bad day, and the owner's link, which each start makes
/// anew; how many.
pub(in crate::store) fn revoke_open(conn: &Connection, now: i64) -> rusqlite::Result<usize> {
    conn.execute(
        &format!("UPDATE codes SET revoked = ?1 WHERE {OPEN} AND purpose NOT IN (?2, ?3)"),
        (now, Purpose::RECOVER.0, Purpose::OWN.0),
    )
}

/// Every open code, for the administrator.
pub(in crate::store) fn open_codes(conn: &Connection, now: i64) -> rusqlite::Result<Vec<CodeRow>> {
    let name = |column: &str| format!("(SELECT accounts.name FROM accounts WHERE accounts.id = {column})");
    let query = format!(
        "SELECT {COLUMNS}, purpose, {}, {}, maker, account, role FROM codes WHERE {OPEN} ORDER BY created, codes.name",
        name("codes.maker"),
        name("codes.account"),
    );
    let mut query = conn.prepare_cached(&query)?;
    let rows = query.query_map([now], |row| {
        let (info, purpose) = (info(row)?, Purpose(row.get(6)?));
        let anew = NewCode {
            purpose,
            uses: info.uses,
            life: (info.expires != 0).then(|| info.expires - now),
            maker: AccountId(row.get::<_, i64>(9)?.cast_unsigned()),
            account: AccountId(row.get::<_, i64>(10)?.cast_unsigned()),
            room: info.room,
            role: Role::of_code(row.get(11)?),
        };
        Ok(CodeRow { info, purpose, maker: row.get(7)?, account: row.get(8)?, used_by: Vec::new(), anew })
    })?;
    let mut rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    for row in &mut rows {
        let mut users = conn.prepare_cached(
            "SELECT accounts.name FROM code_uses JOIN accounts ON accounts.id = code_uses.account
             WHERE code_uses.name = ?1 ORDER BY code_uses.at, accounts.id",
        )?;
        let users = users.query_map([u32::from(row.info.code)], |row| row.get(0))?;
        row.used_by = users.collect::<rusqlite::Result<_>>()?;
    }
    Ok(rows)
}
