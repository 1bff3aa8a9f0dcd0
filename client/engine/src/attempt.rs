//! One try to get in: dial, check the key, say hello, prove who one is. It runs in its own task and answers once.

use std::time::Duration;

use snug_proto::code::Code;
use snug_proto::hello::{Registration, Welcome};
use snug_proto::id::DeviceId;
use snug_proto::login::{EXPORTER_LEN, KeptDevice, LoggedIn, Purpose};
use snug_proto::talk::DeviceInfo;
use snug_proto::{Address, Fingerprint, Username};

use crate::command::Password;
use crate::device::DeviceKey;
use crate::dial::{self, ConnectError, Greeted, Lane, Wire};
use crate::environment::Environment;
use crate::event::Problem;
use crate::login::code::{self, Opened};
use crate::login::{self, Entrance, Terms};

/// What to try.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) address: Address,
    /// The keys that may answer.
    pub(crate) keys: Vec<Fingerprint>,
    pub(crate) client: String,
    /// A code to prove first: it proves the server as well, and what follows uses it.
    pub(crate) code: Option<ByCode>,
    pub(crate) how: How,
}

/// A code on its way in.
#[derive(Debug)]
pub(crate) struct ByCode {
    pub(crate) code: Code,
    /// Whether the server's key is trusted without it.
    pub(crate) server_is_trusted: bool,
}

/// How to get in.
#[derive(Debug)]
pub(crate) enum How {
    /// Make an account and its first device.
    Register { name: Username, password: Password },
    /// Log in by password and add this computer as a device.
    LogIn { name: Username, password: Password, server_is_trusted: bool, replace: Option<DeviceId> },
    /// Only show that the password is right, and with it the server: nothing but this runs on the connection.
    Prove { name: Username, password: Password, server_is_trusted: bool, server_key: Option<Vec<u8>> },
    /// Log this computer in.
    Device(DeviceKey),
}

impl How {
    /// What was typed.
    fn typed(&self) -> Option<(&Username, &Password)> {
        match self {
            Self::Register { name, password }
            | Self::LogIn { name, password, .. }
            | Self::Prove { name, password, .. } => Some((name, password)),
            Self::Device(_) => None,
        }
    }
}

/// Whether a code belongs to the account whose name was typed: a record is one account's.
fn is_for(account: Option<Username>, name: &Username) -> Result<(), Problem> {
    let account = account.map(String::from).unwrap_or_default();
    let same = account.to_lowercase() == name.as_str().to_lowercase();
    if same { Ok(()) } else { Err(Problem::CodeForAnother(account)) }
}

