//! Files over their own lane: up, down, cut and taken up again, and only for those who may.

use std::net::SocketAddr;
use std::time::Duration;

use rusqlite::Connection;
use snug_proto::bounded::{Bytes, List};
use snug_proto::codec::{decode_frame, encode_frame};
use snug_proto::entry::{Kind, LOBBY, RoomKind};
use snug_proto::file::{FileReply, FileRequest};
use snug_proto::id::{BlobId, Number};
use snug_proto::limits::{CHUNK_MAX, FRAME_MAX};
use snug_proto::login::LoginReply;
use snug_proto::refusal::{Cause, Why};
use snug_proto::talk::{Change, Down, Push, Request, Target};
use snug_proto::version::ALPN_FILE;

use crate::raw::{House, Person, Raw};

/// A file connection that is logged in.
pub(crate) struct Files(Raw);

impl Files {
    pub(crate) async fn of(house: &House, person: &Person) -> Self {
        Self::at(house.address, person).await
    }

    pub(crate) async fn at(address: SocketAddr, person: &Person) -> Self {
        let mut raw = Raw::dial(address, &[ALPN_FILE]).await.unwrap();
        raw.hello().await;
        match raw.device_login(person.me.device, &person.key).await {
            LoginReply::LoggedIn(_) => Self(raw),
            other => panic!("no file lane: {other:?}"),
        }
    }

    async fn ask(&mut self, request: FileRequest) -> FileReply {
        self.0.say(&request).await;
        self.hear().await
    }

    /// What the server says next.
    pub(crate) async fn hear(&mut self) -> FileReply {
        self.0.hear().await
    }

    /// Begins or resumes an upload; from which byte on, or why not.
    pub(crate) async fn begin(&mut self, blob: BlobId, size: usize) -> Result<usize, Cause> {
        match self.ask(FileRequest::Upload { blob, size: size as u64 }).await {
            FileReply::Ready { from } => Ok(usize::try_from(from).unwrap()),
            FileReply::Refused(refusal) => Err(refusal.cause),
            other => panic!("{other:?}"),
        }
    }

    async fn send(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(CHUNK_MAX) {
            self.0.say(&FileRequest::Chunk(Bytes::new(chunk).unwrap())).await;
        }
    }

