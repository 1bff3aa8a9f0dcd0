//! Which parts of a room's log an account may read, and the room as it sees it.

use rusqlite::{Connection, OptionalExtension};
use snug_proto::bounded::{List, Text};
use snug_proto::entry::RoomKind;
use snug_proto::id::{AccountId, RoomId, Seq};
use snug_proto::limits::SPANS_MAX;
use snug_proto::talk::{Role, RoomInfo, Span};

use super::entry_key;
use super::seq_of;

/// What an account may read of a room, from its memberships. There is always a present, or last, one.
#[derive(Debug)]
pub(super) struct Spans {
    /// Closed ones of former memberships, ascending.
    pub(super) earlier: Vec<Span>,
    /// The present or last one; it grows with the room while its account is present.
    pub(super) now: Span,
    /// Whether the account is a member now.
    pub(super) present: bool,
    pub(super) role: Role,
}

impl Spans {
    /// Everything that may be read, ascending.
    fn all(&self) -> impl DoubleEndedIterator<Item = Span> + '_ {
        self.earlier.iter().copied().chain([self.now])
    }

    /// The span that a page forward from here lies in: the first that ends there or later.
    pub(super) fn forward(&self, from: Seq) -> Span {
        self.all().find(|span| span.last >= from).unwrap_or(self.now)
    }

    /// The span that a page backward from here lies in: the last that begins there or earlier.
    pub(super) fn backward(&self, from: Seq) -> Span {
        let first = self.earlier.first().copied().unwrap_or(self.now);
        self.all().rev().find(|span| span.first <= from).unwrap_or(first)
    }
}

/// Whether members read everything, whenever they came.
pub(super) fn is_open(kind: RoomKind) -> bool {
    matches!(kind, RoomKind::LOBBY | RoomKind::CHANNEL | RoomKind::HOUSE)
}

/// The last entry of a room; 0 when there is none.
pub(super) fn head(conn: &Connection, room: RoomId) -> rusqlite::Result<Seq> {
    let key: Option<i64> = conn
        .prepare_cached("SELECT max(id) FROM entries WHERE id BETWEEN ?1 AND ?2")?
        .query_row((entry_key(room, Seq(0)), entry_key(room, Seq(u32::MAX))), |row| row.get(0))?;
    Ok(key.map(seq_of).unwrap_or_default())
}

/// What the account may read; `None` for who never was a member.
pub(super) fn spans(conn: &Connection, account: AccountId, room: RoomId) -> rusqlite::Result<Option<Spans>> {
    let mut found = conn.prepare_cached(
        "SELECT joined, left, role, kind FROM members JOIN rooms ON rooms.id = members.room
         WHERE room = ?1 AND account = ?2 ORDER BY joined DESC LIMIT ?3",
    )?;
    let mut rows = found.query((room.0, account.0.cast_signed(), SPANS_MAX as i64 + 1))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (left, kind): (Option<u32>, _) = (row.get(1)?, RoomKind(row.get(3)?));
    let first = if is_open(kind) { Seq(1) } else { Seq(row.get(0)?) };
    let role = Role::of_code(row.get(2)?);
    let mut earlier = Vec::new();
    while let Some(row) = rows.next()?.filter(|_| !is_open(kind)) {
        let last: Option<u32> = row.get(1)?;
        earlier.push(Span { first: Seq(row.get(0)?), last: Seq(last.unwrap_or_default()) });
    }
    earlier.reverse();
    let last = left.map_or_else(|| head(conn, room), |left| Ok(Seq(left)))?;
    Ok(Some(Spans { earlier, now: Span { first, last }, present: left.is_none(), role }))
}

/// A room as an account sees it that is or was a member.
pub(super) fn room_info(
    conn: &Connection,
    account: AccountId,
    room: RoomId,
) -> rusqlite::Result<Option<RoomInfo>> {
    let Some(spans) = spans(conn, account, room)? else { return Ok(None) };
    let (read, unread_from) = conn
        .prepare_cached("SELECT seq, unread_from FROM read_marks WHERE account = ?1 AND room = ?2")?
        .query_row((account.0.cast_signed(), room.0), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .unwrap_or_default();
    let members = members_of(conn, room)?;
    conn.prepare_cached("SELECT kind, name, topic, low, high, archived, encrypted FROM rooms WHERE id = ?1")?
        .query_row([room.0], |row| {
            let (low, high): (Option<i64>, Option<i64>) = (row.get(3)?, row.get(4)?);
            let (kind, mine) = (RoomKind(row.get(0)?), Some(account.0.cast_signed()));
            let peer = if low == mine { high } else { low }.filter(|_| kind == RoomKind::DIRECT);
            Ok(RoomInfo {
                room,
                kind,
                name: Text::cut(&row.get::<_, String>(1)?),
                topic: Text::cut(&row.get::<_, String>(2)?),
                peer: AccountId(peer.unwrap_or(0).cast_unsigned()),
                earlier: List::new(spans.earlier).unwrap_or_default(),
                first: spans.now.first,
                head: spans.now.last,
                read: Seq(read),
                unread_from: Seq(unread_from),
                role: spans.role,
                present: spans.present,
                archived: row.get(5)?,
                members,
                encrypted: row.get(6)?,
            })
        })
        .optional()
}

/// How many members a room has now.
pub(super) fn members_of(conn: &Connection, room: RoomId) -> rusqlite::Result<u32> {
    conn.prepare_cached("SELECT count(*) FROM members WHERE room = ?1 AND left IS NULL")?
        .query_row([room.0], |row| row.get(0))
}

/// When an entry was written.
fn written(conn: &Connection, room: RoomId, seq: Seq) -> rusqlite::Result<i64> {
    conn.prepare_cached("SELECT at FROM entries WHERE id = ?1")?
        .query_row([entry_key(room, seq)], |row| row.get(0))
}

/// The first readable entry written at a time or later, or the place behind the last one. A room's time never runs
/// backwards and its numbers have no gaps, so halving finds it.
pub(super) fn seq_at(
    conn: &mut Connection,
    account: AccountId,
    room: RoomId,
    at: i64,
) -> rusqlite::Result<Option<Seq>> {
    let tx = conn.transaction()?;
    let Some(spans) = spans(&tx, account, room)? else { return Ok(None) };
    for span in spans.all().filter(|span| span.first <= span.last) {
        if written(&tx, room, span.last)? < at {
            continue;
        }
        let (mut low, mut high) = (span.first.0, span.last.0);
        while low < high {
            let middle = low + (high - low) / 2;
            if written(&tx, room, Seq(middle))? < at { low = middle + 1 } else { high = middle }
        }
        return Ok(Some(Seq(low)));
    }
    Ok(Some(spans.now.last.next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(first: u32, last: u32) -> Span {
        Span { first: Seq(first), last: Seq(last) }
    }

    #[test]
    fn a_page_lies_in_one_span() {
        let spans = Spans {
            earlier: vec![span(3, 9), span(12, 12)],
            now: span(20, 40),
            present: true,
            role: Role::Member,
        };
        for (from, found) in [(0, 3), (5, 3), (9, 3), (10, 12), (13, 20), (40, 20), (99, 20)] {
            assert_eq!(spans.forward(Seq(from)).first, Seq(found), "forward from {from}");
        }
        for (from, found) in [(1, 3), (3, 3), (11, 3), (12, 12), (19, 12), (20, 20), (99, 20)] {
            assert_eq!(spans.backward(Seq(from)).first, Seq(found), "backward from {from}");
        }
    }
}
