//! Puts other files in the place of those that are there: the successor's key in use, or new certificates for the
//! same keys. All of it or nothing.
//!
//! Everything is made in a workshop. Renaming the workshop is the decision: before it nothing has changed, after it
//! the files in [`DECIDED`] move to their places, and whatever cuts that short, the next run or start goes on with it.

use std::fs;
use std::io;
use std::path::Path;

use super::make::{ORDER, Pair, WORKSHOP, Workshop, sync};
use super::{CERTIFICATE, CertsError, KEY, SUCCESSOR_CERTIFICATE, SUCCESSOR_KEY, exists, load, successor};
use crate::config::Settings;

/// What is decided and not everywhere in its place yet.
pub(super) const DECIDED: &str = ".decided";

/// Puts the successor's key in use and makes another successor. `elsewhere` is where the successor's key lies, when
/// it is not in the folder. What an earlier run had decided is only brought to its end: a second rotation in its wake
/// would put a key in use that nobody has heard of.
pub(super) fn rotate(settings: &Settings, elsewhere: Option<&Path>) -> Result<(), CertsError> {
    let folder = &settings.certs;
    if finish(folder)? {
        return Ok(());
    }
    let workshop = prepare_rotation(settings, elsewhere)?;
    decide(&workshop, folder)?;
    finish(folder).map(drop)
}

/// Makes new certificates for the keys that are there.
pub(super) fn renew(settings: &Settings) -> Result<(), CertsError> {
    let folder = &settings.certs;
    finish(folder)?;
    load(settings)?;
    let workshop = Workshop::open(folder)?;
    for (key, certificate) in [(KEY, CERTIFICATE), (SUCCESSOR_KEY, SUCCESSOR_CERTIFICATE)] {
        let key = folder.join(key);
        // A successor's key on another disk gets its certificate when it takes over.
        if exists(&key)? {
            workshop.put_certificate(certificate, &Pair::read(&key, &settings.certificate_names)?)?;
        }
    }
    decide(&workshop, folder)?;
    finish(folder).map(drop)
}

/// Brings what was decided to its end; whether there was anything.
pub(super) fn finish(folder: &Path) -> Result<bool, CertsError> {
    let decided = folder.join(DECIDED);
    if !exists(&decided)? {
        return Ok(false);
    }
    for name in ORDER {
        put_in_place(folder, name)?;
    }
    sync(folder)?;
    match fs::remove_dir(&decided) {
        // Somebody else brought it to its end at the same time.
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(CertsError::io(&decided, &error)),
        _ => Ok(true),
    }
}

fn put_in_place(folder: &Path, name: &str) -> Result<(), CertsError> {
    let place = folder.join(name);
    match fs::rename(folder.join(DECIDED).join(name), &place) {
        // It is in its place already, or keeps what it had.
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(CertsError::io(&place, &error)),
        _ => Ok(()),
    }
}

fn prepare_rotation(settings: &Settings, elsewhere: Option<&Path>) -> Result<Workshop, CertsError> {
    let folder = &settings.certs;
    let announced = match load(settings) {
        // Who lost the key in use and has its successor needs nothing else to go on.
        Err(CertsError::Missing { .. } | CertsError::MissingHalf { .. }) if elsewhere.is_some() => {
            fs::create_dir_all(folder).map_err(|error| CertsError::io(folder, &error))?;
            successor(folder)?
        }
        keys => {
            let none = || CertsError::NoSuccessor { folder: folder.clone() };
            Some(keys?.successor.ok_or_else(none)?)
        }
    };
    let key = elsewhere.map_or_else(|| folder.join(SUCCESSOR_KEY), Path::to_owned);
    if elsewhere.is_none() && !exists(&key)? {
        return Err(CertsError::SuccessorElsewhere { folder: folder.clone() });
    }
    let in_use = Pair::read(&key, &settings.certificate_names)?;
    if let Some(announced) = announced.filter(|announced| *announced != in_use.fingerprint) {
        return Err(CertsError::NotTheSuccessor { key, announced: announced.phrase() });
    }
    let workshop = Workshop::open(folder)?;
    workshop.put_in_use(&in_use)?;
    workshop.put_successor(&Pair::make(&settings.certificate_names)?)?;
    Ok(workshop)
}

fn decide(workshop: &Workshop, folder: &Path) -> Result<(), CertsError> {
    sync(&workshop.0)?;
    let decided = folder.join(DECIDED);
    fs::rename(folder.join(WORKSHOP), &decided).map_err(|error| CertsError::io(&decided, &error))?;
    sync(folder)
}

#[cfg(test)]
mod tests {
    use snug_proto::Fingerprint;

    use super::super::SUCCESSOR_FINGERPRINT;
    use super::*;
    use crate::certs::tests::{contents, house_with_keys};
    use crate::certs::{Keys, load_or_make, make};

    fn facts(keys: &Keys) -> (Fingerprint, Option<Fingerprint>) {
        (keys.fingerprint, keys.successor)
    }

    #[test]
    fn the_successor_takes_over_and_the_old_key_is_gone() {
        let (_folder, settings) = house_with_keys();
        let before = load(&settings).unwrap();
        let old_key = fs::read(settings.certs.join(KEY)).unwrap();
        rotate(&settings, None).unwrap();
        let after = load(&settings).unwrap();
        assert_eq!(Some(after.fingerprint), before.successor);
        assert!(after.successor.is_some() && after.successor != before.successor);
        assert_ne!(after.successor, Some(before.fingerprint));
        let files = contents(&settings.certs);
        assert_eq!(files.len(), ORDER.len(), "neither workshop nor old files: {:?}", files.keys());
        assert!(files.values().all(|bytes| *bytes != old_key));
    }

