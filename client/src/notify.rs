//! Whether and what to notify: a pure rule. How it sounds and looks is in [`sound`] and [`desktop`].

pub mod desktop;
pub mod sound;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use snug_engine::event::{Arrival, Arrived};
use snug_proto::talk::Target;

use crate::settings::Alerts;

/// After a sound it is quiet this long, however much arrives.
pub const QUIET: Duration = Duration::from_secs(3);

/// What the rule looks at.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// Whether the window is in front.
    pub focused: bool,
    /// The room that is shown.
    pub shown: Option<Target>,
    /// Whether nothing rings at all.
    pub mute_everything: bool,
    /// Rooms that do not ring.
    pub muted: &'a dyn Fn(Target) -> bool,
    /// Whether there is a sound.
    pub sound: bool,
    /// What an alert shows.
    pub alerts: Alerts,
}
impl std::fmt::Debug for Scene<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scene(..)")
    }
}

/// What rang lately.
#[derive(Debug, Default)]
pub struct Memory {
    sound: Option<Instant>,
    alerts: HashMap<Target, Instant>,
}

/// What to do: at most one sound and one alert.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notification {
    /// Play the chime.
    pub sound: bool,
    /// Show an alert.
    pub alert: Option<Alert>,
}

/// An alert, in what peers wrote: not escaped yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The room that a press on it opens.
    pub room: Target,
    /// Its first line.
    pub title: String,
    /// What follows.
    pub body: String,
}

/// Decides about messages of others that came in at once.
pub fn decide(arrived: &Arrived, scene: Scene<'_>, memory: &mut Memory, now: Instant) -> Notification {
    let looked_at = |room| scene.focused && scene.shown == Some(room);
    let rings = |arrival: &&Arrival| {
        !scene.mute_everything && !(scene.muted)(arrival.room) && !looked_at(arrival.room)
    };
    let ringing: Vec<&Arrival> = arrived.messages.iter().filter(rings).collect();
    let Some(newest) = ringing.last() else { return Notification::default() };

    let quiet = |last: Option<&Instant>| last.is_some_and(|last| now.duration_since(*last) < QUIET);
    let sound = scene.sound && !quiet(memory.sound.as_ref());
    if sound {
        memory.sound = Some(now);
    }
    // The window in front already shows what came, as a count beside the room.
    let show = !scene.focused && scene.alerts != Alerts::Off && !quiet(memory.alerts.get(&newest.room));
    memory.alerts.retain(|_, last| now.duration_since(*last) < QUIET);
    if !show {
        return Notification { sound, alert: None };
    }
    memory.alerts.insert(newest.room, now);
    // Of what is beyond the listed messages nothing is known; it counts where all that is listed rings.
    let all = if ringing.len() == arrived.messages.len() { arrived.count as usize } else { ringing.len() };
    Notification { sound, alert: Some(worded(newest, &ringing, all, scene.alerts)) }
}

