//! Pictures of people: this person's on its way to the server, everybody's from there, and what is used no more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use snug_proto::id::BlobId;
use snug_proto::name::RoomName;
use snug_proto::profile::COLOURS;

use super::Actor;
use super::deeds::{About, Asker};
use super::open::Open;
use super::transfers::{Aim, new_blob};
use crate::command::PictureChoice;
use crate::copy::{CopyError, LookRow, Stored};
use crate::files::FileProblem;
use crate::files::lane::{Ended, Work};
use crate::files::outgoing::{Outgoing, Stamp};
use crate::files::picture;

/// Pictures on this computer's disk.
#[derive(Debug)]
pub(super) struct Pictures {
    folder: PathBuf,
    here: BTreeMap<BlobId, PathBuf>,
    /// Those that were no pictures, or not there: not asked for again in this session.
    failed: BTreeSet<BlobId>,
}

/// How somebody wants to look, with a picture that is on its way to the server.
#[derive(Debug)]
pub(super) struct Wish {
    ticket: u64,
    look: LookRow,
}

impl Pictures {
    /// Those in a folder. It blocks.
    pub(super) fn in_folder(folder: PathBuf) -> Self {
        Self { here: picture::listed(&folder), folder, failed: BTreeSet::new() }
    }

    pub(super) fn get(&self, blob: BlobId) -> Option<&PathBuf> {
        self.here.get(&blob)
    }

    /// Another session may have better luck.
    pub(super) fn try_again(&mut self) {
        self.failed.clear();
    }
}

impl Open {
    /// The pictures that are looked at, those of ignored people excepted: they put nothing on this computer.
    fn pictures_in_use(&self) -> BTreeSet<BlobId> {
        let looks = self.book.people.looks().iter();
        let heard = looks.filter(|(account, _)| !self.book.ignored.contains(account));
        heard.filter_map(|(_, look)| look.picture).collect()
    }
}

impl Actor {
    pub(super) async fn set_profile(
        &mut self,
        ticket: u64,
        display: &str,
        colour: u8,
        choice: PictureChoice,
    ) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let me = open.book.me;
        let picture = open.book.people.looks().get(&me).and_then(|look| look.picture);
        let own = open.book.people.own_name(me).cloned().unwrap_or_default();
        let is_online = open.online().is_some();
        let mut look = match wished(display, &own, colour) {
            Ok(look) => LookRow { picture, ..look },
            Err(reason) => {
                self.answer_asker(Asker::Window(ticket), Err((reason, None)));
                return Ok(());
            }
        };
        match choice {
            PictureChoice::Take(chosen) if is_online => {
                let begun = self.send_picture(ticket, look, chosen).await;
                if let Err(problem) = begun {
                    self.answer_asker(Asker::Window(ticket), Err((problem.to_string(), None)));
                }
                return Ok(());
            }
            // Without a connection it is refused as every deed is.
            PictureChoice::Keep | PictureChoice::Take(_) => {}
            PictureChoice::Remove => look.picture = None,
        }
        self.queue_deed(Asker::Window(ticket), Ok(Stored::set_profile(look)), About::Rooms).await
    }

    /// The picture goes first: a look names what is on the server.
    async fn send_picture(&mut self, ticket: u64, look: LookRow, chosen: PathBuf) -> Result<(), FileProblem> {
        let Some(open) = self.opened() else { return Ok(()) };
        let (folder, blob) = (open.pictures.folder.clone(), new_blob()?);
        let made = self.environment.offload.run(move || -> Result<(PathBuf, Stamp), FileProblem> {
            let path = picture::put(&folder, blob, &picture::small(&chosen)?)?;
            let stamp = Outgoing::open(&path)?.stamp();
            Ok((path, stamp))
        });
        let (path, stamp) = made.await?;
        let Some(open) = self.opened() else { return Ok(()) };
        open.pictures.here.insert(blob, path.clone());
        let wish = Wish { ticket, look: LookRow { picture: Some(blob), ..look } };
        open.transfers.start_picture(blob, Work::Upload { path, stamp }, Aim::SendPicture(wish))
    }

    /// This person's picture came to the end of its way.
    pub(super) async fn picture_sent(&mut self, wish: Wish, ended: Ended) -> Result<(), CopyError> {
        let Wish { ticket, look } = wish;
        match ended {
            Ended::Uploaded(_) => {
                self.queue_deed(Asker::Window(ticket), Ok(Stored::set_profile(look)), About::Rooms).await
            }
            Ended::Failed(problem) => {
                self.answer_asker(Asker::Window(ticket), Err((problem.to_string(), None)));
                Ok(())
            }
            Ended::Received(_) | Ended::Cancelled => {
                self.answer_asker(Asker::Window(ticket), Err(("It was stopped.".to_owned(), None)));
                Ok(())
            }
        }
    }

    /// Somebody's picture is here, or will not come.
    pub(super) async fn picture_came(&mut self, blob: BlobId, ended: Ended) {
        let Some(open) = self.opened() else { return };
        match ended {
            Ended::Received(path) => {
                open.pictures.here.insert(blob, path);
                open.dirty.looks = true;
            }
            Ended::Failed(_) | Ended::Cancelled | Ended::Uploaded(_) => {
                open.pictures.failed.insert(blob);
            }
        }
        self.look_after_pictures().await;
    }

    /// Fetches the pictures that are looked at and not here, and removes those that are used no more.
    pub(super) async fn look_after_pictures(&mut self) {
        let Some(open) = self.opened() else { return };
        let used = open.pictures_in_use();
        let moving = open.transfers.moving();
        for blob in used.difference(&moving) {
            let pictures = &open.pictures;
            if pictures.here.contains_key(blob) || pictures.failed.contains(blob) {
                continue;
            }
            let work = Work::Picture { folder: pictures.folder.clone() };
            // With too many under way the next one that comes makes room.
            if open.transfers.start_picture(*blob, work, Aim::FetchPicture).is_err() {
                break;
            }
        }
        let kept: BTreeSet<BlobId> = used.union(&moving).copied().collect();
        if open.pictures.here.keys().all(|blob| kept.contains(blob)) {
            return;
        }
        open.pictures.here.retain(|blob, _| kept.contains(blob));
        let folder = open.pictures.folder.clone();
        self.environment.offload.run(move || picture::sweep(&folder, &kept)).await;
    }
}

/// A look without its picture; an error is a sentence. Whoever is called by their own name needs no other.
fn wished(display: &str, own: &str, colour: u8) -> Result<LookRow, String> {
    let display = match display.trim() {
        "" => String::new(),
        typed => RoomName::new(typed).map_err(|bad| bad.to_string())?.as_str().to_owned(),
    };
    let display = if display == own { String::new() } else { display };
    Ok(LookRow { display, colour: if colour > COLOURS { 0 } else { colour }, picture: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_name_is_told_and_ones_own_is_none() {
        let name = |typed| wished(typed, "alice", 3).map(|look| look.display);
        assert_eq!(name("  Alice   M. "), Ok("Alice M.".into()));
        assert_eq!(name("alice"), Ok(String::new()));
        assert_eq!(name(" "), Ok(String::new()));
        assert_eq!(name("x"), Err("A name has at least two characters.".into()));
        assert_eq!(wished("", "alice", 200).unwrap().colour, 0);
    }
}
