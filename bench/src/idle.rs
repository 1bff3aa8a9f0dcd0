//! Many logged-in members who do nothing: what each costs the server in memory.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use snug_proto::talk::{Call, Down, Push, Request};

use crate::member::Member;
use crate::process::{Guard, Server};
use crate::wire::client_config;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many members sit there.
    #[arg(long, default_value_t = 2000)]
    clients: usize,
    /// One line of JSON instead of words.
    #[arg(long)]
    json: bool,
    /// The server to measure; by default the snug-server beside this program.
    #[arg(long)]
    server: Option<PathBuf>,
}

pub(crate) async fn run(options: Options) -> Result<()> {
    let server = Server::start(options.server.as_deref(), options.clients + 8, Guard::Lifted)?;
    let tls = client_config()?;
    // A first handful warms up what is there once: threads, pools, statements.
    let mut members = Vec::with_capacity(options.clients);
    for at in 0..8 {
        members.push(Member::register(server.address, tls.clone(), &format!("warm{at}")).await?);
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = server.memory_kib()?;
    for at in 0..options.clients {
        members.push(Member::register(server.address, tls.clone(), &format!("member{at}")).await?);
    }
    // Everybody who came was told to all who were there: read it, so that nothing waits in a socket.
    let readers: Vec<_> = members.into_iter().map(|member| tokio::spawn(read(member))).collect();
    tokio::time::sleep(Duration::from_secs(10)).await;
    let after = server.memory_kib()?;
    anyhow::ensure!(readers.iter().all(|reader| !reader.is_finished()), "a connection ended early");
    let per_client = (after.saturating_sub(before)) as f64 / options.clients as f64;
    if options.json {
        println!(
            "{{\"bench\":\"idle\",\"clients\":{},\"server_kib_before\":{before},\"server_kib_after\":{after},\"kib_per_client\":{per_client:.2}}}",
            options.clients
        );
    } else {
        println!(
            "{} idle clients: {per_client:.2} KiB of server memory each ({before} to {after} KiB)",
            options.clients
        );
    }
    Ok(())
}

async fn read(mut member: Member) -> Result<()> {
    loop {
        if let Down::Push(Push::Ping) = member.frames.value().await? {
            member.writer.value(&Call { id: 0, request: Request::Pong }).await?;
        }
        member.frames.release();
    }
}
