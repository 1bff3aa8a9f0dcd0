//! The file lane after login: uploads and downloads, one after another, so that they never delay a word.
//!
//! A transfer holds two batches of a few chunks: while one is on the wire the other is on the disk. Nothing is ever
//! given up in the middle of a disk write, so what a resumed upload finds is whole.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join;
use snug_proto::bounded::Bytes;
use snug_proto::codec::{decode_frame, encode_frame};
use snug_proto::file::{FileReply, FileRequest};
use snug_proto::id::{AccountId, BlobId};
use snug_proto::limits::{CHUNK_MAX, FRAME_MAX};
use snug_proto::refusal::{Cause, Goodbye, Refusal, Why};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::Shared;
use crate::hub::Handle;
use crate::store::Upload;
use crate::talk::wire::{Broken, Link, Stream};

/// Chunks that go to or come from the disk at once.
const BATCH: usize = 4 * CHUNK_MAX;

/// How often a long upload tells the store that it is alive.
const SIGN_OF_LIFE: Duration = Duration::from_secs(3600);

/// How long an upload may lie incomplete, and a complete one unnamed by any entry.
const STALE_AFTER: Duration = Duration::from_secs(24 * 3600);

/// How often the folder is looked through for uploads that nobody goes on with.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);

/// How often the database's log is emptied of retracted texts, at the most: it costs a wait for the disk.
const WIPE_EVERY: Duration = Duration::from_secs(10);

/// Why a connection ends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// The peer is gone, or takes nothing any more.
    Closed,
    /// The peer broke the protocol.
    Malformed,
    /// The peer said nothing for too long.
    Silent,
    /// The file on disk is not what it should be.
    Broken,
    /// The upload under way has a newer one, or the talk session this belongs to ended.
    GivenUp,
}

impl From<Broken> for End {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::HungUp | Broken::Stalled => Self::Closed,
            Broken::TooLong => Self::Malformed,
        }
    }
}

/// Why a transfer ends.
enum Stopped {
    /// Only the transfer: the lane stays open.
    Refused(Cause),
    /// The connection too.
    Ended(End),
}
impl From<Cause> for Stopped {
    fn from(cause: Cause) -> Self {
        Self::Refused(cause)
    }
}
impl From<End> for Stopped {
    fn from(end: End) -> Self {
        Self::Ended(end)
    }
}

/// Serves a file connection after its login, until it ends; gives back why it did.
///
/// `by` is the talk session of the same device: this connection ends with it, between two chunks.
pub(crate) async fn serve<S: Stream>(link: Link<S>, by: Arc<Handle>, shared: Arc<Shared>) -> &'static str {
    let mut lane = Lane { link, silence: shared.settings.times.dead_after, frame: Vec::new() };
    let because = |why| Goodbye { why, retry_after: None };
    let (goodbye, told) = match requests(&shared, &mut lane, &by).await {
        End::Closed => return "hung up",
        End::Malformed => (because(Why::Malformed), "broke the protocol"),
        End::Silent => (because(Why::Silent), "said nothing for too long"),
        End::Broken => (because(Why::Internal), "a file could not be read"),
        End::GivenUp => {
            // What its session was told, if that is what ended.
            let goodbye = by.goodbye().cloned().unwrap_or_else(|| because(Why::Replaced));
            (goodbye, "its session ended, or a newer upload took over")
        }
    };
    // Whoever does not take it has left already.
    let _ = lane.say(&FileReply::Goodbye(goodbye)).await;
    lane.link.close().await;
    told
}

async fn requests<S: Stream>(shared: &Shared, lane: &mut Lane<S>, by: &Handle) -> End {
    let stop = &by.ended;
    // After a refusal in the middle of an upload its chunks are still on the way: they are skipped.
    let mut skip_chunks = false;
    loop {
        let request = match lane.next(stop).await {
            Ok(request) => request,
            Err(end) => return end,
        };
        let done = match request {
            FileRequest::Chunk(_) if skip_chunks => continue,
            FileRequest::Chunk(_) => Err(End::Malformed.into()),
            FileRequest::Upload { blob, size } => {
                let transfer = Transfer { shared, account: by.account, blob };
                let done = transfer.upload(lane, size, stop).await;
                skip_chunks = done.is_err();
                done
            }
            FileRequest::Download { blob, from } => {
                skip_chunks = false;
                Transfer { shared, account: by.account, blob }.download(lane, from, stop).await
            }
        };
        let said = match done {
            Ok(()) => Ok(()),
            Err(Stopped::Refused(cause)) => lane.say(&FileReply::Refused(Refusal::new(cause))).await,
            Err(Stopped::Ended(end)) => Err(end),
        };
        if let Err(end) = said {
            return end;
        }
    }
}

