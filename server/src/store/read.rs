//! What is read: on connections of their own that cannot write, each answer from one read transaction.

use rusqlite::{Connection, OptionalExtension, Row};
use snug_proto::Username;
use snug_proto::bounded::{List, Text};
use snug_proto::entry::{Blobs, Body, Entry, Kind, RoomKind};
use snug_proto::id::{AccountId, BlobId, DeviceId, Number, RoomId, Seq};
use snug_proto::limits::{MEMBERS_PAGE_MAX, OUTCOMES_MAX, PAGE_BYTES_MAX, PAGE_ENTRIES_MAX, ROOMS_PAGE_MAX};
use snug_proto::login::{Outcome, Stretch};
use snug_proto::talk::{Direction, Member, Page, Role, RoomInfo};

use super::{desk, entry_key, seq_of};
use crate::hub::RoomFacts;

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
fn name(row: &Row<'_>, at: usize) -> rusqlite::Result<Username> {
    let stored: String = row.get(at)?;
    Username::new(&stored).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, Box::new(error))
    })
}

pub(super) fn credentials(conn: &Connection, skeleton: &str) -> rusqlite::Result<Option<Credentials>> {
    conn.prepare_cached("SELECT id, name, credential, record, stretch FROM accounts WHERE skeleton = ?1")?
        .query_row([skeleton], |row| {
            Ok(Credentials {
                account: account_id(row, 0)?,
                name: name(row, 1)?,
                credential: row.get(2)?,
                record: row.get(3)?,
                stretch: Stretch(row.get(4)?),
            })
        })
        .optional()
}

