//! The outbox of a damaged copy, carried over into a new one.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row, params};

use super::{Result, durable};

/// A row of the outbox as it stands.
#[derive(Debug)]
pub(in crate::copy) struct Rescued {
    id: i64,
    to_person: bool,
    target: i64,
    blobs: Vec<u8>,
    body: Vec<u8>,
    at: i64,
    state: i64,
    device: Option<i64>,
    number: Option<i64>,
    reason: Option<String>,
    kind: i64,
    about: Option<i64>,
}

/// Whatever can still be read of a damaged copy's outbox, numbers included: the mark still tells what became of them.
pub(in crate::copy) fn rescue(path: &Path) -> Option<Vec<Rescued>> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    // An older copy has no other kinds of items.
    ["kind, about", "0, NULL"].into_iter().find_map(|newer| {
        let columns = "id, to_person, target, blobs, body, at, state, device, number, reason";
        let mut query = db.prepare(&format!("SELECT {columns}, {newer} FROM outbox ORDER BY id")).ok()?;
        let rows = query.query_map([], rescued);
        rows.ok()?.collect::<rusqlite::Result<_>>().ok()
    })
}

fn rescued(row: &Row<'_>) -> rusqlite::Result<Rescued> {
    Ok(Rescued {
        id: row.get(0)?,
        to_person: row.get(1)?,
        target: row.get(2)?,
        blobs: row.get(3)?,
        body: row.get(4)?,
        at: row.get(5)?,
        state: row.get(6)?,
        device: row.get(7)?,
        number: row.get(8)?,
        reason: row.get(9)?,
        kind: row.get(10)?,
        about: row.get(11)?,
    })
}

/// Puts what was rescued into a new copy.
pub(in crate::copy) fn put_rescued(db: &mut Connection, rows: &[Rescued]) -> Result<()> {
    durable(db, true)?;
    let change = db.transaction()?;
    for row in rows {
        change.execute(
            "INSERT INTO outbox
                 (id, to_person, target, blobs, body, at, state, device, number, reason, kind, about)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            params![
                row.id,
                row.to_person,
                row.target,
                row.blobs,
                row.body,
                row.at,
                row.state,
                row.device,
                row.number,
                row.reason,
                row.kind,
                row.about
            ],
        )?;
    }
    Ok(change.commit()?)
}
