//! The link to the engine: its events as a subscription, and the way commands go to it.

use std::hash::Hash;
use std::path::PathBuf;

use iced::Subscription;
use iced::futures::{SinkExt, Stream, channel::mpsc as ui};
use snug_engine::command::Command;
use snug_engine::event::Event;
use snug_engine::{Config, Engine, Events, Handle};
use tokio::sync::mpsc;

/// Commands on their way to the engine. It takes them at once; who fills this presses buttons by machine.
const COMMANDS_MAX: usize = 256;
/// Batches of events that wait for the window. The engine leaves out what was overtaken.
const BATCHES_MAX: usize = 16;
/// Smaller files are fetched by themselves: photos come, films wait for a press.
const FETCH_BY_ITSELF_MAX: u64 = 8 * 1024 * 1024;

/// Where the engine works. Also the subscription's identity.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The profile's data folder.
    pub folder: PathBuf,
    /// Where received files go.
    pub received: PathBuf,
}

/// What comes from the engine's side.
#[derive(Debug, Clone)]
pub enum Happening {
    /// It takes commands here.
    Ready(mpsc::Sender<Command>),
    /// Events, oldest first.
    Events(Vec<Event>),
    /// It has ended; the sentence says why.
    Ended(String),
}

/// The engine in a place, as a subscription.
pub fn engine(place: &Place) -> Subscription<Happening> {
    Subscription::run_with(place.clone(), |place| run(place.clone()))
}

fn run(place: Place) -> impl Stream<Item = Happening> {
    iced::stream::channel(BATCHES_MAX, async move |mut out: ui::Sender<Happening>| {
        let config = Config {
            folder: place.folder,
            received: place.received,
            client: concat!("snug ", env!("CARGO_PKG_VERSION")).to_owned(),
            fetch_by_itself_max: FETCH_BY_ITSELF_MAX,
        };
        let (handle, events) = Engine::start(config);
        let (commands, taken) = mpsc::channel(COMMANDS_MAX);
        if out.send(Happening::Ready(commands)).await.is_err() {
            return;
        }
        // Side by side: an engine that waits for the window to take events still gets its commands.
        tokio::select! {
            () = forward(taken, handle) => {}
            () = tell(events, out.clone()) => {}
        }
        let _ = out
            .send(Happening::Ended("Snug's engine has stopped. Please start Snug again.".to_owned()))
            .await;
    })
}

async fn forward(mut taken: mpsc::Receiver<Command>, handle: Handle) {
    while let Some(command) = taken.recv().await {
        if handle.send(command).await.is_err() {
            return;
        }
    }
}

async fn tell(mut events: Events, mut out: ui::Sender<Happening>) {
    while let Some(batch) = events.next().await {
        if out.send(Happening::Events(batch)).await.is_err() {
            return;
        }
    }
}
