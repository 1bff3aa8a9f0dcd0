//! Invites, and codes for another device: asked of the server, made into links here.

use std::time::Duration;

use snug_proto::code::{Code, CodeName};
use snug_proto::id::{AccountId, RoomId};
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

    fn ask_for_code(&mut self, request: Request) -> Result<(), CopyError> {
        if !self.ask_online(request, Asked::Code) {
            self.outlet.put(Event::Invited(Box::new(Err(offline()))));
        }
        Ok(())
    }

    pub(in crate::actor) fn ask_for_recovery_codes(&mut self) -> Result<(), CopyError> {
        if !self.ask_online(Request::RecoveryCodes, Asked::RecoveryCodes) {
            self.outlet.put(Event::RecoveryCodes(Box::new(Err(offline()))));
        }
        Ok(())
    }

    /// A stuck connection is found by its silence; here it only matters that somebody waits.
    fn ask_online(&mut self, request: Request, asked: Asked) -> bool {
        self.opened().and_then(Open::online).is_some_and(|online| online.ask(request, asked).is_ok())
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

    /// A code by which somebody sets another password.
    pub(in crate::actor) fn reset_password(&mut self, account: AccountId) -> Result<(), CopyError> {
        self.ask_for_code(Request::Reset { account })
    }

    /// Whatever became of it, the lists say what there is now.
    pub(super) fn uninvited(&mut self, result: Result<Reply, Refusal>) -> Result<(), Trouble> {
        if let Err(refusal) = result {
            self.not_done(refusal.sentence.into_string());
        }
        self.house_changed();
        Ok(self.list_invites()?)
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
            Err(refusal) => Err(undone(refusal)),
        };
        self.outlet.put(Event::Invited(Box::new(made)));
        self.house_changed();
        Ok(())
    }

    pub(super) fn recovery_codes_made(&mut self, result: Result<Reply, Refusal>) -> Result<(), Trouble> {
        let made = match result {
            Ok(Reply::RecoveryCodes(codes)) => {
                let codes = codes.iter().map(|code| Code::from_symbols(code.as_str()));
                Ok(codes.collect::<Option<Vec<_>>>().ok_or(Trouble::Lost)?)
            }
            Ok(_) => return Err(Trouble::Lost),
            Err(refusal) => Err(undone(refusal)),
        };
        self.outlet.put(Event::RecoveryCodes(Box::new(made)));
        Ok(())
    }
}

fn offline() -> Undone {
    let reason = "There is no connection to the server. Codes are made there.".into();
    Undone { reason, retry_after: None }
}

fn undone(refusal: Refusal) -> Undone {
    Undone {
        reason: refusal.sentence.into_string(),
        retry_after: refusal.retry_after.map(|seconds| Duration::from_secs(seconds.into())),
    }
}
