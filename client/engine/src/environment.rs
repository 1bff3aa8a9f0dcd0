//! What the engine takes from outside: the network, threads, time and chance. A simulation brings its own.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use snug_proto::limits;

use crate::dial::{Dial, Tcp};
use crate::keyring::{self, Keyring, NoKeyring};
use crate::login::Stretching;

/// The engine's surroundings. [`Default`] is the real world but for the keyring.
#[derive(Clone)]
pub struct Environment {
    /// How a server is reached.
    pub dialer: Arc<dyn Dial>,
    /// Where blocking work runs.
    pub offload: Offload,
    /// The wall clock: milliseconds since 1970 UTC.
    pub clock: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// Chance, for jitter only: secrets come from the operating system.
    pub random: Arc<dyn Fn() -> u64 + Send + Sync>,
    /// How passwords are stretched. Anything but the default is for tests and load.
    pub stretching: Stretching,
    /// How long the engine waits for what.
    pub patience: Patience,
    /// Where device keys lie. [`Default`] has none, so that nothing but the program itself ever touches a person's.
    pub keyring: Arc<dyn Keyring>,
}

impl Default for Environment {
    fn default() -> Self {
        Self {
            dialer: Arc::new(Tcp),
            offload: Offload::Threads,
            clock: Arc::new(wall_clock),
            random: Arc::new(system_random),
            stretching: Stretching::default(),
            patience: Patience::default(),
            keyring: Arc::new(NoKeyring),
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("offload", &self.offload).finish_non_exhaustive()
    }
}

impl Environment {
    /// The real world, the keyring of the person's system included.
    pub fn of_this_system() -> Self {
        Self { keyring: keyring::of_this_system(), ..Self::default() }
    }

    pub(crate) fn now(&self) -> i64 {
        (self.clock)()
    }
}

/// How long the engine waits for what; tests shorten it.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a connection, its handshake and each answer before login.
    pub connect: Duration,
    /// The first and shortest wait before another try.
    pub retry_min: Duration,
    /// The longest wait before another try.
    pub retry_max: Duration,
    /// Between two pings.
    pub ping: Duration,
    /// A server that sent nothing for this long is gone.
    pub dead: Duration,
    /// Between two pages of the past that nobody waits for.
    pub past: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            retry_min: Duration::from_millis(500),
            retry_max: Duration::from_secs(30),
            ping: limits::PING_INTERVAL,
            dead: limits::DEAD_AFTER,
            // 500 entries a second, and some 300 KiB.
            past: Duration::from_millis(200),
        }
    }
}

/// Where blocking work (SQLite, argon2, files) runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offload {
    /// On tokio's blocking threads.
    Threads,
    /// In place: inside a simulation a thread would run outside the simulated time.
    Inline,
}

impl Offload {
    /// Runs `work` and waits for what it answers.
    pub async fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> T {
        match self {
            Self::Inline => work(),
            Self::Threads => match tokio::task::spawn_blocking(work).await {
                Ok(value) => value,
                Err(failed) => match failed.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    // The runtime is going away and drops everything that waits.
                    Err(_) => std::future::pending().await,
                },
            },
        }
    }
}

fn wall_clock() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn system_random() -> u64 {
    let mut bytes = [0; 8];
    // Jitter without chance still works: everybody waits alike.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    u64::from_le_bytes(bytes)
}
