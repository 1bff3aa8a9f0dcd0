//! Dialling behind an open copy: the tries, what becomes of each, and the person's word to try again.

use std::time::Duration;

use snug_proto::Username;
use snug_proto::refusal::Why;
use tokio::time::Instant;

use super::enter::{key_change, why_not_proven};
use super::open::{LinkState, Resting, Waiting};
use super::{Actor, State, TaskId};
use crate::attempt::{Attempt, Came, How};
use crate::command::Password;
use crate::device::DeviceKey;
use crate::event::{KeyChange, Problem};
use crate::keyring::Closed;

impl Actor {
    /// Dials with this computer's key.
    pub(super) async fn connect(&mut self) {
        let Some(open) = self.opened() else { return };
        let mut record = open.record.clone();
        let found = self.servers(move |servers| {
            let device = servers.device(&mut record);
            Ok((device, record))
        });
        let found = found.await;
        let Some(open) = self.opened() else { return };
        let resting = match found {
            Ok((Ok(Some(device)), record)) => {
                open.record = record;
                return self.dial(device);
            }
            Ok((Err(Closed::Locked), _)) => Resting::Stopped(Problem::KeyringLocked),
            Ok((Err(Closed::Absent), _)) => Resting::Stopped(Problem::KeyringAbsent),
            Ok((Ok(None), _)) | Err(_) => Resting::DeviceForgotten,
        };
        open.set_link(LinkState::Resting(resting));
    }

    fn dial(&mut self, device: DeviceKey) {
        let Some(open) = self.opened() else { return };
        let attempt = Attempt {
            address: open.record.address.clone(),
            keys: open.record.keys(),
            client: self.config.client.clone(),
            code: None,
            how: How::Device(device),
        };
        let task = self.spawn_attempt(attempt);
        if let Some(open) = self.opened() {
            open.set_link(LinkState::Connecting(task));
        }
    }

    /// Another place has this device's session now; the person decides which one goes on.
    pub(super) fn was_replaced(&mut self) {
        let State::Open(open) = &mut self.state else { return };
        let again = !self.replaced.insert(open.record.key);
        open.set_link(LinkState::Resting(Resting::Replaced { again }));
    }

    pub(super) fn wait(&mut self, why: Waiting, asked: Option<Duration>) {
        let (patience, random) = (self.environment.patience, (self.environment.random)());
        let Some(open) = self.opened() else { return };
        let wait = open.backoff.next(asked, &patience, random);
        open.set_link(LinkState::Waiting { why, wait, until: Instant::now() + wait });
    }

    pub(super) async fn open_came(&mut self, id: TaskId, came: Came) {
        let Some(open) = self.opened() else { return };
        if !open.link.is_task(id) {
            return;
        }
        if let LinkState::Proving { change, .. } = &open.link {
            let change = change.clone();
            return self.proof_came(change, came).await;
        }
        if let LinkState::OwnDevice { .. } = &open.link {
            return self.own_device_came(came).await;
        }
        match came {
            Came::In(session) => self.go_online(*session).await,
            Came::Full(seat) => self.wait(Waiting::Full { max: seat.max }, seat.wait),
            Came::KeyChanged(shown) => {
                let change = key_change(&open.record, shown, None);
                open.set_link(LinkState::Resting(Resting::KeyChanged(change)));
            }
            Came::DeviceForgotten => self.device_forgotten().await,
            Came::Failed { problem: Problem::Banned { until }, .. } => self.kept_out(until),
            Came::Failed { problem: Problem::Goodbye(Why::Kicked), .. } => self.sent_out().await,
            // Another place was faster: trying again would put that one out in turn, without end.
            Came::Failed { problem: Problem::Goodbye(Why::Replaced), .. } => self.was_replaced(),
            Came::Failed { problem, wait } => self.wait(Waiting::Offline(problem), wait),
            // Only a login by password is told so, and this was none.
            Came::Proven { .. } | Came::TooManyDevices(_) => self.connect().await,
        }
    }

    async fn device_forgotten(&mut self) {
        let Some(open) = self.opened() else { return };
        let mut record = open.record.clone();
        let forgotten = self.servers(move |servers| {
            servers.forget_device(&mut record)?;
            Ok(record)
        });
        let forgotten = forgotten.await;
        self.told.servers_changed();
        let Some(open) = self.opened() else { return };
        if let Ok(record) = forgotten {
            open.record = record;
        }
        open.set_link(LinkState::Resting(Resting::DeviceForgotten));
    }

    pub(super) async fn prove_open(&mut self, password: Password) {
        let Some(open) = self.opened() else { return };
        let LinkState::Resting(Resting::KeyChanged(change)) = &open.link else { return };
        let mut change = change.clone();
        let record = open.record.clone();
        let name = record.account.as_ref().and_then(|(_, name)| Username::new(name).ok());
        let link = match name.filter(|_| record.server_key.is_some()) {
            Some(name) => {
                change.problem = None;
                let task = self.spawn_attempt(self.proof(&record, change.shown, name, password));
                LinkState::Proving { task, change }
            }
            None => {
                change.problem = Some(Problem::NotProven);
                LinkState::Resting(Resting::KeyChanged(change))
            }
        };
        if let Some(open) = self.opened() {
            open.set_link(link);
        }
    }

    async fn proof_came(&mut self, mut change: KeyChange, came: Came) {
        let now = self.environment.now();
        let Some(open) = self.opened() else { return };
        match came {
            Came::Proven { key } => {
                open.record.proven(key, now);
                let record = open.record.clone();
                let saved = self.servers(move |servers| servers.save(&record)).await;
                self.told.servers_changed();
                match saved {
                    Ok(()) => self.connect().await,
                    Err(problem) => self.leave(Some(problem)),
                }
            }
            other => {
                change.problem = Some(why_not_proven(other));
                open.set_link(LinkState::Resting(Resting::KeyChanged(change)));
            }
        }
    }

    pub(super) async fn retry(&mut self) {
        let Some(open) = self.opened() else { return self.retry_entering().await };
        match open.link {
            LinkState::Resting(Resting::Kicked) => self.come_back().await,
            LinkState::Waiting { .. } | LinkState::Resting(_) => self.connect().await,
            LinkState::Connecting(_)
            | LinkState::Online(_)
            | LinkState::Proving { .. }
            | LinkState::OwnDevice { .. } => {}
        }
    }
}
