use std::io::Write;

use tempfile::TempDir;

use super::*;

/// A folder with an export of these lines.
fn export(name: &str, lines: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut file = fs::File::create(folder.path().join(name)).unwrap();
    for line in lines {
        writeln!(file, "{line}").unwrap();
    }
    folder
}

fn read(folder: &Path, room: &str) -> Result<Vec<Piece>, Broken> {
    let mut archive = Archive::open(folder, room)?;
    let mut pieces = Vec::new();
    while let Some(piece) = archive.next()? {
        pieces.push(piece);
    }
    assert_eq!(pieces.len() as u64, archive.total());
    Ok(pieces)
}

const HEADER: &str = r#"{"snug":"export","version":1,"server":"home","room":{"name":"Attic","kind":"private"},
    "exported_at":"2026-11-26T20:00:00Z","exported_by":{"id":1,"name":"alice"}}"#;

fn snug(lines: &[&str]) -> TempDir {
    let header = HEADER.replace('\n', " ");
    let all: Vec<&str> = [header.as_str()].into_iter().chain(lines.iter().copied()).collect();
    export(MESSAGES, &all)
}

#[test]
fn snugs_own_export_is_read() {
    let folder = snug(&[
        r#"{"seq":1,"origin":"a-1","at":"2026-01-01T00:00:00Z","kind":"created","author":{"id":1,"name":"alice"}}"#,
        r#"{"seq":2,"origin":"a-2","at":"2026-01-01T00:00:01.5Z","kind":"text","text":"hello","author":{"id":1,"name":"alice"}}"#,
        "",
        r#"{"seq":3,"origin":"b-1","at":"2026-01-01T00:00:02Z","kind":"text","text":"yes","reply_to":"a-2","author":{"id":2,"name":"bob"},"later":[1]}"#,
        r#"{"seq":4,"origin":"b-2","at":"2026-01-01T00:00:03Z","kind":"text","text":"old","author":{"id":2,"name":"bob"},"source":{"how":"imported","author":"carol","at":"2001-01-01T00:00:00Z","from":"Mattermost"}}"#,
    ]);
    let pieces = read(folder.path(), "").unwrap();
    assert_eq!(pieces.len(), 3);
    assert_eq!((pieces[0].author.as_str(), pieces[0].at), ("alice", 1_767_225_601_500));
    assert_eq!(pieces[0].what, Attached::Text("hello".into()));
    assert_eq!(pieces[1].reply_to, pieces[0].name);
    assert_eq!((pieces[2].author.as_str(), pieces[2].from.as_str()), ("carol", "Mattermost"));
}

#[test]
fn a_file_outside_of_the_export_is_never_sent() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    let absolute = outside.path().join("secret").display().to_string();
    let line = |path: &str| {
        format!(
            r#"{{"seq":1,"origin":"a-1","at":"2026-01-01T00:00:00Z","kind":"file","file":{{"name":"x/photo.jpg","size":1,"media_type":"","hash":"","path":"{path}"}}}}"#
        )
    };
    let folder = snug(&[&line(&absolute), &line("../secret"), &line("files/link"), &line("files/photo.jpg")]);
    let files = folder.path().join(FILES);
    fs::create_dir(&files).unwrap();
    fs::write(files.join("photo.jpg"), "photo").unwrap();
    std::os::unix::fs::symlink(&absolute, files.join("link")).unwrap();
    let pieces = read(folder.path(), "").unwrap();
    for piece in &pieces[..3] {
        assert_eq!(piece.what, Attached::Missing("photo.jpg".into()));
    }
    assert!(matches!(&pieces[3].what, Attached::File(path) if path.ends_with("files/photo.jpg")));
}

fn mattermost(posts: &[&str]) -> TempDir {
    let mut all = vec![
        r#"{"type":"version","version":1,"info":{"generator":"mattermost-server"}}"#,
        r#"{"type":"team","team":{"name":"house"}}"#,
        r#"{"type":"channel","channel":{"team":"house","name":"town-square","type":"O"}}"#,
        r#"{"type":"user","user":{"username":"alice","password":"x"}}"#,
    ];
    all.extend(posts);
    export("bulk.jsonl", &all)
}

