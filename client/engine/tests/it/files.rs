//! Files: sent, fetched, cut, cancelled, refused.

mod valve;

use std::fs;
use std::path::PathBuf;

use snug_engine::command::{Command, Password};
use snug_engine::device::DeviceKey;
use snug_engine::dial::{self, Greeted, Lane};
use snug_engine::environment::Environment;
use snug_engine::event::{FileItem, FilePlace, Notice, Way};
use snug_engine::login::{self, Entrance, Stretching};
use snug_proto::Username;
use snug_proto::bounded::{Bytes, List, Text};
use snug_proto::content::{Content, FileContent};
use snug_proto::entry::Kind;
use snug_proto::file::{FileReply, FileRequest};
use snug_proto::id::{BlobId, Number};
use snug_proto::limits::{CHUNK_MAX, FRAME_MAX};
use snug_proto::login::LoggedIn;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Call, Change, Request, Target};

use self::valve::Valve;
use crate::world::{House, LOBBY_ROOM, PASSWORD, Person, World, address};

const MIB: usize = 1024 * 1024;

/// Bytes without a pattern that a shift would hide.
fn bytes(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    bytes
}

impl Person {
    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    async fn send_file(&self, room: Target, path: PathBuf) {
        self.send(Command::SendFile { room, path }).await;
    }

    /// Waits until a file of this name stands in the timeline, on the server.
    async fn until_file(&mut self, name: &str) -> FileItem {
        let found = |files: Vec<FileItem>| files.into_iter().rfind(|file| file.name == name);
        self.until(&format!("{name} is in the room"), |seen| found(seen.files()).is_some()).await;
        found(self.seen.files()).unwrap()
    }

    async fn until_here(&mut self, name: &str) -> PathBuf {
        let here = |files: Vec<FileItem>| {
            files.into_iter().rev().find_map(|file| match file.place {
                FilePlace::Here(path) if file.name == name => Some(path),
                _ => None,
            })
        };
        self.until(&format!("{name} is here"), |seen| here(seen.files()).is_some()).await;
        here(self.seen.files()).unwrap()
    }

    async fn until_failed(&mut self, name: &str) -> String {
        let failed = |files: Vec<FileItem>| {
            files.into_iter().rev().find_map(|file| match file.place {
                FilePlace::Failed(reason) if file.name == name => Some(reason),
                _ => None,
            })
        };
        self.until(&format!("{name} has failed"), |seen| failed(seen.files()).is_some()).await;
        failed(self.seen.files()).unwrap()
    }

    async fn until_moved(&mut self, bytes: usize) {
        let moved = |done: u64| done >= bytes as u64;
        self.until("some of it has moved", |seen| seen.transfers.first().is_some_and(|t| moved(t.done)))
            .await;
    }

    async fn until_told(&mut self, name: &str) -> String {
        let reason = |notices: &[Notice]| {
            notices.iter().find_map(|notice| match notice {
                Notice::FileFailed { name: failed, reason } if failed == name => Some(reason.clone()),
                _ => None,
            })
        };
        self.until(&format!("told of {name}"), |seen| reason(&seen.notices).is_some()).await;
        reason(&self.seen.notices).unwrap()
    }

    fn received(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.join("received")).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_both_ways() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    let big = bytes(3 * MIB + 17);
    let path = alice.write("Grüße.pdf", &big);
    alice.send_file(LOBBY_ROOM, path.clone()).await;
    assert_eq!(alice.until_here("Grüße.pdf").await, path, "what one sent is where it was");

    // Too big to come by itself.
    let file = bob.until_file("Grüße.pdf").await;
    assert_eq!((file.size, file.media_type.as_str()), (big.len() as u64, "application/pdf"));
    assert_eq!(file.place, FilePlace::Remote);
    bob.send(Command::Fetch(file.blob)).await;
    let received = bob.until_here("Grüße.pdf").await;
    assert_eq!(fs::read(&received).unwrap(), big);
    assert_eq!(received, bob.folder.join("received/Grüße.pdf"));
    bob.until("nothing is under way", |seen| seen.transfers.is_empty()).await;

