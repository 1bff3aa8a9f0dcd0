//! The look: colours and sizes; the styles made of them are in `style`. Nothing else in the window names a colour.
//!
//! Ember marks what needs you (unread, send). Trust green marks only verified identity. Danger red marks only a
//! broken promise. Nothing else is coloured.

mod style;

use iced::{Color, Theme, color, theme};
use snug_proto::profile::COLOURS;

pub use style::*;

/// The colours of one mode.
#[derive(Debug)]
pub struct Tokens {
    /// Behind everything.
    pub background: Color,
    /// Behind the sidebar.
    pub sidebar: Color,
    /// Cards and inputs.
    pub surface: Color,
    /// Lines between things.
    pub line: Color,
    /// Text.
    pub ink: Color,
    /// Less important text.
    pub muted: Color,
    /// Times, labels, placeholders.
    pub faint: Color,
    /// Ember: what needs you.
    pub accent: Color,
    /// Text on ember.
    pub on_accent: Color,
    /// Behind what is chosen.
    pub accent_soft: Color,
    /// Verified identity.
    pub trust: Color,
    /// Behind it.
    pub trust_soft: Color,
    /// A broken promise.
    pub danger: Color,
    /// Behind it.
    pub danger_soft: Color,
    /// Under the pointer.
    pub hover: Color,
    /// Behind what the window has to say.
    pub mention: Color,
    /// Behind code.
    pub code: Color,
    /// Texts and numbers in code.
    pub code_value: Color,
    /// The dot of who is online.
    pub online: Color,
    /// The dot of who is away.
    pub away: Color,
}

/// Light.
pub const LIGHT: Tokens = Tokens {
    background: color!(0xFAF6F0),
    sidebar: color!(0xF1EAE0),
    surface: color!(0xFFFDFA),
    line: color!(0xE3D9CB),
    ink: color!(0x2B2622),
    muted: color!(0x7C7167),
    faint: color!(0xA69A8D),
    accent: color!(0xC8552B),
    on_accent: color!(0xFFF8F2),
    accent_soft: color!(0xF7E1D5),
    trust: color!(0x1F7A66),
    trust_soft: color!(0xDCEFE8),
    danger: color!(0xB3261E),
    danger_soft: color!(0xFADEDB),
    hover: color!(0xF4ECE1),
    mention: color!(0xFFF0CF),
    code: color!(0xF1EAE0),
    code_value: color!(0x8A5F14),
    online: color!(0x3AA76A),
    away: color!(0xE0A13C),
};

/// Dark.
pub const DARK: Tokens = Tokens {
    background: color!(0x1B1917),
    sidebar: color!(0x151311),
    surface: color!(0x24211E),
    line: color!(0x37322D),
    ink: color!(0xEFE7DC),
    muted: color!(0xA3978A),
    faint: color!(0x776C62),
    accent: color!(0xEE8350),
    on_accent: color!(0x1B1208),
    accent_soft: color!(0x3E271B),
    trust: color!(0x5BC2A6),
    trust_soft: color!(0x17352D),
    danger: color!(0xF2857B),
    danger_soft: color!(0x3F1D1A),
    hover: color!(0x26221F),
    mention: color!(0x3A2F18),
    code: color!(0x24211E),
    code_value: color!(0xD9B070),
    online: color!(0x3AA76A),
    away: color!(0xE0A13C),
};

/// Colours of people. The first [`MEMBERS_GIVEN`] are given out; the others are there for who wants one.
pub const MEMBERS: [Color; COLOURS as usize] = [
    color!(0xB65A3A),
    color!(0x2F6F8F),
    color!(0x6B5CA5),
    color!(0x3E7D57),
    color!(0xA2466C),
    color!(0x8A6A1F),
    color!(0x2B7A78),
    color!(0x6A625B),
];
/// How many of them are given out by account id.
pub const MEMBERS_GIVEN: usize = 5;
/// How round the tile of a person is, in parts of its side.
pub const TILE_ROUND: f32 = 0.28;
/// Text on a member's colour.
pub const ON_MEMBER: Color = color!(0xFFF8F2);

