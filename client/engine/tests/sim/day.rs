//! A person's day, while their computer runs: what they hear from their engine, and what they know by it.

use std::collections::BTreeMap;
use std::sync::Arc;

use snug_engine::Handle;
use snug_engine::command::{Command, Form, Intent, Password, ServerKey, TrustAnswer};
use snug_engine::event::{Channel, Delivery, Event, Item, ItemKey, Link, Phase, Room, Timeline, What};
use snug_proto::Address;
use snug_proto::entry::RoomKind;
use snug_proto::id::Seq;
use snug_proto::talk::Target;

use crate::person::{Line, Person};

/// Reasons for which somebody's text may be refused here: they lost their place in a room, or what it was about.
const FAIR_REASONS: [&str; 6] = [
    "There is no such room, or you are not in it.",
    "This room is archived",
    "You may not do this here.",
    "is not there any more",
    "It is not certain whether this was sent before.",
    "was not sent",
];

pub(crate) struct Day {
    pub(crate) person: Arc<Person>,
    pub(crate) handle: Handle,
    pub(crate) rooms: Arc<[Room]>,
    pub(crate) channels: Arc<[Channel]>,
    server: Option<ServerKey>,
    pub(crate) shown: Option<Target>,
    /// The items of the room that is shown.
    pub(crate) items: Vec<Item>,
    /// The text that was handed over and is not in a timeline yet.
    pub(crate) waiting_for: Option<String>,
    pub(crate) tickets: u64,
    pub(crate) stands: Stands,
}

/// Where the person stands with the server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stands {
    AtTheForm,
    Waiting,
    Inside,
}

impl Day {
    pub(crate) fn new(person: Arc<Person>, handle: Handle) -> Self {
        Self {
            person,
            handle,
            rooms: Arc::new([]),
            channels: Arc::new([]),
            server: None,
            shown: None,
            items: Vec::new(),
            waiting_for: None,
            tickets: 0,
            stands: Stands::Waiting,
        }
    }

    pub(crate) async fn hear(&mut self, event: Event) -> turmoil::Result {
        match event {
            Event::Phase(phase) => self.hear_phase(phase).await?,
            Event::Servers(servers) => self.server = servers.first().map(|server| server.key),
            Event::Rooms(rooms) => self.walk_in_and_out(rooms),
            Event::Channels(channels) => self.channels = channels,
            Event::Timeline(timeline) => self.look(&timeline).await?,
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
                    seen.faults.push(format!("stopped: {problem}"));
                }
            }
            _ => self.person.seen().online = false,
        }
        Ok(())
    }

    /// Logs in, or makes the account.
    pub(crate) async fn enter(&mut self) -> turmoil::Result {
        let command = match self.server {
            Some(server) if self.person.seen().account => Command::Open(server),
            _ => Command::Enter(Form {
                server: Address { host: "server".into(), port: 5556 }.into(),
                name: self.person.account.into(),
                password: Password::new(format!("the long password of {}", self.person.account)),
                intent: if self.person.registers { Intent::Register } else { Intent::LogIn },
            }),
        };
        self.stands = Stands::Waiting;
        Ok(self.handle.send(command).await?)
    }

    /// Who is a member no more does not hear what happens to what was said, so nobody compares it.
    fn walk_in_and_out(&mut self, rooms: Arc<[Room]>) {
        self.rooms = rooms;
        let left: Vec<String> = self
            .rooms
            .iter()
            .filter(|room| !room.present)
            .filter_map(|room| self.name_of(room.target))
            .collect();
        self.person.seen().rooms.retain(|room, _| !left.contains(room));
    }

    /// What everybody calls a room.
    fn name_of(&self, target: Target) -> Option<String> {
        let room = self.rooms.iter().find(|room| room.target == target)?;
        match room.kind {
            RoomKind::DIRECT => {
                // Before the members are known everybody is called somebody.
                (room.name != "somebody").then_some(())?;
                let mut pair = [self.person.account, room.name.as_str()];
                pair.sort_unstable();
                Some(pair.join("+"))
            }
            RoomKind::NOTES => Some(format!("notes of {}", self.person.account)),
            _ => Some(format!("room {}", room.room?)),
        }
    }

    async fn look(&mut self, timeline: &Timeline) -> turmoil::Result {
        if self.shown == Some(timeline.room) {
            self.items.clone_from(&timeline.items);
        }
        let mut failed = Vec::new();
        {
            let mut seen = self.person.seen();
            for item in &timeline.items {
                let What::Text(text) = &item.what else { continue };
                let ItemKey::Outbox(id) = item.key else { continue };
                if let Delivery::Failed(reason) = &item.state {
                    failed.push(id);
                    if !FAIR_REASONS.iter().any(|fair| reason.contains(fair)) {
                        seen.faults.push(format!("“{}” was refused: {reason}", text.text));
                    }
                    seen.excused.insert(label(&text.text).to_owned());
                }
            }
            self.note_own(&mut seen, &timeline.items);
            let waits = |text: &String| !seen.certain.contains(text) && !seen.excused.contains(text);
            self.waiting_for = self.waiting_for.take().filter(waits);
            let present = self.rooms.iter().any(|room| room.target == timeline.room && room.present);
            if let Some(room) = self.name_of(timeline.room).filter(|_| present) {
                seen.rooms.insert(room, lines(&timeline.items));
            }
        }
        for id in failed {
            self.handle.send(Command::Discard(id)).await?;
        }
        Ok(())
    }

    /// What stands in a timeline is on this computer's disk; what stands there as sent is on the server's.
    fn note_own(&self, seen: &mut crate::person::Seen, items: &[Item]) {
        for item in items {
            let What::Text(text) = &item.what else { continue };
            let label = label(&text.text);
            if label.split(' ').next() != Some(self.person.host) {
                continue;
            }
            if !seen.excused.contains(label) {
                seen.certain.insert(label.to_owned());
            }
            if item.state == Delivery::Sent && matches!(item.key, ItemKey::Entry(_)) {
                seen.sent.insert(label.to_owned());
            }
        }
    }
}

/// A text is “host number”, and behind that whatever edits added.
pub(crate) fn label(text: &str) -> &str {
    let second = text.match_indices(' ').nth(1).map_or(text.len(), |(at, _)| at);
    &text[..second]
}

fn lines(items: &[Item]) -> BTreeMap<Seq, Line> {
    let line = |item: &Item| {
        let ItemKey::Entry(seq) = item.key else { return None };
        let says = match &item.what {
            What::Text(text) => text.text.clone(),
            // How people are called depends on whom one has heard of; that something happened does not.
            other => format!("{other:?}").chars().take_while(char::is_ascii_alphanumeric).collect(),
        };
        let reactions = item.reactions.chips.iter().map(|chip| (chip.emoji.clone(), chip.count)).collect();
        Some((seq, Line { author: item.author.to_string(), says, reactions }))
    };
    items.iter().filter_map(line).collect()
}
