//! The screens. Each has the same seven parts in the same order: struct, `Message`, `Action`, `new`, `update`,
//! `view`, `subscription`. A screen reports what was asked for; only the [`App`](crate::app::App) acts.

pub mod changed;
pub mod chat;
pub mod full;
pub mod log_out;
pub mod login;
pub mod settings;
pub mod trust;
