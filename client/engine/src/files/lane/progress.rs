//! How far a transfer is, told a few times a second, also while nothing moves: that is when people look.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};

use snug_proto::id::BlobId;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Report;
use crate::files::speed::{Speed, TOLD_EVERY};

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

/// Counts a job's bytes. The transfer writes, the teller reads; each number stands for itself.
#[derive(Debug, Default)]
pub(super) struct Meter {
    done: AtomicU64,
    total: AtomicU64,
    /// Bytes that travelled, in all tries together: what was resumed is no speed.
    moved: AtomicU64,
    secured: AtomicU64,
}

impl Meter {
    /// A connection begins, or goes on, here.
    pub(super) fn begin(&self, done: u64, total: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        self.secured.fetch_max(done, Ordering::Relaxed);
    }

    /// So many bytes more.
    pub(super) fn add(&self, bytes: usize) {
        self.done.fetch_add(bytes as u64, Ordering::Relaxed);
        self.moved.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes that both sides have, as the last connection began: what was sent since may not have arrived.
    pub(super) fn secured(&self) -> u64 {
        self.secured.load(Ordering::Relaxed)
    }

    /// Tells how far the job is whenever that changes, until it is dropped.
    pub(super) async fn tell(&self, blob: BlobId, reports: &mpsc::Sender<Report>) -> Infallible {
        let mut speed = Speed::new(Instant::now(), 0);
        let mut last = None;
        let mut ticks = interval(TOLD_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let now = ticks.tick().await;
            speed.note(now, self.moved.load(Ordering::Relaxed));
            let progress = Progress {
                blob,
                done: self.done.load(Ordering::Relaxed),
                total: self.total.load(Ordering::Relaxed),
                speed: speed.per_second(now),
            };
            // Who does not listen now hears the next one.
            if progress.total > 0
                && last != Some(progress)
                && reports.try_send(Report::Progress(progress)).is_ok()
            {
                last = Some(progress);
            }
        }
    }
}
