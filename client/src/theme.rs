//! The look: colours, sizes and the styles made of them. Nothing else in the window names a colour.
//!
//! Ember marks what needs you (unread, send). Trust green marks only verified identity. Danger red marks only a
//! broken promise. Nothing else is coloured.

use iced::border::{self, Border};
use iced::widget::{button, container, progress_bar, scrollable, slider, svg, text, text_editor, text_input};
use iced::{Background, Color, Theme, color, theme};

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
    online: color!(0x3AA76A),
    away: color!(0xE0A13C),
};

/// Colours of people, by account id: five tones from warm to cool.
pub const MEMBERS: [Color; 5] =
    [color!(0xB65A3A), color!(0x2F6F8F), color!(0x6B5CA5), color!(0x3E7D57), color!(0xA2466C)];
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

/// Text in a tone.
pub fn tinted(tone: Tone) -> impl Fn(&Theme) -> text::Style {
    move |theme| text::Style { color: Some(tone(tokens(theme))) }
}

/// A drawing in a tone.
pub fn drawn(tone: Tone) -> impl Fn(&Theme, svg::Status) -> svg::Style {
    move |theme, _| svg::Style { color: Some(tone(tokens(theme))) }
}

/// Text that can be selected.
pub fn selectable(tone: Tone) -> impl Fn(&Theme) -> iced_selection::text::Style {
    move |theme| {
        let tokens = tokens(theme);
        iced_selection::text::Style { color: Some(tone(tokens)), selection: tokens.accent.scale_alpha(0.25) }
    }
}

fn outline(color: Color, radius: f32) -> Border {
    border::rounded(radius).color(color).width(1)
}
fn filled(color: Color) -> container::Style {
    container::Style { background: Some(Background::Color(color)), ..container::Style::default() }
}
/// One of the faint frames around what floats.
pub fn ring(radius: f32) -> impl Fn(&Theme) -> container::Style {
    move |theme| {
        let alpha = if theme.extended_palette().is_dark { 0.09 } else { 0.025 };
        filled(Color::from_rgba8(43, 32, 20, alpha)).border(border::rounded(radius))
    }
}

/// Behind everything.
pub fn page(theme: &Theme) -> container::Style {
    container::Style { text_color: Some(tokens(theme).ink), ..filled(tokens(theme).background) }
}
/// Behind the sidebar.
pub fn sidebar(theme: &Theme) -> container::Style {
    filled(tokens(theme).sidebar)
}
/// A line, one pixel wide or high.
pub fn line(theme: &Theme) -> container::Style {
    filled(tokens(theme).line)
}
/// The line of the "New" divider.
pub fn new_line(theme: &Theme) -> container::Style {
    filled(tokens(theme).accent.scale_alpha(0.6))
}
/// A card.
pub fn card(theme: &Theme) -> container::Style {
    let tokens = tokens(theme);
    filled(tokens.surface).border(outline(tokens.line, radius::CARD))
}
/// A box inside a dialog.
pub fn inset(theme: &Theme) -> container::Style {
    let tokens = tokens(theme);
    filled(tokens.background).border(outline(tokens.line, radius::PANEL))
}
/// A dialog.
pub fn dialog(theme: &Theme) -> container::Style {
    let tokens = tokens(theme);
    filled(tokens.surface).border(outline(tokens.line, radius::DIALOG))
}
/// A dialog about a broken promise.
pub fn danger_dialog(theme: &Theme) -> container::Style {
    let style = dialog(theme);
    let border = style.border.color(tokens(theme).danger);
    style.border(border)
}
/// What lies behind a dialog.
pub fn dimmed(theme: &Theme) -> container::Style {
    filled(if theme.extended_palette().is_dark {
        Color::from_rgba8(0, 0, 0, 0.55)
    } else {
        Color::from_rgba8(60, 45, 30, 0.45)
    })
}
/// A bar that says how things stand.
pub fn bar(theme: &Theme) -> container::Style {
    filled(tokens(theme).mention)
}
/// A bar about a broken promise.
pub fn danger_bar(theme: &Theme) -> container::Style {
    filled(tokens(theme).danger_soft)
}
/// A calm bar.
pub fn quiet_bar(theme: &Theme) -> container::Style {
    filled(tokens(theme).hover)
}
/// Behind a soft mark in a tone: pills, icon tiles.
pub fn soft(kind: Soft, radius: f32) -> impl Fn(&Theme) -> container::Style {
    move |theme| {
        let tokens = tokens(theme);
        let color = match kind {
            Soft::Accent => tokens.accent_soft,
            Soft::Trust => tokens.trust_soft,
            Soft::Danger => tokens.danger_soft,
            Soft::Plain => tokens.hover,
        };
        filled(color).border(border::rounded(radius))
    }
}
/// The soft backgrounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Soft {
    /// Ember.
    Accent,
    /// Green.
    Trust,
    /// Red.
    Danger,
    /// None.
    Plain,
}
/// Full of one colour.
pub fn solid(tone: Tone, radius: f32) -> impl Fn(&Theme) -> container::Style {
    move |theme| filled(tone(tokens(theme))).border(border::rounded(radius))
}
/// Full of a fixed colour.
pub fn painted(color: Color, radius: f32) -> impl Fn(&Theme) -> container::Style {
    move |_| filled(color).border(border::rounded(radius))
}
/// A small note beside the pointer.
pub fn hint(theme: &Theme) -> container::Style {
    let tokens = tokens(theme);
    container::Style { text_color: Some(tokens.background), ..filled(tokens.ink) }
        .border(border::rounded(radius::CONTROL))
}

