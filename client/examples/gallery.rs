//! Every screen in a preset state, without engine or server: `cargo run -p snug --example gallery -- chat dark`.

use iced::Task;
use snug::app::{App, Message, Start};
use snug::link::Happening;
use snug::profile::Profile;
use snug::settings::{Appearance, Settings};
use snug_engine::event::Event;

#[path = "../tests/it/preset.rs"]
mod preset;

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
        let events: Vec<Event> = preset::screen(&screen);
        let (commands, taken) = tokio::sync::mpsc::channel(64);
        // Nobody answers: the commands only must not fail.
        std::mem::forget(taken);
        let mut tasks = vec![first, app.update(Message::Engine(Happening::Ready(commands)))];
        tasks.push(app.update(Message::Engine(Happening::Events(events))));
        tasks.extend(preset::then(&screen).into_iter().map(|message| app.update(message)));
        (app, Task::batch(tasks))
    };
    iced::application(boot, App::update, App::view)
        .title(App::title)
        .theme(App::theme)
        .subscription(App::subscription)
        .default_font(snug::fonts::TEXT)
        .window_size((1180.0, 760.0))
        .run()
}
