//! Login by password (OPAQUE) and by device (signature), and registration. The password never leaves this process.

use generic_array::{ArrayLength, GenericArray};
use opaque_ke::errors::InternalError;
use opaque_ke::ksf::Ksf;
use opaque_ke::rand::rngs::OsRng;
use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, CredentialResponse, Identifiers, RegistrationResponse, Ristretto255,
    TripleDh,
};
use snug_proto::Username;
use snug_proto::bounded::{Bytes, Text};
use snug_proto::id::DeviceId;
use snug_proto::limits::FRAME_LOGIN_MAX;
use snug_proto::login::{
    KeptDevice, LoggedIn, LoginReply, LoginRequest, NewDevice, Stretch, device_statement, opaque_context,
};
use snug_proto::refusal::{Cause, Refusal, Why};
use snug_proto::talk::DeviceInfo;
use std::time::Duration;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::command::Password;
use crate::device::DeviceKey;
use crate::dial::{Greeted, Wire, WireError};
use crate::environment::Environment;
use crate::event::Problem;

pub mod code;
pub(crate) mod proof;

/// A password with fewer characters is refused whatever they are.
const PASSWORD_CHARS_MIN: usize = 8;
/// zxcvbn's score below which a password is refused: 0 and 1 fall to fewer than a million guesses.
const PASSWORD_SCORE_MIN: zxcvbn::Score = zxcvbn::Score::Two;
/// zxcvbn takes long over long texts, and what is longer than this is strong by any rule.
const PASSWORD_SCORED_CHARS: usize = 72;

/// What is done to a password before it meets the server's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stretching {
    /// argon2id, 64 MiB, 3 passes, 4 lanes.
    #[default]
    Argon2id,
    /// Nothing: for tests and for load that registers by the thousand. The server cannot tell.
    Trivial,
}

impl Ksf for Stretching {
    fn hash<L: ArrayLength<u8>>(
        &self,
        input: GenericArray<u8, L>,
    ) -> Result<GenericArray<u8, L>, InternalError> {
        if *self == Self::Trivial {
            return Ok(input);
        }
        let params = argon2::Params::new(64 * 1024, 3, 4, None).map_err(|_| InternalError::KsfError)?;
        let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        let mut out = GenericArray::default();
        // A constant salt is right here (RFC 9807 §10.7): the input already comes out of a keyed function that is
        // different for every account.
        argon.hash_password_into(&input, &[0; 16], &mut out).map_err(|_| InternalError::KsfError)?;
        Ok(out)
    }
}

struct Suite;
impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, sha2::Sha512>;
    type Ksf = Stretching;
}

/// How a login ended.
#[derive(Debug)]
pub enum Entrance {
    /// Logged in.
    In(LoggedIn),
    /// The password was right, and nothing else was asked for.
    Proven,
    /// SERVER_FULL.
    Full {
        /// Seats in all.
        max: u32,
        /// When to come back.
        wait: Option<Duration>,
        /// The device that was kept all the same.
        kept: Option<KeptDevice>,
    },
    /// The account has as many devices as it may; this one was not here for longest.
    TooManyDevices(Box<DeviceInfo>),
    /// The server does not know this device.
    DeviceForgotten,
    /// Not logged in.
    Refused {
        /// Why.
        problem: Problem,
        /// When to come back, where that helps.
        wait: Option<Duration>,
    },
}

impl Entrance {
    pub(crate) fn refused(problem: Problem) -> Self {
        Self::Refused { problem, wait: None }
    }
}

impl From<WireError> for Entrance {
    fn from(_: WireError) -> Self {
        Self::refused(Problem::ConnectionLost)
    }
}

/// Whether `password` may be chosen.
///
/// # Errors
/// [`Problem::WeakPassword`] with advice. The floor: eight characters, and a zxcvbn score of two.
pub fn check_strength(name: &str, password: &Password) -> Result<(), Problem> {
    let chars = password.reveal().chars().count();
    if chars < PASSWORD_CHARS_MIN {
        return Err(Problem::WeakPassword(format!("Use at least {PASSWORD_CHARS_MIN} characters.")));
    }
    let scored: Zeroizing<String> =
        Zeroizing::new(password.reveal().chars().take(PASSWORD_SCORED_CHARS).collect());
    let verdict = zxcvbn::zxcvbn(&scored, &[name, "snug"]);
    if verdict.score() >= PASSWORD_SCORE_MIN {
        return Ok(());
    }
    let advice = verdict.feedback().and_then(|feedback| {
        let warning = feedback.warning().map(|warning| warning.to_string());
        warning.or_else(|| feedback.suggestions().first().map(ToString::to_string))
    });
    Err(Problem::WeakPassword(advice.unwrap_or_else(|| "A few uncommon words make a good one.".into())))
}