fn pressable(status: button::Status, background: Color, text: Color) -> button::Style {
    let factor = match status {
        button::Status::Active => 1.0,
        button::Status::Hovered => 0.92,
        button::Status::Pressed => 0.84,
        button::Status::Disabled => 0.45,
    };
    button::Style {
        background: Some(Background::Color(background.scale_alpha(factor))),
        text_color: if status == button::Status::Disabled { text.scale_alpha(0.8) } else { text },
        border: border::rounded(radius::CONTROL),
        ..button::Style::default()
    }
}
/// The one thing to do.
pub fn primary(theme: &Theme, status: button::Status) -> button::Style {
    let tokens = tokens(theme);
    pressable(status, tokens.accent, tokens.on_accent)
}
/// "They match".
pub fn trusting(theme: &Theme, status: button::Status) -> button::Style {
    let tokens = tokens(theme);
    pressable(status, tokens.trust, tokens.surface)
}
fn outlined(theme: &Theme, status: button::Status, text: Color, edge: Color) -> button::Style {
    let tokens = tokens(theme);
    let background = match status {
        button::Status::Hovered | button::Status::Pressed => tokens.hover,
        button::Status::Active | button::Status::Disabled => tokens.surface,
    };
    button::Style {
        background: Some(Background::Color(background)),
        text_color: if status == button::Status::Disabled { tokens.faint } else { text },
        border: outline(edge, radius::CONTROL),
        ..button::Style::default()
    }
}
/// Another thing to do.
pub fn secondary(theme: &Theme, status: button::Status) -> button::Style {
    let tokens = tokens(theme);
    outlined(theme, status, tokens.ink, tokens.line)
}
/// Another thing to do, after a broken promise.
pub fn dangerous(theme: &Theme, status: button::Status) -> button::Style {
    let tokens = tokens(theme);
    outlined(theme, status, tokens.danger, tokens.danger)
}
/// Words that can be pressed.
pub fn link(theme: &Theme, status: button::Status) -> button::Style {
    let tokens = tokens(theme);
    let color = match status {
        button::Status::Active => tokens.accent,
        button::Status::Hovered | button::Status::Pressed => tokens.accent.scale_alpha(0.75),
        button::Status::Disabled => tokens.faint,
    };
    button::Style { text_color: color, ..button::Style::default() }
}
/// An icon that can be pressed.
pub fn ghost(theme: &Theme, status: button::Status) -> button::Style {
    let tokens = tokens(theme);
    let background = match status {
        button::Status::Hovered | button::Status::Pressed => Some(Background::Color(tokens.hover)),
        button::Status::Active | button::Status::Disabled => None,
    };
    button::Style {
        background,
        text_color: tokens.muted,
        border: border::rounded(radius::CONTROL),
        ..button::Style::default()
    }
}
/// A row of a list; `chosen` is where one is.
pub fn choice(chosen: bool) -> impl Fn(&Theme, button::Status) -> button::Style {
    move |theme, status| {
        let tokens = tokens(theme);
        let background = match status {
            _ if chosen => Some(tokens.accent_soft),
            button::Status::Hovered | button::Status::Pressed => Some(tokens.line.scale_alpha(0.45)),
            button::Status::Active | button::Status::Disabled => None,
        };
        button::Style {
            background: background.map(Background::Color),
            text_color: tokens.ink,
            border: border::rounded(radius::CONTROL),
            ..button::Style::default()
        }
    }
}
/// A card that can be pressed.
pub fn card_button(theme: &Theme, status: button::Status) -> button::Style {
    let tokens = tokens(theme);
    let edge = if status == button::Status::Hovered { tokens.accent.scale_alpha(0.5) } else { tokens.line };
    button::Style {
        background: Some(Background::Color(tokens.surface)),
        text_color: tokens.ink,
        border: outline(edge, radius::CARD),
        ..button::Style::default()
    }
}

