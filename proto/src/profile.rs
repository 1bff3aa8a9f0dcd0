//! What people look like to each other.

use serde::{Deserialize, Serialize};

use crate::bounded::Text;
use crate::id::BlobId;
use crate::limits::NAME_BYTES_MAX;

/// What an account looks like to others. Also the body of a [`Kind::PROFILE`](crate::entry::Kind::PROFILE) entry, in
/// postcard, which names the picture's blob as well.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The name shown in place of the account's, by the rules of [`RoomName`](crate::name::RoomName); empty for that one.
    /// No two people's names look alike (UTS 39).
    pub display: Text<NAME_BYTES_MAX>,
    /// A colour of the palette, from 1 to [`COLOURS`]; 0 for the one that follows from the name.
    pub colour: u8,
    /// A picture: one of the account's own blobs, at most [`PICTURE_MAX`](crate::limits::PICTURE_MAX) bytes.
    pub picture: Option<BlobId>,
}

/// Colours of the palette.
pub const COLOURS: u8 = 8;
