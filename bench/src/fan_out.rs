//! Some members write into the lobby, all members read: the server beside the floor, in the same run.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use hdrhistogram::Histogram;
use snug_proto::bounded::List;
use snug_proto::codec;
use snug_proto::entry::{Entry, Kind, LOBBY};
use snug_proto::id::{AccountId, DeviceId, Number, Seq};
use snug_proto::limits::{CHANGES_IN_FLIGHT_MAX, FRAME_MAX};
use snug_proto::talk::{Call, Change, Direction, Down, Push, Reply, Request, Target};
use tokio::sync::Semaphore;

use crate::member::Member;
use crate::process::{Guard, Server};
use crate::stamp::{age, stamped};
use crate::wire::{Frames, Writer, client_config, dial};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Members in all.
    #[arg(long, default_value_t = 100)]
    members: usize,
    /// Members who write.
    #[arg(long, default_value_t = 10)]
    senders: usize,
    /// Messages in all.
    #[arg(long, default_value_t = 20_000)]
    messages: usize,
    /// Bytes of a message's body.
    #[arg(long, default_value_t = 200)]
    body: usize,
    /// One line of JSON per measurement instead of words.
    #[arg(long)]
    json: bool,
    /// The server to measure; by default the snug-server beside this program.
    #[arg(long)]
    server: Option<PathBuf>,
}

/// What one side came to.
struct Figures {
    name: &'static str,
    seconds: f64,
    cpu_seconds: f64,
    deliveries: u64,
    expected: u64,
    latency: Histogram<u64>,
}

pub(crate) async fn run(options: Options) -> Result<()> {
    ensure!(options.senders >= 1 && options.senders <= options.members, "senders are members");
    ensure!(options.body >= 16, "a body holds at least the time it was sent");
    let snug = measure_snug(&options).await.context("snug-server")?;
    let once = measure_floor(&options, false).await.context("floor, once per delivery")?;
    let coalesced = measure_floor(&options, true).await.context("floor, coalesced")?;
    let floor = coalesced.cpu_per_million();
    for figures in [&snug, &once, &coalesced] {
        figures.print(options.json, floor);
    }
    ensure!(snug.deliveries == snug.expected, "{} deliveries were lost", snug.expected - snug.deliveries);
    Ok(())
}

impl Figures {
    fn cpu_per_million(&self) -> f64 {
        self.cpu_seconds * 1e6 / self.deliveries as f64
    }
    fn print(&self, json: bool, floor: f64) {
        let micros = |quantile| self.latency.value_at_quantile(quantile);
        let (rate, cpu) = (self.deliveries as f64 / self.seconds, self.cpu_per_million());
        let lost = self.expected - self.deliveries;
        if json {
            println!(
                "{{\"bench\":\"fan-out\",\"server\":\"{}\",\"deliveries\":{},\"lost\":{lost},\"seconds\":{:.2},\"deliveries_per_second\":{rate:.0},\"cpu_seconds_per_million\":{cpu:.3},\"times_coalesced_floor\":{:.2},\"p50_us\":{},\"p99_us\":{}}}",
                self.name,
                self.deliveries,
                self.seconds,
                cpu / floor,
                micros(0.5),
                micros(0.99)
            );
        } else {
            println!(
                "{:<28} {rate:>9.0} deliveries/s  {cpu:>7.3} CPU s per million ({:.2} x floor)  p50 {} us  p99 {} us  lost {lost}",
                self.name,
                cpu / floor,
                micros(0.5),
                micros(0.99)
            );
        }
    }
}

