//! Pages: a list of sections beside the one that is open, and the cards that stand on it.

use iced::widget::{Container, button as plain, column, container, row, space};
use iced::{Center, Element, Fill};

use crate::fonts;
use crate::icon::{Icon, icon};
use crate::theme::{self, Tone, size};
use crate::widget::label::{label, name, small, title};
use crate::widget::reach::reach;
use crate::widget::{line, scroll};

/// How wide a page is at most.
const WIDTH: f32 = 640.0;

/// What lies beside a page.
pub struct Book<'a, Section, Message> {
    /// What all of it is called.
    pub title: &'a str,
    /// The sections, in order.
    pub sections: &'a [(Section, &'a str)],
    /// The one that is open.
    pub chosen: Section,
    /// Opens another one.
    pub open: fn(Section) -> Message,
    /// Back to where one came from.
    pub close: Message,
}

impl<'a, Section: Copy + PartialEq, Message: Clone + 'a> Book<'a, Section, Message> {
    /// Draws it with a page; `beside` stands at the end of the page's title.
    pub fn view(
        self,
        beside: Option<Element<'a, Message>>,
        page: impl Into<Element<'a, Message>>,
    ) -> Element<'a, Message> {
        let sections = self.sections.iter().map(|(section, words)| {
            let chosen = *section == self.chosen;
            let font = if chosen { fonts::SEMIBOLD } else { fonts::TEXT };
            let tone: Tone = if chosen { theme::ink } else { theme::muted };
            let open = plain(label(*words, size::NAME, tone).font(font))
                .padding([7, 10])
                .width(Fill)
                .style(theme::choice(chosen));
            reach(open, Some((self.open)(*section)))
        });
        let back = plain(
            row![icon(Icon::Back, 16.0, theme::muted), label("Back", size::NAME, theme::muted)]
                .spacing(6)
                .align_y(Center),
        )
        .padding([7, 6])
        .style(theme::ghost);
        let list = column![
            container(title(self.title, 18.0)).padding([0, 8]),
            column(sections).spacing(2),
            space().height(Fill),
            reach(back, Some(self.close))
        ]
        .spacing(14)
        .padding([20, 14])
        .width(188);
        let named = self.sections.iter().find(|(section, _)| *section == self.chosen);
        let heading = title(named.map_or("", |(_, words)| words), size::PAGE).width(Fill);
        let heading = row![heading, beside].align_y(Center);
        let page = column![heading, page.into()].spacing(18).max_width(WIDTH);
        let page = scroll::list(container(page).padding([26, 40])).width(Fill);
        container(row![list, line::down(), page]).id(ID).into()
    }
}

/// A card as wide as the page.
pub fn card<'a, Message: 'a>(content: impl Into<Element<'a, Message>>) -> Container<'a, Message> {
    container(content).padding(1).width(Fill).style(theme::card)
}

/// A row of a card: what can be chosen, explained, and its control.
pub fn setting<'a, Message: 'a>(
    what: &str,
    explained: &str,
    control: impl Into<Element<'a, Message>>,
) -> Element<'a, Message> {
    let explained = (!explained.is_empty()).then(|| small(explained.to_owned()));
    let words = column![name(what.to_owned()).size(size::NAME + 0.5), explained].spacing(2).width(Fill);
    container(row![words, control.into()].spacing(16).align_y(Center)).padding([13, 16]).into()
}

/// A choice of one; `None` for `choose` lets it only be read.
pub fn one_of<'a, T: Copy + PartialEq, Message: Clone + 'a>(
    all: impl IntoIterator<Item = (T, &'a str)>,
    chosen: T,
    choose: Option<fn(T) -> Message>,
) -> Element<'a, Message> {
    let choices = all.into_iter().map(|(value, words)| {
        let is_chosen = value == chosen;
        let tone: Tone = if is_chosen { theme::accent } else { theme::muted };
        let words = plain(label(words, size::SMALL, tone).font(fonts::SEMIBOLD));
        let words = words.padding([6, 11]).style(theme::choice(is_chosen));
        reach(words, choose.map(|choose| choose(value)))
    });
    row(choices).spacing(4).into()
}

/// The sections with their page: Tab stays within.
pub const ID: &str = "page";
