//! Login: who may sit down. Everything here happens before the first [`Request`](crate::talk::Request).
//!
//! A password logs in with OPAQUE (RFC 9807: ristretto255, SHA-512, argon2id on the client as the stretching
//! function) and never leaves the client. A device that is known logs in with a signature. Both are bound to *this*
//! TLS connection by its exporter (RFC 9266), so neither can be relayed.

use serde::{Deserialize, Serialize};

use crate::bounded::{Bytes, List, Text};
use crate::code::CodeName;
use crate::id::{AccountId, DeviceId, Number};
use crate::limits::{LABEL_BYTES_MAX, OUTCOMES_MAX};
use crate::name::Username;
use crate::refusal::{Goodbye, Refusal};
use crate::talk::DeviceInfo;

/// The exporter's label (RFC 9266 §2: `tls-exporter`); its context is empty and its length 32 bytes.
pub const EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";
/// Bytes of the TLS exporter.
pub const EXPORTER_LEN: usize = 32;

/// How a password is stretched on the client. Only the number travels and is stored; the costs are compiled in, so
/// a hostile server can neither weaken them nor ask for more memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch(pub u8);

impl Stretch {
    /// argon2id, 64 MiB, 3 passes, 4 lanes: the second recommendation of RFC 9106 §4.
    pub const ARGON2ID_64M: Stretch = Stretch(1);
}

/// A key or message of OPAQUE or Ed25519.
pub type Blob<const MAX: usize> = Bytes<MAX>;

/// What a client may say before it is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoginRequest {
    /// Asks for an account; answered by [`LoginReply::RegisterChallenge`].
    RegisterStart {
        /// The name asked for.
        name: Username,
        /// OPAQUE `RegistrationRequest`, 32 bytes.
        request: Blob<32>,
    },
    /// Makes the account and its first device; answered by [`LoginReply::LoggedIn`].
    RegisterFinish {
        /// OPAQUE `RegistrationRecord`, 192 bytes.
        upload: Blob<192>,
        /// How the password was stretched.
        stretch: Stretch,
        /// The first device.
        device: NewDevice,
    },
    /// Starts a login by password; answered by [`LoginReply::LoginChallenge`], also for names nobody has.
    LoginStart {
        /// Whose account.
        name: Username,
        /// OPAQUE `KE1`, 96 bytes.
        ke1: Blob<96>,
    },
    /// Finishes it; answered by [`LoginReply::LoggedIn`], or [`LoginReply::Proven`] without a device.
    LoginFinish {
        /// OPAQUE `KE3`, 64 bytes.
        ke3: Blob<64>,
        /// The device to add; `None` only proves, and the device that this client has logs in next.
        device: Option<NewDevice>,
        /// A device of the account that is forgotten for it.
        replace: Option<DeviceId>,
    },
    /// Logs a known device in; answered by [`LoginReply::LoggedIn`].
    DeviceLogin {
        /// Which device.
        device: DeviceId,
        /// Ed25519 over [`device_statement`], 64 bytes.
        signature: Blob<64>,
    },
    /// Starts the proof of a code; answered by [`LoginReply::LoginChallenge`], also for codes that do not exist.
    CodeStart {
        /// Which code.
        code: CodeName,
        /// OPAQUE `KE1`, 96 bytes.
        ke1: Blob<96>,
    },
    /// Finishes it; answered by [`LoginReply::CodeProven`]. What follows on this connection uses the code: a
    /// registration, a login by password, a reset, a new device.
    CodeFinish {
        /// OPAQUE `KE3`, 64 bytes.
        ke3: Blob<64>,
    },
    /// Asks for another password of the account that the proven code belongs to; answered by
    /// [`LoginReply::RegisterChallenge`].
    ResetStart {
        /// OPAQUE `RegistrationRequest`, 32 bytes.
        request: Blob<32>,
    },
    /// Sets it. The account's devices are forgotten and this one is added; answered by [`LoginReply::LoggedIn`].
    ResetFinish {
        /// OPAQUE `RegistrationRecord`, 192 bytes.
        upload: Blob<192>,
        /// How the password was stretched.
        stretch: Stretch,
        /// The account's one device from now on.
        device: NewDevice,
    },
    /// Adds a device to the account that the proven code belongs to; answered by [`LoginReply::LoggedIn`].
    AddDevice {
        /// The device.
        device: NewDevice,
    },
}

