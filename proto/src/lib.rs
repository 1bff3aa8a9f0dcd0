//! What Snug's server and clients must agree on. It knows no sockets, no disk and no screen.
//!
//! The conversation, on a TLS 1.3 connection whose ALPN chose the lane:
//!
//! 1. The client says [`Hello`](hello::Hello); the server answers with a version and a
//!    [`Welcome`](hello::Welcome), or which versions it speaks.
//! 2. The client registers, logs in by password (OPAQUE) or by its device's signature ([`login`]).
//! 3. It asks for its rooms and pages what its copy lacks ([`talk`]).
//! 4. It sends changes under numbers of its own; each is settled once, and an acknowledged one is on disk.
//! 5. The server pushes what is new. A push is a hint; the log is the truth.
//! 6. Who runs the server does it as a member with a role in its [house].
//! 7. Files go over a lane of their own ([`mod@file`]), so that they never delay a word.
//!
//! A room is a log of [entries](entry); what people write in them is [`content`], which only clients read. Every
//! number has a bound in [`limits`]; every frame goes through [`codec`].

pub mod address;
pub mod bounded;
pub mod code;
pub mod codec;
pub mod content;
pub mod entry;
pub mod file;
pub mod fingerprint;
pub mod hello;
pub mod house;
pub mod id;
pub mod invite;
pub mod limits;
pub mod link;
pub mod login;
pub mod name;
pub mod profile;
pub mod refusal;
pub mod talk;
pub mod version;

pub use address::Address;
pub use code::Code;
pub use fingerprint::Fingerprint;
pub use invite::Invite;
pub use link::MessageLink;
pub use name::Username;
