//! Who is kept out. Whether an account or a device is banned is told only behind the proof: it is nobody else's business.

use std::time::Duration;

use snug_proto::id::AccountId;
use snug_proto::login::NewDevice;
use snug_proto::refusal::{Cause, Refusal};

use super::super::wire::Stream;
use super::{DEVICE_KEY_LEN, Login, NotAdmitted};
use crate::error::refusal;
use crate::hub::{KeptOut, Left};

impl<S: Stream> Login<'_, S> {
    /// Refuses an account that is banned.
    pub(super) fn check_account(&self, account: AccountId) -> Result<(), Refusal> {
        self.check(&KeptOut::Account(account), Cause::Banned)
    }

    /// Refuses a device whose key is banned; one without a key breaks the protocol.
    pub(super) fn check_key(&self, device: &NewDevice) -> Result<Result<(), Refusal>, NotAdmitted> {
        if device.key.len() != DEVICE_KEY_LEN {
            return Err(NotAdmitted::Malformed);
        }
        Ok(self.check_kept_key(device.key.to_vec()))
    }

    /// The same, for one that is kept already.
    pub(super) fn check_kept_key(&self, key: Vec<u8>) -> Result<(), Refusal> {
        self.check(&KeptOut::Key(key), Cause::Banned)
    }

    /// Refuses everything but known devices where the network is banned. It is said before anything is proven: whoever
    /// is there knows where they are.
    pub(super) fn check_source(&self) -> Result<(), Refusal> {
        self.check(&KeptOut::Source(self.source), Cause::SourceBanned)
    }

    fn check(&self, what: &KeptOut, cause: Cause) -> Result<(), Refusal> {
        match self.shared.hub.is_kept_out(what, self.shared.clock.now_ms()) {
            None => Ok(()),
            Some(left) => Err(kept_out(cause, left)),
        }
    }
}

fn kept_out(cause: Cause, left: Left) -> Refusal {
    match left {
        None => refusal(cause),
        Some(left) => Refusal::after(cause, Duration::from_millis(left.max(0).cast_unsigned())),
    }
}