/// What a code is for. A number, since it is stored as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Purpose(pub u8);

impl Purpose {
    /// To make an account.
    pub const REGISTER: Purpose = Purpose(1);
    /// To set another password, as the administrator allowed.
    pub const RESET: Purpose = Purpose(2);
    /// To set another password, with a code that was written down at registration.
    pub const RECOVER: Purpose = Purpose(3);
    /// To log in one more device without the password.
    pub const ADD_DEVICE: Purpose = Purpose(4);
    /// To become the owner of a server that has none: as a new account, or as one that logs in.
    pub const OWN: Purpose = Purpose(5);
}

/// A device about to be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDevice {
    /// Ed25519 public key, 32 bytes.
    pub key: Blob<32>,
    /// The system it runs on, for people: "Linux", "Windows", "macOS".
    pub system: Text<LABEL_BYTES_MAX>,
}

/// What a server may say before somebody is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoginReply {
    /// The answer to `RegisterStart`.
    RegisterChallenge {
        /// OPAQUE `RegistrationResponse`, 64 bytes.
        response: Blob<64>,
    },
    /// The answer to `LoginStart`.
    LoginChallenge {
        /// OPAQUE `KE2`, 320 bytes.
        ke2: Blob<320>,
        /// How the password was stretched when it was set.
        stretch: Stretch,
    },
    /// The password was right and no device was added.
    Proven,
    /// Logged in: from here on the connection carries requests.
    LoggedIn(LoggedIn),
    /// Not logged in. After `WrongNameOrPassword` and its like another try may follow on this connection.
    Refused {
        /// Why.
        refusal: Refusal,
        /// The device that was kept although no seat is free: the next try is a `DeviceLogin`.
        kept: Option<KeptDevice>,
    },
    /// The connection ends.
    Goodbye(Goodbye),
    /// The code is right, and good for what follows on this connection.
    CodeProven {
        /// What for.
        purpose: Purpose,
        /// Whose account it belongs to; nobody's where it makes one.
        account: Option<Username>,
    },
    /// The password was right, and the account has as many devices as it may: log in again and name one to replace.
    TooManyDevices {
        /// The one that was not here for longest.
        oldest: DeviceInfo,
    },
}

/// Who a device is on this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptDevice {
    /// The account it belongs to.
    pub account: AccountId,
    /// Its id.
    pub device: DeviceId,
}

/// What a session starts with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedIn {
    /// Whose session.
    pub account: AccountId,
    /// The name, as it was registered.
    pub name: Username,
    /// Which device.
    pub device: DeviceId,
    /// The last of this device's numbers that is settled.
    pub mark: Number,
    /// How the last numbers up to the mark ended, oldest first; the last one belongs to the mark.
    pub outcomes: List<Outcome, OUTCOMES_MAX>,
    /// Fingerprint of the key that will follow the one in use.
    pub successor: Option<[u8; 32]>,
}

/// How a number was settled: [`Outcome::DONE`], or the code of the refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Outcome(pub u8);

impl Outcome {
    /// Done, and on disk.
    pub const DONE: Outcome = Outcome(0);
}

/// OPAQUE's `context` (RFC 9807 §6): not sent, both ends compute it. This is the channel binding of a login.
pub fn opaque_context(name: &Username, exporter: &[u8; EXPORTER_LEN]) -> Vec<u8> {
    [b"snug opaque 1\0".as_slice(), exporter, name.as_str().as_bytes()].concat()
}

/// OPAQUE's `context` for a code, as [`opaque_context`] is for a password.
pub fn code_context(code: CodeName, exporter: &[u8; EXPORTER_LEN]) -> Vec<u8> {
    [b"snug code 1\0".as_slice(), exporter, code.to_string().as_bytes()].concat()
}

/// What a device signs to log in: good on one connection only.
pub fn device_statement(device: DeviceId, exporter: &[u8; EXPORTER_LEN]) -> Vec<u8> {
    [b"snug device 1".as_slice(), &device.0.to_le_bytes(), exporter].concat()
}
