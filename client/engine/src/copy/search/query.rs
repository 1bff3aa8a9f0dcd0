//! What was typed into the search box. Parsing never fails: what is no filter is searched as words, and a filter that
//! makes no sense is left out and told of.

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::words::words;

/// Words and filters in one query: more is no question that a person asks.
const PARTS_MAX: usize = 16;
/// Words in one phrase.
const PHRASE_WORDS_MAX: usize = 32;

/// What is looked for. Everything must hold at once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Query {
    /// What stands in the text.
    pub(crate) phrases: Vec<Phrase>,
    /// Names of who wrote it.
    pub(crate) from: Vec<String>,
    /// Names of the rooms it stands in.
    pub(crate) rooms: Vec<String>,
    /// The first and the last moment, in milliseconds since 1970 UTC.
    pub(crate) after: Option<i64>,
    /// The first moment that is too late.
    pub(crate) before: Option<i64>,
    /// It is a file.
    pub(crate) has_file: bool,
    /// What could not be understood.
    pub(crate) problem: Option<String>,
}

/// Words that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Phrase {
    /// The words as the index keeps them.
    pub(crate) words: Vec<String>,
    /// The last one may be the beginning of a longer word.
    pub(crate) open: bool,
}

impl Query {
    /// Whether anything is looked for.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { phrases, from, rooms, after, before, has_file, problem: _ } = self;
        phrases.is_empty()
            && from.is_empty()
            && rooms.is_empty()
            && after.is_none()
            && before.is_none()
            && !has_file
    }

    /// Reads what was typed; `today` and `zone` say what a date means.
    pub(crate) fn parse(typed: &str, today: Date, zone: &TimeZone) -> Self {
        let mut query = Self::default();
        let parts = parts(typed);
        let finished = typed.ends_with(char::is_whitespace);
        for (index, part) in parts.iter().enumerate() {
            if index == PARTS_MAX {
                query.problem = Some(format!("Only the first {PARTS_MAX} words are searched."));
                break;
            }
            let last = index + 1 == parts.len() && !finished;
            query.take(part, last, today, zone);
        }
        query
    }

    fn take(&mut self, part: &Part<'_>, last: bool, today: Date, zone: &TimeZone) {
        let value = part.value.trim();
        match part.key {
            // A filter without a value is still being typed.
            Some(_) if value.is_empty() => {}
            Some(Key::From) => self.from.push(value.to_owned()),
            Some(Key::In) => self.rooms.push(value.to_owned()),
            Some(Key::Has) if "files".starts_with(&value.to_lowercase()) => self.has_file = true,
            Some(Key::Has) => {
                self.problem = Some("Only “has:file” can be looked for.".into());
            }
            Some(key @ (Key::Before | Key::After)) => match period(value, today, zone) {
                Some(period) if key == Key::Before => {
                    self.before = Some(self.before.map_or(period.start, |before| before.min(period.start)));
                }
                Some(period) => self.after = self.after.max(Some(period.end)),
                None => {
                    self.problem = Some(format!(
                        "“{}” is no date. Write it as 2026-11-30, 2026-11, 2026, today or yesterday.",
                        short(value)
                    ));
                }
            },
            None => {
                let found: Vec<_> = words(part.value).into_iter().take(PHRASE_WORDS_MAX).collect();
                let open = last && !part.quoted && found.last().is_some_and(|word| !word.whole);
                let words: Vec<String> = found.into_iter().map(|word| word.folded).collect();
                if !words.is_empty() {
                    self.phrases.push(Phrase { words, open });
                }
            }
        }
    }
}

/// Enough of what was typed to know it again.
fn short(typed: &str) -> String {
    typed.chars().filter(|char| !char.is_control()).take(40).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    From,
    In,
    Before,
    After,
    Has,
}

impl Key {
    fn of(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "from" => Self::From,
            "in" => Self::In,
            "before" => Self::Before,
            "after" => Self::After,
            "has" => Self::Has,
            _ => return None,
        })
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Part<'a> {
    key: Option<Key>,
    value: &'a str,
    quoted: bool,
}

/// Cuts at spaces outside of quotes; a quote that is not closed goes to the end.
fn parts(typed: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = typed.trim_start();
    while !rest.is_empty() {
        let key = rest.split_once(':').and_then(|(name, after)| Some((Key::of(name)?, after)));
        let (key, after) = key.map_or((None, rest), |(key, after)| (Some(key), after));
        let (value, quoted, left) = value(after);
        parts.push(Part { key, value, quoted });
        rest = left.trim_start();
    }
    parts
}

