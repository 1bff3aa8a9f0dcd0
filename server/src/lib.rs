//! Snug's server.

pub mod certs;
pub mod config;
