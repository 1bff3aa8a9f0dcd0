//! What people write. Only clients read it; to the server it is bytes.
//!
//! A body in scheme 0 is `0x00`, then the content's kind and its payload as length-prefixed bytes (postcard), so a
//! client that does not know a kind still knows where it ends, keeps it, and reads it after an update.

use serde::{Deserialize, Serialize};

use crate::bounded::{Bytes, List, Text, TooLong};
use crate::codec::{self, Malformed};
use crate::entry::Body;
use crate::id::{AccountId, BlobId, Origin};
use crate::limits::{
    BODY_MAX, FILE_NAME_BYTES_MAX, LABEL_BYTES_MAX, MEDIA_TYPE_BYTES_MAX, MENTIONS_MAX, NAME_BYTES_MAX,
    REACTION_BYTES_MAX, TEXT_MAX,
};

/// The body is a [`Content`] that anybody who may read the room can read.
pub const SCHEME_PLAIN: u8 = 0;
/// Reserved: the body is sealed with MLS (RFC 9420).
pub const SCHEME_MLS: u8 = 1;

const KIND_TEXT: u16 = 1;
const KIND_FILE: u16 = 2;
const KIND_EDIT: u16 = 3;
const KIND_REACTION: u16 = 4;
const KIND_PIN: u16 = 5;

/// What somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text.
    Text(TextContent),
    /// A file, uploaded before this was sent.
    File(FileContent),
    /// Another text in place of an earlier one by the same author; counts only then.
    Edit(EditContent),
    /// An emoji on an entry, or no more. The last one of an author with this emoji counts.
    Reaction(ReactionContent),
    /// An entry worth finding again, or no more. The last one counts.
    Pin(PinContent),
    /// Something a newer Snug knows. Its bytes stay in the body.
    Unknown {
        /// The kind this build does not know.
        kind: u16,
    },
}

/// A text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextContent {
    /// What was written.
    pub text: Text<TEXT_MAX>,
    /// Which entry it answers, if one.
    pub reply_to: Option<Origin>,
    /// Whom it mentions.
    pub mentions: Mentions,
    /// Where it was before, if it did not begin here.
    pub source: Option<Source>,
}

/// Whom a text mentions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mentions {
    /// People, one by one.
    pub people: List<AccountId, MENTIONS_MAX>,
    /// Everybody in the room; counts when the author is a moderator.
    pub room: bool,
}

/// Where content was before: forwarded from another room, or imported from another system. Said by whoever sent it,
/// proven by nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// [`Source::FORWARDED`] or [`Source::IMPORTED`]; a number, for later ones.
    pub how: u16,
    /// Who wrote it, as they were called there.
    pub author: Text<NAME_BYTES_MAX>,
    /// When, in milliseconds since 1970 UTC.
    pub at: i64,
    /// From where: a room's or a system's name; may be empty.
    pub from: Text<LABEL_BYTES_MAX>,
}

impl Source {
    /// From another room of this server.
    pub const FORWARDED: u16 = 1;
    /// From another server or system.
    pub const IMPORTED: u16 = 2;
}

/// Another text in place of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditContent {
    /// The text it replaces: the first one, not an edit of it.
    pub target: Origin,
    /// What it says now.
    pub text: Text<TEXT_MAX>,
    /// Whom it mentions now.
    pub mentions: Mentions,
}

/// An emoji on an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionContent {
    /// On what.
    pub target: Origin,
    /// The emoji: one grapheme cluster.
    pub emoji: Text<REACTION_BYTES_MAX>,
    /// Put there, or taken away.
    pub on: bool,
}

/// An entry worth finding again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinContent {
    /// Which.
    pub target: Origin,
    /// Pinned, or no more.
    pub on: bool,
}

/// A file: what to fetch and what it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileContent {
    /// The blob to fetch; it also stands in the envelope.
    pub blob: BlobId,
    /// The name the sender's file had. Not safe to use as a path as it is.
    pub name: Text<FILE_NAME_BYTES_MAX>,
    /// Its media type as the sender guessed it; may be empty.
    pub media_type: Text<MEDIA_TYPE_BYTES_MAX>,
    /// Its size in bytes.
    pub size: u64,
    /// BLAKE3 of its bytes. What was fetched and does not match is thrown away.
    pub hash: [u8; 32],
    /// Width and height in pixels where it is a picture, so that its place is known before it is here; 0 elsewhere.
    pub pixels: (u32, u32),
    /// Which entry it answers, if one.
    pub reply_to: Option<Origin>,
    /// Where it was before, if it did not begin here.
    pub source: Option<Source>,
}

