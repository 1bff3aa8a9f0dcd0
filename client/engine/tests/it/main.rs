//! Stories with people: real engines, a real server, real TLS, each with folders and ports of its own.

mod account;
mod acts;
mod archive;
mod chat;
mod copies;
mod cuts;
mod devices;
mod door;
mod files;
mod house;
mod invites;
mod jumps;
mod keyring;
mod middle;
mod proxy;
mod reads;
mod restored;
mod rooms;
mod rotation;
mod search;
mod seats;
mod slow;
mod trust;
mod world;
