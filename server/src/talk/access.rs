//! What people may ask about the ways into their account: its devices.

use snug_proto::bounded::Text;
use snug_proto::id::DeviceId;
use snug_proto::limits::LABEL_BYTES_MAX;
use snug_proto::refusal::Cause;
use snug_proto::talk::Reply;

use super::session::Session;
use super::wire::Stream;
use crate::error::refusal;
use crate::overview;
use crate::store::{NameDevice, RevokeDevices, Which};

impl<S: Stream> Session<S> {
    pub(super) fn access(&mut self, id: u32) {
        let (shared, account) = (self.shared.clone(), self.handle.account);
        self.work.push(Box::pin(async move {
            let access = overview::access(&shared.store, &shared.hub, account).await;
            (id, access.map(Reply::Access).map_err(refusal))
        }));
    }

    pub(super) fn name_device(&mut self, id: u32, device: DeviceId, name: Text<LABEL_BYTES_MAX>) {
        // It stands in lists, where a line is a line.
        if name.as_str().chars().any(char::is_control) {
            return self.reply(id, Err(Cause::BadName));
        }
        let (shared, by) = (self.shared.clone(), self.handle.clone());
        self.work.push(Box::pin(async move {
            let named = shared.store.name_device(NameDevice { account: by.account, device, name }).await;
            if named.is_ok() {
                shared.hub.access_changed(by.account, by.device);
            }
            (id, named.map(|()| Reply::Done).map_err(refusal))
        }));
    }

    pub(super) fn revoke_device(&mut self, id: u32, device: DeviceId) {
        if device == self.handle.device {
            return self.reply(id, Err(Cause::NotAllowed)); // It logs out, and reads that it did.
        }
        self.revoke(id, Which::One(device));
    }

    pub(super) fn revoke_others(&mut self, id: u32) {
        self.revoke(id, Which::AllBut(self.handle.device));
    }

    /// Forgotten first, then cut: whoever is cut cannot come back.
    fn revoke(&mut self, id: u32, which: Which) {
        let (shared, by) = (self.shared.clone(), self.handle.clone());
        self.work.push(Box::pin(async move {
            let done = shared.store.revoke_devices(RevokeDevices { account: by.account, which }).await;
            let done = done.map(|()| {
                shared.hub.access_changed(by.account, by.device);
                Reply::Done
            });
            (id, done.map_err(refusal))
        }));
    }
}
