//! The room that is shown: which part of it, and how a timeline is made of that.

use std::collections::BTreeMap;
use std::sync::Arc;

use snug_proto::content::FileContent;
use snug_proto::id::{AccountId, BlobId, RoomId, Seq};
use snug_proto::talk::Target;

use crate::actor::Actor;
use crate::actor::open::{LinkState, Open};
use crate::copy::{Answered, Copy, CopyError, Folded, ItemKind, MemberRow, RoomRow, Unsent, WhereFile};
use crate::event::{Event, Focus, Item, ItemKey, ReadBy, TIMELINE_ITEMS_MAX, Timeline};
use crate::sync::Wish;
use crate::timeline::{Known, View, apply_pending, entry_item, file_in, outbox_item, quote_of_unsent};

/// Outbox items shown at the end of a timeline.
const UNSENT_SHOWN_MAX: usize = 200;

/// The room that is shown.
#[derive(Debug)]
pub(in crate::actor) struct Shown {
    pub(in crate::actor) target: Target,
    pub(in crate::actor) view: View,
    /// Fixed when the room was opened.
    new_from: Option<Seq>,
    new_from_known: bool,
    /// The entries of the last timeline.
    pub(super) seqs: Vec<Seq>,
    pub(super) has_older: bool,
    /// What is missing where the copy ended before the view did.
    pub(super) older: Option<Wish>,
    /// What is missing below the view, where the person wants to go on.
    pub(super) newer: Option<Wish>,
    /// Where to, once it is here. Until then the timeline waits.
    pub(in crate::actor) jump: Option<Jump>,
    pub(in crate::actor) focus: Option<Focus>,
    /// The person marked it unread: looking on is not reading.
    pub(in crate::actor) left_unread: bool,
    pub(in crate::actor) members: BTreeMap<AccountId, MemberRow>,
    pub(in crate::actor) members_stale: bool,
}

/// A jump under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::actor) enum Jump {
    /// The server is asked which place it is.
    Asking,
    /// The pages around it are fetched.
    Fetching(Seq),
}

impl Shown {
    pub(in crate::actor) fn newest(target: Target) -> Self {
        Self {
            target,
            view: View::NEWEST,
            new_from: None,
            new_from_known: false,
            seqs: Vec::new(),
            has_older: false,
            older: None,
            newer: None,
            jump: None,
            focus: None,
            left_unread: false,
            members: BTreeMap::new(),
            members_stale: true,
        }
    }

    /// The page that the window waits for most.
    pub(in crate::actor) fn wanted(&self) -> Option<Wish> {
        let jump = match self.jump {
            Some(Jump::Fetching(seq)) => Some(Wish::on(seq)),
            Some(Jump::Asking) | None => None,
        };
        jump.or(self.newer).or(self.older)
    }

    /// Where what is missing below the view begins.
    pub(in crate::actor) fn newer_from(&self) -> Option<Seq> {
        self.newer.map(|wish| wish.from)
    }

    /// Another part is shown: what was missing around the last one does not matter.
    pub(in crate::actor) fn forget_gaps(&mut self) {
        (self.older, self.newer) = (None, None);
    }

    /// The "New" divider stays where it was when the room was opened; where the copy was not up to date then, what was
    /// missed counts as well.
    fn fix_new_from(&mut self, row: &RoomRow, caught_up: bool) {
        if !self.new_from_known {
            self.new_from_known = row.unread > 0 || caught_up;
            self.new_from = (row.unread > 0).then(|| row.unread_start());
        }
    }
}

/// What a timeline is made of.
#[derive(Debug)]
struct Material {
    rows: Vec<Folded>,
    has_more: bool,
    unsent: Vec<(Unsent, Option<Answered>)>,
    pins: Vec<Folded>,
    files: BTreeMap<BlobId, WhereFile>,
    /// Files of others that nobody has asked for yet, with who sent them.
    unasked: Vec<(AccountId, FileContent)>,
}

/// A part of a room that is held without a hole.
#[derive(Debug, Clone, Copy)]
struct Part {
    room: RoomId,
    low: Seq,
    to: Seq,
}

impl Part {
    fn of(row: &RoomRow, view: View) -> Option<Self> {
        let to = view.bottom.or(row.ranges.top())?;
        row.ranges.around(to)?;
        Some(Self { room: row.room, low: row.reach_down(to), to })
    }
}

impl Open {
    /// The entries of the timeline: which room, from where, to where.
    pub(in crate::actor) fn shown_entries(&self) -> Option<(Target, RoomId, Seq, Seq)> {
        let shown = self.shown.as_ref()?;
        Some((shown.target, self.shown_room()?, *shown.seqs.first()?, *shown.seqs.last()?))
    }

    pub(in crate::actor) fn shown_room(&self) -> Option<RoomId> {
        self.room_of(self.shown.as_ref()?.target)
    }

    fn known<'a>(&'a self, files: &'a BTreeMap<BlobId, WhereFile>) -> Known<'a> {
        Known {
            me: self.book.me,
            people: &self.book.people,
            rooms: &self.book.rooms,
            ignored: &self.book.ignored,
            files,
            moving: self.transfers.moving(),
        }
    }

    /// How far others have read in the shown room, where that is told.
    fn reads(&self, room: Option<RoomId>) -> Vec<ReadBy> {
        let LinkState::Online(online) = &self.link else { return Vec::new() };
        let marks = online.marks.iter().filter(|(of, _)| Some(*of) == room).flat_map(|(_, marks)| marks);
        let others = marks.filter(|(account, _)| **account != self.book.me);
        others
            .map(|(account, seq)| ReadBy { account: *account, name: self.name_of(*account), seq: *seq })
            .collect()
    }
}

