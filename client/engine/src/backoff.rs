//! How long to wait before another try: full jitter, so that a restarted server is not met by everybody at once.

use std::time::Duration;

use crate::environment::Patience;

/// Counts tries in a row.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// The wait before the next try: evenly between the minimum and min(maximum, minimum × 2^tries), or what the
    /// server asked for plus a little, so that its guests do not come back together.
    pub(crate) fn next(&mut self, asked: Option<Duration>, patience: &Patience, random: u64) -> Duration {
        self.tries = self.tries.saturating_add(1);
        let ceiling = patience
            .retry_min
            .saturating_mul(1u32.checked_shl(self.tries.min(16)).unwrap_or(u32::MAX))
            .min(patience.retry_max);
        let base = asked.unwrap_or(patience.retry_min);
        let spread = match asked {
            Some(_) => patience.retry_min,
            None => ceiling.saturating_sub(patience.retry_min),
        };
        base + spread.mul_f64((random >> 11) as f64 / (1u64 << 53) as f64)
    }

    /// A try worked.
    pub(crate) fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_are_spread() {
        let patience = Patience::default();
        let mut backoff = Backoff::default();
        let first = backoff.next(None, &patience, u64::MAX);
        assert!(first > Duration::from_millis(990) && first <= Duration::from_secs(1));
        for _ in 0..100 {
            assert!(backoff.next(None, &patience, u64::MAX) <= patience.retry_max);
        }
        assert_eq!(backoff.next(None, &patience, 0), patience.retry_min);
        backoff.reset();
        assert!(backoff.next(None, &patience, u64::MAX) <= Duration::from_secs(1));
    }

    #[test]
    fn what_the_server_asks_for_is_kept() {
        let wait = Backoff::default().next(Some(Duration::from_secs(7)), &Patience::default(), u64::MAX / 2);
        assert!(wait >= Duration::from_secs(7) && wait < Duration::from_secs(8));
    }
}
