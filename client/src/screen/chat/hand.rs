//! What the reader's hand is at: the row under the pointer, what is open beside it, which messages are chosen.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use iced::Task;
use snug_engine::command::Place;
use snug_engine::event::{Item, ItemKey};

use crate::screen::chat::acts::Act;
use crate::screen::chat::days;
use crate::shared::Shared;
use crate::widget::emoji_picker::{self, Picker};

/// Messages chosen at once.
const CHOSEN_MAX: usize = 100;

/// What the reader's hand is at.
#[derive(Debug, Default)]
pub struct Hand {
    hovered: Option<ItemKey>,
    open: Open,
    chosen: Option<BTreeSet<ItemKey>>,
    unfolded: HashSet<ItemKey>,
}

/// What is open beside a row.
#[derive(Debug, Default)]
pub enum Open {
    /// Nothing.
    #[default]
    Nothing,
    /// The menu of a message.
    Menu(ItemKey),
    /// The emoji picker of a message.
    Emoji(ItemKey, Picker),
    /// Where to jump, at the day of this item.
    Days(ItemKey, days::Days),
}

/// What happens to rows.
#[derive(Debug, Clone)]
pub enum Message {
    /// The pointer came over a row.
    Over(ItemKey),
    /// It left it.
    Off(ItemKey),
    /// Open a message's menu.
    Menu(ItemKey),
    /// Open a message's emoji picker.
    Emoji(ItemKey),
    /// In the picker.
    Picker(emoji_picker::Message),
    /// Open the days, at an item.
    Days(ItemKey),
    /// In the days.
    Day(days::Message),
    /// Close what is open.
    Close,
    /// Do something with a message.
    Act(ItemKey, Act),
    /// A reaction was pressed.
    Chip {
        /// Of which message.
        item: ItemKey,
        /// Which.
        emoji: String,
        /// From now on there.
        on: bool,
    },
    /// A message was chosen, or no more.
    Choose(ItemKey),
    /// Do something with all that are chosen.
    Chosen(Act),
    /// Choose no more.
    ChooseNothing,
    /// Show all of a message.
    Unfold(ItemKey),
    /// A link was pressed.
    Link(String),
    /// Copy this.
    Copy(Arc<str>),
}

/// What it asks for.
#[derive(Debug)]
pub enum Action {
    /// Nothing.
    None,
    /// A task of its own.
    Run(Task<Message>),
    /// Do something with messages.
    Act(Act, Vec<ItemKey>),
    /// React, or no more.
    React(ItemKey, String, bool),
    /// Jump to a place of this room.
    Jump(Place),
    /// A link was pressed.
    Link(String),
    /// Copy this.
    Copy(Arc<str>),
}

impl Hand {
    /// What is open.
    pub fn open(&self) -> &Open {
        &self.open
    }

    /// Whether the hand is at this row: under the pointer, or something of it is open.
    pub fn is_at(&self, key: ItemKey) -> bool {
        match self.open {
            Open::Menu(at) | Open::Emoji(at, _) => at == key,
            Open::Nothing | Open::Days(..) => self.hovered == Some(key) && self.chosen.is_none(),
        }
    }

    /// The chosen messages, while some can be chosen.
    pub fn chosen(&self) -> Option<&BTreeSet<ItemKey>> {
        self.chosen.as_ref()
    }

    /// Whether all of a message is shown.
    pub fn is_unfolded(&self, key: ItemKey) -> bool {
        self.unfolded.contains(&key)
    }

    /// Other items are at hand: what is gone is let go of.
    pub fn renew(&mut self, items: &[Item]) {
        let there = |key: &ItemKey| items.iter().any(|item| item.key == *key);
        self.hovered = self.hovered.filter(there);
        if let Open::Menu(key) | Open::Emoji(key, _) | Open::Days(key, _) = &self.open
            && !there(key)
        {
            self.open = Open::Nothing;
        }
        self.unfolded.retain(there);
        // What is out of reach is chosen no more: the bar counts what will be dealt with.
        if let Some(chosen) = &mut self.chosen {
            chosen.retain(there);
        }
    }

    /// Escape: whether there was something to leave.
    pub fn leave(&mut self) -> bool {
        if !matches!(self.open, Open::Nothing) {
            self.open = Open::Nothing;
            return true;
        }
        self.chosen.take().is_some()
    }

    /// Closes what floats; what is chosen stays so.
    pub fn close(&mut self) {
        self.open = Open::Nothing;
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Action {
        match message {
            Message::Over(key) => self.hovered = Some(key),
            Message::Off(key) => self.hovered = self.hovered.filter(|over| *over != key),
            Message::Menu(key) => self.open = Open::Menu(key),
            Message::Emoji(key) => return self.emoji(key, shared),
            Message::Picker(message) => return self.picker(message, shared),
            Message::Days(key) => {
                self.open = Open::Days(key, days::Days::default());
                return Action::Run(days::focus());
            }
            Message::Day(message) => return self.day(message, shared),
            Message::Close => self.open = Open::Nothing,
            Message::Act(key, Act::React) => return self.emoji(key, shared),
            Message::Act(key, Act::Select) => {
                self.open = Open::Nothing;
                self.chosen = Some(BTreeSet::from([key]));
            }
            Message::Act(key, act) => {
                self.open = Open::Nothing;
                return Action::Act(act, vec![key]);
            }
            Message::Chip { item, emoji, on } => {
                self.open = Open::Nothing;
                return Action::React(item, emoji, on);
            }
            Message::Choose(key) => self.choose(key),
            Message::Chosen(act) => {
                // What is chosen stays chosen until it was done: a dialog may be left.
                let chosen = self.chosen.iter().flatten().copied().collect();
                return Action::Act(act, chosen);
            }
            Message::ChooseNothing => self.chosen = None,
            Message::Unfold(key) => {
                self.unfolded.insert(key);
            }
            Message::Link(address) => return Action::Link(address),
            Message::Copy(text) => return Action::Copy(text),
        }
        Action::None
    }

    fn choose(&mut self, key: ItemKey) {
        let Some(chosen) = &mut self.chosen else { return };
        if !chosen.remove(&key) && chosen.len() < CHOSEN_MAX {
            chosen.insert(key);
        }
    }

    fn emoji(&mut self, key: ItemKey, shared: &Shared) -> Action {
        let picker = Picker::new(&shared.settings.recent_emoji);
        let focus = picker.focus();
        self.open = Open::Emoji(key, picker);
        Action::Run(focus)
    }

    fn picker(&mut self, message: emoji_picker::Message, shared: &Shared) -> Action {
        let Open::Emoji(key, picker) = &mut self.open else { return Action::None };
        let key = *key;
        match picker.update(message, &shared.settings.recent_emoji) {
            emoji_picker::Action::None => Action::None,
            emoji_picker::Action::Follow => Action::Run(picker.follow()),
            emoji_picker::Action::Pick(emoji) => {
                self.open = Open::Nothing;
                Action::React(key, emoji, true)
            }
            emoji_picker::Action::Close => {
                self.open = Open::Nothing;
                Action::None
            }
        }
    }

    fn day(&mut self, message: days::Message, shared: &Shared) -> Action {
        let Open::Days(_, days) = &mut self.open else { return Action::None };
        match days.update(message, shared.wall, &shared.zone) {
            days::Action::None => Action::None,
            days::Action::Jump(place) => {
                self.open = Open::Nothing;
                Action::Jump(place)
            }
            days::Action::Close => {
                self.open = Open::Nothing;
                Action::None
            }
        }
    }
}