/// Sizes of text.
pub mod size {
    /// What people write.
    pub const TEXT: f32 = 15.0;
    /// Names and buttons.
    pub const NAME: f32 = 14.0;
    /// Everything beside the matter.
    pub const SMALL: f32 = 12.5;
    /// Labels in capitals.
    pub const LABEL: f32 = 11.5;
    /// Titles of panes.
    pub const TITLE: f32 = 16.0;
    /// Titles of pages.
    pub const PAGE: f32 = 21.0;
    /// Height of a line, in parts of the text's size.
    pub const LINE: f32 = 1.45;
}

/// How round corners are.
pub mod radius {
    /// Buttons, fields.
    pub const CONTROL: f32 = 8.0;
    /// Cards in the timeline.
    pub const CARD: f32 = 10.0;
    /// Panels.
    pub const PANEL: f32 = 12.0;
    /// Dialogs.
    pub const DIALOG: f32 = 16.0;
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Light.
    #[default]
    Light,
    /// Dark.
    Dark,
}

impl Mode {
    /// What the system says, where it says something: a window that opens reports `None` once, which means
    /// nothing.
    pub fn of_system(mode: theme::Mode) -> Option<Self> {
        match mode {
            theme::Mode::Light => Some(Self::Light),
            theme::Mode::Dark => Some(Self::Dark),
            theme::Mode::None => None,
        }
    }
}

/// The theme iced is given.
pub fn theme(mode: Mode) -> Theme {
    let (name, tokens) = match mode {
        Mode::Light => ("Snug light", &LIGHT),
        Mode::Dark => ("Snug dark", &DARK),
    };
    Theme::custom(
        name,
        theme::Palette {
            background: tokens.background,
            text: tokens.ink,
            primary: tokens.accent,
            success: tokens.trust,
            warning: tokens.away,
            danger: tokens.danger,
        },
    )
}

/// The colours of a theme.
pub fn tokens(theme: &Theme) -> &'static Tokens {
    if theme.extended_palette().is_dark { &DARK } else { &LIGHT }
}

/// The colours of a mode.
pub fn tokens_of(mode: Mode) -> &'static Tokens {
    match mode {
        Mode::Light => &LIGHT,
        Mode::Dark => &DARK,
    }
}

/// One of the tokens, named by a function: `ink`, `muted`, `accent`, …
pub type Tone = fn(&Tokens) -> Color;

/// Text.
pub fn ink(tokens: &Tokens) -> Color {
    tokens.ink
}
/// Less important text.
pub fn muted(tokens: &Tokens) -> Color {
    tokens.muted
}
/// Times, labels.
pub fn faint(tokens: &Tokens) -> Color {
    tokens.faint
}
/// What needs you.
pub fn accent(tokens: &Tokens) -> Color {
    tokens.accent
}
/// Text on ember.
pub fn on_accent(tokens: &Tokens) -> Color {
    tokens.on_accent
}
/// Verified identity.
pub fn trust(tokens: &Tokens) -> Color {
    tokens.trust
}
/// A broken promise.
pub fn danger(tokens: &Tokens) -> Color {
    tokens.danger
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Color) -> f32 {
        let [r, g, b, _] = color.into_linear();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    fn contrast(a: Color, b: Color) -> f32 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn what_people_read_can_be_read() {
        for tokens in [&LIGHT, &DARK] {
            for behind in [tokens.background, tokens.surface] {
                assert!(contrast(tokens.ink, behind) >= 4.5);
                assert!(contrast(tokens.muted, behind) >= 4.4, "{}", contrast(tokens.muted, behind));
            }
        }
    }

    #[test]
    fn the_letters_on_a_tile_can_be_read() {
        for color in MEMBERS {
            assert!(contrast(ON_MEMBER, color) >= 4.4, "{}", contrast(ON_MEMBER, color));
        }
    }

    #[test]
    fn a_theme_leads_back_to_its_colours() {
        assert_eq!(tokens(&theme(Mode::Light)).background, LIGHT.background);
        assert_eq!(tokens(&theme(Mode::Dark)).background, DARK.background);
        assert_eq!(Mode::of_system(iced::theme::Mode::None), None);
    }
}
