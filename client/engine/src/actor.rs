//! The engine itself: one loop over everything that can happen. Commands, answers of tasks and time come in; the
//! state changes; [`tick`](Actor::tick) then does what has become due and tells the window.

mod connection;
mod deeds;
mod dialing;
mod enter;
mod former;
mod jobs;
mod jumps;
mod kept_out;
mod link;
mod looks;
mod online;
mod open;
mod own_device;
mod pictures;
mod reads;
mod search;
mod sending;
mod traces;
mod transfers;
mod view;
mod writing;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use snug_proto::Fingerprint;
use snug_proto::talk::Down;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use crate::Config;
use crate::attempt::{Attempt, Came};
use crate::command::{Command, ServerKey};
use crate::environment::Environment;
use crate::event::{Event, Notice, Phase, Problem};
use crate::files::lane::Report;
use crate::mailbox::Outlet;
use crate::trust::{Failed, Servers, SetAside};
use enter::Entering;
use open::Open;

/// Inputs that may wait: the connection stops reading while the engine is this far behind.
const INPUTS_WAITING_MAX: usize = 32;
/// A moment long enough for nothing to be due.
const FAR: Duration = Duration::from_secs(3600);

/// Everything that happens to an engine, commands and time excepted. The number tells which task it comes from:
/// what an abandoned one says is not heard.
#[derive(Debug)]
enum Input {
    /// A stranger's key was looked at.
    Probed(TaskId, Result<Fingerprint, Problem>),
    /// A try to get in came to its end.
    Came(TaskId, Came),
    /// The server said something.
    Frames(TaskId, Vec<Down>),
    /// The connection is gone.
    Cut(TaskId),
    /// The file lane has news.
    File(TaskId, Report),
    /// A search came to its end.
    Searched(TaskId, search::Searched),
    /// An export was written.
    Exported(TaskId, Result<PathBuf, String>),
    /// An export was read through, to be imported.
    Opened(TaskId, jobs::Opened),
    /// The password was stretched, for what it is to prove.
    Proved(TaskId, online::Proved),
}

type TaskId = u64;

/// A task that ends with its owner.
#[derive(Debug)]
struct Task {
    id: TaskId,
    _handle: AbortOnDropHandle<()>,
}

/// Where things stand. Each state holds what only it needs.
#[derive(Debug)]
enum State {
    /// The login form.
    LoggedOut { problem: Option<Problem> },
    /// The form was sent.
    Entering(Box<Entering>),
    /// A copy is open.
    Open(Box<Open>),
}

struct Actor {
    config: Config,
    environment: Environment,
    inputs: mpsc::Sender<Input>,
    servers: Arc<Mutex<Servers>>,
    state: State,
    /// Servers on which another place took this device's session since the program started.
    replaced: BTreeSet<ServerKey>,
    last_task: TaskId,
    told: view::Told,
    /// Last, so that whoever sees the events end finds every file closed.
    outlet: Outlet,
}

/// Runs an engine until its last handle is dropped.
pub(crate) async fn run(
    config: Config,
    environment: Environment,
    mut commands: mpsc::Receiver<Command>,
    outlet: Outlet,
) {
    let folder = config.folder.clone();
    let keyring = environment.keyring.clone();
    let opening = move || Ok(Servers::open(&folder)?.with_keyring(keyring));
    let servers = match environment.offload.run(opening).await {
        Ok(mut servers) => {
            if let Some(SetAside { path, restored }) = servers.take_set_aside() {
                tracing::error!("the list of servers was damaged and is set aside");
                outlet.put(Event::Notice(Notice::ListSetAside { path, restored }));
            }
            Arc::new(Mutex::new(servers))
        }
        Err(reason) => {
            // The reason names the folder, which may be somebody's name: the window says it, the log does not.
            tracing::error!("the profile's folder cannot be used");
            outlet.put(Event::Phase(Phase::LoggedOut { problem: Some(Problem::Local(reason)) }));
            // The window may still be read; there is nothing this engine can do.
            while commands.recv().await.is_some() {}
            return;
        }
    };
    let (inputs, mut inbox) = mpsc::channel(INPUTS_WAITING_MAX);
    let mut actor = Actor {
        config,
        environment,
        inputs,
        servers,
        state: State::LoggedOut { problem: None },
        replaced: BTreeSet::new(),
        last_task: 0,
        told: view::Told::default(),
        outlet,
    };
    loop {
        let due = actor.tick().await;
        tokio::select! {
            // A person's wish comes before the network's news.
            biased;
            command = commands.recv() => match command {
                Some(command) => actor.command(command).await,
                None => break,
            },
            Some(input) = inbox.recv() => actor.input(input).await,
            () = tokio::time::sleep_until(due) => {}
        }
    }
}

