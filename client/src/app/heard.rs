//! What the engine says, and what the app makes of it.

use std::time::Duration;

use iced::{Task, window};
use snug_engine::command::Command;
use snug_engine::event::{Arrived, Event, Link, Notice, Phase, Room, Session};
use snug_proto::entry::RoomKind;
use snug_proto::invite::Destination;
use snug_proto::talk::{Presence, Target};

use super::attention::Attention;
use super::{App, FirstServer, Message, Screen, is_online};
use crate::link::Happening;
use crate::notify::{self, Scene};
use crate::screen::changed::Changed;
use crate::screen::chat::{self, Chat};
use crate::screen::crowded;
use crate::screen::full::Full;
use crate::screen::trust::Trust;
use crate::wording;

impl App {
    pub(super) fn engine(&mut self, happening: Happening) -> Task<Message> {
        match happening {
            Happening::Ready(commands) => {
                self.commands = Some(commands);
                Task::none()
            }
            Happening::Events(events) => Task::batch(events.into_iter().map(|event| self.event(event))),
            Happening::Ended(problem) => {
                self.commands = None;
                self.screen = Screen::Login;
                self.login.say(problem);
                Task::none()
            }
        }
    }

    fn event(&mut self, event: Event) -> Task<Message> {
        match event {
            Event::Phase(phase) => return self.phase(phase),
            Event::Servers(servers) => {
                self.shared.servers = servers;
                return self.open_at_start();
            }
            Event::Rooms(rooms) => {
                let people = |rooms: &[Room]| rooms.iter().filter(|room| is_person(room)).count();
                let more = people(&rooms) > people(&self.shared.rooms);
                let acted = last_act(&rooms) != last_act(&self.shared.rooms);
                self.shared.rooms = rooms;
                // Whoever did it, here or at the server's machine: what an administrator looks at is another thing now.
                if acted && let Screen::Chat(chat) = &self.screen {
                    chat.asks().into_iter().for_each(|ask| self.send(ask));
                }
                if more && matches!(&self.screen, Screen::Chat(chat) if chat.shows_invite()) {
                    self.send(Command::Invites);
                }
            }
            Event::Timeline(timeline) => {
                self.shared.timeline = Some(timeline);
                if let Screen::Chat(chat) = &mut self.screen {
                    return chat.timeline_came(&self.shared).map(Message::Chat);
                }
            }
            Event::Members { room, members } => self.shared.members = Some((room, members)),
            Event::Typing { room, names } => self.shared.typing = Some((room, names)),
            Event::Transfers(transfers) => self.shared.transfers = transfers,
            Event::Arrived(arrived) => return self.arrived(&arrived),
            Event::Notice(notice) => self.notice(notice),
            Event::Channels(channels) => self.shared.channels = Some(channels),
            Event::Account(account) => self.shared.account = account,
            Event::Found(found) => self.shared.found = Some(found),
            Event::Former(former) => self.shared.former = former,
            Event::Job(job) => self.shared.job = job,
            Event::Draft(draft) => {
                if let Screen::Chat(chat) = &mut self.screen {
                    chat.draft_came(&draft);
                }
            }
            Event::Done(done) => {
                if let Screen::Chat(chat) = &mut self.screen {
                    let action = chat.deed_done(&done, &self.shared);
                    return self.do_chat(action);
                }
            }
            Event::Pins { room, items } => self.shared.pins = Some((room, items)),
            Event::Versions { room, item, versions } => self.shared.versions = Some((room, item, versions)),
            Event::Invited(result) => {
                if let Screen::Chat(chat) = &mut self.screen {
                    let action = chat.code_came(*result);
                    return self.do_chat(action);
                }
            }
            Event::Invites(invites) => {
                let action = match &mut self.screen {
                    Screen::Chat(chat) => chat.invites_came(&invites),
                    _ => chat::Action::None,
                };
                self.shared.invites = Some(invites);
                return self.do_chat(action);
            }
            Event::Devices(devices) => self.shared.devices = Some(devices),
            Event::Looks(looks) => return self.shared.faces.changed(looks).map(Message::Face),
            Event::House(house) => self.shared.house.house = Some(house),
            Event::People(people) => self.shared.house.people = Some(people),
            Event::Codes(codes) => self.shared.house.codes = Some(codes),
            Event::Bans(bans) => self.shared.house.bans = Some(bans),
            Event::DevicesOf { account, devices } => self.shared.house.devices = Some((account, devices)),
            Event::RecoveryCodes(result) => {
                if let Screen::Chat(chat) = &mut self.screen {
                    chat.recovery_came(*result);
                }
            }
        }
        Task::none()
    }

