//! A code that was made to be handed on: a picture to photograph, a link to send, and words that can be read out.

use iced::widget::{column, container, qr_code, row};
use iced::{Center, Color, Element, Fill, Theme};
use snug_engine::event::{Invited, Undone};
use snug_proto::Code;
use snug_proto::code::CodeName;
use snug_proto::talk::InviteInfo;

use crate::icon::{Icon, icon};
use crate::shared::Shared;
use crate::theme::{self, Soft, radius, size};
use crate::widget::button;
use crate::widget::label::{label, mono, name, small};
use crate::wording;

/// How wide the picture is.
const PICTURE: f32 = 196.0;

/// How far it is.
#[derive(Debug)]
pub enum Handed {
    /// The server makes it.
    Coming,
    /// Here it is.
    Here(Box<Here>),
    /// There is none, and why.
    Refused(String),
}

/// A code with its picture.
#[derive(Debug)]
pub struct Here {
    invited: Invited,
    link: String,
    /// The server's list of open codes had it.
    listed: bool,
    /// None where the link is too long for one.
    picture: Option<qr_code::Data>,
}

impl Handed {
    /// The server answered.
    pub fn came(&mut self, result: Result<Invited, Undone>) {
        *self = match result {
            Ok(invited) => {
                let link = invited.invite.link();
                let picture = qr_code::Data::new(&link).ok();
                Self::Here(Box::new(Here { invited, link, listed: false, picture }))
            }
            Err(undone) => Self::Refused(undone.reason),
        };
    }

    /// The connection went: what was asked is not answered any more.
    pub fn lost(&mut self) {
        if matches!(self, Self::Coming) {
            *self = Self::Refused("The connection was lost before the server answered.".to_owned());
        }
    }

    /// Whether it is this code.
    pub fn is_code(&self, name: CodeName) -> bool {
        matches!(self, Self::Here(here) if here.code() == Some(name))
    }

    /// Takes the list of open codes; true where this code was in it and is no more: it has done its work.
    pub fn is_used_up(&mut self, open: &[InviteInfo]) -> bool {
        let Self::Here(here) = self else { return false };
        let code = here.code();
        let is_open = open.iter().any(|invite| Some(invite.code) == code);
        std::mem::replace(&mut here.listed, is_open) && !is_open
    }

    /// The link, once there is one.
    pub fn link(&self) -> Option<&str> {
        match self {
            Self::Here(here) => Some(&here.link),
            Self::Coming | Self::Refused(_) => None,
        }
    }

    /// Draws it; `good_for` says what it does.
    pub fn view<'a, Message: Clone + 'a>(
        &'a self,
        good_for: &str,
        copy: Message,
        again: Message,
        shared: &Shared,
    ) -> Element<'a, Message> {
        match self {
            Self::Coming => container(small("The server makes it…")).padding([22, 0]).into(),
            Self::Refused(reason) => {
                let words = label(reason, size::NAME, theme::danger).width(Fill);
                let again = container(button::short("Try again", theme::secondary).on_press(again)).id(AGAIN);
                row![icon(Icon::Alert, 17.0, theme::danger), words, again].spacing(10).align_y(Center).into()
            }
            Self::Here(here) => here.view(good_for, copy, shared),
        }
    }
}

impl Here {
    fn code(&self) -> Option<CodeName> {
        self.invited.invite.code.as_ref().map(Code::name)
    }

    fn view<'a, Message: Clone + 'a>(
        &'a self,
        good_for: &str,
        copy: Message,
        shared: &Shared,
    ) -> Element<'a, Message> {
        // Cameras want dark on light, whatever the window looks like.
        let picture = self.picture.as_ref().map(|picture| {
            let drawn = qr_code(picture)
                .total_size(PICTURE)
                .style(|_: &Theme| qr_code::Style { cell: Color::BLACK, background: Color::WHITE });
            container(drawn).padding(6).style(theme::painted(Color::WHITE, radius::CONTROL))
        });
        let until = wording::date(self.invited.expires, &shared.zone);
        let link = container(
            label(&self.link, size::SMALL, theme::ink)
                .font(crate::fonts::MONO)
                .wrapping(iced::widget::text::Wrapping::Glyph),
        )
        .padding([9, 12])
        .width(Fill)
        .style(theme::inset);
        let copied = row![
            icon(Icon::Check, 15.0, theme::trust),
            label("The link is in the clipboard.", size::SMALL, theme::trust).width(Fill),
            button::short("Copy again", theme::secondary).on_press(copy)
        ]
        .spacing(7)
        .align_y(Center);
        let dictated = self.invited.invite.dictated().map(|dictated| {
            // The code is what is said letter by letter.
            let (address, code) = dictated.rsplit_once(' ').unwrap_or((&dictated, ""));
            let words = column![small("Or read it out:"), mono(address.to_owned()), name(code.to_owned())];
            words.spacing(1)
        });
        let words = column![
            link,
            copied,
            dictated,
            label(format!("{good_for}, until {until}."), size::SMALL, theme::muted)
        ];
        let facts = row![picture, words.spacing(9).width(Fill)].spacing(18);
        let home = self.invited.invite.address.is_private().then(only_at_home);
        column![facts, home].spacing(12).into()
    }
}

fn only_at_home<'a, Message: 'a>() -> Element<'a, Message> {
    let words = "This address works only at home: in the same network as the server. The administrator can name \
                 another one in the server's configuration (“address”).";
    let content =
        row![icon(Icon::Alert, 17.0, theme::accent), label(words, size::SMALL + 0.5, theme::ink).width(Fill)];
    container(content.spacing(10))
        .padding([9, 12])
        .width(Fill)
        .style(theme::soft(Soft::Accent, radius::CONTROL))
        .into()
}

/// The button that asks once more.
pub const AGAIN: &str = "handed-again";
