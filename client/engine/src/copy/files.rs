//! Files in the copy: where a blob lies on this computer, and which uploads are not complete.

use std::path::PathBuf;

use rusqlite::{OptionalExtension, params};
use snug_proto::id::BlobId;
use snug_proto::talk::Target;

use super::outbox::{target_of, target_parts};
use super::{Copy, CopyError, Result, durable};

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
    pub(crate) name: String,
}

impl Copy {
    /// Where a blob is; `None` when it was never here.
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
        let (path, reason) = match place {
            WhereFile::Here(path) => (Some(path.to_string_lossy().into_owned()), None),
            WhereFile::Failed(reason) => (None, Some(reason.clone())),
        };
        self.with(|db| {
            durable(db, false)?;
            let put = "INSERT OR REPLACE INTO files (blob, path, reason) VALUES (?1, ?2, ?3)";
            db.execute(put, params![blob.0, path, reason])?;
            Ok(())
        })
    }

    /// Keeps an upload, so that it goes on after a restart.
    pub(crate) fn put_upload(&self, upload: &Upload) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            let (to_person, target) = target_parts(upload.to);
            db.execute(
                "INSERT OR REPLACE INTO uploads (blob, to_person, target, path, name) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![upload.blob.0, to_person, target, upload.path.to_string_lossy(), upload.name],
            )?;
            Ok(())
        })
    }

    /// An upload is complete, or not wanted any more.
    pub(crate) fn drop_upload(&self, blob: BlobId) -> Result<()> {
        self.with(|db| {
            durable(db, true)?;
            db.execute("DELETE FROM uploads WHERE blob = ?1", [blob.0])?;
            Ok(())
        })
    }

    /// Every upload that is not complete.
    pub(crate) fn uploads(&self) -> Result<Vec<Upload>> {
        self.with(|db| {
            let mut query =
                db.prepare_cached("SELECT blob, to_person, target, path, name FROM uploads ORDER BY blob")?;
            let rows = query.query_map([], |row| {
                Ok(Upload {
                    blob: BlobId(row.get(0)?),
                    to: target_of(row.get(1)?, row.get(2)?),
                    path: row.get::<_, String>(3)?.into(),
                    name: row.get(4)?,
                })
            })?;
            rows.collect::<rusqlite::Result<_>>().map_err(CopyError::from)
        })
    }
}
