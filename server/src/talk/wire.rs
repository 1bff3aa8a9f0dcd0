//! A connection as frames. It holds no buffer while nothing comes and nothing goes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use serde::Serialize;
use snug_proto::codec::{PREFIX_LEN, encode_frame, frame_len};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_rustls::server::TlsStream;

/// How long a connection may take to close: its place is free already.
const CLOSE_MAX: Duration = Duration::from_millis(500);

/// What carries a connection: TCP, or a simulated network.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for T {}

/// Why a connection carries no more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// The peer hung up, or the network did.
    #[error("hung up")]
    HungUp,
    /// The peer announced a frame over the limit.
    #[error("a frame over the limit")]
    TooLong,
    /// The peer took nothing for too long.
    #[error("took nothing")]
    Stalled,
}
impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Self::HungUp
    }
}

/// Counts what the peer's side of the network took, below TLS: what shows whether a slow write moves at all.
#[derive(Debug)]
pub(crate) struct Counted<S> {
    inner: S,
    taken: u64,
}

impl<S> Counted<S> {
    pub(crate) fn new(inner: S) -> Self {
        Self { inner, taken: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let taken = ready!(Pin::new(&mut self.inner).poll_write(cx, buf))?;
        self.taken += taken as u64;
        Poll::Ready(Ok(taken))
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let taken = ready!(Pin::new(&mut self.inner).poll_write_vectored(cx, bufs))?;
        self.taken += taken as u64;
        Poll::Ready(Ok(taken))
    }
    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

/// A TLS connection that carries frames.
#[derive(Debug)]
pub(crate) struct Link<S> {
    /// Boxed: futures hold their arguments more than once, and this one lasts as long as the connection.
    stream: Box<TlsStream<Counted<S>>>,
    prefix: [u8; PREFIX_LEN],
    /// How much of the prefix, or of the body behind it, is here.
    have: usize,
    /// The frame under way; empty between frames.
    body: Vec<u8>,
    /// How long a peer may take nothing of a write.
    stall: Duration,
}

impl<S: Stream> Link<S> {
    pub(crate) fn new(stream: TlsStream<Counted<S>>, stall: Duration) -> Self {
        Self { stream: Box::new(stream), prefix: [0; PREFIX_LEN], have: 0, body: Vec::new(), stall }
    }

    /// The TLS side of the connection.
    pub(crate) fn tls(&self) -> &rustls::ServerConnection {
        self.stream.get_ref().1
    }

    /// The next frame, without its length. What has come of it survives when this is given up half way, so it may
    /// stand in a `select!`.
    ///
    /// # Errors
    /// [`Broken`]; a length over `max` is refused before anything is allocated.
    pub(crate) async fn next_frame(&mut self, max: usize) -> Result<Vec<u8>, Broken> {
        while self.have < PREFIX_LEN {
            match self.stream.read(&mut self.prefix[self.have..]).await? {
                0 => return Err(Broken::HungUp),
                read => self.have += read,
            }
        }
        let len = frame_len(self.prefix, max).map_err(|_| Broken::TooLong)?;
        if self.body.len() != len {
            self.body = vec![0; len];
        }
        while self.have < PREFIX_LEN + len {
            match self.stream.read(&mut self.body[self.have - PREFIX_LEN..]).await? {
                0 => return Err(Broken::HungUp),
                read => self.have += read,
            }
        }
        self.have = 0;
        Ok(std::mem::take(&mut self.body))
    }

    /// Writes whole frames and flushes them.
    ///
    /// # Errors
    /// [`Broken::Stalled`] when the peer takes nothing for too long, however much there is to take.
    pub(crate) async fn send(&mut self, frames: &[u8]) -> Result<(), Broken> {
        let mut taken = self.taken();
        let mut at = 0;
        loop {
            let write = async {
                while at < frames.len() {
                    at += self.stream.write(&frames[at..]).await?;
                }
                self.stream.flush().await
            };
            match tokio::time::timeout(self.stall, write).await {
                Ok(done) => return Ok(done?),
                Err(_) if self.taken() == taken => return Err(Broken::Stalled),
                Err(_) => taken = self.taken(),
            }
        }
    }

    /// Encodes one value and writes it.
    ///
    /// # Errors
    /// As [`Link::send`].
    pub(crate) async fn send_value<T: Serialize>(&mut self, value: &T, max: usize) -> Result<(), Broken> {
        let mut frame = Vec::new();
        encode_frame(value, max, &mut frame).expect("what the server says fits its limit");
        self.send(&frame).await
    }

    /// Writes bytes as one frame, as they are.
    pub(crate) async fn send_raw(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let len = u32::try_from(bytes.len()).expect("a hello is short");
        self.send(&[&len.to_le_bytes(), bytes].concat()).await
    }

    /// Says that nothing more comes, and hears the peer out for a moment: a socket closed over unread bytes would
    /// take the last words back.
    pub(crate) async fn close(&mut self) {
        let linger = async {
            self.stream.shutdown().await?;
            let mut unread = [0; 512];
            while self.stream.read(&mut unread).await? > 0 {}
            Ok::<(), io::Error>(())
        };
        // Whoever is gone cannot be told.
        let _ = tokio::time::timeout(CLOSE_MAX, Box::pin(linger)).await;
    }

    fn taken(&self) -> u64 {
        self.stream.get_ref().0.taken
    }
}
