//! Where a link leads, before it is opened: the words of a link may say anything.

use iced::widget::text::Wrapping;
use iced::widget::{column, container, row, space};
use iced::{Element, Fill};

use super::Message;
use crate::fonts;
use crate::icon::Icon;
use crate::markdown;
use crate::theme::{self, Soft, size};
use crate::widget::label::title;
use crate::widget::{button, dialog};

/// Signs of an address that are shown; all of it is opened or copied.
const SHOWN_MAX: usize = 600;

/// An address, and where its host stands in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Address {
    whole: String,
    host: std::ops::Range<usize>,
}

impl Address {
    /// Looks for the host.
    pub(super) fn new(whole: String) -> Self {
        let host = host(&whole);
        Self { whole, host }
    }

    /// All of it.
    pub(super) fn whole(&self) -> &str {
        &self.whole
    }

    /// Draws it.
    pub(super) fn view(&self) -> Element<'_, Message> {
        let address: String = markdown::shown(&self.whole).chars().take(SHOWN_MAX).collect();
        let address = iced_selection::text(address)
            .size(size::NAME)
            .line_height(size::LINE)
            .font(fonts::MONO)
            .width(Fill)
            .wrapping(Wrapping::WordOrGlyph)
            .style(theme::selectable(theme::muted));
        // On a line of its own: inside the address the text engine gives a word one face, whatever parts it has.
        let host = markdown::shown(&self.whole[self.host.clone()]).into_owned();
        let host = title(host, size::PAGE).wrapping(Wrapping::WordOrGlyph);
        let shown = column![host, address].spacing(6);
        let shown = container(shown).padding([12, 14]).width(Fill).style(theme::inset).clip(true);
        let buttons = row![
            space().width(Fill),
            button::words("Cancel", theme::secondary).on_press(Message::Close),
            button::words("Copy", theme::secondary).on_press(Message::Copy),
            button::words("Open", theme::primary).on_press(Message::Open),
        ]
        .spacing(10);
        let under = "in another program, outside of Snug".to_owned();
        let head = dialog::head(Icon::Open, Soft::Plain, "Open this address?", theme::ink, under);
        dialog::over(column![head, shown, buttons].spacing(18), theme::dialog)
    }
}

/// Where the host stands in an address; for mail, what stands behind the `@`.
fn host(address: &str) -> std::ops::Range<usize> {
    let Some((scheme, rest)) = address.split_once(':') else { return 0..0 };
    let start = scheme.len() + 1;
    let (start, rest) = match rest.strip_prefix("//") {
        Some(rest) => (start + 2, rest),
        None => (start, rest),
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    // What stands before an `@` is a name and often only looks like a host.
    let at = rest[..end].rfind('@').map_or(0, |at| at + 1);
    start + at..start + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_what_counts() {
        let host = |whole: &str| whole[host(whole)].to_owned();
        assert_eq!(host("https://snug.example/a?b"), "snug.example");
        assert_eq!(host("https://bank.example@evil.example/login"), "evil.example");
        assert_eq!(host("http://evil.example\\@bank.example/"), "evil.example");
        assert_eq!(host("https://a.example:8080?x=@b"), "a.example:8080");
        assert_eq!(host("mailto:bob@a.example?subject=x"), "a.example");
        assert_eq!(host("https://"), "");
        assert_eq!(host("nonsense"), "");
    }
}
