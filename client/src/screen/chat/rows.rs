//! What stands between items, and which belong together: decided without drawing.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use snug_engine::event::{Item, ItemKey, ReadBy, Timeline, What};

use crate::wording;

/// Messages of one person this close together share one head.
const TOGETHER_MS: i64 = 5 * 60 * 1000;
/// Names told of people who joined one after the other; the others are counted.
const JOINED_NAMES: usize = 2;

/// What stands before and after an item, and how it begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Around<'a> {
    /// A new day begins with it.
    pub day: Option<Date>,
    /// The "New" divider stands before it.
    pub new: bool,
    /// How it begins.
    pub begins: Begins,
    /// Who has read up to here and no further.
    pub readers: Vec<&'a ReadBy>,
}

/// How an item begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Begins {
    /// By itself.
    #[default]
    Anew,
    /// It goes on where the item before it ended: no name, no picture.
    GoesOn,
    /// It tells of others who joined right after as well: their names.
    Joins(String),
    /// The item before it tells of it.
    Told,
}

/// Looks at a timeline from above to below.
pub fn around<'a>(timeline: &'a Timeline, zone: &TimeZone) -> Vec<Around<'a>> {
    let mut last: Option<(&Item, Date)> = None;
    let mut rows: Vec<Around<'a>> = Vec::with_capacity(timeline.items.len());
    // Where a run of people who joined began, and their names.
    let mut run: (usize, Vec<&str>) = (0, Vec::new());
    for (at, item) in timeline.items.iter().enumerate() {
        let date = wording::local(item.at, zone).date();
        let day = (last.is_none_or(|(_, day)| day != date)).then_some(date);
        let new = matches!((item.key, timeline.new_from), (ItemKey::Entry(seq), Some(from)) if seq == from);
        let apart = new || day.is_some();
        let mut begins = Begins::Anew;
        match &item.what {
            What::Joined { who, by: None } if !apart && !run.1.is_empty() => {
                run.1.push(who);
                rows[run.0].begins = Begins::Joins(names(&run.1));
                begins = Begins::Told;
            }
            What::Joined { who, by: None } => run = (at, vec![who]),
            _ => {
                run.1.clear();
                if !apart && last.is_some_and(|(last, _)| together(last, item)) {
                    begins = Begins::GoesOn;
                }
            }
        }
        rows.push(Around { day, new, begins, readers: Vec::new() });
        last = Some((item, date));
    }
    read(timeline, &mut rows);
    rows
}

/// Puts everybody under the last item they have read.
fn read<'a>(timeline: &'a Timeline, rows: &mut [Around<'a>]) {
    let newest = timeline.items.iter().rev().find_map(|item| seq(item.key));
    for reader in &timeline.reads {
        // Below what is at hand nobody knows where they are.
        if timeline.has_newer && newest.is_some_and(|newest| reader.seq > newest) {
            continue;
        }
        let last = timeline.items.iter().rposition(|item| seq(item.key).is_some_and(|seq| seq <= reader.seq));
        if let Some(row) = last {
            rows[row].readers.push(reader);
        }
    }
}

fn seq(key: ItemKey) -> Option<snug_proto::id::Seq> {
    match key {
        ItemKey::Entry(seq) => Some(seq),
        ItemKey::Outbox(_) => None,
    }
}

/// Names in a sentence: `alice and bob`, `alice, bob and 3 more`.
pub fn names(names: &[impl AsRef<str>]) -> String {
    let told = || names.iter().map(AsRef::as_ref).collect::<Vec<&str>>();
    match names.len() {
        0 => String::new(),
        1 => told()[0].to_owned(),
        2 => told().join(" and "),
        more => format!("{} and {} more", told()[..JOINED_NAMES].join(", "), more - JOINED_NAMES),
    }
}

/// Whether people wrote it.
pub fn is_written(what: &What) -> bool {
    matches!(what, What::Text(_) | What::File(_) | What::Retracted | What::NeedsNewer | What::Unreadable)
}

fn together(last: &Item, item: &Item) -> bool {
    let both = is_written(&last.what) && is_written(&item.what) && last.author == item.author;
    let plain = item.reply.is_none() && item.source.is_none() && item.ignored == last.ignored;
    both && plain && item.at - last.at < TOGETHER_MS
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

    fn joined(seq: u32, who: &str) -> Item {
        Item { what: What::Joined { who: who.into(), by: None }, ..item(seq, 7, HOUR) }
    }

    fn timeline(items: Vec<Item>) -> Timeline {
        Timeline {
            room: Target::Room(RoomId(1)),
            items,
            has_older: false,
            has_newer: false,
            new_from: Some(Seq(4)),
            focus: None,
            reads: Vec::new(),
        }
    }

    #[test]
    fn days_news_and_groups() {
        let timeline = timeline(vec![
            item(1, 7, 10 * HOUR),
            item(2, 7, 10 * HOUR + 60_000),
            item(3, 8, 10 * HOUR + 61_000),
            item(4, 8, 10 * HOUR + 62_000),
            item(5, 8, 11 * HOUR),
            item(6, 8, 24 * HOUR),
            Item { what: What::Joined { who: "alice".into(), by: None }, ..item(7, 8, 24 * HOUR + 1) },
        ]);
        let rows = around(&timeline, &TimeZone::UTC);
        let days: Vec<_> = rows.iter().map(|row| row.day.is_some()).collect();
        assert_eq!(days, [true, false, false, false, false, true, false]);
        let goes_on: Vec<_> = rows.iter().map(|row| row.begins == Begins::GoesOn).collect();
        assert_eq!(goes_on, [false, true, false, false, false, false, false]);
        assert_eq!(rows.iter().position(|row| row.new), Some(3));
    }

    #[test]
    fn people_who_join_one_after_the_other_share_a_line() {
        let items = vec![
            joined(1, "alice"),
            joined(2, "bob"),
            joined(3, "carol"),
            joined(4, "dave"),
            joined(5, "erin"),
            item(6, 8, HOUR),
            joined(7, "frank"),
        ];
        let timeline = timeline(items);
        let rows = around(&timeline, &TimeZone::UTC);
        let begins: Vec<_> = rows.into_iter().map(|row| row.begins).collect();
        // The "New" divider before the fourth one stays where it is.
        let told = [
            Begins::Joins("alice, bob and 1 more".into()),
            Begins::Told,
            Begins::Told,
            Begins::Joins("dave and erin".into()),
            Begins::Told,
            Begins::Anew,
            Begins::Anew,
        ];
        assert_eq!(begins, told);
    }

    #[test]
    fn everybody_stands_under_the_last_item_they_have_read() {
        let reader = |name: &str, seq| ReadBy { account: AccountId(9), name: name.into(), seq: Seq(seq) };
        let reads = vec![reader("alice", 2), reader("bob", 3), reader("carol", 9), reader("dave", 0)];
        let items = vec![item(1, 7, HOUR), item(2, 7, HOUR), item(4, 7, HOUR)];
        let mut timeline = Timeline { reads, ..timeline(items) };
        let under = |timeline: &Timeline| -> Vec<Vec<String>> {
            let rows = around(timeline, &TimeZone::UTC);
            rows.iter().map(|row| row.readers.iter().map(|reader| reader.name.clone()).collect()).collect()
        };
        assert_eq!(under(&timeline), [vec![], vec!["alice".to_owned(), "bob".into()], vec!["carol".into()]]);
        timeline.has_newer = true;
        assert!(under(&timeline)[2].is_empty(), "carol is somewhere below");
    }
}