/// One blob on its way for one account.
struct Transfer<'a> {
    shared: &'a Shared,
    account: AccountId,
    blob: BlobId,
}

impl Transfer<'_> {
    async fn upload<S: Stream>(
        &self,
        lane: &mut Lane<S>,
        size: u64,
        stop: &CancellationToken,
    ) -> Result<(), Stopped> {
        let (blobs, file_max) = (&self.shared.blobs, self.shared.settings.limits.file_max);
        if file_max > 0 && size > file_max {
            return Err(Cause::TooLarge.into());
        }
        if self.begin(size).await? == Upload::Stored {
            // The reply to its last chunk was lost.
            lane.say(&FileReply::Ready { from: size }).await?;
            return Ok(lane.say(&FileReply::Stored).await?);
        }
        // Released before the reply, so that nothing waits for a peer that does not read.
        {
            let claim = blobs.claim(self.blob, stop).await;
            // Somebody may have completed it while we waited.
            if self.begin(size).await? == Upload::Open {
                let (file, from) = blobs.part(self.blob, size).await?;
                lane.say(&FileReply::Ready { from }).await?;
                let file = self.receive(lane, file, size - from, size, claim.give_up()).await?;
                blobs.complete(self.blob, file).await?;
                self.shared.store.finish_upload(self.blob).await?;
            } else {
                lane.say(&FileReply::Ready { from: size }).await?;
            }
        }
        tracing::debug!(account = %self.account, size, "upload complete");
        Ok(lane.say(&FileReply::Stored).await?)
    }

    async fn begin(&self, size: u64) -> Result<Upload, Cause> {
        let account_max = self.shared.settings.limits.files_per_account;
        self.shared.store.begin_upload(self.account, self.blob, size, account_max).await
    }

    /// Takes what is missing: while a batch comes in, the one before it is written.
    async fn receive<S: Stream>(
        &self,
        lane: &mut Lane<S>,
        mut file: File,
        mut missing: u64,
        size: u64,
        give_up: &CancellationToken,
    ) -> Result<File, Stopped> {
        let mut alive = Instant::now();
        let (mut full, mut spare) = (Vec::new(), Vec::new());
        while missing > 0 || !full.is_empty() {
            let (came, written) =
                join(lane.fill(&mut spare, missing, give_up), self.shared.blobs.write(file, full)).await;
            (file, full) = written?;
            full.clear();
            missing -= spare.len() as u64;
            std::mem::swap(&mut full, &mut spare);
            if let Err(end) = came {
                // What did come is kept for the next time; its failure changes nothing about why this ended.
                let _ = self.shared.blobs.write(file, full).await;
                return Err(end.into());
            }
            if alive.elapsed() > SIGN_OF_LIFE {
                self.begin(size).await?;
                alive = Instant::now();
            }
        }
        Ok(file)
    }

    async fn download<S: Stream>(
        &self,
        lane: &mut Lane<S>,
        from: u64,
        stop: &CancellationToken,
    ) -> Result<(), Stopped> {
        let Shared { blobs, store, .. } = self.shared;
        let size = store.readable_blob(self.account, self.blob).await?.ok_or(Cause::UnknownBlob)?;
        let mut left = size.checked_sub(from).ok_or(Cause::Malformed)?;
        let mut file = blobs.open_at(self.blob, from).await?;
        lane.say(&FileReply::Sending { size }).await?;
        let (mut full, mut spare) = (Vec::new(), Vec::new());
        while left > 0 || !full.is_empty() {
            if stop.is_cancelled() {
                return Err(End::GivenUp.into());
            }
            let next = usize::try_from(left).unwrap_or(BATCH).min(BATCH);
            let (sent, read) = join(lane.send(&full), blobs.read(file, spare, next)).await;
            sent?;
            // The size was announced: nothing but the end of the connection can say that it does not come.
            let bytes;
            (file, bytes) = read.map_err(|_| End::Broken)?;
            left -= bytes.len() as u64;
            (spare, full) = (full, bytes);
        }
        Ok(lane.say(&FileReply::Sent).await?)
    }
}