/// Makes an account and its first device. Answers how that ended and the server's long-term OPAQUE key.
pub async fn register(
    environment: &Environment,
    greeted: &mut Greeted,
    name: &Username,
    password: &Password,
    device: &DeviceKey,
) -> (Entrance, Option<Vec<u8>>) {
    let wire = &mut greeted.wire;
    let password = normalized(password);
    let Ok(start) = ClientRegistration::<Suite>::start(&mut OsRng, password.as_bytes()) else {
        return (Entrance::refused(Problem::Local("make the password's first message.".into())), None);
    };
    let Ok(request) = Bytes::new(start.message.serialize().to_vec()) else {
        return (Entrance::from(WireError::TooLong), None);
    };
    let response =
        match ask(environment, wire, LoginRequest::RegisterStart { name: name.clone(), request }).await {
            Ok(LoginReply::RegisterChallenge { response }) => response,
            Ok(other) => return (settle(other), None),
            Err(error) => return (error.into(), None),
        };
    let stretching = environment.stretching;
    let finished = environment.offload.run(move || {
        let response = RegistrationResponse::deserialize(&response)?;
        let parameters = ClientRegistrationFinishParameters::new(Identifiers::default(), Some(&stretching));
        start.state.finish(&mut OsRng, password.as_bytes(), response, parameters)
    });
    let Ok(finished) = finished.await else { return (Entrance::from(WireError::Malformed), None) };
    let Ok(upload) = Bytes::new(finished.message.serialize().to_vec()) else {
        return (Entrance::from(WireError::TooLong), None);
    };
    let request =
        LoginRequest::RegisterFinish { upload, stretch: Stretch::ARGON2ID_64M, device: new_device(device) };
    let entrance = ask(environment, wire, request).await.map_or_else(Entrance::from, settle);
    (entrance, Some(finished.server_s_pk.serialize().to_vec()))
}

/// What a login by password is to come to.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The device to add; `None` only proves.
    pub device: Option<&'a DeviceKey>,
    /// A device of the account that it replaces.
    pub replace: Option<DeviceId>,
    /// Whether the server's key is trusted already: a failed login then has two possible reasons, else three.
    pub server_is_trusted: bool,
    /// The server's long-term OPAQUE key where it is known: another one is another server.
    pub server_key: Option<&'a [u8]>,
}

/// Logs in by password. Answers how that ended and, once the password proved the server, its OPAQUE key.
pub async fn log_in(
    environment: &Environment,
    greeted: &mut Greeted,
    name: &Username,
    password: &Password,
    terms: Terms<'_>,
) -> (Entrance, Option<Vec<u8>>) {
    let wire = &mut greeted.wire;
    let password = normalized(password);
    let wrong = || {
        Entrance::refused(if terms.server_is_trusted {
            Problem::WrongNameOrPassword
        } else {
            Problem::NotProven
        })
    };
    let Ok(start) = ClientLogin::<Suite>::start(&mut OsRng, password.as_bytes()) else {
        return (wrong(), None);
    };
    let Ok(ke1) = Bytes::new(start.message.serialize().to_vec()) else { return (wrong(), None) };
    let ke2 = match ask(environment, wire, LoginRequest::LoginStart { name: name.clone(), ke1 }).await {
        Ok(LoginReply::LoginChallenge { ke2, stretch: Stretch::ARGON2ID_64M }) => ke2,
        Ok(LoginReply::LoginChallenge { .. }) => {
            return (Entrance::refused(Problem::Incompatible { server_is_newer: true }), None);
        }
        Ok(other) => return (settle(other), None),
        Err(error) => return (error.into(), None),
    };
    let stretching = environment.stretching;
    let context = opaque_context(name, &greeted.exporter);
    let finished = environment.offload.run(move || {
        let ke2 = CredentialResponse::deserialize(&ke2)?;
        let parameters =
            ClientLoginFinishParameters::new(Some(&context), Identifiers::default(), Some(&stretching));
        start.state.finish(&mut OsRng, password.as_bytes(), ke2, parameters)
    });
    // Nothing was sent since the challenge: a false server learns nothing.
    let Ok(finished) = finished.await else { return (wrong(), None) };
    let server_key = finished.server_s_pk.serialize().to_vec();
    if terms.server_key.is_some_and(|known| known != server_key) {
        return (Entrance::refused(Problem::NotProven), None);
    }
    let Ok(ke3) = Bytes::new(finished.message.serialize().to_vec()) else { return (wrong(), None) };
    let request =
        LoginRequest::LoginFinish { ke3, device: terms.device.map(new_device), replace: terms.replace };
    let entrance = ask(environment, wire, request).await.map_or_else(Entrance::from, settle);
    (entrance, Some(server_key))
}

