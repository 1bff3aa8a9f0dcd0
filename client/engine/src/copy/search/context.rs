//! The text around what was found.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::query::Phrase;
use super::words::{Word, words};

/// What is shown of a text, in characters as people count them.
const CONTEXT_LEN: usize = 160;
/// And in bytes, whatever stands on top of each other.
const CONTEXT_BYTES_MAX: usize = 4096;
/// What is shown before the first hit.
const BEFORE_LEN: usize = 40;

/// A part of a text around the first hit, cut into what was looked for and what was not.
pub(crate) fn context(text: &str, phrases: &[Phrase]) -> Vec<(String, bool)> {
    let words = words(text);
    let hits = hits(&words, phrases);
    let first = hits.first().map_or(0, |hit| hit.start);
    let shown = window(text, first);
    let mut parts = Vec::new();
    if shown.start > 0 {
        parts.push(("…".to_owned(), false));
    }
    let mut at = shown.start;
    for hit in hits {
        let hit = hit.start.max(at)..hit.end.min(shown.end);
        if hit.is_empty() {
            continue;
        }
        push(&mut parts, &text[at..hit.start], false);
        push(&mut parts, &text[hit.clone()], true);
        at = hit.end;
    }
    push(&mut parts, &text[at..shown.end], false);
    if shown.end < text.len() {
        push(&mut parts, "…", false);
    }
    parts
}

/// Adds to the last part where it is of the same sort. A result is one line.
fn push(parts: &mut Vec<(String, bool)>, text: &str, hit: bool) {
    if text.is_empty() {
        return;
    }
    let text = text.replace(char::is_control, " ");
    match parts.last_mut() {
        Some((last, same)) if *same == hit => last.push_str(&text),
        _ => parts.push((text, hit)),
    }
}

/// Where the phrases stand, ascending and without overlaps.
fn hits(words: &[Word], phrases: &[Phrase]) -> Vec<Range<usize>> {
    let mut hits: Vec<Range<usize>> = Vec::new();
    for start in 0..words.len() {
        let length = phrases.iter().filter(|phrase| stands_at(&words[start..], phrase));
        let Some(length) = length.map(|phrase| phrase.words.len()).max() else { continue };
        let range = words[start].range.start..words[start + length - 1].range.end;
        match hits.last_mut() {
            Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
            _ => hits.push(range),
        }
    }
    hits
}

fn stands_at(words: &[Word], phrase: &Phrase) -> bool {
    let Some((last, before)) = phrase.words.split_last() else { return false };
    let Some(here) = words.get(..phrase.words.len()) else { return false };
    let (end, start) = (&here[before.len()], &here[..before.len()]);
    let ends = if phrase.open { end.folded.starts_with(last) } else { end.folded == *last };
    ends && start.iter().zip(before).all(|(word, wanted)| word.folded == *wanted)
}

/// The part of the text to show, cut between characters, at its beginning between words where one is near.
fn window(text: &str, first: usize) -> Range<usize> {
    let back: Vec<(usize, &str)> = text[..first].grapheme_indices(true).rev().take(BEFORE_LEN).collect();
    let start = match back.last() {
        Some(&(furthest, _)) if furthest > 0 => {
            let space = back.iter().rev().find(|(_, grapheme)| grapheme.trim().is_empty());
            space.map_or(furthest, |(at, grapheme)| at + grapheme.len())
        }
        _ => 0,
    };
    let end = text[start..].grapheme_indices(true).nth(CONTEXT_LEN);
    let end = end.map_or(text.len(), |(at, _)| start + at);
    start..end.min(text.floor_char_boundary(start + CONTEXT_BYTES_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(words: &[&str], open: bool) -> Phrase {
        Phrase { words: words.iter().map(|word| (*word).to_owned()).collect(), open }
    }
    fn marked(text: &str, phrases: &[Phrase]) -> String {
        let parts = context(text, phrases);
        parts.into_iter().map(|(part, hit)| if hit { format!("[{part}]") } else { part }).collect()
    }

    #[test]
    fn hits_are_marked_as_they_stand_in_the_text() {
        assert_eq!(marked("Ein Wörterbuch, ja!", &[phrase(&["wort"], true)]), "Ein [Wörterbuch], ja!");
        assert_eq!(marked("ja Ja\nNEIN ja", &[phrase(&["ja"], false)]), "[ja] [Ja] NEIN [ja]");
        assert_eq!(marked("a b, a c", &[phrase(&["a", "c"], false)]), "a b, [a c]");
        assert_eq!(marked("東京都に行く", &[phrase(&["東", "京"], false)]), "[東京]都に行く");
        assert_eq!(marked("nothing here", &[]), "nothing here");
    }

    #[test]
    fn a_long_text_is_cut_around_the_first_hit() {
        let text = format!("{}needle {}", "hay ".repeat(500), "straw ".repeat(500));
        let shown = marked(&text, &[phrase(&["needle"], false)]);
        assert!(shown.starts_with("…hay ") && shown.contains("hay [needle] straw") && shown.ends_with('…'));
        assert!(shown.chars().count() <= CONTEXT_LEN + 4);
        let zalgo = "a\u{301}\u{302}".repeat(5000);
        assert!(marked(&zalgo, &[]).graphemes(true).count() <= CONTEXT_LEN + 1);
        let tower = format!("a{}", "\u{301}".repeat(8000));
        assert!(marked(&tower, &[]).len() <= CONTEXT_BYTES_MAX + 3);
    }
}
