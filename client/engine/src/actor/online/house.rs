//! What administrators ask about the house. Whatever was asked for in this session is asked for again after an act of
//! one's own, so that what the window shows is what there is.

use std::collections::BTreeMap;
use std::sync::Arc;

use snug_proto::house::{BanInfo, CodeInfo, HouseInfo, PersonInfo};
use snug_proto::id::AccountId;
use snug_proto::limits::PEOPLE_PAGE_MAX;
use snug_proto::refusal::{Cause, Refusal};
use snug_proto::talk::{Access, Reply, Request};

use super::super::Actor;
use super::super::open::{Open, Trouble};
use super::access::shown;
use super::{Asked, Online};
use crate::copy::CopyError;
use crate::event::{Ban, Devices, Event, House, OpenCode, Resident};

/// People told at most: who looks through more than these looks for somebody by name.
const PEOPLE_MAX: usize = 16_384;

/// What can be asked about the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::actor) enum Topic {
    House,
    People,
    Codes,
    Bans,
    DevicesOf(AccountId),
}

impl Topic {
    fn request(self) -> Request {
        match self {
            Self::House => Request::House,
            Self::People => Request::People { after: AccountId(0) },
            Self::Codes => Request::Codes,
            Self::Bans => Request::Bans,
            Self::DevicesOf(account) => Request::DevicesOf { account },
        }
    }
}

/// How far the answer to a question has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// On its way.
    Asked,
    /// On its way, and asked for once more meanwhile: what comes may be older than that.
    Outdated,
    /// Here.
    Told,
}

/// How far a list that comes in pages has come.
#[derive(Debug)]
enum Gathered {
    UpTo(AccountId),
    Whole(Vec<PersonInfo>),
}

/// What was asked about the house in this session.
#[derive(Debug, Default)]
pub(super) struct Questions {
    stages: BTreeMap<Topic, Stage>,
    /// People whose list has not come whole yet.
    gathering: Vec<PersonInfo>,
}

impl Questions {
    /// Whether it has to go out: one that is on its way is asked for again when it is here.
    fn wants(&mut self, topic: Topic) -> bool {
        if let Topic::DevicesOf(_) = topic {
            // The window shows one person's devices; the others are not asked for any more.
            self.stages.retain(|other, _| *other == topic || !matches!(other, Topic::DevicesOf(_)));
        }
        let stage = self.stages.entry(topic).or_insert(Stage::Told);
        let goes_out = *stage == Stage::Told;
        if goes_out && topic == Topic::People {
            self.gathering.clear();
        }
        *stage = if goes_out { Stage::Asked } else { Stage::Outdated };
        goes_out
    }

    /// The answer is here. Answers whether it is older than the last wish for it.
    fn came(&mut self, topic: Topic) -> bool {
        let Some(stage) = self.stages.get_mut(&topic) else { return false };
        std::mem::replace(stage, Stage::Told) == Stage::Outdated
    }

    /// Takes a page of people.
    fn gather(&mut self, page: Vec<PersonInfo>) -> Gathered {
        let last = page.last().map(|person| person.account);
        let is_full = page.len() == PEOPLE_PAGE_MAX;
        self.gathering.extend(page);
        match last.filter(|_| is_full && self.gathering.len() < PEOPLE_MAX) {
            Some(after) => Gathered::UpTo(after),
            None => Gathered::Whole(std::mem::take(&mut self.gathering)),
        }
    }
}

impl Online {
    fn ask_about(&mut self, topic: Topic) -> Result<(), Trouble> {
        match self.questions.wants(topic) {
            true => self.ask(topic.request(), Asked::House(topic)).map(drop),
            false => Ok(()),
        }
    }
}

impl Actor {
    pub(in crate::actor) fn ask_house(&mut self, topic: Topic) -> Result<(), CopyError> {
        match self.opened().and_then(Open::online) {
            Some(online) => {
                // A stuck connection is found by its silence.
                let _ = online.ask_about(topic);
            }
            None => self.not_done("There is no connection to the server. What it knows is asked there."),
        }
        Ok(())
    }

    /// This person did something for the house: what was asked about it may be another now.
    pub(in crate::actor) fn house_changed(&mut self) {
        let Some(online) = self.opened().and_then(Open::online) else { return };
        let topics: Vec<Topic> = online.questions.stages.keys().copied().collect();
        for topic in topics {
            let _ = online.ask_about(topic);
        }
    }

    /// The server is called otherwise from now on, as its next welcome says too.
    pub(super) async fn server_renamed(&mut self, name: String) {
        let Some(open) = self.opened() else { return };
        open.record.name = name;
        open.dirty.session = true;
        let record = open.record.clone();
        let saved = self.servers(move |servers| servers.save(&record)).await;
        self.told.servers_changed();
        if let Err(problem) = saved {
            tracing::warn!(problem = problem.kind(), "the server's new name cannot be kept");
        }
    }

    pub(super) fn house_told(&mut self, topic: Topic, result: Result<Reply, Refusal>) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let event = match (topic, result) {
            (Topic::House, Ok(Reply::House(info))) => Event::House(Arc::new(house(info))),
            (Topic::People, Ok(Reply::People(page))) => match open.gather(page.into_vec())? {
                Some(people) => Event::People(people.into()),
                None => return Ok(()),
            },
            (Topic::Codes, Ok(Reply::Codes(codes))) => {
                Event::Codes(codes.into_iter().map(|info| open.code(info)).collect())
            }
            (Topic::Bans, Ok(Reply::Bans(bans))) => {
                Event::Bans(bans.into_iter().map(|info| open.ban(info)).collect())
            }
            (Topic::DevicesOf(account), Ok(Reply::Access(access))) => {
                Event::DevicesOf { account, devices: open.devices_of(access) }
            }
            (_, Ok(_)) => return Err(Trouble::Lost),
            (_, Err(refusal)) => {
                if let Some(online) = open.online() {
                    // Who may not ask is not told so after every act.
                    online.questions.stages.remove(&topic);
                }
                self.not_done(words(refusal));
                return Ok(());
            }
        };
        self.outlet.put(event);
        let Some(online) = self.opened().and_then(Open::online) else { return Ok(()) };
        if online.questions.came(topic) { online.ask_about(topic) } else { Ok(()) }
    }
}

