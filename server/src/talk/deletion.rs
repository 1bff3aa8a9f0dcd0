//! The end of an account, as its person wishes.

use snug_proto::id::AccountId;
use snug_proto::refusal::Cause;
use snug_proto::talk::Reply;

use super::session::Session;
use super::wire::Stream;
use crate::error::refusal;
use crate::hub::Handle;
use crate::store::{DeleteAccount, EmptyTexts, Place, Store};

/// How often what an account wrote is gone through, when another of its devices goes on writing meanwhile.
const ROUNDS_MAX: usize = 4;

impl<S: Stream> Session<S> {
    pub(super) fn delete_account(&mut self, id: u32, ke3: &[u8], texts: bool) {
        let proved = match self.finish_proof(ke3) {
            Ok(proved) => proved,
            Err(cause) => return self.reply(id, Err(cause)),
        };
        let (shared, by) = (self.shared.clone(), self.handle.clone());
        self.work.push(Box::pin(async move {
            let done = delete(&shared.store, &by, proved, texts).await;
            if done.is_ok() {
                // The answer is written before the session looks whether it is to end.
                shared.hub.revoke(&[by.device]);
            }
            (id, done.map(|()| Reply::Done).map_err(refusal))
        }));
    }
}

/// All of it, or nothing but some texts: who was cut off in between can ask again.
async fn delete(store: &Store, by: &Handle, proved: [u8; 16], texts: bool) -> Result<(), Cause> {
    for _ in 0..ROUNDS_MAX {
        let emptied = if texts {
            let marks = store.may_delete(by.account, proved).await?;
            empty_texts(store, by.account).await?;
            Some(marks)
        } else {
            None
        };
        let (account, device, session) = (by.account, by.device, by.id);
        let delete = DeleteAccount { account, device, session, proved, emptied };
        match store.delete_account(delete).await {
            // It has written since: once more.
            Err(Cause::Stale) => {}
            done => return done,
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
