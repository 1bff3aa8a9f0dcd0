//! A text as people type it, read as markdown: blocks of spans, without drawing.
//!
//! Chat, not a document: a single line break is a line break, HTML is text, bare addresses are links, and a text that
//! goes beyond the limits is shown as it was typed. Nothing a text can say makes this slow or deep.

mod code;
mod inline;
mod safe;

use std::sync::Arc;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd};

pub use code::{Kind, Piece};
pub use safe::shown;

/// How deep quotes, lists and emphasis may lie in each other.
pub const NESTING_MAX: usize = 8;
/// How many spans a text may have.
pub const SPANS_MAX: usize = 500;

/// A part of a text that stands on lines of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Words.
    Text(Vec<Span>),
    /// What somebody else said.
    Quote(Vec<Block>),
    /// Points, numbered from a number on or not.
    List {
        /// The first number.
        from: Option<u64>,
        /// The points.
        items: Vec<Vec<Block>>,
    },
    /// Code, as it was typed.
    Code {
        /// The code; shared, since it can be copied.
        text: Arc<str>,
        /// The same in pieces, by what they are.
        pieces: Vec<Piece>,
    },
}

/// Words of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The words.
    pub text: String,
    /// How they look.
    pub style: Style,
    /// Where they lead.
    pub link: Option<String>,
}

/// How words look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
    /// Struck through.
    pub strike: bool,
    /// Code inside a line.
    pub code: bool,
    /// Somebody's name behind an `@`.
    pub mention: bool,
}

/// Reads a text. `mentions` are the names that count behind an `@`.
pub fn parse(text: &str, mentions: &[String]) -> Vec<Block> {
    let text = safe::shown(text);
    read(&text, mentions).unwrap_or_else(|| plain(&text))
}

/// A text as it was typed, without the line breaks at its end.
fn plain(text: &str) -> Vec<Block> {
    let text = text.trim_end_matches('\n').to_owned();
    vec![Block::Text(vec![Span { text, style: Style::default(), link: None }])]
}

/// Whether a text is one to three emoji and nothing else: shown large.
pub fn is_emoji_only(blocks: &[Block]) -> bool {
    use unicode_segmentation::UnicodeSegmentation;
    let [Block::Text(spans)] = blocks else { return false };
    let [Span { text, style, link: None }] = spans.as_slice() else { return false };
    let mut signs = text.graphemes(true).filter(|sign| !sign.trim().is_empty());
    *style == Style::default()
        && text.len() < 120
        && signs.clone().count() <= 3
        && !text.is_empty()
        && signs.all(|sign| emojis::get(sign).is_some())
}

/// `None` beyond the limits, and for what markdown would swallow.
fn read(text: &str, mentions: &[String]) -> Option<Vec<Block>> {
    let parser = Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH);
    // A definition would vanish from the text.
    if parser.reference_definitions().iter().next().is_some() {
        return None;
    }
    let mut reader = Reader { mentions, ..Reader::default() };
    for (event, range) in parser.into_offset_iter() {
        match event {
            // A line across is shown as it was typed: chat has no chapters.
            Event::Rule => reader.line_of_its_own(&text[range]),
            event => reader.take(event)?,
        }
    }
    reader.end_line();
    let blocks = reader.open.pop()?.blocks;
    (!blocks.is_empty()).then_some(blocks)
}

/// A quote, list or point that has begun; the bottom one is the text itself.
#[derive(Debug, Default)]
struct Open {
    blocks: Vec<Block>,
    points: Vec<Vec<Block>>,
    from: Option<u64>,
    holds: Holds,
}

/// What an [`Open`] is made of.
#[derive(Debug, Default, PartialEq, Eq)]
enum Holds {
    #[default]
    Blocks,
    Points,
}

#[derive(Debug)]
struct Reader<'a> {
    mentions: &'a [String],
    open: Vec<Open>,
    line: Vec<Span>,
    style: Style,
    styles: Vec<Style>,
    links: Vec<String>,
    code: Option<(String, String)>,
    spans: usize,
}

