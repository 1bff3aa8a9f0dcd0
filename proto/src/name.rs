//! Names of people: valid by construction, and unique by how they look.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::GeneralSecurityProfile;

use crate::bounded::Text;
use crate::limits::{NAME_BYTES_MAX, NAME_CHARS_MAX};

/// A person's name on one server: 2 to 32 letters, digits, `.`, `_` or `-`, in NFKC, beginning with a letter or
/// digit. Letters are those that UTS 39 allows in identifiers.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Text<NAME_BYTES_MAX>", into = "Text<NAME_BYTES_MAX>")]
pub struct Username(String);

/// Why a text is no [`Username`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Fewer than two characters.
    #[error("A name has at least two characters.")]
    TooShort,
    /// More than 32 characters.
    #[error("A name has at most {NAME_CHARS_MAX} characters.")]
    TooLong,
    /// It does not begin with a letter or digit.
    #[error("A name begins with a letter or a digit.")]
    BadStart,
    /// A character that names cannot have.
    #[error("A name has letters, digits, “.”, “_” and “-” only.")]
    BadCharacter,
}

/// Trims, normalizes to NFKC and checks; `between` are the characters allowed beside letters and digits.
fn check(typed: &str, between: &[char]) -> Result<String, BadName> {
    // Normalizing stops at the first character too many.
    let name: String = typed.trim().nfkc().take(NAME_CHARS_MAX + 1).collect();
    match name.chars().count() {
        0 | 1 => return Err(BadName::TooShort),
        len if len > NAME_CHARS_MAX => return Err(BadName::TooLong),
        _ => {}
    }
    if !name.starts_with(char::is_alphanumeric) {
        return Err(BadName::BadStart);
    }
    // UTS 39 allows some punctuation inside identifiers ("'", ":", "·", …); a name stands inside sentences.
    let is_letter = |c: char| c.identifier_allowed() && (c.is_alphanumeric() || is_combining_mark(c));
    let fits = |c: char| between.contains(&c) || is_letter(c);
    if !name.chars().all(fits) {
        return Err(BadName::BadCharacter);
    }
    Ok(name)
}

/// What names that look alike have in common (UTS 39 §4): two names with the same skeleton are one.
fn skeleton(name: &str) -> String {
    // Lower case before and after: some capitals look like another letter's small form.
    let lower: String = name.chars().flat_map(char::to_lowercase).collect();
    let skeleton: String = unicode_security::skeleton(&lower).collect();
    skeleton.chars().flat_map(char::to_lowercase).nfkc().collect()
}

