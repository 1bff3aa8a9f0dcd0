//! An administrator's orders, and who carries them out: the running server, or, where it stands, the subcommand itself
//! on the same database.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use snug_proto::code::CodeName;
use snug_proto::hello::Registration;
use snug_proto::id::RoomId;
use snug_proto::limits::{INVITE_LIFE_MAX, INVITE_USES_MAX};
use snug_proto::login::Purpose;
use snug_proto::refusal::Cause;
use snug_proto::talk::Role;
use snug_proto::{Address, Fingerprint, Invite, Username};

use crate::admin_socket;
use crate::clock::{Clock, SystemClock};
use crate::codes::{Codes, Made};
use crate::config::Settings;
use crate::door::Shown;
use crate::error::StartError;
use crate::hub::Hub;
use crate::offload::Offload;
use crate::store::{self, CodeRow, Drive, NewCode, NewRooms, Plant, Store};

/// What an administrator wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Order {
    /// An invite.
    Invite {
        /// How many people it lets in.
        uses: u16,
        /// How long it is good, in seconds.
        life: u64,
        /// What people dial; what the server knows where nothing is said.
        address: Option<String>,
        /// The name of a room that comes with it.
        room: Option<String>,
        /// What its users may do there: member, moderator or owner.
        role: Option<String>,
    },
    /// A code that sets another password for somebody.
    Reset {
        /// Whose.
        name: String,
        /// What people dial.
        address: Option<String>,
    },
    /// Every open code.
    Invites,
    /// Another link in the place of every open one, because those name a key that is not in use any more.
    Anew {
        /// What people dial.
        address: Option<String>,
    },
    /// Takes a code back.
    Uninvite {
        /// Its first four characters.
        code: String,
    },
}

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// A code was made. It stands nowhere else.
    Code {
        /// The link.
        link: String,
        /// What can be dictated: the address and the code. Nothing where several people may use it.
        dictated: Option<String>,
        /// How many people it lets in.
        uses: u16,
        /// How long it is good, in seconds.
        life: Option<u64>,
        /// Whether the address works only in this network.
        only_at_home: bool,
    },
    /// Open codes.
    Codes {
        /// The codes, oldest first.
        codes: Vec<Listed>,
    },
    /// Links were made in the place of others, which do nothing any more.
    Anew {
        /// The links, those of the oldest codes first.
        links: Vec<Anew>,
    },
    /// Done.
    Done,
    /// Not done.
    Refused {
        /// Why, as a sentence.
        why: String,
    },
}

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

/// How long a reset code is good.
const RESET_LIFE_MS: i64 = 7 * store::DAY_MS;

/// Carries orders out.
pub(crate) struct Office {
    pub(crate) store: Store,
    pub(crate) codes: Codes,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) registration: Registration,
    /// What people dial.
    pub(crate) address: Address,
    pub(crate) key: Key,
}

/// Where links take the server's key from.
pub(crate) enum Key {
    /// What a running server shows, which may change while it runs.
    Shown(Arc<Shown>),
    /// What a standing one will show.
    Kept(Fingerprint),
}

