//! The file lane over the network: the same server, the same key, the device's signature.

use std::sync::Arc;

use snug_proto::file::{FileReply, FileRequest};
use snug_proto::limits::FRAME_MAX;
use snug_proto::{Address, Fingerprint};
use tokio::sync::watch;

use super::{Connect, Cut, Line, Replies, Requests};
use crate::device::DeviceKey;
use crate::dial::{self, FrameReader, FrameWriter, Lane};
use crate::environment::Environment;
use crate::login::{self, Entrance};

/// What it takes to open a file lane beside a talk session.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) address: Address,
    /// The key that the talk session's server holds: the file lane's must be the same.
    pub(crate) key: Fingerprint,
    pub(crate) device: DeviceKey,
    pub(crate) client: String,
}

/// Opens file lanes while there is a talk session.
#[derive(Debug)]
pub(crate) struct Dialed {
    environment: Environment,
    /// `None` while there is no talk session: the server would not let a file lane in.
    access: watch::Receiver<Option<Arc<Access>>>,
}

impl Dialed {
    pub(crate) fn new(environment: Environment, access: watch::Receiver<Option<Arc<Access>>>) -> Self {
        Self { environment, access }
    }
}

impl Connect for Dialed {
    type Requests = FrameWriter;
    type Replies = FrameReader;

    async fn connect(&mut self) -> Result<Line<FrameWriter, FrameReader>, Cut> {
        let access = match self.access.wait_for(Option::is_some).await {
            Ok(access) => access.clone(),
            Err(_) => None,
        };
        // The engine is going away and takes this task with it.
        let Some(access) = access else { return std::future::pending().await };
        let Access { address, key, device, client } = &*access;
        let connected = dial::connect(&self.environment, address, Lane::File, &[*key], client).await;
        let mut greeted = connected.map_err(|_| Cut)?;
        match login::device_login(&self.environment, &mut greeted, device).await {
            Entrance::In(_) => Ok(Line {
                requests: greeted.wire.writer,
                replies: greeted.wire.reader,
                file_max: greeted.welcome.file_max,
            }),
            _ => Err(Cut),
        }
    }
}

impl Requests for FrameWriter {
    async fn send(&mut self, request: &FileRequest) -> Result<(), Cut> {
        self.push(request, FRAME_MAX).map_err(|_| Cut)?;
        self.flush().await.map_err(|_| Cut)
    }
}

impl Replies for FrameReader {
    async fn next(&mut self) -> Result<FileReply, Cut> {
        self.read(FRAME_MAX).await.map_err(|_| Cut)
    }
}
