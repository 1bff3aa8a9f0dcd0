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

/// Tab alone: where Escape is for what floats first.
pub fn tab(event: &iced::Event) -> Option<Message> {
    in_dialog(event).filter(|message| matches!(message, Message::Tab { .. }))
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

/// What is typed where no field takes it: it means the composer, which a press somewhere else took the caret from.
pub fn typed(event: keyboard::Event) -> Option<Message> {
    let keyboard::Event::KeyPressed { text: Some(text), modifiers, .. } = event else { return None };
    let written = !modifiers.command() && !modifiers.alt() && !text.chars().any(char::is_control);
    written.then(|| Message::Typed(text.to_string()))
}

#[cfg(test)]
mod tests {
    use iced::keyboard::{Location, Modifiers, key};

    use super::*;

    fn pressed(key: Key, modifiers: Modifiers) -> iced::Event {
        iced::Event::Keyboard(keyboard::Event::KeyPressed {
            key: key.clone(),
            modified_key: key,
            physical_key: key::Physical::Unidentified(key::NativeCode::Unidentified),
            location: Location::Standard,
            modifiers,
            text: None,
            repeat: false,
        })
    }

    fn types(text: &str, with: Modifiers) -> Option<String> {
        let iced::Event::Keyboard(mut event) = pressed(Key::Unidentified, with) else { return None };
        if let keyboard::Event::KeyPressed { text: typed, .. } = &mut event {
            *typed = Some(text.into());
        }
        match super::typed(event) {
            Some(Message::Typed(text)) => Some(text),
            _ => None,
        }
    }

    #[test]
    fn letters_mean_the_composer_and_keys_that_do_something_do_not() {
        assert_eq!(types("é", Modifiers::SHIFT).as_deref(), Some("é"));
        assert_eq!(types("c", Modifiers::COMMAND), None);
        assert_eq!(types("\r", Modifiers::NONE), None);
        assert_eq!(types("\u{8}", Modifiers::NONE), None);
    }

    fn shortcut(key: Key, modifiers: Modifiers) -> Option<Shortcut> {
        match anywhere(&pressed(key, modifiers)) {
            Some(Message::Shortcut(shortcut)) => Some(shortcut),
            _ => None,
        }
    }

    #[test]
    fn the_palette_and_the_rooms_have_keys() {
        let (up, down) = (Key::Named(Named::ArrowUp), Key::Named(Named::ArrowDown));
        assert_eq!(shortcut(Key::Character("k".into()), Modifiers::COMMAND), Some(Shortcut::Palette));
        assert_eq!(shortcut(Key::Character("k".into()), Modifiers::NONE), None);
        assert_eq!(shortcut(up, Modifiers::ALT), Some(Shortcut::Step { by: -1, unread: false }));
        let unread = Some(Shortcut::Step { by: 1, unread: true });
        assert_eq!(shortcut(down.clone(), Modifiers::ALT | Modifiers::SHIFT), unread);
        assert_eq!(shortcut(down, Modifiers::NONE), None);
    }

    #[test]
    fn in_a_dialog_escape_leaves_and_tab_goes_on() {
        let meant = |key, modifiers| in_dialog(&pressed(Key::Named(key), modifiers));
        assert!(matches!(meant(Named::Escape, Modifiers::NONE), Some(Message::Escape)));
        assert!(matches!(meant(Named::Tab, Modifiers::SHIFT), Some(Message::Tab { back: true })));
        assert!(meant(Named::Enter, Modifiers::NONE).is_none());
    }
}
