//! From the login form to an open server: first contact, registration, login by password, waiting for a seat.

use std::time::Duration;

use snug_proto::id::DeviceId;
use snug_proto::invite::Destination;
use snug_proto::{Fingerprint, Username};
use tokio::time::Instant;

use super::{Actor, FAR, Input, State, Task, TaskId};
use crate::attempt::{Attempt, ByCode, Came, How};
use crate::backoff::Backoff;
use crate::command::{Form, Intent, Password, TrustAnswer};
use crate::dial;
use crate::event::{Device, Full, KeyChange, Manner, Phase, Problem, Step, Trust, TrustQuestion};
use crate::keyring::Closed;
use crate::login;
use crate::trust::Record;

mod admitted;
mod crowded;
mod invited;

/// The form was sent. It is kept, password included, until its outcome is known.
#[derive(Debug)]
pub(super) struct Entering {
    form: Form,
    name: Username,
    backoff: Backoff,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Looking at a stranger's key.
    Probing(Task),
    /// The person decides.
    Asking(Fingerprint),
    /// An invite names another key for a known address: the person decides.
    Rekeyed { record: Record, named: Fingerprint },
    /// The account has as many devices as it may: the person decides whether this one replaces another.
    Crowded { server: Server, oldest: Device },
    /// Getting in.
    Trying { task: Task, server: Server },
    /// A known server with another key, and no copy to show.
    KeyChanged { record: Record, shown: Fingerprint, problem: Option<Problem> },
    /// The password is to prove the other key.
    Proving { task: Task, record: Record, shown: Fingerprint },
    /// No seat.
    Full { server: Server, full: Full, until: Instant },
}

/// On whose word the server is trusted.
#[derive(Debug, Clone)]
enum Server {
    /// It stands in a record.
    Known(Record),
    /// The person said that an invite's key is this record's. It is written once somebody got in.
    Rekeyed(Record),
    /// It stands in none yet: this will have made it trusted once somebody got in. Before a password or a code has
    /// proved it, nothing else may run.
    New { key: Fingerprint, manner: Manner },
}

impl Server {
    fn keys(&self) -> Vec<Fingerprint> {
        match self {
            Self::Known(record) | Self::Rekeyed(record) => record.keys(),
            Self::New { key, .. } => vec![*key],
        }
    }

    /// Whether its key is trusted before anybody proved anything.
    fn is_trusted(&self) -> bool {
        !matches!(self, Self::New { manner: Manner::Password | Manner::Code, .. })
    }
}

impl Entering {
    pub(super) fn phase(&self) -> Phase {
        match &self.stage {
            Stage::Probing(_) => Phase::Entering(Step::Connecting),
            Stage::Asking(fingerprint) => Phase::Trust(TrustQuestion {
                address: self.form.server.address().clone(),
                fingerprint: *fingerprint,
                can_prove: self.form.intent == Intent::LogIn,
            }),
            Stage::Trying { .. } | Stage::Proving { .. } => Phase::Entering(match self.form.intent {
                Intent::LogIn => Step::LoggingIn,
                Intent::Register => Step::Registering,
            }),
            Stage::Rekeyed { record, named } => Phase::Rekeyed(key_change(record, *named, None)),
            Stage::KeyChanged { record, shown, problem } => {
                Phase::KeyChanged(key_change(record, *shown, problem.clone()))
            }
            Stage::Crowded { oldest, .. } => Phase::TooManyDevices(oldest.clone()),
            Stage::Full { full, .. } => Phase::Full(full.clone()),
        }
    }
}

pub(super) fn key_change(record: &Record, shown: Fingerprint, problem: Option<Problem>) -> KeyChange {
    KeyChange {
        address: record.address.clone(),
        trusted: record.pin,
        trusted_at: record.trust.at,
        shown,
        problem,
    }
}