    // A small one, to one person, comes by itself before its room is looked at.
    let small = bob.write("note.txt", b"for your eyes only");
    let to_alice = bob.direct("alice").await;
    bob.send_file(to_alice, small).await;
    alice.until("bob wrote", |seen| seen.room("bob").is_some_and(|room| room.unread.at_least() == 1)).await;
    let from_bob = alice.direct("bob").await;
    let note = alice.folder.join("received/note.txt");
    alice.until("it came", |seen| seen.transfers.is_empty() && note.exists()).await;
    alice.show(from_bob).await;
    assert_eq!(fs::read(alice.until_here("note.txt").await).unwrap(), b"for your eyes only");
    assert_eq!(alice.seen.arrived.last().unwrap().messages[0].preview, "note.txt");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_one_name_do_not_overwrite_each_other() {
    let world = World::new().await;
    let alice = world.alice().await;
    let mut bob = world.bob().await;
    fs::create_dir_all(bob.folder.join("received")).unwrap();
    fs::write(bob.folder.join("received/photo.jpg"), b"bob's own").unwrap();
    for text in [b"one", b"two"] {
        let path = alice.write("photo.jpg", text);
        alice.send_file(LOBBY_ROOM, path).await;
        bob.until("it is here", |seen| {
            seen.files().last().is_some_and(
                |file| matches!(&file.place, FilePlace::Here(path) if fs::read(path).unwrap() == text),
            )
        })
        .await;
    }
    assert_eq!(bob.received(), ["photo (2).jpg", "photo (3).jpg", "photo.jpg"]);
    assert_eq!(fs::read(bob.folder.join("received/photo.jpg")).unwrap(), b"bob's own");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_mean_nothing_where_a_file_is_received() {
    let world = World::new().await;
    let alice = world.alice().await;
    let mut bob = world.bob().await;
    alice.send_file(LOBBY_ROOM, alice.write(".bashrc", b"echo hello")).await;
    assert_eq!(bob.until_here("bashrc").await, bob.folder.join("received/bashrc"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_was_stopped_goes_on_later() {
    let world = World::new().await;
    let alice = world.alice().await;
    let valve = Valve::with(world.house.at, 2 * MIB).await;
    let mut bob = world.friend_through("bob", valve.at).await;
    let big = bytes(5 * MIB);
    alice.send_file(LOBBY_ROOM, alice.write("big.bin", &big)).await;
    let file = bob.until_file("big.bin").await;
    bob.send(Command::Fetch(file.blob)).await;
    bob.until_moved(3 * MIB / 2).await;
    bob.send(Command::CancelTransfer(file.blob)).await;
    assert_eq!(bob.until_failed("big.bin").await, "You stopped it.");
    bob.until("nothing is under way", |seen| seen.transfers.is_empty()).await;
    assert!(matches!(&bob.received()[..], [part] if part.ends_with(".part")), "nothing half has a name");

    valve.open();
    bob.send(Command::Fetch(file.blob)).await;
    assert_eq!(fs::read(bob.until_here("big.bin").await).unwrap(), big);
    assert_eq!(bob.received(), ["big.bin"]);
    assert!(valve.carried() < 6 * MIB as u64, "only what was missing came: {}", valve.carried());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_connection_resumes_both_ways() {
    let world = World::new().await;
    let valve = Valve::with(world.house.at, 2 * MIB).await;
    let mut alice = world.friend_through("alice", valve.at).await;
    let other = Valve::with(world.house.at, 2 * MIB).await;
    let mut bob = world.friend_through("bob", other.at).await;
    let big = bytes(5 * MIB);
    alice.send_file(LOBBY_ROOM, alice.write("big.bin", &big)).await;
    valve.until_carried(3 * MIB / 2).await;
    alice.until_moved(MIB).await;
    valve.cut();
    valve.open();
    alice.until_here("big.bin").await;
    assert!(valve.carried() < 6 * MIB as u64, "only what was missing went: {}", valve.carried());

    let file = bob.until_file("big.bin").await;
    bob.send(Command::Fetch(file.blob)).await;
    bob.until_moved(3 * MIB / 2).await;
    other.cut();
    other.open();
    assert_eq!(fs::read(bob.until_here("big.bin").await).unwrap(), big);
    assert_eq!(bob.received(), ["big.bin"]);
    assert_eq!(bob.seen.files().len(), 1, "it was sent once");
    assert!(other.carried() < 6 * MIB as u64, "only what was missing came: {}", other.carried());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_after_a_restart_and_is_sent_once() {
    let world = World::new().await;
    let valve = Valve::with(world.house.at, 2 * MIB).await;
    let mut alice = world.friend_through("alice", valve.at).await;
    let mut bob = world.bob().await;
    let big = bytes(5 * MIB);
    alice.send_file(LOBBY_ROOM, alice.write("big.bin", &big)).await;
    valve.until_carried(3 * MIB / 2).await;
    alice.until_moved(MIB).await;
    assert_eq!(alice.seen.session().unwrap().unsent, 1);
    let alice = alice.quit().await;
    // What the old connection still held must not count.
    valve.cut();
    valve.open();
    let mut alice = alice.start();
    alice.open().await;
    alice.until("nothing is unsent", |seen| seen.session().is_some_and(|session| session.unsent == 0)).await;
    alice.say("done").await;
    bob.until_sent("done").await;
    assert_eq!(bob.seen.files().len(), 1);
    assert!(valve.carried() < 6 * MIB as u64, "only what was missing went: {}", valve.carried());

    // What changed while Snug was not looking is not sent half old and half new.
    let path = alice.write("diary.txt", &bytes(MIB));
    world_stops_for(&mut alice, world.house, async |alice| {
        alice.send_file(LOBBY_ROOM, path.clone()).await;
        alice.until("it waits", |seen| seen.transfers.len() == 1).await;
        fs::write(&path, b"a new page").unwrap();
    })
    .await;
    assert_eq!(
        alice.until_told("diary.txt").await,
        "The file changed while it was being sent. Please send it again."
    );
}

/// Does something while the server is away.
async fn world_stops_for(person: &mut Person, mut house: House, act: impl AsyncFnOnce(&mut Person)) {
    house.stop().await;
    person.until("offline", |seen| !seen.is_online()).await;
    act(person).await;
    house.run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_goes_on_during_a_transfer() {
    let world = World::new().await;
    let valve = Valve::with(world.house.at, MIB).await;
    let mut alice = world.friend_through("alice", valve.at).await;
    let mut bob = world.bob().await;
    alice.send_file(LOBBY_ROOM, alice.write("big.bin", &bytes(3 * MIB))).await;
    alice.until_moved(MIB / 2).await;
    // The file does not move any more; words do, and later words do not wait for it.
    alice.say("while it goes").await;
    bob.until_sent("while it goes").await;
    bob.say("I can hear you").await;
    alice.until_sent("I can hear you").await;
    assert!(matches!(&alice.seen.transfers[..], [transfer] if transfer.way == Way::Up));
    valve.open();
    bob.until_file("big.bin").await;
    let texts = bob.seen.sent();
    assert_eq!(texts, ["while it goes", "I can hear you"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_does_not_take_is_said() {
    let world = World::with(|settings| {
        settings.limits.file_max = MIB as u64;
        settings.limits.files_per_account = 3 * MIB as u64 / 2;
    })
    .await;
    let mut alice = world.alice().await;
    alice.send_file(LOBBY_ROOM, alice.write("huge.bin", &bytes(MIB + 1))).await;
    let reason = alice.until_told("huge.bin").await;
    assert_eq!(reason, "The file is larger than this server takes (1 MiB).");
    alice.send_file(LOBBY_ROOM, alice.write("first.bin", &bytes(MIB))).await;
    alice.until_here("first.bin").await;
    alice.send_file(LOBBY_ROOM, alice.write("second.bin", &bytes(MIB))).await;
    assert_eq!(alice.until_told("second.bin").await, "Your space for files on this server is used up.");
    alice.send_file(LOBBY_ROOM, alice.folder.clone()).await;
    assert!(alice.until_told("alice").await.starts_with("This is not a file."));
    assert_eq!(alice.seen.files().len(), 1);
    alice.until("nothing is unsent", |seen| seen.session().is_some_and(|session| session.unsent == 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_deleted_while_it_waits_is_said_and_holds_up_nothing() {
    let world = World::new().await;
    let valve = Valve::with(world.house.at, MIB).await;
    let mut alice = world.friend_through("alice", valve.at).await;
    alice.send_file(LOBBY_ROOM, alice.write("first.bin", &bytes(2 * MIB))).await;
    alice.until_moved(MIB / 2).await;
    let doomed = alice.write("doomed.txt", b"soon gone");
    alice.send_file(LOBBY_ROOM, doomed.clone()).await;
    alice.send_file(LOBBY_ROOM, alice.write("unwanted.txt", b"never mind")).await;
    alice.send_file(LOBBY_ROOM, alice.write("last.txt", b"still here")).await;
    alice.until("all wait", |seen| seen.transfers.len() == 4).await;
    fs::remove_file(doomed).unwrap();
    let unwanted = alice.seen.transfers.iter().find(|t| t.name == "unwanted.txt").unwrap().blob;
    alice.send(Command::CancelTransfer(unwanted)).await;
    valve.open();
    assert_eq!(alice.until_told("doomed.txt").await, "The file is not there any more.");
    alice.until_here("last.txt").await;
    let names: Vec<_> = alice.seen.files().into_iter().map(|file| file.name).collect();
    assert_eq!(names, ["first.bin", "last.txt"]);
    assert_eq!(alice.seen.notices.len(), 1, "who stops it need not be told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_what_was_promised_is_thrown_away() {
    let world = World::new().await;
    let mut bob = world.bob().await;
    let mut mallory = Raw::register(&world, "mallory").await;
    let blob = BlobId([66; 16]);
    mallory.upload(blob, b"a virus, say").await;
    mallory.send_file(LOBBY_ROOM, blob, 12, *blake3::hash(b"a kitten, say").as_bytes()).await;
    let reason = bob.until_failed("kitten.jpg").await;
    assert_eq!(reason, "What arrived is not the file that was sent, so it was thrown away.");
    assert_eq!(bob.received(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rots_on_the_servers_disk_is_thrown_away() {
    let world = World::new().await;
    let alice = world.alice().await;
    let mut bob = world.bob().await;
    alice.send_file(LOBBY_ROOM, alice.write("letter.bin", &bytes(MIB / 2))).await;
    let file = bob.until_file("letter.bin").await;
    let blob = world.house.settings.data.join("blobs").join(file.blob.to_string());
    let mut rotten = fs::read(&blob).unwrap();
    rotten[1000] ^= 1;
    fs::write(blob, rotten).unwrap();
    bob.send(Command::Fetch(file.blob)).await;
    let reason = bob.until_failed("letter.bin").await;
    assert_eq!(reason, "What arrived is not the file that was sent, so it was thrown away.");
    assert_eq!(bob.received(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_members_of_the_room_can_fetch_a_file() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    let mut carol = Raw::register(&world, "carol").await;
    let to_bob = alice.direct("bob").await;
    alice.show(to_bob).await;
    alice.send_file(to_bob, alice.write("secret.txt", b"just us")).await;
    let blob = alice.until_file("secret.txt").await.blob;
    alice.until_here("secret.txt").await;
    let from_alice = bob.direct("alice").await;
    bob.show(from_alice).await;
    bob.until_here("secret.txt").await;

    let mut lane = carol.file_lane().await;
    let asked = FileRequest::Download { blob, from: 0 };
    let answer: FileReply = lane.wire.ask(&asked, FRAME_MAX).await.unwrap();
    assert!(matches!(answer, FileReply::Refused(refusal) if refusal.cause == Cause::UnknownBlob));
    // Naming it in a message of one's own does not open it either.
    carol.send_file(LOBBY_ROOM, blob, 7, [0; 32]).await;
    let answer: FileReply = lane.wire.ask(&asked, FRAME_MAX).await.unwrap();
    assert!(matches!(answer, FileReply::Refused(refusal) if refusal.cause == Cause::UnknownBlob));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_of_holes_arrives_whole() {
    let world = World::new().await;
    let alice = world.alice().await;
    let mut bob = world.bob().await;
    let path = alice.folder.join("disk.img");
    fs::File::create_new(&path).unwrap().set_len(64 * MIB as u64).unwrap();
    alice.send_file(LOBBY_ROOM, path).await;
    let file = bob.until_file("disk.img").await;
    bob.send(Command::Fetch(file.blob)).await;
    let received = bob.until_here("disk.img").await;
    assert_eq!(fs::metadata(received).unwrap().len(), 64 * MIB as u64);
}

/// Somebody without an engine, who says what no engine would say.
struct Raw {
    environment: Environment,
    talk: Greeted,
    me: LoggedIn,
    device: DeviceKey,
    house: (snug_proto::Address, snug_proto::Fingerprint),
    number: u64,
}

impl Raw {
    async fn register(world: &World, name: &str) -> Self {
        let environment = Environment { stretching: Stretching::Trivial, ..Environment::default() };
        let house = (address(world.house.at), world.house.identity.fingerprint);
        let mut talk = dial::connect(&environment, &house.0, Lane::Talk, &[house.1], "raw").await.unwrap();
        let (name, device) = (Username::new(name).unwrap(), DeviceKey::generate().unwrap());
        let entered =
            login::register(&environment, &mut talk, &name, &Password::new(PASSWORD), &device).await;
        let (Entrance::In(me), _) = entered else { panic!("not let in") };
        let device = device.known_as(me.device);
        Self { environment, talk, me, device, house, number: 0 }
    }

    async fn file_lane(&self) -> Greeted {
        let (address, key) = &self.house;
        let mut lane = dial::connect(&self.environment, address, Lane::File, &[*key], "raw").await.unwrap();
        let entered = login::device_login(&self.environment, &mut lane, &self.device).await;
        assert!(matches!(entered, Entrance::In(me) if me.account == self.me.account));
        lane
    }

    async fn upload(&self, blob: BlobId, bytes: &[u8]) {
        let mut wire = self.file_lane().await.wire;
        let size = bytes.len() as u64;
        let ready: FileReply = wire.ask(&FileRequest::Upload { blob, size }, FRAME_MAX).await.unwrap();
        assert_eq!(ready, FileReply::Ready { from: 0 });
        assert!(bytes.len() <= CHUNK_MAX);
        let chunk = FileRequest::Chunk(Bytes::new(bytes).unwrap());
        assert_eq!(wire.ask::<_, FileReply>(&chunk, FRAME_MAX).await.unwrap(), FileReply::Stored);
    }

    /// Sends a message about a file, whatever it says, under a name no engine would send.
    async fn send_file(&mut self, to: Target, blob: BlobId, size: u64, hash: [u8; 32]) {
        let (name, media_type) = (Text::cut("../.kitten.jpg"), Text::cut("image/jpeg"));
        let (pixels, reply_to, source) = Default::default();
        let file = FileContent { blob, name, media_type, size, hash, pixels, reply_to, source };
        let body = Content::File(file).to_body().unwrap();
        let blobs = List::new(vec![blob]).unwrap();
        let change = Change::Append { to, kind: Kind::CONTENT, generation: 0, epoch: 0, blobs, body };
        self.number += 1;
        let request = Request::Change { number: Number(self.number), change };
        let call = Call { id: 1, request };
        self.talk.wire.writer.push(&call, FRAME_MAX).unwrap();
        self.talk.wire.writer.flush().await.unwrap();
    }
}
