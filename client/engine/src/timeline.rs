//! From entries and outbox items to what the window shows: pure functions.

mod house;
mod pending;

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use snug_proto::codec;
use snug_proto::content::{self, Content, ContentError, FileContent, Mentions};
use snug_proto::entry::{Archived, Entry, Joined, Kind, Left, Renamed, RoleSet, Topic};
use snug_proto::id::{AccountId, BlobId, RoomId, Seq};
use snug_proto::profile::Profile;
use snug_proto::talk::Role;

use crate::command::OutboxId;
use crate::copy::{Answered, Folded, LookRow, OutboxState, RoomRow, Row, Unsent, WhereFile};
use crate::event::{
    Chip, Delivery, FileItem, FilePlace, Item, ItemKey, Quote, Reactions, Source, TIMELINE_ITEMS_MAX,
    TIMELINE_STEP, TextItem, What,
};
use crate::files::safe_name;
use crate::people::People;

pub(crate) use pending::apply_pending;

/// Characters of a preview.
const PREVIEW_CHARS: usize = 200;

/// Which part of a room the window shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct View {
    /// The last entry shown; `None` follows the newest.
    pub(crate) bottom: Option<Seq>,
    /// How many entries.
    pub(crate) len: usize,
}

impl View {
    /// The newest page.
    pub(crate) const NEWEST: View = View { bottom: None, len: 2 * TIMELINE_STEP };

    /// One step towards older entries: the view grows, then moves. `shown` are the entries it shows now.
    pub(crate) fn older(self, shown: &[Seq]) -> Self {
        if self.len + TIMELINE_STEP <= TIMELINE_ITEMS_MAX {
            return Self { len: self.len + TIMELINE_STEP, ..self };
        }
        let keep = shown.len().saturating_sub(TIMELINE_STEP);
        match shown.get(keep.saturating_sub(1)) {
            Some(bottom) if keep > 0 => Self { bottom: Some(*bottom), ..self },
            _ => self,
        }
    }

    /// One step towards newer entries; `newer` are the next entries below the view, ascending. Where a hole follows
    /// them, the view stops before it.
    pub(crate) fn newer(self, newer: &[Seq], hole_follows: bool) -> Self {
        match (newer.get(TIMELINE_STEP - 1), newer.last()) {
            (Some(bottom), _) => Self { bottom: Some(*bottom), ..self },
            (None, last) if hole_follows => Self { bottom: last.copied().or(self.bottom), ..self },
            (None, _) => Self { bottom: None, ..self },
        }
    }
}

/// Names and places that items need.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    pub(crate) me: AccountId,
    pub(crate) people: &'a People,
    pub(crate) rooms: &'a BTreeMap<RoomId, RoomRow>,
    pub(crate) ignored: &'a BTreeSet<AccountId>,
    pub(crate) files: &'a BTreeMap<BlobId, WhereFile>,
    pub(crate) moving: BTreeSet<BlobId>,
}

impl Known<'_> {
    pub(crate) fn name(&self, account: AccountId) -> String {
        self.people.name(account)
    }

    fn room(&self, room: RoomId) -> Option<String> {
        self.rooms.get(&room).map(|row| row.name.clone())
    }

    fn place(&self, blob: BlobId) -> FilePlace {
        if self.moving.contains(&blob) {
            return FilePlace::Moving;
        }
        match self.files.get(&blob) {
            Some(WhereFile::Here(path)) => FilePlace::Here(path.clone()),
            Some(WhereFile::Failed(reason)) => FilePlace::Failed(reason.clone()),
            None => FilePlace::Remote,
        }
    }
}

/// The item of an entry, with everything that acts on it.
pub(crate) fn entry_item(folded: &Folded, known: &Known<'_>) -> Item {
    let row = &folded.row;
    let what = match row.kind {
        Kind::CONTENT => said(&row.body, folded.edit.as_deref(), folded.calls_all, known),
        _ => happened(row, known),
    };
    let is_content = row.kind == Kind::CONTENT;
    Item {
        origin: is_content.then_some(row.origin),
        mine: row.author == known.me,
        ignored: known.ignored.contains(&row.author) && is_content,
        reply: folded.answers.as_ref().map(|answers| quote(answers, known)),
        reactions: reactions(folded, known),
        pinned: folded.is_pinned,
        source: source(&row.body),
        ..Item::plain(ItemKey::Entry(row.seq), row.author, known.name(row.author), row.at, what)
    }
}

