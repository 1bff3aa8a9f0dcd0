//! What is read: on connections of their own that cannot write, each answer from one read transaction.

use rusqlite::{Connection, OptionalExtension, Row};
use snug_proto::Username;
use snug_proto::bounded::{List, Text};
use snug_proto::entry::{Blobs, Body, Entry, Kind, RoomKind};
use snug_proto::id::{AccountId, BlobId, DeviceId, Number, RoomId, Seq};
use snug_proto::limits::{
    MARKS_MAX, MEMBERS_PAGE_MAX, OUTCOMES_MAX, PAGE_BYTES_MAX, PAGE_ENTRIES_MAX, ROOMS_PAGE_MAX,
};
use snug_proto::login::{Outcome, Stretch};
use snug_proto::talk::{Account, Channel, Direction, Member, Page, Privacy, Role, RoomInfo};

use super::spans::{head, members_of, room_info, spans};
use super::{desk, entry_key, seq_of};
use crate::hub::{Known, RoomFacts};

/// What a login needs of an account.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    pub(crate) account: AccountId,
    /// As it was registered.
    pub(crate) name: Username,
    pub(crate) credential: [u8; 16],
    pub(crate) record: Vec<u8>,
    pub(crate) stretch: Stretch,
}

/// What a login needs of a device.
#[derive(Debug, Clone)]
pub(crate) struct DeviceKey {
    pub(crate) account: AccountId,
    pub(crate) name: Username,
    pub(crate) key: Vec<u8>,
    pub(crate) mark: Number,
    pub(crate) outcomes: List<Outcome, OUTCOMES_MAX>,
}

fn account_id(row: &Row<'_>, at: usize) -> rusqlite::Result<AccountId> {
    Ok(AccountId(row.get::<_, i64>(at)?.cast_unsigned()))
}

/// A name that was stored is one; if a later build thinks otherwise, its person still gets in.
pub(super) fn name(row: &Row<'_>, at: usize) -> rusqlite::Result<Username> {
    let stored: String = row.get(at)?;
    Username::new(&stored).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, Box::new(error))
    })
}

/// Where nobody has this name, somebody else's row is read in its place and thrown away: it takes as long.
pub(super) fn credentials(conn: &Connection, skeleton: &str) -> rusqlite::Result<Option<Credentials>> {
    let read = conn
        .prepare_cached(
            "SELECT id, name, credential, record, stretch, skeleton = ?1 FROM accounts WHERE id = coalesce(
                 (SELECT id FROM accounts WHERE skeleton = ?1 AND deleted IS NULL),
                 (SELECT id FROM accounts WHERE deleted IS NULL LIMIT 1))",
        )?
        .query_row([skeleton], |row| Ok((credentials_in(row)?, row.get(5)?)))
        .optional()?;
    Ok(read.and_then(|(credentials, is_theirs): (_, bool)| is_theirs.then_some(credentials)))
}

pub(super) fn credentials_in(row: &Row<'_>) -> rusqlite::Result<Credentials> {
    Ok(Credentials {
        account: account_id(row, 0)?,
        name: name(row, 1)?,
        credential: row.get(2)?,
        record: row.get(3)?,
        stretch: Stretch(row.get(4)?),
    })
}

/// What an account is called.
pub(super) fn name_of(conn: &Connection, account: AccountId) -> rusqlite::Result<Option<Username>> {
    conn.prepare_cached("SELECT name FROM accounts WHERE id = ?1 AND deleted IS NULL")?
        .query_row([account.0.cast_signed()], |row| name(row, 0))
        .optional()
}

pub(super) fn device(conn: &Connection, id: DeviceId) -> rusqlite::Result<Option<DeviceKey>> {
    conn.prepare_cached(
        "SELECT devices.account, accounts.name, devices.key, devices.mark, devices.outcomes
         FROM devices JOIN accounts ON accounts.id = devices.account WHERE devices.id = ?1",
    )?
    .query_row([id.0.cast_signed()], |row| {
        Ok(DeviceKey {
            account: account_id(row, 0)?,
            name: name(row, 1)?,
            key: row.get(2)?,
            mark: Number(row.get::<_, i64>(3)?.cast_unsigned()),
            outcomes: desk::outcomes(&row.get::<_, Vec<u8>>(4)?),
        })
    })
    .optional()
}

/// The rooms an account is or was in, in the order of their ids.
pub(super) fn rooms(
    conn: &mut Connection,
    account: AccountId,
    after: RoomId,
) -> rusqlite::Result<List<RoomInfo, ROOMS_PAGE_MAX>> {
    let tx = conn.transaction()?;
    let ids: Vec<RoomId> = tx
        .prepare_cached(
            "SELECT DISTINCT room FROM members WHERE account = ?1 AND room > ?2 ORDER BY room LIMIT ?3",
        )?
        .query_map((account.0.cast_signed(), after.0, ROOMS_PAGE_MAX as i64), |row| row.get(0).map(RoomId))?
        .collect::<rusqlite::Result<_>>()?;
    let rooms: rusqlite::Result<Vec<_>> =
        ids.into_iter().filter_map(|room| room_info(&tx, account, room).transpose()).collect();
    Ok(List::new(rooms?).unwrap_or_default())
}

