//! The file lane: one task that takes jobs one after another and moves them over one connection of its own, which
//! it opens when there is something to do and closes when there is not.
//!
//! A connection that breaks is opened again, and the transfer goes on where both sides have the same bytes. A job
//! ends once: sent, received, failed with a sentence, or cancelled. In between its progress is told a few times a
//! second. A transfer holds one piece of a few chunks in memory.

mod dialed;
mod download;
mod progress;
#[cfg(test)]
mod tests;
mod upload;

use std::path::PathBuf;
use std::time::Duration;

use snug_proto::content::FileContent;
use snug_proto::file::{FileReply, FileRequest};
use snug_proto::id::BlobId;
use snug_proto::limits::{CHUNK_MAX, PICTURE_MAX};
use snug_proto::refusal::{Cause, Goodbye, Refusal};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use self::progress::Meter;
use super::FileProblem;
use super::outgoing::Stamp;
use super::picture;
use super::received::{Promise, Received};
use crate::backoff::Backoff;
use crate::environment::{Environment, Offload};

pub(crate) use self::dialed::{Access, Dialed};
pub(crate) use self::progress::Progress;

/// Jobs that may wait.
pub(crate) const JOBS_WAITING_MAX: usize = 256;
/// Bytes that go to and from the disk at once.
const PIECE: usize = 4 * CHUNK_MAX;
/// A connection without work is closed before the server loses its patience with it.
const IDLE: Duration = Duration::from_secs(30);
/// Tries in a row that moved nothing, before a transfer is given up: enough to outlast the time it takes to notice that
/// the whole network is gone, since after that transfers wait for the next session.
const FRUITLESS_MAX: u32 = 20;

/// Something to move.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) blob: BlobId,
    pub(crate) work: Work,
    /// Stops it at once, waiting or under way.
    pub(crate) cancel: CancellationToken,
}

/// Which way, and what.
#[derive(Debug, Clone)]
pub(crate) enum Work {
    /// A file of this computer, and how it was when it was chosen.
    Upload { path: PathBuf, stamp: Stamp },
    /// A file that somebody sent.
    Download { name: String, promise: Promise },
    /// Somebody's picture, of which nothing is promised, into the folder of pictures.
    Picture { folder: PathBuf },
}

/// What the lane tells.
#[derive(Debug)]
pub(crate) enum Report {
    /// How far a job is. Some are left out when nobody listens.
    Progress(Progress),
    /// A job has come to its end.
    Ended { blob: BlobId, ended: Ended },
}

/// How a job ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Uploaded, and on the server's disk: this can be sent.
    Uploaded(FileContent),
    /// Received, checked, and here.
    Received(PathBuf),
    /// Not done.
    Failed(FileProblem),
    /// Not wanted any more. What was moved stays for another try.
    Cancelled,
}

/// The half that sends. A send that was given up leaves a connection that is only good to be closed.
pub(crate) trait Requests: Send {
    /// Sends a request.
    fn send(&mut self, request: &FileRequest) -> impl Future<Output = Result<(), Cut>> + Send;
}

/// The half that listens. A wait that was given up loses nothing.
pub(crate) trait Replies: Send {
    /// The next reply.
    fn next(&mut self) -> impl Future<Output = Result<FileReply, Cut>> + Send;
}

/// The connection is gone, or the server makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut;

/// Opens connections, logged in.
pub(crate) trait Connect: Send {
    /// The half that sends.
    type Requests: Requests;
    /// The half that listens.
    type Replies: Replies;

    /// Waits until there is a session to belong to, then tries once.
    fn connect(&mut self) -> impl Future<Output = Result<Line<Self::Requests, Self::Replies>, Cut>> + Send;
}

/// An open connection.
#[derive(Debug)]
pub(crate) struct Line<Q, A> {
    pub(crate) requests: Q,
    pub(crate) replies: A,
    /// The largest file the server takes; 0 when there is no limit.
    pub(crate) file_max: u64,
}

/// Why a try did not end the job well.
#[derive(Debug, PartialEq, Eq)]
enum Stop {
    /// For good.
    Failed(FileProblem),
    /// Another try may help, perhaps not before this long.
    Again(Option<Duration>),
}
impl From<FileProblem> for Stop {
    fn from(problem: FileProblem) -> Self {
        Self::Failed(problem)
    }
}
impl From<Cut> for Stop {
    fn from(_: Cut) -> Self {
        Self::Again(None)
    }
}

/// The lane's task.
pub(crate) struct Lane<C: Connect> {
    connect: C,
    environment: Environment,
    received: PathBuf,
    reports: mpsc::Sender<Report>,
    line: Option<Line<C::Requests, C::Replies>>,
}

impl<C: Connect> Lane<C> {
    /// Files are received into the folder `received`.
    pub(crate) fn new(
        connect: C,
        environment: Environment,
        received: PathBuf,
        reports: mpsc::Sender<Report>,
    ) -> Self {
        Self { connect, environment, received, reports, line: None }
    }

