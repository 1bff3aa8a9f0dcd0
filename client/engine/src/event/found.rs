//! What a search found, and how much of the history it could look at.

use snug_proto::id::{AccountId, Seq};
use snug_proto::talk::Target;

/// Results of one search, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which [search](crate::command::Command::Search).
    pub serial: u64,
    /// The messages found.
    pub hits: Vec<Hit>,
    /// There are older ones than these.
    pub more: bool,
    /// What could not be understood of the query, as a sentence.
    pub problem: Option<String>,
    /// How much of the history is on this computer and indexed.
    pub coverage: Coverage,
}

/// One message found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Which room.
    pub room: Target,
    /// Its name.
    pub room_name: String,
    /// Where in it.
    pub seq: Seq,
    /// Who wrote it.
    pub author: AccountId,
    /// Their name.
    pub author_name: String,
    /// When, in milliseconds since 1970 UTC.
    pub at: i64,
    /// The text around what was found: parts, each with whether it is what was looked for.
    pub context: Vec<(String, bool)>,
    /// It is a file.
    pub is_file: bool,
}

/// How much of what may be read is on this computer, and indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Entries that can be found.
    pub searchable: u64,
    /// Entries there are.
    pub total: u64,
}

impl Coverage {
    /// Everything can be found.
    pub fn is_complete(self) -> bool {
        self.searchable >= self.total
    }
}
