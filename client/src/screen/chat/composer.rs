//! The composer: many lines, Enter sends; completion, drafts, answers, edits and files.

mod attach;
mod completion;
mod keys;
mod mode;
pub mod pasted;
mod view;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use iced::widget::text_editor::{Action as Editing, Content, Cursor, Edit, Motion, Position};
use iced::{Task, widget::operation};
use snug_engine::command::Command;
use snug_engine::event::{Draft, Item, What};
use snug_proto::id::AccountId;
use snug_proto::limits::TEXT_MAX;
use snug_proto::talk::Target;

use crate::shared::Shared;
use crate::widget::emoji_picker::{self, Picker};
use completion::Completion;
pub use mode::{Mode, preview};
use pasted::Picture;
pub use view::{drop_here, typing};

/// A dialog that comes back sooner than a person can press anything was never there.
const NO_DIALOG: Duration = Duration::from_millis(700);
/// How often the others are told that somebody types.
const TYPING_EVERY: Duration = Duration::from_secs(3);
/// How long after a letter the draft is kept.
const KEEP_AFTER: Duration = Duration::from_secs(1);

/// What is being written.
#[derive(Debug)]
pub struct Composer {
    me: AccountId,
    room: Target,
    content: Content,
    mode: Mode,
    popup: Popup,
    extra: Extra,
    /// What the engine keeps of each room; a room that is not in it has not been looked at.
    kept: HashMap<Target, String>,
    keeping: Keeping,
    told: Option<Instant>,
}

/// Whether a list of completions floats above the field.
#[derive(Debug, Default)]
enum Popup {
    #[default]
    Closed,
    Open(Completion),
    /// The emoji picker, which is more than a help: it takes the keys.
    Picker(Picker),
    /// Closed by hand, until another word is typed; this one begins here.
    Dismissed(usize, usize),
}

/// What stands above the field.
#[derive(Debug, Default)]
enum Extra {
    #[default]
    Nothing,
    /// The path field, where no file dialog answers.
    Path(String),
    /// A pasted picture, to be looked at before it goes.
    Picture(Picture),
    /// Something did not work.
    Problem(String),
}

/// Whether the draft will be kept in a moment.
#[derive(Debug, PartialEq, Eq)]
enum Keeping {
    Rests,
    Due,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Typed, pasted, moved.
    Edit(Editing),
    /// Typed while the caret was nowhere: it comes here.
    Typed(String),
    /// Enter, or the button.
    Send,
    /// A moment after typing.
    Keep,
    /// The next completion, or the one before.
    Step(isize),
    /// Take the completion that is chosen.
    TakeChosen,
    /// Take this completion.
    Take(usize),
    /// Close the completions.
    Dismiss,
    /// Leave answering or editing.
    LeaveMode,
    /// Arrow up in an empty field.
    EditLast,
    /// Put signs around what is selected.
    Wrap(&'static str),
    /// The smiling button.
    Emoji,
    /// In the emoji picker.
    Picker(emoji_picker::Message),
    /// Look for a picture in the clipboard.
    PastePicture,
    /// It was looked for.
    Pasted(Result<Option<Picture>, String>),
    /// Send the pasted picture.
    SendPicture,
    /// The text goes as a file.
    SendAsFile,
    /// It was written.
    Written(Result<PathBuf, String>),
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
    /// Close what stands above the field.
    CloseExtra,
}

/// What it asks for.
#[derive(Debug)]
pub enum Action {
    /// Nothing.
    None,
    /// A task of its own.
    Run(Task<Message>),
    /// Commands for the engine, then a task.
    Send(Vec<Command>, Task<Message>),
    /// Commands that put something at the end of the room.
    Sent(Vec<Command>),
    /// Edit the last text of one's own.
    EditLast,
    /// An emoji was picked: it is remembered, then a task.
    Picked(String, Task<Message>),
}

impl Composer {
    /// An empty one.
    pub fn new(me: AccountId, room: Target) -> Self {
        Self {
            me,
            room,
            content: Content::new(),
            mode: Mode::New,
            popup: Popup::Closed,
            extra: Extra::Nothing,
            kept: HashMap::new(),
            keeping: Keeping::Rests,
            told: None,
        }
    }

    /// Puts the caret into it.
    pub fn focus(&self) -> Task<Message> {
        operation::focus(COMPOSER)
    }

    /// Closes what floats above it.
    pub fn close(&mut self) {
        self.popup = Popup::Closed;
    }

    /// What it writes.
    pub fn mode(&self) -> &Mode {
        &self.mode
    }

    /// From now on it answers this message.
    pub fn reply_to(&mut self, item: &Item) -> Task<Message> {
        self.leave_mode();
        self.mode = Mode::Reply { item: item.key, author: item.author_name.clone(), preview: preview(item) };
        self.focus()
    }

