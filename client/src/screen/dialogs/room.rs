//! The settings of one room: its name and topic, who can read it, its members, and its end.

use iced::widget::{column, container, row, space};
use iced::{Center, Element, Fill};
use snug_engine::command::Deed;
use snug_engine::event::{Person, Room, Session};
use snug_proto::id::{AccountId, RoomId};
use snug_proto::limits::TOPIC_BYTES_MAX;
use snug_proto::name::RoomName;
use snug_proto::talk::Target;

use super::Outcome;
use super::new_room::TOPIC_TOO_LONG;
use super::pending::Pending;
use super::people::{self, People};
use crate::fonts;
use crate::icon::{Icon, icon};
use crate::readers;
use crate::screen::acts::{self, Act};
use crate::shared::Shared;
use crate::theme::{self, size};
use crate::widget::field::{self, Kind};
use crate::widget::label::{body, label, small, title};
use crate::widget::popover::{Side, popover};
use crate::widget::{avatar, button, scroll};
use crate::wording;

/// The dialog.
#[derive(Debug)]
pub struct RoomSettings {
    target: Target,
    room: RoomId,
    name: String,
    topic: String,
    part: Part,
    asked: Asked,
    /// The deed on its way.
    pub pending: Pending,
}

/// What is open in it.
#[derive(Debug)]
enum Part {
    Members,
    Menu(AccountId),
    Adding(People),
}

/// What was asked for last: there the answer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Name,
    Topic,
    Members,
    End,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Typed into the name.
    Name(String),
    /// Keep the name.
    SaveName,
    /// Typed into the topic.
    Topic(String),
    /// Keep the topic.
    SaveTopic,
    /// A member's menu.
    Menu(AccountId),
    /// Close it.
    CloseMenu,
    /// Something about a member.
    Act(AccountId, Act),
    /// "Add people".
    Adding,
    /// Among the people.
    People(people::Message),
    /// "Add".
    Add,
    /// Close the room, or open it again.
    Archive(bool),
    /// "Leave…".
    Leave,
    /// "Close".
    Close,
}

impl RoomSettings {
    /// The settings of a room that exists.
    pub fn new(room: &Room) -> Option<Self> {
        Some(Self {
            target: room.target,
            room: room.room?,
            name: room.name.clone(),
            topic: room.topic.clone(),
            part: Part::Members,
            asked: Asked::Name,
            pending: Pending::Ready,
        })
    }

    /// The same, with the people who could be added.
    pub fn adding(mut self) -> Self {
        self.part = Part::Adding(People::default());
        self
    }

