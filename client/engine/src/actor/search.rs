//! Searching the copy, and the index behind it. A search runs beside the loop; the index is written between messages,
//! in batches that take a few milliseconds.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use snug_proto::id::AccountId;
use tokio::time::Instant;

use super::open::{Open, Trouble};
use super::{Actor, FAR, Input, Task, TaskId};
use crate::copy::{CopyError, Indexed, Match, Matches, Query, Wanted, context, fold};
use crate::event::{Coverage, Event, Found, Hit};
use crate::sync;

/// Results of one search: more is not read, but narrowed down.
const HITS_MAX: usize = 200;
/// People or rooms that one name may stand for.
const NAMED_MAX: usize = 32;
/// What was just written is indexed after this long, so that a burst is one batch.
const INDEX_AFTER: Duration = Duration::from_millis(100);
/// Rest between two batches: whoever wants the copy gets it.
const INDEX_REST: Duration = Duration::from_millis(15);
/// Wait after a batch that failed: a full disk is not freed sooner.
const INDEX_RETRY: Duration = Duration::from_secs(30);

/// The index behind the copy.
#[derive(Debug)]
pub(super) enum Indexing {
    /// Everything is in it, as far as is known.
    Rests,
    /// There may be something to do.
    Due(Instant),
}

/// A search under way.
#[derive(Debug)]
pub(super) struct Searching {
    task: Task,
    serial: u64,
    problem: Option<String>,
    /// What was held when it began: less than it looks at, never more.
    held: Coverage,
}

/// A message that was found, and the text around it.
pub(super) type Marked = (Match, Vec<(String, bool)>);

/// What a search came to; `None` when a later one began.
pub(super) type Searched = Result<Option<(Matches, Vec<Marked>)>, CopyError>;

impl Indexing {
    /// Something was written.
    pub(super) fn wake(&mut self, now: Instant) {
        if matches!(self, Self::Rests) {
            *self = Self::Due(now + INDEX_AFTER);
        }
    }
}

impl Actor {
    /// Begins a search.
    pub(super) fn search(&mut self, serial: u64, typed: &str, limit: usize) {
        let zone = TimeZone::system();
        let now = Timestamp::from_millisecond(self.environment.now()).unwrap_or_default();
        let query = Query::parse(typed, now.to_zoned(zone.clone()).date(), &zone);
        let offload = self.environment.offload;
        let Some(open) = self.opened() else { return };
        let copy = open.copy.clone();
        let turn = copy.search_turn();
        let wanted = match open.wanted(&query, limit) {
            Ok(wanted) if !query.is_empty() => wanted,
            other => {
                open.searching = None;
                let found = Found {
                    serial,
                    hits: Vec::new(),
                    more: false,
                    problem: other.err().or(query.problem),
                    coverage: open.held(),
                };
                return self.outlet.put(Event::Found(Arc::new(found)));
            }
        };
        let task = self.spawn(|id, inputs| {
            Box::pin(async move {
                let searching = offload.run(move || {
                    let Some(mut found) = copy.search(turn, &wanted)? else { return Ok(None) };
                    let matches = std::mem::take(&mut found.matches);
                    let mark = |found: Match| {
                        let marked = context(&found.text, &wanted.phrases);
                        (found, marked)
                    };
                    let marked = matches.into_iter().map(mark).collect();
                    Ok(Some((found, marked)))
                });
                let _ = inputs.send(Input::Searched(id, searching.await)).await;
            })
        });
        if let Some(open) = self.opened() {
            let held = open.held();
            open.searching = Some(Searching { task, serial, problem: query.problem, held });
        }
    }

    pub(super) async fn searched(&mut self, id: TaskId, searched: Searched) {
        let Some(open) = self.opened() else { return };
        let Some(searching) = open.searching.take_if(|searching| searching.task.id == id) else { return };
        match searched {
            Ok(Some((found, marked))) => {
                let hits = open.hits(marked);
                let Searching { serial, problem, held, .. } = searching;
                let searchable = held.searchable.saturating_sub(found.to_index);
                let coverage = Coverage { searchable, ..held };
                let found = Found { serial, hits, more: found.more, problem, coverage };
                self.outlet.put(Event::Found(Arc::new(found)));
            }
            Ok(None) => {}
            Err(error) => self.trouble(Trouble::Copy(error)).await,
        }
    }

