//! What people look like, as the lobby's log and the server tell it. An entry there holds from its place on; the server's
//! own word about everybody holds as of the place that was held when it was asked.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, params};
use snug_proto::codec;
use snug_proto::entry::{Entry, Kind, LOBBY};
use snug_proto::id::{AccountId, BlobId, Seq};
use snug_proto::name::RoomName;
use snug_proto::profile::{COLOURS, Profile};

use super::log::place;
use super::retract::{HIDDEN, PLAIN};
use super::{Copy, CopyError, Result, durable, scrub};

/// What somebody looks like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LookRow {
    /// The name that is shown in place of their own; empty for that one.
    pub(crate) display: String,
    /// A colour of the palette; 0 for the one that follows from the name.
    pub(crate) colour: u8,
    pub(crate) picture: Option<BlobId>,
}

impl LookRow {
    /// A name that cannot be one is not shown, and a colour that is not there is none.
    pub(crate) fn of(profile: Profile) -> Self {
        let display = RoomName::try_from(profile.display).map(|name| name.as_str().to_owned());
        Self {
            display: display.unwrap_or_default(),
            colour: if profile.colour > COLOURS { 0 } else { profile.colour },
            picture: profile.picture,
        }
    }
}

/// The step of the schema that looks came with. `told` is the place of the last entry about somebody that was met, and
/// `told_name` the name in it: the next one names them only if it says another.
pub(super) const TABLE: &str = "
    CREATE TABLE looks (
        account INTEGER PRIMARY KEY, display TEXT NOT NULL DEFAULT '', colour INTEGER NOT NULL DEFAULT 0,
        picture BLOB, as_of INTEGER NOT NULL DEFAULT 0, told INTEGER NOT NULL DEFAULT 0,
        told_name TEXT NOT NULL DEFAULT '') STRICT;
";

/// What a copy of another log still knows: how people look, as of no place in the new one.
pub(super) const FORGET_PLACES: &str = "UPDATE looks SET as_of = 0, told = 0, told_name = '';";

/// What an entry about somebody's looks does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Took {
    /// It is none, or says nothing any more.
    Nothing,
    /// Somebody looks otherwise.
    Look,
    /// The same, and the entry before it is emptied here as it is on the server.
    InPlaceOfAnother,
}

/// Takes an entry that was written already. One that changes the name that is shown has something to see.
pub(super) fn take(db: &Connection, entry: &Entry) -> Result<Took> {
    if entry.kind != Kind::PROFILE || entry.room != LOBBY {
        return Ok(Took::Nothing);
    }
    let Ok(profile) = codec::decode_value::<Profile>(&entry.body) else { return Ok(Took::Nothing) };
    let (look, account) = (LookRow::of(profile), entry.author.0.cast_signed());
    let known: Option<(u32, String)> = db
        .prepare_cached("SELECT told, told_name FROM looks WHERE account = ?1")?
        .query_row([account], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (told, told_name) = known.unwrap_or_default();
    // A page that was on its way while the next one was made.
    if entry.seq.0 <= told {
        return Ok(Took::Nothing);
    }
    db.prepare_cached("UPDATE entries SET what = ?2 WHERE place = ?1")?
        .execute(params![place(LOBBY, entry.seq), if look.display == told_name { HIDDEN } else { PLAIN }])?;
    db.prepare_cached(
        "INSERT INTO looks (account, told, told_name) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET told = ?2, told_name = ?3",
    )?
    .execute(params![account, entry.seq.0, look.display])?;
    put(db, entry.author, &look, entry.seq)?;
    let emptied = db
        .prepare_cached(
            "UPDATE entries SET body = x'', blobs = x'00', what = ?3 WHERE place = ?1 AND kind = ?2 AND body <> x''",
        )?
        .execute(params![place(LOBBY, Seq(told)), Kind::PROFILE.0, HIDDEN])?;
    if emptied == 0 {
        return Ok(Took::Look);
    }
    scrub::note(db)?;
    Ok(Took::InPlaceOfAnother)
}

/// What holds as of a place gives way to what holds as of a later one.
fn put(db: &Connection, account: AccountId, look: &LookRow, as_of: Seq) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO looks (account, display, colour, picture, as_of) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET display = ?2, colour = ?3, picture = ?4, as_of = ?5 WHERE as_of <= ?5",
    )?
    .execute(params![
        account.0.cast_signed(),
        look.display,
        look.colour,
        look.picture.map(|blob| blob.0),
        as_of.0
    ])?;
    Ok(())
}

impl Copy {
    /// Everybody who looks otherwise than by their name alone.
    pub(crate) fn looks(&self) -> Result<BTreeMap<AccountId, LookRow>> {
        self.with(|db| {
            let mut query = db.prepare_cached(
                "SELECT account, display, colour, picture FROM looks
                 WHERE display <> '' OR colour <> 0 OR picture IS NOT NULL",
            )?;
            let rows = query.query_map([], |row| {
                let look = LookRow {
                    display: row.get(1)?,
                    colour: row.get(2)?,
                    picture: row.get::<_, Option<[u8; 16]>>(3)?.map(BlobId),
                };
                Ok((AccountId(row.get::<_, i64>(0)?.cast_unsigned()), look))
            })?;
            rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
        })
    }

    /// Takes the server's word about everybody up to an account; who is not among them looks like their name. `held` is
    /// the last entry of the lobby that was held when it was asked.
    pub(crate) fn put_looks(
        &self,
        looks: Vec<(AccountId, Profile)>,
        up_to: AccountId,
        held: Seq,
    ) -> Result<()> {
        self.with(|db| {
            durable(db, false)?;
            let change = db.transaction()?;
            let told: BTreeSet<AccountId> = looks.iter().map(|(account, _)| *account).collect();
            for (account, profile) in looks {
                put(&change, account, &LookRow::of(profile), held)?;
            }
            let known: Vec<AccountId> = change
                .prepare_cached("SELECT account FROM looks")?
                .query_map([], |row| Ok(AccountId(row.get::<_, i64>(0)?.cast_unsigned())))?
                .collect::<rusqlite::Result<_>>()?;
            for account in known.into_iter().filter(|account| *account <= up_to && !told.contains(account)) {
                put(&change, account, &LookRow::default(), held)?;
            }
            Ok(change.commit()?)
        })
    }
}

#[cfg(test)]
mod tests;
