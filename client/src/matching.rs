//! What was typed against names: a beginning counts most, accents and case do not count.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A name as it is compared.
pub fn folded(name: &str) -> String {
    name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

/// How well a name fits what was typed: 0 is best, `None` not at all. Both are folded.
fn worth(name: &str, typed: &str) -> Option<u8> {
    if name.starts_with(typed) {
        return Some(0);
    }
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    if words.any(|word| word.starts_with(typed)) {
        return Some(1);
    }
    if name.contains(typed) {
        return Some(2);
    }
    // The letters in their order, with others between: "hvt" finds "harvest trip".
    let mut letters = name.chars();
    let in_order = typed.chars().all(|wanted| letters.any(|letter| letter == wanted));
    (in_order && typed.chars().count() > 1 && name.starts_with(typed.chars().next()?)).then_some(3)
}

/// Those whose names fit, the best first; all of them where nothing was typed.
pub fn best<T, N: AsRef<str>>(
    all: impl Iterator<Item = T>,
    typed: &str,
    max: usize,
    name: impl Fn(&T) -> N,
) -> Vec<T> {
    let typed = folded(typed.trim().trim_start_matches(['#', '@']));
    let mut fits: Vec<(u8, T)> =
        all.filter_map(|one| worth(&folded(name(&one).as_ref()), &typed).map(|worth| (worth, one))).collect();
    fits.sort_by_key(|(worth, _)| *worth);
    fits.truncate(max);
    fits.into_iter().map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_come_first_and_accents_do_not_count() {
        let names = ["Chloé", "harvest-trip", "night chat", "Дмитрий", "chess"];
        let found = |typed| best(names.iter(), typed, 9, |name| **name);
        assert_eq!(found("ch"), [&"Chloé", &"chess", &"night chat"]);
        assert_eq!(found("CHLOE"), [&"Chloé"]);
        assert_eq!(found("#trip"), [&"harvest-trip"]);
        assert_eq!(found("hvt"), [&"harvest-trip"]);
        assert_eq!(found("дми"), [&"Дмитрий"]);
        assert!(found("zz").is_empty());
        assert_eq!(found("").len(), 5);
    }
}