/// A connection as the transfers see it.
struct Lane<S> {
    link: Link<S>,
    /// After so long without a frame the peer is gone.
    silence: Duration,
    /// One buffer for all frames that go out.
    frame: Vec<u8>,
}

impl<S: Stream> Lane<S> {
    /// The next request; whoever says nothing for too long is gone.
    async fn next(&mut self, stop: &CancellationToken) -> Result<FileRequest, End> {
        let frame = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(End::GivenUp),
            frame = timeout(self.silence, self.link.next_frame(FRAME_MAX)) => frame,
        };
        let bytes = frame.map_err(|_| End::Silent)??;
        decode_frame(&bytes).map_err(|_| End::Malformed)
    }

    /// Takes chunks until a batch is full or nothing is missing.
    async fn fill(
        &mut self,
        batch: &mut Vec<u8>,
        missing: u64,
        give_up: &CancellationToken,
    ) -> Result<(), End> {
        let wanted = usize::try_from(missing).unwrap_or(BATCH).min(BATCH);
        while batch.len() < wanted {
            let FileRequest::Chunk(chunk) = self.next(give_up).await? else {
                return Err(End::Malformed);
            };
            if chunk.is_empty() || (batch.len() + chunk.len()) as u64 > missing {
                return Err(End::Malformed);
            }
            batch.extend_from_slice(&chunk);
        }
        Ok(())
    }

    /// Sends bytes of a download, a frame and a TLS write for each chunk.
    async fn send(&mut self, bytes: &[u8]) -> Result<(), End> {
        for chunk in bytes.chunks(CHUNK_MAX) {
            self.say(&FileReply::Chunk(Bytes::new(chunk).expect("chunks are that long"))).await?;
        }
        Ok(())
    }

    async fn say(&mut self, reply: &FileReply) -> Result<(), End> {
        self.frame.clear();
        encode_frame(reply, FRAME_MAX, &mut self.frame).expect("every reply fits a frame");
        Ok(self.link.send(&self.frame).await?)
    }
}

/// Sees to it that what was thrown away is gone: files that no entry names, and the traces of retracted texts in the
/// database's log. Goes on until the server stops, and leaves nothing freed behind.
pub(crate) async fn sweep(shared: Arc<Shared>) {
    let mut next = Instant::now();
    loop {
        if Instant::now() >= next {
            drop_stale(&shared).await;
            next = Instant::now() + SWEEP_EVERY;
        }
        remove_freed(&shared).await;
        tokio::select! {
            biased;
            () = shared.stop.cancelled() => break,
            () = tokio::time::sleep_until(next) => continue,
            () = shared.store.retracted() => {}
        }
        remove_freed(&shared).await;
        wipe_traces(&shared).await;
        tokio::select! {
            biased;
            () = shared.stop.cancelled() => break,
            () = tokio::time::sleep(WIPE_EVERY) => {}
        }
    }
    remove_freed(&shared).await;
    wipe_traces(&shared).await;
}

/// Has the database's log emptied of what was retracted.
async fn wipe_traces(shared: &Shared) {
    if let Err(cause) = shared.store.wipe_traces().await {
        tracing::warn!(%cause, "traces of retracted texts stay in the database for now");
    }
}

/// Forgets uploads that nobody went on with.
async fn drop_stale(shared: &Shared) {
    let stale = i64::try_from(STALE_AFTER.as_millis()).unwrap_or(i64::MAX);
    let removed = match shared.store.drop_stale_uploads(shared.clock.now_ms() - stale).await {
        Ok(forgotten) => shared.blobs.remove(forgotten).await,
        Err(cause) => Err(cause),
    };
    if let Err(cause) = removed {
        tracing::warn!(%cause, "old uploads stay for now");
    }
}

/// Removes the bytes of blobs that no entry names any more.
async fn remove_freed(shared: &Shared) {
    let removed = async {
        loop {
            let freed = shared.store.freed_blobs().await?;
            if freed.is_empty() {
                return Ok::<(), Cause>(());
            }
            shared.blobs.remove(freed.clone()).await?;
            shared.store.forget_freed(freed).await?;
        }
    };
    if let Err(cause) = removed.await {
        tracing::warn!(%cause, "files that nothing names stay for now");
    }
}