impl Actor {
    pub(super) async fn publish_timeline(&mut self) {
        let Some(open) = self.opened() else { return };
        let room = open.shown_room();
        let row = room.and_then(|room| open.book.rooms.get(&room)).cloned();
        let caught_up = matches!(&open.link, LinkState::Online(online) if online.caught_up);
        let Some(shown) = open.shown.as_mut().filter(|shown| shown.jump.is_none()) else { return };
        if let Some(row) = &row {
            shown.fix_new_from(row, caught_up);
        }
        let (target, view, copy, me) = (shown.target, shown.view, open.copy.clone(), open.book.me);
        let part = row.as_ref().and_then(|row| Part::of(row, view));
        let material = self.on_copy(&copy, move |copy| material(copy, me, target, view, room, part)).await;
        let material = match material {
            Ok(material) => material,
            Err(error) => return self.trouble(error.into()).await,
        };
        let Some(open) = self.opened() else { return };
        let (items, surplus) = items(&material, view, &open.known(&material.files));
        let pins = pins(&material, &open.known(&material.files));
        let reads = open.reads(room);
        let Some(shown) = &mut open.shown else { return };
        shown.seqs = material.rows.iter().map(|folded| folded.row.seq).collect();
        let before = part.zip(row.as_ref()).and_then(|(part, row)| row.before(part.low));
        shown.has_older = material.has_more || before.is_some();
        shown.older = before.filter(|_| !material.has_more && material.rows.len() < view.len).map(Wish::back);
        // Who is ignored puts nothing on this computer by themselves.
        let heard = material.unasked.into_iter().filter(|(author, _)| !open.book.ignored.contains(author));
        let unasked: Vec<FileContent> = heard.map(|(_, file)| file).collect();
        let timeline = Timeline {
            room: target,
            items,
            has_older: shown.has_older || surplus,
            has_newer: view.bottom.is_some(),
            new_from: shown.new_from,
            focus: shown.focus,
            reads,
        };
        self.outlet.put(Event::Timeline(Arc::new(timeline)));
        self.outlet.put(Event::Pins { room: target, items: pins.into() });
        self.fetch_small(target, &unasked);
    }
}

/// The items of a timeline, and whether some at its top had to go.
fn items(material: &Material, view: View, known: &Known<'_>) -> (Vec<Item>, bool) {
    let mut items: Vec<Item> = material.rows.iter().map(|folded| entry_item(folded, known)).collect();
    if view.bottom.is_none() {
        let messages = material.unsent.iter().filter(|(unsent, _)| unsent.kind == ItemKind::Message);
        items.extend(messages.map(|(unsent, answers)| {
            let item = outbox_item(unsent, answers.as_ref(), known);
            let about = material.unsent.iter().find(|(other, _)| Some(other.id) == unsent.about);
            match about {
                Some((other, _)) => Item { reply: Some(quote_of_unsent(other, known)), ..item },
                None => item,
            }
        }));
    }
    let unsent: Vec<Unsent> = material.unsent.iter().map(|(unsent, _)| unsent.clone()).collect();
    apply_pending(&mut items, &unsent, known);
    let surplus = items.len().saturating_sub(TIMELINE_ITEMS_MAX);
    items.drain(..surplus);
    (items, surplus > 0)
}

fn pins(material: &Material, known: &Known<'_>) -> Vec<Item> {
    let mut items: Vec<Item> = material.pins.iter().map(|folded| entry_item(folded, known)).collect();
    let unsent: Vec<Unsent> = material.unsent.iter().map(|(unsent, _)| unsent.clone()).collect();
    apply_pending(&mut items, &unsent, known);
    items.retain(|item| item.pinned);
    items
}

fn material(
    copy: &Copy,
    me: AccountId,
    target: Target,
    view: View,
    room: Option<RoomId>,
    part: Option<Part>,
) -> Result<Material, CopyError> {
    let mut rows = match part {
        Some(Part { room, low, to }) => copy.page(room, low, to, view.len + 1)?,
        None => Vec::new(),
    };
    let has_more = rows.len() > view.len;
    if has_more {
        rows.remove(0);
    }
    let (rows, pins) = match room {
        Some(room) => (copy.fold(room, rows, me)?, copy.pins(room, me)?),
        None => (Vec::new(), Vec::new()),
    };
    let mut unsent = Vec::new();
    for item in copy.unsent(target, UNSENT_SHOWN_MAX)? {
        let answers = match room.filter(|_| item.kind == ItemKind::Message && item.about.is_none()) {
            Some(room) => copy.answers(room, &item.body)?,
            None => None,
        };
        unsent.push((item, answers));
    }
    let bodies = rows.iter().map(|folded| (folded.row.author, &folded.row.body[..]));
    let bodies = bodies.chain(unsent.iter().map(|(unsent, _)| (me, &unsent.body[..])));
    let (mut files, mut unasked) = (BTreeMap::new(), Vec::new());
    for (author, file) in bodies.filter_map(|(author, body)| Some((author, file_in(body)?))) {
        match copy.where_file(file.blob)? {
            // Deleted or moved by the person: it can be fetched again, but not by itself.
            Some(WhereFile::Here(path)) if !path.exists() => {}
            Some(place) => {
                files.insert(file.blob, place);
            }
            None if author != me => unasked.push((author, file)),
            None => {}
        }
    }
    Ok(Material { rows, has_more, unsent, pins, files, unasked })
}

/// The item of the timeline that a jump is about.
pub(in crate::actor) fn focus(seq: Seq, serial: u64) -> Focus {
    Focus { item: ItemKey::Entry(seq), serial }
}
