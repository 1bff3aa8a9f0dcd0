//! The styles of widgets, made of the look's colours.

use iced::border::{self, Border};
use iced::widget::{button, container, progress_bar, scrollable, slider, svg, text, text_editor, text_input};
use iced::{Background, Color, Theme};

use super::{Tone, radius, tokens};

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
/// The last row of an [`inset`] box, about a broken promise: its corners follow the box's.
pub fn danger_foot(theme: &Theme) -> container::Style {
    danger_bar(theme).border(border::rounded(border::bottom(radius::PANEL - 1.0)))
}
/// A calm bar.
pub fn quiet_bar(theme: &Theme) -> container::Style {
    filled(tokens(theme).hover)
}
/// Behind a row of the timeline.
pub fn timeline_row(row: Row) -> impl Fn(&Theme) -> container::Style {
    move |theme| {
        let tokens = tokens(theme);
        let style = match row {
            Row::Plain => return container::Style::default(),
            Row::Hovered => filled(tokens.hover),
            Row::Mention => filled(tokens.mention),
            Row::Marked | Row::Found => filled(tokens.accent_soft),
        };
        style.border(border::rounded(radius::CONTROL))
    }
}
/// What is to be said about a row of the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// Nothing.
    Plain,
    /// It is under the pointer.
    Hovered,
    /// It mentions this person.
    Mention,
    /// It was chosen among others.
    Marked,
    /// A jump led here.
    Found,
}
/// A block of code.
pub fn code(theme: &Theme) -> container::Style {
    let tokens = tokens(theme);
    filled(tokens.code).border(outline(tokens.line, radius::CONTROL))
}
/// A small card that floats over a row.
pub fn floating(theme: &Theme) -> container::Style {
    let tokens = tokens(theme);
    filled(tokens.surface).border(outline(tokens.line, radius::CONTROL))
}
/// A reaction; one's own is ember.
pub fn chip(mine: bool) -> impl Fn(&Theme, button::Status) -> button::Style {
    move |theme, status| {
        let tokens = tokens(theme);
        let (background, edge, text) = match (mine, status) {
            (true, _) => (tokens.accent_soft, tokens.accent, tokens.accent),
            (false, button::Status::Hovered | button::Status::Pressed) => {
                (tokens.hover, tokens.faint, tokens.ink)
            }
            (false, _) => (tokens.surface, tokens.line, tokens.ink),
        };
        button::Style {
            background: Some(Background::Color(background)),
            text_color: text,
            border: outline(edge, 13.0),
            ..button::Style::default()
        }
    }
}
/// Words that are no button until the pointer is over them.
pub fn quiet(theme: &Theme, status: button::Status) -> button::Style {
    let tokens = tokens(theme);
    let text_color = match status {
        button::Status::Hovered | button::Status::Pressed => tokens.muted,
        button::Status::Active | button::Status::Disabled => tokens.faint,
    };
    button::Style { text_color, ..button::Style::default() }
}
/// The box of what can be chosen among others.
pub fn check(chosen: bool) -> impl Fn(&Theme) -> container::Style {
    move |theme| {
        let tokens = tokens(theme);
        let (inside, edge) =
            if chosen { (tokens.accent, tokens.accent) } else { (tokens.surface, tokens.faint) };
        filled(inside).border(border::rounded(6).color(edge).width(1.5))
    }
}
/// Where a picture will be.
pub fn frame(theme: &Theme) -> container::Style {
    let tokens = tokens(theme);
    filled(tokens.hover).border(outline(tokens.line, radius::CARD))
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
/// A field that stands in a card of its own.
pub fn bare_field(theme: &Theme, status: text_input::Status) -> text_input::Style {
    text_input::Style {
        background: Background::Color(Color::TRANSPARENT),
        border: Border::default(),
        ..field(theme, status)
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
/// The box of a choice of several.
pub fn tick(theme: &Theme) -> container::Style {
    let tokens = tokens(theme);
    filled(tokens.surface).border(border::rounded(6).color(tokens.faint).width(1.5))
}
/// A large choice of one, with an explanation.
pub fn option(chosen: bool) -> impl Fn(&Theme, button::Status) -> button::Style {
    move |theme, status| {
        let tokens = tokens(theme);
        let (edge, background) = match status {
            _ if chosen => (tokens.accent, tokens.accent_soft.scale_alpha(0.5)),
            button::Status::Hovered | button::Status::Pressed => (tokens.faint, tokens.surface),
            button::Status::Active | button::Status::Disabled => (tokens.line, tokens.surface),
        };
        button::Style {
            background: Some(Background::Color(background)),
            text_color: tokens.ink,
            border: outline(edge, radius::CARD),
            ..button::Style::default()
        }
    }
}
/// What looks like a field and opens one.
pub fn quiet_button(theme: &Theme, status: button::Status) -> button::Style {
    let tokens = tokens(theme);
    let edge = if status == button::Status::Hovered { tokens.faint } else { tokens.line };
    button::Style {
        background: Some(Background::Color(tokens.background.scale_alpha(0.55))),
        text_color: tokens.muted,
        border: outline(edge, radius::CONTROL),
        ..button::Style::default()
    }
}
/// A small button that lies over a row.
pub fn solid_button(theme: &Theme, status: button::Status) -> button::Style {
    let tokens = tokens(theme);
    let background = match status {
        button::Status::Hovered | button::Status::Pressed => tokens.hover,
        button::Status::Active | button::Status::Disabled => tokens.surface,
    };
    button::Style {
        background: Some(Background::Color(background)),
        text_color: tokens.muted,
        border: outline(tokens.line, 6.0),
        ..button::Style::default()
    }
}
/// A quiet tile in a list.
pub fn tile(theme: &Theme) -> container::Style {
    let tokens = tokens(theme);
    filled(tokens.surface).border(outline(tokens.line, 7.0))
}
