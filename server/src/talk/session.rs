//! A session: one task, one `select!`, the one owner of its connection.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use snug_proto::codec::{decode_frame, encode_frame};
use snug_proto::limits::{CHANGES_IN_FLIGHT_MAX, FRAME_MAX, PAGES_IN_FLIGHT_MAX};
use snug_proto::refusal::{Goodbye, Refusal, Why};
use snug_proto::talk::{Call, Down, Push, Reply};
use tokio::time::{Instant, Sleep};

use super::account::Pending;
use super::login::Seated;
use super::pace::Bucket;
use super::wire::{Broken, Link, Stream};
use crate::Shared;
use crate::hub::{Cursors, Handle, Place};

/// Bytes one write takes at most; with more to say, reading gets its turn in between.
const WRITE_MAX: usize = 64 << 10;
/// Presence is told at most this often, so that a crowd logging in costs each reader one list a second.
const PRESENCE_INTERVAL: Duration = Duration::from_secs(1);
/// How long a session that was told to end may go on with the write it is in.
const END_GRACE: Duration = Duration::from_millis(900);
/// What is not a change (typing, read marks, lists, pings) is cheap, and no client needs more of it.
const SMALL_PER_SECOND: u16 = 50;
const SMALL_BURST: u16 = 500;

/// Work of the store under way for a session: ends with the reply.
pub(super) type Work = Pin<Box<dyn Future<Output = (u32, Result<Reply, Refusal>)> + Send>>;

/// A logged-in connection.
pub(crate) struct Session<S> {
    link: Link<S>,
    pub(super) shared: Arc<Shared>,
    pub(super) handle: Arc<Handle>,
    pub(super) pending: Pending,
    place: Option<Place>,
    cursors: Cursors,
    /// Reads under way.
    pub(super) work: FuturesUnordered<Work>,
    pub(super) changes: Bucket,
    pub(super) small: Bucket,
    /// Until when nothing is read: the client went too fast.
    pub(super) paused_until: Option<Instant>,
    in_flight: usize,
    last_heard: Instant,
    next_ping: Instant,
    next_presence: Instant,
    presence_waits: bool,
    /// Frames to be written.
    pub(super) out: Vec<u8>,
}

/// Why a session ends.
#[derive(Debug)]
pub(super) enum End {
    /// The connection carries no more.
    Broken(Broken),
    /// This side ends it, and says so.
    Goodbye(Goodbye),
    /// The device was logged out, as asked.
    LoggedOut,
}
impl From<Broken> for End {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::TooLong => Self::because(Why::Malformed),
            other => Self::Broken(other),
        }
    }
}
impl End {
    pub(super) fn because(why: Why) -> Self {
        Self::Goodbye(Goodbye { why, retry_after: None })
    }
}

/// What a session wakes for.
enum Event {
    Frame(Result<Vec<u8>, Broken>),
    News,
    Work((u32, Result<Reply, Refusal>)),
    Clock,
}

impl<S: Stream> Session<S> {
    pub(crate) fn new(link: Link<S>, seated: Seated, shared: Arc<Shared>) -> Self {
        let now = Instant::now();
        let limits = &shared.settings.limits;
        Self {
            link,
            handle: seated.place.handle.clone(),
            pending: Pending::default(),
            place: Some(seated.place),
            cursors: seated.cursors,
            work: FuturesUnordered::new(),
            changes: Bucket::new(limits.changes_per_second, limits.changes_burst, now),
            small: Bucket::new(SMALL_PER_SECOND, SMALL_BURST, now),
            paused_until: None,
            in_flight: 0,
            last_heard: now,
            next_ping: now + shared.chance.jitter(shared.settings.times.ping_interval),
            next_presence: now,
            presence_waits: false,
            out: Vec::new(),
            shared,
        }
    }

    /// Serves the connection until it ends; gives back why it did.
    pub(crate) async fn run(mut self) -> String {
        self.shared.store.seen(&self.handle);
        let end = match self.serve().await {
            Ok(never) => match never {},
            Err(end) => end,
        };
        // Out of the hub and off the seat first: who reads the goodbye may find the seat free.
        self.place = None;
        self.shared.store.seen(&self.handle);
        let why = match end {
            End::Broken(broken) => broken.to_string(),
            End::LoggedOut => "logged out".to_owned(),
            End::Goodbye(goodbye) => {
                let why = goodbye.why.to_string();
                let push = Down::Push(Push::Goodbye(goodbye));
                // Whoever takes nothing cannot be told.
                let _ = tokio::time::timeout(END_GRACE, self.link.send_value(&push, FRAME_MAX)).await;
                why
            }
        };
        self.link.close().await;
        why
    }