impl Actor {
    async fn command(&mut self, command: Command) {
        match command {
            Command::Enter(form) => self.enter(form).await,
            Command::Open(key) => self.open(key).await,
            Command::Answer(answer) => self.answer(answer).await,
            Command::Retry => self.retry().await,
            Command::ReplaceDevice => self.replace_device().await,
            Command::Leave => self.leave(None),
            Command::Prove(password) => self.prove(password).await,
            Command::WordsCompared => self.words_compared().await,
            Command::Search { serial, query, limit } => self.search(serial, &query, limit),
            Command::Export { room, folder } => self.export(room, folder),
            Command::Import { path, name } => self.import(path, name),
            Command::StopJob => self.stop_job(),
            command => {
                if let State::Open(_) = self.state {
                    self.open_command(command).await;
                }
            }
        }
    }

    async fn input(&mut self, input: Input) {
        match input {
            Input::Probed(id, result) => self.probed(id, result).await,
            Input::Came(id, came) => match &self.state {
                State::Entering(_) => self.entered(id, came).await,
                State::Open(_) => self.open_came(id, came).await,
                State::LoggedOut { .. } => {}
            },
            Input::Frames(id, frames) => self.frames(id, frames).await,
            Input::Cut(id) => self.cut(id).await,
            Input::File(id, report) => self.file_report(id, report).await,
            Input::Searched(id, searched) => self.searched(id, searched).await,
            Input::Exported(id, written) => self.exported(id, written),
            Input::Opened(id, opened) => self.archive_opened(id, opened).await,
            Input::Proved(id, proved) => self.proved_password(id, proved),
        }
    }

    /// Does what is due and tells the window; answers when something will be due next.
    async fn tick(&mut self) -> Instant {
        let now = Instant::now();
        let due = match &self.state {
            State::LoggedOut { .. } => now + FAR,
            State::Entering(_) => self.tick_entering(now).await,
            State::Open(_) => {
                let due = self.tick_open(now).await.min(self.tick_index(now).await);
                due.min(self.tick_job(now).await)
            }
        };
        due.min(self.publish(now).await)
    }

    /// Back to the login form.
    fn leave(&mut self, problem: Option<Problem>) {
        if let Some(problem) = &problem {
            tracing::warn!(problem = problem.kind(), "not logged in");
        }
        self.state = State::LoggedOut { problem };
        self.told.forget_room();
    }

    fn spawn(
        &mut self,
        work: impl FnOnce(TaskId, mpsc::Sender<Input>) -> futures_util::future::BoxFuture<'static, ()>,
    ) -> Task {
        self.last_task += 1;
        let id = self.last_task;
        let handle = tokio::spawn(work(id, self.inputs.clone()));
        Task { id, _handle: AbortOnDropHandle::new(handle) }
    }

    fn spawn_attempt(&mut self, attempt: Attempt) -> Task {
        let environment = self.environment.clone();
        self.spawn(|id, inputs| {
            Box::pin(async move {
                let came = attempt.run(&environment).await;
                let _ = inputs.send(Input::Came(id, came)).await;
            })
        })
    }

    /// Works on the list of servers, off the async threads.
    async fn servers<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Servers) -> Result<T, Failed> + Send + 'static,
    ) -> Result<T, Problem> {
        let servers = self.servers.clone();
        let worked = self
            .environment
            .offload
            .run(move || work(&mut servers.lock().unwrap_or_else(PoisonError::into_inner)));
        worked.await.map_err(Problem::Local)
    }

    fn notice(&self, notice: Notice) {
        self.outlet.put(Event::Notice(notice));
    }
}
