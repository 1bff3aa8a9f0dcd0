//! The lines of Snug's own export: a header, then one line for each entry. What is not there is left out; readers skip
//! fields they do not know.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What [`Header::snug`] says.
pub(super) const EXPORT: &str = "export";
/// The version of the format that is written, and the last one that is read.
pub(super) const VERSION: u32 = 1;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// Always `export`: how the file is known.
    pub(crate) snug: String,
    /// Of the format.
    pub(crate) version: u32,
    /// The server's name.
    pub(crate) server: String,
    pub(crate) room: RoomLine,
    /// When, in RFC 3339.
    pub(crate) exported_at: String,
    /// Who exported it: an export holds what they may read.
    pub(crate) exported_by: PersonLine,
}

impl Header {
    pub(crate) fn new(server: String, room: RoomLine, at: i64, by: PersonLine) -> Self {
        let snug = EXPORT.to_owned();
        Self { snug, version: VERSION, server, room, exported_at: time(at), exported_by: by }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoomLine {
    pub(crate) name: String,
    /// `lobby`, `channel`, `private`, `direct` or `notes`.
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) topic: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PersonLine {
    pub(crate) id: u64,
    pub(crate) name: String,
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub(crate) struct Line {
    pub(crate) seq: u32,
    /// Its name for replies: device and number, in hexadecimal and decimal.
    pub(crate) origin: String,
    /// When, in RFC 3339.
    pub(crate) at: String,
    pub(crate) author: Option<PersonLine>,
    /// What it is: `text`, `file`, `edit`, `reaction`, `pin`, `retraction`, `retracted`, `joined`, `left`, `created`,
    /// `renamed`, `topic`, `role`, `archived` or `unknown`.
    pub(crate) kind: String,
    /// What it says now; for an edit, what it made of its target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    /// What it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<String>,
    /// What it acts on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<String>,
    /// The texts it had, the first one first and what it says now last; nothing where it was never edited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) edits: Vec<EditLine>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) reactions: Vec<ReactionLine>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) pinned: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<SourceLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<FileLine>,
    /// Whom it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) who: Option<PersonLine>,
    /// The new name, topic or role, the emoji, or whether it is archived, put there or pinned from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EditLine {
    pub(crate) at: String,
    pub(crate) text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReactionLine {
    pub(crate) emoji: String,
    pub(crate) by: Vec<PersonLine>,
}

/// Where a message was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SourceLine {
    /// `forwarded` or `imported`.
    pub(crate) how: String,
    pub(crate) author: String,
    pub(crate) at: String,
    pub(crate) from: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileLine {
    /// As the sender called it.
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) media_type: String,
    /// BLAKE3, in hexadecimal.
    pub(crate) hash: String,
    /// Where it lies, relative to this file; nothing where it could not be fetched.
    pub(crate) path: Option<String>,
}

/// A time as exports have it; one that no calendar shows is the beginning of 1970.
pub(crate) fn time(at: i64) -> String {
    Timestamp::from_millisecond(at).unwrap_or_default().to_string()
}

/// Milliseconds since 1970 UTC.
pub(super) fn at(time: &str) -> Option<i64> {
    Some(time.parse::<Timestamp>().ok()?.as_millisecond())
}
