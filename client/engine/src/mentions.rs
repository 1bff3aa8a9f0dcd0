//! Whom a text mentions: `@name`, found among the people who can be meant.

use snug_proto::bounded::List;
use snug_proto::content::Mentions;
use snug_proto::id::AccountId;
use snug_proto::limits::MENTIONS_MAX;

/// What calls everybody, behind an `@`.
pub(crate) const EVERYBODY: &str = "room";

/// Finds the names of `people` behind each `@`: the longest one that fits, in any case, not inside a word.
pub(crate) fn mentions<'a>(text: &str, people: impl Iterator<Item = (AccountId, &'a str)>) -> Mentions {
    if !text.contains('@') {
        return Mentions::default();
    }
    let everybody = (None, EVERYBODY.to_owned());
    let mut names: Vec<(Option<AccountId>, String)> =
        people.map(|(account, name)| (Some(account), name.to_lowercase())).chain([everybody]).collect();
    // A person of that name comes before everybody.
    names.sort_by(|(one, a), (other, b)| b.len().cmp(&a.len()).then(other.is_some().cmp(&one.is_some())));
    let text = text.to_lowercase();
    let (mut found, mut room) = (Vec::new(), false);
    for (at, _) in text.match_indices('@') {
        let begins = !text[..at].ends_with(char::is_alphanumeric);
        let rest = &text[at + 1..];
        let fits = |(_, name): &&(Option<AccountId>, String)| {
            rest.strip_prefix(name.as_str()).is_some_and(|after| !after.starts_with(char::is_alphanumeric))
        };
        match names.iter().find(fits).filter(|_| begins) {
            Some((Some(account), _)) if !found.contains(account) && found.len() < MENTIONS_MAX => {
                found.push(*account);
            }
            Some((None, _)) => room = true,
            _ => {}
        }
    }
    Mentions { people: List::new(found).unwrap_or_default(), room }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> (Vec<u64>, bool) {
        let people = [(AccountId(1), "Ann"), (AccountId(2), "ann.marie"), (AccountId(3), "Ärni")];
        let mentions = mentions(text, people.into_iter());
        (mentions.people.iter().map(|account| account.0).collect(), mentions.room)
    }

    #[test]
    fn the_longest_name_is_meant() {
        assert_eq!(found("hi @ann, and @Ann.Marie!"), (vec![1, 2], false));
        assert_eq!(found("@annalena @annn"), (vec![], false));
        assert_eq!(found("@ÄRNI @ärni"), (vec![3], false));
        assert_eq!(found("(@room) @ann."), (vec![1], true));
        assert_eq!(found("mail me at me@ann @ nobody @"), (vec![], false));
    }
}
