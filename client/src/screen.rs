//! The screens. Each has the same seven parts in the same order: struct, `Message`, `Action`, `new`, `update`,
//! `view`, `subscription`. A screen reports what was asked for; only the [`App`](crate::app::App) acts.

pub mod acts;
pub mod administration;
pub mod asked;
pub mod changed;
pub mod chat;
pub mod crowded;
pub mod dialogs;
pub mod full;
pub mod log_out;
pub mod login;
pub mod palette;
pub mod rekeyed;
pub mod settings;
pub mod strength;
pub mod trust;

use iced::{Subscription, keyboard};

/// Says each time that Escape was pressed and no field took it.
pub fn escape() -> Subscription<()> {
    keyboard::listen().filter_map(|event| match event {
        keyboard::Event::KeyPressed { key: keyboard::Key::Named(keyboard::key::Named::Escape), .. } => {
            Some(())
        }
        _ => None,
    })
}
