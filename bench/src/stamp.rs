//! Bodies that carry the time they were sent. Nobody opens them, so they need not be content.

use std::time::{SystemTime, UNIX_EPOCH};

use snug_proto::bounded::Bytes;
use snug_proto::entry::Body;

/// Bytes that a stamp takes.
pub(crate) const LEN_MIN: usize = 9;

fn now_us() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_micros())
        .expect("before 586524 AD")
}

/// A body of this length, sent now.
pub(crate) fn stamped(len: usize) -> Body {
    let mut body = vec![0xff; len];
    body[1..LEN_MIN].copy_from_slice(&now_us().to_le_bytes());
    Bytes::new(body).expect("bench bodies are small")
}

/// Microseconds since a body was sent.
pub(crate) fn age(body: &[u8]) -> Option<u64> {
    let sent = u64::from_le_bytes(body.get(1..LEN_MIN)?.try_into().ok()?);
    Some(now_us().saturating_sub(sent))
}
