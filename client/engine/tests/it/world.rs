//! The house everybody meets in, and the people.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use snug_engine::command::{Command, Deed, Form, Intent, Password, ServerKey, TrustAnswer};
use snug_engine::environment::{Environment, Patience};
use snug_engine::event::{
    Account, Arrived, Ban, Channel, DeedDone, Delivery, Devices, Draft, Event, FileItem, Former, Found,
    House as HouseTold, Invited, Item, ItemKey, Job, KnownServer, Link, Look, Notice, OpenCode, Phase,
    Problem, Resident, Room, Session, Timeline, Transfer, Undone, Version, What,
};
use snug_engine::login::Stretching;
use snug_engine::{Config, Engine, Events, Handle};
use snug_proto::entry::{LOBBY, RoomKind};
use snug_proto::id::{AccountId, RoomId};
use snug_proto::talk::{InviteInfo, Target};
use snug_proto::{Address, Code};
use snug_server::Server;
use snug_server::config::{Limits, Settings};
use snug_server::door::Door;
use snug_server::tls::Identity;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Nothing here takes longer, unless something is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const LOBBY_ROOM: Target = Target::Room(LOBBY);

/// A server under way.
struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
    door: Door,
}

/// A server with a data folder of its own.
pub(crate) struct House {
    pub(crate) settings: Settings,
    pub(crate) identity: Identity,
    pub(crate) at: SocketAddr,
    running: Option<Running>,
}

impl House {
    pub(crate) async fn start(folder: &Path, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            max_users: 40,
            limits: Limits {
                changes_per_second: 10_000,
                changes_burst: 10_000,
                per_source_at_once: 1000,
                per_source_per_minute: 100_000,
                disk_free_min: 0,
                ..Limits::default()
            },
            ..Settings::in_folder(folder)
        };
        change(&mut settings);
        let at = (settings.host, settings.port).into();
        let mut house = Self { settings, identity: Identity::throwaway(), at, running: None };
        house.run().await;
        // The same port after a restart.
        house.settings.port = house.at.port();
        house
    }

    /// Starts it again, on the same folder and port.
    pub(crate) async fn run(&mut self) {
        let server =
            Server::bind(self.settings.clone(), self.identity.clone()).await.expect("the server starts");
        self.at = server.local_addr().unwrap();
        let stop = CancellationToken::new();
        let door = server.door();
        let task = tokio::spawn(server.run(stop.clone().cancelled_owned()));
        self.running = Some(Running { stop, task, door });
    }

    /// Where its identity can be changed while it runs.
    pub(crate) fn door(&self) -> &Door {
        &self.running.as_ref().expect("it runs").door
    }

    pub(crate) async fn stop(&mut self) {
        let Running { stop, task, .. } = self.running.take().expect("it runs");
        stop.cancel();
        tokio::time::timeout(PATIENCE, task).await.expect("a stop ends").unwrap();
    }
}

/// Everything of one story.
pub(crate) struct World {
    pub(crate) house: House,
    pub(crate) folder: TempDir,
}

pub(crate) fn address(at: SocketAddr) -> Address {
    Address { host: at.ip().to_string(), port: at.port() }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let house = House::start(&folder.path().join("server"), change).await;
        Self { house, folder }
    }

    /// Somebody with a computer, who has not dialled anything yet.
    pub(crate) fn person(&self, name: &str) -> Person {
        Person::new(name, &self.folder.path().join(name), address(self.house.at))
    }

    /// Somebody who registered and looks at the lobby.
    pub(crate) async fn friend(&self, name: &str) -> Person {
        self.friend_through(name, self.house.at).await
    }

    /// The same, dialling somewhere else.
    pub(crate) async fn friend_through(&self, name: &str, at: SocketAddr) -> Person {
        let mut person = self.person(name);
        person.address = address(at);
        self.registered(person).await
    }

    /// Somebody with a computer in other surroundings.
    pub(crate) fn person_with(&self, name: &str, change: impl FnOnce(&mut Environment)) -> Person {
        Person::with(name, &self.folder.path().join(name), address(self.house.at), change)
    }

    /// Registers, and looks at the lobby.
    pub(crate) async fn registered(&self, mut person: Person) -> Person {
        person.enter(Intent::Register).await;
        person.until_trust_question().await;
        person.send(Command::Answer(TrustAnswer::TheyMatch)).await;
        person.until_online().await;
        person.show(LOBBY_ROOM).await;
        person
    }

    pub(crate) async fn alice(&self) -> Person {
        self.friend("alice").await
    }
    pub(crate) async fn bob(&self) -> Person {
        self.friend("bob").await
    }
}

