//! Orders about people: who there is, what they may do, and sending them out.

use serde::{Deserialize, Serialize};
use snug_proto::Username;
use snug_proto::house::{Act, PersonInfo};
use snug_proto::id::AccountId;
use snug_proto::limits::PEOPLE_PAGE_MAX;
use snug_proto::refusal::Cause;
use snug_proto::talk::{DeviceInfo, Role};

use super::{Answer, Office, Refused};
use crate::hub::Seat;
use crate::overview;
use crate::store::{Census, needs_sources_of};

/// Whoever has the server's machine, as the author of acts.
pub(super) const ADMINISTRATOR: AccountId = AccountId(0);

/// Somebody in a list of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resident {
    /// Their name.
    pub name: String,
    /// What they may do on the server: member, moderator or owner.
    pub role: String,
    /// When the account was made, in milliseconds since 1970 UTC.
    pub created: i64,
    /// Whether they are here now.
    pub online: bool,
    /// How many seconds ago they were last here, to the hour; nothing where they do not show that.
    pub seen: Option<u64>,
    /// Who invited them; nothing where nobody did, or the administrator.
    pub invited_by: Option<String>,
    /// How many devices they have.
    pub devices: u32,
    /// Bytes of their files.
    pub files: u64,
    /// Whether they are kept out.
    pub banned: bool,
}

/// How many there are, and how much space they take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// Accounts there are.
    pub accounts: u32,
    /// Seats that are taken.
    pub seats: u32,
    /// Seats in all.
    pub max_users: u32,
    /// Bytes of the database on the disk.
    pub database: u64,
    /// Bytes of people's files.
    pub files: u64,
    /// Bytes that are free on that disk; nothing where the system does not say.
    pub disk_free: Option<u64>,
}

/// A device in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// By which a ban names it. A text, since it is a number that not every reader of JSON keeps whole.
    pub device: String,
    /// The name that its person gave it; may be empty.
    pub name: String,
    /// The system it runs on.
    pub system: String,
    /// When it was added, in milliseconds since 1970 UTC.
    pub added: i64,
    /// Whether it is here now.
    pub online: bool,
    /// How many seconds ago it was last here, to the hour.
    pub seen: u64,
}

impl Office {
    pub(super) async fn people(&self) -> Result<Answer, Refused> {
        let now = self.clock.now_ms();
        let mut all: Vec<PersonInfo> = Vec::new();
        loop {
            let after = all.last().map_or(AccountId(0), |person| person.account);
            let people = overview::people(&self.store, &self.hub, after, now).await?.into_vec();
            let last = people.len() < PEOPLE_PAGE_MAX;
            all.extend(people);
            if last {
                break;
            }
        }
        let inviters = self.names(all.iter().map(|person| person.invited_by)).await?;
        let people = all.into_iter().zip(inviters);
        Ok(Answer::People {
            people: people.map(|(person, invited_by)| resident(person, invited_by, now)).collect(),
        })
    }

    pub(super) async fn storage(&self) -> Result<Answer, Refused> {
        let Census { accounts, database, files } = self.store.census().await?;
        let disk_free = self.blobs.disk_free().await;
        let (seats, max_users) = (Seat::taken(&self.hub), self.hub.in_force().max_users);
        Ok(Answer::Storage(Storage { accounts, seats, max_users, database, files, disk_free }))
    }

    pub(super) async fn devices(&self, name: &str) -> Result<Answer, Refused> {
        let account = self.account_called(name).await?;
        let now = self.clock.now_ms();
        let access = overview::access(&self.store, &self.hub, account).await?;
        let devices = access.devices.into_vec().into_iter();
        Ok(Answer::Devices { devices: devices.map(|device| listed(device, now)).collect() })
    }

    pub(super) async fn kick(&self, name: &str) -> Result<Answer, Refused> {
        let account = self.account_called(name).await?;
        if self.stands() {
            return Err(
                "The server does not run, so nobody is here. `snug-server ban` keeps somebody out.".into()
            );
        }
        if !self.hub.is_here(account) {
            return Err(Refused::Sentence(format!("{name} is not here now.")));
        }
        self.act(Act::Kick { account }).await?;
        Ok(Answer::Done)
    }

    pub(super) async fn promote(&self, name: &str, role: &str) -> Result<Answer, Refused> {
        let (account, role) = (self.account_called(name).await?, role_called(role)?);
        match self.store.set_role_in_house(ADMINISTRATOR, account, role).await {
            Err(Cause::LastServerOwner) => Err(Refused::Sentence(format!(
                "{name} is the last owner of this server. Make somebody else an owner first."
            ))),
            done => Ok(done.map(|()| Answer::Done)?),
        }
    }

    /// Carries out an act of the administrator's.
    pub(super) async fn act(&self, act: Act) -> Result<(), Cause> {
        let sources = needs_sources_of(&act).map(|account| self.hub.sources_of(account));
        self.store.act(ADMINISTRATOR, act, sources.unwrap_or_default()).await
    }

    /// Whose account this is.
    pub(super) async fn account_called(&self, name: &str) -> Result<AccountId, Refused> {
        let name = Username::new(name).map_err(|bad| Refused::Sentence(bad.to_string()))?;
        match self.store.credentials(&name).await? {
            Some(found) => Ok(found.account),
            None => Err("There is no such person here. `snug-server people` lists everybody.".into()),
        }
    }

    /// What accounts are called; nothing for the administrator.
    pub(super) async fn names(
        &self,
        accounts: impl Iterator<Item = AccountId>,
    ) -> Result<Vec<Option<String>>, Cause> {
        let names = self.store.names(accounts.collect()).await?;
        Ok(names.into_iter().map(|name| name.map(|name| name.to_string())).collect())
    }
}

/// The role that is called so.
pub(super) fn role_called(name: &str) -> Result<Role, Refused> {
    match name {
        "member" => Ok(Role::Member),
        "moderator" => Ok(Role::Moderator),
        "owner" => Ok(Role::Owner),
        _ => Err("A role is member, moderator or owner.".into()),
    }
}

fn called(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Moderator => "moderator",
        Role::Owner => "owner",
    }
}

/// How many seconds lie between.
pub(super) fn seconds(from: i64, to: i64) -> u64 {
    to.saturating_sub(from).max(0).cast_unsigned() / 1000
}

fn resident(person: PersonInfo, invited_by: Option<String>, now: i64) -> Resident {
    Resident {
        name: person.name.to_string(),
        role: called(person.role).to_owned(),
        created: person.created,
        online: person.online,
        seen: person.seen.map(|seen| seconds(seen, now)),
        invited_by,
        devices: person.devices,
        files: person.files,
        banned: person.banned,
    }
}

fn listed(device: DeviceInfo, now: i64) -> Device {
    Device {
        device: device.device.to_string(),
        name: device.name.into_string(),
        system: device.system.into_string(),
        added: device.added,
        online: device.online,
        seen: seconds(device.seen, now),
    }
}
