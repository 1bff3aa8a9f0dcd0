//! What stands inside a line without a sign of markdown: bare addresses, names behind an `@`, emoji by name.

use linkify::{LinkFinder, LinkKind};

use super::{Span, Style};

/// Whether an address can be opened: on the web, as mail, or inside Snug.
pub(super) fn leads(address: &str) -> bool {
    let scheme = address.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https" | "mailto" | "snug"))
}

/// Cuts a span at addresses and names.
pub(super) fn split(span: Span, mentions: &[String], out: &mut Vec<Span>) {
    if span.style.code || span.link.is_some() {
        out.push(span);
        return;
    }
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url, LinkKind::Email]);
    for part in finder.spans(&span.text) {
        let address = match part.kind() {
            Some(LinkKind::Email) => Some(format!("mailto:{}", part.as_str())),
            Some(_) => Some(part.as_str().to_owned()).filter(|address| leads(address)),
            None => None,
        };
        match address {
            Some(link) => {
                out.push(Span { text: part.as_str().to_owned(), style: span.style, link: Some(link) })
            }
            None => names(part.as_str(), span.style, mentions, out),
        }
    }
}

/// Cuts words at names behind an `@`.
fn names(text: &str, style: Style, mentions: &[String], out: &mut Vec<Span>) {
    let mut rest = 0;
    for (at, _) in text.match_indices('@') {
        if at < rest || text[..at].chars().next_back().is_some_and(char::is_alphanumeric) {
            continue;
        }
        let Some(name) = name_at(&text[at + 1..], mentions) else { continue };
        words(&text[rest..at], style, out);
        rest = at + 1 + name.len();
        out.push(Span {
            text: text[at..rest].to_owned(),
            style: Style { mention: true, ..style },
            link: None,
        });
    }
    words(&text[rest..], style, out);
}

/// The longest name that a text begins with.
fn name_at<'a>(text: &str, mentions: &'a [String]) -> Option<&'a str> {
    let begins = |name: &&str| {
        let after = text.strip_prefix(name).map(|after| after.chars().next());
        after.is_some_and(|next| next.is_none_or(|next| !next.is_alphanumeric()))
    };
    mentions
        .iter()
        .map(String::as_str)
        .filter(|name| !name.is_empty())
        .filter(begins)
        .max_by_key(|name| name.len())
}

fn words(text: &str, style: Style, out: &mut Vec<Span>) {
    if !text.is_empty() {
        out.push(Span { text: emoji_by_name(text), style, link: None });
    }
}

/// Puts emoji where their names stand between colons.
fn emoji_by_name(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(':') {
        out.push_str(before);
        let named = after.split_once(':').and_then(|(name, after)| {
            let apart = !out.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
            let emoji = (apart && name.len() <= NAME_MAX).then(|| emojis::get_by_shortcode(name)).flatten();
            emoji.map(|emoji| (emoji, after))
        });
        match named {
            Some((emoji, after)) => {
                out.push_str(emoji.as_str());
                rest = after;
            }
            None => {
                out.push(':');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// No emoji's name is longer.
const NAME_MAX: usize = 48;