/// What a person has seen.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) phase: Option<Phase>,
    pub(crate) servers: Arc<[KnownServer]>,
    pub(crate) rooms: Arc<[Room]>,
    pub(crate) timeline: Option<Arc<Timeline>>,
    pub(crate) typing: Arc<[String]>,
    pub(crate) transfers: Arc<[Transfer]>,
    pub(crate) arrived: Vec<Arrived>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) found: Option<Arc<Found>>,
    pub(crate) job: Option<Job>,
    pub(crate) members: Arc<[snug_engine::event::Person]>,
    pub(crate) pins: Arc<[Item]>,
    pub(crate) channels: Arc<[Channel]>,
    pub(crate) account: Option<Arc<Account>>,
    pub(crate) draft: Option<Draft>,
    pub(crate) versions: Arc<[Version]>,
    pub(crate) former: Former,
    pub(crate) done: BTreeMap<u64, Result<Option<RoomId>, Undone>>,
    pub(crate) invited: Vec<Result<Invited, Undone>>,
    pub(crate) invites: Option<Arc<[InviteInfo]>>,
    pub(crate) devices: Option<Devices>,
    pub(crate) recovery: Option<Result<Vec<Code>, Undone>>,
    pub(crate) looks: Arc<BTreeMap<AccountId, Look>>,
    pub(crate) house: Option<Arc<HouseTold>>,
    pub(crate) people: Option<Arc<[Resident]>>,
    pub(crate) codes: Option<Arc<[OpenCode]>>,
    pub(crate) bans: Option<Arc<[Ban]>>,
    pub(crate) devices_of: Option<(AccountId, Devices)>,
}

impl Seen {
    fn take(&mut self, event: Event) {
        match event {
            Event::Phase(phase) => self.phase = Some(phase),
            Event::Servers(servers) => self.servers = servers,
            Event::Rooms(rooms) => self.rooms = rooms,
            Event::Timeline(timeline) => self.timeline = Some(timeline),
            Event::Members { members, .. } => self.members = members,
            Event::Pins { items, .. } => self.pins = items,
            Event::Channels(channels) => self.channels = channels,
            Event::Account(account) => self.account = Some(account),
            Event::Draft(draft) => self.draft = Some(draft),
            Event::Versions { versions, .. } => self.versions = versions,
            Event::Former(former) => self.former = former,
            Event::Done(DeedDone { ticket, result }) => drop(self.done.insert(ticket, result)),
            Event::Typing { names, .. } => self.typing = names,
            Event::Transfers(transfers) => self.transfers = transfers,
            Event::Arrived(arrived) => self.arrived.push(arrived),
            Event::Notice(notice) => self.notices.push(notice),
            Event::Found(found) => self.found = Some(found),
            Event::Job(job) => self.job = job,
            Event::Invited(invited) => self.invited.push(*invited),
            Event::Invites(invites) => self.invites = Some(invites),
            Event::Devices(devices) => self.devices = Some(devices),
            Event::RecoveryCodes(codes) => self.recovery = Some(*codes),
            Event::Looks(looks) => self.looks = looks,
            Event::House(house) => self.house = Some(house),
            Event::People(people) => self.people = Some(people),
            Event::Codes(codes) => self.codes = Some(codes),
            Event::Bans(bans) => self.bans = Some(bans),
            Event::DevicesOf { account, devices } => self.devices_of = Some((account, devices)),
        }
    }

    pub(crate) fn session(&self) -> Option<&Session> {
        match &self.phase {
            Some(Phase::Open(session)) => Some(session),
            _ => None,
        }
    }

    pub(crate) fn link(&self) -> Option<&Link> {
        self.session().map(|session| &session.link)
    }

    pub(crate) fn is_online(&self) -> bool {
        matches!(self.link(), Some(Link::Online { .. }))
    }

    pub(crate) fn items(&self) -> &[Item] {
        self.timeline.as_ref().map_or(&[], |timeline| &timeline.items)
    }

