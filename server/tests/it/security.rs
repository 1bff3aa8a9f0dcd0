//! SECURITY.md names the tests that try what it says. A name that no test has would be worse than none.

use std::collections::BTreeSet;
use std::path::Path;

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Where the code lies.
const FOLDERS: [&str; 5] = ["proto", "server", "client", "bench", "scrub"];

/// The names of all tests below a folder.
fn tests_below(folder: &Path, found: &mut BTreeSet<String>) {
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            tests_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            tests_in(&std::fs::read_to_string(&path).unwrap(), found);
        }
    }
}

/// A test's name stands below the line that makes it one.
fn tests_in(source: &str, found: &mut BTreeSet<String>) {
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        if let Some((_, signature)) = line.split_once("fn ") {
            let name = signature.split(['(', '<']).next().unwrap_or_default();
            if std::mem::take(&mut is_test) {
                found.insert(name.to_owned());
            }
        }
    }
}

/// What stands between backquotes and reads like a test: words in small letters.
fn named_in(text: &str) -> BTreeSet<&str> {
    let reads_like_one = |name: &&str| {
        name.matches('_').count() >= 3
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    text.split('`').skip(1).step_by(2).filter(reads_like_one).collect()
}

fn security() -> String {
    std::fs::read_to_string(Path::new(WORKSPACE).join("SECURITY.md")).unwrap()
}

#[test]
fn every_test_that_is_named_in_security_md_exists() {
    let mut found = BTreeSet::new();
    FOLDERS.iter().for_each(|folder| tests_below(&Path::new(WORKSPACE).join(folder), &mut found));
    let text = security();
    let named = named_in(&text);
    assert!(named.len() > 50, "only {} are named: are they still written in backquotes?", named.len());
    let missing: Vec<_> = named.into_iter().filter(|name| !found.contains(*name)).collect();
    assert!(missing.is_empty(), "no test has the name {missing:?}");
}

#[test]
fn every_adversary_has_a_test() {
    let text = security();
    let rows = text.lines().filter(|line| line.starts_with("| ")).skip(2);
    for row in rows {
        assert!(!named_in(row).is_empty(), "nothing shows this: {row}");
    }
}