#[test]
fn a_bulk_export_of_mattermosts_is_read_in_the_order_of_time() {
    let folder = mattermost(&[
        r#"{"type":"post","post":{"team":"house","channel":"town-square","user":"bob","message":"second","create_at":2000,"replies":[{"user":"carol","message":"later","create_at":9000},{"user":"alice","message":"sooner","create_at":3000,"attachments":[{"path":"2026/a.png"}]}],"attachments":[{"path":"2026/gone.png"}],"reactions":null}}"#,
        r#"{"type":"post","post":{"team":"house","channel":"town-square","user":"alice","message":"first","create_at":1000,"replies":null,"attachments":null}}"#,
        r#"{"type":"post","post":{"team":"house","channel":"town-square","user":"alice","type":"system_join_channel","message":"alice joined","create_at":1}}"#,
    ]);
    fs::create_dir_all(folder.path().join("data/2026")).unwrap();
    fs::write(folder.path().join("data/2026/a.png"), "png").unwrap();
    let pieces = read(folder.path(), "anything").unwrap();
    let texts: Vec<_> = pieces
        .iter()
        .map(|piece| match &piece.what {
            Attached::Text(text) => text.clone(),
            Attached::File(path) => format!("file {}", path.file_name().unwrap().to_string_lossy()),
            Attached::Missing(name) => format!("no {name}"),
        })
        .collect();
    assert_eq!(texts, ["first", "second", "no gone.png", "sooner", "file a.png", "later"]);
    assert_eq!((pieces[5].author.as_str(), pieces[5].at), ("carol", 9000));
    assert!(pieces[1].name.is_some() && pieces[5].reply_to == pieces[1].name);
    assert_eq!(pieces[0].from, "Mattermost");
}

#[test]
fn of_several_channels_one_is_named() {
    let folder = mattermost(&[
        r#"{"type":"post","post":{"channel":"town-square","user":"bob","message":"a","create_at":1}}"#,
        r#"{"type":"post","post":{"channel":"off-topic","user":"bob","message":"b","create_at":1}}"#,
        r#"{"type":"direct_post","direct_post":{"channel_members":["bob","alice"],"user":"bob","message":"c","create_at":1}}"#,
    ]);
    let problem = read(folder.path(), "Attic").unwrap_err().to_string();
    assert!(problem.contains("several channels") && problem.contains("“off-topic”"), "{problem}");
    assert_eq!(read(folder.path(), "Town Square").unwrap()[0].what, Attached::Text("a".into()));
    assert_eq!(read(folder.path(), "alice, bob").unwrap()[0].what, Attached::Text("c".into()));
}

#[test]
fn what_is_broken_is_told_with_its_line() {
    let good = r#"{"seq":1,"origin":"a-1","at":"2026-01-01T00:00:00Z","kind":"text","text":"hello"}"#;
    let long = "x".repeat(17 << 20);
    for (line, why) in [
        ("{\"seq\":2,", "it ends too early"),
        ("nonsense", "it is no JSON"),
        ("{\"seq\":\"two\"}", "of another kind"),
        (r#"{"seq":2,"origin":"","at":"soon","kind":"text","text":""}"#, ""),
        (r#"{"seq":2,"origin":"","at":"soon","kind":"text","text":"x"}"#, "RFC 3339"),
        (long.as_str(), "it is too long"),
    ] {
        let folder = snug(&[good, line]);
        match read(folder.path(), "") {
            Ok(pieces) => assert!(why.is_empty() && pieces.len() == 1),
            Err(broken) => {
                let sentence = broken.to_string();
                assert!(sentence.starts_with("Line 3 ") && sentence.contains(why), "{sentence}");
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(read(folder.path(), "").unwrap_err().to_string(), "There is no export in this folder.");
    fs::write(folder.path().join("a.jsonl"), "{\"type\":\"post\"}").unwrap();
    assert!(read(folder.path(), "").unwrap_err().to_string().contains("no export of Snug or Mattermost"));
    fs::write(folder.path().join("a.jsonl"), [0xff, 0xfe]).unwrap();
    assert!(read(folder.path(), "").unwrap_err().to_string().contains("no text in UTF-8"));
    fs::write(folder.path().join("a.jsonl"), r#"{"snug":"export","version":9}"#).unwrap();
    assert!(read(folder.path(), "").is_err());
}

#[test]
fn a_text_that_is_too_long_becomes_several() {
    let long = format!("{}\n{}", "ä".repeat(7000), "ö".repeat(9000));
    let parts = piece::messages(&long);
    assert_eq!(parts, ["ä".repeat(7000), "ö".repeat(8192), "ö".repeat(808)]);
    assert_eq!(piece::messages(""), [""; 0]);
}
