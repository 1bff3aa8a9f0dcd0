//! Sending the outbox: numbers in its order, a bounded number in flight, below the server's rate. After a retryable
//! refusal everything in flight is waited for before the first unsettled item goes out again: order survives.

use std::collections::BTreeMap;
use std::time::Duration;

use snug_proto::hello::Welcome;
use snug_proto::id::{DeviceId, LogId, Number, Origin, RoomId};
use snug_proto::limits::{CHANGES_IN_FLIGHT_MAX, IMPORT_PER_SECOND};
use snug_proto::login::LoggedIn;
use snug_proto::refusal::{Cause, Refusal};
use tokio::time::Instant;

use super::open::{Open, Trouble};
use super::{Actor, FAR};
use crate::backoff::Backoff;
use crate::command::OutboxId;
use crate::copy::{Copy, CopyError, Fates, Given};
use crate::event::{Problem, plain_time};
use crate::pace::Pace;

/// The outbox of a live session.
#[derive(Debug)]
pub(super) struct Sending {
    /// Whose numbers these are.
    device: DeviceId,
    /// The next number to give.
    next: Number,
    /// The highest number known to be settled.
    mark: Number,
    /// Numbers without an answer, and the calls they went out in.
    in_flight: BTreeMap<Number, u32>,
    flow: Flow,
    pace: Pace,
    /// In its place while a room that was just made is filled: the server takes more there.
    import: Option<Pace>,
    backoff: Backoff,
    /// Something may be queued.
    more: bool,
    /// The next item waits for the place of one before it.
    is_waiting: bool,
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
    pub(super) fn new(welcome: &Welcome, device: DeviceId, mark: Number, now: Instant) -> Self {
        Self {
            device,
            next: Number(mark.0 + 1),
            mark,
            in_flight: BTreeMap::new(),
            flow: Flow::Flowing,
            pace: Pace::below(welcome.changes_per_second, welcome.changes_burst, now),
            import: None,
            backoff: Backoff::default(),
            more: true,
            is_waiting: false,
        }
    }

    /// Something was queued.
    pub(super) fn wake(&mut self) {
        self.more = true;
    }

    /// From now on a room is filled.
    pub(super) fn begin_import(&mut self, now: Instant) {
        let burst = CHANGES_IN_FLIGHT_MAX as u16;
        self.import.get_or_insert_with(|| Pace::below(IMPORT_PER_SECOND, burst, now));
    }

    pub(super) fn end_import(&mut self) {
        self.import = None;
    }

    fn pace(&mut self) -> &mut Pace {
        self.import.as_mut().unwrap_or(&mut self.pace)
    }

    /// Whether nothing is on its way.
    pub(super) fn rests(&self) -> bool {
        self.in_flight.is_empty() && !self.more
    }

    /// The log tells the place of something. Answers its call.
    pub(super) fn has_place(&mut self, origin: Origin) -> Option<u32> {
        if origin.device == self.device {
            return self.settled(origin.number);
        }
        // A former device's numbers say nothing about this one's, but something may have waited for the place.
        self.more |= std::mem::take(&mut self.is_waiting);
        None
    }

    /// A number is settled. Answers its call.
    pub(super) fn settled(&mut self, number: Number) -> Option<u32> {
        self.mark = self.mark.max(number);
        self.backoff.reset();
        self.more |= std::mem::take(&mut self.is_waiting);
        self.in_flight.remove(&number)
    }
}

/// How a session begins.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) fates: Fates,
    /// This copy had another device before, up to that number: what it sent later, another copy of this folder did.
    pub(super) before: Option<(DeviceId, Number)>,
}

