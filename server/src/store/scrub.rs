//! Zeroing what retracted texts leave between rows.

use snug_proto::refusal::Cause;

use super::desk::{Desk, Traces};
use super::writer::Verb;

/// Zeroes the unused space of some pages, if anything was retracted since the last time; gives back where to go on, until
/// none are left.
pub(crate) struct Scrub {
    pub(crate) from: u32,
}

impl Verb for Scrub {
    type Done = Option<u32>;
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<Option<u32>, Cause>> {
        if desk.traces == Traces::None {
            return Ok(Ok(None));
        }
        snug_scrub::scrub(&desk.conn, self.from).map(Ok)
    }
}
