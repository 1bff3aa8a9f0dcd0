//! From the command line to a window, and what is said where there can be none.

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use iced::{Size, window};
use snug_proto::MessageLink;
use snug_proto::invite::Destination;

use crate::app::{App, Message, Start};
use crate::fonts;
use crate::instance;
use crate::logging;
use crate::profile::Profile;
use crate::settings::Settings;

/// What stands on the command line.
#[derive(Debug, clap::Parser)]
#[command(name = "snug", version, about = "Snug: a messenger for people who know each other.")]
pub struct Arguments {
    /// Another person on this machine: own servers, messages and settings.
    #[arg(long, value_name = "NAME", default_value = "")]
    profile: String,
    /// The server to point at, or an invite to follow.
    #[arg(long, value_name = "ADDRESS")]
    server: Option<String>,
    /// The same, as desktops hand over a link that was opened.
    #[arg(value_name = "LINK", conflicts_with = "server")]
    link: Option<String>,
    /// Keep everything under this folder instead of the usual ones.
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
}

/// Whether a window was there: what fails before is the display's fault.
static DRAWN: AtomicBool = AtomicBool::new(false);

/// Runs Snug. What goes wrong is one sentence and an exit code.
pub fn run(arguments: Arguments) -> ExitCode {
    match try_run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("snug: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn try_run(arguments: Arguments) -> Result<(), String> {
    let typed = arguments.server.or(arguments.link).unwrap_or_default();
    let server = (!typed.is_empty()).then(|| typed.parse::<Destination>()).transpose();
    let server = server.map_err(|bad| bad.to_string());
    // A link to a message is of no use to a start, but one that runs already may follow it.
    if MessageLink::parse(&typed).is_err() {
        server.clone()?;
    }
    let profile =
        Profile::find(&arguments.profile, arguments.data_dir.as_deref()).map_err(|none| none.to_string())?;
    display()?;
    prefer_software()?;
    let started = instance::start(&profile.data, &typed).map_err(|error| {
        format!("The folder {} cannot be used: {error}. Is Snug running and stuck?", profile.data.display())
    })?;
    let instance = match started {
        instance::Start::First(instance) => instance,
        instance::Start::Second => {
            println!("Snug is running already; its window was brought to the front.");
            return Ok(());
        }
    };
    let server = server?;
    if let Err(error) = logging::start(&profile.data) {
        eprintln!("snug: There is no log: {error}.");
    }
    tracing::info!(version = env!("CARGO_PKG_VERSION"), renderer = logging::renderer(), "start");
    let (settings, aside) = Settings::load(&profile.settings())
        .map_err(|error| format!("The settings in {} cannot be read: {error}.", profile.config.display()))?;
    let notice = aside.map(|aside| {
        let file = aside.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        format!("The settings were damaged. They were set aside as “{file}”, and the usual ones are back.")
    });
    fonts::install(true);
    window(Start { profile, settings, server, instance: Some(instance), engine: true, notice })
}

fn window(start: Start) -> Result<(), String> {
    quiet_panics();
    let settings = window::Settings {
        size: Size::new(1180.0, 760.0),
        min_size: Some(Size::new(860.0, 560.0)),
        #[cfg(target_os = "linux")]
        platform_specific: window::settings::PlatformSpecific {
            application_id: "snug".to_owned(),
            ..Default::default()
        },
        ..window::Settings::default()
    };
    let drawn = |app: &mut App, message: Message| {
        DRAWN.store(true, Ordering::Relaxed);
        app.update(message)
    };
    let application = iced::application(move || App::new(start.clone()), drawn, App::view)
        .title(App::title)
        .theme(App::theme)
        .style(App::style)
        .subscription(App::subscription)
        .default_font(fonts::TEXT)
        .window(settings);
    match std::panic::catch_unwind(AssertUnwindSafe(|| application.run())) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            tracing::error!("the window system refused");
            Err(format!("No window could be opened: {error}."))
        }
        Err(_) if DRAWN.load(Ordering::Relaxed) => {
            Err("Snug stopped because of a fault of its own. The log in its data folder says where."
                .to_owned())
        }
        Err(_) => Err(NO_DISPLAY.to_owned()),
    }
}

const NO_DISPLAY: &str = "There is no display to draw on. Start Snug inside a desktop session (DISPLAY or WAYLAND_DISPLAY names it).";

/// The window library panics without a display, so it is looked for before.
#[cfg(all(unix, not(target_os = "macos")))]
fn display() -> Result<(), String> {
    let named = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(named) {
        Ok(())
    } else {
        Err(NO_DISPLAY.to_owned())
    }
}
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn display() -> Result<(), String> {
    Ok(())
}

/// Without a graphics card, Mesa's emulation of one would need five times the memory of our own drawing. The
/// choice is an environment variable, which only a new start may set; this becomes that start.
#[cfg(target_os = "linux")]
fn prefer_software() -> Result<(), String> {
    use std::os::unix::process::CommandExt;
    let has_card = std::fs::read_dir("/dev/dri").is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("renderD"))
    });
    if has_card || std::env::var_os("ICED_BACKEND").is_some() {
        return Ok(());
    }
    let Ok(program) = std::env::current_exe() else { return Ok(()) };
    let error = std::process::Command::new(program)
        .args(std::env::args_os().skip(1))
        .env("ICED_BACKEND", "tiny-skia")
        .exec();
    Err(format!("Snug could not start itself again: {error}."))
}
#[cfg(not(target_os = "linux"))]
fn prefer_software() -> Result<(), String> {
    Ok(())
}

/// A panic goes to the log, with its place and without its words, which may hold what people wrote.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}
