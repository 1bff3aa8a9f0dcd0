//! Somebody at the server's door: a connection that is not logged in, and what can be said on it. The stretching
//! function is trivial (the server cannot tell), so that the load costs less than the server it loads.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use opaque_ke::ksf::Identity;
use opaque_ke::rand::rngs::OsRng;
use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, CredentialResponse, Identifiers, RegistrationResponse, Ristretto255,
    TripleDh,
};
use rustls::ClientConfig;
use snug_proto::Username;
use snug_proto::bounded::{Bytes, Text};
use snug_proto::hello::{Hello, HelloAnswer};
use snug_proto::id::DeviceId;
use snug_proto::limits::FRAME_MAX;
use snug_proto::login::{
    EXPORTER_LABEL, LoggedIn, LoginReply, LoginRequest, NewDevice, Stretch, device_statement, opaque_context,
};
use snug_proto::version::{HIGHEST, LOWEST};

use crate::wire::{Frames, Writer, dial};

/// Everybody's password.
pub(crate) const PASSWORD: &[u8] = b"a load has no secrets";

struct Suite;
impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, sha2::Sha512>;
    type Ksf = Identity;
}

/// A connection behind its hello.
pub(crate) struct Caller {
    pub(crate) frames: Frames,
    pub(crate) writer: Writer,
    exporter: [u8; 32],
}

impl Caller {
    /// Connects, from this address where one is given, and says hello.
    pub(crate) async fn dial(
        address: SocketAddr,
        tls: Arc<ClientConfig>,
        from: Option<Ipv4Addr>,
    ) -> Result<Self> {
        let stream = dial(address, tls, from).await?;
        let exporter = stream.get_ref().1.export_keying_material([0; 32], EXPORTER_LABEL, None)?;
        let (from, to) = tokio::io::split(stream);
        let (mut frames, mut writer) = (Frames::new(from, FRAME_MAX), Writer(to));
        let hello = Hello { lowest: LOWEST, highest: HIGHEST, client: Text::cut("snug-bench") };
        writer.raw(&hello.encode()).await?;
        let answer = frames.next().await?.ok_or_else(|| anyhow!("no answer to the hello"))?;
        let HelloAnswer::Welcome { .. } = HelloAnswer::decode(answer)? else {
            bail!("the server speaks another version")
        };
        Ok(Self { frames, writer, exporter })
    }

    pub(crate) async fn ask(&mut self, request: LoginRequest) -> Result<LoginReply> {
        self.writer.value(&request).await?;
        self.frames.value().await
    }

    /// Makes an account with its first device, and is logged in.
    pub(crate) async fn register(&mut self, name: &str) -> Result<(LoggedIn, Ed25519KeyPair)> {
        let name = Username::new(name)?;
        let start = ClientRegistration::<Suite>::start(&mut OsRng, PASSWORD).map_err(opaque)?;
        let request = Bytes::new(start.message.serialize().to_vec())?;
        let response = match self.ask(LoginRequest::RegisterStart { name, request }).await? {
            LoginReply::RegisterChallenge { response } => response,
            other => bail!("refused: {other:?}"),
        };
        let response = RegistrationResponse::deserialize(&response).map_err(opaque)?;
        let parameters = ClientRegistrationFinishParameters::default();
        let finish = start.state.finish(&mut OsRng, PASSWORD, response, parameters).map_err(opaque)?;
        let key = Ed25519KeyPair::generate().map_err(|_| anyhow!("no randomness"))?;
        let device =
            NewDevice { key: Bytes::new(key.public_key().as_ref().to_vec())?, system: Text::cut("bench") };
        let upload = Bytes::new(finish.message.serialize().to_vec())?;
        let request = LoginRequest::RegisterFinish { upload, stretch: Stretch::ARGON2ID_64M, device };
        match self.ask(request).await.context("registering")? {
            LoginReply::LoggedIn(me) => Ok((me, key)),
            other => bail!("refused: {other:?}"),
        }
    }

    /// Proves the password, both messages of it, and adds no device.
    pub(crate) async fn prove(&mut self, name: &str) -> Result<()> {
        let name = Username::new(name)?;
        let start = ClientLogin::<Suite>::start(&mut OsRng, PASSWORD).map_err(opaque)?;
        let ke1 = Bytes::new(start.message.serialize().to_vec())?;
        let ke2 = match self.ask(LoginRequest::LoginStart { name: name.clone(), ke1 }).await? {
            LoginReply::LoginChallenge { ke2, .. } => {
                CredentialResponse::deserialize(&ke2).map_err(opaque)?
            }
            other => bail!("refused: {other:?}"),
        };
        let context = opaque_context(&name, &self.exporter);
        let parameters = ClientLoginFinishParameters::new(Some(&context), Identifiers::default(), None);
        let finish = start.state.finish(&mut OsRng, PASSWORD, ke2, parameters).map_err(opaque)?;
        let ke3 = Bytes::new(finish.message.serialize().to_vec())?;
        match self.ask(LoginRequest::LoginFinish { ke3, device: None, replace: None }).await? {
            LoginReply::Proven => Ok(()),
            other => bail!("refused: {other:?}"),
        }
    }

    /// Logs a device in.
    pub(crate) async fn log_in(&mut self, device: DeviceId, key: &Ed25519KeyPair) -> Result<LoggedIn> {
        let signature = Bytes::new(key.sign(&device_statement(device, &self.exporter)).as_ref().to_vec())?;
        match self.ask(LoginRequest::DeviceLogin { device, signature }).await? {
            LoginReply::LoggedIn(me) => Ok(me),
            other => bail!("refused: {other:?}"),
        }
    }
}

/// A first message, good for any name: whoever only guesses draws once and asks with it for ever.
pub(crate) fn any_ke1() -> Result<Bytes<96>> {
    let start = ClientLogin::<Suite>::start(&mut OsRng, b"a guess").map_err(opaque)?;
    Ok(Bytes::new(start.message.serialize().to_vec())?)
}

fn opaque(error: opaque_ke::errors::ProtocolError) -> anyhow::Error {
    anyhow!("OPAQUE: {error:?}")
}
