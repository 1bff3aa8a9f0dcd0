//! Let somebody in: a link that is there at once, for whom and how long it is good, and those that are still open.

use std::time::Duration;

use iced::widget::{button as plain, column, container, row, space};
use iced::{Center, Element, Fill, clipboard};
use snug_engine::command::Command;
use snug_engine::event::Room;
use snug_proto::code::CodeName;
use snug_proto::entry::RoomKind;
use snug_proto::id::RoomId;
use snug_proto::talk::InviteInfo;

use super::Outcome;
use super::handed::Handed;
use crate::fonts;
use crate::shared::Shared;
use crate::theme::{self, Tone, size};
use crate::widget::label::{label, mono, small, title};
use crate::widget::{button, line, scroll};
use crate::wording;

const DAY: Duration = Duration::from_secs(86_400);
/// For so many people.
const USES: [(u16, &str); 3] = [(1, "One person"), (5, "5 people"), (25, "25 people")];
/// So many days.
const DAYS: [(u32, &str); 3] = [(1, "A day"), (7, "A week"), (30, "A month")];
/// How wide the words before a choice are.
const ASIDE: f32 = 62.0;
/// Rooms offered at most.
const ROOMS_MAX: usize = 12;

/// The dialog.
#[derive(Debug)]
pub struct Invite {
    wish: Wish,
    /// What the link that is shown was made for.
    made: Wish,
    /// The link.
    pub handed: Handed,
}

/// What an invite is to be good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wish {
    uses: u16,
    days: u32,
    room: Option<RoomId>,
}

impl Wish {
    fn command(self) -> Command {
        Command::Invite { uses: self.uses, life: DAY * self.days, room: self.room }
    }
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// For how many people.
    Uses(u16),
    /// For how many days.
    Days(u32),
    /// Into which room besides the lobby.
    Room(Option<RoomId>),
    /// "Make another link", or try again.
    Make,
    /// "Copy again".
    Copy,
    /// "Revoke".
    Revoke(CodeName),
    /// "Close".
    Close,
}

impl Invite {
    /// For one person and a week: what is sent to the wrong one by mistake lets in the fewest.
    pub fn new() -> Self {
        let wish = Wish { uses: 1, days: 7, room: None };
        Self { wish, made: wish, handed: Handed::Coming }
    }

    /// What is asked of the server as soon as it opens.
    pub fn begin(&self) -> Command {
        self.made.command()
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Outcome {
        match message {
            Message::Uses(uses) => self.wish.uses = uses,
            Message::Days(days) => self.wish.days = days,
            Message::Room(room) => self.wish.room = room,
            // The link that was made stays good: somebody may have it already.
            Message::Make => {
                self.made = self.wish;
                self.handed = Handed::Coming;
                return Outcome::MakeCode(self.made.command());
            }
            Message::Copy => {
                return self
                    .handed
                    .link()
                    .map_or(Outcome::Stay, |link| Outcome::Run(clipboard::write(link.to_owned())));
            }
            Message::Revoke(code) => {
                if self.handed.is_code(code) {
                    self.handed = Handed::Refused("This link was revoked. It lets nobody in.".to_owned());
                }
                return Outcome::Tell(Command::Uninvite(code));
            }
            Message::Close => return Outcome::Close,
        }
        Outcome::Stay
    }

    /// Draws what stands in the dialog.
    pub fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let people = match self.made.uses {
            1 => "For one person".to_owned(),
            uses => format!("For {uses} people"),
        };
        let good_for = match self.made.room.and_then(|room| room_name(room, shared)) {
            Some(room) => format!("{people}, into {room} too"),
            None => people,
        };
        let explained = small(
            "Whoever follows it types a name and a password, and is in: the link knows the server and its key. \
             Hand it only to whom you mean.",
        );
        let other = (self.wish != self.made).then(|| {
            row![
                small("The link above stays as it is.").width(Fill),
                button::words("Make another link", theme::primary).on_press(Message::Make)
            ]
            .align_y(Center)
        });
        let uses =
            one_of("For", USES.map(|(uses, words)| (words, uses == self.wish.uses, Message::Uses(uses))));
        let days = one_of(
            "Good for",
            DAYS.map(|(days, words)| (words, days == self.wish.days, Message::Days(days))),
        );
        let close =
            row![space().width(Fill), button::words("Close", theme::secondary).on_press(Message::Close)];
        column![
            column![title("Invite somebody", 19.0), explained].spacing(4),
            self.handed.view(&good_for, Message::Copy, Message::Make, shared),
            column![uses, days, self.rooms(shared), other].spacing(8),
            open(shared),
            close
        ]
        .spacing(14)
        .into()
    }

