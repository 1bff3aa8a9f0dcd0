//! Who is in the room: online, away, offline.

use iced::widget::{column, container, row, space};
use iced::{Center, Element, Fill};
use snug_engine::event::{Person, Session};
use snug_proto::talk::Presence;

use crate::screen::chat::sidebar::HEAD;
use crate::theme::{self, Tone, size};
use crate::widget::label::{heading, label, title};
use crate::widget::{avatar, line, scroll};
use crate::wording;

/// How wide it is.
pub const WIDTH: f32 = 222.0;
/// How wide a window must be to have a place for it.
pub const ROOM_FOR: f32 = 940.0;

/// Draws it.
pub fn view<'a, Message: 'a>(members: &'a [Person], session: &Session) -> Element<'a, Message> {
    let head = row![
        title("Members", size::TITLE),
        space().width(Fill),
        label(members.len().to_string(), size::NAME, theme::muted)
    ]
    .align_y(Center);
    let group = |words: &str, presence: Option<Presence>| -> Option<Element<'a, Message>> {
        let group: Vec<&Person> = members.iter().filter(|person| person.presence == presence).collect();
        if group.is_empty() {
            return None;
        }
        let people = group.iter().map(|person| member(person, person.account == session.me));
        let heading = container(heading(&format!("{words} — {}", group.len())))
            .padding(iced::Padding::ZERO.bottom(6).left(4));
        Some(column![heading, column(people).spacing(6)].into())
    };
    let groups = column![
        group("Online", Some(Presence::Online)),
        group("Away", Some(Presence::Away)),
        group("Offline", None)
    ]
    .spacing(20)
    .padding([16, 12]);
    column![
        container(head).center_y(HEAD - 1.0).padding([0, 20]),
        line::across(),
        scroll::list(groups).height(Fill)
    ]
    .width(WIDTH)
    .into()
}

fn member<'a, Message: 'a>(person: &Person, me: bool) -> Element<'a, Message> {
    let tone: Tone = if person.presence == Some(Presence::Online) { theme::ink } else { theme::muted };
    let you = me.then(|| label("you", size::SMALL, theme::faint));
    row![
        avatar::present(person.account, &person.name, 26.0, person.presence, avatar::on_page),
        label(wording::cut(&person.name, 18), size::NAME, tone).width(Fill),
        you
    ]
    .spacing(10)
    .padding([2, 6])
    .align_y(Center)
    .into()
}
