//! What is said once, over whatever is shown.

use std::time::{Duration, Instant};

use iced::widget::{column, container, row};
use iced::{Bottom, Center, Element, Fill};

use super::{App, Message};
use crate::icon::Icon;
use crate::theme::{self, size};
use crate::widget::button;
use crate::widget::halo::halo;
use crate::widget::label::label;

/// How long something said once stays.
const STAYS: Duration = Duration::from_secs(9);
const WIDTH: f32 = 580.0;
/// Things said once that are shown at a time.
const SHOWN_MAX: usize = 3;

/// Something said once.
#[derive(Debug)]
pub(super) struct Toast {
    words: String,
    stays: Stays,
}

/// How long it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stays {
    Until(Instant),
    /// Until somebody closes it: it must not pass while nobody is there.
    UntilRead,
}

impl App {
    /// Says something once.
    pub(super) fn say(&mut self, words: String) {
        self.show_toast(Toast { words, stays: Stays::Until(Instant::now() + STAYS) });
    }

    /// Says something once that stays until it is closed.
    pub(super) fn say_until_read(&mut self, words: String) {
        self.show_toast(Toast { words, stays: Stays::UntilRead });
    }

    fn show_toast(&mut self, toast: Toast) {
        self.toasts.retain(|shown| shown.words != toast.words);
        if self.toasts.len() == SHOWN_MAX {
            let passes = self.toasts.iter().position(|shown| shown.stays != Stays::UntilRead);
            self.toasts.remove(passes.unwrap_or(0));
        }
        self.toasts.push(toast);
    }

    /// Those whose time is over go.
    pub(super) fn forget_toasts(&mut self) {
        let now = self.shared.now;
        self.toasts.retain(|toast| match toast.stays {
            Stays::Until(until) => until > now,
            Stays::UntilRead => true,
        });
    }

    /// Whether a clock runs for one of them.
    pub(super) fn toast_passes(&self) -> bool {
        self.toasts.iter().any(|toast| toast.stays != Stays::UntilRead)
    }

    pub(super) fn close_toast(&mut self, at: usize) {
        if at < self.toasts.len() {
            self.toasts.remove(at);
        }
    }

    pub(super) fn toasts(&self) -> Option<Element<'_, Message>> {
        if self.toasts.is_empty() {
            return None;
        }
        let toasts = self.toasts.iter().enumerate().map(|(at, toast)| {
            let close = button::round(Icon::Cross, theme::muted, "Close", Some(Message::CloseToast(at)));
            let words = label(&toast.words, size::NAME, theme::ink).width(Fill);
            let card = container(row![words, close].spacing(10).align_y(Center))
                .padding(iced::Padding::from([8, 8]).left(16))
                .style(theme::card);
            container(halo(card, theme::radius::CARD)).max_width(WIDTH).into()
        });
        let toasts = container(column(toasts).spacing(8).align_x(Center))
            .width(Fill)
            .height(Fill)
            .align_x(Center)
            .align_y(Bottom)
            .padding(iced::Padding::ZERO.bottom(92).horizontal(20));
        Some(toasts.into())
    }
}
