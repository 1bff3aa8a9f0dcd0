//! What to ask of the server to bring a copy up to date: pure decisions, made from what is held.

use snug_proto::id::{RoomId, Seq};
use snug_proto::limits::PAGE_ENTRIES_MAX;
use snug_proto::talk::Direction;

use crate::copy::{Ranges, RoomRow};

/// A page worth asking for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wish {
    /// The first (forward) or last (backward) entry wanted.
    pub(crate) from: Seq,
    pub(crate) direction: Direction,
    /// What it brings was missed while away, and not fetched from the past.
    pub(crate) missed: bool,
}

/// The next page of a room to ask for, if any. A room that was never seen starts with its newest page; what was
/// missed since is read forward from what is held, however much it is; the room that is shown gets its newest page
/// first. `back_to` is the oldest place that the window wants to show.
pub(crate) fn next_page(room: &RoomRow, shown: bool, back_to: Option<Seq>) -> Option<Wish> {
    let readable = room.head.0 > 0 && room.head >= room.first;
    if !readable {
        return None;
    }
    let newest = Wish { from: room.head, direction: Direction::Backward, missed: true };
    let Some(top) = room.ranges.top() else { return Some(newest) };
    let far_behind = room.head.0 > top.0.saturating_add(PAGE_ENTRIES_MAX as u32);
    if shown && far_behind {
        return Some(newest);
    }
    // The last entry held is asked for again: its origin tells whether this is still the same log.
    if let Some(held) = room.ranges.first_hole_after(room.head) {
        return Some(Wish { from: held, direction: Direction::Forward, missed: true });
    }
    older_page(&room.ranges, room.first, back_to?)
}

/// The page before what is held around `back_to`, where the window wants more than that.
fn older_page(ranges: &Ranges, first: Seq, back_to: Seq) -> Option<Wish> {
    let low = ranges.iter().next()?.0;
    let wanted = back_to.0 < low && low > first.0.max(1);
    wanted.then_some(Wish { from: Seq(low - 1), direction: Direction::Backward, missed: false })
}

/// The last entry of the page of the past to ask for next: of the room that was fetched least far back, below what is
/// held of it without a hole. Each room comes with the time up to which it was fetched.
pub(crate) fn past_page<'a>(
    rooms: impl IntoIterator<Item = (&'a RoomRow, Option<i64>)>,
) -> Option<(RoomId, Seq)> {
    let missing = |(room, reached): (&RoomRow, Option<i64>)| {
        let (low, _) = room.ranges.iter().last()?;
        (low > room.first.0.max(1)).then_some((reached, room.room, Seq(low - 1)))
    };
    let next = rooms.into_iter().filter_map(missing).max_by_key(|(reached, ..)| *reached);
    next.map(|(_, room, from)| (room, from))
}

/// How many entries are held, and how many there are.
pub(crate) fn coverage<'a>(rooms: impl IntoIterator<Item = &'a RoomRow>) -> (u64, u64) {
    let mut all = (0, 0);
    for room in rooms {
        let held: u64 = room.ranges.iter().map(|(low, high)| u64::from(high - low) + 1).sum();
        let first = room.first.0.max(1);
        let readable = (u64::from(room.head.0) + 1).saturating_sub(u64::from(first));
        all.0 += held;
        all.1 += readable.max(held);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use snug_proto::entry::{LOBBY, RoomKind};
    use snug_proto::id::AccountId;

    fn room(head: u32, held: &[(u32, u32)]) -> RoomRow {
        RoomRow {
            room: LOBBY,
            kind: RoomKind::LOBBY,
            name: "Lobby".into(),
            peer: AccountId(0),
            first: Seq(1),
            head: Seq(head),
            read: Seq(0),
            ranges: Ranges::from_sorted(held.to_vec()),
            unread: 0,
            last_at: None,
        }
    }
    fn wish(room: &RoomRow, shown: bool, back_to: Option<u32>) -> Option<(u32, Direction)> {
        next_page(room, shown, back_to.map(Seq)).map(|wish| (wish.from.0, wish.direction))
    }

    #[test]
    fn the_past_is_fetched_newest_first_over_all_rooms() {
        let other = RoomRow { room: RoomId(9), ..room(300, &[(1, 20), (201, 300)]) };
        let whole = RoomRow { room: RoomId(8), ..room(50, &[(1, 50)]) };
        let lobby = room(500, &[(401, 500)]);
        let next = |lobby_at, other_at| {
            past_page([(&lobby, Some(lobby_at)), (&other, Some(other_at)), (&whole, Some(i64::MAX))])
        };
        assert_eq!(next(7, 3), Some((LOBBY, Seq(400))));
        assert_eq!(next(2, 3), Some((RoomId(9), Seq(200))));
        assert_eq!(past_page([(&whole, None)]), None);
        assert_eq!(past_page([(&RoomRow { first: Seq(401), ..lobby.clone() }, None)]), None);
        assert_eq!(past_page([(&room(9, &[]), None)]), None);
    }

    #[test]
    fn coverage_counts_what_is_here_and_what_there_is() {
        let part = RoomRow { room: RoomId(9), ..room(300, &[(1, 20), (201, 300)]) };
        let later = RoomRow { first: Seq(401), ..room(500, &[(401, 500)]) };
        assert_eq!(coverage([&part, &later]), (220, 400));
        assert_eq!(coverage([&room(0, &[])]), (0, 0));
    }

    #[test]
    fn a_new_room_starts_with_its_newest_page() {
        assert_eq!(wish(&room(0, &[]), true, None), None);
        assert_eq!(wish(&room(500, &[]), false, None), Some((500, Direction::Backward)));
    }

    #[test]
    fn what_was_missed_is_read_forward_from_what_is_held() {
        assert_eq!(wish(&room(5000, &[(400, 500)]), false, None), Some((500, Direction::Forward)));
        assert_eq!(wish(&room(5000, &[(400, 500)]), true, None), Some((5000, Direction::Backward)));
        assert_eq!(
            wish(&room(5000, &[(400, 500), (4901, 5000)]), true, None),
            Some((500, Direction::Forward))
        );
        assert_eq!(wish(&room(5000, &[(400, 5000)]), true, None), None);
        // Pushes of new entries leave a hole behind them.
        assert_eq!(wish(&room(510, &[(400, 500), (505, 510)]), true, None), Some((500, Direction::Forward)));
    }

    #[test]
    fn the_past_is_fetched_as_far_as_the_window_looks() {
        let held = room(500, &[(401, 500)]);
        assert_eq!(wish(&held, true, Some(450)), None);
        assert_eq!(wish(&held, true, Some(300)), Some((400, Direction::Backward)));
        assert_eq!(wish(&room(500, &[(1, 500)]), true, Some(0)), None);
    }
}
