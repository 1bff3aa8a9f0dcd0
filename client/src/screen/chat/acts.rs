//! What can be done with one message, and by whom: decided without drawing.

use snug_engine::event::{Item, ItemKey, Room, What};
use snug_proto::entry::RoomKind;
use snug_proto::talk::{Role, Target};

/// Something to do with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Answer it.
    Reply,
    /// React to it.
    React,
    /// Give it another text.
    Edit,
    /// Copy its text.
    CopyText,
    /// Copy a link to it.
    CopyLink,
    /// Send a copy to another room.
    Forward,
    /// Pin it.
    Pin,
    /// Pin it no more.
    Unpin,
    /// Count the room as unread from here on.
    MarkUnread,
    /// Choose it, and others.
    Select,
    /// Take it back.
    Retract,
    /// See what it said before.
    Versions,
    /// Go to what it answers.
    Answered,
}

/// What this person may do with a message in its room, in the order of the menu.
pub fn allowed(item: &Item, room: Option<&Room>) -> Vec<Act> {
    let mut acts = Vec::new();
    let content = matches!(item.what, What::Text(_) | What::File(_));
    let open = room.is_some_and(|room| room.present && !room.archived);
    let text = matches!(item.what, What::Text(_));
    let entry = matches!(item.key, ItemKey::Entry(_));
    let mut may = |act, right: bool| {
        if right {
            acts.push(act);
        }
    };
    may(Act::React, content && open);
    may(Act::Reply, content && open);
    may(Act::Edit, text && item.mine && item.source.is_none() && open);
    may(Act::CopyText, text);
    may(Act::CopyLink, item.origin.is_some() && content);
    may(Act::Forward, content);
    may(if item.pinned { Act::Unpin } else { Act::Pin }, content && entry && open);
    may(Act::MarkUnread, entry);
    may(Act::Select, content);
    may(Act::Retract, may_retract(item, room));
    acts
}

/// Whether this person may take a message back: their own, or any where they keep order.
pub fn may_retract(item: &Item, room: Option<&Room>) -> bool {
    let Some(room) = room else { return false };
    let content = matches!(item.what, What::Text(_) | What::File(_) | What::NeedsNewer | What::Unreadable);
    let keeps_order = matches!(room.role, Role::Moderator | Role::Owner);
    // What stands in the house is nobody's to take back.
    let of_many = matches!(room.target, Target::Room(_)) && room.kind != RoomKind::HOUSE;
    content && room.present && (item.mine || (keeps_order && of_many))
}

#[cfg(test)]
mod tests {
    use super::*;
    use snug_engine::event::{Source, TextItem, Unread};
    use snug_proto::entry::RoomKind;
    use snug_proto::id::{AccountId, DeviceId, Number, Origin, RoomId, Seq};

    fn room(role: Role) -> Room {
        Room {
            target: Target::Room(RoomId(1)),
            room: Some(RoomId(1)),
            kind: RoomKind::CHANNEL,
            name: "kitchen".into(),
            topic: String::new(),
            unread: Unread::Nothing,
            mentions: 0,
            presence: None,
            last_at: None,
            role,
            present: true,
            archived: false,
            members: 3,
            has_draft: false,
            ignored: false,
        }
    }

    fn said(mine: bool) -> Item {
        let what = What::Text(TextItem::plain("hi"));
        let origin = Some(Origin { device: DeviceId(1), number: Number(1) });
        Item { mine, origin, ..Item::plain(ItemKey::Entry(Seq(1)), AccountId(1), "alice".into(), 0, what) }
    }

    #[test]
    fn alice_edits_and_retracts_what_is_hers() {
        let member = room(Role::Member);
        let (hers, bobs) = (allowed(&said(true), Some(&member)), allowed(&said(false), Some(&member)));
        assert!(hers.contains(&Act::Edit) && hers.contains(&Act::Retract));
        assert!(!bobs.contains(&Act::Edit) && !bobs.contains(&Act::Retract));
        assert!(bobs.contains(&Act::React) && bobs.contains(&Act::Reply) && bobs.contains(&Act::Pin));
        let forwarded = Source { imported: false, author_name: "bob".into(), at: 0, from: String::new() };
        let forwarded = Item { source: Some(forwarded), ..said(true) };
        assert!(!allowed(&forwarded, Some(&member)).contains(&Act::Edit), "these are bob's words");
    }

    #[test]
    fn moderators_retract_for_others_but_not_between_two() {
        assert!(may_retract(&said(false), Some(&room(Role::Moderator))));
        let direct = Room { target: Target::Person(AccountId(2)), ..room(Role::Owner) };
        assert!(!may_retract(&said(false), Some(&direct)));
        assert!(may_retract(&said(true), Some(&direct)));
        let gone = Item { what: What::Retracted, ..said(true) };
        assert!(!may_retract(&gone, Some(&direct)), "nothing is left of it");
    }

    #[test]
    fn in_an_archived_room_only_reading_is_left() {
        let archived = Room { archived: true, ..room(Role::Owner) };
        let acts = allowed(&said(true), Some(&archived));
        let none = [Act::React, Act::Reply, Act::Edit, Act::Pin];
        assert!(none.iter().all(|act| !acts.contains(act)));
        assert!(acts.contains(&Act::Forward) && acts.contains(&Act::CopyText));
    }
}
