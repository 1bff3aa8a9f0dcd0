//! A connection to a server whose key is the right one: TCP, TLS 1.3 with a pinned key, hello.
//!
//! [`probe`] learns a stranger's key and says nothing; [`connect`] says hello to a server whose key is expected.

mod frames;
mod pin;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::BoxFuture;
use rustls::pki_types::ServerName;
use snug_proto::hello::{Hello, HelloAnswer, Welcome};
use snug_proto::limits::FRAME_LOGIN_MAX;
use snug_proto::login::{EXPORTER_LABEL, EXPORTER_LEN};
use snug_proto::{Address, Fingerprint, bounded::Text, version};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub use frames::{FrameReader, FrameWriter, Wire, WireError};

use crate::environment::Environment;
use crate::event::Problem;

/// A name that stands in no certificate: names are never compared, the key is the identity.
const TLS_NAME: &str = "server.invalid";

/// Bytes in both directions.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for T {}

/// Reaches a server.
pub trait Dial: Send + Sync + 'static {
    /// A fresh connection to this address.
    fn dial(&self, address: Address) -> BoxFuture<'static, Result<Box<dyn Stream>, DialError>>;
}

/// Why nobody was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// The name stands for no address.
    #[error("unknown host")]
    UnknownHost,
    /// Nobody answers.
    #[error("unreachable")]
    Unreachable,
}

/// The network of this computer.
#[derive(Debug, Clone, Copy)]
pub struct Tcp;

impl Dial for Tcp {
    fn dial(&self, address: Address) -> BoxFuture<'static, Result<Box<dyn Stream>, DialError>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((address.host.as_str(), address.port)).await;
            let found = found.map_err(|_| DialError::UnknownHost)?.collect();
            let stream = first_to_answer(found, TcpStream::connect).await.ok_or(DialError::Unreachable)?;
            // Small frames that wait for each other would be felt.
            let _ = stream.set_nodelay(true);
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }
}

/// An address that is silent this long is left for the name's next one: half a network (IPv6, say) is often broken.
const NEXT_ADDRESS_AFTER: Duration = Duration::from_secs(3);

/// Tries one address after the other; the last one has all the time there is.
async fn first_to_answer<S, F: Future<Output = io::Result<S>>>(
    mut addresses: Vec<SocketAddr>,
    connect: impl Fn(SocketAddr) -> F,
) -> Option<S> {
    let last = addresses.pop()?;
    for at in addresses {
        if let Ok(Ok(stream)) = timeout(NEXT_ADDRESS_AFTER, connect(at)).await {
            return Some(stream);
        }
    }
    connect(last).await.ok()
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Talk.
    Talk,
    /// Files.
    File,
}

impl Lane {
    fn alpn(self) -> &'static [u8] {
        match self {
            Self::Talk => version::ALPN_TALK,
            Self::File => version::ALPN_FILE,
        }
    }
}

/// A server with the right key that said welcome.
pub struct Greeted {
    /// The connection, in the state before login.
    pub wire: Wire,
    /// What the server told.
    pub welcome: Welcome,
    /// The key it holds: one of those expected.
    pub key: Fingerprint,
    /// What only the two ends of this connection know (RFC 9266).
    pub exporter: [u8; EXPORTER_LEN],
}

impl fmt::Debug for Greeted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Greeted").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq)]
pub enum ConnectError {
    /// The server shows a key that is not expected. Nothing was said.
    KeyChanged(Fingerprint),
    /// Anything else.
    Problem(Problem),
}

/// The key that a stranger shows and holds. Not a byte of Snug's protocol is sent.
///
/// # Errors
/// When nobody answers, or no Snug server does.
pub async fn probe(environment: &Environment, address: &Address) -> Result<Fingerprint, Problem> {
    let opened = open(environment, address, Lane::Talk, None).await;
    match opened {
        Ok((stream, key)) => {
            Wire::new(stream).close().await;
            Ok(key)
        }
        Err(ConnectError::Problem(problem)) => Err(problem),
        Err(ConnectError::KeyChanged(_)) => Err(Problem::NotSnug(address.clone())),
    }
}

