//! A backup while people write, put back elsewhere, and everything that can be wrong with one.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Read;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rustix::process::Signal;
use snug_proto::codec::decode_value;
use snug_proto::entry::{Entry, Kind, LOBBY};
use snug_proto::hello::HelloAnswer;
use snug_proto::house::PutBackEntry;
use snug_proto::id::{BlobId, LogId};
use snug_proto::login::LoginReply;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Direction, Target};
use snug_proto::version::ALPN_TALK;
use tar::{Builder, EntryType, Header};

use crate::cli::{lived_in, out, refused};
use crate::files::{Files, file, name_blob};
use crate::power_cut::Writer;
use crate::process::{Home, SERVER};
use crate::raw::{Person, Raw, device_key, new_device, text_of};

const BLOB: BlobId = BlobId([7; 16]);
const OTHER: BlobId = BlobId([8; 16]);
/// What a restore adds to every mark.
const AHEAD: u64 = 1 << 32;

async fn log_id(address: SocketAddr) -> LogId {
    let mut raw = Raw::dial(address, &[ALPN_TALK]).await.unwrap();
    match raw.hello().await {
        HelloAnswer::Welcome { welcome, .. } => welcome.log,
        other => panic!("no welcome: {other:?}"),
    }
}

/// The whole log of the lobby.
async fn lobby(reader: &mut Person) -> Vec<Entry> {
    let mut entries = Vec::new();
    loop {
        let from = u32::try_from(entries.len()).unwrap() + 1;
        let page = reader.page(LOBBY, from, Direction::Forward, 100).await;
        entries.extend(page.entries.into_vec());
        if page.ends {
            return entries;
        }
    }
}

