//! What the app asks of the system: its window, and other programs.

use std::path::{Path, PathBuf};

use iced::{Task, window};

use super::Message;
use crate::opening::{self, Opened};

pub(super) fn to_front() -> Task<Message> {
    window::latest().and_then(|id| {
        Task::batch([
            window::minimize(id, false),
            window::gain_focus(id),
            window::request_user_attention(id, Some(window::UserAttention::Critical)),
        ])
    })
}

pub(super) fn open_path(path: PathBuf) -> Task<Message> {
    Task::perform(opening::open(path), |opened| match opened {
        Opened::Yes => Message::Nothing,
        Opened::FolderInstead => Message::Say("This is a program. Snug starts none; here is its folder."),
        Opened::No => Message::Say("This system found no program to open that with."),
    })
}

pub(super) fn open_address(address: String) -> Task<Message> {
    Task::perform(opening::open_address(address), |opened| match opened {
        Opened::Yes | Opened::FolderInstead => Message::Nothing,
        Opened::No => Message::Say("This system found no program to open that with."),
    })
}

pub(super) fn reveal(path: &Path) -> Task<Message> {
    open_path(path.parent().map_or_else(|| path.to_owned(), Path::to_owned))
}
