//! A way to the server on which file lanes may carry only so many bytes, so that a story can stop one in its middle.
//! Talk passes freely.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

pub(crate) struct Valve {
    pub(crate) at: SocketAddr,
    /// Bytes that file lanes may still carry, both ways together.
    left: Arc<Semaphore>,
    carried: watch::Sender<u64>,
    cut: watch::Sender<()>,
}

impl Valve {
    /// Lets so many bytes of files through.
    pub(crate) async fn with(server: SocketAddr, bytes: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (left, carried) = (Arc::new(Semaphore::new(bytes)), watch::Sender::new(0));
        let (cut, cuts) = watch::channel(());
        let (limit, count) = (left.clone(), carried.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (limit, count, mut cuts) = (limit.clone(), count.clone(), cuts.clone());
                cuts.mark_unchanged();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = cuts.changed() => {}
                        _ = carry(client, server, limit, count) => {}
                    }
                });
            }
        });
        Self { at, left, carried, cut }
    }

    /// Lets everything through.
    pub(crate) fn open(&self) {
        self.left.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// Ends every connection that goes through it now, talk as well.
    pub(crate) fn cut(&self) {
        self.cut.send_replace(());
    }

    /// Waits until file lanes have carried so many bytes.
    pub(crate) async fn until_carried(&self, bytes: usize) {
        self.carried.subscribe().wait_for(|carried| *carried >= bytes as u64).await.unwrap();
    }

    /// Bytes that file lanes carried.
    pub(crate) fn carried(&self) -> u64 {
        *self.carried.borrow()
    }
}

async fn carry(
    mut client: TcpStream,
    server: SocketAddr,
    limit: Arc<Semaphore>,
    count: watch::Sender<u64>,
) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    // A ClientHello names its lane in the clear.
    let mut hello = Vec::new();
    let names = |hello: &[u8], lane: &[u8]| hello.windows(lane.len()).any(|part| part == lane);
    while !names(&hello, b"snug/1") && !names(&hello, b"snug-file/1") {
        if client.read_buf(&mut hello).await? == 0 {
            return Ok(());
        }
    }
    server.write_all(&hello).await?;
    if names(&hello, b"snug/1") {
        tokio::io::copy_bidirectional(&mut client, &mut server).await?;
        return Ok(());
    }
    let (client_read, client_write) = client.into_split();
    let (server_read, server_write) = server.into_split();
    tokio::select! {
        done = limited(client_read, server_write, &limit, &count) => done,
        done = limited(server_read, client_write, &limit, &count) => done,
    }
}

async fn limited(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    limit: &Semaphore,
    count: &watch::Sender<u64>,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 4096];
    loop {
        let len = from.read(&mut buffer).await?;
        if len == 0 {
            return Ok(());
        }
        let permits = limit.acquire_many(u32::try_from(len).unwrap()).await.expect("nobody closes it");
        permits.forget();
        to.write_all(&buffer[..len]).await?;
        count.send_modify(|count| *count += len as u64);
    }
}
