//! A client's copy with very many messages: how long a person waits for a room, a page further back, a search. Asked at
//! the engine's border, offline, as the window does.

mod words;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use snug_engine::bench::Filled;
use snug_engine::command::Command;
use snug_engine::environment::Environment;
use snug_engine::event::{Event, Found, ItemKey, Timeline};
use snug_engine::{Config, Engine, Events, Handle};
use snug_proto::bounded::{List, Text};
use snug_proto::content::Content;
use snug_proto::entry::{Blobs, Entry, Kind, LOBBY, RoomKind};
use snug_proto::id::{AccountId, DeviceId, Number, RoomId, Seq};
use snug_proto::talk::{Role, RoomInfo, Target};
use words::{Chance, Words};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many messages the copy holds.
    #[arg(long, default_value_t = 1_000_000)]
    messages: u32,
    /// In how many rooms; the first ones hold the most.
    #[arg(long, default_value_t = 200)]
    rooms: u32,
    /// How often each question is asked.
    #[arg(long, default_value_t = 200)]
    questions: u32,
    /// One line of JSON instead of words.
    #[arg(long)]
    json: bool,
}

const PEOPLE: u64 = 50;
const ME: AccountId = AccountId(1);
/// Three years.
const SPAN_MS: i64 = 3 * 365 * 24 * 3600 * 1000;
const BEGIN: i64 = 1_690_000_000_000;
/// Entries in a page, and pages in one step, as the engine takes them.
const PAGE: usize = 100;
const PAGES: usize = 8;
/// Longer than the engine gathers what it tells the window.
const BREATH: Duration = Duration::from_millis(35);

pub(crate) async fn run(options: Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let words = Words::new();
    let filled = fill(&options, folder.path(), &words)?;
    let server = filled.server;
    drop(filled);
    let size: u64 = std::fs::read_dir(folder.path().join("profile"))?
        .filter_map(|file| Some(file.ok()?.metadata().ok()?.len()))
        .sum();
    say(&options, &format!("{} MB on disk", size / 1_000_000));

    let config = Config {
        folder: folder.path().join("profile"),
        received: folder.path().join("received"),
        client: "Snug bench".into(),
        fetch_by_itself_max: 0,
    };
    let (handle, events) = Engine::start_in(config, Environment::default());
    let mut window = Window { handle, events, serial: 0 };
    let started = Instant::now();
    window.handle.send(Command::Open(server)).await?;
    window.until(|event| matches!(event, Event::Rooms(_)).then_some(())).await?;
    say(&options, &format!("opening the copy: {} ms", started.elapsed().as_millis()));

    let mut report = Report { json: options.json };
    window.rooms(&options, &mut report).await?;
    window.pages(&options, &mut report).await?;
    window.searches(&options, &words, &mut report).await
}

fn say(options: &Options, line: &str) {
    if !options.json {
        println!("{line}");
    }
}

/// How many messages each room has: the n-th a share of 1/n.
fn shares(options: &Options) -> Vec<u32> {
    let whole: f64 = (1..=options.rooms).map(|n| 1.0 / f64::from(n)).sum();
    let share = |n: u32| (f64::from(options.messages) / f64::from(n) / whole) as u32;
    let mut shares: Vec<u32> = (1..=options.rooms).map(share).collect();
    if let Some(first) = shares.first_mut() {
        *first = 0;
        let others: u32 = shares.iter().sum();
        shares[0] = options.messages.saturating_sub(others);
    }
    shares
}

