//! The composer: many lines, Enter sends, files come along, and what is too long is said before it is sent.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use iced::widget::text_editor::{self, Binding, Content, KeyPress};
use iced::widget::{Id, button as plain, column, container, operation, row, text_editor as editor};
use iced::{Center, Element, Fill, Task, keyboard};
use snug_engine::event::Room;
use snug_proto::limits::TEXT_MAX;
use snug_proto::talk::Target;

use crate::fonts;
use crate::icon::{Icon, icon};
use crate::shared::Shared;
use crate::theme::{self, size};
use crate::widget::button;
use crate::widget::field::{self, Kind};
use crate::widget::label::{body, label, small};
use crate::wording;

/// A dialog that comes back sooner than a person can press anything was never there.
const NO_DIALOG: Duration = Duration::from_millis(700);
/// How often the others are told that somebody types.
const TYPING_EVERY: Duration = Duration::from_secs(3);
/// From this many bytes on the counter shows.
const COUNTED_FROM: usize = TEXT_MAX / 8 * 7;

/// What is being written.
#[derive(Debug)]
pub struct Composer {
    content: Content,
    drafts: HashMap<Target, String>,
    /// The path field, where no file dialog answers.
    path: Option<String>,
    told: Option<Instant>,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Typed, pasted, moved.
    Edit(text_editor::Action),
    /// Enter, or the button.
    Send,
    /// The paper clip.
    Attach,
    /// The file dialog ended.
    Picked {
        /// What was picked.
        path: Option<PathBuf>,
        /// How long it was open.
        took: Duration,
    },
    /// Typed into the path field.
    Path(String),
    /// Send the file of the path field.
    SendPath,
    /// Close the path field.
    ClosePath,
}

/// What it asks for.
#[derive(Debug)]
pub enum Action {
    /// Nothing.
    None,
    /// A task of its own.
    Run(Task<Message>),
    /// Somebody types.
    Typing,
    /// Send a text.
    Text(String),
    /// Send a file.
    File(PathBuf),
}

impl Composer {
    /// An empty one.
    pub fn new() -> Self {
        Self { content: Content::new(), drafts: HashMap::new(), path: None, told: None }
    }

    /// Puts the caret into it.
    pub fn focus(&self) -> Task<Message> {
        operation::focus(COMPOSER)
    }

    /// Another room is shown: its draft comes, this one stays for later.
    pub fn switch(&mut self, from: Target, to: Target) {
        let draft = self.content.text();
        if draft.trim().is_empty() {
            self.drafts.remove(&from);
        } else {
            self.drafts.insert(from, draft);
        }
        self.content = Content::with_text(&self.drafts.remove(&to).unwrap_or_default());
        self.path = None;
        self.told = None;
    }

    /// A text comes back: before what was typed since.
    pub fn take_back(&mut self, room: Target, text: &str, shown: Target) {
        let joined = |since: &str| {
            if since.trim().is_empty() { text.to_owned() } else { format!("{text}\n{since}") }
        };
        if room == shown {
            self.content = Content::with_text(&joined(&self.content.text()));
        } else {
            let draft = self.drafts.entry(room).or_default();
            *draft = joined(draft);
        }
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, now: Instant) -> Action {
        match message {
            Message::Edit(action) => {
                let edits = action.is_edit();
                self.content.perform(action);
                let due = self.told.is_none_or(|told| now.duration_since(told) >= TYPING_EVERY);
                if edits && due && !self.content.is_empty() {
                    self.told = Some(now);
                    return Action::Typing;
                }
                Action::None
            }
            Message::Send => self.send(),
            Message::Attach => {
                Action::Run(Task::perform(pick(), |(path, took)| Message::Picked { path, took }))
            }
            Message::Picked { path: Some(path), .. } => Action::File(path),
            Message::Picked { path: None, took } if took < NO_DIALOG => {
                tracing::info!("no file dialog answers; a path field opens");
                self.path = Some(String::new());
                Action::Run(operation::focus(PATH))
            }
            Message::Picked { path: None, .. } => Action::Run(self.focus()),
            Message::Path(path) => {
                self.path = Some(path);
                Action::None
            }
            Message::SendPath => match self.path.take_if(|path| !path.trim().is_empty()) {
                Some(path) => Action::File(PathBuf::from(path.trim())),
                None => Action::None,
            },
            Message::ClosePath => {
                self.path = None;
                Action::Run(self.focus())
            }
        }
    }

