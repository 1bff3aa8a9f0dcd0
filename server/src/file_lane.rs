//! The file lane: uploads and downloads.

use std::sync::Arc;

use crate::Shared;
use crate::hub::Handle;
use crate::talk::wire::{Link, Stream};

/// Serves a file connection after its login, until it ends; gives back why it did.
///
/// `by` is the talk session of the same device: this connection ends with it (`by.ended`).
pub(crate) async fn serve<S: Stream>(
    mut link: Link<S>,
    by: Arc<Handle>,
    _shared: Arc<Shared>,
) -> &'static str {
    by.ended.cancelled().await;
    link.close().await;
    "its session ended"
}