    /// Writes the next batch of the index, if it is time. Answers when it will be.
    pub(super) async fn tick_index(&mut self, now: Instant) -> Instant {
        let Some(open) = self.opened() else { return now + FAR };
        match open.indexing {
            Indexing::Due(at) if at > now => return at,
            Indexing::Rests => return now + FAR,
            Indexing::Due(_) => {}
        }
        let copy = open.copy.clone();
        let indexed = self.on_copy(&copy, |copy| copy.index_some()).await;
        let Some(open) = self.opened() else { return now + FAR };
        if indexed.as_ref().is_ok_and(|indexed| indexed.forgot) {
            open.scrub_from = Some(1);
        }
        let wait = match indexed {
            Ok(Indexed { more: false, forgot }) => {
                open.indexing = Indexing::Rests;
                return if forgot { now } else { now + FAR };
            }
            Ok(Indexed { more: true, .. }) => INDEX_REST,
            Err(CopyError::Damaged) => {
                self.trouble(Trouble::Copy(CopyError::Damaged)).await;
                return now;
            }
            Err(error) => {
                tracing::warn!(error = error.kind(), "the index cannot be written now");
                INDEX_RETRY
            }
        };
        let next = Instant::now() + wait;
        open.indexing = Indexing::Due(next);
        next
    }
}

impl Open {
    /// Finds who and what is meant by names. An error is a sentence.
    fn wanted(&self, query: &Query, limit: usize) -> Result<Wanted, String> {
        let me = [("me".to_owned(), self.book.me)];
        let people = self.book.people.called().map(|(account, name)| (name.to_owned(), account));
        let people: Vec<(String, AccountId)> = me.into_iter().chain(people).collect();
        let rooms: Vec<_> =
            self.rooms().into_iter().filter_map(|room| Some((room.name, room.room?))).collect();
        let person = |typed: &String| {
            named(&people, typed)
                .map(once_each)
                .ok_or_else(|| format!("Nobody here is called “{}”.", shorten(typed)))
        };
        let room = |typed: &String| {
            named(&rooms, typed).ok_or_else(|| format!("No room here is called “{}”.", shorten(typed)))
        };
        Ok(Wanted {
            phrases: query.phrases.clone(),
            from: query.from.iter().map(person).collect::<Result<_, _>>()?,
            rooms: query.rooms.iter().map(room).collect::<Result<_, _>>()?,
            has_file: query.has_file,
            after: query.after,
            before: query.before,
            limit: limit.clamp(1, HITS_MAX),
        })
    }

    fn hits(&self, marked: Vec<Marked>) -> Vec<Hit> {
        let names: std::collections::BTreeMap<_, _> =
            self.rooms().into_iter().filter_map(|room| Some((room.room?, room.name))).collect();
        let hit = |(found, context): Marked| Hit {
            room: self.target_of(found.room),
            room_name: names.get(&found.room).cloned().unwrap_or_default(),
            seq: found.seq,
            author: found.author,
            author_name: self.book.people.get(&found.author).cloned().unwrap_or_default(),
            at: found.at,
            context,
            is_file: found.is_file,
        };
        marked.into_iter().map(hit).collect()
    }

    fn held(&self) -> Coverage {
        let (searchable, total) = sync::coverage(self.book.rooms.values());
        Coverage { searchable, total }
    }
}

/// Whoever has this name; else those whose name begins like this.
fn named<T: Copy>(all: &[(String, T)], typed: &str) -> Option<Vec<T>> {
    let typed = fold(typed.trim_start_matches(['@', '#']));
    let those = |is: &dyn Fn(&str) -> bool| {
        let found = all.iter().filter(|(name, _)| is(&fold(name))).map(|(_, id)| *id);
        Some(found.take(NAMED_MAX).collect::<Vec<T>>()).filter(|found| !found.is_empty())
    };
    those(&|name| name == typed).or_else(|| those(&|name| name.starts_with(&typed)))
}

/// Somebody has two names, and both may begin like what was typed.
fn once_each(mut people: Vec<AccountId>) -> Vec<AccountId> {
    people.sort_unstable();
    people.dedup();
    people
}

fn shorten(typed: &str) -> String {
    typed.chars().filter(|char| !char.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_meant_before_those_that_begin_like_it() {
        let people = [("Ann".to_owned(), 1), ("anna".to_owned(), 2), ("Änne".to_owned(), 3)];
        assert_eq!(named(&people, "ann"), Some(vec![1]));
        assert_eq!(named(&people, "@AN"), Some(vec![1, 2, 3]));
        assert_eq!(named(&people, "bob"), None);
    }
}
