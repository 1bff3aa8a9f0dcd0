//! Snug among somebody's programs: in the menu, and asked when a link is opened.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PREFIX: &str = "/opt/snug";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn install(into: &Path, arguments: &[&str]) {
    let status = Command::new(root().join("scripts/install.sh"))
        .args(arguments)
        .env("DESTDIR", into)
        .env("PREFIX", PREFIX)
        .env("SNUG_PROGRAMS", Path::new(env!("CARGO_BIN_EXE_snug")).parent().unwrap())
        .output()
        .unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
}

/// Every file below a folder, by its path there.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                found.insert(entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found
}

#[test]
fn installing_puts_snug_into_the_menu_and_removing_takes_all_of_it_away() {
    let to = tempfile::tempdir().unwrap();
    install(to.path(), &[]);
    install(to.path(), &[]);
    let expected = [
        "bin/gen-certs",
        "bin/snug",
        "bin/snug-server",
        "share/applications/snug.desktop",
        "share/icons/hicolor/scalable/apps/snug.svg",
    ];
    assert_eq!(files(to.path()), expected.map(|file| format!("opt/snug/{file}")).into());

    let desktop = fs::read_to_string(to.path().join("opt/snug/share/applications/snug.desktop")).unwrap();
    let mut lines = desktop.lines();
    assert_eq!(lines.next(), Some("[Desktop Entry]"));
    let keys: Vec<(&str, &str)> = lines.map(|line| line.split_once('=').expect("key=value")).collect();
    let value = |key: &str| keys.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
    // Desktop Entry Specification: what an application must say, and how it is handed a link.
    assert_eq!(value("Type"), Some("Application"));
    assert_eq!(value("Name"), Some("Snug"));
    assert_eq!(value("Exec"), Some("\"/opt/snug/bin/snug\" %u"));
    assert_eq!(value("MimeType"), Some("x-scheme-handler/snug;"));
    assert_eq!(value("StartupWMClass"), Some("snug"), "the window says so of itself");

    install(to.path(), &["remove"]);
    assert_eq!(files(to.path()), BTreeSet::new());
}