/// The channels there are, in the order of their ids.
pub(super) fn channels(conn: &Connection, after: RoomId) -> rusqlite::Result<List<Channel, ROOMS_PAGE_MAX>> {
    let mut found = conn.prepare_cached(
        "SELECT id, name, topic, archived,
             (SELECT count(*) FROM members WHERE room = rooms.id AND left IS NULL)
         FROM rooms WHERE kind = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
    )?;
    let rows = found.query_map((RoomKind::CHANNEL.0, after.0, ROOMS_PAGE_MAX as i64), |row| {
        Ok(Channel {
            room: RoomId(row.get(0)?),
            name: Text::cut(&row.get::<_, String>(1)?),
            topic: Text::cut(&row.get::<_, String>(2)?),
            archived: row.get(3)?,
            members: row.get(4)?,
        })
    })?;
    Ok(List::new(rows.collect::<rusqlite::Result<_>>()?).unwrap_or_default())
}

fn is_member(conn: &Connection, account: AccountId, room: RoomId) -> rusqlite::Result<bool> {
    conn.prepare_cached("SELECT 1 FROM members WHERE room = ?1 AND account = ?2 AND left IS NULL")?
        .exists((room.0, account.0.cast_signed()))
}

/// The members of a room, in the order of their ids; `None` for who is not one.
pub(super) fn members(
    conn: &Connection,
    account: AccountId,
    room: RoomId,
    after: AccountId,
) -> rusqlite::Result<Option<List<Member, MEMBERS_PAGE_MAX>>> {
    if !is_member(conn, account, room)? {
        return Ok(None);
    }
    let mut found = conn.prepare_cached(
        "SELECT members.account, accounts.name, role, CASE WHEN shows_seen AND seen > 0 THEN seen END
         FROM members JOIN accounts ON accounts.id = members.account
         WHERE room = ?1 AND members.account > ?2 AND left IS NULL ORDER BY members.account LIMIT ?3",
    )?;
    let rows = found.query_map((room.0, after.0.cast_signed(), MEMBERS_PAGE_MAX as i64), |row| {
        Ok(Member {
            account: account_id(row, 0)?,
            name: name(row, 1)?,
            role: Role::of_code(row.get(2)?),
            seen: row.get(3)?,
        })
    })?;
    Ok(Some(List::new(rows.collect::<rusqlite::Result<_>>()?).unwrap_or_default()))
}

/// How far the others of a small room have read, where they and the one who asks show it; `None` for who is no
/// member.
pub(super) fn marks(
    conn: &Connection,
    account: AccountId,
    room: RoomId,
) -> rusqlite::Result<Option<List<(AccountId, Seq), MARKS_MAX>>> {
    if !is_member(conn, account, room)? {
        return Ok(None);
    }
    let shows = conn
        .prepare_cached("SELECT 1 FROM accounts WHERE id = ?1 AND shows_reads")?
        .exists([account.0.cast_signed()])?;
    if !shows || members_of(conn, room)? as usize > MARKS_MAX {
        return Ok(Some(List::default()));
    }
    let mut found = conn.prepare_cached(
        "SELECT members.account, read_marks.seq FROM members
         JOIN accounts ON accounts.id = members.account AND shows_reads
         JOIN read_marks ON read_marks.account = members.account AND read_marks.room = members.room
         WHERE members.room = ?1 AND members.account <> ?2 AND left IS NULL ORDER BY members.account",
    )?;
    let rows = found
        .query_map((room.0, account.0.cast_signed()), |row| Ok((account_id(row, 0)?, Seq(row.get(1)?))))?;
    Ok(Some(List::new(rows.collect::<rusqlite::Result<_>>()?).unwrap_or_default()))
}