/// A connection to a server that holds one of `keys`, after the hello.
///
/// # Errors
/// [`ConnectError::KeyChanged`] before anything was said, or what else went wrong.
pub async fn connect(
    environment: &Environment,
    address: &Address,
    lane: Lane,
    keys: &[Fingerprint],
    client: &str,
) -> Result<Greeted, ConnectError> {
    let (stream, key) = open(environment, address, lane, Some(keys.to_vec())).await?;
    let not_snug = || ConnectError::Problem(Problem::NotSnug(address.clone()));
    let exporter = stream
        .get_ref()
        .1
        .export_keying_material([0; EXPORTER_LEN], EXPORTER_LABEL, None)
        .map_err(|_| not_snug())?;
    let mut wire = Wire::new(stream);
    let answer = timeout(environment.patience.connect, greet(&mut wire, client)).await;
    match answer.map_err(|_| not_snug())?.map_err(|_| not_snug())? {
        HelloAnswer::Welcome { version, welcome }
            if (version::LOWEST..=version::HIGHEST).contains(&version) =>
        {
            Ok(Greeted { wire, welcome, key, exporter })
        }
        HelloAnswer::Welcome { .. } => Err(not_snug()),
        HelloAnswer::Unsupported { lowest, .. } => {
            Err(ConnectError::Problem(Problem::Incompatible { server_is_newer: lowest > version::HIGHEST }))
        }
    }
}

async fn greet(wire: &mut Wire, client: &str) -> Result<HelloAnswer, WireError> {
    let hello = Hello { lowest: version::LOWEST, highest: version::HIGHEST, client: Text::cut(client) };
    wire.writer.push_bytes(&hello.encode(), FRAME_LOGIN_MAX)?;
    wire.writer.flush().await?;
    let bytes = wire.reader.read_bytes(FRAME_LOGIN_MAX).await?;
    HelloAnswer::decode(&bytes).map_err(|_| WireError::Malformed)
}

type Tls = TlsStream<Box<dyn Stream>>;

async fn open(
    environment: &Environment,
    address: &Address,
    lane: Lane,
    keys: Option<Vec<Fingerprint>>,
) -> Result<(Tls, Fingerprint), ConnectError> {
    let problem = |problem| Err(ConnectError::Problem(problem));
    let patience = environment.patience.connect;
    let stream = match timeout(patience, environment.dialer.dial(address.clone())).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(DialError::UnknownHost)) => return problem(Problem::UnknownHost(address.host.clone())),
        Ok(Err(DialError::Unreachable)) | Err(_) => return problem(Problem::Unreachable(address.clone())),
    };
    let (config, verifier) = pin::client_config(keys.clone(), lane.alpn());
    let name = ServerName::try_from(TLS_NAME).expect("a valid name");
    let shaken = timeout(patience, TlsConnector::from(config).connect(name, stream)).await;
    let shown = verifier.seen();
    match (shaken, shown) {
        // rustls lets in a server that chose no lane at all.
        (Ok(Ok(stream)), Some(key)) if stream.get_ref().1.alpn_protocol() == Some(lane.alpn()) => {
            Ok((stream, key))
        }
        (Ok(Err(_)), Some(shown)) if keys.is_some_and(|keys| !keys.contains(&shown)) => {
            Err(ConnectError::KeyChanged(shown))
        }
        (Ok(Err(error)), None) if error.kind() == io::ErrorKind::ConnectionReset => {
            problem(Problem::Unreachable(address.clone()))
        }
        _ => problem(Problem::NotSnug(address.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silent_address_does_not_hide_the_next_one() {
        let [silent, refusing, good] = [1, 2, 3].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let connect = async |at: SocketAddr| match at.port() {
            1 => std::future::pending().await,
            2 => Err(io::ErrorKind::ConnectionRefused.into()),
            port => Ok(port),
        };
        assert_eq!(first_to_answer(vec![silent, refusing, good], connect).await, Some(3));
        assert_eq!(first_to_answer(vec![silent, refusing], connect).await, None);
        assert_eq!(first_to_answer(Vec::new(), connect).await, None);
    }
}
