//! What to ask of the server to bring a copy up to date: pure decisions, made from what is held.

use snug_proto::id::{RoomId, Seq};
use snug_proto::limits::PAGE_ENTRIES_MAX;
use snug_proto::talk::Direction;

use crate::copy::RoomRow;

/// A page worth asking for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wish {
    /// The first (forward) or last (backward) entry wanted.
    pub(crate) from: Seq,
    pub(crate) direction: Direction,
    /// What it brings was missed while away, and not fetched from the past.
    pub(crate) missed: bool,
}

impl Wish {
    /// What comes before a place, which the window wants to show.
    pub(crate) fn back(from: Seq) -> Self {
        Self { from, direction: Direction::Backward, missed: false }
    }
    /// What comes after a place, which the window wants to show.
    pub(crate) fn on(from: Seq) -> Self {
        Self { from, direction: Direction::Forward, missed: false }
    }
}

/// The next page of a room to ask for, if any. A room that was never seen starts with its newest page; what was
/// missed since is read forward from what is held, however much it is; the room that is shown gets its newest page
/// first. `wanted` is what the window wants to show and the copy does not have.
pub(crate) fn next_page(room: &RoomRow, shown: bool, wanted: Option<Wish>) -> Option<Wish> {
    let readable = room.head.0 > 0 && room.head >= room.first;
    if !readable {
        return None;
    }
    let newest = Wish { from: room.head, direction: Direction::Backward, missed: true };
    // Nothing was ever held of this room, or of what one may read of it since one came back.
    if room.live.0 == 0 || room.live < room.first {
        return Some(newest);
    }
    // What came meanwhile is not asked for again.
    if let Some(wish) = wanted.filter(|wish| room.ranges.around(wish.from).is_none()) {
        return Some(wish);
    }
    let top = room.ranges.top().unwrap_or_default();
    let far_behind = room.head.0 > top.0.saturating_add(PAGE_ENTRIES_MAX as u32);
    if shown && far_behind {
        return Some(newest);
    }
    // The last entry held is asked for again: its origin tells whether this is still the same log.
    (room.live < room.head).then_some(Wish { from: room.live, direction: Direction::Forward, missed: true })
}

/// The last entry of the page of the past to ask for next: of the room that was fetched least far back, below what is
/// held of it without a hole. Each room comes with the time up to which it was fetched.
pub(crate) fn past_page<'a>(
    rooms: impl IntoIterator<Item = (&'a RoomRow, Option<i64>)>,
) -> Option<(RoomId, Seq)> {
    let missing = |(room, reached): (&RoomRow, Option<i64>)| {
        // What was missed is news, and asked for as such.
        let (low, _) = room.ranges.around(room.head).filter(|_| room.live >= room.head)?;
        let from = room.before(room.reach_down(low))?;
        Some((reached, room.room, from))
    };
    let next = rooms.into_iter().filter_map(missing).max_by_key(|(reached, ..)| *reached);
    next.map(|(_, room, from)| (room, from))
}

/// How many entries are held, and how many there are.
pub(crate) fn coverage<'a>(rooms: impl IntoIterator<Item = &'a RoomRow>) -> (u64, u64) {
    let count = |spans: &mut dyn Iterator<Item = (u32, u32)>| -> u64 {
        spans.map(|(first, last)| u64::from(last - first) + 1).sum()
    };
    let mut all = (0, 0);
    for room in rooms {
        let held = count(&mut room.ranges.iter());
        all.0 += held;
        all.1 += count(&mut room.spans()).max(held);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy::Ranges;
    use snug_proto::entry::LOBBY;
    use snug_proto::talk::Span;

    fn room(head: u32, live: u32, held: &[(u32, u32)]) -> RoomRow {
        RoomRow {
            head: Seq(head),
            live: Seq(live),
            ranges: Ranges::from_sorted(held.to_vec()),
            ..RoomRow::default()
        }
    }
    fn wish(room: &RoomRow, shown: bool) -> Option<(u32, Direction)> {
        next_page(room, shown, None).map(|wish| (wish.from.0, wish.direction))
    }

    #[test]
    fn the_past_is_fetched_newest_first_over_all_rooms() {
        let other = RoomRow { room: RoomId(9), ..room(300, 300, &[(1, 20), (201, 300)]) };
        let whole = RoomRow { room: RoomId(8), ..room(50, 50, &[(1, 50)]) };
        let lobby = RoomRow { room: LOBBY, ..room(500, 500, &[(401, 500)]) };
        let next = |lobby_at, other_at| {
            past_page([(&lobby, Some(lobby_at)), (&other, Some(other_at)), (&whole, Some(i64::MAX))])
        };
        assert_eq!(next(7, 3), Some((LOBBY, Seq(400))));
        assert_eq!(next(2, 3), Some((RoomId(9), Seq(200))));
        assert_eq!(past_page([(&whole, None)]), None);
        assert_eq!(past_page([(&RoomRow { first: Seq(401), ..lobby.clone() }, None)]), None);
        assert_eq!(past_page([(&room(9, 0, &[]), None)]), None);
        // What lies between two spans is nobody's; below it the past goes on.
        let earlier = vec![Span { first: Seq(5), last: Seq(20) }];
        let back = RoomRow { earlier, first: Seq(401), ..lobby.clone() };
        assert_eq!(past_page([(&back, None)]), Some((LOBBY, Seq(20))));
    }

    #[test]
    fn coverage_counts_what_is_here_and_what_there_is() {
        let part = RoomRow { room: RoomId(9), ..room(300, 300, &[(1, 20), (201, 300)]) };
        let later = RoomRow { first: Seq(401), ..room(500, 500, &[(401, 500)]) };
        assert_eq!(coverage([&part, &later]), (220, 400));
        assert_eq!(coverage([&room(0, 0, &[])]), (0, 0));
    }

    #[test]
    fn a_new_room_starts_with_its_newest_page() {
        assert_eq!(wish(&room(0, 0, &[]), true), None);
        assert_eq!(wish(&room(500, 0, &[]), false), Some((500, Direction::Backward)));
    }

    #[test]
    fn what_was_missed_is_read_forward_from_what_is_held() {
        use Direction::{Backward, Forward};
        assert_eq!(wish(&room(5000, 500, &[(400, 500)]), false), Some((500, Forward)));
        assert_eq!(wish(&room(5000, 500, &[(400, 500)]), true), Some((5000, Backward)));
        assert_eq!(wish(&room(5000, 500, &[(400, 500), (4901, 5000)]), true), Some((500, Forward)));
        assert_eq!(wish(&room(5000, 5000, &[(400, 5000)]), true), None);
        // Pushes of new entries leave a hole behind them.
        assert_eq!(wish(&room(510, 500, &[(400, 500), (505, 510)]), true), Some((500, Forward)));
        // A jump leaves one that is history.
        assert_eq!(wish(&room(500, 500, &[(100, 200), (400, 500)]), true), None);
    }

    #[test]
    fn who_comes_back_to_a_room_begins_anew() {
        let back = RoomRow { first: Seq(300), ..room(500, 200, &[(100, 200)]) };
        assert_eq!(wish(&back, false), Some((500, Direction::Backward)));
    }

    #[test]
    fn the_window_comes_first_once_something_is_there() {
        let wanted = Some(Wish::back(Seq(400)));
        assert_eq!(next_page(&room(500, 500, &[(401, 500)]), true, wanted), wanted);
        assert_ne!(next_page(&room(500, 0, &[]), true, wanted), wanted);
        assert_eq!(next_page(&room(500, 500, &[(301, 500)]), true, wanted), None, "it came meanwhile");
    }
}
