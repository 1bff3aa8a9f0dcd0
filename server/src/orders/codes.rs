//! Orders about codes: invites, resets, and the owner's link.

use serde::{Deserialize, Serialize};
use snug_proto::Invite;
use snug_proto::code::CodeName;
use snug_proto::hello::Registration;
use snug_proto::id::{AccountId, RoomId};
use snug_proto::limits::{INVITE_LIFE_MAX, INVITE_USES_MAX};
use snug_proto::login::Purpose;
use snug_proto::refusal::Cause;
use snug_proto::talk::Role;

use super::people::role_called;
use super::{Answer, Office, Refused};
use crate::clock::{Clock, SystemClock};
use crate::codes::Made;
use crate::config::Settings;
use crate::error::StartError;
use crate::store::{self, CodeRow, NewCode};

/// An open code in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its first four characters.
    pub code: String,
    /// What it is for.
    pub purpose: String,
    /// Whose account it is for.
    pub account: Option<String>,
    /// How many people it still lets in.
    pub uses: u16,
    /// When it was made, in milliseconds since 1970 UTC.
    pub created: i64,
    /// How many seconds it is still good; nothing where it does not expire.
    pub life: Option<u64>,
    /// Who made it; nothing where the administrator did.
    pub maker: Option<String>,
    /// Who came by it.
    pub used_by: Vec<String>,
}

/// A link in the place of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anew {
    /// The code that does nothing any more.
    pub before: Listed,
    /// The link. It stands nowhere else.
    pub link: String,
}

impl Office {
    /// The link that makes whoever follows it the owner, while there is none.
    pub(crate) async fn owner_invite(&self) -> Option<Invite> {
        if self.store.has_owner().await.unwrap_or(true) {
            return None;
        }
        let code = self.codes.make(NewCode::owners()).await.ok()?.code;
        Some(Invite { address: self.address.clone(), fingerprint: self.fingerprint(), code: Some(code) })
    }

    pub(super) async fn invite(
        &self,
        uses: u16,
        life: u64,
        address: Option<String>,
        room: Option<String>,
        role: Option<String>,
    ) -> Result<Answer, Refused> {
        if self.hub.in_force().registration == Registration::Closed {
            return Err("This server takes no new accounts: “registration” is \"closed\". Try `snug-server setting registration invite` first.".into());
        }
        if !(1..=INVITE_USES_MAX).contains(&uses) {
            return Err(Refused::Sentence(format!("An invite lets in 1 to {INVITE_USES_MAX} people.")));
        }
        let longest = INVITE_LIFE_MAX.as_secs();
        if !(1..=longest).contains(&life) {
            return Err(Refused::Sentence(format!(
                "An invite is good for at most {} days.",
                longest / 86_400
            )));
        }
        let role = role.as_deref().map_or(Ok(Role::Member), role_called)?;
        let room = match room {
            None => RoomId(0),
            Some(name) => self.store.room_named(name).await?.ok_or(Cause::UnknownRoom)?,
        };
        let life = life.cast_signed() * 1000;
        let new = NewCode { uses, life: Some(life), room, role, ..NewCode::owners() };
        self.make(NewCode { purpose: Purpose::REGISTER, ..new }, address).await
    }

    pub(super) async fn reset(&self, name: &str, address: Option<String>) -> Result<Answer, Refused> {
        let account = self.account_called(name).await?;
        self.make(NewCode { account, ..NewCode::reset() }, address).await
    }

    async fn make(&self, new: NewCode, address: Option<String>) -> Result<Answer, Refused> {
        let address = self.dialled(address)?;
        let (uses, life) = (new.uses, new.life);
        let Made { code, .. } = self.codes.make(new).await?;
        let invite = Invite { address, fingerprint: self.fingerprint(), code: Some(code) };
        Ok(Answer::Code {
            link: invite.link(),
            dictated: invite.dictated(),
            only_at_home: invite.address.is_private(),
            uses,
            life: life.map(|life| life.cast_unsigned() / 1000),
        })
    }

    pub(super) async fn list(&self) -> Result<Answer, Refused> {
        let now = self.clock.now_ms();
        let codes = self.store.open_codes(now).await?;
        Ok(Answer::Codes { codes: codes.into_iter().map(|row| Listed::of(row, now)).collect() })
    }

    /// The new code first: what is cut short here leaves the old one, which can be made anew once more.
    pub(super) async fn anew(&self, address: Option<String>) -> Result<Answer, Refused> {
        let address = self.dialled(address)?;
        let now = self.clock.now_ms();
        let mut links = Vec::new();
        for row in self.store.open_codes(now).await?.into_iter().filter(CodeRow::is_link) {
            let code = match self.codes.make(row.anew.clone()).await {
                Ok(Made { code, .. }) => code,
                // Its maker has as many as they may. It stays in the list, and they can revoke it.
                Err(Cause::TooManyInvites) => continue,
                Err(cause) => return Err(cause.into()),
            };
            match self.store.revoke_code(row.info.code, AccountId(0)).await {
                // Somebody used it at this very moment.
                Ok(()) | Err(Cause::NotThere) => {}
                Err(cause) => return Err(cause.into()),
            }
            let invite =
                Invite { address: address.clone(), fingerprint: self.fingerprint(), code: Some(code) };
            links.push(Anew { before: Listed::of(row, now), link: invite.link() });
        }
        Ok(Answer::Anew { links })
    }

    pub(super) async fn uninvite(&self, code: &str) -> Result<Answer, Refused> {
        let bad = "A code is named by its first four characters, as `snug-server invites` lists them.";
        let name: CodeName = code.parse().map_err(|_| bad)?;
        match self.store.revoke_code(name, AccountId(0)).await {
            Ok(()) => Ok(Answer::Done),
            Err(Cause::NotThere) => Err("There is no open code of this name.".into()),
            Err(cause) => Err(cause.into()),
        }
    }
}

impl Listed {
    fn of(row: CodeRow, now: i64) -> Self {
        Self {
            code: row.info.code.to_string(),
            purpose: purpose(row.purpose).to_owned(),
            account: row.account,
            uses: row.info.uses,
            created: row.info.created,
            life: (row.info.expires != 0).then(|| (row.info.expires - now).max(0).cast_unsigned() / 1000),
            maker: row.maker,
            used_by: row.used_by,
        }
    }
}

/// The open codes that went out in links, whether a server runs on this data folder or not: they name the key that was in
/// use then.
///
/// # Errors
/// [`StartError`] when there is a database that cannot be read.
pub fn links(settings: &Settings) -> Result<Vec<Listed>, StartError> {
    let now = SystemClock.now_ms();
    let rows = store::links(&settings.data, now)?;
    Ok(rows.into_iter().map(|row| Listed::of(row, now)).collect())
}

fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::REGISTER => "invite",
        Purpose::RESET => "reset",
        Purpose::RECOVER => "recovery",
        Purpose::ADD_DEVICE => "device",
        Purpose::OWN => "owner",
        _ => "other",
    }
}
