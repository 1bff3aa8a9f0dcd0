//! The server's identity: a key, its self-signed certificate, and the key that will follow.
//!
//! The key is the identity (clients pin its fingerprint); certificates only carry it. Both keys are made together,
//! so that the successor's fingerprint can be told to clients long before it is needed, from another disk.

mod make;
mod replace;

use std::fmt;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use snug_proto::Fingerprint;
use zeroize::Zeroizing;

use crate::config::Settings;

const KEY: &str = "server.key";
const CERTIFICATE: &str = "server.crt";
const SUCCESSOR_KEY: &str = "successor.key";
const SUCCESSOR_CERTIFICATE: &str = "successor.crt";
/// What the server needs of the successor: its key may, and should, be elsewhere.
const SUCCESSOR_FINGERPRINT: &str = "successor.fingerprint";

/// The keys of this server: one in use, one that follows.
#[derive(Debug)]
pub struct Keys {
    /// The key in use.
    pub key: PrivateKeyDer<'static>,
    /// Its certificate.
    pub certificate: CertificateDer<'static>,
    /// Fingerprint of the key in use: what clients pin.
    pub fingerprint: Fingerprint,
    /// Fingerprint of the key that will follow.
    pub successor: Option<Fingerprint>,
    /// Where all this lies.
    pub folder: PathBuf,
}

/// Why there are no keys. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertsError {
    /// Neither key nor certificate.
    #[error("There is no key in {folder} yet. Make one with gen-certs, or start the server once.")]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// One of two files that belong together.
    #[error(
        "{present} is there, but {missing} beside it is missing. Bring it back from a backup; without it, move \
         {present} away and start anew (clients will then see a changed key)."
    )]
    MissingHalf {
        /// What is there.
        present: PathBuf,
        /// What is not.
        missing: PathBuf,
    },
    /// The system does not let us.
    #[error("{path}: {why}.")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// A file that is not what its name says.
    #[error("{path} is no {what}. Bring it back from a backup.")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
    },
    /// Key and certificate belong to different pairs.
    #[error("{certificate} was not made for the key in {key}. Bring back the pair that belongs together.")]
    Mismatch {
        /// The key.
        key: PathBuf,
        /// The certificate.
        certificate: PathBuf,
    },
    /// A successor that would change nothing.
    #[error("The successor in {folder} is the key in use itself. Bring back the right one, or move it away.")]
    OwnSuccessor {
        /// The folder.
        folder: PathBuf,
    },
    /// There is something already where a file should go.
    #[error("{path} is there already; nothing was changed. A key is never overwritten: move it away first.")]
    AlreadyThere {
        /// Which file.
        path: PathBuf,
    },
    /// An earlier run was interrupted, or another one is under way.
    #[error("{path} is left from a run that was interrupted, or one is under way. If none is, remove it.")]
    Interrupted {
        /// The folder new files are made in.
        path: PathBuf,
    },
    /// Other files were about to take the place of those here.
    #[error(
        "The replacement of keys or certificates in {folder} was interrupted. Start the server, or run gen-certs \
         --rotate or --renew again: either brings it to its end."
    )]
    Unfinished {
        /// The folder.
        folder: PathBuf,
    },
    /// There is nothing to rotate to.
    #[error(
        "No key was ever named to follow the one in {folder}, so every client would stop at a changed key. Bring the \
         successor's files back from a backup."
    )]
    NoSuccessor {
        /// The folder.
        folder: PathBuf,
    },
    /// The successor's key is not here.
    #[error("The successor's key is not in {folder}. Say where it lies: --successor PATH.")]
    SuccessorElsewhere {
        /// The folder.
        folder: PathBuf,
    },
    /// A key that nobody was told of.
    #[error(
        "{key} is not the successor that clients were told of. Nothing was changed; look for the key with these words: \
         {announced}."
    )]
    NotTheSuccessor {
        /// Which key.
        key: PathBuf,
        /// The words of the right one.
        announced: String,
    },
    /// The names in the configuration make no certificate.
    #[error("No certificate can be made for these names ({why}). Change “certificate_names”.")]
    BadNames {
        /// What the certificate's maker says.
        why: String,
    },
}

