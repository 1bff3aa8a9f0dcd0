//! The bars over a room: how the connection is, what a server put back lacks, an export or import, and why something
//! was not done. Each is there only while there is something to say or to do.

use std::path::PathBuf;

use iced::widget::{column, container, progress_bar, row};
use iced::{Center, Element, Fill, Theme};
use snug_engine::event::{Job, JobEnd, JobWay, Link, Problem, Session};

use super::handing::Offer;
use crate::icon::{Icon, icon};
use crate::screen::dialogs::pending::Pending;
use crate::screen::full;
use crate::shared::Shared;
use crate::theme::{self, Tone, size};
use crate::widget::button;
use crate::widget::label::label;
use crate::wording;

/// What happens in them.
#[derive(Debug, Clone)]
pub enum Message {
    /// Try again now, or "use here".
    Retry,
    /// Back to the login form.
    LogInAgain,
    /// What changed.
    Details,
    /// "Make this a device of its own".
    OwnDevice,
    /// Messages that the server lacks are sent again.
    SendFormer,
    /// They stay where they are.
    LeaveFormer,
    /// Stop the export or import.
    StopJob,
    /// Show what was exported.
    ShowJob(PathBuf),
    /// The end of the export or import was read.
    CloseJob,
    /// Codes to write down.
    Recovery,
    /// Not now; the settings have them.
    NoRecovery,
    /// Why something was not done was read.
    CloseQuick,
}

/// Draws those that have something to say. `closed` is a job whose end was read already.
pub fn view<'a>(
    session: &'a Session,
    quick: &Pending,
    offer: Offer,
    closed: Option<&Job>,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let former = (shared.former.count > 0).then(|| former(shared.former.count));
    let job = shared.job.as_ref().filter(|job| Some(*job) != closed).map(job);
    let quick = quick.view(shared.now).map(|words| {
        let close = button::round(Icon::Cross, theme::muted, "Close", Some(Message::CloseQuick));
        let content = row![words, close].spacing(12).align_y(Center);
        container(content).padding([4, 20]).width(Fill).style(theme::danger_bar)
    });
    column![link(session, shared), former, job, offered(offer), quick].into()
}

fn offered<'a>(offer: Offer) -> Option<Element<'a, Message>> {
    if offer == Offer::Nothing {
        return None;
    }
    let words = "Should you ever forget your password, recovery codes let you back in.".to_owned();
    let answers = vec![
        button::short("Not now", theme::secondary).on_press(Message::NoRecovery).into(),
        button::short("Make codes…", theme::primary).on_press(Message::Recovery).into(),
    ];
    Some(bar(Icon::Key, words, answers, theme::quiet_bar, theme::ink))
}

fn former<'a>(count: u32) -> Element<'a, Message> {
    let words = format!(
        "The server was restored from a backup and lacks {} of yours. Your copy still has {}.",
        wording::count(count, "message"),
        if count == 1 { "it" } else { "them" }
    );
    let answers = vec![
        button::short("Do not send", theme::secondary).on_press(Message::LeaveFormer).into(),
        // At the end, where "Try now" was until the connection came back: whoever still presses that loses nothing.
        button::short("Send again", theme::primary).on_press(Message::SendFormer).into(),
    ];
    bar(Icon::Again, words, answers, theme::bar, theme::ink)
}

fn job(job: &Job) -> Element<'_, Message> {
    let name = wording::cut(&job.room_name, 32);
    let (doing, done) = match job.way {
        JobWay::Export => ("Exporting", "was exported"),
        JobWay::Import => ("Importing", "was imported"),
    };
    let close = || button::round(Icon::Cross, theme::muted, "Close", Some(Message::CloseJob));
    match &job.end {
        None => {
            let words =
                format!("{doing} {name} · {} of {}", wording::number(job.done), wording::messages(job.total));
            let part = job.done as f32 / job.total.max(1) as f32;
            let line = row![
                icon(
                    if job.way == JobWay::Export { Icon::Download } else { Icon::Upload },
                    17.0,
                    theme::accent
                ),
                label(words, size::SMALL + 0.5, theme::ink),
                container(progress_bar(0.0..=1.0, part).girth(5).style(theme::progress)).width(Fill),
                button::short("Stop", theme::secondary).on_press(Message::StopJob)
            ]
            .spacing(12)
            .align_y(Center);
            container(line).padding([8, 20]).width(Fill).style(theme::quiet_bar).into()
        }
        Some(JobEnd::Done(path)) => {
            let words = format!("{name} {done}: {}.", wording::messages(job.done));
            let show = path
                .clone()
                .map(|path| button::short("Show", theme::secondary).on_press(Message::ShowJob(path)).into());
            let answers = show.into_iter().chain([close()]).collect();
            bar(Icon::Check, words, answers, theme::quiet_bar, theme::ink)
        }
        Some(JobEnd::Failed(reason)) => bar(
            Icon::Alert,
            format!("{doing} {name}: {reason}"),
            vec![close()],
            theme::danger_bar,
            theme::danger,
        ),
    }
}

