//! What the person writes: texts, edits, reactions, pins, retractions. Everything goes through the outbox and shows at
//! once; what names an item that is still in the outbox waits there until that one has its place.

use std::collections::VecDeque;

use snug_proto::bounded::Text;
use snug_proto::content::{
    Content, EditContent, FileContent, Mentions, PinContent, ReactionContent, Source, TextContent,
};
use snug_proto::entry::Retracted;
use snug_proto::id::{Origin, RoomId, Seq};
use snug_proto::limits::TEXT_MAX;
use snug_proto::talk::Target;

use super::Actor;
use super::open::Open;
use crate::command::OutboxId;
use crate::copy::{CopyError, Dropped, ItemKind, NOWHERE, NewItem, Row, Settled, Stored};
use crate::event::{Event, ItemKey, Notice, Version};
use crate::mentions::mentions;

/// Items whose last places are remembered: a window may still know them by their old name.
const SETTLED_KEPT: usize = 256;

/// Places that items of the outbox came to lately.
#[derive(Debug, Default)]
pub(super) struct Lately(VecDeque<(OutboxId, RoomId, Seq)>);

impl Lately {
    pub(super) fn note(&mut self, settled: &Settled) {
        if settled.kind == ItemKind::Message {
            self.0.push_back((settled.id, settled.room, settled.seq));
            if self.0.len() > SETTLED_KEPT {
                self.0.pop_front();
            }
        }
    }

    fn place(&self, id: OutboxId) -> Option<(RoomId, Seq)> {
        self.0.iter().find(|(settled, ..)| *settled == id).map(|(_, room, seq)| (*room, *seq))
    }
}

/// What a command is about.
#[derive(Debug, Clone)]
enum About {
    /// An entry that is held, with what it says now.
    Entry { room: RoomId, row: Row, edit: Option<Vec<u8>> },
    /// Something in the outbox.
    Outbox(OutboxId),
}

impl About {
    /// What content about it names: an origin, and the item whose place is to be waited for.
    fn target(&self) -> (Origin, Option<OutboxId>) {
        match self {
            Self::Entry { row, .. } => (row.origin, None),
            Self::Outbox(id) => (NOWHERE.origin, Some(*id)),
        }
    }
}

impl Open {
    /// Whom a text for a room mentions.
    fn mentions_in(&self, room: Target, text: &str) -> Mentions {
        let known = self.shown.as_ref().filter(|shown| shown.target == room && !shown.members.is_empty());
        let is_member = |account| known.is_none_or(|shown| shown.members.contains_key(&account));
        mentions(text, self.book.people.called().filter(|(account, _)| is_member(*account)))
    }
}

impl Actor {
    pub(super) fn not_done(&self, reason: impl Into<String>) {
        self.notice(Notice::NotDone { reason: reason.into() });
    }

    /// What leaves the outbox without effect is told: a text comes back, anything else has a sentence.
    pub(super) fn tell_dropped(&mut self, dropped: Vec<Dropped>) {
        for Dropped { id, to, kind, body, reason } in dropped {
            match (kind, Content::from_body(&body)) {
                (ItemKind::Deed, _) => self.deed_done(id, Err((reason, None))),
                (_, Ok(Content::Edit(edit))) => {
                    let text = edit.text.into_string();
                    self.notice(Notice::NotQueued { room: to, text, reason });
                }
                (ItemKind::Retract, _) => self.not_done(format!("A message was not deleted. {reason}")),
                (_, Ok(Content::Reaction(_))) => self.not_done(format!("A reaction was not sent. {reason}")),
                (_, Ok(Content::Pin(_))) => self.not_done(format!("A pin was not changed. {reason}")),
                (ItemKind::Message | ItemKind::Act, _) => self.not_done(reason),
            }
        }
    }

    /// Finds what a command is about; a person is told where that is gone.
    async fn about(&mut self, room: Target, item: ItemKey) -> Result<Option<About>, CopyError> {
        let Some(open) = self.opened() else { return Ok(None) };
        let copy = open.copy.clone();
        let place = match item {
            ItemKey::Entry(seq) => open.room_of(room).map(|room| (room, seq)),
            ItemKey::Outbox(id) => open.lately.place(id),
        };
        let found = self.on_copy(&copy, move |copy| {
            if let Some((room, seq)) = place {
                let current = copy.current(room, seq)?;
                return Ok(current.filter(|(row, _)| row.is_message).map(|(row, edit)| About::Entry {
                    room,
                    row,
                    edit,
                }));
            }
            let ItemKey::Outbox(id) = item else { return Ok(None) };
            Ok(copy.unsent_item(id)?.map(|_| About::Outbox(id)))
        });
        let found = found.await?;
        if found.is_none() {
            self.not_done("This message is not there any more.");
        }
        Ok(found)
    }

