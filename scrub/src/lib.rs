//! What `secure_delete` leaves behind, in the server's database as in a client's copy. When SQLite splits a page it
//! writes the rows that stay to the page's end and lets the space before them be: copies of rows that moved elsewhere stay
//! there, and of texts that are retracted later. No row lies in that space, so it can be zeroed in place.

use rusqlite::{Connection, ErrorCode};

/// Pages looked at in one go: a few milliseconds.
const PAGES_AT_ONCE: u32 = 512;
/// Up to here (128 GiB) no other page begins like a tree's: with the number of one, in big endian.
const PAGES_MAX: u32 = 0x0200_0000;

/// Zeroes the unused space of some pages, the first of them `from` (pages count from 1); gives back where to go on, until
/// none are left. Best inside a transaction of the caller's.
///
/// # Errors
/// What SQLite says of a file that cannot be read or written.
pub fn scrub(db: &Connection, from: u32) -> rusqlite::Result<Option<u32>> {
    let pages: u32 = db.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    let end = from.saturating_add(PAGES_AT_ONCE).min(pages.saturating_add(1)).min(PAGES_MAX);
    let mut read = match db.prepare_cached("SELECT data FROM sqlite_dbpage WHERE pgno = ?1") {
        // A SQLite without its view of pages: built outside of this repository's settings.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => {
            tracing::warn!("this build cannot zero what retracted texts leave between rows");
            return Ok(None);
        }
        read => read?,
    };
    for number in from.max(1)..end {
        let mut page: Vec<u8> = read.query_row([number], |row| row.get(0))?;
        let Some(space) = unused(&page, number).and_then(|space| page.get_mut(space)) else { continue };
        if space.iter().all(|byte| *byte == 0) {
            continue;
        }
        space.fill(0);
        db.prepare_cached("UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1")?.execute((number, page))?;
    }
    Ok((end <= pages && end < PAGES_MAX).then_some(end))
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

    #[test]
    fn what_rows_left_between_each_other_is_gone_and_every_row_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.db");
        let db = Connection::open(&path).unwrap();
        db.execute_batch(
            "PRAGMA secure_delete = ON; CREATE TABLE rows (id INTEGER PRIMARY KEY, text BLOB NOT NULL)",
        )
        .unwrap();
        // Out of order and of many lengths, so that pages are split where rows lie.
        for nth in 0..2000_u32 {
            let id = nth * 7919 % 2000;
            let text = "x".repeat(20 + (id * 37 % 400) as usize);
            db.execute("INSERT INTO rows VALUES (?1, ?2)", (id, text.into_bytes())).unwrap();
        }
        db.execute("UPDATE rows SET text = zeroblob(length(text))", []).unwrap();
        let is_left = || std::fs::read(&path).unwrap().windows(10).any(|window| window == [b'x'; 10]);
        assert!(is_left(), "secure_delete does it all: nothing of this is needed any more");
        let mut next = Some(1);
        while let Some(from) = next {
            next = scrub(&db, from).unwrap();
        }
        let said: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(said, "ok");
        assert_eq!(db.query_row("SELECT count(*) FROM rows", [], |row| row.get::<_, u32>(0)).unwrap(), 2000);
        assert!(!is_left(), "nothing is left of any text");
    }
}
