//! Stories with people: real engines, a real server, real TLS, each with folders and ports of its own.

mod chat;
mod copies;
mod cuts;
mod files;
mod invites;
mod proxy;
mod seats;
mod slow;
mod trust;
mod world;
