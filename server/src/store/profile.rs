//! What people look like to each other: a name, a colour, a picture.
//!
//! The rows say what everybody looks like now; an entry in the lobby says that it changed, and lets everybody fetch the
//! picture. Only an account's last one keeps its body, so that a picture is gone when its person has another.

use rusqlite::{Connection, OptionalExtension, Row};
use snug_proto::Username;
use snug_proto::bounded::{Bytes, List, Text};
use snug_proto::codec::encode_value;
use snug_proto::entry::{Blobs, Kind, LOBBY};
use snug_proto::id::{AccountId, BlobId, Seq};
use snug_proto::limits::{NAME_BYTES_MAX, PICTURE_MAX, PROFILES_PAGE_MAX};
use snug_proto::name::RoomName;
use snug_proto::profile::{COLOURS, Profile};
use snug_proto::refusal::Cause;

use super::change::{Did, Not};
use super::desk::{Desk, Draft};
use super::retract::{empty, leave_traces};
use super::{Store, read};

/// What people look like. `profile_seq` is where the account's last entry about it stands in the lobby.
pub(super) const TABLES: &str = "
ALTER TABLE accounts ADD COLUMN display TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN display_skeleton TEXT;
ALTER TABLE accounts ADD COLUMN colour INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN picture BLOB;
ALTER TABLE accounts ADD COLUMN profile_seq INTEGER;
CREATE UNIQUE INDEX accounts_display ON accounts (display_skeleton) WHERE display_skeleton IS NOT NULL;
";

impl Store {
    /// Who looks otherwise than by their name alone.
    pub(crate) async fn profiles(
        &self,
        after: AccountId,
    ) -> Result<List<(AccountId, Profile), PROFILES_PAGE_MAX>, Cause> {
        self.read(move |conn| profiles(conn, after)).await
    }

    /// Whether somebody is called so, or shown so, or by a name that looks like it.
    pub(crate) async fn is_taken(&self, name: &Username) -> Result<bool, Cause> {
        let skeleton = name.skeleton();
        self.read(move |conn| is_taken(conn, &skeleton, AccountId(0))).await
    }
}

/// Whether another account has this name or shows it.
pub(super) fn is_taken(conn: &Connection, skeleton: &str, but: AccountId) -> rusqlite::Result<bool> {
    conn.prepare_cached(
        "SELECT 1 FROM accounts WHERE (skeleton = ?1 OR display_skeleton = ?1) AND id <> ?2 LIMIT 1",
    )?
    .exists((skeleton, but.0.cast_signed()))
}

fn profile(row: &Row<'_>) -> rusqlite::Result<Profile> {
    Ok(Profile {
        display: Text::cut(&row.get::<_, String>("display")?),
        colour: row.get("colour")?,
        picture: row.get::<_, Option<[u8; 16]>>("picture")?.map(BlobId),
    })
}

fn profiles(
    conn: &Connection,
    after: AccountId,
) -> rusqlite::Result<List<(AccountId, Profile), PROFILES_PAGE_MAX>> {
    let mut found = conn.prepare_cached(
        "SELECT id, display, colour, picture FROM accounts
         WHERE id > ?1 AND (display <> '' OR colour <> 0 OR picture IS NOT NULL) ORDER BY id LIMIT ?2",
    )?;
    let found = found.query_map((after.0.cast_signed(), PROFILES_PAGE_MAX as i64), |row| {
        Ok((AccountId(row.get::<_, i64>("id")?.cast_unsigned()), profile(row)?))
    })?;
    Ok(List::new(found.collect::<rusqlite::Result<_>>()?).unwrap_or_default())
}

/// Looks otherwise from now on.
pub(super) fn set(desk: &mut Desk, me: AccountId, new: &Profile) -> Result<Did, Not> {
    let skeleton = check(desk, me, new)?;
    let id = me.0.cast_signed();
    let (old, former) = desk
        .conn
        .prepare_cached("SELECT display, colour, picture, profile_seq FROM accounts WHERE id = ?1")?
        .query_row([id], |row| Ok((profile(row)?, row.get::<_, Option<u32>>("profile_seq")?)))?;
    if old == *new {
        return Ok(Did::Changed);
    }
    desk.room(LOBBY)?.ok_or(Cause::UnknownRoom)?.has_places()?;
    let blobs = Blobs::new(new.picture.into_iter().collect()).map_err(|_| Cause::TooLarge)?;
    let body = Bytes::new(encode_value(new)).map_err(|_| Cause::TooLarge)?;
    let (device, number) = Default::default();
    let draft = Draft { kind: Kind::PROFILE, author: me, device, number, blobs, body };
    let seq = desk.append(LOBBY, draft)?.ok_or(Cause::TooLarge)?;
    // The new one first: a picture that stays is named all the while.
    forget(desk, former)?;
    desk.conn
        .prepare_cached(
            "UPDATE accounts SET display = ?2, display_skeleton = ?3, colour = ?4, picture = ?5, profile_seq = ?6
             WHERE id = ?1",
        )?
        .execute((
            id,
            new.display.as_str(),
            skeleton,
            new.colour,
            new.picture.map(|BlobId(blob)| blob),
            seq.0,
        ))?;
    Ok(Did::Changed)
}

/// Whether an account may look so; the skeleton of the name it shows.
fn check(desk: &Desk, me: AccountId, new: &Profile) -> Result<Option<String>, Not> {
    if new.colour > COLOURS {
        return Err(Cause::Malformed.into());
    }
    let skeleton = shown_skeleton(&new.display)?;
    if let Some(skeleton) = &skeleton
        && is_taken(&desk.conn, skeleton, me)?
    {
        return Err(Cause::NameTaken.into());
    }
    if let Some(BlobId(picture)) = new.picture {
        let size = desk
            .conn
            .prepare_cached("SELECT size FROM blobs WHERE id = ?1 AND account = ?2 AND stored = 1")?
            .query_row((picture, me.0.cast_signed()), |row| row.get::<_, i64>(0))
            .optional()?
            .ok_or(Cause::UnknownBlob)?;
        if size.cast_unsigned() > PICTURE_MAX {
            return Err(Cause::TooLarge.into());
        }
    }
    Ok(skeleton)
}

/// A name that is shown stands in one form, as it does in the wire's other names; `None` where none is.
fn shown_skeleton(display: &Text<NAME_BYTES_MAX>) -> Result<Option<String>, Cause> {
    if display.as_str().is_empty() {
        return Ok(None);
    }
    let name = RoomName::try_from(display.clone()).map_err(|_| Cause::BadName)?;
    Ok(Some(name.skeleton()))
}

/// Empties the entry that said what an account looked like, and frees its picture.
pub(super) fn forget(desk: &mut Desk, seq: Option<u32>) -> rusqlite::Result<()> {
    let Some(seq) = seq else { return Ok(()) };
    if let Some(entry) = read::one(&desk.conn, LOBBY, Seq(seq))?.filter(|entry| entry.kind == Kind::PROFILE) {
        empty(desk, entry)?;
        leave_traces(desk);
    }
    Ok(())
}