/// The item of a message in the outbox.
pub(crate) fn outbox_item(unsent: &Unsent, answers: Option<&Answered>, known: &Known<'_>) -> Item {
    let state = match unsent.state {
        OutboxState::Queued => Delivery::Queued,
        OutboxState::Sending | OutboxState::Unsure => Delivery::Sending,
        OutboxState::Done => Delivery::Sent,
        OutboxState::Failed => {
            Delivery::Failed(unsent.reason.clone().unwrap_or_else(|| "The server refused it.".to_owned()))
        }
    };
    let OutboxId(id) = unsent.id;
    let key = ItemKey::Outbox(OutboxId(id));
    let what = said(&unsent.body, None, false, known);
    Item {
        mine: true,
        state,
        reply: answers.map(|answers| quote(answers, known)),
        source: source(&unsent.body),
        ..Item::plain(key, known.me, known.name(known.me), unsent.at, what)
    }
}

/// What an entry of the server's own making tells.
fn happened(row: &Row, known: &Known<'_>) -> What {
    let by = |who: AccountId| (who != row.author && row.author.0 != 0).then(|| known.name(row.author));
    let told = match row.kind {
        Kind::JOINED => read(&row.body).map(|joined: Joined| What::Joined {
            who: known
                .people
                .get(&joined.account)
                .cloned()
                .unwrap_or_else(|| safe_name(joined.name.as_str())),
            by: by(joined.account),
        }),
        Kind::LEFT => read(&row.body)
            .map(|left: Left| What::Left { who: known.name(left.account), by: by(left.account) }),
        Kind::CREATED => Some(What::Created),
        Kind::RENAMED => read(&row.body).map(|renamed: Renamed| What::Renamed(renamed.name.into_string())),
        Kind::TOPIC => read(&row.body).map(|topic: Topic| What::Topic(topic.topic.into_string())),
        Kind::ROLE => read(&row.body).map(|set: RoleSet| What::RoleSet {
            who: known.name(set.account),
            role: Role::of_code(set.role),
        }),
        Kind::PROFILE => read(&row.body).map(|profile: Profile| What::Named {
            who: known.people.own_name(row.author).cloned().unwrap_or_else(|| known.name(row.author)),
            name: LookRow::of(profile).display,
        }),
        Kind::ARCHIVED => read(&row.body).map(|archived: Archived| What::Archived(archived.archived)),
        kind if (Kind::KICKED.0..=Kind::PUT_BACK.0).contains(&kind.0) => {
            house::act(kind, &row.body, known).map(What::Act)
        }
        _ => Some(What::NeedsNewer),
    };
    told.unwrap_or(What::Unreadable)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    codec::decode_value(body).ok()
}

/// What somebody wrote; `edit` is what stands in its place now.
fn said(body: &[u8], edit: Option<&[u8]>, calls_all: bool, known: &Known<'_>) -> What {
    match Content::from_body(body) {
        Ok(Content::Text(text)) => {
            let edit = edit.and_then(|body| match Content::from_body(body) {
                Ok(Content::Edit(edit)) => Some(edit),
                _ => None,
            });
            What::Text(match edit {
                Some(edit) => text_item(edit.text.into_string(), &edit.mentions, calls_all, true, known),
                None => text_item(text.text.into_string(), &text.mentions, calls_all, false, known),
            })
        }
        Ok(Content::File(file)) => What::File(FileItem {
            blob: file.blob,
            name: safe_name(file.name.as_str()),
            size: file.size,
            media_type: file.media_type.into_string(),
            pixels: Some(file.pixels).filter(|(width, height)| *width > 0 && *height > 0),
            place: known.place(file.blob),
        }),
        Ok(Content::Edit(_) | Content::Reaction(_) | Content::Pin(_) | Content::Unknown { .. })
        | Err(ContentError::UnknownScheme(_)) => What::NeedsNewer,
        Err(ContentError::Retracted) => What::Retracted,
        Err(ContentError::Malformed) => What::Unreadable,
    }
}

