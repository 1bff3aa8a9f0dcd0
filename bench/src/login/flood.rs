//! What people who are in feel of strangers who guess.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use hdrhistogram::Histogram;
use rustls::ClientConfig;
use snug_proto::Username;
use snug_proto::bounded::{Bytes, List};
use snug_proto::entry::{Kind, LOBBY};
use snug_proto::id::Number;
use snug_proto::login::{LoginReply, LoginRequest};
use snug_proto::refusal::Cause;
use snug_proto::talk::{Call, Change, Down, Push, Request, Target};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at, sleep_until, timeout};

use super::Options;
use crate::caller::{Caller, any_ke1};
use crate::member::Member;
use crate::process::{Guard, Server};
use crate::stamp::{age, stamped};
use crate::wire::client_config;

/// Every third member writes, below the pace that the server allows.
const WRITES: usize = 3;
const PACE: Duration = Duration::from_millis(250);
const BODY: usize = 200;
/// Sources of a flood of many.
const SOURCES: u32 = 4000;
/// Connections of strangers under way at once.
const STRANGERS: usize = 512;
/// Guesses on one connection, which has 32 requests in all.
const GUESSES: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scene {
    Quiet,
    OneSource,
    ManySources,
}

impl Scene {
    fn name(self) -> &'static str {
        match self {
            Self::Quiet => "no flood",
            Self::OneSource => "one source",
            Self::ManySources => "many sources",
        }
    }

    /// Where the stranger with this number comes from. The members come from 127.0.0.1.
    fn source(self, stranger: u32) -> Ipv4Addr {
        let at = if self == Self::OneSource { 0 } else { stranger % SOURCES };
        Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 1)) + at)
    }
}

/// What the strangers came to.
#[derive(Debug, Default)]
struct Flood {
    connections: AtomicU64,
    turned_away: AtomicU64,
    guesses: AtomicU64,
    told_to_wait: AtomicU64,
}

pub(super) async fn run(options: &Options) -> Result<()> {
    for scene in [Scene::Quiet, Scene::OneSource, Scene::ManySources] {
        let server = Server::start(options.server.as_deref(), options.members, Guard::AsDelivered)?;
        let tls = client_config()?;
        let flood = Arc::new(Flood::default());
        let before = server.cpu()?;
        let strangers =
            tokio::spawn(strangers(scene, server.address, tls.clone(), options.flood, flood.clone()));
        let felt = talk(options, server.address, tls).await;
        strangers.abort();
        report(options, scene, &felt?, &flood, (server.cpu()? - before).as_secs_f64());
    }
    Ok(())
}

/// Everybody registers, then some write and all read for a while: how long each delivery took.
async fn talk(options: &Options, address: SocketAddr, tls: Arc<ClientConfig>) -> Result<Histogram<u64>> {
    let mut members = Vec::new();
    for at in 0..options.members {
        members.push(Member::register(address, tls.clone(), &format!("member{at}")).await?);
    }
    let end = Instant::now() + Duration::from_secs(options.seconds);
    let mut talking = JoinSet::new();
    for (at, member) in members.into_iter().enumerate() {
        talking.spawn(be(member, at, end));
    }
    let mut felt = Histogram::new(3)?;
    while let Some(one) = talking.join_next().await {
        felt.add(one??)?;
    }
    Ok(felt)
}

/// One member, until the end.
async fn be(mut member: Member, at: usize, end: Instant) -> Result<Histogram<u64>> {
    let mut felt = Histogram::new(3)?;
    let mut number = member.me.mark.0;
    let shift = Duration::from_millis(at as u64 * 7 % 250); // not all in one instant
    let mut pace = interval_at(Instant::now() + shift, PACE);
    loop {
        tokio::select! {
            () = sleep_until(end) => return Ok(felt),
            _ = pace.tick(), if at.is_multiple_of(WRITES) => {
                number += 1;
                let change = Change::Append {
                    to: Target::Room(LOBBY), kind: Kind::CONTENT, generation: 0, epoch: 0,
                    blobs: List::default(), body: stamped(BODY),
                };
                let request = Request::Change { number: Number(number), change };
                member.writer.value(&Call { id: 1, request }).await?;
            }
            down = member.frames.value() => match down? {
                Down::Push(Push::Entry(entry)) if entry.kind == Kind::CONTENT => {
                    if let Some(age) = age(&entry.body) {
                        let _ = felt.record(age); // it grows by itself
                    }
                }
                Down::Push(Push::Ping) => member.writer.value(&Call { id: 0, request: Request::Pong }).await?,
                Down::Push(Push::Goodbye(goodbye)) => bail!("the server said goodbye: {goodbye:?}"),
                Down::Reply { result: Err(refusal), .. } => bail!("refused: {refusal:?}"),
                Down::Push(_) | Down::Reply { .. } => {}
            }
        }
    }
}

