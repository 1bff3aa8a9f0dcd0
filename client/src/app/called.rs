//! Links that another start of this profile brings: an invite opened from a browser, while this window is there.

use iced::widget::{column, row, space};
use iced::{Center, Element, Fill, Task};
use snug_engine::command::Command;
use snug_engine::event::Session;
use snug_proto::MessageLink;
use snug_proto::invite::Destination;

use super::{App, FirstServer, Message, Screen};
use crate::icon::Icon;
use crate::instance::Call;
use crate::theme::{self, Soft};
use crate::widget::label::body;
use crate::widget::{button, dialog};

impl App {
    /// Another start was here. Where nothing is under way its link goes into the login form; else the person is asked,
    /// since any page of the web can open a link.
    pub(super) fn called(&mut self, call: &Call) -> Task<Message> {
        if call.0.is_empty() {
            return Task::none();
        }
        if let (Screen::Chat(chat), Ok(_)) = (&mut self.screen, MessageLink::parse(&call.0)) {
            let action = chat.follow(call.0.clone(), &self.shared);
            return self.do_chat(action);
        }
        let link = match call.0.parse::<Destination>() {
            Ok(link) => link,
            Err(bad) => {
                self.say(bad.to_string());
                return Task::none();
            }
        };
        match &self.screen {
            Screen::Login if self.login.is_idle() => self.point_form(&link),
            Screen::Chat(chat) if leads_to(&link, &chat.session) => {
                self.say("This is the server you are looking at.".to_owned());
                Task::none()
            }
            _ => {
                self.called = Some(link);
                Task::none()
            }
        }
    }

    /// The person decided.
    pub(super) fn follow(&mut self, yes: bool) -> Task<Message> {
        let Some(link) = self.called.take().filter(|_| yes) else { return Task::none() };
        self.send(Command::Leave);
        self.point_form(&link)
    }

    fn point_form(&mut self, link: &Destination) -> Task<Message> {
        self.first = FirstServer::Done;
        self.login.follow(link);
        self.login.focus().map(Message::Login)
    }

    /// Whether to leave what is shown for the link.
    pub(super) fn question(&self) -> Option<Element<'_, Message>> {
        let link = self.called.as_ref()?;
        let head = dialog::head(
            Icon::PersonPlus,
            Soft::Accent,
            "Follow this link?",
            theme::ink,
            link.address().to_string(),
        );
        let explained = body(
            "A link to another server was opened. If you follow it, this window goes to the login form; everything here \
             stays on this computer, and the server you are on is listed there.",
        );
        let answers = row![
            button::words("Not now", theme::secondary).on_press(Message::Follow(false)),
            space().width(Fill),
            button::words("Follow it", theme::primary).on_press(Message::Follow(true)),
        ]
        .align_y(Center);
        Some(dialog::over(column![head, explained, answers].spacing(16), theme::dialog))
    }
}

/// Whether a link leads to the server that is shown: by its key where it names one.
fn leads_to(link: &Destination, session: &Session) -> bool {
    match link {
        Destination::Invite(invite) => invite.fingerprint == session.fingerprint,
        Destination::Address(address) | Destination::Dictated(address, _) => *address == session.address,
    }
}
