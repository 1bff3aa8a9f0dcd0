//! What administrators may ask about the house.

use snug_proto::id::AccountId;
use snug_proto::refusal::Cause;

use super::session::Session;
use super::wire::Stream;
use crate::store::NewCode;

impl<S: Stream> Session<S> {
    pub(super) fn house(&mut self, id: u32) {
        self.reply(id, Err(Cause::Malformed));
    }

    pub(super) fn people(&mut self, id: u32, _after: AccountId) {
        self.reply(id, Err(Cause::Malformed));
    }

    pub(super) fn codes(&mut self, id: u32) {
        self.reply(id, Err(Cause::Malformed));
    }

    pub(super) fn bans(&mut self, id: u32) {
        self.reply(id, Err(Cause::Malformed));
    }

    pub(super) fn devices_of(&mut self, id: u32, _account: AccountId) {
        self.reply(id, Err(Cause::Malformed));
    }

    pub(super) fn reset(&mut self, id: u32, account: AccountId) {
        let new = NewCode { maker: self.handle.account, account, ..NewCode::reset() };
        self.make_code(id, new);
    }
}
