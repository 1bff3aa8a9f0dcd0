//! A long history: only a window of it exists, and no row ever jumps under the reader's eyes.

use std::sync::Arc;

use iced::advanced::renderer::Headless;
use iced::advanced::widget::operation::{Outcome, Scrollable, black_box};
use iced::advanced::widget::{Id, Operation};
use iced::advanced::{clipboard, mouse};
use iced::{Event as UiEvent, Font, Pixels, Point, Rectangle, Renderer, Size, Task, Vector};
use iced_test::futures::futures::StreamExt;
use iced_test::futures::futures::executor::block_on;
use iced_test::runtime::user_interface::{Cache, UserInterface};
use iced_test::runtime::{Action, task};
use snug::app::Message;
use snug::link::Happening;
use snug_engine::command::Command;
use snug_engine::event::{
    Event, Focus, ItemKey, Link, Notice, Phase, Problem, TIMELINE_ITEMS_MAX, TIMELINE_STEP, Timeline,
};
use snug_proto::id::Seq;

use crate::preset::*;
use crate::window::Window;

/// A window whose tasks run and whose widgets keep their state, beside an engine with a long log.
struct Reader {
    window: Window,
    log: usize,
    shown: std::ops::Range<usize>,
    moves: usize,
    focus: Option<Focus>,
    cache: Option<Cache>,
    renderer: Renderer,
    size: Size,
}

impl Reader {
    fn of(log: usize) -> Self {
        let window = Window::after(open(session(online())));
        let renderer =
            block_on(<Renderer as Headless>::new(Font::with_name("Inter"), Pixels(16.0), None)).unwrap();
        let mut reader = Self {
            window,
            log,
            shown: log.saturating_sub(TIMELINE_STEP * 2)..log,
            moves: 0,
            focus: None,
            cache: Some(Cache::new()),
            renderer,
            size: Size::new(1180.0, 760.0),
        };
        reader.snapshot();
        reader.redraw();
        reader
    }

    /// The engine sends its window of the log.
    fn snapshot(&mut self) {
        let words = "some words that wrap around the edge of the pane ";
        let items = self.shown.clone().map(|at| {
            let who = if at % 7 < 4 { BASHIR } else { CHLOE };
            said(at as u32 + 1, who, at as i64 * MINUTE * 3, text(&words.repeat(at * at % 11 + 1)))
        });
        let timeline = Timeline {
            room: LOBBY,
            items: items.collect(),
            has_older: self.shown.start > 0,
            has_newer: self.shown.end < self.log,
            new_from: None,
            focus: self.focus,
            reads: Vec::new(),
        };
        let event = Event::Timeline(Arc::new(timeline));
        self.message(Message::Engine(Happening::Events(vec![event])));
    }

    fn obey(&mut self) {
        for command in self.window.told() {
            match command {
                Command::Older => {
                    self.shown.start = self.shown.start.saturating_sub(TIMELINE_STEP);
                    self.shown.end = self.shown.end.min(self.shown.start + TIMELINE_ITEMS_MAX);
                }
                Command::Newer => {
                    self.shown.end = (self.shown.end + TIMELINE_STEP).min(self.log);
                    self.shown.start =
                        self.shown.start.max(self.shown.end.saturating_sub(TIMELINE_ITEMS_MAX));
                }
                Command::Show(_) => self.shown = self.log - TIMELINE_STEP * 2..self.log,
                _ => continue,
            }
            self.moves += 1;
            self.snapshot();
        }
    }

    fn message(&mut self, message: Message) {
        let task = self.window.app.update(message);
        self.run(task);
    }

    fn run(&mut self, task: Task<Message>) {
        let Some(mut actions) = task::into_stream(task) else { return };
        while let Some(action) = block_on(actions.next()) {
            match action {
                Action::Output(message) => self.message(message),
                Action::Widget(operation) => self.operate(operation),
                _ => {}
            }
        }
    }

    fn operate(&mut self, operation: Box<dyn Operation>) {
        let mut next = Some(operation);
        while let Some(mut operation) = next.take() {
            let cache = self.cache.take().unwrap_or_default();
            let mut ui = UserInterface::build(self.window.app.view(), self.size, cache, &mut self.renderer);
            ui.operate(&self.renderer, operation.as_mut());
            self.cache = Some(ui.into_cache());
            if let Outcome::Chain(more) = operation.finish() {
                next = Some(more);
            }
        }
    }

