//! The simulated network: how an engine dials and how connections are cut.
//!
//! Between an engine and its socket stands a relay with a lag of its own per connection. When a connection is cut
//! the engine notices at once, while what it had written still reaches the server a little later: so a server may
//! hear an old connection's last words after the new one's first.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use snug_engine::dial::{Dial, DialError, Stream};
use snug_proto::Address;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use turmoil::net::TcpStream;

use crate::chance::Chance;

const PIPE: usize = 64 * 1024;

/// One person's way to the server.
pub(crate) struct Network {
    chance: Arc<Chance>,
    cut: Mutex<CancellationToken>,
}

impl Network {
    pub(crate) fn new(chance: Arc<Chance>) -> Arc<Self> {
        Arc::new(Self { chance, cut: Mutex::default() })
    }
    /// Ends every connection there is now.
    pub(crate) fn cut(&self) {
        std::mem::take(&mut *self.cut.lock().expect("no panic holds it")).cancel();
    }
}

/// The dialer of one engine.
pub(crate) struct Dialer(pub(crate) Arc<Network>);

impl Dial for Dialer {
    fn dial(&self, address: Address) -> BoxFuture<'static, Result<Box<dyn Stream>, DialError>> {
        let cut = self.0.cut.lock().expect("no panic holds it").clone();
        let lag = Duration::from_millis(self.0.chance.below(400));
        Box::pin(async move {
            let connected = TcpStream::connect((address.host.as_str(), address.port)).await;
            let socket = connected.map_err(|_| DialError::Unreachable)?;
            let (engine, relay) = tokio::io::duplex(PIPE);
            tokio::spawn(carry(relay, socket, cut, lag));
            Ok(Box::new(engine) as Box<dyn Stream>)
        })
    }
}

async fn carry(relay: DuplexStream, socket: TcpStream, cut: CancellationToken, lag: Duration) {
    let (mut from_engine, mut to_engine) = tokio::io::split(relay);
    let (mut from_server, mut to_server) = socket.into_split();
    // What the engine said, with the time at which it arrives; bounded by the pipe's size and the lag.
    let (said, mut heard) = tokio::sync::mpsc::channel::<(Instant, Vec<u8>)>(256);
    let late = tokio::spawn(async move {
        while let Some((at, bytes)) = heard.recv().await {
            sleep_until(at).await;
            to_server.write_all(&bytes).await?;
        }
        sleep(lag).await;
        to_server.shutdown().await
    });
    let up = async {
        let mut buffer = vec![0; 4096];
        loop {
            let n = from_engine.read(&mut buffer).await?;
            if n == 0 || said.send((Instant::now() + lag, buffer[..n].to_vec())).await.is_err() {
                return io::Result::Ok(());
            }
        }
    };
    let down = async { tokio::io::copy(&mut from_server, &mut to_engine).await.map(drop) };
    tokio::select! {
        biased;
        () = cut.cancelled() => {}
        _ = up => {}
        _ = down => {}
    }
    drop(said); // what was said still arrives
    drop((from_engine, to_engine));
    let _ = late.await;
}
