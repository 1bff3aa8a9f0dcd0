//! Noticing that the computer slept: the wall clock went on, the engine's own clock did not.

use std::time::Duration;

use tokio::time::Instant;

/// How often somebody has to look.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(10);
/// A jump of the wall clock that is no adjustment.
const JUMP: i64 = 30_000;

/// When somebody looked last, by both clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wake {
    wall: i64,
    at: Instant,
}

impl Wake {
    /// `wall` is in milliseconds since 1970 UTC.
    pub(crate) fn new(wall: i64, at: Instant) -> Self {
        Self { wall, at }
    }

    /// Whether the computer slept since the last look.
    pub(crate) fn slept(&mut self, wall: i64, at: Instant) -> bool {
        let awake = at.saturating_duration_since(self.at).as_millis();
        let awake = i64::try_from(awake).unwrap_or(i64::MAX);
        let slept = wall.saturating_sub(self.wall).saturating_sub(awake) > JUMP;
        *self = Self { wall, at };
        slept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clock_that_ran_ahead_means_sleep() {
        let start = Instant::now();
        let mut wake = Wake::new(1_000_000, start);
        let later = start + Duration::from_secs(100);
        assert!(!wake.slept(1_100_000, later), "both clocks went on");
        assert!(!wake.slept(1_110_000, later), "somebody set the clock a little");
        assert!(!wake.slept(500_000, later), "somebody set the clock back");
        assert!(wake.slept(4_100_000, later + Duration::from_secs(1)));
        assert!(!wake.slept(4_101_000, later + Duration::from_secs(2)));
    }
}
