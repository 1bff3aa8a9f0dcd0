//! How often a password may be tried. A try is counted when it starts, since the client knows the result before the
//! server does; one that succeeds gives its start back.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::config::Limits;
use crate::listener::Source;

/// Entries each map keeps; what was touched longest ago goes first. A flood of names costs memory only up to here.
const KNOWN_MAX: usize = 10_000;
/// Tries of an account over all sources it never logged in from are counted by the hour.
const HOUR: Duration = Duration::from_secs(3600);

/// What names have in common that are one; an account need not exist to be tried.
pub(crate) type NameKey = String;

#[derive(Debug, Clone, Copy)]
struct Tries {
    failed: u32,
    last: Instant,
    /// Before this no other try is taken.
    next: Instant,
}

impl Tries {
    /// Until when, if there is a wait at all. Whoever comes at the same time may have looked at the clock a little later.
    fn waits(&self) -> Option<Instant> {
        (self.next > self.last).then_some(self.next)
    }
}

/// The tries there were.
#[derive(Debug)]
pub(crate) struct Throttle {
    free: u32,
    wait_max: Duration,
    per_hour: u32,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    by_both: HashMap<(NameKey, Source), Tries>,
    by_source: HashMap<Source, Tries>,
    /// Per name, over all sources that never logged in to it: how many in the hour that began then.
    by_name: HashMap<NameKey, (u32, Instant)>,
    familiar: HashSet<(NameKey, Source)>,
}

impl Throttle {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            free: limits.login_tries_free,
            wait_max: limits.login_wait_max,
            per_hour: limits.login_tries_per_hour,
            state: Mutex::default(),
        }
    }

    /// Counts a try, or says how long to wait before the next one is taken.
    pub(crate) fn start(&self, name: &NameKey, source: Source, now: Instant) -> Result<(), Duration> {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let both = (name.clone(), source);
        let familiar = state.familiar.contains(&both);
        let hour = state.by_name.get(name).filter(|(_, since)| now.duration_since(*since) < HOUR).copied();
        let waits = [
            state.by_both.get(&both).and_then(Tries::waits),
            state.by_source.get(&source).and_then(Tries::waits),
            hour.filter(|(count, _)| !familiar && *count >= self.per_hour).map(|(_, since)| since + HOUR),
        ];
        let next = waits.into_iter().flatten().max().unwrap_or(now);
        if next > now {
            return Err(next - now);
        }
        self.count(&mut state.by_both, both, now);
        self.count(&mut state.by_source, source, now);
        if !familiar {
            let (count, since) = hour.unwrap_or((0, now));
            make_room(&mut state.by_name, |(_, since)| *since);
            state.by_name.insert(name.clone(), (count + 1, since));
        }
        Ok(())
    }

    fn count<K: Eq + Hash + Clone>(&self, map: &mut HashMap<K, Tries>, key: K, now: Instant) {
        make_room(map, |tries| tries.last);
        let tries = map.entry(key).or_insert(Tries { failed: 0, last: now, next: now });
        // What lies long back is forgiven.
        if now.duration_since(tries.last) > HOUR {
            tries.failed = 0;
        }
        tries.failed += 1;
        let doublings = tries.failed.checked_sub(self.free.max(1)).map(|over| over.min(16));
        let wait = doublings.map_or(Duration::ZERO, |over| Duration::from_secs(1 << over).min(self.wait_max));
        (tries.last, tries.next) = (now, now + wait);
    }

    /// The try succeeded.
    pub(crate) fn give_back(&self, name: &NameKey, source: Source) {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let both = (name.clone(), source);
        state.by_both.remove(&both);
        if let Some(tries) = state.by_source.get_mut(&source) {
            tries.failed = tries.failed.saturating_sub(1);
            tries.next = tries.last;
        }
        let familiar = state.familiar.contains(&both);
        if let Some((count, _)) = state.by_name.get_mut(name).filter(|_| !familiar) {
            *count = count.saturating_sub(1);
        }
        if state.familiar.len() < KNOWN_MAX {
            state.familiar.insert(both);
        }
    }
}

/// Drops the older half of a map that is full: rare, and cheap over all.
fn make_room<K: Eq + Hash + Clone, V>(map: &mut HashMap<K, V>, touched: impl Fn(&V) -> Instant) {
    if map.len() < KNOWN_MAX {
        return;
    }
    let mut times: Vec<Instant> = map.values().map(&touched).collect();
    let middle = times.len() / 2;
    let (_, median, _) = times.select_nth_unstable(middle);
    let median = *median;
    map.retain(|_, value| touched(value) > median);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(last: u8) -> Source {
        Source::of([192, 0, 2, last].into())
    }

    #[tokio::test]
    async fn five_are_free_then_the_waits_double() {
        let throttle = Throttle::new(&Limits::default());
        let (alice, now) = ("alice".to_owned(), Instant::now());
        for _ in 0..5 {
            assert_eq!(throttle.start(&alice, source(1), now), Ok(()));
        }
        assert_eq!(throttle.start(&alice, source(1), now), Err(Duration::from_secs(1)));
        let later = now + Duration::from_secs(1);
        assert_eq!(throttle.start(&alice, source(1), later), Ok(()));
        assert_eq!(throttle.start(&alice, source(1), later), Err(Duration::from_secs(2)));
        assert_eq!(throttle.start(&alice, source(2), later), Ok(()), "another source is another matter");
        assert_eq!(throttle.start(&"bob".to_owned(), source(1), later), Err(Duration::from_secs(2)));
    }

    #[tokio::test]
    async fn who_knows_the_password_never_waits() {
        let throttle = Throttle::new(&Limits::default());
        let (alice, now) = ("alice".to_owned(), Instant::now());
        for _ in 0..100 {
            assert_eq!(throttle.start(&alice, source(1), now), Ok(()));
            throttle.give_back(&alice, source(1));
        }
    }

    #[tokio::test]
    async fn no_wait_is_longer_than_the_longest() {
        let throttle = Throttle::new(&Limits { login_wait_max: Duration::from_secs(3), ..Limits::default() });
        let (alice, mut now) = ("alice".to_owned(), Instant::now());
        let mut waits = Vec::new();
        while waits.len() < 4 {
            if let Err(wait) = throttle.start(&alice, source(1), now) {
                now += wait;
                waits.push(wait.as_secs());
            }
        }
        assert_eq!(waits, [1, 2, 3, 3]);
    }

    #[tokio::test]
    async fn of_two_at_the_same_time_neither_waits_for_the_other() {
        let throttle = Throttle::new(&Limits::default());
        let (alice, now) = ("alice".to_owned(), Instant::now());
        assert_eq!(throttle.start(&alice, source(1), now + Duration::from_micros(1)), Ok(()));
        assert_eq!(
            throttle.start(&alice, source(1), now),
            Ok(()),
            "who looked at the clock first comes second"
        );
    }

    #[tokio::test]
    async fn many_sources_share_one_hour_and_the_owner_still_gets_in() {
        let throttle = Throttle::new(&Limits::default());
        let (alice, now) = ("alice".to_owned(), Instant::now());
        throttle.start(&alice, source(200), now).unwrap();
        throttle.give_back(&alice, source(200));
        for from in 0..30 {
            assert_eq!(throttle.start(&alice, source(from), now), Ok(()));
        }
        assert_eq!(throttle.start(&alice, source(99), now), Err(HOUR));
        assert_eq!(throttle.start(&alice, source(200), now), Ok(()), "she logged in from there before");
    }
}
