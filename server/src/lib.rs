//! Snug's server: one process, one SQLite file, and a log per room.
//!
//! The path of a message: [`listener`] accepts, `talk/login.rs` lets in, `talk/session.rs` reads it,
//! `store/writer.rs` stores it, `hub.rs` publishes it, and every session takes it from there.

pub mod admin;
mod admin_socket;
mod blobs;
pub mod certs;
pub mod clock;
mod codes;
pub mod config;
pub mod door;
pub mod error;
mod file_lane;
mod hub;
pub mod in_force;
pub mod listener;
pub mod logging;
pub mod offload;
pub mod orders;
mod overview;
mod store;
mod talk;
pub mod tls;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use snug_proto::Invite;
use snug_proto::id::LogId;
use snug_proto::refusal::Why;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use store::{Hearsay, Plant, UntoldDevice};

use admin_socket::OrdersDoor;
use blobs::Blobs;
use clock::{Chance, Clock, SystemClock};
use codes::Codes;
use config::Settings;
use door::{Door, Shown};
use error::StartError;
use hub::Hub;
use in_force::InForce;
use listener::{Gate, Listen};
use offload::Offload;
use orders::{Key, Office};
use store::{Drive, NewRooms, Store, Unstarted, WriterDone};
use talk::opaque::Setup;
use talk::throttle::Throttle;
use tls::Identity;

/// A stop ends here, whoever is still there.
const STOP_HARD: Duration = Duration::from_secs(30);
/// Up to here a stop asks everybody to come back at once.
const FEW_SESSIONS: usize = 20;

/// Reads and writes of files at once; what is more waits in line.
const DISK_AT_ONCE: usize = 4;
/// The file with OPAQUE's secrets in the data folder.
const OPAQUE_SETUP: &str = "opaque.setup";

/// Looks whether a server could start on this data folder, and changes nothing; true where there is a database.
///
/// # Errors
/// [`StartError`] says what to do.
pub fn check(settings: &Settings) -> Result<bool, StartError> {
    let exists = store::exists(&settings.data)?;
    let path = settings.data.join(OPAQUE_SETUP);
    if exists && store::opaque_of(&settings.data)? != Setup::load(&path, exists)?.fingerprint() {
        return Err(StartError::SetupForeign(path));
    }
    Ok(exists)
}

/// Who has heard of the key that follows; `None` where no key follows, or where it is taking over.
///
/// # Errors
/// [`StartError`] when there is a database that cannot be read.
pub fn hearsay(settings: &Settings) -> Result<Option<Hearsay>, StartError> {
    let successor = certs::load(settings).ok().and_then(|keys| keys.successor);
    successor.map(|successor| store::hearsay(&settings.data, successor)).transpose()
}

/// What holds on the server of this data folder, whether it runs or not: its configuration, and over it what administrators
/// set.
///
/// # Errors
/// [`StartError`] when there is a database that cannot be read.
pub fn in_force(settings: &Settings) -> Result<InForce, StartError> {
    store::in_force(&settings.data, &InForce::configured(settings))
}

/// Takes the data folder, opens or makes what lies in it, and sees that it belongs together.
fn open_data(settings: &Settings, now: i64) -> Result<(Unstarted, Arc<Setup>), StartError> {
    let lock = store::lock(&settings.data)?;
    let exists = store::exists(&settings.data)?;
    let path = settings.data.join(OPAQUE_SETUP);
    let opaque = Arc::new(Setup::load(&path, exists)?);
    let print = opaque.fingerprint();
    if exists && store::opaque_of(&settings.data)? != print {
        return Err(StartError::SetupForeign(path));
    }
    let (max, configured) = (settings.limits.database_max, InForce::configured(settings));
    let found = store::open(&settings.data, lock, max, now, &print, configured)?;
    Ok((found, opaque))
}

/// What every connection shares.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) hub: Arc<Hub>,
    pub(crate) store: Store,
    pub(crate) blobs: Arc<Blobs>,
    pub(crate) opaque: Arc<Setup>,
    pub(crate) codes: Codes,
    pub(crate) throttle: Throttle,
    pub(crate) gate: Arc<Gate>,
    pub(crate) chance: Arc<Chance>,
    simulated: bool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) log: LogId,
    pub(crate) shown: Arc<Shown>,
    /// Cancelled when the server stops: ends who is not logged in yet.
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

impl Shared {
    /// A thread of a real machine may be held up anywhere, a simulated task is not: so it dawdles by itself where
    /// being late must do no harm.
    pub(crate) async fn dawdle(&self) {
        if self.simulated && self.chance.below(8) == 0 {
            let late = Duration::from_millis(self.chance.below(5_000));
            Box::pin(tokio::time::sleep(late)).await;
        }
    }
}

/// What surrounds a server: the machine, or a simulation.
pub struct Surroundings {
    /// Dates entries.
    pub clock: Arc<dyn Clock>,
    /// Feeds jitter and early drops.
    pub seed: u64,
    /// Whether blocking work runs in place and the writer is a task that sleeps a seeded while, rather than threads.
    pub simulated: bool,
    /// A fault to be found by tests.
    pub plant: Plant,
}

