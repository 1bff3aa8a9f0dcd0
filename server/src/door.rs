//! What new connections see of the server's identity, which may change while the server runs.

use std::convert::Infallible;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use snug_proto::refusal::Why;
use tokio::signal::unix::Signal;

use crate::certs;
use crate::config::Settings;
use crate::tls::Identity;
use crate::{Shared, when_to_come_back};

/// The identity of this moment. A connection takes it once, so that a login tells the successor of the very key it
/// runs on.
pub(crate) struct Shown(RwLock<Arc<Identity>>);

impl Shown {
    pub(crate) fn new(identity: Identity) -> Self {
        Self(RwLock::new(Arc::new(identity)))
    }

    pub(crate) fn now(&self) -> Arc<Identity> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, identity: Identity) -> Arc<Identity> {
        let mut shown = self.0.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *shown, Arc::new(identity))
    }
}

/// Changes what a running server shows. It keeps no server alive.
#[derive(Clone)]
pub struct Door(Weak<Shared>);

impl Door {
    pub(crate) fn of(shared: &Arc<Shared>) -> Self {
        Self(Arc::downgrade(shared))
    }

    /// From here on new connections see this identity. Other certificates for the same keys disturb nobody; with
    /// another key or successor everybody is asked to come back, since only a login tells what will follow.
    pub fn show(&self, identity: Identity) {
        let Some(shared) = self.0.upgrade() else { return };
        let keys = (identity.fingerprint, identity.successor);
        let before = shared.shown.replace(identity);
        if keys != (before.fingerprint, before.successor) {
            shared.store.shows(keys.0);
            shared.hub.send_home(Why::ShuttingDown, when_to_come_back(&shared));
        }
    }
}

/// Reads keys and certificates again whenever it is asked to. What is not good is told, and the old ones stay.
pub async fn reload(mut asked: Signal, settings: Settings, door: Door) -> Infallible {
    while asked.recv().await.is_some() {
        let settings = settings.clone();
        match tokio::task::spawn_blocking(move || read(&settings)).await {
            Ok(Ok(identity)) => {
                door.show(identity);
                tracing::info!("keys and certificates were read again");
            }
            Ok(Err(why)) => tracing::error!("Keys and certificates stay as they were. {why}"),
            Err(error) => tracing::error!(%error, "keys and certificates stay as they were"),
        }
    }
    std::future::pending().await
}

fn read(settings: &Settings) -> anyhow::Result<Identity> {
    let keys = certs::load(settings)?;
    Ok(Identity::new(keys.certificate, keys.key, keys.successor)?)
}
