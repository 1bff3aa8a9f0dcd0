//! The bar over a room that says how the connection is, where there is something to say or to do.

use iced::widget::{container, row};
use iced::{Center, Element, Fill, Theme};
use snug_engine::event::{Link, Problem, Session};

use crate::icon::{Icon, icon};
use crate::screen::full;
use crate::shared::Shared;
use crate::theme::{self, Tone, size};
use crate::widget::button;
use crate::widget::label::label;

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Try again now, or "use here".
    Retry,
    /// Back to the login form.
    LogInAgain,
    /// What changed.
    Details,
}

/// Draws it, where there is something to say.
pub fn view<'a>(session: &'a Session, shared: &Shared) -> Option<Element<'a, Message>> {
    let later = || lower_first(&full::countdown(shared));
    let bar = match &session.link {
        Link::Online { .. } => return None,
        Link::Connecting => bar(Icon::Again, "Connecting…".to_owned(), None, theme::quiet_bar, theme::muted),
        Link::Offline { problem, .. } => bar(
            Icon::Offline,
            format!("{} You can read and write; {}.", short(problem), later().trim_end_matches('…')),
            Some(("Try now", Message::Retry)),
            theme::bar,
            theme::ink,
        ),
        Link::Full { max, .. } => bar(
            Icon::Seat,
            format!("{}. This is your own copy; {}.", seats(*max), later().trim_end_matches('…')),
            Some(("Try now", Message::Retry)),
            theme::bar,
            theme::ink,
        ),
        Link::Replaced => bar(
            Icon::Alert,
            "You are logged in with this device somewhere else, so this window stopped.".to_owned(),
            Some(("Use here", Message::Retry)),
            theme::bar,
            theme::ink,
        ),
        Link::KeyChanged(_) => bar(
            Icon::ShieldCross,
            "This is not the server you trusted. Nothing was sent.".to_owned(),
            Some(("Details…", Message::Details)),
            theme::danger_bar,
            theme::danger,
        ),
        Link::DeviceForgotten => bar(
            Icon::LogOut,
            "The server does not know this device any more. What is unsent stays here.".to_owned(),
            Some(("Log in again", Message::LogInAgain)),
            theme::bar,
            theme::ink,
        ),
        Link::Stopped(problem) => bar(
            Icon::Alert,
            problem.to_string(),
            Some(("Try again", Message::Retry)),
            theme::danger_bar,
            theme::danger,
        ),
    };
    Some(bar)
}

/// What a bar has room for: here the address was right once.
fn short(problem: &Problem) -> String {
    match problem {
        Problem::Unreachable(_) => "The server does not answer.".into(),
        Problem::UnknownHost(_) => "The server's name cannot be found; is this computer online?".into(),
        other => other.to_string(),
    }
}

fn seats(max: u32) -> String {
    match max {
        1 => "The one seat is taken".into(),
        max => format!("All {max} seats are taken"),
    }
}

fn lower_first(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

fn bar<'a>(
    what: Icon,
    sentence: String,
    answer: Option<(&'a str, Message)>,
    style: fn(&Theme) -> container::Style,
    tone: Tone,
) -> Element<'a, Message> {
    let answer = answer.map(|(words, message)| button::short(words, theme::secondary).on_press(message));
    let content = row![icon(what, 17.0, tone), label(sentence, size::SMALL + 0.5, tone).width(Fill), answer]
        .spacing(12)
        .align_y(Center);
    container(content).padding([8, 20]).width(Fill).style(style).into()
}
