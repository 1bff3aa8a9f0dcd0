//! Protocol versions, and what each added.
//!
//! | version | date | what it added |
//! | --- | --- | --- |
//! | 1 | 2026-11 | the first: login, rooms, log, retraction, presence, read marks, files |

/// A protocol version as it stands in the hello.
pub type Version = u16;

/// The oldest version this build speaks.
pub const LOWEST: Version = 1;
/// The newest version this build speaks.
pub const HIGHEST: Version = 1;

/// ALPN of the talk lane (RFC 7301).
pub const ALPN_TALK: &[u8] = b"snug/1";
/// ALPN of the file lane (RFC 7301).
pub const ALPN_FILE: &[u8] = b"snug-file/1";

/// The highest version both ranges share, if they share one.
pub fn choose(lowest: Version, highest: Version) -> Option<Version> {
    let best = highest.min(HIGHEST);
    (lowest <= highest && best >= lowest.max(LOWEST)).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_common_version_wins() {
        assert_eq!(choose(1, 9), Some(HIGHEST));
        assert_eq!(choose(LOWEST, LOWEST), Some(LOWEST));
        assert_eq!(choose(HIGHEST + 1, HIGHEST + 5), None);
        assert_eq!(choose(5, 1), None, "a range upside down is no range");
        assert_eq!(choose(0, 0), None);
    }
}
