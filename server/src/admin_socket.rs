//! The door for an administrator's orders to a running server: a socket in the data folder that only the server's own
//! user, and root, may use. One order a connection: a line of JSON in, a line of JSON out.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::orders::{Answer, Office, Order};

/// Orders carried out at once; an administrator gives one.
const AT_ONCE: usize = 4;
/// The longest order.
const ORDER_MAX: u64 = 64 << 10;
/// The longest answer, which only our own server gives: a person in a list takes about 250 bytes.
const ANSWER_MAX: u64 = 64 << 20;
/// From connecting to the answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// After an accept that failed.
const BACKOFF: Duration = Duration::from_millis(100);

fn path(data: &Path) -> PathBuf {
    data.join("admin.sock")
}

/// The socket, from the start of a server to its end.
pub(crate) struct OrdersDoor {
    listener: UnixListener,
    path: PathBuf,
}

impl Drop for OrdersDoor {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Opens the door of a server that holds the lock of this folder. Without one it serves all the same, and says so.
pub(crate) fn open(data: &Path) -> Option<OrdersDoor> {
    let path = path(data);
    match listen(&path) {
        Ok(listener) => Some(OrdersDoor { listener, path }),
        Err(error) => {
            tracing::warn!(%error, "no socket for orders: subcommands work only while the server stands");
            None
        }
    }
}

/// Takes orders until the server stops.
pub(crate) async fn serve(door: OrdersDoor, office: Office, stop: CancellationToken) {
    let (office, slots) = (Arc::new(office), Arc::new(Semaphore::new(AT_ONCE)));
    loop {
        let accepted = async {
            let slot = slots.clone().acquire_owned().await;
            (door.listener.accept().await, slot)
        };
        tokio::select! {
            () = stop.cancelled() => break,
            (accepted, slot) = accepted => match accepted {
                Ok((stream, _)) => {
                    let (office, stop) = (office.clone(), stop.clone());
                    tokio::spawn(async move {
                        let _slot = slot;
                        tokio::select! {
                            () = stop.cancelled() => {}
                            _ = tokio::time::timeout(PATIENCE, hear(stream, &office)) => {}
                        }
                    });
                }
                Err(_) => tokio::time::sleep(BACKOFF).await,
            },
        }
    }
}

fn listen(path: &Path) -> io::Result<UnixListener> {
    // One server a folder, says its lock: what lies there was left by one that is gone.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(path, owner_only)?;
    Ok(listener)
}

async fn hear(stream: UnixStream, office: &Office) -> io::Result<()> {
    let peer = stream.peer_cred()?.uid();
    if peer != rustix::process::geteuid().as_raw() && peer != 0 {
        tracing::warn!("somebody else's process was at the socket for orders");
        return Ok(());
    }
    let mut stream = BufReader::new(stream);
    let line = read_line(&mut stream, ORDER_MAX).await?;
    let answer = match serde_json::from_str::<Order>(&line) {
        Ok(order) => office.carry_out(order).await,
        Err(_) => Answer::Refused { why: "The running server does not know this order. Is it older?".into() },
    };
    let mut line = serde_json::to_vec(&answer)?;
    line.push(b'\n');
    stream.get_mut().write_all(&line).await
}

async fn read_line(stream: &mut BufReader<UnixStream>, most: u64) -> io::Result<String> {
    let mut line = String::new();
    stream.take(most).read_line(&mut line).await?;
    Ok(line)
}

/// Gives an order to the server that runs on this data folder; `None` when none does.
pub(crate) async fn ask(data: &Path, order: &Order) -> io::Result<Option<Answer>> {
    let stream = match UnixStream::connect(path(data)).await {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let mut stream = BufReader::new(stream);
    let mut line = serde_json::to_vec(order)?;
    line.push(b'\n');
    let asked = async {
        stream.get_mut().write_all(&line).await?;
        read_line(&mut stream, ANSWER_MAX).await
    };
    let answer = tokio::time::timeout(PATIENCE, asked).await??;
    Ok(Some(serde_json::from_str(&answer)?))
}
