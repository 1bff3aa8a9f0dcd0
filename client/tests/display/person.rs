//! Somebody at a real window.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

use crate::screen::{self, Part, Place, Screen};
use crate::server::Server;
use crate::until;

/// The window, and where everything is in it.
const WIDTH: u32 = 1180;
const HEIGHT: u32 = 760;
const LOGIN_TITLE: Part = Part(636, 150, 260, 60);
const CREATE_AN_ACCOUNT: Place = Place(864, 579);
const USERNAME: Place = Place(826, 393);
const PASSWORD_EDGE: Part = Part(633, 462, 8, 20);
const THEY_MATCH: Place = Place(804, 542);
const TRY_AGAIN: Place = Place(628, 475);
const INVITE: Place = Place(222, 30);
const FIRST_PERSON: Place = Place(70, 314);
const ROOM_TITLE: Part = Part(262, 8, 200, 40);
const WINDOW: Part = Part(0, 0, WIDTH, HEIGHT);
const LOCK: Part = Part(18, 16, 24, 24);
const COMPOSER: Place = Place(575, 700);
const CLIP: Place = Place(297, 700);
const EDITING: Part = Part(330, 648, 120, 16);
const ADD: Place = Place(224, 130);
const NEW_ROOM: Place = Place(115, 180);
const NEW_ROOM_IN_MENU: Part = Part(60, 170, 110, 20);
const DIALOG: Part = Part(310, 60, 200, 60);
const FIRST_INVITED: Place = Place(480, 488);
const FIRST_INVITED_BOX: Part = Part(828, 479, 20, 20);
const CREATE_ROOM: Place = Place(802, 657);
const FIRST_MESSAGE: Place = Place(600, 349);
const HEART: Place = Place(811, 328);
/// Under the text of that message.
const CHIP: Part = Part(330, 372, 30, 14);
const PALETTE: Part = Part(320, 95, 300, 30);
/// At the left of the first message that was found: nothing shorter than that reaches so far down.
const FOUND: Part = Part(299, 216, 5, 8);
const PATH: Place = Place(533, 636);

/// A client process, on a display of its own. Both end with this value.
pub(crate) struct Person {
    name: &'static str,
    client: Child,
    screen: Screen,
    window: String,
    home: TempDir,
    /// Where the client keeps everything.
    folder: PathBuf,
}

impl Person {
    /// Starts a client that has never run before, pointed at a server.
    pub(crate) fn sits_down(name: &'static str, server: &Server) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut snug = Command::new(env!("CARGO_BIN_EXE_snug"));
        snug.args(["--profile", name, "--server", &server.address, "--data-dir"]).arg(home.path());
        let folder = home.path().join("profiles").join(name);
        Self::runs(name, home, folder, snug, None)
    }

