//! Taking codes back.

use rusqlite::OptionalExtension;
use snug_proto::code::CodeName;
use snug_proto::entry::Kind;
use snug_proto::house::UninvitedEntry;
use snug_proto::id::AccountId;
use snug_proto::login::Purpose;
use snug_proto::refusal::Cause;
use snug_proto::talk::Role;

use super::super::change::{Not, done};
use super::super::desk::Desk;
use super::super::house;
use super::super::writer::Verb;

/// Takes an open code back.
pub(crate) struct RevokeCode {
    pub(crate) code: CodeName,
    /// Who takes it back: its maker, a moderator (a member's), an owner or (0) the administrator (any).
    pub(crate) by: AccountId,
}

impl Verb for RevokeCode {
    type Done = ();
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<(), Cause>> {
        done(revoke(desk, self.by, self.code))
    }
}

fn revoke(desk: &mut Desk, by: AccountId, code: CodeName) -> Result<(), Not> {
    let found = desk
        .conn
        .prepare_cached(
            "SELECT maker, purpose FROM codes WHERE name = ?1 AND revoked IS NULL AND used < uses",
        )?
        .query_row([u32::from(code)], |row| Ok((row.get::<_, i64>(0)?, Purpose(row.get(1)?))))
        .optional()?;
    let (maker, purpose) = found.ok_or(Cause::NotThere)?;
    let maker = AccountId(maker.cast_unsigned());
    let is_own = maker == by && by != AccountId(0);
    if !is_own {
        // What somebody wrote down for a bad day is no way in for others: nobody here takes it away.
        if purpose == Purpose::RECOVER && by != AccountId(0) {
            return Err(Cause::NotThere.into());
        }
        // To whom it is none of their business, there is no such code.
        let may = match maker {
            AccountId(0) => house::check_rank(desk, by, Role::Owner),
            maker => house::check_over(desk, by, maker),
        };
        may.map_err(|not| if matches!(not, Not::Refused(_)) { Cause::NotThere.into() } else { not })?;
        desk.say(desk.house, Kind::UNINVITED, by, &UninvitedEntry { code, maker })?;
    }
    desk.conn
        .prepare_cached("UPDATE codes SET revoked = ?2 WHERE name = ?1")?
        .execute((u32::from(code), desk.now))?;
    Ok(())
}

/// Takes back what an account wrote down before.
pub(crate) struct RevokeRecovery(pub(crate) AccountId);

impl Verb for RevokeRecovery {
    type Done = ();
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<(), Cause>> {
        desk.conn
            .prepare_cached(
                "UPDATE codes SET revoked = ?3
                 WHERE account = ?1 AND purpose = ?2 AND revoked IS NULL AND used < uses",
            )?
            .execute((self.0.0.cast_signed(), Purpose::RECOVER.0, desk.now))?;
        Ok(Ok(()))
    }
}
