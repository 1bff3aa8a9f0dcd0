//! Everybody with an account, and what can be done about them.

use iced::widget::{button as plain, column, container, row};
use iced::{Center, Element, Fill};
use snug_engine::event::{Resident, Session};
use snug_proto::id::{AccountId, RoomId};
use snug_proto::talk::{Presence, Role};

use super::{Message as Outer, Scene, coming};
use crate::icon::{Icon, icon};
use crate::matching;
use crate::readers;
use crate::screen::dialogs::Dialog;
use crate::screen::dialogs::ban::Ban;
use crate::screen::dialogs::reset::Reset;
use crate::screen::dialogs::sure::Sure;
use crate::shared::Shared;
use crate::theme::{self, Soft, size};
use crate::widget::field::{self, Kind};
use crate::widget::label::{label, name, small};
use crate::widget::page::card;
use crate::widget::reach::reach;
use crate::widget::{avatar, line, pill};
use crate::wording;

const HOUR_MS: i64 = 3_600_000;

/// People shown at a time; the filter finds the others.
const SHOWN_MAX: usize = 80;

/// The page.
#[derive(Debug, Default)]
pub struct People {
    filter: String,
    /// Whose acts are shown.
    unfolded: Option<AccountId>,
}

/// What happens there.
#[derive(Debug, Clone)]
pub enum Message {
    /// Typed into the filter.
    Filter(String),
    /// Enter in the filter: the first one shown.
    First,
    /// Somebody was pressed.
    Unfold(AccountId),
    /// Something about somebody.
    Act(AccountId, Act),
}

/// What can be done about somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Send them out.
    Kick,
    /// Keep them out.
    Ban,
    /// Let them set another password.
    Reset,
    /// Let them do more or less.
    Role(Role),
}

/// What somebody with this rank may do about a person; about oneself nothing but one's own role.
pub fn possible(rank: Role, person: &Resident, me: AccountId) -> Vec<(Act, &'static str)> {
    let other = person.account != me;
    let mut acts = Vec::new();
    if other && readers::outranks(rank, person.role) {
        if person.online {
            acts.push((Act::Kick, "Send out…"));
        }
        acts.push((Act::Ban, "Ban…"));
    }
    if rank == Role::Owner {
        if other {
            acts.push((Act::Reset, "Reset password…"));
        }
        let roles = [
            (Role::Member, "Make a member…"),
            (Role::Moderator, "Make a moderator…"),
            (Role::Owner, "Make an owner…"),
        ];
        let others = roles.into_iter().filter(|(role, _)| *role != person.role);
        acts.extend(others.map(|(role, words)| (Act::Role(role), words)));
    }
    acts
}

impl People {
    /// Takes a message; a question about somebody comes back. `house` is where roles stand.
    pub(super) fn update(
        &mut self,
        message: Message,
        session: &Session,
        house: Option<RoomId>,
        shared: &Shared,
    ) -> Option<Dialog> {
        match message {
            Message::Filter(filter) => self.filter = filter,
            Message::First => self.unfolded = self.shown(shared).first().map(|person| person.account),
            Message::Unfold(account) => self.unfolded = (self.unfolded != Some(account)).then_some(account),
            Message::Act(account, act) => {
                let people = shared.house.people.as_ref()?;
                let person = people.iter().find(|person| person.account == account)?;
                return Some(match act {
                    Act::Kick => Dialog::Sure(Sure::kick(person)),
                    Act::Ban => Dialog::Ban(Ban::new(person)),
                    Act::Reset => Dialog::Reset(Reset::new(person)),
                    Act::Role(role) => Dialog::Sure(Sure::role(person, role, account == session.me, house?)),
                });
            }
        }
        None
    }

