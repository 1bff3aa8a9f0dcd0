//! Lists, texts and bytes that know their maximum, so that a frame full of tiny elements cannot grow in memory.
//!
//! The bound is checked when a value is made and again while one is decoded, before more is allocated than it allows.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

/// A value was longer than its type allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{len} is over the limit of {max}")]
pub struct TooLong {
    /// What was given: elements, or bytes.
    pub len: usize,
    /// What fits.
    pub max: usize,
}

fn check(len: usize, max: usize) -> Result<(), TooLong> {
    if len > max { Err(TooLong { len, max }) } else { Ok(()) }
}

/// At most `MAX` elements.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct List<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> List<T, MAX> {
    /// Refuses more than `MAX` elements.
    pub fn new(items: Vec<T>) -> Result<Self, TooLong> {
        check(items.len(), MAX)?;
        Ok(Self(items))
    }
    /// The elements.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}
impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}
impl<T, const MAX: usize> Deref for List<T, MAX> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}
impl<T, const MAX: usize> IntoIterator for List<T, MAX> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
impl<T: Serialize, const MAX: usize> Serialize for List<T, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements<T, const MAX: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Elements<T, MAX> {
            type Value = Vec<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "at most {MAX} elements")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
                let announced = seq.size_hint().unwrap_or(0);
                check(announced, MAX).map_err(de::Error::custom)?;
                let mut items = Vec::with_capacity(announced.min(MAX));
                while let Some(item) = seq.next_element()? {
                    check(items.len() + 1, MAX).map_err(de::Error::custom)?;
                    items.push(item);
                }
                Ok(items)
            }
        }
        deserializer.deserialize_seq(Elements::<T, MAX>(PhantomData)).map(Self)
    }
}

/// At most `MAX` bytes of UTF-8. Its `Debug` shows the length only: texts are never logged.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// Refuses more than `MAX` bytes.
    pub fn new(text: impl Into<String>) -> Result<Self, TooLong> {
        let text = text.into();
        check(text.len(), MAX)?;
        Ok(Self(text))
    }
    /// Keeps what fits, cut on a character.
    pub fn cut(text: &str) -> Self {
        Self(text[..text.floor_char_boundary(MAX)].to_owned())
    }
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}
impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}
impl<const MAX: usize> Serialize for Text<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Str<const MAX: usize>;
        impl<const MAX: usize> Visitor<'_> for Str<MAX> {
            type Value = String;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "at most {MAX} bytes of text")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
                check(text.len(), MAX).map_err(de::Error::custom)?;
                Ok(text.to_owned())
            }
        }
        deserializer.deserialize_str(Str::<MAX>).map(Self)
    }
}

/// At most `MAX` bytes. Its `Debug` shows the length only: bodies and keys are never logged.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Bytes<const MAX: usize>(Vec<u8>);

impl<const MAX: usize> Bytes<MAX> {
    /// Refuses more than `MAX` bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, TooLong> {
        let bytes = bytes.into();
        check(bytes.len(), MAX)?;
        Ok(Self(bytes))
    }
    /// The bytes, owned.
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}
impl<const MAX: usize> Deref for Bytes<MAX> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}
impl<const MAX: usize> fmt::Debug for Bytes<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({})", self.0.len())
    }
}
impl<const MAX: usize> Serialize for Bytes<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}
impl<'de, const MAX: usize> Deserialize<'de> for Bytes<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Raw<const MAX: usize>;
        impl<const MAX: usize> Visitor<'_> for Raw<MAX> {
            type Value = Vec<u8>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "at most {MAX} bytes")
            }
            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                check(bytes.len(), MAX).map_err(de::Error::custom)?;
                Ok(bytes.to_vec())
            }
        }
        deserializer.deserialize_bytes(Raw::<MAX>).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_refused_when_made_and_when_decoded() {
        assert_eq!(List::<u8, 2>::new(vec![1, 2, 3]), Err(TooLong { len: 3, max: 2 }));
        assert!(Text::<3>::new("four").is_err());
        assert!(Bytes::<3>::new(*b"four").is_err());
        let four = postcard::to_stdvec(&vec![1u8, 2, 3, 4]).unwrap();
        assert!(postcard::from_bytes::<List<u8, 3>>(&four).is_err());
        assert!(postcard::from_bytes::<Bytes<3>>(&four).is_err());
        assert!(postcard::from_bytes::<Text<3>>(&four).is_err());
        assert_eq!(&*postcard::from_bytes::<List<u8, 4>>(&four).unwrap(), &[1, 2, 3, 4]);
    }

    #[test]
    fn an_announced_length_allocates_nothing() {
        // A list of 2^32 units would cost nothing on the wire.
        let huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
        assert!(postcard::from_bytes::<List<(), 256>>(&huge).is_err());
    }

    #[test]
    fn cut_keeps_whole_characters() {
        assert_eq!(Text::<5>::cut("aé€").as_str(), "aé");
    }
}
