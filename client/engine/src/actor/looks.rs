//! What people look like: asked for after each login, kept by what the lobby's entries say since.

use std::collections::BTreeMap;
use std::sync::Arc;

use snug_proto::entry::LOBBY;
use snug_proto::id::{AccountId, Seq};
use snug_proto::limits::PROFILES_PAGE_MAX;
use snug_proto::profile::Profile;
use snug_proto::talk::Request;

use super::Actor;
use super::online::Asked;
use super::open::{Open, Trouble};
use crate::event::{Event, Look};

/// Looks that are kept: who has more people is told the names of the others.
const LOOKS_MAX: usize = 4096;

impl Actor {
    /// Takes a page of looks; the last one tells how everybody looks.
    pub(super) async fn take_profiles(&mut self, page: Vec<(AccountId, Profile)>) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        let Some(online) = open.online() else { return Ok(()) };
        let last = page.last().map(|(account, _)| *account);
        let is_full = page.len() == PROFILES_PAGE_MAX;
        online.looks.extend(page);
        let is_whole = online.looks.len() < LOOKS_MAX;
        if let Some(after) = last.filter(|_| is_full && is_whole) {
            return online.ask(Request::Profiles { after }, Asked::Profiles).map(drop);
        }
        let looks = std::mem::take(&mut online.looks);
        let held = online.held.get(&LOBBY).copied().unwrap_or(Seq(0));
        let everybody = AccountId(u64::MAX);
        let up_to = last.filter(|_| is_full).unwrap_or(everybody);
        self.on_copy(&copy, move |copy| copy.put_looks(looks, up_to, held)).await?;
        self.looks_changed().await
    }

    /// Somebody looks otherwise: everything that shows a name is told anew.
    pub(super) async fn looks_changed(&mut self) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        let looks = self.on_copy(&copy, |copy| copy.looks()).await?;
        let Some(open) = self.opened() else { return Ok(()) };
        open.book.people.put_looks(looks);
        let dirty = &mut open.dirty;
        (dirty.looks, dirty.account, dirty.typing) = (true, true, true);
        (dirty.rooms, dirty.members, dirty.timeline) = (true, true, true);
        self.look_after_pictures().await;
        Ok(())
    }

    pub(super) fn publish_looks(&mut self) {
        let Some(open) = self.opened() else { return };
        let looks = open.looks();
        self.outlet.put(Event::Looks(Arc::new(looks)));
    }
}

impl Open {
    fn looks(&self) -> BTreeMap<AccountId, Look> {
        let people = &self.book.people;
        let look = |(account, look): (&AccountId, &crate::copy::LookRow)| {
            let name = people.own_name(*account).cloned().unwrap_or_default();
            let picture = look.picture.and_then(|blob| self.pictures.get(blob)).cloned();
            let (display, colour) = (look.display.clone(), look.colour);
            (*account, Look { name, display, colour, picture })
        };
        people.looks().iter().map(look).collect()
    }
}
