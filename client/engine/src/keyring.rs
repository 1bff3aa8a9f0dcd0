//! Where a device's key lies: in the system's keyring where there is one and it is open, else in a file that its owner
//! alone can read. Nobody is asked to open a keyring from here: that is the desktop's own business.

#[cfg(target_os = "linux")]
mod secret_service;

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

/// Bytes that are zeroized when they are dropped.
pub type Secret = Zeroizing<Vec<u8>>;

/// A place for secrets. What it does blocks, but never for longer than a few seconds.
pub trait Keyring: Send + Sync + fmt::Debug {
    /// Keeps a secret, in place of what was kept under that name.
    ///
    /// # Errors
    /// [`Closed`]; then nothing was kept.
    fn put(&self, name: &str, secret: &[u8]) -> Result<(), Closed>;

    /// The secret of that name.
    ///
    /// # Errors
    /// [`Closed`]; then nobody knows whether there is one.
    fn get(&self, name: &str) -> Result<Option<Secret>, Closed>;

    /// Forgets a secret.
    ///
    /// # Errors
    /// [`Closed`]; then it is still there.
    fn remove(&self, name: &str) -> Result<(), Closed>;
}

/// Why a keyring cannot be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// There is none, or it does not answer.
    Absent,
    /// It is locked.
    Locked,
}

/// No keyring.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoKeyring;

impl Keyring for NoKeyring {
    fn put(&self, _name: &str, _secret: &[u8]) -> Result<(), Closed> {
        Err(Closed::Absent)
    }
    fn get(&self, _name: &str) -> Result<Option<Secret>, Closed> {
        Err(Closed::Absent)
    }
    fn remove(&self, _name: &str) -> Result<(), Closed> {
        Err(Closed::Absent)
    }
}

/// The keyring of this system; none where Snug does not know how to use it.
pub fn of_this_system() -> Arc<dyn Keyring> {
    #[cfg(target_os = "linux")]
    return Arc::new(secret_service::SecretServiceKeyring::default());
    #[cfg(not(target_os = "linux"))]
    Arc::new(NoKeyring)
}
