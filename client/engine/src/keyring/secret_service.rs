//! The keyring of Linux desktops, by freedesktop.org's Secret Service over D-Bus.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use secret_service::blocking::{Collection, Item, SecretService};
use secret_service::{EncryptionType, Error};
use zeroize::Zeroizing;

use super::{Closed, Keyring, Secret};

/// How long it may take. A service that is not there is started by the bus; one that asks somebody something waits for
/// them, and whoever opens Snug does not wait for that.
const PATIENCE: Duration = Duration::from_secs(4);
/// Beside the name: nothing else of Snug's lies in keyrings.
const APPLICATION: (&str, &str) = ("application", "snug");

/// The Secret Service.
#[derive(Debug, Default)]
pub(super) struct SecretServiceKeyring {
    /// A call did not come back in time. Until it does there is no other, so that they do not pile up.
    stuck: Arc<AtomicBool>,
}

impl SecretServiceKeyring {
    /// Works with the keyring in a thread of its own, for a bounded time.
    fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Collection<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Closed> {
        if self.stuck.swap(true, Ordering::SeqCst) {
            return Err(Closed::Absent);
        }
        let (answer, answered) = mpsc::sync_channel(1);
        let stuck = Freed(self.stuck.clone());
        let call = move || {
            let done = open(work);
            drop(stuck);
            let _ = answer.send(done);
        };
        // A thread that cannot be made drops what it was to do, and what it held with it.
        if thread::Builder::new().name("keyring".into()).spawn(call).is_err() {
            return Err(Closed::Absent);
        }
        let done = answered.recv_timeout(PATIENCE).map_err(|_| Closed::Absent)?;
        done.map_err(|error| match error {
            Error::Locked | Error::Prompt | Error::PromptDisconnected => Closed::Locked,
            _ => Closed::Absent,
        })
    }
}

/// Whoever holds it makes others wait.
struct Freed(Arc<AtomicBool>);

impl Drop for Freed {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// Works with the keyring that everything goes to. A locked one is left alone: using it would ask somebody to open it.
fn open<T>(work: impl FnOnce(&Collection<'_>) -> Result<T, Error>) -> Result<T, Error> {
    // The bus is nobody's secret channel: what travels over it is encrypted.
    let service = SecretService::connect(EncryptionType::Dh)?;
    let collection = service.get_default_collection()?;
    if collection.is_locked()? {
        return Err(Error::Locked);
    }
    work(&collection)
}

fn named(name: &str) -> HashMap<&str, &str> {
    HashMap::from([APPLICATION, ("device", name)])
}

fn items<'a>(collection: &'a Collection<'a>, name: &str) -> Result<Vec<Item<'a>>, Error> {
    collection.search_items(named(name))
}

impl Keyring for SecretServiceKeyring {
    fn put(&self, name: &str, secret: &[u8]) -> Result<(), Closed> {
        let (name, secret) = (name.to_owned(), Zeroizing::new(secret.to_vec()));
        self.with(move |collection| {
            let label = "Snug: the key of this device";
            let attributes = named(&name);
            collection.create_item(label, attributes, &secret, true, "application/octet-stream")?;
            Ok(())
        })
    }

    fn get(&self, name: &str) -> Result<Option<Secret>, Closed> {
        let name = name.to_owned();
        self.with(move |collection| match items(collection, &name)?.first() {
            Some(item) => item.get_secret().map(|secret| Some(Zeroizing::new(secret))),
            None => Ok(None),
        })
    }

    fn remove(&self, name: &str) -> Result<(), Closed> {
        let name = name.to_owned();
        self.with(move |collection| {
            for item in items(collection, &name)? {
                item.delete()?;
            }
            Ok(())
        })
    }
}
