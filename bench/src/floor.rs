//! The floor: the smallest TLS server that writes the same bytes to the same sockets. It stores nothing, checks
//! nothing and knows nobody: what comes from one member goes to a bounded queue per member, and from there to TLS,
//! either once per delivery or as much as has gathered.

use std::sync::{Arc, Mutex};

use anyhow::Result;
use snug_proto::limits::FRAME_MAX;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use crate::wire::server_config;

/// Frames a member's queue holds: as many as Snug's ring.
const QUEUE: usize = 1024;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write what has gathered at once instead of once per delivery.
    #[arg(long)]
    coalesce: bool,
}

type Queues = Arc<Mutex<Vec<mpsc::Sender<Arc<[u8]>>>>>;

pub(crate) async fn run(options: Options) -> Result<()> {
    let acceptor = TlsAcceptor::from(server_config()?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    let queues: Queues = Arc::default();
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let (acceptor, queues, coalesce) = (acceptor.clone(), queues.clone(), options.coalesce);
        tokio::spawn(async move {
            let stream = acceptor.accept(socket).await?;
            let (from, to) = tokio::io::split(stream);
            let (queue, gathered) = mpsc::channel(QUEUE);
            queues.lock().expect("no panic holds it").push(queue);
            tokio::spawn(write(to, gathered, coalesce));
            read(from, queues).await
        });
    }
}

async fn read(mut from: impl AsyncReadExt + Unpin, queues: Queues) -> Result<()> {
    loop {
        let len = snug_proto::codec::frame_len(from.read_u32_le().await?.to_le_bytes(), FRAME_MAX)?;
        let mut frame = vec![0; 4 + len];
        frame[..4].copy_from_slice(&u32::try_from(len)?.to_le_bytes());
        from.read_exact(&mut frame[4..]).await?;
        let frame: Arc<[u8]> = frame.into();
        let members = queues.lock().expect("no panic holds it").clone();
        for member in members {
            let _ = member.send(frame.clone()).await;
        }
    }
}

async fn write(
    mut to: impl AsyncWriteExt + Unpin,
    mut gathered: mpsc::Receiver<Arc<[u8]>>,
    coalesce: bool,
) -> Result<()> {
    let most = if coalesce { QUEUE } else { 1 };
    let (mut frames, mut buffer) = (Vec::new(), Vec::new());
    while gathered.recv_many(&mut frames, most).await > 0 {
        if let [only] = frames.as_slice() {
            to.write_all(only).await?;
        } else {
            frames.iter().for_each(|frame| buffer.extend_from_slice(frame));
            to.write_all(&buffer).await?;
            buffer.clear();
        }
        frames.clear();
        to.flush().await?;
    }
    Ok(())
}
