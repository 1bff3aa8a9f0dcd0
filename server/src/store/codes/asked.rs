//! What is asked of codes at the store's surface.

use snug_proto::bounded::List;
use snug_proto::code::CodeName;
use snug_proto::id::{AccountId, RoomId};
use snug_proto::limits::INVITES_MAX;
use snug_proto::login::KeptDevice;
use snug_proto::refusal::Cause;
use snug_proto::talk::InviteInfo;

use super::super::Store;
use super::{AddDeviceByCode, CodeFacts, CodeRecord, CodeRow, MakeCode, Own, ProvenCode, Reset};

impl Store {
    /// Keeps a new code; its name, and when it expires.
    pub(crate) async fn make_code(&self, make: MakeCode) -> Result<(CodeName, Option<i64>), Cause> {
        self.inbox.ask(make).await
    }

    /// Whether an account may make one more code now.
    pub(crate) async fn may_make_code(&self, maker: AccountId, now: i64) -> Result<bool, Cause> {
        self.read(move |conn| super::may_make(conn, maker, now)).await
    }

    /// Counts a try of a code and gives back its record, where there is one and tries are left.
    pub(crate) async fn try_code(&self, code: CodeName) -> Result<Option<CodeRecord>, Cause> {
        self.inbox.ask(super::TryCode(code)).await
    }

    /// The try was right: what the code is good for.
    ///
    /// # Errors
    /// How the code ended, if it did.
    pub(crate) async fn prove_code(&self, code: ProvenCode) -> Result<CodeFacts, Cause> {
        self.inbox.ask(super::ProveCode(code)).await
    }

    /// Makes an account the owner by a code.
    pub(crate) async fn own(&self, own: Own) -> Result<(), Cause> {
        self.inbox.ask(own).await
    }

    /// Adds a device by a code.
    pub(crate) async fn add_device_by_code(&self, add: AddDeviceByCode) -> Result<KeptDevice, Cause> {
        self.inbox.ask(add).await
    }

    /// Sets another password by a code; the device that is left.
    pub(crate) async fn reset(&self, reset: Reset) -> Result<KeptDevice, Cause> {
        self.inbox.ask(reset).await
    }

    /// Takes an open code back; `by` 0 is whoever has the server's machine.
    pub(crate) async fn revoke_code(&self, code: CodeName, by: AccountId) -> Result<(), Cause> {
        self.inbox.ask(super::revoked::RevokeCode { code, by }).await
    }

    /// Takes an account's recovery codes back.
    pub(crate) async fn revoke_recovery(&self, account: AccountId) -> Result<(), Cause> {
        self.inbox.ask(super::revoked::RevokeRecovery(account)).await
    }

    /// The open invites an account made.
    pub(crate) async fn invites(
        &self,
        maker: AccountId,
        now: i64,
    ) -> Result<List<InviteInfo, INVITES_MAX>, Cause> {
        self.read(move |conn| super::invites(conn, maker, now)).await
    }

    /// Every open code.
    pub(crate) async fn open_codes(&self, now: i64) -> Result<Vec<CodeRow>, Cause> {
        self.read(move |conn| super::open_codes(conn, now)).await
    }

    /// A room that people can be brought into, by its name.
    pub(crate) async fn room_named(&self, name: String) -> Result<Option<RoomId>, Cause> {
        self.read(move |conn| super::room_named(conn, &name)).await
    }
}
