//! One try to fetch a file.

use std::path::{Path, PathBuf};

use snug_proto::file::{FileReply, FileRequest};
use snug_proto::id::BlobId;

use super::{Cut, Moving, PIECE, Replies, Requests, Stop};
use crate::environment::Offload;
use crate::files::FileProblem;
use crate::files::received::{Part, Promise, Received};

/// What is here already of a file, hashed, without a connection: that may take longer than a server waits. In steps, so
/// that a cancelled transfer ends between them.
pub(super) async fn begin(
    offload: Offload,
    folder: &Path,
    blob: BlobId,
    promise: Promise,
) -> Result<Part, FileProblem> {
    let folder = folder.to_owned();
    let mut part = offload.run(move || Received::open(folder)?.begin(blob, promise)).await?;
    loop {
        let done;
        let step = offload.run(move || part.catch_up(16 * PIECE as u64).map(|done| (part, done)));
        (part, done) = step.await?;
        if done {
            return Ok(part);
        }
    }
}

/// Gives a file that is complete its name.
pub(super) async fn finish(
    offload: Offload,
    part: Part,
    name: &str,
    was_resumed: bool,
) -> Result<PathBuf, Stop> {
    let name = name.to_owned();
    match offload.run(move || part.finish(&name)).await {
        // Perhaps only what an earlier try left was wrong; it is gone now.
        Err(FileProblem::Mismatch) if was_resumed => Err(Stop::Again(None)),
        finished => Ok(finished?),
    }
}

impl<Q: Requests, A: Replies> Moving<'_, Q, A> {
    /// Fetches what is missing.
    pub(super) async fn fetch(&mut self, mut part: Part, size: u64) -> Result<Part, Stop> {
        self.send(&FileRequest::Download { blob: self.blob, from: part.len() }).await?;
        match self.reply().await? {
            FileReply::Sending { size: sent } if sent == size => {}
            FileReply::Sending { .. } => {
                self.offload.run(move || part.discard()).await;
                return Err(FileProblem::Mismatch.into());
            }
            _ => return Err(Cut.into()),
        }
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            let filled = self.fill(&mut piece).await;
            // Also what came before a cut is kept.
            part = self.write(part, piece).await?;
            if filled? == Filled::Last {
                return Ok(part);
            }
        }
    }

    /// Fetches something whole that may have any size up to `max`.
    pub(super) async fn fetch_small(&mut self, max: u64) -> Result<Vec<u8>, Stop> {
        self.send(&FileRequest::Download { blob: self.blob, from: 0 }).await?;
        let FileReply::Sending { size } = self.reply().await? else { return Err(Cut.into()) };
        if size > max {
            return Err(FileProblem::NoPicture.into());
        }
        self.meter.begin(0, size);
        let mut bytes = Vec::new();
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            let filled = self.fill(&mut piece).await?;
            bytes.extend_from_slice(&piece);
            match filled {
                _ if bytes.len() as u64 > size => return Err(Cut.into()),
                Filled::More => {}
                Filled::Last if bytes.len() as u64 == size => return Ok(bytes),
                Filled::Last => return Err(Cut.into()),
            }
        }
    }

    /// Takes chunks until a piece is full.
    async fn fill(&mut self, piece: &mut Vec<u8>) -> Result<Filled, Stop> {
        loop {
            match self.reply().await? {
                FileReply::Chunk(chunk) => {
                    piece.extend_from_slice(&chunk);
                    self.meter.add(chunk.len());
                }
                FileReply::Sent => return Ok(Filled::Last),
                _ => return Err(Cut.into()),
            }
            if piece.len() >= PIECE {
                return Ok(Filled::More);
            }
        }
    }

    async fn write(&mut self, mut part: Part, piece: Vec<u8>) -> Result<Part, Stop> {
        self.work(move || match part.write(&piece) {
            Ok(()) => Ok(part),
            Err(FileProblem::Mismatch) => {
                part.discard();
                Err(FileProblem::Mismatch)
            }
            Err(problem) => Err(problem),
        })
        .await
    }
}

/// How a piece came to its end.
#[derive(Debug, PartialEq, Eq)]
enum Filled {
    /// It is full.
    More,
    /// The server has sent everything.
    Last,
}
