//! What keys do in the composer's field.

use iced::keyboard::key::{Key, Named};
use iced::widget::text_editor::{self, Binding, KeyPress};

use crate::screen::chat::composer::Message;

/// What the composer is in, as far as keys care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scene {
    /// A completion is open.
    pub(super) completes: bool,
    /// Nothing is typed.
    pub(super) empty: bool,
    /// It answers or edits.
    pub(super) in_mode: bool,
}

/// What a key does.
pub(super) fn binding(press: KeyPress, scene: Scene) -> Option<Binding<Message>> {
    let focused = matches!(press.status, text_editor::Status::Focused { .. });
    if !focused {
        return None;
    }
    let modifiers = press.modifiers;
    let plain = modifiers.is_empty();
    let latin = press.key.to_latin(press.physical_key);
    let own = match (&press.key, latin) {
        (Key::Named(Named::ArrowUp), _) if plain && scene.completes => Some(Message::Step(-1)),
        (Key::Named(Named::ArrowDown), _) if plain && scene.completes => Some(Message::Step(1)),
        (Key::Named(Named::Tab | Named::Enter), _) if plain && scene.completes => Some(Message::TakeChosen),
        (Key::Named(Named::Escape), _) if scene.completes => Some(Message::Dismiss),
        (Key::Named(Named::Escape), _) if scene.in_mode => Some(Message::LeaveMode),
        (Key::Named(Named::ArrowUp), _) if plain && scene.empty => Some(Message::EditLast),
        (Key::Named(Named::Enter), _) if !modifiers.shift() => Some(Message::Send),
        (_, Some('b')) if modifiers.command() => Some(Message::Wrap("**")),
        (_, Some('i')) if modifiers.command() => Some(Message::Wrap("*")),
        (_, Some('e')) if modifiers.command() => Some(Message::Wrap("`")),
        _ => None,
    };
    if let Some(own) = own {
        return Some(Binding::Custom(own));
    }
    match (&press.key, latin) {
        // A clipboard with a picture has no text: one of the two does nothing.
        (_, Some('v')) if modifiers.command() && !modifiers.alt() => {
            Some(Binding::Sequence(vec![Binding::Paste, Binding::Custom(Message::PastePicture)]))
        }
        // Alt and arrows go from room to room.
        (Key::Named(Named::ArrowUp | Named::ArrowDown), _) if modifiers.alt() => None,
        _ => Binding::from_key_press(press),
    }
}
