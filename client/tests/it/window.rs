//! A window without a display: alice's app, and what it told the engine.

use iced::{Event as UiEvent, Point, Rectangle, Settings as UiSettings, Size, keyboard, mouse};
use iced_test::futures::futures::StreamExt;
use iced_test::futures::futures::executor::block_on;
use iced_test::runtime::{Action, clipboard, task};
use iced_test::{Simulator, selector};
use snug::app::{App, Message, Start};
use snug::fonts;
use snug::link::Happening;
use snug::profile::Profile;
use snug::screen::chat;
use snug::settings::Settings;
use snug_engine::command::Command;
use snug_engine::event::{Event, Phase};
use tempfile::TempDir;
use tokio::sync::mpsc;

pub(crate) struct Window {
    pub(crate) app: App,
    told: mpsc::Receiver<Command>,
    _folder: TempDir,
}

impl Window {
    /// A first start, before the engine has said anything.
    pub(crate) fn new() -> Self {
        fonts::install(false);
        let folder = tempfile::tempdir().unwrap();
        let profile = Profile::find("alice", Some(folder.path())).unwrap();
        let start = Start {
            profile,
            settings: Settings::default(),
            server: None,
            instance: None,
            engine: false,
            notice: None,
        };
        let (mut app, _) = App::new(start);
        let (commands, told) = mpsc::channel(64);
        let _ = app.update(Message::Engine(Happening::Ready(commands)));
        Self { app, told, _folder: folder }
    }

    /// A window after these events.
    pub(crate) fn after(events: Vec<Event>) -> Self {
        let mut window = Self::new();
        window.hears(events);
        window.told();
        window
    }

    pub(crate) fn hears(&mut self, events: Vec<Event>) {
        let _ = self.app.update(Message::Engine(Happening::Events(events)));
    }

    pub(crate) fn phase(&mut self, phase: Phase) {
        self.hears(vec![Event::Phase(phase)]);
    }

    /// What the engine was told since the last look.
    pub(crate) fn told(&mut self) -> Vec<Command> {
        std::iter::from_fn(|| self.told.try_recv().ok()).collect()
    }

    /// The one thing the engine was told.
    pub(crate) fn told_one(&mut self) -> Command {
        let mut told = self.told();
        assert_eq!(told.len(), 1, "{told:?}");
        told.remove(0)
    }

