//! What the window may ask of the engine.

use std::path::PathBuf;

use snug_proto::Address;
use snug_proto::id::{BlobId, Seq};
use snug_proto::talk::{Presence, Target};
use zeroize::Zeroizing;

/// Everything a window can want. Commands are answered by [events](crate::event::Event), never by a return value.
#[derive(Debug, Clone)]
pub enum Command {
    /// Log in or register with what was typed into the login form. The engine keeps the password, zeroized
    /// afterwards, until the form's outcome is known: trust questions and full servers do not ask for it again.
    Enter(Form),
    /// Open a server this client knows, with its device: no password. Shows the local copy at once.
    Open(ServerKey),
    /// The answer to a [trust question](crate::event::Phase::Trust).
    Answer(TrustAnswer),
    /// Try again now: after a full server, a lost connection, or Replaced ("use here").
    Retry,
    /// Stop what is under way (connecting, waiting for a seat) and go back to the login form.
    Leave,
    /// "Prove it with my password" on the changed-key screen: a provisional connection that carries the OPAQUE
    /// login only.
    Prove(Password),
    /// The person compared the words of a server that was trusted unseen.
    WordsCompared,
    /// Forget this device here and, where it can be reached, on the server.
    LogOut {
        /// Whether this computer's copy goes too.
        copy: CopyFate,
    },

    /// Look at a room: its newest page. The engine sends a timeline now and whenever it changes.
    Show(Target),
    /// Move the timeline's window towards older items.
    Older,
    /// Move the timeline's window towards newer items.
    Newer,
    /// The person has seen the shown room up to here.
    Read {
        /// Which room.
        room: Target,
        /// The last entry seen.
        seq: Seq,
    },
    /// Somebody types in the composer of this room.
    Typing(Target),
    /// Online or away.
    SetPresence(Presence),

    /// Queue a text. It is on this computer's disk before it is sent.
    SendText {
        /// Where to.
        room: Target,
        /// What; at most [`snug_proto::limits::TEXT_MAX`] bytes.
        text: String,
    },
    /// Queue a file: it is uploaded, then takes its place in the outbox.
    SendFile {
        /// Where to.
        room: Target,
        /// Which file.
        path: PathBuf,
    },
    /// Send a failed item again.
    Resend(OutboxId),
    /// Delete a queued or failed item.
    Discard(OutboxId),
    /// Fetch a file into the received folder.
    Fetch(BlobId),
    /// Stop an upload or download.
    CancelTransfer(BlobId),
}

/// What was typed into the login form.
#[derive(Debug, Clone)]
pub struct Form {
    /// The server.
    pub address: Address,
    /// The name, as typed: the engine says what is wrong with it.
    pub name: String,
    /// The password.
    pub password: Password,
    /// Which button was pressed.
    pub intent: Intent,
}

/// Which button was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// "Log in".
    LogIn,
    /// "Create an account".
    Register,
}

/// The answer to a trust question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustAnswer {
    /// "They match": the words were compared.
    TheyMatch,
    /// "Trust without comparing": kept and shown as such.
    WithoutComparing,
    /// "Prove it by logging in": existing accounts only.
    ProveByLogin,
    /// "Not now": leaves no trace.
    NotNow,
}

/// What happens to this computer's copy at logout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyFate {
    /// It stays, readable here.
    Keep,
    /// It is deleted, unsent messages included.
    Delete,
}

/// A server record of this client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerKey(pub u32);

/// An item of the outbox, on this computer only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OutboxId(pub i64);

/// A password: zeroized when dropped, shown by nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes what was typed.
    pub fn new(typed: impl Into<String>) -> Self {
        Self(Zeroizing::new(typed.into()))
    }
    /// What was typed.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}
impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}
