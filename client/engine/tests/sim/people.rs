//! Somebody who writes: the real engine, driven by chance, on a host that may crash at any moment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use snug_engine::command::{Command, Form, Intent, OutboxId, Password, ServerKey, TrustAnswer};
use snug_engine::environment::{Environment, Offload};
use snug_engine::event::{Delivery, Event, ItemKey, Link, Phase, Room, Timeline, What};
use snug_engine::login::Stretching;
use snug_engine::{Config, Engine, Events, Handle};
use snug_proto::Address;
use snug_proto::entry::LOBBY;
use snug_proto::id::Seq;
use snug_proto::talk::Target;
use tokio::time::{Instant, sleep_until};

use crate::chance::Chance;
use crate::network::{Dialer, Network};

/// One line as somebody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Line {
    /// Its place in the log; `None` while it is on its way.
    pub(crate) seq: Option<Seq>,
    pub(crate) author: String,
    pub(crate) text: String,
}

/// What the world knows of a person, across crashes of their computer.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) account: bool,
    pub(crate) online: bool,
    pub(crate) unsent: u32,
    /// How many texts were begun.
    pub(crate) begun: usize,
    /// The texts that stood in a timeline, so they are on this computer's disk: these must arrive.
    pub(crate) certain: BTreeSet<String>,
    /// The texts that were thrown away again: these may arrive, or not.
    pub(crate) discarded: BTreeSet<String>,
    /// The last timeline of each room, by the room's name as everybody calls it.
    pub(crate) rooms: BTreeMap<String, Vec<Line>>,
    pub(crate) failed: Vec<String>,
    /// Nobody else is to be looked at any more: only look around.
    pub(crate) only_look: bool,
}

pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) texts: usize,
    pub(crate) folder: PathBuf,
    pub(crate) chance: Arc<Chance>,
    pub(crate) network: Arc<Network>,
    pub(crate) seen: Mutex<Seen>,
}

/// The person's state while their computer runs.
struct Day {
    person: Arc<Person>,
    handle: Handle,
    /// Everybody else, as they can be written to.
    others: Vec<(String, Target)>,
    server: Option<ServerKey>,
    shown: Option<Target>,
    /// The text that was handed over and is not in a timeline yet.
    waiting_for: Option<String>,
    /// Something that waits to be sent.
    queued: Option<(OutboxId, String)>,
    stands: Stands,
}

/// Where the person stands with the server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    AtTheForm,
    Waiting,
    Inside,
}

impl Person {
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("no panic holds it")
    }

    /// From switching the computer on until it crashes.
    pub(crate) async fn live(self: Arc<Self>) -> turmoil::Result {
        let (handle, mut events) = self.start();
        let mut day = Day {
            person: self.clone(),
            handle,
            others: Vec::new(),
            server: None,
            shown: None,
            waiting_for: None,
            queued: None,
            stands: Stands::Waiting,
        };
        let mut next = Instant::now();
        loop {
            tokio::select! {
                biased;
                batch = events.next() => {
                    for event in batch.ok_or("the engine stopped")? {
                        day.hear(event).await?;
                    }
                }
                () = sleep_until(next) => {
                    day.act().await?;
                    next = Instant::now() + self.chance.between(Duration::from_millis(50), Duration::from_secs(2));
                }
            }
        }
    }

    fn start(self: &Arc<Self>) -> (Handle, Events) {
        let chance = self.chance.clone();
        let environment = Environment {
            dialer: Arc::new(Dialer(self.network.clone())),
            offload: Offload::Inline,
            clock: Arc::new(|| {
                turmoil::since_epoch().map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }),
            random: Arc::new(move || chance.next()),
            stretching: Stretching::Trivial,
            ..Environment::default()
        };
        let config = Config {
            folder: self.folder.clone(),
            received: self.folder.join("received_files"),
            client: "simulation".into(),
            fetch_by_itself_max: 0,
        };
        Engine::start_in(config, environment)
    }
}

impl Day {
    async fn hear(&mut self, event: Event) -> turmoil::Result {
        match event {
            Event::Phase(phase) => self.hear_phase(phase).await?,
            Event::Servers(servers) => self.server = servers.first().map(|server| server.key),
            Event::Rooms(rooms) => {
                // Before the members are known everybody is called somebody.
                let known =
                    |room: &&Room| matches!(room.target, Target::Person(_)) && room.name != "somebody";
                let people = rooms.iter().filter(known);
                self.others = people.map(|room| (room.name.clone(), room.target)).collect();
            }
            Event::Timeline(timeline) => self.look(&timeline),
            _ => {}
        }
        Ok(())
    }

