//! What went wrong, in sentences.

use std::time::Duration;

use snug_proto::Address;
use snug_proto::name::BadName;

/// What went wrong, with a plain sentence for each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nobody answers there.
    #[error("Nobody answers at {0}. Is the address right, and does the server run?")]
    Unreachable(Address),
    /// This computer has no network, or the name is unknown.
    #[error("The name {0} cannot be found. Is it spelled right, and is this computer online?")]
    UnknownHost(String),
    /// Something answers, but no Snug server of our kind.
    #[error("Something answers at {0}, but it is not a Snug server, or one of a very different age.")]
    NotSnug(Address),
    /// No protocol version in common.
    #[error("{}", if *.server_is_newer { "This server is newer than this Snug. Please update Snug." } else { "This server is older than this Snug. Please ask its administrator to update it." })]
    Incompatible {
        /// Who has to update.
        server_is_newer: bool,
    },
    /// The connection broke.
    #[error("The connection was lost.")]
    ConnectionLost,
    /// The server said goodbye.
    #[error("The server closed the connection: {0}.")]
    Goodbye(snug_proto::refusal::Why),
    /// The name cannot be one.
    #[error("{0}")]
    BadName(BadName),
    /// The password is too easy; the sentence says why.
    #[error("This password is too easy to guess. {0}")]
    WeakPassword(String),
    /// Somebody has this name.
    #[error("This name is taken, or looks like one that is. Please choose another.")]
    NameTaken,
    /// The server takes no new accounts.
    #[error("This server takes no new accounts. Ask its administrator to let you in.")]
    RegistrationClosed,
    /// The server takes new accounts by invite only.
    #[error(
        "This server takes new accounts by invite only. Ask somebody there for a link, and paste it here."
    )]
    InviteNeeded,
    /// The server that answers is not the one the link was made for.
    #[error(
        "The server at {0} is not the one this invite was made for. Nothing was sent. Ask for a new link."
    )]
    NotInvitedHere(Address),
    /// The server, which is trusted, does not know the code.
    #[error(
        "The server does not know this code: it is for another server, mistyped, or was tried too often."
    )]
    WrongCode,
    /// A code that was to prove the server did not.
    #[error(
        "The code did not prove this server: it is mistyped, was tried too often, or this is not the server it was \
         made for. Nothing else was sent."
    )]
    CodeNotProven,
    /// The code was right, and its time is over.
    #[error("This invite, or code, has expired. Ask for a new one.")]
    CodeExpired,
    /// The code was right, and others were faster.
    #[error("This invite, or code, is used up: somebody came in with it. Ask for a new one.")]
    CodeUsedUp,
    /// The code was right, and was taken back.
    #[error("This invite, or code, was revoked. Ask for a new one.")]
    CodeRevoked,
    /// The code belongs to another account than the one whose name was typed.
    #[error("This code is for the account {0}. Type that name to use it.")]
    CodeForAnother(String),
    /// The code is for something else than what was asked for.
    #[error("This code does not let anybody register. Press “Log in” with it instead.")]
    CodeNotForThis,
    /// Wrong password or unknown name.
    #[error("Name or password is wrong.")]
    WrongNameOrPassword,
    /// The login failed over a connection whose server is not proven.
    #[error("The login failed: the name or the password is wrong, or this is not your server.")]
    NotProven,
    /// Too many tries.
    #[error("Too many tries. Please wait {} before the next one.", plain_time(*.wait))]
    TooManyTries {
        /// How long to wait.
        wait: Duration,
    },
    /// The account has as many devices as it may.
    #[error("This account is logged in on as many devices as it may. Log out on one of them first.")]
    TooManyDevices,
    /// An administrator keeps this account, or this device, out.
    #[error("You are banned from this server{}. Its owners can lift that.", .until.map(|wait| format!(" for another {}", plain_time(wait))).unwrap_or_default())]
    Banned {
        /// How much longer; `None` for good.
        until: Option<Duration>,
    },
    /// An administrator keeps this network out.
    #[error(
        "This server takes no new logins from your network. Devices that were logged in before still get in."
    )]
    SourceBanned,
    /// The server refused for another reason; its own words.
    #[error("The server says: {0}")]
    Refused(String),
    /// This computer's disk or folder does not play along; what and why.
    #[error("This computer could not {0}")]
    Local(String),
    /// This device's key cannot be read before somebody opens the keyring.
    #[error(
        "The key of this device lies in the keyring of your system, which is locked. Unlock it and press “Try again”."
    )]
    KeyringLocked,
    /// This device's key lies in a keyring that is not there.
    #[error(
        "The key of this device lies in the keyring of your system, which cannot be reached. Start it and press \
         “Try again”, or log in with your password."
    )]
    KeyringAbsent,
    /// The server's log went back in time without saying so.
    #[error(
        "The server was put back to an earlier state by hand. Nothing is sent. Please tell its administrator."
    )]
    PutBack,
    /// This folder was copied or restored: another copy of it has sent more.
    #[error("This folder is a copy, or was restored from a backup. Nothing is sent by itself.")]
    FolderCopied,
}

impl Problem {
    /// What the log calls it: its kind, without the names and addresses that the sentence has.
    pub(crate) fn kind(&self) -> String {
        format!("{self:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
    }
}

/// A time to wait, in words.
pub(crate) fn plain_time(wait: Duration) -> String {
    match wait.as_secs().max(1) {
        1 => "a second".into(),
        seconds @ 2..=119 => format!("{seconds} seconds"),
        seconds @ 120..=7_199 => format!("{} minutes", seconds.div_ceil(60)),
        seconds @ 7_200..=172_799 => format!("{} hours", seconds.div_ceil(3_600)),
        seconds => format!("{} days", seconds.div_ceil(86_400)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_words_that_fit_its_length() {
        let told = |seconds| plain_time(Duration::from_secs(seconds));
        assert_eq!([told(0), told(119), told(121)], ["a second", "119 seconds", "3 minutes"]);
        assert_eq!([told(7_200), told(90_000), told(30 * 86_400)], ["2 hours", "25 hours", "30 days"]);
        let banned = Problem::Banned { until: Some(Duration::from_secs(7 * 86_400)) };
        let sentence = "You are banned from this server for another 7 days. Its owners can lift that.";
        assert_eq!(banned.to_string(), sentence);
    }

    #[test]
    fn the_log_learns_the_kind_of_a_problem_and_no_name() {
        let nobody = Address { host: "bobs-attic.example".into(), port: 5556 };
        assert_eq!(Problem::Unreachable(nobody).kind(), "Unreachable");
        assert_eq!(Problem::Local("write /home/bob/snug.".into()).kind(), "Local");
        assert_eq!(Problem::Incompatible { server_is_newer: true }.kind(), "Incompatible");
        assert_eq!(Problem::NameTaken.kind(), "NameTaken");
    }
}