/// What an account has chosen for itself.
pub(super) fn account(conn: &Connection, account: AccountId) -> rusqlite::Result<Account> {
    let privacy = conn
        .prepare_cached("SELECT shows_seen, shows_reads FROM accounts WHERE id = ?1")?
        .query_row([account.0.cast_signed()], |row| {
            Ok(Privacy { last_seen: row.get(0)?, reads: row.get(1)? })
        })
        .optional()?
        .unwrap_or_default();
    let ignored: Vec<AccountId> = conn
        .prepare_cached("SELECT other FROM ignored WHERE account = ?1 ORDER BY other")?
        .query_map([account.0.cast_signed()], |row| account_id(row, 0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Account { privacy, ignored: List::new(ignored).unwrap_or_default() })
}

/// A page of a room's log, clipped to what the account may read; `None` for who never was a member.
pub(super) fn page(
    conn: &mut Connection,
    account: AccountId,
    room: RoomId,
    from: Seq,
    direction: Direction,
    limit: u8,
) -> rusqlite::Result<Option<Page>> {
    // Membership and entries from the same moment.
    let tx = conn.transaction()?;
    let Some(spans) = spans(&tx, account, room)? else { return Ok(None) };
    let head = spans.now.last;
    let limit = usize::from(limit).clamp(1, PAGE_ENTRIES_MAX);
    let (span, order) = match direction {
        Direction::Forward => (spans.forward(from), "ASC"),
        Direction::Backward => (spans.backward(from), "DESC"),
    };
    let (low, high) = match direction {
        Direction::Forward => (from.max(span.first), span.last),
        Direction::Backward => (span.first, from.min(span.last)),
    };
    let mut entries = read_entries(&tx, room, low, high, order, limit)?;
    if direction == Direction::Backward {
        entries.reverse();
    }
    let (starts, ends) = match (entries.first(), entries.last()) {
        (Some(one), Some(other)) => (one.seq <= span.first, other.seq >= span.last),
        // Nothing there: what lies before or after is a matter of where one asked.
        _ => (from <= span.first || span.last < span.first, from >= span.last),
    };
    Ok(Some(Page { room, entries: List::new(entries).unwrap_or_default(), head, starts, ends }))
}

fn read_entries(
    conn: &Connection,
    room: RoomId,
    low: Seq,
    high: Seq,
    order: &str,
    limit: usize,
) -> rusqlite::Result<Vec<Entry>> {
    let mut found = conn.prepare_cached(&format!(
        "SELECT id, at, kind, author, device, number, generation, epoch, blobs, body FROM entries
         WHERE id BETWEEN ?1 AND ?2 ORDER BY id {order} LIMIT ?3"
    ))?;
    let mut rows = found.query((entry_key(room, low), entry_key(room, high), limit as i64))?;
    let (mut entries, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let entry = entry(room, row)?;
        // The envelope's numbers take less than 80 bytes at their longest.
        bytes += entry.body.len() + entry.blobs.len() * size_of::<BlobId>() + 80;
        if bytes > PAGE_BYTES_MAX && !entries.is_empty() {
            break;
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// One entry, whoever may read it.
pub(super) fn one(conn: &Connection, room: RoomId, seq: Seq) -> rusqlite::Result<Option<Entry>> {
    conn.prepare_cached(
        "SELECT id, at, kind, author, device, number, generation, epoch, blobs, body FROM entries WHERE id = ?1",
    )?
    .query_row([entry_key(room, seq)], |row| entry(room, row))
    .optional()
}

fn entry(room: RoomId, row: &Row<'_>) -> rusqlite::Result<Entry> {
    let blobs: Vec<u8> = row.get(8)?;
    let blobs = blobs.as_chunks::<16>().0.iter().copied().map(BlobId).collect();
    Ok(Entry {
        room,
        seq: seq_of(row.get(0)?),
        at: row.get(1)?,
        kind: Kind(row.get(2)?),
        author: account_id(row, 3)?,
        device: DeviceId(row.get::<_, i64>(4)?.cast_unsigned()),
        number: Number(row.get::<_, i64>(5)?.cast_unsigned()),
        generation: row.get(6)?,
        epoch: row.get::<_, i64>(7)?.cast_unsigned(),
        blobs: Blobs::new(blobs).unwrap_or_default(),
        body: Body::new(row.get::<_, Vec<u8>>(9)?).unwrap_or_default(),
    })
}

/// Every room with its head and its present members, and who hides what: what the hub starts with.
pub(super) fn all_rooms(conn: &Connection) -> rusqlite::Result<Known> {
    let mut known = Known::default();
    let mut rooms = conn.prepare("SELECT id, created_by, created_at FROM rooms ORDER BY id")?;
    let mut members = conn.prepare("SELECT account FROM members WHERE room = ?1 AND left IS NULL")?;
    let mut rows = rooms.query([])?;
    while let Some(row) = rows.next()? {
        let room = RoomId(row.get(0)?);
        known.rooms.push(RoomFacts {
            room,
            made_by: account_id(row, 1)?,
            made_at: row.get(2)?,
            head: head(conn, room)?,
            members: members
                .query_map([room.0], |row| account_id(row, 0))?
                .collect::<rusqlite::Result<_>>()?,
        });
    }
    known.hide_reads = conn
        .prepare("SELECT id FROM accounts WHERE NOT shows_reads")?
        .query_map([], |row| account_id(row, 0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(known)
}