/// Runs a subcommand that succeeds; what it said.
fn done(home: &Home, arguments: &[&str]) -> String {
    let output = home.run(SERVER, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    out(&output)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Another machine, with the two things that a backup leaves out.
fn elsewhere(home: &Home) -> Home {
    let other = Home::new();
    fs::create_dir(other.path().join("data")).unwrap();
    fs::create_dir(other.path().join("certs")).unwrap();
    let certs = fs::read_dir(home.path().join("certs")).unwrap();
    let certs = certs.map(|cert| PathBuf::from("certs").join(cert.unwrap().file_name()));
    for name in certs.chain(["data/opaque.setup".into()]) {
        fs::copy(home.path().join(&name), other.path().join(&name)).unwrap();
    }
    other
}

/// A server that has stopped, with a file and a text in its lobby, and its backup.
async fn backed_up() -> (Home, PathBuf) {
    let home = Home::new();
    let running = home.serve();
    let mut alice = Person::register(running.address, "alice").await;
    Files::at(running.address, &alice).await.upload(BLOB, &file(300_000)).await.unwrap();
    name_blob(&mut alice, 1, Target::Room(LOBBY), BLOB).await.unwrap();
    running.signal(Signal::TERM);
    assert!(running.wait().0.success());
    let file = home.path().join("backup.tar");
    done(&home, &["backup", text(&file)]);
    (home, file)
}

#[tokio::test]
async fn a_backup_while_alice_writes_is_put_back_elsewhere() {
    let home = Home::new();
    let running = home.serve();
    let address = running.address;
    let log = log_id(address).await;
    let mut alice = Writer::register(address, "alice").await;
    let mut bob = Person::register(address, "bob").await;
    let bytes = file(1_000_000);
    Files::at(address, &bob).await.upload(BLOB, &bytes).await.unwrap();
    name_blob(&mut bob, 1, Target::Room(LOBBY), BLOB).await.unwrap();

    let backup = home.path().join("backup.tar");
    let heard = alice.heard.clone();
    let mut command = home.command(SERVER, &["backup", text(&backup)]);
    let meanwhile = async {
        heard.acquire_many(50).await.unwrap().forget();
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        // She was not held up, and goes on.
        heard.forget_permits(usize::MAX);
        heard.acquire_many(50).await.unwrap().forget();
        running.kill();
        output
    };
    let (output, ()) = tokio::join!(meanwhile, alice.write(address));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(out(&output).contains("The database and 1 file are in"), "{}", out(&output));
    assert!(out(&output).contains("opaque.setup") && out(&output).contains("certs"), "{}", out(&output));
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(
        !home.path().join("backup.tar.part").exists() && !home.path().join("backup.tar.db.part").exists()
    );

    // The server need not run for it, nor have been stopped kindly.
    let later = home.path().join("later.tar");
    done(&home, &["backup", text(&later)]);
    let told = *alice.acknowledged.last_key_value().unwrap().0;
    fs::write(home.path().join("later.db"), &members(&later)[1].1).unwrap();
    let kept: u64 = Connection::open(home.path().join("later.db"))
        .unwrap()
        .query_row("SELECT mark FROM devices WHERE account = ?1", [alice.account.0.cast_signed()], |row| {
            row.get::<_, i64>(0)
        })
        .unwrap()
        .cast_unsigned();
    assert!(kept >= told, "all that she was told of: {kept} of {told}");

    let other = elsewhere(&home);
    let said = done(&other, &["restore", text(&backup)]);
    assert!(said.contains("Start the server") && !said.contains("Warning"), "{said}");
    let running = other.serve();
    let address = running.address;
    assert_ne!(log_id(address).await, log, "another log");

    let mut person = alice.log_in(address).await.expect("her device is known");
    assert!(person.me.mark.0 > told && person.me.mark.0 > AHEAD, "above every number she ever used");
    assert!(person.me.outcomes.is_empty());
    let seq = person.say("Here again").await;
    let entries = lobby(&mut person).await;
    assert_eq!(entries.last().unwrap().seq, seq);
    let said: Vec<_> = entries.iter().filter(|entry| entry.author == alice.account).collect();
    let said: Vec<_> = said.into_iter().filter(|entry| entry.number.0 > 0).collect();
    assert!(said.len() > 50 && (said.len() as u64) < told, "one moment in between: {} of {told}", said.len());
    for (entry, number) in said.iter().zip(1..).take(said.len() - 1) {
        assert_eq!((entry.number.0, text_of(&entry.body)), (number, format!("alice {number}")));
        assert!(alice.acknowledged.get(&number).is_none_or(|told| *told == entry.seq));
    }
    assert_eq!(said.last().unwrap().number.0, person.me.mark.0 + 1);
    let content = entries.iter().filter(|entry| entry.number.0 > 0);
    let (origins, count) = (content.clone().map(Entry::origin).collect::<HashSet<_>>(), content.count());
    assert_eq!(origins.len(), count, "no origin twice");

    // The password works as well, and the file came along.
    let mut raw = Raw::dial(address, &[ALPN_TALK]).await.unwrap();
    raw.hello().await;
    let key = device_key();
    let LoginReply::LoggedIn(me) = raw.login("bob", b"bob", Some(new_device(&key))).await else {
        panic!("bob's password is not known");
    };
    let bob = Person::new(raw, me, key);
    assert_eq!(Files::at(address, &bob).await.download(BLOB, 0).await.unwrap(), bytes);
}

#[tokio::test]
async fn a_server_put_back_by_hand_is_mended_in_place() {
    let home = Home::new();
    let running = home.serve();
    let mut alice = Person::register(running.address, "alice").await;
    let (mine, bytes) = (alice.me.account, file(10_000));
    let mut files = Files::at(running.address, &alice).await;
    for (blob, number) in [(BLOB, 1), (OTHER, 2)] {
        files.upload(blob, &bytes).await.unwrap();
        name_blob(&mut alice, number, Target::Room(LOBBY), blob).await.unwrap();
    }
    let log = log_id(running.address).await;
    running.signal(Signal::TERM);
    assert!(running.wait().0.success());
    let (device, key) = alice.vanish();
    let is_database = |path: &PathBuf| text(path).contains("/snug.db");
    let files = || fs::read_dir(home.path().join("data")).unwrap().map(|file| file.unwrap().path());
    let kept: Vec<_> =
        files().filter(is_database).map(|path| (path.clone(), fs::read(path).unwrap())).collect();

    let running = home.serve();
    assert!(refused_while_running(&home, &["restore", "--in-place"]).contains("Another server is using"));
    let mut alice = Person::come_back(running.address, device, key).await;
    assert_eq!(alice.me.mark.0, 2);
    alice.say("This will be gone").await;
    running.signal(Signal::TERM);
    assert!(running.wait().0.success());
    let (device, key) = alice.vanish();

    files().filter(is_database).for_each(|path| fs::remove_file(path).unwrap());
    kept.into_iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
    fs::remove_file(home.path().join("data/blobs").join(OTHER.to_string())).unwrap();
    let said = done(&home, &["restore", "--in-place"]);
    assert!(said.contains("Warning: 1 uploaded file is not there"), "{said}");
    let running = home.serve();
    assert_ne!(log_id(running.address).await, log);
    let mut alice = Person::come_back(running.address, device, key).await;
    assert_eq!(alice.me.mark.0, AHEAD + 2);
    let seq = alice.say("And this stays").await;
    let entries = lobby(&mut alice).await;
    let place = entries.iter().position(|entry| entry.number.0 == AHEAD + 3 && entry.author == mine);
    assert_eq!(place, Some(seq.0 as usize - 1));
    let mut files = Files::at(running.address, &alice).await;
    assert_eq!(files.download(BLOB, 0).await.unwrap(), bytes);
    assert_eq!(files.download(OTHER, 0).await, Err(Cause::UnknownBlob), "told as what it is");
}

/// As [`refused`], where a server may change files at the same time.
fn refused_while_running(home: &Home, arguments: &[&str]) -> String {
    let output = home.run(SERVER, arguments);
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn whoever_puts_a_server_back_ends_its_open_codes_and_everybody_reads_of_it() {
    let (home, file) = backed_up().await;
    let said = done(&home, &["restore", "--replace", text(&file)]);
    assert!(!said.contains("do nothing any more"), "the owner's link is made anew at each start: {said}");
    done(&home, &["invite"]);
    done(&home, &["reset", "alice"]);
    let said = done(&home, &["restore", "--in-place"]);
    assert!(said.contains("2 invites and codes that were open do nothing any more"), "{said}");
    assert!(!done(&home, &["invites"]).contains("invite, "));
    let running = home.serve();
    let mut bob = Person::register(running.address, "bob").await;
    let entries = bob.acts(Kind::PUT_BACK).await;
    let to: Vec<_> =
        entries.iter().map(|entry| decode_value::<PutBackEntry>(&entry.body).unwrap().to).collect();
    assert_eq!(to.len(), 2);
    assert!(entries.iter().zip(&to).all(|(entry, to)| 0 < *to && *to <= entry.at), "{to:?}");
}

#[tokio::test]
async fn what_is_there_is_moved_aside_and_only_when_asked() {
    let (home, file) = backed_up().await;
    let running = home.serve();
    let said = refused_while_running(&home, &["restore", "--replace", text(&file)]);
    assert!(said.contains("Another server is using"), "{said}");
    running.signal(Signal::TERM);
    assert!(running.wait().0.success());
    assert!(refused(&home, SERVER, &["restore", text(&file)]).contains("--replace"));
    let data = home.path().join("data");
    for number in 1..3 {
        let before = fs::read(data.join("snug.db")).unwrap();
        let said = done(&home, &["restore", "--replace", text(&file)]);
        let aside = data.join(format!("before-restore-{number}"));
        assert!(said.contains(text(&aside)), "{said}");
        assert_eq!(fs::read(aside.join("snug.db")).unwrap(), before);
        assert!(aside.join("blobs").join(BLOB.to_string()).exists());
        assert_ne!(fs::read(data.join("snug.db")).unwrap(), before);
        assert!(!data.join("restore.part").exists());
    }
    // A log that was written ahead for another database would destroy this one.
    fs::remove_file(data.join("snug.db")).unwrap();
    fs::remove_dir_all(data.join("blobs")).unwrap();
    fs::write(data.join("snug.db-journal"), "of another database").unwrap();
    assert!(refused(&home, SERVER, &["restore", text(&file)]).contains("--replace"));
    done(&home, &["restore", "--replace", text(&file)]);
    assert!(data.join("before-restore-3/snug.db-journal").exists());
    let running = home.serve();
    Person::register(running.address, "carol").await;
}

#[tokio::test]
async fn a_backup_overwrites_nothing_and_leaves_nothing_half_done() {
    let (home, file) = backed_up().await;
    let backup = |name: &str| refused(&home, SERVER, &["backup", text(&home.path().join(name))]);
    assert!(backup("backup.tar").contains("is there already"));
    assert!(backup("data").contains("is there already"));
    assert!(backup("no/such/folder").contains("Cannot write"));
    fs::write(home.path().join("other.part"), "").unwrap();
    assert!(backup("other").contains("one was cut short"));
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    let fresh = Home::new();
    assert!(refused(&fresh, SERVER, &["backup", "x"]).contains("There is no database in"));
    assert!(refused(&fresh, SERVER, &["restore", "--in-place"]).contains("There is no database in"));
    fs::write(home.path().join("data/snug.db"), "Dear diary").unwrap();
    assert!(backup("another").contains("is not a Snug database"));
}

/// The server's sentence when no file may grow beyond so many kilobytes, and that it changed nothing.
fn without_space(home: &Home, kilobytes: u32, arguments: &str) -> String {
    let before = home.contents();
    let (config, blocks) = (home.config(), kilobytes * 2);
    let line =
        format!("trap '' XFSZ; ulimit -f {blocks}; exec {SERVER} {arguments} --config {}", text(&config));
    let output = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "one sentence: {said}");
    assert!(home.contents() == before, "files were touched");
    said
}

#[tokio::test]
async fn a_target_without_space_is_told_and_nothing_is_changed() {
    let (home, file) = backed_up().await;
    let enough = u32::try_from(members(&file)[1].1.len() / 1024).unwrap() + 40;
    assert!((80..290).contains(&enough), "more than SQLite's shared memory, less than the file: {enough}");
    let target = home.path().join("other.tar");
    // The database does not fit, the archive does not, a file does not.
    for (kilobytes, arguments) in [
        (40, format!("backup {}", text(&target))),
        (enough, format!("backup {}", text(&target))),
        (40, format!("restore --replace {}", text(&file))),
        (enough, format!("restore --replace {}", text(&file))),
    ] {
        let said = without_space(&home, kilobytes, &arguments);
        assert!(said.contains("Cannot write") && said.contains("Everything is as it was"), "{said}");
    }
    done(&home, &["backup", text(&target)]);
    done(&home, &["restore", "--replace", text(&target)]);
}

/// A home that a backup of another one can be put into.
fn emptied(home: &Home) {
    for name in ["snug.db", "snug.db-wal", "snug.db-shm"] {
        let _ = fs::remove_file(home.path().join("data").join(name));
    }
    fs::remove_dir_all(home.path().join("data/blobs")).unwrap();
}

#[tokio::test]
async fn a_backup_that_is_not_whole_changes_nothing() {
    let (home, file) = backed_up().await;
    emptied(&home);
    let bad = home.path().join("bad.tar");
    let good = fs::read(&file).unwrap();
    let restore = |bytes: &[u8]| {
        fs::write(&bad, bytes).unwrap();
        refused(&home, SERVER, &["restore", text(&bad)])
    };
    assert!(restore(b"Dear diary, this is no backup.").contains("is no backup of a Snug server"));
    assert!(restore(b"").contains("is no backup"));
    assert!(restore(&good[..300]).contains("is no backup"));
    // Between members, in a header, in the middle of a member, and just before the end.
    let end = good.len() - 1024;
    for cut in [1024, 1400, 1536, 20_000, good.len() / 2, end - 1024, end - 700, end - 512] {
        let said = restore(&good[..cut]);
        assert!(said.contains("is cut short"), "at {cut}: {said}");
    }
    // One bit: in the manifest, a header, the database, the file, the sum.
    for at in [530, 1100, 30_000, end - 60_000, end - 500] {
        let mut flipped = good.clone();
        flipped[at] ^= 1;
        let said = restore(&flipped);
        assert!(said.contains("is damaged") || said.contains("is no backup"), "at {at}: {said}");
    }
    assert!(refused(&home, SERVER, &["restore", text(&home.path().join("nothing"))]).contains("Cannot read"));
    assert!(refused(&home, SERVER, &["restore", text(home.path())]).contains("is no backup"));
    // What is read past the end of the last member is nobody's business.
    fs::write(&bad, &good[..end]).unwrap();
    done(&home, &["restore", text(&bad)]);
}

#[tokio::test]
async fn a_restore_that_was_cut_short_is_not_taken_for_a_new_server() {
    let (home, file) = backed_up().await;
    emptied(&home);
    let unpacked = home.path().join("data/restore.part");
    fs::create_dir(&unpacked).unwrap();
    fs::write(unpacked.join("snug.db"), "half of one").unwrap();
    for arguments in [&[][..], &["check"]] {
        assert!(refused(&home, SERVER, arguments).contains("was cut short. Run it again"));
    }
    done(&home, &["restore", text(&file)]);
    assert!(!unpacked.exists());
    assert!(done(&home, &["check"]).contains("database      good"));
}

/// The members of a backup.
fn members(file: &Path) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(File::open(file).unwrap());
    let read = |mut member: tar::Entry<'_, File>| {
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        (member.path().unwrap().to_str().unwrap().to_owned(), bytes)
    };
    archive.entries().unwrap().map(|member| read(member.unwrap())).collect()
}

