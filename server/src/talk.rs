//! What is said on a connection: hello, login, then the session. Only here are frames known.

mod access;
mod account;
mod deletion;
mod house;
mod invites;
pub(crate) mod login;
pub(crate) mod opaque;
mod pace;
mod requests;
pub(crate) mod session;
pub(crate) mod throttle;
pub(crate) mod wire;
