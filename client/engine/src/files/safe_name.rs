//! Names for received files. The sender chooses a name; what is safe to write, and honest to show, is made of it.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Bytes of a name that common file systems take.
const NAME_BYTES_MAX: usize = 255;
/// Bytes kept free for the number of a [`numbered`] name, up to " (9999)".
const NUMBER_BYTES: usize = 8;
/// Bytes of a safe name.
pub const SAFE_NAME_BYTES_MAX: usize = NAME_BYTES_MAX - NUMBER_BYTES;
/// What stands behind the last dot is an ending only up to this length, dot included; longer is just a name.
const ENDING_BYTES_MAX: usize = 24;
/// What a file is called whose name leaves nothing.
const NAMELESS: &str = "file";

/// A name that is safe in any folder of any common system, and looks like what it is: the last part of the path
/// without characters that have a meaning to file systems or are not seen, without a dot in front, never one of
/// Windows' devices, in NFC, and short enough to be [`numbered`].
pub fn safe_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or_default();
    let visible: String = spaces_joined(last.chars().filter(|&c| !is_unseen(c)).map(tamed)).nfc().collect();
    let bare = visible.trim_start_matches(['.', ' ']).trim_end_matches(['.', ' ']);
    // Cutting can lay a device's name bare, so it is looked for before and after.
    let name = no_device(&cut(&no_device(bare)));
    if name.is_empty() { NAMELESS.to_owned() } else { name }
}

/// The same name with a number before its ending: what a file is called when the name is taken.
pub fn numbered(safe: &str, number: u32) -> String {
    let (stem, ending) = split_ending(safe);
    format!("{stem} ({number}){ending}")
}

/// A character as it may stand in a name.
fn tamed(c: char) -> char {
    match c {
        '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' => '_',
        // BRAILLE PATTERN BLANK looks like a space and is none.
        '\u{2800}' => ' ',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

/// Many spaces would push a name's ending out of sight.
fn spaces_joined(chars: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let mut last = None;
    chars.filter(move |&c| last.replace(c) != Some(' ') || c != ' ')
}

/// Control, format and direction characters, and whatever else Unicode says is not drawn: with them a name can look
/// like another one, or like another kind of file. (General categories Cc, Cf, Zl, Zp; Default_Ignorable_Code_Point;
/// noncharacters and private use.)
fn is_unseen(c: char) -> bool {
    // Tabs and line breaks separate words: they become spaces.
    (c.is_control() && !c.is_whitespace())
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
            | '\u{890}' | '\u{891}' | '\u{8e2}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Windows gives devices these names in every folder, with any ending.
fn no_device(name: &str) -> String {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    let port = |prefix| {
        stem.strip_prefix(prefix).is_some_and(|rest: &str| {
            let mut digits = rest.chars();
            matches!((digits.next(), digits.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    let is_device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$")
        || port("COM")
        || port("LPT");
    if is_device { format!("_{name}") } else { name.to_owned() }
}

/// Shortens the stem, on a grapheme where that leaves something, and keeps the ending.
fn cut(name: &str) -> String {
    if name.len() <= SAFE_NAME_BYTES_MAX {
        return name.to_owned();
    }
    let (stem, ending) = split_ending(name);
    let room = SAFE_NAME_BYTES_MAX - ending.len();
    let on_grapheme = stem
        .grapheme_indices(true)
        .map(|(at, grapheme)| at + grapheme.len())
        .take_while(|&end| end <= room)
        .last();
    // One letter may carry more marks than a name has room for.
    let end = on_grapheme.unwrap_or_else(|| stem.floor_char_boundary(room));
    let whole = format!("{}{ending}", stem[..end].trim_end_matches(['.', ' ']));
    whole.trim_end_matches(['.', ' ']).to_owned()
}

/// The stem and the ending with its dot; `.tar.gz` and its like count as one ending.
fn split_ending(name: &str) -> (&str, &str) {
    let at = |name: &str| name.rfind('.').filter(|&dot| dot > 0);
    let Some(dot) = at(name).filter(|&dot| name.len() - dot <= ENDING_BYTES_MAX) else { return (name, "") };
    match at(&name[..dot]) {
        Some(earlier) if name[earlier..dot].eq_ignore_ascii_case(".tar") => name.split_at(earlier),
        _ => name.split_at(dot),
    }
}

#[cfg(test)]
mod tests;
