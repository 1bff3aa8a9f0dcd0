//! Files on their way into the composer: picked, pasted, or a text that is too long.

use std::path::PathBuf;

use iced::{Task, widget::operation};
use snug_engine::command::Command;

use super::{Action, Composer, Extra, Message, NO_DIALOG, PATH, pasted, view};
use crate::shared::Shared;

impl Composer {
    pub(super) fn send_picture(&mut self) -> Action {
        match std::mem::take(&mut self.extra) {
            Extra::Picture(picture) => self.send_file(picture.path),
            other => {
                self.extra = other;
                Action::None
            }
        }
    }

    fn send_file(&self, path: PathBuf) -> Action {
        Action::Send(vec![Command::SendFile { room: self.room, path }], self.focus())
    }

    pub(super) fn file(&mut self, message: Message, shared: &Shared) -> Action {
        let (folder, now) = (shared.profile.pasted(), shared.wall);
        match message {
            Message::PastePicture => {
                let look = pasted::beside(move || pasted::picture(&folder, now));
                return Action::Run(Task::perform(look, Message::Pasted));
            }
            Message::Pasted(Ok(None)) => {}
            Message::Pasted(Ok(Some(picture))) => self.extra = Extra::Picture(picture),
            Message::Pasted(Err(problem)) | Message::Written(Err(problem)) => {
                self.extra = Extra::Problem(problem);
            }
            Message::SendPicture => return self.send_picture(),
            Message::SendAsFile => {
                let text = self.content.text();
                let write = pasted::beside(move || pasted::text(&folder, now, text.trim()));
                return Action::Run(Task::perform(write, Message::Written));
            }
            Message::Written(Ok(path)) => {
                self.fill("");
                let mut commands = vec![Command::SendFile { room: self.room, path }];
                commands.extend(self.keep());
                return Action::Send(commands, self.focus());
            }
            Message::Attach => {
                return Action::Run(Task::perform(view::pick(), |(path, took)| Message::Picked {
                    path,
                    took,
                }));
            }
            Message::Picked { path: Some(path), .. } => return self.send_file(path),
            Message::Picked { path: None, took } if took < NO_DIALOG => {
                tracing::info!("no file dialog answers; a path field opens");
                self.extra = Extra::Path(String::new());
                return Action::Run(operation::focus(PATH));
            }
            Message::Picked { path: None, .. } => return Action::Run(self.focus()),
            Message::Path(path) => self.extra = Extra::Path(path),
            Message::SendPath => {
                if let Extra::Path(path) = &self.extra
                    && !path.trim().is_empty()
                {
                    let path = PathBuf::from(path.trim());
                    self.extra = Extra::Nothing;
                    return self.send_file(path);
                }
            }
            Message::CloseExtra => {
                self.extra = Extra::Nothing;
                return Action::Run(self.focus());
            }
            _ => {}
        }
        Action::None
    }
}
