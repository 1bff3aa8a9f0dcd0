//! The server from outside, over real TLS and raw frames.
//!
//! - `process`: the real program in a process of its own
//! - `raw`: the smallest client, and a server to talk to
//! - `account`: one's own account: another password, what one looks like, and its end
//! - `abuse`: what goes wrong: on purpose, by accident, or because the disk is full
//! - `backup`: a backup while people write, put back elsewhere, and everything that can be wrong with one
//! - `cli`: what an operator sees: the real programs, their words and exit codes
//! - `keeping_order`: people, roles and bans by subcommand, of a server that runs or stands
//! - `keys`: rotation, renewal, and keys that change under a running server
//! - `codes`: invites, resets, further devices and the owner's link, and who may not use them
//! - `devices`: the devices of an account: listed, named, replaced and forgotten
//! - `files`: files over their own lane
//! - `house`: who may do what on the whole server, and who is sent or kept out
//! - `talk`: what people do: register, log in, write, read, come back
//! - `log`: what the log tells, and what it never does
//! - `numbers`: changes are settled once, in their device's order, whatever is cut or full
//! - `opaque`: OPAQUE's bytes, pinned: those of the RFC, and those that an early build wrote
//! - `orders`: what an administrator orders, of a server that runs or stands
//! - `overview`: what those who keep order may ask, and others may not
//! - `power_cut`: stops, kind and unkind, while people write
//! - `privacy`: what people show of themselves, and whom they ignore
//! - `reads`: how far people have read, on all of their devices and for others
//! - `replay`: what was overheard, said again
//! - `retract`: what was taken back is gone, also from the files
//! - `rooms`: rooms and their members: who may do what, and who reads what
//! - `seats`: who may sit down, and who takes whose place
//! - `security`: that the tests which SECURITY.md names are there
//! - `slow`: who reads slowly or not at all, and what that costs the others
//! - `unknown`: names that nobody has are not told from those that somebody has
//! - `watch`: presence, typing and read marks
//! - `start`: what a start finds in its data folder

mod abuse;
mod account;
mod backup;
mod cli;
mod codes;
mod devices;
mod files;
mod house;
mod keeping_order;
mod keys;
mod log;
mod numbers;
mod opaque;
mod orders;
mod overview;
mod power_cut;
mod privacy;
mod process;
mod raw;
mod reads;
mod replay;
mod retract;
mod rooms;
mod seats;
mod security;
mod slow;
mod start;
mod talk;
mod unknown;
mod watch;
