//! What people may ask about their own account: its password, its end, and what others look like.

use snug_proto::id::AccountId;
use snug_proto::login::Stretch;
use snug_proto::refusal::Cause;

use super::session::Session;
use super::wire::Stream;

impl<S: Stream> Session<S> {
    pub(super) fn proof_start(&mut self, id: u32, _ke1: &[u8]) {
        self.reply(id, Err(Cause::Malformed));
    }

    pub(super) fn password_start(&mut self, id: u32, _request: &[u8]) {
        self.reply(id, Err(Cause::Malformed));
    }

    pub(super) fn change_password(&mut self, id: u32, _ke3: &[u8], _upload: &[u8], _stretch: Stretch) {
        self.reply(id, Err(Cause::Malformed));
    }

    pub(super) fn delete_account(&mut self, id: u32, _ke3: &[u8], _texts: bool) {
        self.reply(id, Err(Cause::Malformed));
    }

    pub(super) fn profiles(&mut self, id: u32, _after: AccountId) {
        self.reply(id, Err(Cause::Malformed));
    }
}
