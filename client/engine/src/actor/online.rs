//! A live session: what is asked, what is answered, and what the server pushes.

mod access;
mod catching_up;
mod house;
mod inviting;
mod past;
mod proving;
mod pushes;
mod replies;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use snug_proto::entry::LOBBY;
use snug_proto::id::{AccountId, DeviceId, Number, Origin, RoomId, Seq};
use snug_proto::profile::Profile;
use snug_proto::talk::{Call, Channel, Down, Member, Presence, Push, Request};

use tokio::time::Instant;

pub(super) use access::shown;
use catching_up::News;
use house::Questions;
pub(super) use house::Topic;
use past::Past;
pub(super) use proving::{Proved, Proving};
pub(super) use replies::Asked;

use super::connection::Calls;
use super::former::Comparing;
use super::open::{LinkState, Open, Resting, Trouble, read_book};
use super::sending::{Begun, Sending};
use super::{Actor, State, Task, TaskId, connection};
use crate::attempt::In;
use crate::command::{CopyFate, OutboxId};
use crate::copy::{Mine, RoomRow, Step};
use crate::event::Arrived;
use crate::files::lane::Access;
use crate::login::proof::Bound;

/// That this person types is told at most this often: sooner than others forget it.
const TYPING_EVERY: Duration = Duration::from_secs(3);
/// Read marks are told at most this often.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// How long a logout waits for the server.
const LEAVING_PATIENCE: Duration = Duration::from_secs(5);

/// A logged-in connection and what is known only while it lasts.
#[derive(Debug)]
pub(super) struct Online {
    pub(super) task: Task,
    calls: Calls,
    last_call: u32,
    asked: BTreeMap<u32, Asked>,
    pub(super) mine: Mine,
    pub(super) sending: Sending,
    pub(super) latency: Option<Duration>,
    /// Who is here, of each watched room.
    pub(super) presence: BTreeMap<RoomId, BTreeMap<AccountId, Presence>>,
    pub(super) typing: BTreeMap<(RoomId, AccountId), Instant>,
    listed: bool,
    /// The last entry that was held of each room when the session began: the list is not older than that.
    pub(super) held: BTreeMap<RoomId, Seq>,
    /// Rooms whose last page brought nothing new: not asked again until something happens there.
    pub(super) exhausted: BTreeSet<RoomId>,
    pub(super) caught_up: bool,
    /// What another copy of this folder may have sent: nothing goes out before the log has told.
    before: Option<(DeviceId, Number)>,
    pub(super) comparing: Comparing,
    missed: Option<Arrived>,
    watched: Vec<RoomId>,
    /// The room whose members and marks were asked for last.
    looked_at: Option<RoomId>,
    /// How far the members of the shown room have read.
    pub(super) marks: Option<(RoomId, BTreeMap<AccountId, Seq>)>,
    /// Members of rooms whose lists have not come whole yet.
    gathering: BTreeMap<RoomId, Vec<Member>>,
    /// What people look like, as far as it was told in this session.
    pub(super) looks: Vec<(AccountId, Profile)>,
    /// Rooms whose members are to be asked for, one after another.
    to_meet: BTreeSet<RoomId>,
    pub(super) channels: Vec<Channel>,
    questions: Questions,
    pub(super) reads: BTreeMap<RoomId, Seq>,
    tell_at: Instant,
    /// Where and when it was last told that this person types.
    typed: Option<(RoomId, Instant)>,
    past: Past,
    ping_at: Instant,
    pinged: Option<Instant>,
    pub(super) leaving: Option<(CopyFate, Instant)>,
    /// What the password proves here.
    bound: Bound,
}

