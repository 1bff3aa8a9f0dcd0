//! A member of the load.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use aws_lc_rs::signature::Ed25519KeyPair;
use rustls::ClientConfig;
use snug_proto::login::LoggedIn;

use crate::caller::Caller;
use crate::wire::{Frames, Writer};

/// A logged-in connection.
pub(crate) struct Member {
    pub(crate) frames: Frames,
    pub(crate) writer: Writer,
    pub(crate) me: LoggedIn,
    pub(crate) key: Ed25519KeyPair,
}

impl Member {
    /// Registers a new account and stays logged in.
    pub(crate) async fn register(address: SocketAddr, tls: Arc<ClientConfig>, name: &str) -> Result<Self> {
        let mut caller = Caller::dial(address, tls, None).await?;
        let (me, key) = caller.register(name).await?;
        let Caller { frames, writer, .. } = caller;
        Ok(Self { frames, writer, me, key })
    }
}
