//! Orders about bans: who is kept out, and until when.

use serde::{Deserialize, Serialize};
use snug_proto::bounded::Text;
use snug_proto::house::{Act, BanId, BanInfo, BanKind, Banned};
use snug_proto::id::DeviceId;
use snug_proto::refusal::Cause;

use super::people::seconds;
use super::{Answer, Office, Refused, Whom};
use crate::listener::Source;

/// A ban in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ban {
    /// The number by which it is lifted.
    pub ban: u32,
    /// What it keeps out: account, device or network.
    pub kind: String,
    /// Whose account or device, or from whom the network was taken; nothing where it was named by itself.
    pub account: Option<String>,
    /// The network.
    pub network: Option<String>,
    /// Since when, in milliseconds since 1970 UTC.
    pub at: i64,
    /// How many seconds it still holds; nothing where it does not end.
    pub life: Option<u64>,
    /// Whose ban it is; nothing where it is the administrator's.
    pub by: Option<String>,
}

impl Office {
    pub(super) async fn ban(&self, whom: Whom, life: Option<u64>) -> Result<Answer, Refused> {
        let until = match life {
            None => 0,
            Some(0) => return Err("A ban takes some time, or has no end: leave out --for.".into()),
            Some(life) => {
                let life = i64::try_from(life).unwrap_or(i64::MAX).saturating_mul(1000);
                self.clock.now_ms().saturating_add(life)
            }
        };
        let what = self.banned(whom).await?;
        self.act(Act::Ban { what, until }).await?;
        Ok(Answer::Done)
    }

    async fn banned(&self, whom: Whom) -> Result<Banned, Refused> {
        match whom {
            Whom::Person(name) => Ok(Banned::Account(self.account_called(&name).await?)),
            Whom::Device { name, device } => self.device_called(&name, &device).await,
            Whom::NetworksOf(name) => {
                let account = self.account_called(&name).await?;
                if self.stands() || !self.hub.is_here(account) {
                    return Err(Refused::Sentence(format!(
                        "{name} is not here now, so their network is not known. Name it with --address."
                    )));
                }
                Ok(Banned::SourcesOf(account))
            }
            Whom::Network(address) => Ok(Banned::Source(network(&address)?)),
        }
    }

    async fn device_called(&self, name: &str, device: &str) -> Result<Banned, Refused> {
        let account = self.account_called(name).await?;
        let devices = self.store.access(account).await?.devices;
        let meant = device.parse().map(DeviceId);
        match devices.iter().find(|known| meant == Ok(known.device)) {
            Some(device) => Ok(Banned::Device(device.device)),
            None => Err(Refused::Sentence(format!(
                "{name} has no such device. `snug-server devices {name}` lists them."
            ))),
        }
    }

    pub(super) async fn bans(&self) -> Result<Answer, Refused> {
        let now = self.clock.now_ms();
        let bans = self.store.bans(now).await?.into_vec();
        let accounts = self.names(bans.iter().map(|ban| ban.account)).await?;
        let by = self.names(bans.iter().map(|ban| ban.by)).await?;
        let named = bans.into_iter().zip(accounts).zip(by);
        Ok(Answer::Bans { bans: named.map(|((ban, account), by)| listed(ban, account, by, now)).collect() })
    }

    pub(super) async fn unban(&self, ban: u32) -> Result<Answer, Refused> {
        match self.act(Act::Unban { ban: BanId(ban) }).await {
            Err(Cause::NotThere) => {
                Err("There is no ban of this number. `snug-server bans` lists them.".into())
            }
            done => Ok(done.map(|()| Answer::Done)?),
        }
    }
}

fn network(address: &str) -> Result<Text<{ snug_proto::limits::SOURCE_BYTES_MAX }>, Refused> {
    let bad = "This is no address; one looks like 203.0.113.7 or 2001:db8::1.";
    let source: Source = address.parse().map_err(|_| bad)?;
    Ok(Text::cut(&source.to_string()))
}

fn listed(ban: BanInfo, account: Option<String>, by: Option<String>, now: i64) -> Ban {
    let kind = match ban.kind {
        BanKind::ACCOUNT => "account",
        BanKind::DEVICE => "device",
        BanKind::SOURCE => "network",
        _ => "other",
    };
    let network = ban.source.into_string();
    Ban {
        ban: ban.ban.0,
        kind: kind.to_owned(),
        account,
        network: (!network.is_empty()).then_some(network),
        at: ban.at,
        life: (ban.until != 0).then(|| seconds(now, ban.until)),
        by,
    }
}
