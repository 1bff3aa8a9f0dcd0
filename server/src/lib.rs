//! Snug's server.

pub mod config;
