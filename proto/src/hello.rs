//! The hello: the first frame of each side, in a layout that never changes shape, so that old and new can always
//! refuse each other politely.
//!
//! Client: `"SNUG"`, lowest version (u16), highest version (u16), length of the client's name (u8), the name.
//! Server: `"SNUG"`, `1`, the chosen version (u16), a [`Welcome`] in postcard as that version has it; or
//! `"SNUG"`, `2`, lowest version (u16), highest version (u16). Numbers are little-endian.

use serde::{Deserialize, Serialize};

use crate::bounded::Text;
use crate::codec::{self, Malformed};
use crate::id::LogId;
use crate::limits::LABEL_BYTES_MAX;
use crate::version::Version;

const MAGIC: [u8; 4] = *b"SNUG";
const WELCOME: u8 = 1;
const UNSUPPORTED: u8 = 2;

/// What a client says first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// The oldest version it speaks.
    pub lowest: Version,
    /// The newest version it speaks.
    pub highest: Version,
    /// Name and version of the program, for the operator's eyes.
    pub client: Text<LABEL_BYTES_MAX>,
}

impl Hello {
    /// The bytes of the frame, without its length.
    pub fn encode(&self) -> Vec<u8> {
        let name = self.client.as_str().as_bytes();
        let mut out = Vec::with_capacity(9 + name.len());
        out.extend(MAGIC);
        out.extend(self.lowest.to_le_bytes());
        out.extend(self.highest.to_le_bytes());
        out.push(u8::try_from(name.len()).expect("labels are at most 64 bytes"));
        out.extend(name);
        out
    }

    /// Reads the bytes of a frame. What a later layout puts behind the name is not an error.
    ///
    /// # Errors
    /// [`Malformed`] when this is no hello.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let (lowest, rest) = u16_after(MAGIC, bytes)?;
        let (highest, rest) = take_u16(rest)?;
        let (&len, rest) = rest.split_first().ok_or(Malformed)?;
        let name = rest.get(..usize::from(len)).ok_or(Malformed)?;
        let name = std::str::from_utf8(name).map_err(|_| Malformed)?;
        Ok(Self { lowest, highest, client: Text::new(name).map_err(|_| Malformed)? })
    }
}

/// What a server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelloAnswer {
    /// Version agreed.
    Welcome {
        /// The version both now speak.
        version: Version,
        /// What a client should know before it logs in.
        welcome: Welcome,
    },
    /// No version in common.
    Unsupported {
        /// The oldest version the server speaks.
        lowest: Version,
        /// The newest version the server speaks.
        highest: Version,
    },
}

impl HelloAnswer {
    /// The bytes of the frame, without its length.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        match self {
            Self::Welcome { version, welcome } => {
                out.push(WELCOME);
                out.extend(version.to_le_bytes());
                out.extend(codec::encode_value(welcome));
            }
            Self::Unsupported { lowest, highest } => {
                out.push(UNSUPPORTED);
                out.extend(lowest.to_le_bytes());
                out.extend(highest.to_le_bytes());
            }
        }
        out
    }

    /// Reads the bytes of a frame.
    ///
    /// # Errors
    /// [`Malformed`] when this is no answer to a hello.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let rest = bytes.strip_prefix(&MAGIC).ok_or(Malformed)?;
        let (&tag, rest) = rest.split_first().ok_or(Malformed)?;
        let (first, rest) = take_u16(rest)?;
        match tag {
            WELCOME => Ok(Self::Welcome { version: first, welcome: codec::decode_value(rest)? }),
            UNSUPPORTED => Ok(Self::Unsupported { lowest: first, highest: take_u16(rest)?.0 }),
            _ => Err(Malformed),
        }
    }
}

/// What a client should know before it logs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The server's name for people.
    pub name: Text<LABEL_BYTES_MAX>,
    /// Who may register.
    pub registration: Registration,
    /// Seats in all.
    pub max_users: u32,
    /// Changes a device may make per second; the client paces itself below it.
    pub changes_per_second: u16,
    /// Changes a device may make at once after a pause.
    pub changes_burst: u16,
    /// The largest file, in bytes; 0 when there is no limit.
    pub file_max: u64,
    /// The log this server keeps. Another one means that a backup was restored.
    pub log: LogId,
}

/// Who may register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Registration {
    /// Anybody who can reach the server.
    Open,
    /// Nobody.
    Closed,
    /// Reserved: who has an invite.
    Invite,
}

fn take_u16(bytes: &[u8]) -> Result<(u16, &[u8]), Malformed> {
    let (value, rest) = bytes.split_first_chunk::<2>().ok_or(Malformed)?;
    Ok((u16::from_le_bytes(*value), rest))
}
fn u16_after(magic: [u8; 4], bytes: &[u8]) -> Result<(u16, &[u8]), Malformed> {
    take_u16(bytes.strip_prefix(&magic).ok_or(Malformed)?)
}
