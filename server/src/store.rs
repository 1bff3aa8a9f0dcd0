//! What stays: accounts, devices, rooms and their logs, in one SQLite file. Verbs at the surface, SQL inside.
//!
//! One writer settles everything that alters the file ([`writer`]); reads go to a few connections that cannot
//! write. One server per store: a lock file beside the database says so.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use snug_proto::bounded::List;
use snug_proto::id::{AccountId, BlobId, DeviceId, LogId, Number, RoomId, Seq};
use snug_proto::limits::{MARKS_MAX, MEMBERS_PAGE_MAX, ROOMS_PAGE_MAX};
use snug_proto::login::KeptDevice;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Access, Account, Change, Channel, Direction, Member, Page, RoomInfo};
use snug_proto::{Fingerprint, Username};
use tokio::sync::Notify;

mod accounts;
mod append;
pub(crate) mod backup;
mod bans;
mod blobs;
mod change;
mod choices;
mod codes;
mod deletion;
mod desk;
mod devices;
mod driver;
mod house;
mod key;
mod members;
mod password;
mod plant;
mod profile;
mod read;
mod residents;
mod retract;
mod rooms;
mod schema;
mod scrub;
mod settings;
mod spans;
mod succession;
mod writer;

pub(crate) use blobs::Upload;
pub use plant::Plant;
pub use succession::{Hearsay, UntoldDevice};

pub(crate) use accounts::{AddDevice, Opened, Register};
pub(crate) use choices::Moves;
pub(crate) use codes::links;
pub(crate) use codes::{
    AddDeviceByCode, CodeFacts, CodeRecord, CodeRow, MakeCode, NAMES_DRAWN, NewCode, Own, ProvenCode, Reset,
};
pub(crate) use deletion::{DeleteAccount, EmptyTexts, Place};
pub(crate) use devices::{NameDevice, RevokeDevices, Which};
pub(crate) use driver::{Drive, WriterDone};
pub(crate) use house::needs_sources_of;
pub(crate) use password::SetPassword;
pub(crate) use read::{Credentials, DeviceKey};
pub(crate) use residents::Census;
pub(crate) use succession::hearsay;

use crate::clock::Clock;
use crate::config::Limits;
use crate::error::StartError;
use crate::hub::{Handle, Hub, Known, SessionId};
use crate::in_force::InForce;
use crate::listener::Source;
use crate::offload::Offload;

/// Changes one commit takes.
pub(crate) const COMMIT_CHANGES_MAX: usize = 512;
/// Bytes of changes after which a commit takes no more.
pub(crate) const COMMIT_BYTES_MAX: usize = 512 << 10;
/// Connections that read at once.
pub(crate) const READERS: usize = 3;

/// How many rooms an account may make: so many at once, then one after each interval.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewRooms {
    pub(crate) burst: u32,
    pub(crate) every_ms: i64,
}

impl NewRooms {
    pub(crate) fn of(limits: &Limits) -> Self {
        let every_ms = i64::try_from(limits.new_room_every.as_millis()).unwrap_or(i64::MAX);
        Self { burst: limits.new_rooms_burst, every_ms }
    }
}

/// An entry's key: room and place in one number, so that a page is one range of one tree.
fn entry_key(room: RoomId, seq: Seq) -> i64 {
    i64::from(room.0) << 32 | i64::from(seq.0)
}

/// The place in an entry's key.
fn seq_of(key: i64) -> Seq {
    Seq(key as u32) // the lower half, on purpose
}

/// A store that was opened and looked through, before anybody writes or reads.
pub(crate) struct Unstarted {
    writer: Connection,
    readers: Vec<Connection>,
    lock: File,
    pub(crate) log: LogId,
    pub(crate) known: Known,
    /// What holds: the configuration, and over it what administrators set.
    pub(crate) in_force: InForce,
    configured: InForce,
    house: RoomId,
}

/// Takes the data folder for this process. The lock goes with the process, whatever ends it.
pub(crate) fn lock(data: &Path) -> Result<File, StartError> {
    let sorted = |path: &Path, error| StartError::Folder { path: path.into(), error };
    let mut folder = std::fs::DirBuilder::new();
    // What people wrote to each other is nobody else's business on this machine.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.recursive(true).create(data).map_err(|error| sorted(data, error))?;
    let path = data.join("lock");
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let file = file.map_err(|error| sorted(&path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StartError::InUse(data.into())),
        Err(std::fs::TryLockError::Error(error)) => Err(sorted(&path, error)),
    }
}

