//! Seeded chance (SplitMix64): the same seed makes the same story.

use std::sync::Mutex;
use std::time::Duration;

pub(crate) struct Chance(Mutex<u64>);

impl Chance {
    /// Different `who` with one seed are different streams.
    pub(crate) fn new(seed: u64, who: u64) -> Self {
        Self(Mutex::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ who.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }
    pub(crate) fn next(&self) -> u64 {
        let mut state = self.0.lock().expect("no panic holds it");
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.next() % bound
    }
    pub(crate) fn between(&self, low: Duration, high: Duration) -> Duration {
        low + Duration::from_millis(self.below((high - low).as_millis() as u64 + 1))
    }
}
