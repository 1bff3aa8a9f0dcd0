//! Who is in the room: online, away, offline; what they may do, and what can be done about them.

use iced::widget::{button as plain, column, container, mouse_area, row, space};
use iced::{Center, Element, Fill};
use snug_engine::event::{Person, Room, Session};
use snug_proto::id::AccountId;
use snug_proto::talk::Presence;

use crate::icon::Icon;
use crate::readers;
use crate::screen::acts::{self, Act};
use crate::screen::chat::sidebar::HEAD;
use crate::shared::Shared;
use crate::theme::{self, Tone, size};
use crate::widget::label::{heading, label, title};
use crate::widget::popover::{Side, popover};
use crate::widget::{avatar, button, line, scroll};
use crate::wording;

/// How wide it is.
pub const WIDTH: f32 = 222.0;
/// How wide a window must be to have a place for it.
pub const ROOM_FOR: f32 = 940.0;

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Somebody was pressed: their menu.
    Menu(AccountId),
    /// It closes.
    CloseMenu,
    /// Something about somebody.
    Act(AccountId, Act),
    /// "Add people".
    Add,
}

/// Draws it. `menu` is whose menu is open.
pub fn view<'a>(
    room: Option<&'a Room>,
    members: &'a [Person],
    menu: Option<AccountId>,
    session: &'a Session,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let count = room.map_or(members.len(), |room| members.len().max(room.members as usize));
    let add = room.filter(|room| readers::may_add(room)).map(|_| {
        container(button::round(Icon::PersonPlus, theme::muted, "Add people", Some(Message::Add))).id(ADD)
    });
    let head = row![
        title("Members", size::TITLE),
        space().width(Fill),
        add,
        label(count.to_string(), size::NAME, theme::muted)
    ]
    .spacing(8)
    .align_y(Center);
    let member = |person| member(room, person, menu, session, shared);
    let group = |words: &str, presence: Option<Presence>| -> Option<Element<'a, Message>> {
        let group: Vec<&Person> = members.iter().filter(|person| person.presence == presence).collect();
        if group.is_empty() {
            return None;
        }
        let heading = container(heading(&format!("{words} — {}", group.len())))
            .padding(iced::Padding::ZERO.bottom(6).left(4));
        Some(column![heading, column(group.into_iter().map(member)).spacing(2)].into())
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

fn member<'a>(
    room: Option<&'a Room>,
    person: &'a Person,
    menu: Option<AccountId>,
    session: &'a Session,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let me = person.account == session.me;
    let tone: Tone = match person.presence {
        _ if person.ignored => theme::faint,
        Some(Presence::Online) => theme::ink,
        _ => theme::muted,
    };
    let beside = if let Some(role) = readers::role(person.role) {
        role.to_owned()
    } else if me {
        "you".to_owned()
    } else if person.ignored {
        "ignored".to_owned()
    } else {
        last_seen(person, shared).unwrap_or_default()
    };
    let long = 24 - beside.chars().count().min(12);
    let content = row![
        avatar::present(
            &shared.faces.face(person.account),
            &person.name,
            26.0,
            person.presence,
            avatar::on_page
        ),
        label(wording::cut(&person.name, long), size::NAME, tone).width(Fill),
        label(beside, size::SMALL, theme::faint)
    ]
    .spacing(10)
    .align_y(Center);
    let open = Message::Menu(person.account);
    let pressed =
        plain(content).padding([4, 6]).width(Fill).style(theme::choice(false)).on_press(open.clone());
    let opened = (menu == Some(person.account)).then(|| {
        let acts = acts::possible(room, person, session.me);
        acts::menu(Some(acts::whom(person, shared)), &acts, |act| Message::Act(person.account, act))
    });
    popover(mouse_area(pressed).on_right_press(open), opened, Side::Below, Some(Message::CloseMenu))
}

/// How long somebody has been away, where they show it.
pub fn last_seen(person: &Person, shared: &Shared) -> Option<String> {
    let seen = person.last_seen.filter(|_| person.presence.is_none())?;
    Some(wording::ago(shared.wall.saturating_sub(seen)))
}

/// "Add people".
pub const ADD: &str = "members-add";
