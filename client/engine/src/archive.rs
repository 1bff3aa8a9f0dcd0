//! Rooms outside of Snug: the export that this engine writes, and the exports it reads. `docs/EXPORT.md` says what
//! stands in them.
//!
//! A file from elsewhere is read line by line, never more than a line at a time, and whatever is wrong with it is told
//! with the number of the line. Everything here blocks; callers run it off the async threads.

mod line;
mod lines;
mod mattermost;
mod piece;
mod snug;
#[cfg(test)]
mod tests;
mod write;

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) use line::{PersonLine, RoomLine};
pub(crate) use piece::{Attached, Broken, Piece};

pub(crate) use write::{Export, Progress};

use lines::Lines;

/// The file with the messages in an export of Snug's.
pub(crate) const MESSAGES: &str = "messages.jsonl";
/// The folder with the files beside it.
pub(crate) const FILES: &str = "files";

/// An export that is being read.
#[derive(Debug)]
pub(crate) enum Archive {
    /// One that Snug wrote.
    Snug(snug::Reader),
    /// A bulk export of Mattermost's.
    Mattermost(mattermost::Reader),
}

impl Archive {
    /// Opens an export: the file, or the folder it stands in. Reads all of it once, so that what is broken is found
    /// before anything is made of it. `room` names the channel that is wanted where there are several.
    pub(crate) fn open(path: &Path, room: &str) -> Result<Self, Broken> {
        let file = messages_in(path)?;
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        let first = Lines::open(&file)?.next()?.ok_or_else(Broken::empty)?;
        if snug::is_header(&first.text) {
            return snug::Reader::open(&file, folder).map(Self::Snug);
        }
        if mattermost::is_version(&first.text) {
            return mattermost::Reader::open(&file, folder, room).map(Self::Mattermost);
        }
        Err(Broken::whole("This is no export of Snug or Mattermost."))
    }

    /// How many messages there are.
    pub(crate) fn total(&self) -> u64 {
        match self {
            Self::Snug(reader) => reader.total(),
            Self::Mattermost(reader) => reader.total(),
        }
    }

    /// The next message, the oldest first.
    pub(crate) fn next(&mut self) -> Result<Option<Piece>, Broken> {
        match self {
            Self::Snug(reader) => reader.next(),
            Self::Mattermost(reader) => reader.next(),
        }
    }
}

/// The file with the messages.
fn messages_in(path: &Path) -> Result<PathBuf, Broken> {
    let metadata = fs::metadata(path).map_err(|error| Broken::reading(&error))?;
    if !metadata.is_dir() {
        return Ok(path.to_owned());
    }
    let own = path.join(MESSAGES);
    if own.is_file() {
        return Ok(own);
    }
    let listed = fs::read_dir(path).map_err(|error| Broken::reading(&error))?;
    let mut found = listed
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl") && path.is_file());
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Broken::whole("There is no export in this folder.")),
        (Some(_), Some(_)) => {
            Err(Broken::whole("There are several exports in this folder. Please choose one of the files."))
        }
    }
}