/// Whether there is a database here already that this build can use.
///
/// # Errors
/// [`StartError`] when something else is in its place.
pub(crate) fn exists(data: &Path) -> Result<bool, StartError> {
    let found = schema::look(&data.join(DATABASE))?;
    if found == schema::Found::Nothing && data.join(RESTORING).exists() {
        return Err(StartError::HalfRestored(data.into()));
    }
    Ok(found == schema::Found::Ours)
}

/// A restore unpacks here first. Where it is still there and no database is, one was cut short, and a new database
/// would take the place of the one that is meant.
pub(crate) const RESTORING: &str = "restore.part";
pub(crate) const DATABASE: &str = "snug.db";
const META_LOG: &str = "log";
const META_OPAQUE: &str = "opaque";

/// Which OPAQUE setup the database here belongs to.
pub(crate) fn opaque_of(data: &Path) -> Result<Vec<u8>, StartError> {
    let path = data.join(DATABASE);
    meta(&schema::open_reader(&path)?, META_OPAQUE).map_err(|error| schema::sort(&path, error))
}

fn meta<T: rusqlite::types::FromSql>(conn: &Connection, key: &str) -> rusqlite::Result<T> {
    conn.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0))
}

/// What holds on a server that may run or stand: its configuration, and over it what administrators set. The
/// configuration alone where there is no database.
///
/// # Errors
/// [`StartError`] when the database cannot be read.
pub(crate) fn in_force(data: &Path, configured: &InForce) -> Result<InForce, StartError> {
    let path = data.join(DATABASE);
    if schema::look(&path)? == schema::Found::Nothing {
        return Ok(configured.clone());
    }
    let conn = schema::open_reader(&path)?;
    // A database that no server of this version has opened yet has none.
    let known = conn
        .prepare("SELECT 1 FROM sqlite_schema WHERE name = 'settings'")
        .and_then(|mut found| found.exists([]));
    let in_force = known.and_then(|known| match known {
        true => settings::in_force(&conn, configured),
        false => Ok(configured.clone()),
    });
    in_force.map_err(|error| schema::sort(&path, error))
}

/// Opens or makes the database, `now`. `opaque` names the OPAQUE setup that a new one belongs to.
pub(crate) fn open(
    data: &Path,
    lock: File,
    database_max: u64,
    now: i64,
    opaque: &[u8],
    configured: InForce,
) -> Result<Unstarted, StartError> {
    let path = data.join(DATABASE);
    let sorted = |error| schema::sort(&path, error);
    let mut log = [0u8; 16];
    aws_lc_rs::rand::fill(&mut log).expect("the system has randomness");
    let writer = schema::open_writer(&path, database_max, now, &[(META_LOG, &log), (META_OPAQUE, opaque)])?;
    let log = LogId(meta(&writer, META_LOG).map_err(sorted)?);
    let mut known = read::all_rooms(&writer).map_err(sorted)?;
    known.bans = bans::all(&writer).map_err(sorted)?;
    let in_force = settings::in_force(&writer, &configured).map_err(sorted)?;
    let house = house::room(&writer).map_err(sorted)?;
    let readers = (0..READERS).map(|_| schema::open_reader(&path)).collect::<Result<_, _>>()?;
    Ok(Unstarted { writer, readers, lock, log, known, in_force, configured, house })
}

/// The store. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    /// Before the inbox, since fields are dropped in order: the writer's connection closes last, and only one that may
    /// write folds SQLite's log into the file.
    readers: Arc<Readers>,
    inbox: driver::Inbox,
    offload: Offload,
    retracted: Arc<Notify>,
}

struct Readers {
    free: Mutex<Vec<Connection>>,
    _lock: File,
}

/// A reader on loan: it goes back also when reading panics.
struct Borrowed<'a> {
    conn: Option<Connection>,
    readers: &'a Readers,
}

impl Readers {
    fn borrow(&self) -> Option<Borrowed<'_>> {
        let conn = self.lock().pop()?;
        Some(Borrowed { conn: Some(conn), readers: self })
    }
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // Nothing under this lock can leave the list half changed.
        self.free.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        self.readers.lock().extend(self.conn.take());
    }
}

impl Store {
    /// Starts the writer.
    pub(crate) fn start(
        opened: Unstarted,
        hub: Arc<Hub>,
        clock: Arc<dyn Clock>,
        offload: Offload,
        drive: Drive,
        new_rooms: NewRooms,
        plant: Plant,
    ) -> (Self, WriterDone) {
        let retracted = Arc::new(Notify::new());
        let desk = desk::Desk::new(opened.writer, opened.house, opened.configured, new_rooms, plant);
        let writer = writer::Writer::new(desk, hub, clock, retracted.clone());
        let (inbox, thread) = driver::start(writer, drive);
        let readers = Readers { free: Mutex::new(opened.readers), _lock: opened.lock };
        (Self { inbox, readers: Arc::new(readers), offload, retracted }, thread)
    }

