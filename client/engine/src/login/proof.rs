//! The password once more, on a connection that is logged in: it proves who asks before something that cannot be taken
//! back, and another one takes its place. Each half is begun, answered by the server, and finished.

use std::fmt;

use opaque_ke::rand::rngs::OsRng;
use opaque_ke::{
    ClientLogin, ClientLoginFinishParameters, ClientRegistration, ClientRegistrationFinishParameters,
    CredentialResponse, Identifiers, RegistrationResponse,
};
use snug_proto::Username;
use snug_proto::bounded::Bytes;
use snug_proto::login::{EXPORTER_LEN, Stretch, opaque_context};
use zeroize::Zeroizing;

use super::{Stretching, Suite, normalized};
use crate::command::Password;

/// Why there is no proof: a sentence for people.
pub(crate) type Unproven = &'static str;

/// What a wrong password gets, also where only this computer knows that it is.
pub(crate) const WRONG: Unproven = "The password is wrong.";
/// What only a fault, here or there, leads to.
const FAULT: Unproven = "The server's answer makes no sense.";

/// What a proof is good for: this account, on this connection.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    /// The account's name, as it was registered.
    pub(crate) name: Username,
    /// What only the two ends of this connection know.
    pub(crate) exporter: [u8; EXPORTER_LEN],
}

/// The proof of the password that holds.
pub(crate) struct Proof {
    state: ClientLogin<Suite>,
    password: Zeroizing<String>,
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proof(..)")
    }
}

impl Proof {
    /// The proof, and OPAQUE's `KE1`.
    pub(crate) fn begin(password: &Password) -> Result<(Self, Bytes<96>), Unproven> {
        let password = normalized(password);
        let start = ClientLogin::<Suite>::start(&mut OsRng, password.as_bytes()).map_err(|_| WRONG)?;
        let ke1 = Bytes::new(start.message.serialize().to_vec()).map_err(|_| FAULT)?;
        Ok((Self { state: start.state, password }, ke1))
    }

    /// OPAQUE's `KE3`, and the key of the server that the password was set at; with another one than `known` nothing is
    /// proven. It takes long.
    pub(crate) fn finish(
        self,
        (ke2, stretch): (&[u8], Stretch),
        bound: &Bound,
        stretching: Stretching,
        known: Option<&[u8]>,
    ) -> Result<(Bytes<64>, Vec<u8>), Unproven> {
        if stretch != Stretch::ARGON2ID_64M {
            return Err("This server is newer than this Snug. Please update Snug.");
        }
        let context = opaque_context(&bound.name, &bound.exporter);
        let parameters =
            ClientLoginFinishParameters::new(Some(&context), Identifiers::default(), Some(&stretching));
        let ke2 = CredentialResponse::deserialize(ke2).map_err(|_| FAULT)?;
        let finished = self.state.finish(&mut OsRng, self.password.as_bytes(), ke2, parameters);
        let finished = finished.map_err(|_| WRONG)?;
        let server_key = finished.server_s_pk.serialize().to_vec();
        if known.is_some_and(|known| known != server_key) {
            return Err("This is not the server that the password was set at. Nothing was changed.");
        }
        let ke3 = Bytes::new(finished.message.serialize().to_vec()).map_err(|_| FAULT)?;
        Ok((ke3, server_key))
    }
}

/// Another password on its way to take the place of the one that holds.
pub(crate) struct Renewal {
    state: ClientRegistration<Suite>,
    password: Zeroizing<String>,
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renewal(..)")
    }
}

impl Renewal {
    /// The renewal, and OPAQUE's `RegistrationRequest`.
    pub(crate) fn begin(password: &Password) -> Result<(Self, Bytes<32>), Unproven> {
        let password = normalized(password);
        let start = ClientRegistration::<Suite>::start(&mut OsRng, password.as_bytes()).map_err(|_| FAULT)?;
        let request = Bytes::new(start.message.serialize().to_vec()).map_err(|_| FAULT)?;
        Ok((Self { state: start.state, password }, request))
    }

    /// OPAQUE's `RegistrationRecord`, for the server that proved to have this key and no other. It takes long.
    pub(crate) fn finish(
        self,
        response: &[u8],
        stretching: Stretching,
        server_key: &[u8],
    ) -> Result<Bytes<192>, Unproven> {
        let response = RegistrationResponse::deserialize(response).map_err(|_| FAULT)?;
        let parameters = ClientRegistrationFinishParameters::new(Identifiers::default(), Some(&stretching));
        let finished = self.state.finish(&mut OsRng, self.password.as_bytes(), response, parameters);
        let finished = finished.map_err(|_| FAULT)?;
        if finished.server_s_pk.serialize().as_slice() != server_key {
            return Err(FAULT);
        }
        Bytes::new(finished.message.serialize().to_vec()).map_err(|_| FAULT)
    }
}
