//! Events on their way to the window: the newest of each kind of snapshot, and a short queue of what happens once.
//! A slow window therefore never makes the engine wait, and never makes it grow.

use std::mem::discriminant;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::event::{Arrived, Event};

/// Once-only events kept for a window that does not look: more would not be read.
const ONCE_MAX: usize = 64;
/// Messages in one [`Arrived`].
pub(crate) const ARRIVED_MAX: usize = 20;

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    something: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    events: Vec<Event>,
    closed: bool,
}

/// The engine's side.
#[derive(Debug)]
pub(crate) struct Outlet(Arc<Shared>);

/// The engine's end that tells what happens.
#[derive(Debug)]
pub struct Events(Arc<Shared>);

pub(crate) fn mailbox() -> (Outlet, Events) {
    let shared = Arc::new(Shared::default());
    (Outlet(shared.clone()), Events(shared))
}

impl Shared {
    fn with<T>(&self, act: impl FnOnce(&mut Waiting) -> T) -> T {
        act(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Outlet {
    pub(crate) fn put(&self, event: Event) {
        self.0.with(|waiting| waiting.put(event));
        self.0.something.notify_one();
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.0.with(|waiting| waiting.closed = true);
        self.0.something.notify_one();
    }
}

impl Events {
    /// What happened since the last call, at least one event, oldest first; `None` when the engine is gone.
    /// Snapshots that were overtaken are left out.
    pub async fn next(&mut self) -> Option<Vec<Event>> {
        loop {
            let (events, closed) =
                self.0.with(|waiting| (std::mem::take(&mut waiting.events), waiting.closed));
            if !events.is_empty() {
                return Some(events);
            }
            if closed {
                return None;
            }
            self.0.something.notified().await;
        }
    }
}

impl Waiting {
    fn put(&mut self, event: Event) {
        match event {
            Event::Arrived(arrived) => self.put_arrived(arrived),
            Event::Notice(_) | Event::Done(_) | Event::Invited(_) | Event::RecoveryCodes(_) => {
                self.make_room();
                self.events.push(event);
            }
            snapshot => {
                self.events.retain(|old| discriminant(old) != discriminant(&snapshot));
                self.events.push(snapshot);
            }
        }
    }

    fn put_arrived(&mut self, arrived: Arrived) {
        let same = |event: &&mut Event| matches!(event, Event::Arrived(old) if old.catching_up == arrived.catching_up);
        // What the window has not looked at yet is told together: it never needs two of a kind.
        if let Some(Event::Arrived(old)) = self.events.iter_mut().rev().find(same) {
            merge(old, arrived);
        } else {
            self.events.push(Event::Arrived(arrived));
        }
    }

    fn make_room(&mut self) {
        let notices = self.events.iter().filter(|event| is_once(event)).count();
        if notices >= ONCE_MAX
            && let Some(oldest) = self.events.iter().position(is_once)
        {
            self.events.remove(oldest);
        }
    }
}

/// What would be missed if something later took its place.
fn is_once(event: &Event) -> bool {
    matches!(event, Event::Notice(_) | Event::Done(_) | Event::Invited(_) | Event::RecoveryCodes(_))
}

/// Adds what came later to what came before; the newest messages stay.
pub(crate) fn merge(old: &mut Arrived, later: Arrived) {
    old.count = old.count.saturating_add(later.count);
    old.messages.extend(later.messages);
    let surplus = old.messages.len().saturating_sub(ARRIVED_MAX);
    old.messages.drain(..surplus);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Arrival, Notice, Phase, Step};
    use snug_proto::entry::LOBBY;
    use snug_proto::talk::Target;

    fn arrived(text: &str) -> Event {
        let arrival = Arrival {
            room: Target::Room(LOBBY),
            room_name: "Lobby".into(),
            author_name: "bob".into(),
            preview: text.into(),
            mentions_me: false,
        };
        Event::Arrived(Arrived { messages: vec![arrival], count: 1, catching_up: false })
    }

    #[tokio::test]
    async fn a_slow_window_misses_only_what_was_overtaken() {
        let (outlet, mut events) = mailbox();
        outlet.put(Event::Phase(Phase::Entering(Step::Connecting)));
        outlet.put(Event::Notice(Notice::StillListed));
        outlet.put(Event::Phase(Phase::Entering(Step::LoggingIn)));
        let seen = events.next().await.unwrap();
        assert!(matches!(
            seen[..],
            [Event::Notice(Notice::StillListed), Event::Phase(Phase::Entering(Step::LoggingIn))]
        ));
        drop(outlet);
        assert!(events.next().await.is_none());
    }

    #[tokio::test]
    async fn arrivals_are_merged_and_bounded() {
        let (outlet, mut events) = mailbox();
        for n in 0..100 {
            outlet.put(arrived(&n.to_string()));
            outlet.put(Event::Notice(Notice::StillListed));
        }
        let seen = events.next().await.unwrap();
        assert_eq!(seen.len(), 1 + ONCE_MAX);
        let Event::Arrived(all) = &seen[0] else { panic!("arrivals come first") };
        assert_eq!((all.count, all.messages.len()), (100, ARRIVED_MAX));
        assert_eq!(all.messages.last().unwrap().preview, "99");
    }
}
