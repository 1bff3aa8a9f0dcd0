//! Numbers and times as people say them.

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// A moment in milliseconds since 1970 UTC, at this computer's place; the epoch for what no calendar has.
pub fn local(at: i64, zone: &TimeZone) -> Zoned {
    Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone.clone())
}

/// A time of day: `09:12`.
pub fn clock(at: i64, zone: &TimeZone) -> String {
    local(at, zone).strftime("%H:%M").to_string()
}

/// A day, as the divider between two days says it.
pub fn day(day: Date, today: Date) -> String {
    let days = (today - day).get_days();
    match days {
        0 => "Today".into(),
        1 => "Yesterday".into(),
        2..=6 => day.strftime("%A").to_string(),
        _ if day.year() == today.year() => day.strftime("%A, %-d %B").to_string(),
        _ => day.strftime("%-d %B %Y").to_string(),
    }
}

/// A date: `3 October 2026`.
pub fn date(at: i64, zone: &TimeZone) -> String {
    local(at, zone).strftime("%-d %B %Y").to_string()
}

/// A size: `4.2 MB`.
pub fn bytes(count: u64) -> String {
    if count == 1 {
        return "1 byte".into();
    }
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    let mut value = count as f64;
    let mut unit = 0;
    // 999.5 would be shown as 1000: it belongs to the next unit.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = if unit == 0 || value >= 99.95 { 0 } else { 1 };
    format!("{value:.digits$} {}", UNITS[unit])
}

/// How far a transfer is: `1.1 of 1.8 GB · 214 MB/s · 3 s left`.
pub fn progress(done: u64, total: u64, speed: u64) -> String {
    let whole = bytes(total);
    let mut shown = match (bytes(done).split_once(' '), whole.split_once(' ')) {
        (Some((number, unit)), Some((_, same))) if unit == same => format!("{number} of {whole}"),
        _ => format!("{} of {whole}", bytes(done)),
    };
    if speed > 0 {
        shown += &format!(" · {}/s", bytes(speed));
        if done < total {
            shown += &format!(" · {} left", span(Duration::from_secs((total - done).div_ceil(speed))));
        }
    }
    shown
}

/// How long: `12 s`, `3 min`, `2 h`.
pub fn span(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..=99 => format!("{seconds} s"),
        seconds @ 100..=5999 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{} h", seconds.div_ceil(3600)),
    }
}

/// How long ago, in few letters: `now`, `5 min`, `2 h`, `3 d`.
pub fn ago(milliseconds: i64) -> String {
    match milliseconds / 60_000 {
        ..1 => "now".into(),
        minutes @ 1..60 => format!("{minutes} min"),
        minutes @ 60..1440 => format!("{} h", minutes / 60),
        minutes => format!("{} d", minutes / 1440),
    }
}

/// A number of things: `1 message`, `3 messages`.
pub fn count(number: u32, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// Many messages: `1,204 messages`.
pub fn messages(count: u64) -> String {
    if count == 1 { "1 message".into() } else { format!("{} messages", number(count)) }
}

/// A large number: `1,204`.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A name cut to what a line holds.
pub fn cut(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A file's name cut in the middle, so that its ending stays.
pub fn cut_file(name: &str, chars: usize) -> String {
    let all: Vec<char> = name.chars().collect();
    if all.len() <= chars {
        return name.to_owned();
    }
    let tail = chars / 3;
    let head = chars - tail - 1;
    let (start, end) = (&all[..head], &all[all.len() - tail..]);
    start.iter().chain(['…'].iter()).chain(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn sizes() {
        for (count, shown) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (4_200_000, "4.2 MB"),
            (999_600, "1.0 MB"),
            (214_000_000, "214 MB"),
            (1_800_000_000, "1.8 GB"),
        ] {
            assert_eq!(bytes(count), shown);
        }
    }

    #[test]
    fn transfers() {
        assert_eq!(
            progress(1_100_000_000, 1_800_000_000, 214_000_000),
            "1.1 of 1.8 GB · 214 MB/s · 4 s left"
        );
        assert_eq!(progress(500, 2_000_000, 0), "500 bytes of 2.0 MB");
        assert_eq!(progress(5, 5, 5), "5 of 5 bytes · 5 bytes/s");
    }

    #[test]
    fn days() {
        let today = date(2026, 10, 14); // a Wednesday
        for (then, shown) in [
            (today, "Today"),
            (date(2026, 10, 13), "Yesterday"),
            (date(2026, 10, 11), "Sunday"),
            (date(2026, 10, 3), "Saturday, 3 October"),
            (date(2025, 12, 31), "31 December 2025"),
        ] {
            assert_eq!(day(then, today), shown);
        }
    }

    #[test]
    fn many_messages() {
        for (number, shown) in [(0, "0 messages"), (1, "1 message"), (1_204_000, "1,204,000 messages")] {
            assert_eq!(messages(number), shown);
        }
    }

    #[test]
    fn times_since() {
        for (minutes, shown) in [(0, "now"), (59, "59 min"), (125, "2 h"), (4000, "2 d"), (-5, "now")] {
            assert_eq!(ago(minutes * 60_000), shown);
        }
    }

    #[test]
    fn names_that_are_too_long() {
        assert_eq!(cut("alice", 5), "alice");
        assert_eq!(cut("alice and bob", 7), "alice…");
        assert_eq!(cut_file("a-very-long-name-of-a-file.pdf", 16), "a-very-lon…e.pdf");
    }
}
