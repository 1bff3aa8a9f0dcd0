//! A known server shows another key: a hard stop. There is no way to continue but the ones that prove something.

use iced::widget::{column, container, operation, row, space};
use iced::{Center, Element, Fill, Subscription, Task, Theme};
use jiff::tz::TimeZone;
use snug_engine::command::Password;
use snug_engine::event::KeyChange;
use snug_proto::Fingerprint;

use zeroize::Zeroizing;

use crate::fonts;
use crate::icon::Icon;
use crate::screen;
use crate::theme::{self, Soft, Tone, size};
use crate::widget::label::{body, label, small};
use crate::widget::{button, dialog, field, line};
use crate::wording;

/// The dialog.
#[derive(Debug)]
pub struct Changed {
    change: KeyChange,
    proof: Proof,
}

/// How far "Prove it with my password" is.
#[derive(Debug)]
enum Proof {
    NotAsked,
    Typing(Zeroizing<String>),
    UnderWay,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// "Prove it with my password".
    AskProof,
    /// Typed into the password field.
    Typed(String),
    /// "Prove it".
    Prove,
    /// "Stay disconnected".
    Stay,
    /// "Copy details".
    CopyDetails,
}

/// What it asks for.
#[derive(Debug)]
pub enum Action {
    /// Nothing.
    None,
    /// A task of its own.
    Run(Task<Message>),
    /// Prove the server with this password.
    Prove(Password),
    /// Stay disconnected.
    Stay,
    /// Copy what helps to find out what happened.
    CopyDetails,
}

impl Changed {
    /// The dialog about a change.
    pub fn new(change: KeyChange) -> Self {
        Self { change, proof: Proof::NotAsked }
    }

    /// The engine said it again, perhaps with the outcome of a proof.
    pub fn renew(&mut self, change: KeyChange) {
        if matches!(self.proof, Proof::UnderWay) {
            self.proof = Proof::Typing(Zeroizing::default());
        }
        self.change = change;
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::AskProof => {
                self.proof = Proof::Typing(Zeroizing::default());
                Action::Run(operation::focus(PASSWORD))
            }
            Message::Typed(typed) => {
                if let Proof::Typing(password) = &mut self.proof {
                    *password = Zeroizing::new(typed);
                }
                Action::None
            }
            Message::Prove => match std::mem::replace(&mut self.proof, Proof::UnderWay) {
                Proof::Typing(password) if !password.is_empty() => {
                    Action::Prove(Password::new(password.as_str()))
                }
                before => {
                    self.proof = before;
                    Action::None
                }
            },
            Message::Stay => Action::Stay,
            Message::CopyDetails => Action::CopyDetails,
        }
    }

    /// Draws it, to lie over what it interrupts.
    pub fn view(&self, zone: &TimeZone) -> Element<'_, Message> {
        let change = &self.change;
        let head = dialog::head(
            Icon::ShieldCross,
            Soft::Danger,
            "This is not the server you trusted",
            theme::danger,
            format!("{} · trusted since {}", change.address, wording::date(change.trusted_at, zone)),
        );
        let explained = body(
            "The key has changed and the change was not announced by the old key. Somebody may be listening in, \
             or the server was reinstalled. Snug did not connect and sent nothing.",
        );
        let compared =
            compared(("You trusted", change.trusted), ("It shows now", change.shown), Soft::Danger);
        let content = column![head, explained, compared, self.proof(), self.buttons()].spacing(16);
        dialog::over(content, theme::danger_dialog)
    }

    fn proof(&self) -> Option<Element<'_, Message>> {
        let typed = match &self.proof {
            Proof::NotAsked => return None,
            Proof::Typing(password) => Some(password.as_str()),
            Proof::UnderWay => None,
        };
        let on_input = typed.map(|_| Message::Typed as fn(String) -> Message);
        let typed = typed.unwrap_or_default();
        let under = match (&self.proof, &self.change.problem) {
            (Proof::UnderWay, _) => small("Proving…"),
            (_, Some(problem)) => label(problem.to_string(), size::SMALL, theme::danger),
            _ => small(
                "Only the server that made your account can answer your password. Nothing else is sent, and \
                 the password itself never leaves this machine.",
            ),
        };
        let typing = row![
            container(field::bare(
                "Password",
                PASSWORD,
                typed,
                field::Kind::Secret,
                on_input,
                Message::Prove
            ))
            .width(Fill),
            button::words("Prove it", theme::dangerous)
                .on_press_maybe((!typed.is_empty()).then_some(Message::Prove)),
        ]
        .spacing(10);
        Some(column![typing, under].spacing(6).into())
    }

    fn buttons(&self) -> Element<'_, Message> {
        let prove = matches!(self.proof, Proof::NotAsked).then(|| {
            button::words("Prove it with my password", theme::dangerous).on_press(Message::AskProof)
        });
        row![
            prove,
            button::link("Copy details", size::SMALL).on_press(Message::CopyDetails),
            space().width(Fill),
            button::words("Stay disconnected", theme::primary).on_press(Message::Stay),
        ]
        .spacing(14)
        .align_y(Center)
        .into()
    }

    /// What it listens to: Escape is "Stay disconnected".
    pub fn subscription(&self) -> Subscription<Message> {
        screen::escape().map(|()| Message::Stay)
    }
}

/// Two keys in words, one under the other: what was trusted, and what is there now.
pub(super) fn compared<'a, M: 'a>(
    (before, trusted): (&'a str, Fingerprint),
    (now, shown): (&'a str, Fingerprint),
    kind: Soft,
) -> Element<'a, M> {
    let (tone, foot): (Tone, fn(&Theme) -> container::Style) = match kind {
        Soft::Danger => (theme::danger, theme::danger_foot),
        _ => (theme::muted, container::transparent),
    };
    let words = |phrase: String| label(phrase, size::TEXT, theme::ink).font(fonts::SEMIBOLD).width(Fill);
    let before = row![small(before).width(92), words(trusted.phrase())];
    let now = row![label(now, size::SMALL, tone).width(92), words(shown.phrase())];
    let before = container(before.align_y(Center)).padding([12, 16]);
    let now = container(now.align_y(Center)).padding([12, 16]).width(Fill).style(foot);
    container(column![before, line::across(), now]).padding(1).width(Fill).style(theme::inset).into()
}

/// The password field.
pub const PASSWORD: &str = "changed-password";
