//! After another log: what this person wrote and the new log lacks is offered for sending again.

use std::collections::BTreeMap;

use snug_proto::content::{Content, EditContent, PinContent, ReactionContent};
use snug_proto::id::{Origin, RoomId};
use snug_proto::talk::Target;

use super::Actor;
use super::open::{Open, Trouble};
use crate::command::{FormerFate, OutboxId};
use crate::copy::{Copy, CopyError, FormerRow, NOWHERE, NewItem};
use crate::event::{Event, Former};
use crate::sync::Wish;

/// How far the comparison with the new log has come.
#[derive(Debug, Default)]
pub(super) enum Comparing {
    /// Not begun: the log is not read up to its head yet.
    #[default]
    NotYet,
    /// These places of the new log are still to be read.
    Reading(BTreeMap<RoomId, Wish>),
    /// It is known what is lacking.
    Done,
}

impl Open {
    /// Goes on comparing where the copy holds enough to tell; answers what the copy has to hold next.
    fn is_held(&self, former: &FormerRow) -> bool {
        match self.book.rooms.get(&former.room) {
            // A room that is not there, or not that long, lacks it for certain.
            None => true,
            Some(row) => {
                let readable = row.after(snug_proto::id::Seq(former.seq.0.saturating_sub(1)));
                readable != Some(former.seq) || row.ranges.around(former.seq).is_some()
            }
        }
    }
}

impl Actor {
    /// Compares what can be compared now; the rest is asked for.
    pub(super) async fn compare_former(&mut self) -> Result<(), Trouble> {
        loop {
            let Some(open) = self.opened() else { return Ok(()) };
            let copy = open.copy.clone();
            let rows = self.on_copy(&copy, Copy::former_open).await?;
            let Some(open) = self.opened() else { return Ok(()) };
            let (held, missing): (Vec<FormerRow>, Vec<FormerRow>) =
                rows.into_iter().partition(|former| open.is_held(former));
            let Some(online) = open.online() else { return Ok(()) };
            let exhausted = |room: &RoomId| online.exhausted.contains(room);
            let (unreadable, wanted): (Vec<_>, Vec<_>) =
                missing.into_iter().partition(|former| exhausted(&former.room));
            let now: Vec<FormerRow> = held.into_iter().chain(unreadable).collect();
            if now.is_empty() {
                let wishes: BTreeMap<_, _> =
                    wanted.into_iter().map(|former| (former.room, Wish::back(former.seq))).collect();
                let done = wishes.is_empty();
                online.comparing = if done { Comparing::Done } else { Comparing::Reading(wishes) };
                return if done { self.tell_former().await } else { Ok(()) };
            }
            self.on_copy(&copy, move |copy| now.iter().try_for_each(|former| copy.former_compare(former)))
                .await?;
        }
    }

    async fn tell_former(&mut self) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        let dropped = self.on_copy(&copy, Copy::acts_compared).await?;
        self.tell_dropped(dropped);
        self.outbox_changed(&copy).await?;
        let lacking = self.on_copy(&copy, Copy::former_lacking).await?;
        let count = lacking.iter().filter(|former| is_message(&former.body)).count();
        if count > 0 {
            self.outlet.put(Event::Former(Former { count: u32::try_from(count).unwrap_or(u32::MAX) }));
        }
        Ok(())
    }

    pub(super) async fn former(&mut self, fate: FormerFate) -> Result<(), CopyError> {
        let now = self.environment.now();
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        let names: BTreeMap<RoomId, String> =
            open.book.rooms.iter().map(|(room, row)| (*room, row.name.clone())).collect();
        let left = self.on_copy(&copy, move |copy| {
            let left = match fate {
                FormerFate::Send => send_again(copy, &names, now)?,
                FormerFate::Leave => 0,
            };
            copy.former_decided()?;
            Ok(left)
        });
        let left = left.await?;
        self.outlet.put(Event::Former(Former::default()));
        if left > 0 {
            let (messages, belong) = if left == 1 { ("message", "belongs") } else { ("messages", "belong") };
            self.not_done(format!(
                "{left} {messages} could not be sent again: they {belong} to rooms that are gone."
            ));
        }
        self.outbox_changed(&copy).await
    }
}

impl Comparing {
    pub(super) fn wish(&self, room: RoomId) -> Option<Wish> {
        match self {
            Self::Reading(wishes) => wishes.get(&room).copied(),
            Self::NotYet | Self::Done => None,
        }
    }

    pub(super) fn is_reading(&self) -> bool {
        matches!(self, Self::Reading(_))
    }
}

fn is_message(body: &[u8]) -> bool {
    matches!(Content::from_body(body), Ok(Content::Text(_) | Content::File(_)))
}

/// Queues what is lacking, in its order. What names something lacking names its item in the outbox; what acts on
/// something that is gone is left out. Answers how many messages have no room any more.
fn send_again(copy: &Copy, names: &BTreeMap<RoomId, String>, now: i64) -> Result<u32, CopyError> {
    let mut sent: BTreeMap<Origin, OutboxId> = BTreeMap::new();
    let mut left = 0;
    for former in copy.former_lacking()? {
        // The number may mean another room now.
        let is_same = |room: &RoomId| names.get(room).is_some_and(|name| *name == former.name);
        let has_room = match former.to {
            Target::Room(room) => is_same(&room),
            Target::Person(_) => true,
        };
        if !has_room {
            left += u32::from(is_message(&former.body));
            continue;
        }
        let Ok(content) = Content::from_body(&former.body) else { continue };
        let target = named(&content);
        let about = target.and_then(|target| sent.get(&target).copied());
        let is_there = match target.filter(|_| about.is_none()) {
            Some(target) => copy.find(former.room, target)?.is_some(),
            None => true,
        };
        let content = if about.is_some() { naming(content, NOWHERE.origin) } else { content };
        let is_message = matches!(content, Content::Text(_) | Content::File(_));
        let Some(item) = NewItem::content(former.to, &content, now).filter(|_| is_there || is_message) else {
            continue;
        };
        let item = NewItem { about, blobs: former.blobs.clone(), ..item };
        let id = copy.former_again(&former, &item)?;
        if is_message {
            sent.insert(former.origin, id);
        }
    }
    Ok(left)
}

/// What content names.
fn named(content: &Content) -> Option<Origin> {
    match content {
        Content::Text(text) => text.reply_to,
        Content::File(file) => file.reply_to,
        Content::Edit(EditContent { target, .. })
        | Content::Reaction(ReactionContent { target, .. })
        | Content::Pin(PinContent { target, .. }) => Some(*target),
        Content::Unknown { .. } => None,
    }
}

/// The same content, naming something else.
fn naming(mut content: Content, origin: Origin) -> Content {
    match &mut content {
        Content::Text(text) => text.reply_to = Some(origin),
        Content::File(file) => file.reply_to = Some(origin),
        Content::Edit(edit) => edit.target = origin,
        Content::Reaction(reaction) => reaction.target = origin,
        Content::Pin(pin) => pin.target = origin,
        Content::Unknown { .. } => {}
    }
    content
}
