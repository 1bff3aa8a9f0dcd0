//! From nothing to two people who chat and swap a file, in eight actions: a command, a form sent, a button, a text each
//! count one. No file is edited, and no question about a certificate is asked.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::person::Person;

/// Counts what people do. Only through this does the story act; all else is looking.
#[derive(Default)]
struct Actions {
    done: Vec<&'static str>,
}

impl Actions {
    fn act<T>(&mut self, what: &'static str, act: impl FnOnce() -> T) -> T {
        self.done.push(what);
        act()
    }
}

/// A checkout as far as `make run` needs it once everything is installed and built.
struct Checkout {
    folder: TempDir,
}

impl Checkout {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for name in ["scripts", "certs", "tools"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        for name in ["config.toml", "scripts/run.sh"] {
            fs::copy(root.join(name), folder.path().join(name)).unwrap();
        }
        // Of the machine's programs only what the script calls: none that opens a dialog of its own.
        for tool in ["bash", "dirname", "grep", "mktemp", "rm", "sed", "seq", "sleep", "tee", "uname"] {
            let found = ["/usr/bin", "/bin"].map(|folder| Path::new(folder).join(tool));
            let found = found.iter().find(|path| path.exists()).unwrap();
            symlink(found, folder.path().join("tools").join(tool)).unwrap();
        }
        Self { folder }
    }

    fn tools(&self) -> PathBuf {
        self.folder.path().join("tools")
    }

    /// What `make run` does when nothing is to be installed and built any more.
    fn run(&self) -> Command {
        let mut run = Command::new(self.tools().join("bash"));
        run.arg(self.folder.path().join("scripts/run.sh"));
        run
    }
}

#[test]
fn from_nothing_to_two_people_chatting_with_a_file_takes_eight_actions() {
    let (checkout, mut actions) = (Checkout::new(), Actions::default());

    let alice = actions.act("make run", || {
        Person::runs_command("alice", checkout.run(), Some(&checkout.tools()), "default")
    });
    actions.act("name and password", || alice.sends_name_and_password());
    alice.is_shown("chat");
    let lock = alice.looks_at_the_lock();
    let link = actions.act("Invite…", || alice.invites());
    alice.shows_a_picture_of(&link);

    let bob = actions.act("the command with the link", || {
        let mut snug = Command::new(env!("CARGO_BIN_EXE_snug"));
        snug.args(["--profile", "second", &link]);
        Person::runs_command("bob", snug, None, "second")
    });
    actions.act("name and password", || bob.sends_name_and_password());
    bob.is_shown("chat");

    actions.act("a text", || bob.writes("Here I am."));
    alice.has_read("Here I am.");
    alice.sees_the_room_again(&lock);
    actions.act("a text", || alice.writes("Welcome to the house!"));
    bob.has_read("Welcome to the house!");
    let plan = bob.owns("plan of the garden.txt", 12_345);
    actions.act("+ and a file", || bob.sends_file(&plan));
    alice.has_received("plan of the garden.txt", &plan);

    assert_eq!(actions.done.len(), 8, "{:?}", actions.done);
    for person in [&alice, &bob] {
        assert_eq!(person.screens(), ["chat"], "nothing else was shown, and nothing asked");
    }
}
