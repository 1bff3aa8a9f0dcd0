//! Traces of retracted texts in the copy's file: they go a little at a time, behind everything else.

use super::Actor;
use crate::copy::CopyError;

impl Actor {
    /// Zeroes a little more of what retracted texts left in the copy's file.
    pub(super) async fn scrub(&mut self) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let Some(from) = open.scrub_from.take() else { return Ok(()) };
        let copy = open.copy.clone();
        let next = self
            .on_copy(&copy, move |copy| {
                let next = copy.scrub(from)?;
                if next.is_none() {
                    copy.truncate_wal()?;
                }
                Ok(next)
            })
            .await?;
        if let Some(open) = self.opened() {
            open.scrub_from = next;
        }
        Ok(())
    }
}