impl CertsError {
    fn io(path: &Path, error: &io::Error) -> Self {
        Self::Io { path: path.to_owned(), why: error.to_string() }
    }
}

/// Reads and checks what lies in the folder of the settings.
///
/// # Errors
/// [`CertsError`], a sentence that says what to do.
pub fn load(settings: &Settings) -> Result<Keys, CertsError> {
    let folder = &settings.certs;
    if exists(&folder.join(replace::DECIDED))? {
        return Err(CertsError::Unfinished { folder: folder.clone() });
    }
    let (key, certificate) = (folder.join(KEY), folder.join(CERTIFICATE));
    if !both_or_none(&key, &certificate)? {
        return Err(CertsError::Missing { folder: folder.clone() });
    }
    let (key, certificate, fingerprint) = pair(&key, &certificate)?;
    let successor = successor(folder)?;
    if successor == Some(fingerprint) {
        return Err(CertsError::OwnSuccessor { folder: folder.clone() });
    }
    Ok(Keys { key, certificate, fingerprint, successor, folder: folder.clone() })
}

/// Makes both keys and their certificates; refuses when any of the files is there already.
///
/// # Errors
/// [`CertsError`]; then there is nothing that was not there before.
pub fn make(settings: &Settings) -> Result<Keys, CertsError> {
    make::all(settings)?;
    load(settings)
}

/// Puts the successor's key in use, and makes another successor. `successor` is where that key lies, when it is not
/// in the folder.
///
/// # Errors
/// [`CertsError`]; then nothing was changed, or the next run or start brings it to its end.
pub fn rotate(settings: &Settings, successor: Option<&Path>) -> Result<Keys, CertsError> {
    replace::rotate(settings, successor)?;
    load(settings)
}

/// Makes new certificates for the same keys: with other names, which no client looks at.
///
/// # Errors
/// [`CertsError`], as for [`rotate`].
pub fn renew(settings: &Settings) -> Result<Keys, CertsError> {
    replace::renew(settings)?;
    load(settings)
}

/// Reads the keys, or makes them where there are none at all; true when they were made. A replacement that was
/// interrupted is brought to its end first.
///
/// # Errors
/// [`CertsError`], a sentence that says what to do.
pub fn load_or_make(settings: &Settings) -> Result<(Keys, bool), CertsError> {
    replace::finish(&settings.certs)?;
    match load(settings) {
        Err(CertsError::Missing { .. }) => Ok((make(settings)?, true)),
        loaded => Ok((loaded?, false)),
    }
}

impl Keys {
    /// The successor's key, while it still lies beside the key in use, where one thief gets both.
    pub fn successor_key_here(&self) -> Option<PathBuf> {
        Some(self.folder.join(SUCCESSOR_KEY)).filter(|path| path.exists())
    }

    /// What works and yet should not stay as it is, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        let beside = self.successor_key_here().map(|key| {
            format!("{} still lies beside the key in use. Move it to another disk.", key.display())
        });
        let none = self.successor.is_none().then(|| {
            "No key is named to follow the one in use: clients will stop when it changes.".to_owned()
        });
        let open = [KEY, SUCCESSOR_KEY].map(|name| self.folder.join(name)).into_iter().filter_map(|key| {
            let mode = std::fs::metadata(&key).ok()?.permissions().mode();
            (mode & 0o077 != 0).then(|| {
                format!("Others on this machine can read {}. Take that away: chmod 600.", key.display())
            })
        });
        let workshop = Some(self.folder.join(make::WORKSHOP)).filter(|path| path.exists()).map(|path| {
            format!(
                "{} is left from a gen-certs that was interrupted and changed nothing. Remove it.",
                path.display()
            )
        });
        beside.into_iter().chain(none).chain(open).chain(workshop).collect()
    }
}