    pub(crate) async fn upload(&mut self, blob: BlobId, bytes: &[u8]) -> Result<(), Cause> {
        let from = self.begin(blob, bytes.len()).await?;
        self.send(&bytes[from..]).await;
        match self.0.hear().await {
            FileReply::Stored => Ok(()),
            FileReply::Refused(refusal) => Err(refusal.cause),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn download(&mut self, blob: BlobId, from: usize) -> Result<Vec<u8>, Cause> {
        let size = match self.ask(FileRequest::Download { blob, from: from as u64 }).await {
            FileReply::Sending { size } => usize::try_from(size).unwrap(),
            FileReply::Refused(refusal) => return Err(refusal.cause),
            other => panic!("{other:?}"),
        };
        let mut bytes = Vec::new();
        loop {
            match self.0.hear().await {
                FileReply::Chunk(chunk) => bytes.extend_from_slice(&chunk),
                FileReply::Sent => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(from + bytes.len(), size);
        Ok(bytes)
    }

    /// Waits until the server has ended this connection; what it said last.
    async fn goodbye(&mut self) -> Option<Why> {
        let mut last = None;
        while let Some(frame) = self.0.frame().await {
            if let Ok(FileReply::Goodbye(goodbye)) = decode_frame(&frame) {
                last = Some(goodbye.why);
            }
        }
        last
    }
}

/// Bytes in which a chunk that is lost, doubled or swapped shows.
pub(crate) fn file(len: usize) -> Vec<u8> {
    (0..len as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 11) as u8).collect()
}

/// Appends an entry that names a blob, and waits until it is on disk, or why not.
pub(crate) async fn name_blob(
    person: &mut Person,
    number: u64,
    to: Target,
    blob: BlobId,
) -> Result<(), Cause> {
    let change = Change::Append {
        to,
        kind: Kind::CONTENT,
        generation: 0,
        epoch: 0,
        blobs: List::new(vec![blob]).unwrap(),
        body: Bytes::new(*b"\x09a file").unwrap(),
    };
    person.call(Request::Change { number: Number(number), change }).await;
    loop {
        match person.next().await {
            Down::Push(Push::Appended { .. }) => return Ok(()),
            Down::Reply { result: Err(refusal), .. } => return Err(refusal.cause),
            _ => {}
        }
    }
}

/// The files in the server's folder.
pub(crate) fn names_in(house: &House) -> Vec<String> {
    let files = std::fs::read_dir(house.settings.data.join("blobs")).unwrap();
    let mut names: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const BLOB: BlobId = BlobId([7; 16]);

#[tokio::test]
async fn bob_fetches_what_alice_sent_him_and_carol_does_not() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let bob = house.register("bob").await;
    let carol = house.register("carol").await;
    let bytes = file(1_000_000);
    let mut alices = Files::of(&house, &alice).await;
    let mut bobs = Files::of(&house, &bob).await;
    let mut carols = Files::of(&house, &carol).await;
    alices.upload(BLOB, &bytes).await.unwrap();
    assert_eq!(alices.download(BLOB, 0).await.unwrap(), bytes, "her own, also before she names it");
    assert_eq!(bobs.download(BLOB, 0).await, Err(Cause::UnknownBlob), "nobody has told him of it");

    name_blob(&mut alice, 1, Target::Person(bob.me.account), BLOB).await.unwrap();
    assert_eq!(bobs.download(BLOB, 0).await.unwrap(), bytes);
    for from in [1, CHUNK_MAX, 999_999, 1_000_000] {
        assert_eq!(bobs.download(BLOB, from).await.unwrap(), bytes[from..]);
    }
    assert_eq!(bobs.download(BLOB, 1_000_001).await, Err(Cause::Malformed));
    assert_eq!(carols.download(BLOB, 0).await, Err(Cause::UnknownBlob));
    assert_eq!(carols.download(BlobId([9; 16]), 0).await, Err(Cause::UnknownBlob), "the same answer");
}

#[tokio::test]
async fn nobody_names_a_file_they_cannot_read() {
    let house = House::new().await;
    let alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    Files::of(&house, &alice).await.upload(BLOB, &file(10)).await.unwrap();
    assert_eq!(name_blob(&mut bob, 1, Target::Room(LOBBY), BLOB).await, Err(Cause::UnknownBlob));
    assert_eq!(name_blob(&mut bob, 2, Target::Room(LOBBY), BlobId([9; 16])).await, Err(Cause::UnknownBlob));
}

#[tokio::test]
async fn a_file_is_fetched_by_who_may_read_where_it_is_named() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let b = bob.me.account;
    let den = alice.makes(RoomKind::PRIVATE, "Den", &[b]).await;
    let remove = Change::RemoveMember { room: den, account: b };
    let add = Change::AddMembers { room: den, members: List::new(vec![b]).unwrap() };
    let mut up = Files::of(&house, &alice).await;
    let mut down = Files::of(&house, &bob).await;
    let [before, between, after] = [1, 2, 3].map(|one| BlobId([one; 16]));
    for blob in [before, between, after] {
        up.upload(blob, &file(100)).await.unwrap();
    }
    alice.names(Target::Room(den), before).await.unwrap();
    alice.does(remove).await;
    // Who is out of the room fetches nothing of it, and may name nothing of it.
    assert_eq!(down.download(before, 0).await, Err(Cause::UnknownBlob));
    assert_eq!(bob.names(Target::Room(LOBBY), before).await, Err(Cause::UnknownBlob));
    alice.names(Target::Room(den), between).await.unwrap();
    alice.does(add).await;
    alice.names(Target::Room(den), after).await.unwrap();
    assert_eq!(down.download(before, 0).await, Ok(file(100)));
    assert_eq!(down.download(between, 0).await, Err(Cause::UnknownBlob));
    assert_eq!(down.download(after, 0).await, Ok(file(100)));
}

#[tokio::test]
async fn a_file_that_no_entry_names_any_more_is_gone_from_the_disk() {
    let mut house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let mut up = Files::of(&house, &alice).await;
    let [once, twice] = [1, 2].map(|one| BlobId([one; 16]));
    let lobby = Target::Room(LOBBY);
    for blob in [once, twice] {
        up.upload(blob, &file(100_000)).await.unwrap();
    }
    let named = [alice.names(lobby, once).await.unwrap(), alice.names(lobby, twice).await.unwrap()];
    bob.names(lobby, twice).await.unwrap();
    alice.does(Change::Retract { room: LOBBY, targets: List::new(named.to_vec()).unwrap() }).await;
    let mut down = Files::of(&house, &bob).await;
    assert_eq!(down.download(once, 0).await, Err(Cause::UnknownBlob));
    assert_eq!(down.download(twice, 0).await, Ok(file(100_000)), "bob names it still");
    drop((alice, bob, up, down));
    house.stop().await;
    assert_eq!(names_in(&house), [twice.to_string()]);
}

#[tokio::test]
async fn an_upload_that_was_cut_goes_on_where_it_ended() {
    let mut house = House::new().await;
    let alice = house.register("alice").await;
    let bytes = file(3_000_000);
    let mut first = Files::of(&house, &alice).await;
    assert_eq!(first.begin(BLOB, bytes.len()).await, Ok(0));
    first.send(&bytes[..1_500_000]).await;
    drop(first);
    let mut second = Files::of(&house, &alice).await;
    let from = second.begin(BLOB, bytes.len()).await.unwrap();
    assert!(from <= 1_500_000);
    second.send(&bytes[from..2_000_000]).await;
    assert_eq!(names_in(&house), [format!("{BLOB}.part")], "nothing under the final name yet");

    // Not even a restart of the server loses what is there.
    house.restart().await;
    let (device, key) = alice.vanish();
    let alice = house.come_back(device, key).await;
    let mut third = Files::of(&house, &alice).await;
    third.upload(BLOB, &bytes).await.unwrap();
    assert_eq!(third.download(BLOB, 0).await.unwrap(), bytes);
    assert_eq!(names_in(&house), [BLOB.to_string()]);

    // The reply was lost: asked again, it is all there.
    assert_eq!(third.begin(BLOB, bytes.len()).await, Ok(bytes.len()));
    assert!(matches!(third.0.hear().await, FileReply::Stored));
}

#[tokio::test]
async fn a_stop_in_the_middle_keeps_what_is_there() {
    let mut house = House::new().await;
    let alice = house.register("alice").await;
    let bytes = file(1_000_000);
    let mut cut = Files::of(&house, &alice).await;
    cut.begin(BLOB, bytes.len()).await.unwrap();
    cut.send(&bytes[..600_000]).await;
    let (last, ()) = tokio::join!(cut.goodbye(), house.stop());
    assert_eq!(last, Some(Why::ShuttingDown));
    house.start().await;
    let (device, key) = alice.vanish();
    let alice = house.come_back(device, key).await;
    let mut files = Files::of(&house, &alice).await;
    files.upload(BLOB, &bytes).await.unwrap();
    assert_eq!(files.download(BLOB, 0).await.unwrap(), bytes);
}

#[tokio::test]
async fn a_newer_upload_of_the_same_file_takes_over() {
    let house = House::new().await;
    let alice = house.register("alice").await;
    let bytes = file(500_000);
    let mut older = Files::of(&house, &alice).await;
    older.begin(BLOB, bytes.len()).await.unwrap();
    older.send(&bytes[..200_000]).await;
    let mut newer = Files::of(&house, &alice).await;
    newer.upload(BLOB, &bytes).await.unwrap();
    assert_eq!(older.goodbye().await, Some(Why::Replaced));
    assert_eq!(newer.download(BLOB, 0).await.unwrap(), bytes);
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let house = House::new().await;
    let alice = house.register("alice").await;
    let mut files = Files::of(&house, &alice).await;
    files.upload(BLOB, b"").await.unwrap();
    assert_eq!(files.download(BLOB, 0).await.unwrap(), b"");
}

#[tokio::test]
async fn what_is_too_much_is_refused_before_a_byte_of_it() {
    let house = House::with(|settings| {
        settings.limits.file_max = 1000;
        settings.limits.files_per_account = 2500;
    })
    .await;
    let alice = house.register("alice").await;
    let bob = house.register("bob").await;
    let mut alices = Files::of(&house, &alice).await;
    let id = |n| BlobId([n; 16]);
    assert_eq!(alices.upload(id(1), &file(1001)).await, Err(Cause::TooLarge));
    alices.upload(id(1), &file(1000)).await.unwrap();
    // What was only announced counts as well.
    alices.begin(id(2), 1000).await.unwrap();
    drop(alices);
    let mut alices = Files::of(&house, &alice).await;
    assert_eq!(alices.upload(id(3), &file(501)).await, Err(Cause::QuotaExceeded));
    alices.upload(id(3), &file(500)).await.unwrap();
    // Bob's space is his own, and an id belongs to who took it first, with its size.
    let mut bobs = Files::of(&house, &bob).await;
    assert_eq!(bobs.upload(id(1), &file(1000)).await, Err(Cause::UnknownBlob));
    assert_eq!(bobs.upload(id(2), &file(1000)).await, Err(Cause::UnknownBlob));
    assert_eq!(alices.upload(id(2), &file(999)).await, Err(Cause::UnknownBlob));
    bobs.upload(id(4), &file(1000)).await.unwrap();
}

#[tokio::test]
async fn below_the_disk_s_floor_nothing_is_taken_and_everything_is_given() {
    let mut house = House::new().await;
    let alice = house.register("alice").await;
    Files::of(&house, &alice).await.upload(BLOB, &file(100_000)).await.unwrap();
    let (device, key) = alice.vanish();
    house.settings.limits.disk_free_min = u64::MAX;
    house.restart().await;
    let alice = house.come_back(device, key).await;
    let mut files = Files::of(&house, &alice).await;
    assert_eq!(files.upload(BlobId([8; 16]), &file(10)).await, Err(Cause::Full));
    assert_eq!(files.download(BLOB, 0).await.unwrap(), file(100_000));
}

#[tokio::test]
async fn a_transfer_that_breaks_the_protocol_ends_its_connection_and_no_other() {
    let house = House::with(|settings| settings.max_users = 20).await;
    let mut alice = house.register("alice").await;
    let chunk = |len: usize| FileRequest::Chunk(Bytes::new(file(len)).unwrap());
    let upload = FileRequest::Upload { blob: BLOB, size: 1000 };
    let download = FileRequest::Download { blob: BLOB, from: 0 };
    let broken = [
        vec![chunk(10)],
        vec![upload.clone(), chunk(0)],
        vec![upload.clone(), chunk(1001)],
        vec![upload.clone(), chunk(600), chunk(401)],
        vec![upload.clone(), chunk(600), upload.clone()],
        vec![upload.clone(), download],
    ];
    for requests in broken {
        let mut files = Files::of(&house, &alice).await;
        for request in requests {
            files.0.say(&request).await;
        }
        assert_eq!(files.goodbye().await, Some(Why::Malformed));
    }
    for bytes in [&u32::MAX.to_le_bytes()[..], &[3, 0, 0, 0, 9, 9, 9], &[0, 0, 0, 0]] {
        let mut files = Files::of(&house, &alice).await;
        files.0.write(bytes).await.unwrap();
        assert_eq!(files.goodbye().await, Some(Why::Malformed));
    }
    alice.say("still here").await;
    Files::of(&house, &alice).await.upload(BLOB, &file(1000)).await.unwrap();
}

#[tokio::test]
async fn a_lane_on_which_nothing_comes_is_closed() {
    let house = House::with(|settings| settings.times.dead_after = Duration::from_secs(2)).await;
    let mut alice = house.register("alice").await;
    let mut idle = Files::of(&house, &alice).await;
    let mut stuck = Files::of(&house, &alice).await;
    stuck.begin(BLOB, 1000).await.unwrap();
    stuck.send(&file(10)).await;
    let chat = async {
        // Alice herself is not silent: her session, and with it the lanes, would end.
        loop {
            alice.say("hm").await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        () = chat => unreachable!("she has a lot to say"),
        whys = async { [idle.goodbye().await, stuck.goodbye().await] } => assert_eq!(whys, [Some(Why::Silent); 2]),
    }
}

#[tokio::test]
async fn who_fetches_and_never_reads_is_closed() {
    let house = House::with(|settings| settings.times.write_stall = Duration::from_secs(1)).await;
    let mut alice = house.register("alice").await;
    let mut files = Files::of(&house, &alice).await;
    files.upload(BLOB, &file(16 << 20)).await.unwrap();
    let mut request = Vec::new();
    encode_frame(&FileRequest::Download { blob: BLOB, from: 0 }, FRAME_MAX, &mut request).unwrap();
    let asked = async {
        while files.0.write(&request).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asked).await.expect("the server hangs up");
    alice.say("still here").await;
}

#[tokio::test]
async fn a_file_lane_needs_a_session_and_ends_with_it() {
    let house = House::new().await;
    let alice = house.register("alice").await;
    let mut files = Files::of(&house, &alice).await;
    files.begin(BLOB, 1000).await.unwrap();
    let (device, key) = alice.vanish();
    assert_eq!(files.goodbye().await, Some(Why::Replaced));
    let mut raw = Raw::dial(house.address, &[ALPN_FILE]).await.unwrap();
    raw.hello().await;
    assert!(matches!(raw.device_login(device, &key).await, LoginReply::Refused { .. }));
}

#[tokio::test]
async fn what_nobody_went_on_with_or_named_is_gone_after_a_day() {
    let mut house = House::new().await;
    let mut alice = house.register("alice").await;
    let [named, unnamed, cut, fresh] = [1, 2, 3, 4].map(|n| BlobId([n; 16]));
    let mut files = Files::of(&house, &alice).await;
    for blob in [named, unnamed] {
        files.upload(blob, &file(100)).await.unwrap();
    }
    files.begin(cut, 100).await.unwrap();
    drop(files);
    name_blob(&mut alice, 1, Target::Room(LOBBY), named).await.unwrap();
    house.stop().await;
    // A day and an hour later.
    let database = Connection::open(house.settings.data.join("snug.db")).unwrap();
    database.execute("UPDATE blobs SET at = at - 25 * 3600 * 1000", []).unwrap();
    drop(database);
    house.start().await;
    let (device, key) = alice.vanish();
    let alice = house.come_back(device, key).await;
    let mut files = Files::of(&house, &alice).await;
    files.begin(fresh, 100).await.unwrap();
    let swept = async {
        while names_in(&house) != [named.to_string(), format!("{fresh}.part")] {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), swept).await.expect("they are swept");
    let mut files = Files::of(&house, &alice).await;
    assert_eq!(files.download(named, 0).await.unwrap(), file(100));
    assert_eq!(files.download(unnamed, 0).await, Err(Cause::UnknownBlob));
    files.upload(cut, &file(200)).await.unwrap();
}

#[tokio::test]
async fn people_talk_while_files_go_both_ways() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let mut alices = Files::of(&house, &alice).await;
    let mut bobs = Files::of(&house, &bob).await;
    let bytes = file(32 << 20);
    let transfers = async { tokio::join!(alices.upload(BLOB, &bytes), bobs.upload(BlobId([8; 16]), &bytes)) };
    let chat = async {
        for round in 0..50 {
            let (ping, pong) = (format!("ping {round}"), format!("pong {round}"));
            alice.say(&ping).await;
            while bob.hear().await.2 != ping {}
            bob.say(&pong).await;
            while alice.hear().await.2 != pong {}
        }
    };
    let (done, ()) = tokio::join!(transfers, chat);
    assert_eq!(done, (Ok(()), Ok(())));
    assert_eq!(alices.download(BLOB, 0).await.unwrap(), bytes);
}
