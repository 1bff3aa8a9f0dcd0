//! The window, by clicking and typing, without a display and without an engine: tests say what an engine would
//! have said, and look at what it would have been told.
//!
//! - [`administration`]: what moderators and owners do about people and the server, and what everybody reads of it.
//! - [`login`]: the form, first contact, a changed key, a full server.
//! - [`account`]: looks, the password, the end of an account, one device too many.
//! - [`invites`]: a link instead of an address, what is handed on, codes, devices.
//! - [`acts`]: what people do with messages.
//! - [`looks`]: how messages are shown: hostile ones, pictures, readers, who joined.
//! - [`talk`]: the chat: sending, failed items, files, bars, rooms.
//! - [`rooms`]: the sidebar, dialogs about rooms, members, what others see.
//! - [`palette`]: the one field that leads everywhere.
//! - [`compose`]: completion, drafts, answers and edits, what goes as a file.
//! - [`scroll`]: a long history.
//! - [`leave`]: logging out, and what the settings keep.
//! - [`start`]: the program where there can be no window.

mod account;
mod acts;
mod administration;
mod called;
mod compose;
mod conversation;
mod governed;
mod house;
mod invites;
mod leave;
mod login;
mod looks;
mod palette;
mod people;
mod preset;
mod rooms;
mod scroll;
mod start;
mod talk;
mod window;
