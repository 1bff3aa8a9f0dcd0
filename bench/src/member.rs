//! A member of the load: registers with a trivial stretching function (the server cannot tell) and sits down.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use opaque_ke::ksf::Identity;
use opaque_ke::rand::rngs::OsRng;
use opaque_ke::{
    CipherSuite, ClientRegistration, ClientRegistrationFinishParameters, RegistrationResponse, Ristretto255,
    TripleDh,
};
use rustls::ClientConfig;
use snug_proto::Username;
use snug_proto::bounded::{Bytes, Text};
use snug_proto::hello::{Hello, HelloAnswer};
use snug_proto::limits::FRAME_MAX;
use snug_proto::login::{LoggedIn, LoginReply, LoginRequest, NewDevice, Stretch};
use snug_proto::version::{HIGHEST, LOWEST};

use crate::wire::{Frames, Writer, dial};

struct Suite;
impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, sha2::Sha512>;
    type Ksf = Identity;
}

/// A logged-in connection.
pub(crate) struct Member {
    pub(crate) frames: Frames,
    pub(crate) writer: Writer,
    pub(crate) me: LoggedIn,
}

impl Member {
    /// Registers a new account and stays logged in.
    pub(crate) async fn register(address: SocketAddr, tls: Arc<ClientConfig>, name: &str) -> Result<Self> {
        let (from, to) = tokio::io::split(dial(address, tls).await?);
        let (mut frames, mut writer) = (Frames::new(from, FRAME_MAX), Writer(to));
        let hello = Hello { lowest: LOWEST, highest: HIGHEST, client: Text::cut("snug-bench") };
        writer.raw(&hello.encode()).await?;
        let answer = frames.next().await?.ok_or_else(|| anyhow!("no answer to the hello"))?;
        let HelloAnswer::Welcome { .. } = HelloAnswer::decode(answer)? else {
            bail!("the server speaks another version")
        };
        let me = register(&mut frames, &mut writer, name).await.context("registering")?;
        Ok(Self { frames, writer, me })
    }
}

async fn register(frames: &mut Frames, writer: &mut Writer, name: &str) -> Result<LoggedIn> {
    let (name, password) = (Username::new(name)?, b"a load has no secrets");
    let start = ClientRegistration::<Suite>::start(&mut OsRng, password).map_err(opaque)?;
    let request = Bytes::new(start.message.serialize().to_vec())?;
    writer.value(&LoginRequest::RegisterStart { name, request }).await?;
    let response = match frames.value().await? {
        LoginReply::RegisterChallenge { response } => response,
        other => bail!("refused: {other:?}"),
    };
    let response = RegistrationResponse::deserialize(&response).map_err(opaque)?;
    let finish = start
        .state
        .finish(&mut OsRng, password, response, ClientRegistrationFinishParameters::default())
        .map_err(opaque)?;
    let key = Ed25519KeyPair::generate().map_err(|_| anyhow!("no randomness"))?;
    let device =
        NewDevice { key: Bytes::new(key.public_key().as_ref().to_vec())?, system: Text::cut("bench") };
    let upload = Bytes::new(finish.message.serialize().to_vec())?;
    writer.value(&LoginRequest::RegisterFinish { upload, stretch: Stretch::ARGON2ID_64M, device }).await?;
    match frames.value().await? {
        LoginReply::LoggedIn(me) => Ok(me),
        other => bail!("refused: {other:?}"),
    }
}

fn opaque(error: opaque_ke::errors::ProtocolError) -> anyhow::Error {
    anyhow!("OPAQUE: {error:?}")
}