/// An archive of these, whatever their names are.
fn archive(members: &[(String, Vec<u8>)], kind: EntryType) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (at, (name, bytes)) in members.iter().enumerate() {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(if at == 2 { kind } else { EntryType::Regular });
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        header.set_cksum();
        tar.append(&header, &bytes[..]).unwrap();
    }
    tar.into_inner().unwrap()
}

#[tokio::test]
async fn a_backup_is_a_plain_archive_and_a_hostile_one_reaches_nothing() {
    let (home, file) = backed_up().await;
    emptied(&home);
    let good = members(&file);
    let names: Vec<_> = good.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["manifest.toml", "snug.db", &format!("blobs/{BLOB}"), "complete.toml"]);
    let bad = home.path().join("bad.tar");
    let restore = |members: &[(String, Vec<u8>)], kind| {
        fs::write(&bad, archive(members, kind)).unwrap();
        refused(&home, SERVER, &["restore", text(&bad)])
    };
    for name in ["../outside", "/tmp/outside", "blobs/../../outside", "blobs/x", "snug.db", "opaque.setup"] {
        let mut members = good.clone();
        members[2].0 = name.into();
        assert!(restore(&members, EntryType::Regular).contains("is damaged"), "{name}");
    }
    for kind in
        [EntryType::Symlink, EntryType::Link, EntryType::Directory, EntryType::Fifo, EntryType::GNULongName]
    {
        assert!(restore(&good, kind).contains("is damaged"), "{kind:?}");
    }
    let mut members = good.clone();
    members.insert(2, good[2].clone());
    assert!(restore(&members, EntryType::Regular).contains("is damaged"), "a file twice");
    members.truncate(2);
    members.push(good[3].clone());
    assert!(restore(&members, EntryType::Regular).contains("is damaged"), "a file is missing");
    members.remove(1);
    assert!(restore(&members, EntryType::Regular).contains("is damaged"), "no database");

    for (old, new) in [("format = 1", "format = 2"), ("database = ", "database = 9")] {
        let mut members = good.clone();
        let manifest = String::from_utf8(members[0].1.clone()).unwrap();
        members[0].1 = manifest.replacen(old, new, 1).into_bytes();
        assert!(restore(&members, EntryType::Regular).contains("was made by a newer Snug"), "{new}");
    }
    let later = vec![("manifest.toml".to_owned(), b"format = 7\nwhatever = [1]\n".to_vec())];
    assert!(restore(&later, EntryType::Regular).contains("was made by a newer Snug"));

    fs::write(&bad, archive(&good, EntryType::Regular)).unwrap();
    done(&home, &["restore", text(&bad)]);
}

#[tokio::test]
async fn passwords_need_the_setup_that_they_were_made_with() {
    let (home, file) = backed_up().await;
    let other = lived_in();
    assert!(refused(&other, SERVER, &["restore", "--replace", text(&file)]).contains("does not belong to"));
    emptied(&home);
    fs::remove_file(home.path().join("data/opaque.setup")).unwrap();
    assert!(refused(&home, SERVER, &["restore", text(&file)]).contains("opaque.setup is missing"));
}
