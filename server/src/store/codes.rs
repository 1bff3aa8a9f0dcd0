//! Codes as the database knows them: OPAQUE records with a purpose, uses, tries and an end. What a code's secret was, no
//! row says.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};
use snug_proto::Username;
use snug_proto::bounded::Text;
use snug_proto::code::CodeName;
use snug_proto::entry::{Kind, RoomKind};
use snug_proto::house::{Concerned, InvitedEntry};
use snug_proto::id::{AccountId, RoomId};
use snug_proto::limits::{CODE_TRIES, INVITES_MAX};
use snug_proto::login::{Purpose, Stretch};
use snug_proto::refusal::Cause;
use snug_proto::talk::Role;

mod asked;
mod list;
mod revoked;
mod used;

pub(crate) use list::CodeRow;
pub(super) use list::{invites, newest_codes, open_codes, revoke_open};
pub(crate) use used::{AddDeviceByCode, Own, Reset};

use super::bans;
use super::change::{Not, done};
use super::desk::Desk;
use super::house;
use super::members;
use super::rooms::exists;
use super::writer::Verb;
use super::{DATABASE, schema};
use crate::error::StartError;

/// Codes, who used them, who is the owner and who invited whom.
///
/// `accounts.rank` has moved into the house room since; `maker` 0 is the administrator. A code
/// that ended stays for a while, so that whoever knows it is told how it ended. `code_misses` makes a try of a code that
/// does not exist cost the write that one that does costs.
pub(super) const TABLES: &str = "
CREATE TABLE codes (
    name INTEGER PRIMARY KEY, purpose INTEGER NOT NULL, credential BLOB NOT NULL, record BLOB NOT NULL,
    stretch INTEGER NOT NULL, uses INTEGER NOT NULL, used INTEGER NOT NULL, tries INTEGER NOT NULL,
    created INTEGER NOT NULL, expires INTEGER, revoked INTEGER, maker INTEGER NOT NULL, account INTEGER NOT NULL,
    room INTEGER NOT NULL, role INTEGER NOT NULL
) STRICT;
CREATE INDEX codes_maker ON codes (maker, created);
CREATE TABLE code_uses (
    name INTEGER NOT NULL REFERENCES codes (name) ON DELETE CASCADE, account INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (name, account)
) STRICT, WITHOUT ROWID;
CREATE TABLE code_misses (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL) STRICT;
INSERT INTO code_misses (id, count) VALUES (1, 0);
ALTER TABLE accounts ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN invited_by INTEGER NOT NULL DEFAULT 0;
";

/// A day.
pub(crate) const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// How long a code that ended can still be told from one that never was.
const REMEMBERED_MS: i64 = 30 * DAY_MS;
/// Open codes of one account: what its list takes.
const INVITES_AT_ONCE: u32 = INVITES_MAX as u32;
/// Names a new code may have: the first free one is taken.
pub(crate) const NAMES_DRAWN: usize = 16;

/// A code about to be made.
#[derive(Debug, Clone)]
pub(crate) struct NewCode {
    pub(crate) purpose: Purpose,
    /// How many people it lets in.
    pub(crate) uses: u16,
    /// How long it is good, in milliseconds; `None` for ever.
    pub(crate) life: Option<i64>,
    /// Whose it is: 0 for the administrator's.
    pub(crate) maker: AccountId,
    /// Whose account it is for; 0 where it makes one.
    pub(crate) account: AccountId,
    /// The room that comes with it; 0 for none.
    pub(crate) room: RoomId,
    /// What whoever uses it may do there.
    pub(crate) role: Role,
}

impl NewCode {
    /// A code that sets another password.
    pub(crate) fn reset() -> Self {
        Self { purpose: Purpose::RESET, life: Some(7 * DAY_MS), ..Self::owners() }
    }

    /// A code that makes whoever uses it the owner. The next start makes another one.
    pub(crate) fn owners() -> Self {
        Self {
            purpose: Purpose::OWN,
            uses: 1,
            life: None,
            maker: AccountId(0),
            account: AccountId(0),
            room: RoomId(0),
            role: Role::Member,
        }
    }
}

/// What OPAQUE knows a code by.
#[derive(Debug, Clone)]
pub(crate) struct CodeRecord {
    pub(crate) credential: [u8; 16],
    pub(crate) record: Vec<u8>,
    pub(crate) stretch: Stretch,
}