    fn phase(&mut self, phase: Phase) -> Task<Message> {
        self.shared.retry_at = retry_in(&phase).map(|wait| self.shared.now + wait);
        match phase {
            Phase::LoggedOut { problem } => {
                self.login.ready(problem.as_ref());
                let was_elsewhere = !matches!(self.screen, Screen::Login);
                self.show(Screen::Login);
                if was_elsewhere {
                    return self.login.focus().map(Message::Login);
                }
                return self.open_at_start();
            }
            Phase::Entering(step) => {
                self.login.entering(step);
                // A try for a seat shows itself where the seats are shown.
                if !matches!(self.screen, Screen::Full(_)) {
                    self.show(Screen::Login);
                }
            }
            Phase::Trust(question) => match &self.screen {
                Screen::Trust(shown) if *shown.question() == question => {}
                _ => self.show(Screen::Trust(Trust::new(question))),
            },
            Phase::Rekeyed(change) => self.show(Screen::Rekeyed(change)),
            Phase::TooManyDevices(device) => self.show(Screen::Crowded(device)),
            Phase::KeyChanged(change) => match &mut self.screen {
                Screen::Changed(shown) => shown.renew(change),
                _ => self.show(Screen::Changed(Changed::new(change))),
            },
            Phase::Full(facts) => self.show(Screen::Full(Full::new(facts))),
            Phase::Open(session) => {
                self.first = FirstServer::Done;
                let is_new = self.login.let_in();
                match &mut self.screen {
                    Screen::Chat(chat) if same_person(&chat.session, &session) => {
                        let back = !is_online(&chat.session) && is_online(&session);
                        chat.renew(session);
                        let asks = if back { chat.asks() } else { Vec::new() };
                        asks.into_iter().for_each(|ask| self.send(ask));
                        // To the server a new connection is somebody at the machine.
                        if back && (self.attention == Attention::Away || self.shared.settings.away) {
                            self.presence(Presence::Away);
                        }
                    }
                    _ => {
                        let mut chat = Chat::new(session);
                        if is_new {
                            chat.offer_recovery();
                        }
                        let (show, focus) = chat.begin();
                        self.show(Screen::Chat(Box::new(chat)));
                        self.send(show);
                        if self.shared.settings.away {
                            self.presence(Presence::Away);
                        }
                        return focus.map(Message::Chat);
                    }
                }
            }
        }
        Task::none()
    }

    /// Another screen: what belonged to the copy that was open goes with it.
    fn show(&mut self, screen: Screen) {
        if screen.name() != self.screen.name() {
            tracing::info!(screen = screen.name(), "shown");
        }
        if matches!(self.screen, Screen::Chat(_)) && !matches!(screen, Screen::Chat(_)) {
            self.shared.close_copy();
        }
        self.screen = screen;
    }

    /// The server used last, or the one named at the start, opens by itself where a device is logged in.
    fn open_at_start(&mut self) -> Task<Message> {
        let FirstServer::Open(wanted) = &self.first else { return Task::none() };
        if !matches!(self.screen, Screen::Login) || self.shared.servers.is_empty() || self.commands.is_none()
        {
            return Task::none();
        }
        let servers = self.shared.servers.clone();
        let known = servers.iter().find(|server| match wanted {
            Some(Destination::Address(address)) => server.address == *address,
            // Whoever comes with a code means to use it.
            Some(Destination::Invite(_) | Destination::Dictated(..)) => false,
            None => true,
        });
        if let Some(server) = known {
            self.login.point_at(&server.address, server.account.as_deref());
            if server.has_device {
                self.send(Command::Open(server.key));
            }
        }
        self.first = FirstServer::Done;
        self.login.focus().map(Message::Login)
    }

