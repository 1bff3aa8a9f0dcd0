//! The command line. It reads settings, wires things together and decides nothing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use snug_server::Server;
use snug_server::admin;
use snug_server::certs::{self, Keys};
use snug_server::config::Settings;
use snug_server::door;
use snug_server::logging;
use snug_server::orders;
use snug_server::tls::Identity;
use tokio::signal::unix::{SignalKind, signal};

mod subcommands;

use subcommands::Subcommands;

/// Snug's server: one process, one folder, one room for people who know each other.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The configuration; config.toml, as it comes with Snug, explains every setting.
    #[arg(long, global = true, value_name = "FILE", default_value = "config.toml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Looks whether configuration, keys and database fit together, and starts nothing.
    Check,
    /// Writes the database and all files into one new file, also while the server runs.
    Backup {
        /// The file to make.
        file: PathBuf,
    },
    /// Puts a backup into the data folder, or mends a server that was put back by hand; the server must not run.
    Restore {
        /// The backup.
        #[arg(required_unless_present = "in_place")]
        file: Option<PathBuf>,
        /// Moves what is in the data folder aside.
        #[arg(long, requires = "file")]
        replace: bool,
        /// Mends the database that is in the data folder already, put back from a copy of the disk.
        #[arg(long, conflicts_with = "file")]
        in_place: bool,
    },
    #[command(flatten)]
    Order(Subcommands),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { config, command } = Arguments::parse();
    // What is made from here on, the database above all, is for its owner alone.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let done = match command {
        None => serve(&config).await,
        Some(Command::Check) => check(&config),
        Some(Command::Backup { file }) => backup(&config, &file),
        Some(Command::Restore { file, replace, .. }) => restore(&config, file.as_deref(), replace),
        Some(Command::Order(order)) => subcommands::give(&config, order).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(config: &Path) -> anyhow::Result<()> {
    let settings = Settings::load(config, std::env::vars_os())?;
    logging::start(&settings.log);
    allow_many_connections();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (keys, made) = certs::load_or_make(&settings)?;
    if made {
        print!("There were no keys yet; new ones are in {}.\n{keys}", settings.certs.display());
    }
    let sheet = sheet(&settings, &keys)?;
    let identity = Identity::new(keys.certificate, keys.key, keys.successor)?;
    let server = Server::bind(settings.clone(), identity).await?;
    let reload = door::reload(signal(SignalKind::hangup())?, settings, server.door());
    if let Some(invite) = server.owner_invite().await {
        let link = invite.link();
        println!("Nobody owns this server yet. Whoever follows this link does:\n  owner's link  {link}");
        subcommands::show_picture(&link);
    }
    // Scripts wait for the line about listening, read the address from it, and the owner's link from before it.
    println!("  listening on  {}\n{sheet}", server.local_addr()?);
    std::io::stdout().flush()?;
    server
        .run(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                _ = reload => {}
            }
            tracing::info!("stopping");
        })
        .await;
    Ok(())
}

fn check(config: &Path) -> anyhow::Result<()> {
    let settings = Settings::load(config, std::env::vars_os())?;
    println!("  configuration {}", config.display());
    let keys = match certs::load(&settings) {
        Err(certs::CertsError::Missing { folder }) => {
            println!("  keys          none yet; the first start makes them in {}", folder.display());
            None
        }
        keys => Some(keys?),
    };
    let database = match snug_server::check(&settings)? {
        true => "good",
        false => "none yet; the first start makes it",
    };
    println!("  database      {database}");
    if let Some(keys) = keys {
        print!("{}", sheet(&settings, &keys)?);
        keys.warnings().iter().for_each(|warning| println!("Warning: {warning}"));
    }
    Ok(())
}

fn backup(config: &Path, file: &Path) -> anyhow::Result<()> {
    let settings = Settings::load(config, std::env::vars_os())?;
    print!("{}", admin::backup(&settings, file)?);
    Ok(())
}

fn restore(config: &Path, file: Option<&Path>, replace: bool) -> anyhow::Result<()> {
    let settings = Settings::load(config, std::env::vars_os())?;
    let restored = match file {
        Some(file) => admin::restore(&settings, file, replace)?,
        None => admin::restore_in_place(&settings)?,
    };
    print!("{restored}");
    Ok(())
}

/// What an operator wants to see at a start. What was changed while the server ran is named with what the configuration
/// says, so that nobody edits that in vain.
fn sheet(settings: &Settings, keys: &Keys) -> anyhow::Result<String> {
    let holds = orders::in_force(settings)?;
    let address = settings.address.as_deref().unwrap_or("(not decided; see “address” in the configuration)");
    let holds = holds.iter().map(ToString::to_string).collect::<String>();
    Ok(format!(
        "  people dial   {address}\n  fingerprint   {}\n{holds}  data          {}\n",
        keys.fingerprint.phrase(),
        settings.data.display(),
    ))
}

/// Every connection is an open file, and the usual limit of 1,024 is meant for other programs. Where it cannot be
/// raised the server takes what it gets.
fn allow_many_connections() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut files = getrlimit(Resource::Nofile);
    files.current = files.maximum;
    let _ = setrlimit(Resource::Nofile, files);
}