/// Strangers who come at a steady rate, until they are told to stop.
async fn strangers(scene: Scene, address: SocketAddr, tls: Arc<ClientConfig>, rate: u32, flood: Arc<Flood>) {
    if scene == Scene::Quiet || rate == 0 {
        return;
    }
    let room = Arc::new(Semaphore::new(STRANGERS));
    let mut under_way = JoinSet::new();
    let mut pace = interval(Duration::from_secs(1) / rate);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for stranger in 0.. {
        pace.tick().await;
        while under_way.try_join_next().is_some() {}
        let Ok(place) = room.clone().try_acquire_owned() else { continue };
        let (tls, flood) = (tls.clone(), flood.clone());
        under_way.spawn(async move {
            let source = scene.source(stranger);
            let guessing = guess(source, address, tls, stranger, &flood);
            if !matches!(timeout(Duration::from_secs(20), guessing).await, Ok(Ok(()))) {
                flood.turned_away.fetch_add(1, Ordering::Relaxed);
            }
            drop(place);
        });
    }
}

/// One stranger guesses at names that nobody has until the server has heard enough.
async fn guess(
    source: Ipv4Addr,
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    stranger: u32,
    flood: &Flood,
) -> Result<()> {
    flood.connections.fetch_add(1, Ordering::Relaxed);
    let ke1 = any_ke1()?;
    let mut caller = Caller::dial(address, tls, Some(source)).await?;
    for guess in 0..GUESSES {
        let name = Username::new(&format!("nobody{stranger}x{guess}"))?;
        match caller.ask(LoginRequest::LoginStart { name, ke1: ke1.clone() }).await? {
            LoginReply::LoginChallenge { .. } => flood.guesses.fetch_add(1, Ordering::Relaxed),
            LoginReply::Refused { refusal, .. } if refusal.cause == Cause::TooManyTries => {
                flood.told_to_wait.fetch_add(1, Ordering::Relaxed);
                return Ok(());
            }
            other => bail!("{other:?}"),
        };
        caller
            .ask(LoginRequest::LoginFinish { ke3: Bytes::new([7; 64])?, device: None, replace: None })
            .await?;
    }
    Ok(())
}

fn report(options: &Options, scene: Scene, felt: &Histogram<u64>, flood: &Flood, cpu: f64) {
    let [p50, p99] = [0.5, 0.99].map(|part| felt.value_at_quantile(part));
    let [connections, turned_away, guesses, told_to_wait] =
        [&flood.connections, &flood.turned_away, &flood.guesses, &flood.told_to_wait]
            .map(|count| count.load(Ordering::Relaxed));
    if options.json {
        println!(
            "{{\"bench\":\"login-flood\",\"scene\":\"{}\",\"deliveries\":{},\"p50_us\":{p50},\"p99_us\":{p99},\"max_us\":{},\"connections\":{connections},\"turned_away\":{turned_away},\"guesses\":{guesses},\"told_to_wait\":{told_to_wait},\"server_cpu_seconds\":{cpu:.2}}}",
            scene.name(),
            felt.len(),
            felt.max()
        );
    } else {
        println!(
            "{:<13} {} deliveries: p50 {p50} us, p99 {p99} us, longest {} us; {connections} connections, {turned_away} turned away, {guesses} guesses, {told_to_wait} told to wait; {cpu:.2} s of the server's CPU",
            scene.name(),
            felt.len(),
            felt.max()
        );
    }
}
