use super::*;

const BLOB: BlobId = BlobId([0xa5; 16]);
const TEXT: &[u8] = b"dear bob, all is well";

fn promise(bytes: &[u8]) -> Promise {
    Promise { size: bytes.len() as u64, hash: *blake3::hash(bytes).as_bytes() }
}

fn world() -> (tempfile::TempDir, Received) {
    let folder = tempfile::tempdir().unwrap();
    let received = Received::open(folder.path().join("received")).unwrap();
    (folder, received)
}

fn names(received: &Received) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(&received.folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn receive(received: &Received, name: &str, bytes: &[u8]) -> Result<PathBuf, FileProblem> {
    let mut part = received.begin(BLOB, promise(bytes))?;
    part.write(bytes)?;
    part.finish(name)
}

#[test]
fn a_file_arrives_under_its_name_and_is_its_owners() {
    let (_folder, received) = world();
    let path = receive(&received, "letter.txt", TEXT).unwrap();
    assert_eq!(fs::read(&path).unwrap(), TEXT);
    assert_eq!(names(&received), ["letter.txt"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn an_empty_file_arrives() {
    let (_folder, received) = world();
    let part = received.begin(BLOB, promise(b"")).unwrap();
    assert!(part.is_complete());
    assert_eq!(fs::read(part.finish("empty").unwrap()).unwrap(), b"");
}

#[test]
fn files_of_one_name_are_numbered() {
    let (_folder, received) = world();
    for text in ["one", "two", "three"] {
        receive(&received, "photo.jpg", text.as_bytes()).unwrap();
    }
    assert_eq!(names(&received), ["photo (2).jpg", "photo (3).jpg", "photo.jpg"]);
    assert_eq!(fs::read(received.folder.join("photo.jpg")).unwrap(), b"one");
    assert_eq!(fs::read(received.folder.join("photo (3).jpg")).unwrap(), b"three");
}

#[test]
fn nothing_stands_under_the_final_name_before_the_end() {
    let (_folder, received) = world();
    let mut part = received.begin(BLOB, promise(TEXT)).unwrap();
    part.write(&TEXT[..5]).unwrap();
    let [name] = &names(&received)[..] else { panic!("one part") };
    assert!(name.starts_with('.') && name.ends_with(".part"));
    // No sender can choose that name.
    assert!(!safe_name(name).starts_with('.'));
}

#[test]
fn a_broken_transfer_goes_on_where_it_ended() {
    let (_folder, received) = world();
    let mut part = received.begin(BLOB, promise(TEXT)).unwrap();
    assert!(part.is_empty());
    part.write(&TEXT[..9]).unwrap();
    drop(part);

    let mut part = received.begin(BLOB, promise(TEXT)).unwrap();
    assert_eq!(part.len(), 9);
    assert!(!part.catch_up(4).unwrap());
    assert!(part.catch_up(400).unwrap());
    part.write(&TEXT[9..]).unwrap();
    assert_eq!(fs::read(part.finish("letter.txt").unwrap()).unwrap(), TEXT);
    assert_eq!(names(&received), ["letter.txt"]);
}

#[test]
fn what_is_resumed_is_this_blobs_and_nobodys_now() {
    let (_folder, received) = world();
    let mut first = received.begin(BLOB, promise(TEXT)).unwrap();
    first.write(&TEXT[..9]).unwrap();
    let other = received.begin(BlobId([1; 16]), promise(TEXT)).unwrap();
    assert!(other.is_empty());
    let second = received.begin(BLOB, promise(TEXT)).unwrap();
    assert!(second.is_empty(), "the first one is still written to");
    drop((first, other, second));
    // A part longer than the file is no part of it.
    assert!(received.begin(BLOB, promise(b"short")).unwrap().is_empty());
}

#[test]
fn wrong_bytes_are_thrown_away() {
    let (_folder, received) = world();
    let mut part = received.begin(BLOB, promise(TEXT)).unwrap();
    part.write(b"dear bob, all is hell").unwrap();
    assert_eq!(part.finish("letter.txt"), Err(FileProblem::Mismatch));

    let mut part = received.begin(BLOB, promise(TEXT)).unwrap();
    part.write(&TEXT[..9]).unwrap();
    assert_eq!(part.finish("letter.txt"), Err(FileProblem::Mismatch), "too short");

    let mut part = received.begin(BLOB, promise(TEXT)).unwrap();
    part.write(TEXT).unwrap();
    assert_eq!(part.write(b"x"), Err(FileProblem::Mismatch), "too long");
    part.discard();
    assert_eq!(names(&received), [""; 0]);
}

#[test]
fn a_part_that_was_tampered_with_does_not_become_a_file() {
    let (_folder, received) = world();
    let mut part = received.begin(BLOB, promise(TEXT)).unwrap();
    part.write(&TEXT[..9]).unwrap();
    drop(part);
    let leftover = received.folder.join(&names(&received)[0]);
    fs::write(leftover, b"DEAR bob,").unwrap();
    let mut part = received.begin(BLOB, promise(TEXT)).unwrap();
    assert!(part.catch_up(u64::MAX).unwrap());
    part.write(&TEXT[9..]).unwrap();
    assert_eq!(part.finish("letter.txt"), Err(FileProblem::Mismatch));
    assert_eq!(names(&received), [""; 0]);
}

#[cfg(unix)]
#[test]
fn links_are_never_followed() {
    use std::os::unix::fs::symlink;
    let (folder, received) = world();
    let treasure = folder.path().join("treasure.txt");
    fs::write(&treasure, b"gold").unwrap();
    let nowhere = folder.path().join("nowhere.txt");
    // Where the file would go: a link to something, and one to nothing.
    symlink(&treasure, received.folder.join("letter.txt")).unwrap();
    symlink(&nowhere, received.folder.join("letter (2).txt")).unwrap();
    // Where a part would be resumed: a link to something, and a folder.
    let planted = |random| received.folder.join(format!("{PART_PREFIX}{BLOB}-{random}{PART_SUFFIX}"));
    symlink(&treasure, planted("1")).unwrap();
    fs::create_dir(planted("2")).unwrap();

    let path = receive(&received, "letter.txt", TEXT).unwrap();
    assert_eq!(path, received.folder.join("letter (3).txt"));
    assert_eq!(fs::read(&treasure).unwrap(), b"gold");
    assert!(!nowhere.exists());
    received.discard(BLOB);
    received.sweep(SystemTime::now() + 2 * PART_KEPT_FOR);
    assert_eq!(fs::read(&treasure).unwrap(), b"gold");
}

#[test]
fn without_links_a_file_is_placed_as_carefully() {
    let folder = tempfile::tempdir().unwrap();
    let (part, goal) = (folder.path().join("part"), folder.path().join("goal"));
    fs::write(&part, TEXT).unwrap();
    fs::write(&goal, b"older").unwrap();
    assert_eq!(place_without_links(&part, &goal).unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&goal).unwrap(), b"older");
    fs::remove_file(&goal).unwrap();
    place_without_links(&part, &goal).unwrap();
    assert_eq!(fs::read(&goal).unwrap(), TEXT);
    assert!(place_without_links(&part, &folder.path().join("third")).is_err());
    assert!(!folder.path().join("third").exists(), "a failure leaves no empty file");
}

#[test]
fn old_parts_are_swept_and_nothing_else() {
    let (_folder, received) = world();
    drop(received.begin(BLOB, promise(TEXT)).unwrap());
    let in_use = received.begin(BlobId([1; 16]), promise(TEXT)).unwrap();
    fs::write(received.folder.join("mine.part"), b"").unwrap();
    fs::write(received.folder.join(".snug-x-y.part"), b"").unwrap();
    received.sweep(SystemTime::now());
    assert_eq!(names(&received).len(), 4, "all are young");
    received.sweep(SystemTime::now() + 2 * PART_KEPT_FOR);
    assert_eq!(names(&received).len(), 3, "the one in use stays");
    drop(in_use);
    received.sweep(SystemTime::now() + 2 * PART_KEPT_FOR);
    assert_eq!(names(&received), [".snug-x-y.part", "mine.part"]);
}

#[test]
fn a_folder_that_cannot_be_made_is_said() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("taken"), b"").unwrap();
    assert_eq!(Received::open(folder.path().join("taken/received")).unwrap_err(), FileProblem::Unwritable);
}