    async fn serve(&mut self) -> Result<std::convert::Infallible, End> {
        let clock = tokio::time::sleep_until(self.next_ping);
        let mut clock = Box::pin(clock);
        let handle = self.handle.clone();
        loop {
            // An end comes first, or a busy session would never hear it. It is news as well, so it wakes us.
            if let Some(goodbye) = handle.goodbye() {
                return Err(End::Goodbye(goodbye.clone()));
            }
            let reads = self.may_read();
            // Biased: what the client says comes before the news. It is bounded by its pace, while a busy room
            // always has news, and a pong left unread would look like silence.
            let event = tokio::select! {
                biased;
                frame = self.link.next_frame(FRAME_MAX), if reads => Event::Frame(frame),
                () = handle.news.notified() => Event::News,
                Some(done) = self.work.next(), if !self.work.is_empty() => Event::Work(done),
                () = &mut clock => Event::Clock,
            };
            match event {
                Event::Frame(frame) => self.heard(&frame?).await?,
                Event::News => self.take_news(),
                Event::Work((id, result)) => self.push(&Down::Reply { id, result }),
                Event::Clock => self.tick()?,
            }
            self.write_out().await?;
            self.set_clock(&mut clock);
        }
    }

    /// The TLS side of the connection.
    pub(super) fn tls(&self) -> &rustls::ServerConnection {
        self.link.tls()
    }

    fn may_read(&self) -> bool {
        self.paused_until.is_none()
            && self.in_flight < CHANGES_IN_FLIGHT_MAX
            && self.work.len() < PAGES_IN_FLIGHT_MAX
    }

    async fn heard(&mut self, frame: &[u8]) -> Result<(), End> {
        self.last_heard = Instant::now();
        let call: Call = decode_frame(frame).map_err(|_| End::because(Why::Malformed))?;
        self.answer(call).await
    }

    /// A change went to the writer.
    pub(super) fn change_started(&mut self) {
        self.in_flight += 1;
        self.shared.hub.change_started(self.handle.id);
    }

    /// Takes what is new, as much as one write takes.
    fn take_news(&mut self) {
        let now = Instant::now();
        let with_presence = now >= self.next_presence;
        let before = self.out.len();
        let (id, hub) = (self.handle.id, &self.shared.hub);
        let taken = hub.take(id, &mut self.cursors, with_presence, WRITE_MAX, &mut self.out);
        self.in_flight = taken.in_flight;
        self.presence_waits = taken.presence_waits;
        if with_presence && self.out.len() > before {
            self.next_presence = now + PRESENCE_INTERVAL;
        }
        if taken.more {
            self.handle.news.notify_one();
        }
    }

    /// The clock: whoever was silent is asked, then given up; whoever went too fast is read again.
    fn tick(&mut self) -> Result<(), End> {
        let now = Instant::now();
        let shared = self.shared.clone();
        let times = &shared.settings.times;
        if now >= self.last_heard + times.dead_after && self.paused_until.is_none() {
            return Err(End::because(Why::Silent));
        }
        if self.paused_until.is_some_and(|until| now >= until) {
            self.paused_until = None;
            self.last_heard = now; // Nobody listened meanwhile.
        }
        if self.presence_waits && now >= self.next_presence {
            self.take_news();
        }
        if now >= self.next_ping {
            self.next_ping = now + self.shared.chance.jitter(times.ping_interval);
            if now >= self.last_heard + times.ping_interval / 2 {
                self.push(&Down::Push(Push::Ping));
            }
        }
        Ok(())
    }

    /// Sets the clock to what comes next. Mostly it rings early and is set again, which is cheaper than setting it
    /// at every event.
    fn set_clock(&self, clock: &mut Pin<Box<Sleep>>) {
        let dead = self.last_heard + self.shared.settings.times.dead_after;
        let mut next = self.next_ping.min(self.paused_until.unwrap_or(dead));
        if self.presence_waits {
            next = next.min(self.next_presence);
        }
        if next < clock.deadline() || clock.is_elapsed() {
            clock.as_mut().reset(next);
        }
    }

    /// Encodes a frame to be written.
    pub(super) fn push(&mut self, down: &Down) {
        encode_frame(down, FRAME_MAX, &mut self.out).expect("every reply fits a frame");
    }

    /// Writes what there is with one TLS write, and keeps no buffer behind it.
    pub(super) async fn write_out(&mut self) -> Result<(), End> {
        if self.out.is_empty() {
            return Ok(());
        }
        let out = std::mem::take(&mut self.out);
        let ended = async {
            self.handle.ended.cancelled().await;
            tokio::time::sleep(END_GRACE).await;
        };
        tokio::select! {
            biased;
            sent = self.link.send(&out) => Ok(sent?),
            // In the middle of a record there is no goodbye.
            () = ended => Err(End::Broken(Broken::Stalled)),
        }
    }
}
