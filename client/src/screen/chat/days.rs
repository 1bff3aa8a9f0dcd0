//! Where to jump in a room's past: a small question at the day divider.

use iced::widget::{Id, column, container, operation, row, text_input};
use iced::{Element, Task, keyboard};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use snug_engine::command::Place;

use crate::fonts;
use crate::icon::Icon;
use crate::theme::{self, size};
use crate::widget::button;
use crate::widget::halo::halo;
use crate::widget::keys::keys;
use crate::widget::label::{label, small};
use crate::wording;

/// What is typed.
#[derive(Debug, Default)]
pub struct Days {
    typed: String,
    problem: Option<&'static str>,
}

/// What happens in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Typed.
    Typed(String),
    /// Enter.
    Go,
    /// A day that is told by its distance from today.
    Ago(i32),
    /// Where the room begins.
    First,
    /// Escape.
    Close,
}

/// What it asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    None,
    /// Go there.
    Jump(Place),
    /// Away with it.
    Close,
}

/// Puts the caret into the field.
pub fn focus<M: Send + 'static>() -> Task<M> {
    operation::focus(DATE)
}

impl Days {
    /// Takes a message. `wall` is now.
    pub fn update(&mut self, message: Message, wall: i64, zone: &TimeZone) -> Action {
        let today = wording::local(wall, zone).date();
        let day = match message {
            Message::Typed(typed) => {
                self.typed = typed;
                self.problem = None;
                return Action::None;
            }
            Message::Close => return Action::Close,
            Message::First => return Action::Jump(Place::Date(0)),
            Message::Ago(days) => today.checked_sub(Span::new().days(days)).ok(),
            Message::Go => read(&self.typed, today),
        };
        let Some(day) = day else {
            self.problem = Some("Write the day as 2026-10-03, or as 3.10.");
            return Action::None;
        };
        match day.to_zoned(zone.clone()) {
            Ok(begin) if day <= today => Action::Jump(Place::Date(begin.timestamp().as_millisecond())),
            _ => {
                self.problem = Some("That day is still to come.");
                Action::None
            }
        }
    }

    /// Draws it.
    pub fn view(&self) -> Element<'_, Message> {
        let field = text_input("2026-10-03", &self.typed)
            .id(Id::new(DATE))
            .on_input(Message::Typed)
            .on_submit(Message::Go)
            .font(fonts::TEXT)
            .size(size::NAME)
            .padding([8, 12])
            .style(theme::field);
        let days = column![
            button::menu_row(Icon::Calendar, "Today", Message::Ago(0)),
            button::menu_row(Icon::Calendar, "Yesterday", Message::Ago(1)),
            button::menu_row(Icon::Calendar, "A week ago", Message::Ago(7)),
            button::menu_row(Icon::Back, "The first message", Message::First),
        ];
        let problem = self.problem.map(|words| label(words, size::SMALL, theme::danger));
        let go = button::short("Go", theme::primary).on_press(Message::Go);
        let ask = column![small("Jump to a day"), row![field, go].spacing(6).align_y(iced::Center), problem];
        let content = column![container(ask.spacing(6)).padding([4, 6]), days].spacing(4);
        let card = container(content).padding(6).width(250).style(theme::card);
        keys(halo(card, theme::radius::CARD), |key, _| {
            (*key == keyboard::Key::Named(keyboard::key::Named::Escape)).then_some(Message::Close)
        })
    }
}

/// A day as people type it: `2026-10-03`, `3.10.2026`, `3.10.` of the year that has passed it.
fn read(typed: &str, today: Date) -> Option<Date> {
    let typed = typed.trim();
    if let Ok(day) = typed.parse::<Date>() {
        return Some(day);
    }
    let mut parts = typed.trim_end_matches('.').split('.').map(|part| part.trim().parse::<i16>().ok());
    let day = i8::try_from(parts.next()??).ok()?;
    let month = i8::try_from(parts.next()??).ok()?;
    let year = parts.next();
    if parts.next().is_some() {
        return None;
    }
    match year {
        Some(year) => Date::new(year?, month, day).ok(),
        None => {
            let this_year = Date::new(today.year(), month, day).ok()?;
            if this_year <= today { Some(this_year) } else { this_year.checked_sub(1.year()).ok() }
        }
    }
}

/// The field for a day.
pub const DATE: &str = "jump-date";

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const NOON: i64 = 1_791_979_200_000; // 14 October 2026, 12:00 UTC

    #[test]
    fn days_as_people_type_them() {
        let today = date(2026, 10, 14);
        for (typed, day) in [
            ("2026-10-03", Some(date(2026, 10, 3))),
            (" 3.10.2026 ", Some(date(2026, 10, 3))),
            ("3.10.", Some(date(2026, 10, 3))),
            ("31.12", Some(date(2025, 12, 31))),
            ("31.2.", None),
            ("", None),
            ("1.2.3.4", None),
            ("99999.1.1", None),
        ] {
            assert_eq!(read(typed, today), day, "{typed}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight_and_the_future_is_no_place() {
        let mut days = Days::default();
        let midnight = NOON - 12 * 3_600_000;
        let mut go = |message| days.update(message, NOON, &TimeZone::UTC);
        assert_eq!(go(Message::Ago(1)), Action::Jump(Place::Date(midnight - 24 * 3_600_000)));
        assert_eq!(go(Message::First), Action::Jump(Place::Date(0)));
        go(Message::Typed("2027-01-01".into()));
        assert_eq!(go(Message::Go), Action::None);
        go(Message::Typed("nonsense".into()));
        assert_eq!(go(Message::Go), Action::None);
        assert!(days.problem.is_some());
    }
}