    fn events(&mut self, events: &[UiEvent]) {
        let mut out = Vec::new();
        let cache = self.cache.take().unwrap_or_default();
        let mut ui = UserInterface::build(self.window.app.view(), self.size, cache, &mut self.renderer);
        let cursor = mouse::Cursor::Available(Point::new(600.0, 300.0));
        let _ = ui.update(events, cursor, &mut self.renderer, &mut clipboard::Null, &mut out);
        self.cache = Some(ui.into_cache());
        for message in out {
            self.message(message);
        }
        self.obey();
    }

    fn wheel(&mut self, y: f32) {
        let delta = mouse::ScrollDelta::Pixels { x: 0.0, y };
        self.events(&[UiEvent::Mouse(mouse::Event::WheelScrolled { delta })]);
        self.redraw();
    }

    fn redraw(&mut self) {
        self.events(&[UiEvent::Window(iced::window::Event::RedrawRequested(std::time::Instant::now()))]);
    }

    /// Rows on the screen with their distance from its top.
    fn on_screen(&mut self) -> Vec<(String, f32)> {
        self.rows().into_iter().filter(|(_, y)| (60.0..640.0).contains(y)).collect()
    }

    /// All rows with their distance from the top of the screen.
    fn rows(&mut self) -> Vec<(String, f32)> {
        let mut rows = Rows { names: self.shown.clone().map(name).collect(), ..Rows::default() };
        let cache = self.cache.take().unwrap_or_default();
        let mut ui = UserInterface::build(self.window.app.view(), self.size, cache, &mut self.renderer);
        ui.operate(&self.renderer, &mut black_box(&mut rows));
        self.cache = Some(ui.into_cache());
        rows.found
    }

    fn y(&mut self, row: &str) -> f32 {
        self.rows()
            .iter()
            .find(|(name, _)| name == row)
            .map(|(_, y)| *y)
            .expect("the row is in the window of the log")
    }
}

fn name(at: usize) -> String {
    format!("entry-{}", at + 1)
}

/// Where rows are.
#[derive(Default)]
struct Rows {
    names: Vec<String>,
    moved: Vector,
    found: Vec<(String, f32)>,
}
impl Operation for Rows {
    fn traverse(&mut self, go: &mut dyn FnMut(&mut dyn Operation)) {
        go(self);
    }
    fn scrollable(
        &mut self,
        id: Option<&Id>,
        _bounds: Rectangle,
        _content: Rectangle,
        translation: Vector,
        _state: &mut dyn Scrollable,
    ) {
        // Of the three lists in the window only the timeline has a name.
        if id.is_some() {
            self.moved = translation;
        }
    }
    fn container(&mut self, id: Option<&Id>, bounds: Rectangle) {
        let Some(id) = id else { return };
        let y = bounds.y - self.moved.y;
        if let Some(name) = self.names.iter().find(|name| Id::from((*name).clone()) == *id) {
            self.found.push((name.clone(), y));
        }
    }
}

#[test]
fn no_row_jumps_while_the_history_moves() {
    let mut reader = Reader::of(2000);
    let mut looked = 0;
    for step in 0..110 {
        let up = step < 70;
        let dy = if up { 560.0 } else { -480.0 };
        let rows = reader.on_screen();
        // The row that stays on the screen: the one that moves towards its middle.
        let seen = if up { rows.first() } else { rows.last() };
        let (row, before) = seen.cloned().expect("there are rows on the screen");
        let moves = reader.moves;
        reader.wheel(dy);
        // Near the end of the log there is nothing more to scroll to.
        if reader.shown.end == reader.log {
            continue;
        }
        let moved = reader.y(&row) - before;
        assert!((moved - dy).abs() <= 1.5, "step {step}: {row} moved by {moved} instead of {dy}");
        looked += usize::from(reader.moves > moves);
    }
    assert!(looked >= 5, "the window of the log moved {looked} times");
}

#[test]
fn who_is_at_the_bottom_follows_and_who_has_scrolled_up_is_left_alone() {
    let mut reader = Reader::of(300);
    let arrives = |reader: &mut Reader| {
        reader.log += 1;
        if reader.shown.end + 1 == reader.log {
            reader.shown.end += 1;
        }
        reader.snapshot();
        reader.redraw();
        name(reader.log - 1)
    };
    let newest = arrives(&mut reader);
    assert!(reader.on_screen().iter().any(|(name, _)| *name == newest), "seen at once");

    reader.wheel(400.0);
    let (row, before) = reader.on_screen()[0].clone();
    for _ in 0..5 {
        arrives(&mut reader);
    }
    assert!((reader.y(&row) - before).abs() <= 1.0, "nothing moved");
    assert!(reader.window.shows("Newest"), "there is a way down");
    let down = snug::screen::chat::Message::Timeline(snug::screen::chat::timeline::Message::ToBottom);
    reader.message(Message::Chat(down));
    reader.obey();
    reader.redraw();
    let newest = name(reader.log - 1);
    assert!(reader.on_screen().iter().any(|(name, _)| *name == newest), "back at the bottom");
}

