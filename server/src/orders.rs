//! An administrator's orders, and who carries them out: the running server, or, where it stands, the subcommand itself
//! on the same database.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use snug_proto::refusal::Cause;
use snug_proto::{Address, Fingerprint};

mod bans;
mod codes;
mod people;
mod settings;
mod words;

pub use bans::Ban;
pub use codes::{Anew, Listed, links};
pub use people::{Device, Resident, Storage};
pub use settings::{SettingLine, in_force};

use crate::admin_socket;
use crate::blobs::Blobs;
use crate::clock::{Clock, SystemClock};
use crate::codes::Codes;
use crate::config::Settings;
use crate::door::Shown;
use crate::error::StartError;
use crate::hub::Hub;
use crate::offload::Offload;
use crate::store::{self, Drive, NewRooms, Plant, Store};

/// What an administrator wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Order {
    /// An invite.
    Invite {
        /// How many people it lets in.
        uses: u16,
        /// How long it is good, in seconds.
        life: u64,
        /// What people dial; what the server knows where nothing is said.
        address: Option<String>,
        /// The name of a room that comes with it.
        room: Option<String>,
        /// What its users may do there: member, moderator or owner.
        role: Option<String>,
    },
    /// A code that sets another password for somebody.
    Reset {
        /// Whose.
        name: String,
        /// What people dial.
        address: Option<String>,
    },
    /// Every open code.
    Invites,
    /// Another link in the place of every open one, because those name a key that is not in use any more.
    Anew {
        /// What people dial.
        address: Option<String>,
    },
    /// Takes a code back.
    Uninvite {
        /// Its first four characters.
        code: String,
    },
    /// Everybody with an account.
    People,
    /// How many there are, and how much space they take.
    Storage,
    /// Somebody's devices.
    Devices {
        /// Whose.
        name: String,
    },
    /// Ends what somebody has open, until they press connect.
    Kick {
        /// Whom.
        name: String,
    },
    /// Says what somebody may do on the whole server.
    Promote {
        /// Who.
        name: String,
        /// Member, moderator or owner.
        role: String,
    },
    /// Keeps somebody out.
    Ban {
        /// Whom or what.
        whom: Whom,
        /// For how long, in seconds; for good where nothing is said.
        life: Option<u64>,
    },
    /// Every ban that holds.
    Bans,
    /// Lifts a ban.
    Unban {
        /// Its number.
        ban: u32,
    },
    /// What can be set while the server runs, and what holds.
    Settings {
        /// Only this one.
        name: Option<String>,
    },
    /// Sets what wins over the configuration from now on.
    Set {
        /// What the configuration calls it.
        name: String,
        /// As the configuration has it.
        value: String,
    },
    /// Goes back to what the configuration says.
    Unset {
        /// What the configuration calls it.
        name: String,
    },
}

/// Whom or what a ban keeps out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whom {
    /// Somebody, on every device.
    Person(String),
    /// One device of somebody.
    Device {
        /// Whose.
        name: String,
        /// Which one, as a list of devices has it.
        device: String,
    },
    /// The networks from which somebody is connected now.
    NetworksOf(String),
    /// A network: an IPv4 address, or an IPv6 address for its /64.
    Network(String),
}

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// A code was made. It stands nowhere else.
    Code {
        /// The link.
        link: String,
        /// What can be dictated: the address and the code. Nothing where several people may use it.
        dictated: Option<String>,
        /// How many people it lets in.
        uses: u16,
        /// How long it is good, in seconds.
        life: Option<u64>,
        /// Whether the address works only in this network.
        only_at_home: bool,
    },
    /// Open codes.
    Codes {
        /// The codes, oldest first.
        codes: Vec<Listed>,
    },
    /// Links were made in the place of others, which do nothing any more.
    Anew {
        /// The links, those of the oldest codes first.
        links: Vec<Anew>,
    },
    /// Everybody with an account.
    People {
        /// In the order in which they came.
        people: Vec<Resident>,
    },
    /// How many there are, and how much space they take.
    Storage(Storage),
    /// Somebody's devices.
    Devices {
        /// In the order in which they were added.
        devices: Vec<Device>,
    },
    /// Bans that hold.
    Bans {
        /// Oldest first.
        bans: Vec<Ban>,
    },
    /// Settings that can be changed while the server runs.
    Settings {
        /// Each with what holds.
        settings: Vec<SettingLine>,
    },
    /// Done.
    Done,
    /// Not done.
    Refused {
        /// Why, as a sentence.
        why: String,
    },
}

