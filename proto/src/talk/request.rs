//! What a client may ask.

use serde::{Deserialize, Serialize};

use super::{Change, Presence};
use crate::bounded::{Bytes, List, Text};
use crate::code::CodeName;
use crate::id::{AccountId, DeviceId, Number, RoomId, Seq};
use crate::limits::{LABEL_BYTES_MAX, WATCH_MAX};
use crate::login::Stretch;

/// What a client may ask. Append-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// The rooms the account has, in the order of their ids; answered by [`Reply::Rooms`].
    Rooms {
        /// The last id known; 0 from the start.
        after: RoomId,
    },
    /// The members of a room, in the order of their ids; answered by [`Reply::Members`].
    Members {
        /// Which room.
        room: RoomId,
        /// The last id known; 0 from the start.
        after: AccountId,
    },
    /// A page of a room's log; answered by [`Reply::Page`].
    Page {
        /// Which room.
        room: RoomId,
        /// The first (forward) or last (backward) entry wanted, included.
        from: Seq,
        /// Which way.
        direction: Direction,
        /// At most so many entries; 0 means 1, and over [`PAGE_ENTRIES_MAX`] means that.
        limit: u8,
    },
    /// A change under the device's next number. An append is answered by [`Push::Appended`] in the log's order, a
    /// refusal by a reply.
    Change {
        /// The device's mark + 1, + 2, … in the order of its outbox.
        number: Number,
        /// What is to change.
        change: Change,
    },
    /// Tells presence, typing and read marks of these rooms from now on, and of no others; answered by
    /// [`Reply::Done`].
    Watch {
        /// The rooms.
        rooms: List<RoomId, WATCH_MAX>,
    },
    /// Somebody types. No reply.
    Typing {
        /// Where.
        room: RoomId,
    },
    /// The account has read up to here; never moves back; answered by [`Reply::Done`].
    ReadUpTo {
        /// Which room.
        room: RoomId,
        /// The last entry read.
        seq: Seq,
    },
    /// How the person wants to be seen from now on; answered by [`Reply::Done`].
    SetPresence {
        /// Online or away.
        presence: Presence,
    },
    /// Forgets this device for good: answered by [`Reply::Done`], then the session ends.
    LogOut,
    /// Wants a [`Push::Pong`]. No reply.
    Ping,
    /// Answers a [`Push::Ping`]. No reply.
    Pong,
    /// The channels of this server, joined or not, in the order of their ids; answered by [`Reply::Channels`].
    Channels {
        /// The last id known; 0 from the start.
        after: RoomId,
    },
    /// The first readable entry written at a time or later; answered by [`Reply::Place`].
    SeqAt {
        /// Which room.
        room: RoomId,
        /// Milliseconds since 1970 UTC.
        at: i64,
    },
    /// How far the present members of a small room have read; answered by [`Reply::Marks`].
    Marks {
        /// Which room.
        room: RoomId,
    },
    /// Marks a room unread from an entry on, for this account only, until it reads on; answered by [`Reply::Done`].
    MarkUnread {
        /// Which room.
        room: RoomId,
        /// The first entry that counts as unread; 0 takes the mark away.
        seq: Seq,
    },
    /// What the account has chosen for itself; answered by [`Reply::Account`].
    Account,
    /// Makes an invite; answered by [`Reply::Code`]. An answer that is lost leaves one that nobody knows: it is listed,
    /// can be revoked, and expires.
    Invite {
        /// How many people it lets in.
        uses: u16,
        /// How long it is good, in seconds.
        life: u32,
        /// A room whoever uses it becomes a member of, beside the lobby; 0 for none.
        room: RoomId,
    },
    /// Makes a code that logs in one more device of this account; answered by [`Reply::Code`].
    InviteDevice,
    /// The open invites that this account made; answered by [`Reply::Invites`].
    Invites,
    /// Takes an open code of this account back; answered by [`Reply::Done`].
    RevokeCode {
        /// Which one.
        code: CodeName,
    },
    /// Makes codes to write down, each of which sets another password once; those there were are revoked. Answered by
    /// [`Reply::RecoveryCodes`].
    RecoveryCodes,
    /// How this account can be got into; answered by [`Reply::Access`].
    Access,
    /// Names a device of this account; answered by [`Reply::Done`].
    NameDevice {
        /// Which one.
        device: DeviceId,
        /// Its name for people; empty for none.
        name: Text<LABEL_BYTES_MAX>,
    },
    /// Forgets another device of this account and ends what it has open; answered by [`Reply::Done`].
    RevokeDevice {
        /// Which one.
        device: DeviceId,
    },
    /// The same for every device but this one, and the open codes for further ones; answered by [`Reply::Done`].
    RevokeOthers,
    /// Begins to prove the account's password on this connection, for the next [`Request::ChangePassword`] or
    /// [`Request::DeleteAccount`]; answered by [`Reply::ProofChallenge`]. Tries are counted as at login.
    ProofStart {
        /// OPAQUE `KE1`, 96 bytes.
        ke1: Bytes<96>,
    },
    /// Begins to make another password; answered by [`Reply::PasswordChallenge`].
    PasswordStart {
        /// OPAQUE `RegistrationRequest`, 32 bytes.
        request: Bytes<32>,
    },
    /// Sets another password; the other devices are told. Answered by [`Reply::Done`].
    ChangePassword {
        /// OPAQUE `KE3`, 64 bytes: proves the password that holds.
        ke3: Bytes<64>,
        /// OPAQUE `RegistrationRecord`, 192 bytes.
        upload: Bytes<192>,
        /// How the new password was stretched.
        stretch: Stretch,
    },
    /// Deletes this account for good: devices, codes, files that no entry names, picture and choices. Its name stays taken,
    /// so that nobody can pose as it. Answered by [`Reply::Done`], then the session ends.
    DeleteAccount {
        /// OPAQUE `KE3`, 64 bytes: proves the password.
        ke3: Bytes<64>,
        /// What the account wrote is emptied, in every room, before it goes; else it stays, under its name.
        texts: bool,
    },
    /// Who looks otherwise than by their name alone, in the order of their ids; answered by [`Reply::Profiles`].
    Profiles {
        /// The last id known; 0 from the start.
        after: AccountId,
    },
    /// How the server is doing, for administrators; answered by [`Reply::House`].
    House,
    /// Everybody with an account, in the order of their ids, for administrators; answered by [`Reply::People`].
    People {
        /// The last id known; 0 from the start.
        after: AccountId,
    },
    /// Every open code, for administrators; answered by [`Reply::Codes`]. [`Request::RevokeCode`] takes any of them back.
    Codes,
    /// Every ban, for administrators; answered by [`Reply::Bans`].
    Bans,
    /// Somebody's devices, for administrators; answered by [`Reply::Access`].
    DevicesOf {
        /// Whose.
        account: AccountId,
    },
    /// Makes a code by which somebody sets another password, for owners; answered by [`Reply::Code`].
    Reset {
        /// Whose.
        account: AccountId,
    },
}

/// Which way a page goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// Towards newer entries. The page is in ascending order.
    Forward,
    /// Towards older entries. The page is in ascending order as well.
    Backward,
}
