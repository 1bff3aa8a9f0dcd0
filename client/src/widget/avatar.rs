//! A person as their picture, or as a coloured tile with initials, and the dot that says whether they are here.

use iced::widget::{Image, container, space, stack, text};
use iced::{Bottom, Center, Element, Fill, Right};
use snug_proto::talk::Presence;

use crate::faces::Face;
use crate::fonts;
use crate::theme::{self, Tokens, Tone};

/// What lies around a presence dot, so that it stands off the tile.
pub fn on_sidebar(tokens: &Tokens) -> iced::Color {
    tokens.sidebar
}
/// The same, on the page.
pub fn on_page(tokens: &Tokens) -> iced::Color {
    tokens.background
}
/// The same, on a card.
pub fn on_surface(tokens: &Tokens) -> iced::Color {
    tokens.surface
}

/// The tile of a person.
pub fn person<'a, Message: 'a>(face: &Face<'_>, name: &str, size: f32) -> Element<'a, Message> {
    match face.picture {
        Some(picture) => Image::new(picture.clone()).width(size).height(size).into(),
        None => tile(initials(name), size, theme::painted(face.color, size * theme::TILE_ROUND)),
    }
}

/// The tile of a server.
pub fn server<'a, Message: 'a>(name: &str, size: f32) -> Element<'a, Message> {
    let sum = name.bytes().fold(3_usize, |sum, byte| sum.wrapping_add(usize::from(byte)));
    let color = theme::MEMBERS[sum % theme::MEMBERS_GIVEN];
    tile(initials(name), size, theme::painted(color, size * 0.24))
}

fn tile<'a, Message: 'a>(
    initials: String,
    size: f32,
    style: impl Fn(&iced::Theme) -> container::Style + 'a,
) -> Element<'a, Message> {
    let letters = text(initials).size(size * 0.38).font(fonts::BOLD).color(theme::ON_MEMBER);
    container(letters).width(size).height(size).align_x(Center).align_y(Center).style(style).into()
}

/// The tile of a person with a presence dot over its corner.
pub fn present<'a, Message: 'a>(
    face: &Face<'_>,
    name: &str,
    size: f32,
    presence: Option<Presence>,
    behind: Tone,
) -> Element<'a, Message> {
    let dot = container(dot(presence)).padding(2).style(theme::solid(behind, 7.0));
    let tile = container(person(face, name, size)).padding(iced::Padding::ZERO.right(3).bottom(3));
    stack![tile, container(dot).width(Fill).height(Fill).align_x(Right).align_y(Bottom)].into()
}

/// The dot alone.
pub fn dot<'a, Message: 'a>(presence: Option<Presence>) -> Element<'a, Message> {
    let tone: Tone = match presence {
        Some(Presence::Online) => |tokens| tokens.online,
        Some(Presence::Away) => |tokens| tokens.away,
        None => theme::faint,
    };
    container(space().width(8).height(8)).style(theme::solid(tone, 4.0)).into()
}

/// Two letters that stand for a name: of its first two words, or its first two letters.
pub fn initials(name: &str) -> String {
    let mut words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next().unwrap_or("?");
    let letters: String = match words.next() {
        Some(second) => first.chars().take(1).chain(second.chars().take(1)).collect(),
        None => first.chars().take(2).collect(),
    };
    letters.to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_of_many_names() {
        for (name, two) in [
            ("Bashir", "BA"),
            ("Riverside Studio", "RS"),
            ("x", "X"),
            ("chloé", "CH"),
            ("a.b", "AB"),
            ("美咲", "美咲"),
            ("", "?"),
        ] {
            assert_eq!(initials(name), two);
        }
    }
}