/// A code that somebody proved to know. Names are given again; the credential says which one was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProvenCode {
    pub(crate) name: CodeName,
    pub(crate) credential: [u8; 16],
}

/// What a code is good for.
#[derive(Debug, Clone)]
pub(crate) struct CodeFacts {
    pub(crate) purpose: Purpose,
    /// Whose account it is for.
    pub(crate) account: Option<(AccountId, Username)>,
}

/// Keeps a new code under the first free name.
pub(crate) struct MakeCode {
    pub(crate) new: NewCode,
    pub(crate) record: CodeRecord,
    pub(crate) names: [CodeName; NAMES_DRAWN],
}

impl Verb for MakeCode {
    /// Its name, and when it expires.
    type Done = (CodeName, Option<i64>);
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<Self::Done, Cause>> {
        for account in [self.new.maker, self.new.account] {
            // Making one takes a moment, in which whoever asked can be deleted.
            if account != AccountId(0) && !exists(desk, account)? {
                return Ok(Err(Cause::UnknownAccount));
            }
        }
        if !may_make(&desk.conn, self.new.maker, desk.now)? {
            return Ok(Err(Cause::TooManyInvites));
        }
        if self.new.purpose == Purpose::RESET
            && let Err(cause) = done(house::check_over_password(desk, self.new.maker, self.new.account))?
        {
            return Ok(Err(cause));
        }
        if self.new.room != RoomId(0) && !takes_people(&desk.conn, self.new.room, self.new.maker)? {
            return Ok(Err(Cause::UnknownRoom));
        }
        desk.conn
            .prepare_cached(
                "DELETE FROM codes WHERE revoked < ?1 OR expires < ?1 OR (used >= uses AND created < ?1)",
            )?
            .execute([desk.now - REMEMBERED_MS])?;
        if self.new.purpose == Purpose::OWN {
            // The link of the last start names a code that somebody may have seen.
            desk.conn
                .prepare_cached("UPDATE codes SET revoked = ?2 WHERE purpose = ?1 AND revoked IS NULL")?
                .execute((Purpose::OWN.0, desk.now))?;
        }
        let expires = self.new.life.map(|life| desk.now.saturating_add(life));
        for name in self.names {
            let made = desk
                .conn
                .prepare_cached(
                    "INSERT OR IGNORE INTO codes (name, purpose, credential, record, stretch, uses, used, tries,
                         created, expires, maker, account, room, role)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                )?
                .execute((
                    u32::from(name),
                    self.new.purpose.0,
                    self.record.credential,
                    &self.record.record,
                    self.record.stretch.0,
                    self.new.uses,
                    CODE_TRIES,
                    desk.now,
                    expires,
                    self.new.maker.0.cast_signed(),
                    self.new.account.0.cast_signed(),
                    self.new.room.0,
                    self.new.role.code(),
                ))?;
            if made == 1 {
                return done(tell_of(desk, &self.new, expires)).map(|told| told.map(|()| (name, expires)));
            }
        }
        // A million names, and these were all taken: no house has that many codes.
        Ok(Err(Cause::Busy))
    }
}

/// What everybody reads of a code that was made: invites of the administrator, and resets, whoever allowed them.
fn tell_of(desk: &mut Desk, new: &NewCode, expires: Option<i64>) -> Result<(), Not> {
    let house = desk.house;
    match new.purpose {
        Purpose::REGISTER if new.maker == AccountId(0) => {
            let expires = expires.unwrap_or(0);
            let entry = InvitedEntry { uses: new.uses, expires, room: new.room };
            desk.say(house, Kind::INVITED, new.maker, &entry)?;
        }
        Purpose::RESET => {
            desk.say(house, Kind::RESET, new.maker, &Concerned { account: new.account })?;
        }
        _ => {}
    }
    Ok(())
}

/// Whether an account may make one more code. The administrator may.
pub(super) fn may_make(conn: &Connection, maker: AccountId, now: i64) -> rusqlite::Result<bool> {
    if maker == AccountId(0) {
        return Ok(true);
    }
    let (open, lately): (u32, u32) = conn
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE revoked IS NULL AND used < uses AND (expires IS NULL OR expires > ?2)
                                   AND purpose <> ?4),
                    count(*) FILTER (WHERE created > ?3)
             FROM codes WHERE maker = ?1",
        )?
        .query_row((maker.0.cast_signed(), now, now - HOUR_MS, Purpose::RECOVER.0), |row| Ok((row.get(0)?, row.get(1)?)))?;
    // Making one costs the server what a password costs a client.
    Ok(open < INVITES_AT_ONCE && lately < 2 * INVITES_AT_ONCE)
}

