//! The end of an account, as its person wishes.

use std::sync::Arc;

use snug_proto::id::AccountId;
use snug_proto::refusal::Cause;
use snug_proto::talk::Reply;

use super::session::Session;
use super::wire::Stream;
use crate::Shared;
use crate::error::refusal;
use crate::store::{DeleteAccount, EmptyTexts, Place, Store};

/// How often what an account wrote is gone through, when another of its devices goes on writing meanwhile.
const ROUNDS_MAX: usize = 4;

impl<S: Stream> Session<S> {
    pub(super) fn delete_account(&mut self, id: u32, ke3: &[u8], texts: bool) {
        let proved = match self.finish_proof(ke3) {
            Ok(proved) => proved,
            Err(cause) => return self.reply(id, Err(cause)),
        };
        let (shared, account) = (self.shared.clone(), self.handle.account);
        self.work.push(Box::pin(async move {
            let done = delete(&shared, account, proved, texts).await;
            (id, done.map(|()| Reply::Done).map_err(refusal))
        }));
    }
}

/// All of it, or nothing but some texts: who was cut off in between can ask again.
async fn delete(
    shared: &Arc<Shared>,
    account: AccountId,
    proved: [u8; 16],
    texts: bool,
) -> Result<(), Cause> {
    for _ in 0..ROUNDS_MAX {
        let emptied = if texts {
            let marks = shared.store.marks_of(account).await?;
            empty_texts(&shared.store, account).await?;
            Some(marks)
        } else {
            None
        };
        match shared.store.delete_account(DeleteAccount { account, proved, emptied }).await {
            Ok(devices) => {
                shared.hub.revoke(&devices);
                return Ok(());
            }
            // It has written since: once more.
            Err(Cause::Stale) => {}
            Err(cause) => return Err(cause),
        }
    }
    Err(Cause::Busy)
}

/// Goes through the whole log once, in steps between which others have their turn.
async fn empty_texts(store: &Store, account: AccountId) -> Result<(), Cause> {
    let mut next = Some(Place::default());
    while let Some(after) = next {
        let written = store.written_by(account, after).await?;
        let (room, targets) = (written.room, written.targets);
        if !targets.is_empty() {
            store.empty_texts(EmptyTexts { account, room, targets }).await?;
        }
        next = written.next;
    }
    Ok(())
}
