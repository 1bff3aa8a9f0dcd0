//! Completion while typing: `@name`, `:emoji:`, `#room`. Finding and choosing are pure; the composer replaces.

use iced::widget::{button as plain, column, container, row, text};
use iced::{Center, Element, Fill, Font};
use snug_engine::event::{Person, Room};
use snug_proto::entry::RoomKind;
use snug_proto::id::AccountId;
use snug_proto::talk::{Role, Target};

use crate::fonts;
use crate::screen::chat::composer::Message;
use crate::shared::Shared;
use crate::theme::{self, size};
use crate::widget::avatar;
use crate::widget::halo::halo;
use crate::widget::label::{label, small};
use crate::wording;

/// Candidates shown at most.
const CANDIDATES_MAX: usize = 8;
/// Letters of an emoji's name before candidates show: a colon alone is punctuation.
const EMOJI_FROM: usize = 2;

/// What is being completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A person, or everybody.
    Name,
    /// An emoji.
    Emoji,
    /// A room.
    Room,
}

/// A word that can be completed, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Completion {
    /// Where in its line it begins, in bytes, its sign included.
    pub(super) from: usize,
    /// What can stand there.
    pub(super) candidates: Vec<Candidate>,
    /// Which one Enter takes.
    pub(super) at: usize,
}

