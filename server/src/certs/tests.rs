use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

fn empty_house() -> (tempfile::TempDir, Settings) {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::in_folder(folder.path());
    (folder, settings)
}

pub(super) fn house_with_keys() -> (tempfile::TempDir, Settings) {
    let (folder, settings) = empty_house();
    make(&settings).unwrap();
    (folder, settings)
}

/// Every file below a folder with its bytes.
pub(super) fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let Ok(files) = fs::read_dir(folder) else { return BTreeMap::new() };
    files
        .map(|file| file.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap_or_default()))
        .collect()
}

/// Loading fails with a sentence that has these words in it, and changes nothing.
fn told(settings: &Settings, words: &str) {
    let before = contents(&settings.certs);
    let error = load_or_make(settings).unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
    assert_eq!(contents(&settings.certs), before);
}

#[test]
fn what_was_made_is_loaded_again() {
    let (_folder, settings) = empty_house();
    assert!(matches!(load(&settings), Err(CertsError::Missing { .. })));
    let (made, new) = load_or_make(&settings).unwrap();
    assert!(new);
    let (loaded, new) = load_or_make(&settings).unwrap();
    assert!(!new);
    assert_eq!((made.fingerprint, made.successor), (loaded.fingerprint, loaded.successor));
    assert!(made.successor.is_some() && made.successor != Some(made.fingerprint));
    let sheet = made.to_string();
    assert!(sheet.contains(&made.fingerprint.phrase()) && sheet.contains(&made.fingerprint.to_string()));
}

#[test]
fn keys_are_for_the_owner_alone() {
    let (_folder, settings) = house_with_keys();
    let mode = |name: &str| fs::metadata(settings.certs.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!([mode(KEY), mode(SUCCESSOR_KEY)], [0o600; 2]);
    assert_eq!(contents(&settings.certs).len(), 5, "the workshop is gone");
}

#[test]
fn nothing_is_ever_overwritten() {
    for name in [KEY, CERTIFICATE, SUCCESSOR_KEY, SUCCESSOR_CERTIFICATE, SUCCESSOR_FINGERPRINT] {
        let (_folder, settings) = empty_house();
        fs::create_dir_all(&settings.certs).unwrap();
        fs::write(settings.certs.join(name), "precious").unwrap();
        let before = contents(&settings.certs);
        assert_eq!(
            make(&settings).unwrap_err(),
            CertsError::AlreadyThere { path: settings.certs.join(name) }
        );
        assert_eq!(contents(&settings.certs), before);
    }
}

#[test]
fn an_interrupted_run_is_named() {
    let (_folder, settings) = empty_house();
    fs::create_dir_all(settings.certs.join(".new")).unwrap();
    told(&settings, "interrupted");
}

#[test]
fn a_missing_half_is_named_and_nothing_is_made_beside_it() {
    for (gone, left) in [(KEY, CERTIFICATE), (CERTIFICATE, KEY), (SUCCESSOR_CERTIFICATE, SUCCESSOR_KEY)] {
        let (_folder, settings) = house_with_keys();
        fs::remove_file(settings.certs.join(gone)).unwrap();
        told(&settings, &format!("{left} is there, but"));
    }
}

#[test]
fn a_successor_on_another_disk_leaves_its_fingerprint() {
    let (_folder, settings) = house_with_keys();
    let before = load(&settings).unwrap();
    assert!(before.successor_key_here().is_some());
    fs::remove_file(settings.certs.join(SUCCESSOR_KEY)).unwrap();
    assert_eq!(load(&settings).unwrap().successor, before.successor, "its certificate may stay");
    fs::remove_file(settings.certs.join(SUCCESSOR_CERTIFICATE)).unwrap();
    let after = load(&settings).unwrap();
    assert_eq!(after.successor, before.successor);
    assert_eq!(after.successor_key_here(), None);
    fs::remove_file(settings.certs.join(SUCCESSOR_FINGERPRINT)).unwrap();
    assert_eq!(load(&settings).unwrap().successor, None);
}

#[test]
fn what_does_not_belong_together_is_told() {
    let (_a, alice) = house_with_keys();
    let (_b, bob) = house_with_keys();
    for name in [KEY, SUCCESSOR_KEY, SUCCESSOR_FINGERPRINT] {
        let own = fs::read(alice.certs.join(name)).unwrap();
        fs::copy(bob.certs.join(name), alice.certs.join(name)).unwrap();
        told(&alice, "was not made for");
        fs::write(alice.certs.join(name), own).unwrap();
    }
    load(&alice).unwrap();
}

#[test]
fn a_key_does_not_follow_itself() {
    let (_folder, settings) = house_with_keys();
    for (from, to) in [(KEY, SUCCESSOR_KEY), (CERTIFICATE, SUCCESSOR_CERTIFICATE)] {
        fs::copy(settings.certs.join(from), settings.certs.join(to)).unwrap();
    }
    fs::remove_file(settings.certs.join(SUCCESSOR_FINGERPRINT)).unwrap();
    told(&settings, "is the key in use itself");
}

#[test]
fn damaged_files_are_told() {
    let (_folder, settings) = house_with_keys();
    for name in [KEY, CERTIFICATE, SUCCESSOR_KEY, SUCCESSOR_CERTIFICATE, SUCCESSOR_FINGERPRINT] {
        let path = settings.certs.join(name);
        let own = fs::read(&path).unwrap();
        for damage in [&b""[..], b"garbage", &own[..own.len() / 3], &[0xff; 5000]] {
            fs::write(&path, damage).unwrap();
            told(&settings, name);
        }
        fs::write(&path, own).unwrap();
    }
}

#[test]
fn names_that_make_no_certificate_are_told() {
    let (_folder, mut settings) = empty_house();
    settings.certificate_names = vec!["häuschen".to_owned()];
    told(&settings, "certificate_names");
}

#[test]
fn certificates_carry_the_names_of_the_configuration() {
    let (_folder, mut settings) = empty_house();
    settings.certificate_names = ["chat.example", "192.0.2.7", "2001:db8::7"].map(String::from).into();
    let certificate = make(&settings).unwrap().certificate;
    let has = |name: &[u8]| certificate.windows(name.len()).any(|bytes| bytes == name);
    assert!(has(b"chat.example") && has(&[192, 0, 2, 7]));
    assert!(has(&"2001:db8::7".parse::<std::net::Ipv6Addr>().unwrap().octets()));
    assert!(!has(b"localhost"));

    let (_folder, settings) = empty_house();
    let here = make(&settings).unwrap().certificate;
    assert!(here.windows(9).any(|bytes| bytes == b"localhost"), "nobody said others");
}
