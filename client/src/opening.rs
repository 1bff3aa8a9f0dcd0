//! Opening files with the system's programs. What came from somebody else is shown, never started.

use std::path::{Path, PathBuf};

/// Endings of files that do something by themselves when they are opened, on one system or another.
const PROGRAMS: &[&str] = &[
    "app",
    "appimage",
    "appref-ms",
    "bat",
    "chm",
    "cmd",
    "com",
    "command",
    "cpl",
    "deb",
    "desktop",
    "dmg",
    "exe",
    "gadget",
    "hta",
    "inf",
    "jar",
    "js",
    "jse",
    "lnk",
    "msc",
    "msi",
    "msp",
    "pif",
    "pkg",
    "ps1",
    "py",
    "pyw",
    "reg",
    "rpm",
    "run",
    "scf",
    "scr",
    "settingcontent-ms",
    "sh",
    "terminal",
    "url",
    "vb",
    "vbe",
    "vbs",
    "workflow",
    "ws",
    "wsf",
    "wsh",
];

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// The system took it.
    Yes,
    /// It is a program; its folder was opened instead.
    FolderInstead,
    /// The system has nothing for it.
    No,
}

/// Opens a file, or its folder where the file is a program.
pub async fn open(path: PathBuf) -> Opened {
    let act = move || {
        if is_program(&path) {
            return match handed_over(path.parent().unwrap_or(&path)) {
                true => Opened::FolderInstead,
                false => Opened::No,
            };
        }
        if handed_over(&path) { Opened::Yes } else { Opened::No }
    };
    tokio::task::spawn_blocking(act).await.unwrap_or(Opened::No)
}

/// Opens an address of the web or of mail in another program, and nothing else.
pub async fn open_address(address: String) -> Opened {
    if !is_outside(&address) {
        return Opened::No;
    }
    let act = move || if open::that_detached(&address).is_ok() { Opened::Yes } else { Opened::No };
    tokio::task::spawn_blocking(act).await.unwrap_or(Opened::No)
}

/// Whether an address leads to the web or to mail.
fn is_outside(address: &str) -> bool {
    let scheme = address.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let clean = !address.chars().any(|c| c.is_control() || c.is_whitespace());
    clean && matches!(scheme.as_deref(), Some("http" | "https" | "mailto"))
}

fn handed_over(path: &Path) -> bool {
    open::that_detached(path).is_ok()
}

fn is_program(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| PROGRAMS.contains(&ending.as_str())) || is_executable(path)
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}
#[cfg(not(unix))]
fn is_executable(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_known_by_their_ending() {
        for name in ["a.exe", "photo.jpg.LNK", "x.desktop", "run.Sh"] {
            assert!(is_program(Path::new(name)), "{name}");
        }
        for name in ["a.pdf", "holiday.jpg", "notes.txt", "exe", "film.mp4"] {
            assert!(!is_program(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn only_addresses_outside_are_handed_on() {
        for address in ["https://a.example/b?c#d", "HTTP://a.example", "mailto:bob@a.example"] {
            assert!(is_outside(address), "{address}");
        }
        for address in
            ["file:///etc/passwd", "javascript:alert(1)", "snug://a", "/bin/sh", "https://a\nb", ""]
        {
            assert!(!is_outside(address), "{address}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn programs_are_known_by_their_permission() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("innocent.txt");
        std::fs::write(&path, "#!/bin/sh").unwrap();
        assert!(!is_program(&path));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(is_program(&path));
        assert!(!is_program(folder.path()), "a folder is none");
    }
}
