//! What the window may ask of the engine.

use std::path::PathBuf;
use std::time::Duration;

use snug_proto::code::CodeName;
use snug_proto::entry::RoomKind;
use snug_proto::house::Act;
use snug_proto::id::{AccountId, BlobId, DeviceId, Origin, RoomId, Seq};
use snug_proto::invite::Destination;
use snug_proto::talk::{Presence, Privacy, Role, Target};
use zeroize::Zeroizing;

use crate::event::ItemKey;

/// Everything a window can want. Commands are answered by [events](crate::event::Event), never by a return value.
#[derive(Debug, Clone)]
pub enum Command {
    /// Log in or register with what was typed into the login form. The engine keeps the password, zeroized
    /// afterwards, until the form's outcome is known: trust questions and full servers do not ask for it again.
    Enter(Form),
    /// Open a server this client knows, with its device: no password. Shows the local copy at once.
    Open(ServerKey),
    /// The answer to a [trust question](crate::event::Phase::Trust), or to an [invite with another
    /// key](crate::event::Phase::Rekeyed).
    Answer(TrustAnswer),
    /// Try again now: after a full server, a lost connection, or Replaced ("use here").
    Retry,
    /// After [`Phase::TooManyDevices`](crate::event::Phase::TooManyDevices): log in here, and forget the device that was
    /// named.
    ReplaceDevice,
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
    /// Look at a room at a certain place; the timeline names the item in its `focus`.
    Jump {
        /// Which room.
        room: Target,
        /// Where in it.
        to: Place,
    },
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
    /// Keep what was typed and not sent; empty when nothing is.
    Draft {
        /// Where.
        room: Target,
        /// What.
        text: String,
    },
    /// Count a room as unread from an entry on, until it is read.
    MarkUnread {
        /// Which room.
        room: Target,
        /// From where; `None` takes the mark away.
        from: Option<Seq>,
    },
    /// Online or away.
    SetPresence(Presence),

    /// Queue a text. It is on this computer's disk before it is sent. `@name` mentions a person of the room, `@room`
    /// everybody.
    SendText {
        /// Where to.
        room: Target,
        /// What; at most [`snug_proto::limits::TEXT_MAX`] bytes.
        text: String,
        /// What it answers.
        reply_to: Option<ItemKey>,
    },
    /// Queue a file: it is uploaded, then takes its place in the outbox.
    SendFile {
        /// Where to.
        room: Target,
        /// Which file.
        path: PathBuf,
    },
    /// Queue another text for a message of one's own. One that waits in the queue is changed there.
    Edit {
        /// Which room.
        room: Target,
        /// Which message.
        item: ItemKey,
        /// What it says from now on.
        text: String,
    },
    /// Queue a reaction, or its end.
    React {
        /// Which room.
        room: Target,
        /// To which message.
        item: ItemKey,
        /// The emoji.
        emoji: String,
        /// Put there, or taken away.
        on: bool,
    },
    /// Queue the retraction of messages: of one's own, or as a moderator. Those that wait in the queue leave it.
    Retract {
        /// Which room.
        room: Target,
        /// Which messages.
        items: Vec<ItemKey>,
    },
    /// Queue a pin, or its end.
    Pin {
        /// Which room.
        room: Target,
        /// Which message.
        item: ItemKey,
        /// Pinned from now on.
        on: bool,
    },
    /// Queue copies of messages, in their order, for another room.
    Forward {
        /// From which room.
        from: Target,
        /// Which messages.
        items: Vec<ItemKey>,
        /// Where to.
        to: Target,
    },
    /// Ask for the earlier texts of a message; answered by [`Event::Versions`](crate::event::Event::Versions).
    Versions {
        /// Which room.
        room: Target,
        /// Which message.
        item: ItemKey,
    },
    /// Do something about rooms, people or the account, now: answered by
    /// [`Event::Done`](crate::event::Event::Done).
    Do {
        /// Comes back with the answer.
        ticket: u64,
        /// What.
        deed: Deed,
    },
    /// Make an invite; answered by [`Event::Invited`](crate::event::Event::Invited).
    Invite {
        /// How many people it lets in.
        uses: u16,
        /// How long it is good.
        life: Duration,
        /// A room that comes with it.
        room: Option<RoomId>,
    },
    /// Make a code that logs in another device of this account; answered by
    /// [`Event::Invited`](crate::event::Event::Invited).
    InviteDevice,
    /// Make codes to write down, each of which sets another password once; those there were do nothing any more.
    /// Answered by [`Event::RecoveryCodes`](crate::event::Event::RecoveryCodes).
    RecoveryCodes,
    /// Ask for this person's open invites; answered by [`Event::Invites`](crate::event::Event::Invites).
    Invites,
    /// Take an invite back; answered by the [invites](crate::event::Event::Invites) that are left.
    Uninvite(CodeName),
    /// Ask for the channels of this server; answered by [`Event::Channels`](crate::event::Event::Channels).
    Channels,
    /// Search this computer's copy; answered by [`Event::Found`](crate::event::Event::Found).
    Search {
        /// Comes back with the answer. A later search ends an earlier one.
        serial: u64,
        /// What was typed: words, "phrases", `from:` `in:` `before:` `after:` `has:file`.
        query: String,
        /// How many messages at most.
        limit: usize,
    },
    /// What becomes of the messages that a server put back from a backup lacks.
    Former(FormerFate),
    /// This folder was copied, or is in use elsewhere: get a device of one's own here. Asks for the password.
    OwnDevice(Password),
    /// Write a room with its files into a new folder inside this one.
    Export {
        /// Which room.
        room: Target,
        /// Where to.
        folder: PathBuf,
    },
    /// Read an export of Snug or another system into a new private room.
    Import {
        /// The export: a file, or the folder it stands in.
        path: PathBuf,
        /// What the room is called.
        name: String,
    },
    /// Stop the export or import under way; what is done of it stays.
    StopJob,
    /// List the devices of this person's account.
    Devices,
    /// Name a device of this person's account.
    NameDevice {
        /// Which one.
        device: DeviceId,
        /// Its name, as typed; empty for none.
        name: String,
    },
    /// Forget another device of this person's account, and cut it off.
    RevokeDevice(DeviceId),
    /// The same for every device but this one.
    RevokeOtherDevices,
    /// Change the password. Both are zeroized afterwards. Answered by [`Event::Done`](crate::event::Event::Done).
    ChangePassword {
        /// Comes back with the answer.
        ticket: u64,
        /// The one that holds.
        old: Password,
        /// The one from now on.
        new: Password,
    },
    /// Delete this person's account on the server, and then this computer's copy of it. Answered by
    /// [`Event::Done`](crate::event::Event::Done), behind which the login form shows.
    DeleteAccount {
        /// Comes back with the answer.
        ticket: u64,
        /// The password.
        password: Password,
        /// What becomes of what this person wrote.
        texts: TextsFate,
    },
    /// Look otherwise to others; answered by [`Event::Done`](crate::event::Event::Done).
    SetProfile {
        /// Comes back with the answer.
        ticket: u64,
        /// The name to show, as typed; empty for the account's.
        display: String,
        /// A colour of the palette, from 1; 0 for the one that follows from the name.
        colour: u8,
        /// The picture.
        picture: PictureChoice,
    },
    /// Ask how the server is doing; answered by [`Event::House`](crate::event::Event::House). For administrators, like
    /// all that follow up to `ResetPassword`.
    House,
    /// Ask for everybody with an account; answered by [`Event::People`](crate::event::Event::People).
    People,
    /// Ask for every open code; answered by [`Event::Codes`](crate::event::Event::Codes). [`Uninvite`](Self::Uninvite)
    /// takes any of them back.
    Codes,
    /// Ask for every ban; answered by [`Event::Bans`](crate::event::Event::Bans).
    Bans,
    /// Ask for somebody's devices; answered by [`Event::DevicesOf`](crate::event::Event::DevicesOf).
    DevicesOf(AccountId),
    /// Make a code by which somebody sets another password; answered by
    /// [`Event::Invited`](crate::event::Event::Invited).
    ResetPassword(AccountId),
    /// Send a failed item again.
    Resend(OutboxId),
    /// Delete a queued or failed item.
    Discard(OutboxId),
    /// Fetch a file into the received folder.
    Fetch(BlobId),
    /// Stop an upload or download.
    CancelTransfer(BlobId),
}

