//! One server, four people, and what befalls them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use turmoil::{Builder, Sim};

use crate::chance::Chance;
use crate::network::Network;
use crate::people::{Person, Seen};
use crate::server;
use crate::truth;

const NAMES: [&str; 4] = ["alice", "bob", "carol", "dave"];
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
    let mut people: Vec<Arc<Person>> =
        NAMES.iter().zip(1..).map(|(name, who)| move_in(&mut sim, folder.path(), name, seed, who)).collect();

    until(&mut sim, Duration::from_secs(120), "everybody is in", || {
        people.iter().all(|person| person.seen().online)
    });
    trouble(&mut sim, &people, &chance);
    let calm = sim.elapsed();
    until(&mut sim, PEACE_FOR, "everything is written", || {
        people.iter().all(|person| {
            let seen = person.seen();
            seen.begun >= TEXTS && seen.unsent == 0 && seen.online
        })
    });
    let rest = sim.elapsed() - calm;

    // Somebody with an empty copy reads the server's log: what she sees in the lobby is what is there.
    people.iter().for_each(|person| person.seen().only_look = true);
    people.push(move_in(&mut sim, folder.path(), "eve", seed, 5));
    people[4].seen().only_look = true;
    let last = Mutex::new(String::new());
    let agreed = |people: &[Arc<Person>]| match truth::agreement(people) {
        Ok(rooms) if people.iter().all(|person| person.seen().rooms.contains_key("lobby")) => Some(rooms),
        Ok(_) => None,
        Err(difference) => {
            *last.lock().expect("no panic holds it") = difference;
            None
        }
    };
    let deadline = sim.elapsed() + PEACE_FOR;
    let rooms = loop {
        for _ in 0..200 {
            sim.step().expect("no host fails");
        }
        if let Some(rooms) = agreed(&people) {
            break rooms;
        }
        let last = last.lock().expect("no panic holds it");
        assert!(sim.elapsed() < deadline, "no agreement: {last}");
    };
    if let Err(fault) = truth::whole(&people, &rooms) {
        panic!("{fault}");
    }
    let lines: usize = rooms.values().map(Vec::len).sum();
    println!("{} rooms, {lines} lines, at rest after {rest:?}, {:?} in all", rooms.len(), sim.elapsed());
    let mut digest = DefaultHasher::new();
    rooms.hash(&mut digest);
    sim.elapsed().hash(&mut digest);
    digest.finish()
}

fn move_in(sim: &mut Sim<'_>, folder: &Path, name: &'static str, seed: u64, who: u64) -> Arc<Person> {
    let chance = Arc::new(Chance::new(seed, who));
    let person = Arc::new(Person {
        name,
        texts: TEXTS,
        folder: folder.join(name),
        network: Network::new(chance.clone()),
        chance,
        seen: Mutex::new(Seen::default()),
    });
    let living = person.clone();
    sim.host(name, move || living.clone().live());
    person
}

fn until(sim: &mut Sim<'_>, time: Duration, what: &str, done: impl Fn() -> bool) {
    let deadline = sim.elapsed() + time;
    while !done() {
        assert!(sim.elapsed() < deadline, "waited in vain until {what}");
        sim.step().expect("no host fails");
    }
}

fn pass(sim: &mut Sim<'_>, time: Duration) {
    let deadline = sim.elapsed() + time;
    while sim.elapsed() < deadline {
        sim.step().expect("no host fails");
    }
}

/// Cuts, partitions, delays, crashes and restarts, one after another.
fn trouble(sim: &mut Sim<'_>, people: &[Arc<Person>], chance: &Chance) {
    let end = sim.elapsed() + FAULTS_FOR;
    while sim.elapsed() < end {
        let person = &people[chance.below(people.len() as u64) as usize];
        match chance.below(10) {
            0..=3 => person.network.cut(),
            4 => {
                sim.partition("server", person.name);
                pass(sim, chance.between(Duration::from_secs(1), Duration::from_secs(100)));
                sim.repair("server", person.name);
            }
            5 => {
                sim.hold("server", person.name);
                pass(sim, chance.between(Duration::from_millis(200), Duration::from_secs(20)));
                sim.release("server", person.name);
            }
            6 | 7 => {
                sim.crash(person.name);
                person.seen().online = false;
                pass(sim, chance.between(Duration::from_millis(100), Duration::from_secs(10)));
                sim.bounce(person.name);
            }
            _ => {
                sim.crash("server");
                pass(sim, chance.between(Duration::from_millis(100), Duration::from_secs(10)));
                sim.bounce("server");
            }
        }
        pass(sim, chance.between(Duration::from_millis(100), Duration::from_secs(6)));
    }
}
