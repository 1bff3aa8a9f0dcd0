//! The lane against a server made of two maps, on paused time: what breaks, breaks at a chosen byte.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex};

use snug_proto::bounded::Bytes;
use tokio::time::Instant;

use super::*;
use crate::environment::Patience;
use crate::files::outgoing::Outgoing;

const BLOB: BlobId = BlobId([7; 16]);
const BIG: usize = 20 * CHUNK_MAX + 17;

/// A server with blobs, and a list of what goes wrong on its next connections.
#[derive(Debug, Default)]
struct World {
    blobs: BTreeMap<BlobId, Vec<u8>>,
    /// The connection breaks after so many chunks.
    cuts: Vec<usize>,
    /// What a request gets instead of an answer.
    refuses: Option<Cause>,
    /// What an upload gets after so many chunks.
    refuses_after: Option<(usize, Cause)>,
    /// How long each chunk takes.
    pace: Duration,
    connections: usize,
    open: usize,
    chunks: usize,
}

#[derive(Debug, Clone, Default)]
struct Server(Arc<Mutex<World>>);

impl Server {
    fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    async fn serve(self, mut requests: mpsc::Receiver<FileRequest>, replies: mpsc::Sender<FileReply>) {
        let mut cut = self.with(|world| {
            world.connections += 1;
            world.open += 1;
            if world.cuts.is_empty() { usize::MAX } else { world.cuts.remove(0) }
        });
        let _ = self.requests(&mut requests, &replies, &mut cut).await;
        self.with(|world| world.open -= 1);
    }

    /// `None` when the connection breaks.
    async fn requests(
        &self,
        requests: &mut mpsc::Receiver<FileRequest>,
        replies: &mpsc::Sender<FileReply>,
        cut: &mut usize,
    ) -> Option<()> {
        loop {
            let request = requests.recv().await?;
            if let Some(cause) = self.with(|world| world.refuses) {
                replies.send(FileReply::Refused(Refusal::new(cause))).await.ok()?;
                continue;
            }
            match request {
                FileRequest::Upload { blob, size } => {
                    let from = self.with(|world| world.blobs.entry(blob).or_default().len());
                    replies.send(FileReply::Ready { from: from as u64 }).await.ok()?;
                    self.take(blob, size, requests, replies, cut).await?;
                }
                FileRequest::Download { blob, from } => {
                    let Some(bytes) = self.with(|world| world.blobs.get(&blob).cloned()) else {
                        replies.send(FileReply::Refused(Refusal::new(Cause::UnknownBlob))).await.ok()?;
                        continue;
                    };
                    replies.send(FileReply::Sending { size: bytes.len() as u64 }).await.ok()?;
                    for chunk in bytes[usize::try_from(from).unwrap()..].chunks(CHUNK_MAX) {
                        self.count(cut).await?;
                        replies.send(FileReply::Chunk(Bytes::new(chunk).unwrap())).await.ok()?;
                    }
                    replies.send(FileReply::Sent).await.ok()?;
                }
                FileRequest::Chunk(_) => panic!("a chunk out of an upload"),
            }
        }
    }

    async fn take(
        &self,
        blob: BlobId,
        size: u64,
        requests: &mut mpsc::Receiver<FileRequest>,
        replies: &mpsc::Sender<FileReply>,
        cut: &mut usize,
    ) -> Option<()> {
        while self.with(|world| (world.blobs[&blob].len() as u64) < size) {
            let FileRequest::Chunk(chunk) = requests.recv().await? else { panic!("not a chunk") };
            self.count(cut).await?;
            let refused = self.with(|world| {
                world.blobs.get_mut(&blob).unwrap().extend_from_slice(&chunk);
                world.refuses_after.filter(|(after, _)| world.chunks > *after)
            });
            if let Some((_, cause)) = refused {
                replies.send(FileReply::Refused(Refusal::new(cause))).await.ok()?;
                // What is on its way is not read: the client must notice by listening.
                std::future::pending::<()>().await;
            }
        }
        replies.send(FileReply::Stored).await.ok()
    }

    async fn count(&self, cut: &mut usize) -> Option<()> {
        let pace = self.with(|world| {
            world.chunks += 1;
            world.pace
        });
        if pace > Duration::ZERO {
            sleep(pace).await;
        }
        *cut = cut.checked_sub(1)?;
        Some(())
    }
}