/// What people compare and keep.
impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Fingerprint of this server. Clients show these words at the first contact; compare them:"
        )?;
        writeln!(f, "    {}\n    {}", self.fingerprint.phrase(), self.fingerprint)?;
        if let Some(successor) = self.successor {
            writeln!(f, "Fingerprint of the key that will follow one day; clients learn it by themselves:")?;
            writeln!(f, "    {}\n    {successor}", successor.phrase())?;
        }
        if let Some(key) = self.successor_key_here() {
            writeln!(
                f,
                "Move {} to another disk: the server never needs it until it follows",
                key.display()
            )?;
            writeln!(f, "(the fingerprint that stays in {SUCCESSOR_FINGERPRINT} is enough), a thief would.")?;
        }
        Ok(())
    }
}

fn exists(path: &Path) -> Result<bool, CertsError> {
    path.try_exists().map_err(|error| CertsError::io(path, &error))
}

/// Whether both are there; one without the other is an error.
fn both_or_none(one: &Path, other: &Path) -> Result<bool, CertsError> {
    let half = |present: &Path, missing: &Path| CertsError::MissingHalf {
        present: present.to_owned(),
        missing: missing.to_owned(),
    };
    match (exists(one)?, exists(other)?) {
        (true, false) => Err(half(one, other)),
        (false, true) => Err(half(other, one)),
        (both, _) => Ok(both),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CertsError> {
    std::fs::read(path).map_err(|error| CertsError::io(path, &error))
}

type Pair = (PrivateKeyDer<'static>, CertificateDer<'static>, Fingerprint);

fn pair(key_path: &Path, certificate_path: &Path) -> Result<Pair, CertsError> {
    let (certificate, fingerprint) = certificate(certificate_path)?;
    let no_key = || CertsError::Unreadable { path: key_path.to_owned(), what: "private key in PEM" };
    let key = PrivateKeyDer::from_pem_slice(&Zeroizing::new(read(key_path)?)).map_err(|_| no_key())?;
    let chain = vec![certificate.clone()];
    match CertifiedKey::from_der(chain, key.clone_key(), &aws_lc_rs::default_provider()) {
        Ok(_) => Ok((key, certificate, fingerprint)),
        Err(rustls::Error::InconsistentKeys(_)) => {
            Err(CertsError::Mismatch { key: key_path.to_owned(), certificate: certificate_path.to_owned() })
        }
        Err(_) => Err(no_key()),
    }
}

fn certificate(path: &Path) -> Result<(CertificateDer<'static>, Fingerprint), CertsError> {
    let no_certificate = || CertsError::Unreadable { path: path.to_owned(), what: "certificate in PEM" };
    let certificate = CertificateDer::from_pem_slice(&read(path)?).map_err(|_| no_certificate())?;
    let parsed = ParsedCertificate::try_from(&certificate).map_err(|_| no_certificate())?;
    let fingerprint = Fingerprint::of_spki(parsed.subject_public_key_info().as_ref());
    Ok((certificate, fingerprint))
}

/// The successor's fingerprint: from its file, its certificate, or both where they agree. No successor is no error:
/// the operator may not want one.
fn successor(folder: &Path) -> Result<Option<Fingerprint>, CertsError> {
    let [key, certificate_path, file] =
        [SUCCESSOR_KEY, SUCCESSOR_CERTIFICATE, SUCCESSOR_FINGERPRINT].map(|name| folder.join(name));
    let from_certificate = match (exists(&key)?, exists(&certificate_path)?) {
        (true, true) => Some(pair(&key, &certificate_path)?.2),
        (true, false) => return Err(CertsError::MissingHalf { present: key, missing: certificate_path }),
        // The key is on another disk, as it should be.
        (false, true) => Some(certificate(&certificate_path)?.1),
        (false, false) => None,
    };
    if !exists(&file)? {
        return Ok(from_certificate);
    }
    let text = String::from_utf8_lossy(&read(&file)?).into_owned();
    let written = text.lines().next().unwrap_or_default().parse::<Fingerprint>();
    let written = written.map_err(|_| CertsError::Unreadable { path: file.clone(), what: "fingerprint" })?;
    if from_certificate.is_some_and(|other| other != written) {
        return Err(CertsError::Mismatch { key: file, certificate: certificate_path });
    }
    Ok(Some(written))
}

#[cfg(test)]
mod tests;