fn fill(options: &Options, folder: &Path, words: &Words) -> Result<Filled> {
    let shares = shares(options);
    let people: Vec<_> = (1..=PEOPLE).map(|n| (AccountId(n), format!("person{n}"))).collect();
    let rooms: Vec<RoomInfo> = (1..).zip(&shares).map(|(room, share)| info(RoomId(room), *share)).collect();
    let me = (ME, "person1".to_owned());
    let filled = Filled::make(&folder.join("profile"), me, &people, &rooms).map_err(anyhow::Error::msg)?;
    let started = Instant::now();
    let mut chance = Chance::new();
    for room in &rooms {
        let mut step = Vec::new();
        for from in (1..=room.head.0).step_by(PAGE) {
            let seqs = from..=room.head.0.min(from + PAGE as u32 - 1);
            step.push(seqs.map(|seq| entry(room, seq, words, &mut chance)).collect::<Result<_>>()?);
            if step.len() == PAGES {
                filled.take(std::mem::take(&mut step)).map_err(anyhow::Error::msg)?;
            }
        }
        filled.take(step).map_err(anyhow::Error::msg)?;
    }
    say(
        options,
        &format!("{} messages merged in {:.1} s", options.messages, started.elapsed().as_secs_f64()),
    );
    let started = Instant::now();
    let batches = filled.index().map_err(anyhow::Error::msg)?;
    let took = started.elapsed();
    say(
        options,
        &format!(
            "indexed in {:.1} s, {:.1} ms a batch",
            took.as_secs_f64(),
            took.as_secs_f64() * 1000.0 / f64::from(batches)
        ),
    );
    Ok(filled)
}

fn info(room: RoomId, head: u32) -> RoomInfo {
    let lobby = room == LOBBY;
    RoomInfo {
        room,
        kind: if lobby { RoomKind::LOBBY } else { RoomKind::CHANNEL },
        name: Text::cut(&if lobby { String::new() } else { format!("room{}", room.0) }),
        topic: Text::default(),
        peer: AccountId(0),
        earlier: List::default(),
        first: Seq(1),
        head: Seq(head),
        read: Seq(head),
        unread_from: Seq(0),
        role: Role::Member,
        present: true,
        archived: false,
        members: PEOPLE as u32,
        encrypted: false,
    }
}

fn entry(room: &RoomInfo, seq: u32, words: &Words, chance: &mut Chance) -> Result<Entry> {
    let text = words.sentence(chance);
    let body = Content::text(text)?.to_body().context("a text has a body")?;
    let author = 1 + chance.below(PEOPLE);
    Ok(Entry {
        room: room.room,
        seq: Seq(seq),
        at: BEGIN + SPAN_MS * i64::from(seq) / i64::from(room.head.0.max(1)),
        kind: Kind::CONTENT,
        author: AccountId(author),
        device: DeviceId(author << 32 | u64::from(room.room.0)),
        number: Number(u64::from(seq)),
        generation: 0,
        epoch: 0,
        blobs: Blobs::default(),
        body,
    })
}

/// What a person at a window asks, and how long they wait.
struct Window {
    handle: Handle,
    events: Events,
    serial: u64,
}

impl Window {
    async fn until<T>(&mut self, mut wanted: impl FnMut(Event) -> Option<T>) -> Result<T> {
        loop {
            let events = self.events.next().await.context("the engine has stopped")?;
            if let Some(found) = events.into_iter().find_map(&mut wanted) {
                return Ok(found);
            }
        }
    }

    async fn timeline(&mut self, command: Command, room: Target) -> Result<(Arc<Timeline>, Duration)> {
        tokio::time::sleep(BREATH).await;
        let started = Instant::now();
        self.handle.send(command).await?;
        let shown = |event| match event {
            Event::Timeline(timeline) if timeline.room == room => Some(timeline),
            _ => None,
        };
        let timeline = self.until(shown).await?;
        Ok((timeline, started.elapsed()))
    }

    async fn rooms(&mut self, options: &Options, report: &mut Report) -> Result<()> {
        let mut waited = Histogram::new(3)?;
        for n in 0..options.questions {
            // Another room each time, in no order that a cache would like.
            let room = Target::Room(RoomId(1 + n * 7919 % options.rooms));
            let (timeline, took) = self.timeline(Command::Show(room), room).await?;
            anyhow::ensure!(!timeline.items.is_empty(), "the room is empty");
            waited.record(took.as_micros() as u64)?;
        }
        report.line("opening a room", &waited);
        Ok(())
    }

