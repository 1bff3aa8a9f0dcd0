//! Deeds: rooms, people and the account. They are done now or not at all: without a connection they are refused at
//! once; with one they take their number in the outbox like everything else, and somebody waits for the answer.

use std::time::Duration;

use snug_proto::id::RoomId;
use snug_proto::limits::ROOMS_PAGE_MAX;
use snug_proto::talk::{Account, Channel, Request, Target};

use super::Actor;
use super::online::Asked;
use super::open::{Open, Trouble};
use crate::command::{Deed, OutboxId};
use crate::copy::{CopyError, ItemKind, NewItem, Stored};
use crate::event::{self, DeedDone, Event, Undone};

/// Deeds that may wait for their answers.
const DEEDS_WAITING_MAX: usize = 64;
/// Channels told at most.
const CHANNELS_MAX: usize = 4096;

/// What came of a deed: the room that was made, or a sentence and how long to wait.
pub(super) type Outcome = Result<Option<RoomId>, (String, Option<Duration>)>;

/// Who waits for a deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// The window, with the number that comes back.
    Window(u64),
    /// The import under way.
    Import,
}

/// A deed that somebody waits for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket {
    asker: Asker,
    about: About,
}

/// What a deed is about, where more than its answer has to be known afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// Rooms: they tell themselves.
    Rooms,
    /// The account itself, which other devices are told, but this one asks.
    Account,
    /// The house: what was asked about it may be another then.
    House,
}

impl Actor {
    pub(super) async fn deed(&mut self, asker: Asker, deed: Deed) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let about = open.what_about(&deed);
        self.queue_deed(asker, Stored::deed(deed), about).await
    }

    /// Queues what a deed is, or answers with the sentence that says why it is none.
    pub(super) async fn queue_deed(
        &mut self,
        asker: Asker,
        stored: Result<Stored, String>,
        about: About,
    ) -> Result<(), CopyError> {
        let now = self.environment.now();
        let Some(open) = self.opened() else { return Ok(()) };
        let me = Target::Person(open.book.me);
        let refused = match (open.online().is_some(), open.tickets.len() < DEEDS_WAITING_MAX) {
            (false, _) => Some("This needs a connection to the server."),
            (true, false) => Some("Too much at once. Please wait a moment."),
            (true, true) => None,
        };
        let stored = match refused.map_or(stored, |reason| Err(reason.to_owned())) {
            Ok(stored) => stored,
            Err(reason) => {
                self.answer_asker(asker, Err((reason, None)));
                return Ok(());
            }
        };
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        let item = NewItem::stored(me, ItemKind::Deed, &stored, now);
        let ids = self.on_copy(&copy, move |copy| copy.queue_all(&[item])).await?;
        let Some(open) = self.opened() else { return Ok(()) };
        open.tickets.extend(ids.into_iter().map(|id| (id, Ticket { asker, about })));
        self.outbox_changed(&copy).await
    }

    /// Answers whoever waits for a deed.
    pub(super) fn deed_done(&mut self, id: OutboxId, outcome: Outcome) {
        let Some(open) = self.opened() else { return };
        let Some(Ticket { asker, about }) = open.tickets.remove(&id) else { return };
        match (about, open.online()) {
            (About::Account, Some(online)) => {
                // A stuck connection is found by its silence.
                let _ = online.ask(Request::Account, Asked::Account);
            }
            (About::House, Some(_)) => self.house_changed(),
            (About::Rooms, _) | (_, None) => {}
        }
        self.answer_asker(asker, outcome);
    }

    pub(super) fn answer_asker(&mut self, asker: Asker, outcome: Outcome) {
        match asker {
            Asker::Window(ticket) => {
                let result = outcome.map_err(|(reason, retry_after)| Undone { reason, retry_after });
                self.outlet.put(Event::Done(DeedDone { ticket, result }));
            }
            Asker::Import => self.import_room_made(outcome),
        }
    }

    /// The connection ended: what was not sent is not done later. What was, the next login tells.
    pub(super) async fn drop_waiting_deeds(&mut self) {
        let Some(open) = self.opened() else { return };
        let (copy, waiting) = (open.copy.clone(), open.tickets.keys().copied().collect::<Vec<_>>());
        if waiting.is_empty() {
            return;
        }
        let dropped = self.on_copy(&copy, move |copy| {
            copy.drop_deeds(&[])?;
            let mut gone = Vec::new();
            for id in waiting {
                if copy.unsent_item(id)?.is_none() {
                    gone.push(id);
                }
            }
            Ok(gone)
        });
        match dropped.await {
            Ok(gone) => {
                let reason = "The connection was lost before this was done.";
                gone.into_iter().for_each(|id| self.deed_done(id, Err((reason.to_owned(), None))));
            }
            Err(error) => tracing::error!(error = error.kind(), "waiting deeds cannot be dropped"),
        }
    }

    /// Takes what was chosen for the account, here or on another device.
    pub(super) async fn take_account(&mut self, account: Account) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let (copy, me) = (open.copy.clone(), open.book.me);
        let (chosen, rooms) = self
            .on_copy(&copy, move |copy| {
                copy.put_account(&account)?;
                Ok((copy.account()?, copy.rooms(me)?))
            })
            .await?;
        // Who is ignored counts for nothing, so every count may be another.
        rooms.into_values().for_each(|row| self.take_row(Some(row)));
        let Some(open) = self.opened() else { return Ok(()) };
        (open.book.privacy, open.book.ignored) = chosen;
        open.dirty.account = true;
        open.dirty.rooms = true;
        open.dirty.members = true;
        open.dirty.timeline = true;
        open.dirty.looks = true;
        // Who is ignored has no picture here, and who is not any more has one again.
        self.look_after_pictures().await;
        Ok(())
    }

    pub(super) fn channels(&mut self) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        match open.online() {
            Some(online) => {
                online.channels.clear();
                let _ = online.ask(Request::Channels { after: RoomId(0) }, Asked::Channels);
            }
            None => self.not_done("The list of channels needs a connection to the server."),
        }
        Ok(())
    }

    /// Takes a page of channels; the last one tells them all.
    pub(super) fn take_channels(&mut self, page: Vec<Channel>) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let Some(online) = open.online() else { return Ok(()) };
        let last = page.last().map(|channel| channel.room);
        let more = page.len() == ROOMS_PAGE_MAX && online.channels.len() < CHANNELS_MAX;
        online.channels.extend(page);
        if let Some(after) = last.filter(|_| more) {
            return online.ask(Request::Channels { after }, Asked::Channels).map(drop);
        }
        let channels = std::mem::take(&mut online.channels);
        let channels: Vec<event::Channel> =
            channels.into_iter().map(|channel| open.channel(channel)).collect();
        self.outlet.put(Event::Channels(channels.into()));
        Ok(())
    }
}

impl Open {
    fn what_about(&self, deed: &Deed) -> About {
        match deed {
            Deed::SetPrivacy(_) | Deed::Ignore { .. } => About::Account,
            Deed::Act(_) => About::House,
            Deed::SetRole { room, .. } if self.is_house(*room) => About::House,
            _ => About::Rooms,
        }
    }

    fn channel(&self, channel: Channel) -> event::Channel {
        let joined = self.book.rooms.get(&channel.room).is_some_and(|row| row.present);
        event::Channel {
            room: channel.room,
            name: channel.name.into_string(),
            topic: channel.topic.into_string(),
            members: channel.members,
            archived: channel.archived,
            joined,
        }
    }
}
