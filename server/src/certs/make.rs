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
const WORKSHOP: &str = ".new";

const SECRET: u32 = 0o600;
const PUBLIC: u32 = 0o644;

/// The files in the order in which they move into place: the key in use comes last, so that whatever happens on
/// the way, a server never starts on half of it.
const ORDER: [&str; 5] = [SUCCESSOR_FINGERPRINT, SUCCESSOR_CERTIFICATE, SUCCESSOR_KEY, CERTIFICATE, KEY];

pub(super) fn all(settings: &Settings) -> Result<(), CertsError> {
    let folder = &settings.certs;
    let in_use = pair(&settings.certificate_names)?;
    let successor = pair(&settings.certificate_names)?;
    let io = |path: &Path| {
        let path = path.to_owned();
        move |error: io::Error| CertsError::io(&path, &error)
    };

    fs::create_dir_all(folder).map_err(io(folder))?;
    refuse_to_overwrite(folder)?;
    let workshop = Workshop::open(folder.join(WORKSHOP))?;
    let note = format!("{}\n{}\n", successor.fingerprint, successor.fingerprint.phrase());
    let files = [
        (SUCCESSOR_FINGERPRINT, note.as_bytes(), PUBLIC),
        (SUCCESSOR_CERTIFICATE, successor.certificate.as_bytes(), PUBLIC),
        (SUCCESSOR_KEY, successor.key.as_bytes(), SECRET),
        (CERTIFICATE, in_use.certificate.as_bytes(), PUBLIC),
        (KEY, in_use.key.as_bytes(), SECRET),
    ];
    for (name, bytes, mode) in files {
        let path = workshop.0.join(name);
        write(&path, bytes, mode).map_err(io(&path))?;
    }
    // Again, now that nobody else can be making any: a rename would overwrite in silence.
    refuse_to_overwrite(folder)?;
    move_into_place(&workshop.0, folder)?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io(folder))
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
struct Workshop(PathBuf);

impl Workshop {
    fn open(path: PathBuf) -> Result<Self, CertsError> {
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => Ok(Self(path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(CertsError::Interrupted { path })
            }
            Err(error) => Err(CertsError::io(&path, &error)),
        }
    }
}
impl Drop for Workshop {
    fn drop(&mut self) {
        // If this fails the next run names the folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Pair {
    key: Zeroizing<String>,
    certificate: String,
    fingerprint: Fingerprint,
}

/// A P-256 key and a certificate it signs itself, good from 2020 (clocks may be wrong) for as long as there is.
fn pair(names: &[String]) -> Result<Pair, CertsError> {
    let bad = |error: rcgen::Error| CertsError::BadNames { why: error.to_string() };
    let key = KeyPair::generate().map_err(bad)?;
    let mut params = CertificateParams::new(names).map_err(bad)?;
    params.not_before = date_time_ymd(2020, 1, 1);
    // RFC 5280 §4.1.2.5: no well-defined end.
    params.not_after = date_time_ymd(9999, 12, 31);
    params.distinguished_name.push(DnType::CommonName, "Snug server");
    let certificate = params.self_signed(&key).map_err(bad)?;
    let parsed = ParsedCertificate::try_from(certificate.der())
        .map_err(|error| CertsError::BadNames { why: error.to_string() })?;
    Ok(Pair {
        fingerprint: Fingerprint::of_spki(parsed.subject_public_key_info().as_ref()),
        key: Zeroizing::new(key.serialize_pem()),
        certificate: certificate.pem(),
    })
}