/// How the connection is, where there is something to say.
fn link<'a>(session: &'a Session, shared: &Shared) -> Option<Element<'a, Message>> {
    let later = || lower_first(&full::countdown(shared));
    let again = |words, message| vec![button::short(words, theme::secondary).on_press(message).into()];
    let both = |first, second| {
        vec![
            button::short(first, theme::secondary).on_press(Message::Retry).into(),
            button::short(second, theme::secondary).on_press(Message::OwnDevice).into(),
        ]
    };
    let (what, words, answers, style, tone): (_, _, _, fn(&Theme) -> container::Style, Tone) =
        match &session.link {
            Link::Online { .. } => return None,
            Link::Connecting => {
                (Icon::Again, "Connecting…".to_owned(), Vec::new(), theme::quiet_bar, theme::muted)
            }
            Link::Offline { problem, .. } => (
                Icon::Offline,
                format!("{} You can read and write; {}.", short(problem), later().trim_end_matches('…')),
                again("Try now", Message::Retry),
                theme::bar,
                theme::ink,
            ),
            Link::Full { max, .. } => (
                Icon::Seat,
                format!("{}. This is your own copy; {}.", seats(*max), later().trim_end_matches('…')),
                again("Try now", Message::Retry),
                theme::bar,
                theme::ink,
            ),
            Link::Replaced { again: true } => (
                Icon::Alert,
                "Two places keep taking this device from each other. Make one of them a device of its own."
                    .to_owned(),
                vec![
                    button::short("Make this a device of its own", theme::primary)
                        .on_press(Message::OwnDevice)
                        .into(),
                    button::short("Use here", theme::secondary).on_press(Message::Retry).into(),
                ],
                theme::bar,
                theme::ink,
            ),
            Link::Replaced { again: false } => (
                Icon::Alert,
                "You are logged in with this device somewhere else, so this window stopped.".to_owned(),
                both("Use here", "Make this a device of its own"),
                theme::bar,
                theme::ink,
            ),
            Link::KeyChanged(_) => (
                Icon::ShieldCross,
                "This is not the server you trusted. Nothing was sent.".to_owned(),
                again("Details…", Message::Details),
                theme::danger_bar,
                theme::danger,
            ),
            Link::Kicked => (
                Icon::LogOut,
                "An administrator sent you out. You can read; what you write waits here.".to_owned(),
                again("Connect", Message::Retry),
                theme::bar,
                theme::ink,
            ),
            Link::DeviceForgotten => (
                Icon::LogOut,
                "The server does not know this device any more. What is unsent stays here.".to_owned(),
                again("Log in again", Message::LogInAgain),
                theme::bar,
                theme::ink,
            ),
            Link::Stopped(problem @ Problem::FolderCopied) => (
                Icon::Alert,
                problem.to_string(),
                // Going on as the same device would end here again, and put the other one out.
                again("Make this a device of its own", Message::OwnDevice),
                theme::danger_bar,
                theme::danger,
            ),
            // An administrator's decision is no broken promise.
            Link::Stopped(problem @ Problem::Banned { .. }) => (
                Icon::LogOut,
                format!("{problem} You can read; what you write waits here."),
                again("Try again", Message::Retry),
                theme::bar,
                theme::ink,
            ),
            Link::Stopped(problem) => (
                Icon::Alert,
                problem.to_string(),
                again("Try again", Message::Retry),
                theme::danger_bar,
                theme::danger,
            ),
        };
    Some(bar(what, words, answers, style, tone))
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
    answers: Vec<Element<'a, Message>>,
    style: fn(&Theme) -> container::Style,
    tone: Tone,
) -> Element<'a, Message> {
    let words = label(sentence, size::SMALL + 0.5, tone).width(Fill);
    let content = row![icon(what, 17.0, tone), words, row(answers).spacing(8).align_y(Center)]
        .spacing(12)
        .align_y(Center);
    container(content).padding([8, 20]).width(Fill).style(style).into()
}
