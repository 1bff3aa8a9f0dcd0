//! The reactions under a message.

use iced::widget::{button as plain, container, row, text, tooltip};
use iced::{Center, Element};
use snug_engine::event::{CHIPS_MAX, Chip, ItemKey, Reactions};

use crate::fonts;
use crate::markdown;
use crate::screen::chat::hand;
use crate::screen::chat::timeline::Message;
use crate::theme::{self, size};
use crate::widget::label::label;
use crate::wording;

/// Signs of one reaction that are shown: the longest emoji has fewer.
const SIGNS_MAX: usize = 16;
/// Names that the hint tells.
const NAMES_MAX: usize = 12;

/// Draws them, where there are some.
pub(super) fn view<'a>(key: ItemKey, reactions: &'a Reactions, open: bool) -> Option<Element<'a, Message>> {
    if reactions.chips.is_empty() {
        return None;
    }
    let shown = &reactions.chips[..reactions.chips.len().min(CHIPS_MAX)];
    let more = reactions.more as usize + (reactions.chips.len() - shown.len());
    let chips = shown.iter().map(|chip| one(key, chip, open));
    let rest = (more > 0).then(|| {
        let words = label(format!("+{more}"), size::SMALL, theme::muted);
        container(words).padding([3, 8]).into()
    });
    let chips = row(chips.chain(rest)).spacing(5).align_y(Center).wrap().vertical_spacing(5);
    Some(container(chips).padding([4, 0]).into())
}

fn one<'a>(key: ItemKey, chip: &'a Chip, open: bool) -> Element<'a, Message> {
    let sign: String = markdown::shown(&chip.emoji).chars().take(SIGNS_MAX).collect();
    let press = hand::Message::Chip { item: key, emoji: chip.emoji.clone(), on: !chip.mine };
    let count = text(chip.count.to_string()).size(size::SMALL).font(fonts::SEMIBOLD).line_height(1.3);
    let content = row![text(sign).font(fonts::EMOJI).size(14).line_height(1.3), count].spacing(5);
    let chip_button = plain(content.align_y(Center))
        .padding([3, 9])
        .style(theme::chip(chip.mine))
        .on_press_maybe(open.then_some(Message::Hand(press)));
    let words = container(label(who(chip), size::SMALL, |tokens| tokens.background)).padding([4, 8]);
    let words = words.max_width(320);
    tooltip(container(chip_button).clip(true), words, tooltip::Position::Top).gap(4).style(theme::hint).into()
}

/// Who reacted, in words.
fn who(chip: &Chip) -> String {
    let told = &chip.names[..chip.names.len().min(NAMES_MAX)];
    let rest = (chip.count as usize).saturating_sub(told.len());
    let named = match rest {
        0 if told.len() > 1 => {
            let (last, first) = told.split_last().map_or(("", told), |(last, first)| (last.as_str(), first));
            format!("{} and {last}", first.join(", "))
        }
        0 => told.join(""),
        rest if told.is_empty() => {
            wording::count(chip.count.max(rest as u32), "person").replace("persons", "people")
        }
        rest => format!("{} and {rest} more", told.join(", ")),
    };
    match emojis::get(&chip.emoji).and_then(|emoji| emoji.shortcode()) {
        Some(name) => format!("{named} · :{name}:"),
        None => named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reacted_is_told_in_words() {
        let chip = |names: &[&str], count| Chip {
            emoji: "🎉".into(),
            count,
            mine: false,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        assert_eq!(who(&chip(&["alice"], 1)), "alice · :tada:");
        assert_eq!(who(&chip(&["alice", "bob", "carol"], 3)), "alice, bob and carol · :tada:");
        assert_eq!(who(&chip(&["alice", "bob"], 9)), "alice, bob and 7 more · :tada:");
        assert_eq!(who(&chip(&[], 2)), "2 people · :tada:");
        let many = vec!["alice"; 40];
        assert_eq!(who(&chip(&many, 40)).matches("alice").count(), NAMES_MAX);
    }
}
