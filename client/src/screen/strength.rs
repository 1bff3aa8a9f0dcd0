//! How strong a new password is, while it is typed.

use iced::widget::{column, container, row, space};
use iced::{Element, Fill};

use crate::theme;
use crate::widget::label::small;

/// Draws four bars and a word.
pub fn view<'a, Message: 'a>(password: &str, user: &str) -> Element<'a, Message> {
    let (score, advice) = strength(password, user);
    let bars = (1..=4).map(|bar| {
        let lit = if score >= bar { score } else { 0 };
        container(space().width(Fill).height(4)).style(theme::strength(lit)).into()
    });
    column![row(bars).spacing(4), small(advice)].spacing(6).into()
}

/// How strong a password is, from 0 to 4, and what to say about it.
fn strength(password: &str, user: &str) -> (u8, String) {
    // Longer ones are strong anyway, and the estimate takes time that grows with the length.
    let head: String = password.chars().take(64).collect();
    let estimate = zxcvbn::zxcvbn(&head, &[user]);
    let score = u8::from(estimate.score());
    let advice = estimate.feedback().and_then(|feedback| {
        let warning = feedback.warning().map(|warning| warning.to_string());
        warning.or_else(|| feedback.suggestions().first().map(|suggestion| suggestion.to_string()))
    });
    let word = match score {
        0 | 1 => "Easy to guess.",
        2 => "Could be stronger.",
        3 => "Good.",
        _ => "Strong.",
    };
    (score.max(1), advice.filter(|_| score < 3).map_or(word.to_owned(), |advice| format!("{word} {advice}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_knows_weak_from_strong() {
        assert_eq!(strength("password", "alice").0, 1);
        assert!(strength("alicealice", "alice").0 < 3, "one's own name is no secret");
        assert_eq!(strength("glacier trumpet meadow copper", "alice").0, 4);
        assert!(strength(&"x9!".repeat(10_000), "alice").0 > 0);
    }
}
