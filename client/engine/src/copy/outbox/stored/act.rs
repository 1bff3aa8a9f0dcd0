//! Acts of administrators as they stand on this disk. Append-only.

use serde::{Deserialize, Serialize};
use snug_proto::bounded::Text;
use snug_proto::hello::Registration;
use snug_proto::house::{Act, BanId, Banned, Setting, SettingName};
use snug_proto::id::{AccountId, DeviceId};

/// An act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StoredAct {
    Kick(u64),
    BanAccount {
        account: u64,
        until: i64,
    },
    BanDevice {
        device: u64,
        until: i64,
    },
    BanSourcesOf {
        account: u64,
        until: i64,
    },
    BanSource {
        source: String,
        until: i64,
    },
    Unban(u32),
    SetName(String),
    /// Whether anybody may register, nobody, or who has an invite: 0, 1, 2.
    SetRegistration(u8),
    SetMaxUsers(u32),
    /// By what the configuration calls it.
    Unset(String),
}

impl From<Act> for StoredAct {
    fn from(act: Act) -> Self {
        match act {
            Act::Kick { account } => Self::Kick(account.0),
            Act::Ban { what: Banned::Account(account), until } => {
                Self::BanAccount { account: account.0, until }
            }
            Act::Ban { what: Banned::Device(device), until } => Self::BanDevice { device: device.0, until },
            Act::Ban { what: Banned::SourcesOf(account), until } => {
                Self::BanSourcesOf { account: account.0, until }
            }
            Act::Ban { what: Banned::Source(source), until } => {
                Self::BanSource { source: source.into_string(), until }
            }
            Act::Unban { ban } => Self::Unban(ban.0),
            Act::Set(Setting::Name(name)) => Self::SetName(name.into_string()),
            Act::Set(Setting::Registration(mode)) => Self::SetRegistration(match mode {
                Registration::Open => 0,
                Registration::Closed => 1,
                Registration::Invite => 2,
            }),
            Act::Set(Setting::MaxUsers(max)) => Self::SetMaxUsers(max),
            Act::Unset(name) => Self::Unset(name.as_str().to_owned()),
        }
    }
}

impl StoredAct {
    /// The act as it travels; `None` for what cannot travel.
    pub(super) fn act(self) -> Option<Act> {
        Some(match self {
            Self::Kick(account) => Act::Kick { account: AccountId(account) },
            Self::BanAccount { account, until } => {
                Act::Ban { what: Banned::Account(AccountId(account)), until }
            }
            Self::BanDevice { device, until } => Act::Ban { what: Banned::Device(DeviceId(device)), until },
            Self::BanSourcesOf { account, until } => {
                Act::Ban { what: Banned::SourcesOf(AccountId(account)), until }
            }
            Self::BanSource { source, until } => {
                Act::Ban { what: Banned::Source(Text::new(source).ok()?), until }
            }
            Self::Unban(ban) => Act::Unban { ban: BanId(ban) },
            Self::SetName(name) => Act::Set(Setting::Name(Text::new(name).ok()?)),
            Self::SetRegistration(mode) => Act::Set(Setting::Registration(match mode {
                0 => Registration::Open,
                1 => Registration::Closed,
                2 => Registration::Invite,
                _ => return None,
            })),
            Self::SetMaxUsers(max) => Act::Set(Setting::MaxUsers(max)),
            Self::Unset(name) => Act::Unset(SettingName::of(&name)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use snug_proto::codec;

    #[test]
    fn every_act_comes_back_from_the_disk_as_it_was() {
        let until = 1_700_000_000_000;
        let ban = |what| Act::Ban { what, until };
        let acts = [
            Act::Kick { account: AccountId(7) },
            ban(Banned::Account(AccountId(7))),
            ban(Banned::Device(DeviceId(9))),
            ban(Banned::SourcesOf(AccountId(7))),
            ban(Banned::Source(Text::cut("192.0.2.7"))),
            Act::Unban { ban: BanId(3) },
            Act::Set(Setting::Name(Text::cut("The attic"))),
            Act::Set(Setting::Registration(Registration::Open)),
            Act::Set(Setting::Registration(Registration::Closed)),
            Act::Set(Setting::Registration(Registration::Invite)),
            Act::Set(Setting::MaxUsers(12)),
            Act::Unset(SettingName::MaxUsers),
        ];
        for act in acts {
            let stored = codec::encode_value(&StoredAct::from(act.clone()));
            let read: StoredAct = codec::decode_value(&stored).unwrap();
            assert_eq!(read.act(), Some(act));
        }
        assert_eq!(StoredAct::SetRegistration(9).act(), None);
    }

    /// What an older Snug left in the outbox is still what it was.
    #[test]
    fn acts_keep_their_bytes() {
        let bytes = |act| codec::encode_value(&StoredAct::from(act));
        assert_eq!(bytes(Act::Kick { account: AccountId(7) }), [0, 7]);
        let ban = Act::Ban { what: Banned::Source(Text::cut("::")), until: 1 };
        assert_eq!(bytes(ban), [4, 2, b':', b':', 2]);
        assert_eq!(bytes(Act::Set(Setting::Registration(Registration::Invite))), [7, 2]);
        assert_eq!(bytes(Act::Unset(SettingName::Name)), [9, 4, b'n', b'a', b'm', b'e']);
    }
}
