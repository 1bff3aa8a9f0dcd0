//! The settings that can also be changed while the server runs: what they may be, and how they are written.

use snug_proto::bounded::Text;
use snug_proto::hello::Registration;
use snug_proto::house::{Setting, SettingName};
use snug_proto::limits::LABEL_BYTES_MAX;

/// Reads a value as the configuration has it, without quotation marks.
///
/// # Errors
/// A sentence that says what to write.
pub fn setting(name: SettingName, text: &str) -> Result<Setting, String> {
    Ok(match name {
        SettingName::Name => Setting::Name(Text::cut(server_name(text)?)),
        SettingName::Registration => Setting::Registration(registration(text)?),
        SettingName::MaxUsers => {
            let seats = text.trim().parse().map_err(|_| format!("“{text}” is not a whole number."))?;
            max_users(seats)?;
            Setting::MaxUsers(seats)
        }
    })
}

/// How a value is written.
pub fn written(setting: &Setting) -> String {
    match setting {
        Setting::Name(name) => name.as_str().to_owned(),
        Setting::Registration(Registration::Open) => "open".to_owned(),
        Setting::Registration(Registration::Closed) => "closed".to_owned(),
        Setting::Registration(Registration::Invite) => "invite".to_owned(),
        Setting::MaxUsers(seats) => seats.to_string(),
    }
}

pub(super) fn server_name(text: &str) -> Result<&str, String> {
    let name = text.trim();
    if name.is_empty() || name.len() > LABEL_BYTES_MAX || name.contains(char::is_control) {
        return Err(format!("“name” is a text of 1 to {LABEL_BYTES_MAX} bytes in one line."));
    }
    Ok(name)
}

pub(super) fn registration(text: &str) -> Result<Registration, String> {
    match text {
        "open" => Ok(Registration::Open),
        "closed" => Ok(Registration::Closed),
        "invite" => Ok(Registration::Invite),
        other => Err(format!("“registration” is \"open\", \"invite\" or \"closed\", not “{other}”.")),
    }
}

pub(super) fn max_users(seats: u32) -> Result<(), String> {
    super::load::between("max_users", seats, 1, 100_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_what_cannot_be_is_told() {
        for (name, text) in [
            (SettingName::Name, "The Smiths"),
            (SettingName::Registration, "invite"),
            (SettingName::MaxUsers, "20"),
        ] {
            assert_eq!(written(&setting(name, text).unwrap()), text);
        }
        for (name, text) in [
            (SettingName::Name, " "),
            (SettingName::Name, "two\nlines"),
            (SettingName::Registration, "friends"),
            (SettingName::MaxUsers, "0"),
            (SettingName::MaxUsers, "100001"),
            (SettingName::MaxUsers, "many"),
        ] {
            assert!(setting(name, text).unwrap_err().ends_with('.'), "{text}");
        }
    }
}
