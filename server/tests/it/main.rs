//! The server from outside, over real TLS and raw frames.
//!
//! - `raw`: the smallest client, and a server to talk to
//! - `abuse`: what goes wrong: on purpose, by accident, or because the disk is full
//! - `files`: files over their own lane
//! - `talk`: what people do: register, log in, write, read, come back
//! - `numbers`: changes are settled once, in their device's order, whatever is cut or full
//! - `seats`: who may sit down, and who takes whose place
//! - `slow`: who reads slowly or not at all, and what that costs the others
//! - `watch`: presence, typing and read marks
//! - `start`: what a start finds in its data folder

mod abuse;
mod files;
mod numbers;
mod raw;
mod seats;
mod slow;
mod start;
mod talk;
mod watch;
