//! Which key the server showed last: another one is told in the house.

use rusqlite::OptionalExtension;
use snug_proto::Fingerprint;
use snug_proto::entry::Kind;
use snug_proto::house::KeyEntry;
use snug_proto::id::AccountId;

use super::Store;
use super::change::Not;
use super::desk::Desk;
use super::writer::Job;

const META_KEY: &str = "key";

/// Notes the key that the server shows from now on.
struct Shows(Fingerprint);

impl Job for Shows {
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<()> {
        let before: Option<Vec<u8>> = desk
            .conn
            .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
            .query_row([META_KEY], |row| row.get(0))
            .optional()?;
        if before.as_deref() == Some(&self.0.0[..]) {
            return Ok(());
        }
        desk.conn
            .prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?
            .execute((META_KEY, self.0.0))?;
        // The first one is nobody's news.
        if before.is_none() {
            return Ok(());
        }
        let entry = KeyEntry { fingerprint: self.0.0 };
        match desk.say(desk.house, Kind::KEY, AccountId(0), &entry) {
            Err(Not::Failed(error)) => Err(error),
            // A house room without a place left says nothing any more.
            _ => Ok(()),
        }
    }
}

impl Store {
    /// The server shows this key from now on. Nobody waits for it; what a busy writer misses is noted at the next start.
    pub(crate) fn shows(&self, key: Fingerprint) {
        self.inbox.hand_in(Box::new(Shows(key)));
    }
}
