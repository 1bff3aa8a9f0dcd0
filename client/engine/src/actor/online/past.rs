//! Fetching what the copy lacks of the past, so that everything can be found: a page at a time, the newest first, and
//! only while nobody waits for anything.

use std::collections::BTreeMap;
use std::time::Duration;

use snug_proto::id::RoomId;
use snug_proto::limits::PAGE_ENTRIES_MAX;
use snug_proto::refusal::Refusal;
use snug_proto::talk::{Page, Request};
use tokio::time::Instant;

use super::catching_up::News;
use super::{Asked, Online};
use crate::actor::jobs::Job;
use crate::actor::open::{LinkState, Open, Trouble};
use crate::actor::{Actor, FAR};
use crate::sync;

/// A server that has no time for the past is left alone for so long.
const PAST_REST: Duration = Duration::from_secs(30);

/// How far the past is fetched.
#[derive(Debug)]
pub(super) struct Past {
    /// When the oldest entry of a room's last page was written.
    reached: BTreeMap<RoomId, i64>,
    /// How long it rests between two pages.
    every: Duration,
    next_at: Instant,
}

impl Past {
    pub(super) fn new(every: Duration, now: Instant) -> Self {
        Self { reached: BTreeMap::new(), every, next_at: now + every }
    }
}

impl Online {
    /// Whether a person waits for what the connection brings.
    fn is_waited_for(&self) -> bool {
        !self.caught_up || self.leaving.is_some() || self.pages_in_flight() > 0 || !self.sending.rests()
    }
}

impl Open {
    /// Asks for the next page of the past, if it is time. Answers when it will be.
    pub(super) fn ask_past(&mut self, now: Instant) -> Result<Instant, Trouble> {
        let transfers = !self.transfers.moving().is_empty();
        let LinkState::Online(online) = &mut self.link else { return Ok(now + FAR) };
        if transfers || online.is_waited_for() {
            return Ok(now + FAR);
        }
        let Past { reached, next_at, .. } = &online.past;
        // Somebody waits for all of one room: then it has no rest.
        let awaited = self.job.as_ref().and_then(Job::reads);
        let rooms = self.book.rooms.values().filter(|row| {
            awaited.is_none_or(|room| room == row.room) && !online.exhausted.contains(&row.room)
        });
        let with_reached = rooms.map(|row| (row, reached.get(&row.room).copied().or(row.last_at)));
        let Some((room, from)) = sync::past_page(with_reached) else { return Ok(now + FAR) };
        if *next_at > now && awaited.is_none() {
            return Ok(*next_at);
        }
        online.past.next_at = now + online.past.every;
        let (direction, limit) = (snug_proto::talk::Direction::Backward, PAGE_ENTRIES_MAX as u8);
        online.ask(Request::Page { room, from, direction, limit }, Asked::Past(room))?;
        Ok(now + FAR)
    }
}

impl Actor {
    pub(super) async fn past_page(&mut self, room: RoomId, page: Page) -> Result<(), Trouble> {
        let oldest = page.entries.first().map(|entry| entry.at);
        if let Some(online) = self.opened().and_then(Open::online)
            && let Some(at) = oldest
        {
            online.past.reached.insert(room, at);
        }
        self.page(room, page, News::Past).await
    }

    pub(super) fn past_refused(&mut self, room: RoomId, refusal: &Refusal) {
        let Some(online) = self.opened().and_then(Open::online) else { return };
        if refusal.cause.is_retryable() {
            online.past.next_at = Instant::now() + PAST_REST;
        } else {
            online.exhausted.insert(room);
        }
    }
}
