//! A whole conversation inside a simulated network: real TLS, real SQLite, real engines and server; sockets, clocks
//! and chance are simulated. Four people with five computers write, edit, react, retract, make rooms, join, leave and
//! remove each other while connections are cut, hosts are cut off, copies are lost, and the server and the clients
//! crash and start again; afterwards the server's log, every copy and every screen must agree.
//!
//! Each seed runs in a process of its own, since whatever is static would tie one run to the one before it.
//! `SNUG_SEEDS` says how many (a number, or a range such as `7..8`).

mod chance;
mod day;
mod deeds;
mod network;
mod person;
mod server;
mod truth;
mod world;

use std::ops::Range;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

const SEED: &str = "SNUG_SEED";

/// One seed: what the processes of [`every_seed_ends_in_agreement`] run, and how one that failed is run again.
#[test]
fn one_seed_ends_in_agreement() {
    let seed = std::env::var(SEED).ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let digest = world::run(seed);
    println!("seed {seed} digest {digest:016x}");
}

#[test]
fn every_seed_ends_in_agreement() {
    let seeds = seeds();
    let (next, failed) = (AtomicU64::new(seeds.start), Mutex::new(Vec::new()));
    let at_once = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    if let Err(output) = process(seed) {
                        eprintln!("--- seed {seed} (again: SNUG_SEEDS={seed}..{})\n{output}", seed + 1);
                        failed.lock().expect("no panic holds it").push(seed);
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().expect("no panic held it");
    failed.sort_unstable();
    assert!(failed.is_empty(), "{} of {} seeds failed: {failed:?}", failed.len(), seeds.end - seeds.start);
}

#[test]
fn a_seed_replays() {
    let first = process(3).expect("the seed passes");
    let second = process(3).expect("the seed passes");
    let digest = |output: &str| output.lines().find(|line| line.contains("digest")).map(str::to_owned);
    assert!(digest(&first).is_some());
    assert_eq!(digest(&first), digest(&second), "the same seed went another way");
}

fn seeds() -> Range<u64> {
    let text = std::env::var("SNUG_SEEDS").unwrap_or_default();
    match text.split_once("..") {
        Some((from, to)) => from.parse().expect("a number")..to.parse().expect("a number"),
        None => 1..1 + text.parse().unwrap_or(200),
    }
}

/// Runs one seed in a process of its own; its output, as an error when it failed.
fn process(seed: u64) -> Result<String, String> {
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program)
        .args(["--exact", "one_seed_ends_in_agreement", "--nocapture"])
        .env(SEED, seed.to_string())
        .output()
        .expect("this program starts again");
    let text =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    if output.status.success() { Ok(text) } else { Err(text) }
}
