//! Whose Snug this is, and where its files lie.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// The profile's name and folders. `--profile NAME` is for another person on the same machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its name; empty for the usual one.
    pub name: String,
    /// Server records, device keys, copies, received files, the log and the lock.
    pub data: PathBuf,
    /// Settings.
    pub config: PathBuf,
}

/// Why there is no profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoProfile {
    /// The name cannot be one.
    #[error("A profile's name has letters, digits, “-” and “_” only, and at most 32 of them.")]
    BadName,
    /// The system does not say where files go.
    #[error("This system does not say where a person's files go. Start Snug with --data-dir FOLDER.")]
    NoFolder,
}

impl Profile {
    /// The profile of a name in the platform's usual folders, or under one folder.
    ///
    /// # Errors
    /// [`NoProfile`], as a sentence.
    pub fn find(name: &str, under: Option<&Path>) -> Result<Self, NoProfile> {
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        if name.chars().count() > 32 || !name.chars().all(fits) {
            return Err(NoProfile::BadName);
        }
        let folder = if name.is_empty() { "default" } else { name };
        let (data, config) = match under {
            Some(folder) => {
                // Paths are handed to other programs, which may stand elsewhere.
                let folder = std::path::absolute(folder).map_err(|_| NoProfile::NoFolder)?;
                (folder.clone(), folder)
            }
            None => {
                let usual = ProjectDirs::from("", "", "Snug").ok_or(NoProfile::NoFolder)?;
                (usual.data_local_dir().to_owned(), usual.config_dir().to_owned())
            }
        };
        let profiles = Path::new("profiles").join(folder);
        Ok(Self { name: name.to_owned(), data: data.join(&profiles), config: config.join(profiles) })
    }

    /// Where received files go unless the settings say otherwise.
    pub fn received(&self) -> PathBuf {
        self.data.join("received_files")
    }

    /// Where pasted pictures and texts that became files are written before they are sent.
    pub fn pasted(&self) -> PathBuf {
        self.data.join("pasted")
    }

    /// The settings file.
    pub fn settings(&self) -> PathBuf {
        self.config.join("settings.toml")
    }

    /// What stands in the window's title.
    pub fn title(&self) -> String {
        if self.name.is_empty() { "Snug".into() } else { format!("Snug ({})", self.name) }
    }
}

/// Makes a folder that only its owner may enter.
///
/// # Errors
/// The system's.
pub fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Options for a new file that only its owner may read.
pub fn private_file() -> std::fs::OpenOptions {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_do_not_meet() {
        let folder = Path::new("/somewhere");
        let alice = Profile::find("alice", Some(folder)).unwrap();
        let usual = Profile::find("", Some(folder)).unwrap();
        assert_ne!(alice.data, usual.data);
        assert_eq!(alice.title(), "Snug (alice)");
        for bad in ["../bob", "a b", "a/b", "."] {
            assert_eq!(Profile::find(bad, Some(folder)), Err(NoProfile::BadName), "{bad}");
        }
    }
}