    fn ui(&self) -> Simulator<'_, Message> {
        let settings = UiSettings { default_font: fonts::TEXT, ..UiSettings::default() };
        Simulator::with_size(settings, Size::new(1180.0, 760.0), self.app.view())
    }

    fn act(&mut self, act: impl FnOnce(&mut Simulator<'_, Message>)) {
        let mut ui = self.ui();
        act(&mut ui);
        let messages: Vec<Message> = ui.into_messages().collect();
        for message in messages {
            let _ = self.app.update(message);
        }
    }

    /// Whether these words stand in the window.
    pub(crate) fn shows(&self, words: &str) -> bool {
        self.ui().find(words).is_ok()
    }

    /// Presses what has these words.
    pub(crate) fn press(&mut self, words: &str) {
        self.act(|ui| {
            ui.click(words).unwrap_or_else(|error| panic!("{words}: {error:?}"));
        });
    }

    /// Presses what has these words with the other button.
    pub(crate) fn right_press(&mut self, words: &str) {
        self.act(|ui| {
            let found = ui.find(words).unwrap_or_else(|error| panic!("{words}: {error:?}"));
            let place = found.visible_bounds().expect("it can be seen").center();
            ui.point_at(place);
            let button = iced::mouse::Button::Right;
            let _ = ui.simulate([
                UiEvent::Mouse(iced::mouse::Event::ButtonPressed(button)),
                UiEvent::Mouse(iced::mouse::Event::ButtonReleased(button)),
            ]);
        });
    }

    /// Hands the app a message: what a key or a task would have said that a window without a display has not.
    pub(crate) fn send(&mut self, message: Message) {
        let _ = self.app.update(message);
    }

    /// Presses what has this id.
    pub(crate) fn press_id(&mut self, id: &'static str) {
        self.act(|ui| {
            ui.click(selector::id(id)).unwrap_or_else(|error| panic!("{id}: {error:?}"));
        });
    }

    /// Where what has this id stands, as far as it can be seen.
    pub(crate) fn place_of(&self, id: &str) -> Rectangle {
        let found =
            self.ui().find(selector::id(id.to_owned())).unwrap_or_else(|error| panic!("{id}: {error:?}"));
        found.visible_bounds().unwrap_or_else(|| panic!("{id} cannot be seen"))
    }

    /// How high what has this id is, seen or not.
    pub(crate) fn height_of(&self, id: &str) -> f32 {
        let found =
            self.ui().find(selector::id(id.to_owned())).unwrap_or_else(|error| panic!("{id}: {error:?}"));
        found.bounds().height
    }

    /// Moves the pointer over a row of the timeline.
    pub(crate) fn point_at(&mut self, row: &str) {
        let position = self.place_of(row).center();
        self.act(|ui| {
            ui.point_at(position);
            let _ = ui.simulate([UiEvent::Mouse(mouse::Event::CursorMoved { position })]);
        });
    }

    /// Presses a point.
    pub(crate) fn press_at(&mut self, position: Point) {
        self.act(|ui| {
            ui.point_at(position);
            let _ = ui.simulate(iced_test::simulator::click());
        });
    }

    /// What a message of the chat copies.
    pub(crate) fn copies(&mut self, message: chat::Message) -> Option<String> {
        let task = self.app.update(Message::Chat(message));
        copied(task)
    }

    /// What an event puts on the clipboard.
    pub(crate) fn copies_at(&mut self, event: Event) -> Option<String> {
        copied(self.app.update(Message::Engine(Happening::Events(vec![event]))))
    }
    /// Types into a field.
    pub(crate) fn type_into(&mut self, id: &'static str, words: &str) {
        // One letter at a time: each is a message, and the next frame shows it.
        for at in words.char_indices().map(|(at, _)| at) {
            let letter = words[at..].chars().next().unwrap().to_string();
            self.act(|ui| {
                ui.click(selector::id(id)).unwrap_or_else(|error| panic!("{id}: {error:?}"));
                // The caret goes to the end, wherever the click put it.
                press(ui, keyboard::key::Named::End, keyboard::Modifiers::CTRL);
                let _ = ui.typewrite(&letter);
            });
        }
    }

    /// Presses a key in a field.
    pub(crate) fn key_in(&mut self, id: &'static str, key: keyboard::key::Named, shift: bool) {
        self.act(|ui| {
            ui.click(selector::id(id)).unwrap_or_else(|error| panic!("{id}: {error:?}"));
            press(ui, key, if shift { keyboard::Modifiers::SHIFT } else { keyboard::Modifiers::NONE });
        });
    }

    /// Presses Enter in a field.
    pub(crate) fn enter(&mut self, id: &'static str) {
        self.key_in(id, keyboard::key::Named::Enter, false);
    }
}

/// What a task puts on the clipboard.
fn copied(task: iced::Task<Message>) -> Option<String> {
    let mut actions = task::into_stream(task)?;
    while let Some(action) = block_on(actions.next()) {
        if let Action::Clipboard(clipboard::Action::Write { contents, .. }) = action {
            return Some(contents);
        }
    }
    None
}

/// A key with modifiers, which the simulator's own way leaves out.
fn press(ui: &mut Simulator<'_, Message>, key: keyboard::key::Named, modifiers: keyboard::Modifiers) {
    let key = keyboard::Key::Named(key);
    let unknown = keyboard::key::Physical::Unidentified(keyboard::key::NativeCode::Unidentified);
    let _ = ui.simulate([
        UiEvent::Keyboard(keyboard::Event::ModifiersChanged(modifiers)),
        UiEvent::Keyboard(keyboard::Event::KeyPressed {
            key: key.clone(),
            modified_key: key,
            physical_key: unknown,
            location: keyboard::Location::Standard,
            modifiers,
            text: None,
            repeat: false,
        }),
        UiEvent::Keyboard(keyboard::Event::ModifiersChanged(keyboard::Modifiers::NONE)),
    ]);
}
