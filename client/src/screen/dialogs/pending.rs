//! A deed on its way: its button waits, and why it was not done stands where the person acted.

use std::time::Instant;

use iced::widget::{Button, container, row};
use iced::{Center, Element, Fill};
use snug_engine::event::DeedDone;
use snug_proto::id::RoomId;

use crate::icon::{Icon, icon};
use crate::theme::{self, size};
use crate::widget::button;
use crate::widget::label::label;
use crate::wording;

/// How far a deed has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Pending {
    /// None is on its way.
    #[default]
    Ready,
    /// One was sent, under this ticket.
    Waiting(u64),
    /// The last one was not done.
    Refused {
        /// Why, as a sentence.
        reason: String,
        /// When trying again may help.
        again: Option<Instant>,
    },
}

impl Pending {
    /// A deed was sent.
    pub fn wait(&mut self, ticket: u64) {
        *self = Self::Waiting(ticket);
    }

    /// What came of a deed: `Some` where it was this one and it is done, with the room that it made.
    pub fn hear(&mut self, done: &DeedDone, now: Instant) -> Option<Option<RoomId>> {
        if *self != Self::Waiting(done.ticket) {
            return None;
        }
        match &done.result {
            Ok(room) => {
                *self = Self::Ready;
                Some(*room)
            }
            Err(undone) => {
                let again = undone.retry_after.map(|wait| now + wait);
                *self = Self::Refused { reason: undone.reason.clone(), again };
                None
            }
        }
    }

    /// The person changed something: the old sentence is about something else.
    pub fn forget(&mut self) {
        if matches!(self, Self::Refused { again: None, .. }) {
            *self = Self::Ready;
        }
    }

    /// Whether a deed may be sent now.
    pub fn may_act(&self, now: Instant) -> bool {
        match self {
            Self::Ready => true,
            Self::Waiting(_) => false,
            Self::Refused { again, .. } => again.is_none_or(|again| again <= now),
        }
    }

    /// Whether a clock runs that is shown.
    pub fn counts(&self) -> bool {
        matches!(self, Self::Refused { again: Some(_), .. })
    }

    /// The sentence, where there is one.
    pub fn view<'a, Message: 'a>(&self, now: Instant) -> Option<Element<'a, Message>> {
        let Self::Refused { reason, again } = self else { return None };
        let wait = again.map(|again| again.saturating_duration_since(now)).filter(|wait| !wait.is_zero());
        let words = match wait {
            Some(wait) => format!("{reason} Possible again in {}.", wording::span(wait)),
            None => reason.clone(),
        };
        let content =
            row![icon(Icon::Alert, 15.0, theme::danger), label(words, size::NAME, theme::danger).width(Fill)]
                .spacing(8)
                .align_y(Center);
        Some(container(content).into())
    }

    /// A button that sends a deed; while one is on its way it says so.
    pub fn button<'a, Message: Clone + 'a>(
        &self,
        ready: &'a str,
        waiting: &'a str,
        send: Option<Message>,
        now: Instant,
    ) -> Button<'a, Message> {
        let words = if matches!(self, Self::Waiting(_)) { waiting } else { ready };
        button::words(words, theme::primary).on_press_maybe(send.filter(|_| self.may_act(now)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use snug_engine::event::Undone;

    use super::*;

    #[test]
    fn only_the_own_ticket_counts_and_a_refusal_waits() {
        let now = Instant::now();
        let mut pending = Pending::Ready;
        pending.wait(3);
        assert!(!pending.may_act(now));
        assert_eq!(pending.hear(&DeedDone { ticket: 2, result: Ok(None) }, now), None);
        assert_eq!(pending, Pending::Waiting(3));
        let undone = Undone { reason: "Not yet.".into(), retry_after: Some(Duration::from_secs(9)) };
        assert_eq!(pending.hear(&DeedDone { ticket: 3, result: Err(undone) }, now), None);
        assert!(!pending.may_act(now) && pending.may_act(now + Duration::from_secs(9)));
        pending.forget();
        assert!(!pending.may_act(now), "typing does not shorten the wait");
        pending.wait(4);
        let done = DeedDone { ticket: 4, result: Ok(Some(RoomId(7))) };
        assert_eq!(pending.hear(&done, now), Some(Some(RoomId(7))));
        assert_eq!(pending, Pending::Ready);
    }
}
