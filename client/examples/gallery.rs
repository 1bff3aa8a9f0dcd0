//! Every screen in a preset state, without engine or server: `cargo run -p snug --example gallery -- chat dark`.

use std::sync::Arc;
use std::time::Duration;

use iced::Task;
use snug::app::{App, Message, Start};
use snug::link::Happening;
use snug::profile::Profile;
use snug::screen::chat;
use snug::screen::chat::acts::Act;
use snug::screen::chat::{hand, sidebar, timeline};
use snug::screen::login;
use snug::screen::settings::{self, Section};
use snug::settings::{Appearance, Settings};
use snug_engine::event::*;
use snug_proto::id::Seq;

use preset::*;

#[path = "../tests/it/governed.rs"]
mod governed;
#[path = "../tests/it/house.rs"]
mod house;
#[path = "../tests/it/people.rs"]
mod people;
#[path = "../tests/it/preset.rs"]
mod preset;

#[path = "../tests/it/conversation.rs"]
mod conversation;

fn main() -> iced::Result {
    let mut arguments = std::env::args().skip(1);
    let screen = arguments.next().unwrap_or_else(|| "chat".to_owned());
    let dark = arguments.next().is_some_and(|mode| mode == "dark");
    snug::fonts::install(true);
    let boot = move || {
        let appearance = if dark { Appearance::Dark } else { Appearance::Light };
        let folder = std::env::temp_dir().join("snug-gallery");
        let profile = Profile::find("", Some(&folder)).expect("the empty name is a profile");
        let settings = Settings { appearance, ..Settings::default() };
        let start = Start { profile, settings, server: None, instance: None, engine: false, notice: None };
        let (mut app, first) = App::new(start);
        let events: Vec<Event> = screen_events(&screen);
        let (commands, taken) = tokio::sync::mpsc::channel(64);
        // Nobody answers: the commands only must not fail.
        std::mem::forget(taken);
        let mut tasks = vec![first, app.update(Message::Engine(Happening::Ready(commands)))];
        tasks.push(app.update(Message::Engine(Happening::Events(events))));
        tasks.extend(then(&screen).into_iter().map(|message| app.update(message)));
        (app, Task::batch(tasks))
    };
    iced::application(boot, App::update, App::view)
        .title(App::title)
        .theme(App::theme)
        .style(App::style)
        .subscription(App::subscription)
        .default_font(snug::fonts::TEXT)
        .window_size((1180.0, 760.0))
        .run()
}

/// The events that lead to a screen.
fn screen_events(name: &str) -> Vec<Event> {
    let made_up = governed::events(name).or_else(|| house::events(name)).or_else(|| people::events(name));
    if let Some(events) = made_up {
        return events;
    }
    let logged_out = |problem| vec![Event::Phase(Phase::LoggedOut { problem }), servers()];
    let retry_in = Duration::from_secs(24);
    match name {
        "login" => logged_out(None),
        "login-invite" | "login-cut" => logged_out(None),
        "problem" => logged_out(Some(Problem::Unreachable(address()))),
        "entering" => vec![servers(), Event::Phase(Phase::Entering(Step::LoggingIn))],
        "trust" => vec![
            servers(),
            Event::Phase(Phase::Trust(TrustQuestion {
                address: address(),
                fingerprint: fingerprint(1),
                can_prove: true,
            })),
        ],
        "changed" => vec![servers(), Event::Phase(Phase::KeyChanged(change()))],
        "rekeyed" => vec![servers(), Event::Phase(Phase::Rekeyed(change()))],
        "full" => {
            vec![Event::Phase(Phase::Full(Full { server: "Riverside Studio".into(), max: 3, retry_in }))]
        }
        "offline" => open(Session {
            unsent: 2,
            ..session(Link::Offline { problem: Problem::ConnectionLost, retry_in })
        }),
        "seats" => open(session(Link::Full { max: 3, retry_in })),
        "replaced" => open(session(Link::Replaced { again: false })),
        "key" | "key-details" => open(session(Link::KeyChanged(change()))),
        "forgotten" => open(session(Link::DeviceForgotten)),
        "unseen" | "settings-unseen" => open(Session { trust: trust(Manner::Unseen), ..session(online()) }),
        "settings-trust" => open(session(online())).into_iter().chain([servers()]).collect(),
        "settings-devices" => open(session(online())).into_iter().chain([devices()]).collect(),
        "logout" => open(Session { unsent: 2, ..session(online()) }),
        "notice" => {
            let mut events = open(session(online()));
            events.push(Event::Typing { room: LOBBY, names: Arc::new(["Chloé".into()]) });
            events
                .push(Event::Notice(Notice::CopySetAside { path: "/x/copy.damaged".into(), saved: Some(2) }));
            events
        }
        "hostile" => {
            let texts = conversation::hostile().into_iter().chain(["🎉 🚐".to_owned()]);
            let said = texts.enumerate().map(|(at, words)| {
                let who = if at % 2 == 0 { BASHIR } else { CHLOE };
                said(at as u32 + 1, who, conversation::TODAY + at as i64 * MINUTE, text(&words))
            });
            let mut events = open(session(online()));
            events.push(timeline(said.collect()));
            events
        }
        talk if talk.starts_with("talk") => {
            let items = conversation::items(morning());
            let mut events = open(session(online()));
            events.extend([conversation::pins(&items), conversation::versions()]);
            events.push(Event::Timeline(Arc::new(conversation::timeline_of(items))));
            events
        }
        _ => {
            let mut events = open(session(online()));
            events.push(Event::Typing { room: LOBBY, names: Arc::new(["Chloé".into()]) });
            events
        }
    }
}

