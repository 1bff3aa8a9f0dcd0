//! Keys that mean something wherever the caret is.

use iced::keyboard;
use iced::keyboard::key::{Key, Named};

use super::Message;

/// Keys that mean the same wherever the caret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortcut {
    /// Ctrl+K.
    Palette,
    /// Alt and an arrow: the next room or the one before; with Shift the next one that is unread.
    Step {
        /// Which way.
        by: isize,
        /// Only unread ones.
        unread: bool,
    },
}

/// What a key means in a dialog, whatever its fields make of it.
pub fn in_dialog(event: &iced::Event) -> Option<Message> {
    match event {
        iced::Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, .. }) => match key {
            Key::Named(Named::Escape) => Some(Message::Escape),
            Key::Named(Named::Tab) => Some(Message::Tab { back: modifiers.shift() }),
            _ => None,
        },
        _ => None,
    }
}

/// What a key means wherever the caret is.
pub fn anywhere(event: &iced::Event) -> Option<Message> {
    let iced::Event::Keyboard(keyboard::Event::KeyPressed { key, physical_key, modifiers, .. }) = event
    else {
        return None;
    };
    let by = match key {
        Key::Named(Named::ArrowUp) => -1,
        Key::Named(Named::ArrowDown) => 1,
        key if modifiers.command() && key.to_latin(*physical_key) == Some('k') => {
            return Some(Message::Shortcut(Shortcut::Palette));
        }
        _ => return None,
    };
    let unread = modifiers.shift();
    modifiers.alt().then_some(Message::Shortcut(Shortcut::Step { by, unread }))
}
