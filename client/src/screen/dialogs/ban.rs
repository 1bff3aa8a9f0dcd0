//! Keep somebody out: what of theirs, for how long, and what that does.

use iced::widget::{button as plain, column, container, row, space};
use iced::{Center, Element, Fill};
use snug_engine::command::{Command, Deed};
use snug_engine::event::{Device, Resident};
use snug_proto::house::{Act, Banned};
use snug_proto::id::{AccountId, DeviceId};

use super::pending::Pending;
use super::{Outcome, radio};
use crate::shared::Shared;
use crate::theme::{self, size};
use crate::widget::label::{label, name, small, title};
use crate::widget::reach::reach;
use crate::widget::{button, page, scroll};
use crate::wording;

/// A day, in milliseconds.
const DAY: i64 = 86_400_000;
const LIVES: [(Life, &str); 4] = [
    (Life::Days(1), "A day"),
    (Life::Days(7), "A week"),
    (Life::Days(30), "A month"),
    (Life::ForGood, "For good"),
];

/// The dialog.
#[derive(Debug)]
pub struct Ban {
    account: AccountId,
    name: String,
    what: What,
    life: Life,
    /// The deed on its way.
    pub pending: Pending,
}

/// What of theirs is kept out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The account.
    Account,
    /// One device.
    Device(DeviceId),
    /// The networks they are connected from now.
    Network,
}

/// For how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// So many days.
    Days(i64),
    /// Until it is lifted.
    ForGood,
}

/// What happens in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// What of theirs.
    What(What),
    /// For how long.
    Life(Life),
    /// "Ban".
    Ban,
    /// "Cancel".
    Close,
}

impl Ban {
    /// Asks about somebody: their account, for a week, so that nobody has to remember to lift it.
    pub fn new(person: &Resident) -> Self {
        Self {
            account: person.account,
            name: wording::cut(&person.name, 32),
            what: What::Account,
            life: Life::Days(7),
            pending: Pending::Ready,
        }
    }

    /// What is asked of the server as soon as it opens.
    pub fn begin(&self) -> Command {
        Command::DevicesOf(self.account)
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Outcome {
        match message {
            Message::What(what) => {
                self.what = what;
                self.pending.forget();
            }
            Message::Life(life) => {
                self.life = life;
                self.pending.forget();
            }
            Message::Ban if self.pending.may_act(shared.now) => {
                let what = match self.what {
                    What::Account => Banned::Account(self.account),
                    What::Device(device) => Banned::Device(device),
                    What::Network => Banned::SourcesOf(self.account),
                };
                let until = match self.life {
                    Life::Days(days) => shared.wall.saturating_add(days * DAY),
                    Life::ForGood => 0,
                };
                return Outcome::Do(Deed::Act(Act::Ban { what, until }));
            }
            Message::Ban => {}
            Message::Close => return Outcome::Close,
        }
        Outcome::Stay
    }

    fn devices<'a>(&self, shared: &'a Shared) -> &'a [Device] {
        match &shared.house.devices {
            Some((account, devices)) if *account == self.account => &devices.list,
            _ => &[],
        }
    }

    /// Draws what stands in the dialog.
    pub fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let name = &self.name;
        let account = self.choice(
            What::Account,
            "The account".to_owned(),
            format!("{name} is logged out everywhere at once and cannot come back, on any device."),
        );
        let devices = self.devices(shared).iter().map(|device| {
            let called = if device.name.is_empty() { &device.system } else { &device.name };
            let seen = if device.online {
                "here now".to_owned()
            } else {
                format!("last here on {}", wording::date(device.seen, &shared.zone))
            };
            let facts = format!(
                "{}, {seen}. It is logged out at once; {name} may come with others.",
                wording::cut(&device.system, 24)
            );
            let what = format!("The device “{}”", wording::cut(called, 24));
            self.choice(What::Device(device.device), what, facts)
        });
        let network = self.choice(
            What::Network,
            "The network they are in now".to_owned(),
            "Nobody makes an account there, or logs in by password or code. Devices that are known still get in, theirs \
             too. Others in that network are concerned as well."
                .to_owned(),
        );
        let choices = column![account, column(devices), network];
        let life = row![small("For how long").width(92), page::one_of(LIVES, self.life, Some(Message::Life))]
            .spacing(6)
            .align_y(Center);
        let ban = self.pending.may_act(shared.now).then_some(Message::Ban);
        let buttons = row![
            space().width(Fill),
            reach(button::words("Cancel", theme::secondary), Some(Message::Close)),
            container(reach(button::words("Ban", theme::dangerous), ban)).id(BAN),
        ]
        .spacing(10);
        let list = container(scroll::list(choices.padding(4)).width(Fill)).max_height(330);
        column![
            column![
                title(format!("Ban {name}"), 19.0),
                small("A line in the house tells everybody. You can lift it among the bans."),
            ]
            .spacing(4),
            list.style(theme::inset).padding(1),
            life,
            self.pending.view(shared.now),
            buttons,
        ]
        .spacing(14)
        .into()
    }

    fn choice<'a>(&self, what: What, heading: String, words: String) -> Element<'a, Message> {
        let chosen = self.what == what;
        let words = column![
            name(heading).wrapping(iced::widget::text::Wrapping::WordOrGlyph),
            label(words, size::SMALL, theme::muted)
        ];
        let content = row![radio(chosen), words.width(Fill)].spacing(12).align_y(Center);
        let press = plain(content).padding([8, 10]).width(Fill).style(theme::choice(false));
        reach(press, Some(Message::What(what)))
    }
}

/// The button.
pub const BAN: &str = "ban";