impl Default for Reader<'_> {
    fn default() -> Self {
        Self {
            mentions: &[],
            open: vec![Open::default()],
            line: Vec::new(),
            style: Style::default(),
            styles: Vec::new(),
            links: Vec::new(),
            code: None,
            spans: 0,
        }
    }
}

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>) -> Option<()> {
        match event {
            Event::Start(tag) => self.start(tag)?,
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some((_, code)) => code.push_str(&text),
                None => self.words(&text),
            },
            Event::Code(text) => {
                let style = Style { code: true, ..self.style };
                self.push(&text, style);
            }
            Event::Html(text) | Event::InlineHtml(text) => self.words(&text),
            Event::SoftBreak | Event::HardBreak => self.words("\n"),
            // Only with options that are off.
            Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_)
            | Event::Rule => {}
        }
        (self.spans <= SPANS_MAX).then_some(())
    }

    fn start(&mut self, tag: Tag<'_>) -> Option<()> {
        match tag {
            Tag::BlockQuote(_) | Tag::Item => {
                self.end_line();
                self.open.push(Open::default());
            }
            Tag::List(from) => {
                self.end_line();
                self.open.push(Open { from, holds: Holds::Points, ..Open::default() });
            }
            Tag::CodeBlock(kind) => {
                self.end_line();
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language,
                    CodeBlockKind::Indented => CowStr::Borrowed(""),
                };
                self.code = Some((language.to_string(), String::new()));
            }
            Tag::Emphasis => self.restyle(|style| style.italic = true),
            Tag::Strong | Tag::Heading { .. } => self.restyle(|style| style.bold = true),
            Tag::Strikethrough => self.restyle(|style| style.strike = true),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => self.links.push(dest_url.to_string()),
            _ => self.end_line(),
        }
        (self.depth() <= NESTING_MAX).then_some(())
    }

    /// How many quotes, lists and emphases lie in each other here. A list and its point are one step.
    fn depth(&self) -> usize {
        let steps = self.open.iter().skip(1).filter(|open| open.holds != Holds::Points).count();
        steps + self.styles.len() + self.links.len()
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::BlockQuote(_) => {
                if let Some(quote) = self.close() {
                    self.block(Block::Quote(quote.blocks));
                }
            }
            TagEnd::Item => {
                if let (Some(point), Some(list)) = (self.close(), self.open.last_mut()) {
                    list.points.push(point.blocks);
                }
            }
            TagEnd::List(_) => {
                if let Some(list) = self.close() {
                    self.block(Block::List { from: list.from, items: list.points });
                }
            }
            TagEnd::CodeBlock => {
                if let Some((language, mut text)) = self.code.take() {
                    text.truncate(text.trim_end_matches('\n').len());
                    let pieces = code::pieces(&language, &text);
                    self.spans += 1;
                    self.block(Block::Code { text: text.into(), pieces });
                }
            }
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {
                self.style = self.styles.pop().unwrap_or_default();
            }
            TagEnd::Heading(_) => {
                self.style = self.styles.pop().unwrap_or_default();
                self.end_line();
            }
            TagEnd::Link | TagEnd::Image => self.end_link(),
            _ => self.end_line(),
        }
    }

    /// What leads nowhere that can be opened says in words where it wanted to.
    fn end_link(&mut self) {
        let Some(link) = self.links.pop() else { return };
        if !inline::leads(&link) && self.links.is_empty() {
            self.push(&format!(" ({link})"), self.style);
        }
    }

    /// Ends what was open; its last line belongs to it.
    fn close(&mut self) -> Option<Open> {
        self.end_line();
        // The bottom one stays, whatever the parser says.
        if self.open.len() > 1 { self.open.pop() } else { None }
    }

    fn line_of_its_own(&mut self, text: &str) {
        self.end_line();
        self.words(text);
        self.end_line();
    }

    fn restyle(&mut self, change: impl FnOnce(&mut Style)) {
        self.styles.push(self.style);
        change(&mut self.style);
    }

    fn words(&mut self, text: &str) {
        self.push(text, self.style);
    }

    /// Adds words to the line. Words of one kind stay together, so that an address is found whole.
    fn push(&mut self, text: &str, style: Style) {
        let link = self.links.last().filter(|link| inline::leads(link)).cloned();
        match self.line.last_mut() {
            Some(last) if last.style == style && last.link == link && !style.code => last.text.push_str(text),
            _ => {
                self.spans += 1;
                self.line.push(Span { text: text.to_owned(), style, link });
            }
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let before = line.len();
        let mut spans = Vec::with_capacity(before);
        for span in line {
            inline::split(span, self.mentions, &mut spans);
        }
        self.spans += spans.len().saturating_sub(before);
        if let Some(last) = spans.last_mut() {
            last.text.truncate(last.text.trim_end_matches('\n').len());
        }
        if spans.iter().any(|span| !span.text.trim().is_empty()) {
            self.block(Block::Text(spans));
        }
    }

    fn block(&mut self, block: Block) {
        if let Some(open) = self.open.last_mut() {
            open.blocks.push(block);
        }
    }
}

#[cfg(test)]
mod tests;
