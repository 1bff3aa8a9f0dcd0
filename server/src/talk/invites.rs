//! What people may ask about codes: invites, and a code for another device of theirs.

use std::time::Duration;

use snug_proto::bounded::{List, Text};
use snug_proto::code::CodeName;
use snug_proto::hello::Registration;
use snug_proto::id::{AccountId, RoomId};
use snug_proto::limits::{INVITE_LIFE_MAX, INVITE_USES_MAX, RECOVERY_CODES};
use snug_proto::login::Purpose;
use snug_proto::refusal::{Cause, Refusal};
use snug_proto::talk::{Reply, Role};

use super::session::Session;
use super::wire::Stream;
use crate::codes::Made;
use crate::error::refusal;
use crate::store::NewCode;

/// How long a code for another device is good: the device is at hand.
const DEVICE_CODE_LIFE: Duration = Duration::from_secs(600);

impl<S: Stream> Session<S> {
    pub(super) fn invite(&mut self, id: u32, uses: u16, life: u32, room: RoomId) {
        let good =
            (1..=INVITE_USES_MAX).contains(&uses) && (1..=INVITE_LIFE_MAX.as_secs()).contains(&life.into());
        if !good {
            return self.reply(id, Err(Cause::Malformed));
        }
        if self.shared.hub.in_force().registration == Registration::Closed {
            return self.reply(id, Err(Cause::RegistrationClosed));
        }
        self.make_code(
            id,
            NewCode {
                purpose: Purpose::REGISTER,
                uses,
                life: Some(i64::from(life) * 1000),
                maker: self.handle.account,
                account: AccountId(0),
                room,
                role: Role::Member,
            },
        );
    }

    pub(super) fn invite_device(&mut self, id: u32) {
        self.make_code(
            id,
            NewCode {
                purpose: Purpose::ADD_DEVICE,
                uses: 1,
                life: Some(DEVICE_CODE_LIFE.as_secs().cast_signed() * 1000),
                maker: self.handle.account,
                account: self.handle.account,
                room: RoomId(0),
                role: Role::Member,
            },
        );
    }

    pub(super) fn make_code(&mut self, id: u32, new: NewCode) {
        let codes = self.shared.codes.clone();
        let address = Text::cut(self.shared.settings.address.as_deref().unwrap_or_default());
        self.work.push(Box::pin(async move {
            let made = codes.make(new).await.map(|Made { code, expires }| Reply::Code {
                code: Text::cut(&code.symbols()),
                expires: expires.unwrap_or(0),
                address,
            });
            (id, made.map_err(refusal_of_codes))
        }));
    }

    /// Those there were do nothing any more: what is lost is not to lie about.
    pub(super) fn recovery_codes(&mut self, id: u32) {
        let (store, codes, account) =
            (self.shared.store.clone(), self.shared.codes.clone(), self.handle.account);
        let made = async move {
            store.revoke_recovery(account).await?;
            let mut made = Vec::with_capacity(RECOVERY_CODES);
            for _ in 0..RECOVERY_CODES {
                let purpose = Purpose::RECOVER;
                let new = NewCode { purpose, maker: account, account, ..NewCode::owners() };
                made.push(Text::cut(&codes.make(new).await?.code.symbols()));
            }
            Ok(Reply::RecoveryCodes(List::new(made).unwrap_or_default()))
        };
        self.work.push(Box::pin(async move { (id, made.await.map_err(refusal_of_codes)) }));
    }

    pub(super) fn invites(&mut self, id: u32) {
        let (store, account) = (self.shared.store.clone(), self.handle.account);
        let now = self.shared.clock.now_ms();
        self.work.push(Box::pin(async move {
            let invites = store.invites(account, now).await;
            (id, invites.map(Reply::Invites).map_err(refusal))
        }));
    }

    pub(super) fn revoke_code(&mut self, id: u32, code: CodeName) {
        let (store, account) = (self.shared.store.clone(), self.handle.account);
        self.work.push(Box::pin(async move {
            let revoked = store.revoke_code(code, account).await;
            (id, revoked.map(|()| Reply::Done).map_err(refusal))
        }));
    }
}

fn refusal_of_codes(cause: Cause) -> Refusal {
    match cause {
        // Those of the last hour count as well, so that making and revoking does not go on for ever.
        Cause::TooManyInvites => Refusal::after(cause, Duration::from_secs(3600)),
        _ => refusal(cause),
    }
}
