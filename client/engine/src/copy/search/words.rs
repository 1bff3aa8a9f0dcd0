//! Words of a text as the index knows them: without case and accents, and in scripts without spaces one for each
//! character. Texts, queries and the marks in results are all cut by this one function, so they always agree.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};

/// The longest word the index tells apart, in characters: nobody looks for more.
const WORD_CHARS_MAX: usize = 64;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Where it stands, in bytes.
    pub(crate) range: Range<usize>,
    /// As it stands in the index: letters, digits and marks only.
    pub(crate) folded: String,
    /// It is one character of a script without spaces, and never the beginning of a longer word.
    pub(crate) whole: bool,
}

/// The words of a text, in their order.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut open: Option<(usize, usize, bool)> = None;
    for (at, char) in text.char_indices() {
        let end = at + char.len_utf8();
        open = match (class(char), open) {
            // An accent belongs to what it stands on.
            (Class::Mark, Some((start, _, whole))) => Some((start, end, whole)),
            (Class::Letter, Some((start, _, false))) => Some((start, end, false)),
            (class, before) => {
                words.extend(before.and_then(|(start, end, whole)| word(text, start..end, whole)));
                match class {
                    Class::Letter => Some((at, end, false)),
                    Class::Spaceless => Some((at, end, true)),
                    Class::Mark | Class::Other => None,
                }
            }
        };
    }
    words.extend(open.and_then(|(start, end, whole)| word(text, start..end, whole)));
    words
}

/// The words of a text as the index keeps them.
pub(crate) fn indexed(text: &str) -> String {
    let folded: Vec<String> = words(text).into_iter().map(|word| word.folded).collect();
    folded.join(" ")
}

/// A text without case and accents: what looks for it need not know them.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // There and back, so that ß becomes ss and a Greek sigma is the same at the end of a word.
    text.nfkd()
        .filter(|char| !is_accent(*char))
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkc()
        .collect()
}

fn word(text: &str, range: Range<usize>, whole: bool) -> Option<Word> {
    // What is far longer than any word is not looked at to its end.
    let beginning: String = text[range.clone()].chars().take(2 * WORD_CHARS_MAX).collect();
    let folded =
        fold(&beginning).chars().filter(|char| is_part(*char)).take(WORD_CHARS_MAX).collect::<String>();
    (!folded.is_empty()).then_some(Word { range, folded, whole })
}

enum Class {
    Letter,
    Mark,
    Spaceless,
    Other,
}

fn class(char: char) -> Class {
    if char.is_ascii() {
        if char.is_ascii_alphanumeric() { Class::Letter } else { Class::Other }
    } else if is_combining_mark(char) {
        Class::Mark
    } else if !char.is_alphanumeric() {
        Class::Other
    } else if is_spaceless(char) {
        Class::Spaceless
    } else {
        Class::Letter
    }
}

fn is_part(char: char) -> bool {
    char.is_alphanumeric() || is_combining_mark(char)
}

/// Whether words of this script are written without spaces between them.
fn is_spaceless(char: char) -> bool {
    use Script::{Bopomofo, Han, Hiragana, Katakana, Khmer, Lao, Myanmar, Tai_Tham, Thai};
    let of = |script| {
        matches!(script, Han | Hiragana | Katakana | Bopomofo | Thai | Lao | Khmer | Myanmar | Tai_Tham)
    };
    // The long sound mark and the like are shared by Hiragana and Katakana.
    of(char.script())
        || (char.script() == Script::Common && char.script_extension().contains_script(Script::Katakana))
            && !char.script_extension().is_common()
}

/// Marks that people leave out when they look for something; vowels of Indic and Thai scripts are no such marks.
fn is_accent(char: char) -> bool {
    use Script::{Arabic, Cyrillic, Greek, Hebrew, Inherited, Latin, Syriac};
    const VOICED: [char; 2] = ['\u{3099}', '\u{309a}'];
    const KASHIDA: char = '\u{640}';
    let of = |script| matches!(script, Inherited | Latin | Greek | Cyrillic | Arabic | Hebrew | Syriac);
    char == KASHIDA || is_combining_mark(char) && of(char.script()) && !VOICED.contains(&char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_accents_do_not_matter() {
        assert_eq!(indexed("Crème BRÛLÉE, Straße!"), "creme brulee strasse");
        assert_eq!(indexed("cre\u{300}me"), indexed("crème"));
        assert_eq!(indexed("İstanbul ısı"), "istanbul isi");
        assert_eq!(indexed("ﬁne ｆｕｌｌ"), "fine full");
    }

    #[test]
    fn greek_cyrillic_arabic_and_hebrew_are_words() {
        assert_eq!(indexed("ΟΔΟΣ οδός"), "οδοσ οδοσ");
        assert_eq!(indexed("Ёлка елка"), "елка елка");
        // With and without its short vowels, and with a lengthened stroke.
        assert_eq!(indexed("مُحَمَّد محمد محـمد"), "محمد محمد محمد");
        assert_eq!(indexed("שָׁלוֹם"), indexed("שלום"));
    }

    #[test]
    fn scripts_without_spaces_are_cut_into_characters() {
        assert_eq!(indexed("東京都に行く"), "東 京 都 に 行 く");
        assert_eq!(indexed("タワー東京tower2"), "タ ワ ー 東 京 tower2");
        assert_eq!(indexed("がか"), "が か");
        // A vowel above or below stays with its consonant.
        assert_eq!(indexed("กินข้าว"), "กิ น ข้ า ว");
        assert_eq!(indexed("안녕하세요 세계"), "안녕하세요 세계");
    }

    #[test]
    fn hindi_keeps_its_vowels() {
        assert_eq!(words("हिन्दी में").len(), 2);
        assert_ne!(indexed("की"), indexed("का"));
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "Zwei Wörter: 東京";
        let parts: Vec<_> = words(text).into_iter().map(|word| &text[word.range]).collect();
        assert_eq!(parts, ["Zwei", "Wörter", "東", "京"]);
    }

    #[test]
    fn what_is_no_word_is_none_and_long_ones_are_cut() {
        assert_eq!(words("… \u{301} !? 🎉 \u{202e}"), []);
        let long = "a".repeat(16 * 1024);
        assert_eq!(indexed(&long).len(), WORD_CHARS_MAX);
    }
}
