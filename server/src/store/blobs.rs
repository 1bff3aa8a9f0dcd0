//! Files as the database knows them: whose they are, how large, and who may fetch them.

use rusqlite::{Connection, OptionalExtension};
use snug_proto::id::{AccountId, BlobId};
use snug_proto::refusal::Cause;

use super::desk::Desk;
use super::retract::is_freed;
use super::writer::Verb;

/// Where an upload stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Upload {
    /// Bytes are missing; what has come lies in the blob's file.
    Open,
    /// It is complete.
    Stored,
}

/// Begins or resumes an upload.
pub(crate) struct BeginUpload {
    pub(crate) account: AccountId,
    pub(crate) blob: BlobId,
    pub(crate) size: u64,
    /// Bytes of files the account may keep; 0 = no limit.
    pub(crate) account_max: u64,
}

impl Verb for BeginUpload {
    type Done = Upload;
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<Upload, Cause>> {
        let account = self.account.0.cast_signed();
        let Ok(size) = i64::try_from(self.size) else { return Ok(Err(Cause::TooLarge)) };
        let known: Option<(i64, i64, bool)> = desk
            .conn
            .prepare_cached("SELECT account, size, stored FROM blobs WHERE id = ?1")?
            .query_row([self.blob.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        match known {
            Some((owner, announced, _)) if (owner, announced) != (account, size) => {
                return Ok(Err(Cause::UnknownBlob));
            }
            Some((.., true)) => return Ok(Ok(Upload::Stored)),
            Some((.., false)) => {
                // It is alive: its day begins anew.
                let touch = desk.conn.prepare_cached("UPDATE blobs SET at = ?2 WHERE id = ?1");
                touch?.execute((self.blob.0, desk.now))?;
                return Ok(Ok(Upload::Open));
            }
            // Its file would be taken away under it.
            None if is_freed(desk, self.blob)? => return Ok(Err(Cause::UnknownBlob)),
            None => {}
        }
        let kept: i64 = desk
            .conn
            .prepare_cached("SELECT coalesce(sum(size), 0) FROM blobs WHERE account = ?1")?
            .query_row([account], |row| row.get(0))?;
        if self.account_max > 0 && kept.cast_unsigned().saturating_add(self.size) > self.account_max {
            return Ok(Err(Cause::QuotaExceeded));
        }
        desk.conn
            .prepare_cached("INSERT INTO blobs (id, account, size, stored, at) VALUES (?1, ?2, ?3, 0, ?4)")?
            .execute((self.blob.0, account, size, desk.now))?;
        Ok(Ok(Upload::Open))
    }
}

/// An upload is complete, and its bytes are on disk.
pub(crate) struct FinishUpload(pub(crate) BlobId);

impl Verb for FinishUpload {
    type Done = ();
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<(), Cause>> {
        let finish = desk.conn.prepare_cached("UPDATE blobs SET stored = 1, at = ?2 WHERE id = ?1");
        let rows = finish?.execute((self.0.0, desk.now))?;
        Ok(if rows == 1 { Ok(()) } else { Err(Cause::UnknownBlob) })
    }
}

/// Forgets uploads that nobody went on with, and complete ones that no entry names, since a time; gives back which.
pub(crate) struct DropStaleUploads {
    pub(crate) before_ms: i64,
}

impl Verb for DropStaleUploads {
    type Done = Vec<BlobId>;
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<Vec<BlobId>, Cause>> {
        desk.conn
            .prepare_cached(
                "DELETE FROM blobs WHERE at < ?1
                 AND (stored = 0 OR NOT EXISTS (SELECT 1 FROM entry_blobs WHERE blob = blobs.id)) RETURNING id",
            )?
            .query_map([self.before_ms], |row| row.get(0).map(BlobId))?
            .collect::<rusqlite::Result<Vec<_>>>()
            .map(Ok)
    }
}

/// The size of a complete blob that the account may fetch: its own, or one named by an entry of a room where it is a
/// member now, in a part that it may read.
pub(super) fn readable(
    conn: &Connection,
    account: AccountId,
    blob: &[u8; 16],
) -> rusqlite::Result<Option<u64>> {
    conn.prepare_cached(
        "SELECT size FROM blobs WHERE id = ?1 AND stored = 1 AND (account = ?2 OR EXISTS (
             SELECT 1 FROM entry_blobs JOIN rooms ON rooms.id = entry_blobs.entry >> 32
             JOIN members AS now ON now.room = rooms.id AND now.account = ?2 AND now.left IS NULL
             WHERE entry_blobs.blob = ?1 AND (rooms.kind IN (1, 2) OR EXISTS (
                 SELECT 1 FROM members AS span WHERE span.room = rooms.id AND span.account = ?2
                 AND (entry_blobs.entry & 0xffffffff) BETWEEN span.joined AND coalesce(span.left, 0xffffffff)))))",
    )?
    .query_row((blob, account.0.cast_signed()), |row| row.get::<_, i64>(0))
    .optional()
    .map(|size| size.map(i64::cast_unsigned))
}

/// Whether the account may name a blob in an entry, and so let that entry's readers fetch it.
pub(super) fn may_name(conn: &Connection, account: AccountId, blob: &[u8; 16]) -> rusqlite::Result<bool> {
    readable(conn, account, blob).map(|size| size.is_some())
}
