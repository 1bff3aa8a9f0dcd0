//! Time and chance, which come from outside so that a simulation can repeat them.
//!
//! Waiting goes through `tokio::time`; this clock only dates entries.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the wall clock says.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since 1970 UTC.
    fn now_ms(&self) -> i64;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// Chance for jitter and early drops (SplitMix64). Never for secrets: those come from the system.
#[derive(Debug)]
pub struct Chance(Mutex<u64>);

impl Chance {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    /// The next number.
    pub fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 when that is 0.
    pub fn below(&self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// `time`, up to a quarter shorter or longer.
    pub fn jitter(&self, time: Duration) -> Duration {
        let half = u64::try_from(time.as_micros() / 2).unwrap_or(u64::MAX);
        time * 3 / 4 + Duration::from_micros(self.below(half))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_within_a_quarter() {
        let chance = Chance::new(7);
        for _ in 0..1000 {
            let time = chance.jitter(Duration::from_secs(8));
            assert!((6..=10).contains(&time.as_secs()), "{time:?}");
        }
        assert_eq!(Chance::new(3).next(), Chance::new(3).next());
    }
}
