//! An open copy and the link behind it: connecting, waiting, resting.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use snug_proto::Fingerprint;
use snug_proto::id::{AccountId, RoomId};
use snug_proto::talk::{Presence, Privacy, Target};
use tokio::time::Instant;

use super::deeds::Ticket;
use super::enter::key_change;
use super::jobs::Job;
pub(super) use super::link::{LinkState, Resting, Waiting};
use super::online::{Online, Proving};
use super::pictures::Pictures;
use super::search::{Indexing, Searching};
use super::transfers::Transfers;
use super::view::{Dirty, Shown};
use super::writing::Lately;
use super::{Actor, FAR, State, TaskId};
use crate::attempt::In;
use crate::backoff::Backoff;
use crate::command::{CopyFate, OutboxId, ServerKey};
use crate::copy::{Copy, CopyError, RoomRow};
use crate::event::Manner;
use crate::event::{Notice, Problem, Trust};
use crate::people::People;
use crate::trust::Record;
use crate::wake::{LOOK_EVERY, Wake};

/// A server whose copy is open.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) record: Record,
    pub(super) copy: Copy,
    pub(super) book: Book,
    pub(super) link: LinkState,
    pub(super) backoff: Backoff,
    pub(super) transfers: Transfers,
    pub(super) pictures: Pictures,
    pub(super) shown: Option<Shown>,
    /// How the person wants to be seen.
    pub(super) presence: Presence,
    pub(super) dirty: Dirty,
    pub(super) wake: Wake,
    /// Deeds that somebody waits for.
    pub(super) tickets: BTreeMap<OutboxId, Ticket>,
    /// What the account's password was typed for once more.
    pub(super) proving: Option<Proving>,
    pub(super) lately: Lately,
    /// Counts the jumps.
    pub(super) jumps: u64,
    pub(super) indexing: Indexing,
    pub(super) searching: Option<Searching>,
    pub(super) job: Option<Job>,
    /// Where to go on zeroing what retracted texts left in the copy's file.
    pub(super) scrub_from: Option<u32>,
}

/// What of the copy is kept in memory: small, and asked for all the time.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) me: AccountId,
    pub(super) rooms: BTreeMap<RoomId, RoomRow>,
    pub(super) people: People,
    /// Items in the outbox that are not on the server.
    pub(super) unsent: u32,
    /// Rooms in which something was typed and not sent.
    pub(super) drafts: HashSet<Target>,
    pub(super) privacy: Privacy,
    pub(super) ignored: BTreeSet<AccountId>,
}

/// Why a session cannot go on.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The connection, or what came over it.
    Lost,
    /// A number was settled before: logging in again tells how.
    Repeat,
    /// The copy.
    Copy(CopyError),
}

impl From<CopyError> for Trouble {
    fn from(error: CopyError) -> Self {
        Self::Copy(error)
    }
}

impl Open {
    pub(super) fn online(&mut self) -> Option<&mut Online> {
        self.link.online()
    }

    pub(super) fn set_link(&mut self, link: LinkState) {
        match &link {
            LinkState::Waiting { why: Waiting::Offline(problem), .. }
            | LinkState::Resting(Resting::Stopped(problem)) => {
                tracing::warn!(problem = problem.kind(), "no connection");
            }
            LinkState::Resting(Resting::KeyChanged(_)) => tracing::warn!("the server's key changed"),
            _ => {}
        }
        self.link = link;
        if !matches!(self.link, LinkState::Online(_)) {
            self.transfers.pause();
        }
        self.dirty.session = true;
        self.dirty.rooms = true;
        self.dirty.members = true;
        self.dirty.typing = true;
    }
}

impl Actor {
    /// The open copy: for handlers that run in that state only.
    pub(super) fn opened(&mut self) -> Option<&mut Open> {
        match &mut self.state {
            State::Open(open) => Some(open),
            _ => None,
        }
    }