impl Requests for mpsc::Sender<FileRequest> {
    async fn send(&mut self, request: &FileRequest) -> Result<(), Cut> {
        mpsc::Sender::send(self, request.clone()).await.map_err(|_| Cut)
    }
}
impl Replies for mpsc::Receiver<FileReply> {
    async fn next(&mut self) -> Result<FileReply, Cut> {
        self.recv().await.ok_or(Cut)
    }
}
impl Connect for Server {
    type Requests = mpsc::Sender<FileRequest>;
    type Replies = mpsc::Receiver<FileReply>;

    async fn connect(&mut self) -> Result<Line<Self::Requests, Self::Replies>, Cut> {
        let (requests, asked) = mpsc::channel(1);
        let (answers, replies) = mpsc::channel(1);
        tokio::spawn(self.clone().serve(asked, answers));
        Ok(Line { requests, replies, file_max: 2 * BIG as u64 })
    }
}

/// A person with a lane.
struct Person {
    folder: tempfile::TempDir,
    jobs: mpsc::Sender<Job>,
    reports: mpsc::Receiver<Report>,
}

impl Person {
    fn with(server: &Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (jobs, inbox) = mpsc::channel(JOBS_WAITING_MAX);
        let (outbox, reports) = mpsc::channel(4);
        let environment = Environment {
            offload: Offload::Inline,
            random: Arc::new(|| 0),
            patience: Patience::default(),
            ..Environment::default()
        };
        let received = folder.path().join("received");
        tokio::spawn(Lane::new(server.clone(), environment, received, outbox).run(inbox));
        Self { folder, jobs, reports }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn want(&self, work: Work) -> CancellationToken {
        let cancel = CancellationToken::new();
        self.jobs.try_send(Job { blob: BLOB, work, cancel: cancel.clone() }).unwrap();
        cancel
    }

    /// The progress that was told, and how it ended.
    async fn end(&mut self) -> (Vec<Progress>, Ended) {
        let mut told = Vec::new();
        loop {
            match self.reports.recv().await.unwrap() {
                Report::Progress(progress) => told.push(progress),
                Report::Ended { blob, ended } => {
                    assert_eq!(blob, BLOB);
                    return (told, ended);
                }
            }
        }
    }

    async fn send(&mut self, path: PathBuf) -> Ended {
        self.want(sending(&path));
        self.end().await.1
    }

    async fn fetch(&mut self, name: &str, bytes: &[u8]) -> Ended {
        self.want(fetching(name, bytes));
        self.end().await.1
    }

    fn received(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.folder.path().join("received"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn sending(path: &std::path::Path) -> Work {
    let found = Outgoing::open(path).map(|file| file.stamp());
    Work::Upload { path: path.to_owned(), stamp: found.unwrap_or(Stamp { size: 0, modified: 0 }) }
}

fn fetching(name: &str, bytes: &[u8]) -> Work {
    let promise = Promise { size: bytes.len() as u64, hash: *blake3::hash(bytes).as_bytes() };
    Work::Download { name: name.into(), promise }
}

/// Bytes without a pattern that a shift by a chunk would hide.
fn big() -> Vec<u8> {
    let mut bytes = vec![0; BIG];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    bytes
}

#[tokio::test(start_paused = true)]
async fn a_file_goes_there_and_comes_here() {
    let server = Server::default();
    let (mut alice, mut bob) = (Person::with(&server), Person::with(&server));
    let path = alice.write("Grüße.PDF", &big());
    let Ended::Uploaded(content) = alice.send(path).await else { panic!("not sent") };
    assert_eq!((content.blob, content.size), (BLOB, BIG as u64));
    assert_eq!((content.name.as_str(), content.media_type.as_str()), ("Grüße.PDF", "application/pdf"));
    assert_eq!(content.hash, *blake3::hash(&big()).as_bytes());

    let Ended::Received(path) = bob.fetch("../Grüße.PDF", &big()).await else { panic!("not received") };
    assert_eq!(fs::read(&path).unwrap(), big());
    bob.fetch("Grüße.PDF", &big()).await;
    assert_eq!(bob.received(), ["Grüße (2).PDF", "Grüße.PDF"]);
    assert_eq!(server.with(|world| world.connections), 2, "one for each of them");
}

#[tokio::test(start_paused = true)]
async fn empty_files_are_files() {
    let server = Server::default();
    let mut alice = Person::with(&server);
    let path = alice.write("empty", b"");
    assert!(matches!(alice.send(path).await, Ended::Uploaded(content) if content.size == 0));
    assert!(matches!(alice.fetch("empty", b"").await, Ended::Received(_)));
}

#[tokio::test(start_paused = true)]
async fn a_cut_connection_goes_on_where_it_ended() {
    let server = Server::default();
    let mut alice = Person::with(&server);
    let path = alice.write("big", &big());
    server.with(|world| world.cuts = vec![9, 0, 0, 5]);
    let Ended::Uploaded(content) = alice.send(path).await else { panic!("not sent") };
    assert_eq!(content.hash, *blake3::hash(&big()).as_bytes());
    assert_eq!(server.with(|world| world.blobs[&BLOB].clone()), big());
    let chunks = server.with(|world| std::mem::take(&mut world.chunks));
    // Each cut loses a chunk; nothing else travels twice.
    assert_eq!(chunks, 21 + 4);

    server.with(|world| world.cuts = vec![9, 0, 0, 5]);
    // The line that is still open is cut by closing it.
    let mut bob = Person::with(&server);
    let Ended::Received(path) = bob.fetch("big", &big()).await else { panic!("not received") };
    assert_eq!(fs::read(path).unwrap(), big());
    assert_eq!(server.with(|world| world.chunks), 21 + 4);
    assert_eq!(bob.received(), ["big"]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_only_breaks_is_given_up() {
    let server = Server::default();
    server.with(|world| world.cuts = vec![0; 100]);
    let mut alice = Person::with(&server);
    let path = alice.write("big", &big());
    assert_eq!(alice.send(path).await, Ended::Failed(FileProblem::Unsteady));
    assert_eq!(server.with(|world| world.connections), FRUITLESS_MAX as usize + 1);
}

#[tokio::test(start_paused = true)]
async fn cancelling_is_immediate_and_another_try_goes_on() {
    let server = Server::default();
    server.with(|world| {
        world.blobs.insert(BLOB, big());
        world.pace = Duration::from_secs(1);
    });
    let mut bob = Person::with(&server);
    let cancel = bob.want(fetching("big", &big()));
    // Another one waits behind it, and is cancelled there.
    bob.want(fetching("big", &big())).cancel();
    sleep(Duration::from_millis(9500)).await;
    let at = Instant::now();
    cancel.cancel();
    assert_eq!(bob.end().await.1, Ended::Cancelled);
    assert_eq!(bob.end().await.1, Ended::Cancelled);
    assert_eq!(at.elapsed(), Duration::ZERO);
    assert!(bob.received().iter().all(|name| name.ends_with(".part")));

    server.with(|world| (world.pace, world.chunks) = (Duration::ZERO, 0));
    assert!(matches!(bob.fetch("big", &big()).await, Ended::Received(_)));
    assert_eq!(server.with(|world| world.chunks), 21 - 8, "two pieces of four chunks were here");
    assert_eq!(bob.received(), ["big"]);
}

#[tokio::test(start_paused = true)]
async fn wrong_bytes_are_thrown_away() {
    let server = Server::default();
    let mut wrong = big();
    wrong[BIG / 2] ^= 1;
    server.with(|world| world.blobs.insert(BLOB, wrong));
    let mut bob = Person::with(&server);
    assert_eq!(bob.fetch("big", &big()).await, Ended::Failed(FileProblem::Mismatch));
    assert_eq!(bob.fetch("short", b"short").await, Ended::Failed(FileProblem::Mismatch));
    assert_eq!(bob.received(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_was_left_wrong_is_fetched_anew() {
    let server = Server::default();
    let mut wrong = big();
    wrong[5] ^= 1;
    server.with(|world| {
        world.blobs.insert(BLOB, wrong);
        world.pace = Duration::from_secs(1);
    });
    let mut bob = Person::with(&server);
    let cancel = bob.want(fetching("big", &big()));
    sleep(Duration::from_secs(10)).await;
    cancel.cancel();
    bob.end().await;
    server.with(|world| world.blobs.insert(BLOB, big()));
    assert!(matches!(bob.fetch("big", &big()).await, Ended::Received(_)));
    assert_eq!(bob.received(), ["big"]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_said_and_the_next_job_works() {
    let server = Server::default();
    let mut alice = Person::with(&server);
    assert_eq!(alice.fetch("x", b"x").await, Ended::Failed(FileProblem::NotThere));
    let path = alice.write("big", &big());
    server.with(|world| world.refuses = Some(Cause::QuotaExceeded));
    let Ended::Failed(FileProblem::Refused(sentence)) = alice.send(path.clone()).await else {
        panic!("sent")
    };
    assert_eq!(sentence, "Your space for files on this server is used up.");
    // In the middle, while the client only sends.
    server.with(|world| (world.refuses, world.refuses_after) = (None, Some((4, Cause::Full))));
    assert!(matches!(alice.send(path.clone()).await, Ended::Failed(FileProblem::Refused(_))));
    server.with(|world| world.refuses_after = None);
    assert!(matches!(alice.send(path).await, Ended::Uploaded(_)));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_is_said() {
    let server = Server::default();
    let mut alice = Person::with(&server);
    let path = alice.write("huge", &[0; 2 * BIG + 1]);
    let ended = alice.send(path.clone()).await;
    assert_eq!(ended, Ended::Failed(FileProblem::TooLarge { max: 2 * BIG as u64 }));
    let folder = alice.folder.path().to_owned();
    assert_eq!(alice.send(folder).await, Ended::Failed(FileProblem::NotAFile));
    // Deleted while it was queued.
    server.with(|world| world.pace = Duration::from_millis(10));
    let big = alice.write("big", &big());
    alice.want(sending(&big));
    alice.want(sending(&path));
    fs::remove_file(path).unwrap();
    assert!(matches!(alice.end().await.1, Ended::Uploaded(_)));
    assert_eq!(alice.end().await.1, Ended::Failed(FileProblem::Missing));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_changes_between_two_tries_is_not_mixed() {
    let server = Server::default();
    server.with(|world| (world.cuts, world.pace) = (vec![9], Duration::from_millis(10)));
    let mut alice = Person::with(&server);
    let path = alice.write("big", &big());
    alice.want(sending(&path));
    // After the cut and before the second try.
    sleep(Duration::from_millis(200)).await;
    let later = std::time::SystemTime::now() + Duration::from_secs(5);
    fs::File::options().write(true).open(path).unwrap().set_modified(later).unwrap();
    assert_eq!(alice.end().await.1, Ended::Failed(FileProblem::Changed));
}

#[tokio::test(start_paused = true)]
async fn progress_is_told_a_few_times_a_second() {
    let server = Server::default();
    server.with(|world| {
        world.blobs.insert(BLOB, big());
        world.pace = Duration::from_millis(50);
    });
    let mut bob = Person::with(&server);
    bob.want(fetching("big", &big()));
    let (told, _) = bob.end().await;
    // 21 chunks of 50 ms.
    assert!((4..=7).contains(&told.len()), "{told:?}");
    assert!(told.is_sorted_by_key(|progress| progress.done));
    let last = told.last().unwrap();
    assert_eq!(last.total, BIG as u64);
    let speed = CHUNK_MAX as u64 * 20;
    assert!(last.speed > speed * 8 / 10 && last.speed < speed * 12 / 10, "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_work_is_closed() {
    let server = Server::default();
    server.with(|world| world.blobs.insert(BLOB, b"x".to_vec()));
    let mut bob = Person::with(&server);
    bob.fetch("x", b"x").await;
    assert_eq!(server.with(|world| world.open), 1);
    sleep(IDLE + Duration::from_secs(1)).await;
    assert_eq!(server.with(|world| world.open), 0);
    bob.fetch("x", b"x").await;
    assert_eq!(server.with(|world| world.connections), 2);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_falls_silent_is_left() {
    let server = Server::default();
    server.with(|world| {
        world.blobs.insert(BLOB, big());
        world.pace = Duration::from_secs(3600);
    });
    let mut bob = Person::with(&server);
    bob.want(fetching("big", &big()));
    sleep(Patience::default().dead * 2).await;
    server.with(|world| world.pace = Duration::ZERO);
    let at = Instant::now();
    assert!(matches!(bob.end().await.1, Ended::Received(_)));
    assert!(at.elapsed() < Patience::default().dead * 2);
}

#[tokio::test(start_paused = true)]
async fn a_picture_is_kept_only_if_it_is_one() {
    let server = Server::default();
    let mut bob = Person::with(&server);
    let folder = bob.folder.path().join("pictures");
    let mut png = Vec::new();
    let picture = image::DynamicImage::new_rgb8(64, 64);
    picture.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
    for (blob, is_kept) in [(b"no picture".to_vec(), false), (big(), false), (png.clone(), true)] {
        server.with(|world| drop(world.blobs.insert(BLOB, blob)));
        bob.want(Work::Picture { folder: folder.clone() });
        let ended = bob.end().await.1;
        assert_eq!(matches!(ended, Ended::Received(_)), is_kept, "{ended:?}");
    }
    assert_eq!(fs::read(folder.join(format!("{BLOB}.png"))).unwrap(), png);
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
}