/// Whether a code sets another password, which makes this computer a new device.
fn resets(opened: Option<&Opened>) -> bool {
    matches!(opened, Some(Opened::Good { purpose: Purpose::RESET | Purpose::RECOVER, .. }))
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
    /// The account has as many devices as it may; this one was not here for longest.
    TooManyDevices(Box<DeviceInfo>),
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
    /// What only the two ends of this connection know.
    pub(crate) exporter: [u8; EXPORTER_LEN],
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
        let opened = match self.prove_code(environment, &mut greeted).await {
            Ok(opened) => opened,
            Err(entrance) => return self.came(greeted, entrance, None, None),
        };
        let fresh = match &self.how {
            How::Register { .. } | How::LogIn { .. } => DeviceKey::generate().ok(),
            How::Prove { .. } if resets(opened.as_ref()) => DeviceKey::generate().ok(),
            How::Prove { .. } => None,
            How::Device(device) => Some(device.clone()),
        };
        let (entrance, server_key) = match (self.by_code(environment, &mut greeted, opened, &fresh)).await {
            Ok(done) => done,
            Err(ended) => {
                let (entrance, server_key) = self.by_password(environment, &mut greeted, &fresh).await;
                // Where the password was not the way in either, it was the code that should have been.
                match (entrance, ended) {
                    (Entrance::Refused { problem: Problem::WrongNameOrPassword, .. }, Some(problem)) => {
                        (Entrance::refused(problem), None)
                    }
                    (entrance, _) => (entrance, server_key),
                }
            }
        };
        self.came(greeted, entrance, fresh, server_key)
    }

    async fn prove_code(
        &self,
        environment: &Environment,
        greeted: &mut Greeted,
    ) -> Result<Option<Opened>, Entrance> {
        let Some(ByCode { code, server_is_trusted }) = &self.code else { return Ok(None) };
        code::prove(environment, greeted, code, *server_is_trusted).await.map(Some)
    }

    /// What the code itself lets in. Otherwise (`Err`) the password has to, and the code's end, if it has one, comes
    /// along.
    async fn by_code(
        &self,
        environment: &Environment,
        greeted: &mut Greeted,
        opened: Option<Opened>,
        fresh: &Option<DeviceKey>,
    ) -> Result<(Entrance, Option<Vec<u8>>), Option<Problem>> {
        let is_open = greeted.welcome.registration == Registration::Open;
        let refused = |problem| Ok((Entrance::refused(problem), None));
        match (opened, &self.how, fresh) {
            (None, ..) => Err(None),
            // Whoever can register without a code is not kept out by one.
            (Some(Opened::Ended(problem)), How::Register { .. }, _) if !is_open => refused(problem),
            (Some(Opened::Ended(problem)), ..) => Err(Some(problem)),
            (
                Some(Opened::Good { purpose: Purpose::RESET | Purpose::RECOVER, account }),
                how,
                Some(device),
            ) => {
                let Some((name, password)) = how.typed() else { return Err(None) };
                if let Err(problem) =
                    is_for(account, name).and_then(|()| login::check_strength(name.as_str(), password))
                {
                    return refused(problem);
                }
                Ok(code::reset(environment, greeted, password, device).await)
            }
            (
                Some(Opened::Good { purpose: Purpose::ADD_DEVICE, account }),
                How::LogIn { name, .. },
                Some(device),
            ) => match is_for(account, name) {
                Ok(()) => Ok((code::add_device(environment, greeted, device).await, None)),
                Err(problem) => refused(problem),
            },
            (Some(Opened::Good { purpose: Purpose::ADD_DEVICE, .. }), How::Register { .. }, _) => {
                refused(Problem::CodeNotForThis)
            }
            (Some(Opened::Good { .. }), ..) => Err(None),
        }
    }

    async fn by_password(
        &self,
        environment: &Environment,
        greeted: &mut Greeted,
        fresh: &Option<DeviceKey>,
    ) -> (Entrance, Option<Vec<u8>>) {
        match (&self.how, fresh) {
            (How::Register { name, password }, Some(device)) => {
                login::register(environment, greeted, name, password, device).await
            }
            (How::LogIn { name, password, server_is_trusted, replace }, Some(_)) => {
                let terms = Terms {
                    device: fresh.as_ref(),
                    replace: *replace,
                    server_is_trusted: *server_is_trusted,
                    server_key: None,
                };
                login::log_in(environment, greeted, name, password, terms).await
            }
            (How::Prove { name, password, server_is_trusted, server_key }, _) => {
                let terms = Terms {
                    device: None,
                    replace: None,
                    server_is_trusted: *server_is_trusted,
                    server_key: server_key.as_deref(),
                };
                login::log_in(environment, greeted, name, password, terms).await
            }
            (How::Device(device), _) => (login::device_login(environment, greeted, device).await, None),
            (How::Register { .. } | How::LogIn { .. }, None) => {
                (Entrance::refused(Problem::Local("make a key for this device.".into())), None)
            }
        }
    }

    fn came(
        self,
        greeted: Greeted,
        entrance: Entrance,
        fresh: Option<DeviceKey>,
        server_key: Option<Vec<u8>>,
    ) -> Came {
        let Greeted { wire, welcome, key, exporter } = greeted;
        match (entrance, fresh) {
            (Entrance::In(logged_in), Some(device)) => {
                let device = device.known_as(logged_in.device);
                Came::In(Box::new(In { wire, welcome, logged_in, key, device, server_key, exporter }))
            }
            (Entrance::Proven, _) => Came::Proven { key },
            (Entrance::Full { max, wait, kept }, device) => {
                let kept = kept.zip(device).map(|(kept, device)| (kept, device.known_as(kept.device)));
                Came::Full(Box::new(NoSeat { max, wait, welcome, key, kept, server_key }))
            }
            (Entrance::TooManyDevices(oldest), _) => Came::TooManyDevices(oldest),
            (Entrance::DeviceForgotten, _) => Came::DeviceForgotten,
            (Entrance::Refused { problem, wait }, _) => Came::Failed { problem, wait },
            (Entrance::In(_), None) => Came::Failed { problem: Problem::NotSnug(self.address), wait: None },
        }
    }
}
