//! Sizes and times as people write them: `"10 GiB"`, `"20 s"`; a bare number is bytes or seconds.

use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

const SIZES: &[(&str, u64)] =
    &[("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("bytes", 1), ("B", 1)];
const TIMES: &[(&str, u64)] = &[("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)];

/// Bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size(pub(super) u64);

/// Whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span(pub(super) Duration);

fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = (text[..digits].parse::<u64>().ok()?, text[digits..].trim());
    let factor = match unit {
        "" => 1,
        unit => units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?.1,
    };
    number.checked_mul(factor)
}

/// Reads a time as people write it: `7d`, `90 min`.
pub(super) fn time(text: &str) -> Option<Duration> {
    parse(text, TIMES).map(Duration::from_secs)
}

fn show(value: u64, units: &[(&str, u64)]) -> String {
    let fits = |(_, factor): &&(&str, u64)| value != 0 && value.is_multiple_of(*factor);
    match units.iter().find(fits) {
        Some((unit, factor)) => format!("{} {unit}", value / factor),
        None => value.to_string(),
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&show(self.0, SIZES))
    }
}
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&show(self.0.as_secs(), TIMES))
    }
}
impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads a number, or a text with a unit.
struct Quantity {
    units: &'static [(&'static str, u64)],
    expected: &'static str,
}

impl Visitor<'_> for Quantity {
    type Value = u64;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<u64, E> {
        u64::try_from(value).map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<u64, E> {
        Ok(value)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
        parse(text, self.units).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a size such as \"512 MiB\" or \"10 GiB\"";
        deserializer.deserialize_any(Quantity { units: SIZES, expected }).map(Self)
    }
}
impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a time such as \"20 s\" or \"2 min\"";
        deserializer
            .deserialize_any(Quantity { units: TIMES, expected })
            .map(|s| Self(Duration::from_secs(s)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_understood() {
        for (text, bytes) in
            [("0", 0), ("17", 17), ("10 GiB", 10 << 30), ("3mib", 3 << 20), (" 5  KiB ", 5120)]
        {
            assert_eq!(parse(text, SIZES), Some(bytes), "{text}");
        }
        assert_eq!(parse("2 min", TIMES), Some(120));
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in
            ["", "GiB", "-1", "1.5 GiB", "10 GB", "99999999999999999999", "20000000 TiB", "1 GiB more"]
        {
            assert_eq!(parse(text, SIZES), None, "{text}");
        }
    }

    #[test]
    fn a_quantity_is_shown_in_its_largest_whole_unit() {
        let shown = [0, 512 << 20, 10 << 30, 1025].map(|bytes| Size(bytes).to_string());
        assert_eq!(shown, ["0", "512 MiB", "10 GiB", "1025 bytes"]);
    }
}
