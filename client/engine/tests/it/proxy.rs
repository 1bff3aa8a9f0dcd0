//! A wire between a person and the server that can be cut, and that can stop taking bytes.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;

/// How the wire is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// Bytes go both ways.
    Good,
    /// Nothing comes down any more, and nobody is told.
    Stalled,
    /// Nobody gets through.
    Down,
}

pub(crate) struct Proxy {
    pub(crate) at: SocketAddr,
    wire: watch::Sender<Wire>,
    /// Cuts what is connected now.
    cut: watch::Sender<u64>,
}

impl Proxy {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (wire, is) = watch::channel(Wire::Good);
        let (cut, cuts) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *is.borrow() == Wire::Down {
                    continue;
                }
                let (is, mut cuts) = (is.clone(), cuts.clone());
                cuts.mark_unchanged();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = cuts.changed() => {}
                        () = carry(client, server, is) => {}
                    }
                });
            }
        });
        Self { at, wire, cut }
    }

    pub(crate) fn set(&self, wire: Wire) {
        self.wire.send_replace(wire);
    }

    /// Ends every connection that goes through it now.
    pub(crate) fn cut(&self) {
        self.cut.send_modify(|count| *count += 1);
    }
}

async fn carry(client: TcpStream, server: SocketAddr, is: watch::Receiver<Wire>) {
    // Small buffers: what is stalled here is soon felt there.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(32 * 1024).unwrap();
    let Ok(server) = socket.connect(server).await else { return };
    let (mut client_read, mut client_write) = client.into_split();
    let (mut server_read, mut server_write) = server.into_split();
    let up = async {
        let _ = tokio::io::copy(&mut client_read, &mut server_write).await;
    };
    let down = async {
        let mut is = is;
        let mut buffer = vec![0; 16 * 1024];
        loop {
            if is.wait_for(|wire| *wire != Wire::Stalled).await.is_err() {
                return;
            }
            let Ok(len @ 1..) = server_read.read(&mut buffer).await else { return };
            if client_write.write_all(&buffer[..len]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = up => {}
        () = down => {}
    }
}
