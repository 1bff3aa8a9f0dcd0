//! The emoji picker: search, the ones used last, one group at a time; arrows, Enter and Escape.

use emojis::{Emoji, EmojiVersion, Group};
use iced::widget::{Id, button as plain, column, container, operation, row, text, text_input};
use iced::{Element, Fill, Task, keyboard};

use crate::fonts;
use crate::icon::{Icon, icon};
use crate::theme::{self, size};
use crate::widget::halo::halo;
use crate::widget::keys::keys;
use crate::widget::label::{label, small};
use crate::widget::{button, scroll};

/// The newest emoji that Snug's font has.
const FONT: EmojiVersion = EmojiVersion::new(15, 0);
/// Emoji in one row.
const COLUMNS: usize = 9;
/// A search shows at most this many.
const FOUND_MAX: usize = COLUMNS * 8;
const CELL: f32 = 36.0;
const SHOWN_ROWS: f32 = 6.0;

/// What is being looked for.
#[derive(Debug, Clone)]
pub struct Picker {
    query: String,
    shelf: Shelf,
    chosen: usize,
}

/// What is shown while nothing is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// The ones used last.
    Recent,
    /// A group.
    Group(Group),
}

/// What happens in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Typed into the search.
    Query(String),
    /// A shelf was pressed.
    Shelf(Shelf),
    /// One was pressed.
    Pick(String),
    /// Arrows: so many further.
    Move(isize),
    /// Enter.
    Enter,
    /// Escape.
    Close,
}

/// What it asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    None,
    /// Another one is chosen: the list [follows](Picker::follow).
    Follow,
    /// This one.
    Pick(String),
    /// Away with it.
    Close,
}

impl Picker {
    /// At the ones used last, or the smileys where there are none.
    pub fn new(recent: &[String]) -> Self {
        let shelf = if recent.is_empty() { Shelf::Group(Group::SmileysAndEmotion) } else { Shelf::Recent };
        Self { query: String::new(), shelf, chosen: 0 }
    }

    /// Puts the caret into the search.
    pub fn focus<M: Send + 'static>(&self) -> Task<M> {
        operation::focus(SEARCH)
    }

    /// Scrolls to the chosen one.
    pub fn follow<M: Send + 'static>(&self) -> Task<M> {
        let row = (self.chosen / COLUMNS) as f32;
        let y = ((row - SHOWN_ROWS / 2.0).max(0.0) * CELL).round();
        operation::scroll_to(GRID, operation::AbsoluteOffset { x: None, y: Some(y) })
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, recent: &[String]) -> Action {
        match message {
            Message::Query(query) => {
                self.query = query;
                self.chosen = 0;
            }
            Message::Shelf(shelf) => {
                self.shelf = shelf;
                self.query.clear();
                self.chosen = 0;
            }
            Message::Pick(emoji) => return Action::Pick(emoji),
            Message::Move(by) => {
                let last = self.shown(recent).len().saturating_sub(1);
                self.chosen = self.chosen.saturating_add_signed(by).min(last);
                return Action::Follow;
            }
            Message::Enter => {
                if let Some(emoji) = self.shown(recent).get(self.chosen) {
                    return Action::Pick((*emoji).to_owned());
                }
            }
            Message::Close => return Action::Close,
        }
        Action::None
    }

    fn shown<'a>(&self, recent: &'a [String]) -> Vec<&'a str> {
        match (self.query.trim(), self.shelf) {
            ("", Shelf::Recent) => recent.iter().map(String::as_str).collect(),
            ("", Shelf::Group(group)) => group.emojis().filter(is_drawn).map(Emoji::as_str).collect(),
            (query, _) => found(query),
        }
    }

    /// Draws it.
    pub fn view<'a>(&'a self, recent: &'a [String]) -> Element<'a, Message> {
        let shown = self.shown(recent);
        let search = text_input("Search emoji", &self.query)
            .id(Id::new(SEARCH))
            .on_input(Message::Query)
            .font(fonts::TEXT)
            .size(size::NAME)
            .padding([8, 12])
            .style(theme::field);
        let name = shown.get(self.chosen).copied().and_then(emojis::get).map_or("", Emoji::name);
        let rows = shown.chunks(COLUMNS).enumerate().map(|(at, signs)| {
            let first = at * COLUMNS;
            row(signs.iter().enumerate().map(|(at, emoji)| cell(emoji, first + at == self.chosen))).into()
        });
        let nothing = shown.is_empty().then(|| container(small("No emoji of that name.")).padding(12));
        let grid =
            scroll::list(column![column(rows), nothing]).id(GRID).width(Fill).height(CELL * SHOWN_ROWS);
        let foot = label(name, size::SMALL, theme::muted);
        let content =
            column![row(self.shelves(recent)), search, grid, container(foot).padding([0, 4])].spacing(8);
        let card = container(content).padding(10).width(CELL * COLUMNS as f32 + 32.0).style(theme::card);
        keys(halo(card, theme::radius::CARD), means)
    }

    fn shelves<'a>(&'a self, recent: &[String]) -> Vec<Element<'a, Message>> {
        let tab = |sign: Element<'a, Message>, hint, shelf| {
            let here = self.query.trim().is_empty() && self.shelf == shelf;
            let tab = plain(container(sign).center(20)).padding([6, 7]).style(theme::choice(here));
            button::hinted(tab.on_press(Message::Shelf(shelf)), hint)
        };
        let last = (!recent.is_empty())
            .then(|| tab(icon(Icon::Clock, 17.0, theme::muted).into(), "Used last", Shelf::Recent));
        let groups = Group::iter().map(|group| {
            let (sign, hint) = sign_of(group);
            tab(text(sign).font(fonts::EMOJI).size(16).into(), hint, Shelf::Group(group))
        });
        last.into_iter().chain(groups).collect()
    }
}