    fn shown<'a>(&self, shared: &'a Shared) -> Vec<&'a Resident> {
        let people = shared.house.people.iter().flat_map(|people| people.iter());
        matching::best(people, self.filter.trim(), SHOWN_MAX, |person| &person.name)
    }

    pub(super) fn view<'a>(&'a self, scene: Scene<'a>) -> Element<'a, Outer> {
        let Some(people) = &scene.shared.house.people else { return coming(scene) };
        let shown = self.shown(scene.shared);
        let nobody = shown.is_empty().then(|| container(small("Nobody of that name.")).padding([13, 16]));
        let more = (shown.len() == SHOWN_MAX && people.len() > SHOWN_MAX).then(|| {
            let words = format!("{SHOWN_MAX} of {} are shown: filter by name for the others.", people.len());
            container(small(words)).padding([10, 16])
        });
        let rows = shown
            .into_iter()
            .enumerate()
            .map(|(at, person)| column![(at > 0).then(line::across), self.person(person, scene)].into());
        let filter = field::bare(
            "Filter by name",
            FILTER,
            &self.filter,
            Kind::Plain,
            Some(|typed| Outer::People(Message::Filter(typed))),
            Outer::People(Message::First),
        );
        let count = small(format!("{} with an account", counted(people.len())));
        column![filter, count, card(column![column(rows), nobody, more])].spacing(10).into()
    }

    fn person<'a>(&'a self, person: &'a Resident, scene: Scene<'a>) -> Element<'a, Outer> {
        let Scene { session, shared, rank, .. } = scene;
        let unfolded = self.unfolded == Some(person.account);
        let presence = person.online.then_some(Presence::Online);
        let face = shared.faces.face(person.account);
        let you = (person.account == session.me).then(|| label("you", size::SMALL, theme::faint));
        let role = match person.role {
            Role::Member => None,
            Role::Moderator => Some(pill::fact(Icon::Shield, "moderator", Soft::Plain)),
            Role::Owner => Some(pill::fact(Icon::Key, "owner", Soft::Plain)),
        };
        let banned = person.banned.then(|| pill::fact(Icon::ShieldCross, "banned", Soft::Accent));
        let head = row![name(wording::cut(&person.name, 32)), you, role, banned]
            .spacing(8)
            .height(26)
            .align_y(Center);
        let words = column![head, small(facts(person, shared))].spacing(3).width(Fill);
        let fold = icon(if unfolded { Icon::Down } else { Icon::Right }, 14.0, theme::faint);
        let content =
            row![avatar::present(&face, &person.name, 32.0, presence, avatar::on_surface), words, fold];
        let press = plain(content.spacing(12).align_y(Center)).padding([10, 16]).width(Fill);
        let press = press.style(theme::choice(false));
        let open = reach(press, Some(Outer::People(Message::Unfold(person.account))));
        let acts = unfolded.then(|| {
            let acts = possible(rank, person, session.me);
            let acts: Element<'a, Outer> = if acts.is_empty() {
                small("There is nothing you may do about them.").into()
            } else {
                let acts = acts.into_iter().map(|(act, words)| {
                    let press = Outer::People(Message::Act(person.account, act));
                    scene.button(words, theme::secondary, press)
                });
                row(acts).spacing(8).wrap().vertical_spacing(8).into()
            };
            container(acts).padding(iced::Padding::from([0, 16]).left(63).bottom(14))
        });
        column![open, acts].into()
    }
}

/// What there is to know about somebody, in a line.
fn facts(person: &Resident, shared: &Shared) -> String {
    let here = match person.seen {
        _ if person.online => Some("here now".to_owned()),
        // It is told to the hour: minutes would pretend to know more.
        Some(seen) => match shared.wall.saturating_sub(seen) {
            ..HOUR_MS => Some("here in the last hour".to_owned()),
            ago => Some(format!("here {} ago", wording::ago(ago))),
        },
        None => None,
    };
    let invited = match &person.invited_by {
        Some(by) => format!("invited by {}", wording::cut(by, 24)),
        None => format!("since {}", wording::date(person.created, &shared.zone)),
    };
    let devices = wording::count(person.devices, "device");
    let files = (person.files > 0).then(|| format!("{} of files", wording::bytes(person.files)));
    let facts: Vec<String> = here.into_iter().chain([invited, devices]).chain(files).collect();
    facts.join(" · ")
}

fn counted(people: usize) -> String {
    if people == 1 { "1 person".to_owned() } else { format!("{people} people") }
}

/// The filter.
pub const FILTER: &str = "residents-filter";
