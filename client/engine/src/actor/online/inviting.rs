//! Invites, and codes for another device: asked of the server, made into links here.

use std::time::Duration;

use snug_proto::code::{Code, CodeName};
use snug_proto::id::RoomId;
use snug_proto::refusal::Refusal;
use snug_proto::talk::{Reply, Request};
use snug_proto::{Address, Invite};

use super::super::Actor;
use super::super::open::{Open, Trouble};
use super::Asked;
use crate::copy::CopyError;
use crate::event::{Event, Invited, Undone};

impl Actor {
    pub(in crate::actor) fn invite(
        &mut self,
        uses: u16,
        life: Duration,
        room: Option<RoomId>,
    ) -> Result<(), CopyError> {
        let life = u32::try_from(life.as_secs()).unwrap_or(u32::MAX);
        self.ask_for_code(Request::Invite { uses, life, room: room.unwrap_or_default() })
    }

    pub(in crate::actor) fn invite_device(&mut self) -> Result<(), CopyError> {
        self.ask_for_code(Request::InviteDevice)
    }

    /// A stuck connection is found by its silence; here it only matters that somebody waits.
    fn ask_for_code(&mut self, request: Request) -> Result<(), CopyError> {
        let asked = self.opened().and_then(Open::online).map(|online| online.ask(request, Asked::Code));
        if !matches!(asked, Some(Ok(_))) {
            let reason = "There is no connection to the server. An invite is made there.".into();
            self.outlet.put(Event::Invited(Box::new(Err(Undone { reason, retry_after: None }))));
        }
        Ok(())
    }

    pub(in crate::actor) fn list_invites(&mut self) -> Result<(), CopyError> {
        if let Some(online) = self.opened().and_then(Open::online) {
            let _ = online.ask(Request::Invites, Asked::Invites);
        }
        Ok(())
    }

    pub(in crate::actor) fn uninvite(&mut self, code: CodeName) -> Result<(), CopyError> {
        if let Some(online) = self.opened().and_then(Open::online) {
            let _ = online.ask(Request::RevokeCode { code }, Asked::Uninvite);
        }
        Ok(())
    }

    /// A code becomes a link: with the address that the operator decided, else the one this computer dialled.
    pub(super) fn code_made(&mut self, result: Result<Reply, Refusal>) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let made = match result {
            Ok(Reply::Code { code, expires, address }) => {
                let code = Code::from_symbols(code.as_str()).ok_or(Trouble::Lost)?;
                let address =
                    Address::parse(address.as_str()).unwrap_or_else(|_| open.record.address.clone());
                Ok(Invited {
                    invite: Invite { address, fingerprint: open.record.pin, code: Some(code) },
                    expires,
                })
            }
            Ok(_) => return Err(Trouble::Lost),
            Err(refusal) => Err(Undone {
                reason: refusal.sentence.into_string(),
                retry_after: refusal.retry_after.map(|seconds| Duration::from_secs(seconds.into())),
            }),
        };
        self.outlet.put(Event::Invited(Box::new(made)));
        Ok(())
    }
}
