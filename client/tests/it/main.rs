//! The window, by clicking and typing, without a display.

mod preset;
