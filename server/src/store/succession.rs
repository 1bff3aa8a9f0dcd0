//! Which device was told of which key that will follow.

use std::fmt;
use std::path::Path;

use snug_proto::Fingerprint;
use snug_proto::id::DeviceId;

use super::desk::Desk;
use super::writer::Job;
use super::{DATABASE, schema};
use crate::error::StartError;

/// Notes that a device was told of a successor. A client keeps the first it hears of while a key is in use, and a
/// server names no other, so the last one told is the one it knows.
pub(super) struct Told {
    pub(super) device: DeviceId,
    pub(super) successor: Fingerprint,
}

impl Job for Told {
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<()> {
        desk.conn
            .prepare_cached("UPDATE devices SET told = ?2 WHERE id = ?1 AND told IS NOT ?2")?
            .execute((self.device.0.cast_signed(), self.successor.0))?;
        Ok(())
    }
}

/// Who has heard of the successor, and who has not: when it takes over, those stop at a changed key and are asked for
/// the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hearsay {
    /// How many devices have heard of it.
    pub told: u32,
    /// The devices that have not, by their person's name.
    pub untold: Vec<UntoldDevice>,
}

/// A device that has not heard of the successor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UntoldDevice {
    /// Whose it is.
    pub name: String,
    /// What it runs on.
    pub system: String,
}

/// Who has heard of this successor, by the database in this folder; nobody where there is none.
///
/// # Errors
/// [`StartError`] when the database cannot be read.
pub(crate) fn hearsay(data: &Path, successor: Fingerprint) -> Result<Hearsay, StartError> {
    let path = data.join(DATABASE);
    if schema::look(&path)? == schema::Found::Nothing {
        return Ok(Hearsay { told: 0, untold: Vec::new() });
    }
    let conn = schema::open_reader(&path)?;
    let read = || {
        // A database that no server of this version has opened yet knows of nobody who was told.
        let told = if schema::knows_who_was_told(&conn)? { "told IS ?1" } else { "?1 IS NULL" };
        let count = format!("SELECT count(*) FROM devices WHERE {told}");
        let told_count = conn.query_row(&count, [successor.0], |row| row.get(0))?;
        let mut query = conn.prepare(&format!(
            "SELECT accounts.name, system FROM devices JOIN accounts ON accounts.id = devices.account
             WHERE NOT ({told}) ORDER BY accounts.name, devices.seen"
        ))?;
        let untold = query
            .query_map([successor.0], |row| Ok(UntoldDevice { name: row.get(0)?, system: row.get(1)? }))?;
        Ok(Hearsay { told: told_count, untold: untold.collect::<rusqlite::Result<_>>()? })
    };
    read().map_err(|error| schema::sort(&path, error))
}

impl fmt::Display for Hearsay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.told, self.untold.len()) {
            (0, 0) => return Ok(()),
            (_, 0) => return writeln!(f, "Every device has heard of the successor."),
            _ => {}
        }
        writeln!(
            f,
            "These devices have not heard of the successor. When it takes over they stop at a changed key,"
        )?;
        writeln!(f, "and go on with their password:")?;
        for device in &self.untold {
            writeln!(f, "    {} ({})", device.name, device.system)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::super::NewRooms;
    use super::super::Plant;
    use super::*;

    const FIRST: Fingerprint = Fingerprint([1; 32]);
    const SECOND: Fingerprint = Fingerprint([2; 32]);

    fn add_devices(conn: &Connection, names: &[&str]) {
        for (id, name) in (1_i64..).zip(names) {
            conn.execute(
                "INSERT INTO accounts (id, name, skeleton, credential, record, stretch, created)
                 VALUES (?1, ?2, ?2, x'', x'', 0, 0)",
                (id, name),
            )
            .unwrap();
            conn.execute(
                "INSERT INTO devices (id, account, key, system, mark, outcomes, created, seen)
                 VALUES (?1, ?1, x'', 'Linux', 0, x'', 0, 0)",
                [id],
            )
            .unwrap();
        }
    }

    fn tell(desk: &mut Desk, device: u64, successor: Fingerprint) {
        desk.begin(0).unwrap();
        Told { device: DeviceId(device), successor }.decide(desk).unwrap();
        desk.commit().unwrap();
    }

    /// How many have heard, and the names of those who have not.
    fn heard(data: &Path, successor: Fingerprint) -> (u32, Vec<String>) {
        let Hearsay { told, untold } = hearsay(data, successor).unwrap();
        (told, untold.into_iter().map(|device| device.name).collect())
    }

    #[test]
    fn each_device_has_heard_of_the_successor_it_was_told_last() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        assert_eq!(heard(data, FIRST), (0, vec![]), "no database, nobody");
        let conn = schema::open_writer(&data.join(DATABASE), 0, 0, &[]).unwrap();
        add_devices(&conn, &["alice", "bob"]);
        let mut desk = Desk::new(
            conn,
            snug_proto::id::RoomId(2),
            10.into(),
            NewRooms { burst: 1, every_ms: 1 },
            Plant::Nothing,
        );
        assert_eq!(heard(data, FIRST), (0, vec!["alice".into(), "bob".into()]));
        tell(&mut desk, 1, FIRST);
        tell(&mut desk, 1, FIRST);
        assert_eq!(heard(data, FIRST), (1, vec!["bob".into()]));
        let said = hearsay(data, FIRST).unwrap().to_string();
        assert!(said.contains("bob (Linux)") && said.contains("password"), "{said}");
        tell(&mut desk, 2, SECOND);
        assert_eq!(heard(data, SECOND), (1, vec!["alice".into()]));
    }
}
