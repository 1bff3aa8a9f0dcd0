//! Changes as they stand on this disk: an encoding of their own, so that the wire may grow without it. Append-only.

mod act;

use serde::{Deserialize, Serialize};
use snug_proto::bounded::{List, Text};
use snug_proto::entry::{Retracted, RoomKind};
use snug_proto::id::{AccountId, BlobId, DeviceId, Number, Origin, RoomId, Seq};
use snug_proto::limits::ADD_MEMBERS_MAX;
use snug_proto::name::RoomName;
use snug_proto::profile::Profile;
use snug_proto::talk::{Change, Privacy, Role};

use crate::command::Deed;

use crate::copy::LookRow;
use act::StoredAct;

/// A change that is no append.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stored {
    /// Sequence number, device and number of each target.
    Retract {
        room: u32,
        targets: Vec<(u32, u64, u64)>,
    },
    CreateRoom {
        kind: u16,
        name: String,
        topic: String,
        members: Vec<u64>,
    },
    Rename {
        room: u32,
        name: String,
    },
    SetTopic {
        room: u32,
        topic: String,
    },
    Join(u32),
    Leave(u32),
    AddMembers {
        room: u32,
        members: Vec<u64>,
    },
    RemoveMember {
        room: u32,
        account: u64,
    },
    SetRole {
        room: u32,
        account: u64,
        role: u8,
    },
    Archive {
        room: u32,
        archived: bool,
    },
    SetPrivacy {
        last_seen: bool,
        reads: bool,
    },
    Ignore {
        account: u64,
        ignored: bool,
    },
    Act(StoredAct),
    SetProfile {
        display: String,
        colour: u8,
        picture: Option<[u8; 16]>,
    },
}

impl Stored {
    pub(crate) fn retract(room: RoomId, targets: &[Retracted]) -> Self {
        let parts = |target: &Retracted| (target.seq.0, target.origin.device.0, target.origin.number.0);
        Self::Retract { room: room.0, targets: targets.iter().map(parts).collect() }
    }

    pub(crate) fn set_profile(look: LookRow) -> Self {
        let LookRow { display, colour, picture } = look;
        Self::SetProfile { display, colour, picture: picture.map(|blob| blob.0) }
    }

    /// What a deed is; a sentence where it cannot be done as it was typed.
    pub(crate) fn deed(deed: Deed) -> Result<Self, String> {
        let stored = match deed {
            Deed::CreateRoom { kind, name, topic, members } => Self::CreateRoom {
                kind: kind.0,
                name: room_name(&name)?,
                topic: topic.trim().to_owned(),
                members: accounts(&members),
            },
            Deed::Rename { room, name } => Self::Rename { room: room.0, name: room_name(&name)? },
            Deed::SetTopic { room, topic } => Self::SetTopic { room: room.0, topic: topic.trim().to_owned() },
            Deed::Join(room) => Self::Join(room.0),
            Deed::Leave(room) => Self::Leave(room.0),
            Deed::AddMembers { room, members } => {
                Self::AddMembers { room: room.0, members: accounts(&members) }
            }
            Deed::RemoveMember { room, account } => Self::RemoveMember { room: room.0, account: account.0 },
            Deed::SetRole { room, account, role } => {
                Self::SetRole { room: room.0, account: account.0, role: role.code() }
            }
            Deed::Archive { room, archived } => Self::Archive { room: room.0, archived },
            Deed::SetPrivacy(privacy) => {
                Self::SetPrivacy { last_seen: privacy.last_seen, reads: privacy.reads }
            }
            Deed::Ignore { account, ignored } => Self::Ignore { account: account.0, ignored },
            Deed::Act(act) => Self::Act(act.into()),
        };
        match stored.clone().change() {
            Some(_) => Ok(stored),
            None => Err(match stored {
                Self::CreateRoom { members, .. } | Self::AddMembers { members, .. }
                    if members.len() > ADD_MEMBERS_MAX =>
                {
                    format!("At most {ADD_MEMBERS_MAX} people can be added at once.")
                }
                _ => "What the room is about is too long.".to_owned(),
            }),
        }
    }

    /// The change as it travels; `None` for what cannot travel, which was not let in here.
    pub(crate) fn change(self) -> Option<Change> {
        Some(match self {
            Self::Retract { room, targets } => {
                let target = |(seq, device, number)| Retracted {
                    seq: Seq(seq),
                    origin: Origin { device: DeviceId(device), number: Number(number) },
                };
                let targets = List::new(targets.into_iter().map(target).collect()).ok()?;
                Change::Retract { room: RoomId(room), targets }
            }
            Self::CreateRoom { kind, name, topic, members } => Change::CreateRoom {
                kind: RoomKind(kind),
                name: RoomName::new(&name).ok()?,
                topic: Text::new(topic).ok()?,
                members: people(members)?,
            },
            Self::Rename { room, name } => {
                Change::Rename { room: RoomId(room), name: RoomName::new(&name).ok()? }
            }
            Self::SetTopic { room, topic } => {
                Change::SetTopic { room: RoomId(room), topic: Text::new(topic).ok()? }
            }
            Self::Join(room) => Change::Join { room: RoomId(room) },
            Self::Leave(room) => Change::Leave { room: RoomId(room) },
            Self::AddMembers { room, members } => {
                Change::AddMembers { room: RoomId(room), members: people(members)? }
            }
            Self::RemoveMember { room, account } => {
                Change::RemoveMember { room: RoomId(room), account: AccountId(account) }
            }
            Self::SetRole { room, account, role } => {
                Change::SetRole { room: RoomId(room), account: AccountId(account), role: Role::of_code(role) }
            }
            Self::Archive { room, archived } => Change::Archive { room: RoomId(room), archived },
            Self::SetPrivacy { last_seen, reads } => Change::SetPrivacy(Privacy { last_seen, reads }),
            Self::Ignore { account, ignored } => Change::Ignore { account: AccountId(account), ignored },
            Self::Act(act) => Change::Act(act.act()?),
            Self::SetProfile { display, colour, picture } => Change::SetProfile(Profile {
                display: Text::new(display).ok()?,
                colour,
                picture: picture.map(BlobId),
            }),
        })
    }
}

fn room_name(typed: &str) -> Result<String, String> {
    RoomName::new(typed).map(|name| name.as_str().to_owned()).map_err(|bad| bad.to_string())
}

fn accounts(people: &[AccountId]) -> Vec<u64> {
    people.iter().map(|account| account.0).collect()
}

fn people(accounts: Vec<u64>) -> Option<List<AccountId, ADD_MEMBERS_MAX>> {
    List::new(accounts.into_iter().map(AccountId).collect()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_travel_is_told_at_once() {
        let room = |name: &str, topic: String, members| Deed::CreateRoom {
            kind: RoomKind::PRIVATE,
            name: name.into(),
            topic,
            members,
        };
        assert!(Stored::deed(room("garden", String::new(), vec![AccountId(3)])).is_ok());
        let bad = Stored::deed(room("x", String::new(), Vec::new())).unwrap_err();
        assert_eq!(bad, "A name has at least two characters.");
        let bad = Stored::deed(room("garden", "x".repeat(300), Vec::new())).unwrap_err();
        assert_eq!(bad, "What the room is about is too long.");
        let many = (1..=65).map(AccountId).collect();
        assert!(Stored::deed(room("garden", String::new(), many)).unwrap_err().contains("64 people"));
    }
}
