//! This computer's key on one server: Ed25519. Where it lies the [keyring](crate::keyring) decides.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use snug_proto::id::DeviceId;
use zeroize::Zeroizing;

/// A device's key, and its id once the server gave it one.
#[derive(Clone)]
pub struct DeviceKey {
    id: Option<DeviceId>,
    pair: Arc<Ed25519KeyPair>,
    pkcs8: Arc<Zeroizing<Vec<u8>>>,
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceKey").field("id", &self.id).finish_non_exhaustive()
    }
}

fn unreadable<E>(_: E) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "this is no device key")
}

impl DeviceKey {
    /// A new key.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn generate() -> io::Result<Self> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(unreadable)?;
        Self::from_pkcs8(document.as_ref())
    }

    fn from_pkcs8(bytes: &[u8]) -> io::Result<Self> {
        let pair = Arc::new(Ed25519KeyPair::from_pkcs8(bytes).map_err(unreadable)?);
        Ok(Self { id: None, pair, pkcs8: Arc::new(Zeroizing::new(bytes.to_vec())) })
    }

    /// The same key under the id that the server gave it.
    #[must_use]
    pub fn known_as(self, id: DeviceId) -> Self {
        Self { id: Some(id), ..self }
    }

    /// Its id on the server.
    pub fn id(&self) -> Option<DeviceId> {
        self.id
    }

    pub(crate) fn public(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    pub(crate) fn sign(&self, statement: &[u8]) -> Vec<u8> {
        self.pair.sign(statement).as_ref().to_vec()
    }

    /// What is kept of it.
    pub(crate) fn secret(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The key that was kept so.
    pub(crate) fn from_secret(secret: &[u8], id: DeviceId) -> io::Result<Self> {
        Ok(Self::from_pkcs8(secret)?.known_as(id))
    }

    pub(crate) fn load(path: &Path, id: DeviceId) -> io::Result<Self> {
        Self::from_secret(&Zeroizing::new(fs::read(path)?), id)
    }

    /// Written beside the place and moved there, so that no crash leaves half a key.
    pub(crate) fn save(&self, path: &Path) -> io::Result<()> {
        let beside = path.with_extension("new");
        let _ = fs::remove_file(&beside);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        file.write_all(&self.pkcs8)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&beside, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_and_is_its_owners() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device.key");
        let key = DeviceKey::generate().unwrap();
        key.save(&path).unwrap();
        key.save(&path).unwrap();
        let back = DeviceKey::load(&path, DeviceId(7)).unwrap();
        assert_eq!((back.public(), back.id()), (key.public(), Some(DeviceId(7))));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(&path, b"garbage").unwrap();
        assert!(DeviceKey::load(&path, DeviceId(7)).is_err());
    }
}
