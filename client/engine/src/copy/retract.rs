//! Bodies that are gone for good: emptied here as well, and kept empty, in whichever order things come.

use rusqlite::{Connection, OptionalExtension, params};
use snug_proto::codec;
use snug_proto::entry::{Entry, Kind, Retracted, Retraction};
use snug_proto::id::AccountId;

use super::log::place;
use super::{Result, acts, scrub};

/// Not shown: an act, or an edit whose message was retracted with it.
pub(super) const HIDDEN: i64 = 0;
/// Shown, but no message.
pub(super) const PLAIN: i64 = 1;

/// What stands where an entry was retracted; `None` where it was not.
pub(super) fn what_is_left(db: &Connection, at: i64) -> Result<Option<i64>> {
    let mut query = db.prepare_cached("SELECT what FROM retracted WHERE place = ?1")?;
    Ok(query.query_row([at], |row| row.get(0)).optional()?)
}

/// Takes a retraction. The first of its targets is the message, the others are its edits, which leave nothing to see.
/// Answers whether it was one.
pub(super) fn take(db: &Connection, entry: &Entry) -> Result<bool> {
    if entry.kind != Kind::RETRACT {
        return Ok(false);
    }
    let Ok(retraction) = codec::decode_value::<Retraction>(&entry.body) else { return Ok(false) };
    for (index, target) in retraction.targets.iter().enumerate() {
        // Nothing acts on what comes after it.
        if target.seq >= entry.seq {
            continue;
        }
        let at = place(entry.room, target.seq);
        let what = if index == 0 { PLAIN } else { HIDDEN };
        db.prepare_cached("INSERT OR IGNORE INTO retracted (place, what) VALUES (?1, ?2)")?
            .execute(params![at, what])?;
        db.prepare_cached(
            "UPDATE entries SET body = x'', blobs = x'00', what = min(what, ?4)
             WHERE place = ?1 AND kind = 1 AND device = ?2 AND number = ?3",
        )?
        .execute(params![
            at,
            target.origin.device.0.cast_signed(),
            target.origin.number.0.cast_signed(),
            what
        ])?;
    }
    scrub::note(db)?;
    Ok(true)
}

/// Edits of a message of this person that a retraction did not name: whoever retracted did not know them.
pub(super) fn unnamed_edits(db: &Connection, entry: &Entry, me: AccountId) -> Result<Vec<Vec<Retracted>>> {
    let Ok(retraction) = codec::decode_value::<Retraction>(&entry.body) else { return Ok(Vec::new()) };
    let mut unnamed = Vec::new();
    for target in retraction.targets.iter() {
        let row = acts::row_at(db, place(entry.room, target.seq))?;
        if let Some(row) = row.filter(|row| row.author == me && row.body.is_empty()) {
            unnamed.extend(acts::naming_edits(db, entry.room, &row)?);
        }
    }
    Ok(unnamed)
}