    /// The texts of the room that is shown, each with how far it has come.
    pub(crate) fn texts(&self) -> Vec<(String, Delivery)> {
        let text = |item: &Item| match &item.what {
            What::Text(text) => Some((text.text.clone(), item.state.clone())),
            _ => None,
        };
        self.items().iter().filter_map(text).collect()
    }

    pub(crate) fn sent(&self) -> Vec<String> {
        self.texts().into_iter().filter(|(_, state)| *state == Delivery::Sent).map(|(text, _)| text).collect()
    }

    /// The item with this text.
    pub(crate) fn item(&self, text: &str) -> Option<&Item> {
        let says = |item: &&Item| matches!(&item.what, What::Text(said) if said.text == text);
        self.items().iter().find(says)
    }

    pub(crate) fn files(&self) -> Vec<FileItem> {
        let file = |item: &Item| match &item.what {
            What::File(file) => Some(file.clone()),
            _ => None,
        };
        self.items().iter().filter_map(file).collect()
    }

    pub(crate) fn room(&self, name: &str) -> Option<&Room> {
        self.rooms.iter().find(|room| room.name == name)
    }

    pub(crate) fn problem(&self) -> Option<&Problem> {
        match &self.phase {
            Some(Phase::LoggedOut { problem }) => problem.as_ref(),
            _ => None,
        }
    }
}

/// Somebody at a computer.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) address: Address,
    pub(crate) folder: PathBuf,
    pub(crate) seen: Seen,
    handle: Handle,
    events: Events,
}

fn start(folder: &Path, change: impl FnOnce(&mut Environment)) -> (Handle, Events) {
    let config = Config {
        folder: folder.join("profile"),
        received: folder.join("received"),
        client: "Snug test".into(),
        fetch_by_itself_max: 64 * 1024,
    };
    let mut environment = Environment {
        stretching: Stretching::Trivial,
        patience: Patience {
            connect: Duration::from_secs(20),
            retry_min: Duration::from_millis(20),
            retry_max: Duration::from_millis(200),
            ..Patience::default()
        },
        ..Environment::default()
    };
    change(&mut environment);
    Engine::start_in(config, environment)
}

impl Person {
    pub(crate) fn new(name: &str, folder: &Path, address: Address) -> Self {
        Self::with(name, folder, address, |_| {})
    }

    /// Somebody in other surroundings.
    pub(crate) fn with(
        name: &str,
        folder: &Path,
        address: Address,
        change: impl FnOnce(&mut Environment),
    ) -> Self {
        let (handle, events) = start(folder, change);
        Self { name: name.into(), address, folder: folder.to_owned(), seen: Seen::default(), handle, events }
    }

    /// Ends the program, without a word to anybody.
    pub(crate) async fn quit(mut self) -> Closed {
        drop(self.handle);
        while self.events.next().await.is_some() {}
        Closed { name: self.name, folder: self.folder, address: self.address }
    }

    pub(crate) async fn send(&self, command: Command) {
        self.handle.send(command).await.expect("the engine lives");
    }

    pub(crate) fn form(&self, intent: Intent, password: &str) -> Form {
        Form {
            server: self.address.clone().into(),
            name: self.name.clone(),
            password: Password::new(password),
            intent,
        }
    }

    pub(crate) async fn enter(&self, intent: Intent) {
        self.send(Command::Enter(self.form(intent, PASSWORD))).await;
    }

    pub(crate) async fn open(&mut self) {
        self.until("servers are known", |seen| !seen.servers.is_empty()).await;
        let ServerKey(key) = self.seen.servers[0].key;
        self.send(Command::Open(ServerKey(key))).await;
    }

    pub(crate) async fn show(&mut self, room: Target) {
        self.send(Command::Show(room)).await;
        self.until("the room is shown", |seen| {
            seen.timeline.as_ref().is_some_and(|timeline| timeline.room == room)
        })
        .await;
    }

    pub(crate) async fn say(&self, text: &str) {
        self.say_in(LOBBY_ROOM, text).await;
    }

    pub(crate) async fn say_in(&self, room: Target, text: &str) {
        self.send(Command::SendText { room, text: text.into(), reply_to: None }).await;
    }