impl Actor {
    pub(super) async fn enter(&mut self, form: Form) {
        let name = match Username::new(&form.name) {
            Ok(name) => name,
            Err(bad) => return self.leave(Some(Problem::BadName(bad))),
        };
        if form.intent == Intent::Register {
            let (shown, password) = (name.as_str().to_owned(), form.password.clone());
            let checked = self.environment.offload.run(move || login::check_strength(&shown, &password));
            if let Err(problem) = checked.await {
                return self.leave(Some(problem));
            }
        }
        let (address, wanted) = (form.server.address().clone(), name.as_str().to_owned());
        let known = self.servers(move |servers| servers.at(&address, &wanted)).await;
        match (known, &form.server) {
            (Err(problem), _) => self.leave(Some(problem)),
            (Ok(known), Destination::Invite(invite)) => {
                let named = invite.fingerprint;
                self.follow_invite(form, name, named, known).await;
            }
            (Ok(Some(mut record)), _) => {
                record.address = form.server.address().clone();
                self.try_to_enter(form, name, Backoff::default(), Server::Known(record)).await;
            }
            (Ok(None), _) => {
                let (environment, address) = (self.environment.clone(), form.server.address().clone());
                let task = self.spawn(|id, inputs| {
                    Box::pin(async move {
                        let probed = dial::probe(&environment, &address).await;
                        let _ = inputs.send(Input::Probed(id, probed)).await;
                    })
                });
                let stage = Stage::Probing(task);
                self.state =
                    State::Entering(Box::new(Entering { form, name, backoff: Backoff::default(), stage }));
            }
        }
    }

    pub(super) async fn probed(&mut self, id: TaskId, result: Result<Fingerprint, Problem>) {
        let State::Entering(entering) = &mut self.state else { return };
        if !matches!(&entering.stage, Stage::Probing(task) if task.id == id) {
            return;
        }
        let shown = match result {
            Ok(shown) => shown,
            Err(problem) => return self.leave(Some(problem)),
        };
        // Only an address in no record is looked up by its key.
        entering.stage = Stage::Asking(shown);
        let wanted = entering.name.as_str().to_owned();
        match self.servers(move |servers| servers.with_key(shown, &wanted)).await {
            Err(problem) => self.leave(Some(problem)),
            Ok(None) => self.prove_by_code(shown).await,
            Ok(Some(mut record)) => {
                let Some(Entering { form, name, backoff, .. }) = self.take_entering() else { return };
                record.address = form.server.address().clone();
                self.try_to_enter(form, name, backoff, Server::Known(record)).await;
            }
        }
    }

    pub(super) async fn answer(&mut self, answer: TrustAnswer) {
        let State::Entering(entering) = &self.state else { return };
        if let Stage::Rekeyed { .. } = entering.stage {
            return self.answer_rekeyed(answer).await;
        }
        let Stage::Asking(shown) = entering.stage else { return };
        let manner = match answer {
            TrustAnswer::TheyMatch => Manner::WordsCompared,
            TrustAnswer::WithoutComparing => Manner::Unseen,
            TrustAnswer::NotNow => return self.leave(None),
            TrustAnswer::ProveByLogin if entering.form.intent == Intent::LogIn => {
                let Some(Entering { form, name, backoff, .. }) = self.take_entering() else { return };
                let server = Server::New { key: shown, manner: Manner::Password };
                return self.try_to_enter(form, name, backoff, server).await;
            }
            TrustAnswer::ProveByLogin | TrustAnswer::SameServer | TrustAnswer::AnotherServer => return,
        };
        let Some(Entering { form, name, backoff, .. }) = self.take_entering() else { return };
        let (address, trust) = (form.server.address().clone(), Trust { manner, at: self.environment.now() });
        match self.servers(move |servers| servers.add(address, shown, trust)).await {
            Ok(record) => self.try_to_enter(form, name, backoff, Server::Known(record)).await,
            Err(problem) => self.leave(Some(problem)),
        }
    }

