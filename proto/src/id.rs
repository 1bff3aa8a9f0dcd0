//! The names of things on the wire.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
        pub struct $name(pub $inner);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number_id!(
    /// A room on one server; always below 2^31, so that room and sequence number make one positive `i64`.
    RoomId(u32)
);
number_id!(
    /// A place in a room's log. The first entry is 1; 0 means "before the first".
    Seq(u32)
);
number_id!(
    /// A person on one server; 0 is the server itself.
    AccountId(u64)
);
number_id!(
    /// One place where an account is logged in: a random 64-bit value; 0 is the server itself.
    DeviceId(u64)
);
number_id!(
    /// A device's count of its changes; the first is 1.
    Number(u64)
);

impl Seq {
    /// The next place. Saturates: a room ends at 2^32 - 1 entries and the server refuses more.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// An entry's name before it has a place: which device made it, and as which of its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// The device that made the entry.
    pub device: DeviceId,
    /// Its number there.
    pub number: Number,
}

/// An uploaded file: 128 random bits, chosen by the device that uploads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BlobId(pub [u8; 16]);

/// A server's log: 128 random bits in its database. A restored backup gets another one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LogId(pub [u8; 16]);

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}
impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}
impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}
impl fmt::Debug for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}
