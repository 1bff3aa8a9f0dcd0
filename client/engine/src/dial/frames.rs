//! Frames over a connection: reading and writing are two halves, because the engine always reads while it writes.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use snug_proto::codec::{self, PREFIX_LEN};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio_rustls::client::TlsStream;

use super::Stream;

/// Bytes asked of the connection at once.
const READ_LEN: usize = 16 * 1024;
/// A read buffer that grew beyond this is given back once it is empty.
const KEEP_LEN: usize = 64 * 1024;

type Tls = TlsStream<Box<dyn Stream>>;

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// It was closed or broke.
    #[error("the connection was lost")]
    Lost,
    /// The server sent what cannot be, or a frame over the limit.
    #[error("the server broke the protocol")]
    Malformed,
    /// A frame of ours is over the limit: our fault.
    #[error("a frame is too long to send")]
    TooLong,
}

/// Both halves of a connection.
pub struct Wire {
    /// What comes.
    pub reader: FrameReader,
    /// What goes.
    pub writer: FrameWriter,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    pub(super) fn new(stream: Tls) -> Self {
        let (read, write) = tokio::io::split(stream);
        Self {
            reader: FrameReader { half: read, buffer: Vec::new(), start: 0 },
            writer: FrameWriter { half: write, buffer: Vec::new() },
        }
    }

    /// Sends one frame and waits for the next.
    ///
    /// # Errors
    /// [`WireError`].
    pub async fn ask<Q: Serialize, A: DeserializeOwned>(
        &mut self,
        question: &Q,
        max: usize,
    ) -> Result<A, WireError> {
        self.writer.push(question, max)?;
        self.writer.flush().await?;
        self.reader.read(max).await
    }

    /// Says that nothing more comes.
    pub async fn close(mut self) {
        self.writer.close().await;
    }
}

/// Reads frames. Cancelling a read loses nothing.
pub struct FrameReader {
    half: ReadHalf<Tls>,
    buffer: Vec<u8>,
    start: usize,
}

impl fmt::Debug for FrameReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FrameReader")
    }
}

impl FrameReader {
    /// The next frame's value, at most `max` bytes long.
    ///
    /// # Errors
    /// [`WireError`].
    pub async fn read<T: DeserializeOwned>(&mut self, max: usize) -> Result<T, WireError> {
        loop {
            if let Some(value) = self.ready(max)? {
                return Ok(value);
            }
            self.fill().await?;
        }
    }

    /// The next frame's value where it is here already.
    ///
    /// # Errors
    /// [`WireError::Malformed`].
    pub fn ready<T: DeserializeOwned>(&mut self, max: usize) -> Result<Option<T>, WireError> {
        let Some((from, to)) = self.whole_frame(max)? else { return Ok(None) };
        let value = codec::decode_frame(&self.buffer[from..to]).map_err(|_| WireError::Malformed)?;
        self.consume(to);
        Ok(Some(value))
    }

    pub(super) async fn read_bytes(&mut self, max: usize) -> Result<Vec<u8>, WireError> {
        loop {
            if let Some((from, to)) = self.whole_frame(max)? {
                let bytes = self.buffer[from..to].to_vec();
                self.consume(to);
                return Ok(bytes);
            }
            self.fill().await?;
        }
    }

    fn whole_frame(&self, max: usize) -> Result<Option<(usize, usize)>, WireError> {
        let Some(prefix) = self.buffer[self.start..].first_chunk::<PREFIX_LEN>() else { return Ok(None) };
        let len = codec::frame_len(*prefix, max).map_err(|_| WireError::Malformed)?;
        let from = self.start + PREFIX_LEN;
        Ok((self.buffer.len() >= from + len).then_some((from, from + len)))
    }

    fn consume(&mut self, to: usize) {
        self.start = to;
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
            if self.buffer.capacity() > KEEP_LEN {
                self.buffer = Vec::new();
            }
        }
    }

    async fn fill(&mut self) -> Result<(), WireError> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.reserve(READ_LEN);
        match self.half.read_buf(&mut self.buffer).await {
            Ok(0) | Err(_) => Err(WireError::Lost),
            Ok(_) => Ok(()),
        }
    }
}

/// Writes frames.
pub struct FrameWriter {
    half: WriteHalf<Tls>,
    buffer: Vec<u8>,
}

impl fmt::Debug for FrameWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FrameWriter")
    }
}

impl FrameWriter {
    /// Adds a frame to what the next [`flush`](Self::flush) writes.
    ///
    /// # Errors
    /// [`WireError::TooLong`].
    pub fn push<T: Serialize>(&mut self, value: &T, max: usize) -> Result<(), WireError> {
        codec::encode_frame(value, max, &mut self.buffer).map_err(|_| WireError::TooLong)
    }

    /// How many bytes wait for the next flush.
    pub fn waiting(&self) -> usize {
        self.buffer.len()
    }

    pub(super) fn push_bytes(&mut self, bytes: &[u8], max: usize) -> Result<(), WireError> {
        let len = u32::try_from(bytes.len()).ok().filter(|len| *len as usize <= max);
        self.buffer.extend(len.ok_or(WireError::TooLong)?.to_le_bytes());
        self.buffer.extend(bytes);
        Ok(())
    }

    /// Writes everything that was pushed, in one go.
    ///
    /// # Errors
    /// [`WireError::Lost`].
    pub async fn flush(&mut self) -> Result<(), WireError> {
        self.half.write_all(&self.buffer).await.map_err(|_| WireError::Lost)?;
        self.buffer.clear();
        if self.buffer.capacity() > KEEP_LEN {
            self.buffer = Vec::new();
        }
        // TLS keeps records back until it is flushed.
        self.half.flush().await.map_err(|_| WireError::Lost)
    }

    /// Says that nothing more comes.
    pub async fn close(&mut self) {
        let _ = self.half.shutdown().await;
    }
}
