//! The engine paces itself below the rate the server allows, so that the server never has to stop reading.

use std::time::Duration;

use tokio::time::Instant;

/// A bucket of changes that fills with time.
#[derive(Debug)]
pub(crate) struct Pace {
    per_second: f64,
    burst: f64,
    left: f64,
    at: Instant,
}

impl Pace {
    /// A tenth below what is allowed per second, and one less at once.
    pub(crate) fn below(per_second: u16, burst: u16, now: Instant) -> Self {
        let burst = f64::from(burst.saturating_sub(1).max(1));
        Self { per_second: (f64::from(per_second) * 0.9).max(0.1), burst, left: burst, at: now }
    }

    /// Takes up to `wanted`; answers how many may go now.
    pub(crate) fn take(&mut self, wanted: usize, now: Instant) -> usize {
        self.fill(now);
        let taken = wanted.min(self.left as usize);
        self.left -= taken as f64;
        taken
    }

    /// Gives back what was taken and not used.
    pub(crate) fn put_back(&mut self, unused: usize) {
        self.left = (self.left + unused as f64).min(self.burst);
    }

    /// When the next one may go.
    pub(crate) fn next_at(&self) -> Instant {
        let missing = (1.0 - self.left).max(0.0);
        self.at + Duration::from_secs_f64(missing / self.per_second) + Duration::from_millis(1)
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.left = (self.left + passed * self.per_second).min(self.burst);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_a_trickle() {
        let start = Instant::now();
        let mut pace = Pace::below(5, 20, start);
        assert_eq!(pace.take(100, start), 19);
        assert_eq!(pace.take(1, start), 0);
        let next = pace.next_at();
        assert!(next > start + Duration::from_millis(200) && next < start + Duration::from_millis(300));
        assert_eq!(pace.take(10, next), 1);
        assert_eq!(pace.take(100, start + Duration::from_secs(60)), 19);
    }
}
