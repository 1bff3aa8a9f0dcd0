//! One try to get in: dial, check the key, say hello, prove who one is. It runs in its own task and answers once.

use std::time::Duration;

use snug_proto::hello::Welcome;
use snug_proto::login::{KeptDevice, LoggedIn};
use snug_proto::{Address, Fingerprint, Username};

use crate::command::Password;
use crate::device::DeviceKey;
use crate::dial::{self, ConnectError, Lane, Wire};
use crate::environment::Environment;
use crate::event::Problem;
use crate::login::{self, Entrance, Terms};

/// What to try.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) address: Address,
    /// The keys that may answer.
    pub(crate) keys: Vec<Fingerprint>,
    pub(crate) client: String,
    pub(crate) how: How,
}

/// How to get in.
#[derive(Debug)]
pub(crate) enum How {
    /// Make an account and its first device.
    Register { name: Username, password: Password },
    /// Log in by password and add this computer as a device.
    LogIn { name: Username, password: Password, server_is_trusted: bool },
    /// Only show that the password is right, and with it the server: nothing but this runs on the connection.
    Prove { name: Username, password: Password, server_is_trusted: bool, server_key: Option<Vec<u8>> },
    /// Log this computer in.
    Device(DeviceKey),
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Came {
    /// Logged in.
    In(Box<In>),
    /// The password proved this key.
    Proven { key: Fingerprint },
    /// SERVER_FULL.
    Full(Box<NoSeat>),
    /// Another key; nothing was said.
    KeyChanged(Fingerprint),
    /// The server does not know this device.
    DeviceForgotten,
    /// Anything else.
    Failed { problem: Problem, wait: Option<Duration> },
}

/// A session.
#[derive(Debug)]
pub(crate) struct In {
    pub(crate) wire: Wire,
    pub(crate) welcome: Welcome,
    pub(crate) logged_in: LoggedIn,
    pub(crate) key: Fingerprint,
    pub(crate) device: DeviceKey,
    /// The server's OPAQUE key, where a password was used.
    pub(crate) server_key: Option<Vec<u8>>,
}

/// Everything that is known when no seat was free.
#[derive(Debug)]
pub(crate) struct NoSeat {
    pub(crate) max: u32,
    pub(crate) wait: Option<Duration>,
    pub(crate) welcome: Welcome,
    pub(crate) key: Fingerprint,
    /// The device that the server kept, with its key.
    pub(crate) kept: Option<(KeptDevice, DeviceKey)>,
    pub(crate) server_key: Option<Vec<u8>>,
}

impl Attempt {
    pub(crate) async fn run(self, environment: &Environment) -> Came {
        let connected = dial::connect(environment, &self.address, Lane::Talk, &self.keys, &self.client).await;
        let mut greeted = match connected {
            Ok(greeted) => greeted,
            Err(ConnectError::KeyChanged(shown)) => return Came::KeyChanged(shown),
            Err(ConnectError::Problem(problem)) => return Came::Failed { problem, wait: None },
        };
        let fresh = match &self.how {
            How::Register { .. } | How::LogIn { .. } => DeviceKey::generate().ok(),
            How::Prove { .. } => None,
            How::Device(device) => Some(device.clone()),
        };
        let (entrance, server_key) = match (&self.how, &fresh) {
            (How::Register { name, password }, Some(device)) => {
                login::register(environment, &mut greeted, name, password, device).await
            }
            (How::LogIn { name, password, server_is_trusted }, Some(_)) => {
                let terms =
                    Terms { device: fresh.as_ref(), server_is_trusted: *server_is_trusted, server_key: None };
                login::log_in(environment, &mut greeted, name, password, terms).await
            }
            (How::Prove { name, password, server_is_trusted, server_key }, _) => {
                let terms = Terms {
                    device: None,
                    server_is_trusted: *server_is_trusted,
                    server_key: server_key.as_deref(),
                };
                login::log_in(environment, &mut greeted, name, password, terms).await
            }
            (How::Device(device), _) => (login::device_login(environment, &mut greeted, device).await, None),
            (How::Register { .. } | How::LogIn { .. }, None) => {
                let problem = Problem::Local("make a key for this device.".into());
                return Came::Failed { problem, wait: None };
            }
        };
        let (key, welcome) = (greeted.key, greeted.welcome);
        match (entrance, fresh) {
            (Entrance::In(logged_in), Some(device)) => {
                let device = device.known_as(logged_in.device);
                Came::In(Box::new(In { wire: greeted.wire, welcome, logged_in, key, device, server_key }))
            }
            (Entrance::Proven, _) => Came::Proven { key },
            (Entrance::Full { max, wait, kept }, device) => {
                let kept = kept.zip(device).map(|(kept, device)| (kept, device.known_as(kept.device)));
                Came::Full(Box::new(NoSeat { max, wait, welcome, key, kept, server_key }))
            }
            (Entrance::DeviceForgotten, _) => Came::DeviceForgotten,
            (Entrance::Refused { problem, wait }, _) => Came::Failed { problem, wait },
            (Entrance::In(_), None) => Came::Failed { problem: Problem::NotSnug(self.address), wait: None },
        }
    }
}
