//! Snug's server.

pub mod certs;
pub mod config;
pub mod logging;
