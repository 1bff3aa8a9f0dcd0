//! Snug's desktop client. See the library for everything it does.

fn main() -> std::process::ExitCode {
    snug::start::run(clap::Parser::parse())
}