#[test]
fn what_comes_over_the_room_leaves_the_reader_where_they_are() {
    let mut reader = Reader::of(300);
    reader.wheel(900.0);
    let (row, before) = reader.on_screen()[0].clone();
    let offline =
        Link::Offline { problem: Problem::ConnectionLost, retry_in: std::time::Duration::from_secs(9) };
    let notice = Event::Notice(Notice::StillListed);
    let events = vec![Event::Phase(Phase::Open(session(offline))), notice];
    reader.message(Message::Engine(Happening::Events(events)));
    let menu = snug::screen::chat::Message::Sidebar(snug::screen::chat::sidebar::Message::Menu(
        snug::screen::chat::sidebar::Menu::Me,
    ));
    reader.message(Message::Chat(menu));
    reader.redraw();
    assert!(reader.window.shows("Try now") && reader.window.shows("Log out…"));
    // The bar takes its own height; the list stays where it was, seen from its end.
    assert!((reader.y(&row) - before).abs() < 60.0, "{} became {}", before, reader.y(&row));
}

#[test]
fn there_is_one_way_down_from_anywhere() {
    let mut reader = Reader::of(2000);
    while reader.shown.end == reader.log {
        reader.wheel(900.0);
    }
    let down = snug::screen::chat::Message::Timeline(snug::screen::chat::timeline::Message::ToBottom);
    reader.message(Message::Chat(down));
    reader.redraw();
    reader.redraw();
    let newest = name(reader.log - 1);
    assert!(reader.on_screen().iter().any(|(name, _)| *name == newest), "at the bottom: {:?}", reader.shown);
    assert!(!reader.window.shows("Newest"), "and there to stay");
}

#[test]
fn a_jump_shows_its_message_once() {
    let mut reader = Reader::of(2000);
    reader.shown = 700..820;
    let sought = 760;
    reader.focus = Some(Focus { item: ItemKey::Entry(Seq(sought as u32 + 1)), serial: 1 });
    reader.snapshot();
    reader.redraw();
    let y = reader.y(&name(sought));
    assert!((60.0..640.0).contains(&y), "it is on the screen: {y}");
    reader.wheel(-300.0);
    let after = reader.y(&name(sought));
    assert!((y - after - 300.0).abs() <= 1.5, "the reader goes on from there");
    // The same jump comes with the next snapshot as well: it was followed.
    reader.snapshot();
    reader.redraw();
    assert!((reader.y(&name(sought)) - after).abs() <= 1.0);
    reader.focus = Some(Focus { item: ItemKey::Entry(Seq(731)), serial: 2 });
    reader.snapshot();
    reader.redraw();
    assert!((60.0..640.0).contains(&reader.y(&name(730))), "another jump");
}

#[test]
fn a_jump_in_a_room_that_is_wholly_in_sight_leaves_the_reader_at_its_bottom() {
    let mut reader = Reader::of(3);
    reader.focus = Some(Focus { item: ItemKey::Entry(Seq(2)), serial: 1 });
    reader.snapshot();
    reader.redraw();
    assert!(!reader.window.shows("Newest"), "there is nothing further down, and what comes is read");
    let mut reader = Reader::of(200);
    reader.focus = Some(Focus { item: ItemKey::Entry(Seq(120)), serial: 1 });
    reader.snapshot();
    reader.redraw();
    assert!(reader.window.shows("Newest"));
}

/// Rows that exist while somebody scrolls up through the newest part of a log, and the time it took.
fn scrolled(log: usize) -> (Vec<usize>, std::time::Duration) {
    let mut reader = Reader::of(log);
    let mut rows = Vec::new();
    let mut took = std::time::Duration::ZERO;
    for _ in 0..60 {
        let begun = std::time::Instant::now();
        reader.wheel(560.0);
        took += begun.elapsed();
        rows.push(reader.rows().len());
    }
    (rows, took / 60)
}

#[test]
fn a_hundred_times_the_history_is_no_more_work() {
    let (few, fast) = scrolled(1_000);
    let (many, slow) = scrolled(100_000);
    println!("a step in 1,000 messages took {fast:?}, in 100,000 {slow:?}");
    for rows in [few, many] {
        assert_eq!(
            rows.iter().max(),
            Some(&TIMELINE_ITEMS_MAX),
            "no more rows are built, whatever lies behind"
        );
    }
}
