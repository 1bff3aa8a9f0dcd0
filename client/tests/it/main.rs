//! The window, by clicking and typing, without a display and without an engine: tests say what an engine would
//! have said, and look at what it would have been told.
//!
//! - [`login`]: the form, first contact, a changed key, a full server.
//! - [`talk`]: the chat: sending, failed items, files, bars, rooms.
//! - [`scroll`]: a long history.
//! - [`leave`]: logging out, and what the settings keep.
//! - [`start`]: the program where there can be no window.

mod conversation;
mod leave;
mod login;
mod preset;
mod scroll;
mod start;
mod talk;
mod window;
