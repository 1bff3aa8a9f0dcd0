//! What goes to the operator's log: lines on standard error, as many as the settings say.

use std::io::{self, IsTerminal};

use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Log, LogFormat};

/// Starts the log of this process; a second call changes nothing.
pub fn start(log: &Log) {
    // The settings were checked when they were read.
    let filter: Targets = log.level.parse().unwrap_or_default();
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let lines = match log.format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).boxed(),
    };
    // An error means that somebody, a test, has a log already.
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter)).try_init();
}
