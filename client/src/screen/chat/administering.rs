//! What the chat does about the administration: it opens, asks the server, and asks again after each act.

use iced::Task;
use snug_engine::command::{Command, Deed};
use snug_engine::event::DeedDone;

use super::{Action, Chat, Message, Pane};
use crate::screen::administration::{self, Administration};
use crate::shared::Shared;

impl Chat {
    /// The administration in the room's place.
    pub(super) fn administer(&mut self) -> Action {
        let screen = Administration::new();
        let asks = screen.asks();
        self.pane = Pane::Administration(screen);
        Action::Send(asks, Task::none())
    }

    pub(super) fn administration(&mut self, message: administration::Message, shared: &Shared) -> Action {
        let Pane::Administration(screen) = &mut self.pane else { return Action::None };
        match screen.update(message, &self.session, shared) {
            administration::Action::None => Action::None,
            administration::Action::Send(commands) => Action::Send(commands, Task::none()),
            administration::Action::Dialog(dialog) => self.show_dialog(dialog),
            administration::Action::Do(deed) => self.act_on_server(deed),
            administration::Action::Close => {
                self.pane = Pane::Room;
                Action::Run(self.composer.focus().map(Message::Composer))
            }
        }
    }

    fn act_on_server(&mut self, deed: Deed) -> Action {
        let ticket = self.ticket();
        if let Pane::Administration(screen) = &mut self.pane {
            screen.pending.wait(ticket);
        }
        Action::Send(vec![Command::Do { ticket, deed }], Task::none())
    }

    /// What came of a deed, to the administration; what is shown there may be another thing now.
    pub(super) fn administered(&mut self, done: &DeedDone, shared: &Shared) -> Vec<Command> {
        let Pane::Administration(screen) = &mut self.pane else { return Vec::new() };
        screen.hear(done, shared);
        if done.result.is_ok() { screen.asks() } else { Vec::new() }
    }

    /// What the page that is open is made of, where it is one of the administration: to be asked for again when the
    /// connection is back, since what was asked before it went was not answered.
    pub fn asks(&self) -> Vec<Command> {
        match &self.pane {
            Pane::Administration(screen) => screen.asks(),
            Pane::Room | Pane::Settings(_) => Vec::new(),
        }
    }
}
