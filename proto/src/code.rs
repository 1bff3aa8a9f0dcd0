//! Codes: twelve characters that a person can dictate. Four name the code, eight are a password for one use, which
//! proves the server to whoever types it as much as it proves them to the server.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::address::is_ignored;

/// Crockford's base 32: no I, L, O and U, so that no two symbols look or sound alike.
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Symbols that name a code.
const NAME_LEN: usize = 4;
/// Symbols of a secret that is good for one use: 40 bits, of which five guesses are allowed.
const SECRET_LEN: usize = 8;
/// Symbols of a secret that is good for several uses: 60 bits. Many people know it, so it proves no server; that it is
/// longer keeps anybody from typing it where a code has to.
const SHARED_SECRET_LEN: usize = 12;
/// Symbols of a code that can be dictated.
pub const CODE_LEN: usize = NAME_LEN + SECRET_LEN;
/// Symbols of a code of several uses, which stands in links only.
pub const SHARED_CODE_LEN: usize = NAME_LEN + SHARED_SECRET_LEN;

/// The value of a symbol. Case is forgiven, and what is easily mistaken for another symbol.
pub(crate) fn value_of(symbol: char) -> Option<u8> {
    let symbol = match symbol.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    SYMBOLS.iter().position(|known| char::from(*known) == symbol).and_then(|at| u8::try_from(at).ok())
}

/// The symbol of the lowest five bits.
pub(crate) fn symbol_of(value: u8) -> char {
    char::from(SYMBOLS[usize::from(value & 31)])
}

/// Which code: its first four symbols. They are no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct CodeName(u32);

impl CodeName {
    /// So many names there are.
    pub const COUNT: u32 = 1 << 20;

    /// The name with this number; what lies above the last one begins again.
    pub fn of(number: u32) -> Self {
        Self(number % Self::COUNT)
    }
}
impl TryFrom<u32> for CodeName {
    type Error = BadCode;
    fn try_from(number: u32) -> Result<Self, BadCode> {
        if number < Self::COUNT { Ok(Self(number)) } else { Err(BadCode::BadCharacter) }
    }
}
impl From<CodeName> for u32 {
    fn from(name: CodeName) -> Self {
        name.0
    }
}
impl fmt::Display for CodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        [15, 10, 5, 0].into_iter().try_for_each(|shift| {
            let low = self.0 >> shift & 31;
            write!(f, "{}", symbol_of(low as u8)) // five bits
        })
    }
}
impl FromStr for CodeName {
    type Err = BadCode;
    fn from_str(typed: &str) -> Result<Self, BadCode> {
        let values = values(typed)?;
        match values.len() {
            NAME_LEN => Ok(name_of(&values)),
            0..NAME_LEN => Err(BadCode::CutShort),
            _ => Err(BadCode::TooLong),
        }
    }
}

/// A code. Its `Debug` shows only which one.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    values: Vec<u8>,
}

/// Why a text is no [`Code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCode {
    /// Fewer characters than a code has.
    #[error("This code is too short: a code has {CODE_LEN} characters.")]
    CutShort,
    /// More characters than a code has.
    #[error("This code is too long: a code has {CODE_LEN} characters.")]
    TooLong,
    /// A character that codes cannot have.
    #[error("A code has digits and letters only, without U.")]
    BadCharacter,
}

impl Code {
    /// The code of this name and secret, for one use or for several.
    pub fn new(name: CodeName, random: [u8; SHARED_SECRET_LEN], shared: bool) -> Self {
        let secret = if shared { SHARED_SECRET_LEN } else { SECRET_LEN };
        let name = [15, 10, 5, 0].map(|shift| (name.0 >> shift & 31) as u8); // five bits
        Self { values: name.into_iter().chain(random[..secret].iter().map(|byte| byte & 31)).collect() }
    }

    /// Reads what a person typed: case, spaces, hyphens and invisible characters are forgiven, and O for 0, I and L
    /// for 1.
    ///
    /// # Errors
    /// [`BadCode`], with a sentence for the person who typed it. A code of several uses is too long.
    pub fn parse(typed: &str) -> Result<Self, BadCode> {
        let values = values(typed)?;
        match values.len() {
            CODE_LEN => Ok(Self { values }),
            0..CODE_LEN => Err(BadCode::CutShort),
            _ => Err(BadCode::TooLong),
        }
    }

