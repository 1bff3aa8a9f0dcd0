//! Accept, and decide who may go on before any cryptography is done for them. From there on every connection is a
//! task of its own.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{AddrParseError, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use snug_proto::version::{ALPN_FILE, ALPN_TALK};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

mod gate;

pub(crate) use gate::{Gate, Slot};

use crate::Shared;
use crate::file_lane;
use crate::talk::login::{self, Admitted};
use crate::talk::session::Session;
use crate::talk::wire::{Counted, Link, Stream};

/// Where connections come from: TCP, or a simulated network.
pub trait Listen: Send + 'static {
    /// What a connection is.
    type Stream: Stream;
    /// The next connection and where it comes from.
    fn accept(&mut self) -> impl Future<Output = io::Result<(Self::Stream, IpAddr)>> + Send;
    /// Where this listens.
    ///
    /// # Errors
    /// What the system says.
    fn local_addr(&self) -> io::Result<SocketAddr>;
}

impl Listen for TcpListener {
    type Stream = tokio::net::TcpStream;
    async fn accept(&mut self) -> io::Result<(Self::Stream, IpAddr)> {
        let (stream, from) = TcpListener::accept(self).await?;
        stream.set_nodelay(true)?; // A word is sent when it is said.
        Ok((stream, from.ip()))
    }
    fn local_addr(&self) -> io::Result<SocketAddr> {
        TcpListener::local_addr(self)
    }
}

/// Where a connection comes from, as limits see it: an IPv4 address, or an IPv6 network of 64 bits, since whoever
/// has one address there has them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source(u64);

impl Source {
    /// The source of an address.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            // No global IPv6 network begins with zeros, so the two never meet.
            IpAddr::V4(v4) => Self(u64::from(v4.to_bits())),
            IpAddr::V6(v6) => Self((v6.to_bits() >> 64) as u64),
        }
    }

    /// The source of an IPv4 address.
    pub const fn of_v4(a: u8, b: u8, c: u8, d: u8) -> Self {
        Self(u32::from_be_bytes([a, b, c, d]) as u64)
    }
}

/// As people write it: `192.0.2.7`, or `2001:db8:1:2::/64`.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match u32::try_from(self.0) {
            Ok(v4) => Ipv4Addr::from_bits(v4).fmt(f),
            Err(_) => write!(f, "{}/64", Ipv6Addr::from_bits(u128::from(self.0) << 64)),
        }
    }
}

/// The source of an address, or of a network of one.
impl FromStr for Source {
    type Err = AddrParseError;
    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        typed.trim().trim_end_matches("/64").parse().map(Self::of)
    }
}

/// Accepts for as long as it is let. An error of the system (no files left, mostly) costs a pause that doubles.
pub(crate) async fn accept_all<L: Listen>(listener: &mut L, shared: &Arc<Shared>) {
    const PAUSE_MIN: Duration = Duration::from_millis(10);
    const PAUSE_MAX: Duration = Duration::from_secs(1);
    let mut pause = PAUSE_MIN;
    loop {
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            // This one peer is gone already.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE_MAX);
                continue;
            }
        };
        pause = PAUSE_MIN;
        let source = Source::of(from);
        let Some(slot) = shared.gate.enter(source, Instant::now(), shared.chance.below(100)) else {
            tracing::debug!("a connection was turned away: too many");
            continue;
        };
        let shared = shared.clone();
        // Where people are is nobody's business, unless the operator says otherwise.
        let shown = shared.settings.log.addresses.then_some(from);
        shared.clone().tasks.spawn(async move {
            let (lane, why, seconds) = connection(stream, source, slot, shared).await;
            tracing::info!(
                lane,
                why,
                seconds,
                from = shown.map(tracing::field::display),
                "a connection ended"
            );
        });
    }
}

/// One connection from its first byte to its last: its lane, why it ended and after how many seconds. What login
/// needs is boxed and gone before the session begins.
async fn connection<S: Stream>(
    stream: S,
    source: Source,
    slot: Slot,
    shared: Arc<Shared>,
) -> (&'static str, String, u64) {
    let began = Instant::now();
    let stop = shared.stop.clone();
    let admitted = tokio::select! {
        biased; // by chance would not replay
        admitted = Box::pin(admit(stream, source, slot, &shared)) => admitted,
        () = stop.cancelled() => Err("the server stops".into()),
    };
    let (lane, why) = match admitted {
        Err(why) => ("none", why),
        Ok((link, Admitted::Talk(seated))) => ("talk", Session::new(link, seated, shared).run().await),
        Ok((link, Admitted::File(pass))) => {
            let why = Box::pin(file_lane::serve(link, pass.by.clone(), shared)).await;
            ("file", why.to_owned())
        }
    };
    (lane, why, began.elapsed().as_secs())
}

/// Handshake, lane, hello and login, each under its deadline; or why it came to nothing.
async fn admit<S: Stream>(
    stream: S,
    source: Source,
    slot: Slot,
    shared: &Arc<Shared>,
) -> Result<(Link<S>, Admitted), String> {
    let times = &shared.settings.times;
    let deadline = Instant::now() + times.login;
    let identity = shared.shown.now();
    let tls = TlsAcceptor::from(identity.config.clone());
    let handshake = tokio::time::timeout(times.handshake, tls.accept(Counted::new(stream))).await;
    let stream = handshake.map_err(|_| "no handshake in time")?.map_err(|_| "the handshake failed")?;
    // rustls lets in a peer that offers no ALPN at all.
    let lane = match stream.get_ref().1.alpn_protocol() {
        Some(ALPN_TALK) => login::Lane::Talk,
        Some(ALPN_FILE) => login::Lane::File,
        _ => return Err("offered no lane".into()),
    };
    let mut link = Link::new(stream, times.write_stall);
    let logged_in = login::log_in(&mut link, lane, source, identity.successor, shared);
    let admitted = match tokio::time::timeout_at(deadline, logged_in).await {
        Ok(admitted) => admitted.map_err(|why| why.to_string())?,
        Err(_) => {
            login::say_goodbye(&mut link, snug_proto::refusal::Why::Silent).await;
            return Err("no login in time".into());
        }
    };
    slot.logged_in();
    Ok((link, admitted))
}
#[cfg(test)]
mod tests {
    use super::*;

    /// What an idle client costs beside TLS itself: handshake and login are not part of it.
    #[test]
    fn a_connection_is_a_small_task() {
        fn size<F>(_: impl Fn(tokio::net::TcpStream, Source, Slot, Arc<Shared>) -> F) -> usize {
            size_of::<F>()
        }
        assert!(size(connection) <= 2048, "{} bytes", size(connection));
    }
}
