//! A server's identity: SHA-256 of its public key (the certificate's SubjectPublicKeyInfo, RFC 5280 §4.1.2.7).

use std::fmt;
use std::str::FromStr;

use bip39::Language;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// SHA-256 of a SubjectPublicKeyInfo in DER.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fingerprint(pub [u8; 32]);

/// A text that is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no fingerprint")]
pub struct NoFingerprint;

/// Words shown to people.
pub const WORDS: usize = 8;
const BITS_PER_WORD: usize = 11;

impl Fingerprint {
    /// The fingerprint of a public key.
    pub fn of_spki(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }

    /// The first 88 bits as eight words of BIP-39's English list: what people compare aloud.
    pub fn words(&self) -> [&'static str; WORDS] {
        let list = Language::English.word_list();
        std::array::from_fn(|word| {
            let bits = word * BITS_PER_WORD..(word + 1) * BITS_PER_WORD;
            let index = bits.fold(0, |n, bit| n << 1 | usize::from(self.0[bit / 8] >> (7 - bit % 8) & 1));
            list[index]
        })
    }

    /// The words in one line.
    pub fn phrase(&self) -> String {
        self.words().join(" ")
    }
}
/// All 256 bits: `3F:9A:…`.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02X}", if at == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}
/// Reads all 256 bits in hex, with or without colons.
impl FromStr for Fingerprint {
    type Err = NoFingerprint;
    fn from_str(text: &str) -> Result<Self, NoFingerprint> {
        let digit = |c: char| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or(NoFingerprint);
        let digits = text.trim().chars().filter(|c| *c != ':').map(digit).collect::<Result<Vec<u8>, _>>()?;
        let bytes: Vec<u8> =
            digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
        if digits.len() == 64 {
            bytes.try_into().map(Self).map_err(|_| NoFingerprint)
        } else {
            Err(NoFingerprint)
        }
    }
}
impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_first_88_bits() {
        assert_eq!(Fingerprint([0; 32]).words(), ["abandon"; 8]);
        assert_eq!(Fingerprint([0xff; 32]).words(), ["zoo"; 8]);
        let mut bits = [0; 32];
        bits[1] = 0b0010_0000; // bit 10: the last of the first word
        bits[11] = 0xff; // bit 88 and on: not shown
        assert_eq!(
            Fingerprint(bits).phrase(),
            "ability abandon abandon abandon abandon abandon abandon abandon"
        );
    }

    #[test]
    fn hex_shows_everything() {
        let text = Fingerprint([0x3f; 32]).to_string();
        assert!(text.starts_with("3F:3F:"));
        assert_eq!(text.len(), 32 * 3 - 1);
        assert_eq!(text.parse(), Ok(Fingerprint([0x3f; 32])));
        assert_eq!(text.replace(':', "").to_lowercase().parse(), Ok(Fingerprint([0x3f; 32])));
        for bad in ["", "3F", &text[1..], &format!("{text}:00"), &text.replace('F', "G")] {
            assert_eq!(bad.parse::<Fingerprint>(), Err(NoFingerprint));
        }
    }
}