impl Open {
    /// Takes a page of people; the last one answers them all, by name.
    fn gather(&mut self, page: Vec<PersonInfo>) -> Result<Option<Vec<Resident>>, Trouble> {
        let Some(online) = self.online() else { return Ok(None) };
        let people = match online.questions.gather(page) {
            Gathered::Whole(people) => people,
            Gathered::UpTo(after) => {
                online.ask(Request::People { after }, Asked::House(Topic::People))?;
                return Ok(None);
            }
        };
        let mut residents: Vec<Resident> = people.into_iter().map(|info| self.resident(info)).collect();
        residents.sort_by_cached_key(|resident| (resident.name.to_lowercase(), resident.account));
        Ok(Some(residents))
    }

    fn resident(&self, info: PersonInfo) -> Resident {
        let known = self.book.people.get(&info.account).is_some();
        Resident {
            account: info.account,
            name: if known { self.name_of(info.account) } else { info.name.into() },
            role: info.role,
            created: info.created,
            seen: info.seen,
            online: info.online,
            invited_by: self.book.people.name_of_one(info.invited_by),
            devices: info.devices,
            files: info.files,
            banned: info.banned,
        }
    }

    fn code(&self, info: CodeInfo) -> OpenCode {
        let CodeInfo { invite, purpose, maker, account } = info;
        OpenCode {
            invite,
            purpose,
            maker: self.book.people.name_of_one(maker),
            account: self.book.people.name_of_one(account),
        }
    }

    fn ban(&self, info: BanInfo) -> Ban {
        Ban {
            ban: info.ban,
            kind: info.kind,
            name: self.book.people.name_of_one(info.account),
            source: info.source.into_string(),
            at: info.at,
            until: (info.until > 0).then_some(info.until),
            by: self.book.people.name_of_one(info.by),
        }
    }

    fn devices_of(&self, access: Access) -> Devices {
        let list = access.devices.into_iter().map(|info| shown(info, self.record.device)).collect();
        Devices { list, password_set: access.password_set }
    }
}

fn house(info: HouseInfo) -> House {
    House {
        accounts: info.accounts,
        seats: info.seats,
        settings: info.settings.into_vec(),
        database: info.database,
        files: info.files,
        disk_free: info.disk_free,
    }
}

/// Why a question about the house was not answered.
fn words(refusal: Refusal) -> String {
    match refusal.cause {
        Cause::NotAllowed => "Only moderators and owners of this server may do that.".to_owned(),
        _ => refusal.sentence.into_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use snug_proto::Username;
    use snug_proto::talk::Role;

    #[test]
    fn a_question_is_on_its_way_once_and_asked_again_when_its_answer_is_old() {
        let mut questions = Questions::default();
        assert!(questions.wants(Topic::People), "it goes out");
        assert!(!questions.wants(Topic::People) && !questions.wants(Topic::People), "it is on its way");
        assert!(questions.came(Topic::People), "what came is old");
        assert!(questions.wants(Topic::People));
        assert!(!questions.came(Topic::People));
    }

    fn people(from: u64, count: usize) -> Vec<PersonInfo> {
        let person = |id| PersonInfo {
            account: AccountId(id),
            name: Username::new("alice").unwrap(),
            role: Role::Member,
            created: 0,
            seen: None,
            online: false,
            invited_by: AccountId(0),
            devices: 1,
            files: 0,
            banned: false,
        };
        (from..).take(count).map(person).collect()
    }

    #[test]
    fn people_come_in_pages_until_one_is_not_full_or_they_are_too_many() {
        let mut questions = Questions::default();
        let full = PEOPLE_PAGE_MAX as u64;
        assert!(
            matches!(questions.gather(people(1, PEOPLE_PAGE_MAX)), Gathered::UpTo(last) if last.0 == full)
        );
        let Gathered::Whole(all) = questions.gather(people(full + 1, 3)) else {
            panic!("it was the last page")
        };
        assert_eq!(all.len(), PEOPLE_PAGE_MAX + 3);
        // A server that never comes to an end.
        let pages =
            (1..).find(|_| matches!(questions.gather(people(1, PEOPLE_PAGE_MAX)), Gathered::Whole(_)));
        assert_eq!(pages, Some(PEOPLE_MAX / PEOPLE_PAGE_MAX));
        // Who asks anew begins anew.
        questions.gather(people(1, PEOPLE_PAGE_MAX));
        assert!(questions.wants(Topic::People));
        assert!(questions.gathering.is_empty());
    }

    #[test]
    fn the_devices_of_one_person_are_kept_in_view() {
        let mut questions = Questions::default();
        for topic in [Topic::Bans, Topic::DevicesOf(AccountId(1)), Topic::DevicesOf(AccountId(2))] {
            assert!(questions.wants(topic));
        }
        let topics: Vec<Topic> = questions.stages.keys().copied().collect();
        assert_eq!(topics, [Topic::Bans, Topic::DevicesOf(AccountId(2))]);
        assert!(!questions.came(Topic::DevicesOf(AccountId(1))), "nobody waits for these any more");
    }
}
