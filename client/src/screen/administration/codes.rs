//! Every open code: what it is for, whose it is, how far it is used, and its end.

use iced::widget::{column, container, row};
use iced::{Center, Element, Fill};
use snug_engine::event::OpenCode;
use snug_proto::login::Purpose;
use snug_proto::talk::Role;

use super::{Message, Scene, coming};
use crate::screen::dialogs::Dialog;
use crate::screen::dialogs::sure::Sure;
use crate::shared::Shared;
use crate::theme;
use crate::widget::label::{mono, name, small};
use crate::widget::line;
use crate::widget::page::card;
use crate::wording;

/// Codes shown at a time: the oldest, which are the first to be forgotten.
const SHOWN_MAX: usize = 80;

/// The question about a code of the list.
pub(super) fn revoke(at: usize, shared: &Shared) -> Option<Dialog> {
    let code = shared.house.codes.as_ref()?.get(at)?;
    Some(Dialog::Sure(Sure::revoke(code.invite.code, &what(code))))
}

/// Draws the page.
pub(super) fn view(scene: Scene<'_>) -> Element<'_, Message> {
    let invite = scene.button("Invite…", theme::primary, Message::Invite);
    let explained = small(
        "What is listed still lets somebody in. Only the first four characters of a code are known: the rest has who it \
         was made for.",
    );
    let head = row![explained.width(Fill), invite].spacing(16).align_y(Center);
    let Some(codes) = &scene.shared.house.codes else {
        return column![head, coming(scene)].spacing(14).into();
    };
    let none = codes.is_empty().then(|| container(small("No code is open.")).padding([13, 16]));
    let rows = codes
        .iter()
        .take(SHOWN_MAX)
        .enumerate()
        .map(|(at, code)| column![(at > 0).then(line::across), one(at, code, scene)].into());
    let more = (codes.len() > SHOWN_MAX).then(|| {
        let words = format!("The oldest {SHOWN_MAX} of {} are shown.", codes.len());
        container(small(words)).padding([10, 16])
    });
    column![head, card(column![column(rows), none, more])].spacing(14).into()
}

fn one<'a>(at: usize, code: &'a OpenCode, scene: Scene<'a>) -> Element<'a, Message> {
    let used = match (code.invite.uses, code.invite.used) {
        _ if code.purpose != Purpose::REGISTER => String::new(),
        (1, 0) => " · for one person".to_owned(),
        (uses, 0) => format!(" · for {uses} people"),
        (uses, used) => format!(" · {used} came, {uses} more may"),
    };
    let maker = match &code.maker {
        Some(maker) => format!("made by {}", wording::cut(maker, 24)),
        None => "made at the server".to_owned(),
    };
    // Codes that were written down are good until they are used.
    let until = if code.purpose == Purpose::RECOVER {
        "without end".to_owned()
    } else {
        format!("until {}", wording::date(code.invite.expires, &scene.shared.zone))
    };
    let words = column![name(what(code)), small(format!("{maker}{used} · {until}"))].spacing(3).width(Fill);
    let shown = mono(format!("{}-…", code.invite.code)).style(theme::tinted(theme::ink)).width(64);
    let revoke =
        may_revoke(code, scene).then(|| scene.button("Revoke…", theme::secondary, Message::Revoke(at)));
    let content = row![shown, words, revoke].spacing(12).align_y(Center);
    container(content).padding([11, 16]).into()
}

/// Owners revoke every code; moderators those of members, and their own.
fn may_revoke(code: &OpenCode, scene: Scene<'_>) -> bool {
    match &code.maker {
        _ if scene.rank == Role::Owner => true,
        Some(maker) => scene.may_act_on(maker),
        None => false,
    }
}

/// What a code is for.
fn what(code: &OpenCode) -> String {
    let whose = code.account.as_deref().map_or("somebody".to_owned(), |name| wording::cut(name, 24));
    match code.purpose {
        Purpose::REGISTER => "Invite".to_owned(),
        Purpose::RESET => format!("Another password for {whose}"),
        Purpose::RECOVER => format!("A recovery code of {whose}"),
        Purpose::ADD_DEVICE => format!("Another device of {whose}"),
        Purpose::OWN => "To become the owner".to_owned(),
        _ => "Made by a newer Snug".to_owned(),
    }
}
