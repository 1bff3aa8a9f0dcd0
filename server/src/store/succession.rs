//! Since when the key that will follow is announced, and who has not been here since.

use std::fmt;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension};
use snug_proto::Fingerprint;

use super::desk::Desk;
use super::writer::Job;
use super::{DATABASE, schema};
use crate::error::StartError;

/// The fingerprint, then the milliseconds since 1970 as a big-endian i64.
const META_ANNOUNCED: &str = "announced";

/// Notes since when this successor is announced.
pub(super) struct Announce(pub(super) Fingerprint);

impl Job for Announce {
    fn decide(&mut self, desk: &mut Desk) -> rusqlite::Result<()> {
        let since = match announced(&desk.conn)? {
            Some((fingerprint, since)) if fingerprint == self.0 => since,
            _ => {
                let value = [&self.0.0[..], &desk.now.to_be_bytes()].concat();
                desk.conn.execute(
                    "INSERT INTO meta (key, value) VALUES (?1, ?2)
                     ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    (META_ANNOUNCED, value),
                )?;
                desk.now
            }
        };
        desk.announced = since;
        Ok(())
    }
}

fn announced(conn: &Connection) -> rusqlite::Result<Option<(Fingerprint, i64)>> {
    let value: Option<Vec<u8>> = conn
        .query_row("SELECT value FROM meta WHERE key = ?1", [META_ANNOUNCED], |row| row.get(0))
        .optional()?;
    Ok(value.and_then(|value| {
        let (fingerprint, since) = value.split_first_chunk::<32>()?;
        Some((Fingerprint(*fingerprint), i64::from_be_bytes(since.try_into().ok()?)))
    }))
}

/// Devices that have not been here since the successor was announced: when it takes over, they will stop at a changed
/// key and ask for the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// Whether a server ever announced it.
    pub announced: bool,
    /// The devices, by their person's name.
    pub devices: Vec<UntoldDevice>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UntoldDevice {
    /// Whose it is.
    pub name: String,
    /// What it runs on.
    pub system: String,
    /// When it was here last, in milliseconds since 1970.
    pub seen: i64,
}

/// Who has not heard of this successor, by the database in this folder; nobody where there is none.
///
/// # Errors
/// [`StartError`] when the database cannot be read.
pub(crate) fn untold(data: &Path, successor: Fingerprint) -> Result<Untold, StartError> {
    let path = data.join(DATABASE);
    if schema::look(&path)? == schema::Found::Nothing {
        return Ok(Untold { announced: false, devices: Vec::new() });
    }
    let read = |conn: &Connection| {
        let since = announced(conn)?.filter(|(known, _)| *known == successor).map(|(_, since)| since);
        let mut query = conn.prepare(
            "SELECT name, system, seen FROM devices JOIN accounts ON accounts.id = devices.account
             WHERE seen < ?1 ORDER BY name, seen",
        )?;
        let devices = query.query_map([since.unwrap_or(i64::MAX)], |row| {
            Ok(UntoldDevice { name: row.get(0)?, system: row.get(1)?, seen: row.get(2)? })
        })?;
        Ok(Untold { announced: since.is_some(), devices: devices.collect::<rusqlite::Result<_>>()? })
    };
    read(&schema::open_reader(&path)?).map_err(|error| schema::sort(&path, error))
}

impl fmt::Display for Untold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.devices.is_empty(), self.announced) {
            (true, false) => return Ok(()),
            (true, true) => {
                return writeln!(f, "Every device has been here since the successor was announced.");
            }
            (false, _) => {}
        }
        writeln!(
            f,
            "These devices have not been here since the successor was announced. When it takes over they"
        )?;
        writeln!(f, "stop at a changed key, and go on with their password:")?;
        for device in &self.devices {
            writeln!(f, "    {} ({})", device.name, device.system)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::desk::Plant;
    use super::*;

    const FIRST: Fingerprint = Fingerprint([1; 32]);
    const SECOND: Fingerprint = Fingerprint([2; 32]);

    /// A writer's desk over a database with these devices, each seen at a time.
    fn desk(data: &Path, seen: &[(&str, i64)]) -> Desk {
        let conn = schema::open_writer(&data.join(DATABASE), 0, &[]).unwrap();
        for (id, (name, seen)) in seen.iter().enumerate() {
            conn.execute(
                "INSERT INTO accounts (id, name, skeleton, credential, record, stretch, created)
                 VALUES (?1, ?2, ?2, x'', x'', 0, 0)",
                (id as i64 + 1, name),
            )
            .unwrap();
            conn.execute(
                "INSERT INTO devices (id, account, key, system, mark, outcomes, created, seen)
                 VALUES (?1, ?1, x'', 'Linux', 0, x'', 0, ?2)",
                (id as i64 + 1, seen),
            )
            .unwrap();
        }
        Desk::new(conn, Plant::Nothing)
    }

    fn run(desk: &mut Desk, now: i64, mut job: impl Job) {
        desk.begin(now).unwrap();
        job.decide(desk).unwrap();
        desk.commit().unwrap();
    }

    fn names(data: &Path, successor: Fingerprint) -> Vec<String> {
        untold(data, successor).unwrap().devices.into_iter().map(|device| device.name).collect()
    }

    #[test]
    fn who_was_here_since_the_announcement_has_heard() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        assert_eq!(names(data, FIRST), [""; 0], "no database, nobody");
        let mut desk = desk(data, &[("alice", 100), ("bob", 100)]);
        assert_eq!(names(data, FIRST), ["alice", "bob"], "nobody announced it");

        run(&mut desk, 1_000, Announce(FIRST));
        // Within the hour in which being here is not written again, but after an announcement it is.
        run(&mut desk, 1_001, super::super::accounts::Seen(snug_proto::id::DeviceId(1)));
        assert_eq!(names(data, FIRST), ["bob"]);
        assert!(untold(data, FIRST).unwrap().announced);
        run(&mut desk, 2_000, Announce(FIRST));
        assert_eq!(names(data, FIRST), ["bob"], "a restart announces nothing new");

        run(&mut desk, 3_000, Announce(SECOND));
        assert_eq!(names(data, SECOND), ["alice", "bob"]);
        let told = untold(data, SECOND).unwrap().to_string();
        assert!(told.contains("alice (Linux)") && told.contains("password"), "{told}");
    }
}