    /// The deed is done.
    pub fn done(&mut self) {
        if matches!(self.part, Part::Adding(_)) && self.asked == Asked::Members {
            self.part = Part::Members;
        }
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Outcome {
        let room = self.room;
        match message {
            Message::Name(name) => {
                self.name = name;
                self.pending.forget();
            }
            Message::Topic(topic) => {
                self.topic = topic;
                self.pending.forget();
            }
            Message::SaveName if self.bad_name().is_none() => {
                return self.ask(Asked::Name, Deed::Rename { room, name: self.name.clone() }, shared);
            }
            Message::SaveTopic if self.bad_topic().is_none() => {
                let topic = self.topic.trim().to_owned();
                return self.ask(Asked::Topic, Deed::SetTopic { room, topic }, shared);
            }
            Message::SaveName | Message::SaveTopic => {}
            Message::Menu(account) => self.part = Part::Menu(account),
            Message::CloseMenu => self.part = Part::Members,
            Message::Act(account, act) => {
                self.part = Part::Members;
                return match act.deed(Some(room), account) {
                    Some(deed) => self.ask(Asked::Members, deed, shared),
                    None => Outcome::Open(Target::Person(account)),
                };
            }
            Message::Adding => self.part = Part::Adding(People::default()),
            Message::People(message) => {
                if let Part::Adding(people) = &mut self.part {
                    let members = shared.members_of(self.target);
                    people.update(message, shared, &|account| is_in(members, account));
                }
            }
            Message::Add => {
                if let Part::Adding(people) = &self.part
                    && !people.chosen().is_empty()
                {
                    let members = people.chosen();
                    return self.ask(Asked::Members, Deed::AddMembers { room, members }, shared);
                }
            }
            Message::Archive(archived) => {
                return self.ask(Asked::End, Deed::Archive { room, archived }, shared);
            }
            Message::Leave => return Outcome::Leave(self.target),
            Message::Close => return Outcome::Close,
        }
        Outcome::Stay
    }

    fn ask(&mut self, asked: Asked, deed: Deed, shared: &Shared) -> Outcome {
        if !self.pending.may_act(shared.now) {
            return Outcome::Stay;
        }
        self.asked = asked;
        Outcome::Do(deed)
    }

    fn bad_name(&self) -> Option<String> {
        RoomName::new(&self.name).err().map(|bad| bad.to_string())
    }

    fn bad_topic(&self) -> Option<String> {
        (self.topic.trim().len() > TOPIC_BYTES_MAX).then(|| TOPIC_TOO_LONG.to_owned())
    }

    /// Why the last deed about this part was not done.
    fn answer<'a>(&self, asked: Asked, shared: &Shared) -> Option<Element<'a, Message>> {
        (self.asked == asked).then(|| self.pending.view(shared.now)).flatten()
    }

    /// Draws what stands in the dialog.
    pub fn view<'a>(&'a self, session: &'a Session, shared: &'a Shared) -> Element<'a, Message> {
        let Some(room) = shared.room(self.target) else {
            return column![body("This room is not here any more."), self.close()].spacing(14).into();
        };
        let who = row![icon(Icon::Eye, 16.0, theme::muted), small(readers::of(room, session)).width(Fill)]
            .spacing(8)
            .align_y(Center);
        column![
            title(format!("Settings of {}", wording::cut(&room.name, 32)), 19.0),
            who,
            self.name(room, shared),
            self.topic(room, shared),
            self.members(room, session, shared),
            (!matches!(self.part, Part::Adding(_))).then(|| self.end(room, shared)),
        ]
        .spacing(14)
        .into()
    }

    fn name<'a>(&'a self, room: &Room, shared: &Shared) -> Option<Element<'a, Message>> {
        readers::may_rename(room).then(|| {
            let changed = self.name.trim() != room.name && self.bad_name().is_none();
            let field =
                field::field("Name", NAME, &self.name, Kind::Plain, Some(Message::Name), Message::SaveName);
            let save = self.save(Asked::Name, changed.then_some(Message::SaveName), shared);
            let bad = self.bad_name().map(|bad| label(bad, size::SMALL, theme::danger));
            let line = row![field, save].spacing(8).align_y(iced::Bottom);
            column![line, bad, self.answer(Asked::Name, shared)].spacing(4).into()
        })
    }

    fn topic<'a>(&'a self, room: &Room, shared: &Shared) -> Option<Element<'a, Message>> {
        readers::may_set_topic(room).then(|| {
            let changed = self.topic.trim() != room.topic && self.bad_topic().is_none();
            let field = field::field(
                "Topic",
                TOPIC,
                &self.topic,
                Kind::Plain,
                Some(Message::Topic),
                Message::SaveTopic,
            );
            let save = self.save(Asked::Topic, changed.then_some(Message::SaveTopic), shared);
            let bad = self.bad_topic().map(|bad| label(bad, size::SMALL, theme::danger));
            let line = row![field, save].spacing(8).align_y(iced::Bottom);
            column![line, bad, self.answer(Asked::Topic, shared)].spacing(4).into()
        })
    }

    fn save<'a>(&self, what: Asked, send: Option<Message>, shared: &Shared) -> Element<'a, Message> {
        let waits = matches!(self.pending, Pending::Waiting(_)) && self.asked == what;
        let words = if waits { "Saving…" } else { "Save" };
        let send = send.filter(|_| self.pending.may_act(shared.now));
        let id = if what == Asked::Name { SAVE_NAME } else { SAVE_TOPIC };
        container(button::words(words, theme::secondary).on_press_maybe(send)).id(id).into()
    }

    fn members<'a>(
        &'a self,
        room: &'a Room,
        session: &'a Session,
        shared: &'a Shared,
    ) -> Element<'a, Message> {
        let members = shared.members_of(self.target);
        let heading = small(format!("Members — {}", members.len())).font(fonts::SEMIBOLD).width(Fill);
        let add = readers::may_add(room)
            .then(|| button::short("Add people", theme::secondary).on_press(Message::Adding));
        let answer = self.answer(Asked::Members, shared);
        if let Part::Adding(people) = &self.part {
            let picker = people.view(shared, &|account| is_in(members, account), 132.0);
            let can = (!people.chosen().is_empty()).then_some(Message::Add);
            let buttons = row![
                space().width(Fill),
                button::words("Back", theme::secondary).on_press(Message::CloseMenu),
                self.pending.button("Add", "Adding…", can, shared.now),
            ]
            .spacing(10);
            let heading = small("Add people: they read what is written from then on.").font(fonts::SEMIBOLD);
            return column![heading, picker.map(Message::People), answer, buttons].spacing(8).into();
        }
        let rows = members.iter().map(|person| self.member(room, person, session.me, shared));
        let list = scroll::list(column(rows).padding(4)).height(170).width(Fill);
        column![row![heading, add].align_y(Center), container(list).style(theme::inset).padding(1), answer]
            .spacing(6)
            .into()
    }

    fn member<'a>(
        &self,
        room: &Room,
        person: &'a Person,
        me: AccountId,
        shared: &'a Shared,
    ) -> Element<'a, Message> {
        let acts = acts::possible(Some(room), person, me);
        let account = person.account;
        let open = matches!(self.part, Part::Menu(open) if open == account);
        let menu = open.then(|| acts::menu(None, &acts, |act| Message::Act(account, act)));
        let more = (!acts.is_empty()).then(|| {
            let more = button::round(Icon::More, theme::muted, "More", Some(Message::Menu(account)));
            popover(more, menu, Side::Below, Some(Message::CloseMenu))
        });
        let role = readers::role(person.role).map(|role| label(role, size::SMALL, theme::muted));
        let you = (account == me).then(|| label("you", size::SMALL, theme::faint));
        row![
            avatar::present(
                &shared.faces.face(account),
                &person.name,
                24.0,
                person.presence,
                avatar::on_page
            ),
            label(wording::cut(&person.name, 32), size::NAME, theme::ink).width(Fill),
            you,
            role,
            more
        ]
        .spacing(10)
        .padding([1, 8])
        .height(36)
        .align_y(Center)
        .into()
    }

    fn end<'a>(&self, room: &Room, shared: &Shared) -> Element<'a, Message> {
        let member = room.present && readers::has_membership(room.kind);
        let leave = member.then(|| button::words("Leave room…", theme::dangerous).on_press(Message::Leave));
        let archive = readers::owns(room).then(|| {
            let words = if room.archived { "Open it again" } else { "Archive room" };
            let send = self.pending.may_act(shared.now).then_some(Message::Archive(!room.archived));
            button::hinted(
                button::words(words, theme::secondary).on_press_maybe(send),
                "An archived room can be read, and nothing new is written there",
            )
        });
        column![
            self.answer(Asked::End, shared),
            row![leave, archive, space().width(Fill), self.close()].spacing(10)
        ]
        .spacing(8)
        .into()
    }

    fn close<'a>(&self) -> Element<'a, Message> {
        button::words("Close", theme::secondary).on_press(Message::Close).into()
    }
}

fn is_in(members: &[Person], account: AccountId) -> bool {
    members.iter().any(|person| person.account == account)
}

/// The name field.
pub const NAME: &str = "room-name";
/// Its button.
pub const SAVE_NAME: &str = "room-name-save";
/// The topic field.
pub const TOPIC: &str = "room-topic";
/// Its button.
pub const SAVE_TOPIC: &str = "room-topic-save";