/// What an account is called.
pub(super) fn name_of(conn: &Connection, account: AccountId) -> rusqlite::Result<Option<Username>> {
    conn.prepare_cached("SELECT name FROM accounts WHERE id = ?1")?
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

/// The last entry of a room; 0 when there is none.
fn head(conn: &Connection, room: RoomId) -> rusqlite::Result<Seq> {
    let key: Option<i64> = conn
        .prepare_cached("SELECT max(id) FROM entries WHERE id BETWEEN ?1 AND ?2")?
        .query_row((entry_key(room, Seq(0)), entry_key(room, Seq(u32::MAX))), |row| row.get(0))?;
    Ok(key.map(seq_of).unwrap_or_default())
}

/// The first entry that a member may read who joined with `joined`: everything in the lobby and in channels.
fn first_readable(kind: RoomKind, joined: Seq) -> Seq {
    if matches!(kind, RoomKind::LOBBY | RoomKind::CHANNEL) { Seq(1) } else { joined }
}

fn role(stored: i64) -> Role {
    match stored {
        1 => Role::Moderator,
        2 => Role::Owner,
        _ => Role::Member,
    }
}

/// The rooms an account is or was in, in the order of their ids.
pub(super) fn rooms(
    conn: &Connection,
    account: AccountId,
    after: RoomId,
) -> rusqlite::Result<List<RoomInfo, ROOMS_PAGE_MAX>> {
    let mut found = conn.prepare_cached(
        "SELECT rooms.id, kind, rooms.name, low, high, joined, left, role, encrypted, coalesce(read_marks.seq, 0)
         FROM members JOIN rooms ON rooms.id = members.room
         LEFT JOIN read_marks ON read_marks.account = members.account AND read_marks.room = members.room
         WHERE members.account = ?1 AND members.room > ?2
         AND joined = (SELECT max(joined) FROM members AS later
                       WHERE later.room = members.room AND later.account = members.account)
         ORDER BY members.room LIMIT ?3",
    )?;
    let rows = found.query_map((account.0.cast_signed(), after.0, ROOMS_PAGE_MAX as i64), |row| {
        let (room, kind) = (RoomId(row.get(0)?), RoomKind(row.get(1)?));
        let (low, high): (Option<i64>, Option<i64>) = (row.get(3)?, row.get(4)?);
        let mine = Some(account.0.cast_signed());
        let peer = if low == mine { high } else { low };
        let left: Option<u32> = row.get(6)?;
        Ok(RoomInfo {
            room,
            kind,
            name: Text::cut(&row.get::<_, String>(2)?),
            peer: AccountId(peer.unwrap_or(0).cast_unsigned()),
            first: first_readable(kind, Seq(row.get(5)?)),
            topic: Text::default(),
            earlier: List::default(),
            head: left.map_or_else(|| head(conn, room), |left| Ok(Seq(left)))?,
            read: Seq(row.get(9)?),
            unread_from: Seq(0),
            present: left.is_none(),
            archived: false,
            members: 0,
            role: role(row.get(7)?),
            encrypted: row.get(8)?,
        })
    })?;
    Ok(List::new(rows.collect::<rusqlite::Result<_>>()?).unwrap_or_default())
}

/// The members of a room, in the order of their ids; `None` for who is not one.
pub(super) fn members(
    conn: &Connection,
    account: AccountId,
    room: RoomId,
    after: AccountId,
) -> rusqlite::Result<Option<List<Member, MEMBERS_PAGE_MAX>>> {
    let is_member = conn
        .prepare_cached("SELECT 1 FROM members WHERE room = ?1 AND account = ?2 AND left IS NULL")?
        .exists((room.0, account.0.cast_signed()))?;
    if !is_member {
        return Ok(None);
    }
    let mut found = conn.prepare_cached(
        "SELECT members.account, accounts.name, role FROM members JOIN accounts ON accounts.id = members.account
         WHERE room = ?1 AND members.account > ?2 AND left IS NULL ORDER BY members.account LIMIT ?3",
    )?;
    let rows = found.query_map((room.0, after.0.cast_signed(), MEMBERS_PAGE_MAX as i64), |row| {
        Ok(Member { account: account_id(row, 0)?, name: name(row, 1)?, role: role(row.get(2)?), seen: None })
    })?;
    Ok(Some(List::new(rows.collect::<rusqlite::Result<_>>()?).unwrap_or_default()))
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
    let interval = tx
        .prepare_cached(
            "SELECT kind, joined, left FROM members JOIN rooms ON rooms.id = members.room
             WHERE room = ?1 AND account = ?2 ORDER BY joined DESC LIMIT 1",
        )?
        .query_row((room.0, account.0.cast_signed()), |row| {
            let left: Option<u32> = row.get(2)?;
            Ok((first_readable(RoomKind(row.get(0)?), Seq(row.get(1)?)), left.map(Seq)))
        })
        .optional()?;
    let Some((first, left)) = interval else { return Ok(None) };
    let head = left.map_or_else(|| head(&tx, room), Ok)?;
    let limit = usize::from(limit).clamp(1, PAGE_ENTRIES_MAX);
    let (low, high, order) = match direction {
        Direction::Forward => (from.max(first), head, "ASC"),
        Direction::Backward => (first, from.min(head), "DESC"),
    };
    let mut entries = read_entries(&tx, room, low, high, order, limit)?;
    if direction == Direction::Backward {
        entries.reverse();
    }
    let (starts, ends) = match (entries.first(), entries.last()) {
        (Some(one), Some(other)) => (one.seq <= first, other.seq >= head),
        // Nothing there: what lies before or after is a matter of where one asked.
        _ => (from <= first || head < first, from >= head),
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

/// Every room with its head and its present members: what the hub starts with.
pub(super) fn all_rooms(conn: &Connection) -> rusqlite::Result<Vec<RoomFacts>> {
    let mut facts = Vec::new();
    let mut rooms = conn.prepare("SELECT id, kind, low, high FROM rooms ORDER BY id")?;
    let mut members = conn.prepare("SELECT account FROM members WHERE room = ?1 AND left IS NULL")?;
    let mut rows = rooms.query([])?;
    while let Some(row) = rows.next()? {
        let room = RoomId(row.get(0)?);
        let pair = match (row.get::<_, Option<i64>>(2)?, row.get::<_, Option<i64>>(3)?) {
            (Some(low), Some(high)) => {
                Some((AccountId(low.cast_unsigned()), AccountId(high.cast_unsigned())))
            }
            _ => None,
        };
        facts.push(RoomFacts {
            room,
            kind: RoomKind(row.get(1)?),
            pair,
            head: head(conn, room)?,
            members: members
                .query_map([room.0], |row| account_id(row, 0))?
                .collect::<rusqlite::Result<_>>()?,
        });
    }
    Ok(facts)
}
