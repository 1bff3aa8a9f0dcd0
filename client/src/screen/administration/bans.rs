//! Who and what is kept out, and the way to let them in again.

use iced::widget::{column, container, row};
use iced::{Center, Element, Fill};
use snug_engine::event::Ban;
use snug_proto::house::BanKind;
use snug_proto::talk::Role;

use super::{Administration, Asked, Message, Scene, coming};
use crate::icon::{Icon, icon};
use crate::theme;
use crate::widget::label::{mono, name, small};
use crate::widget::line;
use crate::widget::page::card;
use crate::wording;

/// Bans shown at a time: the oldest.
const SHOWN_MAX: usize = 80;

impl Administration {
    pub(super) fn bans<'a>(&'a self, scene: Scene<'a>) -> Element<'a, Message> {
        let explained =
            small("One that ended is listed no more. To ban somebody, press them among the people.");
        let Some(bans) = &scene.shared.house.bans else {
            return column![explained, coming(scene)].spacing(14).into();
        };
        let none = bans.is_empty().then(|| container(small("Nobody is banned.")).padding([13, 16]));
        let rows = bans
            .iter()
            .take(SHOWN_MAX)
            .enumerate()
            .map(|(at, ban)| column![(at > 0).then(line::across), self.ban(ban, scene)].into());
        let more = (bans.len() > SHOWN_MAX).then(|| {
            let words = format!("The oldest {SHOWN_MAX} of {} are shown.", bans.len());
            container(small(words)).padding([10, 16])
        });
        column![explained, card(column![column(rows), none, more])].spacing(14).into()
    }

    fn ban<'a>(&'a self, ban: &'a Ban, scene: Scene<'a>) -> Element<'a, Message> {
        let zone = &scene.shared.zone;
        let (what, words) = match (ban.kind, &ban.name) {
            (BanKind::ACCOUNT, Some(who)) => (Icon::People, wording::cut(who, 32)),
            (BanKind::DEVICE, Some(who)) => (Icon::Lock, format!("A device of {}", wording::cut(who, 32))),
            (BanKind::SOURCE, Some(who)) => (Icon::Link, format!("The network of {}", wording::cut(who, 32))),
            (BanKind::SOURCE, None) => (Icon::Link, "A network".to_owned()),
            _ => (Icon::Shield, "Made by a newer Snug".to_owned()),
        };
        let until = match ban.until {
            Some(until) => format!("until {}, {}", wording::date(until, zone), wording::clock(until, zone)),
            None => "for good".to_owned(),
        };
        let by = match &ban.by {
            Some(by) => format!("by {}", wording::cut(by, 24)),
            None => "by the administrator".to_owned(),
        };
        let facts = format!("{until} · since {} · {by}", wording::date(ban.at, zone));
        let source = (!ban.source.is_empty()).then(|| mono(wording::cut(&ban.source, 43)));
        let lift =
            may_lift(ban, scene).then(|| scene.button("Lift", theme::secondary, Message::Lift(ban.ban)));
        let words = column![name(words), source, small(facts)].spacing(3).width(Fill);
        let content = row![icon(what, 18.0, theme::muted), words, lift].spacing(14).align_y(Center);
        let answer = self.answer(Asked::Lift(ban.ban), scene.shared);
        container(column![content, answer].spacing(8)).padding([11, 16]).into()
    }
}

/// Owners lift every ban; moderators those of members.
fn may_lift(ban: &Ban, scene: Scene<'_>) -> bool {
    match &ban.name {
        _ if scene.rank == Role::Owner => true,
        Some(who) => scene.may_act_on(who),
        None => false,
    }
}
