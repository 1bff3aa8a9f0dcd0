//! How fast a transfer is, and how long it will take: arithmetic over what was seen in the last seconds.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// How far back the speed looks: long enough to be calm, short enough to follow a change.
const WINDOW: Duration = Duration::from_secs(5);
/// How often people are told: more often than they can read helps nobody.
pub const TOLD_EVERY: Duration = Duration::from_millis(200);
/// Samples in the window, with one at each end.
const SAMPLES_MAX: usize = (WINDOW.as_millis() / TOLD_EVERY.as_millis()) as usize + 2;
/// A speed from less time than this would be luck.
const SEEN_AT_LEAST: Duration = Duration::from_millis(100);

/// What a transfer did lately.
#[derive(Debug)]
pub struct Speed {
    /// When, and how many bytes had moved by then.
    seen: VecDeque<(Instant, u64)>,
}

impl Speed {
    /// Starts with what had moved before.
    pub fn new(now: Instant, moved: u64) -> Self {
        Self { seen: VecDeque::from([(now, moved)]) }
    }

    /// Takes note of how much has moved; called every [`TOLD_EVERY`].
    pub fn note(&mut self, now: Instant, moved: u64) {
        self.seen.push_back((now, moved));
        // One that is older stays, so that the window is covered to its start.
        while self.seen.len() > SAMPLES_MAX
            || self.seen.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW)
        {
            self.seen.pop_front();
        }
    }

    /// Bytes per second over the last seconds; 0 when too little was seen. A transfer that stands still slows down.
    pub fn per_second(&self, now: Instant) -> u64 {
        let (Some((since, before)), Some((_, done))) = (self.seen.front(), self.seen.back()) else {
            return 0;
        };
        let took = now.duration_since(*since);
        if took < SEEN_AT_LEAST {
            return 0;
        }
        let bytes = u128::from(done.saturating_sub(*before));
        u64::try_from(bytes * 1_000_000 / took.as_micros().max(1)).unwrap_or(u64::MAX)
    }
}

/// How long the rest will take at this speed, in whole seconds, rounded up; `None` while nothing moves.
pub fn time_left(done: u64, total: u64, per_second: u64) -> Option<Duration> {
    let left = total.saturating_sub(done);
    (per_second > 0).then(|| Duration::from_secs(left.div_ceil(per_second)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    #[test]
    fn a_steady_transfer_has_its_speed() {
        let start = Instant::now();
        let mut speed = Speed::new(start, 100 * MIB);
        assert_eq!(speed.per_second(start), 0);
        for fifth in 1..=50u64 {
            speed.note(start + Duration::from_millis(200 * fifth), 100 * MIB + 2 * fifth * MIB);
        }
        assert_eq!(
            speed.per_second(start + Duration::from_secs(10)),
            10 * MIB,
            "what was resumed does not count"
        );
    }

    #[test]
    fn it_follows_a_change_and_forgets_what_is_long_ago() {
        let start = Instant::now();
        let mut speed = Speed::new(start, 0);
        speed.note(start + Duration::from_secs(1), 100 * MIB);
        for second in 2..=10 {
            speed.note(start + Duration::from_secs(second), 100 * MIB + (second - 1) * MIB);
        }
        assert_eq!(speed.per_second(start + Duration::from_secs(10)), MIB);
        assert!(speed.per_second(start + Duration::from_secs(60)) < MIB / 2, "standing still slows down");
    }

    #[test]
    fn memory_is_bounded() {
        let start = Instant::now();
        let mut speed = Speed::new(start, 0);
        (1..=10_000).for_each(|n| speed.note(start + Duration::from_millis(n), n));
        assert!(speed.seen.len() <= SAMPLES_MAX);
    }

    #[test]
    fn standing_still_ends_at_nothing() {
        let start = Instant::now();
        let mut speed = Speed::new(start, 0);
        speed.note(start + Duration::from_secs(1), MIB);
        for fifth in 6..40 {
            speed.note(start + TOLD_EVERY * fifth, MIB);
        }
        assert_eq!(speed.per_second(start + TOLD_EVERY * 39), 0);
    }

    #[test]
    fn what_is_left_takes_its_time() {
        assert_eq!(time_left(0, 100, 0), None);
        assert_eq!(time_left(0, 101, 10), Some(Duration::from_secs(11)));
        assert_eq!(time_left(100, 100, 10), Some(Duration::ZERO));
        assert_eq!(time_left(200, 100, 10), Some(Duration::ZERO));
        assert_eq!(time_left(0, u64::MAX, 1), Some(Duration::from_secs(u64::MAX)));
    }
}
