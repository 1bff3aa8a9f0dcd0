//! "Make this a device of its own": a copied folder, or one that is in use elsewhere, gets a device for itself by the
//! password. What its old device left open the log decides.

use snug_proto::Username;

use super::Actor;
use super::open::{LinkState, Resting, Waiting};
use crate::attempt::{Attempt, Came, How, In};
use crate::command::Password;
use crate::device::DeviceKey;
use crate::event::Problem;

impl Actor {
    pub(super) fn own_device(&mut self, password: Password) {
        let Some(open) = self.opened() else { return };
        let before = match &open.link {
            LinkState::Resting(Resting::Replaced { again }) => Resting::Replaced { again: *again },
            LinkState::Resting(Resting::Stopped(problem @ Problem::FolderCopied)) => {
                Resting::Stopped(problem.clone())
            }
            _ => return,
        };
        let record = open.record.clone();
        let name = record.account.as_ref().and_then(|(_, name)| Username::new(name).ok());
        let Some(name) = name else { return };
        let task = self.spawn_attempt(Attempt {
            address: record.address.clone(),
            keys: record.keys(),
            client: self.config.client.clone(),
            code: None,
            how: How::LogIn { name, password, server_is_trusted: true, replace: None },
        });
        if let Some(open) = self.opened() {
            open.set_link(LinkState::OwnDevice { task, before });
        }
    }

    pub(super) async fn own_device_came(&mut self, came: Came) {
        let problem = match came {
            Came::In(session) => return self.has_own_device(*session).await,
            Came::Full(seat) => {
                let Some((_, device)) = seat.kept else {
                    return self
                        .no_own_device(format!("The server is full: all {} seats are taken.", seat.max));
                };
                return match self.keep_own_device(device).await {
                    Ok(()) => self.wait(Waiting::Full { max: seat.max }, seat.wait),
                    Err(problem) => self.no_own_device(problem.to_string()),
                };
            }
            Came::Failed { problem, .. } => problem,
            Came::TooManyDevices(_) => Problem::TooManyDevices,
            Came::KeyChanged(_) | Came::Proven { .. } | Came::DeviceForgotten => Problem::NotProven,
        };
        self.no_own_device(problem.to_string());
    }

    async fn has_own_device(&mut self, session: In) {
        match self.keep_own_device(session.device.clone()).await {
            Ok(()) => self.go_online(session).await,
            Err(problem) => self.no_own_device(problem.to_string()),
        }
    }

    async fn keep_own_device(&mut self, device: DeviceKey) -> Result<(), Problem> {
        let Some(open) = self.opened() else { return Ok(()) };
        let mut record = open.record.clone();
        let record = self
            .servers(move |servers| {
                servers.keep_device(&mut record, &device)?;
                Ok(record)
            })
            .await?;
        // From now on nobody else holds it.
        self.replaced.remove(&record.key);
        if let Some(open) = self.opened() {
            open.record = record;
        }
        Ok(())
    }

    /// It stays as it was; the reason is a sentence.
    fn no_own_device(&mut self, reason: String) {
        let Some(open) = self.opened() else { return };
        let link = std::mem::replace(&mut open.link, LinkState::Resting(Resting::DeviceForgotten));
        if let LinkState::OwnDevice { before, .. } = link {
            open.set_link(LinkState::Resting(before));
        }
        self.not_done(reason);
    }
}