    /// Works on the copy, off the async threads.
    pub(super) async fn on_copy<T: Send + 'static>(
        &self,
        copy: &Copy,
        work: impl FnOnce(&Copy) -> Result<T, CopyError> + Send + 'static,
    ) -> Result<T, CopyError> {
        let copy = copy.clone();
        self.environment.offload.run(move || work(&copy)).await
    }

    pub(super) async fn open(&mut self, key: ServerKey) {
        let found = self.servers(move |servers| {
            servers.used(key)?;
            // Without a device and a copy there is nothing to open.
            let has_copy = servers.copy_path(key).exists();
            Ok(servers.get(key)?.filter(|record| has_copy || record.device.is_some()))
        });
        match found.await {
            Ok(Some(record)) => self.open_with(record, None).await,
            Ok(None) => self.leave(None),
            Err(problem) => self.leave(Some(problem)),
        }
    }

    pub(super) async fn open_full(&mut self, record: Record, max: u32, wait: Option<Duration>) {
        if self.open_copy(record).await {
            self.wait(Waiting::Full { max }, wait);
        }
    }

    pub(super) async fn open_resting_on_changed_key(&mut self, record: Record, shown: Fingerprint) {
        let change = key_change(&record, shown, None);
        if self.open_copy(record).await
            && let Some(open) = self.opened()
        {
            open.set_link(LinkState::Resting(Resting::KeyChanged(change)));
        }
    }

    /// Opens a server's copy, with the session that was just won or by dialling.
    pub(super) async fn open_with(&mut self, record: Record, session: Option<In>) {
        if !self.open_copy(record).await {
            return;
        }
        match session {
            Some(session) => self.go_online(session).await,
            None => self.come_in().await,
        }
    }

    /// Opens the copy; a damaged one is set aside. Answers whether there is one now.
    async fn open_copy(&mut self, record: Record) -> bool {
        let key = record.key;
        let me = record.account.as_ref().map_or(AccountId(0), |(id, _)| *id);
        let places = self.servers(move |servers| {
            Ok((servers.copy_path(key), Pictures::in_folder(servers.pictures_path(key))))
        });
        let (path, pictures) = match places.await {
            Ok(places) => places,
            Err(problem) => {
                self.leave(Some(problem));
                return false;
            }
        };
        let now = self.environment.now();
        let opening = self.environment.offload.run(move || {
            let opened = Copy::open(&path).and_then(|copy| {
                let has_traces = copy.has_traces()?;
                Ok((read_book(&copy, me)?, copy, None, has_traces))
            });
            match opened {
                Err(CopyError::Damaged) => {
                    let (copy, aside, saved) = Copy::set_aside(&path, now)?;
                    let notice = Notice::CopySetAside { path: aside, saved };
                    Ok((read_book(&copy, me)?, copy, Some(notice), false))
                }
                opened => opened,
            }
        });
        match opening.await {
            Ok((book, copy, notice, has_traces)) => {
                notice.into_iter().for_each(|notice| self.notice(notice));
                self.told.forget_room();
                let transfers = self.start_transfers();
                self.state = State::Open(Box::new(Open {
                    record,
                    copy,
                    book,
                    link: LinkState::Resting(Resting::DeviceForgotten),
                    backoff: Backoff::default(),
                    transfers,
                    pictures,
                    shown: None,
                    presence: Presence::Online,
                    dirty: Dirty::everything(),
                    wake: Wake::new(now, Instant::now()),
                    tickets: BTreeMap::new(),
                    proving: None,
                    lately: Lately::default(),
                    jumps: 0,
                    indexing: Indexing::Due(Instant::now()),
                    searching: None,
                    job: None,
                    scrub_from: has_traces.then_some(1),
                }));
                if let Err(error) = self.resume_uploads().await {
                    tracing::error!(error = error.kind(), "uploads cannot go on");
                }
                true
            }
            Err(error) => {
                tracing::error!(error = error.kind(), "the local copy cannot be opened");
                self.leave(Some(copy_problem(&error)));
                false
            }
        }
    }

    pub(super) async fn words_compared(&mut self) {
        let at = self.environment.now();
        let Some(open) = self.opened() else { return };
        open.record.trust = Trust { manner: Manner::WordsCompared, at };
        open.dirty.session = true;
        let record = open.record.clone();
        let _ = self.servers(move |servers| servers.save(&record)).await;
        self.told.servers_changed();
    }

    pub(super) async fn cut(&mut self, id: TaskId) {
        let Some(open) = self.opened() else { return };
        if open.link.is_task(id) {
            self.trouble(Trouble::Lost).await;
        }
    }

    /// Forgets this device here and, where it can be reached, on the server.
    pub(super) async fn log_out(&mut self, copy: CopyFate) {
        let Some(open) = self.opened() else { return };
        let lists_us = open.record.device.is_some();
        match open.online() {
            Some(online) => online.start_leaving(copy),
            None => self.logged_out(copy, lists_us).await,
        }
    }

    /// This computer's half of a logout.
    pub(super) async fn logged_out(&mut self, copy: CopyFate, still_listed: bool) {
        let Some(open) = self.opened() else { return };
        let mut record = open.record.clone();
        self.leave(None);
        let forgotten = self.servers(move |servers| {
            servers.forget_device(&mut record)?;
            if copy == CopyFate::Delete {
                servers.delete_copy(record.key);
            }
            Ok(())
        });
        if let Err(problem) = forgotten.await {
            self.leave(Some(problem));
        }
        self.told.servers_changed();
        if still_listed {
            self.notice(Notice::StillListed);
        }
    }

    /// Ends what cannot go on, as its reason asks for.
    pub(super) async fn trouble(&mut self, trouble: Trouble) {
        let Some(open) = self.opened() else { return };
        // Whoever was leaving has left, whatever the server still lists.
        if let Some((fate, _)) = open.online().and_then(|online| online.leaving) {
            return self.logged_out(fate, true).await;
        }
        match trouble {
            Trouble::Lost | Trouble::Repeat => {
                self.wait(Waiting::Offline(Problem::ConnectionLost), None);
                self.drop_waiting_deeds().await;
            }
            Trouble::Copy(CopyError::PutBack) => {
                tracing::warn!("the server's log is shorter than, or another than, what is held of it");
                open.set_link(LinkState::Resting(Resting::Stopped(Problem::PutBack)));
            }
            Trouble::Copy(CopyError::Damaged) => {
                tracing::error!("the local copy is damaged");
                let record = open.record.clone();
                self.leave(None);
                self.open_damaged(record).await;
            }
            // What is here stays; what comes is fetched again once there is room.
            Trouble::Copy(error) if error.is_full() => {
                self.wait(Waiting::Offline(copy_problem(&error)), None);
            }
            Trouble::Copy(error) => {
                tracing::error!(error = error.kind(), "the local copy cannot be used");
                let problem = copy_problem(&error);
                open.set_link(LinkState::Resting(Resting::Stopped(problem)));
            }
        }
    }

    /// Damage was met while the copy was in use: opening it again sets it aside, also where that sees nothing.
    async fn open_damaged(&mut self, record: Record) {
        let key = record.key;
        let now = self.environment.now();
        let aside = self.servers(move |servers| {
            let path = servers.copy_path(key);
            Copy::set_aside(&path, now).map_err(|error| format!("set its damaged copy aside: {error}."))
        });
        match aside.await {
            Ok((_, path, saved)) => {
                self.notice(Notice::CopySetAside { path, saved });
                if self.open_copy(record).await {
                    self.connect().await;
                }
            }
            Err(problem) => self.leave(Some(problem)),
        }
    }

    pub(super) async fn tick_open(&mut self, now: Instant) -> Instant {
        let wall = self.environment.now();
        if let Err(error) = self.scrub().await {
            self.trouble(error.into()).await;
        }
        self.end_lost_proof();
        let Some(open) = self.opened() else { return now + FAR };
        let goes_on = open.scrub_from.map(|_| now);
        goes_on.unwrap_or(now + FAR).min(self.tick_link(wall, now).await)
    }

    async fn tick_link(&mut self, wall: i64, now: Instant) -> Instant {
        let Some(open) = self.opened() else { return now + FAR };
        let slept = open.wake.slept(wall, now);
        match &open.link {
            // Whatever was connected before the sleep is gone, and whoever waits has waited.
            LinkState::Waiting { .. } | LinkState::Online(_) if slept => {
                self.connect().await;
                now + FAR
            }
            LinkState::Waiting { until, .. } if *until > now => (*until).min(now + LOOK_EVERY),
            LinkState::Waiting { .. } => {
                self.connect().await;
                now + FAR
            }
            LinkState::Online(_) => self.tick_online(now).await.min(now + LOOK_EVERY),
            LinkState::Connecting(_)
            | LinkState::Resting(_)
            | LinkState::Proving { .. }
            | LinkState::OwnDevice { .. } => now + FAR,
        }
    }
}

pub(super) fn read_book(copy: &Copy, me: AccountId) -> Result<Book, CopyError> {
    let (privacy, ignored) = copy.account()?;
    Ok(Book {
        me,
        rooms: copy.rooms(me)?,
        people: People::new(copy.people()?, copy.looks()?),
        unsent: copy.unsent_count()?,
        drafts: copy.drafts()?.into_iter().collect(),
        privacy,
        ignored,
    })
}

fn copy_problem(error: &CopyError) -> Problem {
    Problem::Local(match error {
        CopyError::Newer => "read its copy: a newer Snug wrote it. Please update Snug.".into(),
        error => format!("use its copy: {error}."),
    })
}
