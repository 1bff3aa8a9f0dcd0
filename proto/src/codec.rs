//! Frames: a length, then one postcard value. Plain functions over bytes; no I/O happens here.
//!
//! The length is a little-endian `u32` and counts the value only. It is refused before anything is allocated when
//! it is over the limit *of the present state*, and bytes left over behind the value are an error.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes of a frame's length.
pub const PREFIX_LEN: usize = 4;

/// The peer announced a frame longer than the present state allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {len} bytes is over the limit of {max}")]
pub struct FrameTooLong {
    /// What was announced.
    pub len: usize,
    /// What is allowed now.
    pub max: usize,
}

/// Bytes that are not the value they should be: the peer's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed bytes")]
pub struct Malformed;

/// How many bytes follow a prefix.
///
/// # Errors
/// [`FrameTooLong`] over `max`.
pub fn frame_len(prefix: [u8; PREFIX_LEN], max: usize) -> Result<usize, FrameTooLong> {
    let len = u32::from_le_bytes(prefix) as usize;
    if len > max { Err(FrameTooLong { len, max }) } else { Ok(len) }
}

/// Appends a whole frame to `out`; leaves `out` as it was when the value does not fit.
///
/// # Errors
/// [`FrameTooLong`] over `max`: a fault of this side.
pub fn encode_frame<T: Serialize>(value: &T, max: usize, out: &mut Vec<u8>) -> Result<(), FrameTooLong> {
    let start = out.len();
    out.extend([0; PREFIX_LEN]);
    let mut filled = postcard::to_extend(value, std::mem::take(out)).expect("our types have known lengths");
    let len = filled.len() - start - PREFIX_LEN;
    if len > max {
        filled.truncate(start);
        *out = filled;
        return Err(FrameTooLong { len, max });
    }
    let prefix = u32::try_from(len).expect("limits are far below 4 GiB").to_le_bytes();
    filled[start..start + PREFIX_LEN].copy_from_slice(&prefix);
    *out = filled;
    Ok(())
}

/// Reads the value of a whole frame (without its prefix).
///
/// # Errors
/// [`Malformed`] when it is another value or bytes are left over.
pub fn decode_frame<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Malformed> {
    decode_value(bytes)
}

/// A value in postcard, without a length in front.
pub fn encode_value<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).expect("our types have known lengths")
}

/// Reads a value that fills `bytes` exactly.
///
/// # Errors
/// [`Malformed`] when it is another value or bytes are left over.
pub fn decode_value<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Malformed> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok(_) | Err(_) => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_follow_each_other() {
        let mut out = Vec::new();
        encode_frame(&7u8, 10, &mut out).unwrap();
        encode_frame(&"hi", 10, &mut out).unwrap();
        assert_eq!(out, [1, 0, 0, 0, 7, 3, 0, 0, 0, 2, b'h', b'i']);
    }

    #[test]
    fn a_value_over_the_limit_leaves_nothing_behind() {
        let mut out = vec![9];
        assert_eq!(encode_frame(&"four", 4, &mut out), Err(FrameTooLong { len: 5, max: 4 }));
        assert_eq!(out, [9]);
    }

    #[test]
    fn a_length_of_four_gibibytes_is_refused_by_its_prefix() {
        assert!(frame_len([0xff; 4], crate::limits::FRAME_MAX).is_err());
        assert_eq!(frame_len([2, 1, 0, 0], 258), Ok(258));
    }

    #[test]
    fn left_over_bytes_are_an_error() {
        assert_eq!(decode_frame::<u8>(&[1, 2]), Err(Malformed));
        assert_eq!(decode_frame::<u8>(&[]), Err(Malformed));
    }
}
