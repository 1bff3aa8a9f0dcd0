//! Reading what Snug exported: messages and files; reactions, pins and the room's own events stay behind.

use std::path::{Path, PathBuf};

use super::line::{EXPORT, Header, Line, VERSION, at};
use super::lines::{Lines, Numbered};
use super::piece::{inside, last_part, messages};
use super::{Attached, Broken, Piece};

/// An export of Snug's.
#[derive(Debug)]
pub(crate) struct Reader {
    lines: Lines,
    folder: PathBuf,
    room: String,
    total: u64,
    /// Pieces of the line that was read last, the next one last.
    waiting: Vec<Piece>,
}

/// Whether a file begins like an export of Snug's.
pub(super) fn is_header(line: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Mark {
        snug: String,
    }
    serde_json::from_str::<Mark>(line).is_ok_and(|mark| mark.snug == EXPORT)
}

impl Reader {
    pub(super) fn open(file: &Path, folder: PathBuf) -> Result<Self, Broken> {
        let mut checked = Self::begin(file, folder.clone())?;
        let mut total = 0;
        while checked.next()?.is_some() {
            total += 1;
        }
        Ok(Self { total, ..Self::begin(file, folder)? })
    }

    fn begin(file: &Path, folder: PathBuf) -> Result<Self, Broken> {
        let mut lines = Lines::open(file)?;
        let first = lines.next()?.ok_or_else(Broken::empty)?;
        let header: Header =
            serde_json::from_str(&first.text).map_err(|error| Broken::parsing(first.number, &error))?;
        if header.version > VERSION {
            return Err(Broken::whole("A newer Snug wrote this export. Please update Snug."));
        }
        Ok(Self { lines, folder, room: header.room.name, total: 0, waiting: Vec::new() })
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn next(&mut self) -> Result<Option<Piece>, Broken> {
        loop {
            if let Some(piece) = self.waiting.pop() {
                return Ok(Some(piece));
            }
            let Some(line) = self.lines.next()? else { return Ok(None) };
            self.waiting = self.pieces(&line)?;
            self.waiting.reverse();
        }
    }

    fn pieces(&self, numbered: &Numbered) -> Result<Vec<Piece>, Broken> {
        let line: Line =
            serde_json::from_str(&numbered.text).map_err(|error| Broken::parsing(numbered.number, &error))?;
        let whats = match (line.kind.as_str(), line.text, line.file) {
            ("text", Some(text), _) => messages(&text).into_iter().map(Attached::Text).collect(),
            ("file", _, Some(file)) => {
                let found = file.path.and_then(|path| inside(&self.folder, &path));
                vec![found.map_or_else(|| Attached::Missing(last_part(&file.name)), Attached::File)]
            }
            _ => Vec::new(),
        };
        let (author, written, from) = match line.source {
            // Whoever imported it before did not write it.
            Some(source) if source.how == "imported" => (source.author, source.at, source.from),
            _ => (line.author.map(|author| author.name).unwrap_or_default(), line.at, self.room.clone()),
        };
        let written =
            at(&written).ok_or_else(|| Broken::at(numbered.number, "its time is none in RFC 3339"))?;
        let piece = |(index, what)| Piece {
            // A reply answers the first part of a text that had to be cut.
            name: (index == 0).then(|| line.origin.clone()),
            author: author.clone(),
            at: written,
            from: from.clone(),
            reply_to: line.reply_to.clone().filter(|_| index == 0),
            what,
        };
        Ok(whats.into_iter().enumerate().map(piece).collect())
    }
}
