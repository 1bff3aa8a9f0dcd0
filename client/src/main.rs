//! Snug's desktop client. See the library for everything it does.
// On Windows a released client is a window and no console beside it.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    snug::start::run(clap::Parser::parse())
}
