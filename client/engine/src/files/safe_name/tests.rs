use proptest::prelude::*;

use super::*;

fn all(cases: &[(&str, &str)]) {
    for (given, safe) in cases {
        assert_eq!(&safe_name(given), safe, "{given:?}");
    }
}

#[test]
fn ordinary_names_stay_as_they_are() {
    for name in [
        "holiday.jpg",
        "Übersicht 2026 (final).pdf",
        "archive.tar.gz",
        "no ending",
        "日本語.txt",
        "😀.png",
        "it's fine & ok, #1 100%.txt",
        "-dash.txt",
        "con air.mp4",
        "common.txt",
        "COM10.txt",
        "a.b.c.d",
    ] {
        assert_eq!(safe_name(name), name);
    }
}

#[test]
fn paths_lose_their_folders() {
    all(&[
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\system32\\evil.dll", "evil.dll"),
        ("folder/", "folder"),
        ("..", "file"),
        (".", "file"),
        ("../..", "file"),
        ("a/..", "file"),
        ("a/.\u{200b}.", "file"),
        ("C:evil.txt", "C_evil.txt"),
        ("file.txt:stream", "file.txt_stream"),
        ("nul\0byte.txt", "nulbyte.txt"),
    ]);
}

#[test]
fn nothing_is_hidden_and_nothing_ends_in_dots_or_spaces() {
    all(&[
        (".bashrc", "bashrc"),
        ("...rc", "rc"),
        (" . .x", "x"),
        ("report.txt. . ", "report.txt"),
        ("trailing ", "trailing"),
        ("  ", "file"),
        ("", "file"),
        ("\u{a0}\u{3000}", "file"),
        ("\u{202e}", "file"),
    ]);
}

#[test]
fn what_is_not_seen_is_not_there() {
    all(&[
        // The classic: drawn as "photo_gpj.exe" backwards.
        ("photo\u{202e}gpj.exe", "photogpj.exe"),
        ("a\u{2066}b\u{2069}.txt", "ab.txt"),
        ("zero\u{200b}\u{200d}\u{feff}width.txt", "zerowidth.txt"),
        ("soft\u{ad}hyphen", "softhyphen"),
        ("fill\u{3164}er", "filler"),
        ("tag\u{e0041}ged", "tagged"),
        ("bell\u{7}\u{1b}[31m.txt", "bell[31m.txt"),
        ("line\nbreak\ttab", "line break tab"),
        ("photo.jpg                                  .exe", "photo.jpg .exe"),
        ("photo.jpg\u{2800}\u{2800}\u{a0}.exe", "photo.jpg .exe"),
    ]);
}

#[test]
fn characters_with_a_meaning_become_underscores() {
    all(&[("a<b>c:d\"e|f?g*h", "a_b_c_d_e_f_g_h"), ("a<\u{338}b", "a_\u{338}b")]);
}

#[test]
fn windows_devices_are_ordinary_files() {
    all(&[
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("Aux.tar.gz", "_Aux.tar.gz"),
        ("nul .txt", "_nul .txt"),
        ("COM1", "_COM1"),
        ("com².log", "_com².log"),
        ("LPT9.x", "_LPT9.x"),
        ("CONIN$", "_CONIN$"),
        (".con", "_con"),
        ("con\u{200b}.txt", "_con.txt"),
        // KELVIN SIGN is composed to K.
        ("CLOC\u{212a}$", "_CLOCK$"),
    ]);
}

#[test]
fn letters_are_composed() {
    all(&[("u\u{308}.txt", "ü.txt"), ("e\u{200b}\u{301}", "é")]);
}

#[test]
fn long_names_keep_their_ending() {
    let long = safe_name(&format!("{}.pdf", "x".repeat(400)));
    assert_eq!(long.len(), SAFE_NAME_BYTES_MAX);
    assert!(long.ends_with("x.pdf"));
    assert!(numbered(&long, 9999).len() <= NAME_BYTES_MAX);
    assert!(safe_name(&format!("{}.tar.gz", "x".repeat(400))).ends_with("x.tar.gz"));
    // What is too long to be an ending is a name.
    assert_eq!(safe_name(&format!("a.{}", "b".repeat(400))).len(), SAFE_NAME_BYTES_MAX);
}

#[test]
fn long_names_are_cut_on_what_a_reader_sees() {
    let thumbs = "👍🏽".repeat(60);
    let cut = safe_name(&format!("{thumbs}.png"));
    let stem = cut.strip_suffix(".png").unwrap();
    assert_eq!(stem, "👍🏽".repeat(30), "a thumb and its colour stay together");
    // One letter with more marks than fit.
    let heap = safe_name(&format!("a{}.txt", "\u{316}".repeat(300)));
    assert!(heap.starts_with("a\u{316}") && heap.ends_with(".txt") && heap.len() <= SAFE_NAME_BYTES_MAX);
    // Cutting off such a letter lays a device bare.
    assert_eq!(safe_name(&format!("COMx{}", "\u{316}".repeat(300))), "COM");
    assert_eq!(safe_name(&format!("CONx{}", "\u{316}".repeat(300))), "_CON");
}

#[test]
fn numbers_stand_before_the_ending() {
    assert_eq!(numbered("a.txt", 2), "a (2).txt");
    assert_eq!(numbered("a", 3), "a (3)");
    assert_eq!(numbered("a.tar.gz", 2), "a (2).tar.gz");
    assert_eq!(numbered("a.b c. d", 2), "a.b c (2). d");
}

proptest! {
    #[test]
    fn every_name_is_safe(given in ".{0,300}") {
        let safe = safe_name(&given);
        prop_assert!(!safe.is_empty() && safe.len() <= SAFE_NAME_BYTES_MAX);
        prop_assert!(!safe.contains(['/', '\\', '<', '>', ':', '"', '|', '?', '*']));
        prop_assert!(!safe.starts_with(['.', ' ']) && !safe.ends_with(['.', ' ']));
        prop_assert!(!safe.chars().any(|c| c.is_control() || is_unseen(c)));
        prop_assert!(unicode_normalization::is_nfc(&safe));
        prop_assert_eq!(no_device(&safe), safe.clone());
        prop_assert_eq!(safe_name(&safe), safe.clone(), "making it safe again changes nothing");
        prop_assert_eq!(std::path::Path::new(&safe).file_name(), Some(std::ffi::OsStr::new(&safe)));
        prop_assert!(numbered(&safe, 9999).len() <= NAME_BYTES_MAX);
    }

    #[test]
    fn every_odd_name_is_safe(parts in proptest::collection::vec(
        prop_oneof![
            Just("con"), Just("."), Just(" "), Just("/"), Just("\\"), Just("\u{202e}"), Just("\u{338}"),
            Just("com1"), Just(".tar"), Just(".txt"), Just("\u{200d}"), Just("<"), Just("\u{212a}"), Just("x"),
            Just("\u{2800}"), Just("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
        ], 0..40)) {
        let safe = safe_name(&parts.concat());
        prop_assert!(!safe.is_empty() && safe.len() <= SAFE_NAME_BYTES_MAX);
        prop_assert!(!safe.starts_with(['.', ' ']) && !safe.ends_with(['.', ' ']));
        prop_assert_eq!(no_device(&safe), safe.clone());
        prop_assert_eq!(safe_name(&safe), safe.clone());
    }
}
