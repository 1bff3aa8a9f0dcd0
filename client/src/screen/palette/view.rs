//! How the palette looks.

use iced::widget::{
    Id, button as plain, column, container, mouse_area, opaque, row, space, stack, text_input,
};
use iced::{Center, Element, Fill, Font, keyboard};
use snug_engine::event::{Found, Hit, Room, Unread};
use snug_proto::entry::RoomKind;
use snug_proto::talk::Target;

use super::filters::FILTERS;
use super::{FIELD, LIST, Message, Palette, Row, Scope};
use crate::fonts;
use crate::icon::{Icon, icon};
use crate::shared::Shared;
use crate::theme::{self, Tone, radius, size};
use crate::widget::halo::halo;
use crate::widget::keys::keys;
use crate::widget::label::{heading, label, mono, small};
use crate::widget::{avatar, line, pill, scroll};
use crate::wording;

const WIDTH: f32 = 620.0;
const LIST_HEIGHT: f32 = 400.0;
const ROOM_ROW: f32 = 38.0;
const HIT_ROW: f32 = 58.0;

/// Where the list has to stand so that a row is seen.
pub(super) fn offset(rows: &[Row<'_>], at: usize) -> f32 {
    let height = |row: &Row<'_>| match row {
        Row::Room(_) => ROOM_ROW,
        Row::Hit(_) => HIT_ROW,
    };
    let above: f32 = rows.iter().take(at).map(height).sum();
    (above - LIST_HEIGHT / 2.0).max(0.0).round()
}

impl Palette {
    /// Draws it, to lie over everything.
    pub fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let placeholder = match self.scope {
            Scope::Everything => "Jump to a room or person, or search every message",
            Scope::People => "Write to whom?",
        };
        let field = text_input(placeholder, &self.typed)
            .id(Id::new(FIELD))
            .on_input(Message::Typed)
            .on_submit(Message::Enter)
            .font(fonts::TEXT)
            .size(size::TITLE)
            .padding([4, 0])
            .style(theme::bare_field);
        let head = row![icon(Icon::Search, 19.0, theme::muted), field].spacing(12).align_y(Center);
        let list = scroll::list(self.list(shared)).id(LIST).width(Fill);
        let card = container(column![
            container(head).padding([12, 18]),
            line::across(),
            container(list).max_height(LIST_HEIGHT),
            line::across(),
            container(self.foot(shared)).padding([9, 18]),
        ])
        .width(Fill)
        .style(theme::dialog);
        let floating = container(halo(opaque(card), radius::DIALOG)).max_width(WIDTH);
        let placed = container(floating)
            .center_x(Fill)
            .height(Fill)
            .padding(iced::Padding::from([0, 20]).top(76))
            .style(theme::dimmed);
        let outside = mouse_area(space().width(Fill).height(Fill)).on_press(Message::Close);
        keys(opaque(stack![opaque(outside), placed]), means)
    }

    fn list<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let rooms = self.rooms(shared);
        let found = self.found(shared);
        let beside = rooms.len();
        let title = match (self.scope, self.typed.trim().is_empty()) {
            (Scope::People, _) => "People",
            (Scope::Everything, true) => "Unread and recent",
            (Scope::Everything, false) => "Rooms and people",
        };
        let head = |words: &str| container(heading(words)).padding(iced::Padding::from([8, 12]).bottom(4));
        let rooms_head = (!rooms.is_empty()).then(|| head(title));
        let rooms = rooms.into_iter().enumerate().map(|(at, room)| room_row(room, at, at == self.at, shared));
        let hits = found.map_or(&[][..], |found| &found.hits);
        let hits_head = (!hits.is_empty()).then(|| head("Messages"));
        let hits = hits.iter().enumerate().map(|(at, hit)| {
            let at = beside + at;
            hit_row(hit, at, at == self.at, shared)
        });
        let nothing = (beside == 0).then(|| self.nothing(found.map(std::convert::AsRef::as_ref))).flatten();
        column![rooms_head, column(rooms), hits_head, column(hits), nothing].padding([4, 6]).into()
    }

    fn nothing<'a>(&self, found: Option<&Found>) -> Option<Element<'a, Message>> {
        let words = match found {
            _ if self.typed.trim().is_empty() => "Type to find rooms, people and messages.".to_owned(),
            Some(found) if !found.hits.is_empty() => return None,
            Some(found) => found.problem.clone().unwrap_or_else(|| "Nothing found.".to_owned()),
            None if self.scope == Scope::People => "Nobody of that name.".to_owned(),
            None => "Searching…".to_owned(),
        };
        Some(container(label(words, size::NAME, theme::muted)).padding([14, 12]).into())
    }

    fn foot<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let filters = FILTERS.iter().map(|(filter, what)| {
            let button = plain(mono(*filter).size(size::LABEL))
                .padding([3, 7])
                .style(theme::choice(false))
                .on_press(Message::Filter(filter));
            crate::widget::button::hinted(button, *what)
        });
        let filters = (self.scope == Scope::Everything).then(|| row(filters).spacing(2));
        let coverage = self.found(shared).map(|found| {
            let coverage = found.coverage;
            let words = if coverage.is_complete() {
                "All of the history was searched.".to_owned()
            } else {
                let percent = coverage.searchable.saturating_mul(100) / coverage.total.max(1);
                format!("Searching {percent} % of the history; the rest is still being fetched.")
            };
            let more = if found.more { " There are older ones: narrow it down." } else { "" };
            label(words + more, size::SMALL, theme::muted)
        });
        let problem = self.found(shared).and_then(|found| found.problem.as_ref());
        let problem = problem.map(|problem| label(problem, size::SMALL, theme::danger));
        let keys = match self.scope {
            Scope::Everything => "↑ ↓ · Enter · Tab completes",
            Scope::People => "↑ ↓ · Enter",
        };
        let hint = label(keys, size::LABEL, theme::faint);
        column![row![container(filters).width(Fill), hint].align_y(Center), problem, coverage]
            .spacing(4)
            .into()
    }
}

