//! The messenger without a window: network, local copy, outbox, trust.
//!
//! [`Engine::start`] answers with a [`Handle`] that takes [commands](command::Command) and a stream of
//! [events](event::Event). Everything but drawing works without a window; tests and load drive the same engine.

mod actor;
mod archive;
mod attempt;
mod backoff;
#[cfg(feature = "bench")]
pub mod bench;
pub mod command;
mod copy;
pub mod device;
pub mod dial;
pub mod environment;
pub mod event;
pub mod files;
pub mod keyring;
pub mod login;
mod mailbox;
mod mentions;
mod pace;
mod people;
mod sync;
mod timeline;
mod trust;
mod wake;

use std::path::PathBuf;

use command::Command;
use environment::Environment;
pub use mailbox::Events;

/// What an engine needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    /// The profile's data folder: server records, device keys and copies live in it. Made where it is missing.
    pub folder: PathBuf,
    /// Where received files go. Made where it is missing.
    pub received: PathBuf,
    /// Name and version of the program, for the hello.
    pub client: String,
    /// Files up to this many bytes are fetched by themselves.
    pub fetch_by_itself_max: u64,
}

/// The engine's end that takes commands. Cheap to clone; the engine stops when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Handle {
    commands: tokio::sync::mpsc::Sender<Command>,
}

impl Handle {
    /// Hands a command to the engine; waits while it is busy.
    ///
    /// # Errors
    /// [`Stopped`] when the engine is gone.
    pub async fn send(&self, command: Command) -> Result<(), Stopped> {
        self.commands.send(command).await.map_err(|_| Stopped)
    }
}

/// The engine is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the engine has stopped")]
pub struct Stopped;

/// Commands that may wait: a person types no faster than the engine works.
const COMMANDS_WAITING_MAX: usize = 64;

/// The messenger.
#[derive(Debug)]
pub struct Engine;

impl Engine {
    /// Starts an engine on the tokio runtime that this is called in.
    pub fn start(config: Config) -> (Handle, Events) {
        Self::start_in(config, Environment::of_this_system())
    }

    /// Starts an engine in surroundings of one's own: tests, load, simulations.
    pub fn start_in(config: Config, environment: Environment) -> (Handle, Events) {
        let (commands, inbox) = tokio::sync::mpsc::channel(COMMANDS_WAITING_MAX);
        let (outlet, events) = mailbox::mailbox();
        tokio::spawn(actor::run(config, environment, inbox, outlet));
        (Handle { commands }, events)
    }
}