/// A place in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The newest message.
    Newest,
    /// The first unread message.
    FirstUnread,
    /// An entry.
    Entry(Seq),
    /// The entry of this name.
    Origin(Origin),
    /// The first entry at this time or later, in milliseconds since 1970 UTC.
    Date(i64),
}

/// What can be done about rooms, people and the account. It needs a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Make a room.
    CreateRoom {
        /// [`RoomKind::CHANNEL`] or [`RoomKind::PRIVATE`].
        kind: RoomKind,
        /// Its name, as typed.
        name: String,
        /// What it is about; may be empty.
        topic: String,
        /// Who is in it from the start.
        members: Vec<AccountId>,
    },
    /// Name a room anew.
    Rename {
        /// Which room.
        room: RoomId,
        /// Its new name, as typed.
        name: String,
    },
    /// Say what a room is about.
    SetTopic {
        /// Which room.
        room: RoomId,
        /// What it is about; may be empty.
        topic: String,
    },
    /// Become a member of a channel.
    Join(RoomId),
    /// Be a member no more.
    Leave(RoomId),
    /// Add people.
    AddMembers {
        /// Which room.
        room: RoomId,
        /// Whom.
        members: Vec<AccountId>,
    },
    /// Remove somebody.
    RemoveMember {
        /// Which room.
        room: RoomId,
        /// Whom.
        account: AccountId,
    },
    /// Say what a member may do.
    SetRole {
        /// Which room.
        room: RoomId,
        /// Whose role.
        account: AccountId,
        /// Which.
        role: Role,
    },
    /// Close a room to new content, or open it again.
    Archive {
        /// Which room.
        room: RoomId,
        /// Closed from now on.
        archived: bool,
    },
    /// Choose what others see.
    SetPrivacy(Privacy),
    /// Ignore somebody, or no more.
    Ignore {
        /// Whom.
        account: AccountId,
        /// From now on.
        ignored: bool,
    },
    /// Act as an administrator. Roles on the server are given by [`SetRole`](Self::SetRole) in the house room.
    Act(Act),
}

/// What becomes of what a person wrote when their account is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextsFate {
    /// It stays where others read it, under the account's name.
    Stay,
    /// It is emptied in every room, for good.
    Retract,
}

/// What becomes of a person's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PictureChoice {
    /// The one there is stays.
    Keep,
    /// None from now on.
    Remove,
    /// This file, cut to a square and made small.
    Take(PathBuf),
}

/// What becomes of messages that the server's log lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormerFate {
    /// They are sent again, in their order.
    Send,
    /// They stay in this computer's former copy only.
    Leave,
}

/// What was typed into the login form.
#[derive(Debug, Clone)]
pub struct Form {
    /// The server: an address, a link, or an address with a code that somebody dictated.
    pub server: Destination,
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
    /// "It is the same server": the new key of an invite joins the record of the old one.
    SameServer,
    /// "It is another one": a server of its own, beside the one that is known under this address.
    AnotherServer,
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
