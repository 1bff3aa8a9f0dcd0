//! An export: the copy of the room is made whole, then the files that are not here are fetched, then everything is
//! written beside the loop.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use snug_proto::entry::RoomKind;
use snug_proto::id::{BlobId, RoomId, Seq};
use snug_proto::talk::Target;
use tokio::time::Instant;

use super::{Count, LOOK_EVERY, Stepped, Work};
use crate::actor::open::LinkState;
use crate::actor::{Actor, FAR, Input, Task, TaskId};
use crate::archive::{Export, PersonLine, Progress, RoomLine};
use crate::copy::{CopyError, NextFile};
use crate::event::JobWay;
use crate::sync;

/// Entries looked through for files at once.
const LOOK_THROUGH: usize = 500;

/// An export under way.
#[derive(Debug)]
pub(super) struct Exporting {
    target: Target,
    room: RoomId,
    folder: PathBuf,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The copy lacks something of the room.
    Reading,
    /// Files are fetched, one after another.
    Files { after: Seq, fetching: Option<BlobId> },
    /// It is written.
    Writing(Writing),
}

/// The task that writes; it stops when nobody waits for it.
#[derive(Debug)]
struct Writing {
    task: Task,
    progress: Arc<Progress>,
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.progress.stopped.store(true, Ordering::Relaxed);
    }
}

impl Exporting {
    pub(super) fn reads(&self) -> Option<RoomId> {
        matches!(self.stage, Stage::Reading).then_some(self.room)
    }

    /// How many entries were written.
    pub(super) fn written(&self) -> u64 {
        match &self.stage {
            Stage::Writing(writing) => writing.progress.done.load(Ordering::Relaxed),
            Stage::Reading | Stage::Files { .. } => 0,
        }
    }

    pub(super) fn is_task(&self, id: TaskId) -> bool {
        matches!(&self.stage, Stage::Writing(writing) if writing.task.id == id)
    }
}

impl Actor {
    pub(in crate::actor) fn export(&mut self, target: Target, folder: PathBuf) {
        let Some(open) = self.opened() else { return };
        let Some(room) = open.room_of(target) else {
            return self.not_done("There is nothing in this room yet.");
        };
        let is_whole = open.book.rooms.get(&room).is_some_and(|row| row.is_whole_from(Seq(0)));
        if !is_whole && open.online().is_none() {
            return self.not_done(
                "A part of this room is not on this computer yet, and fetching it needs a connection to the server.",
            );
        }
        let named = open.rooms().into_iter().find(|room| room.target == target);
        let name = named.map_or_else(String::new, |room| room.name);
        let exporting = Exporting { target, room, folder, stage: Stage::Reading };
        self.begin_job(JobWay::Export, name, Work::Export(exporting));
    }

    pub(super) async fn step_export(
        &mut self,
        mut exporting: Exporting,
        count: &mut Count,
        now: Instant,
    ) -> Result<Stepped, CopyError> {
        let due = match exporting.stage {
            Stage::Reading => {
                let Some(open) = self.opened() else { return Ok(Self::failed_job(super::STOPPED)) };
                let Some(row) = open.book.rooms.get(&exporting.room) else {
                    return Ok(Self::failed_job("This room is not on this computer any more."));
                };
                (count.done, count.total) = sync::coverage([row]);
                if row.is_whole_from(Seq(0)) {
                    exporting.stage = Stage::Files { after: Seq(0), fetching: None };
                    now
                } else {
                    match &open.link {
                        LinkState::Online(online) if online.gives_no_more(exporting.room) => {
                            return Ok(Self::failed_job("The server does not give the rest of this room."));
                        }
                        // What comes wakes the engine; without a connection the next one is waited for.
                        _ => now + FAR,
                    }
                }
            }
            Stage::Files { after, fetching } => {
                return self.fetch_for_export(exporting, after, fetching, now).await;
            }
            Stage::Writing(ref writing) => {
                count.done = writing.progress.done.load(Ordering::Relaxed);
                now + LOOK_EVERY
            }
        };
        Ok(Stepped::On(Work::Export(exporting), due))
    }

    async fn fetch_for_export(
        &mut self,
        mut exporting: Exporting,
        after: Seq,
        fetching: Option<BlobId>,
        now: Instant,
    ) -> Result<Stepped, CopyError> {
        let (room, target) = (exporting.room, exporting.target);
        let Some(open) = self.opened() else { return Ok(Self::failed_job(super::STOPPED)) };
        if fetching.is_some_and(|blob| open.transfers.moving().contains(&blob)) {
            return Ok(Stepped::On(Work::Export(exporting), now + FAR));
        }
        let (copy, online) = (open.copy.clone(), open.online().is_some());
        let next = match online {
            true => {
                self.on_copy(&copy, move |copy| copy.next_missing_file(room, after, LOOK_THROUGH)).await?
            }
            // What cannot be fetched is listed as missing.
            false => NextFile::None,
        };
        exporting.stage = match next {
            NextFile::Found(seq, file) => {
                self.start_download(target, &file);
                Stage::Files { after: seq, fetching: Some(file.blob) }
            }
            NextFile::NotUpTo(seq) => Stage::Files { after: seq, fetching: None },
            NextFile::None => match self.write_export(&exporting) {
                Some(writing) => Stage::Writing(writing),
                None => return Ok(Self::failed_job(super::STOPPED)),
            },
        };
        Ok(Stepped::On(Work::Export(exporting), now))
    }

    fn write_export(&mut self, exporting: &Exporting) -> Option<Writing> {
        let at = self.environment.now();
        let offload = self.environment.offload;
        let open = self.opened()?;
        let row = open.book.rooms.get(&exporting.room)?;
        let shown = open.rooms().into_iter().find(|room| room.target == exporting.target)?;
        let day = Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(TimeZone::system()).date();
        let me = open.book.me;
        let export = Export {
            copy: open.copy.clone(),
            room: exporting.room,
            about: RoomLine {
                name: shown.name.clone(),
                kind: kind_name(row.kind).into(),
                topic: row.topic.clone(),
            },
            server: open.record.name.clone(),
            by: PersonLine { id: me.0, name: open.book.people.own_name(me).cloned().unwrap_or_default() },
            people: open.book.people.own().clone(),
            at,
            folder: exporting.folder.clone(),
            name: format!("{}-{day}", shown.name),
        };
        let progress = Arc::new(Progress::default());
        let told = progress.clone();
        let task = self.spawn(|id, inputs| {
            Box::pin(async move {
                let written = offload.run(move || export.write(&told)).await;
                let _ = inputs.send(Input::Exported(id, written)).await;
            })
        });
        Some(Writing { task, progress })
    }
}

fn kind_name(kind: RoomKind) -> &'static str {
    match kind {
        RoomKind::LOBBY => "lobby",
        RoomKind::CHANNEL => "channel",
        RoomKind::PRIVATE => "private",
        RoomKind::DIRECT => "direct",
        RoomKind::NOTES => "notes",
        RoomKind::HOUSE => "house",
        _ => "unknown",
    }
}
