//! What holds while the server runs: the configuration, and over it what administrators set since.

use snug_proto::bounded::Text;
use snug_proto::hello::Registration;
use snug_proto::house::{Setting, SettingName};
use snug_proto::limits::LABEL_BYTES_MAX;

use crate::config::{self, Settings};

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
        Self { name: Text::cut("Snug"), registration: Registration::Open, max_users }
    }
}

/// A setting's value as the configuration would say it.
pub fn written(setting: &Setting) -> String {
    match setting {
        Setting::Name(name) => name.as_str().to_owned(),
        Setting::Registration(Registration::Open) => "open".to_owned(),
        Setting::Registration(Registration::Invite) => "invite".to_owned(),
        Setting::Registration(Registration::Closed) => "closed".to_owned(),
        Setting::MaxUsers(seats) => seats.to_string(),
    }
}

/// The setting that such a text says.
///
/// # Errors
/// A sentence that says what would be right: the configuration's own.
pub fn read(name: SettingName, value: &str) -> Result<Setting, String> {
    Ok(match name {
        SettingName::Name => Setting::Name(Text::cut(config::server_name(value)?)),
        SettingName::Registration => Setting::Registration(config::registration(value)?),
        SettingName::MaxUsers => Setting::MaxUsers(config::seats(value.trim().parse().unwrap_or(0))?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_what_the_configuration_refuses_is_refused() {
        for setting in [
            Setting::Name(Text::cut("The attic")),
            Setting::Registration(Registration::Invite),
            Setting::Registration(Registration::Closed),
            Setting::Registration(Registration::Open),
            Setting::MaxUsers(12),
        ] {
            assert_eq!(read(setting.name(), &written(&setting)), Ok(setting));
        }
        for (name, value) in [
            (SettingName::Name, " "),
            (SettingName::Name, "two\nlines"),
            (SettingName::Registration, "maybe"),
            (SettingName::MaxUsers, "0"),
            (SettingName::MaxUsers, "many"),
        ] {
            assert!(read(name, value).is_err(), "{value}");
        }
    }
}
