//! A text of somebody: its blocks and spans as widgets. It is read once, when it comes, not each time it is drawn.

use std::collections::HashMap;

use iced::widget::text::Wrapping;
use iced::widget::{column, container, row, space, stack};
use iced::{Element, Fill, Font, Right, border, font};
use iced_selection::text::Span as Drawn;
use snug_engine::event::{Item, ItemKey, TextItem, What};
use unicode_segmentation::UnicodeSegmentation;

use crate::fonts;
use crate::icon::Icon;
use crate::markdown::{self, Block, Kind, Span, Style};
use crate::screen::chat::hand;
use crate::screen::chat::timeline::Message;
use crate::theme::{self, Tokens, Tone, size};
use crate::widget::label::label;
use crate::widget::{button, scroll};

/// Lines that a message shows before it is unfolded.
const LINES_MAX: usize = 40;
/// About so many signs are on a line.
const LINE_LEN: usize = 80;
/// What is shown of a long message.
const FOLDED: f32 = LINES_MAX as f32 * size::TEXT * size::LINE;
/// Code that is higher scrolls.
const CODE_MAX: f32 = 360.0;
/// A few emoji alone.
const LARGE: f32 = 32.0;

/// The texts of a timeline, read.
#[derive(Debug, Default)]
pub struct Texts(HashMap<ItemKey, Text>);

/// A text, read.
#[derive(Debug)]
pub struct Text {
    of: TextItem,
    blocks: Vec<Block>,
    kind: Shape,
}

/// How a text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Plain,
    /// A few emoji and nothing else.
    Large,
    /// Only its beginning is shown at first.
    Long,
}

impl Texts {
    /// Reads what is new and forgets what is gone.
    pub fn renew(&mut self, items: &[Item]) {
        let mut old = std::mem::take(&mut self.0);
        for item in items {
            let What::Text(text) = &item.what else { continue };
            let read = match old.remove(&item.key) {
                Some(read) if read.of == *text => read,
                _ => Text::read(text),
            };
            self.0.insert(item.key, read);
        }
    }

    /// The text of an item.
    pub fn get(&self, key: ItemKey) -> Option<&Text> {
        self.0.get(&key)
    }
}

impl Text {
    fn read(text: &TextItem) -> Self {
        let blocks = markdown::parse(&text.text, &text.mentions);
        let lines = text.text.lines().map(|line| 1 + line.len() / LINE_LEN).sum::<usize>();
        let kind = match lines {
            _ if markdown::is_emoji_only(&blocks) => Shape::Large,
            lines if lines > LINES_MAX => Shape::Long,
            _ => Shape::Plain,
        };
        Self { of: text.clone(), blocks, kind }
    }

    /// Draws it.
    pub fn view<'a>(
        &'a self,
        key: ItemKey,
        tone: Tone,
        unfolded: bool,
        tokens: &'static Tokens,
    ) -> Element<'a, Message> {
        let points = if self.kind == Shape::Large { LARGE } else { size::TEXT };
        let whole = blocks(&self.blocks, Ink { tone, points, tokens });
        if self.kind != Shape::Long || unfolded {
            return whole;
        }
        let begins = container(whole).max_height(FOLDED).clip(true);
        let more = Message::Hand(hand::Message::Unfold(key));
        column![begins, button::link("Show all of it", size::SMALL).on_press(more)].spacing(2).into()
    }
}

/// How words are drawn.
#[derive(Debug, Clone, Copy)]
struct Ink {
    tone: Tone,
    points: f32,
    tokens: &'static Tokens,
}

fn blocks<'a>(all: &'a [Block], ink: Ink) -> Element<'a, Message> {
    match all {
        [one] => block(one, ink),
        all => column(all.iter().map(|one| block(one, ink))).spacing(6).width(Fill).into(),
    }
}

fn block<'a>(one: &'a Block, ink: Ink) -> Element<'a, Message> {
    match one {
        Block::Text(spans) => words(spans, ink),
        Block::Quote(inside) => {
            let inside = blocks(inside, Ink { tone: theme::muted, ..ink });
            let bar = container(space().width(3).height(Fill)).style(theme::solid(|tokens| tokens.line, 1.5));
            // The bar lies over the words' left edge: so it is as high as they are.
            stack![container(inside).padding(iced::Padding::ZERO.left(13)), bar].into()
        }
        Block::List { from, items } => column(items.iter().enumerate().map(|(at, item)| {
            let sign = match from {
                Some(from) => format!("{}.", from.saturating_add(at as u64)),
                None => "•".to_owned(),
            };
            let sign = label(sign, ink.points, theme::muted).wrapping(Wrapping::None);
            let sign = container(sign).width(if from.is_some() { 26 } else { 16 }).clip(true);
            row![sign, blocks(item, ink)].into()
        }))
        .spacing(2)
        .into(),
        Block::Code { text, pieces } => code(text, pieces, ink.tokens),
    }
}

fn words<'a>(spans: &'a [Span], ink: Ink) -> Element<'a, Message> {
    if let [Span { text, style, link: None }] = spans
        && *style == Style::default()
        && !text.contains(AS_EMOJI)
    {
        return iced_selection::text(text)
            .size(ink.points)
            .line_height(size::LINE)
            .font(fonts::TEXT)
            .width(Fill)
            .wrapping(Wrapping::WordOrGlyph)
            .style(theme::selectable(ink.tone))
            .into();
    }
    let drawn: Vec<Drawn<'a, String, Font>> = spans.iter().flat_map(|span| drawn(span, ink)).collect();
    rich(drawn, ink.points, fonts::TEXT, ink.tone)
}