    fn take_entering(&mut self) -> Option<Entering> {
        match std::mem::replace(&mut self.state, State::LoggedOut { problem: None }) {
            State::Entering(entering) => Some(*entering),
            other => {
                self.state = other;
                None
            }
        }
    }

    async fn try_to_enter(&mut self, form: Form, name: Username, backoff: Backoff, server: Server) {
        self.try_to_enter_for(form, name, backoff, server, None).await;
    }

    /// The same, with a device that makes room for this one.
    async fn try_to_enter_for(
        &mut self,
        form: Form,
        name: Username,
        backoff: Backoff,
        server: Server,
        replace: Option<DeviceId>,
    ) {
        let how = match (form.intent, &server) {
            (Intent::Register, _) => How::Register { name: name.clone(), password: form.password.clone() },
            (Intent::LogIn, Server::Known(record) | Server::Rekeyed(record))
                if self.has_device(record, &name).await =>
            {
                How::Prove {
                    name: name.clone(),
                    password: form.password.clone(),
                    server_is_trusted: true,
                    server_key: record.server_key.clone(),
                }
            }
            // A code that proves the server does so before the password is tried.
            (Intent::LogIn, server) => How::LogIn {
                name: name.clone(),
                password: form.password.clone(),
                server_is_trusted: server.is_trusted() || form.server.code().is_some(),
                replace,
            },
        };
        let server_is_trusted = server.is_trusted();
        let task = self.spawn_attempt(Attempt {
            address: form.server.address().clone(),
            keys: server.keys(),
            client: self.config.client.clone(),
            code: form.server.code().cloned().map(|code| ByCode { code, server_is_trusted }),
            how,
        });
        let stage = Stage::Trying { task, server };
        self.state = State::Entering(Box::new(Entering { form, name, backoff, stage }));
    }

    /// Whether this computer is a device of that account already: the password then only proves.
    async fn has_device(&self, record: &Record, name: &Username) -> bool {
        let is_theirs = record
            .account
            .as_ref()
            .is_some_and(|(_, account)| account.to_lowercase() == name.as_str().to_lowercase());
        let mut record = record.clone();
        let device = self.servers(move |servers| Ok(servers.device(&mut record)));
        // A key behind a lock is there; without any keyring nobody gets at it any more.
        is_theirs && matches!(device.await, Ok(Ok(Some(_)) | Err(Closed::Locked)))
    }

    pub(super) async fn entered(&mut self, id: TaskId, came: Came) {
        let Some(entering) = self.take_entering() else { return };
        let Entering { form, name, backoff, stage } = entering;
        match stage {
            Stage::Trying { task, server } if task.id == id => {
                self.tried(
                    Entering { form, name, backoff, stage: Stage::Asking(Fingerprint([0; 32])) },
                    server,
                    came,
                )
                .await;
            }
            Stage::Proving { task, mut record, shown } if task.id == id => match came {
                Came::Proven { key } => {
                    record.proven(key, self.environment.now());
                    let proven = record.clone();
                    match self.servers(move |servers| servers.save(&proven)).await {
                        Ok(()) => self.try_to_enter(form, name, backoff, Server::Known(record)).await,
                        Err(problem) => self.leave(Some(problem)),
                    }
                }
                other => {
                    let stage = Stage::KeyChanged { record, shown, problem: Some(why_not_proven(other)) };
                    self.state = State::Entering(Box::new(Entering { form, name, backoff, stage }));
                }
            },
            stage => self.state = State::Entering(Box::new(Entering { form, name, backoff, stage })),
        }
    }

