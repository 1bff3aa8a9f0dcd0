//! Files under way for an open copy: what is asked of the file lane, and what comes of it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use snug_proto::bounded::List;
use snug_proto::content::{Content, FileContent, Source};
use snug_proto::entry::{Entry, Kind, LOBBY};
use snug_proto::id::{BlobId, RoomId, Seq};
use snug_proto::talk::Target;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::open::Open;
use super::pictures::Wish;
use super::{Actor, Input, Task, TaskId};
use crate::copy::{Copy, CopyError, Merged, Upload, WhereFile};
use crate::event::{Notice, Transfer, Way};
use crate::files::lane::{Access, Dialed, Ended, JOBS_WAITING_MAX, Job, Lane, Progress, Report, Work};
use crate::files::outgoing::Outgoing;
use crate::files::received::Promise;
use crate::files::{FileProblem, safe_name};
use crate::timeline::file_in;

/// Reports on their way from the lane: more would be old news.
const REPORTS_WAITING_MAX: usize = 4;
/// What stands beside a file whose fetching was stopped.
const STOPPED: &str = "You stopped it.";

/// The file lane of an open copy, and what it was asked to do.
#[derive(Debug)]
pub(super) struct Transfers {
    task: Task,
    jobs: mpsc::Sender<Job>,
    access: watch::Sender<Option<Arc<Access>>>,
    under_way: Vec<UnderWay>,
}

#[derive(Debug)]
struct UnderWay {
    shown: Transfer,
    aim: Aim,
    cancel: CancellationToken,
}

/// What a transfer is for.
#[derive(Debug)]
pub(super) enum Aim {
    /// It becomes an item of the outbox.
    Send(Upload),
    /// A file that this person gets.
    Fetch,
    /// This person's new picture, which a look waits for.
    SendPicture(Wish),
    /// Somebody's picture.
    FetchPicture,
}

impl Transfers {
    /// From now on there is a session that file lanes may belong to.
    pub(super) fn allow(&self, access: Access) {
        self.access.send_replace(Some(Arc::new(access)));
    }

    /// There is no session any more: transfers wait for the next one.
    pub(super) fn pause(&self) {
        self.access.send_replace(None);
    }

    pub(super) fn moving(&self) -> BTreeSet<BlobId> {
        self.under_way.iter().map(|under_way| under_way.shown.blob).collect()
    }

    pub(super) fn shown(&self) -> Arc<[Transfer]> {
        // Pictures come and go by themselves: nobody waits for them in a list.
        let files = self.under_way.iter().filter(|it| matches!(it.aim, Aim::Send(_) | Aim::Fetch));
        files.map(|under_way| under_way.shown.clone()).collect()
    }

    fn start(&mut self, shown: Transfer, work: Work, aim: Aim) -> Result<(), FileProblem> {
        let cancel = CancellationToken::new();
        let job = Job { blob: shown.blob, work, cancel: cancel.clone() };
        // The lane's queue has the same bound as what is under way.
        let is_free = self.under_way.len() < JOBS_WAITING_MAX;
        if !is_free || self.jobs.try_send(job).is_err() {
            return Err(FileProblem::TooManyWait);
        }
        self.under_way.push(UnderWay { shown, aim, cancel });
        Ok(())
    }

    /// A person's picture, one way or the other.
    pub(super) fn start_picture(&mut self, blob: BlobId, work: Work, aim: Aim) -> Result<(), FileProblem> {
        let way = if matches!(aim, Aim::SendPicture(_)) { Way::Up } else { Way::Down };
        let (room, name) = (Target::Room(LOBBY), String::new());
        let shown = Transfer { blob, room, name, way, done: 0, total: 0, speed: 0 };
        self.start(shown, work, aim)
    }

    fn note(&mut self, progress: Progress) {
        let Progress { blob, done, total, speed } = progress;
        let under_way = self.under_way.iter_mut().find(|under_way| under_way.shown.blob == blob);
        if let Some(UnderWay { shown, .. }) = under_way {
            (shown.done, shown.total, shown.speed) = (done, total, speed);
        }
    }

    fn take(&mut self, blob: BlobId) -> Option<UnderWay> {
        let at = self.under_way.iter().position(|under_way| under_way.shown.blob == blob)?;
        Some(self.under_way.remove(at))
    }
}

impl Open {
    /// The files in messages of others that nobody has read yet.
    pub(super) fn unread_files(&self, merged: &Merged) -> Vec<(Target, FileContent)> {
        let unread = |entry: &&Entry| {
            let read = self.book.rooms.get(&entry.room).map_or(Seq(0), |row| row.read);
            let is_heard = entry.author != self.book.me && !self.book.ignored.contains(&entry.author);
            entry.kind == Kind::CONTENT && is_heard && entry.seq > read
        };
        let entries = merged.fresh.iter().map(|(_, entry)| entry).filter(unread);
        entries.filter_map(|entry| Some((self.target_of(entry.room), file_in(&entry.body)?))).collect()
    }
}