    pub(super) async fn send_text(
        &mut self,
        room: Target,
        text: String,
        reply_to: Option<ItemKey>,
    ) -> Result<(), CopyError> {
        let about = match reply_to {
            Some(item) => self.about(room, item).await?,
            None => None,
        };
        let (origin, waits) = about.map(|about| about.target()).unzip();
        let Some(open) = self.opened() else { return Ok(()) };
        let mentions = open.mentions_in(room, &text);
        let content = Text::new(text.as_str())
            .map(|text| Content::Text(TextContent { text, reply_to: origin, mentions, source: None }));
        self.queue_text(room, text, content.ok(), waits.flatten()).await
    }

    /// Queues content that carries a text; where that cannot be, the text comes back.
    async fn queue_text(
        &mut self,
        room: Target,
        text: String,
        content: Option<Content>,
        about: Option<OutboxId>,
    ) -> Result<(), CopyError> {
        let now = self.environment.now();
        let item = content.and_then(|content| NewItem::content(room, &content, now));
        let Some(item) = item else {
            let reason = format!("A message has at most {} KiB. Send it as a file instead.", TEXT_MAX / 1024);
            self.notice(Notice::NotQueued { room, text, reason });
            return Ok(());
        };
        match self.queue(vec![NewItem { about, ..item }]).await {
            Err(error) => {
                let reason = format!("This computer could not keep it: {error}.");
                self.notice(Notice::NotQueued { room, text, reason });
                if error.is_full() { Ok(()) } else { Err(error) }
            }
            Ok(()) => Ok(()),
        }
    }