fn worded(newest: &Arrival, ringing: &[&Arrival], all: usize, alerts: Alerts) -> Alert {
    let room = newest.room;
    if alerts == Alerts::NewMessage {
        let title = if all == 1 { "New message".into() } else { format!("{all} new messages") };
        return Alert { room, title, body: String::new() };
    }
    let place = match room {
        Target::Person(_) => newest.author_name.clone(),
        Target::Room(_) => format!("{} in {}", newest.author_name, newest.room_name),
    };
    if all == 1 {
        return Alert { room, title: place, body: newest.preview.clone() };
    }
    let one_room = ringing.iter().all(|arrival| arrival.room == room);
    let title = match room {
        Target::Person(_) if one_room => format!("{all} messages from {}", newest.author_name),
        Target::Room(_) if one_room => format!("{all} messages in {}", newest.room_name),
        _ => format!("{all} new messages"),
    };
    Alert { room, title, body: format!("{}: {}", newest.author_name, newest.preview) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use snug_proto::id::{AccountId, RoomId};

    const LOBBY: Target = Target::Room(RoomId(1));
    const BOB: Target = Target::Person(AccountId(2));

    fn message(room: Target) -> Arrival {
        Arrival {
            room,
            room_name: "lobby".into(),
            author_name: "bob".into(),
            preview: "hi".into(),
            mentions_me: false,
        }
    }
    fn arrived(rooms: &[Target]) -> Arrived {
        let messages: Vec<_> = rooms.iter().copied().map(message).collect();
        Arrived { count: messages.len() as u32, messages, catching_up: false }
    }
    const AWAY: Scene<'static> = Scene {
        focused: false,
        shown: Some(LOBBY),
        mute_everything: false,
        muted: &|_| false,
        sound: true,
        alerts: Alerts::SenderAndText,
    };
    fn once(arrived: &Arrived, scene: Scene<'_>) -> (bool, Option<String>) {
        let notification = decide(arrived, scene, &mut Memory::default(), Instant::now());
        (notification.sound, notification.alert.map(|alert| alert.title))
    }

    #[test]
    fn the_table() {
        let lobby = arrived(&[LOBBY]);
        let bob = arrived(&[BOB]);
        let front = Scene { focused: true, ..AWAY };
        let rows: &[(&str, &Arrived, Scene<'_>, bool, Option<&str>)] = &[
            ("away", &lobby, AWAY, true, Some("bob in lobby")),
            ("away, direct", &bob, AWAY, true, Some("bob")),
            ("looked at", &lobby, front, false, None),
            ("in front, another room", &bob, front, true, None),
            ("everything muted", &lobby, Scene { mute_everything: true, ..AWAY }, false, None),
            ("this room muted", &lobby, Scene { muted: &|room| room == LOBBY, ..AWAY }, false, None),
            ("another room muted", &bob, Scene { muted: &|room| room == LOBBY, ..AWAY }, true, Some("bob")),
            ("no sound", &lobby, Scene { sound: false, ..AWAY }, false, Some("bob in lobby")),
            ("no alerts", &lobby, Scene { alerts: Alerts::Off, ..AWAY }, true, None),
            ("hidden", &lobby, Scene { alerts: Alerts::NewMessage, ..AWAY }, true, Some("New message")),
            ("none", &arrived(&[]), AWAY, false, None),
            ("two in a room", &arrived(&[LOBBY, LOBBY]), AWAY, true, Some("2 messages in lobby")),
            ("two rooms", &arrived(&[LOBBY, BOB]), AWAY, true, Some("2 new messages")),
        ];
        for (what, arrived, scene, sound, title) in rows {
            assert_eq!(once(arrived, *scene), (*sound, title.map(str::to_owned)), "{what}");
        }
    }

    #[test]
    fn catching_up_rings_once() {
        let many = Arrived { count: 5000, messages: vec![message(LOBBY); 20], catching_up: true };
        assert_eq!(once(&many, AWAY), (true, Some("5000 messages in lobby".into())));
    }

    #[test]
    fn hidden_alerts_say_nothing_of_what_was_written() {
        let scene = Scene { alerts: Alerts::NewMessage, ..AWAY };
        let alert = decide(&arrived(&[LOBBY]), scene, &mut Memory::default(), Instant::now()).alert.unwrap();
        assert_eq!((alert.title.as_str(), alert.body.as_str()), ("New message", ""));
    }

    #[test]
    fn a_burst_rings_once_and_later_again() {
        let mut memory = Memory::default();
        let start = Instant::now();
        let lobby = arrived(&[LOBBY]);
        let at = |ms| start + Duration::from_millis(ms);
        let first = decide(&lobby, AWAY, &mut memory, at(0));
        assert!(first.sound && first.alert.is_some());
        assert_eq!(decide(&lobby, AWAY, &mut memory, at(1000)), Notification::default());
        let elsewhere = decide(&arrived(&[BOB]), AWAY, &mut memory, at(2000));
        assert!(!elsewhere.sound && elsewhere.alert.is_some(), "another room has its own alert");
        let later = decide(&lobby, AWAY, &mut memory, at(3001));
        assert!(later.sound && later.alert.is_some());
    }
}
