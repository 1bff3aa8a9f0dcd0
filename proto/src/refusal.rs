//! What a server says when it does not do what was asked, or ends the conversation.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::bounded::Text;
use crate::limits::SENTENCE_BYTES_MAX;
use crate::login::Outcome;

/// Not done. It names the cause, carries a sentence for people and, where waiting helps, how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The cause, for programs.
    pub cause: Cause,
    /// The cause, for people who have nothing better: clients show their own words where they know the cause.
    pub sentence: Text<SENTENCE_BYTES_MAX>,
    /// Seconds after which trying again may help.
    pub retry_after: Option<u32>,
}

impl Refusal {
    /// A refusal with the cause's own sentence and no waiting.
    pub fn new(cause: Cause) -> Self {
        Self { cause, sentence: Text::cut(&cause.to_string()), retry_after: None }
    }
    /// The same, worth trying again after `wait` (whole seconds, rounded up).
    pub fn after(cause: Cause, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Self { retry_after: Some(u32::try_from(seconds).unwrap_or(u32::MAX)), ..Self::new(cause) }
    }
}

/// Why something was not done. Append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
pub enum Cause {
    /// The request cannot be read, or is not allowed now.
    #[error("The request was not understood.")]
    Malformed,
    /// The name breaks the rules of [`Username`](crate::name::Username).
    #[error("This name cannot be used.")]
    BadName,
    /// Somebody has this name, or one that looks like it.
    #[error("This name is taken, or looks like one that is.")]
    NameTaken,
    /// The server takes no new accounts.
    #[error("This server takes no new accounts.")]
    RegistrationClosed,
    /// Wrong password, or nobody has this name: which one is not said.
    #[error("Name or password is wrong.")]
    WrongNameOrPassword,
    /// Too many tries; wait.
    #[error("Too many tries.")]
    TooManyTries,
    /// SERVER_FULL: all seats are taken.
    #[error("The server is full: all {max} seats are taken.")]
    ServerFull {
        /// How many seats there are.
        max: u32,
    },
    /// The server does not know this device (any more), or its signature is wrong.
    #[error("The server does not know this device any more.")]
    UnknownDevice,
    /// The account has as many devices as it may.
    #[error("This account has as many devices as it may.")]
    TooManyDevices,
    /// No such room, or not a member.
    #[error("There is no such room, or you are not in it.")]
    UnknownRoom,
    /// No such person.
    #[error("There is no such person here.")]
    UnknownAccount,
    /// An entry names a file that is not there, or not theirs to name.
    #[error("The file is not on the server.")]
    UnknownBlob,
    /// Larger than the operator's limit.
    #[error("This is larger than the server takes.")]
    TooLarge,
    /// The account's space for files is used up.
    #[error("Your space for files on this server is used up.")]
    QuotaExceeded,
    /// The server's disk or database is full. Retryable: the number is not settled.
    #[error("The server's disk is full.")]
    Full,
    /// Too much at once. Retryable: the number is not settled.
    #[error("The server is busy.")]
    Busy,
    /// Reserved: another generation or epoch is in use. Retryable: the number is not settled.
    #[error("The room has moved on.")]
    Stale,
    /// An earlier number is not settled. Retryable: the number is not settled.
    #[error("An earlier change is not done yet.")]
    OutOfOrder,
    /// This number is settled already; nothing was changed.
    #[error("This change was settled before.")]
    Repeat,
    /// A fault of the server. Its log says more.
    #[error("The server made a mistake.")]
    Internal,
    /// The account has no right to do this in the room.
    #[error("You may not do this here.")]
    NotAllowed,
    /// A channel has this name, or one that looks like it.
    #[error("A channel has this name, or one that looks like it.")]
    RoomNameTaken,
    /// An entry that was named is not there, or is another.
    #[error("What this is about is not there any more.")]
    NotThere,
    /// The room is closed to new content.
    #[error("This room is archived: it can be read, not written.")]
    Archived,
    /// The account opened many rooms lately; wait.
    #[error("Too many new rooms at once.")]
    TooManyRooms,
    /// The person ignores this account, and there is no direct room yet.
    #[error("This person takes no new conversation from you.")]
    NotWelcome,
    /// The room would have no owner any more.
    #[error("A room keeps at least one owner.")]
    LastOwner,
    /// A list of people is full.
    #[error("This is more people than the list takes.")]
    TooManyPeople,
    /// No such code, another secret, or too many tries: which one is not said.
    #[error("This code is wrong, or was tried too often.")]
    WrongCode,
    /// The code was right, and its time is over.
    #[error("This code has expired. Ask for a new one.")]
    CodeExpired,
    /// The code was right, and others were faster.
    #[error("This code is used up. Ask for a new one.")]
    CodeUsedUp,
    /// The code was right, and was taken back.
    #[error("This code was revoked. Ask for a new one.")]
    CodeRevoked,
    /// The server takes new accounts by invite only.
    #[error("This server takes new accounts by invite only.")]
    InviteNeeded,
    /// The account has as many open invites as it may.
    #[error("You have as many open invites as you may. Revoke one first.")]
    TooManyInvites,
    /// The password that was to prove who asks is another one.
    #[error("The password is wrong.")]
    WrongPassword,
    /// The account, or this device, is kept out by an administrator.
    #[error("You are banned from this server.")]
    Banned,
    /// The network is kept out by an administrator.
    #[error("This server takes no new logins from your network.")]
    SourceBanned,
    /// The server would have no owner any more.
    #[error("You are the last owner of this server. Make somebody else an owner first.")]
    LastServerOwner,
    /// There are as many bans as there can be.
    #[error("There are as many bans as there can be. Lift one first.")]
    TooManyBans,
}

