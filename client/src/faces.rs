//! What people look like: a name, a colour and a picture, where they chose any.
//!
//! Their pictures lie in files that the engine has fetched and that others made: each is decoded once, away from the
//! window and one after the other, and only so many are kept.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use iced::widget::image::Handle;
use iced::{Color, Task};
use snug_engine::event::Look;
use snug_proto::id::AccountId;

use crate::pictures::{self, Decoded};
use crate::theme;

/// Pictures of people that are kept, 81 KiB each. Whoever comes after them is shown by their initials.
const PICTURES_MAX: usize = 512;

/// What the people of the open copy look like.
#[derive(Debug, Default)]
pub struct Faces {
    looks: Arc<BTreeMap<AccountId, Look>>,
    pictures: HashMap<PathBuf, Portrait>,
}

/// How far somebody's picture is.
#[derive(Debug)]
enum Portrait {
    /// It is being decoded.
    Coming,
    /// It can be drawn.
    Here(Handle),
    /// It cannot be decoded.
    Broken,
}

/// What the tile of a person is drawn with.
#[derive(Debug, Clone, Copy)]
pub struct Face<'a> {
    /// Behind the initials.
    pub color: Color,
    /// In place of them.
    pub picture: Option<&'a Handle>,
}

/// A picture that was decoded, or could not be.
#[derive(Debug, Clone)]
pub struct Came {
    /// Where its file lies.
    pub path: PathBuf,
    /// The picture.
    pub decoded: Option<Decoded>,
}

impl Faces {
    /// What somebody chose to look like, where they did.
    pub fn look(&self, account: AccountId) -> Option<&Look> {
        self.looks.get(&account)
    }

    /// What the tile of somebody is drawn with.
    pub fn face(&self, account: AccountId) -> Face<'_> {
        let look = self.look(account);
        let picture = look.and_then(|look| look.picture.as_ref()).and_then(|path| self.pictures.get(path));
        let picture = match picture {
            Some(Portrait::Here(handle)) => Some(handle),
            Some(Portrait::Coming | Portrait::Broken) | None => None,
        };
        Face { color: color(account, look.map_or(0, |look| look.colour)), picture }
    }

    /// The name by which somebody logs in and is mentioned, beside the one that is shown.
    pub fn account_name<'a>(&'a self, account: AccountId, shown: &'a str) -> &'a str {
        self.look(account).map_or(shown, |look| &look.name)
    }

    /// The name that is shown for an account, where all that is known of it is its own.
    pub fn shown_name<'a>(&'a self, account: AccountId, name: &'a str) -> &'a str {
        self.look(account).map(|look| look.display.as_str()).filter(|name| !name.is_empty()).unwrap_or(name)
    }

    /// People look otherwise from now on.
    pub fn changed(&mut self, looks: Arc<BTreeMap<AccountId, Look>>) -> Task<Came> {
        self.looks = looks;
        let wanted: HashSet<&PathBuf> =
            self.looks.values().filter_map(|look| look.picture.as_ref()).collect();
        self.pictures.retain(|path, _| wanted.contains(path));
        self.next()
    }

    /// A picture was decoded, or could not be; the next one is.
    pub fn came(&mut self, came: Came) -> Task<Came> {
        // One that nobody has any more is not kept.
        if let Some(portrait) = self.pictures.get_mut(&came.path) {
            *portrait = match came.decoded {
                Some(decoded) => Portrait::Here(decoded.into_handle()),
                None => Portrait::Broken,
            };
        }
        self.next()
    }

    /// Decodes a picture that was not looked at, where none is being decoded.
    fn next(&mut self) -> Task<Came> {
        let busy = self.pictures.values().any(|portrait| matches!(portrait, Portrait::Coming));
        if busy || self.pictures.len() >= PICTURES_MAX {
            return Task::none();
        }
        let wanted = self.looks.values().filter_map(|look| look.picture.as_ref());
        let Some(path) = wanted.into_iter().find(|path| !self.pictures.contains_key(*path)) else {
            return Task::none();
        };
        let path = path.clone();
        self.pictures.insert(path.clone(), Portrait::Coming);
        decode(path)
    }
}

/// Decodes somebody's picture.
pub fn decode(path: PathBuf) -> Task<Came> {
    Task::perform(pictures::aside(path.clone(), pictures::portrait), move |decoded| Came {
        path: path.clone(),
        decoded,
    })
}

/// The colour of an account: a chosen one of the palette, from 1, or the one that follows from its number.
pub fn color(account: AccountId, chosen: u8) -> Color {
    let given = (account.0 % theme::MEMBERS_GIVEN as u64) as usize;
    let at = usize::from(chosen).checked_sub(1).unwrap_or(given);
    // A palette that has grown since: what is not known is given.
    theme::MEMBERS.get(at).copied().unwrap_or(theme::MEMBERS[given])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(paths: &[&str]) -> Arc<BTreeMap<AccountId, Look>> {
        let look = |path: &&str| Look { picture: Some(path.into()), ..Look::default() };
        Arc::new((1..).map(AccountId).zip(paths.iter().map(look)).collect())
    }

    fn came(path: &str, decoded: Option<Decoded>) -> Came {
        Came { path: path.into(), decoded }
    }

    #[test]
    fn pictures_are_decoded_one_after_the_other_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("face.png");
        image::DynamicImage::new_rgb8(9, 9).save(&file).unwrap();
        let mut faces = Faces::default();
        let _ = faces.changed(looks(&["/a", "/b"]));
        assert_eq!(faces.pictures.len(), 1, "only one at a time");
        let _ = faces.came(came("/a", pictures::portrait(&file)));
        assert!(faces.face(AccountId(1)).picture.is_some());
        assert!(faces.pictures.contains_key(std::path::Path::new("/b")), "then the next");
        let _ = faces.came(came("/b", None));
        assert!(faces.face(AccountId(2)).picture.is_none(), "broken: the initials stay");
        let _ = faces.changed(looks(&["/c", "/b"]));
        let _ = faces.came(came("/a", pictures::portrait(&file)));
        assert_eq!(faces.pictures.len(), 2, "what nobody has any more is not kept");
    }

    #[test]
    fn only_so_many_pictures_are_kept() {
        let paths: Vec<String> = (0..PICTURES_MAX + 9).map(|at| format!("/{at}")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let mut faces = Faces::default();
        let _ = faces.changed(looks(&paths));
        for path in &paths {
            let _ = faces.came(came(path, None));
        }
        assert_eq!(faces.pictures.len(), PICTURES_MAX);
    }

    #[test]
    fn a_colour_is_chosen_or_given_and_a_newer_one_is_given() {
        assert_eq!(color(AccountId(6), 0), theme::MEMBERS[1]);
        assert_eq!(color(AccountId(6), 1), theme::MEMBERS[0]);
        assert_eq!(color(AccountId(6), 8), theme::MEMBERS[7]);
        assert_eq!(color(AccountId(6), 200), theme::MEMBERS[1]);
    }

    #[test]
    fn whoever_chose_no_name_is_called_by_the_account() {
        let mut faces = Faces::default();
        let look = Look { name: "bob".into(), display: "Robert".into(), ..Look::default() };
        let _ = faces.changed(Arc::new([(AccountId(2), look)].into()));
        assert_eq!(faces.account_name(AccountId(2), "Robert"), "bob");
        assert_eq!(faces.shown_name(AccountId(2), "bob"), "Robert");
        assert_eq!(faces.account_name(AccountId(1), "alice"), "alice");
        assert_eq!(faces.shown_name(AccountId(1), "alice"), "alice");
    }
}
