//! What `secure_delete` leaves behind. When SQLite splits a page it writes the rows that stay to the page's end and
//! lets the space before them be: copies of rows that moved elsewhere stay there, and of texts that are retracted
//! later. No row lies in that space, so it can be zeroed in place.

use rusqlite::ErrorCode;
use snug_proto::refusal::Cause;

use super::desk::{Desk, Traces};
use super::writer::Verb;

/// Pages looked at in one go: a few milliseconds, with whatever people write in between.
const PAGES_AT_ONCE: u32 = 512;
/// Up to here (128 GiB) no other page begins like a tree's: with the number of one, in big endian.
const PAGES_MAX: u32 = 0x0200_0000;

/// Zeroes the unused space of some pages, if anything was retracted since the last time; gives back where to go on, until none are left.
pub(crate) struct Scrub {
    pub(crate) from: u32,
}

impl Verb for Scrub {
    type Done = Option<u32>;
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<Option<u32>, Cause>> {
        if desk.traces == Traces::None {
            return Ok(Ok(None));
        }
        let pages: u32 = desk.conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        let end = self.from.saturating_add(PAGES_AT_ONCE).min(pages.saturating_add(1)).min(PAGES_MAX);
        let read = desk.conn.prepare_cached("SELECT data FROM sqlite_dbpage WHERE pgno = ?1");
        let mut read = match read {
            // A SQLite without its view of pages: built outside of this repository's settings.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => {
                tracing::warn!("this build cannot zero what retracted texts leave between rows");
                return Ok(Ok(None));
            }
            read => read?,
        };
        for number in self.from..end {
            let mut page: Vec<u8> = read.query_row([number], |row| row.get(0))?;
            let Some(space) = unused(&page, number).and_then(|space| page.get_mut(space)) else { continue };
            if space.iter().all(|byte| *byte == 0) {
                continue;
            }
            space.fill(0);
            desk.conn
                .prepare_cached("UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1")?
                .execute((number, page))?;
        }
        Ok(Ok((end <= pages && end < PAGES_MAX).then_some(end)))
    }
}

/// The space between a tree page's list of rows and the first row; `None` for other pages.
/// See <https://www.sqlite.org/fileformat2.html#b_tree_pages>.
fn unused(page: &[u8], number: u32) -> Option<std::ops::Range<usize>> {
    // The file's own header stands before the first page's.
    let header = if number == 1 { 100 } else { 0 };
    let header_len = match page.get(header)? {
        2 | 5 => 12,
        10 | 13 => 8,
        _ => return None,
    };
    let two = |at: usize| -> Option<usize> {
        page.get(header + at..header + at + 2)?
            .try_into()
            .ok()
            .map(|two| usize::from(u16::from_be_bytes(two)))
    };
    let first_free_block = two(1)?;
    let rows_from = match two(5)? {
        0 => 0x1_0000,
        from => from,
    };
    let list_to = header + header_len + 2 * two(3)?;
    let sound = list_to <= rows_from
        && rows_from <= page.len()
        && (first_free_block == 0 || first_free_block >= rows_from);
    sound.then_some(list_to..rows_from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_between_the_list_and_the_rows_is_unused() {
        let mut leaf = vec![0x5a; 4096];
        leaf[..8].copy_from_slice(&[13, 0, 0, 0, 3, 0x0f, 0xa0, 0]);
        assert_eq!(unused(&leaf, 7), Some(14..4000));
        leaf[0] = 0;
        assert_eq!(unused(&leaf, 7), None, "a page of another kind");
        let mut first = vec![0; 4096];
        first[100..108].copy_from_slice(&[5, 0, 0, 0, 1, 0x0f, 0xf0, 0]);
        assert_eq!(unused(&first, 1), Some(114..4080));
        first[100..108].copy_from_slice(&[13, 0, 0, 0xff, 0xff, 0x0f, 0xf0, 0]);
        assert_eq!(unused(&first, 1), None, "a list over the rows is a damaged page, and left alone");
        assert_eq!(unused(&[], 2), None);
    }
}
