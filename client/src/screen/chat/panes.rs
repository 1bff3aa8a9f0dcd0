//! What the chat does about the settings and about what lies over them.

use iced::Task;
use snug_engine::command::Command;

use super::{Action, Chat, Message, Over, Pane};
use crate::screen::{changed, log_out, settings};
use crate::shared::Shared;

impl Chat {
    pub(super) fn settings(&mut self, message: settings::Message, shared: &Shared) -> Action {
        let Pane::Settings(screen) = &mut self.pane else { return Action::None };
        match screen.update(message, &self.session, shared) {
            settings::Action::None => Action::None,
            settings::Action::Run(task) => Action::Run(task.map(Message::Settings)),
            settings::Action::Choose(choice) => Action::Choose(choice),
            settings::Action::Send(command) => Action::Send(vec![command], Task::none()),
            settings::Action::Dialog(dialog) => self.show_dialog(dialog),
            settings::Action::Recovery => self.recovery(),
            settings::Action::Do(deed) => self.settings_deed(deed),
            settings::Action::Ask(asked) => self.settings_ask(asked),
            settings::Action::PlayChime => Action::PlayChime,
            settings::Action::WordsCompared => Action::Send(vec![Command::WordsCompared], Task::none()),
            settings::Action::CopyDetails => Action::CopyDetails,
            settings::Action::Open(path) => Action::Open(path),
            settings::Action::Close => {
                self.pane = Pane::Room;
                Action::Run(self.composer.focus().map(Message::Composer))
            }
        }
    }

    pub(super) fn log_out(&mut self, message: log_out::Message) -> Action {
        let Over::LogOut(dialog) = &mut self.over else { return Action::None };
        match dialog.update(message) {
            log_out::Action::None => Action::None,
            log_out::Action::LogOut(fate) => {
                self.over = Over::Nothing;
                Action::LogOut(fate)
            }
            log_out::Action::Close => {
                self.over = Over::Nothing;
                Action::None
            }
        }
    }

    pub(super) fn changed(&mut self, message: changed::Message) -> Action {
        let Over::Changed(dialog) = &mut self.over else { return Action::None };
        match dialog.update(message) {
            changed::Action::None => Action::None,
            changed::Action::Run(task) => Action::Run(task.map(Message::Changed)),
            changed::Action::Prove(password) => Action::Prove(password),
            changed::Action::CopyDetails => Action::CopyDetails,
            changed::Action::Stay => {
                self.over = Over::Nothing;
                Action::None
            }
        }
    }
}
