//! Another password for an account that has proved the one that holds.

use rusqlite::{Connection, OptionalExtension};
use snug_proto::id::AccountId;
use snug_proto::login::{Purpose, Stretch};
use snug_proto::refusal::Cause;

use super::Store;
use super::desk::Desk;
use super::read::{Credentials, credentials_in};
use super::writer::Verb;

impl Store {
    /// What the proof of an account's own password needs.
    pub(crate) async fn credentials_of(&self, account: AccountId) -> Result<Option<Credentials>, Cause> {
        self.read(move |conn| credentials_of(conn, account)).await
    }

    /// Sets another password of an account.
    ///
    /// # Errors
    /// [`Cause::WrongPassword`] where another one was set since the proof.
    pub(crate) async fn set_password(&self, set: SetPassword) -> Result<(), Cause> {
        self.inbox.ask(set).await
    }
}

fn credentials_of(conn: &Connection, account: AccountId) -> rusqlite::Result<Option<Credentials>> {
    conn.prepare_cached(
        "SELECT id, name, credential, record, stretch FROM accounts WHERE id = ?1 AND deleted IS NULL",
    )?
    .query_row([account.0.cast_signed()], credentials_in)
    .optional()
}

/// Sets another password. What its person wrote down for a bad day stays good; what an administrator gave out for one
/// does not.
pub(crate) struct SetPassword {
    pub(crate) account: AccountId,
    /// Which password was proved: one that was set meanwhile was not.
    pub(crate) proved: [u8; 16],
    pub(crate) credential: [u8; 16],
    pub(crate) record: Vec<u8>,
    pub(crate) stretch: Stretch,
}

impl Verb for SetPassword {
    type Done = ();
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<(), Cause>> {
        let id = self.account.0.cast_signed();
        let set = desk
            .conn
            .prepare_cached(
                "UPDATE accounts SET credential = ?3, record = ?4, stretch = ?5, password_set = ?6
                 WHERE id = ?1 AND credential = ?2",
            )?
            .execute((id, self.proved, self.credential, &self.record, self.stretch.0, desk.now))?;
        if set == 0 {
            return Ok(Err(Cause::WrongPassword));
        }
        desk.conn
            .prepare_cached(
                "UPDATE codes SET revoked = ?2
                 WHERE account = ?1 AND purpose = ?3 AND revoked IS NULL AND used < uses",
            )?
            .execute((id, desk.now, Purpose::RESET.0))?;
        Ok(Ok(()))
    }
}