fn row_button<'a>(
    content: impl Into<Element<'a, Message>>,
    height: f32,
    at: usize,
    chosen: bool,
) -> Element<'a, Message> {
    plain(container(content).center_y(Fill))
        .padding([0, 12])
        .height(height)
        .width(Fill)
        .style(theme::choice(chosen))
        .on_press(Message::Pick(at))
        .into()
}

/// What stands for a room in a list.
pub(crate) fn mark<'a, M: 'a>(room: &Room, size: f32, tone: Tone, shared: &Shared) -> Element<'a, M> {
    let drawn = |what| container(icon(what, size * 0.68, tone)).center_x(size).into();
    match room.target {
        Target::Person(account) if room.kind != RoomKind::NOTES => {
            let face = shared.faces.face(account);
            avatar::present(&face, &room.name, size, room.presence, avatar::on_page)
        }
        _ => drawn(Icon::of_room(room.kind)),
    }
}

fn room_row<'a>(room: &'a Room, at: usize, chosen: bool, shared: &Shared) -> Element<'a, Message> {
    let font = if room.unread == Unread::Nothing { fonts::TEXT } else { fonts::SEMIBOLD };
    let name = if room.kind == RoomKind::NOTES { "Notes to yourself" } else { &room.name };
    let topic = (!room.topic.is_empty()).then(|| small(wording::cut(&room.topic, 48)));
    let words = row![label(wording::cut(name, 32), size::NAME, theme::ink).font(font), topic]
        .spacing(10)
        .align_y(Center)
        .width(Fill);
    let waits = room.present && !room.ignored;
    let waits = waits.then(|| pill::waiting(room.unread, room.mentions)).flatten();
    let content = row![mark(room, 24.0, theme::muted, shared), words, waits].spacing(10).align_y(Center);
    row_button(content, ROOM_ROW, at, chosen)
}

fn hit_row<'a>(hit: &'a Hit, at: usize, chosen: bool, shared: &Shared) -> Element<'a, Message> {
    let day = wording::local(hit.at, &shared.zone).date();
    let today = wording::local(shared.wall, &shared.zone).date();
    let when = format!("{}, {}", wording::day(day, today), wording::clock(hit.at, &shared.zone));
    let place = match hit.room {
        Target::Room(_) => format!("in {}", wording::cut(&hit.room_name, 24)),
        Target::Person(_) => format!("with {}", wording::cut(&hit.room_name, 24)),
    };
    let head = row![
        label(wording::cut(&hit.author_name, 24), size::SMALL, theme::ink).font(fonts::SEMIBOLD),
        label(place, size::SMALL, theme::muted).width(Fill),
        label(when, size::SMALL, theme::faint),
    ]
    .spacing(6);
    let tokens = |found: bool| if found { fonts::SEMIBOLD } else { fonts::TEXT };
    let file = hit.is_file.then(|| icon(Icon::File, 15.0, theme::accent));
    let parts: Vec<Element<'a, Message>> = hit
        .context
        .iter()
        .map(|(words, found)| {
            let tone: Tone = if *found { theme::accent } else { theme::ink };
            part(words, tokens(*found), tone)
        })
        .collect();
    let context = row![file, row(parts)].spacing(6).align_y(Center);
    let content = row![
        avatar::person(&shared.faces.face(hit.author), &hit.author_name, 30.0),
        column![head, container(context).width(Fill).clip(true)].spacing(2).width(Fill)
    ]
    .spacing(12)
    .align_y(Center);
    row_button(content, HIT_ROW, at, chosen)
}

fn part<'a>(words: &'a str, font: Font, tone: Tone) -> Element<'a, Message> {
    label(words.replace('\n', " "), size::NAME, tone)
        .font(font)
        .wrapping(iced::widget::text::Wrapping::None)
        .into()
}

fn means(key: &keyboard::Key, modifiers: keyboard::Modifiers) -> Option<Message> {
    use keyboard::key::Named;
    if !modifiers.is_empty() {
        return None;
    }
    match key {
        keyboard::Key::Named(Named::ArrowUp) => Some(Message::Move(-1)),
        keyboard::Key::Named(Named::ArrowDown) => Some(Message::Move(1)),
        keyboard::Key::Named(Named::Tab) => Some(Message::Complete),
        keyboard::Key::Named(Named::Escape) => Some(Message::Close),
        keyboard::Key::Named(Named::Enter) => Some(Message::Enter),
        _ => None,
    }
}
