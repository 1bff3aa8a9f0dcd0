//! How long the server takes to answer about a name that somebody has, and about one that nobody has.

use std::time::Instant;

use anyhow::{Result, bail};
use opaque_ke::rand::RngCore;
use opaque_ke::rand::rngs::OsRng;
use snug_proto::Username;
use snug_proto::bounded::Bytes;
use snug_proto::login::{LoginReply, LoginRequest};
use snug_proto::refusal::Cause;

use super::Options;
use crate::caller::{Caller, any_ke1};
use crate::member::Member;
use crate::process::{Guard, Server};
use crate::wire::client_config;

/// Names of each kind, of one length.
const NAMES: usize = 40;
/// Guesses at each kind on one connection, which has 32 requests in all.
const GUESSES: usize = 8;

/// Nanoseconds, sorted.
struct Times(Vec<u64>);

impl Times {
    fn quantile(&self, part: f64) -> f64 {
        let at = (self.0.len() - 1) as f64 * part;
        self.0[at as usize] as f64 / 1000.0
    }

    /// The statistic of Kolmogorov and Smirnov: how far the two distributions are apart where they are furthest.
    fn distance(&self, other: &Self) -> f64 {
        let below =
            |times: &[u64], time| times.partition_point(|other| *other <= time) as f64 / times.len() as f64;
        let apart = |time: &u64| (below(&self.0, *time) - below(&other.0, *time)).abs();
        self.0.iter().chain(&other.0).map(apart).fold(0.0, f64::max)
    }

    /// What two samples of one distribution stay below in 99 of 100 cases.
    fn by_chance(&self, other: &Self) -> f64 {
        let (one, two) = (self.0.len() as f64, other.0.len() as f64);
        1.628 * ((one + two) / (one * two)).sqrt()
    }
}

pub(super) async fn run(options: &Options) -> Result<()> {
    let server = Server::start(options.server.as_deref(), NAMES, Guard::Lifted)?;
    let tls = client_config()?;
    for at in 0..NAMES {
        Member::register(server.address, tls.clone(), &format!("known{at:03}")).await?;
    }
    // Per message of the login, times of known and of unknown names.
    let mut times = [const { [Vec::new(), Vec::new()] }; 2];
    while times[0][0].len() < options.guesses {
        let mut caller = Caller::dial(server.address, tls.clone(), None).await?;
        for _ in 0..GUESSES {
            let draw = OsRng.next_u32() as usize;
            let first = draw & 1; // by chance, so that neither kind always comes behind the other
            for kind in [first, 1 - first] {
                let name = format!("{}{:03}", ["known", "nobod"][kind], (draw >> 1) % NAMES);
                let [start, finish] = guess(&mut caller, &name).await?;
                times[0][kind].push(start);
                times[1][kind].push(finish);
            }
        }
    }
    for (message, times) in ["start", "finish"].into_iter().zip(times) {
        let [known, unknown] = times.map(|mut times| {
            times.sort_unstable();
            Times(times)
        });
        report(options, message, &known, &unknown);
    }
    Ok(())
}

/// Nanoseconds until each of the two messages of a guess was answered.
async fn guess(caller: &mut Caller, name: &str) -> Result<[u64; 2]> {
    let start = LoginRequest::LoginStart { name: Username::new(name)?, ke1: any_ke1()? };
    let finish = LoginRequest::LoginFinish { ke3: Bytes::new([7; 64])?, device: None, replace: None };
    let began = Instant::now();
    let LoginReply::LoginChallenge { .. } = caller.ask(start).await? else { bail!("no challenge") };
    let between = Instant::now();
    match caller.ask(finish).await? {
        LoginReply::Refused { refusal, .. } if refusal.cause == Cause::WrongNameOrPassword => {}
        other => bail!("not refused: {other:?}"),
    }
    let times = [between - began, between.elapsed()];
    Ok(times.map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)))
}

fn report(options: &Options, message: &str, known: &Times, unknown: &Times) {
    let (distance, by_chance) = (known.distance(unknown), known.by_chance(unknown));
    let [one, two] = [known, unknown].map(|times| [0.1, 0.5, 0.9].map(|part| times.quantile(part)));
    if options.json {
        println!(
            "{{\"bench\":\"login-unknown\",\"message\":\"{message}\",\"guesses\":{},\"known_us\":[{:.1},{:.1},{:.1}],\"unknown_us\":[{:.1},{:.1},{:.1}],\"ks_distance\":{distance:.4},\"ks_by_chance_99\":{by_chance:.4}}}",
            known.0.len(),
            one[0],
            one[1],
            one[2],
            two[0],
            two[1],
            two[2]
        );
    } else {
        println!(
            "{message:<7} p10/p50/p90 of {} each: known {:.1}/{:.1}/{:.1} us, unknown {:.1}/{:.1}/{:.1} us; distance {distance:.4} (by chance up to {by_chance:.4})",
            known.0.len(),
            one[0],
            one[1],
            one[2],
            two[0],
            two[1],
            two[2]
        );
    }
}
