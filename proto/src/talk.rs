//! The talk lane after login: requests with an id, replies with that id, pushes with none.

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

mod change;
mod push;
mod reply;
mod request;

pub use change::{Change, Privacy, Target};
pub use push::{Here, Presence, Push};
pub use reply::{
    Access, Account, Channel, DeviceInfo, InviteInfo, Member, Page, Reply, Role, RoomInfo, Span,
};
pub use request::{Direction, Request};

/// A frame from client to server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Comes back with the reply. The client counts them; 0 where no reply is wanted.
    pub id: u32,
    /// What is asked.
    pub request: Request,
}

/// A frame from server to client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Down {
    /// The answer to a call.
    Reply {
        /// The call's id.
        id: u32,
        /// What came of it.
        result: Result<Reply, Refusal>,
    },
    /// Something that happened.
    Push(Push),
}
