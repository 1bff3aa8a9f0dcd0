//! Codes to write down: each sets another password once, for whoever forgot theirs.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use iced::widget::{column, container, row, space};
use iced::{Center, Element, Fill, Task, clipboard};
use snug_engine::command::Command;
use snug_engine::event::{Session, Undone};
use snug_proto::Code;

use super::Outcome;
use crate::icon::{Icon, icon};
use crate::theme::{self, size};
use crate::widget::button;
use crate::widget::label::{body, label, name, small, title};

/// The dialog.
#[derive(Debug)]
pub struct Recovery {
    /// Whose they are, as it stands over them where they are kept.
    whose: String,
    state: State,
}

/// How far it is.
#[derive(Debug)]
enum State {
    /// Before there are any: new ones end the old.
    Asking,
    Coming,
    Here {
        codes: Vec<Code>,
        kept: Kept,
    },
    Refused(String),
}

/// What was done with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// Nothing yet.
    No,
    /// They are on the clipboard.
    Copied,
    /// They are in a file.
    Saved(PathBuf),
    /// They could not be written.
    NotSaved,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// "Make codes", or try again.
    Make,
    /// "Copy".
    Copy,
    /// "Save as a file…".
    Save,
    /// The dialog of the system ended.
    Saved(Kept),
    /// "I have them", or "Cancel".
    Close,
}

impl Recovery {
    /// Asks first: what was made before does nothing any more.
    pub fn new(session: &Session) -> Self {
        let whose = format!("{} at {} ({})", session.name, session.server_name, session.address);
        Self { whose, state: State::Asking }
    }

    /// The server answered.
    pub fn came(&mut self, result: Result<Vec<Code>, Undone>) {
        if matches!(self.state, State::Coming) {
            self.state = match result {
                Ok(codes) => State::Here { codes, kept: Kept::No },
                Err(undone) => State::Refused(undone.reason),
            };
        }
    }

    /// The connection went: what was asked is not answered any more.
    pub fn lost(&mut self) {
        if matches!(self.state, State::Coming) {
            self.state = State::Refused("The connection was lost before the server answered.".to_owned());
        }
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Outcome {
        match (message, &mut self.state) {
            (Message::Make, State::Asking | State::Refused(_)) => {
                self.state = State::Coming;
                return Outcome::Tell(Command::RecoveryCodes);
            }
            (Message::Copy, State::Here { codes, kept }) => {
                *kept = Kept::Copied;
                return Outcome::Run(clipboard::write(written(codes, &self.whose)));
            }
            (Message::Save, State::Here { codes, .. }) => {
                let save = save(written(codes, &self.whose));
                return Outcome::Run(Task::perform(save, |kept| {
                    super::Message::Recovery(Message::Saved(kept))
                }));
            }
            // Who closed the system's dialog changed nothing.
            (Message::Saved(Kept::No), _) => {}
            (Message::Saved(now), State::Here { kept, .. }) => *kept = now,
            (Message::Close, _) => return Outcome::Close,
            _ => {}
        }
        Outcome::Stay
    }

    /// Draws what stands in the dialog.
    pub fn view(&self) -> Element<'_, Message> {
        let explained = body(
            "Each of these codes lets you set another password once, if you forget yours: on the login screen, type \
             the server's address and the code behind it. Keep them where only you look. They are shown only now.",
        );
        let close = |words| button::words(words, theme::secondary).on_press(Message::Close);
        let (content, buttons): (Element<'_, Message>, _) = match &self.state {
            State::Asking => {
                let make = button::words("Make codes", theme::primary).on_press(Message::Make);
                let words = small("If you made codes before, those do nothing any more.");
                (words.into(), row![space().width(Fill), close("Cancel"), make])
            }
            State::Coming => {
                (small("The server makes them…").into(), row![space().width(Fill), close("Cancel")])
            }
            State::Refused(reason) => {
                let words = label(reason, size::NAME, theme::danger).width(Fill);
                let again = button::words("Try again", theme::primary).on_press(Message::Make);
                let content = row![icon(Icon::Alert, 17.0, theme::danger), words].spacing(10).align_y(Center);
                (content.into(), row![space().width(Fill), close("Cancel"), again])
            }
            State::Here { codes, kept } => {
                let copy = button::words("Copy", theme::secondary).on_press(Message::Copy);
                let save = button::words("Save as a file…", theme::secondary).on_press(Message::Save);
                let done = button::words("I have them", theme::primary).on_press(Message::Close);
                let content = column![list(codes), told(kept)].spacing(8);
                (content.into(), row![copy, save, space().width(Fill), done])
            }
        };
        column![title("Recovery codes", 19.0), explained, content, buttons.spacing(10)].spacing(14).into()
    }
}

/// The codes in two columns.
fn list(codes: &[Code]) -> Element<'_, Message> {
    let rows = codes.chunks(2).map(|pair| {
        row(pair.iter().map(|code| name(code.to_string()).font(crate::fonts::MONO).width(Fill).into())).into()
    });
    container(column(rows).spacing(8)).padding([14, 18]).width(Fill).style(theme::inset).into()
}

fn told(kept: &Kept) -> Option<Element<'_, Message>> {
    let words = match kept {
        Kept::No => return None,
        Kept::Copied => "They are in the clipboard.".to_owned(),
        Kept::Saved(path) => format!("They are in {}.", path.display()),
        Kept::NotSaved => "They could not be written there. Choose another place, or copy them.".to_owned(),
    };
    Some(small(words).into())
}

/// The codes as they are kept: whoever finds them later knows what they are for.
fn written(codes: &[Code], whose: &str) -> String {
    let codes: String = codes.iter().map(|code| format!("{code}\n")).collect();
    format!(
        "Snug: recovery codes of {whose}\nEach sets another password once. On the login screen, type the address \
         and a code behind it.\n\n{codes}"
    )
}

async fn save(words: String) -> Kept {
    let dialog = rfd::AsyncFileDialog::new().set_title("Keep the recovery codes");
    let Some(file) = dialog.set_file_name("snug-recovery-codes.txt").save_file().await else {
        return Kept::No;
    };
    let path = file.path().to_owned();
    let written = path.clone();
    match tokio::task::spawn_blocking(move || write(&written, &words)).await {
        Ok(Ok(())) => Kept::Saved(path),
        Ok(Err(_)) | Err(_) => Kept::NotSaved,
    }
}

/// Writes a file that only its owner reads, where the system knows that.
fn write(path: &Path, words: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(words.as_bytes())
}
