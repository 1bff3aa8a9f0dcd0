//! The filters of a search, as they are typed and completed. What they mean is the engine's matter.

use snug_proto::talk::Target;

use crate::matching;
use crate::shared::Shared;

/// The filters, with what stands behind them.
pub(super) const FILTERS: [(&str, &str); 5] = [
    ("from:", "a person"),
    ("in:", "a room"),
    ("before:", "a date"),
    ("after:", "a date"),
    ("has:file", "only files"),
];

/// Whether a filter is typed: then only messages can be meant.
pub(super) fn has_any(typed: &str) -> bool {
    typed.split_whitespace().any(|word| FILTERS.iter().any(|(filter, _)| word.starts_with(filter)))
}

/// A name as a filter takes it: in quotes where it has spaces.
pub(super) fn quoted(name: &str) -> String {
    if name.contains(char::is_whitespace) { format!("\"{name}\"") } else { name.to_owned() }
}

/// What Tab makes of what is typed: the last word's filter, or the name behind it.
pub(super) fn completed(typed: &str, shared: &Shared) -> Option<String> {
    let start = typed.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let (before, word) = (typed.get(..start)?, typed.get(start..)?);
    if word.is_empty() {
        return None;
    }
    let whole = match word.split_once(':') {
        None => FILTERS.iter().find(|(filter, _)| filter.starts_with(word))?.0.to_owned(),
        Some((filter @ ("from" | "in"), name)) => {
            let people = filter == "from";
            let rooms =
                shared.rooms.iter().filter(|room| !people || matches!(room.target, Target::Person(_)));
            let best = matching::best(rooms, name.trim_start_matches('"'), 1, |room| shared.searched(room));
            format!("{filter}:{} ", quoted(&best.first()?.name))
        }
        Some(_) => return None,
    };
    (whole != word).then(|| format!("{before}{whole}"))
}