    async fn pages(&mut self, options: &Options, report: &mut Report) -> Result<()> {
        let mut waited = Histogram::new(3)?;
        let room = Target::Room(LOBBY);
        let (mut last, _) = self.timeline(Command::Show(room), room).await?;
        for _ in 0..options.questions {
            let (timeline, took) = self.timeline(Command::Older, room).await?;
            let top = |timeline: &Timeline| timeline.items.first().map(|item| item.key);
            let (Some(ItemKey::Entry(new)), Some(ItemKey::Entry(old))) = (top(&timeline), top(&last)) else {
                anyhow::bail!("the timeline is empty");
            };
            anyhow::ensure!(new < old || !last.has_older, "the page brought nothing older");
            waited.record(took.as_micros() as u64)?;
            last = timeline;
        }
        report.line("a page further back", &waited);
        Ok(())
    }

    async fn search(&mut self, query: String) -> Result<(Arc<Found>, Duration)> {
        self.serial += 1;
        let serial = self.serial;
        let started = Instant::now();
        self.handle.send(Command::Search { serial, query, limit: 50 }).await?;
        let answer = |event| match event {
            Event::Found(found) if found.serial == serial => Some(found),
            _ => None,
        };
        let found = self.until(answer).await?;
        Ok((found, started.elapsed()))
    }

    async fn searches(&mut self, options: &Options, words: &Words, report: &mut Report) -> Result<()> {
        let mut chance = Chance::new();
        let mut all = Histogram::<u64>::new(3)?;
        type Question = (&'static str, fn(&Words, &mut Chance) -> String);
        let questions: [Question; 9] = [
            ("search: a common word", |words, chance| format!("{} ", words.rank(chance.below(20)))),
            ("search: a rare word", |words, chance| format!("{} ", words.rank(5000 + chance.below(20_000)))),
            ("search: two common words", |words, chance| {
                format!("{} {} ", words.rank(chance.below(20)), words.rank(chance.below(20)))
            }),
            ("search: a common and a rare word", |words, chance| {
                format!("{} {} ", words.rank(chance.below(20)), words.rank(5000 + chance.below(20_000)))
            }),
            ("search: one letter typed", |words, chance| words.beginning(chance, 1)),
            ("search: three letters typed", |words, chance| words.beginning(chance, 3)),
            ("search: five letters typed", |words, chance| words.beginning(chance, 5)),
            ("search: a phrase of common words", |words, chance| {
                format!("\"{} {}\"", words.rank(chance.below(10)), words.rank(chance.below(10)))
            }),
            ("search: in a small room, by one person, before a date", |words, chance| {
                format!(
                    "from:person{} in:room{} before:2025-06 {} ",
                    1 + chance.below(PEOPLE),
                    100 + chance.below(100),
                    words.rank(chance.below(20))
                )
            }),
        ];
        for (name, question) in questions {
            let mut waited = Histogram::<u64>::new(3)?;
            let mut hits = 0;
            for _ in 0..options.questions {
                let (found, took) = self.search(question(words, &mut chance)).await?;
                anyhow::ensure!(found.problem.is_none(), "{:?}", found.problem);
                anyhow::ensure!(found.coverage.is_complete(), "not everything is searched");
                hits += found.hits.len();
                waited.record(took.as_micros() as u64)?;
            }
            anyhow::ensure!(
                hits > 0 || name.contains("phrase") || name.contains("small"),
                "{name} found nothing"
            );
            all.add(&waited)?;
            report.line(name, &waited);
        }
        report.line("search: all of these", &all);
        Ok(())
    }
}

struct Report {
    json: bool,
}

impl Report {
    fn line(&mut self, what: &str, waited: &Histogram<u64>) {
        let ms = |quantile: f64| waited.value_at_quantile(quantile) as f64 / 1000.0;
        let (p50, p95, p99) = (ms(0.5), ms(0.95), ms(0.99));
        if self.json {
            println!(
                "{{\"bench\":\"copy\",\"what\":\"{what}\",\"p50_ms\":{p50:.2},\"p95_ms\":{p95:.2},\"p99_ms\":{p99:.2}}}"
            );
        } else {
            println!("{what}: p50 {p50:.2} ms, p95 {p95:.2} ms, p99 {p99:.2} ms");
        }
    }
}