    fn send(&mut self) -> Action {
        let text = self.content.text();
        let text = text.trim();
        if text.is_empty() || text.len() > TEXT_MAX {
            return Action::None;
        }
        let text = text.to_owned();
        self.content = Content::new();
        self.told = None;
        Action::Text(text)
    }

    /// Draws it.
    pub fn view<'a>(&'a self, room: Option<&Room>, file_max: u64) -> Element<'a, Message> {
        let place = match room {
            Some(Room { target: Target::Room(_), name, .. }) => format!("Message #{name}"),
            Some(Room { name, .. }) => format!("Message {name}"),
            None => "Message".to_owned(),
        };
        let text = self.content.text();
        let len = text.trim().len();
        let can_send = len > 0 && len <= TEXT_MAX;
        let typing = container(
            editor(&self.content)
                .id(Id::new(COMPOSER))
                .placeholder(place)
                .on_action(Message::Edit)
                .key_binding(binding)
                .font(fonts::TEXT)
                .size(size::TEXT)
                .line_height(size::LINE)
                .padding([6, 4])
                .min_height(22)
                .max_height(176)
                .style(theme::composer),
        )
        .width(Fill);
        let send = plain(icon(Icon::Send, 17.0, theme::on_accent))
            .padding(8)
            .style(theme::primary)
            .on_press_maybe(can_send.then_some(Message::Send));
        let card = container(
            row![
                button::round(Icon::Clip, theme::muted, "Send a file", Some(Message::Attach)),
                typing,
                container(button::hinted(send, "Send")).id(SEND)
            ]
            .spacing(8)
            .align_y(iced::Bottom),
        )
        .padding([9, 12])
        .style(theme::composer_card);
        column![
            container(self.path_field(file_max)),
            card,
            container(under(len)).padding(iced::Padding::ZERO.top(6))
        ]
        .padding(iced::Padding::from([6, 20]).bottom(10))
        .into()
    }

    fn path_field(&self, file_max: u64) -> Option<Element<'_, Message>> {
        let path = self.path.as_ref()?;
        let limit = if file_max == 0 {
            "No file dialog answers on this system. Type the file's path, or drop the file here.".to_owned()
        } else {
            format!(
                "No file dialog answers on this system. Type the file's path (at most {}), or drop the file here.",
                wording::bytes(file_max)
            )
        };
        let typing = row![
            container(field::bare(
                "/path/to/the/file",
                PATH,
                path,
                Kind::Mono,
                Some(Message::Path),
                Message::SendPath
            ))
            .width(Fill),
            button::words("Send file", theme::primary)
                .on_press_maybe((!path.trim().is_empty()).then_some(Message::SendPath)),
            button::round(Icon::Cross, theme::muted, "Close", Some(Message::ClosePath)),
        ]
        .spacing(8)
        .align_y(Center);
        let card = container(column![small(limit), typing].spacing(6)).padding(12).style(theme::card);
        Some(container(card).padding(iced::Padding::ZERO.bottom(6)).into())
    }
}
impl Default for Composer {
    fn default() -> Self {
        Self::new()
    }
}

/// What stands under the composer: what keys do, or that the text is too long.
fn under<'a>(len: usize) -> Element<'a, Message> {
    if len > TEXT_MAX {
        let sentence = format!(
            "This text is {} too long for one message ({} of {}). Shorten it, or send it as a file.",
            wording::bytes((len - TEXT_MAX) as u64),
            wording::bytes(len as u64),
            wording::bytes(TEXT_MAX as u64),
        );
        return label(sentence, size::SMALL, theme::danger).into();
    }
    let faint = |words| label(words, size::SMALL, theme::faint);
    let keys = row![
        faint("Enter").font(fonts::SEMIBOLD),
        faint(" sends · "),
        faint("Shift Enter").font(fonts::SEMIBOLD),
        faint(" new line · drop files anywhere").width(Fill),
    ];
    let counter = (len >= COUNTED_FROM)
        .then(|| small(format!("{} of {}", wording::bytes(len as u64), wording::bytes(TEXT_MAX as u64))));
    container(row![keys, counter]).padding([0, 2]).into()
}

/// Enter sends, with shift it makes a new line.
fn binding(press: KeyPress) -> Option<Binding<Message>> {
    let enter = matches!(press.key, keyboard::Key::Named(keyboard::key::Named::Enter));
    let focused = matches!(press.status, text_editor::Status::Focused { .. });
    if enter && focused && !press.modifiers.shift() {
        return Some(Binding::Custom(Message::Send));
    }
    Binding::from_key_press(press)
}