    /// Works until there are no more jobs to come, or nobody listens.
    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let folder = self.received.clone();
        self.environment.offload.run(move || sweep(folder)).await;
        while let Some(job) = self.next_job(&mut jobs).await {
            let ended = tokio::select! {
                biased;
                () = job.cancel.cancelled() => {
                    self.line = None;
                    Ended::Cancelled
                }
                ended = self.job(&job) => ended,
            };
            if self.reports.send(Report::Ended { blob: job.blob, ended }).await.is_err() {
                return;
            }
        }
    }

    async fn next_job(&mut self, jobs: &mut mpsc::Receiver<Job>) -> Option<Job> {
        if self.line.is_some() {
            if let Ok(job) = timeout(IDLE, jobs.recv()).await {
                return job;
            }
            self.line = None;
        }
        jobs.recv().await
    }

    /// One job, through as many connections as it takes.
    async fn job(&mut self, job: &Job) -> Ended {
        let meter = Meter::default();
        let reports = self.reports.clone();
        tokio::select! {
            biased;
            ended = self.tries(job, &meter) => ended,
            never = meter.tell(job.blob, &reports) => match never {},
        }
    }

    async fn tries(&mut self, job: &Job, meter: &Meter) -> Ended {
        let mut backoff = Backoff::default();
        let mut fruitless = 0;
        loop {
            let secured = meter.secured();
            let stop = match self.attempt(job, meter).await {
                Ok(ended) => return ended,
                Err(stop) => stop,
            };
            // Whatever went wrong may have left half a frame: the next try begins on a fresh connection.
            self.line = None;
            let wait = match stop {
                Stop::Failed(problem) => return Ended::Failed(problem),
                Stop::Again(wait) => wait,
            };
            if meter.secured() > secured {
                backoff.reset();
                fruitless = 0;
            }
            fruitless += 1;
            if fruitless > FRUITLESS_MAX {
                return Ended::Failed(FileProblem::Unsteady);
            }
            let Environment { patience, random, .. } = &self.environment;
            sleep(backoff.next(wait, patience, random())).await;
        }
    }

    async fn attempt(&mut self, job: &Job, meter: &Meter) -> Result<Ended, Stop> {
        match &job.work {
            Work::Upload { path, stamp } => {
                let mut moving = self.moving(job.blob, meter).await?;
                moving.upload(path, *stamp).await.map(Ended::Uploaded)
            }
            Work::Picture { folder } => self.picture(job, meter, folder.clone()).await,
            Work::Download { name, promise } => {
                let offload = self.environment.offload;
                let mut part = download::begin(offload, &self.received, job.blob, *promise).await?;
                let was_resumed = !part.is_empty();
                meter.begin(part.len(), promise.size);
                if !part.is_complete() {
                    part = self.moving(job.blob, meter).await?.fetch(part, promise.size).await?;
                }
                download::finish(offload, part, name, was_resumed).await.map(Ended::Received)
            }
        }
    }

    /// A small thing, held in memory until it was looked at.
    async fn picture(&mut self, job: &Job, meter: &Meter, folder: PathBuf) -> Result<Ended, Stop> {
        let bytes = self.moving(job.blob, meter).await?.fetch_small(PICTURE_MAX).await?;
        let blob = job.blob;
        let kept = self.environment.offload.run(move || picture::keep(&folder, blob, &bytes));
        Ok(Ended::Received(kept.await?))
    }

    /// On the connection that is open, or on a new one.
    async fn moving<'a>(
        &'a mut self,
        blob: BlobId,
        meter: &'a Meter,
    ) -> Result<Moving<'a, C::Requests, C::Replies>, Stop> {
        let line = match &mut self.line {
            Some(line) => line,
            none => none.insert(self.connect.connect().await?),
        };
        let Environment { offload, patience, .. } = &self.environment;
        Ok(Moving { line, blob, meter, offload: *offload, stall: patience.dead })
    }
}

fn sweep(folder: PathBuf) {
    // A folder that cannot be used is told to whoever wants a file in it.
    if let Ok(received) = Received::open(folder) {
        received.sweep(std::time::SystemTime::now());
    }
}

/// One try to move one blob over one connection.
struct Moving<'a, Q, A> {
    line: &'a mut Line<Q, A>,
    blob: BlobId,
    meter: &'a Meter,
    offload: Offload,
    /// A server that does nothing for so long is gone.
    stall: Duration,
}

impl<Q: Requests, A: Replies> Moving<'_, Q, A> {
    /// Does what blocks, off the async threads.
    async fn work<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> Result<T, FileProblem> + Send + 'static,
    ) -> Result<T, Stop> {
        Ok(self.offload.run(work).await?)
    }

    async fn send(&mut self, request: &FileRequest) -> Result<(), Stop> {
        Ok(timeout(self.stall, self.line.requests.send(request)).await.map_err(|_| Cut)??)
    }

    /// The next reply that is not the end of it.
    async fn reply(&mut self) -> Result<FileReply, Stop> {
        let reply = timeout(self.stall, self.line.replies.next()).await.map_err(|_| Cut)??;
        self.good(reply)
    }

    fn good(&self, reply: FileReply) -> Result<FileReply, Stop> {
        match reply {
            FileReply::Refused(refusal) => Err(self.refused(&refusal)),
            FileReply::Goodbye(Goodbye { retry_after, .. }) => Err(Stop::Again(seconds(retry_after))),
            reply => Ok(reply),
        }
    }

    fn refused(&self, refusal: &Refusal) -> Stop {
        match refusal.cause {
            Cause::Busy => Stop::Again(seconds(refusal.retry_after)),
            Cause::UnknownBlob => FileProblem::NotThere.into(),
            Cause::TooLarge if self.line.file_max > 0 => {
                FileProblem::TooLarge { max: self.line.file_max }.into()
            }
            cause => FileProblem::Refused(cause.to_string()).into(),
        }
    }
}

fn seconds(retry_after: Option<u32>) -> Option<Duration> {
    retry_after.map(|seconds| Duration::from_secs(seconds.into()))
}
