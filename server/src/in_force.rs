//! What holds while the server runs: the configuration, and over it what administrators set since.

use snug_proto::bounded::Text;
use snug_proto::hello::Registration;
use snug_proto::house::{Setting, SettingName};
use snug_proto::limits::LABEL_BYTES_MAX;

use crate::config::Settings;

/// The settings that can be changed while the server runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// The server's name.
    pub name: Text<LABEL_BYTES_MAX>,
    /// Who may register.
    pub registration: Registration,
    /// Seats in all.
    pub max_users: u32,
}

impl Default for InForce {
    /// Where nobody asks.
    fn default() -> Self {
        Self { name: Text::cut("Snug"), registration: Registration::Open, max_users: 3 }
    }
}

impl InForce {
    /// As the configuration has them.
    pub fn configured(settings: &Settings) -> Self {
        let (registration, max_users) = (settings.registration, settings.max_users);
        Self { name: Text::cut(&settings.name), registration, max_users }
    }

    /// One of them.
    pub fn get(&self, name: SettingName) -> Setting {
        match name {
            SettingName::Name => Setting::Name(self.name.clone()),
            SettingName::Registration => Setting::Registration(self.registration),
            SettingName::MaxUsers => Setting::MaxUsers(self.max_users),
        }
    }

    /// Another value for one of them.
    pub fn set(&mut self, setting: Setting) {
        match setting {
            Setting::Name(name) => self.name = name,
            Setting::Registration(registration) => self.registration = registration,
            Setting::MaxUsers(seats) => self.max_users = seats,
        }
    }
}

/// A test needs seats and nothing else.
#[cfg(test)]
impl From<u32> for InForce {
    fn from(max_users: u32) -> Self {
        Self { max_users, ..Self::default() }
    }
}
