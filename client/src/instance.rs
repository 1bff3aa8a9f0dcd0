//! One process per profile. A second start brings the first to the front and ends.
//!
//! The operating system's lock on a file says who is first, so a crash leaves nothing behind. The first listens on
//! the loopback and writes port and token beside the lock; a second start sends the token there, and the link that it
//! was to follow. No name, no window handle and no platform's own way is needed.

use std::fs::{File, TryLockError};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use iced::Subscription;
use iced::futures::{SinkExt, Stream};

use crate::profile::{make_private, private_file};

const TOKEN_LEN: usize = 32;
/// The longest link one start hands to another, in bytes.
const LINK_LEN_MAX: usize = 1024;
/// The other process is on this machine; if it takes longer it hangs.
const PATIENCE: Duration = Duration::from_secs(2);

/// Who this process is.
#[derive(Debug)]
pub enum Start {
    /// The first: it runs.
    First(Instance),
    /// The second: the first was told to come to the front.
    Second,
}

/// The first process of a profile. Dropping the last clone lets another start.
#[derive(Debug, Clone)]
pub struct Instance {
    _lock: Arc<File>,
    listener: Arc<TcpListener>,
    token: [u8; TOKEN_LEN],
}

/// Another start of the profile, and the link it came with; empty where it came with none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call(pub String);

/// Becomes the first process of the profile in this folder, or hands this link to the one that is.
///
/// # Errors
/// The system's: the folder cannot be written, or the first process does not answer.
pub fn start(folder: &Path, link: &str) -> io::Result<Start> {
    make_private(folder)?;
    let lock = private_file().open(folder.join("lock"))?;
    let front = folder.join("front");
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return call(&front, link).map(|()| Start::Second),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let token = random_token()?;
    let mut file = private_file().truncate(true).open(&front)?;
    file.write_all(&listener.local_addr()?.port().to_le_bytes())?;
    file.write_all(&token)?;
    Ok(Start::First(Instance { _lock: Arc::new(lock), listener: Arc::new(listener), token }))
}

fn call(front: &Path, link: &str) -> io::Result<()> {
    let (port, token) = std::fs::read(front)?
        .split_first_chunk::<2>()
        .map(|(port, token)| (u16::from_le_bytes(*port), token.to_vec()))
        .ok_or(io::ErrorKind::InvalidData)?;
    let mut first = TcpStream::connect_timeout(&(Ipv4Addr::LOCALHOST, port).into(), PATIENCE)?;
    first.set_write_timeout(Some(PATIENCE))?;
    first.write_all(&token)?;
    first.write_all(link.as_bytes())?;
    first.shutdown(Shutdown::Write)
}

/// What nobody else on this machine can guess: the standard library draws the 128 bits of its hasher's keys from the
/// system. All a token opens is a window.
fn random_token() -> io::Result<[u8; TOKEN_LEN]> {
    let mut token = [0; TOKEN_LEN];
    for chunk in token.chunks_mut(8) {
        let keys = std::hash::RandomState::new();
        chunk.copy_from_slice(&std::hash::BuildHasher::hash_one(&keys, std::process::id()).to_le_bytes());
    }
    Ok(token)
}

impl Instance {
    /// Says each time that another start asks for the window.
    pub fn called(&self) -> Subscription<Call> {
        Subscription::run_with(self.clone(), |instance| calls(instance.clone()))
    }

    /// Hears one caller out; `None` for one that does not know the token.
    fn answer(&self, mut caller: TcpStream) -> io::Result<Option<Call>> {
        caller.set_nonblocking(false)?;
        caller.set_read_timeout(Some(PATIENCE))?;
        let mut token = [0; TOKEN_LEN];
        caller.read_exact(&mut token)?;
        if token != self.token {
            return Ok(None);
        }
        let mut link = String::new();
        caller.take(LINK_LEN_MAX as u64).read_to_string(&mut link)?;
        Ok(Some(Call(link)))
    }
}
impl Hash for Instance {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.token.hash(state);
    }
}

fn calls(instance: Instance) -> impl Stream<Item = Call> {
    iced::stream::channel(1, async move |mut out| {
        let Ok(listener) = instance.listener.try_clone().and_then(tokio::net::TcpListener::from_std) else {
            return;
        };
        loop {
            let Ok((caller, _)) = listener.accept().await else {
                tokio::time::sleep(PATIENCE).await;
                continue;
            };
            let Ok(caller) = caller.into_std() else { continue };
            let first = instance.clone();
            let heard = tokio::task::spawn_blocking(move || first.answer(caller)).await;
            if let Ok(Ok(Some(call))) = heard
                && out.send(call).await.is_err()
            {
                return;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_start_calls_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let Start::First(first) = start(folder.path(), "").unwrap() else { panic!("nobody else is here") };
        first.listener.set_nonblocking(false).unwrap();
        for link in ["", "snug://chat.example/#1.abcd"] {
            assert!(matches!(start(folder.path(), link).unwrap(), Start::Second));
            let (caller, _) = first.listener.accept().unwrap();
            assert_eq!(first.answer(caller).unwrap(), Some(Call(link.to_owned())));
        }

        let port = first.listener.local_addr().unwrap().port();
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap().write_all(&[7; TOKEN_LEN]).unwrap();
        let (stranger, _) = first.listener.accept().unwrap();
        assert_eq!(first.answer(stranger).unwrap(), None, "a stranger does not know the token");

        drop(first);
        assert!(matches!(start(folder.path(), "").unwrap(), Start::First(_)), "the lock went with it");
    }
}
