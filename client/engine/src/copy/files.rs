//! Files in the copy: where a blob lies on this computer, and which uploads are not complete.

use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension, params};
use snug_proto::codec;
use snug_proto::content::Source;
use snug_proto::entry::{Blobs, Body};
use snug_proto::id::BlobId;
use snug_proto::talk::Target;

use super::outbox::{ItemKind, NewItem, put_last, target_of, target_parts};
use super::{Copy, CopyError, Result, durable};
use crate::command::OutboxId;
use crate::files::outgoing::Stamp;

/// Where a blob is, as far as this computer knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WhereFile {
    /// Here.
    Here(PathBuf),
    /// The last try to fetch it failed.
    Failed(String),
}

/// An upload that is not complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    pub(crate) blob: BlobId,
    pub(crate) to: Target,
    pub(crate) path: PathBuf,
    pub(crate) stamp: Stamp,
    /// Where it was before, if it did not begin here.
    pub(crate) source: Option<Source>,
}

impl Copy {
    /// Where a blob is; `None` when it was never here and never asked for.
    pub(crate) fn where_file(&self, blob: BlobId) -> Result<Option<WhereFile>> {
        self.with(|db| {
            let mut query = db.prepare_cached("SELECT path, reason FROM files WHERE blob = ?1")?;
            let found = query
                .query_row([blob.0], |row| {
                    Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<String>>(1)?))
                })
                .optional()?;
            Ok(match found {
                Some((Some(path), _)) => Some(WhereFile::Here(path.into())),
                Some((None, Some(reason))) => Some(WhereFile::Failed(reason)),
                _ => None,
            })
        })
    }

    /// Keeps where a blob is.
    pub(crate) fn put_file(&self, blob: BlobId, place: &WhereFile) -> Result<()> {
        self.with(|db| {
            durable(db, false)?;
            put_place(db, blob, place)
        })
    }

    /// Keeps an upload, so that it goes on after a restart.
    pub(crate) fn put_upload(&self, upload: &Upload) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            let (to_person, target) = target_parts(upload.to);
            db.execute(
                "INSERT INTO uploads (blob, to_person, target, path, size, modified, source)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    upload.blob.0,
                    to_person,
                    target,
                    upload.path.to_string_lossy(),
                    upload.stamp.size.cast_signed(),
                    upload.stamp.modified,
                    upload.source.as_ref().map(codec::encode_value),
                ],
            )?;
            Ok(())
        })
    }

    /// An upload is complete: it takes its place in the outbox, in the same moment. One that is not wanted any more
    /// does not.
    pub(crate) fn uploaded(&self, upload: &Upload, blobs: &Blobs, body: &Body, at: i64) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            let change = db.transaction()?;
            let room_name: Option<Option<String>> = change
                .prepare_cached("DELETE FROM uploads WHERE blob = ?1 RETURNING room_name")?
                .query_row([upload.blob.0], |row| row.get(0))
                .optional()?;
            if let Some(room_name) = room_name {
                let (to, body, blobs) = (upload.to, body.to_vec(), blobs.clone());
                let item = NewItem { to, kind: ItemKind::Message, about: None, blobs, body, at };
                let OutboxId(id) = put_last(&change, &item)?;
                change.execute("UPDATE outbox SET room_name = ?2 WHERE id = ?1", params![id, room_name])?;
                put_place(&change, upload.blob, &WhereFile::Here(upload.path.clone()))?;
            }
            Ok(change.commit()?)
        })
    }

    /// An upload failed, or is not wanted any more.
    pub(crate) fn drop_upload(&self, blob: BlobId) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            db.execute("DELETE FROM uploads WHERE blob = ?1", [blob.0])?;
            Ok(())
        })
    }

    /// Every upload that is not complete, in the order they were chosen.
    pub(crate) fn uploads(&self) -> Result<Vec<Upload>> {
        self.with(|db| {
            let mut query = db.prepare_cached(
                "SELECT blob, to_person, target, path, size, modified, source FROM uploads ORDER BY id",
            )?;
            let rows = query.query_map([], |row| {
                Ok(Upload {
                    blob: BlobId(row.get(0)?),
                    to: target_of(row.get(1)?, row.get(2)?),
                    path: row.get::<_, String>(3)?.into(),
                    stamp: Stamp { size: row.get::<_, i64>(4)?.cast_unsigned(), modified: row.get(5)? },
                    source: row
                        .get::<_, Option<Vec<u8>>>(6)?
                        .and_then(|bytes| codec::decode_value(&bytes).ok()),
                })
            })?;
            rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
        })
    }
}

fn put_place(db: &Connection, blob: BlobId, place: &WhereFile) -> Result<()> {
    let (path, reason) = match place {
        WhereFile::Here(path) => (Some(path.to_string_lossy().into_owned()), None),
        WhereFile::Failed(reason) => (None, Some(reason.clone())),
    };
    let put = "INSERT OR REPLACE INTO files (blob, path, reason) VALUES (?1, ?2, ?3)";
    db.execute(put, params![blob.0, path, reason])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use snug_proto::bounded::{Bytes, List};
    use snug_proto::entry::LOBBY;

    const BLOB: BlobId = BlobId([9; 16]);

    fn upload(byte: u8) -> Upload {
        Upload {
            blob: BlobId([byte; 16]),
            to: Target::Room(LOBBY),
            path: "/home/alice/photo.jpg".into(),
            stamp: Stamp { size: 5, modified: 1_700_000_000_000_000_001 },
            source: None,
        }
    }

    #[test]
    fn an_upload_becomes_an_item_of_the_outbox_once() {
        let folder = tempfile::tempdir().unwrap();
        let copy = Copy::open(&folder.path().join("copy.sqlite")).unwrap();
        for byte in [9, 3] {
            copy.put_upload(&upload(byte)).unwrap();
        }
        assert_eq!(copy.uploads().unwrap(), [upload(9), upload(3)]);
        assert_eq!(copy.unsent_count().unwrap(), 2);
        let (blobs, body) = (List::new(vec![BLOB]).unwrap(), Bytes::new(*b"body").unwrap());
        for _ in 0..2 {
            copy.uploaded(&upload(9), &blobs, &body, 7).unwrap();
        }
        assert_eq!(copy.unsent(Target::Room(LOBBY), 10).unwrap().len(), 1);
        assert_eq!(copy.where_file(BLOB).unwrap(), Some(WhereFile::Here("/home/alice/photo.jpg".into())));
        // One that was cancelled meanwhile is not sent.
        copy.drop_upload(BlobId([3; 16])).unwrap();
        copy.uploaded(&upload(3), &blobs, &body, 7).unwrap();
        assert_eq!(copy.unsent_count().unwrap(), 1);
    }

    #[test]
    fn where_a_file_is_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let copy = Copy::open(&folder.path().join("copy.sqlite")).unwrap();
        assert_eq!(copy.where_file(BLOB).unwrap(), None);
        for place in [WhereFile::Failed("No.".into()), WhereFile::Here("/x".into())] {
            copy.put_file(BLOB, &place).unwrap();
            assert_eq!(copy.where_file(BLOB).unwrap(), Some(place));
        }
    }
}
