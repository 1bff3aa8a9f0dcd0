//! A dialog over a dimmed backdrop, and small things that float over the page.

use iced::widget::{column, container, mouse_area, opaque, row, space, stack};
use iced::{Center, Element, Fill, Theme};

use crate::icon::{Icon, icon};
use crate::theme::{self, Soft, Tone, radius};
use crate::widget::halo::{self, halo};
use crate::widget::label::{mono, title};

/// How wide a dialog is.
pub const WIDTH: f32 = 600.0;

/// A dialog over a dimmed backdrop; nothing behind it can be pressed.
pub fn over<'a, Message: 'a>(
    dialog: impl Into<Element<'a, Message>>,
    style: fn(&Theme) -> container::Style,
) -> Element<'a, Message> {
    let card = container(dialog).id(ID).width(Fill).padding(30).style(style);
    let card = container(halo(opaque(card), radius::DIALOG)).max_width(WIDTH + 2.0 * halo::WIDTH);
    opaque(container(card).center(Fill).padding(20).style(theme::dimmed))
}

/// The head of a dialog: a tile with an icon, a title, and a line under it.
pub fn head<'a, Message: 'a>(
    what: Icon,
    kind: Soft,
    heading: &'a str,
    tone: Tone,
    under: String,
) -> Element<'a, Message> {
    let drawn: Tone = match kind {
        Soft::Accent => theme::accent,
        Soft::Trust => theme::trust,
        Soft::Danger => theme::danger,
        Soft::Plain => theme::muted,
    };
    let tile = container(icon(what, 22.0, drawn)).center(44).style(theme::soft(kind, 10.0));
    row![tile, column![title(heading, 19.0).style(theme::tinted(tone)), mono(under)].spacing(3)]
        .spacing(14)
        .align_y(Center)
        .into()
}

/// A menu that floats over the page; a press beside it closes it.
pub fn menu<'a, Message: Clone + 'a>(
    placed: impl Into<Element<'a, Message>>,
    close: Message,
) -> Element<'a, Message> {
    let outside = mouse_area(space().width(Fill).height(Fill)).on_press(close);
    stack![opaque(outside), placed.into()].into()
}

/// The dialog that is open: Tab stays within.
pub const ID: &str = "dialog";
