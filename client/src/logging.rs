//! The profile's log: one file of at most 1 MiB and one older. No texts, no names, no addresses.
//!
//! The last problems are also kept in memory, for "Copy details".

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::profile::{make_private, private_file};

const FILE_MAX: u64 = 1024 * 1024;
const PROBLEMS_MAX: usize = 20;
const PROBLEM_MAX: usize = 500;

static PROBLEMS: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

/// Starts logging into a folder.
///
/// # Errors
/// The system's, where the file cannot be written. Snug runs without a log then.
pub fn start(folder: &Path) -> io::Result<()> {
    make_private(folder)?;
    let log = Log::open(folder.join("snug.log"))?;
    // What other crates say may hold names or paths: of them only that something is broken.
    let ours = Targets::new()
        .with_target("snug", Level::DEBUG)
        .with_target("snug_engine", Level::INFO)
        .with_default(tracing::level_filters::LevelFilter::OFF);
    let file = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(Mutex::new(log));
    let problems =
        tracing_subscriber::fmt::layer().with_ansi(false).with_writer(Problems.with_max_level(Level::WARN));
    // A second call (tests) changes nothing.
    let _ = tracing_subscriber::registry().with(ours).with(file).with(problems).try_init();
    Ok(())
}

use tracing_subscriber::fmt::writer::MakeWriterExt;

/// The last problems, oldest first.
pub fn problems() -> Vec<String> {
    locked().iter().cloned().collect()
}

/// Version, system, renderer and the last problems: what to send to who can help.
pub fn details(renderer: &str) -> String {
    let mut text = format!(
        "Snug {}\nSystem: {} {}\nDrawn by: {renderer}\nLast problems:\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
    );
    let problems = problems();
    if problems.is_empty() {
        text += "none\n";
    }
    for problem in problems {
        text += problem.trim_end();
        text.push('\n');
    }
    text
}

/// Who draws the window.
pub fn renderer() -> String {
    std::env::var("ICED_BACKEND").unwrap_or_else(|_| "the graphics card".to_owned())
}

fn locked() -> MutexGuard<'static, VecDeque<String>> {
    PROBLEMS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file that starts anew when it is full, and keeps the one before.
#[derive(Debug)]
struct Log {
    path: PathBuf,
    file: File,
    len: u64,
}

impl Log {
    fn open(path: PathBuf) -> io::Result<Self> {
        let file = private_file().append(true).open(&path)?;
        let len = file.metadata()?.len();
        Ok(Self { path, file, len })
    }
}
impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.len > 0 && self.len + bytes.len() as u64 > FILE_MAX {
            std::fs::rename(&self.path, self.path.with_extension("old.log"))?;
            *self = Self::open(self.path.clone())?;
        }
        let written = self.file.write(bytes)?;
        self.len += written as u64;
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

struct Problems;
impl Write for Problems {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut problems = locked();
        if problems.len() == PROBLEMS_MAX {
            problems.pop_front();
        }
        problems.push_back(String::from_utf8_lossy(bytes).chars().take(PROBLEM_MAX).collect());
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
impl<'a> MakeWriter<'a> for Problems {
    type Writer = Problems;
    fn make_writer(&'a self) -> Self::Writer {
        Problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_log_keeps_one_older_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("snug.log");
        let mut log = Log::open(path.clone()).unwrap();
        let line = vec![b'x'; 1000];
        for _ in 0..2500 {
            log.write_all(&line).unwrap();
        }
        assert!(std::fs::metadata(&path).unwrap().len() <= FILE_MAX);
        assert!(std::fs::metadata(folder.path().join("snug.old.log")).unwrap().len() <= FILE_MAX);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        assert!(Log::open(path).unwrap().len > 0, "the next start goes on");
    }
}
