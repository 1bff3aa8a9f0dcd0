//! Lines of a file, with their numbers and places, none longer than a bound.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::Broken;

/// The longest line: a message with a hundred earlier texts that JSON makes several times as long, or a thread of some
/// thousand replies.
pub(super) const LINE_MAX: u64 = 16 << 20;

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numbered {
    /// Counted from 1.
    pub(super) number: u64,
    /// Where it begins, in bytes.
    pub(super) at: u64,
    pub(super) text: String,
}

/// A file that is read line by line.
#[derive(Debug)]
pub(super) struct Lines {
    file: BufReader<File>,
    number: u64,
    at: u64,
}

impl Lines {
    pub(super) fn open(path: &Path) -> Result<Self, Broken> {
        let file = File::open(path).map_err(|error| Broken::reading(&error))?;
        Ok(Self { file: BufReader::new(file), number: 0, at: 0 })
    }

    /// Goes to a line that was read before.
    pub(super) fn seek(&mut self, number: u64, at: u64) -> Result<(), Broken> {
        self.file.seek(SeekFrom::Start(at)).map_err(|error| Broken::reading(&error))?;
        (self.number, self.at) = (number.saturating_sub(1), at);
        Ok(())
    }

    /// The next line that is not empty.
    pub(super) fn next(&mut self) -> Result<Option<Numbered>, Broken> {
        loop {
            let mut bytes = Vec::new();
            let mut bounded = (&mut self.file).take(LINE_MAX + 1);
            let read = bounded.read_until(b'\n', &mut bytes).map_err(|error| Broken::reading(&error))?;
            if read == 0 {
                return Ok(None);
            }
            let (number, at) = (self.number + 1, self.at);
            (self.number, self.at) = (number, at + read as u64);
            if bytes.len() as u64 > LINE_MAX {
                return Err(Broken::at(number, "it is too long"));
            }
            let text = String::from_utf8(bytes).map_err(|_| Broken::at(number, "it is no text in UTF-8"))?;
            // Some editors put a mark before the first line.
            let text = text.trim_start_matches('\u{feff}').trim();
            if !text.is_empty() {
                return Ok(Some(Numbered { number, at, text: text.to_owned() }));
            }
        }
    }
}
