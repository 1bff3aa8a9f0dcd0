//! What the account's password is typed for once more: another one in its place, and the end of the account. One at a
//! time, and on one connection: what is not answered there is not done later.

use std::time::Duration;

use snug_proto::bounded::Bytes;
use snug_proto::login::Stretch;
use snug_proto::refusal::Refusal;
use snug_proto::talk::{Reply, Request};

use super::super::deeds::Asker;
use super::super::open::Trouble;
use super::super::{Actor, Input, State, Task, TaskId};
use super::Asked;
use crate::command::{Password, TextsFate};
use crate::copy::CopyError;
use crate::login;
use crate::login::proof::{Proof, Renewal, Unproven};

/// The password is on its way to prove who asks.
#[derive(Debug)]
pub(in crate::actor) struct Proving {
    /// Comes back with the answer.
    ticket: u64,
    /// The connection it belongs to.
    link: TaskId,
    aim: Aim,
    stage: Stage,
}

/// What for.
#[derive(Debug, Clone)]
enum Aim {
    /// Another password.
    Change(Password),
    /// The end of the account.
    Delete(TextsFate),
}

#[derive(Debug)]
enum Stage {
    /// The proof waits for the server's half.
    Begun(Box<Proof>),
    /// The other password waits for the server's half.
    Renewing(Box<Proof>, Box<(Challenge, Renewal)>),
    /// The passwords are stretched.
    Stretching(Task),
    /// The server is asked to do it.
    Asked { server_key: Vec<u8> },
    /// It is done, and this computer fetches what is known of it.
    Done,
}

/// The server's half of a proof.
type Challenge = (Bytes<320>, Stretch);

const LOST: Unproven = "The connection was lost before this was done.";

/// What came of the stretching.
pub(in crate::actor) type Proved = Result<Stretched, Unproven>;

/// The last halves, to be sent.
#[derive(Debug)]
pub(in crate::actor) struct Stretched {
    ke3: Bytes<64>,
    /// The record of another password, where that is the aim.
    upload: Option<Bytes<192>>,
    server_key: Vec<u8>,
}