/// Carries orders out.
pub(crate) struct Office {
    pub(crate) store: Store,
    pub(crate) hub: Arc<Hub>,
    pub(crate) blobs: Arc<Blobs>,
    pub(crate) codes: Codes,
    pub(crate) clock: Arc<dyn Clock>,
    /// What the configuration says.
    pub(crate) settings: Settings,
    /// What people dial.
    pub(crate) address: Address,
    pub(crate) key: Key,
}

/// Where links take the server's key from.
pub(crate) enum Key {
    /// What a running server shows, which may change while it runs.
    Shown(Arc<Shown>),
    /// What a standing one will show.
    Kept(Fingerprint),
}

/// Gives an order to the server that runs on this data folder, or carries it out where none does.
///
/// # Errors
/// A sentence that says what to do.
pub async fn give(settings: &Settings, fingerprint: Fingerprint, order: Order) -> Result<Answer, StartError> {
    let folder = |error| StartError::Folder { path: settings.data.clone(), error };
    if let Some(answer) = admin_socket::ask(&settings.data, &order).await.map_err(folder)? {
        return Ok(answer);
    }
    if !store::exists(&settings.data)? {
        let why = "There is no database yet. Start the server once, then give this order again.".into();
        return Ok(Answer::Refused { why });
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (found, opaque) = crate::open_data(settings, clock.now_ms())?;
    let hub = Arc::new(Hub::new(found.in_force.clone(), found.known.clone(), Plant::Nothing));
    let offload = Offload::threads(store::READERS);
    let blobs =
        Blobs::open(&settings.data, settings.limits.disk_free_min, offload.clone()).map_err(folder)?;
    let new_rooms = NewRooms::of(&settings.limits);
    let (store, writer) =
        Store::start(found, hub.clone(), clock.clone(), offload, Drive::Thread, new_rooms, Plant::Nothing);
    let office = Office {
        codes: Codes::new(store.clone(), opaque, clock.clone(), false),
        store,
        hub,
        blobs: Arc::new(blobs),
        clock,
        settings: settings.clone(),
        address: settings.dialled_at(settings.port),
        key: Key::Kept(fingerprint),
    };
    let answer = office.carry_out(order).await;
    drop(office);
    writer.wait().await;
    Ok(answer)
}

/// Why an order was not carried out.
enum Refused {
    Cause(Cause),
    Sentence(String),
}
impl From<Cause> for Refused {
    fn from(cause: Cause) -> Self {
        Self::Cause(cause)
    }
}
impl From<&str> for Refused {
    fn from(sentence: &str) -> Self {
        Self::Sentence(sentence.to_owned())
    }
}

impl Office {
    pub(crate) async fn carry_out(&self, order: Order) -> Answer {
        let done = match order {
            Order::Invite { uses, life, address, room, role } => {
                self.invite(uses, life, address, room, role).await
            }
            Order::Reset { name, address } => self.reset(&name, address).await,
            Order::Invites => self.list().await,
            Order::Anew { address } => self.anew(address).await,
            Order::Uninvite { code } => self.uninvite(&code).await,
            Order::People => self.people().await,
            Order::Storage => self.storage().await,
            Order::Devices { name } => self.devices(&name).await,
            Order::Kick { name } => self.kick(&name).await,
            Order::Promote { name, role } => self.promote(&name, &role).await,
            Order::Ban { whom, life } => self.ban(whom, life).await,
            Order::Bans => self.bans().await,
            Order::Unban { ban } => self.unban(ban).await,
            Order::Settings { name } => self.settings(name.as_deref()).await,
            Order::Set { name, value } => self.set(&name, &value).await,
            Order::Unset { name } => self.unset(&name).await,
        };
        done.unwrap_or_else(|refused| Answer::Refused {
            why: match refused {
                Refused::Cause(cause) => cause.to_string(),
                Refused::Sentence(why) => why,
            },
        })
    }

    /// Whether there is no server that somebody could be connected to.
    fn stands(&self) -> bool {
        matches!(self.key, Key::Kept(_))
    }

    fn fingerprint(&self) -> Fingerprint {
        match &self.key {
            Key::Shown(shown) => shown.now().fingerprint,
            Key::Kept(fingerprint) => *fingerprint,
        }
    }

    /// What people dial: what was said, or else what the server knows.
    fn dialled(&self, address: Option<String>) -> Result<Address, Refused> {
        match address {
            None => Ok(self.address.clone()),
            Some(typed) => Address::parse(&typed).map_err(|bad| Refused::Sentence(bad.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_one_line() {
        let order = Order::Uninvite { code: "7K3M".into() };
        let line = serde_json::to_string(&order).unwrap();
        assert_eq!(line, r#"{"order":"uninvite","code":"7K3M"}"#);
        assert_eq!(serde_json::from_str::<Order>(&line).unwrap(), order);
    }
}
