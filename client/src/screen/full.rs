//! All seats are taken: how many there are, and when the next try comes.

use iced::widget::{column, container, row, space};
use iced::{Center, Element, Fill, Subscription};
use snug_engine::event::Full as Facts;

use crate::icon::{Icon, icon};
use crate::shared::Shared;
use crate::theme::{self, Soft, size};
use crate::widget::button;
use crate::widget::label::{body, small, title};
use crate::wording;

/// The screen.
#[derive(Debug)]
pub struct Full {
    facts: Facts,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// "Try again now".
    TryAgain,
    /// "Back".
    Back,
    /// "Copy details".
    CopyDetails,
}

/// What it asks for.
#[derive(Debug)]
pub enum Action {
    /// Try again now.
    TryAgain,
    /// Stop waiting.
    Leave,
    /// Copy what helps to find out what happened.
    CopyDetails,
}

impl Full {
    /// The screen about a full server.
    pub fn new(facts: Facts) -> Self {
        Self { facts }
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::TryAgain => Action::TryAgain,
            Message::Back => Action::Leave,
            Message::CopyDetails => Action::CopyDetails,
        }
    }

    /// Draws it.
    pub fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let facts = &self.facts;
        let seats = row((0..facts.max.min(8)).map(|_| {
            container(icon(Icon::Seat, 26.0, theme::accent))
                .center(48)
                .style(theme::soft(Soft::Accent, 12.0))
                .into()
        }))
        .spacing(10);
        let taken = match facts.max {
            1 => format!("The one seat at {} is taken", wording::cut(&facts.server, 32)),
            max => format!("All {max} seats at {} are taken", wording::cut(&facts.server, 32)),
        };
        let content = column![
            seats,
            title(taken, 24.0).align_x(Center),
            body(
                "This server is for a few people at a time. As soon as somebody leaves, there is room for you. \
                 You need not type anything again."
            )
            .width(460)
            .align_x(Center),
            container(small(countdown(shared)).size(size::NAME)).id(COUNTDOWN),
            space().height(4),
            row![
                button::words("Back", theme::secondary).on_press(Message::Back),
                button::words("Try again now", theme::primary).on_press(Message::TryAgain),
            ]
            .spacing(10),
            button::link("Copy details", size::SMALL).on_press(Message::CopyDetails),
        ]
        .spacing(16)
        .max_width(620)
        .align_x(Center);
        container(content).center(Fill).padding(40).style(theme::page).into()
    }

    /// What it listens to.
    pub fn subscription(&self) -> Subscription<Message> {
        Subscription::none()
    }
}

/// When the next try comes, in words.
pub fn countdown(shared: &Shared) -> String {
    match shared.retry_in().as_secs_f32().ceil() as u64 {
        0 => "Trying again…".into(),
        seconds => format!("Trying again in {}", wording::span(std::time::Duration::from_secs(seconds))),
    }
}

/// The countdown.
pub const COUNTDOWN: &str = "full-countdown";