impl Online {
    fn new(
        task: Task,
        calls: Calls,
        mine: Mine,
        sending: Sending,
        past: Past,
        bound: Bound,
        ping_at: Instant,
    ) -> Self {
        Self {
            task,
            calls,
            last_call: 0,
            asked: BTreeMap::new(),
            mine,
            sending,
            latency: None,
            presence: BTreeMap::new(),
            typing: BTreeMap::new(),
            listed: false,
            held: BTreeMap::new(),
            exhausted: BTreeSet::new(),
            caught_up: false,
            before: None,
            comparing: Comparing::default(),
            missed: None,
            watched: Vec::new(),
            looked_at: None,
            marks: None,
            gathering: BTreeMap::new(),
            looks: Vec::new(),
            to_meet: BTreeSet::new(),
            channels: Vec::new(),
            questions: Questions::default(),
            reads: BTreeMap::new(),
            tell_at: ping_at,
            typed: None,
            past,
            ping_at,
            pinged: None,
            leaving: None,
            bound,
        }
    }

    /// The first words of a session.
    fn begin(&mut self, presence: Presence, now: Instant) -> Result<(), Trouble> {
        self.tell_at = now;
        self.ask(Request::Rooms { after: RoomId(0) }, Asked::Rooms)?;
        self.ask(Request::Members { room: LOBBY, after: AccountId(0) }, Asked::Members(LOBBY))?;
        self.ask(Request::Account, Asked::Account)?;
        self.ask(Request::Access, Asked::Access)?;
        self.ask(Request::Profiles { after: AccountId(0) }, Asked::Profiles)?;
        if presence != Presence::Online {
            self.set_presence(presence);
        }
        self.ping(now)
    }

    /// Hands a request to the connection. The bounds of everything that is ever asked at once lie below the
    /// channel's, so that a full one means that the connection is stuck.
    pub(super) fn ask(&mut self, request: Request, asked: Asked) -> Result<u32, Trouble> {
        self.last_call = self.last_call.wrapping_add(1).max(1);
        let id = self.last_call;
        self.hand_over(Call { id, request })?;
        self.asked.insert(id, asked);
        Ok(id)
    }

    fn tell(&self, request: Request) -> Result<(), Trouble> {
        self.hand_over(Call { id: 0, request })
    }

    fn hand_over(&self, call: Call) -> Result<(), Trouble> {
        self.calls.hand_over(call).then_some(()).ok_or(Trouble::Lost)
    }

    pub(super) fn ask_change(
        &mut self,
        number: Number,
        id: OutboxId,
        change: snug_proto::talk::Change,
    ) -> Result<u32, Trouble> {
        self.ask(Request::Change { number, change }, Asked::Change(number, id))
    }

    /// Whether the last page of a room brought nothing.
    pub(super) fn gives_no_more(&self, room: RoomId) -> bool {
        self.exhausted.contains(&room)
    }

    /// The log says that something of this person has its place.
    fn settled(&mut self, origin: Origin, is_append: bool) {
        if let Some(call) = self.sending.has_place(origin).filter(|_| is_append) {
            self.asked.remove(&call);
        }
    }

    fn pages_in_flight(&self) -> usize {
        self.asked.values().filter(|asked| matches!(asked, Asked::Page(..) | Asked::Past(..))).count()
    }

    fn is_paging(&self, room: RoomId) -> bool {
        self.asked
            .values()
            .any(|asked| matches!(asked, Asked::Page(of, ..) | Asked::Past(of, _) if *of == room))
    }

    pub(super) fn start_leaving(&mut self, copy: CopyFate) {
        self.leaving = Some((copy, Instant::now() + LEAVING_PATIENCE));
        if self.ask(Request::LogOut, Asked::LogOut).is_err() {
            self.leaving = Some((copy, Instant::now()));
        }
    }

    pub(super) fn read_up_to(&mut self, room: RoomId, seq: Seq) {
        let read = self.reads.entry(room).or_default();
        *read = seq.max(*read);
    }

    pub(super) fn set_presence(&mut self, presence: Presence) {
        // A stuck connection is found by its silence.
        let _ = self.ask(Request::SetPresence { presence }, Asked::Nothing);
    }

