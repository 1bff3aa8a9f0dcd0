//! Export a room into a folder, or import one: where to or from, and what it will be called.

use std::path::{Path, PathBuf};

use iced::widget::{column, container, row, space};
use iced::{Element, Fill, Task};
use snug_engine::command::Command;
use snug_proto::name::RoomName;
use snug_proto::talk::Target;

use super::Outcome;
use crate::theme::{self, size};
use crate::widget::button;
use crate::widget::field::{self, Kind};
use crate::widget::label::{body, label, small, title};
use crate::wording;

/// The dialog.
#[derive(Debug)]
pub struct Carry {
    way: Way,
    path: String,
}

/// Which way.
#[derive(Debug)]
enum Way {
    Export { room: Target, name: String },
    Import { name: String },
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Typed into the path.
    Path(String),
    /// Typed into the name.
    Name(String),
    /// "Choose…".
    Pick,
    /// The dialog of the system ended.
    Picked(Option<PathBuf>),
    /// The button, or Enter.
    Go,
    /// "Cancel".
    Cancel,
}

impl Carry {
    /// Out of a room.
    pub fn export(room: Target, name: &str) -> Self {
        Self { way: Way::Export { room, name: name.to_owned() }, path: String::new() }
    }

    /// Into a new room.
    pub fn import() -> Self {
        Self { way: Way::Import { name: String::new() }, path: String::new() }
    }

    fn path(&self) -> Option<PathBuf> {
        let path = PathBuf::from(self.path.trim());
        path.is_absolute().then_some(path)
    }

    fn command(&self) -> Option<Command> {
        let path = self.path()?;
        match &self.way {
            Way::Export { room, .. } => Some(Command::Export { room: *room, folder: path }),
            Way::Import { name } => {
                let name = RoomName::new(name).ok()?.as_str().to_owned();
                Some(Command::Import { path, name })
            }
        }
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Outcome {
        match message {
            Message::Path(path) => self.path = path,
            Message::Name(typed) => {
                if let Way::Import { name } = &mut self.way {
                    *name = typed;
                }
            }
            Message::Pick => {
                let folder = matches!(self.way, Way::Export { .. });
                let picked = Task::perform(pick(folder), |path| super::Message::Carry(Message::Picked(path)));
                return Outcome::Run(picked);
            }
            Message::Picked(None) => {}
            Message::Picked(Some(path)) => {
                self.path = path.display().to_string();
                if let Way::Import { name } = &mut self.way
                    && name.is_empty()
                {
                    *name = name_of(&path);
                }
            }
            Message::Go => {
                if let Some(command) = self.command() {
                    return Outcome::Send(command);
                }
            }
            Message::Cancel => return Outcome::Close,
        }
        Outcome::Stay
    }

    /// Draws what stands in the dialog.
    pub fn view(&self) -> Element<'_, Message> {
        let (heading, explained, what, go) = match &self.way {
            Way::Export { name, .. } => (
                format!("Export {}", wording::cut(name, 32)),
                "Everything you may read in it, with its files, goes into a new folder. What your copy lacks is \
                 fetched first. Nobody else is told.",
                "Into which folder",
                "Export",
            ),
            Way::Import { .. } => (
                "Import a room".to_owned(),
                "An export of Snug or another system becomes a new private room. Authors and times are shown as \
                 imported: they say what the export says.",
                "The export: a file, or the folder it stands in",
                "Import",
            ),
        };
        let path = field::field(what, PATH, &self.path, Kind::Mono, Some(Message::Path), Message::Go);
        let line = row![path, button::words("Choose…", theme::secondary).on_press(Message::Pick)]
            .spacing(8)
            .align_y(iced::Bottom);
        let name = match &self.way {
            Way::Export { .. } => None,
            Way::Import { name } => {
                let bad = RoomName::new(name).err().filter(|_| !name.is_empty());
                let bad = bad.map(|bad| label(bad.to_string(), size::SMALL, theme::danger));
                let field = field::field(
                    "Name of the new room",
                    NAME,
                    name,
                    Kind::Plain,
                    Some(Message::Name),
                    Message::Go,
                );
                Some(column![field, bad].spacing(4))
            }
        };
        let buttons = row![
            space().width(Fill),
            button::words("Cancel", theme::secondary).on_press(Message::Cancel),
            container(button::words(go, theme::primary).on_press_maybe(self.command().map(|_| Message::Go)))
                .id(GO),
        ]
        .spacing(10);
        let whole = small("The whole path, from the root.");
        column![title(heading, 19.0), body(explained), column![line, whole].spacing(4), name, buttons]
            .spacing(14)
            .into()
    }
}

/// A name for a room, from the export's.
fn name_of(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    RoomName::new(&stem).map(|name| name.as_str().to_owned()).unwrap_or_default()
}

async fn pick(folder: bool) -> Option<PathBuf> {
    let dialog = rfd::AsyncFileDialog::new();
    let picked = if folder {
        dialog.set_title("Where the export goes").pick_folder().await
    } else {
        dialog.set_title("An export to read").pick_file().await
    };
    picked.map(|path| path.path().to_owned())
}

/// The path field.
pub const PATH: &str = "carry-path";
/// The name field.
pub const NAME: &str = "carry-name";
/// The button.
pub const GO: &str = "carry-go";
