//! How far a transfer is, told a few times a second.

use snug_proto::id::BlobId;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Report;
use crate::files::speed::Speed;

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) blob: BlobId,
    /// Bytes done.
    pub(crate) done: u64,
    /// Bytes in all.
    pub(crate) total: u64,
    /// Bytes per second lately.
    pub(crate) speed: u64,
}

/// Counts a job's bytes.
#[derive(Debug)]
pub(super) struct Meter {
    blob: BlobId,
    reports: mpsc::Sender<Report>,
    done: u64,
    total: u64,
    secured: u64,
    speed: Speed,
}

impl Meter {
    pub(super) fn new(blob: BlobId, reports: mpsc::Sender<Report>) -> Self {
        Self { blob, reports, done: 0, total: 0, secured: 0, speed: Speed::new(Instant::now(), 0) }
    }

    /// A connection begins, or goes on, here.
    pub(super) fn begin(&mut self, done: u64, total: u64) {
        (self.done, self.total) = (done, total);
        self.secured = self.secured.max(done);
        let now = Instant::now();
        self.speed = Speed::new(now, done);
        self.tell(now);
    }

    /// So many bytes more.
    pub(super) fn add(&mut self, bytes: usize) {
        self.done += bytes as u64;
        self.tell(Instant::now());
    }

    /// Bytes that both sides have, as the last connection began: what was sent since may not have arrived.
    pub(super) fn secured(&self) -> u64 {
        self.secured
    }

    fn tell(&mut self, now: Instant) {
        if self.speed.note(now, self.done) {
            let Self { blob, done, total, .. } = *self;
            let speed = self.speed.per_second(now);
            // Who does not listen hears the next one.
            let _ = self.reports.try_send(Report::Progress(Progress { blob, done, total, speed }));
        }
    }
}
