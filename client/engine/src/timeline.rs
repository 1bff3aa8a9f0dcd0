//! From entries and outbox items to what the window shows: pure functions.

use std::collections::{BTreeMap, BTreeSet};

use snug_proto::content::{Content, ContentError, FileContent};
use snug_proto::entry::{Entry, Kind};
use snug_proto::id::{AccountId, BlobId, Seq};

use crate::command::OutboxId;
use crate::copy::{OutboxState, Row, Unsent, WhereFile};
use crate::event::{
    Delivery, FileItem, FilePlace, Item, ItemKey, TIMELINE_ITEMS_MAX, TIMELINE_STEP, TextItem, What,
};
use crate::files::safe_name;

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

    /// One step towards newer entries; `newer` are the next entries below the view, ascending.
    pub(crate) fn newer(self, newer: &[Seq]) -> Self {
        match newer.get(TIMELINE_STEP - 1) {
            Some(bottom) => Self { bottom: Some(*bottom), ..self },
            None => Self { bottom: None, ..self },
        }
    }
}

/// Names and places that items need.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    pub(crate) me: AccountId,
    pub(crate) people: &'a BTreeMap<AccountId, String>,
    pub(crate) files: &'a BTreeMap<BlobId, WhereFile>,
    pub(crate) moving: BTreeSet<BlobId>,
}

impl Known<'_> {
    pub(crate) fn name(&self, account: AccountId) -> String {
        self.people.get(&account).cloned().unwrap_or_else(|| "somebody".to_owned())
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

/// The item of an entry; `None` for entries that only act on others.
pub(crate) fn entry_item(row: &Row, known: &Known<'_>) -> Option<Item> {
    let what = match row.kind {
        Kind::CONTENT => content(&row.body, known),
        Kind::JOINED => What::Joined { who: known.name(row.author), by: None },
        Kind::CREATED => What::Created,
        Kind::RETRACT => return None,
        _ => What::NeedsNewer,
    };
    let mine = row.author == known.me;
    let item = Item::plain(ItemKey::Entry(row.seq), row.author, known.name(row.author), row.at, what);
    Some(Item { mine, ..item })
}

/// The item of something in the outbox.
pub(crate) fn outbox_item(unsent: &Unsent, known: &Known<'_>) -> Item {
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
    let what = content(&unsent.body, known);
    Item { mine: true, state, ..Item::plain(key, known.me, known.name(known.me), unsent.at, what) }
}

fn content(body: &[u8], known: &Known<'_>) -> What {
    match Content::from_body(body) {
        Ok(Content::Text(text)) => What::Text(TextItem::plain(text.text.into_string())),
        Ok(Content::File(file)) => What::File(FileItem {
            blob: file.blob,
            name: safe_name(file.name.as_str()),
            size: file.size,
            media_type: file.media_type.into_string(),
            pixels: None,
            place: known.place(file.blob),
        }),
        Ok(Content::Edit(_) | Content::Reaction(_) | Content::Pin(_)) => What::NeedsNewer,
        Ok(Content::Unknown { .. }) | Err(ContentError::UnknownScheme(_)) => What::NeedsNewer,
        Err(ContentError::Retracted) => What::Retracted,
        Err(ContentError::Malformed) => What::Unreadable,
    }
}

/// The file that a body carries.
pub(crate) fn file_in(body: &[u8]) -> Option<FileContent> {
    match Content::from_body(body) {
        Ok(Content::File(file)) => Some(file),
        _ => None,
    }
}

/// What an alert would say of an entry; `None` for what is no message of somebody else.
pub(crate) fn preview(entry: &Entry, me: AccountId) -> Option<String> {
    if entry.author == me || entry.author.0 == 0 || entry.kind != Kind::CONTENT {
        return None;
    }
    let text = match Content::from_body(&entry.body) {
        Ok(Content::Text(text)) => text.text.into_string(),
        Ok(Content::File(file)) => safe_name(file.name.as_str()),
        Ok(Content::Unknown { .. }) | Err(ContentError::UnknownScheme(_)) => String::new(),
        Ok(Content::Edit(_) | Content::Reaction(_) | Content::Pin(_)) | Err(_) => return None,
    };
    Some(text.chars().take(PREVIEW_CHARS).collect())
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
        assert_eq!(moved.newer(&below).bottom, Some(Seq(1240)));
        assert_eq!(moved.newer(&below[..10]).bottom, None, "the end is reached");
    }
}
