//! Login by code: who knows one has proved it here, and what is finished next on the connection uses it up.

use snug_proto::Username;
use snug_proto::bounded::Bytes;
use snug_proto::code::CodeName;
use snug_proto::hello::Registration;
use snug_proto::id::AccountId;
use snug_proto::login::{LoginReply, NewDevice, Purpose, Stretch};
use snug_proto::refusal::{Cause, Refusal};

use super::super::opaque::{self, Started};
use super::super::wire::Stream;
use super::{Answer, Answered, Login, NotAdmitted, Step, random, random_device, refuse, refuse_with};
use crate::store::{AddDeviceByCode, CodeFacts, Own, ProvenCode, Reset};

/// A code whose proof is under way.
pub(super) struct Tried {
    name: CodeName,
    /// `None`: there is no such code, or no try was left.
    code: Option<ProvenCode>,
}

/// A code that was proven on this connection.
pub(super) struct Proven {
    pub(super) code: ProvenCode,
    purpose: Purpose,
    account: Option<(AccountId, Username)>,
}

/// What the tries of a code are counted under. No name of an account has a space in it.
fn throttled_as(name: CodeName) -> String {
    format!("code {name}")
}

impl<S: Stream> Login<'_, S> {
    /// Whether somebody may ask for an account here: who has a code that allows it, or everybody. A closed server lets
    /// in only its owner.
    pub(super) fn may_register(&self) -> Result<(), Cause> {
        let purpose = self.proven.as_ref().map(|proven| proven.purpose);
        match (self.shared.hub.in_force().registration, purpose) {
            (_, Some(Purpose::OWN)) => Ok(()),
            (_, Some(Purpose::RESET | Purpose::RECOVER | Purpose::ADD_DEVICE)) => Err(Cause::NotAllowed),
            (Registration::Closed, _) => Err(Cause::RegistrationClosed),
            (Registration::Invite, None) => Err(Cause::InviteNeeded),
            (Registration::Invite | Registration::Open, _) => Ok(()),
        }
    }

    pub(super) async fn code_start(&mut self, name: CodeName, ke1: &[u8]) -> Answered {
        if let Err(refusal) = self.check_source() {
            return refuse_with(refusal);
        }
        let now = tokio::time::Instant::now();
        if let Err(wait) = self.shared.throttle.start(&throttled_as(name), self.source, now) {
            return refuse_with(Refusal::after(Cause::TooManyTries, wait));
        }
        let record = match self.shared.store.try_code(name).await {
            Ok(record) => record,
            Err(cause) => return refuse(cause),
        };
        let started = self.shared.opaque.start_code(name, record.as_ref(), ke1, &self.exporter);
        let (started, ke2) = started.map_err(|_| NotAdmitted::Malformed)?;
        let stretch = record.as_ref().map_or(Stretch::ARGON2ID_64M, |record| record.stretch);
        let code = record.map(|record| ProvenCode { name, credential: record.credential });
        self.step = Step::Code { tried: Tried { name, code }, started: Box::new(started) };
        let ke2 = Bytes::new(ke2).map_err(|_| NotAdmitted::Malformed)?;
        Ok(Answer::Reply(LoginReply::LoginChallenge { ke2, stretch }))
    }

    /// Only whoever knows the secret learns whether the code has expired, is used up or was revoked.
    pub(super) async fn code_finish(&mut self, tried: Tried, started: Started, ke3: &[u8]) -> Answered {
        let proven = started.finish(ke3).is_ok();
        let Some(code) = tried.code.filter(|_| proven) else { return refuse(Cause::WrongCode) };
        self.shared.throttle.give_back(&throttled_as(tried.name), self.source);
        let CodeFacts { purpose, account } = match self.shared.store.prove_code(code).await {
            Ok(facts) => facts,
            Err(cause) => return refuse(cause),
        };
        if let Some((account, _)) = &account
            && let Err(refusal) = self.check_account(*account)
        {
            return refuse_with(refusal);
        }
        let name = account.as_ref().map(|(_, name)| name.clone());
        self.proven = Some(Proven { code, purpose, account });
        Ok(Answer::Reply(LoginReply::CodeProven { purpose, account: name }))
    }

    /// Whoever logs in where an owner's code was proven is the owner from now on. Other codes are for newcomers.
    pub(super) async fn own(&mut self, account: AccountId) -> Result<(), Cause> {
        match self.proven.take() {
            Some(proven) if proven.purpose == Purpose::OWN => {
                self.shared.store.own(Own { account, code: proven.code }).await
            }
            _ => Ok(()),
        }
    }

    pub(super) fn reset_start(&mut self, request: &[u8]) -> Answered {
        let resets = |proven: &Proven| matches!(proven.purpose, Purpose::RESET | Purpose::RECOVER);
        if !self.proven.as_ref().is_some_and(resets) {
            return refuse(Cause::NotAllowed);
        }
        let credential = random();
        let response = self.shared.opaque.register(&credential, request);
        let response = response.map_err(|_| NotAdmitted::Malformed)?;
        self.step = Step::Reset { credential };
        let response = Bytes::new(response).map_err(|_| NotAdmitted::Malformed)?;
        Ok(Answer::Reply(LoginReply::RegisterChallenge { response }))
    }

    pub(super) async fn reset_finish(
        &mut self,
        credential: [u8; 16],
        upload: &[u8],
        stretch: Stretch,
        device: NewDevice,
    ) -> Answered {
        let record = opaque::record(upload).map_err(|_| NotAdmitted::Malformed)?;
        let Some((code, name)) = self.take_proven() else { return refuse(Cause::NotAllowed) };
        if let Err(not) = self.check_key(&device)? {
            return refuse_with(not);
        }
        let device_id = random_device();
        let reset = Reset { code, credential, record, stretch, device, device_id };
        match self.shared.store.reset(reset).await {
            Ok(kept) => self.claim_seat(kept, name).await,
            Err(cause) => refuse(cause),
        }
    }

    pub(super) async fn add_device_by_code(&mut self, device: NewDevice) -> Answered {
        let Some((code, name)) = self.take_proven() else { return refuse(Cause::NotAllowed) };
        if let Err(not) = self.check_key(&device)? {
            return refuse_with(not);
        }
        let devices_max = self.shared.settings.limits.devices_per_account;
        let add = AddDeviceByCode { code, device, device_id: random_device(), devices_max };
        match self.shared.store.add_device_by_code(add).await {
            Ok(kept) => self.added(kept, name).await,
            Err(cause) => refuse(cause),
        }
    }

    /// A proven code that belongs to an account.
    fn take_proven(&mut self) -> Option<(ProvenCode, Username)> {
        let Proven { code, account, .. } = self.proven.take()?;
        Some((code, account?.1))
    }
}