/// Logs a known device in.
pub async fn device_login(environment: &Environment, greeted: &mut Greeted, device: &DeviceKey) -> Entrance {
    let Some(id) = device.id() else { return Entrance::DeviceForgotten };
    let statement = device_statement(id, &greeted.exporter);
    let Ok(signature) = Bytes::new(device.sign(&statement)) else { return Entrance::DeviceForgotten };
    let request = LoginRequest::DeviceLogin { device: id, signature };
    ask(environment, &mut greeted.wire, request).await.map_or_else(Entrance::from, settle)
}

async fn ask(
    environment: &Environment,
    wire: &mut Wire,
    request: LoginRequest,
) -> Result<LoginReply, WireError> {
    let answer = wire.ask(&request, FRAME_LOGIN_MAX);
    tokio::time::timeout(environment.patience.connect, answer).await.unwrap_or(Err(WireError::Lost))
}

fn normalized(password: &Password) -> Zeroizing<String> {
    // Room for every decomposition, so that no half-built copy is left behind unzeroized.
    let mut text = Zeroizing::new(String::with_capacity(password.reveal().len() * 18 + 16));
    text.extend(password.reveal().nfkc());
    text
}

fn new_device(key: &DeviceKey) -> NewDevice {
    let system = match std::env::consts::OS {
        "linux" => "Linux",
        "windows" => "Windows",
        "macos" => "macOS",
        other => other,
    };
    NewDevice { key: Bytes::new(key.public()).unwrap_or_default(), system: Text::cut(system) }
}

fn settle(reply: LoginReply) -> Entrance {
    match reply {
        LoginReply::LoggedIn(logged_in) => Entrance::In(logged_in),
        LoginReply::Proven => Entrance::Proven,
        LoginReply::Refused { refusal, kept } => refused(refusal, kept),
        LoginReply::TooManyDevices { oldest } => Entrance::TooManyDevices(Box::new(oldest)),
        LoginReply::Goodbye(goodbye) => {
            let wait = goodbye.retry_after.map(|seconds| Duration::from_secs(seconds.into()));
            let problem = match goodbye.why {
                Why::Banned => Problem::Banned { until: wait },
                why => Problem::Goodbye(why),
            };
            Entrance::Refused { problem, wait }
        }
        LoginReply::RegisterChallenge { .. }
        | LoginReply::LoginChallenge { .. }
        | LoginReply::CodeProven { .. } => Entrance::from(WireError::Malformed),
    }
}

fn refused(refusal: Refusal, kept: Option<KeptDevice>) -> Entrance {
    let wait = refusal.retry_after.map(|seconds| Duration::from_secs(seconds.into()));
    let problem = match refusal.cause {
        Cause::ServerFull { max } => return Entrance::Full { max, wait, kept },
        Cause::UnknownDevice => return Entrance::DeviceForgotten,
        Cause::NameTaken => Problem::NameTaken,
        Cause::RegistrationClosed => Problem::RegistrationClosed,
        Cause::InviteNeeded => Problem::InviteNeeded,
        Cause::WrongCode => Problem::WrongCode,
        Cause::CodeExpired => Problem::CodeExpired,
        Cause::CodeUsedUp => Problem::CodeUsedUp,
        Cause::CodeRevoked => Problem::CodeRevoked,
        Cause::WrongNameOrPassword => Problem::WrongNameOrPassword,
        Cause::TooManyTries => Problem::TooManyTries { wait: wait.unwrap_or(Duration::from_secs(1)) },
        Cause::Banned => Problem::Banned { until: wait },
        Cause::SourceBanned => Problem::SourceBanned,
        Cause::TooManyDevices => Problem::TooManyDevices,
        Cause::BadName => Problem::BadName(snug_proto::name::BadName::BadCharacter),
        _ => Problem::Refused(refusal.sentence.into_string()),
    };
    Entrance::Refused { problem, wait }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strength(password: &str) -> Result<(), Problem> {
        check_strength("alice", &Password::new(password))
    }

    #[test]
    fn the_floor_is_low_and_says_why() {
        for weak in ["", "short", "password1", "aaaaaaaaaaaa", "alice123"] {
            assert!(matches!(strength(weak), Err(Problem::WeakPassword(_))), "{weak}");
        }
        for fair in ["correct horse battery", "Tr0ub4dour&3x", "mörderische Wärme"] {
            assert_eq!(strength(fair), Ok(()), "{fair}");
        }
        assert_eq!(strength(&"long and tedious ".repeat(1000)), Ok(()));
    }

    #[test]
    fn a_password_is_the_same_however_it_is_typed() {
        let composed = normalized(&Password::new("Z\u{fc}rich \u{fb01}n"));
        let decomposed = normalized(&Password::new("Zu\u{308}rich fin"));
        assert_eq!(composed, decomposed);
    }
}