async fn pick() -> (Option<PathBuf>, Duration) {
    let opened = Instant::now();
    let file = rfd::AsyncFileDialog::new().set_title("Send a file").pick_file().await;
    (file.map(|file| file.path().to_owned()), opened.elapsed())
}

/// Who types, in the line above the composer.
pub fn typing<'a, M: 'a>(shared: &Shared, shown: Target) -> Element<'a, M> {
    let names: &[String] = match &shared.typing {
        Some((room, names)) if *room == shown => names,
        _ => &[],
    };
    let words = match names {
        [] => String::new(),
        [one] => format!("{one} is typing…"),
        [one, two] => format!("{one} and {two} are typing…"),
        _ => "Several people are typing…".into(),
    };
    container(label(words, size::SMALL, theme::faint)).padding([0, 76]).height(20).into()
}

/// What lies over the room while a file hovers.
pub fn drop_here<'a, M: 'a>() -> Element<'a, M> {
    let words =
        row![icon(Icon::Upload, 22.0, theme::accent), body("Drop the file to send it here")].spacing(12);
    container(container(words.align_y(Center)).padding([18, 26]).style(theme::card))
        .center(Fill)
        .style(theme::dimmed)
        .into()
}

/// The composer's text.
pub const COMPOSER: &str = "composer";
/// Its button.
pub const SEND: &str = "composer-send";
/// The path field.
pub const PATH: &str = "composer-path";

#[cfg(test)]
mod tests {
    use super::*;
    use snug_proto::id::{AccountId, RoomId};

    const LOBBY: Target = Target::Room(RoomId(1));
    const BOB: Target = Target::Person(AccountId(2));

    fn paste(composer: &mut Composer, text: &str, now: Instant) -> Action {
        let pasted = text_editor::Edit::Paste(std::sync::Arc::new(text.to_owned()));
        composer.update(Message::Edit(text_editor::Action::Edit(pasted)), now)
    }

    #[test]
    fn what_is_too_long_stays() {
        let mut composer = Composer::new();
        let now = Instant::now();
        paste(&mut composer, &"x".repeat(TEXT_MAX + 1), now);
        assert!(matches!(composer.update(Message::Send, now), Action::None));
        composer.update(Message::Edit(text_editor::Action::Edit(text_editor::Edit::Backspace)), now);
        let Action::Text(text) = composer.update(Message::Send, now) else { panic!("it fits now") };
        assert_eq!(text.len(), TEXT_MAX);
        assert!(matches!(composer.update(Message::Send, now), Action::None), "nothing is left");
    }

    #[test]
    fn drafts_stay_in_their_rooms() {
        let mut composer = Composer::new();
        paste(&mut composer, "for the lobby", Instant::now());
        composer.switch(LOBBY, BOB);
        assert_eq!(composer.content.text().trim(), "");
        composer.take_back(BOB, "came back", BOB);
        composer.take_back(LOBBY, "before", BOB);
        composer.switch(BOB, LOBBY);
        assert_eq!(composer.content.text().trim_end(), "before\nfor the lobby");
        composer.switch(LOBBY, BOB);
        assert_eq!(composer.content.text().trim_end(), "came back");
    }

    #[test]
    fn typing_is_told_now_and_then() {
        let mut composer = Composer::new();
        let start = Instant::now();
        assert!(matches!(paste(&mut composer, "a", start), Action::Typing));
        assert!(matches!(paste(&mut composer, "b", start + Duration::from_secs(1)), Action::None));
        assert!(matches!(paste(&mut composer, "c", start + TYPING_EVERY), Action::Typing));
    }

    #[test]
    fn where_no_dialog_answers_a_path_field_opens() {
        let mut composer = Composer::new();
        let now = Instant::now();
        composer.update(Message::Picked { path: None, took: Duration::from_secs(5) }, now);
        assert!(composer.path.is_none(), "cancelled by a person");
        composer.update(Message::Picked { path: None, took: Duration::from_millis(20) }, now);
        assert!(matches!(composer.update(Message::SendPath, now), Action::None), "nothing typed yet");
        composer.update(Message::Path(" /tmp/a b.pdf ".into()), now);
        let Action::File(path) = composer.update(Message::SendPath, now) else { panic!("a path was typed") };
        assert_eq!(path, PathBuf::from("/tmp/a b.pdf"));
    }
}