    /// Reads on a free connection; there is one, since `offload` lets in no more than there are.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Cause> {
        let readers = self.readers.clone();
        let done = self.offload.run(move || {
            let mut reader = readers.borrow()?;
            reader.conn.as_mut().map(read)
        });
        match done.await {
            Some(Ok(read)) => Ok(read),
            Some(Err(error)) => {
                tracing::error!(%error, "the database cannot be read");
                Err(Cause::Internal)
            }
            None => Err(Cause::Busy),
        }
    }

    /// What a login needs of the account with this name, or one that looks like it.
    pub(crate) async fn credentials(&self, name: &Username) -> Result<Option<Credentials>, Cause> {
        let skeleton = name.skeleton();
        self.read(move |conn| read::credentials(conn, &skeleton)).await
    }

    /// What a login needs of a device.
    pub(crate) async fn device(&self, id: DeviceId) -> Result<Option<DeviceKey>, Cause> {
        self.read(move |conn| read::device(conn, id)).await
    }

    /// Makes an account.
    pub(crate) async fn register(&self, register: Register) -> Result<KeptDevice, Cause> {
        self.inbox.ask(register).await
    }

    /// Adds a device to an account.
    pub(crate) async fn add_device(&self, add: AddDevice) -> Result<KeptDevice, Cause> {
        self.inbox.ask(add).await
    }

    /// Names a new session of a device to the writer and reads the device's mark; `None` when a newer session was
    /// faster.
    pub(crate) async fn open_session(
        &self,
        device: DeviceId,
        id: SessionId,
    ) -> Result<Option<Opened>, Cause> {
        self.inbox.ask(accounts::OpenSession { device, session: id }).await
    }

    /// Notes that an account is here, or was until now. Nobody waits for it; a busy writer misses it.
    pub(crate) fn seen(&self, by: &Handle) {
        let (account, device) = (by.account, by.device);
        self.inbox.hand_in(Box::new(accounts::Seen { account, device }));
    }

    /// Notes that a device was told of the key that will follow. Nobody waits for it; what a busy writer misses is noted
    /// at the device's next login.
    pub(crate) fn told(&self, device: DeviceId, successor: Fingerprint) {
        self.inbox.hand_in(Box::new(succession::Told { device, successor }));
    }

    /// Forgets a device for good.
    pub(crate) async fn forget_device(&self, device: DeviceId) -> Result<(), Cause> {
        self.inbox.ask(accounts::ForgetDevice(device)).await
    }

    /// How an account can be got into.
    pub(crate) async fn access(&self, account: AccountId) -> Result<Access, Cause> {
        self.read(move |conn| devices::access(conn, account)).await?.ok_or(Cause::UnknownAccount)
    }

    /// Names a device of an account.
    pub(crate) async fn name_device(&self, name: NameDevice) -> Result<(), Cause> {
        self.inbox.ask(name).await
    }

    /// Forgets devices of an account, and ends their sessions.
    pub(crate) async fn revoke_devices(&self, revoke: RevokeDevices) -> Result<(), Cause> {
        self.inbox.ask(revoke).await
    }

    /// Hands a change to the writer, with the sources that [`needs_sources_of`] asks for; `false` when it has too much to do. How it ended comes back through the hub.
    pub(crate) fn change(
        &self,
        by: Arc<Handle>,
        call: u32,
        number: Number,
        change: Change,
        sources: Vec<Source>,
    ) -> bool {
        self.inbox.hand_in(Box::new(change::Numbered {
            by,
            call,
            number,
            change,
            sources,
            ending: change::Ending::Open,
        }))
    }

    /// Moves one of an account's marks in a room; `false` when the writer has too much to do. The answer comes through
    /// the hub.
    pub(crate) fn mark(&self, by: &Handle, call: u32, room: RoomId, seq: Seq, moves: Moves) -> bool {
        let (account, session, done) = (by.account, by.id, Ok(None));
        self.inbox.hand_in(Box::new(choices::Mark { account, room, seq, session, call, moves, done }))
    }

    /// Is ready when something was retracted whose traces are still there.
    pub(crate) async fn retracted(&self) {
        self.retracted.notified().await;
    }

    /// The blobs that no entry names any more and whose bytes are to be removed, some of them.
    pub(crate) async fn freed_blobs(&self) -> Result<Vec<BlobId>, Cause> {
        self.inbox.ask(retract::FreedBlobs).await
    }

    /// The bytes of these blobs are gone.
    pub(crate) async fn forget_freed(&self, gone: Vec<BlobId>) -> Result<(), Cause> {
        self.inbox.ask(retract::ForgetFreed(gone)).await
    }

    /// Has the database's file and its write-ahead log emptied of what was retracted.
    pub(crate) async fn wipe_traces(&self) -> Result<(), Cause> {
        let mut next = Some(1);
        while let Some(from) = next {
            next = self.inbox.ask(scrub::Scrub { from }).await?;
        }
        self.inbox.ask(retract::WipeTraces).await
    }

    /// The rooms an account is or was in.
    pub(crate) async fn rooms(
        &self,
        account: AccountId,
        after: RoomId,
    ) -> Result<List<RoomInfo, ROOMS_PAGE_MAX>, Cause> {
        self.read(move |conn| read::rooms(conn, account, after)).await
    }

    /// The members of a room.
    pub(crate) async fn members(
        &self,
        account: AccountId,
        room: RoomId,
        after: AccountId,
    ) -> Result<List<Member, MEMBERS_PAGE_MAX>, Cause> {
        self.read(move |conn| read::members(conn, account, room, after)).await?.ok_or(Cause::UnknownRoom)
    }

    /// The channels there are.
    pub(crate) async fn channels(&self, after: RoomId) -> Result<List<Channel, ROOMS_PAGE_MAX>, Cause> {
        self.read(move |conn| read::channels(conn, after)).await
    }

    /// How far the others of a small room have read.
    pub(crate) async fn marks(
        &self,
        account: AccountId,
        room: RoomId,
    ) -> Result<List<(AccountId, Seq), MARKS_MAX>, Cause> {
        self.read(move |conn| read::marks(conn, account, room)).await?.ok_or(Cause::UnknownRoom)
    }

    /// What an account has chosen for itself.
    pub(crate) async fn account(&self, account: AccountId) -> Result<Account, Cause> {
        self.read(move |conn| read::account(conn, account)).await
    }

    /// The first readable entry written at a time or later.
    pub(crate) async fn seq_at(&self, account: AccountId, room: RoomId, at: i64) -> Result<Seq, Cause> {
        self.read(move |conn| spans::seq_at(conn, account, room, at)).await?.ok_or(Cause::UnknownRoom)
    }

    /// A page of a room's log.
    pub(crate) async fn page(
        &self,
        account: AccountId,
        room: RoomId,
        from: Seq,
        direction: Direction,
        limit: u8,
    ) -> Result<Page, Cause> {
        self.read(move |conn| read::page(conn, account, room, from, direction, limit))
            .await?
            .ok_or(Cause::UnknownRoom)
    }

    /// Begins or resumes an upload of this size; `account_max` is what the account may keep in all, 0 = no limit.
    ///
    /// # Errors
    /// [`Cause::QuotaExceeded`]; [`Cause::UnknownBlob`] for an id that is in use by another upload.
    pub(crate) async fn begin_upload(
        &self,
        account: AccountId,
        blob: BlobId,
        size: u64,
        account_max: u64,
    ) -> Result<Upload, Cause> {
        self.inbox.ask(blobs::BeginUpload { account, blob, size, account_max }).await
    }

    /// An upload is complete and its bytes are on disk.
    ///
    /// # Errors
    /// [`Cause::UnknownBlob`] when it was given up meanwhile; [`Cause::Full`].
    pub(crate) async fn finish_upload(&self, blob: BlobId) -> Result<(), Cause> {
        self.inbox.ask(blobs::FinishUpload(blob)).await
    }

    /// The size of a complete blob, if this account may fetch it.
    ///
    /// # Errors
    /// [`Cause::Internal`] when the database cannot be read.
    pub(crate) async fn readable_blob(&self, account: AccountId, blob: BlobId) -> Result<Option<u64>, Cause> {
        self.read(move |conn| blobs::readable(conn, account, &blob.0)).await
    }

    /// Forgets uploads that nobody went on with, and complete ones that no entry names, since a time (milliseconds
    /// since 1970); gives back which, so that their bytes can be removed.
    ///
    /// # Errors
    /// [`Cause::Full`] and the like.
    pub(crate) async fn drop_stale_uploads(&self, before_ms: i64) -> Result<Vec<BlobId>, Cause> {
        self.inbox.ask(blobs::DropStaleUploads { before_ms }).await
    }
}