/// Gives an order to the server that runs on this data folder, or carries it out where none does.
///
/// # Errors
/// A sentence that says what to do.
pub async fn give(settings: &Settings, fingerprint: Fingerprint, order: Order) -> Result<Answer, StartError> {
    let folder = |error| StartError::Folder { path: settings.data.clone(), error };
    if let Some(answer) = admin_socket::ask(&settings.data, &order).await.map_err(folder)? {
        return Ok(answer);
    }
    if !store::exists(&settings.data)? {
        let why = "There is no database yet. Start the server once, then give this order again.".into();
        return Ok(Answer::Refused { why });
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (found, opaque) = crate::open_data(settings, clock.now_ms())?;
    let hub = Arc::new(Hub::new(settings.max_users, found.known.clone(), Plant::Nothing));
    let offload = Offload::threads(store::READERS);
    let new_rooms = NewRooms::of(&settings.limits);
    let (store, writer) =
        Store::start(found, hub, clock.clone(), offload, Drive::Thread, new_rooms, Plant::Nothing);
    let office = Office {
        codes: Codes::new(store.clone(), opaque, clock.clone(), false),
        store,
        clock,
        registration: settings.registration,
        address: settings.dialled_at(settings.port),
        key: Key::Kept(fingerprint),
    };
    let answer = office.carry_out(order).await;
    drop(office);
    writer.wait().await;
    Ok(answer)
}

/// Why an order was not carried out.
enum Refused {
    Cause(Cause),
    Sentence(String),
}
impl From<Cause> for Refused {
    fn from(cause: Cause) -> Self {
        Self::Cause(cause)
    }
}
impl From<&str> for Refused {
    fn from(sentence: &str) -> Self {
        Self::Sentence(sentence.to_owned())
    }
}

impl Office {
    pub(crate) async fn carry_out(&self, order: Order) -> Answer {
        let done = match order {
            Order::Invite { uses, life, address, room, role } => {
                self.invite(uses, life, address, room, role).await
            }
            Order::Reset { name, address } => self.reset(&name, address).await,
            Order::Invites => self.list().await,
            Order::Anew { address } => self.anew(address).await,
            Order::Uninvite { code } => self.uninvite(&code).await,
        };
        done.unwrap_or_else(|refused| Answer::Refused {
            why: match refused {
                Refused::Cause(cause) => cause.to_string(),
                Refused::Sentence(why) => why,
            },
        })
    }

    /// The link that makes whoever follows it the owner, while there is none.
    pub(crate) async fn owner_invite(&self) -> Option<Invite> {
        if self.store.has_owner().await.unwrap_or(true) {
            return None;
        }
        let code = self.codes.make(NewCode::owners()).await.ok()?.code;
        Some(Invite { address: self.address.clone(), fingerprint: self.fingerprint(), code: Some(code) })
    }

    fn fingerprint(&self) -> Fingerprint {
        match &self.key {
            Key::Shown(shown) => shown.now().fingerprint,
            Key::Kept(fingerprint) => *fingerprint,
        }
    }

    async fn invite(
        &self,
        uses: u16,
        life: u64,
        address: Option<String>,
        room: Option<String>,
        role: Option<String>,
    ) -> Result<Answer, Refused> {
        if self.registration == Registration::Closed {
            return Err("This server takes no new accounts: “registration” is \"closed\". Set it to \"invite\" first.".into());
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
        let role = match role.as_deref() {
            None | Some("member") => Role::Member,
            Some("moderator") => Role::Moderator,
            Some("owner") => Role::Owner,
            Some(_) => return Err("A role is member, moderator or owner.".into()),
        };
        let room = match room {
            None => RoomId(0),
            Some(name) => self.store.room_named(name).await?.ok_or(Cause::UnknownRoom)?,
        };
        let life = life.cast_signed() * 1000;
        let new = NewCode { uses, life: Some(life), room, role, ..NewCode::owners() };
        self.make(NewCode { purpose: Purpose::REGISTER, ..new }, address).await
    }

    async fn reset(&self, name: &str, address: Option<String>) -> Result<Answer, Refused> {
        let name = Username::new(name).map_err(|bad| Refused::Sentence(bad.to_string()))?;
        let account = self.store.credentials(&name).await?.ok_or(Cause::UnknownAccount)?.account;
        let new =
            NewCode { purpose: Purpose::RESET, life: Some(RESET_LIFE_MS), account, ..NewCode::owners() };
        self.make(new, address).await
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

    async fn list(&self) -> Result<Answer, Refused> {
        let now = self.clock.now_ms();
        let codes = self.store.open_codes(now).await?;
        Ok(Answer::Codes { codes: codes.into_iter().map(|row| Listed::of(row, now)).collect() })
    }

    /// The new code first: what is cut short here leaves the old one, which can be made anew once more.
    async fn anew(&self, address: Option<String>) -> Result<Answer, Refused> {
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
            match self.store.revoke_code(row.info.code, None).await {
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

    /// What people dial: what was said, or else what the server knows.
    fn dialled(&self, address: Option<String>) -> Result<Address, Refused> {
        match address {
            None => Ok(self.address.clone()),
            Some(typed) => Address::parse(&typed).map_err(|bad| Refused::Sentence(bad.to_string())),
        }
    }

    async fn uninvite(&self, code: &str) -> Result<Answer, Refused> {
        let bad = "A code is named by its first four characters, as `snug-server invites` lists them.";
        let name: CodeName = code.parse().map_err(|_| bad)?;
        match self.store.revoke_code(name, None).await {
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

/// A time in the largest unit that says enough.
fn in_words(seconds: u64) -> String {
    let (count, unit) = match seconds {
        172_800.. => (seconds.div_ceil(86_400), "day"),
        7_200.. => (seconds.div_ceil(3600), "hour"),
        120.. => (seconds.div_ceil(60), "minute"),
        _ => (seconds, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// What a person reads; programs read the same as JSON.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code { link, dictated, uses, life, only_at_home } => {
                writeln!(f, "{link}")?;
                if let Some(dictated) = dictated {
                    writeln!(f, "  to dictate    {dictated}")?;
                }
                let people = if *uses == 1 { "one person".into() } else { format!("{uses} people") };
                let until = life.map_or(String::new(), |life| format!(", for {}", in_words(life)));
                writeln!(f, "  good for      {people}{until}")?;
                if *only_at_home {
                    writeln!(
                        f,
                        "  This address works only at home; --address, or “address” in the configuration, names another."
                    )?;
                }
                Ok(())
            }
            Self::Codes { codes } if codes.is_empty() => writeln!(f, "There are no open codes."),
            Self::Codes { codes } => codes.iter().try_for_each(|code| write!(f, "{code}")),
            Self::Anew { links } if links.is_empty() => writeln!(f, "There are no open links."),
            Self::Anew { links } => links
                .iter()
                .try_for_each(|Anew { before, link }| write!(f, "{link}\n  in place of   {before}")),
            Self::Done => writeln!(f, "Done."),
            Self::Refused { why } => writeln!(f, "{why}"),
        }
    }
}
impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, purpose, account, uses, life, maker, used_by, .. } = self;
        write!(f, "{code}  {purpose}")?;
        account.iter().try_for_each(|account| write!(f, " for {account}"))?;
        write!(f, ", {uses} left")?;
        life.iter().try_for_each(|life| write!(f, ", for {}", in_words(*life)))?;
        write!(f, ", by {}", maker.as_deref().unwrap_or("the administrator"))?;
        if !used_by.is_empty() {
            write!(f, ", used by {}", used_by.join(", "))?;
        }
        writeln!(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_words() {
        let told = [7 * 86_400, 86_400, 3600, 60, 1].map(in_words);
        assert_eq!(told, ["7 days", "24 hours", "60 minutes", "60 seconds", "1 second"]);
    }

    #[test]
    fn an_order_is_one_line() {
        let order = Order::Uninvite { code: "7K3M".into() };
        let line = serde_json::to_string(&order).unwrap();
        assert_eq!(line, r#"{"order":"uninvite","code":"7K3M"}"#);
        assert_eq!(serde_json::from_str::<Order>(&line).unwrap(), order);
    }
}
