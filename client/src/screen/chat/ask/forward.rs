//! Where messages are forwarded to.

use iced::widget::{button as plain, column, container, row, space};
use iced::{Center, Element, Fill};
use snug_engine::command::Command;
use snug_engine::event::{ItemKey, Room};
use snug_proto::entry::RoomKind;
use snug_proto::talk::Target;

use super::Message;
use crate::icon::{Icon, icon};
use crate::screen::chat::{closed, sidebar};
use crate::shared::Shared;
use crate::theme::{self, Soft, size};
use crate::widget::field::{self, Kind};
use crate::widget::label::{label, small};
use crate::widget::{avatar, button, dialog, scroll};
use crate::wording;

/// Rooms that are listed at once.
const LISTED_MAX: usize = 60;

/// What goes where.
#[derive(Debug)]
pub struct Forward {
    items: Vec<ItemKey>,
    typed: String,
}

impl Forward {
    /// These messages, in their order.
    pub(super) fn new(items: Vec<ItemKey>) -> Self {
        Self { items, typed: String::new() }
    }

    /// Typed into the filter.
    pub(super) fn filter(&mut self, typed: String) {
        self.typed = typed;
    }

    /// The command.
    pub(super) fn send(&mut self, from: Target, to: Target) -> Command {
        Command::Forward { from, items: std::mem::take(&mut self.items), to }
    }

    /// The first room of the list.
    pub(super) fn first(&self, shared: &Shared) -> Option<Target> {
        self.listed(shared).next().map(|room| room.target)
    }

    /// The rooms that take something and whose name has what was typed.
    fn listed<'a>(&self, shared: &'a Shared) -> impl Iterator<Item = &'a Room> {
        let typed = self.typed.trim().to_lowercase();
        let rooms = shared.rooms.iter().filter(|room| !closed::is_closed(room));
        rooms.filter(move |room| sidebar::title(room).to_lowercase().contains(&typed)).take(LISTED_MAX)
    }

    /// Draws it.
    pub(super) fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let under = wording::count(self.items.len() as u32, "message");
        let head = dialog::head(Icon::Forward, Soft::Accent, "Forward to…", theme::ink, under);
        let filter = field::bare(
            "Room or person",
            FILTER,
            &self.typed,
            Kind::Plain,
            Some(Message::Filter),
            Message::First,
        );
        let rooms = column(self.listed(shared).map(|room| one(room, shared))).spacing(1);
        let nothing = self.first(shared).is_none().then(|| small("No room or person of that name."));
        let list = container(scroll::list(column![rooms, nothing].width(Fill))).height(280);
        let close =
            row![space().width(Fill), button::words("Cancel", theme::secondary).on_press(Message::Close)];
        dialog::over(column![head, filter, list, close].spacing(14), theme::dialog)
    }
}

fn one<'a>(room: &'a Room, shared: &'a Shared) -> Element<'a, Message> {
    let sign: Element<'a, Message> = match room.target {
        _ if room.kind == RoomKind::NOTES => {
            container(icon(Icon::Pencil, 15.0, theme::muted)).center(24).into()
        }
        Target::Person(person) => avatar::person(&shared.faces.face(person), &room.name, 24.0),
        Target::Room(_) => container(icon(Icon::of_room(room.kind), 17.0, theme::muted)).center(24).into(),
    };
    let content = row![sign, label(sidebar::title(room), size::NAME, theme::ink)].spacing(10).align_y(Center);
    plain(content)
        .padding([7, 10])
        .width(Fill)
        .style(theme::choice(false))
        .on_press(Message::To(room.target))
        .into()
}

/// The field that filters rooms.
pub const FILTER: &str = "forward-filter";
