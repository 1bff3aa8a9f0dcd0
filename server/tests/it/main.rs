//! The server from outside, over real TLS and raw frames.
//!
//! - `process`: the real program in a process of its own
//! - `raw`: the smallest client, and a server to talk to
//! - `abuse`: what goes wrong: on purpose, by accident, or because the disk is full
//! - `cli`: what an operator sees: the real programs, their words and exit codes
//! - `codes`: invites, resets, further devices and the owner's link, and who may not use them
//! - `files`: files over their own lane
//! - `talk`: what people do: register, log in, write, read, come back
//! - `log`: what the log tells, and what it never does
//! - `numbers`: changes are settled once, in their device's order, whatever is cut or full
//! - `orders`: what an administrator orders, of a server that runs or stands
//! - `power_cut`: stops, kind and unkind, while people write
//! - `seats`: who may sit down, and who takes whose place
//! - `slow`: who reads slowly or not at all, and what that costs the others
//! - `watch`: presence, typing and read marks
//! - `start`: what a start finds in its data folder

mod abuse;
mod cli;
mod codes;
mod files;
mod log;
mod numbers;
mod orders;
mod power_cut;
mod process;
mod raw;
mod seats;
mod slow;
mod start;
mod talk;
mod watch;
