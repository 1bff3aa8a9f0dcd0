//! What stands between items, and which belong together: decided without drawing.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use snug_engine::event::{Item, ItemKey, Timeline, What};

use crate::wording;

/// Messages of one person this close together share one head.
const TOGETHER_MS: i64 = 5 * 60 * 1000;

/// What stands before an item, and how it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Before {
    /// A new day begins with it.
    pub day: Option<Date>,
    /// The "New" divider stands before it.
    pub new: bool,
    /// It goes on where the item before it ended: no name, no picture.
    pub joined: bool,
}

/// Looks at a timeline from above to below.
pub fn before(timeline: &Timeline, zone: &TimeZone) -> Vec<Before> {
    let mut last: Option<(&Item, Date)> = None;
    let mut rows = Vec::with_capacity(timeline.items.len());
    for item in &timeline.items {
        let date = wording::local(item.at, zone).date();
        let day = (last.is_none_or(|(_, day)| day != date)).then_some(date);
        let new = matches!((item.key, timeline.new_from), (ItemKey::Entry(seq), Some(from)) if seq == from);
        let joined = !new && day.is_none() && last.is_some_and(|(last, _)| together(last, item));
        rows.push(Before { day, new, joined });
        last = Some((item, date));
    }
    rows
}

fn together(last: &Item, item: &Item) -> bool {
    let written = |item: &Item| {
        matches!(
            item.what,
            What::Text(_) | What::File(_) | What::Retracted | What::NeedsNewer | What::Unreadable
        )
    };
    last.author == item.author && written(last) && written(item) && item.at - last.at < TOGETHER_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use snug_engine::event::TextItem;
    use snug_proto::id::{AccountId, RoomId, Seq};
    use snug_proto::talk::Target;

    const HOUR: i64 = 3_600_000;

    fn item(seq: u32, author: u64, at: i64) -> Item {
        let what = What::Text(TextItem::plain("hi"));
        Item::plain(ItemKey::Entry(Seq(seq)), AccountId(author), "alice".into(), at, what)
    }

    #[test]
    fn days_news_and_groups() {
        let items = vec![
            item(1, 7, 10 * HOUR),
            item(2, 7, 10 * HOUR + 60_000),
            item(3, 8, 10 * HOUR + 61_000),
            item(4, 8, 10 * HOUR + 62_000),
            item(5, 8, 11 * HOUR),
            item(6, 8, 24 * HOUR),
            Item { what: What::Joined { who: "alice".into(), by: None }, ..item(7, 8, 24 * HOUR + 1) },
        ];
        let timeline = Timeline {
            room: Target::Room(RoomId(1)),
            items,
            has_older: false,
            has_newer: false,
            new_from: Some(Seq(4)),
            focus: None,
            reads: Vec::new(),
        };
        let rows = before(&timeline, &TimeZone::UTC);
        let days: Vec<_> = rows.iter().map(|row| row.day.is_some()).collect();
        assert_eq!(days, [true, false, false, false, false, true, false]);
        let joined: Vec<_> = rows.iter().map(|row| row.joined).collect();
        assert_eq!(joined, [false, true, false, false, false, false, false]);
        assert_eq!(rows.iter().position(|row| row.new), Some(3));
    }
}