fn value(text: &str) -> (&str, bool, &str) {
    const QUOTES: [char; 4] = ['"', '“', '”', '„'];
    if let Some(inside) = text.strip_prefix(QUOTES) {
        let (value, rest) = inside.split_once(QUOTES).unwrap_or((inside, ""));
        return (value, true, rest);
    }
    let end = text.find(|char: char| char.is_whitespace() || QUOTES.contains(&char)).unwrap_or(text.len());
    (&text[..end], false, &text[end..])
}

/// The day, month or year that was named.
fn period(typed: &str, today: Date, zone: &TimeZone) -> Option<Range<i64>> {
    let (start, end) = match typed.to_lowercase().as_str() {
        "today" => (today, today.tomorrow().ok()?),
        "yesterday" => (today.yesterday().ok()?, today),
        typed => {
            let mut numbers = typed.split('-');
            let year: i16 = numbers.next()?.parse().ok().filter(|year| (1970..=9998).contains(year))?;
            let month: Option<i8> = numbers.next().map(str::parse).transpose().ok()?;
            let day: Option<i8> = numbers.next().map(str::parse).transpose().ok()?;
            if numbers.next().is_some() {
                return None;
            }
            let start = Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).ok()?;
            let length = match (month, day) {
                (_, Some(_)) => 1.day(),
                (Some(_), None) => 1.month(),
                (None, None) => 1.year(),
            };
            (start, start.checked_add(length).ok()?)
        }
    };
    let moment =
        |date: Date| date.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp().as_millisecond());
    Some(moment(start)?..moment(end)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn parse(typed: &str) -> Query {
        Query::parse(typed, date(2026, 11, 26), &TimeZone::UTC)
    }
    fn phrase(words: &[&str], open: bool) -> Phrase {
        Phrase { words: words.iter().map(|word| (*word).to_owned()).collect(), open }
    }
    fn at(day: Date) -> i64 {
        day.to_zoned(TimeZone::UTC).unwrap().timestamp().as_millisecond()
    }

    #[test]
    fn words_and_phrases() {
        assert_eq!(parse("Hello wor").phrases, [phrase(&["hello"], false), phrase(&["wor"], true)]);
        assert_eq!(parse("hello ").phrases, [phrase(&["hello"], false)]);
        assert_eq!(parse("“Zwei Wörter” x").phrases[0], phrase(&["zwei", "worter"], false));
        assert_eq!(parse("\"not closed").phrases, [phrase(&["not", "closed"], false)]);
        assert_eq!(parse("don't").phrases, [phrase(&["don", "t"], true)]);
        assert_eq!(parse("東京").phrases, [phrase(&["東", "京"], false)]);
        assert!(parse("").is_empty() && parse(" \u{301} … ").is_empty());
    }

    #[test]
    fn filters() {
        let query = parse("lunch from:bob in:\"the attic\" has:file before:2026-03 after:2025");
        assert_eq!(query.phrases, [phrase(&["lunch"], false)]);
        assert_eq!((query.from, query.rooms), (vec!["bob".to_owned()], vec!["the attic".to_owned()]));
        assert!(query.has_file && query.problem.is_none());
        assert_eq!(query.before, Some(at(date(2026, 3, 1))));
        assert_eq!(query.after, Some(at(date(2026, 1, 1))));
        assert_eq!(parse("after:yesterday").after, Some(at(date(2026, 11, 26))));
        assert_eq!(parse("before:today").before, Some(at(date(2026, 11, 26))));
    }

    #[test]
    fn what_is_no_filter_is_words() {
        assert_eq!(parse("https://example.org").phrases, [phrase(&["https", "example", "org"], true)]);
        assert_eq!(parse("subject:lunch").phrases, [phrase(&["subject", "lunch"], true)]);
        assert!(parse("from:").is_empty());
        for syntax in ["a AND b", "a* OR (b)", "NEAR(a b)", "words : a", "^a - b", "{a} \" '"] {
            for phrase in parse(syntax).phrases {
                let plain = |word: &String| word.chars().all(char::is_alphanumeric);
                assert!(phrase.words.iter().all(plain), "{syntax}");
            }
        }
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        assert!(parse("before:2026-13").problem.unwrap().contains("“2026-13” is no date"));
        assert!(parse("after:soon x").problem.is_some());
        assert!(parse("has:soul").problem.is_some());
        let many = "word ".repeat(100);
        assert_eq!(parse(&many).phrases.len(), PARTS_MAX);
        assert!(parse(&many).problem.is_some());
    }

    proptest! {
        #[test]
        fn anything_can_be_typed(typed in ".{0,200}") {
            let query = parse(&typed);
            prop_assert!(query.phrases.len() <= PARTS_MAX);
        }
    }
}
