//! Codes that are handed on: asked of the server by a dialog, and put on the clipboard when they come.

use iced::clipboard;
use snug_engine::command::Command;
use snug_engine::event::{Invited, Undone};

use snug_proto::Code;
use snug_proto::talk::InviteInfo;

use super::{Action, Chat, Over};
use crate::screen::dialogs::Dialog;
use crate::screen::dialogs::recovery::Recovery;

/// What a bar offers whoever made the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// Nothing.
    Nothing,
    /// Codes to write down.
    Recovery,
}

impl Chat {
    /// Counts what is asked for: answers come in the same order and do not say to what.
    pub(super) fn ask_for_code(&mut self, command: Command) -> Command {
        self.codes_due += 1;
        command
    }

    /// The server answered. What an earlier dialog asked for is not what this one shows.
    pub fn code_came(&mut self, result: Result<Invited, Undone>) -> Action {
        self.codes_due = self.codes_due.saturating_sub(1);
        let Over::Dialog(dialog) = &mut self.over else { return Action::None };
        let Some(handed) = dialog.handed().filter(|_| self.codes_due == 0) else { return Action::None };
        handed.came(result);
        match handed.link() {
            // A list of open invites that is shown has one more.
            Some(link) => {
                let copy = clipboard::write(link.to_owned());
                Action::Send(self.asks(), copy).after(vec![Command::Invites])
            }
            None => Action::None,
        }
    }

    /// Whether the link of an invite is shown: who came just now may have come by it.
    pub fn shows_invite(&self) -> bool {
        matches!(&self.over, Over::Dialog(Dialog::Invite(invite)) if invite.handed.link().is_some())
    }

    /// The open invites came. A link that is not among them any more has done its work: the dialog goes, so that
    /// whoever made it can greet whoever came.
    pub fn invites_came(&mut self, open: &[InviteInfo]) -> Action {
        let Over::Dialog(Dialog::Invite(invite)) = &mut self.over else { return Action::None };
        if invite.handed.is_used_up(open) { self.close_over() } else { Action::None }
    }

    /// The codes to write down came, or did not.
    pub fn recovery_came(&mut self, result: Result<Vec<Code>, Undone>) {
        if let Over::Dialog(Dialog::Recovery(dialog)) = &mut self.over {
            dialog.came(result);
        }
    }

    /// The account is new: while its password is remembered is the time to think of forgetting it. A bar offers it,
    /// so that nobody has to answer before they can talk.
    pub fn offer_recovery(&mut self) {
        self.offer = Offer::Recovery;
    }

    /// The dialog with codes to write down.
    pub(super) fn recovery(&mut self) -> Action {
        self.offer = Offer::Nothing;
        self.show_dialog(Dialog::Recovery(Recovery::new(&self.session)))
    }

    /// The connection went: what was asked is not answered any more.
    pub(super) fn codes_lost(&mut self) {
        self.codes_due = 0;
        if let Over::Dialog(Dialog::Recovery(dialog)) = &mut self.over {
            dialog.lost();
        }
        if let Over::Dialog(dialog) = &mut self.over
            && let Some(handed) = dialog.handed()
        {
            handed.lost();
        }
    }
}