    fn rooms<'a>(&self, shared: &'a Shared) -> Option<Element<'a, Message>> {
        let mut rooms = shared.rooms.iter().filter(|room| may_come_with(room)).peekable();
        rooms.peek()?;
        let none = choice("Lobby only", self.wish.room.is_none(), Message::Room(None));
        let rooms = rooms.take(ROOMS_MAX).map(|room| {
            choice(wording::cut(&room.name, 24), room.room == self.wish.room, Message::Room(room.room))
        });
        let choices = row([none].into_iter().chain(rooms)).spacing(4).wrap();
        Some(row![small("Into").width(ASIDE), choices].spacing(6).align_y(Center).into())
    }
}
impl Default for Invite {
    fn default() -> Self {
        Self::new()
    }
}

fn may_come_with(room: &Room) -> bool {
    room.present && !room.archived && matches!(room.kind, RoomKind::CHANNEL | RoomKind::PRIVATE)
}

fn room_name(id: RoomId, shared: &Shared) -> Option<String> {
    let room = shared.rooms.iter().find(|room| room.room == Some(id))?;
    Some(wording::cut(&room.name, 24))
}

fn one_of<'a>(
    what: &'a str,
    choices: impl IntoIterator<Item = (&'a str, bool, Message)>,
) -> Element<'a, Message> {
    let choices = choices.into_iter().map(|(words, chosen, message)| choice(words, chosen, message));
    row![small(what).width(ASIDE), row(choices).spacing(4)].spacing(6).align_y(Center).into()
}

fn choice<'a>(
    words: impl iced::widget::text::IntoFragment<'a>,
    chosen: bool,
    message: Message,
) -> Element<'a, Message> {
    let tone: Tone = if chosen { theme::accent } else { theme::muted };
    plain(label(words, size::SMALL, tone).font(fonts::SEMIBOLD))
        .padding([6, 11])
        .style(theme::choice(chosen))
        .on_press(message)
        .into()
}

/// The invites that still let somebody in.
fn open(shared: &Shared) -> Option<Element<'_, Message>> {
    let invites = shared.invites.as_ref().filter(|invites| !invites.is_empty())?;
    let rows = invites
        .iter()
        .enumerate()
        .map(|(at, invite)| column![(at > 0).then(line::across), open_one(invite, shared)].into());
    let list = scroll::list(column(rows));
    // A long list scrolls; a short one takes no more than it needs.
    let list = if invites.len() > 3 { list.height(150) } else { list };
    let heading = label("Open invites", size::NAME, theme::ink).font(fonts::SEMIBOLD);
    Some(column![heading, container(list.width(Fill)).style(theme::inset).padding(1)].spacing(6).into())
}

fn open_one<'a>(invite: &InviteInfo, shared: &Shared) -> Element<'a, Message> {
    let left = match (invite.uses, invite.used) {
        (1, 0) => "for one person".to_owned(),
        (uses, 0) => format!("for {uses} people"),
        (uses, used) => format!("{used} came, {uses} more may"),
    };
    let into = room_name(invite.room, shared).map(|room| format!(" · into {room}")).unwrap_or_default();
    let until = wording::date(invite.expires, &shared.zone);
    let words = label(format!("{left}{into} · until {until}"), size::SMALL, theme::muted).width(Fill);
    let revoke = button::short("Revoke", theme::secondary).on_press(Message::Revoke(invite.code));
    let code = mono(format!("{}-…", invite.code)).style(theme::tinted(theme::ink)).width(64);
    container(row![code, words, revoke].spacing(10).align_y(Center)).padding([7, 12]).into()
}