    fn arrived(&mut self, arrived: &Arrived) -> Task<Message> {
        let Screen::Chat(chat) = &self.screen else { return Task::none() };
        let settings = &self.shared.settings;
        let server = chat.session.server;
        let scene = Scene {
            focused: self.shared.focused,
            shown: chat.shown(),
            mute_everything: settings.mute_everything,
            muted: &|room| settings.is_muted(server, room),
            sound: settings.sound,
            alerts: settings.alerts,
        };
        let notification = notify::decide(arrived, scene, &mut self.memory, self.shared.now);
        if notification.sound {
            notify::sound::play(settings.volume);
        }
        let Some(alert) = notification.alert else { return Task::none() };
        let room = alert.room;
        let attention = window::latest()
            .and_then(|id| window::request_user_attention(id, Some(window::UserAttention::Informational)));
        let shown = Task::perform(notify::desktop::show(alert), move |pressed| {
            Message::Alerted(pressed.then_some(room))
        });
        Task::batch([attention, shown])
    }

    fn notice(&mut self, notice: Notice) {
        let words = match notice {
            Notice::CopySetAside { path, saved } => {
                let file =
                    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let unsent = match saved {
                    Some(0) => String::new(),
                    Some(saved) => format!(" Unsent messages were saved: {saved}."),
                    None => " Unsent messages could not be read.".to_owned(),
                };
                format!(
                    "This computer's copy was damaged. It was set aside as “{file}” and is fetched anew.{unsent}"
                )
            }
            Notice::ListSetAside { path, restored } => {
                let file =
                    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let now = match restored {
                    Some(_) => {
                        "A spare took its place: nothing is lost but what changed since it was written."
                    }
                    None => "Please log in again where you were; the copies stay on this computer.",
                };
                format!("The list of your servers was damaged. It was set aside as “{file}”. {now}")
            }
            Notice::StillListed => {
                "You are logged out here, but there was no connection: the server still lists \
                                    this device until you log in again."
                    .to_owned()
            }
            Notice::NotQueued { room, text, reason } => {
                let keep = match &mut self.screen {
                    Screen::Chat(chat) => chat.take_back(room, &text),
                    _ => None,
                };
                if let Some(keep) = keep {
                    self.send(keep);
                }
                format!("Your message was not accepted and is back in its field. {reason}")
            }
            Notice::NotDone { reason } => reason,
            Notice::NewDevice(device) => {
                return self.say_until_read(format!(
                    "Your account was logged in on another device on {}: {}. If that was not you, revoke it and \
                     change your password, both in the settings.",
                    wording::date(device.added, &self.shared.zone),
                    wording::cut(crowded::called(&device), 32),
                ));
            }
            Notice::PasswordChanged { at } => {
                return self.say_until_read(format!(
                    "The password of your account was changed on {}, at {}. If that was not you, set another one \
                     with a recovery code, or ask an administrator for a reset.",
                    wording::date(at, &self.shared.zone),
                    wording::clock(at, &self.shared.zone),
                ));
            }
            Notice::FileFailed { name, reason } => format!("“{name}”: {reason}"),
        };
        self.say(words);
    }
}

fn same_person(a: &Session, b: &Session) -> bool {
    a.server == b.server && a.me == b.me
}

/// How long until the engine tries again by itself, where it does.
fn retry_in(phase: &Phase) -> Option<Duration> {
    match phase {
        Phase::Full(facts) => Some(facts.retry_in),
        Phase::Open(session) => match &session.link {
            Link::Offline { retry_in, .. } | Link::Full { retry_in, .. } => Some(*retry_in),
            _ => None,
        },
        _ => None,
    }
}

/// When something happened in the house that all may read.
fn last_act(rooms: &[Room]) -> Option<i64> {
    rooms.iter().find(|room| room.kind == RoomKind::HOUSE)?.last_at
}

fn is_person(room: &Room) -> bool {
    matches!(room.target, Target::Person(_))
}
