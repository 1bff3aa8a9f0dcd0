//! Sending the outbox: numbers in its order, a bounded number in flight, below the server's rate. After a retryable
//! refusal everything in flight is waited for before the first unsettled item goes out again: order survives.

use std::collections::BTreeMap;
use std::time::Duration;

use snug_proto::entry::Kind;
use snug_proto::hello::Welcome;
use snug_proto::id::{LogId, Number};
use snug_proto::limits::CHANGES_IN_FLIGHT_MAX;
use snug_proto::login::LoggedIn;
use snug_proto::refusal::{Cause, Refusal};
use snug_proto::talk::Change;
use tokio::time::Instant;

use super::open::{Open, Trouble};
use super::{Actor, FAR};
use crate::backoff::Backoff;
use crate::copy::{Copy, CopyError, Queued};
use crate::event::Problem;
use crate::pace::Pace;

/// The outbox of a live session.
#[derive(Debug)]
pub(super) struct Sending {
    /// The next number to give.
    next: Number,
    /// The highest number known to be settled.
    mark: Number,
    /// Numbers without an answer, and the calls they went out in.
    in_flight: BTreeMap<Number, u32>,
    flow: Flow,
    pace: Pace,
    backoff: Backoff,
    /// Something may be queued.
    more: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Flow {
    Flowing,
    /// A retryable refusal came: waiting for every answer.
    Draining {
        wait: Option<Duration>,
    },
    /// Everything is answered; the first unsettled item goes out again then.
    Holding {
        until: Instant,
    },
}

impl Sending {
    pub(super) fn new(welcome: &Welcome, mark: Number, now: Instant) -> Self {
        Self {
            next: Number(mark.0 + 1),
            mark,
            in_flight: BTreeMap::new(),
            flow: Flow::Flowing,
            pace: Pace::below(welcome.changes_per_second, welcome.changes_burst, now),
            backoff: Backoff::default(),
            more: true,
        }
    }

    /// Something was queued.
    pub(super) fn wake(&mut self) {
        self.more = true;
    }

    /// Whether nothing is on its way.
    pub(super) fn rests(&self) -> bool {
        self.in_flight.is_empty() && !self.more
    }

    /// A number is settled. Answers its call.
    pub(super) fn settled(&mut self, number: Number) -> Option<u32> {
        self.mark = self.mark.max(number);
        self.backoff.reset();
        self.in_flight.remove(&number)
    }
}

/// Settles what the last session left open, by what the server tells at login. An error is a reason to send nothing.
pub(super) fn begin(copy: &Copy, logged_in: &LoggedIn, log: LogId) -> Result<Result<(), Problem>, CopyError> {
    let mut meta = copy.meta()?;
    let same_log = meta.log.is_none_or(|known| known == log);
    let same_device = meta.log.is_some() && meta.device == logged_in.device;
    if same_log && same_device {
        if logged_in.mark > meta.given {
            return Ok(Err(Problem::FolderCopied));
        }
        if logged_in.mark < meta.settled {
            return Ok(Err(Problem::PutBack));
        }
    }
    if !same_log {
        copy.drop_log()?;
    }
    copy.after_login(logged_in, same_log)?;
    if !(same_log && same_device) {
        meta.given = logged_in.mark;
    }
    meta.me = logged_in.account;
    meta.log = Some(log);
    meta.device = logged_in.device;
    meta.settled = logged_in.mark;
    copy.set_meta(&meta)?;
    Ok(Ok(()))
}

impl Actor {
    /// Sends what may go now. Answers when to look again.
    pub(super) async fn pump_outbox(&mut self, now: Instant) -> Result<Instant, Trouble> {
        let (patience, random) = (self.environment.patience, (self.environment.random)());
        let Some(open) = self.opened() else { return Ok(now + FAR) };
        let copy = open.copy.clone();
        let Some(online) = open.online() else { return Ok(now + FAR) };
        let (device, sending) = (online.mine.device, &mut online.sending);
        match sending.flow {
            Flow::Draining { wait } if sending.in_flight.is_empty() => {
                let until = now + sending.backoff.next(wait, &patience, random);
                sending.flow = Flow::Holding { until };
                sending.next = Number(sending.mark.0 + 1);
                open.dirty.timeline = true;
                self.on_copy(&copy, move |copy| copy.go_back(device)).await?;
                return Ok(until);
            }
            Flow::Draining { .. } => return Ok(now + FAR),
            Flow::Holding { until } if until > now => return Ok(until),
            Flow::Holding { .. } => {
                sending.flow = Flow::Flowing;
                sending.more = true;
            }
            Flow::Flowing => {}
        }
        let room = CHANGES_IN_FLIGHT_MAX.saturating_sub(sending.in_flight.len());
        if !sending.more || room == 0 {
            return Ok(now + FAR);
        }
        let allowed = sending.pace.take(room, now);
        if allowed == 0 {
            return Ok(sending.pace.next_at());
        }
        let next = sending.next;
        let items = self.on_copy(&copy, move |copy| copy.give_numbers(device, next, allowed)).await?;
        self.send(items, allowed)?;
        Ok(now)
    }

    fn send(&mut self, items: Vec<Queued>, allowed: usize) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        open.dirty.timeline |= !items.is_empty();
        let Some(online) = open.online() else { return Ok(()) };
        online.sending.more = items.len() == allowed;
        online.sending.pace.put_back(allowed - items.len());
        for item in items {
            let change = Change::Append {
                to: item.to,
                kind: Kind::CONTENT,
                generation: 0,
                epoch: 0,
                blobs: item.blobs,
                body: item.body,
            };
            let call = online.ask_change(item.number, change)?;
            online.sending.in_flight.insert(item.number, call);
            online.sending.next = Number(item.number.0 + 1);
        }
        Ok(())
    }

    pub(super) async fn change_refused(&mut self, number: Number, refusal: Refusal) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        let Some(online) = open.online() else { return Ok(()) };
        let device = online.mine.device;
        let sending = &mut online.sending;
        if refusal.cause == Cause::Repeat {
            return Err(Trouble::Repeat);
        }
        if refusal.cause.is_retryable() {
            sending.in_flight.remove(&number);
            let asked = refusal.retry_after.map(|seconds| Duration::from_secs(seconds.into()));
            let wait = match sending.flow {
                Flow::Draining { wait } => wait.max(asked),
                Flow::Flowing | Flow::Holding { .. } => asked,
            };
            sending.flow = Flow::Draining { wait };
            return Ok(());
        }
        sending.settled(number);
        let reason = refusal.sentence.into_string();
        self.on_copy(&copy, move |copy| copy.refused(device, number, &reason)).await?;
        self.count_unsent(&copy).await
    }

    /// Something was queued.
    pub(super) fn wake_outbox(&mut self) {
        if let Some(online) = self.opened().and_then(Open::online) {
            online.sending.wake();
        }
    }
}
