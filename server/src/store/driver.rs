//! What carries batches to the writer: a real thread, or, inside a simulation, a task that sleeps a seeded while
//! before and after it commits, so that a crash can fall there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use snug_proto::refusal::Cause;
use tokio::sync::{mpsc, oneshot};

use super::writer::{Asked, Fatal, Job, Verb, Writer};
use super::{COMMIT_BYTES_MAX, COMMIT_CHANGES_MAX};
use crate::clock::Chance;

/// Jobs that may wait for the writer. Every session has at most 64 of them under way.
const WAITING_MAX: usize = 4096;
/// Bytes that may wait for the writer.
const WAITING_BYTES_MAX: usize = 32 << 20;

/// How the writer is driven.
pub(crate) enum Drive {
    /// By a thread of its own.
    Thread,
    /// By a task, at simulated speed.
    Task(Arc<Chance>),
}

/// Where jobs are handed in.
#[derive(Clone)]
pub(crate) struct Inbox {
    jobs: mpsc::Sender<Box<dyn Job>>,
    waiting: Arc<AtomicUsize>,
}

/// Is ready when all inboxes are gone and everything handed in is done.
pub(crate) struct WriterDone(oneshot::Receiver<()>);

impl WriterDone {
    pub(crate) async fn wait(self) {
        // The writer says so by dropping its end.
        let _ = self.0.await;
    }
}

/// Starts the writer.
pub(crate) fn start(mut writer: Writer, drive: Drive) -> (Inbox, WriterDone) {
    let (running, done) = oneshot::channel();
    let (jobs, mut handed_in) = mpsc::channel(WAITING_MAX);
    let inbox = Inbox { jobs, waiting: Arc::default() };
    let waiting = inbox.waiting.clone();
    match drive {
        Drive::Thread => {
            let run = move || {
                let _running: oneshot::Sender<()> = running;
                let _ends_with_us = AbortOnPanic;
                while let Some(first) = handed_in.blocking_recv() {
                    let batch = gather(first, &mut handed_in, &waiting);
                    writer.run(batch).unwrap_or_else(|fatal| end(&fatal));
                }
                drop(writer); // Closes the database before anybody hears that we are done.
            };
            let thread = std::thread::Builder::new().name("writer".into()).spawn(run);
            thread.expect("the system gives a starting server one thread");
        }
        Drive::Task(chance) => {
            tokio::spawn(async move {
                let _running: oneshot::Sender<()> = running;
                while let Some(first) = handed_in.recv().await {
                    nap(&chance).await;
                    let batch = gather(first, &mut handed_in, &waiting);
                    simulate(&mut writer, batch, &chance).await.unwrap_or_else(|fatal| end(&fatal));
                }
                drop(writer);
            });
        }
    }
    (inbox, WriterDone(done))
}

/// How seldom a simulated disk is full.
const FULL_ONCE_IN: u64 = 40;

async fn nap(chance: &Chance) {
    tokio::time::sleep(Duration::from_micros(chance.below(20_000))).await;
}

async fn simulate(writer: &mut Writer, jobs: Vec<Box<dyn Job>>, chance: &Chance) -> Result<(), Fatal> {
    let mut batch = writer.decide(jobs)?;
    if writer.publishes_first() {
        writer.publish(batch.split());
        nap(chance).await;
    }
    if chance.below(FULL_ONCE_IN) == 0 {
        writer.commit_without_space(&mut batch)?;
    } else {
        writer.commit(&mut batch)?;
    }
    nap(chance).await;
    writer.publish(batch);
    writer.wipe_traces()
}

/// Takes what has gathered. No timer: load makes the batches.
fn gather(
    first: Box<dyn Job>,
    handed_in: &mut mpsc::Receiver<Box<dyn Job>>,
    waiting: &AtomicUsize,
) -> Vec<Box<dyn Job>> {
    let mut weight = first.weight();
    let mut batch = vec![first];
    while batch.len() < COMMIT_CHANGES_MAX && weight < COMMIT_BYTES_MAX {
        let Ok(next) = handed_in.try_recv() else { break };
        weight += next.weight();
        batch.push(next);
    }
    waiting.fetch_sub(weight, Ordering::Relaxed);
    batch
}

/// The log is safe on disk; whoever supervises the server starts it again.
fn end(fatal: &Fatal) -> ! {
    tracing::error!(%fatal, "the server ends");
    std::process::exit(74) // EX_IOERR
}

/// What the writer remembers cannot be trusted after a panic.
struct AbortOnPanic;
impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::process::abort();
        }
    }
}

impl Inbox {
    /// Hands a job in; `false` when the writer has too much to do already.
    pub(crate) fn hand_in(&self, job: Box<dyn Job>) -> bool {
        let weight = job.weight();
        if self.waiting.load(Ordering::Relaxed) + weight > WAITING_BYTES_MAX {
            return false;
        }
        self.waiting.fetch_add(weight, Ordering::Relaxed);
        let fits = self.jobs.try_send(job).is_ok();
        if !fits {
            self.waiting.fetch_sub(weight, Ordering::Relaxed);
        }
        fits
    }

    /// Hands a verb in and waits for what comes of it.
    pub(crate) async fn ask<V: Verb>(&self, verb: V) -> Result<V::Done, Cause> {
        let (answer, answered) = oneshot::channel();
        if !self.hand_in(Box::new(Asked { verb, done: None, answer })) {
            return Err(Cause::Busy);
        }
        answered.await.unwrap_or(Err(Cause::Internal))
    }
}
