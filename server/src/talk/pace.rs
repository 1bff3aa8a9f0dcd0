//! How fast a client may go: a token bucket. Over it the session stops reading, nothing is refused.

use std::time::Duration;

use tokio::time::Instant;

/// So many at once, and so many per second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    /// When the bucket was, or will be, full: tokens are time.
    full_at: Instant,
    per_token: Duration,
    burst: Duration,
}

impl Bucket {
    pub(crate) fn new(per_second: u16, burst: u16, now: Instant) -> Self {
        let per_token = Duration::from_secs(1) / u32::from(per_second.max(1));
        Self { full_at: now, per_token, burst: per_token * u32::from(burst.max(1)) }
    }

    /// Takes one; gives back until when to wait with the next.
    pub(crate) fn take(&mut self, now: Instant) -> Option<Instant> {
        self.take_for(self.per_token, now)
    }

    /// The same where so many per second are fine, if that is more.
    pub(crate) fn take_at(&mut self, per_second: u16, now: Instant) -> Option<Instant> {
        let token = Duration::from_secs(1) / u32::from(per_second.max(1));
        self.take_for(token.min(self.per_token), now)
    }

    fn take_for(&mut self, token: Duration, now: Instant) -> Option<Instant> {
        self.full_at = self.full_at.max(now) + token;
        // With the bucket full in `burst` from now there is not a whole token left.
        let ready = (self.full_at + token).checked_sub(self.burst)?;
        (ready > now).then_some(ready)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_burst_and_then_one_at_a_time() {
        let start = Instant::now();
        let mut bucket = Bucket::new(5, 20, start);
        for _ in 0..19 {
            assert_eq!(bucket.take(start), None);
        }
        let wait = bucket.take(start).unwrap();
        assert_eq!(wait - start, Duration::from_millis(200));
        assert_eq!(bucket.take(wait), Some(wait + Duration::from_millis(200)));
        let later = start + Duration::from_secs(60);
        assert_eq!(bucket.take(later), None, "a pause fills it again");
    }

    #[tokio::test]
    async fn some_things_go_faster_out_of_the_same_bucket() {
        let start = Instant::now();
        let mut bucket = Bucket::new(5, 20, start);
        for _ in 0..3999 {
            assert_eq!(bucket.take_at(1000, start), None);
        }
        let wait = bucket.take_at(1000, start).unwrap();
        assert_eq!(wait - start, Duration::from_millis(1));
        let mut quick = Bucket::new(10_000, 1, start);
        assert_eq!(quick.take_at(1000, start).unwrap() - start, Duration::from_micros(100), "never slower");
    }
}
