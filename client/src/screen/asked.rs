//! What a person asks about their own account. It gets its ticket where it is sent.

use snug_engine::command::{Command, Password, PictureChoice, TextsFate};

/// What is asked about one's own account.
#[derive(Debug)]
pub enum Asked {
    /// Another password.
    Password {
        /// The one that holds.
        old: Password,
        /// The one from now on.
        new: Password,
    },
    /// No account any more.
    Delete {
        /// The password.
        password: Password,
        /// What becomes of what was written.
        texts: TextsFate,
    },
    /// To look otherwise.
    Look {
        /// The name to show.
        display: String,
        /// The colour.
        colour: u8,
        /// The picture.
        picture: PictureChoice,
    },
}

impl Asked {
    /// The command, answered under this ticket.
    pub fn command(self, ticket: u64) -> Command {
        match self {
            Self::Password { old, new } => Command::ChangePassword { ticket, old, new },
            Self::Delete { password, texts } => Command::DeleteAccount { ticket, password, texts },
            Self::Look { display, colour, picture } => {
                Command::SetProfile { ticket, display, colour, picture }
            }
        }
    }
}
