//! First contact: is this really your server?

use iced::widget::{column, container, row, space};
use iced::{Center, Element, Fill, Subscription};
use snug_engine::command::TrustAnswer;
use snug_engine::event::TrustQuestion;
use snug_proto::Fingerprint;

use crate::fonts;
use crate::icon::Icon;
use crate::screen;
use crate::theme::{self, Soft, size};
use crate::widget::label::{body, label, mono, small};
use crate::widget::{button, dialog};

/// The dialog.
#[derive(Debug)]
pub struct Trust {
    question: TrustQuestion,
    all: bool,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// "show all" or "show less" of the fingerprint.
    ShowAll,
    /// An answer was pressed.
    Answer(TrustAnswer),
}

/// What it asks for.
#[derive(Debug)]
pub enum Action {
    /// Nothing.
    None,
    /// The answer.
    Answer(TrustAnswer),
}

impl Trust {
    /// The dialog about a question.
    pub fn new(question: TrustQuestion) -> Self {
        Self { question, all: false }
    }

    /// What is asked.
    pub fn question(&self) -> &TrustQuestion {
        &self.question
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::ShowAll => {
                self.all = !self.all;
                Action::None
            }
            Message::Answer(answer) => Action::Answer(answer),
        }
    }

    /// Draws it, to lie over what it interrupts.
    pub fn view(&self) -> Element<'_, Message> {
        let question = &self.question;
        let head = dialog::head(
            Icon::ShieldCheck,
            Soft::Trust,
            "Is this really your server?",
            theme::ink,
            format!("{} · first contact", question.address),
        );
        let explained = body(
            "This machine has never met this server. Compare these words with the ones its owner reads to you \
             (the server prints them when it starts). If they match, nobody is in between.",
        );
        let later = if question.can_prove {
            "Later visits need no question: a server with any other key is refused. Have an account already? \
             Your password can prove the server instead."
        } else {
            "Later visits need no question: a server with any other key is refused."
        };
        let unseen = row![
            small("Cannot reach the owner now?"),
            button::link("Trust without comparing", size::SMALL)
                .on_press(Message::Answer(TrustAnswer::WithoutComparing)),
            small("and compare later."),
        ]
        .spacing(4)
        .wrap();
        let prove = question.can_prove.then(|| {
            button::words("Prove it by logging in", theme::secondary)
                .on_press(Message::Answer(TrustAnswer::ProveByLogin))
        });
        let answers = row![
            prove,
            space().width(Fill),
            button::words("Not now", theme::secondary).on_press(Message::Answer(TrustAnswer::NotNow)),
            button::words("They match", theme::trusting).on_press(Message::Answer(TrustAnswer::TheyMatch)),
        ]
        .spacing(10)
        .align_y(Center);
        let content = column![
            head,
            explained,
            words_card(&question.fingerprint, self.all, Message::ShowAll),
            column![small(later), unseen].spacing(2),
            answers
        ]
        .spacing(16);
        dialog::over(content, theme::dialog)
    }

    /// What it listens to: Escape is "Not now".
    pub fn subscription(&self) -> Subscription<Message> {
        screen::escape().map(|()| Message::Answer(TrustAnswer::NotNow))
    }
}

/// A fingerprint as eight words in two rows and as hex, short or whole.
pub fn words_card<'a, Message: Clone + 'a>(
    fingerprint: &Fingerprint,
    all: bool,
    toggle: Message,
) -> Element<'a, Message> {
    let words = fingerprint.words();
    let line = |part: &[&'static str]| {
        row(part.iter().map(|word| label(*word, 19.0, theme::ink).font(fonts::BOLD).width(116).into()))
            .spacing(6)
    };
    let hex = fingerprint.to_string();
    let (shown, toggled): (Element<'a, Message>, _) = if all {
        // Two lines of sixteen bytes each: they stay together when read aloud.
        let (first, second) = hex.split_at(hex.len() / 2 + 1);
        (column![mono(format!("SHA256 {first}")), mono(format!("       {second}"))].into(), "show less")
    } else {
        let (first, last) = (&hex[..23], &hex[hex.len() - 5..]);
        (mono(format!("SHA256 {first}:…:{last}")).into(), "show all")
    };
    let hex: Element<'a, Message> = if all {
        column![shown, button::link(toggled, size::SMALL).on_press(toggle)].spacing(2).into()
    } else {
        row![shown, button::link(toggled, size::SMALL).on_press(toggle)].spacing(8).into()
    };
    container(column![line(&words[..4]), line(&words[4..]), hex].spacing(6))
        .padding([14, 18])
        .width(Fill)
        .style(theme::inset)
        .into()
}
