//! The server's half of OPAQUE (RFC 9807), and the setup it rests on.
//!
//! The setup lies in a file of its own, readable by its owner only: a stolen database without it gives nobody a
//! password to guess at.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use generic_array::typenum::Unsigned;
use generic_array::{ArrayLength, GenericArray};
use opaque_ke::errors::InternalError;
use opaque_ke::ksf::{Identity, Ksf};
use opaque_ke::rand::rngs::OsRng;
use opaque_ke::{
    CipherSuite, ClientRegistration, ClientRegistrationFinishParameters, CredentialFinalization,
    CredentialRequest, Identifiers, RegistrationRequest, RegistrationResponse, RegistrationUpload,
    Ristretto255, ServerLogin, ServerLoginParameters, ServerRegistration, ServerRegistrationLen, ServerSetup,
    TripleDh,
};
use sha2::{Digest, Sha256, Sha512};
use snug_proto::Username;
use snug_proto::code::CodeName;
use snug_proto::login::{EXPORTER_LEN, code_context, opaque_context};
use zeroize::Zeroizing;

use crate::error::StartError;
use crate::store::{CodeRecord, Credentials};

/// ristretto255 and SHA-512. The stretching happens on the client, so here it is nothing.
pub(crate) struct Suite;
impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = Identity;
}

/// What the client sent is no message of OPAQUE, or proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unproven;

/// The long-term secrets of the server's OPAQUE.
pub(crate) struct Setup {
    secrets: ServerSetup<Suite>,
    /// A record that reads like somebody's. It is read where there is none, so that it takes as long.
    nobodys: Vec<u8>,
}

impl Setup {
    /// Reads the setup; makes one where there is none and no database that would need the old one.
    pub(crate) fn load(path: &Path, database_exists: bool) -> Result<Self, StartError> {
        let sorted = |error| StartError::Folder { path: path.into(), error };
        match std::fs::read(path).map(Zeroizing::new) {
            Ok(bytes) => {
                let setup = ServerSetup::deserialize(&bytes);
                setup.map(Self::of).map_err(|_| StartError::SetupForeign(path.into()))
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(sorted(error)),
            Err(_) if database_exists => Err(StartError::SetupMissing(path.into())),
            Err(_) => {
                let setup = ServerSetup::new(&mut OsRng);
                write_secret(path, &Zeroizing::new(setup.serialize().to_vec())).map_err(sorted)?;
                Ok(Self::of(setup))
            }
        }
    }

    fn of(secrets: ServerSetup<Suite>) -> Self {
        // A public key, then a masking key and an envelope, of which any bytes are as good.
        let mut nobodys = secrets.keypair().public().serialize().to_vec();
        nobodys.resize(ServerRegistrationLen::<Suite>::USIZE, 0);
        Self { secrets, nobodys }
    }

    /// Names this setup without telling it, so that a database can say which one it belongs to.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(self.secrets.keypair().public().serialize()).into()
    }

    /// Answers a registration's first message for the account that `credential` names.
    pub(crate) fn register(&self, credential: &[u8; 16], request: &[u8]) -> Result<Vec<u8>, Unproven> {
        let request = RegistrationRequest::<Suite>::deserialize(request).map_err(|_| Unproven)?;
        let started = ServerRegistration::start(&self.secrets, request, credential).map_err(|_| Unproven)?;
        Ok(started.message.serialize().to_vec())
    }

    /// Answers a login's first message. Without an account the answer is simulated: same bytes, same work.
    pub(crate) fn start(
        &self,
        name: &Username,
        account: Option<&Credentials>,
        ke1: &[u8],
        exporter: &[u8; EXPORTER_LEN],
    ) -> Result<(Started, Vec<u8>), Unproven> {
        let known = account.map(|account| (&account.credential, account.record.as_slice()));
        self.challenge(known, &name.skeleton(), opaque_context(name, exporter), ke1)
    }

    /// The same for a code. No name of an account has a space in it, so that nobody's code is nobody's account.
    pub(crate) fn start_code(
        &self,
        name: CodeName,
        code: Option<&CodeRecord>,
        ke1: &[u8],
        exporter: &[u8; EXPORTER_LEN],
    ) -> Result<(Started, Vec<u8>), Unproven> {
        let known = code.map(|code| (&code.credential, code.record.as_slice()));
        self.challenge(known, &format!("code {name}"), code_context(name, exporter), ke1)
    }

