//! The server from outside, over real TLS and raw frames.
//!
//! - `raw`: the smallest client, and a server to talk to
//! - `talk`: what people do: register, log in, write, read, come back

mod raw;
mod talk;
