//! Snug's window. Everything it knows comes from the engine; everything it does is a command to the engine.
//!
//! [`app`] wires the [`screen`]s together, [`link`] is the way to the engine, [`theme`] is the look, [`notify`]
//! decides what rings. `main` only starts it.

pub mod app;
pub mod faces;
pub mod fonts;
pub mod icon;
pub mod instance;
pub mod link;
pub mod logging;
pub mod markdown;
pub mod matching;
pub mod notify;
pub mod opening;
pub mod pictures;
pub mod profile;
pub mod readers;
pub mod screen;
pub mod settings;
pub mod shared;
pub mod start;
pub mod theme;
pub mod widget;
pub mod wording;