    fn challenge(
        &self,
        known: Option<(&[u8; 16], &[u8])>,
        nobody: &str,
        context: Vec<u8>,
        ke1: &[u8],
    ) -> Result<(Started, Vec<u8>), Unproven> {
        let record = known.map_or(self.nobodys.as_slice(), |(_, record)| record);
        let record = ServerRegistration::<Suite>::deserialize(record).map_err(|_| Unproven)?;
        let record = known.is_some().then_some(record);
        let nobody: [u8; 16] = Sha256::digest([b"snug nobody 1\0", nobody.as_bytes()].concat())[..16]
            .try_into()
            .expect("a digest has more than 16 bytes");
        let credential = known.map_or(&nobody, |(credential, _)| credential);
        let parameters =
            ServerLoginParameters { context: Some(&context), identifiers: Identifiers::default() };
        let ke1 = CredentialRequest::deserialize(ke1).map_err(|_| Unproven)?;
        let started = ServerLogin::start(&mut OsRng, &self.secrets, record, ke1, credential, parameters);
        let started = started.map_err(|_| Unproven)?;
        Ok((Started { state: started.state, context }, started.message.serialize().to_vec()))
    }

    /// Plays both sides of a registration: the record of a secret that this server makes up itself. It stretches, so
    /// it takes a while.
    pub(crate) fn record_of(&self, credential: &[u8; 16], secret: &str) -> Result<Vec<u8>, Unproven> {
        let start = ClientRegistration::<Stretched>::start(&mut OsRng, secret.as_bytes());
        let start = start.map_err(|_| Unproven)?;
        let response = self.register(credential, &start.message.serialize())?;
        let response = RegistrationResponse::deserialize(&response).map_err(|_| Unproven)?;
        let parameters = ClientRegistrationFinishParameters::new(Identifiers::default(), Some(&Argon2id));
        let finish = start.state.finish(&mut OsRng, secret.as_bytes(), response, parameters);
        record(&finish.map_err(|_| Unproven)?.message.serialize())
    }
}

/// The suite as clients have it.
struct Stretched;
impl CipherSuite for Stretched {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = Argon2id;
}

/// [`Stretch::ARGON2ID_64M`](snug_proto::login::Stretch::ARGON2ID_64M), as clients do it.
#[derive(Default)]
struct Argon2id;
impl Ksf for Argon2id {
    fn hash<L: ArrayLength<u8>>(
        &self,
        input: GenericArray<u8, L>,
    ) -> Result<GenericArray<u8, L>, InternalError> {
        let params = argon2::Params::new(64 * 1024, 3, 4, None).map_err(|_| InternalError::KsfError)?;
        let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        let mut out = GenericArray::default();
        argon.hash_password_into(&input, &[0; 16], &mut out).map_err(|_| InternalError::KsfError)?;
        Ok(out)
    }
}

/// A login between its two messages.
pub(crate) struct Started {
    state: ServerLogin<Suite>,
    context: Vec<u8>,
}

impl Started {
    /// Whether the client knew the password.
    pub(crate) fn finish(self, ke3: &[u8]) -> Result<(), Unproven> {
        let ke3 = CredentialFinalization::deserialize(ke3).map_err(|_| Unproven)?;
        let parameters =
            ServerLoginParameters { context: Some(&self.context), identifiers: Identifiers::default() };
        self.state.finish(ke3, parameters).map(|_| ()).map_err(|_| Unproven)
    }
}

/// The record to keep of a registration's last message.
pub(crate) fn record(upload: &[u8]) -> Result<Vec<u8>, Unproven> {
    let upload = RegistrationUpload::<Suite>::deserialize(upload).map_err(|_| Unproven)?;
    Ok(ServerRegistration::finish(upload).serialize().to_vec())
}

/// Writes a new file that only its owner can read, and waits until it is on disk.
fn write_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    // The name must survive as well, or the next start would find a database without its setup.
    #[cfg(unix)]
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setup_is_made_once_and_never_twice_for_one_database() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("opaque.setup");
        let made = Setup::load(&path, false).unwrap().fingerprint();
        assert_eq!(Setup::load(&path, true).unwrap().fingerprint(), made);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(Setup::load(&path, true), Err(StartError::SetupMissing(_))));
        assert!(!path.exists());
        std::fs::write(&path, b"something else").unwrap();
        assert!(matches!(Setup::load(&path, true), Err(StartError::SetupForeign(_))));
    }
}
