//! What of a room may be read, and how far one gets in what is held of it without crossing a hole. Places between two
//! spans belong to nobody, so stepping over them crosses none.

use snug_proto::id::Seq;

use super::RoomRow;

impl RoomRow {
    /// What may be read: closed spans, ascending.
    pub(crate) fn spans(&self) -> impl DoubleEndedIterator<Item = (u32, u32)> + '_ {
        let present = (self.first.0.max(1), self.head.0);
        let earlier = self.earlier.iter().map(|span| (span.first.0.max(1), span.last.0));
        earlier.chain([present]).filter(|(first, last)| first <= last)
    }

    /// The last readable place before `seq`.
    pub(crate) fn before(&self, seq: Seq) -> Option<Seq> {
        let mut spans = self.spans().rev();
        let (_, last) = spans.find(|&(first, _)| first < seq.0)?;
        Some(Seq(last.min(seq.0 - 1)))
    }

    /// The first readable place after `seq`.
    pub(crate) fn after(&self, seq: Seq) -> Option<Seq> {
        let mut spans = self.spans();
        let (first, _) = spans.find(|&(_, last)| last > seq.0)?;
        Some(Seq(first.max(seq.0.saturating_add(1))))
    }

    /// The lowest place that is held without a hole up to `from`; `from` itself where that is not held.
    pub(crate) fn reach_down(&self, from: Seq) -> Seq {
        let mut low = from;
        let mut next = Some(from);
        while let Some((start, _)) = next.and_then(|at| self.ranges.around(at)) {
            low = start;
            next = self.before(low);
        }
        low
    }

    /// The highest place that is held without a hole from `from` on; `from` itself where that is not held.
    pub(crate) fn reach_up(&self, from: Seq) -> Seq {
        let mut high = from;
        let mut next = Some(from);
        while let Some((_, end)) = next.and_then(|at| self.ranges.around(at)) {
            high = end;
            next = self.after(high);
        }
        high
    }

    /// Whether everything readable from `from` on is held.
    pub(crate) fn is_whole_from(&self, from: Seq) -> bool {
        match self.after(Seq(from.0.saturating_sub(1))) {
            None => true,
            Some(first) => self.ranges.around(first).is_some() && self.after(self.reach_up(first)).is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy::Ranges;
    use snug_proto::talk::Span;

    fn room(held: &[(u32, u32)]) -> RoomRow {
        RoomRow {
            earlier: vec![Span { first: Seq(5), last: Seq(20) }],
            first: Seq(51),
            head: Seq(100),
            ranges: Ranges::from_sorted(held.to_vec()),
            ..RoomRow::default()
        }
    }

    #[test]
    fn a_closed_range_is_no_hole() {
        let room = room(&[(8, 20), (51, 60), (90, 100)]);
        assert_eq!((room.before(Seq(51)), room.after(Seq(20))), (Some(Seq(20)), Some(Seq(51))));
        assert_eq!((room.before(Seq(5)), room.after(Seq(100))), (None, None));
        assert_eq!(room.before(Seq(40)), Some(Seq(20)));
        assert_eq!(room.reach_down(Seq(60)), Seq(8), "over what nobody may read");
        assert_eq!(room.reach_up(Seq(10)), Seq(60));
        assert_eq!(room.reach_down(Seq(95)), Seq(90));
        assert_eq!(room.reach_up(Seq(70)), Seq(70), "nothing is held there");
    }

    #[test]
    fn whole_means_that_nothing_readable_is_missing() {
        assert!(room(&[(8, 20), (51, 100)]).is_whole_from(Seq(8)));
        assert!(room(&[(8, 20), (51, 100)]).is_whole_from(Seq(30)));
        assert!(!room(&[(8, 20), (51, 100)]).is_whole_from(Seq(7)));
        assert!(!room(&[(8, 20), (51, 60), (90, 100)]).is_whole_from(Seq(55)));
        assert!(room(&[]).is_whole_from(Seq(101)));
        assert!(!room(&[]).is_whole_from(Seq(100)));
    }
}
