//! An import: the export is read through once, a private room is made, and then it is filled through the outbox, a few
//! messages ahead of the server. A file holds up what comes behind it, so that the order stays.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;

use snug_proto::bounded::Text;
use snug_proto::content::{Content, Mentions, Source, TextContent};
use snug_proto::entry::RoomKind;
use snug_proto::id::{BlobId, Origin, RoomId};
use snug_proto::talk::Target;
use tokio::time::Instant;

use super::{Count, Stepped, Work};
use crate::actor::deeds::{Asker, Outcome};
use crate::actor::{Actor, FAR, Input, Task, TaskId};
use crate::archive::{Archive, Attached, Broken, Piece};
use crate::command::{Deed, OutboxId};
use crate::copy::{CopyError, NOWHERE, NewItem, OutboxState, Settled};
use crate::event::{JobEnd, JobWay};

/// Messages that wait in the outbox: enough that the server is never waited for.
const AHEAD: usize = 128;
/// Messages read at once.
const BATCH: usize = 64;
/// Messages that replies can be about: a reply to an older one stands alone.
const NAMES_MAX: usize = 200_000;

/// An export that was read through.
pub(in crate::actor) type Opened = Result<Box<Archive>, Broken>;

/// An import under way.
#[derive(Debug)]
pub(super) struct Importing {
    name: String,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The export is read through.
    Checking(Task),
    /// The room is made.
    Making(Box<Archive>),
    /// The room is filled.
    Filling(Box<Filling>),
}

#[derive(Debug)]
struct Filling {
    room: RoomId,
    /// Nothing once everything was read.
    archive: Option<Box<Archive>>,
    names: Names,
    uploading: Option<BlobId>,
    queued: u64,
}

/// Where messages went, by their names in the export.
#[derive(Debug, Default)]
struct Names {
    places: HashMap<String, Place>,
    oldest: VecDeque<String>,
    /// Those that have no place in the log yet.
    waiting: HashMap<OutboxId, String>,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Outbox(OutboxId),
    Log(Origin),
}

impl Names {
    fn queued(&mut self, name: String, id: OutboxId) {
        self.waiting.insert(id, name.clone());
        self.oldest.push_back(name.clone());
        self.places.insert(name, Place::Outbox(id));
        if self.oldest.len() > NAMES_MAX
            && let Some(oldest) = self.oldest.pop_front()
        {
            self.places.remove(&oldest);
        }
    }

    fn settled(&mut self, id: OutboxId, origin: Origin) {
        if let Some(name) = self.waiting.remove(&id)
            && let Some(place) = self.places.get_mut(&name)
        {
            *place = Place::Log(origin);
        }
    }

    /// What a reply names, and the item whose place it waits for.
    fn find(&self, name: Option<&String>) -> (Option<Origin>, Option<OutboxId>) {
        match name.and_then(|name| self.places.get(name)) {
            Some(Place::Outbox(id)) => (Some(NOWHERE.origin), Some(*id)),
            Some(Place::Log(origin)) => (Some(*origin), None),
            None => (None, None),
        }
    }
}

impl super::Job {
    /// An item of the outbox has its place in the log.
    pub(in crate::actor) fn settled(&mut self, settled: &Settled) {
        if let Work::Import(Importing { stage: Stage::Filling(filling), .. }) = &mut self.work {
            filling.names.settled(settled.id, settled.origin);
        }
    }
}

impl Actor {
    pub(in crate::actor) fn import(&mut self, path: PathBuf, name: String) {
        let Some(open) = self.opened() else { return };
        if open.online().is_none() {
            return self.not_done("An import needs a connection to the server.");
        }
        if open.job.is_some() {
            return self.not_done(super::UNDER_WAY);
        }
        let (offload, room) = (self.environment.offload, name.clone());
        let task = self.spawn(|id, inputs| {
            Box::pin(async move {
                let opened = offload.run(move || Archive::open(&path, &room).map(Box::new)).await;
                let _ = inputs.send(Input::Opened(id, opened)).await;
            })
        });
        let importing = Importing { name: name.clone(), stage: Stage::Checking(task) };
        self.begin_job(JobWay::Import, name, Work::Import(importing));
    }

    /// The export was read through: the room can be made.
    pub(in crate::actor) async fn archive_opened(&mut self, id: TaskId, opened: Opened) {
        let Some(open) = self.opened() else { return };
        let Some(job) = &mut open.job else { return };
        let Work::Import(importing) = &mut job.work else { return };
        if !matches!(&importing.stage, Stage::Checking(task) if task.id == id) {
            return;
        }
        let name = importing.name.clone();
        match opened {
            Ok(archive) if archive.total() == 0 => self.fail_job("There is no message in this export."),
            Ok(archive) => {
                job.told.total = archive.total();
                importing.stage = Stage::Making(archive);
                let (topic, members) = (String::new(), Vec::new());
                let deed = Deed::CreateRoom { kind: RoomKind::PRIVATE, name, topic, members };
                if let Err(error) = self.deed(Asker::Import, deed).await {
                    self.fail_job(super::unusable(&error));
                }
            }
            Err(broken) => self.fail_job(broken.to_string()),
        }
    }

