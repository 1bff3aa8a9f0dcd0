//! Read marks never go back, whatever happens meanwhile.

use std::collections::BTreeMap;
use std::path::Path;

use super::Log;

/// The highest read marks that were ever on the server's disk.
#[derive(Debug, Default)]
pub(crate) struct Marks(BTreeMap<(i64, u32), u32>);

impl Marks {
    /// Looks again.
    pub(crate) fn look(&mut self, database: &Path) -> Result<(), String> {
        let log = Log::read(database).map_err(|error| error.to_string())?;
        log.check()?;
        for (of, seq) in log.reads {
            let known = self.0.entry(of).or_default();
            if seq < *known {
                return Err(format!("the read mark of {of:?} went from {known} back to {seq}"));
            }
            *known = seq;
        }
        Ok(())
    }
}
