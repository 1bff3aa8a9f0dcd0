//! What people may ask about their own account: its password, and what it and others look like.

use snug_proto::bounded::Bytes;
use snug_proto::id::AccountId;
use snug_proto::login::Stretch;
use snug_proto::refusal::{Cause, Refusal};
use snug_proto::talk::Reply;
use tokio::time::Instant;

use super::login::random;
use super::opaque::{self, Started};
use super::session::Session;
use super::throttle::NameKey;
use super::wire::Stream;
use crate::error::refusal;
use crate::store::SetPassword;
use crate::tls;

/// What was started on a session. Each serves one finish, and a newer one takes the place of an older. Boxed: hardly any
/// session ever starts one.
#[derive(Default)]
pub(super) struct Pending {
    proof: Option<Box<Proof>>,
    /// What OPAQUE is to know the account by under its next password.
    password: Option<Box<[u8; 16]>>,
}

/// The proof of the account's password, under way.
struct Proof {
    /// What its tries are counted under.
    tried: NameKey,
    /// Which password it is about.
    credential: [u8; 16],
    started: Started,
}

impl<S: Stream> Session<S> {
    /// A session is no proof: whoever sits down at a machine that was left open does not know the password. Tries are
    /// counted with those of logins.
    pub(super) async fn proof_start(&mut self, id: u32, ke1: &[u8]) {
        let started = self.start_proof(ke1).await;
        let reply = started.and_then(|(ke2, stretch)| {
            let ke2 = Bytes::new(ke2).map_err(|_| refusal(Cause::Internal))?;
            Ok(Reply::ProofChallenge { ke2, stretch })
        });
        self.answer_with(id, reply);
    }

    async fn start_proof(&mut self, ke1: &[u8]) -> Result<(Vec<u8>, Stretch), Refusal> {
        self.pending.proof = None;
        let account = self.shared.store.credentials_of(self.handle.account).await.map_err(refusal)?;
        let account = account.ok_or_else(|| refusal(Cause::UnknownAccount))?;
        let tried = account.name.skeleton();
        let counted = self.shared.throttle.start(&tried, self.handle.source, Instant::now());
        counted.map_err(|wait| Refusal::after(Cause::TooManyTries, wait))?;
        let exporter = tls::exporter(self.tls()).map_err(|_| refusal(Cause::Internal))?;
        let started = self.shared.opaque.start(&account.name, Some(&account), ke1, &exporter);
        let (started, ke2) = started.map_err(|_| refusal(Cause::Malformed))?;
        let credential = account.credential;
        self.pending.proof = Some(Box::new(Proof { tried, credential, started }));
        Ok((ke2, account.stretch))
    }

    /// Whether this finishes the proof; which password it was.
    pub(super) fn finish_proof(&mut self, ke3: &[u8]) -> Result<[u8; 16], Cause> {
        let Proof { tried, credential, started } = *self.pending.proof.take().ok_or(Cause::NotAllowed)?;
        started.finish(ke3).map_err(|_| Cause::WrongPassword)?;
        self.shared.throttle.give_back(&tried, self.handle.source);
        Ok(credential)
    }

    pub(super) fn password_start(&mut self, id: u32, request: &[u8]) {
        let credential = random();
        let response = self.shared.opaque.register(&credential, request).ok();
        let response = response.and_then(|response| Bytes::new(response).ok());
        self.pending.password = response.is_some().then(|| Box::new(credential));
        self.reply(
            id,
            response.map(|response| Reply::PasswordChallenge { response }).ok_or(Cause::Malformed),
        );
    }

    pub(super) fn change_password(&mut self, id: u32, ke3: &[u8], upload: &[u8], stretch: Stretch) {
        let set = match self.password_to_set(ke3, upload, stretch) {
            Ok(set) => set,
            Err(cause) => return self.reply(id, Err(cause)),
        };
        let (shared, by) = (self.shared.clone(), self.handle.clone());
        self.work.push(Box::pin(async move {
            let set = shared.store.set_password(set).await;
            if set.is_ok() {
                shared.hub.access_changed(by.account, by.device);
            }
            (id, set.map(|()| Reply::Done).map_err(refusal))
        }));
    }

    fn password_to_set(&mut self, ke3: &[u8], upload: &[u8], stretch: Stretch) -> Result<SetPassword, Cause> {
        let credential = *self.pending.password.take().ok_or(Cause::NotAllowed)?;
        let proved = self.finish_proof(ke3)?;
        let record = opaque::record(upload).map_err(|_| Cause::Malformed)?;
        Ok(SetPassword { account: self.handle.account, proved, credential, record, stretch })
    }

    pub(super) fn profiles(&mut self, id: u32, after: AccountId) {
        let store = self.shared.store.clone();
        self.work.push(Box::pin(async move {
            let profiles = store.profiles(after).await;
            (id, profiles.map(Reply::Profiles).map_err(refusal))
        }));
    }
}
