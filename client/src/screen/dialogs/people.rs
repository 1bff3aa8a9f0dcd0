//! Choosing people: a filter, a list, and those who are chosen.

use std::collections::BTreeSet;

use iced::widget::{button as plain, column, container, row, space};
use iced::{Center, Element, Fill};
use snug_engine::event::Room;
use snug_proto::entry::RoomKind;
use snug_proto::id::AccountId;
use snug_proto::limits::ADD_MEMBERS_MAX;
use snug_proto::talk::Target;

use crate::icon::{Icon, icon};
use crate::matching;
use crate::shared::Shared;
use crate::theme::{self, size};
use crate::widget::field::{self, Kind};
use crate::widget::label::{label, small};
use crate::widget::{avatar, scroll};
use crate::wording;

/// People shown at a time; the filter finds the others.
const SHOWN_MAX: usize = 60;

/// Who is chosen.
#[derive(Debug, Default)]
pub struct People {
    filter: String,
    chosen: BTreeSet<AccountId>,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Typed into the filter.
    Filter(String),
    /// Chosen, or no more.
    Toggle(AccountId),
    /// Enter in the filter: the first one shown.
    First,
}

impl People {
    /// Who is chosen.
    pub fn chosen(&self) -> Vec<AccountId> {
        self.chosen.iter().copied().collect()
    }

    /// Nobody any more.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes a message. `except` are not shown.
    pub fn update(&mut self, message: Message, shared: &Shared, except: &dyn Fn(AccountId) -> bool) {
        match message {
            Message::Filter(filter) => self.filter = filter,
            Message::Toggle(account) => self.toggle(account),
            Message::First => {
                if let Some((account, _)) = self.shown(shared, except).first() {
                    self.toggle(*account);
                    self.filter.clear();
                }
            }
        }
    }

    fn toggle(&mut self, account: AccountId) {
        if !self.chosen.remove(&account) && self.chosen.len() < ADD_MEMBERS_MAX {
            self.chosen.insert(account);
        }
    }

    fn shown<'a>(
        &self,
        shared: &'a Shared,
        except: &dyn Fn(AccountId) -> bool,
    ) -> Vec<(AccountId, &'a Room)> {
        let people = shared.rooms.iter().filter(|room| room.kind == RoomKind::DIRECT);
        let people = people.filter_map(|room| match room.target {
            Target::Person(account) if !except(account) => Some((account, room)),
            _ => None,
        });
        matching::best(people, &self.filter, SHOWN_MAX, |(_, room)| shared.searched(room))
    }

    /// Draws it.
    pub fn view<'a>(
        &'a self,
        shared: &'a Shared,
        except: &dyn Fn(AccountId) -> bool,
        height: f32,
    ) -> Element<'a, Message> {
        let shown = self.shown(shared, except);
        let nobody = shown.is_empty().then(|| {
            let words =
                if self.filter.is_empty() { "There is nobody else to add." } else { "Nobody of that name." };
            container(small(words)).padding([8, 10])
        });
        let rows = shown.into_iter().map(|(account, person)| self.row(account, person, shared));
        let list = scroll::list(column![column(rows), nobody].padding(4)).height(height).width(Fill);
        let count = match self.chosen.len() {
            0 => String::new(),
            ADD_MEMBERS_MAX => format!("{ADD_MEMBERS_MAX} people chosen, as many as go at once"),
            1 => "1 person chosen".to_owned(),
            chosen => format!("{chosen} people chosen"),
        };
        column![
            field::bare(
                "Filter by name",
                FILTER,
                &self.filter,
                Kind::Plain,
                Some(Message::Filter),
                Message::First
            ),
            container(list).style(theme::inset).padding(1),
            label(count, size::SMALL, theme::muted),
        ]
        .spacing(6)
        .into()
    }

    fn row<'a>(&self, account: AccountId, person: &'a Room, shared: &'a Shared) -> Element<'a, Message> {
        let chosen = self.chosen.contains(&account);
        let mark: Element<'a, Message> = if chosen {
            container(icon(Icon::Check, 13.0, theme::on_accent))
                .center(19)
                .style(theme::solid(theme::accent, 6.0))
                .into()
        } else {
            container(space()).center(19).style(theme::tick).into()
        };
        plain(
            row![
                avatar::present(
                    &shared.faces.face(account),
                    &person.name,
                    24.0,
                    person.presence,
                    avatar::on_page
                ),
                label(wording::cut(&person.name, 32), size::NAME, theme::ink).width(Fill),
                mark
            ]
            .spacing(10)
            .align_y(Center),
        )
        .padding([5, 8])
        .width(Fill)
        .style(theme::choice(false))
        .on_press(Message::Toggle(account))
        .into()
    }
}

/// The filter.
pub const FILTER: &str = "people-filter";
