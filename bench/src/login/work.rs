//! CPU of the server's process per login, beside that of the smallest TLS server per handshake.

use std::future::Future;
use std::time::Duration;

use anyhow::Result;

use super::Options;
use crate::caller::Caller;
use crate::member::Member;
use crate::process::{Guard, Server};
use crate::wire::{client_config, dial};

/// Who log in at once.
const WORKERS: usize = 4;
/// What is measured is measured in turns, so that a busy machine is as busy for each.
const ROUNDS: usize = 5;

/// Milliseconds of CPU per login; the middle one of all rounds.
struct Work {
    handshake: f64,
    full: f64,
    device: f64,
}

pub(super) async fn run(options: &Options) -> Result<()> {
    let work = measure(options).await?;
    let (full, device) = (work.full / work.handshake, work.device / work.handshake);
    if options.json {
        println!(
            "{{\"bench\":\"login\",\"handshake_cpu_ms\":{:.3},\"full_cpu_ms\":{:.3},\"device_cpu_ms\":{:.3},\"full_times_handshake\":{full:.2},\"device_times_handshake\":{device:.2}}}",
            work.handshake, work.full, work.device
        );
    } else {
        println!("bare handshake     {:.3} ms of the smallest TLS server's CPU", work.handshake);
        println!("login by password  {:.3} ms of the server's CPU ({full:.2} x handshake)", work.full);
        println!("login by device    {:.3} ms of the server's CPU ({device:.2} x handshake)", work.device);
    }
    Ok(())
}

async fn measure(options: &Options) -> Result<Work> {
    let tls = client_config()?;
    let floor = Server::start_floor(true)?;
    let server = Server::start(options.server.as_deref(), WORKERS, Guard::Lifted)?;
    let mut devices = Vec::new();
    for worker in 0..WORKERS {
        let Member { me, key, .. } = Member::register(server.address, tls.clone(), &name(worker)).await?;
        devices.push((me.device, std::sync::Arc::new(key)));
    }
    let (bare, at, each) = (floor.address, server.address, options.logins / WORKERS / ROUNDS);
    let [mut handshake, mut full, mut device] = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        let dialled = |_| {
            let tls = tls.clone();
            async move { dial(bare, tls, None).await.map(drop) }
        };
        handshake.push(cpu_of(&floor, each, dialled).await?);
        let proven = |worker| {
            let tls = tls.clone();
            async move { Caller::dial(at, tls, None).await?.prove(&name(worker)).await }
        };
        full.push(cpu_of(&server, each, proven).await?);
        let logged_in = |worker: usize| {
            let (tls, (device, key)) = (tls.clone(), devices[worker].clone());
            async move { Caller::dial(at, tls, None).await?.log_in(device, &key).await.map(drop) }
        };
        device.push(cpu_of(&server, each, logged_in).await?);
    }
    Ok(Work { handshake: middle(handshake), full: middle(full), device: middle(device) })
}

fn name(worker: usize) -> String {
    format!("worker{worker}")
}

/// Milliseconds of a server's CPU for doing something once.
async fn cpu_of<Doing>(server: &Server, each: usize, once: impl Fn(usize) -> Doing) -> Result<f64>
where
    Doing: Future<Output = Result<()>> + Send + 'static,
{
    let before = server.cpu()?;
    for _ in 0..each {
        let workers: Vec<_> = (0..WORKERS).map(|worker| tokio::spawn(once(worker))).collect();
        for worker in workers {
            worker.await??;
        }
    }
    // The last ones are cleared away.
    tokio::time::sleep(Duration::from_millis(200)).await;
    Ok((server.cpu()? - before).as_secs_f64() * 1000.0 / (each * WORKERS) as f64)
}

fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