impl Default for Surroundings {
    /// The machine.
    fn default() -> Self {
        let mut seed = [0; 8];
        aws_lc_rs::rand::fill(&mut seed).expect("the system has randomness");
        let seed = u64::from_le_bytes(seed);
        Self { clock: Arc::new(SystemClock), seed, simulated: false, plant: Plant::Nothing }
    }
}

/// A server that listens and has opened its store, but serves nobody yet.
pub struct Server<L: Listen = TcpListener> {
    listener: L,
    shared: Arc<Shared>,
    writer: WriterDone,
    orders: Option<OrdersDoor>,
}

impl Server {
    /// Listens where the settings say and opens the store in the data folder, making it at the first start.
    ///
    /// # Errors
    /// [`StartError`] says what to do.
    pub async fn bind(settings: Settings, identity: Identity) -> Result<Self, StartError> {
        let address = SocketAddr::new(settings.host, settings.port);
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|error| StartError::Listen { address, error })?;
        Self::on(listener, settings, identity, Surroundings::default())
    }
}

impl<L: Listen> Server<L> {
    /// The same on any listener, in any surroundings.
    ///
    /// # Errors
    /// [`StartError`] says what to do.
    pub fn on(
        listener: L,
        settings: Settings,
        identity: Identity,
        surroundings: Surroundings,
    ) -> Result<Self, StartError> {
        let Surroundings { clock, seed, simulated, plant } = surroundings;
        let (found, opaque) = open_data(&settings, clock.now_ms())?;
        let hub = Arc::new(Hub::new(found.in_force.clone(), found.known.clone(), plant));
        let chance = Arc::new(Chance::new(seed));
        let log = found.log;
        let (offload, drive) = match simulated {
            true => (Offload::Inline, Drive::Task(chance.clone())),
            false => (Offload::threads(store::READERS), Drive::Thread),
        };
        let limits = &settings.limits;
        let new_rooms = NewRooms::of(limits);
        let (store, writer) =
            Store::start(found, hub.clone(), clock.clone(), offload, drive, new_rooms, plant);
        let disk = if simulated { Offload::Inline } else { Offload::threads(DISK_AT_ONCE) };
        let blobs = Blobs::open(&settings.data, limits.disk_free_min, disk);
        let blobs = blobs.map_err(|error| StartError::Folder { path: settings.data.clone(), error })?;
        let codes = Codes::new(store.clone(), opaque.clone(), clock.clone(), simulated);
        let shared = Shared {
            codes,
            throttle: Throttle::new(limits),
            gate: Arc::new(Gate::new(limits)),
            settings,
            hub,
            store,
            blobs: Arc::new(blobs),
            opaque,
            chance,
            simulated,
            clock,
            log,
            shown: Arc::new(Shown::new(identity)),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let orders = if simulated { None } else { admin_socket::open(&shared.settings.data) };
        Ok(Self { listener, shared: Arc::new(shared), writer, orders })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Where this server's identity can be changed while it runs.
    pub fn door(&self) -> Door {
        Door::of(&self.shared)
    }

    /// While nobody owns the server: the link that makes whoever follows it the owner. That of an earlier start does
    /// nothing any more.
    pub async fn owner_invite(&self) -> Option<Invite> {
        self.office().owner_invite().await
    }

    /// Who carries out an administrator's orders.
    fn office(&self) -> Office {
        let shared = &self.shared;
        let port = self.local_addr().map_or(shared.settings.port, |at| at.port());
        Office {
            store: shared.store.clone(),
            blobs: shared.blobs.clone(),
            codes: shared.codes.clone(),
            clock: shared.clock.clone(),
            hub: shared.hub.clone(),
            settings: shared.settings.clone(),
            address: shared.settings.dialled_at(port),
            key: Key::Shown(shared.shown.clone()),
        }
    }

    /// Serves until `shutdown` is ready, then says goodbye to everybody. What was acknowledged is on disk.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        // What holds the store has to be gone before the writer ends, so nobody takes an office for nothing.
        let office = self.orders.is_some().then(|| self.office());
        let Self { mut listener, shared, writer, orders } = self;
        if let Some((orders, office)) = orders.zip(office) {
            shared.tasks.spawn(admin_socket::serve(orders, office, shared.stop.clone()));
        }
        shared.store.shows(shared.shown.now().fingerprint);
        shared.tasks.spawn(file_lane::sweep(shared.clone()));
        tokio::select! {
            biased; // by chance would not replay in a simulation
            () = shutdown => {}
            () = listener::accept_all(&mut listener, &shared) => {}
        }
        drop(listener);
        let stopped = async {
            drain(&shared).await;
            drop(shared);
            writer.wait().await;
        };
        if tokio::time::timeout(STOP_HARD, stopped).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
    }
}

/// Ends every connection.
async fn drain(shared: &Shared) {
    let told = shared.hub.close(Why::ShuttingDown, when_to_come_back(shared));
    shared.stop.cancel();
    shared.tasks.close();
    tracing::info!(sessions = told, "everybody is told to go");
    shared.tasks.wait().await;
}

/// With many sessions each is told when to come back, so that they do not all come at once.
fn when_to_come_back(shared: &Shared) -> impl FnMut(usize) -> Option<u32> {
    let spread = shared.settings.limits.drain_spread.as_secs();
    move |sessions| match sessions {
        0..=FEW_SESSIONS => Some(0),
        _ => u32::try_from(shared.chance.below(spread + 1)).ok(),
    }
}
