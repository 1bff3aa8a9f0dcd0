//! One message of an export, whichever system wrote it, and what can be wrong with an export.

use std::path::{Component, Path, PathBuf};

use snug_proto::limits::TEXT_MAX;

/// One message of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Its name there, for replies to it.
    pub(crate) name: Option<String>,
    /// Who wrote it, as they were called there.
    pub(crate) author: String,
    /// When, in milliseconds since 1970 UTC.
    pub(crate) at: i64,
    /// The room or system it comes from.
    pub(crate) from: String,
    /// The name of what it answers.
    pub(crate) reply_to: Option<String>,
    /// What it says.
    pub(crate) what: Attached,
}

/// What a message of an export is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Attached {
    /// A text.
    Text(String),
    /// A file that is there.
    File(PathBuf),
    /// A file that the export names and does not have.
    Missing(String),
}

/// Why an export cannot be read, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Broken(String);

impl Broken {
    pub(super) fn whole(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    pub(super) fn empty() -> Self {
        Self::whole("This file is empty.")
    }

    pub(super) fn at(line: u64, why: &str) -> Self {
        Self(format!("Line {line} of the export cannot be read: {why}."))
    }

    pub(super) fn reading(error: &std::io::Error) -> Self {
        Self(format!("The export cannot be read: {error}."))
    }

    /// What a parser says, without the text it stands in.
    pub(super) fn parsing(line: u64, error: &serde_json::Error) -> Self {
        let why = match error.classify() {
            serde_json::error::Category::Eof => "it ends too early",
            serde_json::error::Category::Data => "something in it is missing, or of another kind",
            _ => "it is no JSON",
        };
        Self::at(line, &format!("{why} (column {})", error.column()))
    }
}

/// A file that an export names, where it lies inside the export's own folder: an export from elsewhere must not make
/// this computer send its other files.
pub(super) fn inside(folder: &Path, named: &str) -> Option<PathBuf> {
    let named = Path::new(named);
    let plain = named.components().all(|part| matches!(part, Component::Normal(_)));
    let found = folder.join(named).canonicalize().ok().filter(|_| plain)?;
    let own = folder.canonicalize().ok()?;
    (found.starts_with(own) && found.is_file()).then_some(found)
}

/// The last part of a path, to name what is not there.
pub(super) fn last_part(named: &str) -> String {
    named.rsplit(['/', '\\']).next().unwrap_or(named).chars().take(100).collect()
}

/// Cuts what is longer than one message into several, at the ends of lines where there are some.
pub(super) fn messages(text: &str) -> Vec<String> {
    let mut rest = text;
    let mut parts = Vec::new();
    while rest.len() > TEXT_MAX {
        let end = rest.floor_char_boundary(TEXT_MAX);
        let end = rest[..end].rfind('\n').filter(|at| *at > 0).unwrap_or(end);
        parts.push(rest[..end].to_owned());
        rest = rest[end..].trim_start_matches('\n');
    }
    if !rest.is_empty() {
        parts.push(rest.to_owned());
    }
    parts
}
