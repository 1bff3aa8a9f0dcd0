//! What administrators may ask about the house.

use std::future::Future;

use snug_proto::id::AccountId;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Reply, Role};

use super::session::Session;
use super::wire::Stream;
use crate::error::refusal;
use crate::overview;
use crate::store::NewCode;

impl<S: Stream> Session<S> {
    pub(super) fn house(&mut self, id: u32) {
        let shared = self.shared.clone();
        self.tell_moderators(id, async move { overview::house(&shared).await.map(Reply::House) });
    }

    pub(super) fn people(&mut self, id: u32, after: AccountId) {
        let shared = self.shared.clone();
        self.tell_moderators(id, async move {
            let now = shared.clock.now_ms();
            overview::people(&shared.store, &shared.hub, after, now).await.map(Reply::People)
        });
    }

    pub(super) fn codes(&mut self, id: u32) {
        let shared = self.shared.clone();
        self.tell_moderators(
            id,
            async move { shared.store.codes(shared.clock.now_ms()).await.map(Reply::Codes) },
        );
    }

    pub(super) fn bans(&mut self, id: u32) {
        let shared = self.shared.clone();
        self.tell_moderators(
            id,
            async move { shared.store.bans(shared.clock.now_ms()).await.map(Reply::Bans) },
        );
    }

    pub(super) fn devices_of(&mut self, id: u32, account: AccountId) {
        let shared = self.shared.clone();
        self.tell_moderators(id, async move {
            overview::access(&shared.store, &shared.hub, account).await.map(Reply::Access)
        });
    }

    pub(super) fn reset(&mut self, id: u32, account: AccountId) {
        let new = NewCode { maker: self.handle.account, account, ..NewCode::reset() };
        self.make_code(id, new);
    }

    /// Answers with what is found out, to whoever may know it.
    fn tell_moderators(
        &mut self,
        id: u32,
        found: impl Future<Output = Result<Reply, Cause>> + Send + 'static,
    ) {
        let (store, account) = (self.shared.store.clone(), self.handle.account);
        self.work.push(Box::pin(async move {
            let answer = match store.rank(account).await {
                Ok(Role::Moderator | Role::Owner) => found.await,
                Ok(Role::Member) => Err(Cause::NotAllowed),
                Err(cause) => Err(cause),
            };
            (id, answer.map_err(refusal))
        }));
    }
}
