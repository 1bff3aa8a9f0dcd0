//! What the person chose.

use snug_proto::talk::Presence;

use super::{App, Screen};
use crate::screen::settings::Choice;

impl App {
    pub(super) fn choose(&mut self, choice: Choice) {
        let settings = &mut self.shared.settings;
        match choice {
            Choice::Appearance(appearance) => settings.appearance = appearance,
            Choice::Sound(on) => settings.sound = on,
            Choice::Volume(volume) => settings.volume = volume,
            Choice::Alerts(alerts) => settings.alerts = alerts,
            Choice::MuteEverything(mute) => settings.mute_everything = mute,
            Choice::Away(away) => {
                settings.away = away;
                self.presence(Presence::Online);
            }
            Choice::MuteRoom(room) => {
                if let Screen::Chat(chat) = &self.screen {
                    settings.toggle_muted(chat.session.server, room);
                }
            }
            Choice::ShowMembers(show) => settings.show_members = show,
            Choice::Received(folder) => settings.received_files = folder,
            Choice::Emoji(emoji) => settings.use_emoji(&emoji),
        }
        if let Err(error) = self.shared.settings.save(&self.shared.profile.settings()) {
            tracing::warn!(kind = ?error.kind(), "the settings were not saved");
            self.say("The settings could not be saved on this computer.".to_owned());
        }
    }
}
