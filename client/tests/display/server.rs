//! A server process in a folder of its own.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

use crate::screen;

/// A server that listens. It ends with this value.
pub(crate) struct Server {
    child: Child,
    _stdout: BufReader<ChildStdout>,
    folder: TempDir,
    /// Where it is dialled.
    pub(crate) address: String,
}

impl Server {
    /// Starts one with so many seats, and waits until it listens.
    pub(crate) fn start(seats: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        fs::write(&config, format!("host = \"127.0.0.1\"\nport = 0\nmax_users = {seats}\n")).unwrap();
        let mut child = Command::new(program())
            .arg("--config")
            .arg(config)
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(File::create(log(folder.path())).unwrap())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        let port = loop {
            let before = said.len();
            if stdout.read_line(&mut said).unwrap() == 0 {
                panic!(
                    "the server does not start: {said}{}",
                    fs::read_to_string(log(folder.path())).unwrap()
                );
            }
            if let Some(address) = said[before..].trim().strip_prefix("listening on") {
                break address.rsplit(':').next().unwrap().to_owned();
            }
        };
        Self { child, _stdout: stdout, folder, address: format!("localhost:{port}") }
    }

    /// How often its log says that somebody found no seat.
    pub(crate) fn times_full(&self) -> usize {
        fs::read_to_string(log(self.folder.path())).unwrap().matches("SERVER_FULL").count()
    }
}
impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            screen::keep(&log(self.folder.path()), "server.log");
        }
    }
}

fn log(folder: &Path) -> PathBuf {
    folder.join("log")
}

/// Cargo names only the programs of this package to a test; this one lies beside them.
fn program() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_snug")).with_file_name("snug-server");
    assert!(
        program.exists(),
        "{} is not built: run `cargo build --workspace --all-targets` first, as `make test` does",
        program.display()
    );
    program
}
