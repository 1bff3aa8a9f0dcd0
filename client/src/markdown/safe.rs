//! Signs that would change how others are shown, made harmless.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

/// Signs stacked on one place: the longest emoji has fewer.
const STACK_MAX: usize = 16;

/// A text as it can be shown: what turns the direction of others round is visible, stacks of accents are cut, and
/// of the control signs line break and tab are left.
pub fn shown(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.bytes().any(is_control) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for sign in text.graphemes(true) {
        for (at, c) in sign.chars().enumerate() {
            match c {
                '\n' | '\t' => out.push(c),
                c if turns(c) => out.push('\u{fffd}'),
                c if c.is_control() || at >= STACK_MAX => {}
                c => out.push(c),
            }
        }
    }
    Cow::Owned(out)
}

fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && byte != b'\n' && byte != b'\t'
}

/// Embeddings, overrides and isolates: with them a text can be made to read as something else.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_the_direction_is_visible() {
        assert_eq!(shown("invoice\u{202e}fdp.exe"), "invoice\u{fffd}fdp.exe");
        assert_eq!(shown("\u{2067}x\u{2069}"), "\u{fffd}x\u{fffd}");
        assert_eq!(shown("שלום عالم"), "שלום عالم", "ordinary text of any direction stays");
    }

    #[test]
    fn stacks_are_cut_and_emoji_are_whole() {
        let zalgo = format!("a{}b", "\u{0301}".repeat(5000));
        assert_eq!(shown(&zalgo).chars().count(), STACK_MAX + 1);
        for whole in ["👨‍👩‍👧‍👦", "👩🏽‍❤️‍💋‍👨🏿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "é", "नमस्ते"]
        {
            assert_eq!(shown(whole), whole);
        }
    }

    #[test]
    fn control_signs_go() {
        assert_eq!(shown("a\u{7}b\r\nc\td\u{1b}[31m"), "ab\nc\td[31m");
    }
}
