//! One server, five engines, and what befalls them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use turmoil::{Builder, Sim};

use crate::chance::Chance;
use crate::network::Network;
use crate::person::{Person, Seen};
use crate::server;
use crate::truth::{self, Log, Marks};

/// The computers, and whose they are: alice has two.
const HOSTS: [(&str, &str); 5] =
    [("alice", "alice"), ("alice2", "alice"), ("bob", "bob"), ("carol", "carol"), ("dave", "dave")];
/// All of them fit one window of a timeline, even if everybody writes into the lobby only.
const TEXTS: usize = 26;
const FAULTS_FOR: Duration = Duration::from_secs(120);
/// How long everybody has to come to rest once the faults are over.
const PEACE_FOR: Duration = Duration::from_secs(180);

/// Runs a seed; the digest of where it ended. Panics when it did not end well.
pub(crate) fn run(seed: u64) -> u64 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let chance = Chance::new(seed, 0);
    let mut sim = Builder::new()
        .rng_seed(seed)
        .simulation_duration(Duration::from_secs(3600))
        .tick_duration(Duration::from_millis(5))
        .min_message_latency(Duration::from_millis(1))
        .max_message_latency(Duration::from_millis(100))
        .tcp_capacity(4096)
        .build();
    server::host(&mut sim, folder.path(), seed);
    let database = folder.path().join("server/data/snug.db");
    let mut people: Vec<Arc<Person>> = Vec::new();
    for ((host, account), who) in HOSTS.into_iter().zip(1..) {
        let registers = !people.iter().any(|person| person.account == account);
        if !registers {
            // There has to be an account to log in to.
            until(&mut sim, Duration::from_secs(60), "the first computer is in", || {
                people.iter().all(|person| person.seen().online)
            });
        }
        people.push(move_in(&mut sim, folder.path(), (host, account, registers), seed, who));
    }
    until(&mut sim, Duration::from_secs(120), "everybody is in", || {
        people.iter().all(|person| person.seen().online)
    });
    let mut house = House { sim, database, marks: Marks::default() };
    house.trouble(&people, &chance);
    let calm = house.sim.elapsed();
    until(&mut house.sim, PEACE_FOR, "everything is written", || {
        people.iter().all(|person| {
            let seen = person.seen();
            seen.begun >= TEXTS && seen.unsent == 0 && seen.online
        })
    });
    let rest = house.sim.elapsed() - calm;

    // Somebody with an empty copy reads the server's log.
    people.iter().for_each(|person| person.seen().only_look = true);
    people.push(move_in(&mut house.sim, folder.path(), ("eve", "eve", true), seed, 6));
    people[HOSTS.len()].seen().only_look = true;
    let log = house.rest(&people);
    if let Err(fault) = truth::whole(&people, &log) {
        panic!("{fault}");
    }
    let texts: usize = log.texts().values().map(Vec::len).sum();
    println!(
        "{} rooms, {} entries, {texts} texts, at rest after {rest:?}, {:?} in all",
        log.rooms.len(),
        log.entries.len(),
        house.sim.elapsed()
    );
    let mut digest = DefaultHasher::new();
    // Bodies name other entries by their devices, whose ids are random; the simulation's clock starts at today's.
    let began = log.entries.values().map(|entry| entry.at).min();
    for (place, entry) in &log.entries {
        (place, began.map(|began| entry.at - began), entry.kind, entry.author).hash(&mut digest);
    }
    log.texts().hash(&mut digest);
    house.sim.elapsed().hash(&mut digest);
    digest.finish()
}

fn move_in(
    sim: &mut Sim<'_>,
    folder: &Path,
    (host, account, registers): (&'static str, &'static str, bool),
    seed: u64,
    who: u64,
) -> Arc<Person> {
    let chance = Arc::new(Chance::new(seed, who));
    let person = Arc::new(Person {
        host,
        account,
        registers,
        texts: TEXTS,
        folder: folder.join(host),
        network: Network::new(chance.clone()),
        chance,
        seen: Mutex::new(Seen::default()),
    });
    let living = person.clone();
    sim.host(host, move || living.clone().live());
    person
}

fn until(sim: &mut Sim<'_>, time: Duration, what: &str, done: impl Fn() -> bool) {
    let deadline = sim.elapsed() + time;
    while !done() {
        assert!(sim.elapsed() < deadline, "waited in vain until {what}");
        sim.step().expect("no host fails");
    }
}

/// The world, with what is on the server's disk looked at again and again.
struct House<'a> {
    sim: Sim<'a>,
    database: PathBuf,
    marks: Marks,
}

impl House<'_> {
    fn pass(&mut self, time: Duration) {
        let deadline = self.sim.elapsed() + time;
        while self.sim.elapsed() < deadline {
            self.sim.step().expect("no host fails");
        }
        if let Err(fault) = self.marks.look(&self.database) {
            panic!("{fault}");
        }
    }

    /// Waits until everybody agrees with the server's log; gives it back.
    fn rest(&mut self, people: &[Arc<Person>]) -> Log {
        let deadline = self.sim.elapsed() + PEACE_FOR;
        loop {
            self.pass(Duration::from_secs(1));
            let log = Log::read(&self.database).expect("the server's database can be read");
            match truth::agreement(people, &log) {
                Ok(()) => return log,
                Err(difference) => {
                    assert!(self.sim.elapsed() < deadline, "no agreement: {difference}");
                }
            }
        }
    }

    /// Cuts, partitions, delays, crashes, lost copies and restarts, one after another.
    fn trouble(&mut self, people: &[Arc<Person>], chance: &Chance) {
        let end = self.sim.elapsed() + FAULTS_FOR;
        let (moment, long) = (Duration::from_millis(100), Duration::from_secs(10));
        while self.sim.elapsed() < end {
            let person = &people[chance.below(people.len() as u64) as usize];
            match chance.below(11) {
                0..=3 => person.network.cut(),
                4 => {
                    self.sim.partition("server", person.host);
                    self.pass(chance.between(Duration::from_secs(1), Duration::from_secs(100)));
                    self.sim.repair("server", person.host);
                }
                5 => {
                    self.sim.hold("server", person.host);
                    self.pass(chance.between(Duration::from_millis(200), Duration::from_secs(20)));
                    self.sim.release("server", person.host);
                }
                happens @ 6..=8 => {
                    self.sim.crash(person.host);
                    person.seen().online = false;
                    if happens == 8 {
                        person.lose_copy();
                    }
                    self.pass(chance.between(moment, long));
                    self.sim.bounce(person.host);
                }
                _ => {
                    self.sim.crash("server");
                    self.pass(chance.between(moment, long));
                    self.sim.bounce("server");
                }
            }
            self.pass(chance.between(moment, Duration::from_secs(6)));
        }
    }
}
