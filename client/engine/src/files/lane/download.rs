//! One try to fetch a file.

use std::path::{Path, PathBuf};

use snug_proto::file::{FileReply, FileRequest};

use super::{Cut, Moving, PIECE, Replies, Requests, Stop};
use crate::files::FileProblem;
use crate::files::received::{Part, Promise, Received};

impl<Q: Requests, A: Replies> Moving<'_, Q, A> {
    /// Into this folder, under the sender's name made safe.
    pub(super) async fn download(
        &mut self,
        folder: &Path,
        name: &str,
        promise: Promise,
    ) -> Result<PathBuf, Stop> {
        let (folder, blob) = (folder.to_owned(), self.blob);
        let begun = self.offload.run(move || Received::open(folder)?.begin(blob, promise));
        let mut part = self.catch_up(begun.await?).await?;
        let was_resumed = !part.is_empty();
        self.meter.begin(part.len(), promise.size);
        if !part.is_complete() {
            part = self.fetch(part, promise.size).await?;
        }
        let name = name.to_owned();
        match self.offload.run(move || part.finish(&name)).await {
            // Perhaps only what an earlier try left was wrong; it is gone now.
            Err(FileProblem::Mismatch) if was_resumed => Err(Stop::Again(None)),
            finished => Ok(finished?),
        }
    }

    /// Hashes what an earlier try left, in steps, so that a cancelled transfer ends between them.
    async fn catch_up(&mut self, mut part: Part) -> Result<Part, Stop> {
        loop {
            let step = self.offload.run(move || part.catch_up(16 * PIECE as u64).map(|done| (part, done)));
            let done;
            (part, done) = step.await?;
            if done {
                return Ok(part);
            }
        }
    }

    async fn fetch(&mut self, mut part: Part, size: u64) -> Result<Part, Stop> {
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
        let written = self.offload.run(move || match part.write(&piece) {
            Ok(()) => Ok(part),
            Err(FileProblem::Mismatch) => {
                part.discard();
                Err(FileProblem::Mismatch)
            }
            Err(problem) => Err(problem),
        });
        Ok(written.await?)
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
