//! An invite names another key for an address that is known: only the person can say whether it is the same server.
//! Nothing was dialled yet.

use iced::widget::{column, row, space};
use iced::{Center, Element, Fill, Subscription};
use jiff::tz::TimeZone;
use snug_engine::command::TrustAnswer;
use snug_engine::event::KeyChange;

use crate::icon::Icon;
use crate::screen;
use crate::screen::changed;
use crate::theme::{self, Soft};
use crate::widget::label::{body, small};
use crate::widget::{button, dialog};
use crate::wording;

/// Draws it, to lie over what it interrupts. Every press is an answer.
pub fn view<'a>(change: &KeyChange, zone: &TimeZone) -> Element<'a, TrustAnswer> {
    let head = dialog::head(
        Icon::Key,
        Soft::Accent,
        "This invite names another key",
        theme::ink,
        format!("{} · known since {}", change.address, wording::date(change.trusted_at, zone)),
    );
    let explained = body(
        "You know a server at this address, and the invite was made for another key. It may have been set up anew, \
         or another server took its place. Ask whoever sent you the invite. Nothing was sent yet.",
    );
    let compared =
        changed::compared(("You trusted", change.trusted), ("The invite", change.shown), Soft::Plain);
    let ways = column![
        small("The same server: your copy and your unsent messages stay with it, under the new key."),
        small("Another server: it is listed beside the one you know, which stays as it is."),
    ]
    .spacing(2);
    let answers = row![
        button::words("Not now", theme::secondary).on_press(TrustAnswer::NotNow),
        space().width(Fill),
        button::words("It is another server", theme::secondary).on_press(TrustAnswer::AnotherServer),
        button::words("It is the same server", theme::secondary).on_press(TrustAnswer::SameServer),
    ]
    .spacing(10)
    .align_y(Center);
    dialog::over(column![head, explained, compared, ways, answers].spacing(16), theme::dialog)
}

/// What it listens to: Escape is "Not now".
pub fn subscription() -> Subscription<TrustAnswer> {
    screen::escape().map(|()| TrustAnswer::NotNow)
}
