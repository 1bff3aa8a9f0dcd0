//! What both sides must agree on, to the byte.
//!
//! `snapshot` pins the bytes of every wire type; `property` checks that what was written is read back and that
//! hostile bytes only ever yield an error; `limits` that the largest of everything fits where it has to; `document`
//! that docs/PROTOCOL.md says the same.

mod document;
mod limits;
mod property;
mod snapshot;
