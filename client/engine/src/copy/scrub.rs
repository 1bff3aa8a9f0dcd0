//! Zeroing what retracted texts leave between rows, behind everything else.

use rusqlite::Connection;

use super::{Copy, Result, durable};

/// Something was retracted: its traces are to go, also if the program ends before they have.
pub(super) fn note(db: &Connection) -> Result<()> {
    db.prepare_cached("UPDATE meta SET traces = 1")?.execute([])?;
    Ok(())
}

impl Copy {
    /// Whether traces of something retracted may lie between the rows.
    pub(crate) fn has_traces(&self) -> Result<bool> {
        self.with(|db| Ok(db.query_row("SELECT traces FROM meta", [], |row| row.get(0))?))
    }

    /// Zeroes the unused space of some pages from `from` on; answers where to go on, until none are left.
    pub(crate) fn scrub(&self, from: u32) -> Result<Option<u32>> {
        self.with(|db| {
            durable(db, false)?;
            let change = db.transaction()?;
            let next = snug_scrub::scrub(&change, from)?;
            if next.is_none() {
                change.execute("UPDATE meta SET traces = 0", [])?;
            }
            change.commit()?;
            Ok(next)
        })
    }

    /// Empties the log that SQLite writes ahead: what was overwritten in the file may still stand there.
    pub(crate) fn truncate_wal(&self) -> Result<()> {
        self.with(|db| Ok(db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?))
    }
}
