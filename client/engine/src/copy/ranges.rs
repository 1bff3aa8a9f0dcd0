//! Which parts of a room's log are held.

use snug_proto::id::Seq;

/// Closed ranges, ascending, that neither touch nor overlap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Ranges(Vec<(u32, u32)>);

impl Ranges {
    pub(crate) fn from_sorted(ranges: Vec<(u32, u32)>) -> Self {
        Self(ranges)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.0.iter().copied()
    }

    /// Holds `low..=high` as well.
    pub(crate) fn insert(&mut self, low: u32, high: u32) {
        let from = self.0.partition_point(|&(_, end)| end.saturating_add(1) < low);
        let to = self.0.partition_point(|&(start, _)| start <= high.saturating_add(1));
        let low = self.0[from..to].first().map_or(low, |range| range.0.min(low));
        let high = self.0[from..to].last().map_or(high, |range| range.1.max(high));
        self.0.splice(from..to, [(low, high)]);
    }

    /// Holds nothing below `low` any more.
    pub(crate) fn forget_below(&mut self, low: u32) {
        self.0.retain(|&(_, high)| high >= low);
        if let Some(first) = self.0.first_mut() {
            first.0 = first.0.max(low);
        }
    }

    /// The last entry held.
    pub(crate) fn top(&self) -> Option<Seq> {
        self.0.last().map(|range| Seq(range.1))
    }

    /// The range that `seq` lies in.
    pub(crate) fn around(&self, seq: Seq) -> Option<(Seq, Seq)> {
        let at = self.0.iter().find(|(low, high)| (*low..=*high).contains(&seq.0));
        at.map(|&(low, high)| (Seq(low), Seq(high)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn neighbours_join_and_holes_are_seen() {
        let mut held = Ranges::default();
        held.insert(10, 20);
        held.insert(30, 40);
        held.insert(21, 25);
        let mut above = held.clone();
        above.forget_below(23);
        assert_eq!(above.0, [(23, 25), (30, 40)]);
        assert_eq!(held.around(Seq(22)), Some((Seq(10), Seq(25))));
        held.insert(26, 29);
        assert_eq!(held.0, [(10, 40)]);
        assert_eq!((held.around(Seq(41)), held.top()), (None, Some(Seq(40))));
    }

    proptest! {
        #[test]
        fn like_a_set_of_numbers(inserted in proptest::collection::vec((0u32..60, 0u32..8), 0..30)) {
            let mut held = Ranges::default();
            let mut set = std::collections::BTreeSet::new();
            for (low, len) in inserted {
                held.insert(low, low + len);
                set.extend(low..=low + len);
            }
            let listed: Vec<u32> = held.iter().flat_map(|(low, high)| low..=high).collect();
            prop_assert_eq!(listed, set.into_iter().collect::<Vec<_>>());
            prop_assert!(held.0.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
        }
    }
}