    async fn hear_phase(&mut self, phase: Phase) -> turmoil::Result {
        self.stands = match phase {
            Phase::LoggedOut { .. } => Stands::AtTheForm,
            Phase::Open(_) => Stands::Inside,
            _ => Stands::Waiting,
        };
        match phase {
            Phase::Trust(_) => self.handle.send(Command::Answer(TrustAnswer::WithoutComparing)).await?,
            Phase::Open(session) => {
                let mut seen = self.person.seen();
                seen.account = true;
                seen.online = matches!(session.link, Link::Online { .. });
                seen.unsent = session.unsent;
                if let Link::Stopped(problem) = &session.link {
                    seen.failed.push(format!("stopped: {problem}"));
                }
            }
            _ => self.person.seen().online = false,
        }
        Ok(())
    }

    fn name_of(&self, room: Target) -> Option<String> {
        match room {
            Target::Room(LOBBY) => Some("lobby".into()),
            Target::Room(_) => None,
            Target::Person(_) => {
                let other = &self.others.iter().find(|(_, target)| *target == room)?.0;
                let mut pair = [self.person.name, other];
                pair.sort_unstable();
                Some(pair.join("+"))
            }
        }
    }

    fn look(&mut self, timeline: &Timeline) {
        self.queued = timeline.items.iter().find_map(|item| match (&item.key, &item.state, &item.what) {
            (ItemKey::Outbox(id), Delivery::Queued, What::Text(text)) => Some((*id, text.text.clone())),
            _ => None,
        });
        let lines: Vec<Line> = timeline
            .items
            .iter()
            .filter_map(|item| {
                let What::Text(text) = &item.what else { return None };
                let seq = match item.key {
                    ItemKey::Entry(seq) => Some(seq),
                    ItemKey::Outbox(_) => None,
                };
                if let Delivery::Failed(reason) = &item.state {
                    self.person.seen().failed.push(format!("{}: {reason}", text.text));
                }
                Some(Line { seq, author: item.author_name.clone(), text: text.text.clone() })
            })
            .collect();
        let mut seen = self.person.seen();
        // What stands in a timeline is on this computer's disk.
        for line in lines.iter().filter(|line| line.author == self.person.name) {
            if !seen.discarded.contains(&line.text) {
                seen.certain.insert(line.text.clone());
            }
        }
        if self.waiting_for.as_ref().is_some_and(|text| seen.certain.contains(text)) {
            self.waiting_for = None;
        }
        if let Some(room) = self.name_of(timeline.room) {
            seen.rooms.insert(room, lines);
        }
    }

    /// Does the next thing: enters, writes, or looks around.
    async fn act(&mut self) -> turmoil::Result {
        match self.stands {
            Stands::AtTheForm => return self.enter().await,
            Stands::Waiting => return Ok(()),
            Stands::Inside => {}
        }
        let (begun, only_look) = {
            let seen = self.person.seen();
            (seen.begun, seen.only_look)
        };
        if self.person.chance.below(2) == 0
            && let Some((id, text)) = self.queued.take().filter(|_| !only_look)
        {
            {
                let mut seen = self.person.seen();
                seen.certain.remove(&text);
                seen.discarded.insert(text);
            }
            self.handle.send(Command::Discard(id)).await?;
        }
        let room = self.some_room(only_look);
        if self.shown != Some(room) && self.waiting_for.is_none() {
            self.shown = Some(room);
            self.handle.send(Command::Show(room)).await?;
        }
        let write = !only_look && begun < self.person.texts && self.waiting_for.is_none();
        if write {
            // Several at once, so that numbers are in flight together; now and then more than the server takes at
            // once, so that some wait.
            let at_once =
                if self.person.chance.below(8) == 0 { 30 } else { self.person.chance.below(4) as usize };
            for _ in 0..=at_once.min(self.person.texts - begun - 1) {
                let text = {
                    let mut seen = self.person.seen();
                    seen.begun += 1;
                    format!("{} {}", self.person.name, seen.begun)
                };
                self.waiting_for = Some(text.clone());
                self.handle.send(Command::SendText { room, text, reply_to: None }).await?;
            }
        }
        Ok(())
    }

    fn some_room(&self, any: bool) -> Target {
        let lobby = Target::Room(LOBBY);
        let rooms = self.others.len() as u64 + if any { 1 } else { 3 };
        let pick = self.person.chance.below(rooms.max(1)) as usize;
        self.others.get(pick).map_or(lobby, |(_, target)| *target)
    }

    async fn enter(&mut self) -> turmoil::Result {
        let command = match self.server {
            Some(server) if self.person.seen().account => Command::Open(server),
            _ => Command::Enter(Form {
                server: Address { host: "server".into(), port: 5556 }.into(),
                name: self.person.name.into(),
                password: Password::new(format!("the long password of {}", self.person.name)),
                intent: Intent::Register,
            }),
        };
        self.stands = Stands::Waiting;
        Ok(self.handle.send(command).await?)
    }
}
