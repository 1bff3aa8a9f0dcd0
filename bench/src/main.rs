//! Load over Snug's real protocol against a real server process, the floor beside it, and the report.
//!
//! Every figure of a server comes from one in a process of its own, so its CPU and memory can be read from the system;
//! those of a copy come from a whole engine, as a window sees it.

mod caller;
mod copy;
mod fan_out;
mod floor;
mod idle;
mod login;
mod member;
mod process;
mod stamp;
mod wire;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures a Snug server on this machine.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Some members write, all members read: deliveries per second, CPU, latency, lost; the floor in the same run.
    FanOut(fan_out::Options),
    /// Many logged-in members do nothing: memory of the server per member.
    Idle(idle::Options),
    /// Logging in: CPU per login, unknown names beside known ones, deliveries during a flood of attempts.
    Login(login::Options),
    /// A client's copy with very many messages: opening a room, a page further back, searches.
    Copy(copy::Options),
    /// The smallest server that writes the same bytes to the same sockets; started by `fan-out`.
    #[command(hide = true)]
    Floor(floor::Options),
}

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match Cli::parse().what {
        What::FanOut(options) => runtime.block_on(fan_out::run(options)),
        What::Idle(options) => runtime.block_on(idle::run(options)),
        What::Login(options) => runtime.block_on(login::run(options)),
        What::Copy(options) => runtime.block_on(copy::run(options)),
        What::Floor(options) => runtime.block_on(floor::run(options)),
    }
}