/// Settles what the last session left open, by what the server tells at login. An error is a reason to send nothing.
pub(super) fn begin(
    copy: &Copy,
    logged_in: &LoggedIn,
    log: LogId,
) -> Result<Result<Begun, Problem>, CopyError> {
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
    let fates = copy.after_login(logged_in, same_log)?;
    // Nothing is sent while this is open, so the first device stays the one to ask about.
    let has_other_device = meta.log.is_some() && !same_device;
    meta.former = meta.former.or(has_other_device.then_some((meta.device, meta.given))).filter(|_| same_log);
    if !(same_log && same_device) {
        meta.given = logged_in.mark;
    }
    meta.me = logged_in.account;
    meta.log = Some(log);
    meta.device = logged_in.device;
    meta.settled = logged_in.mark;
    // Who is in has come back.
    meta.sent_out = false;
    copy.set_meta(&meta)?;
    Ok(Ok(Begun { fates, before: meta.former }))
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
        let allowed = sending.pace().take(room, now);
        if allowed == 0 {
            return Ok(sending.pace().next_at());
        }
        let next = sending.next;
        let given = self.on_copy(&copy, move |copy| copy.give_numbers(device, next, allowed)).await?;
        self.send(given, allowed).await?;
        Ok(now)
    }

    async fn send(&mut self, given: Given, allowed: usize) -> Result<(), Trouble> {
        let Given { items, dropped, is_waiting } = given;
        let Some(open) = self.opened() else { return Ok(()) };
        open.dirty.timeline |= !items.is_empty() || !dropped.is_empty();
        let copy = open.copy.clone();
        let Some(online) = open.online() else { return Ok(()) };
        // One that cannot go made room for others.
        online.sending.more = items.len() == allowed || !dropped.is_empty();
        online.sending.is_waiting = is_waiting;
        online.sending.pace().put_back(allowed - items.len());
        for item in items {
            let call = online.ask_change(item.number, item.id, item.change)?;
            online.sending.in_flight.insert(item.number, call);
            online.sending.next = Number(item.number.0 + 1);
        }
        if dropped.is_empty() {
            return Ok(());
        }
        self.tell_dropped(dropped);
        self.count_unsent(&copy).await
    }

    /// A change that is no append was done.
    pub(super) async fn change_done(
        &mut self,
        number: Number,
        id: OutboxId,
        room: Option<RoomId>,
    ) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        let Some(online) = open.online() else { return Ok(()) };
        let device = online.mine.device;
        online.sending.settled(number);
        self.on_copy(&copy, move |copy| copy.done(device, number)).await?;
        self.deed_done(id, Ok(room));
        self.count_unsent(&copy).await
    }

    pub(super) async fn change_refused(
        &mut self,
        number: Number,
        id: OutboxId,
        refusal: Refusal,
    ) -> Result<(), Trouble> {
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
        let wait = refusal.retry_after.map(|seconds| Duration::from_secs(seconds.into()));
        let told = refusal.sentence.into_string();
        let reason = match wait {
            Some(wait) => format!("{told} Please wait {}, then send it again.", plain_time(wait)),
            None => told.clone(),
        };
        let dropped = self.on_copy(&copy, move |copy| copy.refused(device, number, &reason)).await?;
        self.deed_done(id, Err((told, wait)));
        self.tell_dropped(dropped.into_iter().collect());
        self.count_unsent(&copy).await
    }

    /// Something was queued.
    pub(super) fn wake_outbox(&mut self) {
        if let Some(online) = self.opened().and_then(Open::online) {
            online.sending.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use snug_proto::hello::Registration;

    fn welcome() -> Welcome {
        Welcome {
            name: Default::default(),
            registration: Registration::Open,
            max_users: 3,
            changes_per_second: 5,
            changes_burst: 20,
            file_max: 0,
            log: LogId([7; 16]),
        }
    }

    #[tokio::test]
    async fn a_former_devices_place_moves_no_mark_and_lets_go_what_waited_for_it() {
        let (former, mine) = (DeviceId(1), DeviceId(2));
        let mut sending = Sending::new(&welcome(), mine, Number(3), Instant::now());
        (sending.more, sending.is_waiting) = (false, true);
        assert_eq!(sending.has_place(Origin { device: former, number: Number(500) }), None);
        assert_eq!((sending.mark, sending.more), (Number(3), true));
        sending.in_flight.insert(Number(4), 9);
        assert_eq!(sending.has_place(Origin { device: mine, number: Number(4) }), Some(9));
        assert_eq!(sending.mark, Number(4));
    }
}