/// Whether this is a room that people can be brought into, by this account or (0) by the administrator.
fn takes_people(conn: &Connection, room: RoomId, by: AccountId) -> rusqlite::Result<bool> {
    conn.prepare_cached(
        "SELECT 1 FROM rooms WHERE id = ?1 AND kind IN (?2, ?3) AND archived = 0 AND (?4 = 0 OR EXISTS
             (SELECT 1 FROM members WHERE room = rooms.id AND account = ?4 AND left IS NULL))",
    )?
    .exists((room.0, RoomKind::CHANNEL.0, RoomKind::PRIVATE.0, by.0.cast_signed()))
}

/// Counts a try, before anything is known of how it ends. Gives back the record while there are tries left. What
/// somebody wrote down for a bad day nobody else may use up by guessing: there wrong tries only wait.
pub(crate) struct TryCode(pub(crate) CodeName);

impl Verb for TryCode {
    type Done = Option<CodeRecord>;
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<Option<CodeRecord>, Cause>> {
        let found = desk
            .conn
            .prepare_cached(
                "UPDATE codes SET tries = tries - (purpose <> ?2) WHERE name = ?1 AND tries > 0
                 RETURNING credential, record, stretch",
            )?
            .query_row((u32::from(self.0), Purpose::RECOVER.0), |row| {
                Ok(CodeRecord { credential: row.get(0)?, record: row.get(1)?, stretch: Stretch(row.get(2)?) })
            })
            .optional()?;
        if found.is_none() {
            desk.conn.prepare_cached("UPDATE code_misses SET count = count + 1")?.execute([])?;
        }
        Ok(Ok(found))
    }
}

/// The secret was right: gives the try back, and tells what the code is good for, or how it ended.
pub(crate) struct ProveCode(pub(crate) ProvenCode);

impl Verb for ProveCode {
    type Done = CodeFacts;
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<CodeFacts, Cause>> {
        desk.conn
            .prepare_cached(
                "UPDATE codes SET tries = min(tries + 1, ?3) WHERE name = ?1 AND credential = ?2",
            )?
            .execute((u32::from(self.0.name), self.0.credential, CODE_TRIES))?;
        let code = match usable(desk, self.0)? {
            Ok(code) => code,
            Err(cause) => return Ok(Err(cause)),
        };
        let account = match code.account {
            AccountId(0) => None,
            id => match super::read::name_of(&desk.conn, id)? {
                Some(name) => Some((id, name)),
                None => return Ok(Err(Cause::CodeRevoked)),
            },
        };
        Ok(Ok(CodeFacts { purpose: code.purpose, account }))
    }
}

/// A code that can be used now.
pub(super) struct Usable {
    code: ProvenCode,
    purpose: Purpose,
    maker: AccountId,
    account: AccountId,
    room: RoomId,
    role: Role,
}

impl Usable {
    /// Whose invite it is; `None` where it is the administrator's.
    pub(super) fn inviter(&self) -> Option<AccountId> {
        Some(self.maker).filter(|maker| *maker != AccountId(0))
    }
}

/// Looks whether a code is still good.
fn usable(desk: &Desk, code: ProvenCode) -> rusqlite::Result<Result<Usable, Cause>> {
    let found = desk
        .conn
        .prepare_cached(
            "SELECT purpose, maker, account, room, role, uses - used, expires, revoked FROM codes
             WHERE name = ?1 AND credential = ?2",
        )?
        .query_row((u32::from(code.name), code.credential), |row| {
            let usable = Usable {
                code,
                purpose: Purpose(row.get(0)?),
                maker: AccountId(row.get::<_, i64>(1)?.cast_unsigned()),
                account: AccountId(row.get::<_, i64>(2)?.cast_unsigned()),
                room: RoomId(row.get(3)?),
                role: Role::of_code(row.get(4)?),
            };
            Ok((usable, row.get::<_, i64>(5)?, row.get::<_, Option<i64>>(6)?, row.get::<_, Option<i64>>(7)?))
        })
        .optional()?;
    Ok(match found {
        None | Some((.., Some(_))) => Err(Cause::CodeRevoked),
        Some((_, left, ..)) if left <= 0 => Err(Cause::CodeUsedUp),
        Some((_, _, Some(expires), _)) if expires <= desk.now => Err(Cause::CodeExpired),
        Some((usable, ..)) if usable.purpose == Purpose::OWN && house::has_owner(&desk.conn)? => {
            Err(Cause::CodeUsedUp)
        }
        Some((usable, ..)) if usable.purpose == Purpose::REGISTER && bans::keeps_out(desk, usable.maker)? => {
            Err(Cause::CodeRevoked)
        }
        Some((usable, ..)) => Ok(usable),
    })
}