    pub(super) fn tell_typing(&mut self, room: RoomId, now: Instant) {
        if self.typed.is_some_and(|(last, at)| last == room && now < at + TYPING_EVERY) {
            return;
        }
        self.typed = Some((room, now));
        let _ = self.tell(Request::Typing { room });
    }
}

impl Actor {
    /// A session begins: settles what the last one left open, then asks what is new.
    pub(super) async fn go_online(&mut self, session: In) {
        let In { wire, welcome, logged_in, key, device, server_key, exporter } = session;
        let now = self.environment.now();
        let Some(open) = self.opened() else { return };
        open.record.rolled_over(key, now);
        open.record.announced(logged_in.successor);
        open.record.name = welcome.name.as_str().to_owned();
        open.record.file_max = welcome.file_max;
        open.record.account = Some((logged_in.account, logged_in.name.as_str().to_owned()));
        if server_key.is_some() {
            open.record.server_key = server_key;
        }
        let (record, copy) = (open.record.clone(), open.copy.clone());
        let mine = Mine { me: logged_in.account, device: logged_in.device };
        let (told, log) = (logged_in.clone(), welcome.log);
        let waiting: Vec<OutboxId> = open.tickets.keys().copied().collect();
        let saved = self.servers(move |servers| servers.save(&record)).await;
        self.told.servers_changed();
        let begun = self
            .on_copy(&copy, move |copy| {
                let verdict = super::sending::begin(copy, &told, log)?;
                copy.drop_deeds(&waiting)?;
                copy.put_people(&[(told.account, told.name.as_str().to_owned())])?;
                Ok((verdict, read_book(copy, told.account)?))
            })
            .await;
        let (book, begun) = match (saved, begun) {
            (Err(problem), _) | (Ok(()), Ok((Err(problem), _))) => {
                let Some(open) = self.opened() else { return };
                return open.set_link(LinkState::Resting(Resting::Stopped(problem)));
            }
            (Ok(()), Err(error)) => return self.trouble(error.into()).await,
            (Ok(()), Ok((Ok(begun), book))) => (book, begun),
        };
        let Begun { fates, before } = begun;
        let (calls, outgoing) = Calls::new();
        let dead = self.environment.patience.dead;
        let task = self.spawn(|id, inputs| Box::pin(connection::run(wire, dead, outgoing, id, inputs)));
        let now = Instant::now();
        let sending = Sending::new(&welcome, mine.device, logged_in.mark, now);
        let past = Past::new(self.environment.patience.past, now);
        let bound = Bound { name: logged_in.name, exporter };
        let mut online = Online::new(task, calls, mine, sending, past, bound, now + self.ping_wait());
        let client = self.config.client.clone();
        let Some(open) = self.opened() else { return };
        let top = |row: &RoomRow| row.ranges.top().unwrap_or_default();
        online.held = book.rooms.iter().map(|(room, row)| (*room, top(row))).collect();
        online.before = before;
        open.book = book;
        open.pictures.try_again();
        open.dirty = super::view::Dirty::everything();
        let asked = online.begin(open.presence, now);
        open.set_link(LinkState::Online(Box::new(online)));
        open.transfers.allow(Access { address: open.record.address.clone(), key, device, client });
        fates.done.into_iter().for_each(|id| self.deed_done(id, Ok(None)));
        self.tell_dropped(fates.dropped);
        if let Err(trouble) = asked {
            self.trouble(trouble).await;
        }
    }

    fn ping_wait(&self) -> Duration {
        // A quarter of jitter, so that the server is not pinged by all at once.
        let jitter = ((self.environment.random)() >> 11) as f64 / (1u64 << 53) as f64;
        self.environment.patience.ping.mul_f64(0.75 + jitter / 4.0)
    }

    pub(super) async fn frames(&mut self, id: TaskId, frames: Vec<Down>) {
        let Some(open) = self.opened() else { return };
        if open.online().is_none_or(|online| online.task.id != id) {
            return;
        }
        if let Err(trouble) = self.take_frames(frames).await {
            self.trouble(trouble).await;
        }
    }

