//! A filled copy for measurements, made without a server. Only with the feature `bench`.

use std::path::Path;

use snug_proto::entry::Entry;
use snug_proto::id::{AccountId, DeviceId};
use snug_proto::talk::RoomInfo;
use snug_proto::{Address, Fingerprint};

use crate::command::ServerKey;
use crate::copy::{Copy, CopyError, Indexed, Mine, Step};
use crate::event::{Manner, Trust};
use crate::trust::Servers;

/// A profile whose only server was never dialled, and its copy.
#[derive(Debug)]
pub struct Filled {
    /// Which record, for [`Command::Open`](crate::command::Command::Open).
    pub server: ServerKey,
    copy: Copy,
    me: AccountId,
}

impl Filled {
    /// Makes the profile in `folder`, with these people and rooms.
    ///
    /// # Errors
    /// A sentence on what the disk or the folder does not allow.
    pub fn make(
        folder: &Path,
        me: (AccountId, String),
        people: &[(AccountId, String)],
        rooms: &[RoomInfo],
    ) -> Result<Self, String> {
        let mut servers = Servers::open(folder)?;
        let address = Address { host: "127.0.0.1".into(), port: 1 };
        let trust = Trust { manner: Manner::Unseen, at: 0 };
        let mut record = servers.add(address, Fingerprint([0; 32]), trust)?;
        record.account = Some(me.clone());
        servers.save(&record)?;
        let copy = Copy::open(&servers.copy_path(record.key)).map_err(sentence)?;
        copy.put_people(people).map_err(sentence)?;
        for room in rooms {
            copy.put_room(room, me.0).map_err(sentence)?;
        }
        Ok(Self { server: record.key, copy, me: me.0 })
    }

    /// Takes pages of entries as if they came from a server.
    ///
    /// # Errors
    /// What the disk does not allow.
    pub fn take(&self, pages: Vec<Vec<Entry>>) -> Result<(), String> {
        let mine = Mine { me: self.me, device: DeviceId(0) };
        let steps = pages.into_iter().map(Step::Page).collect();
        self.copy.merge(steps, mine).map(drop).map_err(sentence)
    }

    /// Writes the index, as the engine does behind the messages. Answers how many batches it took.
    ///
    /// # Errors
    /// What the disk does not allow.
    pub fn index(&self) -> Result<u32, String> {
        let mut batches = 1;
        while self.copy.index_some().map_err(sentence)? == Indexed::More {
            batches += 1;
        }
        Ok(batches)
    }
}

fn sentence(error: CopyError) -> String {
    error.to_string()
}