#[derive(Serialize, Deserialize)]
struct Wrapped {
    kind: u16,
    payload: Bytes<BODY_MAX>,
}

/// Why a body cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// It was retracted: nothing is left of it.
    #[error("the body was retracted")]
    Retracted,
    /// A scheme this build does not know.
    #[error("scheme {0} needs a newer Snug")]
    UnknownScheme(u8),
    /// Bytes that are no content.
    #[error("the body is malformed")]
    Malformed,
}
impl From<Malformed> for ContentError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl Content {
    /// A plain text without references.
    ///
    /// # Errors
    /// [`TooLong`] over [`TEXT_MAX`] bytes.
    pub fn text(text: impl Into<String>) -> Result<Self, TooLong> {
        Ok(Self::Text(TextContent {
            text: Text::new(text)?,
            reply_to: None,
            mentions: Mentions::default(),
            source: None,
        }))
    }

    /// The body that carries this content; `None` for [`Content::Unknown`], which only its own bytes can carry.
    pub fn to_body(&self) -> Option<Body> {
        let (kind, payload) = match self {
            Self::Text(text) => (KIND_TEXT, codec::encode_value(text)),
            Self::File(file) => (KIND_FILE, codec::encode_value(file)),
            Self::Edit(edit) => (KIND_EDIT, codec::encode_value(edit)),
            Self::Reaction(reaction) => (KIND_REACTION, codec::encode_value(reaction)),
            Self::Pin(pin) => (KIND_PIN, codec::encode_value(pin)),
            Self::Unknown { .. } => return None,
        };
        let payload = Bytes::new(payload).ok()?;
        let mut body = vec![SCHEME_PLAIN];
        body.extend(codec::encode_value(&Wrapped { kind, payload }));
        Body::new(body).ok()
    }

    /// Reads a body.
    ///
    /// # Errors
    /// [`ContentError`] says whether it is gone, sealed or broken.
    pub fn from_body(body: &[u8]) -> Result<Self, ContentError> {
        let (&scheme, rest) = body.split_first().ok_or(ContentError::Retracted)?;
        if scheme != SCHEME_PLAIN {
            return Err(ContentError::UnknownScheme(scheme));
        }
        let Wrapped { kind, payload } = codec::decode_value(rest)?;
        Ok(match kind {
            KIND_TEXT => Self::Text(codec::decode_value(&payload)?),
            KIND_FILE => Self::File(codec::decode_value(&payload)?),
            KIND_EDIT => Self::Edit(codec::decode_value(&payload)?),
            KIND_REACTION => Self::Reaction(codec::decode_value(&payload)?),
            KIND_PIN => Self::Pin(codec::decode_value(&payload)?),
            kind => Self::Unknown { kind },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back() {
        let content = Content::text("Grüße 😀\nzwei Zeilen").unwrap();
        assert_eq!(Content::from_body(&content.to_body().unwrap()), Ok(content));
    }

    #[test]
    fn a_newer_kind_is_kept_and_named() {
        let payload = Bytes::new(*b"whatever comes").unwrap();
        let mut body = vec![SCHEME_PLAIN];
        body.extend(codec::encode_value(&Wrapped { kind: 999, payload }));
        assert_eq!(Content::from_body(&body), Ok(Content::Unknown { kind: 999 }));
    }

    #[test]
    fn gone_sealed_and_broken_bodies_are_told_apart() {
        assert_eq!(Content::from_body(b""), Err(ContentError::Retracted));
        assert_eq!(Content::from_body(&[SCHEME_MLS, 1, 2]), Err(ContentError::UnknownScheme(1)));
        assert_eq!(Content::from_body(&[0, 1]), Err(ContentError::Malformed));
        let mut left_over = Content::text("x").unwrap().to_body().unwrap().into_vec();
        left_over.push(0);
        assert_eq!(Content::from_body(&left_over), Err(ContentError::Malformed));
    }
}