/// A field to type into.
pub fn field(theme: &Theme, status: text_input::Status) -> text_input::Style {
    let tokens = tokens(theme);
    let edge = match status {
        text_input::Status::Focused { .. } => tokens.accent,
        text_input::Status::Hovered => tokens.faint,
        text_input::Status::Active | text_input::Status::Disabled => tokens.line,
    };
    let disabled = status == text_input::Status::Disabled;
    text_input::Style {
        background: Background::Color(if disabled { tokens.background } else { tokens.surface }),
        border: outline(edge, radius::CONTROL),
        icon: tokens.muted,
        placeholder: tokens.faint,
        value: if disabled { tokens.muted } else { tokens.ink },
        selection: tokens.accent.scale_alpha(0.25),
    }
}
/// The composer, which stands in a card of its own.
pub fn composer(theme: &Theme, _status: text_editor::Status) -> text_editor::Style {
    let tokens = tokens(theme);
    text_editor::Style {
        background: Background::Color(Color::TRANSPARENT),
        border: Border::default(),
        placeholder: tokens.faint,
        value: tokens.ink,
        selection: tokens.accent.scale_alpha(0.25),
    }
}
/// The card around the composer.
pub fn composer_card(theme: &Theme) -> container::Style {
    let tokens = tokens(theme);
    filled(tokens.surface).border(outline(tokens.line, radius::PANEL))
}
/// A thin scrollbar that shows itself under the pointer.
pub fn scroll(theme: &Theme, status: scrollable::Status) -> scrollable::Style {
    let tokens = tokens(theme);
    let mut style = scrollable::default(theme, status);
    let scroller = match status {
        scrollable::Status::Active { .. } => tokens.line.scale_alpha(0.6),
        scrollable::Status::Hovered { .. } | scrollable::Status::Dragged { .. } => {
            tokens.faint.scale_alpha(0.7)
        }
    };
    for rail in [&mut style.vertical_rail, &mut style.horizontal_rail] {
        rail.background = None;
        rail.border = Border::default();
        rail.scroller.background = Background::Color(scroller);
        rail.scroller.border = border::rounded(3);
    }
    style.gap = None;
    style
}
/// How far a transfer is.
pub fn progress(theme: &Theme) -> progress_bar::Style {
    let tokens = tokens(theme);
    progress_bar::Style {
        background: Background::Color(tokens.line),
        bar: Background::Color(tokens.accent),
        border: border::rounded(3),
    }
}
/// A strength from 0 to 4.
pub fn strength(score: u8) -> impl Fn(&Theme) -> container::Style {
    move |theme| {
        let tokens = tokens(theme);
        let color = match score {
            0 => tokens.line,
            1 => tokens.danger,
            2 => tokens.away,
            _ => tokens.trust,
        };
        filled(color).border(border::rounded(2))
    }
}
/// A slider.
pub fn volume(theme: &Theme, _status: slider::Status) -> slider::Style {
    let tokens = tokens(theme);
    slider::Style {
        rail: slider::Rail {
            backgrounds: (Background::Color(tokens.accent), Background::Color(tokens.line)),
            width: 4.0,
            border: border::rounded(2),
        },
        handle: slider::Handle {
            shape: slider::HandleShape::Circle { radius: 8.0 },
            background: Background::Color(tokens.accent),
            border_width: 0.0,
            border_color: Color::TRANSPARENT,
        },
    }
}
/// The ring of a choice of one.
pub fn choose(chosen: bool) -> impl Fn(&Theme) -> container::Style {
    move |theme| {
        let tokens = tokens(theme);
        let edge = if chosen { tokens.accent } else { tokens.faint };
        filled(tokens.surface).border(border::rounded(9.5).color(edge).width(1.5))
    }
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
    fn a_theme_leads_back_to_its_colours() {
        assert_eq!(tokens(&theme(Mode::Light)).background, LIGHT.background);
        assert_eq!(tokens(&theme(Mode::Dark)).background, DARK.background);
        assert_eq!(Mode::of_system(iced::theme::Mode::None), None);
    }
}