    pub(super) async fn queue(&mut self, items: Vec<NewItem>) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        self.on_copy(&copy, move |copy| copy.queue_all(&items)).await?;
        self.outbox_changed(&copy).await
    }

    async fn queue_act(
        &mut self,
        room: Target,
        content: Content,
        about: Option<OutboxId>,
    ) -> Result<(), CopyError> {
        let now = self.environment.now();
        match NewItem::content(room, &content, now) {
            Some(item) => self.queue(vec![NewItem { about, ..item }]).await,
            None => Ok(()),
        }
    }

    pub(super) async fn edit(&mut self, room: Target, item: ItemKey, text: String) -> Result<(), CopyError> {
        let Some(about) = self.about(room, item).await? else {
            let reason = "The message is not there any more.".to_owned();
            self.notice(Notice::NotQueued { room, text, reason });
            return Ok(());
        };
        let Some(open) = self.opened() else { return Ok(()) };
        let (copy, me, mentions) = (open.copy.clone(), open.book.me, open.mentions_in(room, &text));
        match &about {
            About::Entry { row, .. } if row.author != me => {
                self.not_done("Only who wrote a message can change it.");
                return Ok(());
            }
            About::Entry { .. } => {}
            About::Outbox(id) => {
                let (id, now, changed) = (*id, self.environment.now(), mentions.clone());
                let new = Text::new(text.as_str()).ok();
                let rewritten = self.on_copy(&copy, move |copy| {
                    let Some(item) = copy.unsent_item(id)? else { return Ok(false) };
                    let body = new.and_then(|text| match Content::from_body(&item.body) {
                        Ok(Content::Text(old)) => {
                            Content::Text(TextContent { text, mentions: changed, ..old }).to_body()
                        }
                        _ => None,
                    });
                    body.map_or(Ok(false), |body| copy.rewrite(id, &body, now))
                });
                if rewritten.await? {
                    return self.outbox_changed(&copy).await;
                }
            }
        }
        let (target, waits) = about.target();
        let content =
            Text::new(text.as_str()).map(|text| Content::Edit(EditContent { target, text, mentions }));
        self.queue_text(room, text, content.ok(), waits).await
    }

    pub(super) async fn react(
        &mut self,
        room: Target,
        item: ItemKey,
        emoji: String,
        on: bool,
    ) -> Result<(), CopyError> {
        let Some(about) = self.about(room, item).await? else { return Ok(()) };
        let (target, waits) = about.target();
        let Ok(emoji) = Text::new(emoji) else { return Ok(()) };
        self.queue_act(room, Content::Reaction(ReactionContent { target, emoji, on }), waits).await
    }

    pub(super) async fn pin(&mut self, room: Target, item: ItemKey, on: bool) -> Result<(), CopyError> {
        let Some(about) = self.about(room, item).await? else { return Ok(()) };
        let (target, waits) = about.target();
        self.queue_act(room, Content::Pin(PinContent { target, on }), waits).await
    }

    /// Each message goes by changes of its own, with all of its edits behind it.
    pub(super) async fn retract(&mut self, to: Target, items: Vec<ItemKey>) -> Result<(), CopyError> {
        let now = self.environment.now();
        for item in items {
            let Some(about) = self.about(to, item).await? else { continue };
            let Some(open) = self.opened() else { return Ok(()) };
            let copy = open.copy.clone();
            let done = self.on_copy(&copy, move |copy| match about {
                About::Outbox(id) => {
                    if copy.discard(id)? {
                        return Ok(());
                    }
                    // On its way already: it is retracted as soon as it is there.
                    let stored = Stored::retract(NOWHERE_ROOM, &[NOWHERE]);
                    let item = NewItem::stored(to, ItemKind::Retract, &stored, now);
                    copy.queue_all(&[NewItem { about: Some(id), ..item }]).map(drop)
                }
                About::Entry { room, row, .. } => {
                    copy.discard_edits_of(row.origin)?;
                    let retraction = |targets: Vec<Retracted>| {
                        NewItem::stored(to, ItemKind::Retract, &Stored::retract(room, &targets), now)
                    };
                    let items: Vec<NewItem> =
                        copy.with_edits(room, &row)?.into_iter().map(retraction).collect();
                    copy.queue_all(&items).map(drop)
                }
            });
            done.await?;
            self.outbox_changed(&copy).await?;
        }
        Ok(())
    }

    /// Edits of one's own that were not retracted with their message go as well.
    pub(super) async fn retract_orphans(
        &mut self,
        orphans: Vec<(RoomId, Vec<Retracted>)>,
    ) -> Result<(), CopyError> {
        let now = self.environment.now();
        let Some(open) = self.opened() else { return Ok(()) };
        let items = orphans.into_iter().map(|(room, targets)| {
            NewItem::stored(open.target_of(room), ItemKind::Retract, &Stored::retract(room, &targets), now)
        });
        let items: Vec<NewItem> = items.collect();
        if items.is_empty() { Ok(()) } else { self.queue(items).await }
    }

    pub(super) async fn forward(
        &mut self,
        from: Target,
        items: Vec<ItemKey>,
        to: Target,
    ) -> Result<(), CopyError> {
        let now = self.environment.now();
        let mut copies = Vec::new();
        for item in items {
            let Some(About::Entry { room, row, edit }) = self.about(from, item).await? else { continue };
            let Some(open) = self.opened() else { return Ok(()) };
            let source = Source {
                how: Source::FORWARDED,
                author: Text::cut(&open.name_of(row.author)),
                at: row.at,
                from: Text::cut(&open.room_name(room)),
            };
            copies.extend(forwarded(to, &row, edit, source, now));
        }
        if copies.is_empty() {
            self.not_done("Only messages that were sent can be forwarded.");
            return Ok(());
        }
        self.queue(copies).await
    }

    pub(super) async fn versions(&mut self, room: Target, item: ItemKey) -> Result<(), CopyError> {
        let Some(About::Entry { room: of, row, .. }) = self.about(room, item).await? else { return Ok(()) };
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        let texts = self.on_copy(&copy, move |copy| copy.texts(of, row.seq)).await?;
        let version = |text: crate::copy::TextOf| match Content::from_body(&text.body) {
            Ok(Content::Text(said)) => Some(Version { at: text.at, text: said.text.into_string() }),
            Ok(Content::Edit(edit)) => Some(Version { at: text.at, text: edit.text.into_string() }),
            _ => None,
        };
        let versions: Vec<Version> = texts.into_iter().filter_map(version).collect();
        self.outlet.put(Event::Versions { room, item, versions: versions.into() });
        Ok(())
    }
}

/// Stands for the room of an item that has no place yet.
const NOWHERE_ROOM: RoomId = RoomId(0);

/// A copy of a message for another room: what it says now, and where that comes from.
fn forwarded(to: Target, row: &Row, edit: Option<Vec<u8>>, source: Source, now: i64) -> Option<NewItem> {
    let edited = edit.and_then(|body| match Content::from_body(&body) {
        Ok(Content::Edit(edit)) => Some(edit.text),
        _ => None,
    });
    match Content::from_body(&row.body).ok()? {
        Content::Text(text) => {
            let source = Some(text.source.unwrap_or(source));
            let text = edited.unwrap_or(text.text);
            let content = TextContent { text, reply_to: None, mentions: Mentions::default(), source };
            NewItem::content(to, &Content::Text(content), now)
        }
        Content::File(file) => {
            let blobs = snug_proto::bounded::List::new(vec![file.blob]).ok()?;
            let source = Some(file.source.clone().unwrap_or(source));
            let content = FileContent { reply_to: None, source, ..file };
            NewItem::content(to, &Content::File(content), now).map(|item| NewItem { blobs, ..item })
        }
        _ => None,
    }
}
