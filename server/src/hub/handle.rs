//! What others hold of a session.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use snug_proto::id::{AccountId, DeviceId};
use snug_proto::refusal::Goodbye;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::listener::Source;

/// Names a session for as long as the process lives. Later sessions have higher ids; 0 is nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SessionId(pub(super) u64);

impl SessionId {
    /// No session: what was done was asked for at the server.
    pub(crate) const NOBODY: Self = Self(0);
}

/// What others hold of a session: enough to wake it and to end it. The stream belongs to its task alone.
#[derive(Debug)]
pub(crate) struct Handle {
    pub(crate) id: SessionId,
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
    /// Where it is connected from.
    pub(crate) source: Source,
    /// Something is new: entries, answers, presence.
    pub(crate) news: Notify,
    /// The session ends, or has ended. The file lane of the same device ends with it.
    pub(crate) ended: CancellationToken,
    /// Why it was told to end.
    goodbye: OnceLock<Goodbye>,
    file_lanes: AtomicU8,
}

impl Handle {
    pub(super) fn new(id: SessionId, account: AccountId, device: DeviceId, source: Source) -> Self {
        Self {
            id,
            account,
            device,
            source,
            news: Notify::new(),
            ended: CancellationToken::new(),
            goodbye: OnceLock::new(),
            file_lanes: AtomicU8::new(0),
        }
    }

    /// Tells the session to end.
    pub(super) fn end(&self, goodbye: Goodbye) {
        let _first_reason_wins = self.goodbye.set(goodbye);
        self.ended.cancel();
        self.news.notify_one();
    }

    /// Why the session was told to end.
    pub(crate) fn goodbye(&self) -> Option<&Goodbye> {
        self.goodbye.get()
    }
}

/// File connections one session may have: with the session itself that makes four connections a device.
const FILE_LANES_MAX: u8 = 3;

/// A file connection of a session.
#[derive(Debug)]
pub(crate) struct FilePass {
    pub(crate) by: Arc<Handle>,
}

impl FilePass {
    /// A pass, unless the session has as many as it may.
    pub(crate) fn new(by: Arc<Handle>) -> Option<Self> {
        let more = |lanes| (lanes < FILE_LANES_MAX).then_some(lanes + 1);
        by.file_lanes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        Some(Self { by })
    }
}

impl Drop for FilePass {
    fn drop(&mut self) {
        self.by.file_lanes.fetch_sub(1, Ordering::Relaxed);
    }
}