fn text_item(
    text: String,
    mentions: &Mentions,
    calls_all: bool,
    edited: bool,
    known: &Known<'_>,
) -> TextItem {
    let people = mentions.people.iter().filter_map(|account| known.people.mentioned(*account, &text));
    let all = mentions.room && calls_all;
    let names: Vec<String> = people.chain(all.then(|| crate::mentions::EVERYBODY.to_owned())).collect();
    let mentions_me = all || mentions.people.contains(&known.me);
    TextItem { text, mentions: names, mentions_me, edited }
}

fn quote(answers: &Answered, known: &Known<'_>) -> Quote {
    let row = answers.row.as_ref();
    let is_there = row.filter(|row| !row.body.is_empty());
    Quote {
        item: is_there.map(|row| ItemKey::Entry(row.seq)),
        origin: Some(answers.origin),
        author_name: row.map(|row| known.name(row.author)).unwrap_or_default(),
        preview: is_there
            .and_then(|row| words(answers.edit.as_deref().unwrap_or(&row.body)))
            .unwrap_or_default(),
    }
}

/// A message of one's own that is answered before it is sent.
pub(crate) fn quote_of_unsent(unsent: &Unsent, known: &Known<'_>) -> Quote {
    Quote {
        item: Some(ItemKey::Outbox(unsent.id)),
        origin: None,
        author_name: known.name(known.me),
        preview: words(&unsent.body).unwrap_or_default(),
    }
}

fn reactions(folded: &Folded, known: &Known<'_>) -> Reactions {
    let chip = |chip: &crate::copy::ChipRow| Chip {
        emoji: chip.emoji.clone(),
        count: chip.count,
        mine: chip.mine,
        names: chip.first.iter().map(|(_, account)| known.name(*account)).collect(),
    };
    Reactions { chips: folded.chips.iter().map(chip).collect(), more: folded.more }
}

fn source(body: &[u8]) -> Option<Source> {
    let source = match Content::from_body(body) {
        Ok(Content::Text(text)) => text.source?,
        Ok(Content::File(file)) => file.source?,
        _ => return None,
    };
    Some(Source {
        imported: source.how == content::Source::IMPORTED,
        author_name: source.author.into_string(),
        at: source.at,
        from: source.from.into_string(),
    })
}

/// The file that a body carries.
pub(crate) fn file_in(body: &[u8]) -> Option<FileContent> {
    match Content::from_body(body) {
        Ok(Content::File(file)) => Some(file),
        _ => None,
    }
}

/// The text or file name of a body, cut; `None` for what is neither.
pub(crate) fn words(body: &[u8]) -> Option<String> {
    let text = match Content::from_body(body) {
        Ok(Content::Text(text)) => text.text.into_string(),
        Ok(Content::Edit(edit)) => edit.text.into_string(),
        Ok(Content::File(file)) => safe_name(file.name.as_str()),
        _ => return None,
    };
    Some(text.chars().take(PREVIEW_CHARS).collect())
}

/// What an alert would say of an entry; `None` for what is no message of somebody else.
pub(crate) fn preview(entry: &Entry, me: AccountId) -> Option<String> {
    if entry.author == me || entry.author.0 == 0 || entry.kind != Kind::CONTENT {
        return None;
    }
    match Content::from_body(&entry.body) {
        Ok(Content::Text(_) | Content::File(_)) => words(&entry.body),
        Ok(Content::Unknown { .. }) | Err(ContentError::UnknownScheme(_)) => Some(String::new()),
        Ok(Content::Edit(_) | Content::Reaction(_) | Content::Pin(_)) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_grows_then_moves() {
        let shown: Vec<Seq> = (1001..=1240).map(Seq).collect();
        let grown = View::NEWEST.older(&shown[120..]).older(&shown[60..]);
        assert_eq!(grown, View { bottom: None, len: TIMELINE_ITEMS_MAX });
        let moved = grown.older(&shown);
        assert_eq!(moved.bottom, Some(Seq(1180)));
        let below: Vec<Seq> = (1181..=1240).map(Seq).collect();
        assert_eq!(moved.newer(&below, false).bottom, Some(Seq(1240)));
        assert_eq!(moved.newer(&below[..10], false).bottom, None, "the end is reached");
        assert_eq!(moved.newer(&below[..10], true).bottom, Some(Seq(1190)), "a hole is not stepped over");
        assert_eq!(moved.newer(&[], true).bottom, Some(Seq(1180)));
    }
}