    /// A code of either length, from the values of its symbols.
    pub(crate) fn of_values(values: &[u8]) -> Option<Self> {
        let fits =
            matches!(values.len(), CODE_LEN | SHARED_CODE_LEN) && values.iter().all(|value| *value < 32);
        fits.then(|| Self { values: values.to_vec() })
    }

    /// Which code it is.
    pub fn name(&self) -> CodeName {
        name_of(&self.values)
    }

    /// Its secret, as the password that OPAQUE takes: the symbols, in capitals.
    pub fn secret(&self) -> String {
        self.values[NAME_LEN..].iter().map(|value| symbol_of(*value)).collect()
    }

    /// Whether several people know it: it proves no server then.
    pub fn is_shared(&self) -> bool {
        self.values.len() == SHARED_CODE_LEN
    }

    /// Reads the symbols of a code of either length, as a server sends them.
    pub fn from_symbols(symbols: &str) -> Option<Self> {
        let values = symbols.chars().take(SHARED_CODE_LEN + 1).map(value_of).collect::<Option<Vec<_>>>()?;
        Self::of_values(&values)
    }

    /// All symbols, without hyphens.
    pub fn symbols(&self) -> String {
        self.values.iter().map(|value| symbol_of(*value)).collect()
    }
}

/// In groups of four, as it is written down and read out.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups = self.values.chunks(4).map(|group| group.iter().map(|value| symbol_of(*value)).collect());
        f.write_str(&groups.collect::<Vec<String>>().join("-"))
    }
}
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({}-..)", self.name())
    }
}

fn name_of(values: &[u8]) -> CodeName {
    CodeName(values[..NAME_LEN].iter().fold(0, |number, value| number << 5 | u32::from(*value)))
}

/// The values of the symbols, no more of them than show that there are too many.
fn values(typed: &str) -> Result<Vec<u8>, BadCode> {
    let symbols = typed.chars().filter(|c| !is_ignored(*c) && !is_hyphen(*c)).take(CODE_LEN + 1);
    symbols.map(|symbol| value_of(symbol).ok_or(BadCode::BadCharacter)).collect()
}

/// What programs make of a hyphen.
fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_reads_out_in_three_groups() {
        let code = Code::new(CodeName::of(0b00001_00010_11111_00000), [7; 12], false);
        assert_eq!(code.to_string(), "12Z0-7777-7777");
        assert_eq!(code.secret(), "77777777");
        assert_eq!(code.name().to_string(), "12Z0");
        assert_eq!("1 2z-o".parse(), Ok(code.name()));
        assert_eq!(format!("{code:?}"), "Code(12Z0-..)", "the secret is shown by nothing");
        let shared = Code::new(code.name(), [7; 12], true);
        assert!(shared.is_shared() && !code.is_shared());
        assert_eq!(Code::parse(&shared.to_string()), Err(BadCode::TooLong), "it cannot be dictated");
    }

    #[test]
    fn what_people_make_of_a_code_is_understood() {
        let code = Code::parse("10ZA-0001-7K3M").unwrap();
        for typed in
            ["10za00017k3m", " lO Za – oooL – 7K3M\n", "IOZA\u{200b}-OOOi-7k3m", "1-0-z-a 0001\u{2011}7K3M"]
        {
            assert_eq!(Code::parse(typed), Ok(code.clone()), "{typed}");
        }
        assert_eq!(Code::parse("10ZA-0001-7K3"), Err(BadCode::CutShort));
        assert_eq!(Code::parse("10ZA-0001-7K3MM"), Err(BadCode::TooLong));
        assert_eq!(Code::parse("10ZA-0001-7K3U"), Err(BadCode::BadCharacter));
        assert_eq!(Code::parse(""), Err(BadCode::CutShort));
    }

    #[test]
    fn a_name_beyond_the_last_cannot_be_read() {
        let past = postcard::to_stdvec(&CodeName::COUNT).unwrap();
        assert!(postcard::from_bytes::<CodeName>(&past).is_err());
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(name: u32, random: [u8; 12], lower: bool, gap in "[ \t\n-]{0,3}") {
            let code = Code::new(CodeName::of(name), random, false);
            let mut shown = code.to_string().replace('-', &gap);
            if lower {
                shown = shown.to_lowercase();
            }
            prop_assert_eq!(Code::parse(&shown), Ok(code));
        }

        #[test]
        fn nothing_that_is_typed_does_more_than_fail(typed: String) {
            if let Ok(code) = Code::parse(&typed) {
                prop_assert_eq!(Code::parse(&code.to_string()), Ok(code));
            }
        }
    }
}
