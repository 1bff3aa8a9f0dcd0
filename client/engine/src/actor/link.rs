//! The link behind an open copy: its states, and what the window is told of them.

use std::time::Duration;

use tokio::time::Instant;

use super::online::Online;
use super::{Task, TaskId};
use crate::event::{KeyChange, Link, Problem};

/// The connection behind an open copy.
#[derive(Debug)]
pub(super) enum LinkState {
    /// A try is under way.
    Connecting(Task),
    /// Logged in.
    Online(Box<Online>),
    /// The next try comes by itself.
    Waiting { why: Waiting, wait: Duration, until: Instant },
    /// No try comes by itself.
    Resting(Resting),
    /// The password is to prove another key.
    Proving { task: Task, change: KeyChange },
    /// The password is to make this copy a device of its own.
    OwnDevice { task: Task, before: Resting },
}

#[derive(Debug)]
pub(super) enum Waiting {
    Offline(Problem),
    Full { max: u32 },
}

#[derive(Debug)]
pub(super) enum Resting {
    Replaced {
        /// Not for the first time since the program started.
        again: bool,
    },
    Kicked,
    KeyChanged(KeyChange),
    DeviceForgotten,
    Stopped(Problem),
}

impl LinkState {
    pub(super) fn shown(&self) -> Link {
        match self {
            Self::Connecting(_) | Self::OwnDevice { .. } => Link::Connecting,
            Self::Online(online) => Link::Online { latency: online.latency },
            Self::Waiting { why: Waiting::Offline(problem), wait, .. } => {
                Link::Offline { problem: problem.clone(), retry_in: *wait }
            }
            Self::Waiting { why: Waiting::Full { max }, wait, .. } => {
                Link::Full { max: *max, retry_in: *wait }
            }
            Self::Resting(Resting::Replaced { again }) => Link::Replaced { again: *again },
            Self::Resting(Resting::Kicked) => Link::Kicked,
            Self::Resting(Resting::KeyChanged(change)) | Self::Proving { change, .. } => {
                Link::KeyChanged(change.clone())
            }
            Self::Resting(Resting::DeviceForgotten) => Link::DeviceForgotten,
            Self::Resting(Resting::Stopped(problem)) => Link::Stopped(problem.clone()),
        }
    }

    pub(super) fn online(&mut self) -> Option<&mut Online> {
        match self {
            Self::Online(online) => Some(online),
            _ => None,
        }
    }

    pub(super) fn is_task(&self, id: TaskId) -> bool {
        match self {
            Self::Connecting(task) | Self::Proving { task, .. } | Self::OwnDevice { task, .. } => {
                task.id == id
            }
            Self::Online(online) => online.task.id == id,
            Self::Waiting { .. } | Self::Resting(_) => false,
        }
    }
}
