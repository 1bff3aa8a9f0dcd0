//! What iced lacks, one small piece a file. Widgets are functions; their look is in [`theme`](crate::theme).

pub mod avatar;
pub mod button;
pub mod dialog;
pub mod emoji_picker;
pub mod field;
pub mod halo;
pub mod keys;
pub mod label;
pub mod line;
pub mod page;
pub mod pill;
pub mod popover;
pub mod reach;
pub mod scroll;
pub mod toggle;