    async fn tried(&mut self, mut entering: Entering, server: Server, came: Came) {
        match came {
            Came::In(session) => self.got_in(entering, server, *session).await,
            Came::Proven { key } => match server {
                Server::Known(record) | Server::Rekeyed(record) => self.proved(record, key).await,
                Server::New { .. } => self.leave(Some(Problem::NotProven)),
            },
            Came::Full(seat) if seat.kept.is_some() => self.kept(entering, server, *seat).await,
            Came::Full(seat) => {
                let wait =
                    entering.backoff.next(seat.wait, &self.environment.patience, (self.environment.random)());
                let full = Full { server: seat.welcome.name.into_string(), max: seat.max, retry_in: wait };
                entering.stage = Stage::Full { server, full, until: Instant::now() + wait };
                self.state = State::Entering(Box::new(entering));
            }
            Came::KeyChanged(shown) => match server {
                Server::Known(record) => self.key_changed(entering, record, shown).await,
                Server::Rekeyed(_) | Server::New { manner: Manner::Invite, .. } => {
                    self.leave(Some(Problem::NotInvitedHere(entering.form.server.address().clone())));
                }
                // It changed between two looks: nothing was trusted, so there is nothing to explain.
                Server::New { .. } => self.leave(Some(Problem::NotProven)),
            },
            Came::TooManyDevices(oldest) => self.crowded(entering, server, *oldest),
            Came::DeviceForgotten => self.leave(Some(Problem::WrongNameOrPassword)),
            Came::Failed { problem, .. } => self.leave(Some(problem)),
        }
    }

    async fn key_changed(&mut self, mut entering: Entering, record: Record, shown: Fingerprint) {
        let key = record.key;
        let has_copy = self.servers(move |servers| Ok(servers.copy_path(key).exists())).await;
        if matches!(has_copy, Ok(true)) {
            return self.open_resting_on_changed_key(record, shown).await;
        }
        entering.stage = Stage::KeyChanged { record, shown, problem: None };
        self.state = State::Entering(Box::new(entering));
    }

    pub(super) async fn prove(&mut self, password: Password) {
        if let State::Open(_) = self.state {
            return self.prove_open(password).await;
        }
        let Some(mut entering) = self.take_entering() else { return };
        let Stage::KeyChanged { record, shown, .. } = entering.stage else {
            self.state = State::Entering(Box::new(entering));
            return;
        };
        entering.form.password = password.clone();
        // Without the key it had before, no password can tell this server from another.
        if record.server_key.is_none() {
            entering.stage = Stage::KeyChanged { record, shown, problem: Some(Problem::NotProven) };
        } else {
            let task = self.spawn_attempt(self.proof(&record, shown, entering.name.clone(), password));
            entering.stage = Stage::Proving { task, record, shown };
        }
        self.state = State::Entering(Box::new(entering));
    }

    /// A login that may only show whether the password still finds the server it was made for.
    pub(super) fn proof(
        &self,
        record: &Record,
        shown: Fingerprint,
        name: Username,
        password: Password,
    ) -> Attempt {
        Attempt {
            address: record.address.clone(),
            keys: vec![shown],
            client: self.config.client.clone(),
            code: None,
            how: How::Prove {
                name,
                password,
                server_is_trusted: false,
                server_key: record.server_key.clone(),
            },
        }
    }

    pub(super) async fn retry_entering(&mut self) {
        let Some(entering) = self.take_entering() else { return };
        let Entering { form, name, backoff, stage } = entering;
        match stage {
            Stage::Full { server, .. } => self.try_to_enter(form, name, backoff, server).await,
            Stage::KeyChanged { record, .. } => {
                self.try_to_enter(form, name, backoff, Server::Known(record)).await;
            }
            stage => self.state = State::Entering(Box::new(Entering { form, name, backoff, stage })),
        }
    }

    pub(super) async fn tick_entering(&mut self, now: Instant) -> Instant {
        let State::Entering(entering) = &self.state else { return now + FAR };
        match entering.stage {
            Stage::Full { until, .. } if until > now => until,
            Stage::Full { .. } => {
                self.retry_entering().await;
                now + Duration::from_secs(1)
            }
            _ => now + FAR,
        }
    }
}

pub(super) fn why_not_proven(came: Came) -> Problem {
    match came {
        Came::Failed { problem, .. } => problem,
        _ => Problem::NotProven,
    }
}
