//! Who got in: the record that it belongs to, the device that is kept, and the copy that opens.

use snug_proto::Fingerprint;

use super::super::Actor;
use super::{Entering, Server};
use crate::attempt::{In, NoSeat};
use crate::event::{Problem, Trust};
use crate::trust::Record;

impl Actor {
    /// The person is who they say and this computer is their device already. Where the server was found this time is
    /// where its device login goes from now on.
    pub(super) async fn proved(&mut self, mut record: Record, key: Fingerprint) {
        record.rolled_over(key, self.environment.now());
        let server = record.key;
        match self.servers(move |servers| servers.save(&record)).await {
            Ok(()) => {
                self.open(server).await;
                // Who was sent out and types their password wants to come back.
                self.retry().await;
            }
            Err(problem) => self.leave(Some(problem)),
        }
    }

    pub(super) async fn got_in(&mut self, entering: Entering, server: Server, session: In) {
        let account = (session.logged_in.account, session.logged_in.name.as_str().to_owned());
        let file_max = session.welcome.file_max;
        let server_name = session.welcome.name.as_str().to_owned();
        let record = self
            .record_for(entering, server, session.key, session.server_key.clone(), |record| {
                record.account = Some(account);
                record.name = server_name;
                record.file_max = file_max;
                record.announced(session.logged_in.successor);
            })
            .await;
        match record {
            Ok(mut record) => {
                let device = session.device.clone();
                let kept = self.servers(move |servers| {
                    servers.keep_device(&mut record, &device)?;
                    servers.used(record.key)?;
                    Ok(record)
                });
                match kept.await {
                    Ok(record) => self.open_with(record, Some(session)).await,
                    Err(problem) => self.leave(Some(problem)),
                }
            }
            Err(problem) => self.leave(Some(problem)),
        }
    }

    /// The password was right, but no seat is free: the device stays, and the next try types nothing.
    pub(super) async fn kept(&mut self, entering: Entering, server: Server, seat: NoSeat) {
        let Some((kept, device)) = seat.kept else { return };
        let name = entering.name.as_str().to_owned();
        let server_name = seat.welcome.name.as_str().to_owned();
        let record = self
            .record_for(entering, server, seat.key, seat.server_key, |record| {
                record.account = Some((kept.account, name));
                record.name = server_name;
            })
            .await;
        let saved = match record {
            Ok(mut record) => {
                self.servers(move |servers| {
                    servers.keep_device(&mut record, &device)?;
                    servers.used(record.key)?;
                    Ok(record)
                })
                .await
            }
            Err(problem) => Err(problem),
        };
        match saved {
            Ok(record) => self.open_full(record, seat.max, seat.wait).await,
            Err(problem) => self.leave(Some(problem)),
        }
    }

    /// The record that a success belongs to: the known one, another one for another account there, or a new one that
    /// the password, the code or the invite proved.
    async fn record_for(
        &self,
        entering: Entering,
        server: Server,
        key: Fingerprint,
        server_key: Option<Vec<u8>>,
        learn: impl FnOnce(&mut Record),
    ) -> Result<Record, Problem> {
        let now = self.environment.now();
        let address = entering.form.server.address().clone();
        let name = entering.name.as_str().to_lowercase();
        let mut record = match server {
            Server::Known(mut known) | Server::Rekeyed(mut known) => {
                known.rolled_over(key, now);
                let theirs = known.account.as_ref().is_none_or(|(_, account)| account.to_lowercase() == name);
                if theirs {
                    known
                } else {
                    let trust = known.trust;
                    self.servers(move |servers| servers.add(address, known.pin, trust)).await?
                }
            }
            Server::New { key, manner } => {
                let trust = Trust { manner, at: now };
                self.servers(move |servers| servers.add(address, key, trust)).await?
            }
        };
        if server_key.is_some() {
            record.server_key = server_key;
        }
        learn(&mut record);
        Ok(record)
    }
}
