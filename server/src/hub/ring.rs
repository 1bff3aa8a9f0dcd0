//! The last entries of a room in use, encoded once and shared by everybody who reads them.

use std::collections::VecDeque;

use snug_proto::id::Seq;

use super::publish::Item;

/// Entries one ring keeps.
pub(super) const RING_ENTRIES_MAX: usize = 1024;
/// Bytes of frames one ring keeps.
pub(super) const RING_BYTES_MAX: usize = 1 << 20;
/// Bytes of frames in all rings; rooms unused for longest lose theirs first.
pub(super) const RINGS_BYTES_MAX: usize = 64 << 20;

const _: () = {
    use crate::store::{COMMIT_BYTES_MAX, COMMIT_CHANGES_MAX};
    // A session that is woken by one commit still finds it whole when the next has come.
    assert!(RING_ENTRIES_MAX >= 2 * COMMIT_CHANGES_MAX);
    assert!(RING_BYTES_MAX >= 2 * COMMIT_BYTES_MAX);
};

#[derive(Debug, Default)]
pub(super) struct Ring {
    items: VecDeque<Item>,
    pub(super) bytes: usize,
    /// Its key in the order of use.
    pub(super) used: u64,
}

impl Ring {
    /// Adds the room's next entry and drops the oldest ones over the budget.
    pub(super) fn push(&mut self, item: Item) {
        if self.items.back().is_some_and(|last| last.seq.next() != item.seq) {
            self.clear();
        }
        self.bytes += item.frame.len();
        self.items.push_back(item);
        while self.items.len() > RING_ENTRIES_MAX || (self.bytes > RING_BYTES_MAX && self.items.len() > 1) {
            if let Some(oldest) = self.items.pop_front() {
                self.bytes -= oldest.frame.len();
            }
        }
    }

    /// Puts an entry in the place of the one with its number, if that is here.
    pub(super) fn replace(&mut self, item: Item) {
        let Some(first) = self.items.front().map(|item| item.seq) else { return };
        let Some(at) = item.seq.0.checked_sub(first.0).and_then(|at| usize::try_from(at).ok()) else {
            return;
        };
        if let Some(known) = self.items.get_mut(at) {
            self.bytes = self.bytes + item.frame.len() - known.frame.len();
            *known = item;
        }
    }

    /// Forgets everything: whoever needs it pages.
    pub(super) fn clear(&mut self) {
        self.items = VecDeque::new();
        self.bytes = 0;
    }

    /// The entries behind `cursor`, when all of them are here still.
    pub(super) fn after(&self, cursor: Seq) -> Option<impl ExactSizeIterator<Item = &Item>> {
        let first = self.items.front()?.seq;
        let skip = cursor.next().0.checked_sub(first.0)?;
        Some(self.items.range(usize::try_from(skip).ok()?.min(self.items.len())..))
    }
}

#[cfg(test)]
mod tests {
    use snug_proto::id::{DeviceId, Number};

    use super::*;

    fn item(seq: u32, len: usize) -> Item {
        let frame = vec![0; len].into();
        Item { seq: Seq(seq), at: 0, device: DeviceId(1), number: Number(1), appended: true, frame }
    }

    #[test]
    fn it_keeps_what_fits_and_knows_what_it_lost() {
        let mut ring = Ring::default();
        (1..=2000).for_each(|seq| ring.push(item(seq, 100)));
        assert_eq!(ring.after(Seq(1990)).unwrap().count(), 10);
        assert_eq!(ring.after(Seq(2000)).unwrap().count(), 0);
        assert_eq!(ring.after(Seq(976)).unwrap().count(), 1024);
        assert!(ring.after(Seq(975)).is_none(), "entry 976 has left the ring");
    }

    #[test]
    fn large_entries_push_out_older_ones_by_their_bytes() {
        let mut ring = Ring::default();
        (1..=100).for_each(|seq| ring.push(item(seq, 48 << 10)));
        assert!(ring.bytes <= RING_BYTES_MAX);
        assert!(ring.after(Seq(90)).is_some());
        assert!(ring.after(Seq(10)).is_none());
    }
}
