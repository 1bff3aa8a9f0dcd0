//! What an administrator can do, in plain words: the same for everybody who reads them.

use iced::widget::{column, container, row};
use iced::{Center, Element, Fill};

use crate::icon::{Icon, icon};
use crate::theme::{self, size};
use crate::widget::label::{label, name, small};

/// The heading.
pub const TITLE: &str = "What an administrator can do";
/// Whom the words are about.
pub const UNDER: &str = "Owners and moderators of this server, and whoever has its machine";

const POWERS: [(Icon, &str, &str); 6] = [
    (
        Icon::Eye,
        "Read",
        "Texts are not sealed yet: whoever has the server's machine can read every text and file on its disk, direct \
         messages too, and see who talks with whom and when. In their window owners and moderators read only the rooms \
         they are in, like anybody; they also see who has an account, with which devices and since when, and how much \
         space files take.",
    ),
    (
        Icon::LogOut,
        "Send out and keep out",
        "Moderators can send a member out, who comes back by pressing “Connect”, and ban a member, one of their devices \
         or their network. They can revoke codes of members and keep order in the lobby.",
    ),
    (
        Icon::Key,
        "Decide",
        "Owners can do that to everybody. They also say who else is an owner or moderator, what the server is called, \
         who may register and how many seats there are.",
    ),
    (
        Icon::Again,
        "Reset a password",
        "Owners can make a code by which somebody who forgot their password sets another one. Its use logs out all of that \
         account's devices. Whoever holds the code gets in: hence the line about it here.",
    ),
    (
        Icon::House,
        "All of it stands here",
        "Each of these acts is a line in this room, with who did it and when. Everybody on the server reads it, from the \
         first line on, and nobody can take a line back.",
    ),
    (
        Icon::ShieldCheck,
        "And what nobody can",
        "Nobody can read a password: it never leaves the computer it is typed on. Nobody can do any of this unseen from \
         their window. Only who changes files on the server's machine by hand leaves no line.",
    ),
];

/// Draws the words.
pub fn view<'a, Message: 'a>() -> Element<'a, Message> {
    column(POWERS.iter().map(|(what, heading, words)| {
        let tile = container(icon(*what, 17.0, theme::muted)).center(32).style(theme::tile);
        let words = column![name(*heading), small(*words)].spacing(2).width(Fill);
        row![tile, words].spacing(12).into()
    }))
    .spacing(14)
    .into()
}

/// Draws them as a card, where the house begins.
pub fn card<'a, Message: 'a>() -> Element<'a, Message> {
    let tile = container(icon(Icon::Shield, 20.0, theme::accent))
        .center(40)
        .style(theme::soft(theme::Soft::Accent, theme::radius::CARD));
    let words = column![label(TITLE, size::TITLE, theme::ink).font(crate::fonts::BOLD), small(UNDER)];
    let head = row![tile, words.spacing(1)].spacing(14).align_y(Center);
    let content = column![head, crate::widget::line::across(), view()].spacing(16);
    container(content).padding([18, 20]).max_width(720).style(theme::card).into()
}
