//! Codes that are handed on: asked of the server by a dialog, and put on the clipboard when they come.

use iced::clipboard;
use snug_engine::command::Command;
use snug_engine::event::{Invited, Undone};

use super::{Action, Chat, Over};

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
            Some(link) => Action::Send(vec![Command::Invites], clipboard::write(link.to_owned())),
            None => Action::None,
        }
    }

    /// The connection went: what was asked is not answered any more.
    pub(super) fn codes_lost(&mut self) {
        self.codes_due = 0;
        if let Over::Dialog(dialog) = &mut self.over
            && let Some(handed) = dialog.handed()
        {
            handed.lost();
        }
    }
}