/// Notes that an account used a code.
fn spend(desk: &Desk, code: ProvenCode, account: AccountId) -> rusqlite::Result<()> {
    let name = u32::from(code.name);
    desk.conn.prepare_cached("UPDATE codes SET used = used + 1 WHERE name = ?1")?.execute([name])?;
    desk.conn
        .prepare_cached("INSERT OR REPLACE INTO code_uses (name, account, at) VALUES (?1, ?2, ?3)")?
        .execute((name, account.0.cast_signed(), desk.now))?;
    Ok(())
}

/// A code that lets somebody register now.
pub(super) fn to_register(desk: &Desk, code: ProvenCode) -> rusqlite::Result<Result<Usable, Cause>> {
    Ok(usable(desk, code)?.and_then(|usable| match usable.purpose {
        Purpose::REGISTER | Purpose::OWN => Ok(usable),
        _ => Err(Cause::NotAllowed),
    }))
}

/// A new account came by this code: uses it up, keeps who invited it, and gives it what the code promised.
pub(super) fn came_by(desk: &mut Desk, usable: &Usable, account: AccountId, name: &str) -> Result<(), Not> {
    spend(desk, usable.code, account)?;
    desk.conn
        .prepare_cached("UPDATE accounts SET invited_by = ?2 WHERE id = ?1")?
        .execute((account.0.cast_signed(), usable.maker.0.cast_signed()))?;
    if usable.purpose == Purpose::OWN {
        house::give_role(desk, AccountId(0), account, Role::Owner)?;
    }
    bring_into_room(desk, usable, account, name)?;
    Ok(())
}

/// The room that came with the code, if it is still there.
fn bring_into_room(desk: &mut Desk, usable: &Usable, account: AccountId, name: &str) -> rusqlite::Result<()> {
    if usable.room == RoomId(0) || !takes_people(&desk.conn, usable.room, AccountId(0))? {
        return Ok(());
    }
    // Whoever invited them brings them in; whom the administrator invites comes by themselves.
    let by = if usable.maker == AccountId(0) { account } else { usable.maker };
    match members::bring_in(desk, usable.room, by, account, Text::cut(name), usable.role) {
        Err(Not::Failed(error)) => Err(error),
        // A room that has ended or is full since lets nobody in; they are in the house all the same.
        Ok(()) | Err(Not::Refused(_) | Not::Later(..)) => Ok(()),
    }
}

/// A room that people can be brought into, by its name.
pub(super) fn room_named(conn: &Connection, name: &str) -> rusqlite::Result<Option<RoomId>> {
    conn.prepare_cached(
        "SELECT id FROM rooms WHERE name = ?1 AND kind IN (?2, ?3) AND archived = 0
         ORDER BY id LIMIT 1",
    )?
    .query_row((name, RoomKind::CHANNEL.0, RoomKind::PRIVATE.0), |row| row.get(0).map(RoomId))
    .optional()
}

/// The open codes that went out in links, by the database in this folder; none where there is no database.
///
/// # Errors
/// [`StartError`] when the database cannot be read.
pub(crate) fn links(data: &Path, now: i64) -> Result<Vec<CodeRow>, StartError> {
    let path = data.join(DATABASE);
    if schema::look(&path)? == schema::Found::Nothing {
        return Ok(Vec::new());
    }
    let conn = schema::open_reader(&path)?;
    let read = || {
        // A database that no server of this version has opened yet has no codes.
        let known = conn.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'codes'")?.exists([])?;
        let codes = if known { open_codes(&conn, now)? } else { Vec::new() };
        Ok(codes.into_iter().filter(CodeRow::is_link).collect())
    };
    read().map_err(|error| schema::sort(&path, error))
}
