//! What must be true in the end: the server's log, every copy, every screen and what people know they wrote agree.

mod copy;
mod log;
mod marks;

use std::collections::{BTreeMap, BTreeSet};

use snug_proto::id::Seq;

use crate::day::label;
use crate::person::{Line, Person};
use copy::Held;
pub(crate) use log::Log;
pub(crate) use marks::Marks;

/// What is not so yet, while everybody comes to rest; an error says who differs in what.
pub(crate) fn agreement(people: &[impl AsRef<Person>], log: &Log) -> Result<(), String> {
    let mut accounts = BTreeMap::new();
    for person in people.iter().map(AsRef::as_ref) {
        if person.seen().unsent > 0 {
            return Err(format!("{} has {} unsent", person.host, person.seen().unsent));
        }
        let copies = person.copies();
        let [copy] = &copies[..] else { return Err(format!("{} has {} copies", person.host, copies.len())) };
        let held = Held::read(copy).map_err(|error| format!("{}'s copy: {error}", person.host))?;
        held.compare(log).map_err(|difference| format!("{}: {difference}", person.host))?;
        accounts.insert(person.host, held.me);
    }
    screens(people, |host, room| log.was_away(accounts[host], room))
}

/// Whatever two people see of the same room is the same, but for who was away for a while: an edit or a reaction of that
/// time is not theirs to read.
fn screens(people: &[impl AsRef<Person>], was_away: impl Fn(&str, &str) -> bool) -> Result<(), String> {
    let mut rooms: BTreeMap<String, BTreeMap<Seq, (&str, Line)>> = BTreeMap::new();
    for person in people.iter().map(AsRef::as_ref) {
        let seen = person.seen();
        for (room, lines) in seen.rooms.iter().filter(|(room, _)| !was_away(person.host, room)) {
            let known = rooms.entry(room.clone()).or_default();
            for (seq, line) in lines {
                let (other, theirs) = known.entry(*seq).or_insert_with(|| (person.host, line.clone()));
                if theirs != line {
                    return Err(format!(
                        "{room} {seq}: {other} sees {theirs:?}, {} sees {line:?}",
                        person.host
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Every text is there once, in the order in which its computer wrote it; nobody was told what never happens.
pub(crate) fn whole(people: &[impl AsRef<Person>], log: &Log) -> Result<(), String> {
    let mut there = BTreeSet::new();
    for (room, texts) in log.texts() {
        let mut last: BTreeMap<String, usize> = BTreeMap::new();
        for text in texts {
            let label = label(&text).to_owned();
            let (host, count) = label.split_once(' ').ok_or("a text nobody wrote")?;
            let count: usize = count.parse().map_err(|_| format!("a text nobody wrote: “{label}”"))?;
            if last.insert(host.to_owned(), count).is_some_and(|before| before > count) {
                return Err(format!("“{label}” comes too late in {room}"));
            }
            if !there.insert(label.clone()) {
                return Err(format!("“{label}” stands in {room}, and somewhere else as well"));
            }
        }
    }
    let excused: BTreeSet<String> =
        people.iter().flat_map(|person| person.as_ref().seen().excused.clone()).collect();
    for person in people.iter().map(AsRef::as_ref) {
        let seen = person.seen();
        if let Some(fault) = seen.faults.first() {
            return Err(format!("{}: {fault}", person.host));
        }
        let lost = |text: &&String| !there.contains(*text) && !excused.contains(*text);
        if let Some(text) = seen.certain.iter().chain(&seen.sent).find(lost) {
            return Err(format!("“{text}” is lost"));
        }
    }
    Ok(())
}
