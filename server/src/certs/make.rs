//! Makes the key in use, its successor and their certificates: all of it or nothing.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use rustls::server::ParsedCertificate;
use snug_proto::Fingerprint;
use zeroize::Zeroizing;

use super::{CERTIFICATE, CertsError, KEY, SUCCESSOR_CERTIFICATE, SUCCESSOR_FINGERPRINT, SUCCESSOR_KEY};
use crate::config::Settings;

/// New files are made in here; only one run can make the folder.
pub(super) const WORKSHOP: &str = ".new";

const SECRET: u32 = 0o600;
const PUBLIC: u32 = 0o644;

/// The files in the order in which they move into place: the key in use comes last, so that whatever happens on
/// the way, a server never starts on half of it.
pub(super) const ORDER: [&str; 5] =
    [SUCCESSOR_FINGERPRINT, SUCCESSOR_CERTIFICATE, SUCCESSOR_KEY, CERTIFICATE, KEY];

pub(super) fn all(settings: &Settings) -> Result<(), CertsError> {
    let folder = &settings.certs;
    let in_use = Pair::make(&settings.certificate_names)?;
    let successor = Pair::make(&settings.certificate_names)?;
    fs::create_dir_all(folder).map_err(|error| CertsError::io(folder, &error))?;
    refuse_to_overwrite(folder)?;
    let workshop = Workshop::open(folder)?;
    workshop.put_in_use(&in_use)?;
    workshop.put_successor(&successor)?;
    // Again, now that nobody else can be making any: a rename would overwrite in silence.
    refuse_to_overwrite(folder)?;
    move_into_place(&workshop.0, folder)?;
    sync(folder)
}

/// What was renamed in a folder is on disk.
pub(super) fn sync(folder: &Path) -> Result<(), CertsError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| CertsError::io(folder, &error))
}

fn refuse_to_overwrite(folder: &Path) -> Result<(), CertsError> {
    let there = ORDER.iter().rev().map(|name| folder.join(name)).find(|path| path.symlink_metadata().is_ok());
    there.map_or(Ok(()), |path| Err(CertsError::AlreadyThere { path }))
}

fn move_into_place(from: &Path, to: &Path) -> Result<(), CertsError> {
    for (moved, name) in ORDER.iter().enumerate() {
        if let Err(error) = fs::rename(from.join(name), to.join(name)) {
            for name in &ORDER[..moved] {
                // What cannot be taken back is named by the next start.
                let _ = fs::remove_file(to.join(name));
            }
            return Err(CertsError::io(&to.join(name), &error));
        }
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The folder new files are made in; gone with this value.
pub(super) struct Workshop(pub(super) PathBuf);

impl Workshop {
    pub(super) fn open(folder: &Path) -> Result<Self, CertsError> {
        let path = folder.join(WORKSHOP);
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => Ok(Self(path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(CertsError::Interrupted { path })
            }
            Err(error) => Err(CertsError::io(&path, &error)),
        }
    }

    pub(super) fn put_in_use(&self, pair: &Pair) -> Result<(), CertsError> {
        self.put(CERTIFICATE, pair.certificate.as_bytes(), PUBLIC)?;
        self.put(KEY, pair.key.as_bytes(), SECRET)
    }

    pub(super) fn put_successor(&self, pair: &Pair) -> Result<(), CertsError> {
        let note = format!("{}\n{}\n", pair.fingerprint, pair.fingerprint.phrase());
        self.put(SUCCESSOR_FINGERPRINT, note.as_bytes(), PUBLIC)?;
        self.put(SUCCESSOR_CERTIFICATE, pair.certificate.as_bytes(), PUBLIC)?;
        self.put(SUCCESSOR_KEY, pair.key.as_bytes(), SECRET)
    }

    /// A certificate alone, for a key that stays where it is.
    pub(super) fn put_certificate(&self, name: &str, pair: &Pair) -> Result<(), CertsError> {
        self.put(name, pair.certificate.as_bytes(), PUBLIC)
    }

    fn put(&self, name: &str, bytes: &[u8], mode: u32) -> Result<(), CertsError> {
        let path = self.0.join(name);
        write(&path, bytes, mode).map_err(|error| CertsError::io(&path, &error))
    }
}
impl Drop for Workshop {
    fn drop(&mut self) {
        // If this fails the next run names the folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A key and a certificate for it.
pub(super) struct Pair {
    key: Zeroizing<String>,
    certificate: String,
    pub(super) fingerprint: Fingerprint,
}

impl Pair {
    /// A fresh P-256 key.
    pub(super) fn make(names: &[String]) -> Result<Self, CertsError> {
        Self::of(&KeyPair::generate().map_err(bad_names)?, names)
    }

    /// The key that lies at a path, with a new certificate.
    pub(super) fn read(path: &Path, names: &[String]) -> Result<Self, CertsError> {
        let no_key = || CertsError::Unreadable { path: path.to_owned(), what: "private key in PEM" };
        let bytes = Zeroizing::new(super::read(path)?);
        let text = std::str::from_utf8(&bytes).map_err(|_| no_key())?;
        Self::of(&KeyPair::from_pem(text).map_err(|_| no_key())?, names)
    }

    /// A certificate that the key signs itself, good from 2020 (clocks may be wrong) for as long as there is.
    fn of(key: &KeyPair, names: &[String]) -> Result<Self, CertsError> {
        let mut params = CertificateParams::new(names).map_err(bad_names)?;
        params.not_before = date_time_ymd(2020, 1, 1);
        // RFC 5280 §4.1.2.5: no well-defined end.
        params.not_after = date_time_ymd(9999, 12, 31);
        params.distinguished_name.push(DnType::CommonName, "Snug server");
        let certificate = params.self_signed(key).map_err(bad_names)?;
        let parsed = ParsedCertificate::try_from(certificate.der()).map_err(bad_names)?;
        Ok(Self {
            fingerprint: Fingerprint::of_spki(parsed.subject_public_key_info().as_ref()),
            key: Zeroizing::new(key.serialize_pem()),
            certificate: certificate.pem(),
        })
    }
}

fn bad_names(error: impl std::fmt::Display) -> CertsError {
    CertsError::BadNames { why: error.to_string() }
}
