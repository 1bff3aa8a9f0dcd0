//! Login by code: the code is proven first, and what follows on the same connection uses it.

use opaque_ke::rand::rngs::OsRng;
use opaque_ke::{
    ClientLogin, ClientLoginFinishParameters, ClientRegistration, ClientRegistrationFinishParameters,
    CredentialResponse, Identifiers, RegistrationResponse,
};
use snug_proto::bounded::Bytes;
use snug_proto::code::Code;
use snug_proto::login::{LoginReply, LoginRequest, Purpose, Stretch, code_context};
use snug_proto::refusal::Cause;
use snug_proto::{Username, login};
use zeroize::Zeroizing;

use super::{Entrance, Stretching, Suite, ask, new_device, normalized, settle};
use crate::command::Password;
use crate::device::DeviceKey;
use crate::dial::{Greeted, WireError};
use crate::environment::Environment;
use crate::event::Problem;

/// A code that proved the server, and was proven to it.
#[derive(Debug)]
pub(crate) enum Opened {
    /// It is good for this.
    Good {
        /// What for.
        purpose: Purpose,
        /// Whose account it belongs to; nobody's where it makes one.
        account: Option<Username>,
    },
    /// It did its work before, or never will.
    Ended(Problem),
}

/// Proves a code, and by it the server. What a false server learns lets it guess once at a time, online.
pub(crate) async fn prove(
    environment: &Environment,
    greeted: &mut Greeted,
    code: &Code,
    server_is_trusted: bool,
) -> Result<Opened, Entrance> {
    let wrong =
        || Entrance::refused(if server_is_trusted { Problem::WrongCode } else { Problem::CodeNotProven });
    let secret = Zeroizing::new(code.secret());
    let start = ClientLogin::<Suite>::start(&mut OsRng, secret.as_bytes()).map_err(|_| wrong())?;
    let ke1 = Bytes::new(start.message.serialize().to_vec()).map_err(|_| wrong())?;
    let request = LoginRequest::CodeStart { code: code.name(), ke1 };
    let ke2 = match ask(environment, &mut greeted.wire, request).await? {
        LoginReply::LoginChallenge { ke2, stretch: Stretch::ARGON2ID_64M } => ke2,
        LoginReply::LoginChallenge { .. } => {
            return Err(Entrance::refused(Problem::Incompatible { server_is_newer: true }));
        }
        other => return Err(settle(other)),
    };
    let context = code_context(code.name(), &greeted.exporter);
    let finished = environment.offload.run(move || {
        let ke2 = CredentialResponse::deserialize(&ke2)?;
        // Codes are made by the server, which stretches them for good: tests and load cannot choose.
        let stretching = Stretching::Argon2id;
        let parameters =
            ClientLoginFinishParameters::new(Some(&context), Identifiers::default(), Some(&stretching));
        start.state.finish(&mut OsRng, secret.as_bytes(), ke2, parameters)
    });
    // Nothing was sent since the challenge: a false server learns nothing.
    let finished = finished.await.map_err(|_| wrong())?;
    let ke3 = Bytes::new(finished.message.serialize().to_vec()).map_err(|_| wrong())?;
    match ask(environment, &mut greeted.wire, LoginRequest::CodeFinish { ke3 }).await? {
        LoginReply::CodeProven { purpose, account } => Ok(Opened::Good { purpose, account }),
        LoginReply::Refused { refusal, .. } => match refusal.cause {
            Cause::CodeExpired => Ok(Opened::Ended(Problem::CodeExpired)),
            Cause::CodeUsedUp => Ok(Opened::Ended(Problem::CodeUsedUp)),
            Cause::CodeRevoked => Ok(Opened::Ended(Problem::CodeRevoked)),
            _ => Err(settle(LoginReply::Refused { refusal, kept: None })),
        },
        other => Err(settle(other)),
    }
}

/// Sets another password for the account that the proven code belongs to, and adds this computer as its one device.
pub(crate) async fn reset(
    environment: &Environment,
    greeted: &mut Greeted,
    password: &Password,
    device: &DeviceKey,
) -> (Entrance, Option<Vec<u8>>) {
    reset_in(environment, greeted, password, device).await.unwrap_or_else(|entrance| (entrance, None))
}

async fn reset_in(
    environment: &Environment,
    greeted: &mut Greeted,
    password: &Password,
    device: &DeviceKey,
) -> Result<(Entrance, Option<Vec<u8>>), Entrance> {
    let password = normalized(password);
    let malformed = || Entrance::from(WireError::Malformed);
    let start =
        ClientRegistration::<Suite>::start(&mut OsRng, password.as_bytes()).map_err(|_| malformed())?;
    let request = Bytes::new(start.message.serialize().to_vec()).map_err(|_| malformed())?;
    let response = match ask(environment, &mut greeted.wire, LoginRequest::ResetStart { request }).await? {
        LoginReply::RegisterChallenge { response } => response,
        other => return Err(settle(other)),
    };
    let stretching = environment.stretching;
    let finished = environment.offload.run(move || {
        let response = RegistrationResponse::deserialize(&response)?;
        let parameters = ClientRegistrationFinishParameters::new(Identifiers::default(), Some(&stretching));
        start.state.finish(&mut OsRng, password.as_bytes(), response, parameters)
    });
    let finished = finished.await.map_err(|_| malformed())?;
    let upload = Bytes::new(finished.message.serialize().to_vec()).map_err(|_| malformed())?;
    let (stretch, device) = (login::Stretch::ARGON2ID_64M, new_device(device));
    let request = LoginRequest::ResetFinish { upload, stretch, device };
    let entrance = settle(ask(environment, &mut greeted.wire, request).await?);
    Ok((entrance, Some(finished.server_s_pk.serialize().to_vec())))
}

/// Adds this computer to the account that the proven code belongs to.
pub(crate) async fn add_device(
    environment: &Environment,
    greeted: &mut Greeted,
    device: &DeviceKey,
) -> Entrance {
    let request = LoginRequest::AddDevice { device: new_device(device) };
    ask(environment, &mut greeted.wire, request).await.map_or_else(Entrance::from, settle)
}
