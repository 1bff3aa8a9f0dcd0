//! How the server is known: the key in words, how it came to be trusted, and every decision before.

use iced::Element;
use iced::Fill;
use iced::widget::{column, container, row};
use snug_engine::event::{Decision, Manner, Session};

use super::{Message, card, setting};
use crate::icon::Icon;
use crate::screen::trust::words_card;
use crate::shared::Shared;
use crate::theme::{self, Soft, size};
use crate::widget::label::{label, small, title};
use crate::widget::{button, line, pill};
use crate::wording;

/// Draws the page; `all` of the fingerprint, or its ends.
pub(super) fn view<'a>(all: bool, session: &'a Session, shared: &'a Shared) -> Element<'a, Message> {
    let verified = session.trust.manner.is_verified();
    let pill: Element<'a, Message> = if verified {
        pill::fact(Icon::ShieldCheck, "verified", Soft::Trust)
    } else {
        pill::fact(Icon::Shield, "not compared", Soft::Plain)
    };
    let since =
        format!("{}, on {}.", words(session.trust.manner), wording::date(session.trust.at, &shared.zone));
    let known = card(column![
        setting(&session.server_name, &session.address.to_string(), pill),
        line::across(),
        container(
            column![
                words_card(&session.fingerprint, all, Message::ShowAll),
                label(since, size::NAME, theme::muted),
                compare(session.trust.manner)
            ]
            .spacing(12)
        )
        .padding(16),
    ]);
    column![known, history(session, shared)].spacing(18).into()
}

/// What was not compared can be compared later: nothing is stronger.
fn compare<'a>(manner: Manner) -> Option<Element<'a, Message>> {
    let words = match manner {
        Manner::WordsCompared => return None,
        Manner::Unseen => {
            "Ask the owner for the words the server prints when it starts. If they are the same, nobody is in \
             between."
        }
        Manner::Password | Manner::Succession | Manner::Invite | Manner::Code => {
            "You can still compare the words with those the server prints when it starts."
        }
    };
    let words = label(words, size::NAME, theme::muted);
    let press = button::words("I compared the words", theme::trusting).on_press(Message::WordsCompared);
    Some(column![words, press].spacing(10).into())
}

/// Every decision, the newest first.
fn history<'a>(session: &Session, shared: &'a Shared) -> Option<Element<'a, Message>> {
    let server = shared.servers.iter().find(|server| server.key == session.server)?;
    if server.history.is_empty() {
        return None;
    }
    let rows = server.history.iter().rev().enumerate().map(|(at, decision)| {
        column![(at > 0).then(line::across), decided(decision, session, shared)].into()
    });
    Some(column![title("What was decided", size::TITLE), card(column(rows))].spacing(10).into())
}

fn decided<'a>(decision: &Decision, session: &Session, shared: &Shared) -> Element<'a, Message> {
    let key = (decision.fingerprint != session.fingerprint)
        .then(|| small(format!("Another key: {}", decision.fingerprint.phrase())));
    let how =
        column![label(words(decision.trust.manner), size::NAME, theme::ink), key].spacing(2).width(Fill);
    let when = label(wording::date(decision.trust.at, &shared.zone), size::NAME, theme::muted).width(150);
    container(row![when, how].spacing(12)).padding([11, 16]).into()
}

fn words(manner: Manner) -> &'static str {
    match manner {
        Manner::WordsCompared => "You compared the words",
        Manner::Password => "Your password proved it",
        Manner::Unseen => "Trusted at first contact, without comparing",
        Manner::Succession => "The key before it announced it",
        Manner::Invite => "An invite named its key",
        Manner::Code => "A code proved it",
    }
}
