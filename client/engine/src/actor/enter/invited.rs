//! Getting in by an invite or a code: nobody is asked about the key, unless another one is known for the address.

use snug_proto::{Fingerprint, Username};

use super::{Entering, Server, Stage};
use crate::actor::{Actor, State};
use crate::backoff::Backoff;
use crate::command::{Form, TrustAnswer};
use crate::event::Manner;
use crate::trust::Record;

impl Actor {
    /// A link names the key. An address that stands in a record is that record; only an address in none is looked up
    /// by its key.
    pub(super) async fn follow_invite(
        &mut self,
        form: Form,
        name: Username,
        named: Fingerprint,
        known: Option<Record>,
    ) {
        let now = self.environment.now();
        let known = match known {
            Some(record) if !record.keys().contains(&named) => {
                let stage = Stage::Rekeyed { record, named };
                let entering = Entering { form, name, backoff: Backoff::default(), stage };
                self.state = State::Entering(Box::new(entering));
                return;
            }
            Some(record) => Ok(Some(record)),
            None => {
                let wanted = name.as_str().to_owned();
                self.servers(move |servers| servers.with_key(named, &wanted)).await
            }
        };
        let server = match known {
            Err(problem) => return self.leave(Some(problem)),
            Ok(None) => Server::New { key: named, manner: Manner::Invite },
            Ok(Some(mut record)) => {
                record.address = form.server.address().clone();
                record.vouched_for(named, now);
                Server::Known(record)
            }
        };
        self.try_to_enter(form, name, Backoff::default(), server).await;
    }

    /// A stranger's key was looked at. Where there is a code, it proves the server, and nobody is asked.
    pub(super) async fn prove_by_code(&mut self, shown: Fingerprint) {
        let State::Entering(entering) = &self.state else { return };
        if entering.form.server.code().is_none() {
            return;
        }
        let Some(Entering { form, name, backoff, .. }) = self.take_entering() else { return };
        let server = Server::New { key: shown, manner: Manner::Code };
        self.try_to_enter(form, name, backoff, server).await;
    }

    /// The person said what an invite with another key is.
    pub(super) async fn answer_rekeyed(&mut self, answer: TrustAnswer) {
        let Some(Entering { form, name, backoff, stage }) = self.take_entering() else { return };
        let now = self.environment.now();
        match (stage, answer) {
            (Stage::Rekeyed { mut record, named }, TrustAnswer::SameServer) => {
                record.address = form.server.address().clone();
                record.rekeyed(named, now);
                self.try_to_enter(form, name, backoff, Server::Rekeyed(record)).await;
            }
            (Stage::Rekeyed { named, .. }, TrustAnswer::AnotherServer) => {
                let server = Server::New { key: named, manner: Manner::Invite };
                self.try_to_enter(form, name, backoff, server).await;
            }
            (_, TrustAnswer::NotNow) => self.leave(None),
            (stage, _) => self.state = State::Entering(Box::new(Entering { form, name, backoff, stage })),
        }
    }
}