impl Username {
    /// Trims, normalizes to NFKC and checks.
    ///
    /// # Errors
    /// [`BadName`], with a sentence for the person who typed it.
    pub fn new(typed: &str) -> Result<Self, BadName> {
        check(typed, &['.', '_', '-']).map(Self)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What names that look alike have in common (UTS 39 §4): two names with the same skeleton are one.
    pub fn skeleton(&self) -> String {
        skeleton(&self.0)
    }
}

/// A room's name: as a [`Username`], and it may have single spaces inside.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Text<NAME_BYTES_MAX>", into = "Text<NAME_BYTES_MAX>")]
pub struct RoomName(String);

impl RoomName {
    /// Trims, folds white space, normalizes to NFKC and checks.
    ///
    /// # Errors
    /// [`BadName`], with a sentence for the person who typed it.
    pub fn new(typed: &str) -> Result<Self, BadName> {
        let folded = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        check(&folded, &['.', '_', '-', ' ']).map(Self)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What names that look alike have in common (UTS 39 §4).
    pub fn skeleton(&self) -> String {
        skeleton(&self.0)
    }
}
impl TryFrom<Text<NAME_BYTES_MAX>> for RoomName {
    type Error = BadName;
    fn try_from(sent: Text<NAME_BYTES_MAX>) -> Result<Self, BadName> {
        let name = Self::new(sent.as_str())?;
        if name.0 == sent.as_str() { Ok(name) } else { Err(BadName::BadCharacter) }
    }
}
impl From<RoomName> for Text<NAME_BYTES_MAX> {
    fn from(name: RoomName) -> Self {
        Self::new(name.0).expect("32 characters are at most 128 bytes")
    }
}
impl fmt::Debug for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoomName(..)")
    }
}
impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<Text<NAME_BYTES_MAX>> for Username {
    type Error = BadName;
    fn try_from(sent: Text<NAME_BYTES_MAX>) -> Result<Self, BadName> {
        let name = Self::new(sent.as_str())?;
        // On the wire a name is in its one form already: who signs over it must see the same bytes.
        if name.0 == sent.as_str() { Ok(name) } else { Err(BadName::BadCharacter) }
    }
}
impl From<Username> for Text<NAME_BYTES_MAX> {
    fn from(name: Username) -> Self {
        Self::new(name.0).expect("32 characters are at most 128 bytes")
    }
}
impl From<Username> for String {
    fn from(name: Username) -> Self {
        name.0
    }
}
impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Username(..)")
    }
}
impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(typed: &str) -> Result<String, BadName> {
        Username::new(typed).map(String::from)
    }

    #[test]
    fn names_of_many_languages_are_names() {
        for good in ["alice", "Bashir", "Chloé", "дмитрий", "美咲", "a.b-c_d", "x2", "سارة", "रवि"]
        {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        assert_eq!(name("  ａｌｉｃｅ "), Ok("alice".to_owned()), "trimmed and NFKC");
    }

    #[test]
    fn what_is_no_name_is_told_why() {
        assert_eq!(name("a"), Err(BadName::TooShort));
        assert_eq!(name(&"a".repeat(33)), Err(BadName::TooLong));
        assert_eq!(name("-alice"), Err(BadName::BadStart));
        for bad in ["al ice", "al\u{202e}ice", "al\u{200b}ice", "a\nb", "al😀", "a/b", "a<b"] {
            assert_eq!(name(bad), Err(BadName::BadCharacter), "{bad:?}");
        }
    }

    #[test]
    fn punctuation_that_reads_as_part_of_a_sentence_is_no_part_of_a_name() {
        for bad in ["o'hara", "o’hara", "a:b", "a·b", "a‐b"] {
            assert_eq!(name(bad), Err(BadName::BadCharacter), "{bad:?}");
        }
    }

    #[test]
    fn names_that_look_alike_are_one() {
        let skeleton = |typed: &str| Username::new(typed).unwrap().skeleton();
        assert_eq!(skeleton("alice"), skeleton("ALICE"));
        assert_eq!(skeleton("alice"), skeleton("аlice"), "Cyrillic а");
        assert_eq!(skeleton("max"), skeleton("rnax"), "m looks like rn");
        assert_ne!(skeleton("alice"), skeleton("bob"));
    }

    #[test]
    fn a_room_may_have_spaces_in_its_name() {
        assert_eq!(RoomName::new("  Harvest   trip ").unwrap().as_str(), "Harvest trip");
        assert!(RoomName::new("a\u{202e}b").is_err());
        assert_eq!(
            RoomName::new("Recipes").unwrap().skeleton(),
            RoomName::new("recipes").unwrap().skeleton()
        );
        let raw = postcard::to_stdvec("two  spaces").unwrap();
        assert!(postcard::from_bytes::<RoomName>(&raw).is_err(), "on the wire it has one form");
    }

    #[test]
    fn on_the_wire_a_name_has_one_form() {
        let raw = postcard::to_stdvec(" alice").unwrap();
        assert!(postcard::from_bytes::<Username>(&raw).is_err());
        let good = postcard::to_stdvec("alice").unwrap();
        assert_eq!(postcard::from_bytes::<Username>(&good).unwrap().as_str(), "alice");
    }
}