impl Cause {
    /// Whether the number stays open, so that the same change may go out again.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Full | Self::Busy | Self::Stale | Self::OutOfOrder)
    }

    /// What stands in the device's row when this settled a number. Never 0: that is [`Outcome::DONE`].
    pub fn outcome(self) -> Outcome {
        Outcome(match self {
            Self::Malformed => 1,
            Self::BadName => 2,
            Self::NameTaken => 3,
            Self::RegistrationClosed => 4,
            Self::WrongNameOrPassword => 5,
            Self::TooManyTries => 6,
            Self::ServerFull { .. } => 7,
            Self::UnknownDevice => 8,
            Self::TooManyDevices => 9,
            Self::UnknownRoom => 10,
            Self::UnknownAccount => 11,
            Self::UnknownBlob => 12,
            Self::TooLarge => 13,
            Self::QuotaExceeded => 14,
            Self::Full => 15,
            Self::Busy => 16,
            Self::Stale => 17,
            Self::OutOfOrder => 18,
            Self::Repeat => 19,
            Self::Internal => 20,
            Self::NotAllowed => 21,
            Self::RoomNameTaken => 22,
            Self::NotThere => 23,
            Self::Archived => 24,
            Self::TooManyRooms => 25,
            Self::NotWelcome => 26,
            Self::LastOwner => 27,
            Self::TooManyPeople => 28,
            Self::WrongCode => 29,
            Self::CodeExpired => 30,
            Self::CodeUsedUp => 31,
            Self::CodeRevoked => 32,
            Self::InviteNeeded => 33,
            Self::TooManyInvites => 34,
            Self::WrongPassword => 35,
            Self::Banned => 36,
            Self::SourceBanned => 37,
            Self::LastServerOwner => 38,
            Self::TooManyBans => 39,
        })
    }

    /// The cause that a settled number ended with; `None` for [`Outcome::DONE`] and for codes of a newer server.
    pub fn from_outcome(outcome: Outcome) -> Option<Self> {
        [
            Self::Malformed,
            Self::BadName,
            Self::NameTaken,
            Self::TooLarge,
            Self::UnknownRoom,
            Self::UnknownAccount,
            Self::UnknownBlob,
            Self::QuotaExceeded,
            Self::Internal,
            Self::NotAllowed,
            Self::RoomNameTaken,
            Self::NotThere,
            Self::Archived,
            Self::TooManyRooms,
            Self::NotWelcome,
            Self::LastOwner,
            Self::TooManyPeople,
            Self::LastServerOwner,
            Self::TooManyBans,
        ]
        .into_iter()
        .find(|cause| cause.outcome() == outcome)
    }
}

/// The last thing a server says on a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goodbye {
    /// Why the connection ends.
    pub why: Why,
    /// Seconds after which to come back; the server spreads these.
    pub retry_after: Option<u32>,
}

/// Why a connection ends. Append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
pub enum Why {
    /// A newer session of this device took its place.
    #[error("this device is in use elsewhere")]
    Replaced,
    /// The server stops or restarts.
    #[error("the server stops")]
    ShuttingDown,
    /// The peer took nothing for too long.
    #[error("the connection was too slow")]
    TooSlow,
    /// The peer was silent for too long, or did not log in in time.
    #[error("nothing came for too long")]
    Silent,
    /// The peer broke the protocol.
    #[error("the protocol was broken")]
    Malformed,
    /// The device was logged out or revoked.
    #[error("this device was logged out")]
    Revoked,
    /// Too many connections.
    #[error("too many connections")]
    Busy,
    /// A fault of the server.
    #[error("the server made a mistake")]
    Internal,
    /// An administrator sent the account out: it comes back when its person wants.
    #[error("an administrator sent you out")]
    Kicked,
    /// An administrator keeps the account, or this device, out.
    #[error("you are banned from this server")]
    Banned,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_that_settles_is_told_again_after_a_cut() {
        for cause in [
            Cause::UnknownRoom,
            Cause::UnknownAccount,
            Cause::UnknownBlob,
            Cause::TooLarge,
            Cause::NotAllowed,
            Cause::RoomNameTaken,
            Cause::NotThere,
            Cause::Archived,
            Cause::TooManyRooms,
            Cause::NotWelcome,
            Cause::LastOwner,
            Cause::TooManyPeople,
        ] {
            assert!(!cause.is_retryable());
            assert_eq!(Cause::from_outcome(cause.outcome()), Some(cause));
        }
        assert_eq!(Cause::from_outcome(Outcome::DONE), None);
    }

    #[test]
    fn waiting_is_rounded_up() {
        assert_eq!(Refusal::after(Cause::TooManyTries, Duration::from_millis(1200)).retry_after, Some(2));
    }

    #[test]
    fn every_sentence_fits() {
        let full = Refusal::new(Cause::ServerFull { max: u32::MAX });
        assert!(full.sentence.as_str().ends_with('.'));
    }
}
