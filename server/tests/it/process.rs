//! The real program in a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Nothing here takes longer, unless something is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with a configuration, as an operator has it.
pub(crate) struct Home(tempfile::TempDir);

impl Home {
    /// With limits that a quick test does not run into.
    pub(crate) fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        home.configure(
            "host = \"127.0.0.1\"\nport = 0\nmax_users = 10\n[limits]\nchanges_per_second = 60000\n\
             changes_burst = 60000\nper_source_at_once = 1000\nper_source_per_minute = 100000\n",
        );
        home
    }

    pub(crate) fn configure(&self, text: &str) {
        std::fs::write(self.config(), text).unwrap();
    }
    pub(crate) fn config(&self) -> PathBuf {
        self.path().join("config.toml")
    }
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The program with this home's configuration, and nothing of ours in its environment.
    pub(crate) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).arg("--config").arg(self.config());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SNUG_")) {
            command.env_remove(name);
        }
        command
    }

    /// Runs a program to its end.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> Output {
        self.command(program, arguments).output().unwrap()
    }

    /// Starts a server and waits until it listens.
    pub(crate) fn serve(&self) -> Running {
        Running::start(self.command(SERVER, &[]).stderr(Stdio::null()))
    }

    /// Starts a server that writes its log to a file, with these variables in its environment.
    pub(crate) fn serve_logging(&self, variables: &[(&str, &str)]) -> Running {
        let log = std::fs::File::create(self.log()).unwrap();
        Running::start(self.command(SERVER, &[]).envs(variables.iter().copied()).stderr(log))
    }
    pub(crate) fn log(&self) -> PathBuf {
        self.path().join("log")
    }

    /// Every file below this home with its bytes, but for the two that SQLite puts beside a database it reads.
    pub(crate) fn contents(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for item in std::fs::read_dir(folder).unwrap() {
                let path = item.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => files.push((path.clone(), std::fs::read(&path).unwrap())),
                }
            }
        }
        files.retain(|(path, _)| {
            !path.to_string_lossy().ends_with("-shm") && !path.to_string_lossy().ends_with("-wal")
        });
        files.sort();
        files
    }
}

pub(crate) const SERVER: &str = env!("CARGO_BIN_EXE_snug-server");
pub(crate) const GEN_CERTS: &str = env!("CARGO_BIN_EXE_gen-certs");

/// A server that listens. It ends with this value.
pub(crate) struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
    /// What it said until it listened, that line included.
    pub(crate) said: String,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut running = Self { child, stdout, address: ([0; 4], 0).into(), said: String::new() };
        running.address = running.listening();
        running
    }

    /// Waits for the line that says where it listens.
    fn listening(&mut self) -> SocketAddr {
        loop {
            let before = self.said.len();
            let read = self.stdout.read_line(&mut self.said).unwrap();
            assert!(read > 0, "the server does not start: {}", self.said);
            if let Some(address) = self.said[before..].trim().strip_prefix("listening on") {
                return address.trim().parse().unwrap();
            }
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(began.elapsed() < PATIENCE, "the server ends");
            std::thread::sleep(Duration::from_millis(5));
        };
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (status, rest)
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
