//! Seats: accounts with at least one live session. A seat is a value; whoever drops the last one of an account
//! frees it, however the session ended.

use std::collections::HashMap;
use std::sync::Arc;

use snug_proto::id::{AccountId, DeviceId};
use snug_proto::refusal::Why;

use super::{Cursors, Handle, Hub, SessionId, State};
use crate::listener::Source;

/// Who sits. An account's sessions, and its logins under way, share one seat.
#[derive(Debug, Default)]
pub(super) struct Seats {
    accounts: HashMap<AccountId, u32>,
    newcomers: u32,
}

impl Seats {
    fn taken(&self) -> usize {
        self.accounts.len() + self.newcomers as usize
    }
}

impl State {
    fn has_seats(&self) -> bool {
        self.seats.taken() < self.in_force.max_users as usize
    }
}

/// A hold on a seat.
#[derive(Debug)]
pub(crate) struct Seat {
    hub: Arc<Hub>,
    /// Whose; a newcomer has no account yet.
    account: Option<AccountId>,
}

impl Seat {
    /// A seat for this account, the one it has already or a free one.
    pub(crate) fn take(hub: &Arc<Hub>, account: AccountId) -> Option<Self> {
        let mut state = hub.lock();
        let free = state.has_seats();
        match state.seats.accounts.get_mut(&account) {
            Some(holds) => *holds += 1,
            None if free => {
                state.seats.accounts.insert(account, 1);
            }
            None => return None,
        }
        Some(Self { hub: hub.clone(), account: Some(account) })
    }

    /// A seat for somebody whose account is about to be written.
    pub(crate) fn reserve(hub: &Arc<Hub>) -> Option<Self> {
        let mut state = hub.lock();
        if !state.has_seats() {
            return None;
        }
        state.seats.newcomers += 1;
        Some(Self { hub: hub.clone(), account: None })
    }

    /// How many are taken.
    pub(crate) fn taken(hub: &Hub) -> u32 {
        u32::try_from(hub.lock().seats.taken()).unwrap_or(u32::MAX)
    }

    /// Whether a newcomer would find a seat now.
    pub(crate) fn is_free(hub: &Hub) -> bool {
        hub.lock().has_seats()
    }

    /// The newcomer has an account now.
    pub(crate) fn give_to(mut self, account: AccountId) -> Self {
        let hub = self.hub.clone();
        let mut state = hub.lock();
        state.seats.newcomers -= 1;
        *state.seats.accounts.entry(account).or_default() += 1;
        drop(state);
        self.account = Some(account);
        self
    }

    /// Lets a session of this account in.
    pub(crate) fn sit_down(
        self,
        id: SessionId,
        device: DeviceId,
        source: Source,
    ) -> Result<(Place, Cursors), Why> {
        let account = self.account.expect("a newcomer has an account by now");
        let (handle, cursors) = self.hub.register(id, account, device, source)?;
        Ok((Place { handle, seat: self }, cursors))
    }
}

/// A session's place in the hub, with its seat. Whoever drops it leaves, whatever happened to them.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) handle: Arc<Handle>,
    seat: Seat,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.seat.hub.leave(self.handle.id);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.hub.lock();
        match self.account {
            None => state.seats.newcomers -= 1,
            Some(account) => {
                let holds = state.seats.accounts.get_mut(&account).expect("held until now");
                *holds -= 1;
                if *holds == 0 {
                    state.seats.accounts.remove(&account);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Known;
    use super::*;
    use crate::store::Plant;

    const ALICE: AccountId = AccountId(1);
    const BOB: AccountId = AccountId(2);

    #[test]
    fn an_account_has_one_seat_however_many_sessions() {
        let hub = Arc::new(Hub::new(1, Known::default(), Plant::Nothing));
        let first = Seat::take(&hub, ALICE).unwrap();
        let second = Seat::take(&hub, ALICE).unwrap();
        assert!(Seat::take(&hub, BOB).is_none());
        drop(first);
        assert!(Seat::take(&hub, BOB).is_none(), "her second device still sits");
        drop(second);
        assert!(Seat::take(&hub, BOB).is_some());
    }

    #[test]
    fn a_newcomer_holds_a_seat_before_the_account_is_there() {
        let hub = Arc::new(Hub::new(1, Known::default(), Plant::Nothing));
        let seat = Seat::reserve(&hub).unwrap();
        assert!(!Seat::is_free(&hub));
        assert!(Seat::reserve(&hub).is_none());
        let seat = seat.give_to(ALICE);
        assert!(Seat::take(&hub, ALICE).is_some());
        assert!(Seat::take(&hub, BOB).is_none());
        drop(seat);
        assert!(Seat::is_free(&hub));
    }
}
