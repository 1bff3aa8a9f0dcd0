//! One try to send a file.

use std::path::Path;

use snug_proto::bounded::{Bytes, Text};
use snug_proto::content::FileContent;
use snug_proto::file::{FileReply, FileRequest};
use snug_proto::limits::CHUNK_MAX;
use tokio::time::timeout;

use super::{Cut, Moving, PIECE, Replies, Requests, Stop};
use crate::files::outgoing::{Outgoing, Stamp};
use crate::files::{FileProblem, media_type, pixels, safe_name};

impl<Q: Requests, A: Replies> Moving<'_, Q, A> {
    /// `stamp` is how the file was when it was chosen: what an earlier try left on the server is of that file.
    pub(super) async fn upload(&mut self, path: &Path, stamp: Stamp) -> Result<FileContent, Stop> {
        let opened = path.to_owned();
        let mut file = self.work(move || Outgoing::open(&opened)).await?;
        if file.stamp() != stamp {
            return Err(FileProblem::Changed.into());
        }
        let (size, max) = (file.size(), self.line.file_max);
        if max > 0 && size > max {
            return Err(FileProblem::TooLarge { max }.into());
        }
        self.send(&FileRequest::Upload { blob: self.blob, size }).await?;
        let FileReply::Ready { from } = self.reply().await? else { return Err(Cut.into()) };
        if from > size {
            return Err(Cut.into());
        }
        self.meter.begin(from, size);
        file = self.work(move || file.skip_to(from).map(|()| file)).await?;
        while file.position() < size {
            let piece;
            (file, piece) = self.read(file).await?;
            self.send_piece(&piece).await?;
        }
        let FileReply::Stored = self.reply().await? else { return Err(Cut.into()) };
        let hash = self.hash(file).await?;
        let looked_at = path.to_owned();
        let pixels = self.work(move || Ok(pixels(&looked_at))).await?;
        let name = safe_name(&path.file_name().unwrap_or_default().to_string_lossy());
        Ok(FileContent {
            blob: self.blob,
            media_type: Text::cut(media_type(&name)),
            name: Text::cut(&name),
            size,
            hash,
            pixels,
            reply_to: None,
            source: None,
        })
    }

    async fn read(&mut self, mut file: Outgoing) -> Result<(Outgoing, Vec<u8>), Stop> {
        self.work(move || file.read(PIECE).map(|piece| (file, piece))).await
    }

    /// The hash of the whole. What an earlier try sent is read only now: before, the server would have waited for it.
    async fn hash(&mut self, mut file: Outgoing) -> Result<[u8; 32], Stop> {
        let again;
        (file, again) = self.work(move || file.rewind().map(|again| (file, again))).await?;
        while again && file.position() < file.size() {
            (file, _) = self.read(file).await?;
        }
        self.work(move || file.finish()).await
    }

    /// Sends bytes, and listens meanwhile: a server that says something now says no.
    async fn send_piece(&mut self, piece: &[u8]) -> Result<(), Stop> {
        for bytes in piece.chunks(CHUNK_MAX) {
            let chunk = FileRequest::Chunk(Bytes::new(bytes).expect("chunks are that long"));
            let sent = tokio::select! {
                biased;
                reply = self.line.replies.next() => Err(reply),
                sent = timeout(self.stall, self.line.requests.send(&chunk)) => Ok(sent),
            };
            match sent {
                Ok(sent) => sent.map_err(|_| Cut)??,
                Err(reply) => {
                    self.good(reply?)?;
                    return Err(Cut.into());
                }
            }
            self.meter.add(bytes.len());
        }
        Ok(())
    }
}
