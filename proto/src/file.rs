//! The file lane: its own TLS connection, logged in by device, one transfer after another.
//!
//! After the hello and a [`DeviceLogin`](crate::login::LoginRequest::DeviceLogin) (answered by `LoggedIn`; it takes
//! no seat, needs a talk session of the same device and ends with it) the client sends requests. An upload is the
//! request, then, after [`FileReply::Ready`], chunks until the announced size, then [`FileReply::Stored`]; a download is
//! the request, then [`FileReply::Sending`], chunks and [`FileReply::Sent`]. Chunks that crossed a refusal are skipped.
//! Who wants to stop closes the connection: what was uploaded so far is kept for a day, and the same request goes on
//! where it ended.

use serde::{Deserialize, Serialize};

use crate::bounded::Bytes;
use crate::id::BlobId;
use crate::limits::CHUNK_MAX;
use crate::refusal::{Goodbye, Refusal};

/// Bytes of a file.
pub type Chunk = Bytes<CHUNK_MAX>;

/// From client to server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileRequest {
    /// Begins or resumes an upload; answered by [`FileReply::Ready`].
    Upload {
        /// The blob, named by the client with random bits.
        blob: BlobId,
        /// Its size in bytes.
        size: u64,
    },
    /// The next bytes of the upload under way; never empty.
    Chunk(Chunk),
    /// Asks for a blob.
    Download {
        /// Which.
        blob: BlobId,
        /// From which byte on.
        from: u64,
    },
}

/// From server to client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileReply {
    /// The upload may go on.
    Ready {
        /// From which byte: what came before is here already.
        from: u64,
    },
    /// The upload is complete and on disk; follows `Ready` at once where nothing is missing.
    Stored,
    /// The download begins.
    Sending {
        /// The whole blob's size in bytes.
        size: u64,
    },
    /// The next bytes of the download under way.
    Chunk(Chunk),
    /// The download is complete.
    Sent,
    /// Not done; the lane stays open for the next request.
    Refused(Refusal),
    /// The connection ends.
    Goodbye(Goodbye),
}
