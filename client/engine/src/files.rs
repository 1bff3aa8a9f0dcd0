//! Files: named so that they can do no harm, read and written off the async threads, and moved over a lane of their
//! own, one after another.
//!
//! A file is what its BLAKE3 says. What arrives is written beside its goal and only takes the final name when it is
//! complete and right; what is sent is hashed while it is read, and must not change meanwhile.

pub(crate) mod lane;
pub mod media_type;
pub mod outgoing;
pub(crate) mod picture;
pub(crate) mod pixels;
pub mod problem;
pub mod received;
pub mod safe_name;
pub mod speed;

pub use media_type::media_type;
pub(crate) use pixels::pixels;
pub use problem::FileProblem;
pub use safe_name::safe_name;