    /// From now on it edits this text; what was typed comes back afterwards. Only texts can be edited.
    pub fn edit(&mut self, item: &Item) -> Task<Message> {
        let What::Text(text) = &item.what else { return Task::none() };
        self.leave_mode();
        let aside = self.typed();
        self.mode = Mode::Edit { item: item.key, before: text.text.clone(), aside };
        self.fill(&text.text);
        self.focus()
    }

    fn leave_mode(&mut self) {
        if let Mode::Edit { aside, .. } = std::mem::take(&mut self.mode) {
            self.fill(&aside);
        }
    }

    fn typed(&self) -> String {
        self.content.text().trim_end().to_owned()
    }

    /// Another text stands in the field, the caret behind it.
    fn fill(&mut self, text: &str) {
        self.content = Content::with_text(text);
        self.content.perform(Editing::Move(Motion::DocumentEnd));
        self.popup = Popup::Closed;
    }

    /// Another room is shown: its draft comes, this one is kept.
    pub fn switch(&mut self, to: Target) -> Option<Command> {
        let keep = self.keep();
        self.leave_mode();
        self.room = to;
        let draft = self.kept.get(&to).cloned().unwrap_or_default();
        self.fill(&draft);
        self.extra = Extra::Nothing;
        self.told = None;
        keep
    }

    /// What the engine should keep, where that is something else than it has.
    pub fn keep(&mut self) -> Option<Command> {
        let text = match &self.mode {
            Mode::Edit { aside, .. } => aside.clone(),
            Mode::New | Mode::Reply { .. } => self.typed(),
        };
        let text = if text.trim().is_empty() { String::new() } else { text };
        if text.is_empty() && !self.kept.contains_key(&self.room) {
            // What was kept of this room before the start may still be on its way.
            return None;
        }
        let kept = self.kept.entry(self.room).or_default();
        (*kept != text).then(|| {
            kept.clone_from(&text);
            Command::Draft { room: self.room, text }
        })
    }

    /// What the engine kept of a room that was not looked at since the start.
    pub fn draft_came(&mut self, draft: &Draft) {
        if draft.room == self.room && !self.kept.contains_key(&draft.room) {
            self.kept.insert(draft.room, draft.text.clone());
            if self.mode == Mode::New && self.content.is_empty() {
                self.fill(&draft.text);
            }
        }
    }

