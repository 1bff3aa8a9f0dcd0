//! The fonts inside the program, and the one font system of the process.
//!
//! Without them a machine with no fonts makes the text engine panic, and DejaVu's black-and-white smileys win over
//! coloured ones. Regular, bold, italic and bold italic are all needed: a style without a face is the same panic.

use std::sync::{Arc, Once};

use iced::advanced::graphics::text::{self, cosmic_text};
use iced::{Font, font};

use cosmic_text::{Fallback, FontSystem, PlatformFallback, fontdb};

/// Everything people read.
pub const TEXT: Font = Font::with_name("Inter");
/// Names and buttons.
pub const SEMIBOLD: Font = Font { weight: font::Weight::Semibold, ..TEXT };
/// Titles.
pub const BOLD: Font = Font { weight: font::Weight::Bold, ..TEXT };
/// Signs in colour.
pub const EMOJI: Font = Font::with_name("Twemoji Mozilla");
/// Addresses, fingerprints, code.
pub const MONO: Font = Font::with_name("JetBrains Mono");

const BUNDLED: [&[u8]; 7] = [
    include_bytes!("../assets/fonts/Inter-Regular.otf"),
    include_bytes!("../assets/fonts/Inter-SemiBold.otf"),
    include_bytes!("../assets/fonts/Inter-Bold.otf"),
    include_bytes!("../assets/fonts/Inter-Italic.otf"),
    include_bytes!("../assets/fonts/Inter-BoldItalic.otf"),
    include_bytes!("../assets/fonts/JetBrainsMono-Regular.ttf"),
    include_bytes!("../assets/fonts/Twemoji.ttf"),
];

/// Replaces the process's font system: bundled faces first, coloured emoji before all others. With
/// `system_fonts`, other scripts come from what the system has; without (tests), text is the same everywhere.
///
/// Call it before the first text is measured.
pub fn install(system_fonts: bool) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let mut faces = fontdb::Database::new();
        for bytes in BUNDLED {
            faces.load_font_source(fontdb::Source::Binary(Arc::new(bytes)));
        }
        if system_fonts {
            faces.load_system_fonts();
        }
        faces.set_sans_serif_family("Inter");
        faces.set_serif_family("Inter");
        faces.set_monospace_family("JetBrains Mono");
        let system = FontSystem::new_with_locale_and_db_and_fallback("en-US".into(), faces, EmojiFirst);
        // Nothing has drawn yet, so nothing can have panicked with the lock in hand.
        if let Ok(mut current) = text::font_system().write() {
            *current.raw() = system;
        }
    });
}

struct EmojiFirst;
impl Fallback for EmojiFirst {
    fn common_fallback(&self) -> &[&'static str] {
        &[
            "Inter",
            "Twemoji Mozilla",
            "Noto Color Emoji",
            "Noto Sans",
            "DejaVu Sans",
            "FreeSans",
            "Noto Sans Symbols",
            "Noto Sans Symbols2",
        ]
    }
    fn forbidden_fallback(&self) -> &[&'static str] {
        &[]
    }
    fn script_fallback(&self, script: unicode_script::Script, locale: &str) -> &[&'static str] {
        PlatformFallback.script_fallback(script, locale)
    }
}
