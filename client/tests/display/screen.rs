//! A virtual display (Xvfb) with a keyboard and a mouse (xdotool).

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::until;

/// A place in the window.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place(pub(crate) u32, pub(crate) u32);

/// A part of the window: left, top, width, height.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part(pub(crate) u32, pub(crate) u32, pub(crate) u32, pub(crate) u32);

/// A display as large as the window, which is the only one on it. It ends with this value.
pub(crate) struct Screen {
    xvfb: Child,
    _stdout: BufReader<ChildStdout>,
    /// What it shows lies in a file here.
    folder: TempDir,
    name: String,
}

impl Screen {
    /// A new display, under whatever number is free.
    pub(crate) fn new(width: u32, height: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut xvfb = needed(
            Command::new("Xvfb")
                .args(["-displayfd", "1", "-screen", "0", &format!("{width}x{height}x24")])
                .args(["-dpi", "96", "-nolisten", "tcp", "-noreset", "-fbdir"])
                .arg(folder.path())
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn(),
            "Xvfb",
        );
        let mut stdout = BufReader::new(xvfb.stdout.take().unwrap());
        let mut number = String::new();
        stdout.read_line(&mut number).unwrap();
        assert!(!number.trim().is_empty(), "Xvfb ends at once: is there a free display?");
        Self { xvfb, _stdout: stdout, folder, name: format!(":{}", number.trim()) }
    }

    /// What programs call it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Waits for the window and gives it the keyboard: there is no window manager that would.
    pub(crate) fn window(&self) -> String {
        let window = until("a window opens", || {
            self.ask(&["search", "--onlyvisible", "--name", "^Snug"]).filter(|window| !window.is_empty())
        });
        until("it has the keyboard", || self.ask(&["windowfocus", &window]));
        window
    }

    /// The title of a window.
    pub(crate) fn title(&self, window: &str) -> Option<String> {
        self.ask(&["getwindowname", window])
    }

    /// Presses the mouse's button at a place.
    pub(crate) fn click(&self, Place(x, y): Place) {
        self.tool(&["mousemove", &x.to_string(), &y.to_string(), "click", "1"]);
    }

    /// Moves the mouse to a place.
    pub(crate) fn points_at(&self, Place(x, y): Place) {
        self.tool(&["mousemove", &x.to_string(), &y.to_string()]);
    }

    /// Types; only what an American keyboard has.
    pub(crate) fn types(&self, text: &str) {
        self.tool(&["type", "--", text]);
    }

    /// Presses a key.
    pub(crate) fn key(&self, key: &str) {
        self.tool(&["key", key]);
    }

    /// Does something and waits until a part of the screen looks otherwise.
    ///
    /// A busy program takes all that waits for it at once, with the mouse where it was last. So before the mouse
    /// moves on, what it did must be seen.
    pub(crate) fn changes(&self, part: Part, act: impl FnOnce()) {
        let before = self.pixels(part);
        act();
        until("the window shows what was done", || (self.pixels(part) != before).then_some(()));
    }

    /// Does something again and again, until a part of the screen looks otherwise: for what may come too early.
    pub(crate) fn changes_in_the_end(&self, part: Part, act: impl Fn()) {
        let before = self.pixels(part);
        until("the window shows what was done again", || {
            act();
            (0..25).find(|_| {
                std::thread::sleep(std::time::Duration::from_millis(40));
                self.pixels(part) != before
            })
        });
    }

    /// The file has a head in the XWD format, which says where the pixels begin and how long a line is.
    pub(crate) fn pixels(&self, Part(left, top, width, height): Part) -> Vec<u8> {
        let file = File::open(self.shown()).unwrap();
        let number = |at: u64| {
            let mut bytes = [0; 4];
            file.read_exact_at(&mut bytes, at * 4).unwrap();
            u64::from(u32::from_be_bytes(bytes))
        };
        let [head_len, pixel_bits, line_len, colors] = [0, 11, 12, 19].map(number);
        const COLOR_LEN: u64 = 12;
        let pixel = pixel_bits / 8;
        let begin = head_len + colors * COLOR_LEN + u64::from(left) * pixel;
        let mut pixels = Vec::new();
        for row in u64::from(top)..u64::from(top + height) {
            let mut bytes = vec![0; (u64::from(width) * pixel) as usize];
            file.read_exact_at(&mut bytes, begin + row * line_len).unwrap();
            pixels.extend(bytes);
        }
        pixels
    }

    /// What a camera reads in a part of the screen, where there is a QR code.
    pub(crate) fn photographed(&self, part: Part) -> Option<String> {
        let Part(_, _, width, height) = part;
        let pixels = self.pixels(part);
        let grey = |x: usize, y: usize| pixels[(y * width as usize + x) * 4 + 1];
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width as usize, height as usize, grey);
        let grids = picture.detect_grids();
        let (_, said) = grids.first()?.decode().ok()?;
        Some(said)
    }

    /// What lies in the clipboard.
    pub(crate) fn clipboard(&self) -> Option<String> {
        let mut xclip = Command::new("xclip");
        xclip.args(["-o", "-selection", "clipboard", "-display", &self.name]);
        let output = needed(xclip.stdin(Stdio::null()).output(), "xclip");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn shown(&self) -> PathBuf {
        self.folder.path().join("Xvfb_screen0")
    }

    /// Keeps a picture of it: as PNG where ImageMagick is there, else as it is.
    pub(crate) fn photograph(&self, name: &str) {
        let kept = kept(&format!("{name}.png"));
        let made = Command::new("convert").arg(format!("xwd:{}", self.shown().display())).arg(&kept).status();
        if made.is_ok_and(|status| status.success()) {
            eprintln!("{name}'s screen: {}", kept.display());
        } else {
            keep(&self.shown(), &format!("{name}.xwd"));
        }
    }

    fn tool(&self, arguments: &[&str]) {
        assert!(self.ask(arguments).is_some(), "xdotool cannot: {arguments:?}");
    }

    fn ask(&self, arguments: &[&str]) -> Option<String> {
        let output = needed(
            Command::new("xdotool").args(arguments).env("DISPLAY", &self.name).stdin(Stdio::null()).output(),
            "xdotool",
        );
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}
impl Drop for Screen {
    fn drop(&mut self) {
        // Politely: killed, it would leave its socket behind, and with it a number that stays taken.
        let _ = kill_process(Pid::from_child(&self.xvfb), Signal::TERM);
        let _ = self.xvfb.wait();
    }
}

fn needed<T>(started: io::Result<T>, program: &str) -> T {
    started.unwrap_or_else(|error| {
        panic!(
            "{program} cannot be started ({error}): `make test` installs what the tests need, then runs them"
        )
    })
}

/// Copies what helps to find out what went wrong to where it survives the test.
pub(crate) fn keep(file: &Path, name: &str) {
    let kept = kept(name);
    match std::fs::copy(file, &kept) {
        Ok(_) => eprintln!("kept: {}", kept.display()),
        Err(error) => eprintln!("{} cannot be kept: {error}", file.display()),
    }
}

fn kept(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("display");
    let _ = std::fs::create_dir_all(&folder);
    folder.join(name)
}
