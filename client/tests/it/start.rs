//! The real program where there can be no window: one sentence, and an exit code.
#![cfg(target_os = "linux")]

use std::process::{Command, Output};

/// Runs Snug with a home of its own and nothing else in its environment.
fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut snug = Command::new(env!("CARGO_BIN_EXE_snug"));
    snug.env_clear().env("HOME", home.path()).env("XDG_RUNTIME_DIR", home.path());
    snug.arg("--data-dir").arg(home.path()).args(arguments).envs(variables.iter().copied()).output().unwrap()
}

/// It ended with one sentence that has these words.
fn says(output: &Output, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(words), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "one sentence: {said}");
}

#[test]
fn without_a_display_it_says_so() {
    says(&start(&[], &[]), "There is no display to draw on.");
    says(&start(&[], &[("DISPLAY", "")]), "There is no display to draw on.");
}

#[test]
fn a_display_that_is_not_there_is_said_in_one_sentence_too() {
    let variables = [("DISPLAY", "nowhere.invalid:7"), ("ICED_BACKEND", "tiny-skia")];
    says(&start(&[], &variables), "display");
}

#[test]
fn what_was_typed_wrong_is_said() {
    says(&start(&["--profile", "../bob"], &[]), "A profile's name has letters");
    says(&start(&["--server", "chat.example:99999"], &[]), "The port after the “:”");
    says(&start(&["snug://chat.example/#1.short"], &[]), "This link is not complete");
}
