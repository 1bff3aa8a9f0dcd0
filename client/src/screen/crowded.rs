//! The password was right, but the account has as many devices as it may: which one makes room, or none.

use iced::widget::{column, container, row, space};
use iced::{Center, Element, Fill, Subscription};
use snug_engine::event::Device;

use crate::icon::{Icon, icon};
use crate::screen;
use crate::shared::Shared;
use crate::theme::{self, Soft};
use crate::widget::label::{body, name, small};
use crate::widget::{button, dialog};
use crate::wording;

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// "Log in here and log that one out".
    Replace,
    /// "Not now".
    NotNow,
}

/// Draws it, to lie over the form. Every press is an answer.
pub fn view<'a>(device: &'a Device, shared: &Shared) -> Element<'a, Answer> {
    let head = dialog::head(
        Icon::Seat,
        Soft::Accent,
        "You are logged in on too many devices",
        theme::ink,
        "Your password is right.".to_owned(),
    );
    let explained = body(
        "This account has as many devices as it may. One of them can make room: this is the one that was not here \
         for the longest time.",
    );
    let date = |at| wording::date(at, &shared.zone);
    let facts = if device.name.is_empty() {
        format!("added on {} · last here on {}", date(device.added), date(device.seen))
    } else {
        let system = wording::cut(&device.system, 32);
        format!("{system} · added on {} · last here on {}", date(device.added), date(device.seen))
    };
    let words = column![name(wording::cut(called(device), 40)), small(facts)].spacing(3).width(Fill);
    let card = container(row![icon(Icon::LogOut, 19.0, theme::muted), words].spacing(14).align_y(Center))
        .padding([14, 18])
        .width(Fill)
        .style(theme::inset);
    let fate = small(
        "It is logged out at once. What it has received stays on it; what it has not sent stays there, too, until \
         somebody logs in on it again.",
    );
    let answers = row![
        space().width(Fill),
        button::words("Not now", theme::secondary).on_press(Answer::NotNow),
        button::words("Log in here and log that one out", theme::primary).on_press(Answer::Replace),
    ]
    .spacing(10);
    dialog::over(column![head, explained, card, fate, answers].spacing(16), theme::dialog)
}

/// What a device is called.
pub fn called(device: &Device) -> &str {
    match (device.name.is_empty(), device.system.is_empty()) {
        (false, _) => &device.name,
        (true, false) => &device.system,
        (true, true) => "A device without a name",
    }
}

/// What it listens to: Escape is "Not now".
pub fn subscription() -> Subscription<Answer> {
    screen::escape().map(|()| Answer::NotNow)
}