impl Actor {
    /// The file lane of a copy that is about to be open.
    pub(super) fn start_transfers(&mut self) -> Transfers {
        let (jobs, waiting) = mpsc::channel(JOBS_WAITING_MAX);
        let (access, allowed) = watch::channel(None);
        let (environment, received) = (self.environment.clone(), self.config.received.clone());
        let task = self.spawn(|id, inputs| {
            Box::pin(async move {
                let (reports, mut told) = mpsc::channel(REPORTS_WAITING_MAX);
                let dialed = Dialed::new(environment.clone(), allowed);
                let lane = Lane::new(dialed, environment, received, reports);
                let tell = async {
                    while let Some(report) = told.recv().await {
                        let _ = inputs.send(Input::File(id, report)).await;
                    }
                };
                tokio::join!(lane.run(waiting), tell);
            })
        });
        Transfers { task, jobs, access, under_way: Vec::new() }
    }

    /// Uploads that were not complete when the engine stopped go on.
    pub(super) async fn resume_uploads(&mut self) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        for upload in self.on_copy(&copy, Copy::uploads).await? {
            self.start_upload(upload);
        }
        Ok(())
    }

    pub(super) async fn send_file(&mut self, to: Target, path: PathBuf) -> Result<(), CopyError> {
        self.send_file_from(to, path, None).await.map(drop)
    }

    /// Sends a file that was somewhere else before. Answers its blob, where the upload began.
    pub(super) async fn send_file_from(
        &mut self,
        to: Target,
        path: PathBuf,
        source: Option<Source>,
    ) -> Result<Option<BlobId>, CopyError> {
        let chosen = path.clone();
        let stamp = self.environment.offload.run(move || Outgoing::open(&chosen).map(|file| file.stamp()));
        let stamp = stamp.await;
        let Some(open) = self.opened() else { return Ok(None) };
        let (copy, max) = (open.copy.clone(), open.record.file_max);
        let upload = stamp.and_then(|stamp| {
            if max > 0 && stamp.size > max {
                return Err(FileProblem::TooLarge { max });
            }
            Ok(Upload { blob: new_blob()?, to, path: path.clone(), stamp, source })
        });
        let upload = match upload {
            Ok(upload) => upload,
            Err(problem) => {
                self.file_failed(name_of(&path), &problem);
                return Ok(None);
            }
        };
        let kept = upload.clone();
        self.on_copy(&copy, move |copy| copy.put_upload(&kept)).await?;
        let blob = upload.blob;
        let started = self.start_upload(upload);
        if !started {
            self.on_copy(&copy, move |copy| copy.drop_upload(blob)).await?;
        }
        self.outbox_changed(&copy).await?;
        Ok(started.then_some(blob))
    }

    fn start_upload(&mut self, upload: Upload) -> bool {
        let Some(open) = self.opened() else { return false };
        let name = name_of(&upload.path);
        let shown = Transfer {
            blob: upload.blob,
            room: upload.to,
            name: name.clone(),
            way: Way::Up,
            done: 0,
            total: upload.stamp.size,
            speed: 0,
        };
        let work = Work::Upload { path: upload.path.clone(), stamp: upload.stamp };
        open.dirty.transfers = true;
        let started = open.transfers.start(shown, work, Aim::Send(upload));
        if let Err(problem) = &started {
            self.file_failed(name, problem);
        }
        started.is_ok()
    }

    /// Fetches a file of the room that is shown.
    pub(super) async fn fetch(&mut self, blob: BlobId) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        let Some((target, room, from, to)) = open.shown_entries() else { return Ok(()) };
        let found = self.on_copy(&copy, move |copy| find_file(copy, room, from, to, blob)).await?;
        if let Some(file) = found {
            self.start_download(target, &file);
        }
        Ok(())
    }

    /// Fetches what is small and nobody has asked for yet, by itself.
    pub(super) fn fetch_small(&mut self, room: Target, unasked: &[FileContent]) {
        let max = self.config.fetch_by_itself_max;
        for file in unasked.iter().filter(|file| file.size <= max) {
            self.start_download(room, file);
        }
    }

    /// The same for files that just came, some of which may have come before.
    pub(super) async fn fetch_unread(&mut self, files: Vec<(Target, FileContent)>) -> Result<(), CopyError> {
        let Some(open) = self.opened().filter(|_| !files.is_empty()) else { return Ok(()) };
        let copy = open.copy.clone();
        let unasked = self.on_copy(&copy, move |copy| {
            let mut unasked = Vec::new();
            for (room, file) in files {
                if copy.where_file(file.blob)?.is_none() {
                    unasked.push((room, file));
                }
            }
            Ok(unasked)
        });
        for (room, file) in unasked.await? {
            self.fetch_small(room, &[file]);
        }
        Ok(())
    }

    pub(super) fn start_download(&mut self, room: Target, file: &FileContent) {
        let Some(open) = self.opened() else { return };
        if open.transfers.moving().contains(&file.blob) {
            return;
        }
        let name = safe_name(file.name.as_str());
        let shown = Transfer {
            blob: file.blob,
            room,
            name: name.clone(),
            way: Way::Down,
            done: 0,
            total: file.size,
            speed: 0,
        };
        let promise = Promise { size: file.size, hash: file.hash };
        // With too many waiting it stays where it is, and can be asked for later.
        if open.transfers.start(shown, Work::Download { name, promise }, Aim::Fetch).is_ok() {
            open.dirty.transfers = true;
            open.dirty.timeline = true;
        }
    }

    pub(super) async fn cancel_transfer(&mut self, blob: BlobId) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let under_way = open.transfers.under_way.iter().find(|under_way| under_way.shown.blob == blob);
        if let Some(under_way) = under_way {
            under_way.cancel.cancel();
        }
        Ok(())
    }

    pub(super) async fn file_report(&mut self, id: TaskId, report: Report) {
        let Some(open) = self.opened().filter(|open| open.transfers.task.id == id) else { return };
        open.dirty.transfers = true;
        let done = match report {
            Report::Progress(progress) => {
                open.transfers.note(progress);
                Ok(())
            }
            Report::Ended { blob, ended } => {
                open.dirty.timeline = true;
                match open.transfers.take(blob).map(|under_way| under_way.aim) {
                    Some(Aim::Send(upload)) => self.upload_ended(upload, ended).await,
                    Some(Aim::Fetch) => self.download_ended(blob, ended).await,
                    Some(Aim::SendPicture(wish)) => self.picture_sent(wish, ended).await,
                    Some(Aim::FetchPicture) => {
                        self.picture_came(blob, ended).await;
                        Ok(())
                    }
                    None => Ok(()),
                }
            }
        };
        if let Err(error) = done {
            self.trouble(error.into()).await;
        }
    }

    async fn upload_ended(&mut self, upload: Upload, ended: Ended) -> Result<(), CopyError> {
        let now = self.environment.now();
        let Some(open) = self.opened() else { return Ok(()) };
        let (copy, blob) = (open.copy.clone(), upload.blob);
        if let Ended::Failed(problem) = &ended {
            self.file_failed(name_of(&upload.path), problem);
        }
        let sent = match ended {
            Ended::Uploaded(content) => {
                let content = FileContent { source: upload.source.clone(), ..content };
                List::new(vec![blob]).ok().zip(Content::File(content).to_body())
            }
            Ended::Received(_) | Ended::Failed(_) | Ended::Cancelled => None,
        };
        match sent {
            Some((blobs, body)) => {
                self.on_copy(&copy, move |copy| copy.uploaded(&upload, &blobs, &body, now)).await?;
            }
            None => self.on_copy(&copy, move |copy| copy.drop_upload(blob)).await?,
        }
        self.outbox_changed(&copy).await
    }

    async fn download_ended(&mut self, blob: BlobId, ended: Ended) -> Result<(), CopyError> {
        let place = match ended {
            Ended::Received(path) => WhereFile::Here(path),
            Ended::Failed(problem) => WhereFile::Failed(problem.to_string()),
            Ended::Cancelled | Ended::Uploaded(_) => WhereFile::Failed(STOPPED.to_owned()),
        };
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        self.on_copy(&copy, move |copy| copy.put_file(blob, &place)).await
    }

    fn file_failed(&self, name: String, problem: &FileProblem) {
        self.notice(Notice::FileFailed { name, reason: problem.to_string() });
    }
}

fn name_of(path: &std::path::Path) -> String {
    safe_name(&path.file_name().unwrap_or_default().to_string_lossy())
}

pub(super) fn new_blob() -> Result<BlobId, FileProblem> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| FileProblem::Unreadable)?;
    Ok(BlobId(bytes))
}

/// The file that an entry between two places names.
fn find_file(
    copy: &Copy,
    room: RoomId,
    from: Seq,
    to: Seq,
    blob: BlobId,
) -> Result<Option<FileContent>, CopyError> {
    let rows = copy.page(room, from, to, crate::event::TIMELINE_ITEMS_MAX)?;
    Ok(rows.iter().find_map(|row| file_in(&row.body).filter(|file| file.blob == blob)))
}