    async fn take_frames(&mut self, frames: Vec<Down>) -> Result<(), Trouble> {
        let mut steps = Vec::new();
        for frame in frames {
            match frame {
                Down::Push(Push::Entry(entry)) => steps.push(Step::Entry(Box::new(entry))),
                Down::Push(Push::Appended { room, seq, number, at }) => {
                    steps.push(Step::Appended { room, seq, number, at });
                }
                other => {
                    self.merge(std::mem::take(&mut steps), News::Now).await?;
                    match other {
                        Down::Push(push) => self.push(push).await?,
                        Down::Reply { id, result } => self.reply(id, result).await?,
                    }
                }
            }
            if !matches!(&self.state, State::Open(open) if matches!(open.link, LinkState::Online(_))) {
                return Ok(());
            }
        }
        self.merge(steps, News::Now).await
    }

    fn timeline_is_old(&mut self) {
        if let Some(open) = self.opened() {
            open.dirty.timeline = true;
        }
    }

    pub(super) async fn count_unsent(&mut self, copy: &crate::copy::Copy) -> Result<(), Trouble> {
        let unsent = self.on_copy(copy, |copy| copy.unsent_count()).await?;
        if let Some(open) = self.opened() {
            open.book.unsent = unsent;
            open.dirty.session = true;
            open.dirty.timeline = true;
        }
        Ok(())
    }

    /// Does what a live session has to do by itself.
    pub(super) async fn tick_online(&mut self, now: Instant) -> Instant {
        match self.work_online(now).await {
            Ok(due) => due,
            Err(trouble) => {
                self.trouble(trouble).await;
                now
            }
        }
    }

    async fn work_online(&mut self, now: Instant) -> Result<Instant, Trouble> {
        let ping_wait = self.ping_wait();
        let Some(open) = self.opened() else { return Ok(now) };
        open.ask_pages()?;
        let Some(online) = open.online() else { return Ok(now) };
        if online.ping_at <= now {
            online.ping_at = now + ping_wait;
            online.ping(now)?;
        }
        let typed = online.typing.len();
        online.typing.retain(|_, until| *until > now);
        let typing_ended = typed != online.typing.len();
        open.dirty.typing |= typing_ended;
        // Nothing is sent before the heads of all rooms are known: a server that was put back shows it there.
        let told = open.tell(now)?;
        let may_send = open.online().is_some_and(|online| online.listed && online.before.is_none());
        let due = if may_send { told.min(self.pump_outbox(now).await?) } else { told };
        if let Some((fate, deadline)) = self.opened().and_then(Open::online).and_then(|online| online.leaving)
        {
            if deadline <= now {
                self.logged_out(fate, true).await;
                return Ok(now);
            }
            return Ok(due.min(deadline));
        }
        let went_on = self.finish_catching_up().await?;
        let past = self.opened().map_or(Ok(due), |open| open.ask_past(now))?;
        Ok(if went_on { now } else { due.min(past) })
    }
}

impl Online {
    fn ping(&mut self, now: Instant) -> Result<(), Trouble> {
        self.pinged.get_or_insert(now);
        self.tell(Request::Ping)
    }
}

impl Open {
    /// Tells read marks, coalesced. Answers when something is due.
    fn tell(&mut self, now: Instant) -> Result<Instant, Trouble> {
        let LinkState::Online(online) = &mut self.link else { return Ok(now) };
        let mut due = online.ping_at;
        if let Some(until) = online.typing.values().min() {
            due = due.min(*until);
        }
        if online.reads.is_empty() {
            return Ok(due);
        }
        if online.tell_at > now {
            return Ok(due.min(online.tell_at));
        }
        online.tell_at = now + TELL_EVERY;
        for (room, seq) in std::mem::take(&mut online.reads) {
            online.ask(Request::ReadUpTo { room, seq }, Asked::Nothing)?;
        }
        Ok(due)
    }
}