async fn measure_snug(options: &Options) -> Result<Figures> {
    let server = Server::start(options.server.as_deref(), options.members, Guard::Lifted)?;
    let tls = client_config()?;
    let mut members = Vec::new();
    for at in 0..options.members {
        members.push(Member::register(server.address, tls.clone(), &format!("member{at}")).await?);
    }
    // The newest head is what everybody's own joining left behind; what follows is the load.
    let head = head_of(members.last_mut().context("members")?).await?;
    let goal = Seq(head.0 + u32::try_from(options.messages)?);
    let share = options.messages / options.senders;
    let extra = options.messages % options.senders;
    let received = Arc::new(AtomicU64::new(0));

    let (cpu, start) = (server.cpu()?, Instant::now());
    let mut readers = Vec::new();
    let mut senders = Vec::new();
    for (at, member) in members.into_iter().enumerate() {
        let mine = if at < options.senders { share + usize::from(at < extra) } else { 0 };
        let room = Arc::new(Semaphore::new(CHANGES_IN_FLIGHT_MAX));
        let own = member.me.device;
        let (calls, answers) = tokio::sync::mpsc::channel(64);
        readers.push(tokio::spawn(read_snug(
            member.frames,
            Progress { goal, own, room: room.clone(), calls, received: received.clone() },
        )));
        senders.push(tokio::spawn(write_snug(
            member.writer,
            member.me.mark,
            mine,
            options.body,
            room,
            answers,
        )));
    }
    let mut latency = Histogram::<u64>::new(3)?;
    for reader in readers {
        latency.add(reader.await??)?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let cpu_seconds = (server.cpu()? - cpu).as_secs_f64();
    senders.iter().for_each(|sender| sender.abort());
    Ok(Figures {
        name: "snug-server (durable)",
        seconds,
        cpu_seconds,
        deliveries: received.load(Ordering::Relaxed),
        expected: (options.messages * options.members) as u64,
        latency,
    })
}

async fn head_of(member: &mut Member) -> Result<Seq> {
    member
        .writer
        .value(&Call { id: 1, request: Request::Rooms { after: snug_proto::id::RoomId(0) } })
        .await?;
    loop {
        match member.frames.value().await? {
            Down::Reply { id: 1, result: Ok(Reply::Rooms(rooms)) } => {
                let lobby = rooms.iter().find(|info| info.room == LOBBY);
                return Ok(lobby.ok_or_else(|| anyhow!("no lobby"))?.head);
            }
            Down::Reply { result, .. } => bail!("no rooms: {result:?}"),
            Down::Push(_) => {}
        }
    }
}

struct Progress {
    goal: Seq,
    own: DeviceId,
    room: Arc<Semaphore>,
    calls: tokio::sync::mpsc::Sender<Request>,
    received: Arc<AtomicU64>,
}

/// Reads until the whole load was seen, by push or, after `Behind`, by page.
async fn read_snug(mut frames: Frames, progress: Progress) -> Result<Histogram<u64>> {
    let mut latency = Histogram::new(3)?;
    let first = Seq(progress.goal.0); // entries at or below goal count, those before the load do not carry stamps
    let mut at: Option<Seq> = None;
    let mut pages: VecDeque<Seq> = VecDeque::new();
    let seen = |seq: Seq, at: &mut Option<Seq>| {
        if at.is_some_and(|last| seq <= last) {
            return false;
        }
        *at = Some(seq);
        true
    };
    loop {
        match frames.value().await.context("reading")? {
            Down::Push(Push::Entry(entry)) => {
                if seen(entry.seq, &mut at) && entry.kind == Kind::CONTENT {
                    record(&mut latency, &entry, &progress);
                }
            }
            Down::Push(Push::Appended { seq, .. }) => {
                if seen(seq, &mut at) {
                    progress.received.fetch_add(1, Ordering::Relaxed);
                }
                progress.room.add_permits(1);
            }
            Down::Push(Push::Behind { head, .. }) => {
                pages.push_back(head);
                ask(&progress, at).await?;
            }
            Down::Push(Push::Ping) => progress.calls.send(Request::Pong).await?,
            Down::Reply { result: Ok(Reply::Page(page)), .. } => {
                for entry in &*page.entries {
                    if seen(entry.seq, &mut at) && entry.kind == Kind::CONTENT {
                        if entry.device == progress.own {
                            progress.room.add_permits(1);
                        }
                        record(&mut latency, entry, &progress);
                    }
                }
                if let Some(until) = pages.front().copied() {
                    if at.is_some_and(|at| at >= until) {
                        pages.pop_front();
                    } else {
                        ask(&progress, at).await?;
                    }
                }
            }
            Down::Reply { result: Err(refusal), .. } => bail!("refused: {refusal:?}"),
            Down::Push(Push::Goodbye(goodbye)) => bail!("the server said goodbye: {goodbye:?}"),
            Down::Push(_) | Down::Reply { .. } => {}
        }
        if at.is_some_and(|at| at >= first) {
            return Ok(latency);
        }
    }
}

async fn ask(progress: &Progress, at: Option<Seq>) -> Result<()> {
    let from = at.unwrap_or_default().next();
    let page = Request::Page { room: LOBBY, from, direction: Direction::Forward, limit: 100 };
    progress.calls.send(page).await.map_err(|_| anyhow!("the writer is gone"))
}

fn record(latency: &mut Histogram<u64>, entry: &Entry, progress: &Progress) {
    progress.received.fetch_add(1, Ordering::Relaxed);
    if let Some(age) = age(&entry.body) {
        let _ = latency.record(age); // it grows by itself
    }
}

async fn write_snug(
    mut writer: Writer,
    mark: Number,
    mut messages: usize,
    body: usize,
    room: Arc<Semaphore>,
    mut answers: tokio::sync::mpsc::Receiver<Request>,
) -> Result<()> {
    let (mut number, mut id) = (mark.0, 1);
    loop {
        let request = tokio::select! {
            biased; // an answer first: a pong must not wait behind the load
            Some(request) = answers.recv() => request,
            permit = room.acquire(), if messages > 0 => {
                permit?.forget();
                messages -= 1;
                number += 1;
                Request::Change {
                    number: Number(number),
                    change: Change::Append {
                        to: Target::Room(LOBBY), kind: Kind::CONTENT, generation: 0, epoch: 0,
                        blobs: List::default(), body: stamped(body),
                    },
                }
            }
            else => return Ok(()),
        };
        id += 1;
        writer.value(&Call { id, request }).await?;
    }
}

async fn measure_floor(options: &Options, coalesce: bool) -> Result<Figures> {
    let server = Server::start_floor(coalesce)?;
    let tls = client_config()?;
    let mut members = Vec::new();
    for _ in 0..options.members {
        members.push(tokio::io::split(dial(server.address, tls.clone(), None).await?));
    }
    tokio::time::sleep(Duration::from_millis(300)).await; // the last handshakes end on the other side
    let received = Arc::new(AtomicU64::new(0));
    let (cpu, start) = (server.cpu()?, Instant::now());
    let (share, extra) = (options.messages / options.senders, options.messages % options.senders);
    let mut readers = Vec::new();
    for (at, (from, to)) in members.into_iter().enumerate() {
        let mine = if at < options.senders { share + usize::from(at < extra) } else { 0 };
        let room = Arc::new(Semaphore::new(CHANGES_IN_FLIGHT_MAX));
        let own = AccountId(at as u64 + 1);
        let frames = Frames::new(from, FRAME_MAX);
        readers.push(tokio::spawn(read_floor(frames, options.messages, own, room.clone(), received.clone())));
        tokio::spawn(write_floor(Writer(to), own, mine, options.body, room));
    }
    let mut latency = Histogram::<u64>::new(3)?;
    for reader in readers {
        latency.add(reader.await??)?;
    }
    Ok(Figures {
        name: if coalesce { "floor, coalesced" } else { "floor, once per delivery" },
        seconds: start.elapsed().as_secs_f64(),
        cpu_seconds: (server.cpu()? - cpu).as_secs_f64(),
        deliveries: received.load(Ordering::Relaxed),
        expected: (options.messages * options.members) as u64,
        latency,
    })
}

async fn read_floor(
    mut frames: Frames,
    messages: usize,
    own: AccountId,
    room: Arc<Semaphore>,
    received: Arc<AtomicU64>,
) -> Result<Histogram<u64>> {
    let mut latency = Histogram::new(3)?;
    for _ in 0..messages {
        let Down::Push(Push::Entry(entry)) = frames.value().await? else {
            bail!("the floor sent something else")
        };
        received.fetch_add(1, Ordering::Relaxed);
        if entry.author == own {
            room.add_permits(1);
        }
        if let Some(age) = age(&entry.body) {
            let _ = latency.record(age); // it grows by itself
        }
    }
    Ok(latency)
}

/// Sends the very bytes that Snug's server would push.
async fn write_floor(
    mut writer: Writer,
    own: AccountId,
    messages: usize,
    body: usize,
    room: Arc<Semaphore>,
) -> Result<()> {
    for number in 1..=messages as u64 {
        room.acquire().await?.forget();
        let entry = Entry {
            room: LOBBY,
            seq: Seq(1_000),
            at: 1_700_000_000_000,
            kind: Kind::CONTENT,
            author: own,
            device: DeviceId(u64::MAX / 3),
            number: Number(number),
            generation: 0,
            epoch: 0,
            blobs: List::default(),
            body: stamped(body),
        };
        let mut frame = Vec::new();
        codec::encode_frame(&Down::Push(Push::Entry(entry)), FRAME_MAX, &mut frame)?;
        writer.bytes(&frame).await?;
    }
    // The reading half keeps the connection; dropping this one closes nothing.
    std::future::pending().await
}