    /// A text comes back: before what was typed since. That of another room has to be kept.
    pub fn take_back(&mut self, room: Target, text: &str) -> Option<Command> {
        let joined = |since: &str| {
            if since.trim().is_empty() { text.to_owned() } else { format!("{text}\n{since}") }
        };
        if room != self.room {
            let draft = self.kept.entry(room).or_default();
            *draft = joined(draft);
            return Some(Command::Draft { room, text: draft.clone() });
        }
        if let Mode::Edit { aside, .. } = &mut self.mode {
            *aside = joined(aside);
        } else {
            let joined = joined(&self.typed());
            self.fill(&joined);
        }
        None
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Action {
        match message {
            Message::Edit(action) => return self.typing(action, shared),
            Message::Typed(text) => {
                let paste = Editing::Edit(Edit::Paste(std::sync::Arc::new(text)));
                return match self.typing(paste, shared) {
                    Action::Send(commands, task) => Action::Send(commands, Task::batch([task, self.focus()])),
                    other => other,
                };
            }
            Message::Send => return self.send(),
            Message::Keep => {
                self.keeping = Keeping::Rests;
                return self.keep().map_or(Action::None, |keep| Action::Send(vec![keep], Task::none()));
            }
            Message::Step(by) => {
                if let Popup::Open(completion) = &mut self.popup {
                    completion.step(by);
                }
            }
            Message::TakeChosen => self.take(None),
            Message::Take(at) => {
                self.take(Some(at));
                return Action::Run(self.focus());
            }
            Message::Dismiss => {
                if let Popup::Open(completion) = &self.popup {
                    self.popup = Popup::Dismissed(self.content.cursor().position.line, completion.from);
                }
            }
            Message::LeaveMode => {
                self.leave_mode();
                return Action::Run(self.focus());
            }
            Message::EditLast => return Action::EditLast,
            Message::Wrap(sign) => self.wrap(sign),
            Message::Emoji => return self.open_picker(shared),
            Message::Picker(message) => return self.picker(message, shared),
            file => return self.file(file, shared),
        }
        Action::None
    }

    fn typing(&mut self, action: Editing, shared: &Shared) -> Action {
        let edits = action.is_edit();
        self.content.perform(action);
        if edits && let Some((from, emoji)) = closed_emoji(&self.content) {
            self.replace(from, emoji.to_owned());
        }
        self.look_for_completion(shared);
        if !edits {
            return Action::None;
        }
        let now = shared.now;
        let mut commands = Vec::new();
        let due = self.told.is_none_or(|told| now.duration_since(told) >= TYPING_EVERY);
        if due && !self.content.is_empty() {
            self.told = Some(now);
            commands.push(Command::Typing(self.room));
        }
        let task = match std::mem::replace(&mut self.keeping, Keeping::Due) {
            Keeping::Rests => Task::perform(pause(), |()| Message::Keep),
            Keeping::Due => Task::none(),
        };
        Action::Send(commands, task)
    }

    fn open_picker(&mut self, shared: &Shared) -> Action {
        if matches!(self.popup, Popup::Picker(_)) {
            self.popup = Popup::Closed;
            return Action::Run(self.focus());
        }
        let picker = Picker::new(&shared.settings.recent_emoji);
        let focus = picker.focus();
        self.popup = Popup::Picker(picker);
        Action::Run(focus)
    }

    fn picker(&mut self, message: emoji_picker::Message, shared: &Shared) -> Action {
        let Popup::Picker(picker) = &mut self.popup else { return Action::None };
        match picker.update(message, &shared.settings.recent_emoji) {
            emoji_picker::Action::None => Action::None,
            emoji_picker::Action::Follow => Action::Run(picker.follow()),
            emoji_picker::Action::Close => {
                self.popup = Popup::Closed;
                Action::Run(self.focus())
            }
            emoji_picker::Action::Pick(emoji) => {
                self.popup = Popup::Closed;
                self.paste(emoji.clone());
                Action::Picked(emoji, self.focus())
            }
        }
    }

    fn look_for_completion(&mut self, shared: &Shared) {
        let Cursor { position, selection } = self.content.cursor();
        let found = match selection {
            None => {
                before(&self.content).and_then(|line| completion::find(&line, self.room, self.me, shared))
            }
            Some(_) => None,
        };
        self.popup = match (found, &self.popup) {
            (Some(found), Popup::Dismissed(line, from)) if (*line, *from) == (position.line, found.from) => {
                return;
            }
            (Some(mut found), Popup::Open(open)) if open.candidates == found.candidates => {
                found.at = open.at;
                Popup::Open(found)
            }
            (Some(found), _) => Popup::Open(found),
            (None, _) => Popup::Closed,
        };
    }

    fn take(&mut self, at: Option<usize>) {
        let Popup::Open(mut completion) = std::mem::take(&mut self.popup) else { return };
        completion.at = at.unwrap_or(completion.at);
        if let Some(chosen) = completion.chosen() {
            self.replace(completion.from, chosen.insert.clone());
        }
    }

    /// Puts another text in place of the word before the caret.
    fn replace(&mut self, from: usize, text: String) {
        let Position { line, column } = self.content.cursor().position;
        let caret = Position { line, column };
        self.content.move_to(Cursor { position: caret, selection: Some(Position { line, column: from }) });
        self.paste(text);
    }

    fn paste(&mut self, text: String) {
        self.content.perform(Editing::Edit(Edit::Paste(std::sync::Arc::new(text))));
    }

    fn wrap(&mut self, sign: &'static str) {
        let selected = self.content.selection().unwrap_or_default();
        let empty = selected.is_empty();
        self.paste(format!("{sign}{selected}{sign}"));
        if empty {
            for _ in sign.chars() {
                self.content.perform(Editing::Move(Motion::Left));
            }
        }
    }

    fn send(&mut self) -> Action {
        let text = self.content.text();
        let text = text.trim();
        if text.is_empty() && matches!(self.extra, Extra::Picture(_)) {
            return self.send_picture();
        }
        if text.is_empty() || text.len() > TEXT_MAX {
            return Action::None;
        }
        let (room, text) = (self.room, text.to_owned());
        match std::mem::take(&mut self.mode) {
            Mode::Edit { item, before, aside } => {
                self.fill(&aside);
                if text == before {
                    return Action::None;
                }
                Action::Send(vec![Command::Edit { room, item, text }], Task::none())
            }
            mode => {
                let reply_to = match mode {
                    Mode::Reply { item, .. } => Some(item),
                    Mode::New | Mode::Edit { .. } => None,
                };
                self.fill("");
                self.told = None;
                let mut commands = vec![Command::SendText { room, text, reply_to }];
                commands.extend(self.keep());
                Action::Sent(commands)
            }
        }
    }
}

async fn pause() {
    tokio::time::sleep(KEEP_AFTER).await;
}

/// The caret's line up to the caret.
fn before(content: &Content) -> Option<String> {
    let Position { line, column } = content.cursor().position;
    content.line(line)?.text.get(..column).map(str::to_owned)
}

fn closed_emoji(content: &Content) -> Option<(usize, &'static str)> {
    completion::closed_emoji(&before(content)?)
}

/// The composer's text.
pub const COMPOSER: &str = "composer";
/// Its button.
pub const SEND: &str = "composer-send";
/// The path field.
pub const PATH: &str = "composer-path";
/// The smiling button.
pub const EMOJI: &str = "composer-emoji";

#[cfg(test)]
mod tests;
