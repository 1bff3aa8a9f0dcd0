//! What was asked, and what becomes of the answer.

use snug_proto::id::{Number, RoomId, Seq};
use snug_proto::refusal::Refusal;
use snug_proto::talk::Reply;

use super::super::Actor;
use super::super::open::{Open, Trouble};
use super::catching_up::News;
use super::house::Topic;
use crate::command::{CopyFate, OutboxId};
use crate::event::Event;
use crate::sync;

/// What a reply will be about.
#[derive(Debug, Clone, Copy)]
pub(in crate::actor) enum Asked {
    Rooms,
    Members(RoomId),
    /// With the last entry that was held when it was asked for: the answer may be older than what comes meanwhile.
    Page(RoomId, sync::Wish, Seq),
    Past(RoomId, Seq),
    Change(Number, OutboxId),
    SeqAt(RoomId),
    Marks(RoomId),
    Channels,
    Account,
    Profiles,
    LogOut,
    Code,
    RecoveryCodes,
    Invites,
    Uninvite,
    Access,
    ChangeAccess,
    /// A step of what the password is proven for.
    Proof,
    /// The ways into the account, once this device changed them.
    Changed,
    House(Topic),
    Nothing,
}

impl Actor {
    pub(super) async fn reply(&mut self, id: u32, result: Result<Reply, Refusal>) -> Result<(), Trouble> {
        let Some(online) = self.opened().and_then(Open::online) else { return Ok(()) };
        let Some(asked) = online.asked.remove(&id) else { return Ok(()) };
        match (asked, result) {
            (Asked::Rooms, Ok(Reply::Rooms(rooms))) => self.listed(rooms.into_vec()).await,
            (Asked::Members(room), Ok(Reply::Members(members))) => {
                self.take_members(room, members.into_vec()).await
            }
            // Who left meanwhile has no members to see.
            (Asked::Members(room), Err(_)) => {
                online.gathering.remove(&room);
                Ok(())
            }
            (Asked::Page(room, wish, held), Ok(Reply::Page(page))) => {
                let news = if wish.missed { News::Missed } else { News::Past };
                self.page((room, held), page, news).await
            }
            (Asked::Past(room, held), Ok(Reply::Page(page))) => self.past_page((room, held), page).await,
            (Asked::Past(room, _), Err(refusal)) => {
                self.past_refused(room, &refusal);
                Ok(())
            }
            // A busy server is asked again over a new connection, after a while.
            (Asked::Page(..), Err(refusal)) if refusal.cause.is_retryable() => Err(Trouble::Lost),
            (Asked::Page(room, ..), Err(_)) => {
                online.exhausted.insert(room);
                Ok(self.page_came(room, false).await?)
            }
            (Asked::Change(number, id), Err(refusal)) => self.change_refused(number, id, refusal).await,
            (Asked::Change(number, id), Ok(Reply::Created(room))) => {
                self.change_done(number, id, Some(room)).await
            }
            // An append is answered by its place in the log.
            (Asked::Change(number, id), Ok(_)) => self.change_done(number, id, None).await,
            (Asked::SeqAt(room), Ok(Reply::Place(seq))) => self.place_came(room, Some(seq)).await,
            (Asked::SeqAt(room), Err(_)) => self.place_came(room, None).await,
            (Asked::Marks(room), Ok(Reply::Marks(marks))) => {
                online.marks = Some((room, marks.into_iter().collect()));
                self.timeline_is_old();
                Ok(())
            }
            (Asked::Channels, Ok(Reply::Channels(channels))) => self.take_channels(channels.into_vec()),
            (Asked::Account, Ok(Reply::Account(account))) => self.take_account(account).await,
            (Asked::Profiles, Ok(Reply::Profiles(page))) => self.take_profiles(page.into_vec()).await,
            (Asked::Access, Ok(Reply::Access(access))) => self.take_access(access).await,
            (Asked::ChangeAccess, result) => self.access_changed(result),
            (Asked::Proof, result) => self.proof_answered(result).await,
            (Asked::Changed, result) => self.password_changed(result).await,
            (Asked::House(topic), result) => self.house_told(topic, result),
            // A server that does not tell keeps what it told before.
            (
                Asked::Marks(_)
                | Asked::Channels
                | Asked::Account
                | Asked::Access
                | Asked::Profiles
                | Asked::Nothing,
                _,
            ) => Ok(()),
            (Asked::LogOut, _) => {
                let fate = online.leaving.map_or(CopyFate::Keep, |(fate, _)| fate);
                self.logged_out(fate, false).await;
                Ok(())
            }
            (Asked::Code, result) => self.code_made(result),
            (Asked::RecoveryCodes, result) => self.recovery_codes_made(result),
            (Asked::Invites, Ok(Reply::Invites(invites))) => {
                self.outlet.put(Event::Invites(invites.into_vec().into()));
                Ok(())
            }
            (Asked::Uninvite, result) => self.uninvited(result),
            (
                Asked::Rooms
                | Asked::Members(_)
                | Asked::Page(..)
                | Asked::Past(..)
                | Asked::SeqAt(_)
                | Asked::Invites,
                _,
            ) => Err(Trouble::Lost),
        }
    }
}
