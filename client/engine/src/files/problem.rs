//! What goes wrong with files, with a plain sentence for each.

use std::io::{self, ErrorKind};

/// Why a file was not sent or not received.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileProblem {
    /// It was deleted or moved, or its disk is gone.
    #[error("The file is not there any more.")]
    Missing,
    /// A folder, a device or something else without an end.
    #[error("This is not a file. To send a folder, pack it into an archive first.")]
    NotAFile,
    /// The system does not let us, or the disk is broken.
    #[error("The file cannot be read on this computer.")]
    Unreadable,
    /// What was sent would be half one file and half another.
    #[error("The file changed while it was being sent. Please send it again.")]
    Changed,
    /// No space here.
    #[error("The disk of this computer is full.")]
    DiskFull,
    /// The folder for received files is not there, or not ours.
    #[error("The folder for received files cannot be written to.")]
    Unwritable,
    /// The bytes are not those that were promised.
    #[error("What arrived is not the file that was sent, so it was thrown away.")]
    Mismatch,
    /// Thousands of files have this name already.
    #[error("There are too many received files of this name.")]
    TooManyNames,
    /// Hundreds of files are waiting already.
    #[error("Too many files are waiting already. Please send it when some are done.")]
    TooManyWait,
    /// The server does not have it, or not for this account.
    #[error("The file is not on the server any more, or not meant for you.")]
    NotThere,
    /// It is over the operator's limit.
    #[error("The file is larger than this server takes ({}).", size_in_words(*.max))]
    TooLarge {
        /// The limit in bytes.
        max: u64,
    },
    /// The server said no, in its own words.
    #[error("{0}")]
    Refused(String),
    /// It is not what can stand for a person.
    #[error("This is no picture that can be used. PNG, JPEG, GIF and WebP can, up to 64 million pixels.")]
    NoPicture,
    /// The connection broke again and again without a byte in between.
    #[error("The connection to the server kept breaking. Please try again later.")]
    Unsteady,
}

impl FileProblem {
    /// What it means that a file cannot be read.
    pub(crate) fn reading(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::Missing,
            ErrorKind::UnexpectedEof => Self::Changed,
            _ => Self::Unreadable,
        }
    }
    /// What it means that a file cannot be written.
    pub(crate) fn writing(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Self::DiskFull,
            _ => Self::Unwritable,
        }
    }
}

/// A size as people write it.
pub fn size_in_words(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut unit = 0;
    // Tenths, so that no rounding shows "1024 KiB".
    let mut tenths = u128::from(bytes) * 10 / 1024;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    match tenths % 10 {
        0 => format!("{} {}", tenths / 10, UNITS[unit]),
        tenth => format!("{}.{tenth} {}", tenths / 10, UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_words() {
        assert_eq!(size_in_words(0), "0 bytes");
        assert_eq!(size_in_words(1023), "1023 bytes");
        assert_eq!(size_in_words(1536), "1.5 KiB");
        assert_eq!(size_in_words(1024 * 1024 - 1), "1023.9 KiB");
        assert_eq!(size_in_words(10 << 30), "10 GiB");
        assert_eq!(size_in_words(u64::MAX), "16777215.9 TiB");
        assert_eq!(
            FileProblem::TooLarge { max: 10 << 30 }.to_string(),
            "The file is larger than this server takes (10 GiB)."
        );
    }
}
