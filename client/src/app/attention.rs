//! Whether somebody is at the machine, and how they are seen.

use std::time::{Duration, Instant};

use iced::{Task, window};
use snug_engine::command::Command;
use snug_proto::talk::Presence;

use super::{App, Message, Screen, is_online};

/// Who looks at other windows this long is shown as away.
pub(super) const AWAY_AFTER: Duration = Duration::from_secs(5 * 60);

/// Whether somebody is at the machine, as far as the window can tell.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Attention {
    Here,
    /// Another window is in front since then.
    Elsewhere(Instant),
    Away,
}

impl App {
    pub(super) fn window(&mut self, event: window::Event) -> Task<Message> {
        match event {
            window::Event::Opened { size, .. } | window::Event::Resized(size) => self.shared.window = size,
            window::Event::Focused => {
                self.shared.focused = true;
                if std::mem::replace(&mut self.attention, Attention::Here) == Attention::Away {
                    self.presence(Presence::Online);
                }
            }
            window::Event::Unfocused => {
                self.shared.focused = false;
                self.attention = Attention::Elsewhere(self.shared.now);
                let keep = match &mut self.screen {
                    Screen::Chat(chat) => chat.keep_draft(),
                    _ => None,
                };
                if let Some(keep) = keep {
                    self.send(keep);
                }
            }
            _ => {}
        }
        Task::none()
    }

    pub(super) fn look_away(&mut self) {
        let Attention::Elsewhere(since) = self.attention else { return };
        if self.shared.now.duration_since(since) >= AWAY_AFTER {
            self.attention = Attention::Away;
            self.presence(Presence::Away);
        }
    }

    /// Says how the person is seen. Who is away by hand stays so.
    pub(super) fn presence(&mut self, presence: Presence) {
        let presence = if self.shared.settings.away { Presence::Away } else { presence };
        if matches!(&self.screen, Screen::Chat(chat) if is_online(&chat.session)) {
            self.send(Command::SetPresence(presence));
        }
    }
}
