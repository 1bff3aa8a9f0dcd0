//! The one writer, as a synchronous core: a batch is decided and committed in one transaction, then published, then
//! answered. Stored, published, acknowledged, in that order for everybody.

use std::sync::Arc;

use rusqlite::ErrorCode;
use snug_proto::id::DeviceId;
use snug_proto::refusal::Cause;
use tokio::sync::{Notify, oneshot};

use super::desk::{Desk, Traces};
use crate::clock::Clock;
use crate::hub::{Hub, RoomNews, SessionId, Settled, Told};

/// What came of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is on disk.
    Committed,
    /// There was no space: nothing of it was done.
    Full,
}

/// Something for the writer to do.
pub(crate) trait Job: Send {
    /// Decides by reading, and writes. An error concerns the whole batch.
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<()>;
    /// What the hub is to know of it.
    fn settle(&mut self, _fate: Fate) -> Option<Settled> {
        None
    }
    /// Tells who waits for it.
    fn answer(self: Box<Self>, _fate: Fate) {}
    /// Whether it writes. One that only reads is decided also when there is no space.
    fn writes(&self) -> bool {
        true
    }
    /// What it weighs in a batch, in bytes.
    fn weight(&self) -> usize {
        256
    }
}

/// A job that somebody waits for.
pub(crate) trait Verb: Send + 'static {
    /// What comes of it.
    type Done: Send;
    /// Decides by reading, and writes.
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<Result<Self::Done, Cause>>;
    /// What those who are here are to know of it, once it is on disk.
    fn told(&mut self) -> Option<Told> {
        None
    }
    /// Whether it writes.
    const WRITES: bool = true;
}

/// A verb with the one who waits for it.
pub(crate) struct Asked<V: Verb> {
    pub(super) verb: V,
    pub(super) done: Option<Result<V::Done, Cause>>,
    pub(super) answer: oneshot::Sender<Result<V::Done, Cause>>,
}

impl<V: Verb> Job for Asked<V> {
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<()> {
        self.done = Some(self.verb.decide(desk)?);
        Ok(())
    }
    fn settle(&mut self, fate: Fate) -> Option<Settled> {
        let told = self.verb.told().filter(|_| fate == Fate::Committed)?;
        Some(Settled { session: SessionId::NOBODY, call: 0, answer: None, told: Some(told) })
    }
    fn answer(self: Box<Self>, fate: Fate) {
        let done = match fate {
            Fate::Committed => self.done.unwrap_or(Err(Cause::Internal)),
            Fate::Full if V::WRITES => Err(Cause::Full),
            Fate::Full => self.done.unwrap_or(Err(Cause::Full)),
        };
        // Who asked may be gone; what was done stays done.
        let _ = self.answer.send(done);
    }
    fn writes(&self) -> bool {
        V::WRITES
    }
}

