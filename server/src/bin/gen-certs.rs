//! Makes the server's keys and certificates, or shows their fingerprints again.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use snug_server::certs;
use snug_server::config::Settings;

/// Makes the server's key, the key that will follow it, and a certificate for each. Overwrites nothing.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The server's configuration: it says where the keys go and which names the certificates carry.
    #[arg(long, value_name = "FILE", default_value = "config.toml")]
    config: PathBuf,
    /// Makes nothing; shows the fingerprints of what is there.
    #[arg(long)]
    show: bool,
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
    let keys = if arguments.show { certs::load(&settings)? } else { certs::make(&settings)? };
    if !arguments.show {
        println!("Keys and certificates for {} are in", settings.certificate_names.join(", "));
        println!("{}. Keep a backup of them.", settings.certs.display());
    }
    print!("{keys}");
    Ok(())
}
