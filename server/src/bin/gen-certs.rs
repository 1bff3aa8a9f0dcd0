//! Makes the server's keys and certificates, shows their fingerprints, and puts others in their place.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use snug_server::Hearsay;
use snug_server::certs::{self, Keys};
use snug_server::config::Settings;
use snug_server::orders;

/// Makes the server's key, the key that will follow it, and a certificate for each. Overwrites nothing unless it is
/// asked to.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The server's configuration: it says where the keys go and which names the certificates carry.
    #[arg(long, value_name = "FILE", default_value = "config.toml")]
    config: PathBuf,
    #[command(flatten)]
    what: What,
    /// Where the successor's key lies, when it is not beside the key in use.
    #[arg(long, value_name = "PATH", requires = "rotate")]
    successor: Option<PathBuf>,
    /// Puts the successor in use though no device has heard of it, or nobody can say which: those that have not will
    /// ask for the password.
    #[arg(long, requires = "rotate")]
    anyway: bool,
}

#[derive(clap::Args)]
#[group(multiple = false)]
struct What {
    /// Makes nothing; shows the fingerprints of what is there.
    #[arg(long)]
    show: bool,
    /// Puts the successor's key in use and makes another successor. Clients that have been here since the successor
    /// was made notice nothing.
    #[arg(long)]
    rotate: bool,
    /// Makes new certificates for the same keys, with the names of the configuration. Clients notice nothing.
    #[arg(long)]
    renew: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let settings = Settings::load(&arguments.config, std::env::vars_os())?;
    let names = settings.certificate_names.join(", ");
    let keys = match &arguments.what {
        What { show: true, .. } => {
            let keys = certs::load(&settings)?;
            print!("{keys}");
            snug_server::hearsay(&settings)?.into_iter().for_each(|hearsay| print!("{hearsay}"));
            return Ok(());
        }
        What { rotate: true, .. } => rotate(arguments, &settings)?,
        What { renew: true, .. } => {
            let keys = certs::renew(&settings)?;
            println!("There are new certificates for {names}; the keys are the same, so clients notice");
            println!("nothing. A running server takes them when it is restarted or gets SIGHUP.");
            keys
        }
        What { .. } => {
            let keys = certs::make(&settings)?;
            println!("Keys and certificates for {names} are in");
            println!("{}. Keep a backup of them.", settings.certs.display());
            keys
        }
    };
    print!("{keys}");
    Ok(())
}

fn rotate(arguments: &Arguments, settings: &Settings) -> anyhow::Result<Keys> {
    let hearsay = match snug_server::hearsay(settings) {
        Err(error) if arguments.anyway => {
            println!("Nobody can say who has heard of the successor. {error}");
            None
        }
        hearsay => hearsay?,
    };
    let stops_everybody = |hearsay: &Hearsay| hearsay.told == 0 && !hearsay.untold.is_empty();
    if hearsay.as_ref().is_some_and(stops_everybody) && !arguments.anyway {
        anyhow::bail!(
            "No device has heard of the successor yet, so each of them would stop at a changed key. Start the server \
             and let people connect first, or add --anyway. Nothing was changed."
        );
    }
    let keys = certs::rotate(settings, arguments.successor.as_deref())?;
    println!(
        "The successor's key is in use now, and there is another successor. The old key is gone from here:"
    );
    println!(
        "delete it from your backups too, and back up the new keys. A running server takes them when it is"
    );
    println!("restarted or gets SIGHUP; clients then follow by themselves.");
    hearsay.into_iter().for_each(|hearsay| print!("{hearsay}"));
    // Who must rotate at once is not held up by a database that cannot be read.
    let links = orders::links(settings).unwrap_or_default();
    if !links.is_empty() {
        println!("These links name the old key, so they let nobody in any more:");
        links.iter().for_each(|link| print!("    {link}"));
        println!(
            "When the server has taken the new key, `snug-server invites --anew` prints others in their place."
        );
    }
    Ok(keys)
}
