//! Logging in: what it costs the server, whether a name that nobody has takes as long as one that somebody has, and
//! what a flood of attempts does to those who are in.

mod flood;
mod unknown;
mod work;

use std::path::PathBuf;

use anyhow::Result;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Logins of each kind whose CPU is measured.
    #[arg(long, default_value_t = 2000)]
    logins: usize,
    /// Guesses at each kind of name whose time is measured.
    #[arg(long, default_value_t = 8000)]
    guesses: usize,
    /// Members who talk meanwhile.
    #[arg(long, default_value_t = 30)]
    members: usize,
    /// Connections a second that only guess.
    #[arg(long, default_value_t = 500)]
    flood: u32,
    /// How long they talk, without a flood and with it.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// Only one part.
    #[arg(long)]
    only: Option<Part>,
    /// One line of JSON per measurement instead of words.
    #[arg(long)]
    json: bool,
    /// The server to measure; by default the snug-server beside this program.
    #[arg(long)]
    server: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// CPU of the server per login.
    Work,
    /// Times of answers about known and unknown names.
    Unknown,
    /// Deliveries while strangers guess.
    Flood,
}

pub(crate) async fn run(options: Options) -> Result<()> {
    let wanted = |part| options.only.is_none_or(|only| only == part);
    if wanted(Part::Work) {
        work::run(&options).await?;
    }
    if wanted(Part::Unknown) {
        unknown::run(&options).await?;
    }
    if wanted(Part::Flood) {
        flood::run(&options).await?;
    }
    Ok(())
}