/// What a person does there before one looks.
fn then(name: &str) -> Vec<Message> {
    let side = |message| Message::Chat(chat::Message::Sidebar(message));
    let section = |section| {
        vec![
            side(sidebar::Message::Settings),
            Message::Chat(chat::Message::Settings(settings::Message::Section(section))),
        ]
    };
    match name {
        "logout" => vec![side(sidebar::Message::LogOut)],
        "menu" => vec![side(sidebar::Message::Menu(sidebar::Menu::Me))],
        "settings" => section(Section::Notifications),
        "settings-look" => section(Section::Appearance),
        "settings-files" => section(Section::Files),
        "settings-trust" | "settings-unseen" => section(Section::Trust),
        "settings-devices" => section(Section::Devices),
        "settings-about" => section(Section::About),
        "key-details" => vec![Message::Chat(chat::Message::Bar(chat::bars::Message::Details))],
        "changed" => vec![Message::Changed(snug::screen::changed::Message::AskProof)],
        "register" => vec![],
        "login-invite" => vec![Message::Login(login::Message::Server(invite().link()))],
        "login-cut" => {
            let link = invite().link();
            vec![Message::Login(login::Message::Server(link[..link.len() - 9].to_owned()))]
        }
        talk if talk.starts_with("talk") => talking(talk),
        name => [governed::then(name), house::then(name), people::then(name)].into_iter().flatten().collect(),
    }
}

/// What a person does with messages before one looks.
fn talking(name: &str) -> Vec<Message> {
    let hand = |message| Message::Chat(chat::Message::Timeline(timeline::Message::Hand(message)));
    let key = |seq| ItemKey::Entry(Seq(seq));
    match name {
        "talk-hover" => vec![hand(hand::Message::Over(key(16)))],
        "talk-menu" => vec![hand(hand::Message::Menu(key(16)))],
        "talk-emoji" => vec![hand(hand::Message::Emoji(key(16)))],
        "talk-reply" => vec![hand(hand::Message::Act(key(14), Act::Reply))],
        "talk-edit" => vec![hand(hand::Message::Act(key(16), Act::Edit))],
        "talk-versions" => vec![hand(hand::Message::Act(key(16), Act::Versions))],
        "talk-retract" => vec![hand(hand::Message::Act(key(16), Act::Retract))],
        "talk-forward" => vec![hand(hand::Message::Act(key(16), Act::Forward))],
        "talk-link" => {
            vec![hand(hand::Message::Link("https://maps.example/route?from=studio&to=lake".into()))]
        }
        "talk-days" => vec![hand(hand::Message::Days(key(14)))],
        "talk-pins" => vec![Message::Chat(chat::Message::ShowPins)],
        "talk-select" => {
            let select = hand(hand::Message::Act(key(14), Act::Select));
            vec![select, hand(hand::Message::Choose(key(16)))]
        }
        _ => vec![],
    }
}

/// A picture of a morning, in the folder of this example.
fn morning() -> std::path::PathBuf {
    let path = std::env::temp_dir().join("snug-gallery-morning.png");
    let sky = image::RgbImage::from_fn(1200, 528, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let hill = 380.0 + 60.0 * ((x - 560.0) / 640.0).powi(2);
        let sun = (x - 884.0).hypot(y - 290.0) < 84.0;
        let fade = y / 528.0;
        match (y > hill, sun) {
            (true, _) => image::Rgb([44, 32, 48]),
            (false, true) => image::Rgb([253, 224, 166]),
            _ => image::Rgb([
                (238.0 - 90.0 * fade) as u8,
                (178.0 - 110.0 * fade) as u8,
                (122.0 - 40.0 * fade) as u8,
            ]),
        }
    });
    if let Err(error) = sky.save(&path) {
        eprintln!("no picture: {error}");
    }
    path
}
