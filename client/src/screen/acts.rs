//! What a person can do about another one in a room: the same menu beside the room and in its settings.

use iced::widget::{column, container, row};
use iced::{Center, Element, Fill};
use snug_engine::command::Deed;
use snug_engine::event::{Person, Room};
use snug_proto::id::{AccountId, RoomId};
use snug_proto::talk::Role;

use crate::icon::Icon;
use crate::readers;
use crate::shared::Shared;
use crate::theme;
use crate::widget::halo::halo;
use crate::widget::label::{name, small};
use crate::widget::{avatar, button, line};
use crate::wording;

/// What can be done about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Write to them.
    Message,
    /// Ignore them, or no more.
    Ignore(bool),
    /// Let them do more or less here.
    Role(Role),
    /// Remove them from the room.
    Remove,
}

impl Act {
    /// The deed; writing to somebody is none.
    pub fn deed(self, room: Option<RoomId>, account: AccountId) -> Option<Deed> {
        match (self, room) {
            (Self::Ignore(ignored), _) => Some(Deed::Ignore { account, ignored }),
            (Self::Role(role), Some(room)) => Some(Deed::SetRole { room, account, role }),
            (Self::Remove, Some(room)) => Some(Deed::RemoveMember { room, account }),
            (Self::Message | Self::Role(_) | Self::Remove, _) => None,
        }
    }
}

/// What this person can do about another one; about oneself nothing but one's own role.
pub fn possible(room: Option<&Room>, person: &Person, me: AccountId) -> Vec<(Icon, &'static str, Act)> {
    let mut acts = Vec::new();
    let other = person.account != me;
    if other {
        acts.push((Icon::Reply, "Send a message", Act::Message));
    }
    if room.is_some_and(readers::owns) {
        let roles = [
            (Icon::People, "Make a member", Role::Member),
            (Icon::Shield, "Make a moderator", Role::Moderator),
            (Icon::Key, "Make an owner", Role::Owner),
        ];
        let others = roles.into_iter().filter(|(_, _, role)| *role != person.role);
        acts.extend(others.map(|(icon, words, role)| (icon, words, Act::Role(role))));
    }
    if other && room.is_some_and(|room| readers::may_remove(room, person.role)) {
        acts.push((Icon::LogOut, "Remove from the room", Act::Remove));
    }
    if other {
        acts.push(if person.ignored {
            (Icon::Eye, "Stop ignoring", Act::Ignore(false))
        } else {
            (Icon::EyeOff, "Ignore", Act::Ignore(true))
        });
    }
    acts
}

/// Draws the menu, with whom it is about above it where that is not beside it.
pub fn menu<'a, Message: Clone + 'a>(
    whom: Option<Element<'a, Message>>,
    acts: &[(Icon, &'static str, Act)],
    press: impl Fn(Act) -> Message,
) -> Element<'a, Message> {
    let rows = acts.iter().map(|(icon, words, act)| button::menu_row(*icon, words, press(*act)));
    let between = (whom.is_some() && !acts.is_empty()).then(line::across);
    let content = column![whom, between, column(rows)].spacing(4);
    halo(container(content).padding(6).width(220).style(theme::card), theme::radius::CARD)
}

/// Somebody as a small card: the face, the name that is shown, and that of the account where it is another one.
pub fn whom<'a, Message: 'a>(person: &Person, shared: &Shared) -> Element<'a, Message> {
    let account = shared.faces.account_name(person.account, &person.name);
    let under = (account != person.name).then(|| small(wording::cut(&format!("@{account}"), 20)));
    let words = column![name(wording::cut(&person.name, 18)), under].spacing(1).width(Fill);
    let face = avatar::person(&shared.faces.face(person.account), &person.name, 40.0);
    container(row![face, words].spacing(12).align_y(Center)).padding([8, 10]).into()
}

#[cfg(test)]
mod tests {
    use snug_proto::entry::RoomKind;
    use snug_proto::talk::Target;

    use super::*;

    fn acts(kind: RoomKind, mine: Role, theirs: Role) -> Vec<Act> {
        let room = Room {
            target: Target::Room(RoomId(9)),
            room: Some(RoomId(9)),
            kind,
            name: "recipes".into(),
            topic: String::new(),
            unread: Default::default(),
            mentions: 0,
            presence: None,
            last_at: None,
            role: mine,
            present: true,
            archived: false,
            members: 2,
            has_draft: false,
            ignored: false,
        };
        let bob = Person {
            account: AccountId(2),
            name: "bob".into(),
            presence: None,
            last_seen: None,
            role: theirs,
            ignored: false,
        };
        possible(Some(&room), &bob, AccountId(1)).into_iter().map(|(_, _, act)| act).collect()
    }

    #[test]
    fn a_role_gives_what_it_allows_and_no_more() {
        let (message, ignore) = (Act::Message, Act::Ignore(true));
        assert_eq!(acts(RoomKind::PRIVATE, Role::Member, Role::Member), [message, ignore]);
        assert_eq!(acts(RoomKind::PRIVATE, Role::Moderator, Role::Member), [message, Act::Remove, ignore]);
        assert_eq!(acts(RoomKind::PRIVATE, Role::Moderator, Role::Owner), [message, ignore]);
        let owner = [message, Act::Role(Role::Member), Act::Role(Role::Owner), Act::Remove, ignore];
        assert_eq!(acts(RoomKind::CHANNEL, Role::Owner, Role::Moderator), owner);
        assert_eq!(
            acts(RoomKind::LOBBY, Role::Owner, Role::Member),
            [message, ignore],
            "nobody owns the lobby"
        );
    }
}
