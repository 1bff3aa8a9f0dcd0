//! What others see of this person, and whom this person ignores. It belongs to the account, on all of its devices.

use iced::widget::{column, container, row};
use iced::{Center, Element, Fill};
use snug_engine::command::Deed;
use snug_proto::id::AccountId;
use snug_proto::talk::Privacy;

use super::{Message, card, setting};
use crate::screen::dialogs::pending::Pending;
use crate::shared::Shared;
use crate::theme::{self, size};
use crate::widget::label::{label, small, title};
use crate::widget::toggle::toggle;
use crate::widget::{avatar, button, line};
use crate::wording;

/// Draws the page.
pub(super) fn view<'a>(pending: &Pending, shared: &'a Shared) -> Element<'a, Message> {
    let privacy = shared.account.privacy;
    let choose = |privacy: Privacy| Message::Do(Deed::SetPrivacy(privacy));
    let shown = card(column![
        setting(
            "Others see when I was last here",
            "Beside your name while you are offline",
            toggle(
                LAST_SEEN,
                privacy.last_seen,
                choose(Privacy { last_seen: !privacy.last_seen, ..privacy })
            )
        ),
        line::across(),
        setting(
            "Others see how far I read",
            "In direct messages and small rooms. Without it you do not see how far they read, either",
            toggle(READS, privacy.reads, choose(Privacy { reads: !privacy.reads, ..privacy }))
        ),
    ]);
    let ignored = &shared.account.ignored;
    let people: Element<'a, Message> = if ignored.is_empty() {
        container(small("You ignore nobody. In a room, press a member to ignore them."))
            .padding([13, 16])
            .into()
    } else {
        column(ignored.iter().enumerate().map(|(at, (account, name))| {
            column![(at > 0).then(line::across), ignored_person(*account, name, shared)].into()
        }))
        .into()
    };
    let explained = small(
        "Their messages are folded and silent, and they can open no new conversation with you. They are not told.",
    );
    column![
        shown,
        pending.view(shared.now),
        column![title("People you ignore", size::TITLE), explained].spacing(4),
        card(people)
    ]
    .spacing(18)
    .into()
}

fn ignored_person<'a>(account: AccountId, name: &'a str, shared: &'a Shared) -> Element<'a, Message> {
    let stop = Message::Do(Deed::Ignore { account, ignored: false });
    container(
        row![
            avatar::person(&shared.faces.face(account), name, 24.0),
            label(wording::cut(name, 32), size::TEXT, theme::ink).width(Fill),
            button::short("Stop ignoring", theme::secondary).on_press(stop)
        ]
        .spacing(12)
        .align_y(Center),
    )
    .padding([8, 16])
    .into()
}

/// The switch of "last here".
pub(super) const LAST_SEEN: &str = "privacy-last-seen";
/// The switch of how far one reads.
pub(super) const READS: &str = "privacy-reads";