    #[test]
    fn whatever_cuts_a_rotation_short_it_is_done_or_undone() {
        // Before the decision: the old keys are in use, and the workshop is named to whoever tries again.
        let (_folder, settings) = house_with_keys();
        let before = load(&settings).unwrap();
        std::mem::forget(prepare_rotation(&settings, None).unwrap());
        assert_eq!(facts(&load(&settings).unwrap()), facts(&before));
        assert!(matches!(rotate(&settings, None), Err(CertsError::Interrupted { .. })));
        fs::remove_dir_all(settings.certs.join(WORKSHOP)).unwrap();
        assert_eq!(facts(&load(&settings).unwrap()), facts(&before));

        // After it: however many files had moved, a start or the same command brings it to the same end.
        for moved in 0..=ORDER.len() {
            for by_start in [true, false] {
                let (_folder, settings) = house_with_keys();
                let before = load(&settings).unwrap();
                decide(&prepare_rotation(&settings, None).unwrap(), &settings.certs).unwrap();
                let next = fs::read(settings.certs.join(DECIDED).join(SUCCESSOR_FINGERPRINT));
                ORDER[..moved].iter().for_each(|name| put_in_place(&settings.certs, name).unwrap());
                assert!(matches!(load(&settings), Err(CertsError::Unfinished { .. })));
                assert!(make(&settings).is_err(), "nothing new is made over it");
                match by_start {
                    true => assert!(!load_or_make(&settings).unwrap().1),
                    false => rotate(&settings, None).unwrap(),
                }
                let after = load(&settings).unwrap();
                assert_eq!(Some(after.fingerprint), before.successor, "once, not twice");
                let written = fs::read(settings.certs.join(SUCCESSOR_FINGERPRINT)).unwrap();
                assert_eq!(written, next.unwrap());
                assert_eq!(contents(&settings.certs).len(), ORDER.len());
            }
        }
    }

    #[test]
    fn a_successor_on_another_disk_is_asked_for_and_must_be_the_right_one() {
        let (folder, settings) = house_with_keys();
        let before = load(&settings).unwrap();
        let disk = folder.path().join("disk");
        fs::create_dir(&disk).unwrap();
        let away = disk.join("successor.key");
        fs::rename(settings.certs.join(SUCCESSOR_KEY), &away).unwrap();
        fs::remove_file(settings.certs.join(SUCCESSOR_CERTIFICATE)).unwrap();
        let files = contents(&settings.certs);

        assert!(matches!(rotate(&settings, None), Err(CertsError::SuccessorElsewhere { .. })));
        let (_other, stranger) = house_with_keys();
        let foreign = rotate(&settings, Some(&stranger.certs.join(SUCCESSOR_KEY)));
        assert!(matches!(foreign, Err(CertsError::NotTheSuccessor { .. })));
        fs::write(disk.join("text"), "no key").unwrap();
        assert!(matches!(rotate(&settings, Some(&disk.join("text"))), Err(CertsError::Unreadable { .. })));
        assert!(matches!(rotate(&settings, Some(&disk.join("gone"))), Err(CertsError::Io { .. })));
        assert_eq!(contents(&settings.certs), files, "nothing was changed");

        rotate(&settings, Some(&away)).unwrap();
        assert_eq!(Some(load(&settings).unwrap().fingerprint), before.successor);
        assert!(away.exists(), "what lies elsewhere is its owner's business");
    }

    #[test]
    fn a_lost_key_is_followed_by_the_successor_on_another_disk() {
        for lost in [&[KEY][..], &[KEY, CERTIFICATE], &ORDER] {
            let (folder, settings) = house_with_keys();
            let before = load(&settings).unwrap();
            let away = folder.path().join("successor.key");
            fs::rename(settings.certs.join(SUCCESSOR_KEY), &away).unwrap();
            for name in lost {
                // The successor's key is gone from here already.
                let _ = fs::remove_file(settings.certs.join(name));
            }
            assert!(rotate(&settings, None).is_err());
            rotate(&settings, Some(&away)).unwrap();
            assert_eq!(Some(load(&settings).unwrap().fingerprint), before.successor);
        }
    }

    #[test]
    fn without_a_successor_nothing_follows() {
        let (_folder, settings) = house_with_keys();
        for name in [SUCCESSOR_KEY, SUCCESSOR_CERTIFICATE, SUCCESSOR_FINGERPRINT] {
            fs::remove_file(settings.certs.join(name)).unwrap();
        }
        assert!(matches!(rotate(&settings, None), Err(CertsError::NoSuccessor { .. })));
    }

    #[test]
    fn renewed_certificates_have_the_new_names_and_the_old_keys() {
        let (_folder, mut settings) = house_with_keys();
        let before = load(&settings).unwrap();
        let keys = [KEY, SUCCESSOR_KEY].map(|name| fs::read(settings.certs.join(name)).unwrap());
        settings.certificate_names = vec!["new.example".into()];
        renew(&settings).unwrap();
        let after = load(&settings).unwrap();
        assert_eq!(facts(&after), facts(&before));
        assert_ne!(after.certificate, before.certificate);
        assert!(after.certificate.windows(11).any(|bytes| bytes == b"new.example"));
        assert_eq!([KEY, SUCCESSOR_KEY].map(|name| fs::read(settings.certs.join(name)).unwrap()), keys);

        fs::remove_file(settings.certs.join(SUCCESSOR_KEY)).unwrap();
        renew(&settings).unwrap();
        assert_eq!(facts(&load(&settings).unwrap()), facts(&before), "the successor's key lies elsewhere");
        settings.certificate_names = vec!["häuschen".into()];
        assert!(matches!(renew(&settings), Err(CertsError::BadNames { .. })));
        assert_eq!(contents(&settings.certs).len(), 4, "a failed run leaves nothing");
    }
}