fn rich<'a>(
    spans: Vec<Drawn<'a, String, Font>>,
    points: f32,
    font: Font,
    tone: Tone,
) -> Element<'a, Message> {
    iced_selection::rich_text(spans)
        .on_link_click(|address| Message::Hand(hand::Message::Link(address)))
        .size(points)
        .line_height(size::LINE)
        .font(font)
        .width(Fill)
        .wrapping(Wrapping::WordOrGlyph)
        .style(theme::selectable(tone))
        .into()
}

/// A span in as many pieces as it has fonts.
fn drawn<'a>(span: &'a Span, ink: Ink) -> impl Iterator<Item = Drawn<'a, String, Font>> {
    let Span { text, style, link } = span;
    let tokens = ink.tokens;
    let font = font_of(*style);
    let color = if style.mention || link.is_some() { tokens.accent } else { (ink.tone)(tokens) };
    emoji_runs(text, style.bold || style.italic).into_iter().map(move |(emoji, run)| {
        let drawn = iced_selection::span(run)
            .font(if emoji { fonts::EMOJI } else { font })
            .color(color)
            .strikethrough(style.strike)
            .link_maybe(link.clone());
        if !style.code {
            return drawn;
        }
        let edge = border::rounded(4).color(tokens.line).width(1);
        drawn.size(ink.points - 1.5).background(tokens.code).border(edge).padding([0, 2])
    })
}

/// Only styles that have a face: another one would be looked for among the system's fonts.
fn font_of(style: Style) -> Font {
    let italic = Font { style: font::Style::Italic, ..fonts::TEXT };
    match style {
        Style { code: true, .. } => fonts::MONO,
        Style { mention: true, .. } => fonts::SEMIBOLD,
        Style { bold: true, italic: true, .. } => Font { weight: font::Weight::Bold, ..italic },
        Style { bold: true, .. } => fonts::BOLD,
        Style { italic: true, .. } => italic,
        _ => fonts::TEXT,
    }
}

fn code<'a>(
    text: &'a std::sync::Arc<str>,
    pieces: &'a [markdown::Piece],
    tokens: &'static Tokens,
) -> Element<'a, Message> {
    let spans = pieces.iter().filter_map(|piece| {
        let color = match piece.kind {
            Kind::Plain => tokens.ink,
            Kind::Word => tokens.accent,
            Kind::Text | Kind::Number => tokens.code_value,
            Kind::Comment => tokens.muted,
        };
        Some(Drawn::new(text.get(piece.range.clone())?).color(color))
    });
    let code = rich(spans.collect(), 13.0, fonts::MONO, theme::ink);
    let code = container(code).padding(iced::Padding::from([9, 12]).right(36));
    let code = scroll::list(code).width(Fill);
    let copy = Message::Hand(hand::Message::Copy(text.clone()));
    let copy = button::round(Icon::Copy, theme::faint, "Copy", Some(copy));
    let copy = container(copy).width(Fill).align_x(Right).padding(3);
    container(stack![code, copy])
        .width(Fill)
        .max_width(620)
        .max_height(CODE_MAX)
        .style(theme::code)
        .clip(true)
        .into()
}

/// What asks for the coloured form of a sign that text fonts have too: ☀, ❤.
const AS_EMOJI: char = '\u{fe0f}';

/// Cuts a text into runs that need the font of emoji and runs that do not. The fonts of styled words have other
/// signs in the place of some emoji: there every one needs it.
fn emoji_runs(text: &str, styled: bool) -> Vec<(bool, &str)> {
    if !styled && !text.contains(AS_EMOJI) {
        return vec![(false, text)];
    }
    let mut runs: Vec<(bool, &str)> = Vec::new();
    let mut start = 0;
    for (at, sign) in text.grapheme_indices(true) {
        let emoji = sign.contains(AS_EMOJI) || (styled && !sign.is_ascii() && emojis::get(sign).is_some());
        let end = at + sign.len();
        match runs.last_mut() {
            Some((same, run)) if *same == emoji => *run = &text[start..end],
            _ => {
                start = at;
                runs.push((emoji, sign));
            }
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_ask_for_colour_get_it() {
        assert_eq!(emoji_runs("a ☀️❤️ b", false), [(false, "a "), (true, "☀️❤️"), (false, " b")]);
        assert_eq!(emoji_runs("👍🏽", false), [(false, "👍🏽")], "no text font has it");
        assert_eq!(emoji_runs("so 🎉!", true), [(false, "so "), (true, "🎉"), (false, "!")]);
        assert_eq!(emoji_runs("", true), []);
    }

    #[test]
    fn long_texts_are_folded_and_emoji_alone_are_large() {
        let kind = |text: &str| Text::read(&TextItem::plain(text)).kind;
        assert_eq!(kind("hello"), Shape::Plain);
        assert_eq!(kind("🎉"), Shape::Large);
        assert_eq!(kind(&"a\n".repeat(100)), Shape::Long);
        assert_eq!(kind(&"x".repeat(16_384)), Shape::Long);
    }
}