impl Actor {
    pub(in crate::actor) async fn change_password(
        &mut self,
        ticket: u64,
        old: Password,
        new: Password,
    ) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let name = open.record.account.as_ref().map(|(_, name)| name.clone()).unwrap_or_default();
        let (offload, checked) = (self.environment.offload, new.clone());
        match offload.run(move || login::check_strength(&name, &checked)).await {
            Ok(()) => self.prove_password(ticket, &old, Aim::Change(new)),
            Err(problem) => self.answer_asker(Asker::Window(ticket), Err((problem.to_string(), None))),
        }
        Ok(())
    }

    pub(in crate::actor) fn delete_account(
        &mut self,
        ticket: u64,
        password: &Password,
        texts: TextsFate,
    ) -> Result<(), CopyError> {
        self.prove_password(ticket, password, Aim::Delete(texts));
        Ok(())
    }

    fn prove_password(&mut self, ticket: u64, password: &Password, aim: Aim) {
        if let Err(reason) = self.begin_proof(ticket, password, aim) {
            self.answer_asker(Asker::Window(ticket), Err((reason.to_owned(), None)));
        }
    }

    fn begin_proof(&mut self, ticket: u64, password: &Password, aim: Aim) -> Result<(), Unproven> {
        const OFFLINE: Unproven = "This needs a connection to the server.";
        let Some(open) = self.opened() else { return Err(OFFLINE) };
        if open.proving.is_some() {
            return Err("Too much at once. Please wait a moment.");
        }
        let Some(online) = open.online() else { return Err(OFFLINE) };
        let (proof, ke1) = Proof::begin(password)?;
        online.ask(Request::ProofStart { ke1 }, Asked::Proof).map_err(|_| OFFLINE)?;
        let link = online.task.id;
        open.proving = Some(Proving { ticket, link, aim, stage: Stage::Begun(Box::new(proof)) });
        Ok(())
    }

    /// The server's next word about it.
    pub(super) async fn proof_answered(&mut self, result: Result<Reply, Refusal>) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let Some(Proving { ticket, link, aim, stage }) = open.proving.take() else { return Ok(()) };
        let next = match result {
            Ok(reply) => self.proof_goes_on(&aim, stage, reply).await,
            Err(refusal) => {
                let wait = refusal.retry_after.map(|seconds| Duration::from_secs(seconds.into()));
                let refused = Err((refusal.sentence.into_string(), wait));
                self.answer_asker(Asker::Window(ticket), refused);
                return Ok(());
            }
        };
        match next {
            Ok(Some(stage)) => {
                if let Some(open) = self.opened() {
                    open.proving = Some(Proving { ticket, link, aim, stage });
                }
                Ok(())
            }
            Ok(None) => {
                self.answer_asker(Asker::Window(ticket), Ok(None));
                Ok(())
            }
            Err(trouble) => {
                self.answer_asker(Asker::Window(ticket), Err((LOST.to_owned(), None)));
                Err(trouble)
            }
        }
    }

    /// The next stage; `None` when the account is no more.
    async fn proof_goes_on(
        &mut self,
        aim: &Aim,
        stage: Stage,
        reply: Reply,
    ) -> Result<Option<Stage>, Trouble> {
        let Some(open) = self.opened() else { return Err(Trouble::Lost) };
        let Some(online) = open.link.online() else { return Err(Trouble::Lost) };
        match (stage, aim, reply) {
            (Stage::Begun(proof), Aim::Change(new), Reply::ProofChallenge { ke2, stretch }) => {
                let (renewal, request) = Renewal::begin(new).map_err(|_| Trouble::Lost)?;
                online.ask(Request::PasswordStart { request }, Asked::Proof)?;
                Ok(Some(Stage::Renewing(proof, Box::new(((ke2, stretch), renewal)))))
            }
            (Stage::Begun(proof), Aim::Delete(_), Reply::ProofChallenge { ke2, stretch }) => {
                self.stretch(proof, (ke2, stretch), None).map(Some)
            }
            (Stage::Renewing(proof, begun), _, Reply::PasswordChallenge { response }) => {
                let (challenge, renewal) = *begun;
                self.stretch(proof, challenge, Some((renewal, response))).map(Some)
            }
            (Stage::Asked { server_key }, Aim::Change(_), Reply::Done) => {
                online.ask(Request::Access, Asked::Changed)?;
                open.record.server_key = Some(server_key);
                let record = open.record.clone();
                // It proves the server to a later login; this connection does not need it.
                let _ = self.servers(move |servers| servers.save(&record)).await;
                Ok(Some(Stage::Done))
            }
            (Stage::Asked { .. }, Aim::Delete(_), Reply::Done) => {
                self.account_deleted().await;
                Ok(None)
            }
            _ => Err(Trouble::Lost),
        }
    }

    /// Stretches the passwords, off the async threads and beside everything else.
    fn stretch(
        &mut self,
        proof: Box<Proof>,
        (ke2, stretch): Challenge,
        renewal: Option<(Renewal, Bytes<64>)>,
    ) -> Result<Stage, Trouble> {
        let Some(open) = self.opened() else { return Err(Trouble::Lost) };
        let known = open.record.server_key.clone();
        let Some(bound) = open.online().map(|online| online.bound.clone()) else {
            return Err(Trouble::Lost);
        };
        let (offload, stretching) = (self.environment.offload, self.environment.stretching);
        let work = move || -> Proved {
            let (ke3, server_key) = proof.finish((&ke2, stretch), &bound, stretching, known.as_deref())?;
            let upload =
                renewal.map(|(renewal, response)| renewal.finish(&response, stretching, &server_key));
            Ok(Stretched { ke3, upload: upload.transpose()?, server_key })
        };
        Ok(Stage::Stretching(self.spawn(|id, inputs| {
            Box::pin(async move {
                let _ = inputs.send(Input::Proved(id, offload.run(work).await)).await;
            })
        })))
    }

    /// The passwords are stretched: now it is asked for.
    pub(in crate::actor) fn proved_password(&mut self, id: TaskId, proved: Proved) {
        let Some(open) = self.opened() else { return };
        let Some(Proving { ticket, aim, stage: Stage::Stretching(task), .. }) = &open.proving else { return };
        if task.id != id {
            return;
        }
        let (ticket, aim) = (*ticket, aim.clone());
        let asked = proved.and_then(|Stretched { ke3, upload, server_key }| {
            let request = match (aim, upload) {
                (Aim::Change(_), Some(upload)) => {
                    Request::ChangePassword { ke3, upload, stretch: Stretch::ARGON2ID_64M }
                }
                (Aim::Change(_), None) => return Err("The new password could not be made ready."),
                (Aim::Delete(texts), _) => Request::DeleteAccount { ke3, texts: texts == TextsFate::Retract },
            };
            // What belongs to a connection that is gone is told with its end.
            if let Some(online) = open.online() {
                let _ = online.ask(request, Asked::Proof);
            }
            Ok(Stage::Asked { server_key })
        });
        match asked {
            Ok(stage) => {
                if let Some(proving) = &mut open.proving {
                    proving.stage = stage;
                }
            }
            Err(reason) => {
                open.proving = None;
                self.answer_asker(Asker::Window(ticket), Err((reason.to_owned(), None)));
            }
        }
    }

    /// Whether the password is another one because of what this device asked for.
    pub(super) fn changes_password(&self) -> bool {
        let State::Open(open) = &self.state else { return false };
        matches!(&open.proving, Some(Proving { aim: Aim::Change(_), .. }))
    }

    /// The password is another one, and this computer knows since when.
    pub(super) async fn password_changed(&mut self, result: Result<Reply, Refusal>) -> Result<(), Trouble> {
        if let Ok(Reply::Access(access)) = result {
            self.take_access(access).await?;
        }
        let done = self.opened().and_then(|open| open.proving.take());
        if let Some(Proving { ticket, .. }) = done {
            self.answer_asker(Asker::Window(ticket), Ok(None));
        }
        Ok(())
    }

    /// The account is no more: what this computer has of it goes. The server's key stays trusted as it was.
    async fn account_deleted(&mut self) {
        let Some(open) = self.opened() else { return };
        let mut record = open.record.clone();
        self.leave(None);
        let forgotten = self.servers(move |servers| {
            record.account = None;
            servers.forget_device(&mut record)?;
            servers.delete_copy(record.key);
            Ok(())
        });
        if let Err(problem) = forgotten.await {
            self.leave(Some(problem));
        }
        self.told.servers_changed();
    }

    /// A proof ends with its connection.
    pub(in crate::actor) fn end_lost_proof(&mut self) {
        let Some(open) = self.opened() else { return };
        let link = open.online().map(|online| online.task.id);
        let lost = open.proving.take_if(|proving| Some(proving.link) != link);
        let Some(Proving { ticket, stage, .. }) = lost else { return };
        let outcome = match stage {
            Stage::Done => Ok(None),
            Stage::Asked { .. } => Err("The connection was lost before the server answered: it may be done."),
            Stage::Begun(_) | Stage::Renewing(..) | Stage::Stretching(_) => Err(LOST),
        };
        self.answer_asker(Asker::Window(ticket), outcome.map_err(|reason| (reason.to_owned(), None)));
    }
}