    /// Reads events until something is so.
    pub(crate) async fn until(&mut self, what: &str, is: impl Fn(&Seen) -> bool) {
        let waited = async {
            while !is(&self.seen) {
                let events = self.events.next().await.expect("the engine lives");
                events.into_iter().for_each(|event| self.seen.take(event));
            }
        };
        if tokio::time::timeout(PATIENCE, waited).await.is_err() {
            panic!(
                "{} waited for ever until {what}; phase {:?}, {} texts, notices {:?}",
                self.name,
                self.seen.phase,
                self.seen.texts().len(),
                self.seen.notices
            );
        }
    }

    /// Scrolls up until the beginning of the room is shown.
    pub(crate) async fn scroll_up(&mut self) {
        let has_older = |seen: &Seen| seen.timeline.as_ref().is_some_and(|timeline| timeline.has_older);
        while has_older(&self.seen) {
            let (items, first) = (self.seen.items().len(), self.seen.items()[0].key);
            self.send(Command::Older).await;
            self.until("older items", |seen| {
                seen.items().len() != items || seen.items()[0].key != first || !has_older(seen)
            })
            .await;
        }
    }

    pub(crate) async fn until_trust_question(&mut self) {
        self.until("the trust question comes", |seen| matches!(seen.phase, Some(Phase::Trust(_)))).await;
    }

    pub(crate) async fn until_online(&mut self) {
        self.until("online", |seen| seen.is_online() && !seen.rooms.is_empty()).await;
    }

    pub(crate) async fn until_sent(&mut self, text: &str) {
        self.until(&format!("“{text}” is sent"), |seen| seen.sent().iter().any(|sent| sent == text)).await;
    }

    /// Waits for a text to have its place; its key there.
    pub(crate) async fn key_of(&mut self, text: &str) -> ItemKey {
        self.until_sent(text).await;
        self.seen.item(text).unwrap().key
    }

    /// Does a deed and waits for its answer.
    pub(crate) async fn does(&mut self, deed: Deed) -> Result<Option<RoomId>, Undone> {
        let ticket = self.seen.done.len() as u64 + 1;
        self.send(Command::Do { ticket, deed }).await;
        self.until("the deed is answered", |seen| seen.done.contains_key(&ticket)).await;
        self.seen.done[&ticket].clone()
    }

    /// Makes a room and looks at it.
    pub(crate) async fn makes_room(&mut self, kind: RoomKind, name: &str, members: &[AccountId]) -> Target {
        let (name, topic, members) = (name.to_owned(), String::new(), members.to_vec());
        let made = self.does(Deed::CreateRoom { kind, name, topic, members }).await;
        let room = Target::Room(made.unwrap().expect("a room was made"));
        self.until("the room is listed", |seen| seen.rooms.iter().any(|known| known.target == room)).await;
        self.show(room).await;
        room
    }

    /// The account of somebody who is listed.
    pub(crate) async fn account_of(&mut self, name: &str) -> AccountId {
        match self.direct(name).await {
            Target::Person(account) => account,
            Target::Room(_) => panic!("people are named by their accounts"),
        }
    }

    /// The direct room with somebody.
    pub(crate) async fn direct(&mut self, name: &str) -> Target {
        self.until(&format!("{name} is listed"), |seen| seen.room(name).is_some()).await;
        self.seen.room(name).unwrap().target
    }

    pub(crate) async fn until_problem(&mut self) -> Problem {
        self.until("a problem is told", |seen| seen.problem().is_some()).await;
        self.seen.problem().unwrap().clone()
    }
}

/// A computer whose Snug does not run.
pub(crate) struct Closed {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) address: Address,
}

impl Closed {
    pub(crate) fn start(self) -> Person {
        Person::new(&self.name, &self.folder, self.address)
    }

    /// Whether these bytes stand in any file of the profile.
    pub(crate) fn has_bytes(&self, bytes: &[u8]) -> bool {
        let files = std::fs::read_dir(self.folder.join("profile")).unwrap();
        let paths = files.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        paths
            .into_iter()
            .any(|path| std::fs::read(path).unwrap().windows(bytes.len()).any(|part| part == bytes))
    }

    /// Every local copy of this computer.
    pub(crate) fn copies(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.join("profile")).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                name.starts_with("server-") && name.ends_with(".sqlite")
            })
            .collect()
    }
}

/// That all of these, and nothing else twice, stand there in order.
pub(crate) fn assert_once_in_order(seen: &[String], expected: &[String]) {
    let unique: BTreeSet<_> = seen.iter().collect();
    assert_eq!(unique.len(), seen.len(), "something stands there twice");
    assert_eq!(seen, expected);
}
