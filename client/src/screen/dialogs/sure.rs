//! One question before something that others will feel: what will happen is said first.

use iced::widget::{column, container, row, space};
use iced::{Element, Fill};
use snug_engine::command::{Command, Deed};
use snug_engine::event::Resident;
use snug_proto::code::CodeName;
use snug_proto::house::Act;
use snug_proto::id::RoomId;
use snug_proto::talk::Role;

use super::Outcome;
use super::pending::Pending;
use crate::shared::Shared;
use crate::theme;
use crate::widget::button;
use crate::widget::label::{body, title};
use crate::widget::reach::reach;
use crate::wording;

/// The dialog.
#[derive(Debug)]
pub struct Sure {
    question: String,
    happens: String,
    yes: &'static str,
    does: Does,
    /// The deed on its way.
    pub pending: Pending,
}

/// What is done with a yes.
#[derive(Debug)]
enum Does {
    Deed(Deed),
    Revoke(CodeName),
}

/// What happens in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// The yes.
    Yes,
    /// "Cancel".
    No,
}

impl Sure {
    /// Whether somebody is sent out.
    pub fn kick(person: &Resident) -> Self {
        let name = wording::cut(&person.name, 32);
        Self {
            question: format!("Send {name} out?"),
            happens: format!(
                "Everything {name} has open here is closed. They stay away until they press “Connect”. Nothing is deleted, \
                 and a line in the house tells everybody."
            ),
            yes: "Send out",
            does: Does::Deed(Deed::Act(Act::Kick { account: person.account })),
            pending: Pending::Ready,
        }
    }

    /// Whether somebody may do more or less from now on. `house` is the room where that stands.
    pub fn role(person: &Resident, role: Role, me: bool, house: RoomId) -> Self {
        let name = wording::cut(&person.name, 32);
        let (what, yes, may) = match role {
            Role::Member => ("a member", "Make a member", "They administrate nothing any more."),
            Role::Moderator => (
                "a moderator",
                "Make a moderator",
                "Moderators see people, codes, bans and storage, send out and ban members, revoke their codes, and keep \
                 order in the lobby.",
            ),
            Role::Owner => (
                "an owner",
                "Make an owner",
                "Owners do everything an administrator can, also to other owners: reset passwords, give roles, change \
                 settings.",
            ),
        };
        let (question, may) = match (me, role) {
            (true, Role::Owner) => ("Make yourself an owner?".to_owned(), may.to_owned()),
            (true, _) => (
                format!("Make yourself {what}?"),
                "Only another owner can make you an owner again. The last owner cannot do this.".to_owned(),
            ),
            (false, _) => (format!("Make {name} {what}?"), may.to_owned()),
        };
        Self {
            question,
            happens: format!("{may} A line in the house tells everybody."),
            yes,
            does: Does::Deed(Deed::SetRole { room: house, account: person.account, role }),
            pending: Pending::Ready,
        }
    }

    /// Whether a code is revoked. `of` says what it is.
    pub fn revoke(code: CodeName, of: &str) -> Self {
        Self {
            question: format!("Revoke {code}-…?"),
            happens: format!("{of}. It does nothing from then on: who has it needs a new one."),
            yes: "Revoke",
            does: Does::Revoke(code),
            pending: Pending::Ready,
        }
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Outcome {
        match (message, &self.does) {
            (Message::No, _) => Outcome::Close,
            (Message::Yes, _) if !self.pending.may_act(shared.now) => Outcome::Stay,
            (Message::Yes, Does::Deed(deed)) => Outcome::Do(deed.clone()),
            (Message::Yes, Does::Revoke(code)) => Outcome::Send(Command::Uninvite(*code)),
        }
    }

    /// Draws what stands in the dialog.
    pub fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let yes = self.pending.may_act(shared.now).then_some(Message::Yes);
        let buttons = row![
            space().width(Fill),
            reach(button::words("Cancel", theme::secondary), Some(Message::No)),
            container(reach(button::words(self.yes, theme::dangerous), yes)).id(YES),
        ]
        .spacing(10);
        column![title(&self.question, 19.0), body(&self.happens), self.pending.view(shared.now), buttons]
            .spacing(14)
            .into()
    }
}

/// The yes.
pub const YES: &str = "sure-yes";