fn cell<'a>(emoji: &str, chosen: bool) -> Element<'a, Message> {
    let sign = text(emoji.to_owned()).font(fonts::EMOJI).size(20).line_height(1.2);
    plain(container(sign).center(Fill))
        .width(CELL)
        .height(CELL)
        .padding(0)
        .style(theme::choice(chosen))
        .on_press(Message::Pick(emoji.to_owned()))
        .into()
}

/// Whether Snug's own font has it: newer ones would be empty boxes.
pub fn is_drawn(emoji: &&Emoji) -> bool {
    emoji.emoji_version() <= FONT
}

/// The emoji that a search finds: those whose name or short name begins with it before those that contain it.
pub fn found(query: &str) -> Vec<&'static str> {
    let query = query.trim().trim_matches(':').to_lowercase();
    let worth = |emoji: &Emoji| {
        let names = || emoji.shortcodes().chain(std::iter::once(emoji.name()));
        if names().any(|name| name == query) {
            return Some(0);
        }
        if names().any(|name| name.to_lowercase().starts_with(&query)) {
            return Some(1);
        }
        names().any(|name| name.to_lowercase().replace('_', " ").contains(&query)).then_some(2)
    };
    let mut hits: Vec<(u8, &str)> = emojis::iter()
        .filter(is_drawn)
        .filter_map(|emoji| worth(emoji).map(|worth| (worth, emoji.as_str())))
        .collect();
    hits.sort_by_key(|(worth, _)| *worth);
    hits.truncate(FOUND_MAX);
    hits.into_iter().map(|(_, emoji)| emoji).collect()
}

fn sign_of(group: Group) -> (&'static str, &'static str) {
    match group {
        Group::SmileysAndEmotion => ("😀", "Smileys"),
        Group::PeopleAndBody => ("👋", "People"),
        Group::AnimalsAndNature => ("🐻", "Animals and nature"),
        Group::FoodAndDrink => ("🍏", "Food and drink"),
        Group::TravelAndPlaces => ("🚗", "Travel and places"),
        Group::Activities => ("⚽", "Activities"),
        Group::Objects => ("💡", "Objects"),
        Group::Symbols => ("🔣", "Symbols"),
        Group::Flags => ("🏁", "Flags"),
    }
}

fn means(key: &keyboard::Key, modifiers: keyboard::Modifiers) -> Option<Message> {
    use keyboard::key::Named;
    if !modifiers.is_empty() {
        return None;
    }
    match key {
        keyboard::Key::Named(Named::ArrowLeft) => Some(Message::Move(-1)),
        keyboard::Key::Named(Named::ArrowRight) => Some(Message::Move(1)),
        keyboard::Key::Named(Named::ArrowUp) => Some(Message::Move(-(COLUMNS as isize))),
        keyboard::Key::Named(Named::ArrowDown) => Some(Message::Move(COLUMNS as isize)),
        keyboard::Key::Named(Named::Enter) => Some(Message::Enter),
        keyboard::Key::Named(Named::Escape) => Some(Message::Close),
        _ => None,
    }
}

/// The search field.
pub const SEARCH: &str = "emoji-search";
const GRID: &str = "emoji-grid";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_finds_by_either_name() {
        assert_eq!(found("tada")[0], "🎉");
        assert_eq!(found(":thumbsup:")[0], "👍");
        assert!(found("party").contains(&"🎉"));
        assert!(found("e").len() <= FOUND_MAX);
        assert!(found("no such emoji").is_empty());
    }

    #[test]
    fn arrows_choose_and_enter_picks() {
        let recent = vec!["👍".to_owned(), "🎉".to_owned()];
        let mut picker = Picker::new(&recent);
        for (by, want) in [(1, 1), (5, 1), (-9, 0), (1, 1)] {
            assert_eq!(picker.update(Message::Move(by), &recent), Action::Follow);
            assert_eq!(picker.chosen, want);
        }
        assert_eq!(picker.update(Message::Enter, &recent), Action::Pick("🎉".into()));
        picker.update(Message::Query("no such emoji".into()), &recent);
        assert_eq!(picker.update(Message::Enter, &recent), Action::None);
        assert_eq!(picker.update(Message::Close, &recent), Action::Close);
        assert_eq!(Picker::new(&[]).shelf, Shelf::Group(Group::SmileysAndEmotion));
    }
}
