//! Exports and imports: one at a time, step by step between everything else, each with its progress and its end.

mod export;
mod import;

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use super::{Actor, FAR};
use crate::copy::CopyError;
use crate::event::{self, Event, JobEnd, JobWay};
use export::Exporting;
use import::Importing;
pub(super) use import::Opened;

/// How often a job that works by itself is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Why a job ended that nobody wants any more.
const STOPPED: &str = "It was stopped. What is done of it stays.";

const UNDER_WAY: &str = "An export or import is under way. Please wait until it is done, or stop it.";

/// An export or import under way.
#[derive(Debug)]
pub(super) struct Job {
    /// What the window knows of it.
    told: event::Job,
    work: Work,
}

#[derive(Debug)]
enum Work {
    Export(Exporting),
    Import(Importing),
}

/// What a step came to.
enum Stepped {
    /// There is more to do, at the latest then.
    On(Work, Instant),
    /// That was all.
    End(JobEnd),
}

/// What has been done of how much.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    done: u64,
    total: u64,
}

impl Job {
    fn new(way: JobWay, room_name: String, work: Work) -> Self {
        Self { told: event::Job { way, room_name, done: 0, total: 0, end: None }, work }
    }

    /// The room whose past is wanted first.
    pub(super) fn reads(&self) -> Option<snug_proto::id::RoomId> {
        match &self.work {
            Work::Export(exporting) => exporting.reads(),
            Work::Import(_) => None,
        }
    }
}

impl Actor {
    /// Begins a job, where none is under way.
    fn begin_job(&mut self, way: JobWay, room_name: String, work: Work) {
        let Some(open) = self.opened() else { return };
        if open.job.is_some() {
            return self.not_done(UNDER_WAY);
        }
        let job = Job::new(way, room_name, work);
        let told = job.told.clone();
        open.job = Some(job);
        self.outlet.put(Event::Job(Some(told)));
    }

    pub(super) fn stop_job(&mut self) {
        let Some(job) = self.opened().and_then(|open| open.job.take()) else { return };
        self.end_job(job.told, JobEnd::Failed(STOPPED.into()));
    }

    fn end_job(&mut self, told: event::Job, end: JobEnd) {
        if let Some(online) = self.opened().and_then(super::open::Open::online) {
            online.sending.end_import();
        }
        self.outlet.put(Event::Job(Some(event::Job { end: Some(end), ..told })));
    }

    /// Does the next step of a job. Answers when to look again.
    pub(super) async fn tick_job(&mut self, now: Instant) -> Instant {
        let Some(job) = self.opened().and_then(|open| open.job.take()) else { return now + FAR };
        let Job { mut told, work } = job;
        let mut count = Count { done: told.done, total: told.total };
        let stepped = match work {
            Work::Export(exporting) => self.step_export(exporting, &mut count, now).await,
            Work::Import(importing) => self.step_import(importing, &mut count, now).await,
        };
        let (work, due) = match stepped {
            Ok(Stepped::On(work, due)) => (work, due),
            Ok(Stepped::End(end)) => {
                (told.done, told.total) = (count.done, count.total);
                self.end_job(told, end);
                return now + FAR;
            }
            Err(error) => {
                self.end_job(told, JobEnd::Failed(unusable(&error)));
                return now + FAR;
            }
        };
        if (told.done, told.total) != (count.done, count.total) {
            (told.done, told.total) = (count.done, count.total);
            self.outlet.put(Event::Job(Some(told.clone())));
        }
        if let Some(open) = self.opened() {
            open.job = Some(Job { told, work });
        }
        due
    }

    fn failed_job(reason: impl Into<String>) -> Stepped {
        Stepped::End(JobEnd::Failed(reason.into()))
    }

    /// The export was written, or not.
    pub(super) fn exported(&mut self, id: super::TaskId, written: Result<PathBuf, String>) {
        let Some(open) = self.opened() else { return };
        let is_it = |job: &mut Job| matches!(&job.work, Work::Export(exporting) if exporting.is_task(id));
        let Some(mut job) = open.job.take_if(is_it) else { return };
        if let Work::Export(exporting) = &job.work {
            // A small room is written before anybody looks how far it is.
            job.told.done = exporting.written();
        }
        let end = match written {
            Ok(folder) => JobEnd::Done(Some(folder)),
            Err(reason) => JobEnd::Failed(reason),
        };
        self.end_job(job.told, end);
    }
}

fn unusable(error: &CopyError) -> String {
    format!("This computer's copy cannot be used: {error}.")
}
