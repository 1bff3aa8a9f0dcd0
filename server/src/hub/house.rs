//! What administrators did, as it concerns who is here: who is sent away, who is kept out, and what holds from now on.

use std::sync::Arc;

use snug_proto::house::BanKind;
use snug_proto::id::{AccountId, DeviceId};
use snug_proto::refusal::{Goodbye, Why};

use super::{Handle, Hub, State};
use crate::in_force::InForce;
use crate::listener::Source;

/// What an act of an administrator brought beside its entry.
#[derive(Debug, Clone)]
pub(crate) enum Acted {
    /// Somebody is sent away.
    SentAway(AccountId),
    /// These are the bans from now on, and whoever the newest one is about is sent away.
    Bans(Vec<Ban>, Option<Whom>),
    /// This holds from now on.
    InForce(InForce),
}

/// Who is sent away by a ban.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whom {
    Account(AccountId),
    Device(DeviceId),
}

/// A ban, as far as a door has to know it. There are at most [`BANS_MAX`](snug_proto::limits::BANS_MAX).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ban {
    pub(crate) keeps_out: KeptOut,
    /// In milliseconds since 1970; 0 for good.
    pub(crate) until: i64,
}

/// Whom a ban keeps out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeptOut {
    Account(AccountId),
    /// The public key of a device.
    Key(Vec<u8>),
    /// A network.
    Source(Source),
}

impl KeptOut {
    /// As it stands in the database.
    pub(crate) fn of(kind: BanKind, account: AccountId, key: Option<Vec<u8>>, source: &str) -> Option<Self> {
        match kind {
            BanKind::ACCOUNT => Some(Self::Account(account)),
            BanKind::DEVICE => key.map(Self::Key),
            BanKind::SOURCE => source.parse().ok().map(Self::Source),
            _ => None,
        }
    }
}

/// How much longer somebody is kept out, in milliseconds; `None` for good.
pub(crate) type Left = Option<i64>;

impl Hub {
    /// What holds now.
    pub(crate) fn in_force(&self) -> InForce {
        self.lock().in_force.clone()
    }

    /// Whether a ban keeps this out now.
    pub(crate) fn is_kept_out(&self, what: &KeptOut, now_ms: i64) -> Option<Left> {
        let state = self.lock();
        let holds = |ban: &&Ban| ban.keeps_out == *what && (ban.until == 0 || ban.until > now_ms);
        // Of several the one that ends last counts.
        let untils = state.bans.iter().filter(holds).map(|ban| ban.until);
        untils.reduce(|a, b| if a == 0 || b == 0 { 0 } else { a.max(b) }).map(|until| match until {
            0 => None,
            until => Some(until - now_ms),
        })
    }

    /// Where an account is connected from now, each network once.
    pub(crate) fn sources_of(&self, account: AccountId) -> Vec<Source> {
        let state = self.lock();
        let mut sources: Vec<Source> = state.handles_of(account).map(|handle| handle.source).collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }
}

impl State {
    fn handles_of(&self, account: AccountId) -> impl Iterator<Item = &Arc<Handle>> {
        let sessions = self.accounts.get(&account).map(|person| person.sessions.as_slice());
        sessions.unwrap_or_default().iter().map(|session| &self.sessions[session].handle)
    }

    pub(super) fn acted(&mut self, acted: Acted) {
        match acted {
            Acted::SentAway(account) => self.send_away(Whom::Account(account), Why::Kicked),
            Acted::Bans(bans, whom) => {
                self.bans = bans;
                if let Some(whom) = whom {
                    self.send_away(whom, Why::Banned);
                }
            }
            Acted::InForce(in_force) => self.in_force = in_force,
        }
    }

    fn send_away(&self, whom: Whom, why: Why) {
        let goodbye = || Goodbye { why, retry_after: None };
        match whom {
            Whom::Account(account) => self.handles_of(account).for_each(|handle| handle.end(goodbye())),
            Whom::Device(device) => {
                if let Some(session) = self.devices.get(&device) {
                    self.sessions[session].handle.end(goodbye());
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

    #[test]
    fn a_ban_that_is_over_keeps_nobody_out_and_of_two_the_longer_one_counts() {
        let ban = |account, until| Ban { keeps_out: KeptOut::Account(account), until };
        let bans = vec![ban(ALICE, 500), ban(ALICE, 800), ban(AccountId(2), 0), ban(AccountId(2), 700)];
        let hub = Hub::new(3, Known { bans, ..Known::default() }, Plant::Nothing);
        let left = |account, now| hub.is_kept_out(&KeptOut::Account(account), now);
        assert_eq!(left(ALICE, 400), Some(Some(400)));
        assert_eq!(left(ALICE, 800), None);
        assert_eq!(left(AccountId(2), 9_000), Some(None), "for good");
        assert_eq!(left(AccountId(3), 400), None);
    }
}
