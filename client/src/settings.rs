//! What a person chose in this profile. One small TOML file that no one has to edit.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use snug_engine::command::ServerKey;
use snug_proto::talk::Target;

use crate::profile::{make_private, private_file};

/// Everything a person can choose.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Light, dark, or as the system is.
    pub appearance: Appearance,
    /// A chime when a message arrives and nobody looks.
    pub sound: bool,
    /// How loud, from 0 to 100.
    pub volume: u8,
    /// What an alert shows.
    pub alerts: Alerts,
    /// Nothing rings.
    pub mute_everything: bool,
    /// Shown as away until the person says otherwise.
    pub away: bool,
    /// Rooms that do not ring, as [`room_key`] writes them.
    pub muted_rooms: BTreeSet<String>,
    /// Where received files go, where somebody chose a folder.
    pub received_files: Option<PathBuf>,
    /// Whether the members of a room are shown beside it.
    pub show_members: bool,
    /// The emoji used last, the newest first.
    pub recent_emoji: Vec<String>,
}

/// How many of the emoji used last are kept.
const RECENT_EMOJI_MAX: usize = 27;

/// Light, dark, or as the system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Appearance {
    /// As the system is.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What an alert shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alerts {
    /// Who wrote and what.
    #[default]
    SenderAndText,
    /// That there is a new message.
    NewMessage,
    /// There are no alerts.
    Off,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            appearance: Appearance::System,
            sound: true,
            volume: 60,
            alerts: Alerts::SenderAndText,
            mute_everything: false,
            away: false,
            muted_rooms: BTreeSet::new(),
            received_files: None,
            show_members: true,
            recent_emoji: Vec::new(),
        }
    }
}

/// A room of a server as the settings name it.
pub fn room_key(server: ServerKey, room: Target) -> String {
    match room {
        Target::Room(room) => format!("{}/room/{room}", server.0),
        Target::Person(person) => format!("{}/person/{person}", server.0),
    }
}

impl Settings {
    /// Whether a room is muted by itself.
    pub fn is_muted(&self, server: ServerKey, room: Target) -> bool {
        self.muted_rooms.contains(&room_key(server, room))
    }

    /// Mutes a room, or lets it ring again.
    pub fn toggle_muted(&mut self, server: ServerKey, room: Target) {
        let key = room_key(server, room);
        if !self.muted_rooms.remove(&key) {
            self.muted_rooms.insert(key);
        }
    }

    /// An emoji was used: it stands first among the ones used last.
    pub fn use_emoji(&mut self, emoji: &str) {
        self.recent_emoji.retain(|recent| recent != emoji);
        self.recent_emoji.insert(0, emoji.to_owned());
        self.recent_emoji.truncate(RECENT_EMOJI_MAX);
    }

    /// Reads the settings. A missing file is the default; a damaged one is set aside, and its new place comes
    /// beside the default.
    ///
    /// # Errors
    /// The system's, where a file is there but cannot be read or moved.
    pub fn load(path: &Path) -> io::Result<(Self, Option<PathBuf>)> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Self::default(), None)),
            Err(error) => return Err(error),
        };
        let read: Option<Self> = std::str::from_utf8(&bytes).ok().and_then(|text| toml::from_str(text).ok());
        if let Some(mut settings) = read {
            settings.volume = settings.volume.min(100);
            settings.recent_emoji.retain(|emoji| emojis::get(emoji).is_some());
            settings.recent_emoji.truncate(RECENT_EMOJI_MAX);
            return Ok((settings, None));
        }
        let aside = path.with_extension("toml.damaged");
        std::fs::rename(path, &aside)?;
        Ok((Self::default(), Some(aside)))
    }

    /// Writes the settings: a new file beside the old one, then one rename.
    ///
    /// # Errors
    /// The system's.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            make_private(folder)?;
        }
        let fresh = path.with_extension("toml.new");
        let mut file = private_file().truncate(true).open(&fresh)?;
        file.write_all(self.to_toml().as_bytes())?;
        file.sync_all()?;
        drop(file);
        std::fs::rename(&fresh, path)
    }

    fn to_toml(&self) -> String {
        let appearance = match self.appearance {
            Appearance::System => "system",
            Appearance::Light => "light",
            Appearance::Dark => "dark",
        };
        let alerts = match self.alerts {
            Alerts::SenderAndText => "sender-and-text",
            Alerts::NewMessage => "new-message",
            Alerts::Off => "off",
        };
        let rooms: Vec<String> = self.muted_rooms.iter().map(|room| quoted(room)).collect();
        let emoji: Vec<String> = self.recent_emoji.iter().map(|emoji| quoted(emoji)).collect();
        let mut text = format!(
            "# Snug writes this file; everything in it can be chosen in the window.\n\
             appearance = \"{appearance}\"\nsound = {}\nvolume = {}\nalerts = \"{alerts}\"\n\
             mute_everything = {}\naway = {}\nmuted_rooms = [{}]\nshow_members = {}\nrecent_emoji = [{}]\n",
            self.sound,
            self.volume,
            self.mute_everything,
            self.away,
            rooms.join(", "),
            self.show_members,
            emoji.join(", "),
        );
        // A path that is no Unicode cannot stand in TOML; it is asked for again.
        if let Some(folder) = self.received_files.as_ref().and_then(|path| path.to_str()) {
            text += &format!("received_files = {}\n", quoted(folder));
        }
        text
    }
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use snug_proto::id::{AccountId, RoomId};

    #[test]
    fn what_was_chosen_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/settings.toml");
        let mut settings = Settings {
            appearance: Appearance::Dark,
            sound: false,
            volume: 7,
            alerts: Alerts::NewMessage,
            mute_everything: true,
            away: true,
            received_files: Some("C:\\Users\\\"Bob\"\\Grüße\n".into()),
            show_members: false,
            ..Settings::default()
        };
        settings.toggle_muted(ServerKey(3), Target::Room(RoomId(1)));
        settings.toggle_muted(ServerKey(3), Target::Person(AccountId(u64::MAX)));
        for at in 0..40 {
            settings.use_emoji(["👍", "🎉", "❤️"][at % 3]);
        }
        assert_eq!(settings.recent_emoji, ["👍", "❤️", "🎉"]);
        settings.save(&path).unwrap();
        settings.save(&path).unwrap();
        assert_eq!(Settings::load(&path).unwrap(), (settings, None));
    }

    #[test]
    fn no_file_is_the_default_and_an_older_file_lacks_something() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        assert_eq!(Settings::load(&path).unwrap(), (Settings::default(), None));
        std::fs::write(&path, "sound = false\nsomething_newer = 3\n").unwrap();
        assert_eq!(Settings::load(&path).unwrap().0, Settings { sound: false, ..Settings::default() });
    }

    #[test]
    fn a_damaged_file_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, b"sound = \xff\xfe").unwrap();
        let (settings, aside) = Settings::load(&path).unwrap();
        assert_eq!(settings, Settings::default());
        assert_eq!(std::fs::read(aside.unwrap()).unwrap(), b"sound = \xff\xfe");
        assert!(!path.exists());
    }

    #[test]
    fn muting_is_per_server_and_room() {
        let mut settings = Settings::default();
        let room = Target::Room(RoomId(1));
        settings.toggle_muted(ServerKey(1), room);
        assert!(settings.is_muted(ServerKey(1), room));
        assert!(!settings.is_muted(ServerKey(2), room));
        settings.toggle_muted(ServerKey(1), room);
        assert_eq!(settings, Settings::default());
    }
}
