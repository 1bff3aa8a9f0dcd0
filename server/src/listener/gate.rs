//! How many strangers are let in at once: counted before any cryptography is done for them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Source;
use crate::config::Limits;

/// Sources remembered for their rate, and as familiar; one flood of sources costs no more memory than this.
const SOURCES_MAX: usize = 10_000;

/// Counts connections that are not logged in.
#[derive(Debug)]
pub(crate) struct Gate {
    soft: usize,
    /// Of a hundred connections between the soft and the hard limit this many are turned away.
    dropped: u8,
    hard: usize,
    at_once: usize,
    per_minute: u32,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    inside: usize,
    sources: HashMap<Source, Known>,
    /// Where somebody logged in from. A crowd of strangers is not in their way: they have as many places again.
    familiar: HashSet<Source>,
}

#[derive(Debug)]
struct Known {
    inside: usize,
    /// Connections left this minute, refilled bit by bit.
    left: f64,
    at: Instant,
}

/// One connection inside that is not logged in.
#[derive(Debug)]
pub(crate) struct Slot {
    gate: Arc<Gate>,
    source: Source,
}

impl Gate {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            soft: limits.unauthenticated_soft,
            dropped: limits.unauthenticated_dropped,
            hard: limits.unauthenticated_hard,
            at_once: limits.per_source_at_once,
            per_minute: limits.per_source_per_minute,
            state: Mutex::default(),
        }
    }

    /// Lets a connection in, or not. `dice` is a number below 100.
    pub(crate) fn enter(self: &Arc<Self>, source: Source, now: Instant, dice: u64) -> Option<Slot> {
        let mut state = self.lock();
        let crowded = state.inside >= self.soft && dice < u64::from(self.dropped);
        let full = match state.familiar.contains(&source) {
            true => state.inside >= self.hard.saturating_mul(2),
            false => crowded || state.inside >= self.hard,
        };
        if full {
            return None;
        }
        self.make_room(&mut state, now);
        let burst = f64::from(self.per_minute);
        let known = state.sources.entry(source).or_insert(Known { inside: 0, left: burst, at: now });
        known.left = (known.left + now.duration_since(known.at).as_secs_f64() * burst / 60.0).min(burst);
        known.at = now;
        if known.inside >= self.at_once || known.left < 1.0 {
            return None;
        }
        known.left -= 1.0;
        known.inside += 1;
        state.inside += 1;
        Some(Slot { gate: self.clone(), source })
    }

    /// Forgets sources whose minute has passed; when all are fresh, those with nobody inside.
    fn make_room(&self, state: &mut State, now: Instant) {
        if state.sources.len() < SOURCES_MAX {
            return;
        }
        let minute = Duration::from_secs(60);
        state.sources.retain(|_, known| known.inside > 0 || now.duration_since(known.at) < minute);
        if state.sources.len() >= SOURCES_MAX {
            state.sources.retain(|_, known| known.inside > 0);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Counts stay counts, whatever happened to who held the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// The connection has logged in: its place, and its share of the minute, are free again.
    pub(crate) fn logged_in(self) {
        let mut state = self.gate.lock();
        if let Some(known) = state.sources.get_mut(&self.source) {
            known.left = (known.left + 1.0).min(f64::from(self.gate.per_minute));
        }
        if state.familiar.len() < SOURCES_MAX {
            state.familiar.insert(self.source);
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.gate.lock();
        state.inside -= 1;
        if let Some(known) = state.sources.get_mut(&self.source) {
            known.inside -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> Arc<Gate> {
        Arc::new(Gate::new(&Limits::default()))
    }
    fn source(n: u8) -> Source {
        Source::of([10, 0, 0, n].into())
    }

    #[tokio::test]
    async fn one_source_gets_sixteen_at_once_and_thirty_a_minute() {
        let (gate, now) = (gate(), Instant::now());
        let slots: Vec<_> = (0..20).filter_map(|_| gate.enter(source(1), now, 99)).collect();
        assert_eq!(slots.len(), 16);
        assert!(gate.enter(source(2), now, 99).is_some());
        drop(slots);
        let more = (0..40).filter_map(|_| gate.enter(source(1), now, 99)).count();
        assert_eq!(more, 14, "thirty in this minute");
        let later = now + Duration::from_secs(2);
        assert!(gate.enter(source(1), later, 99).is_some());
        assert!(gate.enter(source(1), later, 99).is_none());
    }

    #[tokio::test]
    async fn a_login_gives_its_connection_back() {
        let (gate, now) = (gate(), Instant::now());
        for _ in 0..100 {
            gate.enter(source(1), now, 99).unwrap().logged_in();
        }
    }

    #[tokio::test]
    async fn a_crowd_is_thinned_and_then_stopped() {
        let (gate, now) = (gate(), Instant::now());
        let mut slots: Vec<_> = (0..64).map(|n| gate.enter(source(n), now, 0).unwrap()).collect();
        assert!(gate.enter(source(100), now, 29).is_none());
        slots.extend((64..=255).map(|n| gate.enter(source(n), now, 30).unwrap()));
        assert!(gate.enter(Source::of([10, 0, 1, 1].into()), now, 99).is_none());
    }

    #[tokio::test]
    async fn a_crowd_is_not_in_the_way_of_who_has_been_here() {
        let (gate, now) = (gate(), Instant::now());
        let home = Source::of([192, 0, 2, 1].into());
        gate.enter(home, now, 99).unwrap().logged_in();
        let mut crowd: Vec<_> = (0..=255).map(|n| gate.enter(source(n), now, 99).unwrap()).collect();
        assert!(gate.enter(Source::of([192, 0, 2, 2].into()), now, 99).is_none());
        assert!(gate.enter(home, now, 0).is_some());
        for n in 0..=255 {
            let familiar = Source::of([10, 0, 1, n].into());
            gate.lock().familiar.insert(familiar);
            crowd.extend(gate.enter(familiar, now, 0));
        }
        assert_eq!(crowd.len(), 512);
        assert!(gate.enter(home, now, 99).is_none(), "their places have a bound as well");
    }

    #[test]
    fn sources_are_what_one_person_can_have() {
        let of = |text: &str| Source::of(text.parse().unwrap());
        assert_eq!(of("2001:db8:0:1::7"), of("2001:db8:0:1:ffff::9"));
        assert_ne!(of("2001:db8:0:1::7"), of("2001:db8:0:2::7"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
