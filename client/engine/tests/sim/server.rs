//! The real server on a simulated host. Its folder outlives its crashes; a transaction that was not committed does
//! not.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use snug_server::clock::Clock;
use snug_server::config::Settings;
use snug_server::listener::Listen;
use snug_server::tls::Identity;
use snug_server::{Plant, Server, Surroundings};
use turmoil::Sim;
use turmoil::net::{TcpListener, TcpStream};

const PORT: u16 = 5556;

struct Simulated(TcpListener);

impl Listen for Simulated {
    type Stream = TcpStream;
    async fn accept(&mut self) -> io::Result<(TcpStream, IpAddr)> {
        let (stream, from) = self.0.accept().await?;
        Ok((stream, from.ip()))
    }
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

struct SimulatedClock;

impl Clock for SimulatedClock {
    fn now_ms(&self) -> i64 {
        turmoil::since_epoch().map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

fn settings(folder: &Path) -> Settings {
    let mut settings = Settings::in_folder(folder);
    settings.host = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    settings.port = PORT;
    settings.max_users = 8;
    // Nobody floods here, and coming back after many faults must not look like it.
    settings.limits.per_source_per_minute = 10_000;
    settings.limits.per_source_at_once = 256;
    // Slow, so that texts wait on both sides of a cut.
    settings.limits.changes_per_second = 3;
    settings.limits.changes_burst = 6;
    settings
}

pub(crate) fn host(sim: &mut Sim<'_>, folder: &Path, seed: u64) {
    let folder = folder.join("server");
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let identity = Identity::throwaway();
    sim.host("server", move || {
        let (folder, identity) = (folder.clone(), identity.clone());
        async move {
            let listener = Simulated(TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?);
            let surroundings =
                Surroundings { clock: Arc::new(SimulatedClock), seed, simulated: true, plant: plant() };
            let server = Server::on(listener, settings(&folder), identity, surroundings)?;
            server.run(std::future::pending()).await;
            Ok(())
        }
    });
}

/// A fault to be found, named by `SNUG_PLANT` in builds with the server's feature `plant`.
fn plant() -> Plant {
    #[cfg(feature = "plant")]
    if let Ok(name) = std::env::var("SNUG_PLANT") {
        return match name.as_str() {
            "publish-before-commit" => Plant::PublishBeforeCommit,
            "no-mark" => Plant::NoMark,
            "no-fence" => Plant::NoFence,
            "skip-cursor" => Plant::SkipCursor,
            "stream-after-removal" => Plant::StreamAfterRemoval,
            "full-reorders" => Plant::FullReorders,
            other => panic!("no plant is called {other}"),
        };
    }
    Plant::Nothing
}
