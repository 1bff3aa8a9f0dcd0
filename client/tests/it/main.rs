//! The window, by clicking and typing, without a display and without an engine: tests say what an engine would
//! have said, and look at what it would have been told.
//!
//! - [`login`]: the form, first contact, a changed key, a full server.
//! - [`acts`]: what people do with messages.
//! - [`looks`]: how messages are shown: hostile ones, pictures, readers, who joined.
//! - [`talk`]: the chat: sending, failed items, files, bars, rooms.
//! - [`scroll`]: a long history.
//! - [`leave`]: logging out, and what the settings keep.
//! - [`start`]: the program where there can be no window.

mod acts;
mod conversation;
mod leave;
mod login;
mod looks;
mod preset;
mod scroll;
mod start;
mod talk;
mod window;
