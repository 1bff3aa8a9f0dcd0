//! Somebody with an account and a computer: the real engine, on a host that may crash at any moment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use snug_engine::environment::{Environment, Offload};
use snug_engine::login::Stretching;
use snug_engine::{Config, Engine, Events, Handle};
use snug_proto::id::Seq;
use tokio::time::{Instant, sleep_until};

use crate::chance::Chance;
use crate::day::Day;
use crate::network::{Dialer, Network};

/// One line as somebody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Line {
    pub(crate) author: String,
    /// What it says now, or what kind of line it is.
    pub(crate) says: String,
    /// The reactions, as emoji and count.
    pub(crate) reactions: Vec<(String, u32)>,
}

/// What the world knows of a person, across crashes of their computer.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) account: bool,
    pub(crate) online: bool,
    pub(crate) unsent: u32,
    /// How many texts were begun, and how many other deeds.
    pub(crate) begun: usize,
    pub(crate) made_rooms: usize,
    /// The texts that stood in a timeline, so they are on this computer's disk: these must arrive.
    pub(crate) certain: BTreeSet<String>,
    /// The texts that were shown as sent: these are on the server's disk, whatever happens to this computer.
    pub(crate) sent: BTreeSet<String>,
    /// The texts that were thrown away again, retracted, refused, or lost with a copy: these may arrive, or not.
    pub(crate) excused: BTreeSet<String>,
    /// The last timeline of each room, by the room's name as everybody calls it.
    pub(crate) rooms: BTreeMap<String, BTreeMap<Seq, Line>>,
    /// What must never happen to anybody, and did.
    pub(crate) faults: Vec<String>,
    /// Nothing is to be done any more: only look around.
    pub(crate) only_look: bool,
}

pub(crate) struct Person {
    /// The computer.
    pub(crate) host: &'static str,
    /// Whose it is: one account may have two.
    pub(crate) account: &'static str,
    /// Whether the account is made here, rather than logged in to.
    pub(crate) registers: bool,
    pub(crate) texts: usize,
    pub(crate) folder: PathBuf,
    pub(crate) chance: Arc<Chance>,
    pub(crate) network: Arc<Network>,
    pub(crate) seen: Mutex<Seen>,
}

impl Person {
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("no panic holds it")
    }

    /// From switching the computer on until it crashes.
    pub(crate) async fn live(self: Arc<Self>) -> turmoil::Result {
        let (handle, mut events) = self.start();
        let mut day = Day::new(self.clone(), handle);
        let mut next = Instant::now();
        loop {
            tokio::select! {
                biased;
                batch = events.next() => {
                    for event in batch.ok_or("the engine stopped")? {
                        day.hear(event).await?;
                    }
                }
                () = sleep_until(next) => {
                    day.act().await?;
                    next = Instant::now() + self.chance.between(Duration::from_millis(50), Duration::from_secs(2));
                }
            }
        }
    }

    fn start(self: &Arc<Self>) -> (Handle, Events) {
        let chance = self.chance.clone();
        let environment = Environment {
            dialer: Arc::new(Dialer(self.network.clone())),
            offload: Offload::Inline,
            clock: Arc::new(|| {
                turmoil::since_epoch().map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }),
            random: Arc::new(move || chance.next()),
            stretching: Stretching::Trivial,
            ..Environment::default()
        };
        let config = Config {
            folder: self.folder.clone(),
            received: self.folder.join("received_files"),
            client: "simulation".into(),
            fetch_by_itself_max: 0,
        };
        Engine::start_in(config, environment)
    }

    /// The copies on this computer.
    pub(crate) fn copies(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
        let mut copies: Vec<PathBuf> = paths
            .filter(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                name.starts_with("server-") && name.ends_with(".sqlite")
            })
            .collect();
        copies.sort();
        copies
    }

    /// The disk forgets the copy, and with it whatever was not sent.
    pub(crate) fn lose_copy(&self) {
        for copy in self.copies() {
            for tail in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{tail}", copy.display()));
            }
        }
        let mut seen = self.seen();
        let unsent: Vec<String> = seen.certain.difference(&seen.sent).cloned().collect();
        seen.excused.extend(unsent);
        seen.rooms.clear();
    }
}