    /// The room was made, or not.
    pub(in crate::actor) fn import_room_made(&mut self, outcome: Outcome) {
        let Some(open) = self.opened() else { return };
        let Some(mut job) = open.job.take() else { return };
        let Work::Import(importing) = job.work else {
            open.job = Some(job);
            return;
        };
        let reason = match (importing.stage, outcome) {
            (Stage::Making(archive), Ok(Some(room))) => {
                let archive = Some(archive);
                let (names, uploading, queued) = (Names::default(), None, 0);
                let filling = Filling { room, archive, names, uploading, queued };
                let stage = Stage::Filling(Box::new(filling));
                job.work = Work::Import(Importing { name: importing.name, stage });
                open.job = Some(job);
                return;
            }
            (_, Err((reason, _))) => reason,
            (_, Ok(_)) => "The connection was lost while the room was made. Nothing was imported.".into(),
        };
        self.end_job(job.told, JobEnd::Failed(reason));
    }

    pub(super) async fn step_import(
        &mut self,
        importing: Importing,
        count: &mut Count,
        now: Instant,
    ) -> Result<Stepped, CopyError> {
        let Importing { name, stage } = importing;
        let Stage::Filling(mut filling) = stage else {
            return Ok(Stepped::On(Work::Import(Importing { name, stage }), now + FAR));
        };
        let due = match self.fill(&mut filling, count, now).await? {
            Filled::On(due) => due,
            Filled::All => return Ok(Stepped::End(JobEnd::Done(None))),
            Filled::Not(reason) => return Ok(Self::failed_job(reason)),
        };
        Ok(Stepped::On(Work::Import(Importing { name, stage: Stage::Filling(filling) }), due))
    }

    async fn fill(
        &mut self,
        filling: &mut Filling,
        count: &mut Count,
        now: Instant,
    ) -> Result<Filled, CopyError> {
        let Some(open) = self.opened() else { return Ok(Filled::Not(super::STOPPED.into())) };
        if let Some(online) = open.online() {
            online.sending.begin_import(now);
        }
        if filling.uploading.is_some_and(|blob| open.transfers.moving().contains(&blob)) {
            return Ok(Filled::On(now + FAR));
        }
        filling.uploading = None;
        let (copy, to) = (open.copy.clone(), Target::Room(filling.room));
        let unsent = self.on_copy(&copy, move |copy| copy.unsent(to, AHEAD)).await?;
        count.done = filling.queued.saturating_sub(unsent.len() as u64);
        if let Some(failed) = unsent.iter().find(|item| item.state == OutboxState::Failed) {
            return Ok(Filled::Not(failed.reason.clone().unwrap_or_else(|| super::STOPPED.into())));
        }
        if unsent.len() + BATCH > AHEAD {
            return Ok(Filled::On(now + FAR));
        }
        let Some(archive) = filling.archive.take() else {
            return Ok(if unsent.is_empty() { Filled::All } else { Filled::On(now + FAR) });
        };
        match self.environment.offload.run(move || batch(archive)).await {
            Ok((archive, pieces)) => {
                filling.archive = archive;
                self.queue_pieces(filling, pieces).await?;
                Ok(Filled::On(now))
            }
            Err(broken) => Ok(Filled::Not(broken.to_string())),
        }
    }

    async fn queue_pieces(&mut self, filling: &mut Filling, pieces: Vec<Piece>) -> Result<(), CopyError> {
        let (now, to) = (self.environment.now(), Target::Room(filling.room));
        for piece in pieces {
            filling.queued += 1;
            let source = source(&piece);
            let text = match piece.what {
                Attached::File(path) => {
                    filling.uploading = self.send_file_from(to, path, Some(source)).await?;
                    continue;
                }
                Attached::Text(text) => text,
                Attached::Missing(name) => format!("(The file “{name}” was not in the export.)"),
            };
            let (reply_to, about) = filling.names.find(piece.reply_to.as_ref());
            let (text, mentions) = (Text::cut(&text), Mentions::default());
            let content = Content::Text(TextContent { text, reply_to, mentions, source: Some(source) });
            let Some(item) = NewItem::content(to, &content, now) else { continue };
            let Some(open) = self.opened() else { return Ok(()) };
            let copy = open.copy.clone();
            let item = NewItem { about, ..item };
            let ids = self.on_copy(&copy, move |copy| copy.queue_all(&[item])).await?;
            if let (Some(name), Some(id)) = (piece.name, ids.first()) {
                filling.names.queued(name, *id);
            }
        }
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        self.outbox_changed(&copy).await
    }

    fn fail_job(&mut self, reason: impl Into<String>) {
        if let Some(job) = self.opened().and_then(|open| open.job.take()) {
            self.end_job(job.told, JobEnd::Failed(reason.into()));
        }
    }
}

/// What a step of filling came to.
enum Filled {
    On(Instant),
    All,
    Not(String),
}

/// What a batch of an export came to: the rest of it, where there is one, and the next messages.
type Batch = (Option<Box<Archive>>, Vec<Piece>);

/// The next messages up to the first file: what comes behind it waits until it is uploaded.
fn batch(mut archive: Box<Archive>) -> Result<Batch, Broken> {
    let mut pieces = Vec::new();
    while pieces.len() < BATCH {
        let Some(piece) = archive.next()? else { return Ok((None, pieces)) };
        let is_file = matches!(piece.what, Attached::File(_));
        pieces.push(piece);
        if is_file {
            break;
        }
    }
    Ok((Some(archive), pieces))
}

fn source(piece: &Piece) -> Source {
    let plain = |text: &str| text.chars().filter(|char| !char.is_control()).collect::<String>();
    Source {
        how: Source::IMPORTED,
        author: Text::cut(&plain(&piece.author)),
        at: piece.at,
        from: Text::cut(&plain(&piece.from)),
    }
}