    /// Runs a command of the README's, in a home where Snug was never before, and waits for its window.
    pub(crate) fn runs_command(
        name: &'static str,
        command: Command,
        tools: Option<&Path>,
        profile: &str,
    ) -> Self {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".local/share/snug/profiles").join(profile);
        Self::runs(name, home, folder, command, tools)
    }

    fn runs(
        name: &'static str,
        home: TempDir,
        folder: PathBuf,
        mut command: Command,
        tools: Option<&Path>,
    ) -> Self {
        let screen = Screen::new(WIDTH, HEIGHT);
        let empty = home.path().join("empty");
        fs::create_dir(&empty).unwrap();
        let said = File::create(home.path().join("said")).unwrap();
        let client = command
            // Nothing of the machine's desktop: no other display, no bus, no sound, no program that picks files.
            .env_clear()
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", &empty)
            .env("PATH", tools.unwrap_or(&empty))
            .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", empty.join("bus").display()))
            .env("DISPLAY", screen.name())
            .env("ICED_BACKEND", "tiny-skia")
            .env("WINIT_X11_SCALE_FACTOR", "1")
            // For `make run`'s script, to stand beside others of its kind: any free port, and no building.
            .env("SNUG_HOST", "127.0.0.1")
            .env("SNUG_PORT", "0")
            .env("SNUG_PROGRAMS", Path::new(env!("CARGO_BIN_EXE_snug")).parent().unwrap())
            // What a command starts ends with it.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .spawn()
            .unwrap();
        let mut person = Self { name, client, screen, window: String::new(), home, folder };
        person.window = person.screen.window();
        person
    }

    /// Fills the form: first "Create an account", then name and password.
    pub(crate) fn asks_for_an_account(&self) {
        self.screen.changes(LOGIN_TITLE, || self.screen.click(CREATE_AN_ACCOUNT));
        self.screen.click(USERNAME);
        self.sends_name_and_password();
    }

    /// Fills the form whose first empty field has the caret, and sends it.
    pub(crate) fn sends_name_and_password(&self) {
        self.screen.types(self.name);
        // Enter leads to the next empty field.
        self.screen.changes(PASSWORD_EDGE, || self.screen.key("Return"));
        self.screen.types("nine tin sparrows on a roof");
        self.screen.key("Return");
    }

    /// "They match".
    pub(crate) fn says_the_words_match(&self) {
        self.screen.click(THEY_MATCH);
    }

    /// "Invite…": the link lies in the clipboard.
    pub(crate) fn invites(&self) -> String {
        self.screen.click(INVITE);
        until("a link lies in the clipboard", || {
            self.screen.clipboard().filter(|text| text.starts_with("snug://"))
        })
    }

    /// Waits until a camera would read this in the dialog.
    pub(crate) fn shows_a_picture_of(&self, text: &str) {
        let read = until("a QR code is shown", || self.screen.photographed(WINDOW));
        assert_eq!(read, text);
    }

    /// Every screen that was shown so far, each once in a row.
    pub(crate) fn screens(&self) -> Vec<String> {
        let log = self.log();
        let shown = log.lines().filter_map(|line| line.split_once("screen=\"")?.1.split('"').next());
        shown.map(str::to_owned).collect()
    }

    /// What the lock beside the server's name looks like, once it is there: it changes only when something lies over it.
    pub(crate) fn looks_at_the_lock(&self) -> Vec<u8> {
        until("the chat is drawn", || {
            let lock = self.screen.pixels(LOCK);
            lock.chunks(4).any(|pixel| pixel != &lock[..4]).then_some(lock)
        })
    }

    /// Waits until nothing lies over the room.
    pub(crate) fn sees_the_room_again(&self, as_before: &[u8]) {
        until("the dialog is gone", || (self.screen.pixels(LOCK) == as_before).then_some(()));
    }

    /// From the form into the lobby.
    pub(crate) fn joins(&self) {
        self.asks_for_an_account();
        self.is_shown("trust");
        self.says_the_words_match();
        self.is_shown("chat");
    }

    /// Waits until a screen is shown.
    pub(crate) fn is_shown(&self, screen: &str) {
        let line = format!("screen=\"{screen}\"");
        until(&format!("{} is shown: {screen}", self.name), || {
            let log = self.log();
            log.lines().rfind(|line| line.contains("screen=")).filter(|last| last.contains(&line)).map(drop)
        });
    }

    /// Writes into the room that is open.
    pub(crate) fn writes(&self, text: &str) {
        self.screen.click(COMPOSER);
        self.screen.types(text);
        self.screen.key("Return");
    }

    /// Opens the direct room with the first person of the sidebar.
    pub(crate) fn opens_first_person(&self) {
        self.screen.changes(ROOM_TITLE, || self.screen.click(FIRST_PERSON));
    }

    /// Makes a private room with the first of the others.
    pub(crate) fn makes_a_room(&self, name: &str) {
        self.screen.changes(NEW_ROOM_IN_MENU, || self.screen.click(ADD));
        self.screen.changes(DIALOG, || self.screen.click(NEW_ROOM));
        self.screen.types(name);
        self.screen.changes(FIRST_INVITED_BOX, || self.screen.click(FIRST_INVITED));
        self.screen.changes(ROOM_TITLE, || self.screen.click(CREATE_ROOM));
    }

    /// Gives the first message of a new room a heart.
    pub(crate) fn likes_the_first_message(&self) {
        // A message that has just got its place is another row, and feels the pointer when that moves.
        self.screen.changes_in_the_end(CHIP, || {
            self.screen.points_at(COMPOSER);
            self.screen.points_at(FIRST_MESSAGE);
            self.screen.click(HEART);
        });
    }

    /// Writes something behind the last text.
    pub(crate) fn adds_to_the_last_text(&self, more: &str) {
        self.screen.click(COMPOSER);
        self.screen.changes(EDITING, || self.screen.key("Up"));
        self.screen.types(more);
        self.screen.key("Return");
    }

    /// Finds a message by a word and goes to it.
    pub(crate) fn finds(&self, word: &str) {
        self.screen.changes(PALETTE, || self.screen.key("ctrl+k"));
        self.screen.changes(FOUND, || self.screen.types(word));
        self.screen.changes(ROOM_TITLE, || self.screen.key("Return"));
    }

    /// Makes a file with bytes of its own.
    pub(crate) fn owns(&self, name: &str, len: usize) -> PathBuf {
        let path = self.home.path().join(name);
        let bytes: Vec<u8> = (0..len).map(|at| (at * at / 7 + at) as u8 ^ self.name.as_bytes()[0]).collect();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Sends a file into the room that is open, by its path: no file dialog answers here.
    pub(crate) fn sends_file(&self, path: &Path) {
        self.screen.click(CLIP);
        until("a path field opens", || self.log().contains("a path field opens").then_some(()));
        self.screen.click(PATH);
        self.screen.types(path.to_str().unwrap());
        self.screen.key("Return");
    }

    /// "Try again now", on the screen that says that the server is full.
    pub(crate) fn tries_again(&self) {
        self.screen.click(TRY_AGAIN);
    }

    /// Is gone, without a word to anybody.
    pub(crate) fn leaves(mut self) {
        self.client.kill().unwrap();
        self.client.wait().unwrap();
    }

    /// Whether this computer keeps anything of a server.
    pub(crate) fn has_a_copy(&self) -> bool {
        self.copy().exists()
    }

    /// Waits until a text is in this computer's copy.
    pub(crate) fn has_read(&self, text: &str) {
        until(&format!("{} has “{text}”", self.name), || {
            let mut wal = self.copy().into_os_string();
            wal.push("-wal");
            [self.copy(), wal.into()].iter().any(|file| contains(file, text)).then_some(())
        });
    }

    /// Waits until a file has arrived, byte by byte.
    pub(crate) fn has_received(&self, name: &str, sent: &Path) {
        let arrived = self.folder().join("received_files").join(name);
        until(&format!("{} has {name}", self.name), || arrived.exists().then_some(()));
        assert!(fs::read(arrived).unwrap() == fs::read(sent).unwrap(), "{name} arrives as it was sent");
    }

    /// Waits until the title says how much is unread.
    pub(crate) fn has_unread(&self, count: u32) {
        let own = format!("Snug ({})", self.name);
        let title = if count > 0 { format!("({count}) {own}") } else { own };
        until(&format!("the title is “{title}”"), || {
            self.screen.title(&self.window).filter(|now| *now == title).map(drop)
        });
    }

    /// There is no sound card and no notification service here: that is worth a line in the log, and no noise. The
    /// log holds no text, no name and no address.
    pub(crate) fn was_discreet(&self) {
        let said = fs::read_to_string(self.home.path().join("said")).unwrap();
        assert_eq!(said, "", "{} made noise on the terminal", self.name);
        let log = self.log();
        for private in
            ["alice", "bob", "carol", "dave", "Morning", "morning", "arden", "beans", "song", "127.0.0.1"]
        {
            assert!(!log.contains(private), "the log of {} holds “{private}”:\n{log}", self.name);
        }
    }

    fn folder(&self) -> PathBuf {
        self.folder.clone()
    }
    fn copy(&self) -> PathBuf {
        self.folder().join("server-1.sqlite")
    }
    fn log(&self) -> String {
        fs::read_to_string(self.folder().join("snug.log")).unwrap_or_default()
    }
}
impl Drop for Person {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.screen.photograph(self.name);
            screen::keep(&self.folder().join("snug.log"), &format!("{}.log", self.name));
            screen::keep(&self.home.path().join("said"), &format!("{}.said", self.name));
        }
        // It may have ended by itself. Politely: what the command started ends with it, and cleans up.
        let _ = kill_process_group(Pid::from_child(&self.client), Signal::TERM);
        let _ = self.client.wait();
    }
}

fn contains(file: &Path, text: &str) -> bool {
    fs::read(file).is_ok_and(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
}
