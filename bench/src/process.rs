//! The server under load: a process of its own, in a folder of its own, with raised limits.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How a server guards itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// With the limits it is delivered with.
    AsDelivered,
    /// With limits far above those, so that the load meets none.
    Lifted,
}

const LIFTED: [(&str, &str); 8] = [
    ("SNUG_LIMITS__CHANGES_PER_SECOND", "60000"),
    ("SNUG_LIMITS__CHANGES_BURST", "60000"),
    ("SNUG_LIMITS__PER_SOURCE_AT_ONCE", "100000"),
    ("SNUG_LIMITS__PER_SOURCE_PER_MINUTE", "1000000"),
    ("SNUG_LIMITS__UNAUTHENTICATED_SOFT", "100000"),
    ("SNUG_LIMITS__UNAUTHENTICATED_HARD", "100000"),
    ("SNUG_LIMITS__LOGIN_TRIES_FREE", "1000000"),
    ("SNUG_LIMITS__LOGIN_TRIES_PER_HOUR", "1000000"),
];

/// A running server; it ends with this value.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Server {
    /// Starts `snug-server`, guarded as far as the measurement needs; the report says so.
    pub(crate) fn start(binary: Option<&Path>, seats: usize, guard: Guard) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let config = folder.path().join("config.toml");
        std::fs::write(&config, "name = \"Bench\"\n")?;
        let binary = match binary {
            Some(path) => path.to_owned(),
            None => beside("snug-server")?,
        };
        let port = free_port()?;
        let mut command = Command::new(&binary);
        command
            .arg("--config")
            .arg(&config)
            .env("SNUG_HOST", "127.0.0.1")
            .env("SNUG_PORT", port.to_string())
            .env("SNUG_MAX_USERS", seats.to_string());
        if guard == Guard::Lifted {
            command.envs(LIFTED);
        }
        let (child, _) = spawn(command, &binary)?;
        Ok(Self { child, address: SocketAddr::from(([127, 0, 0, 1], port)), _folder: folder })
    }

    /// Starts the floor: this program again.
    pub(crate) fn start_floor(coalesce: bool) -> Result<Self> {
        let binary = std::env::current_exe()?;
        let mut command = Command::new(&binary);
        command.arg("floor");
        if coalesce {
            command.arg("--coalesce");
        }
        let (child, first_line) = spawn(command, &binary)?;
        let address = first_line.trim().rsplit(' ').next().unwrap_or_default().parse()?;
        Ok(Self { child, address, _folder: tempfile::tempdir()? })
    }

    /// CPU the process has used, user and system.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // Fields 14 and 15 (proc(5)), counted behind the name, which may hold spaces.
        let fields: Vec<&str> = stat.rsplit_once(')').context("/proc stat")?.1.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
        Ok(Duration::from_millis(ticks * 10)) // USER_HZ is 100 on Linux
    }

    /// Memory the process has to itself, in KiB.
    pub(crate) fn memory_kib(&self) -> Result<u64> {
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        rollup
            .lines()
            .filter(|line| line.starts_with("Private_"))
            .map(|line| line.split_whitespace().nth(1).context("smaps")?.parse::<u64>().context("smaps"))
            .sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a program and waits for the line that says where it listens.
fn spawn(mut command: Command, binary: &Path) -> Result<(Child, String)> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", binary.display()))?;
    let mut lines = BufReader::new(child.stdout.take().context("stdout")?).lines();
    while let Some(line) = lines.next().transpose()? {
        if line.to_lowercase().contains("listening") {
            // The rest is drained, so that the program never waits for a reader.
            std::thread::spawn(move || lines.for_each(drop));
            return Ok((child, line));
        }
    }
    let _ = child.wait();
    bail!("{} ended before it listened", binary.display())
}

fn beside(name: &str) -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    if !path.exists() {
        bail!("{} is not built: build snug-server with the same profile", path.display());
    }
    Ok(path)
}

fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