/// What can stand in a word's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// What is typed in its place.
    pub(super) insert: String,
    /// What the list shows.
    shown: String,
    /// What the list says beside it.
    hint: String,
    mark: Mark,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Mark {
    Person(AccountId),
    Sign(&'static str),
    Emoji(&'static str),
}

impl Completion {
    /// The next candidate, or the one before; around the ends.
    pub(super) fn step(&mut self, by: isize) {
        let len = self.candidates.len() as isize;
        self.at = (self.at as isize + by).rem_euclid(len.max(1)) as usize;
    }

    /// The candidate that Enter takes.
    pub(super) fn chosen(&self) -> Option<&Candidate> {
        self.candidates.get(self.at)
    }
}

/// The word before the caret that has one of the signs in front: its kind, where it begins, and what follows the sign.
fn word(before: &str) -> Option<(Kind, usize, &str)> {
    let start = before
        .rfind(|c: char| c.is_whitespace() || c == '(')
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let word = &before[start..];
    let kind = match word.chars().next()? {
        '@' => Kind::Name,
        ':' => Kind::Emoji,
        '#' => Kind::Room,
        _ => return None,
    };
    Some((kind, start, &word[1..]))
}

/// What the word before the caret can be completed with.
pub(super) fn find(before: &str, room: Target, me: AccountId, shared: &Shared) -> Option<Completion> {
    let (kind, from, typed) = word(before)?;
    let wanted = typed.to_lowercase();
    let candidates = match kind {
        Kind::Name => names(&wanted, room, me, shared),
        Kind::Emoji if wanted.len() >= EMOJI_FROM => emojis(&wanted),
        Kind::Emoji => Vec::new(),
        Kind::Room => rooms(&wanted, &shared.rooms),
    };
    (!candidates.is_empty()).then_some(Completion { from, candidates, at: 0 })
}

/// The emoji whose whole name was just closed with a colon: where it begins, and itself.
pub(super) fn closed_emoji(before: &str) -> Option<(usize, &'static str)> {
    let (Kind::Emoji, from, typed) = word(before)? else { return None };
    let emoji = emojis::get_by_shortcode(typed.strip_suffix(':')?)?;
    Some((from, emoji.as_str()))
}

/// Those of whose names one begins with what was typed come before those that only have it inside.
fn ranked<T, const N: usize>(
    all: impl Iterator<Item = T>,
    wanted: &str,
    names: impl Fn(&T) -> [String; N],
) -> Vec<T> {
    let mut ranked: Vec<(bool, T)> = all
        .filter_map(|one| {
            let names = names(&one).map(|name| name.to_lowercase());
            let inside = names.iter().any(|name| name.contains(wanted));
            inside.then(|| (!names.iter().any(|name| name.starts_with(wanted)), one))
        })
        .collect();
    ranked.sort_by_key(|(inside, _)| *inside);
    ranked.into_iter().map(|(_, one)| one).take(CANDIDATES_MAX).collect()
}

fn names(wanted: &str, room: Target, me: AccountId, shared: &Shared) -> Vec<Candidate> {
    let everybody = may_call_everybody(shared.room(room)) && "room".starts_with(wanted);
    let others = shared.members_of(room).iter().filter(|person| person.account != me);
    // People know each other by the names that are shown; what is written names the account, which stays the same.
    let account = |person: &Person| shared.faces.account_name(person.account, &person.name).to_owned();
    let people = ranked(others, wanted, |person| [person.name.clone(), account(person)]);
    let mut names: Vec<Candidate> = people
        .into_iter()
        .map(|person| {
            let name = account(person);
            let hint =
                if name == person.name { String::new() } else { wording::cut(&format!("@{name}"), 20) };
            let mark = Mark::Person(person.account);
            Candidate { insert: format!("@{name} "), shown: person.name.clone(), hint, mark }
        })
        .collect();
    if everybody {
        names.truncate(CANDIDATES_MAX - 1);
        names.push(Candidate {
            insert: "@room ".into(),
            shown: "room".into(),
            hint: "everybody here".into(),
            mark: Mark::Sign("@"),
        });
    }
    names
}

/// `@room` is for who keeps order, and between two.
fn may_call_everybody(room: Option<&Room>) -> bool {
    room.is_some_and(|room| room.role != Role::Member || room.kind == RoomKind::DIRECT)
}

fn emojis(wanted: &str) -> Vec<Candidate> {
    let fits = |emoji: &&'static emojis::Emoji| emoji.shortcodes().any(|code| code.contains(wanted));
    let code = |emoji: &&'static emojis::Emoji| {
        let codes = || emoji.shortcodes().filter(|code| code.contains(wanted));
        let best = codes().find(|code| code.starts_with(wanted)).or_else(|| codes().next());
        best.unwrap_or_default().to_owned()
    };
    ranked(emojis::iter().filter(fits), wanted, |emoji| [code(emoji)])
        .into_iter()
        .map(|emoji| Candidate {
            insert: emoji.as_str().to_owned(),
            shown: format!(":{}:", code(&emoji)),
            hint: String::new(),
            mark: Mark::Emoji(emoji.as_str()),
        })
        .collect()
}

fn rooms(wanted: &str, rooms: &[Room]) -> Vec<Candidate> {
    let rooms = rooms.iter().filter(|room| matches!(room.target, Target::Room(_)) && room.present);
    ranked(rooms, wanted, |room| [room.name.clone()])
        .into_iter()
        .map(|room| Candidate {
            insert: format!("#{} ", room.name),
            shown: room.name.clone(),
            hint: wording::cut(&room.topic, 28),
            mark: Mark::Sign("#"),
        })
        .collect()
}

/// Draws the list.
pub(super) fn view<'a>(completion: &'a Completion, shared: &'a Shared) -> Element<'a, Message> {
    let rows = completion.candidates.iter().enumerate().map(|(at, candidate)| {
        let mark: Element<'a, Message> = match &candidate.mark {
            Mark::Person(account) => avatar::person(&shared.faces.face(*account), &candidate.shown, 22.0),
            Mark::Sign(sign) => sign_of(sign, fonts::SEMIBOLD),
            Mark::Emoji(emoji) => sign_of(emoji, fonts::EMOJI),
        };
        let chosen = at == completion.at;
        let words = label(wording::cut(&candidate.shown, 24), size::NAME, theme::ink);
        plain(row![mark, words.width(Fill), small(&candidate.hint)].spacing(10).align_y(Center).height(22))
            .padding([4, 8])
            .width(Fill)
            .style(theme::choice(chosen))
            .on_press(Message::Take(at))
            .into()
    });
    let keys = label("↑ ↓ choose · Tab or Enter takes · Esc closes", size::LABEL, theme::faint);
    let list = column![column(rows), container(keys).padding([4, 8])].spacing(2);
    container(halo(container(list).padding(6).width(320).style(theme::card), theme::radius::CARD)).into()
}

fn sign_of<'a>(sign: &'static str, font: Font) -> Element<'a, Message> {
    container(text(sign).size(16).font(font).style(theme::tinted(theme::muted))).center_x(22).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_with_a_sign_behind_a_space() {
        assert_eq!(word("hi @al"), Some((Kind::Name, 3, "al")));
        assert_eq!(word("(#rec"), Some((Kind::Room, 1, "rec")));
        assert_eq!(word("ä :smi"), Some((Kind::Emoji, 3, "smi")));
        for none in ["", "a", "a@b", "10:30", "https://x", "@al is", "hi "] {
            assert_eq!(word(none), None, "{none}");
        }
    }

    #[test]
    fn an_emoji_is_found_by_its_name() {
        let found = emojis("smil");
        assert!(found.iter().any(|one| one.insert == "😄"), "{found:?}");
        assert!(found[0].shown.starts_with(":smil"));
        assert!(emojis("no_such_emoji").is_empty());
        assert_eq!(closed_emoji("well :tada:"), Some((5, "🎉")));
        assert_eq!(closed_emoji("well :tada"), None);
        assert_eq!(closed_emoji("at 10:30:"), None);
    }
}
