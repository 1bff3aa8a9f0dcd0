//! What must be true in the end.

use std::collections::{BTreeMap, BTreeSet};

use crate::people::{Line, Person};

/// The rooms as one of those who may read them sees them; an error says who sees what else.
pub(crate) fn agreement(people: &[impl AsRef<Person>]) -> Result<BTreeMap<String, Vec<Line>>, String> {
    let mut rooms: BTreeMap<String, (&str, Vec<Line>)> = BTreeMap::new();
    for person in people.iter().map(AsRef::as_ref) {
        let seen = person.seen();
        if seen.unsent > 0 {
            return Err(format!("{} has {} unsent", person.name, seen.unsent));
        }
        for (room, lines) in &seen.rooms {
            in_order(person.name, room, lines)?;
            match rooms.get(room) {
                Some((_, other)) if other == lines => {}
                Some((name, other)) => return Err(difference(room, name, other, person.name, lines)),
                None => {
                    rooms.insert(room.clone(), (person.name, lines.clone()));
                }
            }
        }
    }
    Ok(rooms.into_iter().map(|(room, (_, lines))| (room, lines)).collect())
}

/// Everything is there once, in the order in which each person wrote it.
pub(crate) fn whole(
    people: &[impl AsRef<Person>],
    rooms: &BTreeMap<String, Vec<Line>>,
) -> Result<(), String> {
    let mut there = BTreeSet::new();
    for (room, lines) in rooms {
        let mut last = BTreeMap::new();
        for line in lines {
            if !there.insert(line.text.clone()) {
                return Err(format!("“{}” stands in {room}, and somewhere else as well", line.text));
            }
            let (author, count) = line.text.split_once(' ').ok_or("a text nobody wrote")?;
            if author != line.author {
                return Err(format!("“{}” is said to be by {}", line.text, line.author));
            }
            let count: usize = count.parse().map_err(|_| "a text nobody wrote")?;
            if last.insert(author.to_owned(), count).is_some_and(|before| before > count) {
                return Err(format!("“{}” comes too late in {room}", line.text));
            }
        }
    }
    for person in people.iter().map(AsRef::as_ref) {
        let seen = person.seen();
        if let Some(failed) = seen.failed.first() {
            return Err(format!("{}: {failed}", person.name));
        }
        if let Some(lost) = seen.certain.iter().find(|text| !there.contains(*text)) {
            let rooms: Vec<_> = rooms.iter().map(|(room, lines)| (room, lines.len())).collect();
            return Err(format!("“{lost}” is lost; there are {rooms:?}; thrown away {:?}", seen.discarded));
        }
    }
    Ok(())
}

fn in_order(name: &str, room: &str, lines: &[Line]) -> Result<(), String> {
    let places: Vec<_> = lines.iter().map(|line| line.seq).collect();
    if places.iter().any(Option::is_none) {
        return Err(format!("{name} sees something unsent in {room}"));
    }
    if !places.is_sorted_by(|a, b| a < b) {
        return Err(format!("{name} sees {room} out of order"));
    }
    Ok(())
}

fn difference(room: &str, a: &str, of_a: &[Line], b: &str, of_b: &[Line]) -> String {
    let at = of_a.iter().zip(of_b).take_while(|(x, y)| x == y).count();
    format!(
        "{room}: {a} sees {} lines, {b} {}; at {at} {a} sees {:?}, {b} {:?}",
        of_a.len(),
        of_b.len(),
        of_a.get(at),
        of_b.get(at)
    )
}