/// Why the server cannot go on: an error that is neither the peer's fault nor lack of space.
#[derive(Debug, thiserror::Error)]
#[error("the database cannot be written: {0}")]
pub(crate) struct Fatal(#[from] rusqlite::Error);

/// A batch between its decision and its answers.
pub(crate) struct Batch {
    jobs: Vec<Box<dyn Job>>,
    news: Vec<RoomNews>,
    revoked: Vec<DeviceId>,
    fate: Fate,
}

impl Batch {
    /// Takes out what is to be told, and leaves only the fate: for a planted fault.
    pub(crate) fn split(&mut self) -> Self {
        Self {
            jobs: std::mem::take(&mut self.jobs),
            news: std::mem::take(&mut self.news),
            revoked: std::mem::take(&mut self.revoked),
            fate: self.fate,
        }
    }
}

/// The writer.
pub(crate) struct Writer {
    desk: Desk,
    hub: Arc<Hub>,
    clock: Arc<dyn Clock>,
    /// Wakes whoever sees to it that nothing of what was retracted is left.
    retracted: Arc<Notify>,
}

impl Writer {
    pub(crate) fn new(desk: Desk, hub: Arc<Hub>, clock: Arc<dyn Clock>, retracted: Arc<Notify>) -> Self {
        Self { desk, hub, clock, retracted }
    }

    /// Decides every job of a batch inside one transaction, which stays open.
    pub(crate) fn decide(&mut self, mut jobs: Vec<Box<dyn Job>>) -> Result<Batch, Fatal> {
        let decided = self
            .desk
            .begin(self.clock.now_ms())
            .and_then(|()| jobs.iter_mut().try_for_each(|job| job.decide(&mut self.desk)))
            .and_then(|()| self.desk.describe_steps());
        let (news, revoked) = (self.desk.take_news(), self.desk.take_revoked());
        let mut batch = Batch { jobs, news, revoked, fate: Fate::Committed };
        match decided {
            Ok(()) => Ok(batch),
            Err(error) => self.no_space(error, &mut batch).map(|()| batch),
        }
    }

    /// Puts the batch on disk.
    pub(crate) fn commit(&mut self, batch: &mut Batch) -> Result<(), Fatal> {
        if batch.fate == Fate::Full {
            return Ok(());
        }
        match self.desk.commit() {
            Ok(()) => Ok(()),
            Err(error) => self.no_space(error, batch),
        }
    }

    /// Tells the hub, then those who wait.
    pub(crate) fn publish(&self, batch: Batch) {
        let Batch { mut jobs, news, revoked, fate } = batch;
        let settled = jobs.iter_mut().filter_map(|job| job.settle(fate)).collect();
        self.hub.publish(news, settled);
        if !revoked.is_empty() {
            self.hub.revoke(&revoked);
        }
        for job in jobs {
            job.answer(fate);
        }
    }

    /// The whole way of a batch.
    pub(crate) fn run(&mut self, jobs: Vec<Box<dyn Job>>) -> Result<(), Fatal> {
        let mut batch = self.decide(jobs)?;
        if self.publishes_first() {
            self.publish(batch.split());
        }
        self.commit(&mut batch)?;
        self.publish(batch);
        self.wipe_traces()
    }

    /// Behind a batch: empties the write-ahead log when that was asked for. A reader in the way is not waited for
    /// long; whoever asked is woken again and asks later.
    pub(crate) fn wipe_traces(&mut self) -> Result<(), Fatal> {
        match self.desk.traces {
            Traces::None => return Ok(()),
            Traces::Left => {}
            Traces::ToWipe if self.desk.empty_wal()? => {
                self.desk.traces = Traces::None;
                return Ok(());
            }
            Traces::ToWipe => self.desk.traces = Traces::Left,
        }
        self.retracted.notify_one();
        Ok(())
    }

    /// A planted fault.
    pub(crate) fn publishes_first(&self) -> bool {
        self.desk.plant.publish_before_commit()
    }

    /// The commit of a disk that is full, for a simulation whose disk never is.
    pub(super) fn commit_without_space(&mut self, batch: &mut Batch) -> Result<(), Fatal> {
        let full = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL);
        self.no_space(rusqlite::Error::SqliteFailure(full, None), batch)
    }

    /// Undoes a batch that found no space; any other error is fatal. Jobs that only read are decided once more.
    fn no_space(&mut self, error: rusqlite::Error, batch: &mut Batch) -> Result<(), Fatal> {
        if error.sqlite_error_code() != Some(ErrorCode::DiskFull) {
            return Err(error.into());
        }
        tracing::warn!(changes = batch.jobs.len(), "no space left in the database or on its disk");
        self.desk.roll_back()?;
        batch.news.clear();
        batch.revoked.clear();
        batch.fate = Fate::Full;
        for job in batch.jobs.iter_mut().filter(|job| !job.writes()) {
            job.decide(&mut self.desk)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use snug_proto::bounded::{Bytes, List};
    use snug_proto::entry::{Body, Kind, LOBBY, Retracted};
    use snug_proto::id::{Number, Origin, RoomId, Seq};
    use snug_proto::login::{KeptDevice, NewDevice, Stretch};
    use snug_proto::refusal::Why;
    use snug_proto::talk::{Change, Target};

    use super::super::accounts::{OpenSession, Opened, Register};
    use super::super::change::{Ending, Numbered};
    use super::super::devices::{RevokeDevices, Which};
    use super::super::plant::Plant;
    use super::super::retract::WipeTraces;
    use super::super::scrub::Scrub;
    use super::super::{NewRooms, schema};
    use super::*;
    use crate::clock::SystemClock;
    use crate::hub::{Handle, Place, Seat, SessionId};
    use crate::listener::Source;

    /// A writer without a thread, and alice, who has an account.
    struct Desktop {
        _folder: tempfile::TempDir,
        path: std::path::PathBuf,
        hub: Arc<Hub>,
        writer: Writer,
        alice: KeptDevice,
    }

    impl Desktop {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("snug.db");
            let conn = schema::open_writer(&path, 0, 0, &[]).unwrap();
            let known = super::super::read::all_rooms(&conn).unwrap();
            let hub = Arc::new(Hub::new(10, known, Plant::Nothing));
            let new_rooms = NewRooms { burst: 10, every_ms: 60_000 };
            let desk = Desk::new(conn, RoomId(2), 10.into(), new_rooms, Plant::Nothing);
            let mut writer = Writer::new(desk, hub.clone(), Arc::new(SystemClock), Arc::default());
            let register = Register {
                name: snug_proto::Username::new("alice").unwrap(),
                credential: [1; 16],
                record: Vec::new(),
                stretch: Stretch(1),
                device: NewDevice { key: Bytes::new([2; 32]).unwrap(), system: Default::default() },
                device_id: DeviceId(77),
                code: None,
            };
            let alice = ask(&mut writer, register).unwrap();
            Self { _folder: folder, path, hub, writer, alice }
        }

        fn open(&mut self, session: SessionId) -> Option<Opened> {
            ask(&mut self.writer, OpenSession { device: self.alice.device, session }).unwrap()
        }

        /// A session of alice's one device.
        fn sit(&mut self) -> Place {
            let session = self.hub.next_session();
            self.open(session).unwrap();
            let seat = Seat::take(&self.hub, self.alice.account).unwrap();
            seat.sit_down(session, self.alice.device, Source::of_v4(127, 0, 0, 1)).unwrap().0
        }

        /// Whether these bytes stand in the database's file or in its log.
        fn holds(&self, bytes: &[u8]) -> bool {
            ["snug.db", "snug.db-wal"].iter().any(|name| {
                let file = std::fs::read(self.path.with_file_name(name)).unwrap();
                file.windows(bytes.len()).any(|part| part == bytes)
            })
        }

        /// The entries on disk, as another connection sees them.
        fn numbers_on_disk(&self) -> Vec<u64> {
            let conn = schema::open_reader(&self.path).unwrap();
            let mut found = conn.prepare("SELECT number FROM entries WHERE kind = 1 ORDER BY id").unwrap();
            let rows = found.query_map([], |row| row.get::<_, i64>(0)).unwrap();
            rows.map(|number| number.unwrap().cast_unsigned()).collect()
        }
    }

    fn ask<V: Verb>(writer: &mut Writer, verb: V) -> Result<V::Done, Cause> {
        let (answer, mut answered) = oneshot::channel();
        writer.run(vec![Box::new(Asked { verb, done: None, answer })]).unwrap();
        answered.try_recv().unwrap()
    }

    fn change(by: &Arc<Handle>, number: u64) -> Box<Numbered> {
        let change = Change::Append {
            to: Target::Room(LOBBY),
            kind: Kind::CONTENT,
            generation: 0,
            epoch: 0,
            blobs: Default::default(),
            body: Body::new([0, 1]).unwrap(),
        };
        Box::new(Numbered {
            by: by.clone(),
            call: 0,
            number: Number(number),
            change,
            sources: Vec::new(),
            ending: Ending::Open,
        })
    }

    #[test]
    fn a_late_change_of_an_older_session_is_neither_stored_nor_answered() {
        let mut desktop = Desktop::new();
        let old = desktop.sit();
        desktop.writer.run(vec![change(&old.handle, 1)]).unwrap();
        let late = change(&old.handle, 2);
        let new = desktop.sit();
        // In the new session the number is free, and what the old one sent under it is not heard.
        desktop.writer.run(vec![late, change(&new.handle, 2)]).unwrap();
        assert_eq!(desktop.numbers_on_disk(), [1, 2]);
        let next = desktop.hub.next_session();
        let opened = desktop.open(next).unwrap();
        assert_eq!((opened.mark, opened.outcomes.len()), (Number(2), 2));
        assert!(desktop.open(old.handle.id).is_none(), "an older session does not get the ear back");
    }

    #[test]
    fn a_revoked_device_is_cut_also_when_whoever_asked_is_gone() {
        let mut desktop = Desktop::new();
        let phone = desktop.sit();
        let (answer, asker) = oneshot::channel();
        let verb = RevokeDevices { account: desktop.alice.account, which: Which::One(phone.handle.device) };
        drop(asker);
        desktop.writer.run(vec![Box::new(Asked { verb, done: None, answer })]).unwrap();
        assert_eq!(phone.handle.goodbye().map(|goodbye| goodbye.why), Some(Why::Revoked));
    }

    #[test]
    fn a_batch_is_on_disk_before_anybody_hears_of_it() {
        let mut desktop = Desktop::new();
        let alice = desktop.sit();
        let jobs: Vec<Box<dyn Job>> = (1..=3).map(|number| change(&alice.handle, number) as _).collect();
        let mut batch = desktop.writer.decide(jobs).unwrap();
        assert!(desktop.numbers_on_disk().is_empty(), "one transaction, still open");
        desktop.writer.commit(&mut batch).unwrap();
        assert_eq!(desktop.numbers_on_disk(), [1, 2, 3]);
        desktop.writer.publish(batch);
    }

    #[test]
    fn what_is_retracted_is_gone_from_the_files_while_they_are_in_use() {
        let mut desktop = Desktop::new();
        let alice = desktop.sit();
        let secret = b"the cellar key";
        let mut text = change(&alice.handle, 1);
        if let Change::Append { body, .. } = &mut text.change {
            *body = Body::new(*secret).unwrap();
        }
        desktop.writer.run(vec![text]).unwrap();
        let target =
            Retracted { seq: Seq(2), origin: Origin { device: alice.handle.device, number: Number(1) } };
        let mut retract = change(&alice.handle, 2);
        retract.change = Change::Retract { room: LOBBY, targets: List::new(vec![target]).unwrap() };
        desktop.writer.run(vec![retract]).unwrap();
        assert!(desktop.holds(secret));
        assert_eq!(ask(&mut desktop.writer, Scrub { from: 1 }), Ok(None));
        ask(&mut desktop.writer, WipeTraces).unwrap();
        assert!(!desktop.holds(secret));
    }

    #[test]
    fn a_crash_before_the_commit_leaves_nothing() {
        let mut desktop = Desktop::new();
        let alice = desktop.sit();
        desktop.writer.run(vec![change(&alice.handle, 1)]).unwrap();
        let batch = desktop.writer.decide(vec![change(&alice.handle, 2)]).unwrap();
        drop(batch);
        let conn = schema::open_reader(&desktop.path).unwrap();
        drop(desktop.writer);
        let mark: i64 = conn.query_row("SELECT mark FROM devices", [], |row| row.get(0)).unwrap();
        assert_eq!(mark, 1);
    }
}
